"""How figures and statuses are written on pages."""

import re
from fnmatch import fnmatchcase
from urllib.parse import urlencode

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commitments.labels import STATUS_NAMES as PROMISE_NAMES
from indicators.definitions.context_parts import source_words
from indicators.facts.version_anchors import version_anchor as anchor_of_version
from indicators.labels import GRADE_NAMES, OUTLOOK_NAMES, STATUS_NAMES
from journal.once import FIELD, key_of_upload, new_key
from lib import numbers
from lib.files.documents import ACCEPTED_ENDINGS
from lib.value_words import gap_number
from lib.web.languages import is_english
from pagecache.request_state import page_state
from plan import terms as plan_terms
from reporting.models import Notice
from reporting.reminders.notices import unread_count
from reporting.reminders.turns import turn_of
from reporting.sheet_pages.words import days_left as words_of_days

register = template.Library()
CHINESE = re.compile(r"[\u3400-\u9fff]")

STATUS_MARKS = {
    "met": "✓",
    "near": "≈",
    "behind": "▼",
    "unreported": "–",
    "not_due": "·",
    "no_target": "·",
    "no_standard": "·",
    "not_applicable": "×",
}
SHEET_WORDS = {
    "open": _("{n}项未保存"),
    "all": _("全部已保存"),
    "saving": _("正在保存…"),
    "saved": _("已保存 {at}"),
    "refused": _("未保存：{why}"),
    "offline": _("未保存：连不上服务器，会自动重试"),
    "broken": _("未保存：服务器出错，会自动重试"),
    "expired": _("未保存：登录已过期"),
    "kept": _("登录已过期。您填的数都在这里，没有丢："),
    "login": _("在新窗口登录"),
    "again": _("已登录，重新保存"),
    "overtaken": _("未保存：别人刚保存了另一个数"),
    "both": _("{who}刚保存了 {theirs}，您填的是 {yours}："),
    "somebody": _("别人"),
    "blank": _("空"),
    "mine": _("用我的 {value}"),
    "theirs": _("用对方的 {value}"),
    "hard": _("必须更正："),
    "soft": _("核实："),
    "paste_title": _("粘贴的内容放到哪里"),
    "paste_hint": _("将填入 {n} 项，另有 {m} 行不填（原因写在右边）。核对后再填入；填入后可以整体撤销。"),
    "paste_choose": _("看不出哪一列是实际值，请选择。"),
    "paste_value": _("实际值在"),
    "paste_note": _("说明在"),
    "paste_none": _("（没有）"),
    "paste_column": _("第 {at} 列：{sample}"),
    "paste_row": _("行"),
    "paste_to": _("放到"),
    "paste_now": _("现在的值"),
    "paste_new": _("将填"),
    "paste_words": _("说明"),
    "paste_remark": _("不填的原因"),
    "paste_fill": _("填入 {n} 项"),
    "paste_cancel": _("取消"),
    "paste_done": _("已填入粘贴的 {n} 项。"),
    "paste_undo": _("撤销这次粘贴"),
    "paste_differ": _("代码和名称不是同一个指标"),
    "paste_unknown": _("本表没有这个指标"),
    "paste_surplus": _("多出的行，后面没有可填的格"),
    "paste_foreign": _("不由您填"),
    "paste_day": _("“{value}”不是日期，或晚于本年；请写成 2024-05-20"),
    "paste_no_day": _("这一项不分阶段，没有达到日期"),
    "reached": _("{stage}（{day} 达到）"),
    "paste_unit": _("单位是 {theirs}，本表按 {ours}"),
    "paste_blank": _("空格，保留现在的值"),
    "paste_number": _("“{value}”不是数字"),
    "paste_stage": _("“{value}”不是这一项的阶段"),
    "paste_twice": _("与第 {at} 行是同一个指标"),
}


@register.simple_tag
def once(upload=""):
    """The one-time key of a form that makes something; of the confirmation of an upload, one for all its windows."""
    key = key_of_upload(upload) if upload else new_key()
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, key)


SERIES_NAMES = {"observation": _("实际值"), "target": _("年度目标"), "standard": _("省定标准")}


