"""What a write to the catalogue leaves behind: versions, audit rows, the change feed, work in the outbox."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Organisation, User
from areas.models import Area
from indicators.actions import FactRow, Grounds, RecordedFacts, record_facts, withdraw_demo
from indicators.definitions.actions import DEFINITION_FIELDS, define_indicators
from indicators.frames import assessed_frame
from indicators.models import Indicator, IndicatorDefinition, Observation, ReportingYear, Standard, Target
from indicators.years.actions import approve_reporting_year, open_reporting_year
from journal.models import AuditEntry, Change, FeedCounter, PendingRecompute
from journal.origin import origin
from plan.models import Cite, PolicyDocument

T1, T2, T3, T4 = (datetime(2024, month, 1, tzinfo=UTC) for month in (3, 4, 5, 6))
TICK = timedelta(microseconds=1)
KEY = ("330122", "P02", 2023)
FACT_COLUMNS = ("version", "value", "cite", "recorded_at", "superseded_at")
FEED_COLUMNS = ("kind", "series", "area", "indicator", "year", "version", "value", "previous")


@pytest.fixture
def wang(plan):
    unit = Organisation.objects.get(code="HZDRC")
    return User.objects.create(username="wang", first_name="王", role=User.Role.MUNICIPAL, organisation=unit)


def fact(value, key=KEY, **more):
    return FactRow(*key, None if value is None else Decimal(value), **more)


def record(*rows, at=T1, model=Observation, by=None, via="import", **more):
    return record_facts(model, rows, grounds=Grounds(by=by, via=via, at=at, **more))


def facts(model=Observation, key=KEY, columns=FACT_COLUMNS):
    area, indicator, year = key
    return list(
        model.objects.filter(area=area, indicator=indicator, year=year).order_by("version").values_list(*columns)
    )


def feed(after=0, columns=FEED_COLUMNS):
    return list(Change.objects.filter(number__gt=after).order_by("number").values_list(*columns))


def last_number():
    return FeedCounter.objects.get().last


def pending():
    return list(PendingRecompute.objects.order_by("id").values_list("area", "indicator"))


def everything():
    """All that a write could leave behind, to see that it left nothing."""
    models = (Observation, Target, Standard, Indicator, IndicatorDefinition, ReportingYear)
    journal = (AuditEntry, Change, FeedCounter, PendingRecompute)
    return {model: list(model.objects.order_by("pk").values()) for model in (*models, *journal)}


# record_facts ---------------------------------------------------------------------------------


def test_a_new_fact_is_version_1_and_carries_its_grounds(wang):
    document = PolicyDocument.objects.get(code="HZ-2023")
    row = fact("94.6", year_cite=Cite.INFERRED, words="达到94.6%", source="年报", note="第3表")
    assert record(row, by=wang, document=document, reason="首次导入") == RecordedFacts(new=[KEY])
    columns = ("cite", "year_cite", "words", "source", "note", "recorded_by", "recorded_via", "document", "reason")
    assert facts() == [(1, Decimal("94.6"), "official", T1, None)]
    assert facts(columns=(*columns, "is_demo")) == [
        ("official", "inferred", "达到94.6%", "年报", "第3表", wang.pk, "import", "HZ-2023", "首次导入", False)
    ]


def test_a_changed_fact_gets_a_next_version_and_the_old_one_is_closed_not_overwritten(plan):
    record(fact("94.6"))
    assert record(fact("94.8"), at=T2) == RecordedFacts(changed=[KEY])
    assert facts() == [
        (1, Decimal("94.6"), "official", T1, T2),
        (2, Decimal("94.8"), "official", T2, None),
    ]


def test_an_equal_fact_leaves_everything_as_it_is(plan):
    record(fact("94.6"))
    before = everything()
    assert record(fact("94.600"), at=T2) == RecordedFacts(same=[KEY])
    assert everything() == before


@pytest.mark.parametrize("change", [{"cite": Cite.PUBLIC}, {"year_cite": Cite.INFERRED}])
def test_an_equal_number_of_other_provenance_counts_as_changed(plan, change):
    record(fact("94.6"))
    assert record(fact("94.6", **change), at=T2) == RecordedFacts(changed=[KEY])
    assert [version for version, *_ in facts()] == [1, 2]


def test_words_and_notes_alone_make_no_version(plan):
    record(fact("94.6"))
    assert record(fact("94.6", words="另一种说法", note="另一条说明"), at=T2) == RecordedFacts(same=[KEY])


def test_none_withdraws_and_a_later_value_takes_the_next_number(plan):
    record(fact("94.6"))
    assert record(fact(None), at=T2) == RecordedFacts(withdrawn=[KEY])
    assert facts() == [(1, Decimal("94.6"), "official", T1, T2)]
    assert record(fact("95"), at=T3) == RecordedFacts(new=[KEY])
    assert facts() == [(1, Decimal("94.6"), "official", T1, T2), (2, Decimal("95"), "official", T3, None)]


def test_withdrawing_what_is_not_there_does_nothing(plan):
    before = everything()
    assert record(fact(None)) == RecordedFacts(same=[KEY])
    assert everything() == before


def test_zero_is_a_value(plan):
    assert record(fact("0")) == RecordedFacts(new=[KEY])
    assert facts() == [(1, Decimal(0), "official", T1, None)]


def test_one_call_sorts_its_rows_into_new_changed_same_and_withdrawn(plan):
    keys = [("330122", "P02", year) for year in (2023, 2024, 2025, 2026)]
    record(*(fact("90", key) for key in keys[1:]))
    result = record(*(fact(value, key) for value, key in zip(("90", "91", "90", None), keys, strict=True)), at=T2)
    assert result == RecordedFacts(new=[keys[0]], changed=[keys[1]], same=[keys[2]], withdrawn=[keys[3]])


def test_series_do_not_touch_each_other(plan):
    record(fact("94.6"), model=Target)
    record(fact("93.0"), model=Standard)
    assert (facts(Target), facts(Standard), facts(Observation)) == (
        [(1, Decimal("94.6"), "official", T1, None)],
        [(1, Decimal("93"), "official", T1, None)],
        [],
    )


def test_demonstration_grounds_mark_the_row(plan):
    record(fact("94.6", cite=Cite.DEMO), via="demo")
    assert facts(columns=("cite", "recorded_via", "is_demo")) == [("demo", "demo", True)]
    assert feed(columns=("is_demo",))[-1] == (True,)


def test_versions_follow_each_other_also_under_a_pretended_date(plan):
    """None begins before the last one ended, so that no moment sees two in force."""
    record(fact("94.6"), at=T2)
    record(fact("94.8"), at=T1)
    record(fact(None), at=T1)
    record(fact("95.0"), at=T3)
    record(fact(None), at=T4)
    record(fact("95.2"), at=T1)
    assert [row[3:] for row in facts()] == [(T2, T2), (T2, T2), (T3, T4), (T4, None)]
    moments = [at + step for at in (T1, T2, T3, T4) for step in (-TICK, timedelta(0), TICK)]
    found = [[row.version for row in Observation.objects.as_of(at).filter(indicator="P02")] for at in moments]
    assert found == [[], [], [], [], [], [], [], [3], [3], [3], [4], [4]]


def test_as_of_gives_the_version_in_force_at_that_moment(plan):
    record(fact("94.6"), at=T1)
    record(fact("94.8"), at=T2)
    record(fact(None), at=T3)
    record(fact("95.0"), at=T4)
    seen = {
        at: [row.version for row in Observation.objects.as_of(at).filter(indicator="P02")]
        for at in (T1 - TICK, T1, T2 - TICK, T2, T3 - TICK, T3, T4 - TICK, T4, None)
    }
    assert list(seen.values()) == [[], [1], [1], [2], [2], [], [], [3], [3]]


# What goes with it: audit, feed, outbox -----------------------------------------------------


def test_every_write_is_audited_with_who_from_where_old_and_new(wang):
    before = AuditEntry.objects.count()
    with origin("web", "10.0.0.7"):
        record(fact("94.6"), by=wang, reason="首次导入")
        record(fact("94.8", cite=Cite.PUBLIC), by=wang, reason="更正", at=T2)
    record(fact(None), reason="撤回", at=T3)
    columns = ("actor", "actor_name", "channel", "address", "action", "subject", "key", "area", "old", "new", "reason")
    person = (wang.pk, "王（杭州市发展和改革委员会）", "web", "10.0.0.7")
    nobody = (None, "系统", "system", "")
    what = ("record", "indicators.observation", "330122/P02/2023", "330122")
    first = {"value": "94.600000", "cite": "official", "version": 1}
    second = {"value": "94.800000", "cite": "public", "version": 2}
    assert list(AuditEntry.objects.order_by("id").values_list(*columns))[before:] == [
        (*person, *what, None, {"value": "94.6", "cite": "official"}, "首次导入"),
        (*person, *what, first, {"value": "94.8", "cite": "public"}, "更正"),
        (*nobody, *what, second, None, "撤回"),
    ]


def test_the_log_keeps_the_name_of_an_account_that_is_gone(wang):
    record(fact("94.6"), by=wang)
    wang.delete()
    assert AuditEntry.objects.values_list("actor", "actor_name").first() == (None, "王（杭州市发展和改革委员会）")
    assert facts(columns=("recorded_by",)) == [(None,)]


def test_the_feed_tells_approved_revised_withdrawn_of_values(plan):
    start = last_number()
    record(fact("94.6"), at=T1)
    record(fact("94.8"), at=T2)
    record(fact(None), at=T3)
    record(fact("95.0"), at=T4)
    one, two, four = Decimal("94.6"), Decimal("94.8"), Decimal("95")
    assert feed(start) == [
        ("approved", "OBS", *KEY, 1, one, None),
        ("revised", "OBS", *KEY, 2, two, one),
        ("withdrawn", "OBS", *KEY, 2, None, two),
        ("revised", "OBS", *KEY, 3, four, None),
    ]
    assert [row[0] for row in feed(start, ("at",))] == [T1, T2, T3, T4]


@pytest.mark.parametrize(("model", "series"), [(Target, "TARGET"), (Standard, "STANDARD")])
def test_the_feed_tells_retargeted_and_withdrawn_of_targets_and_standards(wang, model, series):
    start = last_number()
    document = PolicyDocument.objects.get(code="HZ-2023")
    record(fact("94.6"), model=model)
    record(fact("95.0"), model=model, at=T2, by=wang, reason="会议同意", document=document)
    record(fact(None), model=model, at=T3)
    one, two = Decimal("94.6"), Decimal("95")
    assert feed(start) == [
        ("retargeted", series, *KEY, 1, one, None),
        ("retargeted", series, *KEY, 2, two, one),
        ("withdrawn", series, *KEY, 2, None, two),
    ]
    columns = ("actor_name", "reason", "document", "is_demo")
    assert feed(start, columns)[1] == ("王（杭州市发展和改革委员会）", "会议同意", document.title, False)


def test_without_a_document_the_feed_names_the_source_of_the_row(plan):
    record(fact("94.6", source="2023年统计公报"))
    assert Change.objects.latest("number").document == "2023年统计公报"


def test_each_change_asks_for_the_recompute_of_its_series_once(plan):
    keys = [("330122", "P02", 2023), ("330122", "P02", 2024), ("330127", "P02", 2023), ("330122", "P03", 2023)]
    record(*(fact("5", key) for key in keys))
    assert pending() == [("330122", "P02"), ("330122", "P03"), ("330127", "P02")]


def test_feed_numbers_have_no_gap_whatever_is_rolled_back_between(plan):
    record(fact("94.6"))
    with pytest.raises(IntegrityError), transaction.atomic():
        record(fact("94.8"), fact("1", ("330122", "P02", 1900)), at=T2)
    record(fact("95.0"), at=T3)
    numbers = list(Change.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert last_number() == len(numbers)


def test_a_refused_row_rolls_the_whole_call_back(plan):
    record(fact("94.6"))
    before = everything()
    with pytest.raises(IntegrityError), transaction.atomic():
        record(fact("94.8"), fact("1", ("330122", "P02", 1900)), at=T2)
    assert everything() == before


@transaction.atomic
def record_and_fail():
    record(fact("94.6"))
    raise RuntimeError


def test_the_callers_roll_back_takes_everything_with_it(plan, django_capture_on_commit_callbacks):
    before = everything()
    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(RuntimeError):
        record_and_fail()
    assert everything() == before
    assert callbacks == []


# define_indicators ----------------------------------------------------------------------------


def definition(code="P02", **changes):
    """The definition in force as a row to hand in, with `changes`."""
    columns = DEFINITION_FIELDS
    stored = IndicatorDefinition.objects.as_of().values(*columns).get(indicator=code)
    return {**stored, "code": code, "position": Indicator.objects.get(code=code).position, **changes}


def define(*rows, at=None, by=None, **more):
    return define_indicators(rows, grounds=Grounds(by=by, via="import", at=at or datetime.now(UTC), **more))


def test_an_equal_definition_leaves_everything_as_it_is(plan):
    before = everything()
    assert define(definition()) == RecordedFacts(same=["P02"])
    assert everything() == before


def test_a_changed_definition_gets_a_next_version_feed_audit_and_recompute(wang):
    start, at = last_number(), datetime.now(UTC)
    recorded = define(definition(tolerance=Decimal("0.3")), definition("P03"), at=at, by=wang, reason="统一口径")
    assert recorded == RecordedFacts(changed=["P02"], same=["P03"])
    versions = IndicatorDefinition.objects.filter(indicator="P02").order_by("version")
    assert list(versions.values_list("version", "tolerance", "superseded_at")) == [
        (1, Decimal("0.5"), at),
        (2, Decimal("0.3"), None),
    ]
    details = {"old": {"tolerance": 0.5}, "new": {"tolerance": 0.3}}
    columns = ("kind", "indicator", "version", "reason", "details", "at")
    assert feed(start, columns) == [("redefined", "P02", 2, "统一口径", details, at)]
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject, entry.key) == ("define", "indicators.indicatordefinition", "P02")
    assert (entry.actor, entry.old, entry.new) == (wang, {"tolerance": "0.500000"}, {"tolerance": "0.3"})
    assert pending() == [(None, "P02")]


def test_a_new_indicator_begins_with_version_1(plan):
    start = last_number()
    assert define({**definition(), "code": "X01", "position": 20}) == RecordedFacts(new=["X01"])
    assert Indicator.objects.get(code="X01").position == 20
    assert feed(start, ("kind", "indicator", "version")) == [("redefined", "X01", 1)]
    assert feed(start, ("details",))[0][0]["old"] is None


def test_a_refused_definition_rolls_all_back(plan):
    before = everything()
    with pytest.raises(IntegrityError), transaction.atomic():
        define(definition("P03", unit="个"), definition(tolerance=Decimal(-1)))
    assert everything() == before


def test_definitions_have_a_history_too(plan):
    first = IndicatorDefinition.objects.get(indicator="P02").recorded_at
    second = first + timedelta(days=1)
    define(definition(direction=-1), at=second)
    seen = {
        at: [row.direction for row in IndicatorDefinition.objects.as_of(at).filter(indicator="P02")]
        for at in (first - TICK, first, second - TICK, second, None)
    }
    assert list(seen.values()) == [[], [1], [1], [-1], [-1]]


# Reporting years ------------------------------------------------------------------------------


def test_opening_a_year_is_audited_and_asks_for_the_recompute_of_all(wang):
    counties = list(Area.objects.counties())
    start = AuditEntry.objects.count()
    open_reporting_year(year=2023, areas=counties, opened_at=T1, due_on=T2.date(), by=wang)
    columns = ("area", "year", "opened_at", "due_on", "approved_at", "is_demo")
    codes = ["330122", "330127", "330182"]
    assert list(ReportingYear.objects.values_list(*columns)) == [
        (code, 2023, T1, T2.date(), None, False) for code in codes
    ]
    assert pending() == [(None, "")]
    entries = AuditEntry.objects.order_by("id")[start:]
    assert [(entry.action, entry.key, entry.actor) for entry in entries] == [
        ("open_year", f"{code}/2023", wang) for code in codes
    ]


def test_opening_again_moves_the_dates_of_the_same_row(plan):
    county = Area.objects.get(code="330122")
    open_reporting_year(year=2023, areas=[county], opened_at=T1, by=None)
    open_reporting_year(year=2023, areas=[county], opened_at=T2, due_on=T3.date(), by=None)
    assert list(ReportingYear.objects.values_list("opened_at", "due_on")) == [(T2, T3.date())]


def test_approving_a_year_touches_that_county_and_year_alone(wang):
    counties = list(Area.objects.counties())
    for year in (2023, 2024):
        open_reporting_year(year=year, areas=counties, opened_at=T1, by=None)
    approve_reporting_year(area=counties[1], year=2023, approved_at=T2, by=wang)
    approved = ReportingYear.objects.exclude(approved_at=None).values_list("area", "year", "approved_at")
    assert list(approved) == [("330127", 2023, T2)]
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.key, entry.actor) == ("approve_year", "330127/2023", wang)
    approve_reporting_year(area=counties[1], year=2023, approved_at=T3, by=wang)  # after a reopening
    assert list(approved.all()) == [("330127", 2023, T2)]
    assert AuditEntry.objects.latest("id") == entry
    approve_reporting_year(area=counties[1], year=2023, approved_at=None, by=wang)
    assert ReportingYear.objects.exclude(approved_at=None).count() == 0


# Withdrawing the demonstration ------------------------------------------------------------------


def test_withdraw_demo_closes_the_demonstrations_facts_and_no_others(demo):
    real = ("330122", "P08", 2023)
    record(fact("44.1", real), at=datetime.now(UTC))
    untouched = {m: set(m.objects.as_of().filter(is_demo=False)) for m in (Observation, Target, Standard)}
    demonstration = {m: m.objects.as_of().filter(is_demo=True).count() for m in (Observation, Target, Standard)}
    rows = {m: m.objects.count() for m in demonstration}
    PendingRecompute.objects.all().delete()
    start = last_number()
    assert withdraw_demo(by=None) == sum(demonstration.values())
    for model in demonstration:
        assert set(model.objects.as_of()) == untouched[model]
        assert model.objects.count() == rows[model]
    told = feed(start, ("kind", "is_demo", "reason"))
    assert told == [("withdrawn", True, "清除演示数据")] * sum(demonstration.values())
    assert ReportingYear.objects.count() == 0
    assert (None, "") in pending()


def test_withdraw_demo_leaves_a_real_reporting_year(plan):
    county = Area.objects.get(code="330122")
    open_reporting_year(year=2023, areas=[county], opened_at=T1, by=None)
    open_reporting_year(year=2024, areas=[county], opened_at=T1, by=None, is_demo=True)
    withdraw_demo(by=None)
    assert list(ReportingYear.objects.values_list("year", flat=True)) == [2023]


def test_a_second_withdrawal_finds_nothing(demo):
    withdraw_demo(by=None)
    start = last_number()
    assert withdraw_demo(by=None) == 0
    assert feed(start) == []


def test_the_picture_of_a_day_before_the_withdrawal_stays(demo):
    day = datetime(2026, 3, 20, tzinfo=UTC)
    before = assessed_frame(as_of=day)
    known = ReportingYear.objects.filter(opened_at__lte=day)
    years = list(known.values_list("area_id", "year", "opened_at"))
    withdraw_demo(by=None)
    for area, year, opened_at in years:  # the years of the demonstration are forgotten, its facts are not
        ReportingYear.objects.create(area_id=area, year=year, opened_at=opened_at)
    assert assessed_frame(as_of=day).equals(before)
