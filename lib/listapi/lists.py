"""Lists of the API, declared: columns and filters of a table that a department pulls.

A room says what its list holds in its `api.py`, and is done: paging, filters, formats, ETag, errors and the
description in /api/schema/ come with it.

    PROJECTS = List(
        name="projects", item="Project", description="重大项目……", tag="项目",
        columns=(
            Column("code", "string", "code", "项目代码", is_code=True, example="XM-001"),
            Column("area", "string", "area_id", "所在地区，GB/T 2260", is_code=True),
            Column("stage", "string", "stage", "阶段", enum=Project.Stage.values),
            Column("invested_wan", "number", Cast("invested_wan", FloatField()), "已完成投资", is_nullable=True),
            Column("updated_at", "date-time", "updated_at", "最近变动"),
        ),
        rows=lambda user, as_of: Project.objects.visible_to(user),
        key=("code",),
        filters=(AREA, choice("stage", Project.Stage.values, "阶段")),
        updated="updated_at",
    )
    urlpatterns = [path("projects/", ListView.as_view(list=PROJECTS), name="api_projects")]   # lib/listapi/views.py

`source` of a column is what `QuerySet.values_list` takes: a path ("area_id", "round__year") or an expression. Numbers
must come as doubles (`Cast("value", FloatField())`), never as Decimals. `key` names columns that together are
unique and never null: the default order, and the end of every other order. One SQL statement a page, no model
instances; `rows` must not depend on a clock.

Text columns that people fill (not `is_code`, no `enum`) are neutralised against formulas in csv and xlsx.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, NoReturn

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from lib.days import SHANGHAI
from lib.refusals import Refused

FIRST = datetime(1, 1, 3, tzinfo=SHANGHAI)  # earlier and later moments have no place in every time zone
LAST = datetime(9999, 12, 29, tzinfo=SHANGHAI)


class BadParameter(Refused):
    """400 that names the parameter."""

    kind = "bad-parameter"

    def __init__(self, name: str, words: str, **more: object):
        super().__init__(words, parameter=name, **more)


def require_known(given: Iterable[str], known: Sequence[str]) -> None:
    """`BadParameter` for the first name in `given` that an address has not."""
    for name in given:
        if name not in known:
            words = _("没有名为“{name}”的参数；可用：{known}。").format(name=name[:60], known="、".join(known) or "–")
            raise BadParameter(name[:60], words, known=list(known))


@dataclass(frozen=True)
class Column:
    """One column: `type` is string, integer, number, boolean, date, date-time, or object: JSON as it is stored."""

    name: str
    type: str
    source: str | Combinable
    description: str
    enum: Sequence[str] = ()
    is_nullable: bool = False
    is_code: bool = False
    example: Any = None

    @property
    def is_free_text(self) -> bool:
        return self.type == "string" and not (self.is_code or self.enum)


@dataclass(frozen=True)
class Filter:
    """One parameter. `test` is how its column is compared: in, from (≥), to (≤), after (>). With `narrow` it works on
    the QuerySet instead: narrow(rows, values); with `stands_for` its values stand for others, of its column:
    stands_for(values, as_of). Comma-separated where `test` is "in"."""

    name: str
    description: str
    column: str = ""
    test: str = "in"
    type: str = "string"
    pattern: str = ""
    enum: Sequence[str] = ()
    narrow: Callable[[Any, list], QuerySet] | None = None
    stands_for: Callable[[list, datetime | None], list] | None = None
    example: Any = None

    @property
    def is_list(self) -> bool:
        return self.test == "in"

    def read(self, texts: Sequence[str]) -> list:
        """The values asked for; BadParameter for one that is malformed."""
        if not self.is_list and len(texts) > 1:
            raise BadParameter(self.name, _("{name} 只能写一次。").format(name=self.name))
        parts: list[str] = []
        for text in texts:
            parts += text.split(",") if self.is_list else [text]
        return [self._value(part) for part in parts]

    def _value(self, text: str) -> str | int | datetime:
        if self.type == "date-time":
            return moment(self.name, text)
        if self.enum and text not in self.enum:
            self._refuse(text, _("可选：{known}").format(known="、".join(self.enum)))
        if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            self._refuse(text, _("应形如 {example}").format(example=self.example))
        if self.type == "boolean":
            return text == "true"
        return int(text) if self.type == "integer" else text

    def _refuse(self, text: str, advice: str) -> NoReturn:
        raise BadParameter(
            self.name, _("{name} 不能是“{text}”；{advice}。").format(name=self.name, text=text[:60], advice=advice)
        )


def moment(name: str, text: str) -> datetime:
    """A moment: ISO 8601 with offset (without one: Shanghai), or a date, which means its end in Asia/Shanghai."""
    try:
        if (day := _day(text)) is not None:
            return min(max(datetime.combine(day, time.max, SHANGHAI), FIRST), LAST)
        found = parse_datetime(_common_form(text))
    except ValueError:
        found = None
    if found is None:
        words = _("{name} 应为日期或时间（不写时区即北京时间），例如 2026-03-31 或 2026-03-31T08:00:00+08:00。")
        raise BadParameter(name, words.format(name=name))
    found = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    plain, offset = found.replace(tzinfo=None), found.utcoffset()
    if plain < FIRST.replace(tzinfo=None) or plain > LAST.replace(tzinfo=None):
        return FIRST if plain.year < 5000 else LAST
    return found if offset is not None else FIRST


def _common_form(text: str) -> str:
    """RFC 3339's rarer forms in the common one: t and z in small letters, a leap second (told as the end of its
    minute), the year 0000 (told as the first)."""
    found = text.replace(" ", "+")  # a plus sign that was not encoded arrives as a blank
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]", found):
        return found
    found = re.sub(r"^0000", "0001", found.upper())
    return re.sub(r"(:[0-9]{2}):60(?:\.[0-9]+)?(?=[Z+-]|$)", r"\1:59.999999", found)


def _day(text: str) -> date | None:
    """The date that the text is, in any form of ISO 8601 (2026-03-31, 20260331, 2026-W14-2); None for other texts."""
    try:
        return date.fromisoformat(re.sub(r"^0000(?=-[0-9]{2}-[0-9]{2}$)", "0001", text))
    except ValueError:
        return None


def choice(name: str, values: Sequence[str], description: str, **more: Any) -> Filter:
    """A filter of a few known values."""
    return Filter(name, description, enum=tuple(map(str, values)), **more)


def flag(name: str, description: str) -> Filter:
    """true or false."""
    return Filter(name, description, type="boolean", enum=("true", "false"), test="in")


@dataclass(frozen=True)
class List:
    """One list of the API; see the top of this module.

    `rows(user, as_of)` gives the rows in the user's scope. `updated` names the column that `updated_after` looks at.
    `has_as_of` offers `as_of`; `computed(as_of, areas, indicators)` then gives the rows of a past date as tuples in the
    order of the columns, where no table holds them; with `rows` None those of now too. `measures` are the numbers of
    the JSON-stat cube, `beside` numbers that explain them, `dimensions` its sides, `labels()` the words of their
    codes, `units()` what their numbers are measured in (`{"indicator": {"P01": {"label": "%", "decimals": 1}}}`).
    `is_same_for_all` says that every login sees the same rows, so that the SQL is made once. `unaffected_by` names
    topics of the journal (names of rooms) that never change these rows;
    `changes_daily` says that the date is part of what is shown."""

    name: str
    item: str
    description: str
    columns: tuple[Column, ...]
    rows: Callable[[Any, datetime | None], QuerySet] | None
    key: tuple[str, ...]
    tag: str = ""
    filters: tuple[Filter, ...] = ()
    updated: str = ""
    has_as_of: bool = False
    computed: Callable[[datetime | None, list | None, list | None], list[tuple]] | None = None
    dimensions: tuple[str, ...] = ("area", "indicator", "year")
    measures: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    labels: Callable[[], Mapping[str, Mapping]] = dict
    units: Callable[[], Mapping[str, Mapping[str, dict]]] = dict
    is_same_for_all: bool = False
    unaffected_by: tuple[str, ...] = ()
    changes_daily: bool = False
    title: str = ""
    sql: dict = field(default_factory=dict, compare=False, repr=False)  # what `lib.listapi.queries` keeps compiled

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def known_filters(self) -> dict[str, Filter]:
        own = {each.name: each for each in self.filters}
        if self.updated:
            words = "只要此后更新过的行：日期（指当日终了）或时间"
            own["updated_after"] = Filter("updated_after", words, self.updated, "after", "date-time")
        return own

    @property
    def formats(self) -> tuple[str, ...]:
        return ("json", "csv", "xlsx", "jsonstat") if self.measures else ("json", "csv", "xlsx")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter that the list knows."""
        as_of = ("as_of",) if self.has_as_of else ()
        return (*self.known_filters, *as_of, "ordering", "page_size", "cursor", "format")
