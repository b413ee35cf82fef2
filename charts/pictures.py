"""Which charts can be taken along, each with its drawing, its numbers as a table and the page that it belongs to."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from areas.models import Area
from charts import drawings
from charts.drawings import Frame, Painted
from charts.maps import AreaMap, Drawn
from figures.cells import JudgedCell
from figures.picture import Picture
from figures.templatetags.display import shown
from figures.words import sentences
from figures.words.page_marks import page_marks
from indicators.labels import STATUS_NAMES
from indicators.models import IndicatorDefinition
from reports import pictures as report_pictures

STATUSES = ("met", "near", "behind", "unreported")
SERIES = ("value", "target", "standard")
NAMES = ("区划代码", "地区", "指标代码", "指标", "单位")


@dataclass(frozen=True)
class Chart:
    """`name` of its files; `page`: address of the page that shows the same, without the host; `rows`: its numbers."""

    name: str
    title: str
    page: str
    draw: Callable[[], Any]
    header: Sequence[str]
    rows: Sequence[Sequence]
    picture: Picture
    cells: Sequence[JudgedCell] = field(default=(), repr=False)

    def frame(self, address: str) -> Frame:
        """Title; whose numbers, of when; how official; where they stand, which is `page` with the host."""
        return Frame(self.title, [*self._facts(), address])

    def _facts(self) -> list[str]:
        plan = self.picture.plan
        owner = plan.owner.shown_name if plan.owner else plan.area.shown_name
        source = _("来源：{owner}，{document}").format(owner=owner, document=plan.document.title)
        asked = self.picture.asked
        day = asked.as_of_on or timezone.localdate()
        dated = _("截至 {day} 的官方数").format(day=day)
        if asked.layer == "submitted":
            dated = _("截至 {day}，含未审核的数").format(day=day)
        return [f"{source} · {dated}", *page_marks(self.picture, self.cells, _("本图")).facts]


def with_unit(name: str, unit: str) -> str:
    """As a heading has it. English shows a counted unit in brackets of its own: "(number)"."""
    return _("{name}（{unit}）").format(name=name, unit=unit.strip("()"))


def map_chart(picture: Picture, shown_map: AreaMap, tail: str) -> Chart:
    """The map of the asked year."""
    year = shown_map.now
    areas = [_painted(each) for each in year.drawn]
    if not shown_map.is_drawn:
        raise Http404(_("本平台的边界文件里没有这些地区，所以没有地图；数字见下表。"))
    row = (picture.year, shown_map.definition.indicator_id, shown_map.definition.name)
    measure = shown_map.measure_name
    if shown_map.unit:
        measure = with_unit(measure, shown(shown_map.unit))
    return Chart(
        name=f"map-{shown_map.definition.indicator_id}-{shown_map.measure}-{picture.year}",
        title=f"{shown_map.heading} · {measure}",
        page=f"{reverse('map')}{tail}",
        draw=lambda: drawings.map_figure(areas, shown_map.legend, width=420, height=shown_map.height),
        header=("区划代码", "地区", "年份", "指标代码", "指标", str(shown_map.measure_name)),
        rows=[(mark.area.code, mark.area.name, *row, mark.words) for mark in year.told],
        picture=picture,
        cells=[mark.cell for mark in year.told if mark.cell],
    )


def _painted(drawn: Drawn) -> Painted:
    """A shape that is no area of the plan is drawn without colour and words."""
    if drawn.mark is None:
        return Painted(drawn.shape, "", "", "")
    return Painted(drawn.shape, drawn.mark.paint, drawn.mark.area.shown_name, drawn.mark.words)


def path_chart(picture: Picture, area: Area, definition: IndicatorDefinition, tail: str) -> Chart:
    """A county's way on one row: value, annual target, standard, and the range of the years to come."""
    code, years = definition.indicator_id, list(picture.years)
    series = {name: picture.series(area.code, code, name) for name in SERIES}
    by_year = [picture.cell(area, definition, year) for year in years]
    upper = picture.series(area.code, code, "target_high")
    band = picture.band(area.code, code)
    row = {"title": "", **series, "band": band, "target_high": upper, "stages": definition.shown_stages}
    names = {"value": _("实际值"), "target": _("年度目标"), "standard": _("省定标准"), "band": _("80%区间")}
    ends_of = {year: (low, high) for year, low, high in band[1:]}  # it begins with the last value, a point
    told = (area.code, area.name, code, definition.name, definition.unit)
    rows: list[tuple] = []
    for year, *numbers, high in zip(years, *series.values(), upper, strict=True):
        rows.append((*told, year, *numbers, high, *ends_of.get(year, (None, None))))
    return Chart(
        name=f"path-{area.code}-{code}",
        title=f"{area.shown_name} · {with_unit(definition.shown_name, shown(definition.unit))}",
        page=f"{reverse('cell', args=[area.code, code, picture.year])}{tail}",
        draw=lambda: drawings.path_figure(
            years, [row], names, lambda years, rows: report_pictures.paths_figure(years, rows, columns=1)
        ),
        header=(*NAMES, "年份", "实际值", "年度目标", "省定标准", "年度目标上限", "80%区间下端", "80%区间上端"),
        rows=rows,
        picture=picture,
        cells=[cell for cell in by_year if cell],
    )


