"""A county's sheet of one year as the pages, the API and the checks see it: every entry with its findings and the
judgement that its value would get from the kernel."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from django.utils.translation import gettext as _

from indicators import gaps
from indicators.definitions.context_parts import contradicted
from indicators.labels import STATUS_NAMES
from indicators.models import IndicatorDefinition, Observation
from indicators.terms.parts import NO_PARTS, RatioParts
from lib.numbers import plain, rows_of
from reporting.background import SheetBackground, background_of
from reporting.checks import findings
from reporting.checks.history import HistoryRow, with_history
from reporting.checks.swapped_rows import swapped_rows
from reporting.models import Entry, Submission
from reporting.official import is_conflict
from reporting.rules.contradictions import contradictions


@dataclass(frozen=True)
class Line:
    """One row of the sheet. `judgement` is the kernel's row as a dict with the entry's value in place; `official` the
    value in force for the year, `conflict` whether it moved by an import since the entry was last saved; `limit` the
    yearly change that needs no explanation, None for any."""

    entry: Entry
    definition: IndicatorDefinition
    findings: list[findings.Finding]
    judgement: dict
    official: Decimal | None
    conflict: bool
    limit: Decimal | None = None
    given: RatioParts = NO_PARTS  # parts that the plan's context figures hold

    @property
    def shown_parts(self) -> RatioParts:
        """What was typed, and beside it what is given."""
        own, given = self.entry.parts, self.given
        above = own.numerator if own.numerator is not None else given.numerator
        return RatioParts(above, own.denominator if own.denominator is not None else given.denominator)

    @property
    def obstacles(self) -> list[str]:
        """Why the row holds up handing over and submitting. An import under a derived row does not: nobody may type
        there, the register's next figure settles it, and until then the page shows both."""
        words = findings.obstacles(self.findings, self.entry.explanation)
        if words and self.entry.is_derived:
            words.append(_("本项由登记簿自动取数，请到登记簿更正。"))
        if self.is_blocking:
            words.append(_("官方数值已由表格导入更新，请发改局核对后重新保存本项。"))
        return words

    @property
    def is_unexplained(self) -> bool:
        """Whether something was found that an explanation would settle, and there is none."""
        return any(finding.asks for finding in self.findings) and not findings.is_explained(self.entry.explanation)

    @property
    def faults(self) -> list[str]:
        """Why what was typed cannot be a figure."""
        if self.entry.value is None:
            return []
        return [finding.words for finding in self.findings if finding.severity == findings.HARD]

    @property
    def is_blocking(self) -> bool:
        """Whether an import must be looked at by the county before anything else."""
        return self.conflict and not self.entry.is_derived

    @property
    def words(self) -> str:
        """The judgement in a line: "达标 +0.2，未达省标 0.3"; what it would be if the sheet were approved as it
        stands."""
        judged = self.judgement
        if self.faults:
            return _("不能交出")
        if self.is_unexplained and any(finding.code == "magnitude" for finding in self.findings):
            return _("数量级存疑，请先核对")
        words = str(STATUS_NAMES[judged["status"]])
        if judged["gap"] is not None:
            words += f" {self.definition.gap_words(judged['gap'])}"
        if judged["standard_gap"] is not None and judged["standard_gap"] < 0:
            words += _outside(self.definition, -judged["standard_gap"])
        if judged["is_slipping"]:
            words += _("，较上年变差")
        return words


def _outside(definition: IndicatorDefinition, short: float) -> str:
    words = _("，省标区间外 {gap}") if definition.is_band else _("，未达省标 {gap}")
    return words.format(gap=plain(short, definition.decimals))


class SheetContent(NamedTuple):
    """What an entry says."""

    value: Decimal | None
    explanation: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reached_on: date | None = None


def entries_of(submission: Submission) -> list[Entry]:
    """Every entry of the sheet with its unit and who saved it, in the plan's order."""
    return list(submission.entries.select_related("part__organisation", "saved_by").order_by("indicator__position"))


