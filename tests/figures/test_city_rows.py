"""The city with targets and values of its own: judged, entered, imported, shown and sent as a county's are, and counted
among the counties nowhere."""

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.test import Client
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from accounts.models import Organisation, User
from areas.models import Area
from figures.asked import Asked
from figures.picture import Picture
from indicators.exports import export_plan
from indicators.importing.tables import apply, preview_observations
from indicators.models import Assessment, IndicatorDefinition, Observation
from indicators.recomputes.recompute import sweep_pending
from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import Responsibility, Submission
from reporting.rounds.actions import open_round
from reports import content, pdf, snapshot, word, workbook
from reports.blocks import Heading, TableBlock
from reports.read_snapshot import Snapshot
from seeding.plan_files.check import read_plan
from seeding.plan_files.loading import load_plan
from seeding.plan_files.yaml_text import PlanFileError
from tests.plans import COUNTY, small_plan, write_plan
from tests.worlds import world

CITY = "640100"
SDMX_CSV = "application/vnd.sdmx.data+csv;version=1.0.0"


def plan_with_city_rows() -> dict:
    data = small_plan()
    data["areas"][0]["own_rows"] = True
    for row in data["indicators"]:
        if row["code"] not in ("T1", "N03"):
            row["only_areas"] = [COUNTY]
    data["targets"] += [
        {"indicator": "T1", "area": CITY, "year": 2022, "value": 90, "cite": "plan"},
        {"indicator": "T1", "area": CITY, "year": 2024, "value": 96, "cite": "plan"},
    ]
    return data


@world("city_rows", base="empty")
def _load_city():
    with TemporaryDirectory() as folder:
        load_plan(write_plan(Path(folder), plan_with_city_rows()))
    User.objects.create_superuser("first", password="first", role="administrator")
    sweep_pending()


@pytest.fixture
def city_rows(db):
    """A site with such a plan."""


@pytest.fixture
def city(city_rows):
    """The client of its administrator."""
    client = Client()
    client.force_login(User.objects.get(username="first"))
    return client


def imported(*lines: str) -> None:
    preview = preview_observations("\n".join(["area,indicator,year,value", *lines]).encode(), "a.csv")
    assert preview.counts["refused"] == 0, preview.lines
    apply(preview, by=None)
    sweep_pending()


def test_its_values_are_imported_and_judged(city):
    imported(f"{CITY},T1,2022,91", f"{COUNTY},T1,2022,84")
    row = Assessment.objects.get(area=CITY, indicator="T1", year=2022)
    assert (row.status, float(row.gap)) == ("met", 1.0)
    sheet = load_workbook(io.BytesIO(export_plan()))["年度目标"]
    assert [CITY, 96] in [[row[0], row[-2]] for row in sheet.iter_rows(values_only=True) if row[2] == "T1"]


def test_it_is_not_among_the_counties(city):
    imported(f"{CITY},T1,2022,91", f"{COUNTY},T1,2022,84")
    picture = Picture(Asked(year=2022), User.objects.get(username="first"))
    assert [area.code for area in picture.counties] == [COUNTY]
    assert {cell.area.code for cell in picture.cells()} == {COUNTY}
    assert {cell.definition.indicator_id for cell in picture.city_cells() if cell.status == "met"} == {"T1"}
    assert list(Area.objects.counties().values_list("code", flat=True)) == [COUNTY]


@pytest.mark.parametrize(
    "path",
    [
        *("/?year=2022", f"/counties/{CITY}/?year=2022", f"/cells/{CITY}/T1/2022/", "/indicators/T1/", "/indicators/"),
        *("/compare/?year=2022", "/plan/", f"/counties/{CITY}.csv?year=2022", "/overview.csv?year=2022"),
        *(f"/explore/?area={CITY}&indicator=T1", f"/explore.csv?area={CITY}&indicator=T1", "/wall/?year=2022"),
        *("/map/?indicator=T1&show=value&year=2022", "/map/?indicator=T1&year=2022"),
        f"/whatif/?area={CITY}&indicator=T1",
    ],
)
def test_pages_show_it(city, path):
    imported(f"{CITY},T1,2022,91.5", f"{CITY},T1,2021,90.5")
    answer = city.get(path)
    assert answer.status_code == 200
    body = b"".join(answer) if answer.streaming else answer.content
    assert "青禾市" in body.decode("utf-8")
    if path not in ("/indicators/", "/plan/", "/map/?indicator=T1&year=2022"):
        assert "91.5" in body.decode("utf-8")


@pytest.mark.parametrize("path", ["/realism/", "/trust/", "/effort/"])
def test_a_page_of_the_counties_alone_says_where_the_citys_numbers_stand(city, path):
    told = "青禾市自身的目标和数值不在本页："
    assert told in city.get(path).content.decode()
    Area.objects.filter(code=CITY).update(has_own_rows=False)
    assert told not in city.get(path).content.decode()


