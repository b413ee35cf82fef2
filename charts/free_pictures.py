"""The charts of free comparison and of two years side by side, to be taken along as any other."""

from collections.abc import Sequence

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from charts import free_drawings
from charts.explore import HEADER, Choice
from charts.explore_figures import figures_of, row_title
from charts.pictures import Chart
from figures import compare, compare_views
from figures.compare_words import heading
from figures.picture import Picture
from lib.numbers import signed


def explore_chart(choice: Choice, tail: str) -> Chart:
    """What the page draws of a choice. Http404 in plain words where it draws nothing."""
    if choice.lacks_second_row:
        raise Http404(_("散点图要两项指标：再选一项。"))
    if choice.form == "table":
        raise Http404(_("“只看表”没有图：请另选一种图形。"))
    if not choice.definitions or not choice.areas:
        raise Http404(_("没有可画的指标或地区。"))
    figures = figures_of(choice)
    return Chart(
        name=f"explore-{choice.form}",
        title=choice.drawn_heading,
        page=f"{reverse('explore')}{tail}",
        draw=lambda: free_drawings.figures_sheet(figures),
        header=HEADER,
        rows=list(choice.lines(choice.drawn_years)),
        picture=choice.picture,
        cells=list(choice.cells(choice.drawn_years)),
    )


def compare_chart(picture: Picture, earlier: int | None, tail: str) -> Chart:
    """Two years side by side. Http404 in plain words for the first year of all."""
    found = compare.rows(picture, earlier) if earlier else []
    title = str(heading(picture.year, earlier, compare.total(found, picture.city)))
    if earlier is None:
        raise Http404(title)
    rows = [_row(each) for each in found]
    areas = [area.shown_name for area in picture.judged]
    return Chart(
        name=f"compare-{earlier}-{picture.year}",
        title=title,
        page=f"{reverse('compare')}{tail}",
        draw=lambda: free_drawings.moves_sheet(rows, areas, _("斜线：有一年没有数；变化正为向好")),
        header=compare_views.HEADER,
        rows=list(compare_views.file_lines(picture, earlier, found)),
        picture=picture,
        cells=_cells(found),
    )


def _row(row: compare.CompareRow) -> dict:
    return {"name": row_title(row.definition), "moves": [_move(move) for move in row.moves]}


def _move(move: compare.Move | None) -> dict | None:
    """Both values and the change, positive better; None where neither year has a value."""
    if move is None:
        return None
    cells = (move.before, move.after)
    if all(cell.row["value"] is None for cell in cells):
        return None
    sides = [cell.definition.row_words(cell.row, "value") for cell in cells]
    change = None if move.change is None else signed(move.change, move.after.definition.decimals)
    return {"mood": move.mood, "sides": " → ".join(sides), "change": change}


def _cells(rows: Sequence[compare.CompareRow]) -> list:
    """Of both years."""
    cells = []
    for row in rows:
        for move in row.moves:
            if move:
                cells += [move.before, move.after]
    return cells
