"""What systems send to the writing API, read and found sound. Every fault of a body is found, not the first alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from indicators.terms.parts import NO_PARTS, RatioParts
from indicators.terms.reached_days import typed_day
from lib.numbers import DECIMALS, NUMBER_LIMIT
from lib.refusals import Invalid, Refused
from lib.tabular.cells import SpreadsheetError
from lib.tabular.value_cells import parse_value
from reporting.entries.faults import EntryFault
from reporting.entries.saving import Typed
from reporting.steps import StepDetails, parse_until

BODY_MEMBERS = ("dry_run", "entries")
DAY = "reached_on"
ENTRY_MEMBERS = ("indicator", "value", "numerator", "denominator", DAY, "explanation", "version")
PART_MEMBERS = ("numerator", "denominator")
STEP_MEMBERS = ("reason", "until", "entries", "exceptions")
LARGEST_VERSION = 2**31 - 1


class ValueShape(NamedTuple):
    """What the values of a row are: numbers in a unit, or stages by their names."""

    unit: str = ""
    stages: tuple[str, ...] = ()
    given: RatioParts = NO_PARTS  # parts that the plan's context figures hold


@dataclass
class EntriesBody:
    """The entries that could be read, and what is wrong with the others and with the whole."""

    dry_run: bool = False
    typed: list[Typed] = field(default_factory=list)
    faults: list[EntryFault] = field(default_factory=list)


def read_entries(body: Any, question: Mapping, shapes: Mapping[str, ValueShape]) -> EntriesBody:
    """A body of `{"dry_run", "entries"}`; `shapes` are those of the sheet's rows. Invalid where it is none at all."""
    if not isinstance(body, dict) or not isinstance(body.get("entries"), list) or not body["entries"]:
        raise Invalid(_('请按 {"entries": [{"indicator": …, "value": …}]} 发送。'))
    found = EntriesBody(dry_run=body.get("dry_run") is True)
    found.faults += [EntryFault(refusal) for refusal in faults_of_whole(body, question, BODY_MEMBERS)]
    named: set[str] = set()
    for index, row in enumerate(body["entries"]):
        _read_entry(found, index, row, shapes, named)
    return found


def faults_of_whole(body: Mapping, question: Mapping, members: Sequence[str]) -> Iterator[Refused]:
    """What is wrong with a body that holds rows and perhaps `dry_run`, the rows apart."""
    if question:
        yield Invalid(_("这里的内容都写在正文里，地址后面不带参数。"), parameter=next(iter(question)))
    yield from unknown_members(body, members)
    if not isinstance(body.get("dry_run", False), bool):
        yield Invalid(_("dry_run 只能是 true 或 false。"), parameter="dry_run")


def _read_entry(found: EntriesBody, index: int, row: Any, shapes: Mapping[str, ValueShape], named: set[str]) -> None:
    """Adds the row to what is read, or what is wrong with it."""
    if not isinstance(row, dict) or not isinstance(row.get("indicator"), str):
        found.faults.append(
            EntryFault(Invalid(_("第{number}项：每一项都要有 indicator（指标代码）。").format(number=index + 1)), index)
        )
        return
    code = row["indicator"]
    shape = shapes.get(code, ValueShape())
    refusals = list(_faults_of_entry(row, code, shape.given))
    if code in named:
        refusals.append(Invalid(_("{code}：一次只能发一项。").format(code=code), indicator=code))
    named.add(code)
    numbers: dict[str, Decimal | None] = {}
    for name, own in (("value", shape), ("numerator", ValueShape()), ("denominator", ValueShape())):
        try:
            numbers[name] = number_of(row, name, own)
        except Invalid as refusal:
            refusals.append(refusal)
    day = None
    try:
        day = _day_of(row)
    except Invalid as refusal:
        refusals.append(refusal)
    if refusals:
        found.faults += [EntryFault(refusal, index, code) for refusal in refusals]
    else:
        found.typed.append(_typed_of(row, index, numbers, day))


def _typed_of(row: Mapping, index: int, numbers: Mapping[str, Decimal | None], day: date | None) -> Typed:
    """A row without faults. What it does not name stays as it is saved (None); what it names as null is emptied."""
    words = None
    if "explanation" in row:
        words = (row["explanation"] or "").strip()
    parts = None
    if "numerator" in row or "denominator" in row:
        parts = RatioParts(numbers["numerator"], numbers["denominator"])
    version = row.get("version")
    seen = None if version is None else int(version)
    return Typed(row["indicator"], numbers["value"], words, seen, index, parts, day, says_day=DAY in row)


