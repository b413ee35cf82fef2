"""Pages of matters: the register, one matter with its steps, files."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organisation
from figures.asked import Asked
from figures.picture import Picture
from journal.once import carried_out_once
from lib.files.downloads import to_be_saved
from lib.refusals import Refused
from lib.sentences import Phrase, Sentence, joined, sentence
from lib.tabular.exports import table_response
from lib.web import filters
from matters.actions import take_step, take_steps
from matters.causes import goal_words
from matters.forms import StepForm
from matters.models import Matter, MatterFile, MatterStep
from matters.register import ListedMatter, in_order, listed, next_steps
from matters.rights import may_issue
from matters.schedule_lights import NAMES
from matters.steps import RULES, StepRule
from workdays.calendar import calendar_words, work_calendar

FILTERS = ("state", "unit", "area", "origin", "light", "mine")
OPEN, ASKING = "open", "asking"
MANY = tuple(rule.step for rule in RULES.values() if rule.for_many)
COLUMNS = (
    "编号",
    "事项",
    "要求",
    "来源",
    "对象",
    "承办单位",
    "协办单位",
    "交办人",
    "交办日期",
    "期限",
    "状态",
    "亮灯",
    "还有工作日",
    "完成比例（%）",
    "升级次数",
    "销号日期",
    "演示数据",
)


@require_safe
def matters(request):
    """Every matter that concerns the reader, what asks for something first."""
    picture = Picture(Asked(), request.user)
    rows = _asked(request, picture)
    visible = Matter.objects.visible_to(request.user)
    listing = filters.page_of(rows, request.GET)  # type: ignore[arg-type]  # a list, which is paged as rows are
    context = {
        "picture": picture,
        "page": listing,
        "rows": [(row, [rule.step for rule in next_steps(row.matter, request.user)]) for row in listing],
        "heading": _heading(listed(visible.under_way(), timezone.localdate())),
        "states": _states(),
        "origins": dict(Matter.Origin.choices),
        "lights": {code: name for code, name in NAMES.items() if code},
        "units": Organisation.objects.filter(pk__in=visible.values("owner")),
        "many": [(step, MatterStep.Step(step).label) for step in MANY],
        "may_issue": may_issue(request.user),
        "has_demo": visible.filter(is_demo=True).exists(),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "exports": "matters",
    }
    return render(request, "matters/matters.html", context)


def _heading(rows: list[ListedMatter]) -> Sentence:
    """How many matters are under way, how many of them late, how many wait for whoever checks them."""
    late = sum(row.days is not None and row.days < 0 for row in rows)
    waiting = sum(row.matter.state in ("reported", "verified") for row in rows)
    parts = [Phrase(_("{n}件督办事项未销号").format(n=len(rows)))]
    if late:
        parts.append(Phrase(_("{n}件逾期").format(n=late), "behind"))
    if waiting:
        parts.append(Phrase(_("{n}件待核实或销号").format(n=waiting)))
    return sentence(*joined(parts, _("，")))


def _states() -> dict[str, Any]:
    return {OPEN: _("未销号"), ASKING: _("有申请待批"), **dict(Matter.State.choices)}


def _asked(request, picture: Picture) -> list[ListedMatter]:
    """The rows that the address asks for, in order."""
    given, user = request.GET, request.user
    filters.refuse_unknown(given, (*FILTERS, "page"))
    rows = in_order(Matter.objects.visible_to(user))
    state = filters.one(given, "state", _states())
    if state == OPEN:
        rows = rows.exclude(state__in=Matter.ENDED)
    elif state == ASKING:
        rows = rows.filter(Q(asked_due_on__isnull=False) | Q(asks_reopening=True))
    elif state:
        rows = rows.filter(state=state)
    area = filters.one(given, "area", {area.code: area.name for area in picture.judged})
    if area:
        rows = rows.filter(area=area)
    origin = filters.one(given, "origin", dict(Matter.Origin.choices))
    if origin:
        rows = rows.filter(origin=origin)
    if given.get("unit"):
        rows = rows.filter(owner__code=given["unit"])
    if given.get("mine"):
        rows = rows.filter(owner=user.own_unit_id)
    found = listed(rows, timezone.localdate())
    light = filters.one(given, "light", NAMES)
    if light:
        found = [row for row in found if row.light == light]
    return found


@require_safe
def matters_file(request, kind):
    """The whole filtered list."""
    rows = [_file_line(row) for row in _asked(request, Picture(Asked(), request.user))]
    return table_response(kind, "matters", COLUMNS, rows, notes=[f"导出于 {timezone.localdate()}"])


def _file_line(row: ListedMatter) -> list:
    """One line of the file, in the order of COLUMNS."""
    matter = row.matter
    helpers = "、".join(unit.name for unit in matter.helpers.all())
    about = [matter.code, matter.title, matter.words, matter.get_origin_display(), matter.about_title]
    people = [matter.owner.name, helpers, matter.issued_by_name, timezone.localdate(matter.issued_at), matter.due_on]
    closed_on = timezone.localdate(matter.closed_at) if matter.closed_at else None
    standing = [matter.state_words, row.light_name, row.days, matter.percent_done, matter.level, closed_on]
    return [*about, *people, *standing, "演示数据" if matter.is_demo else ""]


@carried_out_once
def matter(request, code):
    """One matter and every step of it; by POST the next step."""
    found = _matter(request, code)
    step, form = request.POST.get("step", ""), None
    if request.method == "POST":
        form = _taken(request, found, step)
        if form is None:
            return redirect("matter", code=code)
    now = _matter(request, code)
    (row,) = listed([now], timezone.localdate())
    steps = next_steps(now, request.user)
    context = {
        "picture": Picture(Asked(), request.user),
        "matter": now,
        "row": row,
        "steps": now.steps.prefetch_related("files").order_by("-number"),
        "forms": [_offered(rule, now, form, step) for rule in steps],
        "refused": _refused(form, step, steps),
        "opened": step,
        "follows": goal_words(now.figure_mark, "cell" if now.indicator_id else now.about_kind),
        "calendar_words": calendar_words(work_calendar(), timezone.localdate(now.issued_at), now.due_on),
    }
    return render(request, "matters/matter.html", context, status=400 if form else 200)


def _refused(form: StepForm | None, step: str, steps: list[StepRule]) -> str:
    """Why a step was not taken that is no longer offered, and so has no form that could tell it."""
    is_offered = step in [rule.step for rule in steps]
    return "" if form is None or is_offered else form.refused


def _offered(rule: StepRule, matter: Matter, form: StepForm | None, step: str) -> tuple[StepRule, str, StepForm]:
    """A step with its name and its form: with what was typed, where it was this one that was refused."""
    label = str(MatterStep.Step(rule.step).label)
    if form is not None and rule.step == step:
        return rule, label, form
    return rule, label, _form(rule, matter)


def _form(rule, matter: Matter, request=None) -> StepForm:
    given = (request.POST, request.FILES) if request else (None, None)
    return StepForm(*given, rule=rule, matter=matter)


def _taken(request, found: Matter, step: str) -> StepForm | None:
    """None where the step was taken; else the form with what was typed and why it was refused."""
    rule = RULES.get(step)
    if rule is None:
        raise Http404
    form = _form(rule, found, request)
    if not form.is_valid():
        return form
    try:
        take_step(matter=found, step=step, by=request.user, said=form.said())
    except Refused as refusal:
        form.add_error(None, refusal.words)
        form.refused = refusal.words
        return form
    label = MatterStep.Step(step).label
    messages.success(request, _("{code} 已{step}。").format(code=found.code, step=label))
    return None


@require_POST
def matters_step(request):
    """The same step of several at once; each that is refused is told of by name."""
    chosen = request.POST.getlist("matter")
    rows = list(Matter.objects.visible_to(request.user).filter(code__in=chosen).order_by("code"))
    step = request.POST.get("step", "")
    try:
        found = take_steps(matters=rows, step=step, by=request.user, words=request.POST.get("words", ""))
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect("matters")
    for each, words in found:
        if words:
            messages.error(request, f"{each.code}：{words}")
    done = sum(not words for _each, words in found)
    if done:
        label = MatterStep.Step(step).label
        messages.success(request, _("{n}件已{step}。").format(n=done, step=label))
    elif not found:
        messages.error(request, _("请先勾选事项。"))
    return redirect("matters")


@require_safe
def matter_file(request, code, pk):
    """What bears a step out, for those who may read the matter."""
    rows = MatterFile.objects.visible_to(request.user).filter(step__matter__code=code)
    found = get_object_or_404(rows, pk=pk)
    return to_be_saved(found.path, name=found.name, content_type=found.content_type)


def _matter(request, code: str) -> Matter:
    rows = Matter.objects.visible_to(request.user).select_related("owner", "issuer", "area")
    return get_object_or_404(rows.prefetch_related("helpers"), code=code)
