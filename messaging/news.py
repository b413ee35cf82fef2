"""What is new for a reader since the last look, in three lines: what turned, what became official, what waits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from indicators.frames import statuses_at
from indicators.labels import STATUS_NAMES, URGENT
from indicators.models import Assessment, IndicatorDefinition
from journal.models import Change, Stamp
from lib.database.prepared_statements import again, written
from lib.days import start_of_day
from messaging.feed import TOLD, head
from messaging.models import LastLook, Message
from messaging.personal import unread_letters
from pagecache.value_cache import NO_FIGURES, kept
from reporting.reminders.notices import unread_count

FIRST_DAYS = 7  # what is new to who has never said that anything was seen
MOST_CELLS = 60  # whose status of then is reckoned afresh
SHOWN = 3
Cell = tuple[str, str, int]


class ToldChange(NamedTuple):
    """A change of official data; its fields are those of `Change`."""

    kind: str
    series: str
    area: str | None
    indicator: str
    year: int  # None for what is of no cell, which has no `series`
    number: int


@dataclass(frozen=True)
class NewsLine:
    """One of the three, and where it leads."""

    words: str
    href: str


@dataclass(frozen=True)
class News:
    """`number`: the newest change that the lines know of."""

    since: datetime
    number: int
    lines: tuple[NewsLine, ...]


def news_state(user: User) -> list[tuple[str, QuerySet, str]]:
    """What a page with news depends on beside the data: the reader's look, the feed, the reader's own messages."""
    return [
        ("own-look", LastLook.objects.filter(user=user.pk), "at"),
        ("own-feed", Stamp.objects.filter(topic="journal"), "at"),
        ("own-messages", Message.objects.filter(person=user.pk), "at"),
        ("own-to-read", Message.objects.unread_by(user), "at"),
    ]


def news_of(user: User, now: datetime, *, unread: int | None = None) -> News | None:
    """None where nothing is new. `unread`: the notices that the reader's unit has not read, where they are counted."""
    look = next(iter(again(("look", user.pk), lambda: LastLook.objects.filter(user=user.pk)[:1])), None)
    since = look.at if look else start_of_day(timezone.localtime(now).date() - timedelta(days=FIRST_DAYS))
    asked = written(("changes since", look.number if look else since), lambda: _changes(look, since))
    rows = [ToldChange(*row) for row in asked.rows()]
    listed = _listed(look, since)
    made = (_turned(rows, since, listed), _official(rows, listed), _waiting(user, since, unread))
    lines = tuple(line for line in made if line is not None)
    if not lines:
        return None
    if rows:
        return News(since, rows[-1].number, lines)
    return News(since, look.number if look else head(), lines)


def _changes(look: LastLook | None, since: datetime) -> QuerySet:
    """Those of official data that the reader has not seen."""
    changes = Change.objects.filter(kind__in=TOLD).order_by("number")
    changes = changes.filter(number__gt=look.number) if look else changes.filter(at__gte=since)
    return changes.values_list(*ToldChange._fields)


def _listed(look: LastLook | None, since: datetime) -> str:
    """The list of exactly the changes that are counted."""
    asked = {"after": look.number} if look else {"from": timezone.localdate(since)}
    return f"{reverse('changes')}?{urlencode({'kind': 'told', **asked})}"


def _turned(rows: Sequence[ToldChange], since: datetime, listed: str) -> NewsLine | None:
    cells = sorted({(row.area, row.indicator, row.year) for row in rows if row.series and row.area})
    if not cells or len(cells) > MOST_CELLS:
        return None
    turned = kept(lambda: turned_cells(cells, since), "news", since.isoformat(), rows[-1].number, cells)
    if not turned:
        return None
    told = _turned_words(turned[:SHOWN], {cell for cell, _before, _after in turned})
    rest = "…" if len(turned) > SHOWN else ""
    words = _("{n}格状态有变：{cells}").format(n=len(turned), cells=_("；").join(told) + rest)
    if len(turned) > 1:
        return NewsLine(words, listed)
    [(cell, _before, _after)] = turned
    return NewsLine(words, reverse("cell", args=cell))


def _turned_words(turned: Sequence[tuple[Cell, str, str]], named: set[Cell]) -> list[str]:
    """Each in the reader's language; `named`: the cells whose names are read, in one query of each kind."""
    codes = sorted({area for area, _code, _year in named})
    found = again(("areas", *codes), lambda: Area.objects.filter(code__in=codes))
    areas = {area.code: area.shown_name for area in found}
    definitions = again("definitions in force", IndicatorDefinition.objects.as_of)
    names = {row.indicator_id: row.shown_name for row in definitions}
    told = []
    for (area, code, year), before, after in turned:
        statuses = {"before": STATUS_NAMES[before], "after": STATUS_NAMES[after]}
        words = _("{area}{indicator}{year}年：{before} → {after}")
        told.append(words.format(area=areas[area], indicator=names[code], year=year, **statuses))
    return told


def turned_cells(cells: Sequence[Cell], since: datetime) -> list[tuple[Cell, str, str]]:
    """(cell, status at `since`, status now) of those whose status is another; what needs a word first."""
    areas = sorted({area for area, _code, _year in cells})
    indicators = sorted({code for _area, code, _year in cells})
    # What is recorded from now on changes nothing of then.
    before = kept(
        lambda: statuses_at(since, areas=areas, indicators=indicators),
        "statuses",
        since.isoformat(),
        areas,
        indicators,
        unaffected_by=NO_FIGURES,
    )
    rows = Assessment.objects.filter(area__in=areas, indicator__in=indicators)
    now: dict[Cell, str] = {}
    for area, code, year, status in rows.values_list("area", "indicator", "year", "status"):
        now[area, code, year] = status
    turned = []
    for cell in cells:
        old, new = before.get(cell), now.get(cell)
        if old and new and old != new:
            turned.append((cell, old, new))
    places = {status: place for place, status in enumerate(URGENT)}
    return sorted(turned, key=lambda each: places.get(each[2], len(URGENT)))


def _official(rows: Sequence[ToldChange], listed: str) -> NewsLine | None:
    if not rows:
        return None
    names = dict(Change.Kind.choices)
    counts = Counter(row.kind for row in rows)
    told = [_("{kind}{n}项").format(kind=names[kind], n=count) for kind, count in counts.most_common()]
    return NewsLine(_("官方数据：{told}").format(told=_("、").join(told)), listed)


def _crossed(user: User, since: datetime) -> QuerySet:
    return Message.objects.filter(person=user.pk, kind="threshold", at__gt=since).order_by().values_list("pk")


def _waiting(user: User, since: datetime, unread: int | None) -> NewsLine | None:
    if unread is None:
        unread = unread_count(user)
    lines = len(written(("crossed lines", user.pk, since), lambda: _crossed(user, since)).rows())
    personal = unread_letters(user)
    told = []
    if personal:
        told.append(_("{n}条写给您的消息还没有读").format(n=personal))
    if unread:
        told.append(_("{n}条通知还没有读").format(n=unread))
    if lines:
        told.append(_("您的提醒线有{n}次越过或回来").format(n=lines))
    if not told:
        return None
    href = reverse("notices") if unread and not personal else reverse("messages_mine")
    return NewsLine(_("等您的：{told}").format(told=_("、").join(told)), href)