@register.filter
def plain(value, decimals=0):
    return numbers.plain(value, int(decimals))


@register.filter
def wan_words(wan, decimals=0):
    return plan_terms.wan_words(wan, int(decimals))


@register.filter
def yi_words(yi):
    return plan_terms.yi_words(yi)


@register.filter
def worded(value, definition):
    """A number of an indicator's row; where the row goes by stages, the stage's name."""
    return shown(definition.value_words(value))


@register.filter
def typed_as(value, definition):
    """A value as it is typed into a field: a number without marks between thousands, a stage by its name."""
    return definition.typed_words(value)


@register.filter
def typed(value):
    """A number as it is typed into a field, empty where there is none."""
    return "" if value is None else numbers.plain(value).replace(",", "")


@register.filter
def part_source(source):
    """Where a part of a ratio comes from: a unit or a book by its name, a context figure as such."""
    return shown(source_words(source))


@register.filter
def fact_number(fact, definition):
    """The number of a fact: of a band both ends, of a stage its name."""
    series = fact._meta.model_name
    row = {series: fact.value, f"{series}_high": getattr(fact, "value_high", None)}
    return shown(definition.row_words(row, series))


@register.simple_tag
def judged(row, definition, series):
    """The same of a judged row: `value`, `target` or `standard`."""
    return shown(definition.row_words(row, series))


@register.filter
def signed(value, decimals=0):
    return numbers.signed(gap_number(value), int(decimals))


@register.filter
def gap_words(gap, definition):
    """A gap with its sign; of stages how many are missing."""
    return definition.gap_words(gap)


@register.filter
def rounded(value, decimals=1):
    return numbers.rounded(value, int(decimals))


@register.filter
def rounded_signed(value, decimals=2):
    return numbers.signed(None if value is None else round(value, int(decimals)))


@register.filter
def rounded_plain(value, decimals=2):
    """A derived figure, without places that feign precision and without idle zeros."""
    return numbers.plain(None if value is None else round(value, int(decimals)))


@register.filter
def percent(share):
    """A share as whole per cent."""
    return f"{numbers.rounded(None if share is None else 100 * share, 0)}%"


@register.filter
def get(mapping, key):
    return mapping.get(key, key)


@register.filter
def shown(text):
    """What is stored in Chinese, on a page: as it is; on an English one a unit or a bureau by its English name, and
    anything else marked as Chinese, so that it is read out as Chinese. Text only, never inside an attribute."""
    words = str("" if text is None else text)
    if not is_english() or not CHINESE.search(words):
        return text
    known = plan_terms.TERMS.get(words)
    return known or format_html('<span lang="zh-Hans">{}</span>', words)


@register.filter
def term(words):
    """A unit or a bureau in the language of the page, for an attribute or a sentence."""
    return plan_terms.term(words)


@register.filter
def promise_name(status):
    return PROMISE_NAMES[status]


@register.filter
def days_after(day, other):
    """Whole days from `other` to `day`; negative where it comes before."""
    return (day - other).days


@register.filter
def days_left(days):
    """How many days are left until the last one, or how long it has been over."""
    return words_of_days(days).html


@register.filter
def status_name(status):
    return STATUS_NAMES[status]


@register.filter
def outlook_name(outlook):
    return OUTLOOK_NAMES[outlook]


@register.filter
def grade_name(grade):
    return GRADE_NAMES[grade]


@register.filter
def series_name(fact):
    """实际值, 年度目标, 省定标准: of a fact or its model."""
    return SERIES_NAMES[fact._meta.model_name]


@register.filter
def version_anchor(fact):
    """What a link to this version of a fact ends in: observation-330122-2025-2."""
    return anchor_of_version(fact._meta.model_name, fact.area_id, fact.year, fact.version)


@register.filter
def series_key(model):
    return model._meta.model_name


@register.simple_tag
def mark(status, with_name=False):
    """The status as a sign, its name beside it or for screen readers only."""
    kind = "status-name" if with_name else "visually-hidden"
    return format_html(
        '<span class="mark {}" aria-hidden="true">{}</span><span class="{}">{}</span>',
        status,
        STATUS_MARKS[status],
        kind,
        STATUS_NAMES[status],
    )


