"""An official site, by page alone: set up without the demonstration, the whole official workbook imported, what is left
of our own reading confirmed with its document. Then no page calls anything provisional."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import IndicatorDefinition
from indicators.recomputes.recompute import sweep_pending
from planning.confirming import open_facts, open_points
from reporting.models import Round
from tests.pages import PAGES

MARK = "暂定"
DOCUMENT, REASON = "杭发改〔2026〕1号", "市政府常务会议审定印发"
ROLES = {"admin": "administrator", "municipal": "municipal", "leader": "leader", "stats": "department"}
OF_MADE_THINGS = re.compile(r"\{(?!source)\w+\}|/peers/")  # what this site has none of


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def filled_tables() -> bytes:
    """The template as it is downloaded, every county's target of every row and year typed in."""
    client = logged_in("municipal")
    book = load_workbook(io.BytesIO(b"".join(client.get("/imports/plan.xlsx"))))
    rows = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    sheet = book["年度目标"]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    years = [(int(name[:4]), column) for name, column in heads.items() if re.fullmatch(r"202[3-7]年", name)]
    for row in range(2, sheet.max_row + 1):
        code = sheet.cell(row, heads["指标代码"]).value
        for year, column in years if code else ():
            if sheet.cell(row, column).value is None:
                sheet.cell(row, column).value = _target(rows[code], year)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _target(row, year):
    high = float(row.upper_bound) if row.upper_bound is not None else 90
    return high if row.indicator_id not in ("P15", "P10") else 2


def observations() -> bytes:
    lines = ["area,indicator,year,value"]
    for area in Area.objects.counties():
        for row in IndicatorDefinition.objects.as_of():
            for year in range(2022, 2027):
                if not (row.kind == "cumulative" and year == 2022):
                    lines.append(f"{area.code},{row.indicator_id},{year},{2 if row.indicator_id == 'P10' else 50}")
    return "\n".join(lines).encode()


def logged_in(name) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def send(client, content, kind, name):
    data = {"kind": kind, "file": SimpleUploadedFile(name, content), "document": DOCUMENT, "reason": REASON}
    preview = client.get(client.post("/imports/", data).url)
    assert preview.context["counts"]["refused"] == 0, [str(line) for line in preview.context["groups"]][:3]
    hidden = dict(re.findall(r'name="(fingerprint|once)" value="([^"]+)"', preview.content.decode()))
    answer = client.post(preview.wsgi_request.path, hidden)
    assert answer.status_code == 302, answer.content.decode()[-2000:]


def a_site(plan):
    """The logins of tests/pages.py in a site without the demonstration."""
    units = {unit.code: unit for unit in Organisation.objects.all()}
    for name, role in ROLES.items():
        unit = units["HZ-STATS" if name == "stats" else "HZDRC"]
        User.objects.create_user(name, role=role, organisation=unit, is_staff=role in ("administrator", "municipal"))
    for code, name in (("330122", "tonglu"), ("330127", "chunan"), ("330182", "jiande")):
        for unit in Organisation.objects.filter(area=code):
            bureau = unit.code.partition("-")[2]
            is_county = unit.kind == "county"
            role = User.Role.COUNTY if is_county else User.Role.BUREAU
            User.objects.create_user(name if is_county else f"{name}-{bureau}", role=role, organisation=unit)


@pytest.fixture
def official(plan, django_capture_on_commit_callbacks):
    a_site(plan)
    with django_capture_on_commit_callbacks(execute=True):
        send(logged_in("municipal"), filled_tables(), "plan", "正式表.xlsx")
        send(logged_in("admin"), observations(), "observations", "数值.csv")
    sweep_pending()


EXPLAINED = {"guide", "guide_api", "problem", "problems"}  # what the words of the site mean
OF_NOTHING = {"thing"}  # of what this site has none of


def marked(pages=PAGES) -> dict[str, list[str]]:
    """Those of the pages that call something provisional, with the words around it."""
    found, clients = {}, {}
    for name in pages.keys() - EXPLAINED - OF_NOTHING:
        for username, path in PAGES[name]:
            if username is None or OF_MADE_THINGS.search(path):
                continue
            client = clients.setdefault(username, logged_in(username))
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            body = answer.content.decode()
            if MARK in body:
                found[path] = [body[at.start() - 80 : at.end() + 20] for at in re.finditer(MARK, body)][:3]
    return found


def test_a_site_in_which_no_year_was_opened_says_what_comes_first_and_who_does_it(plan):
    a_site(plan)
    told = "还没有开放过报送年度：先由杭州市发展和改革委员会或管理员开放一年"
    for name, may in (("admin", True), ("municipal", True), ("leader", False), ("chunan", False)):
        page = logged_in(name).get("/").content.decode()
        assert (name, told in page, "/reporting/#open-year" in page) == (name, True, may)
    progress = logged_in("municipal").get("/reporting/progress/").content.decode()
    assert "还没有开放过报送年度，由市里在“报送”页开放。" in progress
    assert "0年" not in progress.partition("<h1>")[2].partition("</h1>")[0]
    client = logged_in("municipal")
    assert 'id="open-year"' in client.get("/reporting/").content.decode()
    client.post(reverse("new_round"), {"year": 2025, "due_on": "2026-12-31"})
    assert "还没有开放过报送年度" not in client.get("/").content.decode()
    assert "2025年报送" in client.get("/reporting/progress/").content.decode()


def confirm(client, points, **more):
    data = {"point": points, "document": DOCUMENT, "reason": REASON} | more
    return client.post(reverse("confirm_plan"), data)


def test_the_whole_official_workbook_and_one_confirmation_leave_no_mark(official):
    assert len(marked({"plan": 1, "commitments": 1, "funding": 1, "number_rules": 1, "county": 1})) >= 4
    client = logged_in("municipal")
    client.post(reverse("new_round"), {"year": 2025, "due_on": "2026-12-31"})
    assert Round.objects.get().year == 2025
    page = client.get(reverse("confirm_plan"))
    assert open_facts() == dict.fromkeys(("indicators", "targets", "standards", "values"), 0)
    keys = [point.key for kind in page.context["kinds"] for point in kind.points]
    assert confirm(client, keys).status_code == 302
    assert open_points() == []
    assert marked() == {}
