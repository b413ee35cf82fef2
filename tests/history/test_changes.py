"""The change feed and the audit log: who reads what, filters, paging, files."""

import csv
import io
import re
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from accounts.models import User
from areas.models import Area
from figures.words.journal_words import ACTION_NAMES
from indicators.models import Target
from journal.models import AuditEntry, Change
from lib.web import filters
from matters.steps import RULES
from tests.test_docs import ROOT, files

CITY = ("admin", "municipal", "leader")
COUNTY = ("tonglu", "chunan", "jiande", "chunan-health")


def rows_of(response):
    """Numbers of the changes that a page shows."""
    return [line.change.number for line in response.context["lines"]]


@pytest.mark.parametrize("username", [*CITY, *COUNTY, "stats"])
def test_every_login_reads_the_feed(clients, username):
    response = clients[username].get("/changes/")
    assert response.status_code == 200
    assert len(rows_of(response)) == filters.PAGE_SIZE


def test_nobody_reads_nothing(clients):
    for path in ("/changes/", "/changes.csv", "/changes.xlsx", "/changes/audit/"):
        assert clients[None].get(path).status_code == 302


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=revised", {"kind": "revised"}),
        ("kind=revised,approved", {"kind__in": ["revised", "approved"]}),
        ("kind=revised&kind=approved", {"kind__in": ["revised", "approved"]}),
        ("kind=recomputed", {"kind": "recomputed"}),
        ("series=TARGET", {"series": "TARGET"}),
        ("area=330127", {"area": "330127"}),
        ("indicator=P01", {"indicator": "P01"}),
        ("year_from=2026", {"year__gte": 2026}),
        ("year_from=2024&year_to=2025", {"year__range": (2024, 2025)}),
        ("year=2023", {"year": 2023}),
        ("demo=yes", {"is_demo": True}),
        ("demo=no", {"is_demo": False}),
        ("area=330127&indicator=P01&series=TARGET&demo=", {"area": "330127", "indicator": "P01", "series": "TARGET"}),
    ],
)
def test_a_filter_gives_exactly_its_rows(clients, query, expected):
    wanted = Change.objects.filter(**expected).order_by("-at", "-number")
    response = clients["stats"].get(f"/changes/?{query}")
    assert wanted.exists()
    assert response.context["page"].paginator.count == wanted.count()
    assert rows_of(response) == list(wanted.values_list("number", flat=True)[: filters.PAGE_SIZE])


def test_a_past_date_shows_what_was_known_then(clients):
    response = clients["stats"].get("/changes/?as_of=2023-07-03")
    assert "截至" in response.content.decode()
    assert response.context["page"].paginator.count == Change.objects.filter(at__date="2023-07-03").count()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("kind=nothing", "kind 没有“nothing”"),
        ("series=obs", "series 没有“obs”"),
        ("area=330106", "area 没有“330106”"),
        ("indicator=P99", "indicator 没有“P99”"),
        ("year=twenty", "year 应为四位年份"),
        ("year=2019", "year 应在 2022 至 2027 之间"),
        ("year_from=20x4", "year_from 应为四位年份"),
        ("year_from=２０２４", "year_from 应为四位年份"),
        ("year_to=24", "year_to 应为四位年份"),
        ("year_from=2025&year_to=2024", "year_from 不能晚于 year_to"),
        ("from=yesterday", "from 应为日期"),
        ("to=2025-13-01", "to 应为日期"),
        ("from=2025-02-01&to=2025-01-01", "from 不能晚于 to。"),
        ("after=last", "after 应为变更的编号。"),
        ("after=-1", "after 应为变更的编号。"),
        ("demo=1", "demo 没有“1”"),
        ("demo=yes,no", "demo 只能选一个"),
        ("as_of=yesterday", "as_of 应为日期"),
        ("colour=red", "没有名为 colour 的筛选条件"),
        ("page=0", "page 应为 1 至"),
        ("page=999", "page 应为 1 至"),
        ("page=x", "page 应为 1 至"),
    ],
)
def test_what_is_not_understood_is_named(clients, query, words):
    response = clients["stats"].get(f"/changes/?{query}")
    assert response.status_code == 404
    assert words in response.content.decode()


def test_pages_hold_every_change_once_the_newest_first(clients):
    numbers, page = [], 1
    while True:
        response = clients["stats"].get(f"/changes/?page={page}")
        numbers += rows_of(response)
        if not response.context["page"].has_next():
            break
        page += 1
    assert page > 2
    assert numbers == list(Change.objects.order_by("-at", "-number").values_list("number", flat=True))


