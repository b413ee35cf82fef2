"""The monthly bulletin on matters (督办通报) as blocks of an official document, and as rows of a table."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from lib.sentences import Phrase, Sentence, joined, sentence
from matters.models import Matter
from matters.month_results import LATE, ON_TIME, OPEN, OVERDUE, WITHDRAWN, BulletinLine, MonthSpan, UnitResult
from reports.blocks import Block, Heading, Note, Paragraph, TableBlock

OUTCOME_NAMES = {ON_TIME: "按期办结", LATE: "逾期办结", OVERDUE: "逾期未办结", OPEN: "未到期", WITHDRAWN: "已撤办"}
UNIT_HEADER = ("承办单位", "合计", "按期办结", "逾期办结", "逾期未办结", "未到期", "已撤办", "其中未签收")
COLUMNS = ("编号", "事项", "承办单位", "期限", "办结日期", "月末状态", "结果", "演示数据")


def month_words(month: MonthSpan) -> str:
    return f"{month.first.year}年{month.first.month}月"


def title(month: MonthSpan) -> str:
    return f"{month_words(month)}督办事项办理情况通报"


def sums(results: Sequence[UnitResult]) -> dict[str, int]:
    """How many matters came out how, of all units together."""
    return {name: sum(row.count(name) for row in results) for name in OUTCOME_NAMES}


def bulletin_blocks(month: MonthSpan, results: Sequence[UnitResult], *, issuer: str = "") -> list[Block]:
    """The whole document but for its title. `issuer`: the office that tells its units, and signs; without one it is a
    unit's own extract, to nobody."""
    told = [*_opening(month, results), *_by_unit(results), *_overdue(results)]
    if not issuer:
        return told
    return [Paragraph("各有关单位：", "to"), *told, *_asked(results), *_signature(issuer, month)]


def _asked(results: Sequence[UnitResult]) -> Iterator[Block]:
    """What is asked of the units whose matters are overdue; nothing where none is."""
    units = [row.unit.name for row in results if row.overdue]
    if units:
        yield Paragraph(f"请{'、'.join(units)}抓紧办理逾期未办结的事项，按程序报结；确需延期的，说明理由并申请。")


def _signature(issuer: str, month: MonthSpan) -> Iterator[Block]:
    yield Paragraph(issuer, "from")
    yield Paragraph(f"{month.last.year}年{month.last.month}月{month.last.day}日", "from")


def opening_words(month: MonthSpan, results: Sequence[UnitResult]) -> str:
    return str(heading(month, results))


def heading(month: MonthSpan, results: Sequence[UnitResult]) -> Sentence:
    """The finding, on the page in its language and in the document."""
    counts = sums(results)
    total = sum(counts.values())
    of_month = {"year": month.first.year, "month": month.first.month}
    if not total:
        return sentence(_("{year}年{month}月没有督办事项。").format(**of_month))
    told = {name: n for name, n in counts.items() if n or name != WITHDRAWN}
    parts = [Phrase(_outcome_words(name, n), _mood(name, n)) for name, n in told.items()]
    head = _("截至{day}，{year}年{month}月涉及督办事项{n}件：").format(day=month.last, n=total, **of_month)
    return sentence(head, *joined(parts, _("，")), _("。"))


def _outcome_words(outcome: str, number: int) -> str:
    words = {
        ON_TIME: _("按期办结{n}件"),
        LATE: _("逾期办结{n}件"),
        OVERDUE: _("逾期未办结{n}件"),
        OPEN: _("未到期{n}件"),
        WITHDRAWN: _("已撤办{n}件"),
    }
    return words[outcome].format(n=number)


def _mood(outcome: str, number: int) -> str:
    return "behind" if outcome == OVERDUE and number else ""


def _opening(month: MonthSpan, results: Sequence[UnitResult]) -> Iterator[Block]:
    yield Paragraph(opening_words(month, results))
    if any(row.has_demo for row in results):
        yield Note("本通报含演示数据，标“演示”的事项不是真实情况，仅供试用。")


def _by_unit(results: Sequence[UnitResult]) -> Iterator[Block]:
    if not results:
        return
    yield Heading(1, "一、各单位办理情况")
    rows = [unit_row(row) for row in results]
    yield TableBlock("各单位办理情况（件）", UNIT_HEADER, rows, (6, 2, 3, 3, 3, 2, 2, 3), frozenset(range(1, 8)))


def unit_row(row: UnitResult) -> tuple[str, ...]:
    counts = (len(row.lines), row.on_time, row.late, row.overdue, row.open, row.withdrawn, row.unsigned)
    return (row.unit.name, *map(str, counts))


def _overdue(results: Sequence[UnitResult]) -> Iterator[Block]:
    lines: list[BulletinLine] = []
    for row in results:
        lines += [line for line in row.lines if line.outcome in (OVERDUE, LATE)]
    if not lines:
        return
    yield Heading(1, "二、逾期事项")
    header = ("编号", "事项", "承办单位", "期限", "结果")
    yield TableBlock("逾期事项", header, [_late_row(line) for line in lines], (3, 8, 5, 4, 4))


def _late_row(line: BulletinLine) -> tuple[str, ...]:
    mark = "（演示）" if line.matter.is_demo else ""
    about = (line.matter.code, f"{line.matter.title}{mark}", line.matter.owner.name)
    return (*about, line.due_on.isoformat(), OUTCOME_NAMES[line.outcome])


def table_rows(results: Sequence[UnitResult]) -> Iterator[list]:
    """A row for each matter, in the order of COLUMNS."""
    for row in results:
        for line in row.lines:
            mark = "演示数据" if line.matter.is_demo else ""
            about = [line.matter.code, line.matter.title, row.unit.name, line.due_on, line.done_on]
            yield [*about, str(Matter.State(line.state).label), OUTCOME_NAMES[line.outcome], mark]
