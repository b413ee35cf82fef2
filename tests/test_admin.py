"""The back office: who gets in, that it opens in Chinese, and that nothing it writes is lost or unaccounted for."""

import re
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, User
from areas.models import Area
from commitments.models import Commitment
from funding.models import FundingSource
from identity.models import ExternalIdentity, PostRule
from indicators.back_office.versioned_admin import JUDGED_NAMES
from indicators.labels import OUTLOOK_NAMES, STATUS_NAMES
from indicators.models import Assessment, Indicator, IndicatorDefinition, Observation, Standard, Target, TargetRule
from journal.models import AuditEntry, Change, PendingRecompute
from plan.models import Chapter, Milestone, Plan, PolicyDocument
from reporting.models import CheckLimit

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
READ_ONLY = {
    "indicators.Observation",
    "journal.AuditEntry",
    "journal.Change",
    "projects.Project",
    "projects.ProjectAmount",
}
NOT_ADDED = READ_ONLY | {"plan.Plan"}
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
ENGLISH = re.compile(r">\s*(Save|Add|Change|Delete|Home|History|Search|Filter|Yes|No|All|By)\b")


def url_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def office(clients):
    return clients["admin"]


@pytest.fixture
def municipal(clients):
    """A member of the city office who was given the back office."""
    User.objects.filter(username="municipal").update(is_staff=True)
    return clients["municipal"]


def form_of(client, url):
    """What a browser would send back unchanged."""
    form = client.get(url).context["adminform"].form
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def errors_of(response):
    assert response.status_code == 200
    return " ".join(text for texts in response.context["adminform"].form.errors.values() for text in texts)


# Who gets in


@pytest.mark.parametrize("username", ["municipal", "leader", "tonglu", "chunan-health", "stats"])
def test_others_do_not_get_in(clients, username):
    for path in ["/admin/", *(url_of(model, "changelist") for model in MODELS)]:
        response = clients[username].get(path)
        assert (response.status_code, response["Location"]) == (302, f"/admin/login/?next={path}")


def test_nobody_is_sent_to_the_login(clients):
    response = clients[None].get("/admin/")
    assert response.status_code == 302
    assert "login" in response["Location"]


@pytest.mark.parametrize("username", ["leader", "tonglu", "stats"])
def test_the_staff_mark_alone_opens_nothing(clients, username):
    User.objects.filter(username=username).update(is_staff=True)
    for model in MODELS:
        assert clients[username].get(url_of(model, "changelist")).status_code == 403


def test_the_city_office_keeps_reference_data_but_no_accounts(municipal):
    assert municipal.get("/admin/").status_code == 200
    refused = {m._meta.label for m in MODELS if municipal.get(url_of(m, "changelist")).status_code == 403}
    assert refused == {"accounts.User", "identity.ExternalIdentity", "identity.PostRule"}


# Every page


def test_what_is_there():
    assert {model._meta.label for model in MODELS} == {
        "accounts.Organisation",
        "indicators.TargetRule",
        "accounts.User",
        "areas.Area",
        "commitments.Commitment",
        "funding.FundingSource",
        "identity.ExternalIdentity",
        "identity.PostRule",
        "indicators.ContextFigure",
        "indicators.IndicatorDefinition",
        "indicators.KnownShortfall",
        "indicators.Observation",
        "indicators.Standard",
        "indicators.Target",
        "journal.AuditEntry",
        "journal.Change",
        "plan.Chapter",
        "plan.Field",
        "plan.GovernanceBody",
        "plan.Milestone",
        "plan.Plan",
        "plan.PolicyDocument",
        "projects.Project",
        "projects.ProjectAmount",
        "reporting.CheckLimit",
        "reporting.Responsibility",
    }


def test_the_front_page_is_in_chinese(office):
    text = office.get("/admin/").content.decode()
    for words in ("县城城镇化建设监测 · 后台管理", "单位和账号", "指标、目标和标准", "变更和日志", "责任分工"):
        assert words in text
    assert not ENGLISH.search(text)


