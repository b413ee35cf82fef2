from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from journal.origin import origin
from lib.refusals import Refused
from lib.tabular.cells import MAX_BYTES
from peers.actions import SourceTerms, import_reference
from peers.models import ReferenceSource
from peers.upload import preview_peers
from uploads.doors import SentTable


class Command(BaseCommand):
    help = "Import past values of reference areas, columns area,indicator,year,value[,unit,plan_indicator,direction]."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--title", required=True, help="what the site calls it; one of a name is in force")
        parser.add_argument("--source", required=True, help="whose figures they are, as the site will say it")
        parser.add_argument("--licence", required=True, help="under which licence they may be used")
        parser.add_argument("--dry-run", action="store_true", help="read and check; write nothing")
        parser.add_argument("--by", metavar="USER", help="login in whose name it is recorded (default: the system)")

    def handle(self, *, file: Path, title, source, licence, dry_run, by, **options):
        sent = SentTable(file.name, _content(file), {"title": title})
        try:
            preview = preview_peers(sent)
        except Refused as error:
            raise CommandError(f"{file.name}：{error}") from error
        for note in preview.notes:
            self.stdout.write(f"说明：{note}")
        if preview.problems:
            for problem in preview.problems[:100]:
                self.stderr.write(" ".join(filter(None, [f"第 {problem.row} 行" if problem.row else "", *problem[2:]])))
            raise CommandError(f"有 {len(preview.problems)} 处错误，没有导入任何内容")
        self.stdout.write(", ".join(f"{n} {what}" for what, n in preview.sizes.items()))
        if dry_run:
            return
        terms = SourceTerms(title.strip(), source.strip(), licence.strip(), file.name, sent.sha256)
        with origin("command"):
            try:
                import_reference(preview.rows, terms=terms, via=ReferenceSource.Via.COMMAND, by=_user(by))
            except Refused as error:
                raise CommandError(str(error)) from error


def _content(file: Path) -> bytes:
    """One byte past the limit is enough to be refused for its size."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"读不了文件 {file}：{error.strerror}") from error


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    user = User.objects.select_related("organisation").filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"没有用户 {name}")
    if not user.imports_official_tables:
        raise CommandError(f"用户 {name}（{user.get_role_display()}）无权导入")
    return user
