"""Pages of the plan's work: tasks with what is said of them, meetings with their decisions."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import Organisation
from figures.asked import Asked
from figures.picture import Picture
from journal.once import carried_out_once
from lib.files.downloads import to_be_saved
from lib.refusals import Refused
from lib.tabular.exports import table_response
from lib.web import filters
from plan import work
from plan.models import Chapter, Meeting, ProgressStatement, StatementFile, WorkItem, WorkItemQuerySet
from planning.forms import MeetingForm, StatementForm, TaskForm

FILTERS = ("area", "chapter", "unit", "state", "mine")
CITY = "city"
STATES = {
    "open": gettext_lazy("进行中"),
    "overdue": gettext_lazy("已逾期"),
    "done": gettext_lazy("已完成"),
    "cancelled": gettext_lazy("已取消"),
}
COLUMNS = (
    "编号",
    "任务",
    "章节",
    "地区",
    "责任单位",
    "期限",
    "状态",
    "办结日期",
    "完成比例（%）",
    "最近进展",
    "演示",
)


def tasks(request):
    """Every task with its unit and due date, the most urgent first."""
    picture = Picture(Asked(), request.user)
    page = filters.page_of(_wanted(picture, request), request.GET)
    everything = WorkItem.objects.visible_to(request.user)
    context = {
        "picture": picture,
        "page": page,
        "today": timezone.localdate(),
        "counts": everything.aggregate(
            open=Count("pk", filter=Q(state="open")),
            overdue=Count("pk", filter=Q(state="open", due_on__lt=timezone.localdate())),
            done=Count("pk", filter=Q(state="done")),
        ),
        "chapters": Chapter.objects.all(),
        "units": Organisation.objects.filter(work_items__isnull=False).distinct(),
        "states": STATES,
        "has_demo": everything.filter(is_demo=True).exists(),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "may_plan": work.may_plan(request.user),
        "exports": "plan/tasks",
    }
    return render(request, "planning/tasks.html", context)


def tasks_file(request, kind):
    """The whole filtered list."""
    rows = _wanted(Picture(Asked(), request.user), request)
    return table_response(kind, "tasks", COLUMNS, _file_rows(rows), notes=[f"导出于 {timezone.localdate()}"])


def _file_rows(rows: QuerySet[WorkItem]) -> Iterator[list]:
    for item in rows:
        yield [
            item.code,
            item.title,
            str(item.chapter),
            item.area.name if item.area else "市级",
            item.responsible.name,
            item.due_on,
            item.get_state_display(),
            item.closed_on,
            item.percent_done,  # type: ignore[attr-defined]  # annotated by `_wanted`
            item.last_words,  # type: ignore[attr-defined]  # the same
            "演示数据" if item.is_demo else "",
        ]


@carried_out_once
def task(request, code):
    """One task and its thread; by POST another statement."""
    item = _item(request, code)
    form = StatementForm(request.POST or None, request.FILES or None, item=item, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            work.state_progress(item=item, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("已记录。"))
            return redirect("task", code=code)
    files = defaultdict(list)
    for each in StatementFile.objects.visible_to(request.user).filter(statement__work_item=item):
        files[each.statement_id].append(each)
    context = {
        "picture": Picture(Asked(), request.user),
        "item": item,
        "today": timezone.localdate(),
        "statements": [(row, files.get(row.pk, [])) for row in item.statements.all()],
        "form": form if work.may_speak(item, request.user) else None,
        "may_plan": work.may_plan(request.user),
    }
    return render(request, "planning/task.html", context, status=400 if form.errors else 200)


@require_safe
def task_file(request, code, pk):
    """What bears a statement out, for those who may read it."""
    rows = StatementFile.objects.visible_to(request.user).filter(statement__work_item__code=code)
    found = get_object_or_404(rows, pk=pk)
    return to_be_saved(found.path, name=found.name, content_type=found.content_type)


@carried_out_once
def task_form(request, code=None):
    """A new task, or what one asks changed; the city's alone."""
    if not work.may_plan(request.user):
        raise Http404
    item = _item(request, code) if code else None
    form = TaskForm(request.POST or None, item=item, decision=request.GET.get("decision"))
    if request.method == "POST" and form.is_valid():
        try:
            saved = form.record(by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("已保存 {code}。").format(code=saved.code))
            return redirect("task", code=saved.code)
    context = {"picture": Picture(Asked(), request.user), "form": form, "item": item}
    return render(request, "planning/task_form.html", context, status=400 if form.errors else 200)


@carried_out_once
def meetings(request):
    """Sittings, the newest first, with what became of their decisions; by POST, for the city, another one."""
    form = MeetingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            work.record_meeting(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("已登记会议。"))
            return redirect("meetings")
    rows = Meeting.objects.prefetch_related("decisions__work_items__responsible", "decisions__work_items__area")
    context = {
        "picture": Picture(Asked(), request.user),
        "meetings": rows,
        "today": timezone.localdate(),
        "form": form if work.may_plan(request.user) else None,
    }
    return render(request, "planning/meetings.html", context, status=400 if form.errors else 200)


def _item(request, code) -> WorkItem:
    rows = WorkItem.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("chapter", "area", "responsible", "decision__meeting"), code=code)


def _wanted(picture: Picture, request) -> WorkItemQuerySet:
    """The tasks that the address asks for; `percent_done` and `last_words` of the newest statement beside each."""
    given, today = request.GET, timezone.localdate()
    filters.refuse_unknown(given, (*FILTERS, "page"))
    rows = WorkItem.objects.visible_to(request.user).select_related("chapter", "area", "responsible")
    places = {CITY: _("市级"), **{area.code: area.name for area in picture.counties}}
    area = filters.one(given, "area", places)
    if area:
        rows = rows.filter(area=None if area == CITY else area)
    chapter = filters.one(given, "chapter", {str(row.number): row for row in Chapter.objects.all()})
    if chapter:
        rows = rows.filter(chapter=chapter)
    if given.get("unit"):
        rows = rows.filter(responsible__code=given["unit"])
    if given.get("mine"):
        rows = rows.filter(responsible=request.user.own_unit_id)
    rows = _in_state(rows, filters.one(given, "state", STATES), today)
    newest = ProgressStatement.objects.filter(work_item=OuterRef("pk")).order_by("-id")
    return rows.annotate(
        percent_done=Subquery(newest.exclude(percent_done=None).values("percent_done")[:1]),
        last_words=Subquery(newest.values("words")[:1]),
    ).order_by(Case(When(state="open", then=0), default=1), "due_on", "code")


def _in_state(rows: WorkItemQuerySet, state: str, today: date) -> WorkItemQuerySet:
    if state == "overdue":
        return rows.overdue(today)
    return rows.filter(state=state) if state else rows
