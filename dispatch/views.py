"""Pages of the dispatch list: the list with who was pressed, one click that presses, the log, the file."""

from collections import Counter
from typing import cast

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organisation, User
from dispatch.groups import crosstab, grouped, grouped_by_unit, heading
from dispatch.groups import units as units_of
from dispatch.lines import KINDS, Dispatch, DispatchLine
from dispatch.rows import DispatchRow
from journal.once import carried_out_once
from lib.refusals import Refused
from lib.tabular.exports import table_response
from lib.web.filters import one, page_of, refuse_unknown
from lib.web.languages import in_source_language
from matters.rights import may_issue
from reporting.models import Notice
from reporting.reminders.dispatch_notices import Item, last_presses, may_press, press, presses, with_accounts
from reporting.reminders.due_reminders import remind

COLUMNS = (
    "序号",
    "类别",
    "事项",
    "差多少",
    "逾期天数",
    "起自",
    "地区",
    "责任单位",
    "演示数据",
    "最近催办",
    "催办人",
    "约束力",
)
FILTERS = ("area", "unit", "kind", "force")
FORCES = {"binding": gettext_lazy("只看约束性")}
BY = {"unit": gettext_lazy("按单位"), "kind": gettext_lazy("按类别")}
LOGGED = 20


@require_safe
def dispatch(request):
    """The ranked list, filtered by county, unit and kind, and below it the log of pressing."""
    found, units, rows = _asked(request.user, request.GET)
    groups = grouped(rows)
    by_unit = one(request.GET, "by", BY) != "kind"
    busiest, more_units = units_of(rows)
    context = {
        "picture": found.picture,
        "rows": rows,
        "groups": grouped_by_unit(rows) if by_unit else groups,
        "by_unit": by_unit,
        "may_issue": may_issue(request.user),
        "heading": heading(groups, is_bureau=request.user.role == User.Role.BUREAU),
        "crosstab": crosstab(rows, found.areas),
        "busiest": busiest,
        "more_units": more_units,
        "may_press": any(row.may_be_pressed for row in rows),
        "log": page_of(presses(request.user), request.GET, size=LOGGED),
        "areas": found.areas,
        "units": units,
        "kinds": KINDS,
        "forces": FORCES if found.has_binding else {},
        "has_demo": any(row.line.is_demo for row in rows),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "exports": "dispatch",
    }
    return render(request, "dispatch/dispatch.html", context)


@carried_out_once
@require_POST
def dispatch_press(request):
    """Press for the one line whose button was clicked, for those ticked, or for all that the address asks for."""
    with in_source_language():  # what the notices say is kept for good
        _found, _units, rows = _asked(request.user, request.GET)
    chosen = _chosen(request.POST, rows)
    wanted = [row for row in rows if row.key in chosen and row.line.unit]
    counted, refused = _press_all(wanted, request.user)
    counted["gone"] = len(set(chosen)) - len(wanted)
    for outcome, words in _told(counted):
        (messages.success if outcome == "pressed" else messages.error)(request, words)
    for words in refused:
        messages.error(request, words)
    return redirect(f"{reverse('dispatch')}?{request.GET.urlencode()}".rstrip("?"))


def _chosen(given: QueryDict, rows: list[DispatchRow]) -> list[str]:
    """The keys of the rows that the button which was clicked stands for."""
    may = [row for row in rows if row.may_be_pressed]
    group, only = given.get("unit", ""), given.get("only", "")
    if "all" in given:
        return [row.key for row in may]
    if group:  # all that wait for a unit, or those of one kind: "late_project|330122-industry"
        return [row.key for row in may if _is_of(row, group)]
    return [only] if only else given.getlist("line")


def _is_of(row: DispatchRow, group: str) -> bool:
    """Whether a row is of a group: of a kind and a unit, or of a unit alone, whose kind is empty."""
    return group in (row.group, f"|{row.line.unit_code}")


def _press_all(rows: list[DispatchRow], by: User) -> tuple[Counter, list[str]]:
    """How many were pressed, and how many had been today; and why others were refused, in words."""
    counted: Counter[str] = Counter()
    refused: list[str] = []
    for row in rows:
        if row.state == "today":
            counted["today"] += 1
        elif row.state == "no_account":
            refused.append(_("{unit}还没有账号，收不到催办。").format(unit=row.line.unit_name))
        else:
            try:
                is_pressed = _press(row.line, by, row.days)
                counted["pressed" if is_pressed else "today"] += 1
            except Refused as refusal:
                refused.append(refusal.words)
    return counted, list(dict.fromkeys(refused))


