"""Figures of quarters: typed or drawn from the register, shown as what they are, never official."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import User
from areas.models import Area
from indicators.actions import FactRow, Grounds, record_facts
from indicators.forecasting.nowcast import YearSoFar, year_end
from indicators.models import Assessment, IndicatorDefinition, Observation, QuarterlyFigure
from indicators.recomputes.recompute import sweep_pending
from indicators.years.quarters import QuarterFigure, open_year, quarter_figures
from lib.refusals import Invalid, NotAllowed
from projects.models import ProgressReport
from reporting.quarters.entry import save_quarters

AT = datetime(2026, 8, 20, 4, tzinfo=UTC)


def decimals(*numbers):
    return [None if number is None else Decimal(str(number)) for number in numbers]


# Where the year would end: by the definition, on numbers worked out by hand ---------------------------


@pytest.mark.parametrize(
    ("quarter", "value", "began", "same", "earlier", "bounds", "told"),
    [
        (2, 130, 100, None, None, (None, None), (160, False)),  # 30 in two quarters, as much again
        (2, 130, 100, 80, 70, (None, None), (190, True)),  # last year a third of the way was gone by then: 30 × 3
        (3, 130, 100, 60, 70, (None, None), (140, False)),  # last year went backwards first: evenly
        (1, 2, 1, "0.1", 0, (None, None), (5, False)),  # a tenth of the way tells too little: evenly, 1 + 1 × 4
        (2, 99, 96, None, None, (0, 100), (100, False)),
        (4, 130, 100, None, None, (None, None), (130, False)),
        (2, 130, None, 80, 70, (None, None), None),
    ],
)
def test_the_year_goes_on_as_it_went(quarter, value, began, same, earlier, bounds, told):
    so_far = YearSoFar(quarter, *decimals(value, began, same, earlier))
    lower, upper = decimals(*bounds)
    assert year_end(so_far, lower=lower, upper=upper) == (told and (Decimal(told[0]), told[1]))


def test_a_year_that_has_its_official_value_is_carried_on_no_more():
    definition = IndicatorDefinition(indicator_id="H02", kind="cumulative", decimals=0)
    quarters = [QuarterFigure("330127", "H02", 2026, quarter, Decimal(2000), "entered") for quarter in (1, 2)]

    def told(**official: int | None):
        values = {int(year.strip("y")): value for year, value in official.items()}
        return open_year(definition, values, quarters, baseline_year=2022)

    assert told(y2025=1900).value == 2100
    assert told(y2025=1900, y2026=None).value == 2100
    assert told(y2025=1900, y2026=2280) is None
    assert told(y2025=1900, y2027=2900) is None  # nor where a later year has one
    assert told() is None  # nobody knows where it began


# Typing ---------------------------------------------------------------------------------------------


@pytest.fixture
def planning(demo):
    return User.objects.get(username="chunan-planning")


def save(by, year=2026, **typed):
    """save(by, Q1=300): of H02, Chun'an."""
    rows = {("H02", int(name[1])): None if value is None else Decimal(str(value)) for name, value in typed.items()}
    return save_quarters(area=Area.objects.get(code="330127"), year=year, typed=rows, by=by, at=AT)


def test_a_figure_typed_anew_is_a_version_and_one_emptied_is_withdrawn(planning):
    assert save(planning, Q1=2000, Q2=2100) == [("330127", "H02", 2026, 1), ("330127", "H02", 2026, 2)]
    assert save(planning, Q1=2000, Q2=2150) == [("330127", "H02", 2026, 2)]
    save(planning, Q2=None)
    kept = QuarterlyFigure.objects.filter(is_demo=False, quarter=2).order_by("version").values_list("version", "value")
    assert list(kept) == [(1, Decimal(2100)), (2, Decimal(2150))]
    now = quarter_figures(areas=["330127"], indicators=["H02"], years=[2026])
    assert [(each.period, each.value, each.source) for each in now] == [("2026-Q1", Decimal(2000), "entered")]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"Q3": 2200}, "还没有过完"),
        ({"Q1": -1}, "超出允许范围"),
        ({"Q1": 2000.5}, "不是整数"),
        ({"Q1": 2100, "Q2": 2000}, "累计数不能比上年末或上一季度少"),
    ],
)
def test_a_number_that_cannot_be_is_refused_and_nothing_is_stored(planning, typed, words):
    with pytest.raises(Invalid, match=words):
        save(planning, **typed)
    assert not QuarterlyFigure.objects.filter(is_demo=False).exists()


@pytest.mark.parametrize("username", ["chunan-housing", "tonglu-planning", "municipal", "stats"])
def test_only_the_unit_that_answers_types(demo, username):
    with pytest.raises(NotAllowed):
        save(User.objects.get(username=username), Q1=2000)