@register.simple_tag(takes_context=True)
def unread_notices(context, user):
    """How many notices the user's unit has not read; None, without a query, for who has none to read, and without
    one where the page cache has counted them."""
    if user.role not in Notice.READERS:
        return None
    counted = page_state(context["request"]).unread
    return unread_count(user) if counted is None else counted


@register.simple_tag(takes_context=True)
def waiting_turn(context, user):
    """What waits for the user's unit; None, without a query, where the page cache has counted nothing."""
    if page_state(context["request"]).turns == 0:
        return None
    return turn_of(user, timezone.now())


@register.simple_tag
def current(here, names):
    """` aria-current="page"` where the page is one of the names; a name that ends in * stands for all that begin so."""
    here = here or ""
    if not any(fnmatchcase(here, name) for name in names.split()):
        return ""
    return format_html(' aria-current="{}"', "page")


@register.simple_tag
def page_words(page):
    """Which page of a list this is, and which of its rows."""
    words = _("第{number}页，共{last}页（第{first}–{end}条）")
    first, end = page.start_index(), page.end_index()
    return words.format(number=page.number, last=page.paginator.num_pages, first=first, end=end)


@register.simple_tag
def window_words(page):
    """Which counties stand side by side."""
    words = _("并列显示第{first}–{end}个地区，共{count}个")
    return words.format(first=page.start_index(), end=page.end_index(), count=page.paginator.count)


@register.simple_tag(takes_context=True)
def own_query(context, card):
    """The page's query with the year that a county's card is of, where it is another than the page's."""
    if not card.own_year:
        return query(context)
    return query(context, year=card.own_year)


@register.simple_tag(takes_context=True)
def day_query(context):
    """The day of the page, for the feed of changes, which knows no other part of its address."""
    day = context["request"].GET.get("as_of")
    if not day:
        return ""
    return f"?{urlencode({'as_of': day})}"


@register.simple_tag(takes_context=True)
def money_query(context):
    """The year and the day of the page's picture, for the page of money, which knows no other part of its address."""
    picture = context.get("picture")
    if picture is None:
        return ""
    asked = {"year": picture.asked.year, "as_of": picture.asked.as_of_on}
    found = urlencode({name: value for name, value in asked.items() if value})
    return f"?{found}" if found else ""


@register.simple_tag
def accepted_files():
    """What a box for evidence offers first; the content decides (`lib/files/documents.py`)."""
    return ACCEPTED_ENDINGS


@register.simple_tag
def gap():
    """What stands between two words: nothing in Chinese, a space in English."""
    return " " if is_english() else ""


@register.simple_tag
def sheet_words():
    """What static/js/sheet.js says, in the language of the page."""
    return {key: str(words) for key, words in SHEET_WORDS.items()}


@register.simple_tag
def number(cell, series):
    """One input of a cell (value, target, standard), marked where it is not official."""
    text = shown(cell.definition.row_words(cell.row, series))
    kind = cell.marks.get(series)
    if kind == "demo":
        return format_html('<span class="demo" title="{}">{}</span>', _("演示数据"), text)
    if kind == "provisional":
        return format_html('{}<span class="tag">{}</span>', text, _("暂定"))
    return text


@register.simple_tag
def trend(sparkline, status, size=1):
    """The drawn trend: values solid, benchmark dashed, the year's own point; `size` times as large."""
    if sparkline is None:
        return ""
    point = ""
    if sparkline.point:
        point = format_html('<circle class="{}" cx="{}" cy="{}" r="2.6"/>', status, *sparkline.point)
    return format_html(
        '<svg class="trend" width="{}" height="{}" viewBox="0 0 50 20" aria-hidden="true">'
        '<path class="t" d="{}"/><path class="v" d="{}"/>{}</svg>',
        50 * size,
        20 * size,
        sparkline.targets,
        sparkline.values,
        point,
    )


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """This page's query string with `changes`; None takes a key out. Filters are never lost on the way."""
    parameters = context["request"].GET.copy()
    for key, value in changes.items():
        parameters.pop(key, None)
        if value not in (None, ""):
            parameters[key] = value
    return f"?{parameters.urlencode()}" if parameters else "?"