def _press(line: DispatchLine, by: User, days: int | None) -> bool:
    if line.sheet:
        return bool(remind(submission=line.sheet, unit=line.unit, by=by).told)
    return press(item=_item(line, days), by=by) is not None


@in_source_language()
def _item(line: DispatchLine, days: int | None) -> Item:
    overdue = f"，已逾期{days}天" if days and line.kind != "task" else ""
    words = f"{KINDS[line.kind]}：{line.what}，{line.figure}{overdue}。"
    unit = cast(Organisation, line.unit)  # a line without one cannot be pressed
    return Item(line.key, line.what, words, line.href, unit, line.area, line.is_demo)


def _told(counted: Counter) -> list[tuple[str, str]]:
    words = {
        "pressed": _("已催办{n}件，责任单位已收到通知。"),
        "today": _("{n}件今日已催过，没有重复发送。"),
        "gone": _("{n}件已不在清单上，不用再催。"),
    }
    found = [(name, text.format(n=counted[name])) for name, text in words.items() if counted[name]]
    return found or [("none", _("请先勾选要催的事项。"))]


@require_safe
def dispatch_file(request, kind):
    """The filtered list."""
    with in_source_language():  # a file is passed on: it is in the language of its heads
        found, _units, rows = _asked(request.user, request.GET)
        lines = [_file_line(row) for row in rows]
    return table_response(kind, "dispatch", COLUMNS, lines, notes=[_("导出于 {day}").format(day=found.on)])


def _file_line(row: DispatchRow) -> list:
    """One line of the file, in the order of COLUMNS."""
    line, last = row.line, row.last
    unit = line.unit.name if line.unit else ""
    mark = "演示数据" if line.is_demo else ""
    pressed_at, pressed_by = None, ""
    if last:
        pressed_at, pressed_by = timezone.localtime(last.at).replace(tzinfo=None), last.by_name
    about = [row.number, str(line.kind_name), line.what, line.figure, row.days, line.since, row.place]
    force = "约束性" if line.is_binding else ""
    return [*about, unit, mark, pressed_at, pressed_by, force]


def _asked(user: User, given: QueryDict) -> tuple[Dispatch, dict[str, str], list[DispatchRow]]:
    """The list, the units on it by code, and the rows that the address asks for."""
    if not (user.sees_all_counties or user.own_area_code):
        raise Http404(_("调度清单由市里和各地单位使用。"))
    refuse_unknown(given, (*FILTERS, "by", "page"))
    found = Dispatch(user, timezone.localdate())
    lines = found.lines()
    units = {line.unit_code: line.unit_name for line in lines if line.unit}
    kind, area = one(given, "kind", KINDS), one(given, "area", found.areas)
    unit = given.get("unit", "")
    if kind:
        lines = [line for line in lines if line.kind == kind]
    if area:
        lines = [line for line in lines if line.area == area]
    if one(given, "force", FORCES):
        lines = [line for line in lines if line.is_binding]
    if unit:
        lines = [line for line in lines if line.unit_code == unit]
    return found, units, _rows(found, lines)


def _rows(found: Dispatch, lines: list[DispatchLine]) -> list[DispatchRow]:
    sheets = {line.sheet.pk: line.sheet for line in lines if line.sheet}
    last = last_presses(sheets.values(), [line.key for line in lines if not line.sheet])
    reached = with_accounts()
    rows = []
    for number, line in enumerate(lines, 1):
        about = line.sheet.pk if line.sheet else line.key
        pressed = last.get((about, line.unit.pk)) if line.unit else None
        place = found.areas[line.area].shown_name if line.area in found.areas else _("市级")
        state = _state(found, line, pressed, reached)
        rows.append(DispatchRow(number, line, found.days(line), place, pressed, state))
    return rows


def _state(found: Dispatch, line: DispatchLine, pressed: Notice | None, reached: set[int]) -> str:
    if line.unit is None or not may_press(found.user, line.unit):
        return ""
    if line.unit.pk not in reached:
        return "no_account"
    is_pressed_today = pressed is not None and timezone.localdate(pressed.at) == found.on
    return "today" if is_pressed_today else "may"
