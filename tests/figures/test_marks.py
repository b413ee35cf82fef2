"""What is not official says so at its own number; pages without values, targets or records say that."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from indicators.models import Observation, Target
from indicators.recomputes.recompute import sweep_pending
from tests.folding import folded


def cell_of(body: str, area: str, indicator: str, year: int) -> str:
    return re.search(rf'<a data-area="[^"]+" href="/cells/{area}/{indicator}/{year}/.*?</td>', body).group(0)


def heading(body: str) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", body, re.DOTALL).group(1)).strip()


@pytest.fixture
def bare(plan):
    """A login where only the plan is known."""
    client = Client()
    client.force_login(User.objects.create_superuser("first", password="first"))
    return client


def test_a_demonstration_target_is_marked_where_no_value_is(login):
    body = login("municipal").get("/?year=2027").content.decode()
    assert '<span class="demo">97.0</span>' in cell_of(body, "330122", "P02", 2027)
    assert "demo" not in cell_of(body, "330127", "P01", 2027)  # the plan's own 30 %


def test_a_target_whose_year_is_inferred_is_provisional_at_its_number(login):
    client = login("municipal")
    for path in ("/indicators/P04/", "/cells/330122/P04/2025/"):
        assert '100.0<span class="tag">暂定</span>' in client.get(path).content.decode()


def test_a_provisional_target_of_a_certain_indicator_is_marked_in_the_matrix(bare):
    Target.objects.filter(indicator="P01", area="330127").update(year_cite="inferred")
    body = bare.get("/?year=2027").content.decode()
    cells = {area: "暂定" in cell_of(body, area, "P01", 2027) for area in ("330122", "330127", "330182")}
    assert cells == {"330122": False, "330127": True, "330182": False}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "2022年，基期年，没有可以比较的年度目标。"),
        ("/?year=2024", "2024年，没有可以比较的年度目标。"),
        ("/?year=2027", "2027年，20项年度目标都还没有到期，另有40项没有年度目标。"),
        ("/?year=2027&benchmark=standard", "2027年，3项省定标准都还没有到期，另有57项没有省定标准。"),
        ("/?as_of=1999-01-01", "2022年，当时还没有登记任何指标。"),
        ("/counties/330182/?year=2027", "建德市2027年，8项年度目标都还没有到期，另有12项没有年度目标。"),
    ],
)
def test_the_sentence_of_a_year_that_has_nothing_to_judge(bare, path, words):
    assert heading(bare.get(path).content.decode()) == words


def test_the_sentence_and_tiles_name_the_benchmark(login):
    body = login("leader").get("/?year=2024&benchmark=standard").content.decode()
    assert heading(body).startswith("2024年对照省定标准，30项到期指标中")
    assert ("省定标准达标率" in body, "年度目标达标率" in body, "实际 / 省标" in body) == (True, False, True)


def test_a_past_date_knows_only_the_reporting_of_then(login):
    client = login("municipal")
    assert "2025-03-18 通过" in client.get("/?year=2024").content.decode()
    assert "2025-03-18 通过" not in client.get("/?year=2024&as_of=2025-03-17").content.decode()


@pytest.mark.parametrize("path", ["/?as_of=9999-12-31", "/?as_of=0001-01-01", "/changes/audit/?to=9999-12-31"])
def test_the_first_and_the_last_of_all_days_are_days(login, path):
    assert login("admin").get(path).status_code == 200


@pytest.mark.parametrize("written", ["2025-03-17", "2025/3/17", "2025年3月17日", "20250317"])
@pytest.mark.parametrize("path", ["/?year=2024&as_of={}", "/funding/flows/?as_of={}", "/changes/audit/?to={}"])
def test_a_day_is_typed_as_people_write_it(login, path, written):
    answer = login("municipal").get(path.format(written))
    assert answer.status_code == 200
    assert ("2025-03-18 通过" in answer.content.decode()) is False


@pytest.mark.parametrize("written", ["2025-03", "三月", "2025-02-30"])
def test_a_day_that_is_none_is_told(login, written):
    answer = login("municipal").get(f"/?as_of={written}")
    assert answer.status_code == 404
    assert "2025-03-31" in answer.content.decode()


@pytest.mark.parametrize("path", ["/reporting/330127/2031/", "/reporting/330199/2025/"])
def test_a_missing_page_speaks_no_english(login, path):
    body = login("municipal").get(path).content.decode()
    assert "地址可能写错" in body
    assert "matches the given query" not in body


def test_the_cell_has_the_table_of_its_chart(login):
    body = login("stats").get("/cells/330127/P01/2024/").content.decode()
    table = re.search(r'aria-label="逐年数据">.*?</table>', body, re.DOTALL).group(0)
    assert re.findall(r'<a href="/cells/330127/P01/(\d{4})/', table) == [str(y) for y in range(2022, 2028)]
    assert [n for n in ("18.0", "20.2", "22.3", "30.0", "100.0") if n not in table] == []


def test_a_submitted_value_is_told_apart_among_the_inputs(login):
    body = folded(login("municipal").get("/cells/330182/P07/2025/?layer=submitted").content.decode())
    assert re.search(r'<th scope="row">实际值</th><td>.{0,60}</td><td class="word"><span class="unreviewed">', body)
    assert "2025年有" in re.sub(r"<[^>]+>", "", body)


def test_what_was_withdrawn_is_not_called_superseded(demo):
    call_command("load_demo", clear=True)
    sweep_pending()
    client = Client()
    client.force_login(User.objects.create_superuser("first", password="first"))
    fact = Observation.objects.get(area="330127", indicator="P01", year=2024)
    body = client.get("/cells/330127/P01/2024/").content.decode().partition("<main")[2]
    assert (body.count("撤回"), body.count("被替代")) == (3, 0)
    then = client.get(f"/cells/330127/P01/2024/?as_of={fact.recorded_at:%Y-%m-%d}").content.decode()
    then = then.partition("<main")[2]
    assert ("撤回" in then, "现行" in then) == (False, True)


def test_a_shortfall_made_of_demonstration_numbers_says_so(login):
    """P01's of 2027 stands in the plan; P02's and P03's do not."""
    body = login("municipal").get("/plan/").content.decode()
    shown = re.findall(r'<span class="near( demo)?">(−[\d.]+)</span>', body)
    assert [number for mark, number in shown if not mark] == ["−30.0", "−70.0", "−30.0"]
    assert [mark for mark, _ in shown].count(" demo") > 0


def test_the_entry_sheet_marks_the_demonstration_beside_the_inputs(login):
    body = folded(login("chunan-housing").get("/reporting/330127/2025/").content.decode())
    past = re.findall(r'data-label="2024"( class="demo")?>([\d.,–]+)<', body)
    assert {mark for mark, number in past if number != "–"} == {' class="demo"'}
    assert "带下点线的数或判定用到演示数据" in body
    assert re.findall(r'<input class="demo"[^>]* value="([\d.]+)"', body) == ["95.7", "9.6", "812.0"]
