"""What a page shows: the judged cells of the city's counties for the asked year, benchmark, layer and date.

One source feeds page, chart and export alike, in a fixed number of queries.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial

import pandas as pd
from django.core.paginator import Page
from django.db.models import Exists, Q, QuerySet, Value
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from figures.asked import Asked
from figures.cells import JudgedCell, band_of
from indicators.aggregates import Aggregate, aggregates_of
from indicators.cells.inputs import KEY, NOTHING, SERIES, UNCERTAIN, Overlay
from indicators.frames import assessed_frame, frame_of_stored, stored_rows, stored_values
from indicators.models import Assessment, Fact, IndicatorDefinition, Observation, ReportingYear
from indicators.terms.parts import RatioParts
from indicators.years.default_year import counted_default_year, default_year, years_of
from journal.models import PendingRecompute
from lib.database.prepared_statements import again, written
from lib.numbers import named_rows
from lib.sparklines import Sparkline, sparkline
from lib.web import filters
from pagecache.value_cache import kept
from plan.models import Plan
from reporting.frames import submitted_frame

SIDE_BY_SIDE = 12  # counties; of a city with more than these a page shows some at a time
AT_A_TIME = 3


@dataclass
class Picture:
    asked: Asked
    user: User
    area_codes: list[str] | None = None
    indicator_codes: list[str] | None = None
    is_bounded: bool = False  # of very many counties some at a time, as a page wants it; a file has them all
    home: str = ""  # the county that a bounded picture is of
    plan: Plan = field(init=False)

    def __post_init__(self):
        self.plan = self._planned()
        if self.asked.layer == "submitted" and not (self.user.sees_all_counties or self.user.own_area_code):
            raise Http404(_("未审数值只有填报的地区和市里可以看。"))
        if self.asked.layer == "submitted" and self.asked.as_of is not None:
            raise Http404(_("含未审只看现在；请去掉 as_of，或改看官方数值。"))
        if self.plan is None:
            raise Http404(_("还没有载入方案，请运行 python manage.py load_plan。"))
        if self.asked.year is not None and self.asked.year not in self.years:
            first, last = self.plan.baseline_year, self.plan.final_year
            raise Http404(_("year 应在 {first} 至 {last} 之间。").format(first=first, last=last))

    @property
    def years(self) -> range:
        return years_of(self.plan)

    @property
    def is_year_over(self) -> bool:
        """On the day of the picture: what is not reported of such a year is late or still to come in."""
        return self.year < timezone.localdate(self.asked.as_of or timezone.now()).year

    @property
    def is_plan_over(self) -> bool:
        """On the day of the picture."""
        return timezone.localdate(self.asked.as_of or timezone.now()).year > self.plan.final_year

    @property
    def has_final_values(self) -> bool:
        """Whether every county's final year is approved."""
        rows = [self.reporting.get((area.code, self.plan.final_year)) for area in self.counties]
        return all(row is not None and row.approved_at for row in rows)

    @property
    def all_counties(self) -> QuerySet[Area]:
        return Area.objects.visible_to(self.user).counties().filter(parent=self.plan.area)

    @property
    def city(self) -> Area | None:
        """The plan's city where it has targets and values of its own: judged as a county is, counted with none."""
        return self.plan.area if self.plan.area.has_own_rows else None

    @property
    def judged(self) -> list[Area]:
        """The counties on the page, and the city where it is judged."""
        return [*self.counties, self.city] if self.city else list(self.counties)

    def _planned(self) -> Plan | None:
        """The plan, with whether judgements of the picture's rows are still to be made."""

        def make() -> QuerySet[Plan]:
            waiting = Exists(PendingRecompute.objects.about(self.indicator_codes))
            return Plan.objects.select_related("area", "document").annotate(has_pending=waiting).order_by("pk")[:1]

        rows = None if self.indicator_codes is None else tuple(self.indicator_codes)
        return next(iter(again(("plan", rows), make)), None)

    @property
    def _judged_codes(self) -> list[str]:
        return self.area_codes or [area.code for area in self.judged]

    @cached_property
    def counties(self) -> list[Area]:
        """All of the city's; of a wide one those of `window`, or the one that the picture is of."""
        if not self.is_wide:
            return self._few if self.is_bounded else list(self.all_counties)
        return list(self.all_counties.filter(code=self.home) if self.home else self.window.object_list)

    @cached_property
    def _few(self) -> list[Area]:
        name = ("some counties", self.user.is_authenticated, self.plan.area_id)
        return again(name, lambda: self.all_counties[: SIDE_BY_SIDE + 1])

    @property
    def is_wide(self) -> bool:
        """More counties than a page shows side by side."""
        return self.is_bounded and len(self._few) > SIDE_BY_SIDE

    @cached_property
    def window(self) -> Page:
        """The asked AT_A_TIME counties of a wide city; Http404 for a page that is not there."""
        return filters.page_of(self.all_counties, {"counties": self.asked.counties}, size=AT_A_TIME, name="counties")

    @cached_property
    def definitions(self) -> list[IndicatorDefinition]:
        rows = again(("definitions", *self._seen), self._definitions)
        return sorted(rows, key=lambda row: (row.field.position, row.indicator.position))

    def _definitions(self) -> QuerySet[IndicatorDefinition]:
        known = IndicatorDefinition.objects.visible_to(self.user).as_of(self.asked.as_of)
        return known.select_related("field", "chapter", "indicator")

    @property
    def _seen(self) -> tuple:
        """What decides which official rows are shown, in the names of queries: figures are open to every login."""
        return self.user.is_authenticated, self.asked.as_of

    def _values(self, what: str, make: Callable[[], QuerySet]) -> Iterable[tuple]:
        """The rows of a query of values about the picture's cells."""
        areas = tuple(self._judged_codes)
        indicators = None if self.indicator_codes is None else tuple(self.indicator_codes)
        return written((what, *self._seen, areas, indicators), make).rows()

    def find_county(self, code: str) -> Area | None:
        """Of the counties in scope, and the city where it is judged."""
        return next((area for area in self.judged if area.code == code), None)

    def find_definition(self, code: str) -> IndicatorDefinition | None:
        return next((row for row in self.definitions if row.indicator_id == code), None)

    def county(self, code: str) -> Area:
        """Http404 in plain words where the scope has none of that code."""
        found = self.find_county(code)
        if found is None:
            raise Http404(_("没有代码为 {code} 的地区。").format(code=code))
        return found

    def definition(self, code: str) -> IndicatorDefinition:
        """Http404 in plain words where the plan has none of that code."""
        found = self.find_definition(code)
        if found is None:
            raise Http404(_("没有代码为 {code} 的指标。").format(code=code))
        return found

    @cached_property
    def reporting(self) -> dict[tuple[str, int], ReportingYear]:
        """What was opened and approved by the date asked for."""
        moment = self.asked.as_of
        codes = [area.code for area in self.judged]

        def opened() -> QuerySet[ReportingYear]:
            rows = ReportingYear.objects.filter(area__in=codes)
            return rows if moment is None else rows.filter(opened_at__lte=moment)

        found = {(row.area_id, row.year): row for row in again(("reporting years", moment, *codes), opened)}
        for row in found.values():
            if moment is not None and row.approved_at is not None and row.approved_at > moment:
                row.approved_at = None
        return found

    @cached_property
    def year(self) -> int:
        """The year asked for, else that of the one county the picture is of, else the default year."""
        if self.asked.year is not None:
            return self.asked.year
        if self.is_wide and not self.home:
            return kept(self._counted_year, "year", self.plan.area_id, self.asked.as_of)
        areas = [self.home] if self.home else [area.code for area in self.counties]
        return default_year(self.plan, areas, self._approved)

    @cached_property
    def _approved(self) -> set[tuple[str, int]]:
        """(area, year) of what has been approved."""
        return {key for key, row in self.reporting.items() if row.approved_at}

    def own_year(self, area: str) -> int:
        """Of a county the year to speak of where no year is asked for: its latest approved one, though others are not
        in yet."""
        if self.asked.year is not None:
            return self.year
        return max(self.year, default_year(self.plan, [area], self._approved))

    def own_cells(self) -> Iterator[JudgedCell]:
        """As `cells`, of each county those of its own year."""
        return self._of_own_years(self.counties)

    def city_cells(self) -> Iterator[JudgedCell]:
        """Those of the city that is judged, of its own year."""
        return self._of_own_years([self.city] if self.city else [])

    def _of_own_years(self, areas: Sequence[Area]) -> Iterator[JudgedCell]:
        for definition in self.definitions:
            for area in areas:
                cell = self.cell(area, definition, self.own_year(area.code))
                if cell is not None:
                    yield cell

    def _counted_year(self) -> int:
        return counted_default_year(self.plan, self.all_counties, self.asked.as_of)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Every year's judged cells of the counties in scope: stored for now, computed afresh for a past date."""
        codes = self._judged_codes
        if not self._is_stored:
            overlay = Overlay(facts={"value": self.submitted}) if self.asked.layer == "submitted" else NOTHING
            judged = assessed_frame(
                areas=codes, indicators=self.indicator_codes, as_of=self.asked.as_of, overlay=overlay
            )
            return judged.assign(assessed_at=pd.NaT)  # type: ignore[arg-type]  # the stubs know no moment that is none
        return frame_of_stored(list(self.records.values()))

    @property
    def _is_stored(self) -> bool:
        """Whether what is shown is judged already: now, by official values."""
        return self.asked.as_of is None and self.asked.layer != "submitted"

    @property
    def _stored(self) -> QuerySet[Assessment]:
        codes = self._judged_codes
        rows = Assessment.objects.visible_to(self.user).filter(area__in=codes)
        return rows if self.indicator_codes is None else rows.filter(indicator__in=self.indicator_codes)

    @cached_property
    def submitted(self) -> pd.DataFrame:
        """The unapproved values that this picture mixes in: those of the counties and indicators in scope."""
        rows = submitted_frame(self.user)
        rows = rows[rows["area"].isin([area.code for area in self.judged])]
        known = [row.indicator_id for row in self.definitions] if self.indicator_codes is None else self.indicator_codes
        return rows[rows["indicator"].isin(known) & rows["year"].isin(self.years)]

    @cached_property
    def submitted_keys(self) -> set[tuple[str, str, int]]:
        """The cells whose value is submitted and not approved; empty on the official layer."""
        if self.asked.layer != "submitted":
            return set()
        return set(self.submitted[KEY].itertuples(index=False, name=None))

    @property
    def submitted_in_year(self) -> int:
        return sum(year == self.year for _area, _indicator, year in self.submitted_keys)

    @property
    def submitted_share(self) -> float:
        """Per cent of the year's cells in scope whose value is submitted and not approved."""
        areas = len(self.area_codes or self.counties)
        cells = areas * len(self.definitions if self.indicator_codes is None else self.indicator_codes)
        return 100 * self.submitted_in_year / cells if cells else 0.0

    @property
    def is_stale(self) -> bool:
        """True while a recompute that could change this page is asked for and not done."""
        return self.asked.as_of is None and self.plan.has_pending  # type: ignore[attr-defined]  # annotated above

    @cached_property
    def computed_at(self) -> datetime | None:
        return max((row["assessed_at"] for row in self.records.values() if row["assessed_at"]), default=None)

    @cached_property
    def has_demo(self) -> bool:
        return any(row["is_demo"] for row in self.records.values())

    @cached_property
    def marks(self) -> dict[tuple[str, str, int], dict[str, str]]:
        """Which single numbers of a cell are not official, by (area, indicator, year): value, target or standard →
        "demo" or "provisional". One query."""
        found: dict[tuple[str, str, int], dict[str, str]] = {}
        for name, *key, is_demo in self._values("marks", self._all_unofficial):
            found.setdefault(tuple(key), {})[name] = "demo" if is_demo else "provisional"
        if self.asked.layer == "submitted":
            for row in named_rows(self.submitted):
                marks = found.setdefault((row.area, row.indicator, row.year), {})
                marks.pop("value", None)
                if row.is_demo:
                    marks["value"] = "demo"
        return found

    def _all_unofficial(self) -> QuerySet:
        first, *others = [self._unofficial(name, model) for name, model in SERIES.items()]
        return first.union(*others, all=True)

    def _unofficial(self, name: str, model: type[Fact]) -> QuerySet:
        codes = self._judged_codes
        rows = model.objects.visible_to(self.user).as_of(self.asked.as_of).filter(Q(is_demo=True) | UNCERTAIN)
        rows = rows.filter(area__in=codes)
        if self.indicator_codes is not None:
            rows = rows.filter(indicator__in=self.indicator_codes)
        return rows.order_by().values_list(Value(name), "area_id", "indicator_id", "year", "is_demo")

    @cached_property
    def parts(self) -> dict[tuple[str, str, int], RatioParts]:
        """What the values shown were divided from, by (area, indicator, year). One query."""
        codes = self._judged_codes
        rows = Observation.objects.visible_to(self.user).as_of(self.asked.as_of).filter(area__in=codes)
        if self.indicator_codes is not None:
            rows = rows.filter(indicator__in=self.indicator_codes)
        names = ("area_id", "indicator_id", "year", "version", "numerator", "denominator")
        known = rows.filter(numerator__isnull=False).order_by().values_list(*names)
        found = {tuple(key): (version, RatioParts(above, below)) for *key, version, above, below in known}
        return {key: parts for key, (version, parts) in found.items() if self._is_shown(key, version)}

    def _is_shown(self, key: tuple[str, str, int], version: int) -> bool:
        """Whether the value that the picture shows of a cell is the official one of that version."""
        row = self.records.get(key)
        return row is not None and row["value_version"] == version and key not in self.submitted_keys

    def aggregates(self, definition: IndicatorDefinition) -> list[Aggregate]:
        """The plan's counties taken together, by year, out of the official values; of very many made once."""

        def make() -> list[Aggregate]:
            found = aggregates_of(self.plan.area_id, self._plan_counties, [definition], self.years, self.asked.as_of)
            return [each for each in found if each.value is not None]

        return kept(make, "aggregates", definition.indicator_id, self.asked.as_of) if self.is_wide else make()

    def aggregates_of_years(self, years: Sequence[int]) -> dict[tuple[str, int], Aggregate]:
        """The plan's counties taken together, all of them however many the page shows, of every row that adds up, by
        (indicator, year). One query; of very many counties made once."""

        def make() -> dict[tuple[str, int], Aggregate]:
            codes = self._plan_counties
            found = aggregates_of(self.plan.area_id, codes, self.definitions, years, self.asked.as_of)
            return {(each.indicator, each.year): each for each in found if each.value is not None}

        return kept(make, "aggregates of", *years, self.asked.as_of) if self.is_wide else make()

    @property
    def _plan_counties(self) -> list[str]:
        """The codes of all counties of the plan, also where the page shows some at a time."""
        if self.is_wide:
            return list(self.all_counties.values_list("code", flat=True))
        return [area.code for area in self.counties]

    @cached_property
    def records(self) -> dict[tuple[str, str, int], dict]:
        """Every year's judged cells by (area, indicator, year), None where nothing is known."""
        if self._is_stored:
            rows = stored_rows(self._values("stored", lambda: stored_values(self._stored)))
        else:
            rows = self._judged_rows()
        return {(row["area"], row["indicator"], row["year"]): row for row in rows}

    def _judged_rows(self) -> list[dict]:
        """The frame's rows by columns: ten times as fast as row by row, and no number becomes another type."""
        names = list(self.frame)
        columns = [_without_nan(self.frame[name].tolist()) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def cell(self, area: Area, definition: IndicatorDefinition, year: int | None = None) -> JudgedCell | None:
        """Made once, however many parts of a page ask for it."""
        key = (area.code, definition.indicator_id, year or self.year)
        if key not in self._cells:
            row = self.records.get(key)
            self._cells[key] = None if row is None else self._judged_cell(area, definition, row)
        return self._cells[key]

    def _judged_cell(self, area: Area, definition: IndicatorDefinition, row: dict) -> JudgedCell:
        key = (area.code, definition.indicator_id, row["year"])
        cell = JudgedCell(area, definition, row, self.asked.benchmark, draw=partial(self.trend, *key))
        cell.is_submitted = key in self.submitted_keys
        cell.marks = self.marks.get(key, {})
        cell.shortfall_year, cell.shortfall = self._shortfall(*key)
        of_both = self.marks.get((area.code, definition.indicator_id, cell.shortfall_year or 0), {})
        cell.is_shortfall_demo = "demo" in (of_both.get("target"), of_both.get("standard"))
        return cell

    @cached_property
    def _cells(self) -> dict[tuple[str, str, int], JudgedCell | None]:
        return {}

    def cells(self) -> Iterator[JudgedCell]:
        """All cells of the year, in the catalogue's order, counties within."""
        for definition in self.definitions:
            for area in self.counties:
                cell = self.cell(area, definition)
                if cell is not None:
                    yield cell

    def series(self, area: str, indicator: str, name: str) -> list:
        """One column over all years of the period, None where absent."""
        rows = (self.records.get((area, indicator, year)) for year in self.years)
        return [row[name] if row else None for row in rows]

    def band(self, area: str, indicator: str) -> list[tuple[int, float, float]]:
        """The 80 % range of each year to come: (year, low, high), beginning with the last value as a point; empty where
        nothing is said."""
        return band_of([row for year in self.years if (row := self.records.get((area, indicator, year)))])

    def trend(self, area: str, indicator: str, year: int, scale: tuple[float, float] | None = None) -> Sparkline:
        """Value and benchmark over the period, the year marked; on the (low, high) given instead of their own."""
        values, targets = (self.series(area, indicator, name) for name in ("value", self.asked.benchmark))
        return sparkline(values, targets, year - self.plan.baseline_year, scale)

    def _shortfall(self, area, indicator, year) -> tuple[int | None, float | None]:
        """Where the county's own target lies below the standard: in this year, else in the next that has both."""
        for later in range(year, self.plan.final_year + 1):
            row = self.records.get((area, indicator, later))
            if row and row["ambition_gap"] is not None:
                return (later, row["ambition_gap"]) if row["ambition_gap"] < 0 else (None, None)
        return None, None


def _without_nan(values: list) -> list:
    """NaN, which alone is unequal to itself, as None."""
    return [None if value != value else value for value in values]
