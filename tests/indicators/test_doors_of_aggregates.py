"""The counties taken together are the same number at every door: page, file, API, JSON-stat, SDMX and report; and each
is what a reader recomputes from the parts that the same door shows of the counties."""

import csv
import io
import random
from decimal import Decimal
from fractions import Fraction

import pytest
from openpyxl import load_workbook

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import IndicatorDefinition, Observation
from indicators.parts import RatioParts
from indicators.recompute import sweep_pending
from lib.numbers import plain
from reports.snapshot import freeze
from tests.examples import examples

COUNTIES = ("330122", "330127", "330182")
CITY = "330100"
YEAR = 2024
SDMX_CSV = {"accept": "application/vnd.sdmx.data+csv;version=1.0.0"}


def randomly_divided(rng: random.Random) -> dict[str, int]:
    """Every ratio that adds up gets parts in some of the counties, a result alone in the others; how many got parts."""
    rows, counted = [], {}
    for definition in IndicatorDefinition.objects.as_of().filter(aggregation="ratio"):
        code, terms = definition.indicator_id, definition.parts
        divided = rng.sample(COUNTIES, rng.randint(1, 3))
        counted[code] = len(divided)
        for area in COUNTIES:
            below = Decimal(rng.randint(10**3, 10**7)).scaleb(-rng.randint(0, 3))
            share = Fraction(rng.randint(1, 99), 100) * Fraction(definition.upper_bound or 9)
            above = round(Decimal(float(share)) * below / terms.factor, 3)
            parts = RatioParts(above, below)
            value = terms.value(parts)
            if area in divided:
                rows.append(FactRow(area, code, YEAR, value, numerator=above, denominator=below))
            else:
                rows.append(FactRow(area, code, YEAR, round(value, definition.decimals)))
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import", reason="正式表"))
    sweep_pending()
    return counted


def together(pairs, definition) -> float:
    """What a reader gets from (numerator, denominator) of the counties that have both."""
    own = [(Fraction(str(above)), Fraction(str(below))) for above, below in pairs if above not in (None, "")]
    exact = Fraction(definition.parts.factor) * sum(a for a, _ in own) / sum(b for _, b in own)
    step = Fraction(1, 10 ** (definition.decimals + 2))
    return float(Decimal(int(exact / step + Fraction(1, 2))) * Decimal(step.numerator) / Decimal(step.denominator))


def sheet_rows(content: bytes) -> list[dict]:
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    head = next(row for row in rows if "区划代码" in row)
    return [dict(zip(head, row, strict=True)) for row in rows if row[0] and str(row[0]).isdigit()]


def of_files(client) -> dict[str, dict]:
    """By door: {row: what it says of the city}, and what its own rows recompute."""
    overview = sheet_rows(client.get(f"/overview.xlsx?year={YEAR}").content)
    text = client.get(f"/overview.csv?year={YEAR}").content.decode("utf-8-sig")
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("区划代码"))
    flat = [row for row in csv.DictReader(lines[start:]) if row["区划代码"].isdigit()]
    return {"overview.xlsx": overview, "overview.csv": flat}


