"""The set-up of an empty site by page: five steps, each left and taken up again as the administrator likes."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from journal.once import mark_done
from lib.refusals import Refused
from lib.tabular.exports import XLSX
from reporting.rounds.forms import RoundForm
from seeding.plan_files.check import parse_plan
from seeding.plan_files.workbook import write_plan_workbook
from seeding.plan_files.yaml_text import PlanFileError
from seeding.setup.forms import AdministratorForm, LoginsForm, OwnerForm, PlanForm
from seeding.setup.logins import make_logins, read_logins, write_logins_workbook
from seeding.setup.steps import (
    STEPS,
    TITLES,
    known_of_plan,
    make_administrator,
    open_first_year,
    owner,
    people,
    progress,
    set_owner,
    take_plan,
)

LISTED = 200  # faults on a page


@never_cache
@login_not_required
def setup(request, step=""):
    """One step: its form and what is wrong with what was sent. Without a step: the first that is not done."""
    if not people().exists():
        return _administrator(request) if step in ("", "administrator") else redirect("setup")
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    _require_administrator(request.user)
    if not step:
        return redirect("setup_step", progress().next_step or STEPS[-1])
    if step not in VIEWS:
        return redirect("setup")
    if step in ("logins", "year") and not progress().has_plan:
        messages.error(request, _("先载入方案，再办这一步。"))
        return redirect("setup_step", "plan")
    return VIEWS[step](request)


@require_safe
def setup_template(request, name):
    """The workbook to be filled in: of a plan, or of units and logins."""
    _require_administrator(request.user)
    if name not in ("plan", "logins"):
        raise Http404
    content = write_logins_workbook() if name == "logins" else write_plan_workbook(known_of_plan())
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    )


def _require_administrator(user) -> None:
    if user.role != User.Role.ADMINISTRATOR:
        raise Http404


def _page(request, step, form, **more):
    done = progress().done
    steps = [
        {"name": name, "number": n, "title": TITLES[name], "is_done": name in done, "is_here": name == step}
        for n, name in enumerate(STEPS, start=1)
    ]
    place = STEPS.index(step)
    later = STEPS[place + 1] if place + 1 < len(STEPS) else ""
    more |= {"step": step, "steps": steps, "form": form, "later": later, "is_done": step in done}
    return render(request, "seeding/setup.html", more)


def _next(step: str) -> HttpResponse:
    place = STEPS.index(step) + 1
    return redirect("setup_step", STEPS[place]) if place < len(STEPS) else redirect("overview")


def _administrator(request):
    form = AdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("username", "full_name", "password")}
        try:
            user = make_administrator(**data, code=form.cleaned_data.get("code", ""))
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
            return _next("administrator")
    return _page(request, "administrator", form)


def _made(request):
    """The administrator is there: others are made in the back office."""
    return _page(request, "administrator", None)


def _owner(request):
    known = owner()
    initial = (
        {
            "city_code": known.area_id,
            "city_name": known.area.name,
            "city_name_en": known.area.name_en,
            "code": known.code,
            "name": known.name,
            "name_en": known.name_en,
        }
        if known
        else {}
    )
    form = None if progress().has_plan else OwnerForm(request.POST or None, initial=initial)
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            set_owner(**form.parts, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            return _next("owner")
    return _page(request, "owner", form)


def _plan(request):
    form, faults = PlanForm(request.POST or None, request.FILES or None), []
    if request.method == "POST" and form.is_valid():
        try:
            loaded = take_plan(parse_plan(form.cleaned_data["file"].read()), by=request.user)
        except PlanFileError as error:
            faults = error.faults
        else:
            words = _("方案已载入：{n}项指标，{m}个年度目标。").format(
                n=len(loaded.indicators.new + loaded.indicators.changed + loaded.indicators.same),
                m=sum(len(rows) for rows in (loaded.facts["target"].new, loaded.facts["target"].same)),
            )
            messages.success(request, words)
            return _next("plan")
    return _page(request, "plan", form, faults=faults[:LISTED], fault_count=len(faults))


def _logins(request):
    form, problems, made = LoginsForm(request.POST or None, request.FILES or None), [], []
    if request.method == "POST" and form.is_valid():
        logins = read_logins(form.cleaned_data["file"].read())
        problems = logins.problems
        if not problems:
            made = make_logins(logins, by=request.user)
            form = LoginsForm()
    response = _page(request, "logins", form, problems=problems[:LISTED], problem_count=len(problems), made=made)
    if made:
        words = _("{n}个账号已建立，初始密码只在那一页显示一次。没有看到的话，请在后台为账号重设密码。")
        mark_done(response, reverse("setup_step", args=["logins"]), said=words.format(n=len(made)))
    return response


def _year(request):
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            open_first_year(**form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("{year}年已开放，各地区现在可以填报。").format(year=form.cleaned_data["year"]))
            return _next("year")
    return _page(request, "year", form)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "administrator": _made,
    "owner": _owner,
    "plan": _plan,
    "logins": _logins,
    "year": _year,
}
