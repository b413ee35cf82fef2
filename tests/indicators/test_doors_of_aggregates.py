"""The counties taken together are the same number at every door, and each is what is recomputed from the parts: from
those that were drawn for the test, and from those that the door itself shows of the counties."""

import csv
import io
import random
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from docx import Document
from openpyxl import load_workbook
from pysdmx.io import get_datasets

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import IndicatorDefinition, Observation
from indicators.recomputes.recompute import sweep_pending
from indicators.terms.parts import RatioParts
from lib.numbers import plain, rounded
from reports import actions, build
from reports.snapshot import freeze
from tests.indicators.test_sdmx_editions import SDMX, V2, V3, of_json

COUNTIES = ("330122", "330127", "330182")
CITY = "330100"
YEAR, BEFORE = 2024, 2023
SDMX_CSV = {"accept": f"{SDMX}data+csv;version=1.0.0"}
Parts = dict[str, RatioParts]  # by county, of those that have them


@dataclass(frozen=True)
class Drawn:
    """The ratios that add up, as they were drawn: the parts by row and year."""

    definitions: dict[str, IndicatorDefinition]
    parts: dict[str, dict[int, Parts]]

    def together(self, code: str, year: int = YEAR) -> float:
        pairs = [(each.numerator, each.denominator) for each in self.parts[code][year].values()]
        return together(pairs, self.definitions[code])

    def counted(self, code: str) -> int:
        return len(self.parts[code][YEAR])

    def words(self, code: str, year: int = YEAR) -> str:
        """As a page writes it."""
        return plain(Decimal(str(self.together(code, year))), self.definitions[code].decimals)


def randomly_divided(rng: random.Random) -> Drawn:
    """Every ratio that adds up gets parts in some of the counties, a result alone in the others."""
    rows = []
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of().filter(aggregation="ratio")}
    drawn: dict[str, dict[int, Parts]] = {code: {YEAR: {}, BEFORE: {}} for code in definitions}
    for code, definition in definitions.items():
        terms = definition.parts
        divided = rng.sample(COUNTIES, rng.randint(1, 3))
        for area in COUNTIES:
            for year in (BEFORE, YEAR):
                below = Decimal(rng.randint(10**3, 10**7)).scaleb(-rng.randint(0, 3))
                share = Fraction(rng.randint(1, 99), 100) * Fraction(definition.upper_bound or 9)
                above = round(Decimal(float(share)) * below / terms.factor, 3)
                parts = RatioParts(above, below)
                value = terms.value(parts)
                if area in divided:
                    drawn[code][year][area] = parts
                    rows.append(FactRow(area, code, year, value, numerator=above, denominator=below))
                else:
                    rows.append(FactRow(area, code, year, round(value, definition.decimals)))
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import", reason="正式表"))
    sweep_pending()
    return Drawn(definitions, drawn)


def together(pairs, definition) -> float:
    """What a reader gets from (numerator, denominator) of the counties that have both."""
    own = [(Fraction(str(above)), Fraction(str(below))) for above, below in pairs if is_there(above)]
    exact = Fraction(definition.parts.factor) * sum(a for a, _ in own) / sum(b for _, b in own)
    step = Fraction(1, 10 ** (definition.decimals + 2))
    return float(Decimal(int(exact / step + Fraction(1, 2))) * Decimal(step.numerator) / Decimal(step.denominator))


def is_there(number) -> bool:
    return number not in (None, "") and not pd.isna(number)


@pytest.fixture
def divided(demo, clients):
    """What was drawn, and a client that reads official figures."""
    return randomly_divided(random.Random(22)), clients["stats"]


# Doors that hold the city's number and the counties' parts ---------------------------------------------------------


def held_alike(drawn: Drawn, city: dict[str, float], own: dict[str, list[tuple]]) -> None:
    """`city`: what the door says by row; `own`: by row the (numerator, denominator) that it shows of the counties."""
    for code, definition in drawn.definitions.items():
        assert city[code] == drawn.together(code), code
        assert sum(is_there(above) for above, _below in own[code]) == drawn.counted(code), code
        assert together(own[code], definition) == city[code], code


