"""Cause chains: a county that owes its match → projects that lag → an indicator behind, with who answers for each link.

The chain joins what is registered; it shows where to look and proves nothing. A link that nobody registered is said to
be missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation
from areas.models import Area
from dashboard import summary
from dashboard.picture import Asked, Cell, Picture
from funding.frames import cells_of, matching_flows, rules
from funding.matching import match
from funding.models import Flow
from lib.days import share_passed
from lib.numbers import plain, records, rounded, signed
from lib.terms import term
from projects.cover import gap_cover
from projects.frames import contributions_frame
from projects.models import Project

WEAK = ("behind", "near")
DUE_DUTY = "发展和改革局"
WAN_IN_YI = 10_000


@dataclass
class ProjectLink:
    """A project that serves the indicator: 亿元 planned and completed by the day, `lag` completed minus planned."""

    project: Project
    planned: float | None
    completed: float | None
    money: dict[str, float] = field(default_factory=dict)  # 亿元 by state

    @property
    def lag(self) -> float | None:
        if self.planned is None or self.completed is None:
            return None
        return round(self.completed - self.planned, 4)

    @property
    def is_late(self) -> bool:
        return self.project.state == Project.State.STALLED or (self.lag is not None and self.lag < 0)


@dataclass
class Chain:
    """The links behind one cell; `matching` the county's row of `funding.matching`, None where no rule speaks."""

    cell: Cell
    matching: dict | None
    is_matching_demo: bool
    projects: list[ProjectLink]
    cover: dict | None
    who_pays: str

    @property
    def late(self) -> list[ProjectLink]:
        """The late ones, those that are furthest behind first; stalled ones without a plan last."""
        return sorted((row for row in self.projects if row.is_late), key=lambda row: (row.lag is None, row.lag or 0))

    @property
    def owes(self) -> bool:
        return bool(self.matching and self.matching["owed"])

    @property
    def sentence(self) -> str:
        return " → ".join([self._money_words(), self._project_words(), self._cell_words()])

    def _money_words(self) -> str:
        row = self.matching
        if row is None or row["status"] == "no_rule":
            return _("没有适用的配套规则")
        if row["status"] == "no_base":
            return _("{year}年没有需要配套的资金").format(year=row["year"])
        if not self.owes:
            words = _("{year}年县级配套足额（比例{ratio}）")
            return words.format(year=row["year"], ratio=rounded(row["ratio"], 2))
        words = _("{year}年县级配套比例{ratio}，欠{owed}万元")
        return words.format(year=row["year"], ratio=rounded(row["ratio"], 2), owed=plain(row["owed"]))

    def _project_words(self) -> str:
        if not self.projects:
            return _("没有登记服务于该指标的项目")
        if not self.late:
            return _("服务于该指标的{n}个项目都没有滞后").format(n=len(self.projects))
        worst = self.late[0]
        words = _("服务于该指标的{n}个项目中{late}个滞后或停滞：“{name}”").format(
            n=len(self.projects), late=len(self.late), name=worst.project.name
        )
        return words + (_("比计划少完成{lag}亿元").format(lag=rounded(-worst.lag, 2)) if worst.lag else _("停滞"))

    def _cell_words(self) -> str:
        cell = self.cell
        gap = signed(cell.gap, cell.definition.decimals)
        return _("{name}与目标差{gap}{unit}").format(
            name=cell.definition.shown_name, gap=gap, unit=term(cell.definition.gap_unit)
        )


def cell_causes(request, area, indicator, year):
    """The chain behind one cell."""
    picture = Picture(Asked(year=year), request.user, area_codes=[area], indicator_codes=[indicator])
    place = next((row for row in picture.counties if row.code == area), None)
    definition = next((row for row in picture.definitions if row.indicator_id == indicator), None)
    cell = picture.cell(place, definition) if place and definition else None
    if cell is None:
        raise Http404(
            _("没有这一格：{area} / {indicator} / {year}。").format(area=area, indicator=indicator, year=year)
        )
    chains = chains_of(picture, place, [cell], timezone.localdate())
    return render(request, "dashboard/causes.html", {"picture": picture, "area": place, "cell": cell, "chains": chains})


