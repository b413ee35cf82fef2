"""What is known within a year: figures of quarters, typed by the responsible unit or drawn from a register. They are
never official: no judgement, no target met, no aggregate rests on them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from indicators.forecasting.nowcast import YearSoFar, year_end
from indicators.models import IndicatorDefinition, Observation, QuarterlyFigure, Versioned
from journal.actions import lock_feed, log_audit
from lib.numbers import can_be_kept, plain
from lib.refusals import Invalid
from plan.models import Cite

Key = tuple[str, str, int, int]  # (county, indicator, year, quarter)
ENTERED, REGISTER = "entered", "register"
QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class QuarterFigure:
    """One figure of a quarter. `source` is ENTERED or REGISTER; `version` 0 where a register says it now."""

    area: str
    indicator: str
    year: int
    quarter: int
    value: Decimal
    source: str
    version: int = 0
    is_demo: bool = False
    recorded_at: datetime | None = None

    @property
    def period(self) -> str:
        return period_of(self.year, self.quarter)


def period_of(year: int, quarter: int) -> str:
    """As SDMX writes it: 2026-Q3."""
    return f"{year}-Q{quarter}"


def last_day(year: int, quarter: int) -> date:
    return date(year, 3 * quarter, 31 if quarter in (1, 4) else 30)


def quarter_figures(
    *,
    areas: Collection[str] | None = None,
    indicators: Collection[str] | None = None,
    years: Collection[int] | None = None,
    also_derived: bool = False,
) -> list[QuarterFigure]:
    """The figures in force now, by county, indicator, year and quarter. A register's goes first where it holds one.
    `also_derived`: of every row that a register fills, whether or not it is reported by quarter."""
    wanted = Q(is_quarterly=True) | ~Q(derived_from="") if also_derived else Q(is_quarterly=True)
    definitions = IndicatorDefinition.objects.as_of().filter(wanted)
    if indicators is not None:
        definitions = definitions.filter(indicator__in=list(indicators))
    known = {row.indicator_id: row for row in definitions}
    if not known:
        return []
    rows = QuarterlyFigure.objects.as_of().filter(indicator__in=list(known))
    if areas is not None:
        rows = rows.filter(area__in=list(areas))
    if years is not None:
        rows = rows.filter(year__in=list(years))
    found = {(row.area_id, row.indicator_id, row.year, row.quarter): _entered(row) for row in rows}
    found |= _from_registers(known, areas, years)
    return [found[key] for key in sorted(found)]


def _entered(row: QuarterlyFigure) -> QuarterFigure:
    key = (row.area_id, row.indicator_id, row.year, row.quarter)
    return QuarterFigure(*key, row.value, ENTERED, row.version, row.is_demo, row.recorded_at)


def _from_registers(
    definitions: Mapping[str, IndicatorDefinition], areas: Collection[str] | None, years: Collection[int] | None
) -> dict[Key, QuarterFigure]:
    """What the registers hold of the rows that are drawn from them. Which rooms keep registers say the settings: they
    come after this one."""
    by_source: dict[str, list[IndicatorDefinition]] = {}
    for row in definitions.values():
        if row.derived_from:
            by_source.setdefault(row.derived_from, []).append(row)
    found: dict[Key, QuarterFigure] = {}
    for module in map(import_module, settings.REGISTER_FIGURES):
        held = module.quarters([name for name in by_source if name in module.DERIVED], years, areas)
        for (name, area, year, quarter), (value, is_demo) in held.items():
            for row in by_source[name]:
                key = (area, row.indicator_id, year, quarter)
                found[key] = QuarterFigure(*key, round(value, row.decimals), REGISTER, is_demo=is_demo)
    return found


# Where the year would end --------------------------------------------------------------------------


# By what an open year is carried on: the pace of the same quarter a year before, evenly, or past changes alone.
SEASONAL, EVENLY, POOLED = "same_quarter", "evenly", "past_changes"
BASES = (SEASONAL, EVENLY, POOLED)


@dataclass(frozen=True)
class YearEnd:
    """Where an open year would end: by the latest quarter that is known, whoever told it (`source`), or, where none is,
    by past changes (`quarter` and `source` are None). Computed, and never official."""

    year: int
    quarter: int | None
    value: Decimal
    basis: str
    source: str | None
    is_demo: bool

    @property
    def is_over(self) -> bool:
        """Whether the last quarter is known: then there is nothing to carry on."""
        return self.quarter == QUARTERS[-1]


def open_year(
    definition: IndicatorDefinition,
    values: Mapping[int, Decimal | float | None],
    figures: Sequence[QuarterFigure],
    *,
    baseline_year: int,
) -> YearEnd | None:
    """Of one county's row: `values` are its official ones by year, `figures` its quarters. None where the latest year
    with a quarter has an official value by now, or where nothing tells where it began."""
    if not figures:
        return None
    by_quarter = {(figure.year, figure.quarter): figure for figure in figures}
    last = by_quarter[max(by_quarter)]
    if any(value is not None for year, value in values.items() if year >= last.year):
        return None
    exact = {at: Decimal(str(value)) for at, value in values.items() if value is not None}
    if definition.kind == IndicatorDefinition.Kind.CUMULATIVE:
        exact.setdefault(baseline_year, Decimal(0))
    year_before = by_quarter.get((last.year - 1, last.quarter))
    same = year_before.value if year_before else None
    so_far = YearSoFar(last.quarter, last.value, exact.get(last.year - 1), same, exact.get(last.year - 2))
    found = year_end(so_far, lower=definition.lower_bound, upper=definition.upper_bound)
    if found is None:
        return None
    value, is_seasonal = found
    is_demo = any(figure.is_demo for figure in figures)
    basis = SEASONAL if is_seasonal else EVENLY
    return YearEnd(last.year, last.quarter, round(value, definition.decimals), basis, last.source, is_demo)


# Writing -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuarterRow:
    """What was typed of a quarter; `value` None withdraws what stands."""

    area: str
    indicator: str
    year: int
    quarter: int
    value: Decimal | None

    @property
    def key(self) -> Key:
        return self.area, self.indicator, self.year, self.quarter


@transaction.atomic
def record_quarters(
    rows: Sequence[QuarterRow], *, by: User | None, at: datetime | None = None, is_demo: bool = False
) -> list[Key]:
    """Bring the figures to what `rows` say, all or none; the keys that changed. `Invalid` where a row takes no figures
    of quarters, a quarter is not over, or a number cannot be one of the row's."""
    at = at or timezone.now()
    lock_feed()  # writers of one quarter follow each other, as those of facts
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    for row in rows:
        _check(row, definitions.get(row.indicator), timezone.localdate(at))
    _check_falls(rows, definitions)
    current, versions = _in_place(rows)
    origin = {"recorded_at": at, "recorded_by": by, **_origin(is_demo=is_demo)}
    changed, closing, fresh = [], [], []
    for row in rows:
        old = current.get(row.key)
        if row.value == (old.value if old else None):
            continue
        changed.append(row)
        if old:
            closing.append(old.pk)
        if row.value is not None:
            fresh.append(QuarterlyFigure(**_columns(row), version=versions.get(row.key, 0) + 1, **origin))
    QuarterlyFigure.objects.filter(pk__in=closing).update(superseded_at=Greatest("recorded_at", at))
    QuarterlyFigure.objects.bulk_create(fresh)
    if changed:
        audit = [_logged(row, current.get(row.key)) for row in changed]
        log_audit(action="record_quarter", subject="indicators.quarterlyfigure", rows=audit, by=by)
    return [row.key for row in changed]