@each_model
def test_every_list_and_form_opens_in_chinese(office, model):
    row = model._default_manager.first() or Chapter.objects.first()
    pages = [url_of(model, "changelist"), url_of(model, "change", row.pk), url_of(model, "history", row.pk)]
    if model._meta.label not in NOT_ADDED:
        pages.append(url_of(model, "add"))
    for page in pages:
        response = office.get(page, follow=True)
        text = response.content.decode()
        assert response.status_code == 200
        assert '<html lang="zh-hans"' in text
        assert not ENGLISH.search(text)
        assert "<script>" not in text


@each_model
def test_nothing_is_ever_deleted(office, model):
    CheckLimit.objects.create(indicator_id="P02", max_yearly_change=5)  # which start empty
    PostRule.objects.create(directory_unit="某局", role="leader")
    row = {"area_id": "330122", "indicator_id": "P02", "kind": "keep", "first_year": 2023, "last_year": 2027}
    TargetRule.objects.create(**row, version=1, recorded_at=timezone.now(), recorded_via="edit")
    leader = User.objects.get(username="leader")
    ExternalIdentity.objects.create(user=leader, provider="ldap", subject="1", linked_at=timezone.now())
    row = model._default_manager.first()
    assert office.get(url_of(model, "delete", row.pk)).status_code == 403
    assert office.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    office.post(url_of(model, "changelist"), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("label", sorted(NOT_ADDED))
def test_what_comes_another_way_is_not_added(office, label):
    model = next(model for model in MODELS if model._meta.label == label)
    assert office.get(url_of(model, "add")).status_code == 403


@pytest.mark.parametrize("label", sorted(READ_ONLY))
def test_what_is_read_only_is_not_written(office, label):
    model = next(model for model in MODELS if model._meta.label == label)
    row = model._default_manager.first()
    assert office.post(url_of(model, "change", row.pk), {}).status_code == 403


@each_model
def test_lists_ask_no_query_for_each_row(office, model, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        assert office.get(url_of(model, "changelist")).status_code == 200


# Definitions: an edit is a new version


@pytest.fixture
def definition(demo):
    return IndicatorDefinition.objects.get(indicator="P02", superseded_at=None)


def test_a_tolerance_becomes_version_2_and_version_1_stays(office, definition, django_capture_on_commit_callbacks):
    url = url_of(IndicatorDefinition, "change", definition.pk)
    before = IndicatorDefinition.objects.filter(pk=definition.pk).values().get()
    sent = form_of(office, url) | {"tolerance": "50", "reason": "放宽容差"}
    with django_capture_on_commit_callbacks(execute=True):
        response = office.post(url, sent, follow=True)
    assert "已保存为新版本" in response.content.decode()
    first, second = IndicatorDefinition.objects.filter(indicator="P02").order_by("version")
    after = IndicatorDefinition.objects.filter(pk=first.pk).values().get()
    assert (first.version, second.version) == (1, 2)
    assert after == before | {"superseded_at": second.recorded_at}
    assert (first.tolerance, second.tolerance) == (Decimal("0.5"), 50)
    kept = set(before) - {"id", "version", "tolerance", "recorded_at", "superseded_at", "recorded_by_id"}
    kept -= {"recorded_via", "reason", "document_id"}
    assert {name: getattr(second, name) for name in kept} == {name: before[name] for name in kept}
    assert (second.recorded_by.username, second.recorded_via, second.reason) == ("admin", "edit", "放宽容差")


def test_its_flips_are_recomputed(office, definition, django_capture_on_commit_callbacks):
    cells = Assessment.objects.filter(indicator="P02", year=2024)
    assert "behind" in cells.values_list("status", flat=True)
    url = url_of(IndicatorDefinition, "change", definition.pk)
    with django_capture_on_commit_callbacks(execute=True):
        office.post(url, form_of(office, url) | {"tolerance": "50", "reason": "放宽容差"})
    assert not PendingRecompute.objects.exists()
    assert "behind" not in cells.values_list("status", flat=True)
    assert set(cells.values_list("definition_version", flat=True)) == {2}


def test_its_edit_is_told_in_the_log_and_the_feed(office, definition):
    url = url_of(IndicatorDefinition, "change", definition.pk)
    office.post(url, form_of(office, url) | {"tolerance": "1", "reason": "放宽容差"})
    entry, change = AuditEntry.objects.first(), Change.objects.first()
    assert (entry.action, entry.key, entry.reason, entry.channel) == ("define", "P02", "放宽容差", "web")
    assert (entry.old, entry.new) == ({"tolerance": "0.500000"}, {"tolerance": "1"})
    assert (change.kind, change.indicator, change.version, change.reason) == ("redefined", "P02", 2, "放宽容差")
    assert "放宽容差" in office.get("/changes/?kind=redefined").content.decode()
    assert PendingRecompute.objects.filter(indicator="P02").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tolerance": "1", "reason": ""}, "必填"),
        ({"tolerance": "1", "reason": "   "}, "必填"),
        ({"tolerance": "-1", "reason": "试"}, "容差不能是负数"),
        ({"lower_bound": "100", "upper_bound": "0", "reason": "试"}, "上限应大于下限"),
        ({"reason": "没有改动"}, "不会产生新版本"),
        ({"tolerance": "许多", "reason": "试"}, "数字"),
        ({"owner": "没有的局", "reason": "试"}, "没有的局"),
    ],
)
def test_an_edit_that_cannot_be_taken_is_refused_in_words(office, definition, changes, words):
    url = url_of(IndicatorDefinition, "change", definition.pk)
    errors = errors_of(office.post(url, form_of(office, url) | changes))
    assert words.replace("必填", "必填项") in errors or words in errors
    assert IndicatorDefinition.objects.filter(indicator="P02").count() == 1


