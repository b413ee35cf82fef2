"""Every named rule that the database holds, each tried by a write that goes round the actions."""

from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex

import pytest
from django.db import models
from django.utils import timezone

from access.actions import create_token
from accounts.models import AccessToken, Organisation, TokenUsage, User
from areas.models import Area
from commitments.models import Commitment, CommitmentStatement
from identity.models import ExternalIdentity, FactorReset, PostRule, RecoveryCode, SecondFactor
from indicators.models import (
    Assessment,
    ContextFigure,
    Indicator,
    IndicatorDefinition,
    KnownShortfall,
    Observation,
    QuarterlyFigure,
    RecomputeChunk,
    RecomputeRun,
    ReportingYear,
    Standard,
    Target,
    TargetRule,
)
from journal.models import AuditCut, ReportIssue
from plan.models import Decision, Meeting, Plan, ProgressStatement, StatementFile, WorkItem
from tests.constraints import assert_refused, named_constraints

APPS = ("areas", "accounts", "journal", "identity", "plan", "indicators", "commitments")
pytestmark = pytest.mark.usefixtures("plan")


def again(row: models.Model, **changes) -> None:
    """Insert a copy of a stored row."""
    row.pk, row._state.adding = None, True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def a_fact(model: type[models.Model]) -> models.Model:
    values = {"cite": "official", "recorded_via": "import", "recorded_at": timezone.now()}
    return model.objects.create(area_id="330122", indicator_id="P02", year=2024, value=1, version=1, **values)


def of_facts(model: type[models.Model]) -> dict[str, Callable[[], object]]:
    name = model._meta.model_name

    def change(**values):
        return lambda: model.objects.filter(pk=a_fact(model).pk).update(**values)

    return {
        f"{name}_version_is_unique": lambda: again(a_fact(model), superseded_at=timezone.now()),
        f"{name}_has_one_in_force": lambda: again(a_fact(model), version=2),
        f"{name}_year_is_plausible": change(year=2101),
        f"{name}_ends_after_it_begins": change(superseded_at=timezone.now() - timedelta(days=1)),
        f"{name}_demo_says_so": change(is_demo=True),
    }


def a_user(name="x") -> User:
    return User.objects.create(username=name, role="leader")


def a_reset(user: User, **more) -> FactorReset:
    return FactorReset.objects.create(user=user, reason="遗失", asked_at=timezone.now(), asked_by_name="甲", **more)


def a_reset_by_one(user: User) -> FactorReset:
    settled = {"settled_at": timezone.now(), "is_agreed": True, "settled_by": user, "settled_by_name": "乙"}
    return a_reset(user, asked_by=user, **settled)


def an_identity(user: User) -> ExternalIdentity:
    return ExternalIdentity.objects.create(user=user, provider="ldap", subject="1", linked_at=timezone.now())


def a_post_rule(**more) -> PostRule:
    values = {"directory_unit": "某局", "organisation": Organisation.objects.first(), "role": "municipal"}
    return PostRule.objects.create(**values | more)


def a_statement(**values) -> CommitmentStatement:
    more = {"commitment_id": "C13", "area_id": "330122", "standing": "on_track"}
    return CommitmentStatement.objects.create(stated_on="2026-03-01", at=timezone.now(), **more, **values)


def a_work_item(**values) -> WorkItem:
    unit = Organisation.objects.get(code="HZDRC")
    return WorkItem.objects.create(
        code="T-9999", title="x", chapter_id=1, responsible=unit, due_on="2026-03-01", **values
    )


def a_task_file(**values) -> StatementFile:
    """A file of the one statement of the one task."""
    item = WorkItem.objects.first() or a_work_item()
    told = ProgressStatement.objects.get_or_create(work_item=item, defaults={"at": timezone.now(), "words": "x"})[0]
    values = {"name": "a.pdf", "size": 1, "stored_as": token_hex(24), "sha256": token_hex(8)} | values
    return StatementFile.objects.create(statement=told, **values)


def definition() -> IndicatorDefinition:
    return IndicatorDefinition.objects.get(indicator="P02")


def change_definition(**values):
    return lambda: IndicatorDefinition.objects.filter(indicator="P02").update(**values)


def a_token() -> AccessToken:
    return create_token(name="x", organisation=Organisation.objects.get(code="HZ-STATS"), by=None)[0]


def change_token(**values):
    return lambda: AccessToken.objects.filter(pk=a_token().pk).update(**values)


