"""Cause chains: a county that owes its match → projects that lag → an indicator behind, with who answers for each link.

The chain joins what is registered; it shows where to look and proves nothing. A link that nobody registered is said to
be missing. On a past date money and indicator are as recorded then, projects as they are now: the page says so.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Sum
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from accounts.models import Organisation
from areas.models import Area
from figures import summary
from figures.asked import Asked
from figures.cells import JudgedCell
from figures.picture import Picture
from figures.project_support import counted, directed_cells
from figures.templatetags.display import shown
from funding.frames import cells_of, matching_flows, rules
from funding.matching import match
from funding.models import Flow
from funding.tiles import ratio_words
from lib.days import last_quarter_end
from lib.numbers import records
from pagecache.value_cache import NO_FIGURES, kept
from plan.terms import term, wan_words, yi_words
from projects.frames import completion_by, planned_gains, quarters_unreported
from projects.gap_cover import GapCover, gap_cover
from projects.landing.landed_projects import awaited
from projects.models import Contribution, Project

WEAK = ("behind", "near")
DUE_DUTY = "发展和改革局"
WAN_IN_YI = 10_000
LISTED = 8  # projects of a chain; the rest are in the register


@dataclass
class ProjectLink:
    """A project that serves the indicator: 亿元 of `projects.frames.completion_by`, `lag` completed minus planned."""

    project: Project
    planned: float | None
    completed: float | None
    money: dict[str, float] = field(default_factory=dict)  # 亿元 by state
    unreported: int = 0  # quarters since its latest report

    @property
    def lag(self) -> float | None:
        if self.planned is None or self.completed is None:
            return None
        return round(self.completed - self.planned, 4)

    @property
    def is_late(self) -> bool:
        if self.project.state == Project.State.STALLED:
            return True
        return self.lag is not None and self.lag < 0


@dataclass
class Chain:
    """The links behind one cell; `matching` the county's row of `funding.matching`, None where no rule speaks."""

    cell: JudgedCell
    matching: dict | None
    is_matching_demo: bool
    projects: list[ProjectLink]
    cover: GapCover | None
    who_pays: str
    is_counted: bool = False  # from the register: its projects are those that are still to land

    @property
    def late(self) -> list[ProjectLink]:
        """The late ones, those that are furthest behind first; stalled ones without a plan last."""
        late = [row for row in self.projects if row.is_late]
        return sorted(late, key=lambda row: math.inf if row.lag is None else row.lag)

    @property
    def listed(self) -> list[ProjectLink]:
        """The first few to look at: late ones, then the others."""
        others = [row for row in self.projects if not row.is_late]
        return [*self.late, *others][:LISTED]

    @property
    def ratio(self) -> str:
        return ratio_words(self.matching["ratio"]) if self.matching else ""

    @property
    def owes(self) -> bool:
        return bool(self.matching and self.matching["owed"])

    @property
    def sentence(self) -> str:
        links = [self._money_words(), self._project_words(), self._cell_words()]
        return format_html_join(" → ", "{}", ((words,) for words in links))

    def _money_words(self) -> str:
        row = self.matching
        if row is None or row["status"] == "no_rule":
            return _("没有适用的配套规则")
        if row["status"] == "no_base":
            return _("{year}年没有需要配套的资金").format(year=row["year"])
        if not self.owes:
            words = _("{year}年县级配套足额（比例{ratio}）")
            return words.format(year=row["year"], ratio=ratio_words(row["ratio"]))
        words = _("{year}年县级配套比例{ratio}，欠{money}")
        return words.format(year=row["year"], ratio=ratio_words(row["ratio"]), money=wan_words(row["owed"]))

    @property
    def nothing(self) -> str:
        """What is said where there is no project."""
        return _("没有待落地的亿元以上产业项目") if self.is_counted else _("没有登记服务于该指标的项目")

    def _project_words(self) -> str:
        if not self.projects:
            return self.nothing
        late = self.late
        if not late:
            words = _("待落地的{n}个项目都没有滞后") if self.is_counted else _("服务于该指标的{n}个项目都没有滞后")
            return words.format(n=len(self.projects))
        words = _("服务于该指标的{n}个项目中{late}个滞后或停滞：“{name}”")
        if self.is_counted:
            words = _("待落地的{n}个项目中{late}个滞后或停滞：“{name}”")
        worst = late[0]
        told = format_html(words, n=len(self.projects), late=len(late), name=shown(worst.project.name))
        lag = _("停滞")
        if worst.lag:
            lag = _("比计划少完成{money}").format(money=yi_words(-worst.lag))
        return format_html("{}{}{}", told, lag, _silence_words(late))

    def _cell_words(self) -> str:
        cell = self.cell
        gap = cell.definition.gap_words(cell.gap)
        return _("{name}与目标差{gap}{unit}").format(
            name=cell.definition.shown_name, gap=gap, unit=term(cell.definition.gap_unit)
        )


def _silence_words(late: Iterable[ProjectLink]) -> str:
    """How many of the late ones have not even reported lately."""
    unreported = sum(row.unreported > 0 for row in late)
    if not unreported:
        return ""
    return _("（其中{n}个近期没有报进展）").format(n=unreported)


