"""The lines that people have drawn: whether a number has passed one since it was last told, or is back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from areas.models import Area
from funding import frames as money
from funding.matching import cut, exact, match_cell
from indicators.facts.version_anchors import version_anchor
from indicators.models import Assessment, IndicatorDefinition
from lib.numbers import plain
from messaging.addressing import send_out
from messaging.models import Message, Threshold
from projects.frames import completion_by
from projects.models import Project

Subject, Side = Threshold.Subject, Threshold.Side
PLACES = 6


@dataclass(frozen=True)
class LineReading:
    """The number that a line is held against, and what it is: `words` "甲县 单元格名 2024年", `version` of the value
    where it has one, `href` where it stands."""

    value: float
    words: str
    href: str
    version: int | None = None
    is_demo: bool = False


def watch(*, at: datetime) -> int:
    """Tell of every line that was passed since it was last looked at, and of every one that is held again; the number
    of messages."""
    rows = Threshold.objects.filter(user__is_active=True)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return _watch(keys, at) if keys else 0


@transaction.atomic
def _watch(keys: Sequence[int], at: datetime) -> int:
    """The rows are locked: of two processes one tells."""
    lines = Threshold.objects.filter(pk__in=keys).select_for_update(of=["self"]).order_by("pk")
    lines = lines.select_related("user__organisation", "user__message_preference", "area", "project")
    found = list(lines)
    readings, made = readings_of(found), []
    for line in found:
        message = _told(line, readings.get(line.pk), at)
        if message is not None:
            made.append(message)
    Message.objects.bulk_create(made)
    send_out(made, at=at)
    return len(made)


def _told(line: Threshold, reading: LineReading | None, at: datetime) -> Message | None:
    """The first look tells nothing: who draws a line sees on the page on which side the number is."""
    was_crossed, old_value = line.is_crossed, line.value
    if reading is None:
        line.value, line.is_crossed = None, None
    else:
        line.value, line.is_crossed = reading.value, is_beyond(line, reading.value)
    has_turned = None not in (line.is_crossed, was_crossed) and line.is_crossed != was_crossed
    if has_turned:
        line.turns += 1
    if (line.is_crossed, line.value) != (was_crossed, old_value):
        line.save(update_fields=["value", "is_crossed", "turns"])
    if reading is None or not has_turned:
        return None
    return _message(line, reading, old_value, at)


def is_beyond(line: Threshold, value: float) -> bool:
    """Compared exactly, at the places that people type."""
    exactly = Decimal(repr(value)).quantize(Decimal(10) ** -PLACES)
    return exactly < line.limit if line.side == Side.BELOW else exactly > line.limit


def _message(line: Threshold, reading: LineReading, before: float | None, at: datetime) -> Message:
    number, limit = plain(reading.value, PLACES), plain(line.limit, PLACES)
    side = Side(line.side).label
    state = f"{side}您设的界限{limit}" if line.is_crossed else f"不再{side}您设的界限{limit}"
    version = f"（第{reading.version}版）" if reading.version else ""
    was = "" if before in (None, reading.value) else f"，原为{plain(before, PLACES)}"
    demo = "演示数据，并非真实。" if reading.is_demo else ""
    follows = None
    if not line.is_crossed:  # the number is back: a word that follows the one which said that it had left
        follows = Message.objects.filter(cause=f"threshold/{line.pk}/{line.turns - 1}").first()
    return Message(
        cause=f"threshold/{line.pk}/{line.turns}",
        follows=follows,
        person=line.user,
        kind="threshold",
        title=f"{reading.words}：{number}，{state}"[:300],
        words=f"{reading.words}现为{number}{version}{was}，{state}。{demo}",
        href=reading.href,
        by_name="系统",
        area_id=line.area_id,
        at=at,
    )


def readings_of(lines: Sequence[Threshold]) -> dict[int, LineReading]:
    """The present number of each line, by its key; a line without one is absent."""
    by_subject: dict[str, list[Threshold]] = defaultdict(list)
    for line in lines:
        by_subject[line.subject].append(line)
    return (
        _indicators(by_subject[Subject.INDICATOR])
        | _projects(by_subject[Subject.PROJECT])
        | _matching(by_subject[Subject.MATCHING])
    )


def _indicators(lines: Sequence[Threshold]) -> dict[int, LineReading]:
    """The official value of the latest year that has one."""
    if not lines:
        return {}
    codes = {line.indicator for line in lines}
    rows = Assessment.objects.filter(
        area__in={line.area_id for line in lines}, indicator__in=codes, value__isnull=False
    )
    latest = {(row.area_id, row.indicator_id): row for row in rows.order_by("year")}
    names = dict(IndicatorDefinition.objects.as_of().filter(indicator__in=codes).values_list("indicator", "name"))
    found = {}
    for line in lines:
        row = latest.get((line.area_id or "", line.indicator))
        if row is not None and row.value is not None and line.area is not None:
            name = names.get(line.indicator, line.indicator)
            words = f"{line.area.name}{name}（{line.indicator}）{row.year}年"
            href = reverse("cell", args=[row.area_id, row.indicator_id, row.year])
            href += f"#{version_anchor('observation', row.area_id, row.year, row.value_version or 0)}"
            found[line.pk] = LineReading(row.value, words, href, row.value_version, row.is_demo)
    return found


def _projects(lines: Sequence[Threshold]) -> dict[int, LineReading]:
    """Investment completed, as a share of what the plan expects by now, in per cent."""
    if not lines:
        return {}
    projects = Project.objects.filter(pk__in={line.project_id for line in lines})
    completion, found = completion_by(projects, timezone.localdate()), {}
    for line in lines:
        due, done = completion.get(line.project_id or 0, (None, None))
        if due and done is not None and line.project is not None:
            words = f"项目{line.project.name}（{line.project.code}）完成投资占计划（%）"
            href = reverse("project", args=[line.project.code])
            found[line.pk] = LineReading(round(100 * done / due, 2), words, href, None, line.project.is_demo)
    return found


def _matching(lines: Sequence[Threshold]) -> dict[int, LineReading]:
    """Matched ÷ base of the latest year that has a base, cut to two places as pages show it."""
    if not lines:
        return {}
    areas = {line.area_id: line.area for line in lines if line.area is not None}
    cells = money.present_rows([area for area in areas if area])
    sums: dict[tuple[str, int, str, str], float] = defaultdict(float)
    demo = {(cell.area, cell.year) for cell in cells if cell.demo}
    for cell in cells:
        sums[cell.area, cell.year, cell.source, cell.state] += cell.amount
    exactly = {key: exact(amount) for key, amount in sums.items()}
    rules = money.rules()
    latest: dict[str, LineReading] = {}
    for place, year in sorted({(cell.area, cell.year) for cell in cells}):
        ratio = match_cell(exactly, rules, place, year)["ratio"]
        if ratio is not None:
            latest[place] = _ratio(areas[place], year, ratio, (place, year) in demo)
    return {line.pk: latest[line.area_id] for line in lines if line.area_id in latest}


def _ratio(area: Area | None, year: int, ratio: float, is_demo: bool) -> LineReading:
    name = area.name if area else ""
    return LineReading(cut(ratio), f"{name}{year}年县级配套比", f"{reverse('funding')}?year={year}", None, is_demo)
