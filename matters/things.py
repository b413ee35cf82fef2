"""What a matter or a note can be about: a thing of another room, found by kind and key, with who may see it.

A line of the dispatch list is about the thing that it is drawn from (`THING_OF_LINE`): so what is asked there and on
the thing's own page is one and the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from areas.models import Area
from commitments.models import Commitment
from figures.causes import DUE_DUTY
from funding.models import Flow
from indicators.frames import INPUT_VERSIONS, STORED_COLUMNS, assessed_frame
from indicators.labels import STATUS_NAMES
from indicators.models import Assessment, IndicatorDefinition
from journal.models import ReportIssue
from lib.numbers import records, whole
from lib.web.languages import in_source_language
from matters.models import COUNTY_UNITS, Reach
from plan.models import Decision, Plan, WorkItem
from projects.models import Project
from reporting.models import Entry, Responsibility, Submission

LONGEST_KEY = 80  # what the column holds that keeps it


@dataclass(frozen=True)
class Thing:
    """`unit` answers for it; `seen` says in words which version of it stands now; `figure` is its judged cell, where it
    has one; `reach` and `area` say who may see it."""

    kind: str
    key: str
    title: str
    href: str
    reach: str = Reach.OPEN
    area: str | None = None
    unit: Organisation | None = None
    seen: str = ""
    is_demo: bool = False
    figure: Assessment | None = None

    def may_be_seen_by_unit(self, unit: Organisation) -> bool:
        """Whether the people of a unit may see the thing."""
        if unit.kind == Organisation.Kind.MUNICIPAL or self.reach == Reach.OPEN:
            return True
        if self.reach != Reach.COUNTY:
            return False
        return unit.kind in COUNTY_UNITS and unit.area_id == self.area

    def may_be_seen_by_person(self, person: User) -> bool:
        if person.sees_all_counties or self.reach == Reach.OPEN:
            return True
        if self.reach != Reach.COUNTY or person.own_area_code is None:
            return False
        return person.own_area_code == self.area


def find_thing(kind: str, key: str, user: User) -> Thing | None:
    """The thing, where there is one and this user may see it; else None, without saying which. Its name and its version
    are kept with what is said of it, so they are in Chinese whoever asks."""
    find = FINDERS.get(kind)
    if find is None or len(key) > LONGEST_KEY:
        return None
    with in_source_language():
        found = find(key)
    if found is None or not found.may_be_seen_by_person(user):
        return None
    return found


def figure_at(area: str, indicator: str, year: int) -> Assessment | None:
    """The stored judgement; made afresh where the cell has not been judged yet."""
    stored = Assessment.objects.filter(area=area, indicator=indicator, year=year).first()
    return stored or judged_figure(area, indicator, year)


def judged_figure(area: str, indicator: str, year: int, as_of: datetime | None = None) -> Assessment | None:
    """A cell judged by the facts of a moment, unsaved; None for what is no cell."""
    if not Area.objects.judged().filter(code=area).exists() or not Plan.objects.exists():
        return None
    if not IndicatorDefinition.objects.as_of().filter(indicator=indicator).exists():
        return None
    rows = records(assessed_frame(areas=[area], indicators=[indicator], as_of=as_of))
    row = next((row for row in rows if row["year"] == year), None)
    if row is None:
        return None
    fields = {name: row[name] for name in STORED_COLUMNS}
    fields |= {name: int(row[name]) for name in INPUT_VERSIONS if row[name] is not None}
    return Assessment(area_id=area, indicator_id=indicator, year=year, **fields)


def figure_words(figure: Assessment) -> str:
    """The version and the status of a cell: 官方数值第2版，滞后."""
    version = f"官方数值第{figure.value_version}版" if figure.value_version else "没有官方数值"
    return f"{version}，{STATUS_NAMES[figure.status]}"


def county_office(area: str | None) -> Organisation | None:
    units = Organisation.objects.filter(area=area, kind=Organisation.Kind.COUNTY)
    return units.filter(duty=DUE_DUTY).first() or units.first()


def city_office() -> Organisation | None:
    plan = Plan.objects.select_related("owner").first()
    return plan.owner if plan else None


def _cell(key: str) -> Thing | None:
    area, indicator, year = _parts(key, 3)
    figure = figure_at(area, indicator, _number(year))
    if figure is None:
        return None
    name = IndicatorDefinition.objects.as_of().filter(indicator=indicator).values_list("name", flat=True).first()
    place = Area.objects.get(code=area)
    known = Responsibility.objects.filter(area=area, indicator=indicator).select_related("organisation").first()
    return Thing(
        "cell",
        key,
        f"{place.name}{year}年{name or indicator}",
        reverse("cell", args=[area, indicator, year]),
        area=area,
        unit=known.organisation if known else county_office(area),
        seen=figure_words(figure),
        is_demo=figure.is_demo,
        figure=figure,
    )


def _county(key: str) -> Thing | None:
    area = Area.objects.counties().filter(code=key).first()
    if area is None:
        return None
    return Thing("county", key, area.name, reverse("county", args=[key]), area=key, unit=county_office(key))


def _project(key: str) -> Thing | None:
    row = Project.objects.filter(code=key).select_related("organisation").first()
    if row is None:
        return None
    unit, href = row.organisation or county_office(row.main_area_id), reverse("project", args=[key])
    words = f"第{row.version}版"
    return Thing("project", key, row.name, href, area=row.main_area_id, unit=unit, seen=words, is_demo=row.is_demo)


def _flow(key: str) -> Thing | None:
    row = Flow.objects.filter(pk=_number(key)).select_related("area", "source").first()
    if row is None:
        return None
    plan = Plan.objects.select_related("finance").first()
    is_county = row.source.keeper == "county"
    unit = county_office(row.area_id) if is_county or plan is None else plan.finance
    title = f"{row.area.name}{row.year}年{row.source.name}{row.get_state_display()}"
    seen = f"含{row.corrections.count()}次更正"
    return Thing(
        "flow",
        str(row.pk),
        title,
        reverse("flow", args=[row.pk]),
        area=row.area_id,
        unit=unit,
        seen=seen,
        is_demo=row.is_demo,
    )


def _report(key: str) -> Thing | None:
    row = ReportIssue.objects.filter(number=key).defer("content").first()
    if row is None:
        return None
    title, href = f"{row.year}年度监测报告 {row.number}", reverse("report", args=[key])
    return Thing("report", key, title, href, reach=Reach.CITY, unit=city_office(), is_demo=row.is_demo)


def _sheet(key: str) -> Thing | None:
    area, year = _parts(key, 2)
    row = Submission.objects.filter(area=area, round__year=_number(year)).select_related("area", "round").first()
    if row is None:
        return None
    return Thing(
        "sheet",
        key,
        f"{row.area.name}{row.round.year}年监测表",
        reverse("sheet", args=[area, row.round.year]),
        reach=Reach.COUNTY,
        area=area,
        unit=county_office(area),
        seen=str(row.get_state_display()),
        is_demo=row.round.is_demo,
    )


def _entry(key: str) -> Thing | None:
    area, year, indicator = _parts(key, 3)
    rows = Entry.objects.filter(submission__area=area, submission__round__year=_number(year), indicator=indicator)
    row = rows.select_related("submission__area", "submission__round", "part__organisation").first()
    if row is None:
        return None
    name = IndicatorDefinition.objects.as_of().filter(indicator=indicator).values_list("name", flat=True).first()
    return Thing(
        "entry",
        key,
        f"{row.submission.area.name}{year}年填报：{name or indicator}",
        reverse("thread", args=[area, row.submission.round.year, indicator]),
        reach=Reach.COUNTY,
        area=area,
        unit=row.part.organisation,
        seen=f"填报第{row.version}版",
        is_demo=row.is_demo or row.submission.round.is_demo,
    )


def _task(key: str) -> Thing | None:
    row = WorkItem.objects.filter(code=key).select_related("responsible").first()
    if row is None:
        return None
    title, href = f"{row.code} {row.title}"[:200], reverse("task", args=[key])
    seen = f"第{row.version}版，{row.get_state_display()}"
    return Thing("task", key, title, href, area=row.area_id, unit=row.responsible, seen=seen, is_demo=row.is_demo)


def _match(key: str) -> Thing | None:
    area, year = _parts(key, 2)
    place = Area.objects.judged().filter(code=area).first()
    if place is None or not _is_year(year):
        return None
    href, title = f"{reverse('funding')}?year={year}", f"{place.name}{year}年县级配套"
    return Thing("match", key, title, href, area=area, unit=county_office(area))


def _commitment(key: str) -> Thing | None:
    """C01, or for one county and one year C01/330127/2025; nothing else, for the title holds what the key says."""
    code, *rest = key.split("/")
    year = rest.pop() if rest and _is_year(rest[-1]) else ""
    row = Commitment.objects.filter(code=code).first()
    if row is None or len(rest) > 1:
        return None
    href = reverse("commitment", args=[code])
    if not rest:
        return Thing("commitment", key, f"{row.code} {row.name}{year}"[:200], href, unit=city_office())
    place = Area.objects.judged().filter(code=rest[0]).first()
    if place is None:
        return None
    title = f"{row.code} {place.name}{row.name}{year}"[:200]
    return Thing("commitment", key, title, href, area=place.code, unit=county_office(place.code))


def _decision(key: str) -> Thing | None:
    row = Decision.objects.filter(pk=_number(key)).select_related("meeting").first()
    if row is None:
        return None
    href = f"{reverse('meetings')}#decision-{row.pk}"
    return Thing("decision", str(row.pk), row.words[:200], href, seen=str(row.meeting), is_demo=row.meeting.is_demo)


def _parts(key: str, number: int) -> list[str]:
    """The parts of a key; empty ones where it has another number of them, which name nothing."""
    parts = key.split("/")
    return parts if len(parts) == number else [""] * number


def _number(text: str) -> int:
    """As it stands in a key, one way alone; 0, which is no year and no row, for any other text."""
    number = whole(text) or 0
    return number if str(number) == text else 0


def _is_year(text: str) -> bool:
    return len(str(_number(text))) == 4


FINDERS: dict[str, Callable[[str], Thing | None]] = {
    "cell": _cell,
    "county": _county,
    "project": _project,
    "flow": _flow,
    "report": _report,
    "sheet": _sheet,
    "entry": _entry,
    "task": _task,
    "match": _match,
    "commitment": _commitment,
    "decision": _decision,
}
# Kind of a line of the dispatch list → kind of the thing that it is drawn from; the line's name is its key.
THING_OF_LINE = {
    "report": "sheet",
    "task": "task",
    "underfunded": "cell",
    "match": "match",
    "stalled": "project",
    "late_project": "project",
    "commitment": "commitment",
}


def kind_words(kind: str) -> str:
    """What a thing of a kind is called."""
    names = {
        "cell": _("指标"),
        "county": _("地区"),
        "project": _("项目"),
        "flow": _("资金流水"),
        "report": _("报告"),
        "sheet": _("监测表"),
        "entry": _("填报项"),
        "task": _("任务"),
        "match": _("县级配套"),
        "commitment": _("承诺"),
        "decision": _("议定事项"),
    }
    return names.get(kind, kind)
