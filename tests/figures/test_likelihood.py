"""No page, file or answer calls a cell likely whose chance is under one half; and the site's own record."""

import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from django.db import transaction
from openpyxl import load_workbook

from indicators.actions import FactRow, Grounds, record_facts
from indicators.forecasting.record import claims_of, shipped_record, summed
from indicators.labels import GRADE_NAMES
from indicators.models import Assessment, Observation, Target
from indicators.recomputes.recompute import sweep_pending
from tests import worlds

LIKELY = {str(GRADE_NAMES[code]) for code in ("very_likely", "likely")}
PROMISES = re.compile(r"可如期|按期可达|如期实现|可望达到|on course|will be reached|on track to", re.IGNORECASE)
COUNTIES = ("330122", "330127", "330182")
SAID = re.compile(r"年达到目标的可能性：([^<]+)</h3>")
COUNTED = re.compile(r"能推算的(\d+)项中，2027年目标很可能或可能达到的(\d+)项、各半(\d+)项、不大可能或很不可能(\d+)项")


@worlds.world("random_one", base="demo")
def _draw_one():
    draw(1)
    sweep_pending()


@worlds.world("random_two", base="demo")
def _draw_two():
    draw(2)
    sweep_pending()


@transaction.atomic  # else what waits is assessed after each fact
def draw(seed):
    rng = np.random.default_rng(seed)
    grounds = Grounds(by=None, via="import")
    codes = sorted(set(Assessment.objects.values_list("indicator", flat=True)))
    for area in COUNTIES:
        for code in codes:
            values = np.round(50 + np.cumsum(rng.normal(rng.normal(0, 2), 1, 5)), 1)
            target = Decimal(str(np.round(values[2] + rng.normal(0, 6), 1)))
            seen = zip((2022, 2023, 2024), values, strict=False)
            facts = [FactRow(area, code, year, Decimal(str(value))) for year, value in seen]
            record_facts(Observation, facts, grounds=grounds)
            record_facts(Target, [FactRow(area, code, year, target) for year in (2024, 2027)], grounds=grounds)


@pytest.fixture(params=["demo", "random_one", "random_two"])
def world(demo, request):
    """The demonstration, and twice random values in place of its own."""
    return {(row.area_id, row.indicator_id, row.year): row for row in Assessment.objects.all()}


def text(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_no_page_says_likely_of_what_is_not_and_none_promises(world, clients):
    client, graded = clients["leader"], 0
    for (area, code, year), row in world.items():
        if year != 2024 and not (year == 2025 and row.value is not None):
            continue
        page = text(client, f"/cells/{area}/{code}/{year}/")
        said = SAID.findall(page)
        assert len(said) == 1
        if said[0] in LIKELY:
            assert row.probability >= 0.5
            graded += 1
        assert not PROMISES.search(page)
    assert graded  # or nothing was tested
    for path in ("/", "/?year=2024", "/indicators/", "/trust/", "/dispatch/", "/commitments/", "/compare/?year=2024"):
        assert not PROMISES.search(text(client, path))
    for code in ("P02", "P03"):
        assert not PROMISES.search(text(client, f"/indicators/{code}/?year=2024"))


def test_sentences_count_what_the_numbers_say(world, clients):
    for path, areas in [("/?year=2024", COUNTIES), *((f"/counties/{area}/?year=2024", (area,)) for area in COUNTIES)]:
        counted = COUNTED.search(text(clients["leader"], path))
        rows = [world[key] for key in world if key[0] in areas and key[2] == 2024]
        chances = [row.probability for row in rows if row.probability is not None]
        likely, unlikely = sum(c >= 0.65 for c in chances), sum(c < 0.35 for c in chances)
        assert counted
        found = [int(each) for each in counted.groups()]
        assert found == [len(chances), likely, len(chances) - likely - unlikely, unlikely]


def test_no_file_or_answer_says_likely_of_what_is_not(world, clients):
    client = clients["leader"]
    book = load_workbook(io.BytesIO(client.get("/overview.xlsx?year=2024").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    at = next(n for n, row in enumerate(rows) if row[0] == "区划代码")
    table = pd.DataFrame(rows[at + 1 :], columns=rows[at])
    table = table[table["区划代码"].isin(COUNTIES)]  # the counties taken together are not forecast
    said, number = table["达到2027年目标的可能性"], table["可能性数值（0至1）"]
    assert (number[said.isin(LIKELY)].astype(float) >= 0.5).all()
    assert (said[number.isna()] == "无法判断").all()
    for row in client.get("/api/v1/assessments/?page_size=1000").json()["results"]:
        if row["grade"] in {"very_likely", "likely"}:
            assert row["probability"] >= 0.5
        assert row["forecast_version"] == "1"
        assert (row["probability"] is None) == (row["grade"] == "unknown")


# The record ------------------------------------------------------------------------------------------


def frames():
    """Three series said of in 2024; by now 2025 is known of two, 2027 of one."""
    keys = [("A", "I", y) for y in (2024, 2025, 2027)] + [("B", "I", y) for y in (2024, 2025, 2027)]
    then = pd.DataFrame(keys, columns=["area", "indicator", "year"])
    then["value"] = [10.0, np.nan, np.nan, 20.0, np.nan, np.nan]
    then["probability"] = [0.9, np.nan, np.nan, 0.2, np.nan, np.nan]
    then["outlook"] = ["on_track", "unknown", "unknown", "limited", "unknown", "unknown"]
    then["range_low"], then["range_high"] = [11, 11, 12, 19, 19, 18], [14, 12, 15, 22, 21, 23]
    then["is_demo"] = False
    now = then.assign(value=[10.0, 11.5, 14.0, 20.0, 25.0, np.nan], gap=[0, 0, 1.0, 0, 0, np.nan])
    return then, now


def test_claims_are_held_against_what_came_and_silence_is_no_failure():
    then, now = frames()
    claims = claims_of(then, now, year=2024, final_year=2027)
    assert claims.chances["came_true"].tolist() == [True, None]
    found = summed([claims])
    assert found["ranges"] == {"said": 4, "known": 3, "held": 2}
    assert (found["chances"]["said"], found["chances"]["known"]) == (2, 1)
    assert found["chances"]["brier"] == pytest.approx(0.01)
    assert found["chances"]["grades"] == {"very_likely": {"share": 1.0, "count": 1}}
    assert summed([]) == {"ranges": {"said": 0, "known": 0, "held": 0}, "chances": {"said": 0, "known": 0}}


def test_the_page_holds_ranges_against_values_that_came_later(demo, clients):
    page = text(clients["leader"], "/trust/")
    known = Assessment.objects.filter(area="330122", year=2025, value__isnull=False, range_low__isnull=False)
    assert known.exists()
    assert re.search(r"本站说过的区间，已能核对的\d+个中\d+个落在其中", page)
    assert "含演示数据" in page
    record = shipped_record()
    assert f"{record['windows']}个真实五年计划" in page
    assert record["panel"]["source"] in page


def test_the_shipped_back_test_is_of_the_method_in_use():
    record = shipped_record()
    versions = {row["forecast_version"] for row in [record]}
    assert versions == {"1"}
    assert record["mean"]["brier"] < 0.92 * record["mean"]["brier_words"]
    assert all(0.75 <= each["coverage_80"] <= 0.85 for each in record["horizons"].values())


def test_what_is_said_of_a_day_before_anything_was_known(demo, clients):
    page = text(clients["leader"], f"/trust/?as_of={datetime(2020, 1, 1, tzinfo=UTC):%Y-%m-%d}")
    assert "本站还没有说过可以核对的话" in page