def _faults_of_entry(row: Mapping, code: str, given: RatioParts) -> Iterator[Refused]:
    yield from unknown_members(row, ENTRY_MEMBERS, _("{code}：").format(code=code[:60]), indicator=code)
    sent = [name for name in PART_MEMBERS if row.get(name) is not None]
    missing = [name for name in PART_MEMBERS if name not in sent and getattr(given, name) is None]
    is_divided = bool(sent) and not missing
    if "value" not in row and not is_divided:
        yield Invalid(_("{code}：缺 value。要清空写 null，不改就不要发这一项。").format(code=code), indicator=code)
    if not _is_text(row.get("explanation")):
        yield Invalid(_("{code}：explanation 应为文字。").format(code=code), indicator=code)
    if not is_version(row.get("version")):
        yield Invalid(_("{code}：version 应为整数。").format(code=code), indicator=code)


def unknown_members(sent: Mapping, known: Sequence[str], before: str = "", **more: object) -> Iterator[Refused]:
    """A refusal for each member that is not known; `before` begins its words."""
    for name in sent:
        if name not in known:
            words = _("{before}没有名为“{name}”的一项；可用：{known}。")
            yield Invalid(words.format(before=before, name=name[:60], known="、".join(known)), **more)


def _is_text(sent: Any) -> bool:
    return sent is None or isinstance(sent, str)


def is_version(sent: Any) -> bool:
    """A whole number that a version can be: 3, also written 3.0; or null."""
    if sent is None:
        return True
    if isinstance(sent, bool) or not isinstance(sent, (int, Decimal)):
        return False
    return 0 <= sent <= LARGEST_VERSION and sent == int(sent)


def number_of(row: Mapping, name: str, shape: ValueShape) -> Decimal | None:
    """The number that was sent under `name`: as a number, or as people type it; a stage by its name. None for null
    and for nothing typed."""
    sent, code = row.get(name), row["indicator"]
    if sent is None or (isinstance(sent, str) and not sent.strip()):
        return None
    if isinstance(sent, bool) or not isinstance(sent, (str, int, Decimal)):
        raise Invalid(_("{code}：{name} 应为数字或 null。").format(code=code, name=name), indicator=code)
    if isinstance(sent, (int, Decimal)) and shape.stages:
        words = _("{code}：分阶段的指标写阶段的名称，不写数；应为 {known}。")
        raise Invalid(words.format(code=code, known="、".join(shape.stages)), indicator=code)
    if isinstance(sent, (int, Decimal)):
        return _kept_exactly(Decimal(sent), code)
    try:
        return parse_value(sent, unit=shape.unit, stages=shape.stages)
    except SpreadsheetError as error:
        raise Invalid(_("{code}：{words}").format(code=code, words=error), indicator=code) from error


def _day_of(row: Mapping) -> date | None:
    """The day that was sent as people write it; None for null and for nothing typed."""
    sent, code = row.get(DAY), row["indicator"]
    if sent is None or sent == "":
        return None
    if not isinstance(sent, str):
        raise Invalid(_("{code}：{day} 应为日期（2024-05-20）或 null。").format(code=code, day=DAY), indicator=code)
    try:
        return typed_day(sent)
    except SpreadsheetError as error:
        raise Invalid(_("{code}：{words}").format(code=code, words=error), indicator=code) from error


def _kept_exactly(number: Decimal, code: str) -> Decimal:
    """A JSON number as the digits that were sent, in whatever form: 5e-05 is 0.00005."""
    if number.is_nan():
        raise Invalid(_("{code}：数值应为数字或 null。").format(code=code), indicator=code)
    if number.copy_abs() >= NUMBER_LIMIT:  # `abs` rounds, and overflows where the exponent has seven digits
        raise Invalid(_("{code}：数值太大，应小于 10 亿；请检查单位。").format(code=code), indicator=code)
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        words = _("{code}：数值的小数超过 {decimals} 位，请四舍五入。")
        raise Invalid(words.format(code=code, decimals=DECIMALS), indicator=code)
    return number


def read_details(body: Any) -> StepDetails:
    """What was sent with a step; Invalid for what is not as the schema says. A member that is null is not sent."""
    if not isinstance(body, dict):
        raise Invalid(_('请按 {"reason": …} 发送。'))
    for refusal in unknown_members(body, STEP_MEMBERS):
        raise refusal
    sent = {name: value for name, value in body.items() if value is not None}
    reason, until = sent.get("reason", ""), sent.get("until", "")
    codes, reasons = sent.get("entries", []), sent.get("exceptions", {})
    if not isinstance(reason, str):
        raise Invalid(_("reason 应为文字。"), parameter="reason")
    if not isinstance(until, str):
        raise Invalid(_("until 应为日期，或日期和时间，例如 2026-04-15 或 2026-04-15T18:00。"), parameter="until")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise Invalid(_("entries 应为指标代码的列表。"), parameter="entries")
    if not isinstance(reasons, dict) or not all(isinstance(words, str) for words in reasons.values()):
        raise Invalid(_('exceptions 应为单位代码到理由的对照，例如 {"330127-health": "…"}。'), parameter="exceptions")
    return StepDetails(reason, parse_until(until), codes, reasons)
