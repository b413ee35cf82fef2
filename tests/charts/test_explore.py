"""Free comparison: what is drawn are the numbers that were judged; the choice lives in the address."""

import csv
import io
import json
import re
from html import unescape

import pytest

from charts import plots
from charts.explore import FORMS
from indicators.models import Assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(demo, login):
    return login("leader")


def page(client, query):
    answer = client.get(f"/explore/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def figures(html):
    found = re.findall(r'<script id="figure-\d+" type="application/json">(.*?)</script>', html, re.DOTALL)
    return [json.loads(text) for text in found]


def values(code, area):
    rows = Assessment.objects.filter(indicator=code, area=area).order_by("year")
    return {row.year: row.value for row in rows}


@pytest.mark.parametrize("form", ["line", "bar"])
def test_each_row_has_a_figure_of_its_own_with_the_official_values(client, form):
    drawn = figures(page(client, f"?form={form}&indicator=P02,P03&area=330127,330182"))
    assert len(drawn) == 2
    for code, figure in zip(("P02", "P03"), drawn, strict=True):
        assert [trace["name"] for trace in figure["data"]] == ["淳安县", "建德市"]
        for area, trace in zip(("330127", "330182"), figure["data"], strict=True):
            assert dict(zip(trace["x"], trace["y"], strict=True)) == values(code, area)


def test_dots_show_one_year_with_its_benchmark(client):
    (figure,) = figures(page(client, "?form=dot&indicator=P02&year=2024"))
    goals, points = figure["data"]
    rows = Assessment.objects.filter(indicator="P02", year=2024).order_by("area")
    assert points["x"] == [row.value for row in rows]
    assert goals["x"] == [row.target for row in rows]
    against = figures(page(client, "?form=dot&indicator=P02&year=2024&benchmark=standard"))[0]
    assert against["data"][0]["x"] == [row.standard for row in rows]


def test_a_scatter_pairs_two_rows_of_the_same_year(client):
    (figure,) = figures(page(client, "?form=scatter&indicator=P02,P05&area=330127"))
    (trace,) = figure["data"]
    across, up = values("P02", "330127"), values("P05", "330127")
    both = [year for year in across if across[year] is not None and up[year] is not None]
    assert trace["text"] == [str(year) for year in both]
    assert (trace["x"], trace["y"]) == ([across[year] for year in both], [up[year] for year in both])
    assert len(both) == 3


def test_a_scatter_of_one_row_says_what_is_missing(client):
    html = page(client, "?form=scatter&indicator=P02")
    assert "散点图要两项指标：再选一项。" in html
    assert figures(html) == []


def test_heat_is_the_gap_in_per_cent_of_the_benchmark(client):
    (figure,) = figures(page(client, "?form=heat&indicator=P02,P03&year=2024"))
    (trace,) = figure["data"]
    for at, code in enumerate(("P02", "P03")):
        rows = Assessment.objects.filter(indicator=code, year=2024).order_by("area")
        assert trace["z"][at] == pytest.approx([100 * row.gap / abs(row.target) for row in rows])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_numbers_as_a_table(client, form):
    html = page(client, f"?form={form}&indicator=P02,P03")
    table = html.partition('aria-label="所选的数字"')[2]
    assert table.count("<tr>") == 1 + 2 * 3
    assert f'value="{form}" checked' in html


def test_the_file_has_the_same_choice(client):
    body = client.get("/explore.csv?indicator=P02&area=330127&from=2023&to=2024").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [(row["区划代码"], row["指标代码"], row["年份"]) for row in rows] == [
        ("330127", "P02", "2023"),
        ("330127", "P02", "2024"),
    ]
    assert float(rows[1]["实际值"]) == values("P02", "330127")[2024]


def test_a_span_given_backwards_is_turned_round(client):
    assert "2023–2025年" in page(client, "?from=2025&to=2023")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?indicator=X9", "没有“X9”"),
        ("?indicator=P01,P02,P03,P04,P05,P06,P07", "指标一次最多比6项，您选了7项。"),
        ("?form=pie", "form 没有“pie”"),
        ("?from=1999", "年份应在 2022 至 2027 之间。"),
        ("?colour=red", "没有名为 colour 的筛选条件"),
    ],
)
def test_what_is_not_understood_is_named(client, query, words):
    answer = client.get(f"/explore/{query}")
    assert answer.status_code == 404
    assert words in unescape(answer.content.decode())


def test_a_missing_value_is_a_break_and_never_a_zero():
    figure = plots.lines([2022, 2023, 2024], [{"name": "甲", "value": [1.0, None, 3.0]}])
    (trace,) = figure["data"]
    assert (trace["y"], trace["connectgaps"]) == ([1.0, None, 3.0], False)
    across = plots.scatter([{"name": "甲", "years": [2022, 2023], "x": [1, None], "y": [2, 3]}], across="x", up="y")
    assert across["data"][0]["text"] == ["2022"]
    hot = plots.heat([{"name": "行", "shares": [None], "gaps": [""]}], ["甲"], percent="%")
    assert (hot["data"][0]["z"], hot["data"][0]["text"]) == ([[None]], [["–"]])
