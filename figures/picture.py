"""What a page shows: the judged cells of the city's counties for the asked year, benchmark, layer and date.

One source feeds page, chart and export alike, in a fixed number of queries.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

import pandas as pd
from django.db.models import QuerySet

from areas.models import Area
from figures.cells import JudgedCell, band_of
from figures.figure_rows import FigureRows
from figures.picture_scope import PictureScope
from indicators.aggregates import Aggregate, aggregates_of
from indicators.cells.inputs import KEY, NOTHING, Overlay
from indicators.frames import assessed_frame, frame_of_stored, stored_rows, stored_values
from indicators.models import IndicatorDefinition
from indicators.terms.parts import RatioParts
from lib.database.prepared_statements import written
from lib.numbers import named_rows, records
from lib.sparklines import Sparkline, sparkline
from pagecache.value_cache import kept
from reporting.frames import submitted_frame


@dataclass
class Picture(PictureScope):
    """The judged numbers of all that a picture is of."""

    def _values(self, what: str, make: Callable[[], QuerySet]) -> Iterable[tuple]:
        """The rows of a query of values about the picture's cells."""
        areas = tuple(self._judged_codes)
        indicators = None if self.indicator_codes is None else tuple(self.indicator_codes)
        return written((what, *self._seen, areas, indicators), make).rows()

    def own_cells(self) -> Iterator[JudgedCell]:
        """As `cells`, of each county those of its own year."""
        return self._of_own_years(self.counties)

    def city_cells(self) -> Iterator[JudgedCell]:
        """Those of the city that is judged, of its own year."""
        if self.city is None:
            return iter(())
        return self._of_own_years([self.city])

    def _of_own_years(self, areas: Sequence[Area]) -> Iterator[JudgedCell]:
        for definition in self.definitions:
            for area in areas:
                cell = self.cell(area, definition, self.own_year(area.code))
                if cell is not None:
                    yield cell

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Every year's judged cells of the counties in scope: stored for now, computed afresh for a past date."""
        if self._is_stored:
            return frame_of_stored(list(self.records.values()))
        overlay = NOTHING
        if self.asked.layer == "submitted":
            overlay = Overlay(facts={"value": self.submitted})
        judged = assessed_frame(
            areas=self._judged_codes, indicators=self.indicator_codes, as_of=self.asked.as_of, overlay=overlay
        )
        return judged.assign(assessed_at=pd.NaT)  # type: ignore[arg-type]  # the stubs know no moment that is none

    @property
    def _is_stored(self) -> bool:
        """Whether what is shown is judged already: now, by official values."""
        return self.asked.as_of is None and self.asked.layer != "submitted"

    @property
    def _rows(self) -> FigureRows:
        return FigureRows(self.user, self.asked.as_of, self._judged_codes, self.indicator_codes)

    @cached_property
    def submitted(self) -> pd.DataFrame:
        """The unapproved values that this picture mixes in: those of the counties and indicators in scope."""
        rows = submitted_frame(self.user)
        rows = rows[rows["area"].isin([area.code for area in self.judged])]
        known = self.indicator_codes
        if known is None:
            known = [row.indicator_id for row in self.definitions]
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
        rows = self.definitions if self.indicator_codes is None else self.indicator_codes
        cells = len(self.area_codes or self.counties) * len(rows)
        if not cells:
            return 0.0
        return 100 * self.submitted_in_year / cells

    @property
    def is_stale(self) -> bool:
        """True while a recompute that could change this page is asked for and not done."""
        return self.asked.as_of is None and self.plan.has_pending  # type: ignore[attr-defined]  # annotated above

    @cached_property
    def computed_at(self) -> datetime | None:
        moments = [row["assessed_at"] for row in self.records.values()]
        return max(filter(None, moments), default=None)

    @cached_property
    def has_demo(self) -> bool:
        return any(row["is_demo"] for row in self.records.values())

    @cached_property
    def marks(self) -> dict[tuple[str, str, int], dict[str, str]]:
        """Which single numbers of a cell are not official, by (area, indicator, year): value, target or standard →
        "demo" or "provisional". One query."""
        found: dict[tuple[str, str, int], dict[str, str]] = {}
        for name, *key, is_demo in self._values("marks", lambda: self._rows.unofficial()):
            found.setdefault(tuple(key), {})[name] = "demo" if is_demo else "provisional"
        if self.asked.layer == "submitted":
            for row in named_rows(self.submitted):
                marks = found.setdefault((row.area, row.indicator, row.year), {})
                marks.pop("value", None)
                if row.is_demo:
                    marks["value"] = "demo"
        return found

    @cached_property
    def parts(self) -> dict[tuple[str, str, int], RatioParts]:
        """What the values shown were divided from, by (area, indicator, year). One query."""
        divided = self._rows.divided_values()
        return {key: each.parts for key, each in divided.items() if self._is_shown(key, each.version)}

    def _is_shown(self, key: tuple[str, str, int], version: int) -> bool:
        """Whether the value that the picture shows of a cell is the official one of that version."""
        row = self.records.get(key)
        return row is not None and row["value_version"] == version and key not in self.submitted_keys

    def aggregates(self, definition: IndicatorDefinition) -> list[Aggregate]:
        """The plan's counties taken together, by year, out of the official values; of very many made once."""

        def make() -> list[Aggregate]:
            found = aggregates_of(self.plan.area_id, self._plan_counties, [definition], self.years, self.asked.as_of)
            return [each for each in found if each.value is not None]

        if not self.is_wide:
            return make()
        return kept(make, "aggregates", definition.indicator_id, self.asked.as_of)

    def aggregates_of_years(self, years: Sequence[int]) -> dict[tuple[str, int], Aggregate]:
        """The plan's counties taken together, all of them however many the page shows, of every row that adds up, by
        (indicator, year). One query; of very many counties made once."""

        def make() -> dict[tuple[str, int], Aggregate]:
            codes = self._plan_counties
            found = aggregates_of(self.plan.area_id, codes, self.definitions, years, self.asked.as_of)
            return {(each.indicator, each.year): each for each in found if each.value is not None}

        if not self.is_wide:
            return make()
        return kept(make, "aggregates of", *years, self.asked.as_of)

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
            rows = stored_rows(self._values("stored", lambda: stored_values(self._rows.stored())))
        else:
            rows = records(self.frame)
        return {(row["area"], row["indicator"], row["year"]): row for row in rows}

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
        by_year = [self.records.get((area, indicator, year)) for year in self.years]
        return band_of([row for row in by_year if row])

    def trend(self, area: str, indicator: str, year: int, scale: tuple[float, float] | None = None) -> Sparkline:
        """Value and benchmark over the period, the year marked; on the (low, high) given instead of their own."""
        values = self.series(area, indicator, "value")
        targets = self.series(area, indicator, self.asked.benchmark)
        return sparkline(values, targets, year - self.plan.baseline_year, scale)

    def _shortfall(self, area, indicator, year) -> tuple[int | None, float | None]:
        """Where the county's own target lies below the standard: in this year, else in the next that has both."""
        for later in range(year, self.plan.final_year + 1):
            row = self.records.get((area, indicator, later))
            gap = row["ambition_gap"] if row else None
            if gap is None:
                continue
            if gap < 0:
                return later, gap
            break  # of the years after the first that has both nothing is said
        return None, None
