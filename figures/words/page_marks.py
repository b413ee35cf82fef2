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
        is_told_of_all = series in self.of_all
        return "demo" if cell.marks.get(series) == "demo" and not is_told_of_all else ""


def page_marks(picture: Picture, cells: Iterable[JudgedCell], where: str = "") -> PageMarks:
    """Of the cells that a page shows, or that `where` names: a picture, on which no figure has a line below it."""
    cells = list(cells)
    of_all, mixed = [], []
    for name in SERIES:
        marks = [cell.marks.get(name) for cell in cells if cell.row[name] is not None]
        demo = marks.count("demo")
        if demo and demo == len(marks):
            of_all.append(name)
        elif demo:
            mixed.append(name)
    facts = (*_demo_facts(picture, of_all, mixed, where), *_provisional_facts(cells))
    return PageMarks(frozenset(of_all), facts)


def _demo_facts(picture: Picture, of_all: list[str], mixed: list[str], where: str) -> Iterable[str]:
    """`of_all`: series that are invented altogether; `mixed`: those of which some figures are."""
    names = {"value": _("实际值"), "target": _("年度目标"), "standard": _("省定标准")}
    if of_all:
        told = _("、").join(names[name] for name in of_all)
        words = _("{where}的{series}全部是演示数据，由它们算出的结果也不是真实情况")
        yield words.format(where=where or _("本页"), series=told)
    is_elsewhere = picture.has_demo and not of_all  # invented are figures that these are computed from
    if not mixed and not is_elsewhere:
        return
    if not where:
        yield _("带下点线的数是演示数据，由它们算出的结果也不是真实情况")
    elif mixed:
        words = _("{where}的{series}里有演示数据，由它们算出的结果也不是真实情况")
        yield words.format(where=where, series=_("、").join(names[name] for name in mixed))
    else:
        yield _("{where}含演示数据，由它们算出的结果也不是真实情况").format(where=where)


def _provisional_facts(cells: list[JudgedCell]) -> Iterable[str]:
    definitions = {cell.definition.indicator_id: cell.definition for cell in cells}
    provisional = sum(row.is_provisional for row in definitions.values())
    if provisional:
        words = _("{all}项指标中{n}项暂定（尚未经正式表确认），名称后标 *")
        yield words.format(all=len(definitions), n=provisional)
