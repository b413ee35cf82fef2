"""What a permission is computed from is changed by administrators alone, while nobody rests on it, and with a word in
the log of what it opened. The first test pulls at everything that the city's staff may change in the back office."""

import pytest
from django import forms
from django.db import transaction

from access.actions import create_token
from accounts.models import AccessToken, Organisation, User
from funding.models import Flow, FundingSource
from journal.models import AuditEntry
from plan.models import WorkItem
from projects.models import Project
from reporting.models import Notice, Part, Responsibility, Submission
from tests.test_admin import MODELS, READ_ONLY, errors_of, form_of, unit, url_of
from tests.test_permissions import QUESTIONS, world  # noqa: F401  (a fixture)

CHANGED = [model for model in MODELS if model._meta.label not in {*READ_ONLY, "accounts.User"}]
EMPTY_AT_FIRST = {"indicators.TargetRule", "reporting.CheckLimit", "identity.PostRule", "identity.ExternalIdentity"}
UNITS = ("HZDRC", "HZ-FINANCE", "330127-DRC", "330127-housing", "330122-housing")


@pytest.fixture
def staff(clients):
    """A member of the city's office with access to the back office, no administrator."""
    User.objects.filter(username="municipal").update(is_staff=True)
    return clients["municipal"]


def rights(world) -> dict:  # noqa: F811
    """What everybody may, asked anew: every question of the table, and the rows that each may see or change."""
    users = {user.pk: user for user in User.objects.select_related("organisation")}
    world = world | {
        "users": {name: users[user.pk] for name, user in world["users"].items()},
        "units": {each.code: each for each in Organisation.objects.all()},
        "item": WorkItem.objects.get(pk=world["item"].pk),
        "part": Part.objects.get(pk=world["part"].pk),
    }
    found = {
        (name, place, login): bool(ask(world, user))
        for name, rows in QUESTIONS.items()
        for place, (ask, _) in enumerate(rows)
        for login, user in world["users"].items()
    }
    queries = (
        Submission.objects.visible_to,
        Notice.objects.visible_to,
        AccessToken.objects.visible_to,
        Project.objects.editable_by,
        Flow.objects.editable_by,
        FundingSource.objects.recordable_by,
    )
    for query in queries:
        for login, user in world["users"].items():
            found[query.__self__.model.__name__, query.__name__, login] = query(user).count()
    return found


def rows_of(model) -> list:
    """The rows whose forms are pulled at: of units one of each kind, else the first."""
    if model is Organisation:
        return list(Organisation.objects.filter(code__in=UNITS))
    return list(model._default_manager.all()[:1])


def pulled(field, value):
    """Another value for the field, or None where none can be thought of."""
    if isinstance(field, forms.BooleanField):
        return None if value else "on"
    if isinstance(field, forms.ChoiceField):
        given = getattr(value, "pk", value)
        others = [str(key) for key, _words in field.choices if str(key) not in {"", str(given)}]
        return others[0] if others else None
    return f"{value or ''}改" if isinstance(field, forms.CharField) else None


def grounds(form) -> dict:
    """Reason and document, where the form asks for them."""
    return {name: "试验" for name in ("reason",) if name in form.fields}


def test_nothing_that_the_city_s_staff_may_change_moves_anybody_s_rights(staff, world):  # noqa: F811
    before, saved = rights(world), []
    for model in CHANGED:
        for row in rows_of(model):
            url = url_of(model, "change", row.pk)
            form = staff.get(url).context["adminform"].form
            for name, field in form.fields.items():
                value = pulled(field, form[name].value())
                with transaction.atomic():
                    answer = staff.post(url, form_of(staff, url) | grounds(form) | ({name: value} if value else {}))
                    if value is not None and answer.status_code == 302:
                        saved.append((model._meta.label, name))
                    now = rights(world)
                    moved = {key: (before[key], now[key]) for key in before if before[key] != now[key]}
                    assert (model._meta.label, name, moved) == (model._meta.label, name, {})
                    transaction.set_rollback(True)
    pulled_at = {label for label, _name in saved}
    assert pulled_at == {model._meta.label for model in CHANGED} - EMPTY_AT_FIRST


@pytest.mark.parametrize(
    "sent", [{"kind": "municipal"}, {"area": "330122"}, {"duty": "教育局二"}, {"code": "HZ-FINANCE"}], ids=str
)
def test_as_it_was_found(staff, sent):
    """A bureau became a unit of the city by its kind, or another county's by its area; its old token then read and
    approved there."""
    one = Organisation.objects.get(code="330127-housing")
    before = Organisation.objects.filter(pk=one.pk).values().get()
    url = url_of(Organisation, "change", one.pk)
    assert staff.post(url, form_of(staff, url) | sent).status_code == 302
    assert Organisation.objects.filter(pk=one.pk).values().get() == before


