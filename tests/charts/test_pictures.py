"""Charts that leave: each in every kind, in its frame, the same bytes for the same numbers, whatever names hold."""

import csv
import io
import struct
import threading
from xml.etree import ElementTree

import pytest
from django.utils.translation import override
from matplotlib.figure import Figure

from accounts.models import User
from charts import drawings, pictures
from charts.maps import AreaMap
from figures.asked import Asked
from figures.picture import Picture
from figures.templatetags.display import shown
from indicators.models import Assessment, IndicatorDefinition

pytestmark = pytest.mark.django_db
CHARTS = ("map/P02", "path/330127/P02", "gaps/330127", "status", "explore", "compare")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def client(demo, login):
    return login("leader")


def rows(client, address):
    body = client.get(address).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.parametrize("chart", CHARTS)
def test_each_is_a_drawing_in_two_kinds_the_same_for_the_same_numbers(client, chart):
    address = f"/charts/{chart}.svg?year=2024"
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) > 20
    assert client.get(address).content == answer.content
    picture = client.get(f"/charts/{chart}.png?year=2024").content
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert width == 992  # 6.2 inches
    assert height > 300


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_each_gives_its_numbers(client, chart, kind):
    answer = client.get(f"/charts/{chart}.{kind}?year=2024")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith(f'.{kind}"')


@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "三级医院数（个）"), ("en", "三级医院数 (number)")])
def test_a_heading_has_one_pair_of_brackets(language, heading):
    with override(language):
        assert pictures.with_unit("三级医院数", str(shown("个"))) == heading


def test_the_numbers_are_the_official_ones(client):
    found = {row["年份"]: row["实际值"] for row in rows(client, "/charts/path/330127/P02.csv")}
    official = Assessment.objects.filter(area="330127", indicator="P02").values_list("year", "value")
    assert {year: float(value) for year, value in found.items() if value} == {
        str(year): value for year, value in official if value is not None
    }
    gaps = {row["指标代码"]: row["差距（正为好于基准）"] for row in rows(client, "/charts/gaps/330127.csv?year=2024")}
    judged = Assessment.objects.filter(area="330127", year=2024).values_list("indicator", "gap")
    assert {code: float(gap) if gap else None for code, gap in gaps.items()} == dict(judged)
    counted = rows(client, "/charts/status.csv?year=2024")
    met = Assessment.objects.filter(area="330122", year=2024, status="met").count()
    assert (counted[0]["地区"], counted[0]["达标"]) == ("桐庐县", str(met))


def framed(user, **asked):
    picture = Picture(Asked(**asked), User.objects.get(username=user))
    chart = pictures.path_chart(picture, picture.county("330127"), picture.definition("P02"), "?benchmark=standard")
    return chart.frame(f"http://localhost{chart.page}")


def test_a_picture_does_not_speak_of_lines_below_its_numbers(demo):
    """One target of the row is not demonstration data: a page marks the others by a line, a picture names them."""
    picture = Picture(Asked(year=2024), User.objects.get(username="leader"))
    chart = pictures.path_chart(picture, picture.county("330182"), picture.definition("P07"), "")
    lines = "\n".join(chart.frame("http://localhost/").lines)
    assert "本图的年度目标里有演示数据" in lines
    assert "下点线" not in lines


def test_the_frame_says_whose_of_when_how_official_and_where(demo):
    frame = framed("leader", year=2024)
    assert frame.title == "淳安县 · 污水集中处理率（%）"
    source, *marks, address = frame.lines
    assert source.startswith("来源：杭州市发展和改革委员会，")
    assert "的官方数" in source
    assert any(mark.startswith("本图的实际值") and "演示数据" in mark for mark in marks)
    assert address == "http://localhost/cells/330127/P02/2024/?benchmark=standard"


def test_unapproved_numbers_are_called_so(demo):
    assert "含未审核的数" in framed("municipal", year=2025, layer="submitted").lines[0]


@pytest.mark.parametrize("name", ["比例 $\\frac$ 测试", "<b>&\"'", "𠮷" * 30, "‮倒" * 9, "x" * 100, "a\tb c"])
def test_names_of_any_kind_are_drawn(client, name):
    IndicatorDefinition.objects.filter(indicator="P02").update(name=name)
    for chart in CHARTS:
        answer = client.get(f"/charts/{chart}.svg?year=2024")
        assert answer.status_code == 200
        ElementTree.fromstring(answer.content)


def test_a_long_line_is_broken_and_nothing_of_it_lost():
    text = "本图的实际值、年度目标、省定标准全部是演示数据，" * 9 + "http://localhost/" + "a" * 300
    lines = drawings._wrapped(text, 128)
    assert "".join(lines).replace(" ", "") == text
    assert all(sum(2 if ord(each) > 0x2E80 else 1 for each in line) <= 128 for line in lines)


def test_several_at_once_are_each_what_they_are_alone(demo):
    picture = Picture(Asked(year=2024), User.objects.get(username="leader"))
    shown = AreaMap.asked(picture, {"indicator": "P02"})
    charts = [pictures.map_chart(picture, shown, ""), pictures.gaps_chart(picture, picture.counties[0], "")]
    frames = [chart.frame(f"http://localhost{chart.page}") for chart in charts]
    alone = [drawings.drawn(chart.draw, frame, "svg") for chart, frame in zip(charts, frames, strict=True)]
    found = {}

    def draw(place):
        found[place] = drawings.drawn(charts[place % 2].draw, frames[place % 2], "svg")

    threads = [threading.Thread(target=draw, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] == alone[place % 2] for place in range(8)] == [True] * 8


def test_one_draws_at_a_time_for_the_library_is_not_made_for_several():
    """The second begins only when the first has its file: fonts and pens of matplotlib are one process's own."""
    has_begun, may_go_on, order = threading.Event(), threading.Event(), []

    def make(name):
        def drawing():
            order.append(f"{name} begins")
            has_begun.set()
            assert may_go_on.wait(20)
            order.append(f"{name} ends")
            return Figure(figsize=(2, 1))

        return drawing

    frame = drawings.Frame("A picture", ["a line"])
    threads = [threading.Thread(target=drawings.drawn, args=(make(name), frame, "svg")) for name in ("one", "two")]
    threads[0].start()
    assert has_begun.wait(20)
    threads[1].start()
    threads[1].join(0.3)  # time enough to begin, were it let
    may_go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["one begins", "one ends", "two begins", "two ends"]


def test_a_browser_that_has_it_is_told_so_without_drawing(client, monkeypatch):
    address = "/charts/gaps/330127.png?year=2024"
    tag = client.get(address)["ETag"]

    def never(*_args):
        raise AssertionError("drawn again")

    monkeypatch.setattr(drawings, "drawn", never)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        "/charts/map/X9.png",
        "/charts/path/999999/P02.png",
        "/charts/path/330127/X9.svg",
        "/charts/gaps/330100.svg",
        "/charts/status.pdf",
        "/charts/status.png?year=abc",
    ],
)
def test_what_there_is_not_is_not_found(client, address):
    assert client.get(address).status_code == 404
