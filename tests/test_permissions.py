"""Who may what: role × unit × object × verb, a row for each function that answers, found in the code. A function
without a row fails, and so does a role that may more, or less, than its row says."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from access import views as token_pages
from access.actions import _may_consent, confirm_token, create_token, revoke_token, settle_tokens
from accounts.models import AccessToken, Organisation, User
from areas.models import Area
from charts.embedding import end_embedding, may_embed, open_embedding
from charts.models import Embedding
from commitments.actions import may_state, state_commitment
from commitments.models import Commitment, CommitmentStatement
from county_urbanization.rooms import ROOMS
from figures import official_imports as imports
from funding.actions import FlowRow, correct_flow, record_flows, void_flows
from funding.models import Flow, FundingSource, MatchingRule
from funding.rule_actions import RuleTerms, define_rule
from history import audit
from identity.factor_actions import ask_factor_reset, settle_factor_reset
from identity.models import FactorReset
from indicators.models import Assessment, IndicatorDefinition, Target
from journal.models import AuditEntry, Change, ReportIssue
from lib.refusals import Refused
from matters import rights
from matters.actions import Order, Said, issue_matter, take_step
from matters.light_actions import define_light_rule, may_set_lights
from matters.models import LightRule, Matter, MatterFile, Remark
from matters.notes import Word, add_note, reply_to, settle_note
from matters.schedule_lights import Limits
from matters.things import find_thing
from messaging.actions import (
    draw_threshold,
    drop_letter,
    drop_threshold,
    mark_seen,
    resend_letter,
    save_preference,
    try_channel,
)
from messaging.models import Delivery, Endpoint, Message, Threshold
from messaging.rights import may_settle, may_subscribe, may_watch
from messaging.subscribing import end_endpoint, register_endpoint, renew_secret, replay_changes, settle_programs
from peers.models import ReferenceSource
from plan.models import Chapter, StatementFile, WorkItem
from plan.work import Task, assign_work, edit_work, may_plan, may_speak, record_meeting, state_progress
from planning.confirming import may_confirm
from projects import actions as projects
from projects.changes.parts import DatedProgress, Progress
from projects.changes.progress import report_history, report_progress
from projects.changes.writing import may_write
from projects.models import Project
from pulling import actions as pulling
from pulling.models import Source
from reporting.actions import change_state, hand_over, send_back, take_back
from reporting.checks.limit_proposals import set_check_limits
from reporting.entries.evidence import attach_evidence, withdraw_evidence
from reporting.entries.saving import Typed, save_entries
from reporting.models import Evidence, Notice, NumberRule, Part, Round, Submission
from reporting.quarters.entry import save_quarters
from reporting.reminders.dispatch_notices import Item, may_press, oversees, press
from reporting.reminders.due_reminders import remind
from reporting.rounds.actions import close_round, open_round, resume_round
from reporting.rounds.progress import may_remind
from reporting.rules.actions import NumberRuleTerms, define_number_rule, withdraw_number_rule
from reporting.steps import is_own_part
from reporting.views import is_turn_of
from reports.actions import issue_report, rebuild_report
from tests.conftest import PDF

CITY_PEOPLE = {"admin", "municipal", "leader", "city-token"}
CHUNAN = {"chunan", "chunan-token"}
HOUSING = {"chunan-housing", "housing-token"}
TONGLU = {"tonglu", "tonglu-housing"}
OTHERS = {"stats", "finance", "stats-token"}
# Readers, whatever unit their account names, and people whose unit has become another kind.
ODD = {
    "leader-of-chunan": ("leader", "330127-DRC"),
    "leader-of-housing": ("leader", "330127-housing"),
    "leader-of-finance": ("leader", "HZ-FINANCE"),
    "county-in-a-bureau": ("county", "330127-housing"),
    "bureau-in-a-county": ("bureau", "330127-DRC"),
    "department-in-chunan": ("department", "330127-DRC"),
    "county-in-finance": ("county", "HZ-FINANCE"),
}
LEADERS = {"leader", "leader-of-chunan", "leader-of-housing", "leader-of-finance"}
EVERYBODY = CITY_PEOPLE | CHUNAN | HOUSING | TONGLU | OTHERS | ODD.keys()
SEES_ALL = CITY_PEOPLE | LEADERS
OFFICE = {"admin", "municipal", "city-token"}
COMMISSION = {"municipal", "city-token"}
WITH_A_UNIT = {"municipal", "chunan", "chunan-housing", "tonglu", "tonglu-housing", "stats", "finance"}
TOKENS = {
    "city-token": "HZDRC",
    "chunan-token": "330127-DRC",
    "housing-token": "330127-housing",
    "stats-token": "HZ-STATS",
}
NOBODY: set[str] = set()
LEADING = COMMISSION | LEADERS
OF_NO_UNIT = {"county-in-a-bureau", "bureau-in-a-county", "department-in-chunan", "county-in-finance"}
SOURCE_VALUES = {
    "name": "x",
    "kind": "json",
    "address": "https://example.org/",
    "table": "",
    "paging": "",
    "login": "",
    "codes": {},
}
SOURCE_VALUES |= {"every": "day", "columns": {"indicator": "item", "value": "val"}}
PERSONS = EVERYBODY - TOKENS.keys()
WHO_FILL_IN = {"chunan", "chunan-housing", "tonglu", "tonglu-housing"}


@pytest.fixture
def world(demo, objects):
    """Everybody by login, and what they are asked about: Chun'an's, where a county has a say."""
    units = {unit.code: unit for unit in Organisation.objects.all()}
    for name, (role, code) in ODD.items():
        User.objects.create(username=name, role=role, organisation=units[code])
    users = {name: User.objects.get(username=name) for name in EVERYBODY - TOKENS.keys()}
    for name, code in TOKENS.items():
        token, _text = create_token(name=name, organisation=units[code], scopes=AccessToken.Scope.values, by=None)
        users[name] = token.user
    sheet = Submission.objects.get(area="330127", round__year=2025)
    part = sheet.parts.get(organisation=units["330127-housing"])
    Part.objects.filter(pk=part.pk).update(state=Part.State.OPEN)
    of_the_office = Project.objects.filter(main_area="330127").exclude(code=objects["project"]).first()
    Project.objects.filter(pk=of_the_office.pk).update(organisation=units["330127-DRC"])
    task = Task(
        "任务", Chapter.objects.first(), units["330127-housing"], date(2026, 6, 1), Area.objects.get(code="330127")
    )
    thing = find_thing("entry", "330127/2025/P02", users["municipal"])
    order = Order("请核对", units["330127-housing"], timezone.localdate())
    matters = [issue_matter(thing=thing, order=order, by=users["municipal"]) for _ in range(2)]
    for step, said in (("sign", None), ("report", Said("已核对", files=[("证明.pdf", PDF + b"\n\n")]))):
        take_step(matter=matters[1], step=step, by=users["chunan-housing"], said=said)
    question = Word("为什么", Remark.Kind.QUESTION, [units["330127-DRC"]])
    define_light_rule(limits=Limits(11, 31), reason="联席会议纪要要求", by=users["municipal"])
    city_task = Task("任务", Chapter.objects.first(), units["HZ-FINANCE"], date(2026, 6, 1))
    return {
        "users": users,
        "units": units,
        "sheet": sheet,
        "submitted": Submission.objects.get(area="330182", round__year=2025),
        "approved": Submission.objects.get(area="330122", round__year=2025),
        "part": Part.objects.get(pk=part.pk),
        "evidence": Evidence.objects.get(pk=objects["evidence"]),
        "area": Area.objects.get(code="330127"),
        "project": Project.objects.get(code=objects["project"]),
        "task": task,
        "item": assign_work(task=task, by=users["municipal"]),
        "city_item": assign_work(task=city_task, by=users["municipal"]),
        "promise": Commitment.objects.get(code=objects["commitment"]),
        "flow": Flow.objects.filter(area="330127", corrects=None, source__keeper="county").first(),
        "city_flow": Flow.objects.filter(area="330127", corrects=None, source__keeper="city").first(),
        "token": create_token(
            name="县系统", organisation=units["330127-DRC"], scopes=["write:entries"], by=users["chunan"]
        )[0],
        "thing": thing,
        "order": order,
        "matter": matters[0],
        "reported": matters[1],
        "question": add_note(thing=thing, word=question, by=users["leader"]),
        "program": Endpoint.objects.get(uid=objects["webhook"]),
        "source": Source.objects.get(uid=objects["pull"]),
        "dead": Delivery.objects.select_related("endpoint").get(endpoint__uid=objects["webhook"]),
        "line": Threshold.objects.get(),
        "reset": FactorReset.objects.create(user=users["chunan"], reason="遗失", asked_at=timezone.now()),
        "issue": ReportIssue.objects.create(
            number="2026-901", year=2024, taken_at=timezone.now(), content={}, state_at=timezone.now()
        ),
    }


def logins(world, answer: Callable[[User], object]) -> set[str]:
    return {name for name, user in world["users"].items() if answer(user)}


# What is asked -------------------------------------------------------------------------------------------

Answer = Callable[[dict, User], object]
QUESTIONS: dict[str, list[tuple[Answer, set[str]]]] = {
    "commitments.actions.may_state": [(lambda w, u: may_state(u, "330127"), OFFICE | CHUNAN)],
    "access.actions._may_consent": [(lambda w, u: _may_consent(u), {"admin"})],
    "planning.confirming.may_confirm": [(lambda w, u: may_confirm(u), OFFICE)],
    "charts.embedding.may_embed": [(lambda w, u: may_embed(u), OFFICE)],
    "history.audit.may_read": [(lambda w, u: audit.may_read(u), SEES_ALL | CHUNAN | HOUSING | TONGLU)],
    "figures.official_imports._may_import": [
        (lambda w, u: u.imports_official_tables and imports._may_import(u, "plan"), OFFICE),
        (lambda w, u: u.imports_official_tables and imports._may_import(u, "observations"), {"admin"}),
    ],
    "access.views.may_manage": [
        (lambda w, u: token_pages.may_manage(u), OFFICE | CHUNAN | HOUSING | TONGLU | OTHERS),
    ],
    "matters.rights.may_issue": [(lambda w, u: rights.may_issue(u), LEADING | CHUNAN | {"tonglu"})],
    "matters.rights.may_assign": [
        (lambda w, u: rights.may_assign(u, w["units"]["330127-housing"]), LEADING | CHUNAN),
        (lambda w, u: rights.may_assign(u, w["units"]["HZDRC"]), LEADERS),
    ],
    "matters.rights.oversees_matter": [(lambda w, u: rights.oversees_matter(u, w["matter"]), LEADING)],
    "matters.rights.acts_for_owner": [(lambda w, u: rights.acts_for_owner(u, w["matter"]), HOUSING)],
    "matters.rights.may_note": [(lambda w, u: rights.may_note(u), EVERYBODY - OF_NO_UNIT)],
    "matters.rights.may_settle": [(lambda w, u: rights.may_settle(u, w["question"]), LEADING)],
    "matters.light_actions.may_set_lights": [(lambda w, u: may_set_lights(u), COMMISSION)],
    "messaging.rights.may_subscribe": [(lambda w, u: may_subscribe(u), {"admin"} | WITH_A_UNIT)],
    "messaging.rights.may_watch": [(lambda w, u: may_watch(u), {"admin", "municipal"})],
    "messaging.rights.may_settle": [
        (lambda w, u: may_settle(u, w["dead"]), {"admin", "municipal", "chunan-housing"}),
    ],
    "pulling.actions.may_register": [(lambda w, u: pulling.may_register(u), WHO_FILL_IN)],
    "pulling.actions.may_change": [(lambda w, u: pulling.may_change(u, w["source"]), {"chunan-housing"})],
    "pulling.actions.may_end": [
        (lambda w, u: pulling.may_end(u, w["source"]), {"admin", "municipal", "chunan-housing"}),
    ],
    "plan.work.may_plan": [(lambda w, u: may_plan(u), OFFICE)],
    "plan.work.may_speak": [
        (lambda w, u: may_speak(w["item"], u), OFFICE | CHUNAN | HOUSING),
        (lambda w, u: may_speak(w["city_item"], u), OFFICE | {"finance"}),
    ],
    "projects.changes.writing.may_write": [
        (lambda w, u: may_write(u, "330127", w["units"]["330127-housing"].pk), OFFICE | CHUNAN | HOUSING),
        (lambda w, u: may_write(u, "330127", None), OFFICE | CHUNAN),
    ],
    "projects.actions.may_enter": [(lambda w, u: projects.may_enter(u), OFFICE | CHUNAN | HOUSING | TONGLU)],
    "reporting.reminders.dispatch_notices.may_press": [
        (lambda w, u: may_press(u, w["units"]["330127-housing"]), COMMISSION | CHUNAN),
    ],
    "reporting.reminders.dispatch_notices.oversees": [
        (lambda w, u: oversees(u, "330127"), COMMISSION | CHUNAN),
        (lambda w, u: oversees(u, None), COMMISSION),
    ],
    "reporting.rounds.progress.may_remind": [(lambda w, u: may_remind(u, w["sheet"]), COMMISSION | CHUNAN)],
    "reporting.steps.is_own_part": [(lambda w, u: is_own_part(w["part"], u), HOUSING)],
    "reporting.views.is_turn_of": [
        (lambda w, u: is_turn_of(u, w["sheet"]), CHUNAN | HOUSING),
        (lambda w, u: is_turn_of(u, w["submitted"]), COMMISSION),
    ],
}
Scope = dict[str, set[str]]
OPEN: Scope = {"all": EVERYBODY}
OF_A_COUNTY: Scope = {"all": SEES_ALL, "330127": CHUNAN | HOUSING, "330122": TONGLU}
# method: (the rows as a user gets them, what names a row's owner, who gets which)
QUERIES: dict[str, tuple[Callable[[User], QuerySet], str, Scope]] = {
    "AccessTokenQuerySet.visible_to": (
        AccessToken.objects.visible_to,
        "organisation__code",
        {"all": {"admin"}, "HZDRC": {"municipal"}, "330127-DRC": {"chunan"}, "HZ-STATS": {"stats"}}
        | {"330127-housing": {"chunan-housing"}},
    ),
    "AreaQuerySet.visible_to": (Area.objects.visible_to, "code", OPEN),
    "CommitmentQuerySet.visible_to": (Commitment.objects.visible_to, "code", OPEN),
    "StatementQuerySet.visible_to": (CommitmentStatement.objects.visible_to, "area", OPEN),
    "FlowQuerySet.visible_to": (Flow.objects.visible_to, "area", OPEN),
    "FlowQuerySet.editable_by": (
        lambda u: Flow.objects.filter(source__keeper="county").editable_by(u),
        "area",
        {"all": OFFICE, "330127": CHUNAN, "330122": {"tonglu"}},
    ),
    "FundingSourceQuerySet.visible_to": (FundingSource.objects.visible_to, "code", OPEN),
    "FundingSourceQuerySet.recordable_by": (
        FundingSource.objects.recordable_by,
        "keeper",
        {"all": OFFICE, "city": {"finance"}, "county": CHUNAN | {"tonglu"}},
    ),
    "MatchingRuleQuerySet.visible_to": (MatchingRule.objects.visible_to, "version", OPEN),
    "AssessmentQuerySet.visible_to": (Assessment.objects.visible_to, "area", OPEN),
    "MatterQuerySet.visible_to": (
        Matter.objects.visible_to,
        "owner__code",
        {"all": SEES_ALL, "330127-DRC+330127-housing": CHUNAN, "330127-housing": HOUSING, "HZ-FINANCE": {"finance"}}
        | {"330122-housing": {"tonglu", "tonglu-housing"}},
    ),
    "MatterFileQuerySet.visible_to": (
        MatterFile.objects.visible_to,
        "step__matter__owner__code",
        {"all": SEES_ALL, "330127-DRC+330127-housing": CHUNAN, "330127-housing": HOUSING, "HZ-FINANCE": {"finance"}},
    ),
    "RemarkQuerySet.visible_to": (
        Remark.objects.visible_to,
        "about_key",
        {
            "all": SEES_ALL,
            "330127/2025/P02+330127/P02/2024": CHUNAN,
            "330127/P02/2024": EVERYBODY - SEES_ALL - CHUNAN,
        },
    ),
    "LightRuleQuerySet.visible_to": (LightRule.objects.visible_to, "version", OPEN),
    "NumberRuleQuerySet.visible_to": (NumberRule.objects.visible_to, "code", OPEN),
    "VersionedQuerySet.visible_to": (Target.objects.visible_to, "area", OPEN),
    "AuditEntryQuerySet.visible_to": (AuditEntry.objects.visible_to, "area", OF_A_COUNTY),
    "ChangeQuerySet.visible_to": (Change.objects.visible_to, "area", OPEN),
    "ReferenceSourceQuerySet.visible_to": (ReferenceSource.objects.visible_to, "title", OPEN),
    "ReportIssueQuerySet.visible_to": (ReportIssue.objects.visible_to, "number", {"all": SEES_ALL}),
    "StatementQuerySet.with_files_for": (
        CommitmentStatement.objects.with_files_for,
        "area",
        {"all": SEES_ALL | CHUNAN | HOUSING},  # the one statement with a file there is is about Chun'an
    ),
    "StatementFileQuerySet.visible_to": (
        StatementFile.objects.visible_to,
        "statement__work_item__area",
        {"all": SEES_ALL | CHUNAN | HOUSING},  # the one file there is is about Chun'an
    ),
    "WorkItemQuerySet.visible_to": (WorkItem.objects.visible_to, "area", OPEN),
    "ProjectQuerySet.visible_to": (Project.objects.visible_to, "code", OPEN),
    "ProjectQuerySet.editable_by": (
        lambda u: Project.objects.filter(organisation__code__in=("330127-housing", "330127-DRC")).editable_by(u),
        "organisation__code",
        {"all": OFFICE | CHUNAN, "330127-housing": HOUSING},
    ),
    "EvidenceQuerySet.visible_to": (
        Evidence.objects.visible_to,
        "entry__submission__area",
        {"all": SEES_ALL | CHUNAN | HOUSING},
    ),
    "NoticeQuerySet.visible_to": (
        Notice.objects.visible_to,
        "organisation__code",
        {"HZDRC": COMMISSION, "330127-DRC": CHUNAN, "330127-housing": HOUSING, "330122-DRC": {"tonglu"}}
        | {"330122-housing": {"tonglu-housing"}},
    ),
    "MessageQuerySet.visible_to": (
        lambda user: Message.objects.visible_to(user).filter(is_demo=False),
        "organisation__code",
        {"all": {"chunan-housing"}},
    ),
    "MessageQuerySet.unread_by": (Message.objects.unread_by, "person__username", {"leader": {"leader"}}),
    "EndpointQuerySet.visible_to": (
        Endpoint.objects.visible_to,
        "organisation__code",
        {"all": {"admin", "chunan-housing"}},
    ),
    "DeliveryQuerySet.visible_to": (
        Delivery.objects.visible_to,
        "receiver",
        {"all": {"admin", "municipal", "chunan-housing"}},
    ),
    "ThresholdQuerySet.visible_to": (Threshold.objects.visible_to, "indicator", {"all": {"leader"}}),
    "SourceQuerySet.visible_to": (
        Source.objects.visible_to,
        "organisation__code",
        {"all": {"admin", "municipal", "chunan-housing"}},
    ),
    "SubmissionQuerySet.visible_to": (Submission.objects.visible_to, "area", OF_A_COUNTY),
}
ASKS_OTHERWISE = {
    "identity.preferences.mark": "a mark of one's own, whoever it is",
    "identity.factors.has_factor": "of one's own account, no role",
    "identity.factors.needs_factor": "by a setting: tests/identity/test_factors.py",
    "identity.proofs.by_passkey": "of one's own keys: tests/browser/test_identity.py",
    "identity.passwords.is_former": "of one's own password",
    "operations.health.may_read_metrics": "by address or key, no role: tests/operations/test_health.py",
    "reporting.workbooks.views._may_attach": "is_own_part, beside the state of the sheet",
}


def modules():
    for name in ROOMS:
        package = importlib.import_module(name)
        found = [each.name for each in pkgutil.walk_packages(package.__path__, f"{name}.")]
        yield from (
            importlib.import_module(each) for each in found if ".migrations" not in each and ".management" not in each
        )


def functions():
    """(full name, function) of every one defined in the rooms."""
    for module in modules():
        for name, each in vars(module).items():
            if inspect.isfunction(each) and each.__module__ == module.__name__:
                yield f"{module.__name__}.{name}", each


def test_every_question_has_a_row():
    asked = {
        name
        for name, each in functions()
        if "user" in inspect.signature(each).parameters
        and inspect.signature(each).return_annotation in (bool, "bool")
        and "._" not in name
        and name != "accounts.persons.is_one_of"  # about persons, not about rights: tests/accounts/test_persons.py
    } | {name for name, each in functions() if name.rpartition(".")[2].lstrip("_").startswith("may_")}
    assert asked - ASKS_OTHERWISE.keys() == QUESTIONS.keys()


def test_every_query_has_a_row():
    found = {
        f"{kind.__name__}.{name}"
        for module in modules()
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, QuerySet) and kind.__module__ == module.__name__
        for name, each in vars(kind).items()
        if inspect.isfunction(each) and "user" in inspect.signature(each).parameters
    }
    assert found == QUERIES.keys()


def test_who_is_answered_yes(world):
    found = {name: [logins(world, lambda u, a=ask: a(world, u)) for ask, _ in rows] for name, rows in QUESTIONS.items()}
    assert found == {name: [allowed for _ask, allowed in rows] for name, rows in QUESTIONS.items()}


@pytest.mark.parametrize("name", QUERIES)
def test_who_gets_which_rows(world, name):
    rows_for, owner, expected = QUERIES[name]
    most = max(rows_for(user).count() for user in world["users"].values())
    found: Scope = {}
    for login, user in world["users"].items():
        rows = rows_for(user)
        if rows.exists():
            scope = (
                "all"
                if rows.count() == most and "all" in expected
                else "+".join(sorted(set(map(str, rows.order_by().values_list(owner, flat=True)))))
            )
            found.setdefault(scope, set()).add(login)
    assert found == expected


# What is done --------------------------------------------------------------------------------------------

ROW = FlowRow("330127", 2025, "F3", "arrived", Decimal(10), date(2026, 1, 6), document="淳财〔2026〕1号")
CITY_ROW = FlowRow("330127", 2025, "F1", "allocated", Decimal(10), date(2026, 1, 6), document="杭财〔2026〕1号")
LINE_VALUES = {"subject": "matching", "area_id": "330127", "side": "below", "limit": Decimal(1)}
RULE_TERMS = NumberRuleTerms("R99", "P08 <= P07", "soft", "分项不超过总项")
TERMS = RuleTerms(2026, 2026, ["F1"], "F3", Decimal("0.8"), Decimal(0))
VALUES = {"name": "新项目", "organisation_id": None}
PARTS = projects.Parts(shares={"330127": Decimal(1)})
Act = Callable[[dict, User], object]


def an_item(w) -> Item:
    return Item("task/T-1", "任务", "请办理", "/plan/tasks/", w["units"]["330127-housing"], "330127")


def an_embedding(by: User) -> Embedding:
    return open_embedding(address="/charts/status.svg", hosts=["https://a.example"], by=by)


def entered(w, by):
    return projects.create_project(values=VALUES | {"field_id": w["project"].field_id}, parts=PARTS, by=by)


def attached(w, by):
    return attach_evidence(entry=w["evidence"].entry, name="又.pdf", content=PDF + b"\n", by=by)


def a_quarter(w, by):
    """Of a row of the housing bureau's, as if it were known by quarter."""
    IndicatorDefinition.objects.filter(indicator="P02").update(is_quarterly=True)
    return save_quarters(area=w["area"], year=2025, typed={("P02", 1): Decimal(93)}, by=by)