def quarter_faults(rows: Sequence[QuarterRow], today: date) -> Iterator[tuple[int, Invalid]]:
    """(place in `rows`, why it cannot be recorded): everything that `record_quarters` would refuse, of every row."""
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    sound: list[int] = []
    for place, row in enumerate(rows):
        try:
            _check(row, definitions.get(row.indicator), today)
        except Invalid as fault:
            yield place, fault
        else:
            sound.append(place)
    for code in dict.fromkeys(rows[place].indicator for place in sound):
        own = [place for place in sound if rows[place].indicator == code]
        try:
            _check_falls([rows[place] for place in own], definitions)
        except Invalid as fault:
            yield own[0], fault


def _columns(row: QuarterRow) -> dict[str, Any]:
    """What the figure is of, and its value."""
    key = {"area_id": row.area, "indicator_id": row.indicator, "year": row.year, "quarter": row.quarter}
    return {**key, "value": row.value}


def _origin(*, is_demo: bool) -> dict[str, Any]:
    """Through which door it came, and whether somebody invented it."""
    if is_demo:
        return {"recorded_via": Versioned.Via.DEMO, "cite": Cite.DEMO, "is_demo": True}
    return {"recorded_via": Versioned.Via.EDIT, "cite": Cite.OFFICIAL, "is_demo": False}