def test_a_version_of_the_past_is_not_edited(office, definition):
    url = url_of(IndicatorDefinition, "change", definition.pk)
    sent = form_of(office, url) | {"tolerance": "1", "reason": "放宽容差"}
    assert office.post(url, sent).status_code == 302
    assert office.get(url).status_code == 200
    assert office.post(url, sent | {"tolerance": "2"}).status_code == 403
    assert IndicatorDefinition.objects.filter(indicator="P02").count() == 2


def test_the_list_shows_what_is_in_force_unless_asked(office, definition):
    url = url_of(IndicatorDefinition, "change", definition.pk)
    office.post(url, form_of(office, url) | {"tolerance": "1", "reason": "放宽容差"})

    def count(query):
        return office.get(url_of(IndicatorDefinition, "changelist") + query).context["cl"].result_count

    assert (count(""), count("?versions=all"), count("?versions=past")) == (20, 21, 1)


def test_who_answers_for_what(office):
    Organisation.objects.filter(code="330127-health").update(duty="")
    User.objects.filter(organisation__code="330122-education").update(is_active=False)
    response = office.get(reverse("admin:indicator_responsibilities"))
    rows = {duty: ([d.indicator_id for d in found], units) for duty, found, units in response.context["rows"]}
    owners = IndicatorDefinition.objects.as_of().values_list("owner", "indicator")
    assert {(duty, code) for duty, (codes, _) in rows.items() for code in codes} == set(owners)
    assert [unit and unit.code for unit in rows["卫生健康局"][1]] == ["330122-health", None, "330182-health"]
    assert [unit.logins for unit in rows["教育局"][1]] == [0, 1, 1]
    text = response.content.decode()
    assert (text.count("没有单位"), text.count("没有账号")) == (1, 1)


# Targets and standards


