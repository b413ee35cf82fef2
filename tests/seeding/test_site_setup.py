"""A site from nothing: by page in five steps that can be left and taken up again, and by `init_site`."""

import io
from io import StringIO

import pytest
import yaml
from django.contrib.auth import authenticate
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Organisation, User
from indicators.recomputes.recompute import sweep_pending
from journal.models import AuditEntry
from plan.models import Plan
from reporting.models import Round, Submission
from seeding.plan_files.workbook import write_plan_workbook
from seeding.setup.steps import progress, setup_code
from tests.plans import COUNTY, small_plan, write_plan

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough phrase"
ADMINISTRATOR = {"username": "wang", "full_name": "王敏", "password": PASSWORD, "again": PASSWORD}
OWNER = {
    **{"city_code": "640100", "city_name": "青禾市", "city_name_en": "Qinghe", "code": "QHFGW"},
    **{"name": "青禾市发展委", "name_en": "Qinghe Development Commission"},
}


def step(name):
    return reverse("setup_step", args=[name])


def upload(content, name="file.xlsx"):
    return {"file": SimpleUploadedFile(name, content)}


@pytest.fixture
def administrator(db):
    client = Client()
    client.force_login(User.objects.create_user("wang", role=User.Role.ADMINISTRATOR, is_staff=True))
    return client


def filled_logins(client, rows):
    """The template with logins typed into the rows of their units."""
    content = b"".join(client.get(reverse("setup_template", args=["logins"])))
    book = load_workbook(io.BytesIO(content))
    sheet = book["单位和账号"]
    places = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    for unit, username in rows:
        sheet.cell(places[unit], 6).value = username
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_whole_way_by_page_leaves_a_year_open(db):
    client = Client()
    assert client.get("/accounts/login/").url == reverse("setup")
    assert client.post(reverse("setup"), ADMINISTRATOR).url == step("owner")
    assert client.get(reverse("setup")).url == step("owner")
    assert client.post(step("owner"), OWNER).url == step("plan")
    template = load_workbook(io.BytesIO(b"".join(client.get(reverse("setup_template", args=["plan"])))))
    assert [cell.value for cell in template["方案"][2]][2:5] == ["640100", "QHFGW", "青禾市发展委"]
    assert client.post(step("plan"), upload(write_plan_workbook(small_plan()))).url == step("logins")
    sheet = filled_logins(client, [("640121-PLAN", "yunling"), ("640121-roads", "roads"), ("QHFGW", "city")])
    answer = client.post(step("logins"), upload(sheet))
    passwords = {login.username: login.password for login in answer.context["made"]}
    assert sorted(passwords) == ["city", "roads", "yunling"]
    assert authenticate(username="roads", password=passwords["roads"]).organisation.code == "640121-roads"
    assert client.post(step("year"), {"year": 2021, "due_on": "2022-03-31"}).url == "/"
    assert progress().next_step is None
    assert list(Submission.objects.values_list("area", "round__year")) == [(COUNTY, 2021)]
    sweep_pending()
    for path in ("/", f"/counties/{COUNTY}/", "/reporting/", "/setup/logins/"):
        assert client.get(path).status_code == 200, path
    assert not User.objects.filter(is_demo=True).exists()


def test_everything_is_in_the_log_under_the_administrator(db):
    client = Client()
    client.post(reverse("setup"), ADMINISTRATOR)
    client.post(step("owner"), OWNER)
    client.post(step("plan"), upload(yaml.safe_dump(small_plan(), allow_unicode=True).encode(), "plan.yaml"))
    told = {(row.action, row.subject) for row in AuditEntry.objects.filter(actor__username="wang")}
    assert {("create", "accounts.user"), ("create", "accounts.organisation")} <= told
    assert {("define", "indicators.indicatordefinition"), ("record", "indicators.target")} <= told


def test_a_second_visitor_cannot_become_administrator(administrator):
    assert Client().post(reverse("setup"), {**ADMINISTRATOR, "username": "mallory"}).url.startswith("/accounts/login/")
    assert list(User.objects.values_list("username", flat=True)) == ["wang"]


def test_where_others_reach_the_site_the_first_visitor_has_to_know_the_code(db, settings, tmp_path):
    settings.IS_OWN_MACHINE, settings.VAR_DIR = False, tmp_path
    page = Client().post(reverse("setup"), {**ADMINISTRATOR, "code": "guess"})
    assert "建站码不对" in page.content.decode()
    assert not User.objects.exists()
    assert Client().post(reverse("setup"), {**ADMINISTRATOR, "code": setup_code()}).url == step("owner")
    assert (tmp_path / "setup_code").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("field", "value"), [("password", "short"), ("again", "another"), ("username", "a b")])
def test_a_faulty_administrator_is_refused_and_the_form_keeps_what_was_typed(db, field, value):
    typed = {**ADMINISTRATOR, field: value} | ({"again": value} if field == "password" else {})
    page = Client().post(reverse("setup"), typed)
    assert page.status_code == 200
    assert "王敏" in page.content.decode()
    assert not User.objects.exists()


def test_a_plan_with_faults_names_all_of_them_and_keeps_nothing(administrator):
    data = small_plan()
    data["indicators"][0]["unit"] = ""
    data["targets"][0]["year"] = 2030
    page = administrator.post(step("plan"), upload(yaml.safe_dump(data, allow_unicode=True).encode(), "p.yaml"))
    assert [fault.key for fault in page.context["faults"]] == ["unit", "year"]
    assert not Plan.objects.exists()


