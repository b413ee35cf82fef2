"""The map says what the table says, and both say what was judged."""

import json
import re
from html import unescape

import pytest

from charts.maps import MEASURES
from indicators.models import Assessment
from lib.numbers import plain, signed
from projects.models import Project

pytestmark = pytest.mark.django_db
COUNTIES = {"330122": "桐庐县", "330127": "淳安县", "330182": "建德市"}


@pytest.fixture
def client(demo, login):
    return login("leader")


def page(client, query):
    answer = client.get(f"/map/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def heading(html):
    return unescape(re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)[1])


def areas(html):
    """Of the large map: name and figure → class."""
    large = html.partition("逐年")[0]
    found = re.findall(r"<title>(.*?)</title>\s*<path [^>]*class=\"area ([\w-]+)\"", large)
    return {unescape(title): paint for title, paint in found}


def judged(code, year):
    rows = Assessment.objects.filter(indicator=code, year=year).order_by("area")
    return {COUNTIES[row.area_id]: row for row in rows}


@pytest.mark.parametrize("year", [2023, 2024])
def test_gaps_are_those_that_were_judged_in_the_colour_of_their_status(client, year):
    rows = judged("P02", year)
    wanted = {f"{name} {signed(row.gap, 1)}": row.status for name, row in rows.items()}
    assert areas(page(client, f"?indicator=P02&year={year}")) == wanted
    assert len(wanted) == 3


def test_values_are_painted_by_their_place_among_all_years(client):
    found = areas(page(client, "?indicator=P02&show=value&year=2024"))
    rows = judged("P02", 2024)
    assert set(found) == {f"{name} {plain(row.value, 1)}" for name, row in rows.items()}
    values = list(Assessment.objects.filter(indicator="P02", value__isnull=False).values_list("value", flat=True))
    low, high = min(values), max(values)
    for name, row in rows.items():
        step = min(int(5 * (row.value - low) / (high - low)), 4) + 1
        assert found[f"{name} {plain(row.value, 1)}"] == f"step-{step}"


def test_an_unreported_area_is_hatched_and_said_to_be_so(client):
    html = page(client, "?indicator=P02&year=2025")
    assert areas(html)["淳安县 未报"] == "missing"
    assert "2个没有数" in heading(html)


def test_the_heading_names_the_highest_and_the_lowest(client):
    rows = judged("P02", 2024)
    high, low = (max, min)
    best, worst = (each(rows, key=lambda name: rows[name].value) for each in (high, low))
    told = heading(page(client, "?indicator=P02&show=value&year=2024"))
    best_value, worst_value = (plain(rows[name].value, 1) for name in (best, worst))
    assert told == f"2024年污水集中处理率：{best}最高，{best_value}%；{worst}最低，{worst_value}%"


@pytest.mark.parametrize("measure", MEASURES)
def test_the_table_says_all_that_the_map_shows(client, measure):
    html = page(client, f"?indicator=P03&show={measure}&year=2024")
    table = html.partition('aria-label="地图上的数字"')[2]
    for title in areas(html):
        name, _, words = title.partition(" ")
        row = re.search(rf">{name}</a>\s*</th>(.*?)</tr>", table, re.DOTALL)[1]
        assert f">{words}</a>" in unescape(row)


def test_no_map_calls_likely_what_is_not(client):
    found = areas(page(client, "?indicator=P02&show=chance&year=2024"))
    rows = judged("P02", 2024)
    for title, paint in found.items():
        likely = rows[title.partition(" ")[0]].probability
        assert (paint in {"step-4", "step-5"}) == (likely is not None and likely >= 0.6), title


def test_every_project_is_a_dot_in_its_area_and_counted_in_the_table(client):
    html = page(client, "?projects=1&year=2024")
    for state in Project.State.values:
        drawn = len(re.findall(rf'<circle class="dot {state}"', html))
        assert drawn == Project.objects.filter(state=state).count(), state
    started = Project.objects.filter(state="started", main_area="330127").count()
    assert f'/projects/?area=330127&amp;state=started">在建 {started}</a>' in html
    assert "<circle" not in page(client, "?year=2024")


def test_a_past_day_shows_what_was_known_then(client):
    assert areas(page(client, "?indicator=P02&year=2024&as_of=2024-06-30"))["桐庐县 未到报送期"] == "missing"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?show=mood", "show 只能是 gap"),
        ("?indicator=X9", "没有代码为 X9 的指标。"),
        ("?year=1999", "2022"),
        ("?benchmark=x", "benchmark 只能是"),
    ],
)
def test_what_is_not_understood_is_named(client, query, words):
    answer = client.get(f"/map/{query}")
    assert answer.status_code == 404
    assert words in unescape(answer.content.decode())


def test_areas_that_the_boundary_file_lacks_are_told_and_still_in_the_table(client, settings, tmp_path):
    whole = json.loads(settings.BOUNDARIES_FILE.read_text(encoding="utf-8"))
    whole["features"] = [each for each in whole["features"] if each["properties"]["code"] != "330127"]
    settings.BOUNDARIES_FILE = tmp_path / "fewer.geojson"
    settings.BOUNDARIES_FILE.write_text(json.dumps(whole), encoding="utf-8")
    html = page(client, "?indicator=P02&year=2024")
    assert sorted(title.partition(" ")[0] for title in areas(html)) == ["建德市", "桐庐县"]
    assert "边界文件里没有：" in html
    assert ">淳安县</a>" in html.partition('aria-label="地图上的数字"')[2]
    whole["features"] = [each for each in whole["features"] if each["properties"]["code"] not in COUNTIES]
    settings.BOUNDARIES_FILE = tmp_path / "none.geojson"
    settings.BOUNDARIES_FILE.write_text(json.dumps(whole), encoding="utf-8")
    assert "所以没有地图；数字见下表。" in page(client, "?indicator=P02&year=2024")
    assert client.get("/charts/map/P02.png").status_code == 404
