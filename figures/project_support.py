"""Which projects stand behind the counties' indicators: the gap cover of a page, and what a county builds.

Projects are as the register has them now, also on a page of a past date; the page says so."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum, When

from areas.models import Area
from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.models import IndicatorDefinition
from lib.database.prepared_statements import again, written
from projects.frames import planned_gains
from projects.gap_cover import GapCover, gap_cover
from projects.landing.landed_projects import REGISTER, awaited, starting_year
from projects.models import Contribution, Project, ProjectShare

MONEY = DecimalField(max_digits=20, decimal_places=10)
PART = ExpressionWrapper(F("share") * F("project__total_yi"), output_field=MONEY)
STALLED = Q(project__state=Project.State.STALLED)
LISTED = 6
NO_SUMS = (0, 0, 0, 0, None)


@dataclass
class Backing:
    """One county's row of the indicator. `projects`: what they are expected to add by the final year, also those that
    do not count because they have stopped or are done."""

    area: Area
    definition: IndicatorDefinition
    row: GapCover
    projects: list[Contribution] = field(default_factory=list)

    @property
    def percent(self) -> float | None:
        return None if self.row.cover is None else 100 * self.row.cover


def backings(picture: Picture, areas: Iterable[Area], indicators: Iterable[str]) -> list[Backing]:
    """The gap cover of every county and indicator that the picture judges. One query."""
    by_code, wanted = {area.code: area for area in areas}, set(indicators)
    definitions = {row.indicator_id: row for row in picture.definitions if row.indicator_id in wanted}
    gains = planned_gains(list(by_code), list(definitions), counted=counted(definitions.values()))
    found = gap_cover(
        directed_cells(picture, by_code, definitions), gains, year=picture.year, final_year=picture.plan.final_year
    )
    return [Backing(by_code[row.area], definitions[row.indicator], row) for row in found]


def directed_cells(
    picture: Picture, areas: Container[str], definitions: Mapping[str, IndicatorDefinition]
) -> Iterator[dict]:
    """The picture's cells of these areas and indicators, each with the direction of its row."""
    for (area, code, _year), row in picture.records.items():
        if area in areas and code in definitions:
            yield row | {"direction": definitions[code].direction}


def counted(definitions: Iterable[IndicatorDefinition]) -> list[str]:
    """The indicators among them that the register of projects counts by itself (H01)."""
    return [row.indicator_id for row in definitions if row.derived_from == REGISTER]


def indicator_backings(picture: Picture, code: str) -> list[Backing]:
    """Of one indicator, in the counties' order, with the projects that name it, and those still to land where it counts
    these. Two or three queries."""
    found = {row.area.code: row for row in backings(picture, picture.counties, [code])}
    named = Contribution.objects.filter(indicator=code, area__in=list(found), year__lte=picture.plan.final_year)
    for contribution in named.select_related("project").order_by("-value", "project__code"):
        found[contribution.area_id].projects.append(contribution)
    is_counted = code in counted(picture.definitions)
    for project in awaited(found, code) if is_counted else ():
        year = starting_year(project)
        if year is None or year <= picture.plan.final_year:
            found_year: Any = year  # None, unknown: the row is shown and never stored
            one = Contribution(
                project=project, indicator_id=code, area_id=project.main_area_id, year=found_year, value=1
            )
            found[project.main_area_id].projects.append(one)
    return [found[area.code] for area in picture.counties if area.code in found]


def unbacked(picture: Picture, area: Area, cells: Iterable[JudgedCell]) -> list[tuple[JudgedCell, Backing]]:
    """The county's behind rows with no project on the way that is to help by the final year. One query."""
    behind = {cell.definition.indicator_id: cell for cell in cells if cell.status == "behind"}
    rows = backings(picture, [area], behind)
    alone = {row.definition.indicator_id: row for row in rows if row.row.projects == 0}
    return [(cell, alone[code]) for code, cell in behind.items() if code in alone]


@dataclass
class CountyProjects:
    """What the county has a share in: `count` projects, `yi` 亿元 of its shares, the first few to look at (stalled
    ones first, then the largest)."""

    count: int
    live: int
    stalled: int
    demo: int
    yi: Decimal | None
    listed: list[ProjectShare]


def county_projects(user, area: Area) -> CountyProjects:
    """Two queries, whatever the number of projects."""
    scope = (user.is_authenticated, area.code)
    sums = written(("sums of projects", *scope), lambda: _sums(_shares(user, area))).rows()
    listed = again(("listed projects", *scope), lambda: _listed(_shares(user, area)))
    count, live, stalled, demo, yi = sums[0] if sums else NO_SUMS
    return CountyProjects(count, live, stalled, demo, yi, listed)


def _shares(user, area: Area) -> QuerySet[ProjectShare]:
    rows = ProjectShare.objects.filter(area=area, project__in=Project.objects.visible_to(user)).order_by()
    return rows.exclude(project__state=Project.State.CANCELLED)


def _sums(rows: QuerySet[ProjectShare]) -> QuerySet:
    """One row in the order of the fields of CountyProjects; none where the county has no project."""
    sums = rows.values("area").annotate(
        count=Count("pk"),
        live=Count("pk", filter=Q(project__state__in=[Project.State.PLANNED, Project.State.STARTED])),
        stalled=Count("pk", filter=STALLED),
        demo=Count("pk", filter=Q(project__is_demo=True)),
        yi=Sum(PART),
    )
    return sums.values_list("count", "live", "stalled", "demo", "yi")


def _listed(rows: QuerySet[ProjectShare]) -> QuerySet[ProjectShare]:
    """The first few to look at."""
    rows = rows.annotate(place=Case(When(STALLED, then=0), default=1), part=PART).select_related("project")
    return rows.order_by("place", F("part").desc(nulls_last=True), "project__code")[:LISTED]
