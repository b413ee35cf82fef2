"""Cause chains: matching → projects → indicator, each link by the room that knows it; one county's moves no other's."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from commitments.frames import standings
from figures.causes import LISTED
from funding.actions import FlowRow, record_flows
from indicators.models import Assessment
from projects.actions import create_project
from projects.changes.parts import Amount, Parts, Progress
from projects.changes.progress import report_progress
from projects.frames import completion_by, quarters_unreported
from projects.models import Contribution, ProgressReport, Project, ScheduleYear

pytestmark = pytest.mark.usefixtures("demo")
TONGLU, CHUNAN, JIANDE = "330122", "330127", "330182"


def chains(clients, area: str, query: str = "?year=2024") -> dict:
    response = clients["leader"].get(f"/counties/{area}/causes/{query}")
    assert response.status_code == 200
    return {chain.cell.definition.indicator_id: chain for chain in response.context["chains"]}


def pay_match(area: str, wan: int) -> None:
    record_flows([FlowRow(area, 2024, "F3", "arrived", Decimal(wan), date(2024, 12, 1))], by=None)


def matched(area: str) -> float:
    found = standings(date(2026, 3, 22), user=User.objects.get(username="leader"))
    lines = next(row.lines for row in found if row.commitment.code == "C12")
    return next(line.progress.done for line in lines if (line.area, line.year) == (area, 2024))


def test_a_chain_for_each_weak_cell_and_none_for_others(clients):
    context = clients["leader"].get("/?year=2024").context
    weak = {
        row.cell.definition.indicator_id
        for row in context["attention"]
        if row.cell.area.code == CHUNAN and row.cell.status != "unreported"
    }
    assert set(chains(clients, CHUNAN)) == weak


def test_one_flow_moves_ratio_promise_and_chain_of_its_county_alone(clients):
    owed, other = (chains(clients, area)["P01" if area == CHUNAN else "P07"].matching for area in (CHUNAN, JIANDE))
    ratio, other_ratio = matched(CHUNAN), matched(JIANDE)
    tile = clients["leader"].get("/?year=2024").context["money"]
    pay_match(CHUNAN, int(owed["owed"]))
    now = chains(clients, CHUNAN)["P01"]
    assert (owed["owed"] > 0, now.matching["owed"], now.owes) == (True, 0, False)
    assert "足额" in now.sentence
    assert matched(CHUNAN) > ratio
    assert chains(clients, JIANDE)["P07"].matching == other
    assert matched(JIANDE) == other_ratio
    after = clients["leader"].get("/?year=2024").context["money"]
    assert (tile.owed - after.owed, after.ratio > tile.ratio) == (owed["owed"], True)


def test_a_stalled_project_and_one_behind_its_plan_are_late(clients):
    chain = chains(clients, CHUNAN)["P15"]
    assert [link.lag < 0 for link in chain.late] == [True] * len(chain.late)
    Project.objects.filter(pk__in=[link.project.pk for link in chain.projects]).update(state="stalled")
    assert len(chains(clients, CHUNAN)["P15"].late) == len(chain.projects)


@pytest.mark.parametrize(
    ("on", "reported", "missing"),
    [
        (date(2026, 11, 26), (2025, 4), 3),
        (date(2026, 11, 26), (2026, 3), 0),
        (date(2026, 12, 30), (2026, 3), 0),  # the fourth quarter is not over
        (date(2026, 12, 31), (2026, 3), 1),
        (date(2026, 2, 1), (2026, 1), 0),
        (date(2026, 2, 1), (2025, 3), 1),
    ],
)
def test_quarters_that_nobody_has_reported(on, reported, missing):
    project = Project.objects.filter(progress__isnull=True).first()
    assert quarters_unreported(Project.objects.with_last_report().get(pk=project.pk), on) == 0
    year, quarter = reported
    ProgressReport.objects.create(
        project=project, year=year, quarter=quarter, completed_yi=1, added_yi=1, at=timezone.now()
    )
    assert quarters_unreported(Project.objects.with_last_report().get(pk=project.pk), on) == missing


def test_a_late_project_that_has_not_reported_says_so(clients):
    page = clients["leader"].get(f"/counties/{CHUNAN}/causes/?year=2024")
    links = [link for chain in page.context["chains"] for link in chain.listed if link.unreported]
    assert links
    latest = links[0].project.progress.invested().last()
    words = f"只报到{latest.year}年{latest.quarter}季度，{links[0].unreported}个季度未报"
    assert words in page.content.decode()
    row = clients["municipal"].get("/dispatch/").content.decode()
    assert "个季度未报" in row


def test_a_long_chain_leads_to_all_its_projects(clients):
    every = chains(clients, TONGLU)
    longest = max(every.values(), key=lambda chain: len(chain.projects))
    assert (len(longest.projects) > LISTED, len(longest.listed)) == (True, LISTED)
    page = clients["leader"].get(f"/counties/{TONGLU}/causes/?year=2024").content.decode()
    href = f"/projects/?area={TONGLU}&amp;indicator={longest.cell.definition.indicator_id}"
    assert f'href="{href}">全部 {len(longest.projects)} 项' in page
    rows = clients["leader"].get(href.replace("&amp;", "&")).context["asked"].rows
    assert {link.project.pk for link in longest.projects} <= {row.pk for row in rows}


LARGE = (Amount("signed", Decimal(2)),)
HERE = {TONGLU: Decimal("0.6"), CHUNAN: Decimal("0.4")}


def project(name, *, shares=HERE, amounts=LARGE, state="planned", contributions=None, **values):
    given = {"name": name, "field_id": "industry", "is_industrial": True, **values}
    parts = Parts(shares, None, contributions)
    return create_project(values=given, parts=parts, by=None, amounts=amounts, state=state)


def test_what_is_counted_from_the_register_waits_for_projects_that_are_still_to_land(clients):
    """H01 counts landed industrial projects of 1亿元 or more. Nobody writes down that these serve it."""
    Project.objects.filter(is_industrial=True, landed_on=None).update(is_industrial=False)
    Contribution.objects.filter(indicator="H01").delete()
    Assessment.objects.filter(indicator="H01", year=2024, area=TONGLU).update(status="behind", gap=-3)
    assert "没有待落地的亿元以上产业项目" in chains(clients, TONGLU)["H01"].sentence
    waits = project("待落地", starts="2026-05")
    stalls = project("停着的", state="stalled")
    project("不是产业", is_industrial=False)
    project("太小", amounts=[Amount("signed", Decimal("0.5"))])
    project("取消了", state="cancelled")
    project("完工了", state="completed", completed="2025-11")
    project("已落地", landed_on=date(2025, 3, 1), landing_basis="signed")
    project("多在淳安", shares={TONGLU: Decimal("0.3"), CHUNAN: Decimal("0.7")})
    project("自己写明了", contributions={("P02", TONGLU, 2026): Decimal(1)})
    own = project("写明对H01", contributions={("H01", TONGLU, 2026): Decimal(2)})
    chain = chains(clients, TONGLU)["H01"]
    named = {link.project.name for link in chain.projects}
    assert named == {"待落地", "停着的", "自己写明了", own.name}
    assert [link.project for link in chain.late] == [stalls]
    assert "待落地的4个项目中1个滞后或停滞：“停着的”停滞" in chain.sentence
    assert (chain.cover.contributed, chain.cover.projects) == (4, 3)  # 1 + 1 + 2; what stalls promises nothing
    rows = clients["leader"].get(f"/projects/?area={TONGLU}&landed=awaited").context["asked"].rows
    assert {row.name for row in rows} == named
    cover = {row.area.code: row for row in clients["leader"].get("/indicators/H01/?year=2024").context["backings"]}
    assert (cover[TONGLU].row.contributed, cover[CHUNAN].row.contributed) == (4, 1)
    assert waits in [each.project for each in cover[TONGLU].projects]


def test_a_project_that_starts_after_the_final_year_covers_nothing_of_the_count(clients):
    Project.objects.filter(is_industrial=True, landed_on=None).update(is_industrial=False)
    Contribution.objects.filter(indicator="H01").delete()
    project("以后的", starts="2028")
    backing = clients["leader"].get("/indicators/H01/?year=2024").context["backings"][0]
    assert (backing.area.code, backing.row.contributed, backing.projects) == (TONGLU, 0, [])


def test_a_missing_link_is_said_to_be_missing(clients):
    chain = chains(clients, CHUNAN)["P06"]
    assert chain.projects == []
    assert "没有登记服务于该指标的项目" in chain.sentence


def test_what_is_planned_by_a_day():
    project = Project.objects.first()
    rows = Project.objects.filter(pk=project.pk)

    def planned_by(on):
        return completion_by(rows, on).get(project.pk, (None, None))[0]

    ScheduleYear.objects.filter(project=project).delete()
    assert planned_by(date(2025, 6, 30)) is None
    for year, yi in ((2024, 2), (2025, 4), (2026, 8)):
        ScheduleYear.objects.create(project=project, year=year, planned_yi=yi)
    assert planned_by(date(2024, 12, 31)) == 2
    assert planned_by(date(2025, 12, 31)) == 6
    for on in (date(2025, 6, 30), date(2025, 7, 2), date(2025, 9, 29)):  # there can be no report of the third quarter
        assert planned_by(on) == pytest.approx(2 + 4 * 181 / 365, abs=1e-4)
    assert planned_by(date(2026, 3, 30)) == 6


def test_a_project_that_keeps_its_plan_is_not_late_between_two_reports():
    project = Project.objects.filter(state="started", progress__isnull=True).first()
    ScheduleYear.objects.create(project=project, year=2025, planned_yi=4)
    report_progress(project=project, progress=Progress(2025, 2, Decimal("1.9837")), by=None)
    planned, done = completion_by(Project.objects.filter(pk=project.pk), date(2025, 8, 20))[project.pk]
    assert (planned, done) == (1.9836, 1.9837)
    planned, done = completion_by(Project.objects.filter(pk=project.pk), date(2025, 9, 30))[project.pk]
    assert planned > done


def test_on_a_past_date_money_is_as_it_was_and_the_page_says_that_projects_are_not(clients):
    words = "项目和进展是现在登记的，不是当时的"
    path = f"/counties/{CHUNAN}/causes/?year=2024"
    yesterday = timezone.localdate() - timedelta(days=1)
    before = chains(clients, CHUNAN, f"?year=2024&as_of={yesterday}")["P02"]
    assert before.listed != []
    project, owed = before.listed[0].project, before.matching["owed"]
    paid = FlowRow(CHUNAN, 2024, "F3", "arrived", Decimal(4000), date(2024, 12, 1), project.code)
    record_flows([paid], by=None)
    after = chains(clients, CHUNAN, f"?year=2024&as_of={yesterday}")["P02"]
    assert (after.matching["owed"], after.listed[0].money) == (owed, before.listed[0].money)
    now = chains(clients, CHUNAN)["P02"]
    assert now.matching["owed"] == owed - 4000
    assert now.listed[0].money["arrived"] == pytest.approx(before.listed[0].money.get("arrived", 0) + 0.4)
    assert words not in clients["leader"].get(path).content.decode()
    assert words in clients["leader"].get(f"{path}&as_of={yesterday}").content.decode()


def test_a_chain_keeps_the_day_on_the_way_to_and_fro(clients):
    cell, past = f"/cells/{CHUNAN}/P02/2024/", "?as_of=2026-01-05"
    assert f'href="{cell}causes/{past}"' in clients["leader"].get(cell + past).content.decode()
    page = clients["leader"].get(f"{cell}causes/{past}").content.decode()
    for href in (cell + past, f"/counties/{CHUNAN}/causes/{past}&amp;year=2024", f"/funding/{past}&amp;year=2024"):
        assert f'href="{href}' in page


def test_a_cell_of_its_own_and_what_is_not_there(clients):
    response = clients["stats"].get(f"/cells/{CHUNAN}/P01/2024/causes/")
    assert [chain.cell.definition.indicator_id for chain in response.context["chains"]] == ["P01"]
    for path in ("/cells/330100/P01/2024/causes/", f"/cells/{CHUNAN}/X9/2024/causes/", "/counties/999999/causes/"):
        assert clients["stats"].get(path).status_code == 404


def test_queries(clients, django_assert_max_num_queries):
    chains(clients, CHUNAN)
    with django_assert_max_num_queries(30):
        chains(clients, CHUNAN)
