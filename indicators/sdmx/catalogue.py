"""Database → plain rows for the SDMX service: the catalogue as codes, the official figures as observations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from areas.models import Area
from indicators.aggregates import city_aggregates
from indicators.cells.inputs import UNCERTAIN
from indicators.models import Assessment, Indicator, IndicatorDefinition, Observation, Standard, Target
from indicators.sdmx.agency import agency_code
from indicators.sdmx.errors import SdmxRefused
from indicators.sdmx.names import BREAK, DEMONSTRATION, FREQUENCY, NORMAL, PROVISIONAL, QUARTERLY
from indicators.sdmx.queries import DataQuery
from indicators.years.quarters import last_day, period_of, quarter_figures
from lib.value_words import stage_name
from plan.models import Plan

Forecast = tuple[str, str, str, str, str]
NO_FORECAST: Forecast = ("", "", "", "", "")
NO_PARTS = ("", "")
NO_SHAPE = ("", "", "")
NO_COUNT = ("", "")
NO_UNITS = ("", "")
PLACES = {"OBS": 0, "TARGET": 1, "STANDARD": 2, "GAP": 3}
FACTS = {"OBS": Observation, "TARGET": Target, "STANDARD": Standard}


@dataclass(frozen=True)
class CodeRow:
    """One code of a list, its names in Chinese and English, and what else there is to say of it."""

    code: str
    name: str
    name_en: str
    parent: str | None = None
    note: str = ""
    is_provisional: bool = False


@dataclass(frozen=True)
class Catalogue:
    """What the structures are made of. `units` are the units of values and of gaps, in Chinese."""

    areas: list[CodeRow]
    indicators: list[CodeRow]
    units: list[str]


@dataclass(frozen=True)
class Figure:
    """One observation: `value` as digits in the unit `unit` (in Chinese), `status` a code of CL_OBS_STATUS."""

    area: str
    indicator: str
    series: str
    year: int
    value: str
    status: str
    unit: str
    forecast: Forecast = NO_FORECAST  # the values of FORECAST_ATTRIBUTES, "" where nothing is said
    parts: tuple[str, ...] = NO_PARTS  # of PART_ATTRIBUTES
    shape: tuple[str, str, str] = NO_SHAPE  # of SHAPE_ATTRIBUTES
    counted: tuple[str, str] = NO_COUNT  # of TOGETHER_ATTRIBUTES
    quarter: int = 0  # of the year; 0 where the figure is of the whole of it

    @property
    def period(self) -> str:
        return period_of(self.year, self.quarter) if self.quarter else str(self.year)


def catalogue(user) -> Catalogue:
    """Areas, and the indicators as they are defined now."""
    areas = [CodeRow(a.code, a.name, a.name_en, a.parent_id) for a in Area.objects.visible_to(user)]
    definitions = list(_definitions(user))
    indicators, units = [], []
    for row in definitions:
        name_en = row.name_en or row.name
        code = CodeRow(row.indicator_id, row.name, name_en, note=row.definition, is_provisional=row.is_provisional)
        indicators.append(code)
        units += [row.unit, row.gap_unit]
    return Catalogue(areas, indicators, list(dict.fromkeys(units)))


def figures(query: DataQuery, user, *, most: int) -> list[Figure]:
    """The official figures asked for, by area, indicator, series and year. A figure that is absent has no row.

    Refused 404 where a code is in no list, 413 where there are more than `most`."""
    _check_codes(query)
    definitions = {d.indicator_id: d for d in _definitions(user)}
    units = {code: (d.unit, d.gap_unit) for code, d in definitions.items()}
    quarterly = [*_quarterly(query, units)] if QUARTERLY in query.frequencies else []
    rows: list[tuple] = []
    for series in _series_by_year(query):
        room = most + 1 - len(rows)
        rows += [(series, *row) for row in _rows(series, query, user)[:room]]
        if len(rows) + len(quarterly) > most:
            words = _(
                "结果超过 {most} 个数值。请缩小范围，分次查询：在键里写明 REF_AREA、INDICATOR 或 SERIES，"
                "或用 startPeriod、endPeriod；要整张表请用 /api/v1/ 各列表的 format=csv。"
            )
            raise SdmxRefused(413, words.format(most=most))
    forecasts = _forecasts(query, user) if "TARGET" in query.series else {}
    return [*_ordered(rows, definitions, forecasts), *quarterly, *_together(query, units)]


def _series_by_year(query: DataQuery) -> Sequence[str]:
    return query.series if FREQUENCY in query.frequencies else ()


def _rows(series: str, query: DataQuery, user) -> QuerySet:
    return _gaps(query, user) if series == "GAP" else _facts(series, query, user)


def _together(query: DataQuery, units: dict[str, tuple[str, str]]) -> Iterator[Figure]:
    """The plan's counties taken together under the city's code, where the key asks for that: official values alone are
    sent unasked. Computed now, so that nothing is newer than a day (`updatedAfter`). Where the city has an official
    value of its own, that stands under its code, and the computed one in the list `aggregates` alone."""
    asked = FREQUENCY in query.frequencies and "OBS" in query.series and not query.updated_after
    plan = Plan.objects.first() if asked and query.areas else None
    if plan is None or plan.area_id not in (query.areas or ()):
        return
    own = set(Observation.objects.as_of().filter(area=plan.area_id).values_list("indicator_id", "year"))
    for each in city_aggregates(indicators=query.indicators):
        is_asked_for = (query.first_year or 0) <= each.year <= (query.last_year or each.year)
        if each.value is None or not is_asked_for or (each.indicator, each.year) in own:
            continue
        parts = tuple("" if part is None else _digits(part) for part in vars(each.parts).values())
        unit, _unit_of_gap = units.get(each.indicator, NO_UNITS)
        yield Figure(
            each.area,
            each.indicator,
            "OBS",
            each.year,
            _digits(each.value),
            _status(each.is_demo, each.is_provisional),
            unit,
            parts=parts,
            counted=(str(each.counted), str(each.counties)),
        )


def _quarterly(query: DataQuery, units: dict[str, tuple[str, str]]) -> Iterator[Figure]:
    """What is known within a year: values only, each provisional, for nobody has approved it."""
    if "OBS" not in query.series or query.updated_after:
        return
    for each in quarter_figures(areas=query.areas, indicators=query.indicators):
        first, last = date(each.year, 3 * each.quarter - 2, 1), last_day(each.year, each.quarter)
        begins_before = query.begin is not None and first < query.begin
        ends_after = query.end is not None and last > query.end
        if begins_before or ends_after:
            continue
        status = DEMONSTRATION if each.is_demo else PROVISIONAL
        unit, _unit_of_gap = units.get(each.indicator, NO_UNITS)
        key = (each.area, each.indicator, "OBS", each.year)
        yield Figure(*key, _digits(each.value), status, unit, quarter=each.quarter)


def available(query: DataQuery, user) -> tuple[dict[str, list[str]], int]:
    """Of each component the codes that have official figures among those asked for, and how many figures there are."""
    _check_codes(query)
    found: dict[str, set] = {"REF_AREA": set(), "INDICATOR": set(), "SERIES": set(), "TIME_PERIOD": set()}
    count = 0
    for series in _series_by_year(query):
        rows = _rows(series, query, user)
        own = rows.count()
        if own:
            found["SERIES"].add(series)
            for name, column in (("REF_AREA", "area_id"), ("INDICATOR", "indicator_id"), ("TIME_PERIOD", "year")):
                found[name] |= set(rows.values_list(column, flat=True).distinct())
        count += own
    frequencies = [FREQUENCY] if count else []
    if QUARTERLY in query.frequencies:
        own_figures = list(_quarterly(query, {}))
        count += len(own_figures)
        frequencies += [QUARTERLY] if own_figures else []
        for each in own_figures:
            told = {"REF_AREA": each.area, "INDICATOR": each.indicator, "SERIES": "OBS", "TIME_PERIOD": each.period}
            for name, code in told.items():
                found[name].add(code)
    for each in _together(query, {}):
        count += 1
        frequencies = list(dict.fromkeys([FREQUENCY, *frequencies]))
        for name, code in (("REF_AREA", each.area), ("INDICATOR", each.indicator), ("TIME_PERIOD", each.period)):
            found[name].add(code)
        found["SERIES"].add("OBS")
    values = {name: sorted(map(str, codes)) for name, codes in found.items()}
    values["SERIES"] = [code for code in query.series if code in found["SERIES"]]
    return ({"FREQ": frequencies} | values), count


def _forecasts(query: DataQuery, user) -> dict[tuple, Forecast]:
    """What the stored forecasts say, by area, indicator and year; no row where they say nothing."""
    said = Q(probability__isnull=False) | Q(range_low__isnull=False)
    rows = _narrowed(Assessment.objects.visible_to(user).filter(said), query)
    names = ("area_id", "indicator_id", "year", "probability", "range_low", "range_high", "forecast_version")
    found: dict[tuple, Forecast] = {}
    told = rows.values_list(*names, "is_demo", "is_provisional")
    for area, code, year, chance, low, high, version, is_demo, is_provisional in told:
        status = _status(is_demo, is_provisional)
        found[area, code, year] = (_digits_of(chance), _digits_of(low), _digits_of(high), version, status)
    return found


def _status(is_demo: bool, is_provisional: bool) -> str:
    if is_demo:
        return DEMONSTRATION
    return PROVISIONAL if is_provisional else NORMAL


def _ordered(
    rows: Iterable[tuple], definitions: Mapping[str, IndicatorDefinition], forecasts: dict[tuple, Forecast]
) -> Iterator[Figure]:
    """Of the series OBS a row ends with the parts that its value was divided from and the day on which its stage was
    reached, of targets and standards with the upper end of a band."""
    for series, area, indicator, year, value, is_demo, is_provisional, *more in sorted(rows, key=_place):
        definition = definitions.get(indicator)
        unit, gap_unit = (definition.unit, definition.gap_unit) if definition else ("", "")
        status = _status(is_demo, is_provisional)
        if series == "OBS" and status == NORMAL and definition and year == definition.break_year:
            status = BREAK
        said, own, shown = NO_FORECAST, NO_PARTS, unit
        if series == "TARGET":
            said = forecasts.get((area, indicator, year), NO_FORECAST)
        elif series == "OBS":
            own = _part_digits(more)
        elif series == "GAP":
            shown = gap_unit
        shape = _shape(series, value, more, definition)
        yield Figure(area, indicator, series, year, _digits(value), status, shown, said, own, shape)


def _place(row: tuple) -> tuple:
    """Rows by area, indicator, series and year."""
    series, area, indicator, year = row[:4]
    return area, indicator, PLACES[series], year


def _part_digits(more: Sequence) -> tuple[str, str]:
    """Numerator and denominator, "" where they are not known."""
    above, below, *_rest = more
    return _digits_of(above), _digits_of(below)


def _shape(
    series: str, value: Decimal | float, more: Sequence, definition: IndicatorDefinition | None
) -> tuple[str, str, str]:
    """The values of SHAPE_ATTRIBUTES, "" where there is nothing to say."""
    if definition is None or series == "GAP":
        return NO_SHAPE
    stage = stage_name(value, definition.stage_names) or ""
    if series == "OBS":
        _above, _below, day = more
        reached = day.isoformat() if stage and day else ""
        return "", stage, reached
    (high,) = more
    upper_end = _digits_of(high) if definition.is_band else ""
    return upper_end, stage, ""


def _digits(value: Decimal | float) -> str:
    """A number without trailing zeros and never with an exponent: 70, not 70.000000 or 7E+1."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return format(exact.normalize(), "f")