def test_the_api_and_its_cube(divided):
    drawn, client = divided
    api = client.get(f"/api/v1/aggregates/?year={YEAR}").json()["results"]
    shown = client.get(f"/api/v1/observations/?year={YEAR}&page_size=1000").json()["results"]
    own = {code: parts_of(shown, code) for code in drawn.definitions}
    held_alike(drawn, {row["indicator"]: row["value"] for row in api}, own)
    assert {row["indicator"]: row["counted"] for row in api if row["method"] == "ratio"} == {
        code: drawn.counted(code) for code in drawn.definitions
    }
    cube = client.get(f"/api/v1/aggregates/?year={YEAR}&format=jsonstat").json()
    codes = list(cube["dimension"]["indicator"]["category"]["index"])
    cells = client.get(f"/api/v1/observations/?year={YEAR}&format=jsonstat").json()
    held_alike(drawn, dict(zip(codes, cube["value"], strict=True)), parts_of_cube(cells))


def parts_of(rows: list[dict], code: str, names=("indicator", "numerator", "denominator")) -> list[tuple]:
    key, above, below = names
    return [(row[above], row[below]) for row in rows if row[key] == code]


def parts_of_cube(cube: dict) -> dict[str, list[tuple]]:
    """By row, out of the lists beside the values, in the order of the dimensions."""
    axes = [list(cube["dimension"][name]["category"]["index"]) for name in cube["id"]]
    found: dict[str, list[tuple]] = {}
    pairs = zip(cube["extension"]["numerator"], cube["extension"]["denominator"], strict=True)
    for place, pair in enumerate(pairs):
        coordinates = {}
        for name, axis in reversed(list(zip(cube["id"], axes, strict=True))):
            place, at = divmod(place, len(axis))
            coordinates[name] = axis[at]
        found.setdefault(coordinates["indicator"], []).append(pair)
    return found


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_files_of_the_api(divided, form):
    drawn, client = divided
    city = rows_of_list(client, f"/api/v1/aggregates/?year={YEAR}&format={form}")
    shown = rows_of_list(client, f"/api/v1/observations/?year={YEAR}&format={form}")
    own = {code: parts_of(shown, code) for code in drawn.definitions}
    held_alike(drawn, {row["indicator"]: float(row["value"]) for row in city}, own)


