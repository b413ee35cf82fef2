"""What the two import commands share. (Django lists no command whose name begins with an underscore.)"""

from collections.abc import Callable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from indicators.importing.preview import VERDICTS, ImportLine, OfficialPreview
from indicators.importing.tables import apply
from lib.tabular.cells import MAX_BYTES, SpreadsheetError
from plan.actions import find_or_record_document

OFFICIAL_ROLES = {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}
MARKS = {"new": "新增", "changed": "修改", "refused": "拒绝"}


def add_arguments(parser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="show new, changed, same, refused; write nothing")
    parser.add_argument("--by", metavar="USER", help="login in whose name it is recorded (default: the system)")
    parser.add_argument("--document", default="", metavar="TITLE", help="title of the document it rests on")
    parser.add_argument("--reason", default="", metavar="TEXT")


def run(
    command: BaseCommand,
    preview_of: Callable[[bytes], OfficialPreview],
    *,
    file,
    dry_run,
    by,
    document,
    reason,
    **options,
) -> None:
    """Read, show, and unless it is a dry run apply. Refused rows end it with an error and nothing is written."""
    user = _user(by, options.get("roles", OFFICIAL_ROLES))
    try:
        preview = preview_of(_content(file))
    except SpreadsheetError as error:
        raise CommandError(f"{file.name}：{error}") from error
    _show(command, preview)
    if preview.counts["refused"]:
        raise CommandError(f"有 {preview.counts['refused']} 处错误，没有导入任何内容")
    if not dry_run:
        title = document.strip()
        apply(preview, by=user, reason=reason, document=title and find_or_record_document(title=title) or None)


def _content(file: Path) -> bytes:
    """One byte past the limit is enough to be refused for its size."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"读不了文件 {file}：{error.strerror}") from error


def _user(name: str | None, roles) -> User | None:
    if name is None:
        return None
    user = User.objects.select_related("organisation").filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"没有用户 {name}")
    if user.role not in roles:
        raise CommandError(f"用户 {name}（{user.get_role_display()}）无权导入")
    return user


def _show(command: BaseCommand, preview: OfficialPreview) -> None:
    for line in preview.lines:
        if line.verdict in MARKS:
            command.stdout.write(_told(line))
    for note in preview.notes:
        command.stdout.write(f"说明：{note}")
    for flip in preview.flips:
        key = f"{flip.area}/{flip.indicator}/{flip.year}"
        command.stdout.write(f"状态变化：{key} {flip.column} {flip.before} → {flip.after}")
    command.stdout.write(", ".join(f"{preview.counts[verdict]} {verdict}" for verdict in VERDICTS))


def _told(line: ImportLine) -> str:
    place = f"{line.sheet} 第 {line.row} 行" if line.row else line.sheet
    change = f"{line.old} → {line.new}" if line.old else line.new
    parts = [MARKS[line.verdict], place, line.column, line.what, change, line.words]
    return " ".join(part for part in parts if part)
