"""Progress, reminders, notices and the closing of a year on their pages; and that no address of reporting opens
another county's sheet."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Versioned
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed, WrongState
from reporting.actions import change_state, hand_over, take_back
from reporting.entries.saving import Typed, fill_derived, save_entries
from reporting.models import Entry, EntryVersion, Evidence, Notice, Round, Submission, Transition
from reporting.rounds.actions import close_round, resume_round
from reporting.sheets import read_sheet

PROGRESS = "/reporting/progress/"
EVERYBODY = ["municipal", "330127-DRC", "330127-health", "330122-DRC", "330122-health", "stats"]


@pytest.fixture
def client_of(actors):
    def client(name):
        found = Client()
        found.force_login(actors[name])
        return found

    return client


def text(response):
    return response.content.decode()


# Progress and reminders ---------------------------------------------------------------------------


def test_the_matrix_shows_each_unit_with_what_it_has_filled(sheet, actors, client_of):
    typed = [Typed("P02", Decimal("93.4"))]
    save_entries(submission=sheet, typed=typed, by=actors["330127-housing"])
    body = text(client_of("municipal").get(PROGRESS))
    assert '2024年报送：还有 <span class="behind">33</span> 个单位没有交出' in body
    assert body.count('<td class="word" data-area="淳安县">') == 11
    assert ("1 / 3" in body, body.count('name="unit"')) == (True, 33)


def test_a_county_sees_its_own_column_and_presses_its_bureaus(sheet, client_of):
    body = text(client_of("330127-DRC").get(PROGRESS))
    assert ("淳安县" in body, "桐庐县" in body, body.count('name="unit"')) == (True, False, 10)
    bureau = text(client_of("330127-health").get(PROGRESS))
    assert ("淳安县" in bureau, "桐庐县" in bureau, 'action="/reporting/progress/reminders/"' in bureau) == (
        True,
        False,
        False,
    )
    assert client_of("stats").get(PROGRESS).status_code == 404


@pytest.mark.parametrize(("asked", "status"), [("2024", 200), ("2023", 200), ("x", 404), ("20245", 404)])
def test_the_year_asked_for(sheet, client_of, asked, status):
    assert client_of("municipal").get(PROGRESS, {"year": asked}).status_code == status


def press(client, **sent):
    return text(client.post("/reporting/progress/reminders/", {"year": "2024", **sent}, follow=True))


def test_one_unit_one_county_or_all_and_who_was_told(sheet, client_of):
    city = client_of("municipal")
    assert "已催报淳安县卫生健康局。" in press(city, area="330127", unit="330127-health")
    assert "一小时内已催过，没有重复发送" in press(city, area="330127", unit="330127-health")
    body = press(city, area="330127")
    assert "已催报淳安县发展和改革局" in body
    assert "淳安县卫生健康局一小时内已催过，没有重复发送" in body
    assert Notice.objects.filter(kind="reminder", submission=sheet).count() == 11
    press(city)
    assert Notice.objects.filter(kind="reminder").count() == 33
    assert "催过" in body
    assert "还没有催过" not in body


def test_all_passes_over_counties_with_nobody_to_tell(submitted, client_of):
    body = press(client_of("municipal"))
    assert ("淳安县" in body.partition("<main")[0], Notice.objects.filter(kind="reminder").count()) == (False, 22)


@pytest.mark.parametrize(
    ("who", "sent", "status"),
    [
        ("330127-DRC", {"area": "330122"}, 404),
        ("330127-DRC", {"area": "330127", "unit": "330122-health"}, 404),
        ("330122-DRC", {"area": "330127"}, 404),
        ("stats", {}, 404),
        ("stats", {"area": "330127"}, 404),
        ("330127-health", {"area": "330127"}, 302),
    ],
)
def test_nobody_else_presses(sheet, client_of, who, sent, status):
    response = client_of(who).post("/reporting/progress/reminders/", {"year": "2024", **sent})
    assert (response.status_code, Notice.objects.filter(kind="reminder").count()) == (status, 0)


def test_the_log_is_for_the_city_and_the_own_county(sheet, client_of):
    press(client_of("municipal"))
    own = text(client_of("330127-DRC").get(PROGRESS))
    assert ("淳安县卫生健康局" in own, "桐庐县卫生健康局" in own) == (True, False)


def test_queries_of_the_matrix_do_not_grow(sheet, client_of, django_assert_num_queries):
    client = client_of("municipal")
    with django_assert_num_queries(18):
        client.get(PROGRESS)


# Notices ------------------------------------------------------------------------------------------


def test_notices_are_counted_beside_the_menu_read_and_gone(sheet, client_of):
    client = client_of("330127-health")
    assert 'class="badge" href="/reporting/notices/" aria-label="1条未读通知">1</a>' in text(client.get("/reporting/"))
    body = text(client.get("/reporting/notices/"))
    assert ("有1条未读通知" in body, "本单位填报" in body, "桐庐" in body) == (True, True, False)
    other = Notice.objects.get(organisation__code="330122-health")
    client.post("/reporting/notices/read/", {"notice": [other.pk, "x"]})
    assert "有1条未读通知" in text(client.get("/reporting/notices/"))
    client.post("/reporting/notices/read/", {"all": "1"})
    assert "没有未读通知" in text(client.get("/reporting/notices/"))
    assert 'class="badge"' not in text(client.get("/"))
    other.refresh_from_db()
    assert other.read_at is None


def test_who_has_no_notices_has_no_page(sheet, client_of):
    client = client_of("stats")
    assert [client.get("/reporting/notices/").status_code, client.post("/reporting/notices/read/").status_code] == [
        404,
        404,
    ]


# Closing a year -----------------------------------------------------------------------------------


@pytest.fixture
def closed(submitted, actors):
    """Chun'an submitted, the others in draft; then the year is closed."""
    close_round(round_=submitted.round, by=actors["municipal"])
    return Submission.objects.select_related("round").get(pk=submitted.pk)


