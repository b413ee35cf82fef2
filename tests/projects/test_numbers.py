"""The register's arithmetic on random data: shares, totals, yearly investment, counters, gap cover."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from lib.refusals import Invalid
from projects.changes.parts import Progress
from projects.changes.progress import report_progress
from projects.frames import completion_by, investment_rows
from projects.gap_cover import PlannedGain, gap_cover
from projects.investment import by_year
from projects.landing.counter import Counter
from projects.listing import Register
from projects.models import ProgressReport, Project, ScheduleYear
from tests.examples import examples
from tests.projects.oracle import SHARE_COLUMNS, county_totals, increases, shares_frame

D = Decimal
AREAS = ("330122", "330127", "330182")


@st.composite
def shared(draw):
    """Rows of SHARE_COLUMNS whose shares sum to one in each project."""
    rows = []
    for project in range(draw(st.integers(0, 6))):
        cuts = sorted(draw(st.lists(st.integers(1, 10**6 - 1), max_size=2, unique=True)))
        edges = [0, *cuts, 10**6]
        total = draw(st.none() | st.integers(1, 10**8).map(lambda n: D(n) / 10**4))
        for area, low, high in zip(AREAS, edges, edges[1:], strict=False):
            rows.append((project, area, D(high - low) / 10**6, total))
    return pd.DataFrame.from_records(rows, columns=SHARE_COLUMNS)


@settings(deadline=None, max_examples=examples(60))
@given(shared())
def test_counties_add_up_to_the_whole(frame):
    by_county: dict[str, Decimal] = {}
    whole = D(0)
    for _, rows in frame.groupby("project"):
        total = rows["total_yi"].iloc[0]
        if total is not None and total == total:
            whole += total
            for row in rows.itertuples():
                by_county[row.area] = by_county.get(row.area, D(0)) + row.share * total
    totals = county_totals(frame)
    assert dict(totals) == by_county
    assert sum(totals, D(0)) == whole


reports = st.lists(
    st.tuples(st.integers(1, 3), st.integers(2023, 2026), st.integers(1, 4), st.integers(0, 50)), max_size=14
)


@settings(deadline=None)
@given(reports)
def test_yearly_increases_add_up_to_what_each_project_last_reported(rows):
    rows = list({row[:3]: (*row[:3], D(row[3])) for row in rows}.values())
    last = {project: value for project, _, _, value in sorted(rows, key=lambda row: row[:3])}
    assert sum(increases(rows).values(), D(0)) == sum(last.values(), D(0))


@settings(deadline=None)
@given(st.dictionaries(st.integers(2023, 2027), st.integers(0, 9).map(D)), reports)
def test_years_run_on_and_end_at_the_sums(planned, rows):
    rows = list({row[:3]: (*row[:3], D(row[3])) for row in rows}.values())
    done = increases(rows)
    years = by_year(planned, done)
    assert (
        [row.year for row in years] == sorted(range(min([*planned, *done]), max([*planned, *done]) + 1))
        if years
        else True
    )
    if years:
        assert years[-1].planned_so_far == sum(planned.values(), D(0))
        known = [row for row in years if row.completed_so_far is not None]
        assert [row.year for row in known] == (list(range(min(done), max(done) + 1)) if done else [])
        assert not known or known[-1].completed_so_far == sum(done.values(), D(0))


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(1, 300), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_counter_is_due_in_proportion_to_the_days(done, promised, on):
    counter = Counter("", done, promised, date(2023, 1, 1), date(2027, 12, 31), on)
    days = sum(1 for n in range(1826) if date.fromordinal(date(2023, 1, 1).toordinal() + n) <= on)
    assert counter.expected == pytest.approx(promised * days / 1826)
    assert counter.lead - counter.done == pytest.approx(-counter.expected)
    assert counter.is_ahead == (done >= counter.expected)


# Gap cover ----------------------------------------------------------------------------------------

CELL_COLUMNS = ["area", "indicator", "year", "value", "target", "direction", "is_demo"]
numbers = st.none() | st.integers(-100, 100).map(float)


@st.composite
def cover_cells(draw):
    directions = {code: draw(st.sampled_from([1, -1])) for code in ("A", "B")}
    cells = [
        (area, code, year, draw(numbers), draw(numbers), directions[code], draw(st.booleans()))
        for area in AREAS[:2]
        for code in directions
        for year in (2024, 2025, 2026, 2027)
    ]
    gains = draw(
        st.lists(
            st.builds(
                PlannedGain,
                project=st.sampled_from(["P1", "P2", "P3"]),
                area=st.sampled_from(AREAS),
                indicator=st.sampled_from(["A", "B"]),
                year=st.integers(2025, 2029),
                value=st.integers(1, 90).map(float),
                is_live=st.booleans(),
                is_demo=st.booleans(),
            ),
            max_size=8,
        )
    )
    return [dict(zip(CELL_COLUMNS, cell, strict=True)) for cell in cells], gains


def slow_cover(cells, gains, area, code, year) -> tuple:
    """One row the slow, obvious way: (remaining, contributed, projects, state)."""
    own = [cell for cell in cells if (cell["area"], cell["indicator"]) == (area, code)]
    known = [cell for cell in own if cell["year"] <= year and cell["value"] is not None]
    target = next(cell["target"] for cell in own if cell["year"] == 2027)
    counted = [
        gain for gain in gains if gain.area == area and gain.indicator == code and gain.is_live and gain.year <= 2027
    ]
    contributed = sum(gain.value for gain in counted)
    count = len({gain.project for gain in counted})
    if not known or target is None:
        return None, contributed, count, "unknown"
    last = max(known, key=lambda cell: cell["year"])
    remaining = last["direction"] * (target - last["value"])
    if remaining <= 0:
        return remaining, contributed, count, "reached"
    if not count:
        return remaining, contributed, count, "none"
    return remaining, contributed, count, "covered" if contributed >= remaining else "partly"


@settings(deadline=None, max_examples=examples(50))
@given(cover_cells(), st.sampled_from([2024, 2025, 2026, 2027]))
def test_gap_cover_is_the_slow_way_s(given_cells, year):
    cells, gains = given_cells
    found = gap_cover(cells, gains, year=year, final_year=2027)
    assert [(row.area, row.indicator) for row in found] == list(
        dict.fromkeys((cell["area"], cell["indicator"]) for cell in cells)
    )
    for row in found:
        remaining, contributed, count, state = slow_cover(cells, gains, row.area, row.indicator, year)
        assert (row.contributed, row.projects, row.state) == (contributed, count, state)
        assert row.remaining == remaining
        if state in ("none", "partly", "covered"):
            assert row.cover == pytest.approx(contributed / remaining)
        else:
            assert row.cover is None


def test_gap_cover_of_nothing_is_nothing():
    assert gap_cover([], [], year=2025, final_year=2027) == []


def test_a_value_in_a_band_has_no_way_to_go_and_nobody_covers_it():
    cell = {"area": "X", "indicator": "A", "year": 2027, "value": 4.0, "target": 5.0, "direction": 0, "is_demo": False}
    gain = PlannedGain("P1", "X", "A", 2026, 1.0, is_live=True, is_demo=False)
    (row,) = gap_cover([cell], [gain], year=2027, final_year=2027)
    assert (row.remaining, row.cover, row.state) == (None, None, "unknown")


# The database says the same -------------------------------------------------------------------------


def test_sql_sums_are_those_of_the_pure_functions(demo):
    asked = Register(User.objects.get(username="leader"), QueryDict("field=industry"))
    totals = {row["code"]: row["yi"] for row in asked.totals if row["code"]}
    assert totals == dict(county_totals(shares_frame(asked.rows)))
    planned, done = investment_rows(Project.objects.all(), [])
    rows = ProgressReport.objects.filter(is_current=True, completed_yi__isnull=False)
    slow = increases(rows.values_list("project_id", "year", "quarter", "completed_yi"))
    assert {year: round(total, 6) for year, total in done.items()} == {
        year: round(total, 6) for year, total in slow.items()
    }
    assert sum(planned.values()) == sum(ScheduleYear.objects.values_list("planned_yi", flat=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25), deadline=None)
@given(st.lists(st.tuples(st.integers(2023, 2025), st.integers(1, 4), st.none() | st.integers(0, 900)), max_size=9))
def test_reports_in_any_order_and_with_any_corrections_sum_to_what_was_last_said(make, reports):
    """Quarters come late, come again with another number, or without one: what is kept beside them follows."""
    with transaction.atomic():
        project = make()
        for year, quarter, yi in reports:
            said = Progress(year, quarter, None if yi is None else D(yi) / 100, image="施工")
            with suppress(Invalid):
                report_progress(project=project, progress=said, by=None)
        _planned, done = investment_rows(Project.objects.filter(pk=project.pk), [])
        rows = list(project.progress.filter(is_current=True, completed_yi__isnull=False).order_by("year", "quarter"))
        slow = increases([(project.pk, row.year, row.quarter, row.completed_yi) for row in rows])
        assert done == slow
        last = completion_by(Project.objects.filter(pk=project.pk), date(2026, 1, 1))
        assert last == ({project.pk: (None, float(rows[-1].completed_yi))} if rows else {})
        transaction.set_rollback(True)


def test_the_counties_investment_adds_up_to_the_whole(demo):
    planned, done = investment_rows(Project.objects.all(), [])
    parts = [investment_rows(Project.objects.in_areas([area]), [area]) for area in AREAS]
    for whole, place in ((planned, 0), (done, 1)):
        for year, total in whole.items():
            assert sum(part[place].get(year, D(0)) for part in parts) == pytest.approx(total)