def _in_place(rows: Sequence[QuarterRow]) -> tuple[dict[Key, QuarterlyFigure], dict[Key, int]]:
    """The figure in force and the number of the latest version, by key."""
    areas, indicators = {row.area for row in rows}, {row.indicator for row in rows}
    years = {row.year for row in rows}
    found = QuarterlyFigure.objects.filter(area__in=areas, indicator__in=indicators, year__in=years)
    current: dict[Key, QuarterlyFigure] = {}
    versions: dict[Key, int] = {}
    for row in found.order_by("version"):
        key = (row.area_id, row.indicator_id, row.year, row.quarter)
        versions[key] = row.version
        if row.superseded_at is None:
            current[key] = row
    return current, versions


def _check(row: QuarterRow, definition: IndicatorDefinition | None, today: date) -> None:
    name = f"{row.indicator} {row.year}年第{row.quarter}季度"
    if definition is None or not definition.is_quarterly:
        raise Invalid(_("{name}：这个指标不按季填报。").format(name=name), indicator=row.indicator)
    if row.quarter not in QUARTERS:
        raise Invalid(_("{name}：季度应为 1 至 4。").format(name=name), indicator=row.indicator)
    if row.value is None:
        return
    if last_day(row.year, row.quarter) > today:
        raise Invalid(_("{name}：这个季度还没有过完。").format(name=name), indicator=row.indicator)
    if not can_be_kept(row.value):
        raise Invalid(_("{name}：数值应小于10亿，小数不超过6位。").format(name=name), indicator=row.indicator)
    low, high = definition.lower_bound, definition.upper_bound
    is_too_low = low is not None and row.value < low
    is_too_high = high is not None and row.value > high
    if is_too_low or is_too_high:
        words = _("{name}：{value} 超出允许范围，请核对单位和小数点。")
        raise Invalid(words.format(name=name, value=plain(row.value)), indicator=row.indicator)
    if definition.decimals == 0 and row.value != row.value.to_integral_value():
        words = _("{name}：{value} 不是整数：这个指标按整数填报。")
        raise Invalid(words.format(name=name, value=plain(row.value)), indicator=row.indicator)


def _check_falls(rows: Sequence[QuarterRow], definitions: Mapping[str, IndicatorDefinition]) -> None:
    """A running total does not fall from one quarter to the next, nor below the official one of the year before."""
    own = [row for row in rows if definitions[row.indicator].kind == IndicatorDefinition.Kind.CUMULATIVE]
    if not own:
        return
    areas, years = {row.area for row in own}, {row.year for row in own}
    stands = quarter_figures(areas=areas, indicators={row.indicator for row in own}, years=years)
    known: dict[Key, Decimal | None] = {}
    for each in stands:
        known[each.area, each.indicator, each.year, each.quarter] = each.value
    known |= {row.key: row.value for row in own}
    before = Observation.objects.as_of().filter(area__in=areas, year__in={year - 1 for year in years})
    for fact in before:  # what stood at the end of the year before, as a quarter 0
        known[fact.area_id, fact.indicator_id, fact.year + 1, 0] = fact.value
    for row in own:
        series = [known.get((row.area, row.indicator, row.year, quarter)) for quarter in (0, *QUARTERS)]
        told = [value for value in series if value is not None]
        if told != sorted(told):
            words = _("{indicator}：累计数不能比上年末或上一季度少，请核对 {year} 年各季度的数。")
            raise Invalid(words.format(indicator=row.indicator, year=row.year), indicator=row.indicator)


def _logged(row: QuarterRow, old: QuarterlyFigure | None) -> dict:
    return {
        "key": f"{row.area}/{row.indicator}/{period_of(row.year, row.quarter)}",
        "area": row.area,
        "indicator": row.indicator,
        "old": {"value": str(old.value)} if old else None,
        "new": {"value": str(row.value)} if row.value is not None else None,
    }
