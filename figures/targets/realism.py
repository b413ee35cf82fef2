"""How large the changes are that targets ask for, beside those that comparable places made: on a cell, on a county,
before a new target is saved, and of all of them on a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from areas.models import Area
from figures.asked import Asked
from figures.picture import Picture
from indicators.models import IndicatorDefinition
from lib.tabular.exports import table_response
from lib.web.filters import one
from peers.frames import bounds_of
from peers.models import ReferenceSource
from peers.targets import NO_TARGET, REACHED, SAID, TOO_FEW, Past, TargetRealism
from peers.words import comparable_words, percent_words, places_of, realism_words

HARDEST = 5
STATES_IN_ORDER = {SAID: 0, TOO_FEW: 1, REACHED: 2}  # on the page; every other state comes last
RARE = 0.1  # a change that fewer than a tenth made
FILE_HEADER = (
    "区划代码",
    "地区",
    "指标代码",
    "指标",
    "单位",
    "出发年份",
    "出发数值",
    "目标年份",
    "目标",
    "每年需要的变化",
    "可比的县年",
    "来自几个地区",
    "做到的",
    "份额（0至1）",
    "结论",
    "可比的口径",
    "含演示数据",
)


@dataclass(frozen=True)
class RealismLine:
    """A target with what the past says of it."""

    area: Area
    definition: IndicatorDefinition
    said: TargetRealism

    @property
    def words(self) -> str:
        return realism_words(self.said, self.definition)

    @property
    def comparable(self) -> str:
        return comparable_words(self.said, self.definition)

    @property
    def percent(self) -> str:
        return percent_words(self.said)

    @property
    def needed(self) -> float | None:
        return None if self.said.needed is None else round(self.said.needed, places_of(self.definition))

    @property
    def is_rare(self) -> bool:
        return self.said.share is not None and self.said.share < RARE


def line_of(
    picture: Picture,
    area: Area,
    definition: IndicatorDefinition,
    year: int,
    *,
    past: Past,
    target: float | None = None,
) -> RealismLine:
    """Of the target of `year`, or of another `target` in its place, seen from the last official value before it."""
    code = definition.indicator_id
    values = {}
    is_demo = False
    for at in picture.years:
        row = picture.records.get((area.code, code, at))
        if row is None:
            continue
        values[at] = row["value"]
        if row["is_demo"]:
            is_demo = True
        if at == year and target is None:
            target = row["target"]
    said = past.target(area.code, bounds_of(definition), values, year, target, is_demo=is_demo)
    return RealismLine(area, definition, said)


def lines_of_cell(picture: Picture, area: Area, definition: IndicatorDefinition, year: int) -> list[RealismLine]:
    """Of the year's own target where the year has no value yet, and of the final year's; none for a past date or with
    values that nobody has approved, for the past is known as it stands now."""
    if not is_said_of(picture):
        return []
    past, final = Past(), picture.plan.final_year
    years = [final]
    row = picture.records.get((area.code, definition.indicator_id, year))
    is_to_come = row is not None and row["value"] is None
    if is_to_come and year != final:
        years.insert(0, year)
    lines = [line_of(picture, area, definition, each, past=past) for each in years]
    return [line for line in lines if line.said.state != NO_TARGET]


def is_said_of(picture: Picture) -> bool:
    return picture.asked.as_of is None and picture.asked.layer == "official"


def line_of_new_target(
    picture: Picture, area: Area, definition: IndicatorDefinition, year: int, target: Decimal
) -> RealismLine:
    """Of a target that somebody is about to save."""
    return line_of(picture, area, definition, year, past=Past(), target=float(target))


def final_lines(picture: Picture, areas: Iterable[Area]) -> list[RealismLine]:
    """Of every final target, the rarest change first; then those of which nothing can be said, those reached, and those
    without a value. A row without a target is left out."""
    past, final = Past(), picture.plan.final_year
    found: list[RealismLine] = []
    for definition in picture.definitions:
        found += [line_of(picture, area, definition, final, past=past) for area in areas]
    lines = [line for line in found if line.said.state != NO_TARGET]
    return sorted(lines, key=_rarest_first)


def _rarest_first(line: RealismLine) -> tuple[int, float]:
    return STATES_IN_ORDER.get(line.said.state, len(STATES_IN_ORDER)), line.said.share or 0


@dataclass(frozen=True)
class RealismCounts:
    """How many final targets can be told of, and of how many the change is rare."""

    said: int
    rare: int
    refused: int


def counts_of(lines: Iterable[RealismLine]) -> RealismCounts:
    lines = list(lines)
    return RealismCounts(
        said=sum(line.said.state == SAID for line in lines),
        rare=sum(line.is_rare for line in lines),
        refused=sum(line.said.state not in {SAID, REACHED} for line in lines),
    )


@dataclass(frozen=True)
class CountyRealism:
    """What the county's page shows: the counts, and the final targets whose change is the rarest."""

    counts: RealismCounts
    hardest: list[RealismLine]


def county_realism(picture: Picture, area: Area) -> CountyRealism | None:
    """None for a past date or with values that nobody has approved."""
    if not is_said_of(picture):
        return None
    lines = final_lines(picture, [area])
    hardest = [line for line in lines if line.said.state == SAID][:HARDEST]
    return CountyRealism(counts_of(lines), hardest)


@require_safe
def realism(request):
    """All final targets of the counties, or of one."""
    picture = Picture(Asked(), request.user, is_bounded=True)
    areas = _areas(request, picture)
    lines = final_lines(picture, areas)
    counts = counts_of(lines)
    context = {
        "picture": picture,
        "lines": lines,
        "heading": heading(counts),
        "counts": counts,
        "chosen": areas[0] if len(areas) == 1 else None,
        "sources": ReferenceSource.objects.in_force(),
        "has_demo": any(line.said.is_demo for line in lines),
        "rare": round(100 * RARE),
    }
    return render(request, "figures/realism.html", context)


@require_safe
def realism_file(request, kind):
    """The same as a table."""
    picture = Picture(Asked(), request.user)
    lines = final_lines(picture, _areas(request, picture))
    notes = [
        f"{picture.plan.document.title}：{picture.plan.final_year}年目标与以往变化",
        "可比：同一指标，或单位相同、方向不相反的指标，同样长的时间，相近的起点；本市各地区和参照地区。",
        "空格表示没有数据或无法判断，不是零。",
    ]
    return table_response(kind, "realism", FILE_HEADER, map(_file_row, lines), notes)


def _file_row(line: RealismLine) -> list:
    said, d = line.said, line.definition
    return [
        line.area.code,
        line.area.name,
        d.indicator_id,
        d.name,
        d.unit,
        said.first_year,
        said.level,
        said.year,
        said.target,
        said.needed,
        said.count or None,
        said.places or None,
        said.as_large,
        said.share,
        line.words,
        line.comparable,
        "是" if said.is_demo else "否",
    ]


def _areas(request, picture: Picture) -> list[Area]:
    names = {area.code: area.name for area in picture.counties}
    chosen = one(request.GET, "area", names)
    if not chosen:
        return list(picture.counties)
    return [area for area in picture.counties if area.code == chosen]


def heading(counts: RealismCounts) -> str:
    """The page's first sentence."""
    if not counts.said:
        return _("可比的以往变化太少，还说不出目标有多现实")
    words = _("能比的{n}个目标中，{m}个所要的变化在以往不到一成做到过")
    return words.format(n=counts.said, m=counts.rare)
