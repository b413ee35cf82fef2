"""Pictures of one's own comparison and of two years side by side: what the page draws, at an address that keeps it."""

import csv
import io
import math
from html import unescape
from xml.etree import ElementTree

import pytest
from django.http import QueryDict

from accounts.models import User
from charts import free_drawings, plots
from charts.building import BUILDERS, chart_at
from charts.embedding import open_embedding
from charts.explore import FORMS, Choice
from charts.explore_figures import figures_of
from figures.asked import Asked
from figures.picture import Picture
from indicators.labels import STATUS_NAMES
from indicators.models import Assessment
from reports import pictures as report_pictures

pytestmark = pytest.mark.django_db
DRAWN = [form for form in FORMS if form != "table"]
YEAR = 2024


@pytest.fixture
def client(demo, login):
    return login("leader")


def rows(client, address):
    body = client.get(address).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


def chart(name, query, username="leader"):
    return BUILDERS[name](QueryDict(query), User.objects.get(username=username))


@pytest.mark.parametrize("form", DRAWN)
def test_every_form_is_a_picture_and_the_page_leads_to_it(client, form):
    query = f"?form={form}&indicator=P02&indicator=P03&area=330127&year={YEAR}"
    answer = client.get(f"/charts/explore.svg{query}")
    assert answer.status_code == 200
    ElementTree.fromstring(answer.content)
    page = unescape(client.get(f"/explore/{query}").content.decode())
    for kind in ("png", "svg", "xlsx", "csv"):
        assert f'href="/charts/explore.{kind}{query}"' in page
    assert f'data-copy="/charts/explore.png{query}"' in page


def test_the_page_of_two_years_leads_to_its_picture(client):
    page = unescape(client.get("/compare/?year=2024&from=2022").content.decode())
    assert 'data-copy="/charts/compare.png?year=2024&from=2022"' in page
    assert "js/copy" in page


@pytest.mark.parametrize("query", ["?form=table", "?form=scatter&indicator=P02"])
def test_where_the_page_draws_nothing_there_is_no_picture(client, query):
    assert "data-copy" not in client.get(f"/explore/{query}").content.decode()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("explore.png?form=table", "“只看表”没有图"),
        ("explore.png?form=scatter&indicator=P02", "散点图要两项指标：再选一项。"),
        ("explore.svg?indicator=X9", "没有“X9”"),
        ("explore.svg?area=110000", "没有“110000”"),
        ("explore.svg?indicator=P01,P02,P03,P04,P05,P06,P07", "指标一次最多比6项，您选了7项。"),
        ("explore.csv?colour=red", "没有名为 colour 的筛选条件"),
        ("compare.png?year=2022", "2022年是基期年"),
        ("compare.png?from=1999", "from 应在 2022 至 2027 之间。"),
    ],
)
def test_what_cannot_be_drawn_is_said(client, address, words):
    answer = client.get(f"/charts/{address}")
    assert answer.status_code == 404
    assert words in unescape(answer.content.decode())


def test_its_numbers_are_those_that_it_shows(client):
    """A form of one year gives that year alone, the others the span."""
    of_one = rows(client, f"/charts/explore.csv?form=dot&indicator=P02&year={YEAR}")
    known = Assessment.objects.filter(indicator="P02", year=YEAR).values_list("area", "value")
    assert {row["区划代码"]: float(row["实际值"]) for row in of_one} == dict(known)
    span = rows(client, "/charts/explore.csv?form=line&indicator=P02&area=330127&from=2023&to=2024")
    assert [row["年份"] for row in span] == ["2023", "2024"]
    moves = rows(client, f"/charts/compare.csv?year={YEAR}")
    assert moves == rows(client, f"/compare.csv?year={YEAR}")


def test_its_title_names_the_one_year_that_it_shows(demo):
    assert chart("explore_chart", f"form=heat&indicator=P02&area=330127&year={YEAR}").title.endswith(f"{YEAR}年")
    assert chart("explore_chart", "form=line&indicator=P02&area=330127").title.endswith("2022–2027年")


def test_the_frame_says_what_it_is_and_leads_back(demo):
    found = chart("explore_chart", "form=bar&indicator=P05&area=330127")
    source, *marks, address = found.frame(f"http://localhost{found.page}").lines
    assert source.startswith("来源：杭州市发展和改革委员会，")
    assert any("演示数据" in mark for mark in marks)
    assert any("暂定" in mark for mark in marks)
    assert address == "http://localhost/explore/?form=bar&indicator=P05&area=330127"