@pytest.mark.parametrize("model", [Target, Standard])
def test_a_changed_fact_is_the_next_version(office, model, django_capture_on_commit_callbacks):
    old = model.objects.get(area="330127", indicator="P01", year=2027, superseded_at=None)
    stored = model.objects.filter(pk=old.pk).values().get()
    url, document = url_of(model, "change", old.pk), PolicyDocument.objects.first()
    sent = {"value": "35", "cite": "official", "reason": "联席会议同意", "document": document.pk, "words": ""}
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(url, form_of(office, url) | sent).status_code == 302
    new = model.objects.get(area="330127", indicator="P01", year=2027, superseded_at=None)
    assert (new.version, new.value, new.reason, new.document) == (old.version + 1, 35, "联席会议同意", document)
    assert (new.recorded_via, new.recorded_by.username, new.is_demo) == ("edit", "admin", False)
    assert model.objects.filter(pk=old.pk).values().get() == stored | {"superseded_at": new.recorded_at}
    judged = Assessment.objects.get(area="330127", indicator="P01", year=2027)
    assert getattr(judged, model._meta.model_name) == 35
    assert AuditEntry.objects.first().key == "330127/P01/2027"
    assert "联席会议同意" in office.get("/cells/330127/P01/2027/").content.decode()


def judgements(code):
    """(area, year) and column → what is judged now, stored."""
    names = ("status", "standard_status", "outlook")
    rows = Assessment.objects.filter(indicator=code).values_list("area", "year", *names)
    return {(area, year, name): one for area, year, *told in rows for name, one in zip(names, told, strict=True)}


@pytest.mark.parametrize(
    ("model", "key", "changes"),
    [
        (IndicatorDefinition, {"indicator": "P02"}, {"tolerance": "50"}),
        (Target, {"indicator": "P02", "area": "330127", "year": 2024}, {"value": "90", "words": ""}),
        (Standard, {"indicator": "P01", "area": "330127", "year": 2027}, {"value": "10", "words": ""}),
    ],
)
def test_the_effect_is_shown_before_saving_and_is_what_saving_does(
    office, model, key, changes, django_capture_on_commit_callbacks
):
    row = model.objects.get(**key, superseded_at=None)
    url, versions = url_of(model, "change", row.pk), model.objects.count()
    sent = form_of(office, url) | changes | {"reason": "试算", "document": PolicyDocument.objects.first().pk}
    before = judgements(key["indicator"])
    shown = office.post(url, sent | {"_preview": "1"})
    assert (shown.status_code, model.objects.count()) == (200, versions)
    assert {name: shown.context["adminform"].form[name].value() for name in changes} == changes
    assert "还没有保存" in shown.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(url, sent).status_code == 302
    after = judgements(key["indicator"])
    turned = [(*place, before[place], after[place]) for place in before if before[place] != after[place]]
    names = dict(Area.objects.values_list("code", "name"))
    words = {**STATUS_NAMES, **OUTLOOK_NAMES}
    told = {
        (names[area], year, JUDGED_NAMES[name], str(words[was]), str(words[now]))
        for area, year, name, was, now in turned
    }
    assert set(shown.context["effect"]["rows"]) == told
    assert told or model is Standard
    assert sum(n for _place, n in shown.context["effect"]["counts"]) == len(told)


def test_what_cannot_be_saved_has_no_effect_to_show(office, municipal):
    row = IndicatorDefinition.objects.get(indicator="P02", superseded_at=None)
    url = url_of(IndicatorDefinition, "change", row.pk)
    shown = office.post(url, form_of(office, url) | {"tolerance": "-1", "reason": "x", "_preview": "1"})
    assert "容差不能是负数" in errors_of(shown)
    assert shown.context["effect"] is None