ACTS: dict[str, list[tuple[Act, set[str]]]] = {
    "commitments.actions.state_commitment": [
        (
            lambda w, by: state_commitment(
                commitment=w["promise"], area=w["area"], standing="on_track", words="已开工", by=by
            ),
            OFFICE | CHUNAN,
        )
    ],
    "access.actions.create_token": [
        (lambda w, by: create_token(name="x", organisation=w["units"]["330127-DRC"], by=by), {"admin", "chunan"}),
        (lambda w, by: create_token(name="x", organisation=w["units"]["HZ-FINANCE"], by=by), {"admin", "finance"}),
    ],
    "identity.factor_actions.ask_factor_reset": [
        (lambda w, by: ask_factor_reset(user=w["users"]["chunan"], reason="遗失", by=by), {"admin"}),
    ],
    "identity.factor_actions.settle_factor_reset": [
        (lambda w, by: settle_factor_reset(reset=w["reset"], agreed=True, by=by), {"admin"}),
    ],
    "access.actions.confirm_token": [(lambda w, by: confirm_token(token=w["token"], by=by), {"admin"})],
    "access.actions.revoke_token": [
        (lambda w, by: revoke_token(token=w["token"], reason="丢失", by=by), {"admin", "chunan"}),
    ],
    "access.actions.settle_tokens": [
        (lambda w, by: settle_tokens(person=w["users"]["chunan"], kept=[], by=by, reason="调离"), {"admin"}),
    ],
    "messaging.subscribing.settle_programs": [
        (lambda w, by: settle_programs(person=w["users"]["chunan"], kept=[], by=by, reason="调离"), {"admin"}),
    ],
    "reports.actions.issue_report": [(lambda w, by: issue_report(year=2024, by=by), OFFICE)],
    "reports.actions.rebuild_report": [(lambda w, by: rebuild_report(issue=w["issue"], by=by), OFFICE)],
    "funding.actions.record_flows": [
        (lambda w, by: record_flows([ROW], by=by), OFFICE | CHUNAN),
        (lambda w, by: record_flows([CITY_ROW], by=by), OFFICE | {"finance"}),
    ],
    "funding.actions.correct_flow": [
        (lambda w, by: correct_flow(w["flow"], to_amount_wan=Decimal(1), reason="笔误", by=by), OFFICE | CHUNAN),
        (
            lambda w, by: correct_flow(w["city_flow"], to_amount_wan=Decimal(1), reason="笔误", by=by),
            OFFICE | {"finance"},
        ),
    ],
    "funding.actions.void_flows": [
        (lambda w, by: void_flows([w["flow"]], reason="笔误", by=by), OFFICE | CHUNAN),
        (lambda w, by: void_flows([w["city_flow"]], reason="笔误", by=by), OFFICE | {"finance"}),
    ],
    "funding.rule_actions.define_rule": [(lambda w, by: define_rule(TERMS, reason="新规", by=by), OFFICE)],
    "reporting.rules.actions.define_number_rule": [
        (lambda w, by: define_number_rule(RULE_TERMS, reason="两个数应当对得上", by=by), OFFICE),
    ],
    "reporting.rules.actions.withdraw_number_rule": [
        (lambda w, by: withdraw_number_rule("R01", reason="这条规则不再适用", by=by), OFFICE),
    ],
    "matters.actions.issue_matter": [
        (lambda w, by: issue_matter(thing=w["thing"], order=w["order"], by=by), LEADING | CHUNAN),
    ],
    "matters.actions.take_step": [
        (lambda w, by: take_step(matter=w["matter"], step="sign", by=by), HOUSING),
        (lambda w, by: take_step(matter=w["reported"], step="verify", by=by), LEADING),
    ],
    "matters.notes.add_note": [
        (
            lambda w, by: add_note(thing=find_thing("county", "330127", w["users"]["admin"]), word=Word("记"), by=by),
            EVERYBODY - OF_NO_UNIT,
        ),
        (lambda w, by: add_note(thing=w["thing"], word=Word("记"), by=by), SEES_ALL | CHUNAN | HOUSING),
        (lambda w, by: add_note(thing=w["thing"], word=Word("", Remark.Kind.SEEN), by=by), LEADING),
    ],
    "matters.notes.reply_to": [
        (lambda w, by: reply_to(note=w["question"], thing=w["thing"], word=Word("答"), by=by), SEES_ALL | CHUNAN),
    ],
    "matters.notes.settle_note": [(lambda w, by: settle_note(note=w["question"], by=by), LEADING)],
    "matters.light_actions.define_light_rule": [
        (lambda w, by: define_light_rule(limits=Limits(5, 9), reason="联席会议纪要要求", by=by), COMMISSION),
    ],
    "charts.embedding.open_embedding": [
        (
            lambda w, by: open_embedding(address="/charts/status.svg", hosts=["https://a.example"], by=by),
            OFFICE,
        ),
    ],
    "charts.embedding.end_embedding": [
        (
            lambda w, by: end_embedding(embedding=an_embedding(w["users"]["municipal"]), reason="改版", by=by),
            OFFICE,
        ),
    ],
    "messaging.actions.save_preference": [
        (lambda w, by: save_preference(values={"rhythm": "daily"}, by=by), PERSONS),
    ],
    "messaging.actions.draw_threshold": [
        (lambda w, by: draw_threshold(values=LINE_VALUES, by=by), PERSONS),
    ],
    "messaging.actions.drop_threshold": [(lambda w, by: drop_threshold(line=w["line"], by=by), {"leader"})],
    "messaging.actions.mark_seen": [(lambda w, by: mark_seen(by=by, number=1), PERSONS)],
    "messaging.actions.resend_letter": [
        (lambda w, by: resend_letter(delivery=w["dead"], by=by), {"admin", "municipal", "chunan-housing"}),
    ],
    "messaging.actions.drop_letter": [
        (lambda w, by: drop_letter(delivery=w["dead"], by=by), {"admin", "municipal", "chunan-housing"}),
    ],
    "messaging.actions.try_channel": [
        (lambda w, by: try_channel(channel="mail", by=by), PERSONS),
        (lambda w, by: try_channel(channel="wecom", robot="*", by=by), {"admin", "municipal"}),
        (
            lambda w, by: try_channel(channel="webhook", endpoint=w["program"], by=by),
            {"admin", "chunan-housing"},
        ),
    ],
    "messaging.subscribing.register_endpoint": [
        (
            lambda w, by: register_endpoint(
                name="x", url="https://example.org/", organisation=w["units"]["330127-housing"], by=by
            ),
            {"admin", "chunan-housing"},
        )
    ],
    "messaging.subscribing.renew_secret": [
        (lambda w, by: renew_secret(endpoint=w["program"], by=by), {"admin", "chunan-housing"}),
    ],
    "messaging.subscribing.replay_changes": [
        (lambda w, by: replay_changes(endpoint=w["program"], after=0, by=by), {"admin", "chunan-housing"}),
    ],
    "messaging.subscribing.end_endpoint": [
        (lambda w, by: end_endpoint(endpoint=w["program"], reason="下线", by=by), {"admin", "chunan-housing"}),
    ],
    "pulling.actions.register_source": [
        (lambda w, by: pulling.register_source(values=SOURCE_VALUES, secret="", by=by), WHO_FILL_IN),
    ],
    "pulling.actions.edit_source": [
        (
            lambda w, by: pulling.edit_source(source=w["source"], values=SOURCE_VALUES, secret="", by=by),
            {"chunan-housing"},
        ),
    ],
    "pulling.actions.pull": [(lambda w, by: pulling.pull(source=w["source"], by=by), {"chunan-housing"})],
    "pulling.actions.end_source": [
        (
            lambda w, by: pulling.end_source(source=w["source"], reason="x", by=by),
            {"admin", "municipal", "chunan-housing"},
        ),
    ],
    "plan.work.assign_work": [(lambda w, by: assign_work(task=w["task"], by=by), OFFICE)],
    "plan.work.edit_work": [
        (lambda w, by: edit_work(item=w["item"], task=w["task"], version=1, reason="改", by=by), OFFICE),
    ],
    "plan.work.record_meeting": [
        (
            lambda w, by: record_meeting(
                held_on=date(2026, 3, 1), title="会议", chair="甲", minutes="", decisions=["办"], by=by
            ),
            OFFICE,
        )
    ],
    "plan.work.state_progress": [
        (
            lambda w, by: state_progress(item=w["item"], words="办完", new_state="done", by=by),
            OFFICE | CHUNAN | HOUSING,
        ),
        (
            lambda w, by: state_progress(item=w["city_item"], words="办完", new_state="done", by=by),
            OFFICE | {"finance"},
        ),
        (lambda w, by: state_progress(item=w["item"], words="不办", new_state="cancelled", by=by), OFFICE),
    ],
    "projects.actions.create_project": [(entered, OFFICE | CHUNAN | HOUSING)],
    "projects.actions.edit_project": [
        (
            lambda w, by: projects.edit_project(project=w["project"], by=by, values={"note": "注"}),
            OFFICE | CHUNAN | HOUSING,
        ),
    ],
    "projects.actions.record_amount": [
        (
            lambda w, by: projects.record_amount(
                project=w["project"], amount=projects.Amount("plan", Decimal(3), "2026"), by=by
            ),
            OFFICE | CHUNAN | HOUSING,
        )
    ],
    "projects.changes.progress.report_progress": [
        (
            lambda w, by: report_progress(project=w["project"], progress=Progress(2023, 1, None, "在建"), by=by),
            OFFICE | CHUNAN | HOUSING,
        )
    ],
    "projects.changes.progress.report_history": [
        (
            lambda w, by: report_history(
                project=w["project"], told=[DatedProgress(Progress(2023, 1, None, "在建"), timezone.now())], by=by
            ),
            OFFICE | CHUNAN | HOUSING,
        )
    ],
    "projects.actions.change_state": [
        (
            lambda w, by: projects.change_state(project=w["project"], state="stalled", reason="缺地", by=by),
            OFFICE | CHUNAN | HOUSING,
        )
    ],
    "reporting.entries.saving.save_entries": [
        (lambda w, by: save_entries(submission=w["sheet"], typed=[Typed("P02", Decimal(93))], by=by), HOUSING),
    ],
    "reporting.quarters.entry.save_quarters": [(a_quarter, HOUSING)],
    "reporting.checks.limit_proposals.set_check_limits": [
        (lambda w, by: set_check_limits({"P13": Decimal(3)}, by=by, reason="按历年变化设定"), OFFICE),
    ],
    "reporting.entries.evidence.attach_evidence": [(attached, HOUSING)],
    "reporting.entries.evidence.withdraw_evidence": [
        (lambda w, by: withdraw_evidence(evidence=w["evidence"], by=by), HOUSING),
    ],
    "reporting.actions.hand_over": [(lambda w, by: hand_over(part=w["part"], by=by), HOUSING)],
    "reporting.actions.take_back": [(lambda w, by: take_back(part=w["part"], by=by), HOUSING)],
    "reporting.actions.send_back": [(lambda w, by: send_back(part=w["part"], by=by, reason="请核对"), CHUNAN)],
    "reporting.actions.change_state": [
        (lambda w, by: change_state(submission=w["sheet"], action="submit", by=by), CHUNAN),
        (lambda w, by: change_state(submission=w["submitted"], action="withdraw", by=by), NOBODY),
        (
            lambda w, by: change_state(submission=w["submitted"], action="return", by=by, reason="核", entries=["P02"]),
            COMMISSION,
        ),
        (lambda w, by: change_state(submission=w["submitted"], action="approve", by=by), COMMISSION),
        (
            lambda w, by: change_state(
                submission=w["approved"],
                action="reopen",
                by=by,
                reason="核",
                until=timezone.now() + timezone.timedelta(9),
            ),
            COMMISSION,
        ),
    ],
    "reporting.reminders.dispatch_notices.press": [(lambda w, by: press(item=an_item(w), by=by), COMMISSION | CHUNAN)],
    "reporting.reminders.due_reminders.remind": [
        (lambda w, by: remind(submission=w["sheet"], by=by), COMMISSION | CHUNAN)
    ],
    "reporting.rounds.actions.open_round": [
        (
            lambda w, by: open_round(year=2026, due_on=date(2027, 3, 31), areas=[w["area"]], by=by),
            COMMISSION | {"admin"},
        ),
    ],
    "reporting.rounds.actions.close_round": [
        (lambda w, by: close_round(round_=Round.objects.get(year=2025), by=by), COMMISSION)
    ],
    "reporting.rounds.actions.resume_round": [
        (lambda w, by: resume_round(round_=Round.objects.get(year=2025), by=by, reason="补报"), COMMISSION),
    ],
}
# Asked where the request comes in, or called by an action above within its own check.
INSIDE = {
    "access.locks.unlock_logins": "the back office's list of users, for administrators alone: tests/test_admin.py",
    "identity.actions.end_session": "of one's own: tests/identity/test_sessions.py",
    "identity.actions.end_other_sessions": "of one's own",
    "identity.factor_actions.begin_totp": "of one's own: tests/identity/test_factors.py",
    "identity.factor_actions.confirm_totp": "of one's own",
    "identity.factor_actions.remove_totp": "of one's own",
    "identity.factor_actions.add_passkey": "of one's own",
    "identity.factor_actions.remove_passkey": "of one's own",
    "identity.factor_actions.renew_codes": "of one's own",
    "identity.actions.record_password": "within the setting of a password",
    "indicators.importing.tables.apply": "the pages and commands of imports: tests/test_matrix.py, tests/indicators",
    "peers.actions.import_reference": "the upload of the city's own people, and a command: tests/peers",
    "peers.actions.withdraw_reference": "as import_reference",
    "funding.upload.undo_flows": "the upload of one's own: void_flows",
    "indicators.importing.undoing.undo_import": "as apply, of an import of one's own",
    "projects.workbooks.undoing.undo_register": "the upload of one's own: the actions of the register",
    "indicators.years.actions.approve_reporting_year": "within an approval",
    "indicators.years.actions.open_reporting_year": "within the opening of a round",
    "indicators.years.quarters.record_quarters": "within save_quarters, and the demonstration",
    "indicators.actions.withdraw_demo": "load_demo --clear alone",
    "funding.actions.remove_demo_flows": "load_demo --clear alone",
    "funding.rule_actions.check_rule": "within define_rule; writes nothing",
    "funding.actions.flow_problems": "within record_flows; writes nothing",
    "journal.actions.actor_name": "a name, no write",
    "journal.actions.log_audit": "within every action",
    "journal.actions.log_event": "a login, a download, a refusal: noted by the site itself, whoever it is",
    "matters.actions.take_steps": "take_step for each",
    "messaging.personal.mark_messages_read": "of one's own",
    "reporting.actions.change_states": "change_state for each",
    "reporting.actions.take_step": "one of the steps above",
    "reporting.entries.saving.lock_open_row": "within saving evidence",
    "reporting.reminders.notices.tell_opened": "within the opening of a round",
    "reporting.reminders.notices.write_notices": "within the step told of",
    "reporting.publishing.publish": "within an approval",
    "reporting.reminders.due_reminders.remind_many": "remind for each",
    "reporting.rounds.actions.assign_responsibilities": "load_plan, and opening a round, for the city alone",
    "seeding.setup.logins.make_logins": "the set-up, for administrators alone: tests/test_matrix.py",
    "seeding.plan_files.loading.record_plan": "load_plan, and the set-up",
    "seeding.setup.steps.open_first_year": "open_round with what it needs",
    "seeding.setup.steps.set_owner": "the set-up, for administrators alone: tests/test_matrix.py",
    "seeding.setup.steps.take_plan": "the set-up, for administrators alone: tests/test_matrix.py",
    "messaging.rights.require_own": "the refusal of may_subscribe, and of another unit's program",
    "reporting.steps.log_step": "within the step",
    "reporting.steps.move": "within the step",
    "reporting.steps.move_part": "within the step",
    "reporting.steps.require_own_part": "the refusal of is_own_part",
    "reporting.quarters.saving.put_quarters": "the own rows alone, each refused by name: tests/reporting",
    "projects.changes.writing.locked": "the refusal of may_write",
    "projects.changes.writing.require_writer": "the refusal of may_write",
    "projects.changes.writing.authored": "columns of a row, no write",
    "projects.changes.writing.log_change": "within every action of the register",
    "projects.changes.writing.log_changes": "within every action of the register",
    "planning.confirming.confirm_points": "first of all the refusal of may_confirm: tests/planning",
}


def test_every_act_has_a_row():
    acts = {name for name, each in functions() if "by" in inspect.signature(each).parameters and "._" not in name}
    assert acts == ACTS.keys() | INSIDE.keys()


def is_let(act: Act, world: dict, user: User) -> bool:
    """Whether the action lets this user; what it wrote is taken back. What stops the allowed for another reason (a part
    that is not ready, the second copy of a file) is no refusal of the person."""
    try:
        with nullcontext() if act is attached else transaction.atomic():  # that one writes in its own transaction
            act(world, user)
            if act is not attached:
                transaction.set_rollback(True)
    except Refused as refusal:
        return refusal.status != 403
    return True


@pytest.mark.parametrize("name", ACTS)
def test_who_is_let_and_who_is_refused(world, name):
    found = [logins(world, lambda u, a=act: is_let(a, world, u)) for act, _ in ACTS[name]]
    assert found == [allowed for _act, allowed in ACTS[name]]