def county_causes(request, code):
    """The chains behind everything of a county that is behind or near in the year, the widest gap first."""
    picture = Picture(Asked.from_request(request), request.user, area_codes=[code])
    place = next((row for row in picture.counties if row.code == code), None)
    if place is None:
        raise Http404(_("没有代码为 {code} 的县（市）。").format(code=code))
    own = [found for d in picture.definitions if (found := picture.cell(place, d)) is not None]
    cells = [cell for cell in summary.attention(own) if cell.status in WEAK]
    chains = chains_of(picture, place, cells, timezone.localdate())
    return render(request, "dashboard/causes.html", {"picture": picture, "area": place, "chains": chains})


def chains_of(picture: Picture, area: Area, cells: Sequence[Cell], on: date) -> list[Chain]:
    """One chain for each cell of the county, in order; a fixed number of queries for all of them."""
    year = min(picture.year, on.year)
    matching, is_demo = _matching(area.code, year)
    links, who = _project_links(area.code, [cell.definition.indicator_id for cell in cells], on), _who_pays(area)
    covers = _covers(picture, area, cells)
    return [
        Chain(cell, matching, is_demo, links[code], covers.get(code), who)
        for cell in cells
        for code in [cell.definition.indicator_id]
    ]


def _matching(area: str, year: int) -> tuple[dict | None, bool]:
    flows = cells_of(None, [area], year=year)
    frame = match(matching_flows(flows), rules(), areas=[area], years=[year])
    rows = records(frame)
    return (rows[0] if rows else None), bool(flows["demo"].sum())


def _who_pays(area: Area) -> str:
    """The county's own office answers for its match."""
    unit = Organisation.objects.filter(area=area, duty=DUE_DUTY).first()
    return unit.shown_name if unit else area.shown_name


def _covers(picture: Picture, area: Area, cells: Sequence[Cell]) -> dict[str, dict]:
    if not cells:
        return {}
    codes = [cell.definition.indicator_id for cell in cells]
    directions = {cell.definition.indicator_id: cell.definition.direction for cell in cells}
    frame = picture.frame[(picture.frame["area"] == area.code) & picture.frame["indicator"].isin(codes)]
    frame = frame.assign(direction=frame["indicator"].map(directions))
    wanted = contributions_frame([area.code], codes)
    found = gap_cover(frame, wanted, year=picture.year, final_year=picture.plan.final_year)
    return {row["indicator"]: row for row in records(found)}


def _project_links(area: str, indicators: Iterable[str], on: date) -> dict[str, list[ProjectLink]]:
    """The projects in the county that serve each indicator, with their plan and their completion by the day."""
    rows = Project.objects.exclude(state=Project.State.CANCELLED)
    rows = rows.filter(contributions__area=area, contributions__indicator__in=list(indicators))
    rows = rows.select_related("organisation").prefetch_related("schedule", "contributions", "progress").distinct()
    money = _money(rows)
    links: dict[str, list[ProjectLink]] = defaultdict(list)
    for project in rows:
        link = ProjectLink(project, planned_by(project, on), completed_of(project), money[project.pk])
        served = {row.indicator_id for row in project.contributions.all() if row.area_id == area}
        for code in served:
            links[code].append(link)
    return links


def planned_by(project: Project, on: date) -> float | None:
    """亿元 that should be completed by the day: whole past years, and of this year the share of its days."""
    rows = [(row.year, float(row.planned_yi)) for row in project.schedule.all()]
    if not rows:
        return None
    share = share_passed(date(on.year, 1, 1), date(on.year, 12, 31), on)
    return round(sum(value * (1 if year < on.year else share) for year, value in rows if year <= on.year), 4)


def completed_of(project: Project) -> float | None:
    """亿元 completed by the latest report that says so."""
    rows = [row for row in project.progress.all() if row.is_current and row.completed_yi is not None]
    last = max(rows, key=lambda row: (row.year, row.quarter), default=None)
    return float(last.completed_yi) if last else None


def _money(projects) -> dict[int, dict[str, float]]:
    """亿元 of each project by state; states are views of the same money and never added."""
    sums = Flow.objects.filter(project__in=[row.pk for row in projects]).order_by()
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for project, state, amount in sums.values_list("project", "state").annotate(total=Sum("amount_wan")):
        found[project][state] = round(float(amount) / WAN_IN_YI, 4)
    return found