def test_the_map_tells_its_number_beside_and_colours_the_counties_alone(city, settings, tmp_path):
    shape = {"type": "Polygon", "coordinates": [[[106, 38], [107, 38], [107, 39], [106, 38]]]}
    feature = {"type": "Feature", "properties": {"code": COUNTY, "name": "云岭县"}, "geometry": shape}
    settings.BOUNDARIES_FILE = tmp_path / "shapes.geojson"
    settings.BOUNDARIES_FILE.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    imported(f"{CITY},T1,2022,991.5", f"{COUNTY},T1,2022,84")
    page = city.get("/map/?indicator=T1&show=value&year=2022").content.decode()
    assert "青禾市自身991.5%" in page
    assert re.search(r"青禾市自身（地图上没有自己的形状.*?<b>991\.5</b>", page, re.DOTALL)
    assert "80.00–80.80" in page  # the steps end with the counties' numbers
    row = re.search(r"<tr>(?:(?!</tr>).)*青禾市.*?</tr>", page.partition("地图上的数字")[2], re.DOTALL)[0]
    assert "swatch step" not in row
    file = b"".join(city.get("/charts/map/T1.csv?show=value&year=2022")).decode()
    assert f"{CITY},青禾市,2022,T1,通村硬化路比重,991.5" in file


def test_its_chart_of_gaps_holds_its_rows(city):
    imported(f"{CITY},T1,2022,91.5", f"{COUNTY},T1,2022,84")
    file = b"".join(city.get(f"/charts/gaps/{CITY}.csv?year=2022")).decode()
    assert "T1,通村硬化路比重,%,91.5,90.0,1.5,达标" in file
    assert "84" not in file


def test_the_brief_counts_it_apart(city):
    imported(f"{CITY},T1,2022,91.5", f"{COUNTY},T1,2022,84")
    told = "青禾市自身的目标另计：2022年到期的1项中达标1项。"
    assert told in city.get("/brief/?year=2022").content.decode()


def test_the_printed_report_has_a_part_of_it(city):
    approved_year(2021)
    by = User.objects.get(username="first")
    frozen = snapshot.freeze(2021, by)
    assert [row["area"] for row in frozen["findings"]][:1] == [CITY]
    blocks = content.annual_report(frozen)
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert "三、青禾市自身的目标" in headings
    (table,) = [b for b in blocks if isinstance(b, TableBlock) and b.title == "青禾市自身2021年的指标"]
    assert [row[:3] for row in table.rows] == [
        ("通村硬化路比重", "%", "15.5"),
        ("师生比", "人", "15.5"),
    ]
    assert "青禾市 2021年" in [b.title for b in blocks if isinstance(b, TableBlock)]
    book = load_workbook(io.BytesIO(workbook.write_workbook(frozen, at=timezone.now(), number="1")))
    assert [row[6] for row in book["全部指标"].iter_rows(values_only=True) if row[1] == "青禾市" and row[6]] == [
        15.5,
        15.5,
    ]
    assert {row[0] for row in book["核实事项"].iter_rows(min_row=2, values_only=True)} >= {"青禾市"}
    title, about = content.title(frozen), {"at": timezone.now(), "number": "1"}
    assert "青禾市自身的目标" in "\n".join(
        p.text for p in Document(io.BytesIO(word.write_word(title, blocks, **about))).paragraphs
    )
    assert pdf.write_pdf(title, blocks, **about).startswith(b"%PDF")
    # A report of before, and of a plan whose city has none, has no such part.
    earlier = {**frozen, "rules": 4, "findings": []}
    del earlier["city"]
    told = [block.text for block in content.annual_report(earlier) if isinstance(block, Heading)]
    assert not [text for text in told if "青禾市" in text]


def test_what_moved_since_a_report_names_it(city):
    imported(f"{CITY},T1,2022,91.5")
    by = User.objects.get(username="first")
    before = snapshot.freeze(2022, by)
    imported(f"{CITY},T1,2022,92.5")
    after = snapshot.freeze(2022, by)
    moved = [row for row in snapshot.moved(before, after) if row["column"] == "value"]
    assert [(row["area"], row["old"], row["new"]) for row in moved] == [(CITY, 91.5, 92.5)]
    assert Snapshot(after).names(moved[0])[0] == "青禾市"


def test_a_cube_and_sdmx_hold_it_and_never_twice(city):
    imported(f"{CITY},T1,2022,91.5", f"{COUNTY},T1,2022,84")
    IndicatorDefinition.objects.filter(indicator="T1").update(aggregation="sum")
    for name in ("assessments", "observations"):
        cube = city.get(f"/api/v1/{name}/?indicator=T1&year=2022&format=jsonstat").json()
        assert cube["dimension"]["area"]["category"]["label"] == {CITY: "青禾市", COUNTY: "云岭县"}
    for key in (f"A.{CITY}.T1.", "A..T1."):
        sent = city.get(
            f"/api/sdmx/2.1/data/COUNTY_SEAT/{key}?startPeriod=2022&endPeriod=2022",
            headers={"accept": "application/vnd.sdmx.data+csv"},
        )
        lines = [line.split(",") for line in b"".join(sent).decode().splitlines()[1:]]
        own = [(line[4], line[6]) for line in lines if line[2] == CITY]
        assert own == [("OBS", "91.5"), ("TARGET", "90"), ("GAP", "1.5")]
    counted = city.get(f"/api/sdmx/2.1/availableconstraint/COUNTY_SEAT/A.{CITY}.T1.OBS")
    assert counted.status_code == 200


