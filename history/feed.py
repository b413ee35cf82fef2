"""The change feed as a page and as a file: its filters and its lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from areas.names import counted
from figures.picture import Picture
from figures.words.journal_words import Pair, Wording, amount
from indicators.models import IndicatorDefinition
from journal.models import Change
from lib.days import end_of_day, start_of_day
from lib.numbers import ABSENT, whole
from lib.web import filters
from messaging.feed import TOLD

DEMO = {"yes": True, "no": False}
STATE = ("year", "as_of", "benchmark", "layer")
FILTERS = ("kind", "series", "area", "indicator", "year", "year_from", "year_to", "from", "to", "after", "demo")
ALL_TOLD = "told"  # every kind that news count: all but recomputes
HEADER = (
    "编号",
    "时间",
    "类别",
    "序列",
    "区划代码",
    "地区",
    "指标代码",
    "指标",
    "年份",
    "版本",
    "原值",
    "新值",
    "单位",
    "内容",
    "理由",
    "依据文件",
    "经办",
    "演示数据",
)


def wanted(picture: Picture, given: QueryDict) -> QuerySet[Change]:
    """The changes that the address asks for, the newest first. Raises Http404 that names what is not understood."""
    filters.refuse_unknown(given, (*FILTERS, *STATE, "page"))
    definitions = {row.indicator_id: row for row in picture.definitions}
    counties = {area.code: area for area in picture.judged}
    first, last = filters.year(given, "year_from"), filters.year(given, "year_to")
    begin, end = _days(given)
    until = [moment for moment in (picture.asked.as_of, end) if moment]
    chosen: dict[str, Any] = {
        "kind__in": _kinds(given),
        "series__in": filters.codes(given, "series", dict(Change.Series.choices)),
        "area__in": filters.codes(given, "area", counties),
        "indicator__in": filters.codes(given, "indicator", definitions),
        "year": picture.asked.year,
        "year__gte": first,
        "year__lte": last,
        "at__gte": begin,
        "at__lte": min(until, default=None),
        "number__gt": _number(given),
    }
    demo = filters.one(given, "demo", DEMO)
    if demo:
        chosen["is_demo"] = DEMO[demo]
    if first and last and first > last:
        raise Http404(_("year_from 不能晚于 year_to。"))
    asked = {name: value for name, value in chosen.items() if value not in (None, [])}
    rows = Change.objects.visible_to(picture.user).select_related("area")
    return rows.filter(**asked).order_by("-at", "-number")


def kind_choices() -> list[tuple[str, Any]]:
    """The kinds, and before them what news count together."""
    return [(ALL_TOLD, _("不含重新计算")), *Change.Kind.choices]


def _kinds(given: QueryDict) -> list[str]:
    codes = filters.codes(given, "kind", dict(kind_choices()))
    found: list[str] = []
    for code in codes:
        found += TOLD if code == ALL_TOLD else [code]
    return found


def _days(given: QueryDict) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment of the days asked for."""
    first, last = filters.day(given, "from"), filters.day(given, "to")
    if first and last and first > last:
        raise Http404(_("from 不能晚于 to。"))
    begin = start_of_day(first) if first else None
    end = end_of_day(last) if last else None
    return begin, end


def _number(given: QueryDict) -> int | None:
    """Changes with a greater number are asked for."""
    text = given.get("after", "")
    if not text:
        return None
    number = whole(text)
    if number is None:
        raise Http404(_("after 应为变更的编号。"))
    return number


@dataclass
class FeedLine:
    """One change in words; `old` and `new` are numbers with the row's own decimals, "–" where there is none."""

    change: Change
    definition: IndicatorDefinition | None
    url: str
    old: str
    new: str
    pairs: list[Pair]
    words: str

    @property
    def what(self) -> str:
        """Area, indicator, year: as much of it as the change has."""
        change = self.change
        area = change.area.shown_name if change.area else ""
        name = self.definition.shown_name if self.definition else change.indicator
        parts = [area, name, str(change.year or "")]
        return " · ".join(filter(None, parts))

    @property
    def unit(self) -> str:
        if self.definition is None or not self.change.series:
            return ""
        return self.definition.unit

    @property
    def content(self) -> str:
        """Everything that is no number, on one line."""
        if self.words:
            return self.words
        return "；".join(f"{label}：{old or ABSENT} → {new or ABSENT}" for label, old, new in self.pairs)