def read_sheet(submission: Submission, *, indicators: Collection[str] | None = None) -> list[Line]:
    """The submission's lines as it is saved, all or those of `indicators`."""
    return read_lines(entries_of(submission), background_of(submission), indicators)


def read_lines(
    entries: Sequence[Entry], background: SheetBackground, indicators: Collection[str] | None = None
) -> list[Line]:
    """The lines of a sheet whose every entry is given, all or those of `indicators`: rows are held against each other,
    whichever of them are asked for."""
    wanted = [entry for entry in entries if indicators is None or entry.indicator_id in indicators]
    values = {entry.indicator_id: entry.value for entry in wanted}
    judged = judge(background, values)
    contradicted = _contradicted(entries, values.keys(), background)
    remembered = _remembered(entries, background)
    swapped = swapped_rows(list(remembered.values()))
    lines = []
    for entry in wanted:
        row = _checked_row(entry, judged, background)
        found = findings.check(row)
        history = remembered.get(entry.indicator_id)
        if history is not None and not row.stages:
            found = with_history(found, history, remembered)
        found += contradicted.get(entry.indicator_id, ())
        if entry.indicator_id in swapped:
            found.append(swapped[entry.indicator_id])
        lines.append(_line(entry, found, judged, row.max_yearly_change, background))
    return lines


Judged = Mapping[tuple[str, int], dict]  # the kernel's rows, by (indicator, year)


def _checked_row(entry: Entry, judged: Judged, background: SheetBackground) -> findings.CheckedRow:
    """The entry beside what its row alone is held against."""
    code, year = entry.indicator_id, background.year
    definition, now = background.definitions[code], judged[(code, year)]
    last = last_known(background.facts, code, year)
    before = judged.get((code, last.year), {}) if last else {}
    is_staged = bool(definition.stages)
    return findings.CheckedRow(
        value=entry.value,
        explanation=entry.explanation,
        previous=last.value if last else None,
        previous_year=last.year if last else None,
        years_since=year - last.year if last else 1,
        expected=None if is_staged else _expected(now),
        is_whole=definition.decimals == 0,
        lower_bound=definition.lower_bound,
        upper_bound=definition.upper_bound,
        direction=definition.direction,
        is_cumulative=definition.kind == IndicatorDefinition.Kind.CUMULATIVE,
        max_yearly_change=None if is_staged else background.limits.get(code) or planned_change(judged, code),
        stages=definition.stage_names,
        status=now["status"],
        previous_status=before.get("status", ""),
        parts_fault=_parts_fault(entry, definition, background.given.get(code, NO_PARTS)),
    )


def _line(
    entry: Entry,
    found: list[findings.Finding],
    judged: Judged,
    limit: Decimal | None,
    background: SheetBackground,
) -> Line:
    key = (entry.indicator_id, background.year)
    official = background.facts.get(key)
    return Line(
        entry=entry,
        definition=background.definitions[entry.indicator_id],
        findings=found,
        judgement=judged[key],
        official=official.value if official else None,
        conflict=is_conflict(entry, official),
        limit=limit,
        given=background.given.get(entry.indicator_id, NO_PARTS),
    )


def _contradicted(
    entries: Sequence[Entry], wanted: Collection[str], background: SheetBackground
) -> dict[str, list[findings.Finding]]:
    """By indicator, what the rules between numbers find: one matter for all whose numbers meet in it, settled by the
    words of any of them. Rules that speak of none of the `wanted` rows are left out."""
    rules = [each for each in background.rules if not set(each.indicators).isdisjoint(wanted)]
    values = {entry.indicator_id: entry.value for entry in entries}
    explanations = {entry.indicator_id: entry.explanation for entry in entries}
    meeting = {each.row.code: each.indicators for each in rules}
    found: dict[str, list[findings.Finding]] = {}
    for each in contradictions(rules, background.numbers, typed=values):
        codes = meeting[each.row.code]
        for code in codes:
            others = [explanations[other] for other in codes if other != code and other in explanations]
            is_settled = each.row.severity == findings.SOFT and any(map(findings.is_explained, others))
            finding = findings.Finding(
                each.row.severity, "contradiction", each.words, each.compared, each.row.code, is_settled
            )
            found.setdefault(code, []).append(finding)
    return found