def rows_of_list(client, path: str) -> list[dict]:
    body = b"".join(client.get(path))
    if "xlsx" not in path:
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    head, *rows = load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def rows_of_page(client, path: str) -> list[dict]:
    """A page's table as a file: the lines under its header."""
    body = b"".join(client.get(path))
    if "xlsx" in path:
        lines = [list(row) for row in load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True)]
    else:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    place = next(at for at, line in enumerate(lines) if line and line[0] == "区划代码")
    return [dict(zip(lines[place], line, strict=True)) for line in lines[place + 1 :] if str(line[0] or "").isdigit()]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_files_of_the_pages(divided, kind):
    drawn, client = divided
    lines = rows_of_page(client, f"/overview.{kind}?year={YEAR}")
    names = ("指标代码", "分子", "分母")
    own = {code: parts_of([x for x in lines if x["区划代码"] in COUNTIES], code, names) for code in drawn.definitions}
    city = {line["指标代码"]: line for line in lines if line["区划代码"] == CITY}
    held_alike(drawn, {code: float(line["实际值"]) for code, line in city.items()}, own)
    for code, definition in drawn.definitions.items():
        assert f"3个中的{drawn.counted(code)}个" in city[code]["地区"]
        assert together([(city[code]["分子"], city[code]["分母"])], definition) == drawn.together(code)
        years = rows_of_page(client, f"/indicators/{code}.{kind}")
        for year in (BEFORE, YEAR):
            of_year = [line for line in years if int(line["年份"]) == year]
            (told,) = [line for line in of_year if line["区划代码"] == CITY]
            shown = [(line["分子"], line["分母"]) for line in of_year if line["区划代码"] in COUNTIES]
            assert float(told["实际值"]) == drawn.together(code, year) == together(shown, definition)
    both = rows_of_page(client, f"/compare.{kind}?year={YEAR}&from={BEFORE}")
    sides = {line["指标代码"]: line for line in both if line["区划代码"] == CITY}
    for code, definition in drawn.definitions.items():
        first, last = drawn.together(code, BEFORE), drawn.together(code)
        found = [float(sides[code][name]) for name in ("前一年实际值", "后一年实际值", "变化（正为向好）")]
        assert found == [first, last, round((definition.direction or 1) * (last - first), 6)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("area", COUNTIES)
def test_a_countys_own_ratio_is_its_own_quotient(divided, area, kind):
    drawn, client = divided
    lines = {line["指标代码"]: line for line in rows_of_page(client, f"/counties/{area}.{kind}?year={YEAR}")}
    for code, definition in drawn.definitions.items():
        parts, line = drawn.parts[code][YEAR].get(area), lines[code]
        if parts is None:
            assert not is_there(line["分子"]), code
            continue
        value = together([(parts.numerator, parts.denominator)], definition)
        assert (float(line["实际值"]), together([(line["分子"], line["分母"])], definition)) == (value, value)
        cell = client.get(f"/cells/{area}/{code}/{YEAR}/").content.decode()
        assert all(plain(number) in cell for number in (parts.numerator, parts.denominator)), code


XML = ["genericdata+xml;version=2.1", "structurespecificdata+xml;version=2.1"]
KEYS = f"A.{CITY}+{'+'.join(COUNTIES)}..OBS"
ASKED = f"{V2}data/COUNTY_SEAT/{KEYS}?startPeriod={YEAR}&endPeriod={YEAR}"


@pytest.mark.parametrize("form", [*XML, "data+csv;version=1.0.0", "data+csv;version=2.0.0"])
def test_sdmx(divided, form):
    drawn, client = divided
    structure = client.get(
        f"{V2}dataflow/HZDRC/COUNTY_SEAT/latest?references=all", headers={"accept": "application/xml"}
    ).content
    body = client.get(ASKED, headers={"accept": SDMX + form}).content
    (told,) = get_datasets(io.BytesIO(body), io.BytesIO(structure), validate=True)
    rows = told.data.astype(object).to_dict("records")
    mine = [row for row in rows if row["REF_AREA"] in COUNTIES]
    names = ("INDICATOR", "NUMERATOR", "DENOMINATOR")
    own = {code: parts_of(mine, code, names) for code in drawn.definitions}
    city = {row["INDICATOR"]: row for row in rows if row["REF_AREA"] == CITY}
    held_alike(drawn, {code: float(row["OBS_VALUE"]) for code, row in city.items()}, own)
    for code in drawn.definitions:
        assert (int(city[code]["COUNTED"]), int(city[code]["COUNTIES"])) == (drawn.counted(code), 3)


@pytest.mark.parametrize("form", ["data+json;version=1.0.0", "data+json;version=2.0.0"])
@pytest.mark.parametrize("edition", ["2.1", "3.0"])
def test_sdmx_json_and_the_newer_edition(divided, form, edition):
    drawn, client = divided
    newer = f"{V3}data/dataflow/HZDRC/COUNTY_SEAT/~/A.{CITY}.*.OBS?c[TIME_PERIOD]={YEAR}"
    told = client.get(ASKED if edition == "2.1" else newer, headers={"accept": SDMX + form}).json()
    found = of_json(told)
    assert {code: float(found[CITY, code, "OBS", str(YEAR)]) for code in drawn.definitions} == {
        code: drawn.together(code) for code in drawn.definitions
    }


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_is_recomputed_from_a_snapshot(divided, form, settings, tmp_path):
    """A snapshot holds official values alone: from their parts the same number follows."""
    settings.VAR_DIR = tmp_path
    drawn, client = divided
    body = io.BytesIO(b"".join(client.get(f"/api/v1/snapshots/latest/?format={form}").streaming_content))
    frame = pd.read_parquet(body) if form == "parquet" else pd.read_csv(body, dtype={"area": str})
    frame = frame[(frame["series"] == "OBS") & (frame["year"] == YEAR) & frame["area"].isin(COUNTIES)]
    rows = frame.astype(object).to_dict("records")
    own = {code: parts_of(rows, code) for code in drawn.definitions}
    held_alike(drawn, {code: drawn.together(code) for code in drawn.definitions}, own)


# Doors that show the city's number alone ---------------------------------------------------------------------------


def test_the_pages(divided):
    drawn, client = divided
    overview = client.get(f"/?year={YEAR}").content.decode().replace(' class="demo"', "")
    compared = client.get(f"/compare/?year={YEAR}&from={BEFORE}").content.decode()
    for code in drawn.definitions:
        counted = f'<abbr title="3个中的{drawn.counted(code)}个">{drawn.counted(code)}/3</abbr>'
        short = rounded(drawn.together(code), drawn.definitions[code].decimals)
        assert f'title="{drawn.words(code)}"><b>{short}</b> {counted}' in overview, code
        assert f'title="{drawn.words(code, BEFORE)} → {drawn.words(code)}"' in compared, code
        page = client.get(f"/indicators/{code}/?year={YEAR}").content.decode()
        for year in (BEFORE, YEAR):
            short = rounded(drawn.together(code, year), drawn.definitions[code].decimals)
            assert f'title="{drawn.words(code, year)}">{short}</span>' in page, code
            above = sum(each.numerator for each in drawn.parts[code][year].values())
            assert f">{plain(above)}</span>" in page, code


def test_the_report(divided, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    drawn, _client = divided
    city = User.objects.get(username="municipal")
    frozen = {row["indicator"]: row for row in freeze(YEAR, city)["aggregates"]}
    with django_capture_on_commit_callbacks(execute=True):
        issue = actions.issue_report(year=YEAR, by=city)
    files = {name: build.file_of(issue, name).read_bytes() for name in build.file_names(issue)}
    (book,) = [load_workbook(io.BytesIO(body)) for name, body in files.items() if name.endswith(".xlsx")]
    rows = {row[0]: row for row in book["合计"].iter_rows(values_only=True)}
    document = Document(io.BytesIO(next(body for name, body in files.items() if name.endswith(".docx"))))
    (table,) = [each for each in document.tables if each.cell(0, 0).text == "合计指标"]
    written = {row.cells[0].text: [cell.text for cell in row.cells] for row in table.rows}
    for code, definition in drawn.definitions.items():
        parts = drawn.parts[code][YEAR].values()
        sums = [float(sum(getattr(each, name) for each in parts)) for name in ("numerator", "denominator")]
        told = frozen[code]
        assert (told["value"], told["numerator"], told["denominator"]) == (drawn.together(code), *sums)
        assert rows[code][3:7] == (drawn.together(code), *sums, drawn.counted(code))
        name, value, _unit, how, counted = next(line for line in written.values() if definition.name in line[0])
        assert value.rstrip("*") == drawn.words(code), name
        assert how == f"{plain(sums[0])} ÷ {plain(sums[1])}"
        assert counted == f"3个中的{drawn.counted(code)}个"


# What is asked for, and changes --------------------------------------------------------------------------------------


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
        for row in rows_of_page(client, "/compare.xlsx?year=2024&from=2023")
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
        for row in rows_of_page(client, "/compare.xlsx?year=2024&from=2023")
        if (row["区划代码"], row["指标代码"]) == (CITY, "H02")
    )
    assert line["变化（正为向好）"] is None