def lines(picture: Picture, rows: Iterable[Change]) -> Iterator[FeedLine]:
    """Without a query of their own."""
    wording, cells = Wording(picture.definitions), {area.code for area in picture.judged}
    for change in rows:
        definition = wording.definitions.get(change.indicator)
        details = change.details or {}
        pairs = []
        if change.kind == Change.Kind.REDEFINED and details.get("old"):
            pairs = wording.pairs("indicators.indicatordefinition", details["old"], details["new"])
        yield FeedLine(
            change,
            definition,
            _url(picture, change, definition, cells),
            _span(change, change.previous, details.get("previous_high"), definition),
            _span(change, change.value, details.get("value_high"), definition),
            pairs,
            _words(picture, change, details),
        )


def _span(change: Change, value, high: float | str | None, definition) -> str:
    """A number; of a band both ends, of a target or a standard as the plan means it: >6.4. Rows of old hold the upper
    end as a text."""
    if definition is None or value is None:
        return amount(value, definition)
    ends = {"target": value, "target_high": None if high is None else Decimal(str(high))}
    is_goal = change.series in (Change.Series.TARGET, Change.Series.STANDARD)
    return definition.row_words(ends, "target") if is_goal else definition.value_words(value)


def _url(picture, change, definition, cells) -> str:
    if definition is None:
        return ""
    if change.area_id in cells and change.year in picture.years:
        return reverse("cell", args=[change.area_id, change.indicator, change.year])
    return reverse("indicator", args=[change.indicator])


def _words(picture, change, details) -> str:
    if change.kind == Change.Kind.RECOMPUTED:
        read, changed = details.get("cells_read", 0), details.get("cells_changed", 0)
        return _("读入{read}格，改变{changed}格；{scope}").format(
            read=read, changed=changed, scope=_scope(picture, details)
        )
    if "deprecation" in details:
        return _("接口停用预告：{words}").format(words=change.reason)
    if change.kind == Change.Kind.REDEFINED and not details.get("old"):
        return _("首次登记口径")
    return ""


def _scope(picture, details) -> str:
    areas, indicators = details.get("areas"), details.get("indicators")
    names = {area.code: area.shown_name for area in picture.judged}
    if areas is None:
        places = _("全部地区")
    elif len(areas) <= 3:
        places = "、".join(names.get(code, code) for code in areas)
    else:
        kinds = {area.kind for area in picture.judged if area.code in areas}
        places = counted(len(areas), kinds)
    rows = _("全部指标") if indicators is None else _("{n}项指标").format(n=len(indicators))
    return f"{places} · {rows}"


def table(picture: Picture, rows: QuerySet[Change]):
    """HEADER and the rows of the whole filtered feed, numbers as numbers."""
    return HEADER, (_row(line) for line in lines(picture, rows.iterator(chunk_size=1000)))


def _row(line: FeedLine) -> list:
    change = line.change
    return [
        change.number,
        timezone.localtime(change.at).replace(microsecond=0),
        change.get_kind_display(),
        change.get_series_display(),
        change.area_id or "",
        change.area.name if change.area else "",
        change.indicator,
        line.definition.name if line.definition else "",
        change.year,
        change.version,
        None if change.previous is None else float(change.previous),
        None if change.value is None else float(change.value),
        line.unit,
        line.content,
        change.reason,
        change.document,
        change.actor_name,
        "是" if change.is_demo else "否",
    ]


def notes(picture: Picture, given: QueryDict) -> list[str]:
    """What the file is: when, and by which filters."""
    asked = "；".join(f"{name}={given[name]}" for name in (*FILTERS, "as_of") if given.get(name))
    return [
        f"{picture.plan.document.title}：变更",
        f"导出时间 {timezone.localtime():%Y-%m-%d %H:%M}（北京时间）",
        f"筛选条件：{asked or '无，全部变更'}",
        "单位为指标现行口径的单位；空格表示没有数据，不是零。",
    ]