def test_links_between_pages_keep_the_filters(clients):
    text = clients["stats"].get("/changes/?demo=yes&series=OBS&page=2").content.decode()
    assert "?demo=yes&amp;series=OBS&amp;page=3" in text
    assert "/changes.csv?demo=yes&amp;series=OBS" in text


def test_a_line_says_what_was_and_what_is(clients):
    response = clients["stats"].get("/changes/?kind=revised")
    line = response.context["lines"][0]
    change, text = line.change, response.content.decode()
    assert f"/cells/{change.area_id}/{change.indicator}/{change.year}/" == line.url
    assert line.what == f"{change.area.name} · {line.definition.name} · {change.year}"
    assert line.unit == line.definition.unit
    for shown in (line.old, line.new, line.what, change.reason, change.actor_name, f"第{change.version}版"):
        assert shown in text


def test_a_run_is_one_thin_line(clients):
    line = clients["stats"].get("/changes/?kind=recomputed").context["lines"][0]
    details = line.change.details
    read, changed = details["cells_read"], details["cells_changed"]
    assert line.words == f"读入{read}格，改变{changed}格；全部地区 · 全部指标"


@pytest.mark.parametrize("query", ["", "?kind=revised", "?area=330127&indicator=P02", "?kind=recomputed"])
def test_the_files_hold_the_rows_of_the_page(clients, query):
    wanted = [str(row) for row in clients["stats"].get(f"/changes.csv{query}").content.decode("utf-8-sig").splitlines()]
    table = list(csv.reader(io.StringIO("\n".join(wanted))))
    page = clients["stats"].get(f"/changes/{query}")
    assert [int(row[0]) for row in table[1:]][: filters.PAGE_SIZE] == rows_of(page)
    assert len(table) - 1 == page.context["page"].paginator.count
    book = load_workbook(io.BytesIO(clients["stats"].get(f"/changes.xlsx{query}").content))
    sheet = list(book["changes"].values)
    assert [row[0] for row in sheet[1:]] == [int(row[0]) for row in table[1:]]
    assert list(sheet[0]) == table[0]


def test_numbers_in_the_file_are_those_of_the_feed(clients):
    text = clients["stats"].get("/changes.csv?kind=revised").content.decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text)):
        change = Change.objects.get(number=row["编号"])
        assert (Decimal(row["原值"]), Decimal(row["新值"])) == (change.previous, change.value)
        assert row["理由"] == change.reason


def test_a_file_refuses_what_the_page_refuses(clients):
    assert clients["stats"].get("/changes.csv?kind=nothing").status_code == 404


def test_a_change_of_definition_is_told_in_words(clients):
    Change.objects.create(
        number=10**6,
        at="2099-01-01T00:00:00Z",
        kind="redefined",
        indicator="P02",
        version=2,
        details={"old": {"tolerance": "0.500000", "direction": "1"}, "new": {"tolerance": "1", "direction": "-1"}},
    )
    line = clients["stats"].get("/changes/?kind=redefined").context["lines"][0]
    assert line.pairs == [("方向", "越高越好", "越低越好"), ("容差", "0.5", "1")]
    assert line.content == "方向：越高越好 → 越低越好；容差：0.5 → 1"
    assert line.url == "/indicators/P02/"


# The audit log


@pytest.mark.parametrize("username", CITY)
def test_city_staff_read_the_whole_log(clients, username):
    response = clients[username].get("/changes/audit/")
    assert response.context["page"].paginator.count == AuditEntry.objects.count()


@pytest.mark.parametrize("username", COUNTY)
def test_a_county_reads_its_own_rows_only(clients, username):
    own = User.objects.get(username=username).own_area_code
    page, seen = 1, []
    while True:
        response = clients[username].get(f"/changes/audit/?page={page}")
        seen += [line.entry for line in response.context["lines"]]
        for other in Area.objects.counties().exclude(code=own):
            assert other.name not in "".join(line.what for line in response.context["lines"])
        if not response.context["page"].has_next():
            break
        page += 1
    assert {entry.area_id for entry in seen} == {own}
    assert len(seen) == AuditEntry.objects.filter(area=own).count()


def test_another_county_is_out_of_scope(clients):
    assert clients["tonglu"].get("/changes/audit/?area=330122").status_code == 200
    response = clients["tonglu"].get("/changes/audit/?area=330127")
    assert response.status_code == 404
    assert "淳安" not in response.content.decode().partition("<main")[2]


