"""Matters that follow what they are about: closed when it says so, asking to be reopened when it turns, with the
version, the number or the day named."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from indicators.models import Assessment
from lib.web.languages import in_source_language
from matters.actions import move_by_figure
from matters.causes import MET, Stand, stand_of_figure, stand_of_thing
from matters.models import Matter, MatterStep

Step = MatterStep.Step


def follow_figures(*, at: datetime | None = None) -> int:
    """Hold every matter that follows something against what that says now; how many moved. Each is acted upon once:
    only where it says another thing than at the last look."""
    at = at or timezone.now()
    return _follow_cells(at) + _follow_things(at)


def _follow_cells(at: datetime) -> int:
    tied, moved = Matter.objects.exclude(indicator=None).order_by("pk"), 0
    keys: dict[tuple, Assessment] = {(row.area_id, row.indicator_id, row.year): row for row in _cells(tied)}
    for matter in tied:
        figure = keys.get((matter.area_id, matter.indicator_id, matter.year))
        if figure is not None:
            moved += _looked_at(matter, stand_of_figure(figure), at)
    return moved


def _cells(tied) -> list[Assessment]:
    """The cells of all of them in one query: of their areas, indicators and years; a few more than needed."""
    rows = list(tied.values_list("area", "indicator", "year"))
    areas = {area for area, _indicator, _year in rows}
    indicators = {indicator for _area, indicator, _year in rows}
    years = {year for _area, _indicator, year in rows}
    return list(Assessment.objects.filter(area__in=areas, indicator__in=indicators, year__in=years))


def _follow_things(at: datetime) -> int:
    """Those of projects, tasks, promises and the match; what is withdrawn is followed no further."""
    moved, on = 0, timezone.localdate(at)
    tied = Matter.objects.filter(indicator=None).exclude(figure_mark="").exclude(state=Matter.State.WITHDRAWN)
    for matter in tied.order_by("pk"):
        with in_source_language():
            stand = stand_of_thing(matter.about_kind, matter.about_key, on, matter.figure_mark)
        if stand is not None:
            moved += _looked_at(matter, stand, at)
    return moved


def _looked_at(matter: Matter, stand: Stand, at: datetime) -> bool:
    return stand.mark != matter.figure_mark and follow(matter.pk, stand, at=at)


@in_source_language()
@transaction.atomic
def follow(pk: int, stand: Stand, *, at: datetime) -> bool:
    """Hold one matter against what it follows: whether it took a step. In any case that is known from now on."""
    rows = Matter.objects.select_for_update(of=["self"]).select_related("owner", "issuer", "issued_by")
    matter = rows.get(pk=pk)
    if stand.mark == matter.figure_mark:
        return False
    was_met = matter.figure_mark.endswith(f"/{MET}")
    step = _step(matter, was_met=was_met, is_met=stand.is_met)
    matter.figure_mark = stand.mark
    if step:
        move_by_figure(matter, step, words=stand.words, version=stand.version, at=at)
    else:
        Matter.objects.filter(pk=pk).update(figure_mark=matter.figure_mark)
    return bool(step)


def _step(matter: Matter, *, was_met: bool, is_met: bool) -> str:
    if matter.state == Matter.State.WITHDRAWN:
        return ""
    if matter.is_open:
        return Step.FIGURE_CLOSES if is_met else ""
    if is_met:
        return Step.FIGURE_SETTLES if matter.asks_reopening else ""
    return Step.FIGURE_TURNS if was_met and not matter.asks_reopening else ""
