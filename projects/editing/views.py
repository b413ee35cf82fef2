"""The pages on which projects are written: fetch in scope → validate → one action → the project's page."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from areas.models import Area
from journal.once import carried_out_once
from lib.numbers import plain
from lib.refusals import Refused
from projects import actions
from projects.changes.progress import report_progress
from projects.changes.writing import may_write
from projects.editing.forms import AmountForm, ProgressForm, StateForm
from projects.editing.page_form import ProjectPageForm
from projects.editing.row_forms import rearranged
from projects.models import Project
from projects.views import get_project


@carried_out_once
def new(request):
    """Enter a project."""
    if not actions.may_enter(request.user):
        raise Http404
    form, first = _project_form(request), _first_amount(request)
    is_said = bool(request.POST.get("amount-amount_yi"))
    if request.method == "POST" and form.is_valid() and (not is_said or first.is_valid()):
        amounts = [first.amount] if is_said else []
        more = {"amounts": amounts, "state": form.state or Project.State.PLANNED, "by": request.user}
        made = _tried(form, lambda: actions.create_project(values=form.values, parts=form.parts, **more))
        if made:
            messages.success(request, _("已登记 {code}。").format(code=made.code))
            return redirect("project", code=made.code)
    return _page(request, None, form, _("登记项目"), first)


@carried_out_once
def edit(request, code):
    """Change a project; what another saved meanwhile is told, what was typed stays."""
    project = _own(request, code)
    form = _project_form(request, project)
    if request.method == "POST" and form.is_valid():
        done = _tried(form, lambda: _edited(project, form, request.user))
        if done is not None:
            return _back(request, project, _("已保存。") if done else _("没有改动。"))
    return _page(request, project, form, _("修改项目"))


@carried_out_once
def amount(request, code):
    project = _own(request, code)
    rows = list(project.amounts.all())
    corrected = {row.corrects_id for row in rows}
    standing = {str(row.pk): row for row in rows if row.pk not in corrected}
    form = AmountForm(request.POST or None, standing=standing.values())
    if request.method == "POST" and form.is_valid():
        more = {"corrects": standing.get(form.cleaned_data["corrects"]), "reason": form.cleaned_data["reason"]}
        if _tried(form, lambda: actions.record_amount(project=project, amount=form.amount, by=request.user, **more)):
            return _back(request, project, _("已登记投资额。"))
    return _page(request, project, form, _("登记投资额"))


@carried_out_once
def progress(request, code):
    """A quarter, the last ended one by default, with what stands there."""
    project = _own(request, code)
    form = ProgressForm(request.POST or None, initial=_quarter(request, project))
    form.fields["completed_yi"].help_text = _known_by_now(project)
    if request.method == "POST" and form.is_valid():
        more = {"version": form.cleaned_data["version"], "by": request.user}
        done = _tried(form, lambda: report_progress(project=project, progress=form.progress, **more) or "same")
        if done:
            return _back(request, project, _("没有改动。") if done == "same" else _("已填报进展。"))
    return _page(request, project, form, _("填报进展"))


@carried_out_once
def state(request, code):
    project = _own(request, code)
    form = StateForm(request.POST or None, initial={"state": project.state})
    if request.method == "POST" and form.is_valid():
        done = _tried(form, lambda: actions.change_state(project=project, by=request.user, **form.cleaned_data))
        if done is not None:
            return _back(request, project, _("已变更状态。") if done else _("状态没有变化。"))
    return _page(request, project, form, _("变更状态"))


def _own(request, code: str) -> Project:
    """A project that the user may write; any other is none of theirs to edit."""
    project = get_project(request, code)
    if not may_write(request.user, project.main_area_id, project.organisation_id):
        raise Http404(_("这个项目不由您的单位填报。"))
    return project


def _project_form(request, project: Project | None = None) -> ProjectPageForm:
    counties = list(Area.objects.visible_to(request.user).counties())
    return ProjectPageForm(request.POST or None, user=request.user, counties=counties, project=project)


@transaction.atomic
def _edited(project: Project, form: ProjectPageForm, by) -> bool:
    """What was typed, and the state that its dates speak of: both or neither."""
    reason = form.cleaned_data["reason"]
    more = {"version": form.cleaned_data["version"], "reason": reason, "by": by}
    is_edited = actions.edit_project(project=project, values=form.values, parts=form.parts, **more)
    is_moved = form.state and actions.change_state(project=project, state=form.state, reason=reason, by=by)
    return bool(is_edited or is_moved)


def _first_amount(request) -> AmountForm:
    """The amount of a new project; without a number it is none, nothing of it is asked for and what was typed stays."""
    more = {"standing": [], "prefix": "amount", "use_required_attribute": False}
    if request.POST.get("amount-amount_yi") and rearranged(request.POST) is None:
        return AmountForm(request.POST, **more)
    typed = {name.removeprefix("amount-"): value for name, value in request.POST.items()}
    return AmountForm(initial=typed, **more)


def _quarter(request, project: Project) -> dict:
    """The asked quarter (?year=&quarter=), else the last that has ended; what is reported there now."""
    today = timezone.localdate()
    year, before = divmod(today.year * 4 + (today.month - 1) // 3 - 1, 4)
    quarter = before + 1
    asked = [request.GET.get(name, "") for name in ("year", "quarter")]
    if all(map(_is_short_number, asked)):
        year, quarter = map(int, asked)
    found = {"year": year, "quarter": quarter, "version": 0}
    row = project.progress.filter(year=year, quarter=quarter, is_current=True).first()
    if row:
        found |= {name: getattr(row, name) for name in ("completed_yi", "image", "problem", "next_step", "version")}
    return found


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5


def _known_by_now(project: Project) -> str:
    """What the figure to be typed follows: the latest quarter reported, and the total."""
    words = [_("自开工起至本季度末")]
    latest = project.progress.invested().last()
    if latest:
        known = {"year": latest.year, "quarter": latest.quarter, "yi": plain(latest.completed_yi)}
        words.append(_("最近报到{year}年第{quarter}季度：{yi} 亿元").format(**known))
    if project.total_yi is not None:
        words.append(_("总投资 {yi} 亿元").format(yi=plain(project.total_yi)))
    return _("；").join(words)


def _tried(form, action):
    """What the action gives; None, and its words in the form, where it refuses."""
    try:
        return action()
    except Refused as refusal:
        form.add_error(None, refusal.words)
        return None


def _back(request, project, words):
    messages.success(request, words)
    return redirect("project", code=project.code)


def _page(request, project, form, title, *others):
    bound = [each for each in (form, *others) if each.is_bound]
    is_refused = getattr(form, "is_refused", False) or any(each.errors for each in bound)
    context = {
        "project": project,
        "form": form,
        "others": others,
        "title": title,
        "is_refused": is_refused,
        "is_new": not project,
    }
    return render(request, "projects/form.html", context, status=400 if is_refused else 200)