def test_a_demonstration_target_becomes_a_real_one(office):
    old = Target.objects.filter(is_demo=True, superseded_at=None).first()
    url = url_of(Target, "change", old.pk)
    assert form_of(office, url)["cite"] == "official"
    sent = {"value": old.value, "reason": "正式表", "document": PolicyDocument.objects.first().pk}
    office.post(url, form_of(office, url) | sent)
    key = {"area": old.area, "indicator": old.indicator, "year": old.year, "superseded_at": None}
    assert (Target.objects.get(**key).is_demo, Target.objects.get(**key).cite) == (False, "official")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "必填项"),
        ({"document": ""}, "必填项"),
        ({"value": "130"}, "超出“乡镇至县城30分钟交通圈覆盖率”的取值范围"),
        ({"value": "30"}, "没有改动"),
        ({"value": ""}, "必填项"),
        ({"cite": "demo"}, "demo"),
        ({"words": "淳安只能达到30%"}, "还是旧数值的原文"),
    ],
)
def test_a_fact_that_cannot_be_taken_is_refused_in_words(office, changes, words):
    old = Target.objects.get(area="330127", indicator="P01", year=2027)
    url = url_of(Target, "change", old.pk)
    sent = {"value": "35", "words": "", "reason": "试", "document": PolicyDocument.objects.first().pk}
    assert words in errors_of(office.post(url, form_of(office, url) | sent | changes))
    assert Target.objects.filter(area="330127", indicator="P01", year=2027).count() == 1


def test_a_new_target(office):
    Target.objects.filter(area="330127", indicator="P01", year=2023).delete()
    sent = {"area": "330127", "indicator": "P01", "year": "2023", "value": "20", "cite": "official"}
    sent |= {"reason": "补登", "document": PolicyDocument.objects.first().pk}
    assert office.post(url_of(Target, "add"), sent).status_code == 302
    assert Target.objects.get(area="330127", indicator="P01", year=2023).value == 20
    assert "已有现行的数" in errors_of(office.post(url_of(Target, "add"), sent))
    assert "年份应在2022至2027之间" in errors_of(office.post(url_of(Target, "add"), sent | {"year": "2031"}))
    assert "year" in office.post(url_of(Target, "add"), sent | {"year": ""}).context["adminform"].form.errors


# Reference data and accounts: every write is logged


def test_an_area_keeps_its_code(office):
    url = url_of(Area, "change", "330127")
    sent = form_of(office, url)
    assert {"code", "kind", "parent"}.isdisjoint(sent)
    office.post(url, sent | {"code": "999999", "note": "新说明", "reason": "名称规范"})
    entry = AuditEntry.objects.first()
    assert Area.objects.get(code="330127").note == "新说明"
    assert (entry.action, entry.subject, entry.key, entry.new) == ("edit", "areas.area", "330127", {"note": "新说明"})
    assert (entry.actor.username, entry.reason) == ("admin", "名称规范")


@pytest.mark.parametrize(
    ("model", "key", "changes"),
    [
        (Area, "330127", {"note": "新说明"}),
        (Plan, None, {"whole": "全部县"}),
        (Commitment, "C01", {"value": "160"}),
        (FundingSource, "F1", {"payer": "市"}),
        (Chapter, 1, {"subjects": "新的内容"}),
    ],
)
def test_an_object_of_the_plan_changes_with_a_reason_and_counts_its_versions(office, model, key, changes):
    url = url_of(model, "change", key or model.objects.get().pk)
    sent = form_of(office, url) | changes
    assert "改了就要写明理由" in errors_of(office.post(url, sent))
    assert office.post(url, sent | {"reason": "会议纪要〔2026〕3号"}).status_code == 302
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.subject, entry.reason) == ("edit", model._meta.label_lower, "会议纪要〔2026〕3号")
    assert set(entry.new) == set(changes)
    page = office.get(url).content.decode()
    assert re.search(r"现在是第几版.{0,200}\b2\b", page, re.DOTALL)


def test_the_plan_s_years_moved_by_page_are_judged_anew(office, django_capture_on_commit_callbacks):
    url = url_of(Plan, "change", Plan.objects.get().pk)
    with django_capture_on_commit_callbacks(execute=True):
        sent = form_of(office, url) | {"final_year": "2028", "reason": "延长一年"}
        assert office.post(url, sent).status_code == 302
    assert Assessment.objects.filter(year=2028).exists()