def a_run() -> RecomputeRun:
    now = timezone.now()
    return RecomputeRun.objects.create(scope="x", basis="1", since=now, started_at=now, chunks_total=1)


def a_quarter(**columns):
    known = {"area_id": "330122", "indicator_id": "H02", "year": 2024, "quarter": 1, "value": 1, "version": 1}
    known |= {"recorded_at": timezone.now(), "recorded_via": "edit", "cite": "official"}
    return QuarterlyFigure.objects.create(**known | columns)


def a_target_rule(**more) -> TargetRule:
    terms = {"kind": "yearly", "amount": 5, "comparison": "<=", "first_year": 2023, "last_year": 2027, "version": 1}
    terms |= {"recorded_at": timezone.now(), "recorded_via": "edit"}
    return TargetRule.objects.create(area_id="330122", indicator_id="P02", **terms | more)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "area_code_is_gbt2260": lambda: Area.objects.create(code="33012A", name="某县", kind="county"),
    "organisation_one_per_area_and_duty": lambda: Organisation.objects.create(
        code="330122-school", name="另一个教育局", kind="bureau", area_id="330122", duty="教育局"
    ),
    "user_of_a_role_with_scope_has_an_organisation": lambda: User.objects.create(username="x", role="county"),
    "user_of_three_administrators_is_no_other": lambda: User.objects.create(
        username="x", role="security", is_superuser=True
    ),
    "second_factor_in_use_has_a_secret": lambda: SecondFactor.objects.create(user=a_user(), totp_at=timezone.now()),
    "recovery_code_is_there_once": lambda: again(RecoveryCode.objects.create(user=a_user(), digest="x")),
    "factor_reset_one_open_for_a_user": lambda: again(a_reset(a_user())),
    "factor_reset_settled_says_by_whom_and_how": lambda: a_reset(a_user(), settled_at=timezone.now()),
    "factor_reset_takes_two_people": lambda: a_reset_by_one(a_user()),
    "identity_belongs_to_one_account": lambda: again(an_identity(a_user()), user=a_user("y")),
    "account_has_one_identity_at_a_provider": lambda: again(an_identity(a_user()), subject="2"),
    "post_rule_one_for_a_unit_and_post": lambda: again(a_post_rule()),
    "post_rule_of_a_role_with_scope_names_a_unit": lambda: a_post_rule(organisation=None),
    "post_rule_makes_no_administrator": lambda: a_post_rule(role="administrator"),
    "user_of_a_token_is_no_staff": lambda: User.objects.filter(pk=a_token().user_id).update(is_staff=True),
    "token_has_known_scopes": change_token(scopes="read admin"),
    "token_ends_after_it_begins": change_token(expires_at=timezone.now() - timedelta(days=1)),
    "token_rate_is_positive": change_token(rate=0),
    "token_revoked_says_by_whom_and_why": change_token(revoked_at=timezone.now()),
    "token_confirmed_says_by_whom": change_token(confirmed_at=timezone.now()),
    "token_usage_is_counted_once": lambda: [
        TokenUsage.objects.create(token=token, on=timezone.localdate(), endpoint="x", status=200, calls=1)
        for token in [a_token()] * 2
    ],
    "plan_reporting_day_is_month_and_day": lambda: Plan.objects.update(reporting_day="13-40"),
    "plan_ends_after_its_baseline": lambda: Plan.objects.update(final_year=2022),
    "commitment_has_a_value_or_is_in_words": lambda: Commitment.objects.filter(code="C13").update(value=1),
    "commitment_of_one_county_names_it": lambda: Commitment.objects.filter(code="C01").update(area="330122"),
    "commitment_ends_after_it_begins": lambda: Commitment.objects.filter(code="C01").update(to_year=2020),
    "statement_says_something": lambda: a_statement(words=""),
    "statement_file_is_stored": lambda: a_statement(words="x", file_name="a.pdf"),
    "statement_file_has_a_stored_name": lambda: a_statement(words="x", file_name="a.pdf", stored_as="../x"),
    "task_file_has_a_stored_name": lambda: a_task_file(stored_as="/etc/hostname"),
    "statement_has_a_file_once": lambda: [a_task_file(sha256="x") for _ in range(2)],
    "statement_file_is_not_empty": lambda: a_task_file(size=0),
    "audit_cut_ends_after_it_begins": lambda: AuditCut.objects.create(number=3, first=4),
    "report_failure_says_why": lambda: ReportIssue.objects.create(
        number="2026-001", year=2024, taken_at=timezone.now(), state_at=timezone.now(), content={}, state="failed"
    ),
    "report_number_is_year_and_number": lambda: ReportIssue.objects.create(
        number="../x", year=2024, taken_at=timezone.now(), state_at=timezone.now(), content={}
    ),
    "meeting_is_unique": lambda: [Meeting.objects.create(held_on="2026-03-01", title="例会") for _ in range(2)],
    "decision_number_is_unique": lambda: [
        Decision.objects.create(meeting=Meeting.objects.get_or_create(held_on="2026-03-01")[0], number=1, words="x")
        for _ in range(2)
    ],
    "work_item_is_closed_on_a_day": lambda: a_work_item(state="done"),
    "statement_percent_is_at_most_100": lambda: a_work_item().statements.create(at=timezone.now(), percent_done=101),
    "indicator_code_is_an_identifier": lambda: Indicator.objects.create(code="p-01"),
    "definition_version_is_unique": lambda: again(definition(), superseded_at=timezone.now()),
    "definition_has_one_in_force": lambda: again(definition(), version=2),
    "definition_tolerance_is_not_negative": change_definition(tolerance=-1),
    "definition_direction_is_known": change_definition(direction=2),
    "definition_years_are_in_order": change_definition(first_year=2025, last_year=2024),
    "definition_bounds_are_in_order": change_definition(lower_bound=100, upper_bound=100),
    "definition_names_both_parts_or_none": change_definition(denominator_name=""),
    "definition_aggregates_what_it_has": change_definition(aggregation="mean"),
    "observation_has_both_parts_or_none": lambda: Observation.objects.update(numerator=1, denominator=None),
    "quarterly_version_is_unique": lambda: again(a_quarter(), superseded_at=timezone.now()),
    "quarterly_has_one_in_force": lambda: again(a_quarter(), version=2),
    "quarterly_is_of_a_quarter": lambda: a_quarter(quarter=5),
    "quarterly_ends_after_it_begins": lambda: a_quarter(superseded_at=timezone.now() - timedelta(days=400)),
    "quarterly_demo_says_so": lambda: a_quarter(is_demo=True, cite="official"),
    "shortfall_once_per_indicator": lambda: again(KnownShortfall.objects.get(indicator="P02")),
    "context_figure_is_unique": lambda: again(ContextFigure.objects.first()),
    "target_rule_once_per_row": lambda: [a_target_rule(version=version) for version in (1, 2)],
    "target_rule_version_is_unique": lambda: [a_target_rule(superseded_at=timezone.now()) for _ in range(2)],
    "target_rule_years_are_in_order": lambda: a_target_rule(last_year=2020),
    "target_rule_has_an_amount": lambda: a_target_rule(amount=None),
    "target_rule_names_what_it_is_compared_with": lambda: a_target_rule(kind="than"),
    "reporting_year_is_unique": lambda: [
        ReportingYear.objects.create(area_id="330122", year=2024, opened_at=timezone.now()) for _ in range(2)
    ],
    "assessment_is_unique": lambda: again(Assessment.objects.first()),
    "recompute_run_of_a_scope_runs_once": lambda: again(a_run()),
    "recompute_run_ends_when_it_stops": lambda: RecomputeRun.objects.filter(pk=a_run().pk).update(state="done"),
    "recompute_chunk_is_unique": lambda: again(RecomputeChunk.objects.create(run=a_run(), number=1, areas=[])),
    **of_facts(Target),
    **of_facts(Standard),
    **of_facts(Observation),
    **{
        f"{model._meta.model_name}_band_is_in_order": lambda model=model: model.objects.filter(
            pk=a_fact(model).pk
        ).update(value_high=-1)
        for model in (Target, Standard)
    },
}


def test_every_named_constraint_is_tried():
    assert set(ATTEMPTS) == set(named_constraints(*APPS))


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_the_database_refuses(name):
    assert_refused(named_constraints(*APPS)[name], ATTEMPTS[name])


@pytest.mark.parametrize("role", ["administrator", "leader"])
def test_roles_without_scope_need_no_organisation(role):
    assert User.objects.create(username="x", role=role).organisation is None


def test_units_without_a_duty_may_share_an_area():
    city = Organisation.objects.filter(area="330100", duty="").order_by("code")
    assert list(city.values_list("code", flat=True)) == ["HZ-FINANCE", "HZ-STATS", "HZDRC"]
