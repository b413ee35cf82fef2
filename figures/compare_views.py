"""The page of two years side by side, and its files."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from figures import compare, tables
from figures.asked import Asked
from figures.compare_words import heading
from figures.picture import Picture
from indicators.labels import STATUS_NAMES
from lib.tabular.exports import table_response

HEADER: tuple[str, ...] = ("区划代码", "地区", "指标代码", "指标", "单位", "前一年", "前一年实际值", "前一年状态")
HEADER += ("后一年", "后一年实际值", "后一年状态", "变化（正为向好）", "后一年排位", "含演示数据")


def compare_years(request):
    """The page; the earlier year is `from`, the year before the page's year unless one is asked for."""
    picture = Picture(Asked.from_request(request), request.user, is_bounded=True)
    earlier = earlier_year(picture, request.GET.get("from"))
    found = compare.rows(picture, earlier) if earlier else []
    together = compare.both_together(picture, earlier) if earlier else {}
    totals = compare.total(found, picture.city)
    context = {
        "picture": picture,
        "heading": heading(picture.year, earlier, totals),
        "earlier": earlier,
        "rows": found,
        "totals": totals,
        "together": together,
        "columns": len(picture.judged) + 3 + bool(together),
        "exports": "compare",
    }
    return render(request, "figures/compare.html", context)


def compare_file(request, kind):
    picture = Picture(Asked.from_request(request), request.user)
    earlier = earlier_year(picture, request.GET.get("from"))
    lines = file_lines(picture, earlier, compare.rows(picture, earlier)) if earlier else ()
    return table_response(kind, f"compare-{earlier}-{picture.year}", HEADER, lines, notes=tables.notes(picture))


def file_lines(picture: Picture, earlier: int, found: Sequence[compare.CompareRow]) -> Iterator[list]:
    """The numbers under HEADER: each county's, of the rows `found`, then the counties taken together."""
    together = compare.both_together(picture, earlier)
    return chain(_lines(found), _together_lines(picture, together))


def earlier_year(picture: Picture, asked: str | None) -> int | None:
    """The year to compare with; the one before where none, or none that is earlier, is asked for. None for the first
    year of all. Raises Http404 in plain words for what is no year of the plan."""
    if asked and asked not in map(str, picture.years):
        first, last = picture.plan.baseline_year, picture.plan.final_year
        raise Http404(_("from 应在 {first} 至 {last} 之间。").format(first=first, last=last))
    before = [year for year in picture.years if year < picture.year]
    if not before:
        return None
    if asked and int(asked) in before:
        return int(asked)
    return before[-1]


def _lines(found: Sequence[compare.CompareRow]) -> Iterator[list]:
    for row in found:
        for move in filter(None, row.moves):
            d = row.definition
            sides: list = []
            for cell in (move.before, move.after):
                sides += [cell.year, cell.row["value"], str(STATUS_NAMES[cell.status])]
            is_demo = move.before.row["is_demo"] or move.after.row["is_demo"]
            place = move.place if row.ranking else None  # of a running total no place is told
            names = [move.after.area.code, move.after.area.name, d.indicator_id, d.name, d.unit]
            yield [*names, *sides, move.change, place, "是" if is_demo else "否"]


def _together_lines(picture: Picture, together: Mapping[str, compare.Together]) -> Iterator[list]:
    for each in together.values():
        d = each.definition
        sides: list = []
        for side in (each.before, each.after):
            sides += [side.year, float(side.value or 0), None]
        change = None if each.change is None else float(each.change)
        is_demo = each.before.is_demo or each.after.is_demo
        names = [each.after.area, tables.aggregated_name(picture, each.after), d.indicator_id, d.name, d.unit]
        yield [*names, *sides, change, None, "是" if is_demo else "否"]
