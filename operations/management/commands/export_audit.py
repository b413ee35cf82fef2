from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.dateparse import parse_date

from journal import exports, seals
from lib.refusals import Refused
from operations.audit_keeping import last_day_kept, moves_before


class Command(BaseCommand):
    help = "Write the audit log into a signed file; with --move take what is old enough out of the database."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a file that is not there yet, one row a line")
        parser.add_argument("--until", metavar="YYYY-MM-DD", help="rows before this day alone")
        parser.add_argument(
            "--move",
            action="store_true",
            help="take them out of the database: those older than AUDIT_KEEP_DAYS, once the plan's end is as long ago",
        )

    def handle(self, *, file, until, move, **options):
        before = _before(until)
        if move:
            allowed = moves_before()
            if allowed is None:
                raise CommandError(
                    f"The log stays in the database until {last_day_kept() or 'a plan says when it ends'}: "
                    f"AUDIT_KEEP_DAYS={settings.AUDIT_KEEP_DAYS} beyond the plan's end. Without --move it is copied."
                )
            before = min(before, allowed)
        seals.seal_entries()
        try:
            statement = exports.export_until(file, before)
            if statement and move:
                exports.move_out(file)
        except Refused as refusal:
            raise CommandError(refusal.words) from refusal
        except DatabaseError as error:
            raise CommandError(
                f"{file} is written, and the rows stay: the database refuses to let them go ({_first_line(error)}). On "
                "PostgreSQL the tables' owner alone can move them: name it in DATABASE_URL for this command."
            ) from error
        if statement is None:
            self.stdout.write("No sealed row is old enough: nothing was written.")
            return
        what = "moved to" if move else "copied to"
        self.stdout.write(f"Seals {statement.first} to {statement.last} {what} {file}.")
        self.stdout.write(f"Keep the file and this public key elsewhere: {exports.public_text(exports.signing_key())}")


def _before(until: str | None) -> datetime:
    """The moment before which rows are meant."""
    if until is None:
        return timezone.now() + timedelta(days=1)
    try:
        day = parse_date(until)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"--until={until} is no day; it reads like 2026-06-30.")
    return timezone.make_aware(datetime.combine(day, time.min))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
