from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from journal.origin import origin
from lib.refusals import Refused
from seeding.taking_over import take_over


class Command(BaseCommand):
    help = (
        "Begin the next plan: into a site that has the new plan loaded, bring the official values with all their "
        "versions and the logins with their passwords, out of a backup of the earlier plan's site. What is here "
        "already stays."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the backup of the earlier site")
        parser.add_argument(
            "--map", action="append", default=[], metavar="OLD=NEW", help="an indicator that has another code here"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would be taken; write nothing")
        parser.add_argument("--any-size", action="store_true", help="take a backup of your own of any size")

    def handle(self, *, file, map, dry_run, any_size, **options):
        renamed = dict(_pair(text) for text in map)
        try:
            with origin("command"):
                done = take_over(file, renamed=renamed, is_dry_run=dry_run, any_size=any_size)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"from: {done.plan}")
        self.stdout.write(f"values: {done.values} in force, {done.versions} versions in all")
        self.stdout.write(f"logins: {done.users}")
        for why, count in sorted(done.left.items()):
            self.stdout.write(f"left behind: {count} · {why}")
        if dry_run:
            self.stdout.write("Nothing was written (--dry-run).")


def _pair(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (old and sign and new):
        raise CommandError(f"--map {text}: write OLD=NEW, the earlier code and the one here.")
    return old, new