def test_an_area_and_an_indicator_typed_in_the_back_office_stand_on_the_pages(
    office, django_capture_on_commit_callbacks
):
    area = {"code": "330109", "name": "萧山区", "name_en": "Xiaoshan", "kind": "county", "parent": "330100"}
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(url_of(Area, "add"), area).status_code == 302
    assert Assessment.objects.filter(area="330109").exists()
    row = {"code": "H09", "name": "新指标", "unit": "个", "decimals": "0", "direction": "1", "kind": "level"}
    row |= {"tolerance": "0", "tolerance_cite": "official", "origin": "municipal", "field": "service", "chapter": "4"}
    row |= {"owner": "教育局", "cite": "official", "reason": "市里增列"}
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(url_of(IndicatorDefinition, "add"), row).status_code == 302
    assert Assessment.objects.filter(indicator="H09", area="330109").exists()
    assert office.get("/indicators/H09/").status_code == 200
    assert "已经有了" in errors_of(office.post(url_of(IndicatorDefinition, "add"), row))
    wrong = errors_of(office.post(url_of(IndicatorDefinition, "add"), row | {"code": "h1"}))
    assert "大写字母" in wrong


def test_a_promise_that_cannot_be_reckoned_is_refused(office):
    url = url_of(Commitment, "change", "C01")
    sent = form_of(office, url) | {"reason": "改", "source_kind": "indicator", "value": ""}
    words = errors_of(office.post(url, sent))
    assert "要选指标" in words
    assert "要填这一项" in words


def test_what_did_not_change_is_not_logged(office):
    url, before = url_of(Area, "change", "330127"), AuditEntry.objects.count()
    assert office.post(url, form_of(office, url)).status_code == 302
    assert AuditEntry.objects.count() == before


def test_reference_data_are_logged(office):
    office.post(url_of(Milestone, "add"), {"year": "2030", "cite": "official", "words": "中期"})
    assert (AuditEntry.objects.first().action, AuditEntry.objects.first().subject) == ("create", "plan.milestone")
    sent = {"code": "HZ-2026", "title": "补充通知", "issuer": "市发改委", "level": "municipal", "issued": "2026"}
    office.post(url_of(PolicyDocument, "add"), sent | {"cite": "official", "date_cite": "official"})
    assert AuditEntry.objects.first().key == "HZ-2026"
    assert PolicyDocument.objects.last().code == "HZ-2026"
    text = office.get("/changes/audit/?action=create").content.decode()
    assert "补充通知" in text


def test_one_unit_for_a_duty(office):
    sent = {"code": "330127-new", "name": "淳安县卫健局", "kind": "bureau", "area": "330127", "duty": "卫生健康局"}
    assert "淳安县已有单位承担这一职能" in errors_of(office.post(url_of(Organisation, "add"), sent))
    assert office.post(url_of(Organisation, "add"), sent | {"duty": ""}).status_code == 302
    assert AuditEntry.objects.first().key == "330127-new"


NEW = {"username": "zhang", "first_name": "张三", "password1": "herring-sky-42", "password2": "herring-sky-42"}


def unit(code):
    return Organisation.objects.get(code=code).pk


