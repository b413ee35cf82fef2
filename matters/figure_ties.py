"""Matters that follow a figure: closed when it says so, asking to be reopened when it turns, with the version named."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from indicators.labels import STATUS_NAMES
from indicators.models import Assessment, IndicatorDefinition
from lib.web.languages import in_source_language
from matters.actions import mark_of, move_by_figure
from matters.models import Matter, MatterStep

Step = MatterStep.Step
MET = "met"


def follow_figures(*, at: datetime | None = None) -> int:
    """Hold every matter that is tied to a judged cell against what the cell says now; how many moved. A figure is acted
    upon once: only where value, target or status is another than at the last look."""
    at, moved = at or timezone.now(), 0
    tied = Matter.objects.exclude(indicator=None).order_by("pk")
    keys: dict[tuple, Assessment] = {(row.area_id, row.indicator_id, row.year): row for row in _cells(tied)}
    for matter in tied:
        figure = keys.get((matter.area_id, matter.indicator_id, matter.year))
        if figure is not None and mark_of(figure) != matter.figure_mark:
            moved += follow(matter.pk, figure, at=at)
    return moved


def _cells(tied) -> list[Assessment]:
    """The cells of all of them in one query: of their areas, indicators and years; a few more than needed."""
    rows = list(tied.values_list("area", "indicator", "year"))
    areas, indicators, years = (set(column) for column in zip(*rows, strict=True)) if rows else (set(), set(), set())
    return list(Assessment.objects.filter(area__in=areas, indicator__in=indicators, year__in=years))


@in_source_language()
@transaction.atomic
def follow(pk: int, figure: Assessment, *, at: datetime) -> bool:
    """Hold one matter against its cell: whether it took a step. In any case the figure is known from now on."""
    matter = Matter.objects.select_for_update(of=["self"]).select_related("owner", "issuer").get(pk=pk)
    if mark_of(figure) == matter.figure_mark:
        return False
    was_met = matter.figure_mark.endswith(f"/{MET}")
    step = _step(matter, was_met=was_met, is_met=figure.status == MET)
    matter.figure_mark = mark_of(figure)
    if step:
        move_by_figure(matter, step, words=_words(figure), version=figure.value_version, at=at)
    else:
        Matter.objects.filter(pk=pk).update(figure_mark=matter.figure_mark)
    return bool(step)


def _step(matter: Matter, *, was_met: bool, is_met: bool) -> str:
    if matter.is_open:
        return Step.FIGURE_CLOSES if is_met else ""
    if is_met:
        return Step.FIGURE_SETTLES if matter.asks_reopening else ""
    return Step.FIGURE_TURNS if was_met and not matter.asks_reopening else ""


def _words(figure: Assessment) -> str:
    """官方数值第3版为 95.2，年度目标第1版为 95，结论“达标”。"""
    own = IndicatorDefinition.objects.as_of().get(indicator=figure.indicator_id)
    aimed = own.value_words(figure.target, figure.target_high)
    value = "没有官方数值"
    if figure.value_version:
        value = f"官方数值第{figure.value_version}版为{own.value_words(figure.value)}"
    target = f"年度目标第{figure.target_version}版为{aimed}" if figure.target_version else "没有年度目标"
    return f"{value}，{target}，结论“{STATUS_NAMES[figure.status]}”。"