def cell_causes(request, area, indicator, year):
    """The chain behind one cell."""
    asked = replace(Asked.from_request(request), year=year)
    picture = Picture(asked, request.user, area_codes=[area], indicator_codes=[indicator])
    place, definition = picture.find_county(area), picture.find_definition(indicator)
    cell = None
    if place and definition:
        cell = picture.cell(place, definition)
    if cell is None:
        raise Http404(
            _("没有这一格：{area} / {indicator} / {year}。").format(area=area, indicator=indicator, year=year)
        )
    return _page(request, picture, place, [cell], cell=cell)


def county_causes(request, code):
    """The chains behind everything of a county that is behind or near in the year, the widest gap first."""
    picture = Picture(Asked.from_request(request), request.user, area_codes=[code])
    place = picture.county(code)
    found = [picture.cell(place, definition) for definition in picture.definitions]
    own = [cell for cell in found if cell is not None]
    cells = [cell for cell in summary.attention(own) if cell.status in WEAK]
    return _page(request, picture, place, cells)


def _page(request, picture: Picture, area: Area, cells: Sequence[JudgedCell], **more):
    on = timezone.localdate()
    context = {"picture": picture, "area": area, "chains": chains_of(picture, area, cells, on), **more}
    return render(request, "figures/causes.html", context | {"planned_until": last_quarter_end(on)})


def chains_of(picture: Picture, area: Area, cells: Sequence[JudgedCell], on: date) -> list[Chain]:
    """One chain for each cell of the county, in order; a fixed number of queries for all of them."""
    year = min(picture.year, on.year)
    matching, is_demo = _matching(area.code, year, picture.asked.as_of)
    own = counted(cell.definition for cell in cells)
    links = _project_links(area.code, [cell.definition.indicator_id for cell in cells], own, on)
    covers, who = _covers(picture, area, cells), _who_pays(area)
    chains = []
    for cell in cells:
        code = cell.definition.indicator_id
        chains.append(Chain(cell, matching, is_demo, links[code], covers.get(code), who, code in own))
    _add_money(chains, picture.asked.as_of)
    return chains


def _matching(area: str, year: int, as_of: datetime | None) -> tuple[dict | None, bool]:
    """The row of `funding.matching`, and whether demonstration flows are in it."""
    key = (area, year, as_of)
    today = timezone.localdate()  # a flow counts from its day on, without any write
    return kept(lambda: _matched(*key), "matching", today, *key, unaffected_by=NO_FIGURES)


def _matched(area: str, year: int, as_of: datetime | None) -> tuple[dict | None, bool]:
    flows = cells_of(as_of, [area], year=year)
    frame = match(matching_flows(flows), rules(as_of), areas=[area], years=[year])
    row = next(iter(records(frame)), None)  # of one county and year there is one at the most
    has_demo = bool(flows["demo"].sum())
    return row, has_demo


def _who_pays(area: Area) -> str:
    """The county's own office answers for its match."""
    unit = Organisation.objects.filter(area=area, duty=DUE_DUTY).first()
    return unit.shown_name if unit else area.shown_name


def _covers(picture: Picture, area: Area, cells: Sequence[JudgedCell]) -> dict[str, GapCover]:
    if not cells:
        return {}
    definitions = {cell.definition.indicator_id: cell.definition for cell in cells}
    gains = planned_gains([area.code], list(definitions), counted=counted(definitions.values()))
    own = directed_cells(picture, [area.code], definitions)
    found = gap_cover(own, gains, year=picture.year, final_year=picture.plan.final_year)
    return {row.indicator: row for row in found}


def _project_links(
    area: str, indicators: Collection[str], own: Collection[str], on: date
) -> dict[str, list[ProjectLink]]:
    """The projects that serve each indicator of the county, with their plan and their completion by the day; of those
    that the register counts (`own`), also the projects that are still to land."""
    named = Contribution.objects.filter(area=area, indicator__in=indicators)
    pairs = set(named.exclude(project__state=Project.State.CANCELLED).values_list("project", "indicator"))
    for code in own:
        for pk in awaited([area], code).values_list("pk", flat=True):
            pairs.add((pk, code))
    rows = Project.objects.filter(pk__in={pk for pk, _code in pairs})
    stand = completion_by(rows, on)
    links = {}
    for row in rows.with_last_report().select_related("organisation"):
        planned, completed = stand.get(row.pk, (None, None))
        links[row.pk] = ProjectLink(row, planned, completed, unreported=quarters_unreported(row, on))
    found: dict[str, list[ProjectLink]] = defaultdict(list)
    for pk, code in pairs:
        found[code].append(links[pk])
    for each in found.values():
        each.sort(key=lambda link: link.project.code)
    return found


def _add_money(chains: Iterable[Chain], as_of: datetime | None) -> None:
    """亿元 of each listed project by state, as recorded by then; states are views of the same money and never added."""
    links: dict[int, ProjectLink] = {}
    for chain in chains:
        links |= {link.project.pk: link for link in chain.listed}
    day = timezone.localdate(as_of)  # without a moment: today
    flows = Flow.objects.as_of(as_of).counted(day)
    sums = flows.filter(project__in=list(links)).order_by()
    for project, state, amount in sums.values_list("project", "state").annotate(total=Sum("amount_wan")):
        links[project].money[state] = round(float(amount) / WAN_IN_YI, 4)