def test_a_county_draws_only_what_it_may_see(clients):
    """Values that are not approved are drawn for their own county; another's are not."""
    query = "form=line&indicator=P02&layer=submitted"
    shown = {row["区划代码"]: row for row in rows(clients["chunan"], f"/charts/explore.csv?{query}&from=2025&to=2025")}
    page = {row["区划代码"]: row for row in rows(clients["chunan"], f"/explore.csv?{query}&from=2025&to=2025")}
    assert shown == page
    assert clients["chunan-health"].get(f"/charts/explore.svg?{query}").status_code == 200
    assert clients["finance"].get(f"/charts/explore.svg?{query}").status_code == 404


def test_it_can_be_opened_to_another_site(demo):
    city = User.objects.get(username="municipal")
    address = f"http://localhost/charts/explore.png?form=line&indicator=P02,P03&year={YEAR}"
    opened = open_embedding(address=address, hosts=["https://www.example.gov.cn"], by=city)
    assert opened.chart == f"/charts/explore?form=line&indicator=P02,P03&year={YEAR}"
    assert chart_at(opened.chart, city).title == opened.title
    other = open_embedding(address="/charts/compare.svg", hosts=["https://www.example.gov.cn"], by=city)
    assert other.chart == "/charts/compare"


def drawn(figure):
    (axes,) = free_drawings.figures_sheet([("题", figure)]).axes
    return axes


def test_a_missing_value_breaks_the_line():
    axes = drawn(plots.lines([2022, 2023, 2024], [{"name": "甲", "value": [1.0, None, 3.0]}]))
    (line,) = axes.lines
    first, gap, last = line.get_ydata()
    assert (first, math.isnan(gap), last) == (1.0, True, 3.0)


def test_a_missing_bar_is_a_dash_and_a_zero_is_none():
    axes = drawn(plots.bars([2022, 2023], [{"name": "甲", "value": [0.0, None]}]))
    zero, gap = axes.patches
    assert (zero.get_height(), math.isnan(gap.get_height())) == (0.0, True)
    assert [(text.get_text(), text.get_position()[0]) for text in axes.texts] == [("–", 2023.0)]


def test_a_county_that_has_not_reported_is_named_and_has_no_dot():
    counties = [
        {"name": "甲", "status": "met", "value": 2.0, "words": "2 达标", "reference": 1.0},
        {"name": "乙", "status": "unreported", "value": None, "words": "未报", "reference": None},
    ]
    axes = drawn(plots.dots(counties, value_name="实际值", target_name="年度目标"))
    points = axes.collections[1].get_offsets()
    assert [bool(each) for each in points.mask[:, 0]] == [False, True]
    assert [text.get_text() for text in axes.texts] == ["2 达标", "未报"]


def test_a_dot_says_in_words_what_its_colour_says(demo):
    picture = Picture(Asked(year=YEAR), User.objects.get(username="leader"))
    choice = Choice.asked(picture, QueryDict(f"form=dot&indicator=P02&year={YEAR}"))
    ((_title, figure),) = figures_of(choice)
    rows = Assessment.objects.filter(indicator="P02", year=YEAR).order_by("area")
    assert [text.split()[-1] for text in figure["data"][1]["text"]] == [str(STATUS_NAMES[row.status]) for row in rows]


def test_a_field_without_a_gap_is_hatched():
    axes = drawn(plots.heat([{"name": "行", "shares": [None, 30.0], "gaps": ["", "+3"]}], ["甲", "乙"], percent="%"))
    assert [bool(field.get_hatch()) for field in axes.patches] == [True, False]
    assert [text.get_text() for text in axes.texts[:2]] == ["–", "+3"]


def test_no_number_at_all_is_drawn_without_a_fault():
    nothing = [{"name": "甲", "value": [None, None]}]
    for draw in (plots.lines, plots.bars):
        figure = free_drawings.figures_sheet([("题", draw([2022, 2023], nothing))])
        assert report_pictures.svg(figure, "题").startswith(b"<?xml")


def test_most_rows_and_areas_fit_into_one_picture():
    many = [{"name": f"地区名称很长的县{place}", "value": [1.0 * place, 2.0]} for place in range(12)]
    for draw in (plots.lines, plots.bars):
        figure = free_drawings.figures_sheet([("题", draw([2022, 2023], many))] * 6)
        assert report_pictures.png(figure).startswith(b"\x89PNG")


def test_a_move_with_a_year_missing_is_no_move_of_zero():
    moves = [
        {"mood": "met", "sides": "1 → 3", "change": "+2"},
        {"mood": "", "sides": "1 → –", "change": None},
        None,
    ]
    (axes,) = free_drawings.moves_sheet([{"name": "行", "moves": moves}], ["甲", "乙", "丙"], "注").axes
    assert [text.get_text() for text in axes.texts] == ["1 → 3 (+2)", "1 → –", "–", "注"]
    assert [bool(field.get_hatch()) for field in axes.patches] == [False, True, True]