@pytest.fixture
def drawn_investment(demo):
    """As in a plan that takes the row from the register; this one has it typed and held against the register."""
    IndicatorDefinition.objects.as_of().filter(indicator="P09").update(derived_from="projects.completed")


def test_a_row_that_a_register_fills_is_not_typed(drawn_investment):
    by = User.objects.get(username="chunan")
    with pytest.raises(NotAllowed):
        save_quarters(area=Area.objects.get(code="330127"), year=2026, typed={("P09", 1): Decimal(1)}, by=by, at=AT)


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(login):
    client, page = login("chunan-planning"), "/reporting/330127/2025/quarters/"
    answer = client.post(page, {"H02:1": "三百", "H02:2": "1700"})
    assert (answer.status_code, "三百" in answer.content.decode()) == (400, True)
    assert not QuarterlyFigure.objects.filter(is_demo=False).exists()
    assert client.post(page, {"H02:1": "1,100", "H02:2": "1200"}).status_code == 302
    assert "1,200" in login("municipal").get(page).content.decode()


# Reading --------------------------------------------------------------------------------------------


def test_the_register_is_recounted_from_its_reports(drawn_investment):
    """Each county's running total by quarter, recounted report by report."""
    drawn = {each.period: each.value for each in quarter_figures(areas=["330122"], indicators=["P09"], years=[2024])}
    totals = {}
    for quarter in (1, 2, 3, 4):
        total = Decimal(0)
        for report in ProgressReport.objects.filter(is_current=True, completed_yi__isnull=False, year__gte=2023):
            share = report.project.shares.filter(area="330122").first()
            if share and (report.year, report.quarter) <= (2024, quarter):
                total += report.added_yi * share.share
        totals[f"2024-Q{quarter}"] = round(total, 2)
    assert drawn == totals


def test_quarters_are_read_by_period_and_by_frequency_and_judged_nowhere(planning, clients):
    save(planning, Q1=2000, Q2=2100)
    client, before = clients["stats"], Assessment.objects.filter(year=2026, value__isnull=False).count()
    (told,) = client.get("/api/v1/quarters/?indicator=H02&area=330127&period=2026-Q2").json()["results"]
    assert (told["period"], told["value"], told["is_official"]) == ("2026-Q2", 2100.0, False)
    csv = {"accept": "application/vnd.sdmx.data+csv"}
    lines = client.get("/api/sdmx/2.1/data/COUNTY_SEAT/Q.330127.H02.OBS?startPeriod=2026-Q2", headers=csv)
    head, *rows = (line.split(",") for line in lines.content.decode().split())
    (row,) = [dict(zip(head, each, strict=True)) for each in rows]
    shown = {"FREQ": "Q", "TIME_PERIOD": "2026-Q2", "OBS_VALUE": "2100", "OBS_STATUS": "P"}
    assert {name: row[name] for name in shown} == shown
    annual = client.get("/api/sdmx/2.1/data/COUNTY_SEAT/.330127.H02.OBS", headers=csv).content.decode()
    assert "-Q" not in annual
    assert (before, Observation.objects.filter(year=2026).count()) == (0, 0)


def test_the_open_year_shows_its_quarters_and_hollow_where_it_would_end(planning, clients):
    save(planning, Q1=2000, Q2=2100)
    grounds = Grounds(by=None, via="import", reason="正式表")
    record_facts(Observation, [FactRow("330127", "H02", 2025, Decimal(1900))], grounds=grounds)
    sweep_pending()
    answer = clients["stats"].get("/cells/330127/H02/2026/")
    page = answer.content.decode()
    assert [text in page for text in ("2026-Q2", "未审核，不是官方数值", "照第2季度末的进度")] == [True] * 3
    hollow = [t for t in answer.context["figure"]["data"] if t.get("marker", {}).get("symbol", "").endswith("-open")]
    ends = {trace["name"]: (trace["x"], trace["y"]) for trace in hollow}
    assert ends["季度数（未审核）"] == ([2025.25, 2025.5], [2000.0, 2100.0])
    # By the second quarter of 2025 253 of the year's 888 had been gone: 1900 + 200 × 888 ÷ 253.
    assert ends["年末推算（非官方）"] == ([2026], [2602.0])
    record_facts(Observation, [FactRow("330127", "H02", 2026, Decimal(2280))], grounds=grounds)
    sweep_pending()
    assert "2026-Q2" not in clients["stats"].get("/cells/330127/H02/2026/").content.decode()


def test_rows_without_quarters_cost_no_query_more(demo, django_assert_num_queries):
    definition = IndicatorDefinition.objects.as_of().get(indicator="P02")
    assert not definition.is_quarterly
    with django_assert_num_queries(1):
        assert quarter_figures(indicators=["P02"]) == []
