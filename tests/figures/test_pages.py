"""Every page as every role: who sees what, in how many queries, how large, and that it says what is stored."""

import csv
import io
import re
from cProfile import Profile
from decimal import Decimal
from pstats import Stats

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from figures.templatetags.display import STATUS_NAMES
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, Observation, Versioned
from journal.models import PendingRecompute
from tests.folding import folded

ROLES = ["admin", "municipal", "leader", "tonglu", "chunan", "jiande", "chunan-health", "stats"]
PAGES = {  # with the number of queries, session and user included
    "/": 31,  # 9 of them count what waits for this reader, kept until the data change; one is for the counties together
    "/counties/330127/": 20,  # 7 of them read the past of all places, which is kept until it changes
    "/compare/": 10,  # one for the counties together
    "/indicators/": 9,
    "/indicators/P02/": 18,
    "/cells/330127/P02/2024/": 23,  # 7 as on the county's page, one for the open year
}
MOST_STEPS = 178_000  # of the overview made anew; 170,000 when this was written
FILES = ["/overview", "/counties/330122", "/indicators", "/indicators/P01"]
MISSING = [
    "/counties/330108/",
    "/counties/nowhere/",
    "/indicators/P99/",
    "/cells/330127/P99/2024/",
    "/cells/330108/P02/2024/",
    "/cells/330127/P02/2031/",
    "/?year=2031",
    "/?year=soon",
    "/?benchmark=gdp",
    "/?layer=secret",
    "/?as_of=yesterday",
    "/counties/330108.csv",
    "/indicators/P99.xlsx",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_role_opens_every_page(login, role, path):
    assert login(role).get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/overview.csv"])
def test_nobody_sees_nothing(clients, path):
    response = clients[None].get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_404_in_plain_words(login, path):
    response = login("municipal").get(path)
    assert response.status_code == 404
    assert "回到总览" in response.content.decode()


@pytest.mark.parametrize(("path", "number"), PAGES.items())
def test_query_count_is_pinned(login, path, number):
    client = login("municipal")
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    assert len(queries) == number, [q["sql"][:90] for q in queries]


def test_overview_is_small_and_takes_few_steps(login):
    """Calls of functions, not seconds: a busy machine needs several times the processor time for the same steps."""
    client = login("municipal")
    client.get("/")
    profile = Profile()
    body = profile.runcall(client.get, "/").content
    assert len(body) < 120_000
    assert Stats(profile).total_calls < MOST_STEPS


def test_matrix_has_sixty_cells_each_linked_to_its_reason(login):
    body = login("municipal").get("/?year=2024").content.decode()
    links = re.findall(r'<td class="cell (\w+)"><a data-area="[^"]+" href="/cells/(\d+)/(\w+)/2024/', body)
    shown = {(area, indicator): status for status, area, indicator in links}
    stored = Assessment.objects.filter(year=2024).values_list("area_id", "indicator_id", "status")
    assert shown == {(area, indicator): status for area, indicator, status in stored}
    assert len(links) == 60


def test_sentence_counts_what_is_stored(login):
    body = login("leader").get("/?year=2024").content.decode()
    heading = re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", body, re.DOTALL).group(1))
    count = {name: Assessment.objects.filter(year=2024, status=name).count() for name in ("met", "near", "behind")}
    unmet = f"{count['behind']}项滞后、{count['near']}项接近、2项未报"
    assert heading == f"2024年60项到期目标，{count['met']}项达标；{unmet}。"


def test_default_year_is_the_latest_that_all_counties_had_approved(login):
    body = login("municipal").get("/").content.decode()
    assert re.findall(r'aria-current="true">\s*<b>(\d+)</b>', body) == ["2024"]


def test_years_with_values_stand_beside_the_heading_and_the_others_in_the_foot(login):
    body = login("municipal").get("/").content.decode()
    cards = re.search(r'<nav class="year-cards".*?</nav>', body, re.DOTALL).group(0)
    foot = re.search(r'<footer class="foot">.*?</footer>', body, re.DOTALL).group(0)
    assert re.findall(r"<b>(\d{4})</b>", cards) == ["2023", "2024", "2025"]
    assert re.findall(r'href="\?year=(\d{4})"', foot) == ["2022", "2026", "2027"]
    met = Assessment.objects.filter(year=2024, status="met").count()
    assert (f"{met}/60 达标" in cards, "1/3 已通过" in cards) == (True, True)


def test_standard_benchmark_judges_by_the_standard(login):
    body = login("municipal").get("/?year=2024&benchmark=standard").content.decode()
    links = re.findall(r'<td class="cell (\w+)"><a data-area="[^"]+" href="/cells/(\d+)/(\w+)/2024/\?([^"]*)"', body)
    stored = Assessment.objects.filter(year=2024).values_list("area_id", "indicator_id", "standard_status")
    assert {(area, code): status for status, area, code, _ in links} == {(a, i): status for a, i, status in stored}
    assert {tail for *_, tail in links} == {"year=2024&amp;benchmark=standard"}  # the filters go along


def test_thirty_minute_circle_shows_the_standard_shortfall_of_2027(login):
    body = login("municipal").get("/?year=2027").content.decode()
    cells = re.findall(r'href="/cells/(\d+)/P01/2027/.*?</td>', body, re.DOTALL)
    assert cells == ["330122", "330127", "330182"]
    shortfalls = re.findall(r"/cells/\d+/P01/2027/[^§]*?目标差省标 (−\d+\.\d)", body.replace("</td>", "§"))
    assert shortfalls == ["−30.0", "−70.0", "−30.0"]


def test_provisional_and_demonstration_are_marked(login):
    body = login("municipal").get("/").content.decode()
    rows = re.findall(r'<th scope="row">\s*<a href="/indicators/(\w+)/', body)
    assert len(rows) == 20
    provisional = [r for r in rows if "暂定" in re.search(rf"/indicators/{r}/.*?</th>", body, re.DOTALL).group(0)]
    assert sorted(set(rows) - set(provisional)) == ["P01", "P02", "P03"]
    assert "演示数据" in body


def test_stale_mark_while_work_is_pending(login):
    client = login("municipal")
    assert "正在重算" not in client.get("/").content.decode()
    PendingRecompute.objects.create(area_id="330127", indicator="P02")
    assert "正在重算" in client.get("/").content.decode()


def test_a_past_date_shows_the_versions_of_then(login):
    client = login("municipal")
    then = client.get("/cells/330122/P16/2023/?as_of=2024-09-11").content.decode()
    now = client.get("/cells/330122/P16/2023/").content.decode()
    assert ("回到现在" in then, "回到现在" in now) == (True, False)
    then, now = folded(then), folded(now)
    value = r'<th scope="row">实际值</th><td class="demo">([\d.]+)</td>'
    assert (re.findall(value, then), re.findall(value, now)) == (["51.0"], ["51.6"])


def test_cell_page_explains_in_chinese(login):
    body = login("chunan-housing").get("/cells/330127/P02/2024/").content.decode()
    sentences = re.findall(r"<li>([^<]+)</li>", body[body.index('class="explanation"') :])
    assert "93.4" in sentences[0]
    assert all(re.search("[\u4e00-\u9fff]", sentence) for sentence in sentences)
    assert "淳安县住房城乡建设局" in body


def test_a_new_value_is_on_the_page_after_the_sweep(login, django_capture_on_commit_callbacks):
    grounds = Grounds(by=None, via=Versioned.Via.IMPORT, reason="更正")
    with django_capture_on_commit_callbacks(execute=True):
        record_facts(Observation, [FactRow("330127", "P02", 2024, Decimal("95.1"))], grounds=grounds)
    body = login("municipal").get("/?year=2024").content.decode()
    assert re.findall(r'<td class="cell (\w+)"><a data-area="[^"]+" href="/cells/330127/P02/2024/', body) == ["met"]


@pytest.mark.parametrize("stem", FILES)
def test_files_hold_the_same_table(login, stem):
    client = login("stats")
    text = client.get(f"{stem}.csv").content
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{stem}.xlsx").content))
    sheet = [["" if c is None else c for c in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert [[_text(value) for value in row] for row in sheet] == [[_text(value) for value in row] for row in rows]
    assert len(rows) > 15


def _text(value):
    """Numbers compare as numbers, whatever the file wrote them as."""
    try:
        return float(f"{float(value):.12g}")  # a workbook keeps 16 digits
    except ValueError:
        return value


def test_exported_numbers_are_those_stored(login):
    text = login("stats").get("/overview.csv?year=2024").content.decode("utf-8-sig")
    rows = {(r["区划代码"], r["指标代码"]): r for r in csv.DictReader(io.StringIO(text))}
    stored = {(a.area_id, a.indicator_id): a for a in Assessment.objects.filter(year=2024)}
    rows = {key: row for key, row in rows.items() if key[0] != "330100"}  # the counties taken together are not judged
    assert rows.keys() == stored.keys()
    assert {k: r["差距"] for k, r in rows.items()} == {
        k: "" if a.gap is None else str(a.gap) for k, a in stored.items()
    }
    statuses = {key: str(STATUS_NAMES[a.status]) for key, a in stored.items()}
    assert {key: row["状态"] for key, row in rows.items()} == statuses


def test_login_refuses_plainly_and_keeps_the_name(clients):
    response = clients[None].post("/accounts/login/", {"username": "tonglu", "password": "wrong"})
    body = response.content.decode()
    assert response.status_code == 200
    assert "用户名或密码不对" in body
    assert 'value="tonglu"' in body


def test_content_policy(login):
    policy = dict(part.strip().split(" ", 1) for part in login("stats").get("/")["Content-Security-Policy"].split(";"))
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self' 'unsafe-inline'")
