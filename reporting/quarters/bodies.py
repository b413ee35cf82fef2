"""What systems send of quarters, read and found sound. Every fault of a body is found, not the first alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lib.refusals import Invalid, Refused
from reporting.entries.faults import EntryFault
from reporting.writing_api.bodies import ValueShape, faults_of_whole, is_version, number_of, unknown_members

BODY_MEMBERS = ("dry_run", "quarters")
QUARTER_MEMBERS = ("indicator", "period", "value", "version")
PERIOD = re.compile(r"([1-9][0-9]{3})-Q([1-4])")


@dataclass(frozen=True)
class TypedQuarter:
    """What was sent of one quarter. `value` None withdraws; `version` is the one that the sender saw, None does not
    check; `index` its place in what was sent."""

    indicator: str
    quarter: int
    value: Decimal | None
    version: int | None
    index: int


@dataclass
class QuartersBody:
    """The quarters that could be read, and what is wrong with the others and with the whole."""

    dry_run: bool = False
    typed: list[TypedQuarter] = field(default_factory=list)
    faults: list[EntryFault] = field(default_factory=list)


def read_quarter_body(body: Any, question: Mapping, shapes: Mapping[str, ValueShape], year: int) -> QuartersBody:
    """A body of `{"dry_run", "quarters"}` of one year. Invalid where it is none at all."""
    if not isinstance(body, dict) or not isinstance(body.get("quarters"), list) or not body["quarters"]:
        raise Invalid(_('请按 {"quarters": [{"indicator": …, "period": "2026-Q3", "value": …}]} 发送。'))
    found = QuartersBody(dry_run=body.get("dry_run") is True)
    found.faults += [EntryFault(refusal) for refusal in faults_of_whole(body, question, BODY_MEMBERS)]
    named: set[tuple[str, int]] = set()
    for index, row in enumerate(body["quarters"]):
        _read_quarter(found, index, row, shapes, year, named)
    return found


def _read_quarter(
    found: QuartersBody,
    index: int,
    row: Any,
    shapes: Mapping[str, ValueShape],
    year: int,
    named: set[tuple[str, int]],
) -> None:
    """Adds the quarter to what is read, or what is wrong with it."""
    if not isinstance(row, dict) or not isinstance(row.get("indicator"), str):
        found.faults.append(
            EntryFault(Invalid(_("第{number}项：每一项都要有 indicator（指标代码）。").format(number=index + 1)), index)
        )
        return
    code, quarter = row["indicator"], _quarter(row.get("period"), year)
    refusals = list(_faults_of_quarter(row, code, quarter, year))
    if quarter is not None and (code, quarter) in named:
        refusals.append(
            Invalid(_("{code} {period}：一次只能发一项。").format(code=code, period=row["period"]), indicator=code)
        )
    value = None
    try:
        value = number_of(row, "value", shapes.get(code, ValueShape()))
    except Invalid as refusal:
        refusals.append(refusal)
    if refusals or quarter is None:
        found.faults += [EntryFault(refusal, index, code) for refusal in refusals]
        return
    named.add((code, quarter))
    version = row.get("version")
    found.typed.append(TypedQuarter(code, quarter, value, None if version is None else int(version), index))


def _quarter(period: Any, year: int) -> int | None:
    told = PERIOD.fullmatch(period) if isinstance(period, str) else None
    return int(told[2]) if told and int(told[1]) == year else None


def _faults_of_quarter(row: Mapping, code: str, quarter: int | None, year: int) -> Iterator[Refused]:
    yield from unknown_members(row, QUARTER_MEMBERS, _("{code}：").format(code=code[:60]), indicator=code)
    if quarter is None:
        words = _("{code}：period 应为 {year}-Q1 至 {year}-Q4。")
        yield Invalid(words.format(code=code[:60], year=year), indicator=code)
    if "value" not in row:
        words = _("{code}：缺 value。要撤回写 null，不改就不要发这一项。")
        yield Invalid(words.format(code=code[:60]), indicator=code)
    if not is_version(row.get("version")):
        yield Invalid(_("{code}：version 应为整数。").format(code=code[:60]), indicator=code)