def test_a_department_has_no_log(clients):
    assert clients["stats"].get("/changes/audit/").status_code == 404
    assert "/changes/audit/" not in clients["stats"].get("/changes/").content.decode()
    assert "/changes/audit/" in clients["tonglu"].get("/changes/").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("actor=系统", {"actor_name__contains": "系统"}),
        ("action=define", {"action": "define"}),
        ("action=open_year,approve_year", {"action__in": ["open_year", "approve_year"]}),
        ("area=330127", {"area": "330127"}),
    ],
)
def test_a_filter_of_the_log_gives_exactly_its_rows(clients, query, expected):
    wanted = AuditEntry.objects.filter(**expected)
    response = clients["municipal"].get(f"/changes/audit/?{query}")
    assert wanted.exists()
    assert response.context["page"].paginator.count == wanted.count()


def test_dates_of_the_log_are_days_of_shanghai(clients):
    client = clients["municipal"]  # whose login is in the log
    AuditEntry.objects.update(at="2026-03-01T15:59:00Z")
    last = AuditEntry.objects.first()
    AuditEntry.objects.filter(pk=last.pk).update(at="2026-03-01T16:00:00Z")

    def count(query):
        return client.get(f"/changes/audit/?{query}").context["page"].paginator.count

    assert count("from=2026-03-02") == 1
    assert count("from=2026-03-01") == AuditEntry.objects.count()
    assert count("to=2026-03-01") == AuditEntry.objects.count() - 1
    assert count("from=2026-03-02&to=2026-03-02") == 1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("action=nothing", "action 没有“nothing”"),
        ("from=soon", "from 应为日期"),
        ("from=2026-03-02&to=2026-03-01", "from 不能晚于 to"),
        ("colour=red", "没有名为 colour 的筛选条件"),
        ("page=99999", "page 应为 1 至"),
    ],
)
def test_what_the_log_does_not_understand_is_named(clients, query, words):
    response = clients["municipal"].get(f"/changes/audit/?{query}")
    assert response.status_code == 404
    assert words in response.content.decode()


def test_the_log_speaks_in_words(clients):
    response = clients["municipal"].get("/changes/audit/?action=record&area=330122")
    line = response.context["lines"][0]
    area, indicator, year = line.entry.key.split("/")
    assert line.what.startswith("桐庐县 · ")
    assert line.what.endswith(f" · {year}")
    assert (line.action, line.pairs[0][0]) == ("登记数值", "数值")
    text = response.content.decode()
    for raw in ("{&#x27;", "&quot;value", "None", "indicators.", ">record<"):
        assert raw not in text


def test_every_action_has_its_words():
    """Whoever logs a new action names it in `figures.words.journal_words.ACTION_NAMES`."""
    rooms = [name for name in files() if name.endswith(".py") and not name.startswith(("tests/", "tools/"))]
    code = "".join((ROOT / name).read_text(encoding="utf-8") for name in rooms)
    logged = set(re.findall(r'log_audit\(\s*action="(\w+)"', code))
    logged |= set(re.findall(r'_log\(\s*"(\w+)", ', code))
    logged |= {f"matter_{step}" for step in RULES}
    assert sorted(logged - set(ACTION_NAMES)) == []


# Queries


@pytest.mark.parametrize(
    ("username", "path", "count"),
    [
        ("municipal", "/changes/", 8),
        ("municipal", "/changes/?kind=revised", 8),
        ("municipal", "/changes.csv", 7),  # one of them notes the download in the log
        ("municipal", "/changes/audit/", 8),
        ("tonglu", "/changes/audit/", 8),
    ],
)
def test_queries_are_pinned(clients, django_assert_num_queries, username, path, count):
    client = clients[username]
    with django_assert_num_queries(count):
        assert client.get(path).status_code == 200


def test_more_rows_ask_no_more_queries(clients, django_assert_num_queries):
    assert Target.objects.count() > filters.PAGE_SIZE
    client = clients["municipal"]
    for query in ("?series=TARGET", "?kind=recomputed"):
        with django_assert_num_queries(8):
            client.get(f"/changes/{query}")


@pytest.mark.parametrize("bound", ["from=0001-01-01", "to=9999-12-31", "from=0001-01-01&to=9999-12-31"])
def test_the_first_and_the_last_of_all_days_are_days(login, bound):
    client = login("municipal")
    everything = client.get("/changes/audit/").content.count(b"<tr")
    assert client.get(f"/changes/audit/?{bound}").content.count(b"<tr") == everything