def _digits_of(value: Decimal | float | None) -> str:
    """The same; empty where nothing is known."""
    return "" if value is None else _digits(value)


def _definitions(user) -> QuerySet:
    rows = IndicatorDefinition.objects.visible_to(user).as_of().order_by("indicator__position", "indicator")
    return rows.select_related("indicator")


def _facts(series: str, query: DataQuery, user) -> QuerySet:
    rows = _narrowed(FACTS[series].objects.visible_to(user).as_of(), query)
    if query.updated_after:
        rows = rows.filter(_is_newer(series, query))
    names = ("area_id", "indicator_id", "year", "value", "is_demo", "uncertain")
    more = ("numerator", "denominator", "reached_on") if series == "OBS" else ("value_high",)
    return rows.annotate(uncertain=UNCERTAIN).values_list(*names, *more)


def _is_newer(series: str, query: DataQuery) -> Q | Combinable:
    """A target also where the forecast that it carries was made anew."""
    newer = Q(recorded_at__gt=query.updated_after)
    if series != "TARGET":
        return newer
    same = {name: OuterRef(name) for name in ("area", "indicator", "year")}
    return newer | Exists(Assessment.objects.filter(**same, assessed_at__gt=query.updated_after))


def _gaps(query: DataQuery, user) -> QuerySet:
    rows = _narrowed(Assessment.objects.visible_to(user).filter(gap__isnull=False), query)
    if query.updated_after:
        rows = rows.filter(assessed_at__gt=query.updated_after)
    return rows.values_list("area_id", "indicator_id", "year", "gap", "is_demo", "is_provisional")


def _narrowed(rows: QuerySet, query: DataQuery) -> QuerySet:
    given = {
        "area__in": query.areas,
        "indicator__in": query.indicators,
        "year__gte": query.first_year,
        "year__lte": query.last_year,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    return rows.filter(**asked).order_by()


def _check_codes(query: DataQuery) -> None:
    areas, indicators = query.areas or (), query.indicators or ()
    unknown = _unknown(areas, Area.objects.filter(code__in=areas).values_list("code", flat=True))
    unknown += _unknown(indicators, Indicator.objects.filter(code__in=indicators).values_list("code", flat=True))
    if unknown:
        words = _("代码表里没有：{codes}。代码见 codelist/{own}/CL_AREA 和 codelist/{own}/CL_INDICATOR。")
        raise SdmxRefused(404, words.format(codes="、".join(unknown), own=agency_code()))


def _unknown(asked: Sequence[str], known: Iterable[str]) -> list[str]:
    found = set(known)
    return [code for code in asked if code not in found]