def _remembered(entries: Sequence[Entry], background: SheetBackground) -> dict[str, HistoryRow]:
    """By indicator, each filled row with how it has moved before, here and in the other counties."""
    if not background.moved:
        return {}
    own: dict[str, dict[int, Decimal]] = {}
    for (code, year), fact in background.facts.items():
        if year < background.year and fact.value is not None:
            own.setdefault(code, {})[year] = fact.value
    return {
        entry.indicator_id: _history_row(entry, own.get(entry.indicator_id, {}), background)
        for entry in entries
        if entry.value is not None and not entry.is_derived
    }


def _history_row(entry: Entry, own: Mapping[int, Decimal], background: SheetBackground) -> HistoryRow:
    definition = background.definitions[entry.indicator_id]
    return HistoryRow(
        code=entry.indicator_id,
        name=definition.shown_name,
        unit=definition.unit,
        year=background.year,
        value=entry.value,
        own=own,
        movement=background.moved.get(entry.indicator_id),
        lower_bound=definition.lower_bound,
        upper_bound=definition.upper_bound,
    )


def _parts_fault(entry: Entry, definition: IndicatorDefinition, given: RatioParts) -> str:
    """Why no value follows from the parts that were typed; empty where one does or none was typed."""
    parts, terms = entry.parts, definition.parts
    if parts.is_empty or terms is None:
        return ""
    if not parts.are_both:
        absent = terms.denominator if parts.denominator is None else terms.numerator
        return _("分子、分母只填了一个：请填“{absent}”，或都不填、只填结果。").format(absent=absent)
    if (apart := contradicted(parts, given)) is not None:
        words = _("“{name}”取自背景数据，现在是 {given}，本行存的是另一个数：请清空后重填另一半，再保存。")
        return words.format(name=getattr(terms, apart[0]), given=plain(apart[1]))
    return "" if terms.value(parts) is not None else _("“{name}”应大于 0。").format(name=terms.denominator)


def last_known(facts: Mapping[tuple[str, int], Observation], code: str, year: int) -> Observation | None:
    """The official value of the latest year before `year` that has one: a year without does not end the checks."""
    years = [known for indicator, known in facts if indicator == code and known < year]
    return facts[(code, max(years))] if years else None


def _expected(judged: Mapping) -> Decimal | None:
    """The year's target, else its standard, as a number to compare magnitudes with."""
    known = judged["target"] if judged["target"] is not None else judged["standard"]
    return None if known is None else Decimal(str(known))


def judge(background: SheetBackground, values: Mapping[str, Decimal | None]) -> Judged:
    """The kernel's rows of the county, by (indicator, year), with `values` in place of the official ones of the
    sheet's year."""
    span, year = background.span, background.year
    wanted = np.isin(background.cells["indicator"], list(values))
    cells = {name: column[wanted] for name, column in background.cells.items()}
    own = np.flatnonzero(cells["year"] == year)
    proposed = [values[code] for code in cells["indicator"][own]]
    cells["value"][own] = [math.nan if value is None else float(value) for value in proposed]
    cells |= gaps.assess_columns(
        cells,
        baseline_year=span.baseline_year,
        final_year=span.final_year,
        as_of_year=max(span.as_of_year, year),
    )
    return {(row["indicator"], row["year"]): row for row in rows_of(cells)}


def planned_change(judged: Mapping, code: str) -> Decimal | None:
    """Three times the yearly change that the targets plan: |T − v₀| ÷ years × 3; None where none is planned."""
    rows = [row for (indicator, _), row in judged.items() if indicator == code]
    first, last = min(rows, key=lambda r: r["year"]), max(rows, key=lambda r: r["year"])
    if first["value"] is None or last["target"] is None or first["value"] == last["target"]:
        return None
    change = 3 * abs(last["target"] - first["value"]) / (last["year"] - first["year"])
    return Decimal(str(round(change, 6)))
