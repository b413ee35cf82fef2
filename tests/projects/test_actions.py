"""The register's writes: who may, what is refused in words, what they leave behind, what the sheets are told."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import IndicatorDefinition
from journal.models import AuditEntry
from lib.refusals import Conflict, Invalid, NotAllowed
from plan.models import Chapter
from projects import actions
from projects.actions import change_state, create_project, edit_project, record_amount
from projects.amounts import STAGE_RANKS, counting_amount
from projects.changes.checks import check_parts
from projects.changes.parts import Amount, Parts, Progress
from projects.changes.progress import report_progress
from projects.landing.landed_projects import fill_sheets, landed_by_county
from projects.models import Project, ProjectAmount
from reporting.models import Entry
from reporting.rounds.actions import open_round
from tests.examples import examples

D = Decimal
LANDED = {"landed_on": date(2025, 3, 1), "landing_basis": "started"}


def user(role, unit=None, name="") -> User:
    organisation = Organisation.objects.get(code=unit) if unit else None
    return User.objects.create(username=name or f"{role}-{unit}", role=role, organisation=organisation)


# Who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "unit", "may"),
    [
        ("administrator", None, True),
        ("municipal", "HZDRC", True),
        ("county", "330122-DRC", True),
        ("county", "330127-DRC", False),
        ("bureau", "330122-industry", True),
        ("bureau", "330122-health", False),
        ("bureau", "330127-industry", False),
        ("leader", None, False),
        ("department", "HZ-STATS", False),
    ],
)
def test_who_writes_a_project(make, role, unit, may):
    project = make(organisation_id=Organisation.objects.get(code="330122-industry").pk)
    by = user(role, unit)
    assert Project.objects.editable_by(by).filter(pk=project.pk).exists() is may
    if may:
        assert edit_project(project=project, values={"note": "改"}, by=by) is True
    else:
        with pytest.raises(NotAllowed):
            edit_project(project=project, values={"note": "改"}, by=by)


def test_a_county_enters_only_what_mainly_lies_in_it(make):
    by = user("county", "330122-DRC")
    assert make(by=by, shares={"330122": D("0.6"), "330127": D("0.4")}).main_area_id == "330122"
    with pytest.raises(NotAllowed):
        make(by=by, shares={"330122": D("0.4"), "330127": D("0.6")})
    with pytest.raises(NotAllowed):
        edit_project(project=Project.objects.get(code="PRJ-1001"), parts=Parts({"330127": D(1)}), by=by)


def test_a_bureau_enters_its_own_projects(make):
    by = user("bureau", "330122-health")
    other = Organisation.objects.get(code="330122-industry").pk
    assert make(by=by, organisation_id=other).organisation_id == by.organisation_id


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "请填项目名称。"),
        ({"starts": "2025年"}, "开工“2025年”应写成 2025、2025-06 或 2025-06-30。"),
        ({"starts": "2026", "ends": "2025-12"}, "计划完工早于开工，请核对两个日期。"),
        ({"landed_on": date(2025, 1, 1)}, "落地日期和落地认定要么都填，要么都不填。"),
        ({"shares": {"330122": D("0.5")}}, "各地区分摊比例之和应为 1（100%），现在是 0.5；请改到正好为 1。"),
        ({"shares": {"330100": D(1)}}, "没有代码为 330100 的地区。"),
        ({"contributions": {("P02", "330127", 2027): D(1)}}, "预期贡献写到了 330127，但项目在那里没有份额。"),
        ({"contributions": {("X1", "330122", 2027): D(1)}}, "没有代码为 X1 的指标；代码见“指标”页。"),
        ({"amounts": [Amount("signed", D(0))]}, "投资额应大于 0（亿元）。"),
        (
            {"amounts": [Amount("signed", D("1.00001"))]},
            "投资额以亿元为单位，应小于 1000 万亿元，小数不超过 4 位（到万元）。",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(make, values, words):
    before = Project.objects.count()
    with pytest.raises(Invalid) as refused:
        make(**values)
    assert refused.value.words == words
    assert Project.objects.count() == before


def test_a_landing_to_come_is_no_landing(make):
    with pytest.raises(Invalid) as refused:
        make(landed_on=date(2999, 1, 1), landing_basis="signed")
    assert refused.value.words == "落地日期 2999-01-01 还没有到；落地以后再填。"


def test_a_stale_version_is_told_who_was_faster(make):
    project, by = make(), user("county", "330122-DRC")
    edit_project(project=project, values={"note": "甲"}, by=by, version=1)
    with pytest.raises(Conflict) as refused:
        edit_project(project=project, values={"note": "乙"}, by=by, version=1)
    assert refused.value.words.startswith("您打开之后，county-330122-DRC（桐庐县发展和改革局）于")
    assert Project.objects.get(pk=project.pk).note == "甲"


@pytest.mark.parametrize("state", ["stalled", "cancelled"])
def test_what_stops_a_project_has_a_reason(make, state):
    project = make()
    with pytest.raises(Invalid):
        change_state(project=project, state=state, by=None, reason=" ")
    assert change_state(project=project, state=state, by=None, reason="用地未落实") is True
    assert change_state(project=project, state=state, by=None, reason="用地未落实") is False
    event = project.events.last()
    assert (event.kind, event.old, event.new, event.reason) == (
        "state",
        {"state": "planned"},
        {"state": state},
        "用地未落实",
    )


# What is left behind ------------------------------------------------------------------------------


def test_an_edit_keeps_old_and_new_for_each_county_concerned(make):
    project = make(shares={"330122": D("0.6"), "330127": D("0.4")})
    edit_project(project=project, values={"name": "新名"}, parts=Parts({"330122": D(1)}), by=None)
    old, new = {"name": "某项目", "shares": "330122 0.6；330127 0.4"}, {"name": "新名", "shares": "330122 1"}
    event = project.events.last()
    assert (event.kind, event.version, event.old, event.new) == ("edited", 2, old, new)
    rows = AuditEntry.objects.filter(action="edit", key=project.code).order_by("area")
    assert list(rows.values_list("area", "old", "new")) == [("330122", old, new), ("330127", old, new)]


def test_an_edit_without_a_difference_leaves_nothing(make):
    project = make(amounts=[Amount("signed", D("1.50"))])
    assert edit_project(project=project, values={"name": "某项目"}, parts=Parts({"330122": D("1.0")}), by=None) is False
    assert Project.objects.get(pk=project.pk).version == 1


def test_codes_count_on_from_where_the_files_end(make):
    assert [make().code, make().code] == ["PRJ-1001", "PRJ-1002"]


def test_a_correction_is_a_new_row_and_changes_the_total_by_exactly_its_amount(make):
    project = make(amounts=[Amount("signed", D(3)), Amount("approved", D(5), "2024-05")])
    wrong = project.amounts.get(stage="approved")
    record_amount(project=project, amount=Amount("approved", D("5.2"), "2024-05"), corrects=wrong, by=None)
    assert Project.objects.get(pk=project.pk).total_yi == D("5.2")
    assert [str(row.amount_yi.normalize()) for row in project.amounts.all()] == ["3", "5", "5.2"]
    with pytest.raises(Invalid):
        record_amount(project=project, amount=Amount("approved", D(6)), corrects=wrong, by=None)


def test_a_quarter_is_reported_in_versions(make):
    project = make()
    first = report_progress(project=project, progress=Progress(2025, 1, D(1), "桩基"), by=None, version=0)
    assert report_progress(project=project, progress=Progress(2025, 1, D(1), "桩基"), by=None) is None
    second = report_progress(project=project, progress=Progress(2025, 1, D("1.1"), "桩基"), by=None, version=1)
    assert [(row.version, row.is_current) for row in project.progress.all()] == [(1, False), (2, True)]
    assert (first.version, second.version) == (1, 2)
    with pytest.raises(Conflict):
        report_progress(project=project, progress=Progress(2025, 1, D(2)), by=None, version=1)
    with pytest.raises(Invalid) as refused:
        report_progress(project=project, progress=Progress(2025, 2, D(1)), by=None)
    assert refused.value.words == "2025年第1季度已报累计完成 1.1 亿元，累计数只增不减；请核对，或先更正那个季度。"
    report_progress(project=project, progress=Progress(2025, 2, D("1.3")), by=None)
    for year, quarter, amount, named in ((2025, 3, 1, "2025年第2季度"), (2024, 4, 2, "2025年第1季度")):
        with pytest.raises(Invalid, match=f"^{named}"):  # the nearest on either side
            report_progress(project=project, progress=Progress(year, quarter, D(amount)), by=None)
    with pytest.raises(Invalid):
        report_progress(project=project, progress=Progress(2999, 1, D(2)), by=None)


# The sheets ---------------------------------------------------------------------------------------


@pytest.fixture
def opened(plan):
    return open_round(year=2025, due_on=date(2026, 3, 31), areas=Area.objects.counties(), by=None)


def h01() -> dict:
    rows = Entry.objects.filter(indicator="H01", is_derived=True).order_by("submission__area")
    return {area: int(value) for area, value in rows.values_list("submission__area", "value")}


def test_a_landing_moves_the_sheet_of_its_county_alone(opened, make):
    project = make(amounts=[Amount("signed", D(2))], **LANDED)
    assert h01() == {"330122": 1}
    change_state(project=project, state="cancelled", by=None, reason="投资方退出")
    assert h01() == {"330122": 0}
    change_state(project=project, state="started", by=None)
    record_amount(project=project, amount=Amount("estimate", D("0.9")), by=None)
    assert h01() == {"330122": 0}
    record_amount(project=project, amount=Amount("estimate", D("1.0"), "2025"), by=None)
    edit_project(project=project, parts=Parts({"330127": D("0.5"), "330182": D("0.5")}), by=None)
    assert h01() == {"330122": 0, "330127": 1}


def test_the_clock_fills_sheets_opened_since(make):
    make(amounts=[Amount("signed", D(2))], **LANDED)
    open_round(year=2025, due_on=date(2026, 3, 31), areas=Area.objects.counties(), by=None)
    assert h01() == {}
    assert fill_sheets() == 3
    assert h01() == {"330122": 1, "330127": 0, "330182": 0}
    assert fill_sheets() == 0


def test_the_investment_completed_is_drawn_where_it_has_been_reported(opened, make):
    """Each county by its share, and no zero where nothing was reported: there the unit types the figure. In a plan that
    takes the row from the register."""
    IndicatorDefinition.objects.as_of().filter(indicator="P09").update(derived_from="projects.completed")
    project = make(shares={"330122": D("0.6"), "330127": D("0.4")})
    year = opened.year
    report_progress(project=project, progress=Progress(year - 1, 4, D("10"), "桩基"), by=None)
    drawn = Entry.objects.filter(indicator="P09", is_derived=True)
    assert not drawn.exists()  # of the year itself nothing is known yet
    report_progress(project=project, progress=Progress(year, 2, D("12.5"), "主体"), by=None)
    found = dict(drawn.values_list("submission__area", "value"))
    assert found == {"330122": D("7.5"), "330127": D("5")}


def test_a_submitted_sheet_keeps_its_number(opened, make):
    opened.submissions.filter(area="330122").update(state="submitted")
    make(amounts=[Amount("signed", D(2))], **LANDED)
    assert h01() == {}


def test_public_projects_do_not_count_until_a_unit_says_so(plan):
    assert Project.objects.filter(origin="public", landed_on__isnull=False).count() == 0
    assert landed_by_county(date(2030, 1, 1)) == {}


# Properties ---------------------------------------------------------------------------------------

amount_rows = st.lists(
    st.tuples(
        st.sampled_from(sorted(STAGE_RANKS)), st.sampled_from(["", "2024", "2024-05", "2025"]), st.integers(1, 99)
    ),
    max_size=8,
)


@settings(deadline=None)
@given(amount_rows, st.data())
def test_the_counting_amount_is_the_latest_of_the_latest_stage(rows, data):
    made = [ProjectAmount(id=i, stage=s, dated=d, amount_yi=a) for i, (s, d, a) in enumerate(rows, start=1)]
    for row in made[1:]:
        free = sorted({each.id for each in made if each.id < row.id} - {each.corrects_id for each in made})
        row.corrects_id = data.draw(st.sampled_from([None, *free]))
    standing = [row for row in made if row.id not in {each.corrects_id for each in made}]
    best = None
    for row in standing:  # the slow, obvious way
        if best is None or (STAGE_RANKS[row.stage], row.dated, row.id) > (STAGE_RANKS[best.stage], best.dated, best.id):
            best = row
    assert counting_amount(made) is best
    assert (best is None) is (not made)


@pytest.mark.usefixtures("plan")
@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=3))
def test_shares_are_taken_only_where_they_sum_to_one(millionths):
    codes = ["330122", "330127", "330182"]
    shares = {code: D(part) / 10**6 for code, part in zip(codes, millionths, strict=False)}
    if sum(millionths) == 10**6:
        check_parts(Parts(shares))
    else:
        with pytest.raises(Invalid):
            check_parts(Parts(shares))


def test_stored_totals_and_places_are_those_of_the_rules(demo):
    for project in Project.objects.prefetch_related("amounts", "shares"):
        counting = counting_amount(project.amounts.all())
        assert project.total_yi == counting.amount_yi
        assert sum(share.share for share in project.shares.all()) == 1
        assert project.main_area_id == actions.main_area_of({s.area_id: s.share for s in project.shares.all()})


def test_create_refuses_a_code_that_is_taken(make):
    code = make().code
    with pytest.raises(Exception, match=r"(?i)unique"):
        create_project(
            code=code,
            values={"name": "另一个", "field_id": "industry", "chapter_id": Chapter.objects.first().pk},
            parts=Parts({"330122": D(1)}),
            by=None,
        )