def draft_of(area="330122"):
    return Submission.objects.select_related("round", "area").get(area=area)


def test_a_closed_year_is_locked_and_says_so(closed, actors, client_of):
    draft, by = draft_of(), actors["330122-housing"]
    with pytest.raises(WrongState, match="桐庐县2024年报送已关闭，不再填报；要补报须由市发改委重新打开这一年"):
        save_entries(submission=draft, typed=[Typed("P02", Decimal(1))], by=by)
    with pytest.raises(WrongState, match="已关闭"):
        hand_over(part=draft.parts.get(organisation__code="330122-housing"), by=by)
    with pytest.raises(WrongState, match="已关闭"):
        take_back(part=draft.parts.get(organisation__code="330122-housing"), by=by)
    with pytest.raises(WrongState, match="已关闭"):
        change_state(submission=draft, action="submit", by=actors["330122-DRC"])
    body = text(client_of("330122-housing").get("/reporting/330122/2024/"))
    assert ("已关闭，不再填报" in body, "<textarea" in body, "交县发改局" in body) == (True, False, False)
    assert "没有等您办理的事" in text(client_of("330122-housing").get("/reporting/"))


def test_what_is_submitted_may_be_approved_but_not_returned_or_withdrawn(closed, actors):
    with pytest.raises(WrongState, match="这一年已关闭，要退回或撤回须由市发改委重新打开这一年"):
        change_state(submission=closed, action="return", by=actors["municipal"], reason="r", entries=["P02"])
    with pytest.raises(WrongState):
        change_state(submission=closed, action="withdraw", by=actors["330127-DRC"])
    change_state(submission=closed, action="approve", by=actors["municipal"])
    assert Observation.objects.as_of().filter(area="330127", year=2024).count() == 20
    until = timezone.now() + timedelta(days=2)
    change_state(submission=closed, action="reopen", by=actors["municipal"], reason="更正", until=until)
    save_entries(submission=closed, typed=[Typed("P02", Decimal(2))], by=actors["330127-housing"])


def test_a_year_closed_between_two_approvals_still_approves_once(submitted, actors):
    first = change_state(submission=submitted, action="approve", by=actors["municipal"])
    close_round(round_=submitted.round, by=actors["municipal"])
    assert change_state(submission=submitted, action="approve", by=actors["municipal"]) == first


def test_closing_is_told_logged_and_done_once(closed, actors):
    close_round(round_=closed.round, by=actors["municipal"])
    assert Transition.objects.filter(action="close").count() == 3
    assert AuditEntry.objects.filter(action="close").count() == 3
    told = dict(Notice.objects.filter(kind="closed").values_list("organisation__code", "words"))
    assert len(told) == 33
    assert told["330127-health"] == "2024年报送已关闭。淳安县2024年报送已提交的内容仍会审核。"
    assert told["330122-health"] == "2024年报送已关闭。桐庐县2024年报送没有提交的内容保留在系统中，不再填报。"


def test_opened_again_with_a_reason_each_goes_on_from_where_it_stood(closed, actors):
    with pytest.raises(Invalid, match="理由"):
        resume_round(round_=closed.round, by=actors["municipal"], reason=" ")
    resume_round(round_=closed.round, by=actors["municipal"], reason="统计口径更新，补报")
    save_entries(submission=draft_of(), typed=[Typed("P02", Decimal(1))], by=actors["330122-housing"])
    change_state(submission=closed, action="return", by=actors["municipal"], reason="r", entries=["P02"])
    words = Notice.objects.filter(kind="reopened", organisation__code="330122-health").get().words
    assert words == "2024年报送已重新打开：统计口径更新，补报"


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name != "municipal"])
def test_only_the_city_closes_and_opens_again(submitted, actors, client_of, who):
    with pytest.raises(NotAllowed):
        close_round(round_=submitted.round, by=actors[who])
    client = client_of(who)
    found = [
        client.post(f"/reporting/rounds/2024/{step}/", {"reason": "r"}).status_code for step in ("close", "resume")
    ]
    assert (found, Round.objects.get().closed_at) == ([404, 404], None)


