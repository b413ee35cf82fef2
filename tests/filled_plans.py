"""A site of another city's plan in the middle of its work: a login of every role, sheets in each state, projects,
money, tasks, meetings, matters, promises in words, reference areas and a pull, so that each page has something."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Organisation, User
from areas.models import Area
from commitments.actions import state_commitment
from commitments.models import Commitment
from funding.actions import FlowRow, record_flows
from funding.models import Flow, FundingSource
from indicators.models import IndicatorDefinition, Observation
from indicators.recomputes.recompute import sweep_pending
from matters.actions import Order, Said, issue_matter, take_step
from matters.models import MatterStep
from matters.notes import Word, add_note
from matters.things import find_thing
from peers.actions import SourceTerms, import_reference
from peers.models import ReferenceSource
from peers.reading import ReferenceRow
from plan.models import Chapter, Field, Plan
from plan.work import Task, assign_work, record_meeting, state_progress
from projects.actions import create_project
from projects.changes.parts import Amount, Parts
from projects.models import Project
from pulling.models import Source
from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import Round, Submission
from tests.pages import PAGES

EXPLANATION = "较上年的变化见年度工作总结第三部分"
ROLES = ("admin", "city", "leader", "county", "bureau", "stats", None)
PAID = {"planned": (1, 20), "allocated": (4, 10), "arrived": (7, 15), "paid": (11, 25)}


def make_people(password: str = "") -> dict[str, User]:
    """A login of each role by name; the bureau's is of the county's first unit that reports rows."""
    plan, county = Plan.objects.get(), Area.objects.counties().first()
    office = county.organisations.filter(kind="county").first()
    bureau = county.organisations.filter(kind="bureau").order_by("code").first()
    money = Organisation.objects.filter(kind="department").first()
    rows = (
        ("admin", User.Role.ADMINISTRATOR, None),
        ("city", User.Role.MUNICIPAL, plan.owner),
        ("leader", User.Role.LEADER, plan.owner),
        ("county", User.Role.COUNTY, office),
        ("bureau", User.Role.BUREAU, bureau),
        ("stats", User.Role.DEPARTMENT, money),
    )
    for name, role, unit in rows:
        if not User.objects.filter(username=name).exists():
            is_staff = role in (User.Role.ADMINISTRATOR, User.Role.MUNICIPAL)
            User.objects.create_user(name, password=password or None, role=role, organisation=unit, is_staff=is_staff)
    _make_others()
    return {user.username: user for user in User.objects.select_related("organisation")}


def _make_others() -> None:
    """Every other unit that reports has a login too, named as the unit."""
    for unit in Organisation.objects.filter(kind__in=("county", "bureau")):
        if not unit.users.exists():
            role = User.Role.COUNTY if unit.kind == "county" else User.Role.BUREAU
            User.objects.create_user(f"u-{unit.code}", role=role, organisation=unit)


def fill(people: dict[str, User]) -> dict[str, object]:
    """Everything; what stands for each thing in an address."""
    counties = list(Area.objects.counties())
    county, year = counties[0], Round.objects.latest("year").year
    _report(counties)
    made: dict[str, object] = {"project": _projects(county, people).code}
    made["flow"] = _money(counties, people)
    made["task"] = _tasks(county, people)
    made["statement"] = made["commitment"] = _promise(county, people)
    made["source"] = _references(people, year)
    made["pull"] = _pull(people)
    made["matter"] = _matters(county, people, year)
    sweep_pending()
    return made


def _report(counties: list[Area]) -> None:
    """The first county's sheet stays half typed, the second's is submitted, the third's approved; one county alone goes
    all the way."""
    city = User.objects.get(username="city")
    sheets = {sheet.area_id: sheet for sheet in Submission.objects.select_related("round", "area")}
    for at, county in enumerate(counties[:3]):
        sheet = sheets[county.code]
        parts = list(sheet.parts.select_related("organisation"))
        for part in parts if at or len(counties) == 1 else parts[:1]:
            _type(sheet, part)
            hand_over(part=part, by=part.organisation.users.first())
        if at or len(counties) == 1:
            office = county.organisations.filter(kind="county").first().users.first()
            change_state(submission=sheet, action="submit", by=office)
        if at == 2 or len(counties) == 1:
            change_state(submission=sheet, action="approve", by=city)


def _type(sheet: Submission, part) -> None:
    by = part.organisation.users.first()
    codes = part.entries.filter(is_derived=False).values_list("indicator", flat=True)
    typed = [Typed(code, _near(sheet.area_id, code)) for code in codes]
    saved = save_entries(submission=sheet, typed=typed, by=by)
    asked = [line.entry for line in saved.lines if line.obstacles]
    explained = [Typed(entry.indicator_id, entry.value, EXPLANATION) for entry in asked]
    if explained:
        save_entries(submission=sheet, typed=explained, by=by)


def _near(area: str, code: str) -> Decimal:
    """The last value that is known, or one."""
    known = Observation.objects.as_of().filter(area=area, indicator=code).order_by("year").last()
    return known.value if known else Decimal(1)


def _projects(county: Area, people: dict[str, User]) -> Project:
    plan, field = Plan.objects.get(), Field.objects.first()
    row = IndicatorDefinition.objects.as_of().order_by("indicator__position").first()
    begun, end = date(plan.baseline_year + 1, 3, 1), date(plan.final_year, 10, 31)
    values = {"name": f"{county.name}客运站改造", "organisation_id": people["county"].organisation_id}
    values |= {"field_id": field.code, "starts": str(begun), "ends": str(end)}
    years = range(begun.year, plan.final_year + 1)
    parts = Parts(
        shares={county.code: Decimal(1)},
        schedule={year: Decimal("0.5") for year in years},
        contributions={(row.indicator_id, county.code, plan.final_year): Decimal(1)},
    )
    amounts = [Amount("approved", Decimal("0.5") * len(years), str(begun), "批复")]
    return create_project(values=values, parts=parts, by=people["county"], amounts=amounts, state="started")


def _money(counties: list[Area], people: dict[str, User]) -> int:
    plan, rows = Plan.objects.get(), []
    for source in FundingSource.objects.all():
        for at, county in enumerate(counties):
            for year in (plan.baseline_year + 1, plan.baseline_year + 2):
                for step, (state, day) in enumerate(PAID.items()):
                    amount = Decimal(1200 + 130 * at - 90 * step)
                    if source.keeper == "county" and at % 3 == 2:
                        amount /= 4  # they owe a part of their match
                    told = {"document": f"财农〔{year}〕{at + 1}号", "field": Field.objects.first().code}
                    rows.append(FlowRow(county.code, year, source.code, state, amount, date(year, *day), **told))
    record_flows(rows, by=people["city"])
    return Flow.objects.first().pk


def _tasks(county: Area, people: dict[str, User]) -> str:
    plan, chapter = Plan.objects.get(), Chapter.objects.first()
    meeting = {"title": "专班第一次会议", "chair": "分管副市长", "minutes": "听取进展。"}
    meeting["decisions"] = ["各单位按月报进度。", "资金一季度拨付。"]
    record_meeting(held_on=date(plan.baseline_year + 1, 5, 6), **meeting, by=people["city"])
    unit = people["bureau"].organisation
    late, later = timezone.localdate() - timedelta(days=20), timezone.localdate() + timedelta(days=60)
    items = [
        assign_work(task=Task(title, chapter, unit, due_on, county), by=people["city"])
        for title, due_on in (("完成村道养护方案", late), ("编制校车线路", later))
    ]
    state_progress(item=items[0], words="已开工。", by=people["bureau"], percent_done=40)
    return items[0].code


def _promise(county: Area, people: dict[str, User]) -> str:
    promise = Commitment.objects.filter(source_kind=Commitment.Source.STATEMENTS).first()
    if promise is None:
        return Commitment.objects.first().code
    state_commitment(
        commitment=promise, area=county, standing="on_track", words="教师编制已补足。", by=people["county"]
    )
    return promise.code


def _references(people: dict[str, User], year: int) -> int:
    row = IndicatorDefinition.objects.as_of().filter(stages="").order_by("indicator__position").first()
    rows = [
        ReferenceRow(f"参照县{n}", row.name, row.unit, row.indicator_id, row.direction, y, Decimal(40 + n + y - year))
        for n in range(1, 9)
        for y in range(year - 8, year + 1)
    ]
    terms = SourceTerms("邻省县域统计", "邻省统计局", "公开", "a.csv", "0" * 64)
    return import_reference(rows, terms=terms, via=ReferenceSource.Via.PAGE, by=people["city"]).pk


def _pull(people: dict[str, User]) -> str:
    at, by = timezone.now(), people["bureau"]
    told = {"name": "台账库", "kind": "sqlite", "address": "roads.sqlite3", "table": "numbers"}
    columns = {"indicator": "item", "value": "val"}
    unit = {"organisation": by.organisation, "acts_as": by}
    return Source.objects.create(**told, **unit, uid="p" * 12, columns=columns, created_at=at, next_at=at).uid


def _matters(county: Area, people: dict[str, User], year: int) -> str:
    row = IndicatorDefinition.objects.as_of().order_by("indicator__position").first()
    thing = find_thing("cell", f"{county.code}/{row.indicator_id}/{year - 1}", people["city"])
    due_on = timezone.localdate() + timedelta(days=10)
    order = Order("请说明差距原因。", people["county"].organisation, due_on)
    matter = issue_matter(thing=thing, order=order, by=people["city"])
    take_step(matter=matter, step=MatterStep.Step.SIGN, by=people["county"], said=None)
    take_step(matter=matter, step=MatterStep.Step.PROGRESS, by=people["county"], said=Said("已排查。", percent_done=30))
    add_note(thing=thing, word=Word("口径已核对。", units=[people["county"].organisation]), by=people["city"])
    return matter.code


def addresses(made: dict[str, object]) -> list[str]:
    """Every page of tests/pages.py of this plan's objects in place of the example's, those of nobody too."""
    plan, county = Plan.objects.get(), Area.objects.counties().first().code
    codes = list(
        IndicatorDefinition.objects.as_of().order_by("indicator__position").values_list("indicator", flat=True)
    )
    year = Round.objects.latest("year").year
    mine = dict.fromkeys(("330127", "330122", "330182"), county)
    mine |= {"P02": codes[0], "P03": codes[1], "H01": codes[-1], "C01": Commitment.objects.first().code}
    mine |= {"2022": str(plan.baseline_year), "2024": str(year - 1), "2025": str(year)}
    paths = [path for rows in PAGES.values() for _who, path in rows]
    for old, new in mine.items():
        paths = [path.replace(old, new) for path in paths]
    paths = [path.format(**made) for path in paths]
    # The guide of the API names its examples' codes as those of the file in fixtures/: it is the same for every site.
    return list(dict.fromkeys(path for path in paths if path != "/help/api/"))