@pytest.mark.parametrize("seed", range(examples(3)))
def test_every_door_says_what_its_own_parts_recompute(demo, clients, seed):
    client, counted = clients["stats"], randomly_divided(random.Random(seed))
    ratios = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of().filter(indicator__in=counted)}

    api = client.get(f"/api/v1/aggregates/?year={YEAR}").json()["results"]
    own = client.get(f"/api/v1/observations/?year={YEAR}&page_size=1000").json()["results"]
    cube = client.get(f"/api/v1/aggregates/?year={YEAR}&format=jsonstat").json()
    codes = list(cube["dimension"]["indicator"]["category"]["index"])
    in_cube = dict(zip(codes, cube["value"], strict=True))
    sdmx = client.get(
        f"/api/sdmx/2.1/data/COUNTY_SEAT/A.{CITY}+{'+'.join(COUNTIES)}..OBS?startPeriod={YEAR}&endPeriod={YEAR}",
        headers=SDMX_CSV,
    ).content.decode()
    observed = list(csv.DictReader(io.StringIO(sdmx)))
    snapshot = freeze(YEAR, User.objects.get(username="municipal"))
    report = {row["indicator"]: row for row in snapshot["aggregates"]}
    page = client.get(f"/?year={YEAR}").content.decode()

    for code, definition in ratios.items():
        parts = [(row["numerator"], row["denominator"]) for row in own if row["indicator"] == code]
        expected = together(parts, definition)
        (told,) = [row for row in api if row["indicator"] == code]
        assert (told["value"], told["counted"], told["counties"]) == (expected, counted[code], 3)
        assert in_cube[code] == report[code]["value"] == expected
        (city,) = [row for row in observed if (row["REF_AREA"], row["INDICATOR"]) == (CITY, code)]
        counties = [row for row in observed if row["REF_AREA"] in COUNTIES and row["INDICATOR"] == code]
        again = together([(row["NUMERATOR"], row["DENOMINATOR"]) for row in counties], definition)
        assert (float(city["OBS_VALUE"]), city["COUNTED"], city["COUNTIES"]) == (again, str(counted[code]), "3")
        for name, rows in of_files(client).items():
            (line,) = [row for row in rows if (row["区划代码"], row["指标代码"]) == (CITY, code)]
            mine = [row for row in rows if row["区划代码"] in COUNTIES and row["指标代码"] == code]
            again = together([(row["分子"], row["分母"]) for row in mine], definition)
            assert float(line["实际值"]) == again == expected, name
            assert f"3个中的{counted[code]}个" in line["县（市）"]
        assert f"<b>{plain(Decimal(str(expected)), definition.decimals)}</b>" in page.replace(' class="demo"', "")


def test_sdmx_sends_the_city_only_where_it_is_asked_for(demo, clients):
    client = clients["stats"]
    everything = client.get("/api/sdmx/2.1/data/COUNTY_SEAT/A..H02.OBS", headers=SDMX_CSV).content.decode()
    assert CITY not in {row["REF_AREA"] for row in csv.DictReader(io.StringIO(everything))}
    told = client.get(f"/api/sdmx/2.1/data/COUNTY_SEAT/A.{CITY}.H02.OBS", headers=SDMX_CSV).content.decode()
    rows = {row["TIME_PERIOD"]: row for row in csv.DictReader(io.StringIO(told))}
    own = client.get("/api/v1/observations/?indicator=H02&year=2024").json()["results"]
    assert float(rows["2024"]["OBS_VALUE"]) == sum(row["value"] for row in own)
    assert rows["2024"]["COUNTED"] == "3"
    answer = client.get(f"/api/sdmx/2.1/availableconstraint/COUNTY_SEAT/A.{CITY}.H02.")
    assert (answer.status_code, CITY in answer.content.decode()) == (200, True)


def test_a_comparison_shows_the_change_only_of_the_same_counties(demo, clients):
    client = clients["stats"]
    page = client.get("/compare/?year=2024&from=2023").content.decode()
    before, after = (
        sum(row["value"] for row in client.get(f"/api/v1/observations/?indicator=H02&year={y}").json()["results"])
        for y in (2023, 2024)
    )
    assert f"{plain(before)} → <b>{plain(after)}</b>" in page
    line = next(
        row
        for row in sheet_rows(client.get("/compare.xlsx?year=2024&from=2023").content)
        if (row["区划代码"], row["指标代码"]) == (CITY, "H02")
    )
    assert (line["前一年实际值"], line["后一年实际值"], line["变化（正为向好）"]) == (before, after, after - before)
    first = Observation.objects.as_of().filter(indicator="H02", year=2023, area="330122")
    record_facts(
        Observation, [FactRow("330122", "H02", 2023, None)], grounds=Grounds(by=None, via="import", reason="撤")
    )
    assert not first.exists()
    sweep_pending()
    line = next(
        row
        for row in sheet_rows(client.get("/compare.xlsx?year=2024&from=2023").content)
        if (row["区划代码"], row["指标代码"]) == (CITY, "H02")
    )
    assert line["变化（正为向好）"] is None
