"""Writes of money and rule: all or none, by whom, what stays, what the log says."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Organisation, User
from funding import frames
from funding.actions import FlowError, FlowForbidden, FlowRow, amount_now, correct_flow, record_flows, remove_demo_flows
from funding.models import Flow, FundingSource, MatchingRule
from funding.rule_actions import RuleTerms, define_rule
from journal.models import AuditEntry

ROW = FlowRow("330122", 2024, "F3", "arrived", Decimal("120.5"), date(2024, 5, 6), document="桐财〔2024〕1号")
TERMS = RuleTerms(2025, 2025, ["F1"], "F3", Decimal("0.8"), Decimal(0))


def a_user(role: str, unit: str) -> User:
    return User.objects.create(username=f"{role}-{unit}", role=role, organisation=Organisation.objects.get(code=unit))


def test_the_plan_brings_six_sources_and_one_rule(plan):
    found = FundingSource.objects.values_list("code", "keeper", "cite", "promised_yearly_yi")
    assert list(found) == [
        ("F1", "city", "inferred", 15),
        ("F2", "city", "inferred", 5),
        ("F3", "county", "inferred", None),
        ("F4", "city", "plan", None),
        ("F5", "county", "inferred", None),
        ("F6", "county", "inferred", None),
    ]
    [rule] = frames.rules()
    assert (rule.first, rule.last, rule.base_sources, rule.floor) == (2023, 2027, {"F1", "F2"}, 1)
    assert MatchingRule.objects.get().is_provisional


def test_a_field_comes_from_the_project_and_the_log_names_the_writer(plan):
    by = a_user("county", "330122-DRC")
    [flow] = record_flows([ROW], by=by)
    assert (flow.field_id, flow.recorded_by_name, flow.is_demo) == (
        None,
        "county-330122-DRC（桐庐县发展和改革局）",
        False,
    )
    entry = AuditEntry.objects.get(subject="funding.flow")
    assert (entry.actor, entry.area_id, entry.new) == (by, "330122", {"amount_wan": "120.5", "document": ROW.document})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"area": "330108"}, "没有区划代码为“330108”的地区"),
        ({"source": "F9"}, "没有代码为“F9”的资金来源"),
        ({"state": "spent"}, "资金状态“spent”不认识；可选：计划、下达、到位、支付"),
        ({"project": "PRJ-9999"}, "没有编号为“PRJ-9999”的项目"),
        ({"field": "space"}, "没有代码为“space”的领域"),
        ({"year": 24}, "资金年度 24 不对，应为四位年份"),
        ({"amount_wan": Decimal(-1)}, "金额不能为负；要减少一笔已登记的资金，请用“更正”"),
        ({"amount_wan": Decimal(10) ** 9}, "金额太大，应小于 10 亿万元；请检查单位，应为万元"),
        ({"amount_wan": Decimal("0.0000001")}, "金额的小数超过 6 位（0.01 元），请四舍五入"),
    ],
)
def test_one_faulty_row_keeps_all_out(plan, changes, words):
    with pytest.raises(FlowError) as refused:
        record_flows([ROW, replace(ROW, **changes)], by=None)
    assert (refused.value.problems, Flow.objects.count()) == ([(1, words)], 0)


@pytest.mark.parametrize(
    ("role", "unit", "may"),
    [
        ("municipal", "HZDRC", {"F1", "F2", "F3", "F4", "F5", "F6"}),
        ("department", "HZ-FINANCE", {"F1", "F2", "F4"}),
        ("county", "330122-DRC", {"F3", "F5", "F6"}),
        ("bureau", "330122-health", set()),
        ("department", "HZ-STATS", set()),
        ("leader", "HZDRC", set()),
    ],
)
def test_who_records_which_source(plan, role, unit, may):
    user = a_user(role, unit)
    done = set()
    for code in ("F1", "F2", "F3", "F4", "F5", "F6"):
        try:
            record_flows([replace(ROW, source=code)], by=user)
        except FlowForbidden:
            continue
        done.add(code)
    assert done == may


def test_a_county_records_and_corrects_its_own_only(plan):
    own, other = a_user("county", "330122-DRC"), a_user("county", "330127-DRC")
    with pytest.raises(FlowForbidden, match="只能登记本地区的资金，不能登记 330122 的"):
        record_flows([ROW], by=other)
    [flow] = record_flows([ROW], by=own)
    with pytest.raises(FlowForbidden, match="不由您登记"):
        correct_flow(flow, to_amount_wan=Decimal(1), reason="核对后更正", by=other)
    assert correct_flow(flow, to_amount_wan=Decimal(1), reason="核对后更正", by=own).amount_wan == Decimal("-119.5")


def test_a_correction_is_a_row_of_its_own_and_the_past_stays(plan):
    before = timezone.now() - timedelta(days=9)
    [flow] = record_flows([ROW], by=None, at=before)
    first = correct_flow(flow, to_amount_wan=Decimal(100), reason="核对后更正", by=None)
    second = correct_flow(first, to_amount_wan=Decimal(0), reason="全部冲销", by=None)
    assert (second.corrects, second.amount_wan, amount_now(flow)) == (flow, -100, 0)
    flow.refresh_from_db()
    assert flow.amount_wan == Decimal("120.5")
    then = frames.cells_frame(Flow.objects.as_of(before + timedelta(days=1)))
    assert list(then["amount"]) == [120.5]
    entry = AuditEntry.objects.filter(action="correct_flow").order_by("id").first()
    assert (entry.old, entry.new["amount_wan"], entry.reason) == (
        {"amount_wan": "120.500000"},
        "100.000000",
        "核对后更正",
    )


@pytest.mark.parametrize(
    ("amount", "reason", "words"),
    [
        ("1", "  ", "请写明更正的理由。"),
        ("120.5", "核对", "更正后的金额与现在相同，没有要更正的。"),
        ("-1", "核对", "金额不能为负；全部冲销请填 0"),
    ],
)
def test_what_is_no_correction_is_refused(plan, amount, reason, words):
    [flow] = record_flows([ROW], by=None)
    with pytest.raises(FlowError) as refused:
        correct_flow(flow, to_amount_wan=Decimal(amount), reason=reason, by=None)
    assert (str(refused.value), Flow.objects.count()) == (words, 1)


def test_a_rule_for_the_middle_leaves_the_years_around_it(plan):
    made = define_rule(TERMS, reason="县财政困难，2025年降低比例", by=a_user("municipal", "HZDRC"))
    in_force = MatchingRule.objects.as_of().order_by("effective_from")
    assert [(r.version, r.effective_from, r.effective_to, r.floor_ratio) for r in in_force] == [
        (2, 2023, 2024, 1),
        (4, 2025, 2025, Decimal("0.8")),
        (3, 2026, 2027, 1),
    ]
    assert [rule.base_sources for rule in frames.rules()] == [{"F1", "F2"}, {"F1"}, {"F1", "F2"}]
    [earlier] = frames.rules(made.recorded_at - timedelta(microseconds=1))
    assert (earlier.version, earlier.last) == (1, 2027)
    entry = AuditEntry.objects.filter(action="define_rule").order_by("id").last()
    assert (entry.new["floor_ratio"], [old["version"] for old in entry.old["rules"]]) == ("0.8", [1])


def test_exemptions_follow_their_years(plan):
    define_rule(
        replace(TERMS, effective_from=2023, effective_to=None, exemptions=[("330127", 2023), ("330182", None)]),
        reason="豁免",
        by=None,
    )
    define_rule(replace(TERMS, effective_from=2024, effective_to=2024), reason="一年", by=None)
    assert [(rule.first, rule.last, rule.exempt) for rule in frames.rules()] == [
        (2023, 2023, {("330127", 2023), ("330182", None)}),
        (2024, 2024, frozenset()),
        (2025, None, {("330182", None)}),
    ]


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({}, " ", "请写明理由。"),
        ({"base_sources": []}, "改", "请至少选一种计入基数的资金。"),
        ({"base_sources": ["F3"]}, "改", "配套资金自己不能计入基数。"),
        ({"base_sources": ["F8"]}, "改", "有不认识的资金来源。"),
        ({"effective_to": 2024}, "改", "终止年不能早于起始年。"),
        ({"floor_ratio": Decimal(-1)}, "改", "比例和容差不能为负。"),
    ],
)
def test_what_is_no_rule_is_refused(plan, changes, reason, words):
    with pytest.raises(FlowError) as refused:
        define_rule(replace(TERMS, **changes), reason=reason, by=None)
    assert (str(refused.value), MatchingRule.objects.count()) == (words, 1)


def test_counties_do_not_make_the_rule(plan):
    with pytest.raises(FlowError, match="配套规则由市发改委修改"):
        define_rule(TERMS, reason="改", by=a_user("county", "330122-DRC"))


def test_the_demonstration_goes_and_the_rest_stays(demo):
    [own] = record_flows([ROW], by=None)
    count = Flow.objects.count()
    assert remove_demo_flows() == count - 1
    assert list(Flow.objects.all()) == [own]