def gaps_chart(picture: Picture, area: Area, tail: str) -> Chart:
    """A county's gaps of one year, a bar for each row."""
    every = picture.city_cells() if area == picture.city else picture.cells()
    cells = [cell for cell in every if cell.area.code == area.code]
    rows = [_gap_row(cell) for cell in cells]
    return Chart(
        name=f"gaps-{area.code}-{picture.year}",
        title=_("{area}{year}年各项与{goal}的差距").format(
            area=area.shown_name, year=picture.year, goal=sentences.goal(picture)
        ),
        page=f"{reverse('county', args=[area.code])}{tail}",
        draw=lambda: report_pictures.county_gaps_figure(rows, unreported=str(STATUS_NAMES["unreported"])),
        header=("指标代码", "指标", "单位", "实际值", "基准", "差距（正为好于基准）", "状态"),
        rows=[_numbers(cell) for cell in cells],
        picture=picture,
        cells=cells,
    )


def _gap_row(cell: JudgedCell) -> dict:
    star = " *" if cell.definition.is_provisional else ""
    return {
        "name": f"{cell.definition.shown_name}{star}",
        "status": cell.status,
        "relative_gap": cell.relative_gap,
        "gap": cell.gap,
        "gap_words": cell.definition.gap_words(cell.gap) or str(STATUS_NAMES[cell.status]),
        "gap_unit": shown(cell.definition.gap_unit),
        "decimals": cell.definition.decimals,
    }


def _numbers(cell: JudgedCell) -> tuple:
    d = cell.definition
    status = str(STATUS_NAMES[cell.status])
    return d.indicator_id, d.name, d.unit, cell.row["value"], cell.reference, cell.gap, status


def status_chart(picture: Picture, tail: str) -> Chart:
    """How many rows of each county are met, near, behind, unreported."""
    cells = list(picture.cells())
    counted = Counter((cell.area.code, cell.status) for cell in cells)
    counties, rows = [], []
    for area in picture.counties:
        counts = {status: counted[area.code, status] for status in STATUSES}
        counties.append({"name": area.shown_name, "counts": counts})
        rows.append((area.shown_name, *counts.values()))
    names = {status: str(STATUS_NAMES[status]) for status in STATUSES}
    return Chart(
        name=f"status-{picture.year}",
        title=_("{year}年各地区{goal}的达标情况（项）").format(year=picture.year, goal=sentences.goal(picture)),
        page=f"{reverse('overview')}{tail}",
        draw=lambda: report_pictures.status_bars_figure(counties, names=names),
        header=("地区", *names.values()),
        rows=rows,
        picture=picture,
        cells=cells,
    )
