"""What a snapshot says of bands and stages is what the lists and the SDMX interface say of them."""

import csv
import io

import pandas as pd
import pytest
from django.test import Client

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import IndicatorDefinition, Observation, Standard, Target
from journal.models import FeedCounter
from tests.plans_of_kinds import fourteen_of_kinds, one_county_of_kinds
from tests.seeding.test_every_kind import load

CELL = ("area", "indicator", "year")
EARLIER = [
    *("series", "area", "indicator", "year", "value", "numerator", "denominator", "version", "cite"),
    *("is_withdrawn", "is_demo", "is_provisional", "recorded_at"),
]
LISTS = {"OBS": "observations", "TARGET": "targets", "STANDARD": "standards"}
SDMX = "/api/sdmx/3.0/data/dataflow/QHFGW/COUNTY_SEAT/~/A.*.*.{series}"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def reader(db, tmp_path):
    """Of the plan of one county: a band, stages with a day, targets about a number."""
    load(one_county_of_kinds(), tmp_path)
    client = Client()
    client.force_login(User.objects.create_user("leader", role=User.Role.LEADER))
    return client


def taken(reader, number="latest", **given) -> bytes:
    answer = reader.get(f"/api/v1/snapshots/{number}/", given)
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def rows(reader, number="latest", **given) -> list[dict]:
    return list(csv.DictReader(io.StringIO(taken(reader, number, **given).decode("utf-8-sig"))))


def test_the_upper_end_and_the_day_are_those_of_the_lists(reader):
    found = {(row["series"], *(row[name] for name in CELL)): row for row in rows(reader)}
    told = {}
    for series, name in LISTS.items():
        for row in reader.get(f"/api/v1/{name}/?page_size=1000").json()["results"]:
            told[series, row["area"], row["indicator"], str(row["year"])] = row
    assert found.keys() == told.keys()
    for key, row in told.items():
        high, day = row.get("value_high"), row.get("reached_on")
        own = found[key]
        assert (own["value_high"] and float(own["value_high"]), own["reached_on"]) == (high or "", day or ""), key
    bands = [row for row in found.values() if row["value_high"]]
    assert {row["series"] for row in bands} == {"TARGET", "STANDARD"}
    assert [row["reached_on"] for row in found.values() if row["reached_on"]] == ["2022-03-18"]


def test_what_came_later_stands_behind_the_earlier_columns(reader):
    header = taken(reader).decode("utf-8-sig").splitlines()[0].split(",")
    assert header == [*EARLIER, "value_high", "reached_on"]


def test_parquet_has_a_number_and_a_day(reader, tmp_path):
    (tmp_path / "found.parquet").write_bytes(taken(reader, format="parquet"))
    found = pd.read_parquet(tmp_path / "found.parquet", dtype_backend="pyarrow")
    wanted = rows(reader)
    assert str(found["reached_on"].dtype) == "date32[day][pyarrow]"
    assert [None if pd.isna(day) else day.isoformat() for day in found["reached_on"]] == [
        row["reached_on"] or None for row in wanted
    ]
    assert [None if pd.isna(high) else high for high in found["value_high"]] == [
        float(row["value_high"]) if row["value_high"] else None for row in wanted
    ]


def test_sdmx_csv_says_of_bands_and_stages_what_the_sdmx_interface_says(reader):
    mine = list(csv.DictReader(io.StringIO(taken(reader, format="sdmx-csv").decode())))
    headers = {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"}
    names = ("UPPER_END", "STAGE", "REACHED_ON")
    key = ("REF_AREA", "INDICATOR", "TIME_PERIOD")
    for series in LISTS:
        answer = reader.get(SDMX.format(series=series), headers=headers)
        theirs = list(csv.DictReader(io.StringIO(answer.content.decode())))
        own = {tuple(row[name] for name in key): row for row in mine if row["SERIES"] == series}
        assert own.keys() == {tuple(row[name] for name in key) for row in theirs}
        for row in theirs:
            other = own[tuple(row[name] for name in key)]
            assert [other[name] for name in names] == [row.get(name, "") for name in names], other
    assert {row["STAGE"] for row in mine} == {"", "未启动", "创建中", "已命名"}
    assert sum(bool(row["REACHED_ON"]) for row in mine) == 1


def test_a_year_from_which_a_row_is_defined_otherwise_is_a_break(db, tmp_path):
    load(fourteen_of_kinds(), tmp_path)
    Observation.objects.filter(indicator="X20").update(cite="official")
    IndicatorDefinition.objects.filter(indicator="X20").update(cite="official")
    client = Client()
    client.force_login(User.objects.create_user("leader", role=User.Role.LEADER))
    mine = list(csv.DictReader(io.StringIO(taken(client, format="sdmx-csv").decode())))
    of_row = [row for row in mine if row["INDICATOR"] == "X20" and row["SERIES"] == "OBS"]
    assert {row["TIME_PERIOD"] for row in of_row if row["OBS_STATUS"] == "B"} == {"2021"}
    assert {row["OBS_STATUS"] for row in of_row if row["TIME_PERIOD"] != "2021"} == {"A"}
    assert not [row for row in mine if row["OBS_STATUS"] == "B" and row["INDICATOR"] != "X20"]


def test_an_earlier_number_has_the_band_and_the_day_of_then(reader):
    before = FeedCounter.objects.get().last
    band = Target.objects.as_of().get(indicator="T1", year=2024)
    stage = Observation.objects.as_of().get(indicator="T2", year=2022)
    grounds = Grounds(by=None, via="import")
    wider = FactRow(band.area_id, "T1", 2024, band.value, value_high=band.value_high + 2)
    record_facts(Target, [wider], grounds=grounds)
    record_facts(Observation, [FactRow(stage.area_id, "T2", 2022, None)], grounds=grounds)

    def told(number):
        found = {(row["series"], row["indicator"], row["year"]): row for row in rows(reader, number)}
        day = found.get(("OBS", "T2", "2022"), {}).get("reached_on")
        return found["TARGET", "T1", "2024"]["value_high"], day

    assert told(before) == ("50", "2022-03-18")
    assert told("latest") == ("52", None)
    (gone,) = [row for row in rows(reader, after=before) if row["is_withdrawn"] == "true"]
    assert (gone["indicator"], gone["value_high"], gone["reached_on"]) == ("T2", "", "")
    assert Standard.objects.as_of().exclude(value_high=None).exists()