def test_closed_and_opened_again_by_the_page(submitted, client_of):
    client = client_of("municipal")
    body = text(client.post("/reporting/rounds/2024/close/", follow=True))
    assert ("2024年已关闭，各单位已收到通知" in body, "重新打开这一年" in body) == (True, True)
    assert "请写明理由" in text(client.post("/reporting/rounds/2024/resume/", follow=True))
    assert "已重新打开" in text(client.post("/reporting/rounds/2024/resume/", {"reason": "补报"}, follow=True))
    assert client.post("/reporting/rounds/2023/close/").status_code == 404
    assert client.post("/reporting/rounds/2024/burn/").status_code == 404


# Derived rows -------------------------------------------------------------------------------------


def import_h01(value):
    row = FactRow("330127", "H01", 2024, Decimal(value))
    record_facts(Observation, [row], grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="导入"))


def h01(sheet):
    (line,) = read_sheet(sheet, indicators=["H01"])
    return line


def test_an_import_under_a_derived_row_holds_nobody_up_and_the_city_sees_it(sheet, fill, actors, client_of):
    fill(sheet)
    assert fill_derived(submission=sheet, indicator="H01", value=Decimal(7), is_demo=False) is True
    import_h01(9)
    assert (h01(sheet).conflict, h01(sheet).is_blocking, h01(sheet).obstacles) == (True, False, [])
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    assert "本项由登记簿自动取数，登记簿再次取数" in text(client_of("municipal").get("/reporting/330127/2024/"))
    change_state(submission=sheet, action="approve", by=actors["municipal"])
    assert Observation.objects.as_of().get(area="330127", indicator="H01", year=2024).value == 7


def test_a_refresh_from_the_register_settles_it(sheet):
    fill_derived(submission=sheet, indicator="H01", value=Decimal(7), is_demo=False)
    import_h01(9)
    assert h01(sheet).conflict is True
    assert fill_derived(submission=sheet, indicator="H01", value=Decimal(7), is_demo=False) is True
    assert h01(sheet).conflict is False
    assert fill_derived(submission=sheet, indicator="H01", value=Decimal(7), is_demo=False) is False


def test_a_derived_number_that_must_be_put_right_points_to_its_register(sheet):
    record_facts(
        Observation,
        [FactRow("330127", "H01", 2023, Decimal(8))],
        grounds=Grounds(by=None, via=Versioned.Via.IMPORT, reason="导入"),
    )
    fill_derived(submission=sheet, indicator="H01", value=Decimal(7), is_demo=False)
    assert h01(sheet).obstacles[-1] == "本项由登记簿自动取数，请到登记簿更正。"


# The sheet ----------------------------------------------------------------------------------------


def test_last_years_approved_explanation_stands_beside_the_row(submitted, actors, client_of):
    save = {"submission": submitted, "by": actors["330127-housing"]}
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    until = timezone.now() + timedelta(days=2)
    change_state(submission=submitted, action="reopen", by=actors["municipal"], reason="更正", until=until)
    save_entries(typed=[Typed("P02", Decimal(3), "还没有通过的说明")], **save)
    client_of("municipal").post("/reporting/rounds/", {"year": "2025", "due_on": "2026-03-31"})
    body = text(client_of("330127-housing").get("/reporting/330127/2025/"))
    assert ("2024年的说明：</b>演练用数，说明从略" in body, "还没有通过的说明" in body) == (True, False)


def test_a_bad_value_shows_no_judgement_sign(sheet, actors, client_of):
    save_entries(submission=sheet, typed=[Typed("P16", Decimal(812))], by=actors["330127-housing"])
    body = text(client_of("330127-housing").get("/reporting/330127/2024/"))
    row = body.partition('data-indicator="P16"')[2].partition("</tr>")[0]
    assert ('class="mark' in row, "不能交出" in row) == (False, True)