def test_the_city_s_staff_makes_no_unit(staff):
    sent = {"code": "HZ-NEW", "name": "新单位", "kind": "municipal", "area": "330100", "duty": ""}
    assert staff.get(url_of(Organisation, "add")).status_code == 403
    assert staff.post(url_of(Organisation, "add"), sent).status_code == 403
    assert not Organisation.objects.filter(code="HZ-NEW").exists()


def test_nobody_answers_for_another_county_s_rows(staff):
    duty = Responsibility.objects.get(area="330127", indicator="P02")
    url = url_of(Responsibility, "change", duty.pk)
    refused = staff.post(url, form_of(staff, url) | {"organisation": unit("330122-housing")})
    assert "不是这个地区的单位" in errors_of(refused)
    assert staff.post(url, form_of(staff, url) | {"organisation": unit("330127-health")}).status_code == 302


# By an administrator ---------------------------------------------------------------------------------------


@pytest.fixture
def office(clients):
    return clients["admin"]


@pytest.fixture
def empty(demo):
    """A bureau that nobody and nothing rests on."""
    return Organisation.objects.create(code="330127-new", name="淳安县新局", kind="bureau", area_id="330127")


def change(office, one: Organisation, **sent):
    url = url_of(Organisation, "change", one.pk)
    return office.post(url, form_of(office, url) | sent)


@pytest.mark.parametrize("sent", [{"kind": "municipal"}, {"area": "330122"}], ids=str)
def test_what_people_tokens_or_sheets_rest_on_does_not_move(office, empty, sent):
    person = User.objects.create(username="li", role="bureau", organisation=empty)
    assert "先停用或调离这些账号：li" in errors_of(change(office, empty, **sent))
    User.objects.filter(pk=person.pk).update(is_active=False)
    create_token(name="新局系统", organisation=empty, by=None)
    assert "先作废这些令牌：新局系统" in errors_of(change(office, empty, **sent))
    AccessToken.objects.update(revoked_at="2026-01-01T00:00Z", revoke_reason="停用", revoked_by_name="甲")
    assert change(office, empty, **sent).status_code == 302
    used = Organisation.objects.get(code="330127-health")
    User.objects.filter(organisation=used).update(is_active=False)
    assert "请另建一个单位" in errors_of(change(office, used, **sent))


@pytest.mark.parametrize("rests", ["answers for a row", "types a sheet", "has a task", "has a project"])
def test_each_thing_that_rests_on_a_unit_holds_it_by_itself(office, empty, rests):
    row, name = {
        "answers for a row": (Responsibility.objects.get(area="330127", indicator="P02"), "organisation"),
        "types a sheet": (Part.objects.filter(submission__area="330127").first(), "organisation"),
        "has a task": (WorkItem.objects.filter(area="330127").first(), "responsible"),
        "has a project": (Project.objects.filter(main_area="330127").first(), "organisation"),
    }[rests]
    type(row).objects.filter(pk=row.pk).update(**{name: empty})
    assert "请另建一个单位" in errors_of(change(office, empty, kind="municipal"))
    assert Organisation.objects.get(pk=empty.pk).kind == "bureau"


def test_the_log_says_what_it_opened(office, empty):
    change(office, empty, kind="municipal")
    row = AuditEntry.objects.first()
    assert (row.action, row.old, row.new) == ("edit", {"kind": "bureau"}, {"kind": "municipal"})
    assert row.reason == (
        "开放：看全部地区的报送；审核、退回、重新开放各地区的报送；导入正式表；登记任务、项目和资金；"
        "交办、核实、销号督办事项。"
        "收回：看淳安县的报送；填报本单位负责的指标和项目。"
    )


def test_the_log_says_what_a_person_got(office, demo):
    url = url_of(User, "change", User.objects.get(username="stats").pk)
    office.post(url, form_of(office, url) | {"role": "leader"})
    row = AuditEntry.objects.first()
    assert (row.key, row.new) == ("stats", {"role": "leader"})
    assert row.reason == "开放：看全部地区的报送；交办、核实、销号督办事项。收回：代表杭州市统计局，管理其令牌。"
    sent = {name: value for name, value in form_of(office, url).items() if name != "is_active"}
    office.post(url, sent)
    assert AuditEntry.objects.first().reason == "收回：看全部地区的报送；交办、核实、销号督办事项。"


def test_a_kind_that_was_changed_past_the_back_office_opens_nothing(demo, client):
    """By SQL, a restore, or whatever comes: token and people have less than before, not more."""
    bureau = Organisation.objects.get(code="330127-housing")
    _token, text = create_token(name="x", organisation=bureau, by=None)
    Organisation.objects.filter(pk=bureau.pk).update(kind="municipal")
    answer = client.get("/api/v1/submissions/", headers={"Authorization": f"Bearer {text}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_unit_changed")
    clerk = User.objects.get(username="chunan-housing")
    assert (clerk.own_unit_id, clerk.own_area_code, Submission.objects.visible_to(clerk).count()) == (None, None, 0)
