"""A county's sheet of one year as the pages, the API and the checks see it: every entry with its findings and the
judgement that its value would get from the kernel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pandas as pd
from django.utils.translation import gettext as _

from indicators import gaps
from indicators.definitions.context_parts import contradicted, given_parts
from indicators.frames import Period, cells_frame, period
from indicators.labels import STATUS_NAMES
from indicators.models import IndicatorDefinition, Observation
from indicators.terms.parts import NO_PARTS, RatioParts
from lib.numbers import plain, records
from reporting.checks import findings
from reporting.checks.history import HistoryRow, Movement, with_history
from reporting.checks.movements import movements
from reporting.checks.swapped_rows import swapped_rows
from reporting.models import CheckLimit, Entry, Submission
from reporting.official import is_conflict, official_facts
from reporting.rules.contradictions import NumberTable, contradictions, rules_in_force


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


def read_sheet(
    submission: Submission, *, proposed: Mapping[str, SheetContent] | None = None, indicators=None
) -> list[Line]:
    """The submission's lines, all or those of `indicators`; `proposed` puts (value, explanation) by indicator in
    place of what is saved."""
    year, area = submission.round.year, submission.area_id
    rows = submission.entries.select_related("part__organisation", "saved_by")
    if indicators is not None:
        rows = rows.filter(indicator__in=list(indicators))
    entries = list(rows.order_by("indicator__position"))
    entries = [_with(entry, (proposed or {}).get(entry.indicator_id)) for entry in entries]
    contents = {entry.indicator_id: SheetContent(entry.value, entry.explanation) for entry in entries}
    codes = [entry.indicator_id for entry in entries]
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of().filter(indicator__in=codes)}
    limits = dict(CheckLimit.objects.values_list("indicator", "max_yearly_change"))
    span = period()
    facts = official_facts(area, range(span.baseline_year, year + 1))
    judged = judge(area, year, {entry.indicator_id: entry.value for entry in entries}, span)
    contradicted = _contradicted(submission, contents, facts, is_whole=indicators is None)
    every = _all_entries(submission, entries, is_whole=indicators is None)
    remembered = _remembered(area, year, every, facts, definitions)
    swapped = swapped_rows(list(remembered.values()))
    given = given_parts(definitions.values(), area, year)
    lines = []
    for entry in entries:
        code = entry.indicator_id
        definition, now = definitions[code], judged[(code, year)]
        official, last = facts.get((code, year)), last_known(facts, code, year)
        before = judged.get((code, last.year), {}) if last else {}
        row = findings.CheckedRow(
            value=entry.value,
            explanation=entry.explanation,
            previous=last.value if last else None,
            previous_year=last.year if last else None,
            years_since=year - last.year if last else 1,
            expected=None if definition.stages else _expected(now),
            is_whole=definition.decimals == 0,
            lower_bound=definition.lower_bound,
            upper_bound=definition.upper_bound,
            direction=definition.direction,
            is_cumulative=definition.kind == IndicatorDefinition.Kind.CUMULATIVE,
            max_yearly_change=None if definition.stages else limits.get(code) or planned_change(judged, code),
            stages=definition.stage_names,
            status=now["status"],
            previous_status=before.get("status", ""),
            parts_fault=_parts_fault(entry, definition, given.get(code, NO_PARTS)),
        )
        found = findings.check(row)
        if code in remembered and not definition.stages:
            found = with_history(found, remembered[code], remembered)
        found += [*contradicted.get(code, ()), *([swapped[code]] if code in swapped else [])]
        lines.append(
            Line(
                entry,
                definition,
                found,
                now,
                official.value if official else None,
                is_conflict(entry, official),
                row.max_yearly_change,
                given.get(code, NO_PARTS),
            )
        )
    return lines


def _contradicted(
    submission: Submission,
    contents: Mapping[str, SheetContent],
    facts: Mapping[tuple[str, int], Observation],
    *,
    is_whole: bool,
) -> dict[str, list[findings.Finding]]:
    """By indicator, what the rules between numbers find: one matter for all whose numbers meet in it, settled by the
    words of any of them. Rules that speak of none of `contents` are left out."""
    rules = [each for each in rules_in_force() if set(each.indicators) & contents.keys()]
    if not rules:
        return {}
    if not is_whole:
        saved = submission.entries.values_list("indicator", "value", "explanation")
        contents = {code: SheetContent(value, words) for code, value, words in saved} | dict(contents)
    area, year = submission.area_id, submission.round.year
    values = {code: content.value for code, content in contents.items()}
    official = {(code, area, at): fact.value for (code, at), fact in facts.items()}
    known = NumberTable(
        [each.rule for each in rules], areas=[area], years=[year], typed=(area, year, values), official=official
    )
    found: dict[str, list[findings.Finding]] = {}
    by_code = {each.row.code: each for each in rules}
    for each in contradictions(rules, known):
        codes = by_code[each.row.code].indicators
        for code in codes:
            others = [contents[other].explanation for other in codes if other != code and other in contents]
            is_settled = each.row.severity == findings.SOFT and any(map(findings.is_explained, others))
            found.setdefault(code, []).append(
                findings.Finding(
                    each.row.severity, "contradiction", each.words, each.compared, each.row.code, is_settled
                )
            )
    return found


def _all_entries(submission: Submission, entries: list[Entry], *, is_whole: bool) -> list[Entry]:
    """The entries, and those beside them on the sheet as they are saved: rows are held against each other, whichever of
    them was sent."""
    if is_whole:
        return entries
    own = {entry.indicator_id for entry in entries}
    return [*entries, *submission.entries.exclude(indicator__in=own)]


def _remembered(
    area: str,
    year: int,
    entries: Sequence[Entry],
    facts: Mapping[tuple[str, int], Observation],
    known: Mapping[str, IndicatorDefinition],
) -> dict[str, HistoryRow]:
    """By indicator, each filled row with how it has moved before, here and in the other counties."""
    filled = [entry for entry in entries if entry.value is not None]
    if not filled:
        return {}
    moved = movements([entry.indicator_id for entry in filled], before=year)
    if not moved:
        return {}
    definitions = dict(known)
    if others := {entry.indicator_id for entry in filled} - definitions.keys():
        more = IndicatorDefinition.objects.as_of().filter(indicator__in=others)
        definitions |= {row.indicator_id: row for row in more}
    own: dict[str, dict[int, Decimal]] = {}
    for (code, at), fact in facts.items():
        if at < year and fact.value is not None:
            own.setdefault(code, {})[at] = fact.value
    return {
        entry.indicator_id: _history_row(
            entry, definitions[entry.indicator_id], year, own.get(entry.indicator_id, {}), moved.get(entry.indicator_id)
        )
        for entry in filled
        if not entry.is_derived
    }


def _history_row(
    entry: Entry,
    definition: IndicatorDefinition,
    year: int,
    own: Mapping[int, Decimal],
    moved: Movement | None,
) -> HistoryRow:
    return HistoryRow(
        code=entry.indicator_id,
        name=definition.shown_name,
        unit=definition.unit,
        year=year,
        value=entry.value,
        own=own,
        movement=moved,
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


def judge(area: str, year: int, values: Mapping[str, Decimal | None], span: Period) -> dict[tuple[str, int], dict]:
    """The kernel's rows of the county, by (indicator, year), with `values` in place of the official ones of `year`."""
    cells = cells_frame(areas=[area], indicators=list(values), years=span.years)
    proposed = pd.Series({code: None if v is None else float(v) for code, v in values.items()}, dtype=float)
    mine = (cells["year"] == year) & cells["indicator"].isin(proposed.index)
    cells.loc[mine, "value"] = cells.loc[mine, "indicator"].map(proposed)
    judged = gaps.assess(
        cells,
        baseline_year=span.baseline_year,
        final_year=span.final_year,
        as_of_year=max(span.as_of_year, year),
    )
    return {(row["indicator"], row["year"]): row for row in records(judged)}


def planned_change(judged: Mapping, code: str) -> Decimal | None:
    """Three times the yearly change that the targets plan: |T − v₀| ÷ years × 3; None where none is planned."""
    rows = [row for (indicator, _), row in judged.items() if indicator == code]
    first, last = min(rows, key=lambda r: r["year"]), max(rows, key=lambda r: r["year"])
    if first["value"] is None or last["target"] is None or first["value"] == last["target"]:
        return None
    change = 3 * abs(last["target"] - first["value"]) / (last["year"] - first["year"])
    return Decimal(str(round(change, 6)))


def _with(entry: Entry, content: SheetContent | None) -> Entry:
    if content is not None:
        for name, said in SheetContent(*content)._asdict().items():
            setattr(entry, name, said)
    return entry
