import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from journal import exports, guard, seals

GONE = "The database's triggers that keep the log append-only are gone: find out why, then `verify_audit --put-up`."
HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


class Command(BaseCommand):
    help = "Look whether any row of the audit log was altered, taken out, put in or moved. Exit 1 where one was."

    def add_arguments(self, parser):
        parser.add_argument(
            "--head",
            metavar="NUMBER:DIGEST",
            help="a seal that was noted elsewhere (the process log has each): the log has to pass through it",
        )

        parser.add_argument("--put-up", action="store_true", help="put the database's triggers up again first")

        parser.add_argument(
            "--export",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a file that `export_audit` wrote, checked too; once for each",
        )

    def handle(self, *, head, put_up, export, **options):
        expected = _head(head) if head else None
        if put_up:
            guard.put_up(connection)
        seals.seal_entries()
        faults = [
            *exports.faults_of_cuts(),
            *exports.faults_of_exports(export, expected),
            *seals.find_faults(expected),
        ]
        if settings.AUDIT_APPEND_ONLY and not guard.is_up(connection):
            faults.append(GONE)
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The audit log does not hold: {len(faults)} faults.")
        self.stdout.write(f"The audit log holds. Note this seal elsewhere: {seals.last_head()}")


def _head(words: str) -> seals.Head:
    found = HEAD.fullmatch(words)
    if not found:
        raise CommandError(f"{words!r} is no seal; it reads like 12:3f…, a number, a colon and 64 hexadecimal digits.")
    return seals.Head(int(found[1]), found[2])