def test_a_new_account(office):
    sent = NEW | {"role": "county", "organisation": unit("330127-DRC")}
    assert office.post(url_of(User, "add"), sent).status_code == 302
    user, entry = User.objects.get(username="zhang"), AuditEntry.objects.first()
    assert (user.title, user.role, user.is_staff, user.is_superuser) == (
        "张三（淳安县发展和改革局）",
        "county",
        False,
        False,
    )
    assert user.check_password("herring-sky-42")
    assert (entry.action, entry.key, entry.area_id) == ("create", "zhang", None)
    assert "password" not in entry.new
    assert user.password not in str(entry.new)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "county"}, "这个角色必须有单位"),
        ({"role": "county", "organisation": "330127-health"}, "要“县级发改局”类型的单位"),
        ({"role": "leader", "is_staff": "on"}, "只有系统管理员和市发改委人员能进后台"),
        ({"role": "leader", "password2": "other"}, "密码"),
        ({"role": "leader", "password1": "12345", "password2": "12345"}, "密码"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(office, changes, words):
    if "organisation" in changes:
        changes = changes | {"organisation": unit(changes["organisation"])}
    assert words in errors_of(office.post(url_of(User, "add"), NEW | changes))
    assert not User.objects.filter(username="zhang").exists()


def test_a_new_administrator_gets_in_and_one_no_longer_does_not(office, clients, login):
    office.post(url_of(User, "add"), NEW | {"role": "administrator"})
    user = User.objects.get(username="zhang")
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert login("zhang").get(url_of(User, "changelist")).status_code == 200
    url = url_of(User, "change", user.pk)
    sent = {name: value for name, value in form_of(office, url).items() if name != "is_staff"}
    office.post(url, sent | {"role": "leader"})
    user.refresh_from_db()
    assert (user.role, user.is_staff, user.is_superuser) == ("leader", False, False)
    assert AuditEntry.objects.first().old == {"role": "administrator", "is_staff": True, "is_superuser": True}


def test_an_account_is_switched_off_not_deleted(office, clients):
    assert clients["tonglu"].get("/").status_code == 200
    url = url_of(User, "change", User.objects.get(username="tonglu").pk)
    sent = form_of(office, url)
    del sent["is_active"]
    assert office.post(url, sent).status_code == 302
    assert clients["tonglu"].get("/").status_code == 302
    assert AuditEntry.objects.first().new == {"is_active": False}


def test_nobody_locks_themselves_out(office):
    url = url_of(User, "change", User.objects.get(username="admin").pk)
    sent = form_of(office, url)
    assert "不能改掉自己的系统管理员角色" in errors_of(office.post(url, sent | {"role": "leader", "is_staff": ""}))
    del sent["is_active"]
    assert "不能停用自己的账号" in errors_of(office.post(url, sent))


def test_a_password_is_set_and_logged(office):
    user = User.objects.get(username="tonglu")
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    assert "password" in office.get(url_of(User, "change", user.pk)).content.decode()
    assert office.get(url).status_code == 200
    before = AuditEntry.objects.count()
    office.post(url, {"password1": "1", "password2": "2"})
    assert AuditEntry.objects.count() == before
    office.post(url, {"password1": "herring-sky-42", "password2": "herring-sky-42", "usable_password": "true"})
    user.refresh_from_db()
    entry = AuditEntry.objects.first()
    assert user.check_password("herring-sky-42")
    assert (entry.action, entry.key, entry.old, entry.new) == ("set_password", "tonglu", None, None)


def test_the_admin_shows_the_log_in_words(office):
    entry = AuditEntry.objects.filter(subject="indicators.target").first()
    text = office.get(url_of(AuditEntry, "change", entry.pk)).content.decode()
    assert "登记数值" in text
    assert "数值：" in text


def test_official_values_are_only_shown(office):
    assert Observation.objects.count() > 0
    assert Indicator not in admin.site._registry
    assert "_save" not in office.get(url_of(Observation, "change", Observation.objects.first().pk)).content.decode()


def test_facts_are_listed_by_name_with_their_unit(office):
    text = office.get(url_of(Target, "changelist") + "?q=污水集中处理率").content.decode()
    assert "P02 污水集中处理率" in text
    assert " %</a>" in text
    assert "P01 " not in text
    fact = Target.objects.get(area="330127", indicator="P01", year=2027)
    page = office.get(url_of(Target, "change", fact.pk))
    assert page.context["subtitle"] == "淳安县 · 乡镇至县城30分钟交通圈覆盖率 · 2027年"
    assert 'value="30"' in page.content.decode()  # not 30.000000
