"""Targets as plans put them and the numbers they become, against an arithmetic of whole fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts, set_target_rules
from indicators.frames import assessed_frame
from indicators.models import Observation, Target, TargetRule
from indicators.terms.target_kinds import TargetTerms, target_numbers
from journal.models import AuditEntry
from plan.actions import find_or_record_document
from seeding.plan_files.check import check_plan
from seeding.plan_files.export import plan_file_text
from seeding.plan_files.loading import load_plan
from tests.examples import examples
from tests.plans import COUNTY, small_plan, write_plan

MICRO = 1_000_000
QUIET = settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
numbers = st.decimals(-10_000, 10_000, places=6)
shares = st.decimals(-99, 99, places=3)


def oracle(terms, base, baseline):
    """In whole millionths, year by year, rounded half away from zero."""
    if terms.kind != "yearly" and base is None:
        return {}
    found = {}
    level = Fraction(base) if base is not None else None
    for year in range(baseline, terms.last_year + 1):
        if terms.kind == "growth" and year > baseline:
            level += level * Fraction(terms.amount) / 100
        exact = Fraction(terms.amount) if terms.kind == "yearly" else level
        if terms.kind == "relative":
            exact = Fraction(base) * (100 + Fraction(terms.amount)) / 100
        is_said = year == terms.last_year if terms.kind == "relative" else year >= terms.first_year
        if is_said:
            micro = int(abs(exact) * MICRO + Fraction(1, 2)) * (1 if exact >= 0 else -1)
            micro += {">": 1, "<": -1}.get(terms.comparison, 0)
            found[year] = Decimal(micro).scaleb(-6)
    return found


@settings(QUIET)
@given(
    kind=st.sampled_from(["yearly", "keep", "growth", "relative"]),
    amount=numbers,
    share=shares,
    base=st.none() | numbers,
    first=st.integers(1, 5),
    more=st.integers(0, 8),
    comparison=st.sampled_from(["", ">", ">=", "<", "<="]),
)
def test_the_numbers_are_those_of_the_oracle(kind, amount, share, base, first, more, comparison):
    given_amount = {"yearly": amount, "keep": None}.get(kind, share)
    terms = TargetTerms(kind, given_amount, 2020 + first, 2020 + first + more, comparison)
    assert target_numbers(terms, base=base, baseline_year=2020) == oracle(terms, base, 2020)


@pytest.mark.parametrize(
    ("terms", "numbers"),
    [
        (TargetTerms("yearly", Decimal("5.5"), 2021, 2022, "<"), {2021: "5.499999", 2022: "5.499999"}),
        (TargetTerms("keep", None, 2023, 2023), {2023: "200"}),
        (TargetTerms("growth", Decimal("6.5"), 2021, 2022), {2021: "213", 2022: "226.845"}),
        (TargetTerms("relative", Decimal("-13.5"), 2021, 2025), {2025: "173"}),
    ],
)
def test_known_ones(terms, numbers):
    expected = {year: Decimal(text) for year, text in numbers.items()}
    assert target_numbers(terms, base=Decimal(200), baseline_year=2020) == expected


def test_a_kind_or_an_amount_that_cannot_be_is_named():
    with pytest.raises(ValueError, match="no such kind"):
        target_numbers(TargetTerms("more", Decimal(1), 2021, 2022), base=None, baseline_year=2020)
    with pytest.raises(ValueError, match="needs an amount"):
        target_numbers(TargetTerms("growth", None, 2021, 2022), base=None, baseline_year=2020)


# In the plan's file and in the database ---------------------------------------------------------------


def plan_with(*rows):
    data = small_plan()
    data["targets"] = list(rows)
    return data


GROWTH = {
    **{"indicator": "T1", "target_kind": "growth", "value": 2, "comparison": ">=", "cite": "plan"},
    "words": "年均增长2%以上",
}


def targets(code):
    rows = Target.objects.as_of().filter(indicator=code, area=COUNTY).order_by("year")
    return {row.year: (row.value, row.recorded_via) for row in rows}


def report(value, year=2020, code="T1"):
    rows = [FactRow(COUNTY, code, year, None if value is None else Decimal(value))]
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import"))


def test_a_growth_follows_the_base_and_says_both_words_and_arithmetic(db, tmp_path):
    load_plan(write_plan(tmp_path, plan_with(GROWTH)))
    assert [str(value) for value, _via in targets("T1").values()] == [
        "81.600000",
        "83.232000",
        "84.896640",
        "86.594573",
    ]
    row = Target.objects.as_of().get(indicator="T1", year=2022)
    assert (row.words, row.note) == ("年均增长2%以上", "由“年均2%”换算，2020年基期值80")
    report(90)
    assert targets("T1")[2021] == (Decimal("91.8"), "rule")
    report(None)
    assert targets("T1") == {}


def test_a_number_of_the_owner_s_stays(db, tmp_path):
    load_plan(write_plan(tmp_path, plan_with(GROWTH)))
    record_facts(Target, [FactRow(COUNTY, "T1", 2022, Decimal(99))], grounds=Grounds(by=None, via="edit"))
    report(90)
    load_plan(write_plan(tmp_path, plan_with(GROWTH)))
    assert targets("T1")[2022] == (Decimal(99), "edit")
    assert targets("T1")[2021] == (Decimal("91.8"), "rule")


def test_below_each_year_is_judged_strictly(db, tmp_path, django_capture_on_commit_callbacks):
    row = {"indicator": "T2", "target_kind": "yearly", "value": 5.5, "comparison": "<", "cite": "plan"}
    with django_capture_on_commit_callbacks(execute=True):
        load_plan(write_plan(tmp_path, plan_with(row)))
        for year, value in ((2021, "5.5"), (2022, "5.499999")):
            report(value, year, "T2")
    judged = assessed_frame(indicators=["T2"]).set_index("year")
    assert (judged.loc[2021, "gap"] < 0, judged.loc[2022, "status"]) == (True, "met")


def test_the_file_gives_the_rule_back(db, tmp_path):
    load_plan(write_plan(tmp_path, plan_with({**GROWTH, "area": COUNTY})))
    rules, numbers = list(TargetRule.objects.values()), targets("T1")
    text = plan_file_text()
    assert text.count("target_kind: growth") == 1
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    load_plan(tmp_path / "again.yaml")
    assert (list(TargetRule.objects.values()), targets("T1")) == (rules, numbers)


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"year": 2022}, "year", "不写"),
        ({"comparison": "<"}, "comparison", "方向相反"),
        ({"target_kind": "keep"}, "value", "不写"),
        ({"from": 2020}, "from", "2021 至 2024"),
        ({"from": 2024, "to": 2022}, "to", "不早于"),
        ({"target_kind": "more"}, "target_kind", "yearly"),
    ],
)
def test_a_row_that_contradicts_itself_is_named(tmp_path, change, key, words):
    (fault,) = check_plan(write_plan(tmp_path, plan_with(GROWTH | change)))
    assert (fault.key, words in fault.words) == (key, True), fault


def test_a_row_of_no_kind_needs_year_and_number(tmp_path):
    row = {"indicator": "T1", "cite": "plan"}
    assert {fault.key for fault in check_plan(write_plan(tmp_path, plan_with(row)))} == {"year", "value"}


def test_a_changed_rule_is_the_next_version_with_its_reason(db, tmp_path):
    load_plan(write_plan(tmp_path, plan_with(GROWTH)))
    first = TargetRule.objects.get()
    changed = {"area_id": COUNTY, "indicator_id": "T1", "amount": Decimal(3), "words": "年均增长3%以上"}
    terms = {name: getattr(first, name) for name in ("kind", "amount_high", "other_id", "comparison")}
    terms |= {name: getattr(first, name) for name in ("first_year", "last_year", "cite", "source", "note")}
    set_target_rules([terms | changed], grounds=Grounds(by=None, via="edit", reason="市联席会议同意调整"))
    before, now = TargetRule.objects.order_by("version")
    assert (before.amount, before.superseded_at, before.version) == (2, now.recorded_at, 1)
    assert (now.amount, now.version, now.reason) == (3, 2, "市联席会议同意调整")
    assert targets("T1")[2021] == (Decimal("82.4"), "rule")
    logged = AuditEntry.objects.filter(subject="indicators.targetrule", action="define", key=f"{COUNTY}/T1")
    assert [entry.old and entry.old["amount"] for entry in logged.order_by("id")] == [None, "2.000000"]
    load_plan(write_plan(tmp_path, plan_with(GROWTH)))  # the file does not undo what was edited
    assert TargetRule.objects.as_of().get().amount == 3


def test_a_rule_is_changed_by_page(db, tmp_path, client):
    load_plan(write_plan(tmp_path, plan_with(GROWTH)))
    client.force_login(User.objects.create_superuser("first", password="first", role="administrator"))
    address = reverse("admin:indicators_targetrule_change", args=[TargetRule.objects.get().pk])
    form = client.get(address).context["adminform"].form
    values = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    document = find_or_record_document(title="市府办〔2022〕3号")
    asked = values | {"amount": "4", "words": "年均增长4%以上", "document": document.pk}
    assert "reason" in client.post(address, asked).context["adminform"].form.errors
    assert client.post(address, asked | {"reason": "市联席会议同意调整"}).status_code == 302
    assert [(rule.amount, rule.document) for rule in TargetRule.objects.as_of()] == [(4, document)]
    assert targets("T1")[2021] == (Decimal("83.2"), "rule")