def test_programs_read_it(city):
    imported(f"{CITY},T1,2022,91.5")
    rows = city.get(f"/api/v1/assessments/?area={CITY}&indicator=T1&year=2022").json()["results"]
    assert [(row["value"], row["status"]) for row in rows] == [(91.5, "met")]
    address = f"/api/sdmx/2.1/data/COUNTY_SEAT/A.{CITY}.T1.OBS"
    sent = city.get(address, headers={"accept": "application/vnd.sdmx.data+csv"})
    assert b"91.5" in b"".join(sent)


def test_beside_the_counties_together_its_own_value_stands_once(city):
    """The counties' sum bears the same code: files tell the two rows apart by their names, and SDMX, whose key holds
    one number, has the city's own where there is one."""
    IndicatorDefinition.objects.as_of().filter(indicator="T1").update(aggregation="sum")
    imported(f"{CITY},T1,2022,91.5", f"{COUNTY},T1,2022,84", f"{COUNTY},T1,2021,83")
    for path in ("/overview.csv?year=2022", "/indicators/T1.csv"):
        lines = file_rows(city, path)
        own = [line["地区"] for line in lines if line["区划代码"] == CITY and line["实际值"] == "91.5"]
        sums = [line["地区"] for line in lines if line["区划代码"] == CITY and line["实际值"] == "84.0"]
        assert (own, len(sums), "计算得出" in sums[0]) == (["青禾市"], 1, True), path
    sent = city.get(f"/api/sdmx/2.1/data/COUNTY_SEAT/A.{CITY}.T1.OBS?startPeriod=2021", headers={"accept": SDMX_CSV})
    told = list(csv.DictReader(io.StringIO(sent.content.decode())))
    found = [(row["TIME_PERIOD"], float(row["OBS_VALUE"]), row["COUNTED"]) for row in told]
    assert found == [("2022", 91.5, ""), ("2021", 83.0, "1")]
    there = city.get(f"/api/sdmx/2.1/availableconstraint/COUNTY_SEAT/A.{CITY}.T1.OBS?startPeriod=2021")
    assert (there.status_code, "2021" in there.content.decode()) == (200, True)
    (summed,) = city.get("/api/v1/aggregates/?indicator=T1&year=2022").json()["results"]
    assert (summed["value"], summed["is_computed"]) == (84.0, True)


def file_rows(client, path: str) -> list[dict]:
    lines = client.get(path).content.decode("utf-8-sig").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("区划代码"))
    return list(csv.DictReader(lines[start:]))


def approved_year(year: int) -> None:
    """The city's sheet of a year, typed by its units, submitted and approved."""
    by_role = {}
    for unit in Organisation.objects.filter(area=CITY, code__in=[f"{CITY}-PLAN", f"{CITY}-roads"]):
        role = "county" if unit.kind == "county" else "bureau"
        by_role[unit.pk] = User.objects.create_user(unit.code, role=role, organisation=unit)
    open_round(year=year, due_on=date(year + 1, 3, 1), areas=Area.objects.judged(), by=None)
    sheet = Submission.objects.get(area=CITY)
    for part in sheet.parts.all():
        by = by_role[part.organisation_id]
        codes = part.entries.values_list("indicator", flat=True)
        typed = [Typed(code, Decimal("15.5"), "第一年填报，依据年度统计台账") for code in codes]
        save_entries(submission=sheet, typed=typed, by=by)
        hand_over(part=part, by=by)
    office = next(user for user in by_role.values() if user.role == "county")
    change_state(submission=sheet, action="submit", by=office)
    owner = User.objects.create_user("owner", role="municipal", organisation=Organisation.objects.get(code="QHFGW"))
    change_state(submission=sheet, action="approve", by=owner)
    sweep_pending()


def test_its_year_is_entered_by_its_own_units(city):
    assert set(Responsibility.objects.filter(area=CITY).values_list("indicator", flat=True)) == {"T1", "N03"}
    approved_year(2021)
    assert Observation.objects.as_of().get(area=CITY, indicator="T1", year=2021).value == Decimal("15.5")
    for path in ("/reporting/progress/?year=2021", f"/reporting/{CITY}/2021/", "/dispatch/", "/review/", "/"):
        assert city.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda data: data["areas"][0].pop("own_rows"), ("targets", "第3行 T1", "area")),
        (lambda data: data["areas"][1].update(own_rows=True), ("areas", "第2行 640121", "own_rows")),
    ],
)
def test_the_file_says_whether_the_city_has_rows(tmp_path, change, place):
    data = plan_with_city_rows()
    change(data)
    with pytest.raises(PlanFileError) as caught:
        read_plan(write_plan(tmp_path, data))
    assert place in [(fault.section, fault.row, fault.key) for fault in caught.value.faults]
