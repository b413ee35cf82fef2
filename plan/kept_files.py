"""Files that come with what somebody says of a task or a matter, put away before their rows are written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.utils.translation import gettext as _

from lib.files.documents import DocumentError, describe, put_away, short_name
from lib.refusals import Invalid
from plan.models import KeptFile

MOST_FILES = 10  # at a time
Row = TypeVar("Row", bound=KeptFile)


@contextmanager
def files_put_away(model: type[Row], files: Sequence[tuple[str, bytes]]) -> Iterator[list[Row]]:
    """Unsaved rows of `model`, each file in its place: every one, or none and `Refused` with the reason. Where the rows
    do not come to stand, the files are removed. `files`: name and content of each."""
    rows = _described(model, files)
    written: list[Row] = []
    try:
        for row, (_name, content) in zip(rows, files, strict=True):
            put_away(row.path, content)
            written.append(row)
        yield rows
    except BaseException:
        for row in written:
            row.path.unlink(missing_ok=True)
        raise


def _described(model: type[Row], files: Sequence[tuple[str, bytes]]) -> list[Row]:
    if len(files) > MOST_FILES:
        raise Invalid(_("一次最多附 {most} 个文件。").format(most=MOST_FILES))
    rows = []
    for name, content in files:
        try:
            rows.append(model(**describe(name, content)))
        except DocumentError as error:
            raise Invalid(f"{short_name(name)}：{error}。") from error
    if len({row.sha256 for row in rows}) < len(rows):
        raise Invalid(_("有两个文件内容相同，请只附一个。"))
    return rows