def test_review_puts_old_beside_new_and_counts_what_turns(submitted, actors, client_of):
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    until = timezone.now() + timedelta(days=2)
    change_state(submission=submitted, action="reopen", by=actors["municipal"], reason="更正", until=until)
    save_entries(submission=submitted, typed=[Typed("P02", Decimal("2.5"), "按年报更正")], by=actors["330127-housing"])
    for part in submitted.parts.select_related("organisation"):
        hand_over(part=part, by=actors[part.organisation.code])
    change_state(submission=submitted, action="submit", by=actors["330127-DRC"])
    body = text(client_of("municipal").get("/reporting/330127/2024/"))
    card = body.partition('class="card review"')[2].partition("</section>")[0]
    assert ('data-label="现官方值">1.0<' in card, "<b>2.5</b>" in card, "改 +1.5" in card, "按年报更正" in card) == (
        True,
        True,
        True,
        True,
    )
    assert 'class="card review"' not in text(client_of("330127-DRC").get("/reporting/330127/2024/"))


def test_parts_not_waited_for_are_submitted_with_a_reason_by_the_form(sheet, fill, actors, client_of):
    fill(sheet)
    take_back(part=sheet.parts.get(organisation__code="330127-health"), by=actors["330127-health"])
    client = client_of("330127-DRC")
    path = "/reporting/330127/2024/steps/submit/"
    assert "还没有交出" in text(client.post(path, {"exception:330127-health": ""}, follow=True))
    client.post(path, {"exception:330127-health": "数据源停用，先行提交"})
    sheet.refresh_from_db()
    assert (sheet.state, sheet.parts.get(organisation__code="330127-health").reason) == (
        "submitted",
        "数据源停用，先行提交",
    )


# Every address ------------------------------------------------------------------------------------

ROW = {"area": "330127", "year": 2024, "indicator": "P02", "action": "submit", "pk": 1, "token": "x" * 32}
BODIES = {
    "submission_entries": {"entries": [{"indicator": "P02", "value": 5}]},
    "submission_step": {"reason": "r", "entries": ["P02"]},
}
STEPS = ["hand_over", "take_back", "send_back", "submit", "withdraw", "return", "approve", "reopen"]


def addresses():
    """Every named address of reporting that names a county, as (name, path)."""
    found = {}
    for name, (possible, *_rest) in get_resolver().reverse_dict.items():
        for _pattern, names in possible if isinstance(name, str) else ():
            if {"area", "year"} <= set(names) and set(names) <= set(ROW):
                found[name] = {key: ROW[key] for key in names}
    ours = [(name, reverse(name, kwargs=given)) for name, given in found.items()]
    return sorted((name, path) for name, path in ours if path.startswith(("/reporting/", "/api/v1/submissions/")))


def test_the_sweep_knows_every_address():
    assert [name for name, _path in addresses()] == [
        "evidence",
        "evidence_file",
        "evidence_withdraw",
        "quarters",
        "sheet",
        "sheet_step",
        "sheet_upload",
        "sheet_upload_errors",
        "sheet_upload_preview",
        "sheet_upload_undo",
        "sheet_workbook",
        "submission_entries",
        "submission_step",
        "thread",
    ]


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Submission, Entry, EntryVersion, Evidence)]


@pytest.mark.parametrize("who", ["330122-DRC", "330122-health", "330182-housing", "stats"])
def test_no_address_opens_another_countys_sheet(submitted, client_of, who):
    client, before = client_of(who), everything()
    for name, path in addresses():
        body = BODIES.get(name, {})
        found = {
            client.get(path).status_code,
            client.post(path, body, content_type="application/json").status_code,
            client.put(path, body, content_type="application/json").status_code,
            client.post(path, {"reason": "r", "indicator": "P02"}).status_code,
        }
        assert (name, found - {405}) == (name, {404})
    assert everything() == before


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_step_forged_by_every_role_moves_nothing_that_is_not_theirs(submitted, actors, client_of, who):
    """By the page's form and by the API, with whatever a forger would send."""
    mine = {"municipal": {"return", "approve"}, "330127-DRC": {"withdraw"}}.get(who, set())
    client = client_of(who)
    part = submitted.parts.get(organisation__code="330127-health").pk
    forged = {"reason": "r", "entries": ["P02"], "until": "2099-01-01T00:00", "part": part, "exceptions": "x"}
    before = everything(), list(submitted.parts.values())
    for action in [step for step in STEPS if step not in mine]:
        sent = [
            client.post(f"/reporting/330127/2024/steps/{action}/", forged).status_code,
            client.post(f"/reporting/330127/2024/steps/{action}/", forged | {"part": "x"}).status_code,
            client.post(
                f"/api/v1/submissions/330127/2024/{action}/", forged, content_type="application/json"
            ).status_code,
            client.post(f"/api/v1/submissions/330127/2024/{action}/", [1], content_type="application/json").status_code,
            client.post(f"/review/steps/{action}/", {"submission": "330127/2024", **forged}).status_code,
        ]
        assert set(sent) <= {302, 400, 403, 404, 409}
        assert (everything(), list(submitted.parts.values())) == before
