"""Marks of figures that are not official: on each figure where they are mixed with official ones, else once in the foot
line. Nothing invented looks official: what is left out beside a figure, foot line and head say of all."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from figures.cells import JudgedCell
from figures.picture import Picture

SERIES = ("value", "target", "standard")


@dataclass(frozen=True)
class PageMarks:
    """`of_all`: the series (value, target, standard) of which every figure on the page is demonstration data;
    `facts`: what the foot line says."""

    of_all: frozenset[str] = frozenset()
    facts: tuple[str, ...] = field(default_factory=tuple)

    def demo_class(self, cell: JudgedCell, series: str) -> str:
        """The class of a figure: empty where the foot line says it of all."""
        return "demo" if cell.marks.get(series) == "demo" and series not in self.of_all else ""


def page_marks(picture: Picture, cells: Iterable[JudgedCell], where: str = "") -> PageMarks:
    """Of the cells that a page shows, or that `where` names: a picture, on which no figure has a line below it."""
    cells = list(cells)
    shown = {name: [cell for cell in cells if cell.row[name] is not None] for name in SERIES}
    demo = {name: sum(cell.marks.get(name) == "demo" for cell in found) for name, found in shown.items()}
    of_all = frozenset(name for name, found in shown.items() if found and demo[name] == len(found))
    return PageMarks(of_all, tuple(_facts(picture, cells, of_all, demo, where)))


def _facts(
    picture: Picture, cells: list[JudgedCell], of_all: frozenset[str], demo: dict[str, int], where: str
) -> Iterable[str]:
    names = {"value": _("实际值"), "target": _("年度目标"), "standard": _("省定标准")}
    if of_all:
        told = _("、").join(names[name] for name in SERIES if name in of_all)
        words = _("{where}的{series}全部是演示数据，由它们算出的结果也不是真实情况")
        yield words.format(where=where or _("本页"), series=told)
    mixed = [name for name in SERIES if demo[name] and name not in of_all]
    if where and mixed:
        words = _("{where}的{series}里有演示数据，由它们算出的结果也不是真实情况")
        yield words.format(where=where, series=_("、").join(names[name] for name in mixed))
    elif where and picture.has_demo and not of_all:
        yield _("{where}含演示数据，由它们算出的结果也不是真实情况").format(where=where)
    elif not where and (mixed or (picture.has_demo and not of_all)):
        yield _("带下点线的数是演示数据，由它们算出的结果也不是真实情况")
    definitions = {cell.definition.indicator_id: cell.definition for cell in cells}
    provisional = sum(row.is_provisional for row in definitions.values())
    if provisional:
        words = _("{all}项指标中{n}项暂定（尚未经正式表确认），名称后标 *")
        yield words.format(all=len(definitions), n=provisional)