def test_a_plan_of_another_owner_than_was_typed_is_refused(administrator):
    administrator.post(step("owner"), {**OWNER, "code": "OTHER"})
    page = administrator.post(step("plan"), upload(write_plan_workbook(small_plan())))
    assert [fault.key for fault in page.context["faults"]] == ["owner.code"]
    administrator.post(step("owner"), OWNER)
    assert administrator.post(step("plan"), upload(write_plan_workbook(small_plan()))).status_code == 302
    assert list(Organisation.objects.filter(kind="municipal").values_list("code", flat=True)) == ["QHFGW"]


def test_what_is_no_workbook_is_refused_in_words(administrator):
    for content in (b"PK not a zip", b"\xff\xfe\xff", b""):
        page = administrator.post(step("plan"), upload(content))
        assert page.status_code == 200
        assert not Plan.objects.exists()


def test_a_workbook_comes_back_as_the_plan_it_was_written_from(tmp_path):
    file = tmp_path / "plan.xlsx"
    file.write_bytes(write_plan_workbook(small_plan()))
    out = StringIO()
    call_command("load_plan", file, "--dry-run", stdout=out)
    assert "target: 2 new" in out.getvalue()
    call_command("check_plan", file, stdout=out)


def test_logins_with_a_fault_make_nobody(administrator, tmp_path):
    call_command("load_plan", write_plan(tmp_path, small_plan()), stdout=StringIO())
    sheet = filled_logins(administrator, [("640121-PLAN", "WANG"), ("640121-roads", "a b")])
    page = administrator.post(step("logins"), upload(sheet))
    assert len(page.context["problems"]) == 2
    assert User.objects.count() == 1


def test_only_administrators_see_the_set_up(demo, login):
    for name, status in (("municipal", 404), ("leader", 404), ("admin", 302)):
        assert login(name).get(reverse("setup")).status_code == status


@pytest.mark.parametrize(
    "path", ["/", "/plan/", "/projects/", "/funding/", "/commitments/", "/reporting/", "/changes/"]
)
def test_without_a_plan_every_page_says_what_comes_first(administrator, path):
    """Those that show something without one answer; the others lead to the set-up, or say who does it."""
    answer = administrator.get(path)
    assert answer.status_code == 200 or answer.url == reverse("setup")
    reader = Client()
    reader.force_login(User.objects.create_user("li", role=User.Role.LEADER))
    answer = reader.get(path)
    assert answer.status_code == 200 or "建站" in answer.content.decode()


# init_site ----------------------------------------------------------------------------------------


def init_site(*words, **more):
    out = StringIO()
    call_command("init_site", *words, stdout=out, **more)
    return out.getvalue()


def test_init_site_does_it_all_in_one_call(db, tmp_path, settings):
    settings.ADMIN_PASSWORD = PASSWORD
    plan, template = write_plan(tmp_path, small_plan()), tmp_path / "logins.xlsx"
    said = init_site("--admin", "wang", "--plan", str(plan), "--logins-template", str(template))
    assert said.splitlines()[-2:] == ["logins: to do, --logins FILE.xlsx", "year: to do, --year YEAR --due DATE"]
    book = load_workbook(template)
    book.active.cell(2, 6).value = "city"
    book.save(template)
    said = init_site("--logins", str(template), "--year", "2021", "--due", "2022-03-31")
    name, _unit, password = said.splitlines()[0].split("\t")
    assert authenticate(username=name, password=password).role == User.Role.MUNICIPAL
    assert authenticate(username="wang", password=PASSWORD).role == User.Role.ADMINISTRATOR
    assert Round.objects.get().year == 2021
    assert {line.partition(": ")[2] for line in said.splitlines()[1:]} == {"done"}


def test_init_site_again_changes_nothing(db, tmp_path, settings):
    settings.ADMIN_PASSWORD = PASSWORD
    plan = str(write_plan(tmp_path, small_plan()))
    init_site("--admin", "wang", "--plan", plan)
    before = AuditEntry.objects.count()
    assert "is there already" in init_site("--admin", "wang", "--plan", plan)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("--admin", "wang"), "ADMIN_PASSWORD"),
        (("--year", "2021"), "go together"),
        (("--plan", "nowhere.yaml"), "打不开"),
        (("--logins", "nowhere.xlsx"), "No such file"),
    ],
)
def test_init_site_refuses_in_words(db, words, cause):
    with pytest.raises(CommandError, match=cause):
        init_site(*words)


def test_an_official_preparation_loads_no_plan_of_another_city(db):
    out = StringIO()
    call_command("prepare", "--official", stdout=out)
    assert not Plan.objects.exists()
    assert "init_site" in out.getvalue()


def test_an_official_preparation_leaves_another_plan_alone(tmp_path):
    call_command("load_plan", write_plan(tmp_path, small_plan()), stdout=StringIO())
    out = StringIO()
    call_command("prepare", "--official", stdout=out)
    assert "is not this site's plan" in out.getvalue()


def test_clearing_the_demonstration_leaves_a_login(demo):
    out = StringIO()
    call_command("load_demo", "--clear", stdout=out)
    password = out.getvalue().splitlines()[-1].removeprefix("Password: ")
    assert authenticate(username="administrator", password=password).role == User.Role.ADMINISTRATOR
    assert not User.objects.filter(is_demo=True).exists()
