"""Pages around the sheets: a year opened and closed, how far each unit is, who was reminded, what my unit was told."""

from django.contrib import messages
from django.db.models import Max
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Organisation, User
from areas.models import Area
from journal.once import carried_out_once
from lib.numbers import whole
from lib.refusals import Refused
from lib.web import filters
from reporting.models import Notice, Round, Submission
from reporting.reminders.due_reminders import remind_many
from reporting.reminders.notices import mark_read, reminder_log
from reporting.rounds.actions import assign_responsibilities, close_round, open_round, resume_round
from reporting.rounds.forms import RoundForm
from reporting.rounds.progress import progress_of
from reporting.rounds.quality import quality_of
from reporting.rules.contradictions import official_contradictions
from reporting.rules.doubt_lines import DoubtLine, doubt_lines
from reporting.sheet_pages.words import progress_heading

Role = User.Role


@require_safe
def progress(request):
    """Unit × county of one year, each with its state; and the log of who was reminded."""
    if request.user.role == Role.DEPARTMENT:
        raise Http404
    year = _year(request.GET)
    submissions = list(_submissions(request.user).filter(round__year=year))
    log = reminder_log(*submissions).select_related("organisation", "submission__area")
    matrix = progress_of(submissions, request.user, timezone.localdate())
    context = {
        "year": year,
        "years": list(Round.objects.values_list("year", flat=True)),
        "heading": progress_heading(year, is_open=bool(matrix.columns), late=matrix.late),
        "progress": matrix,
        "quality": quality_of(submissions),
        "doubts": _doubts(submissions, year),
        "round": submissions[0].round if submissions else None,
        "page": filters.page_of(log, request.GET),
    }
    return render(request, "reporting/progress.html", context)


@carried_out_once
@require_POST
def reminders(request):
    """Press one unit, one county's late ones, or all of the year's; told is who was and who was spared."""
    year = _year(request.POST)
    sheets = _submissions(request.user).filter(round__year=year)
    if area := request.POST.get("area"):
        sheets = [get_object_or_404(sheets, area=area)]
    unit = None
    if code := request.POST.get("unit"):
        unit = get_object_or_404(Organisation, code=code, area__in=[sheet.area_id for sheet in sheets])
    if not sheets:
        raise Http404
    for words, is_told in remind_many(submissions=sheets, unit=unit, by=request.user):
        (messages.success if is_told else messages.error)(request, words)
    return _to_progress(year)


@require_safe
def notices(request):
    """What my unit was told, the newest first."""
    _require_reader(request.user)
    rows = Notice.objects.visible_to(request.user).select_related("submission__round", "submission__area")
    rows = rows.select_related("message__follow_up")
    unread = rows.filter(read_at=None).count()
    context = {"page": filters.page_of(rows, request.GET), "unread": unread}
    return render(request, "reporting/notices.html", context)


@require_POST
def notices_read(request):
    """Mark one, or all, of my unit's notices as read."""
    _require_reader(request.user)
    chosen = [number for number in map(whole, request.POST.getlist("notice")) if number is not None]
    mark_read(user=request.user, notices=None if "all" in request.POST else chosen)
    return redirect("notices")


@carried_out_once
@require_POST
def new_round(request):
    """The city, or an administrator, opens a year for all its counties."""
    if request.user.role != Role.ADMINISTRATOR:
        _require_city(request.user)
    form = RoundForm(request.POST)
    if not form.is_valid():
        messages.error(request, "；".join(words for found in form.errors.values() for words in found))
        return redirect("worklist")
    assign_responsibilities(by=request.user)
    try:
        open_round(**form.cleaned_data, areas=Area.objects.judged(), by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        messages.success(request, _("已开放，各地区现在可以填报。"))
    return redirect("worklist")


@require_POST
def end_round(request, year, action):
    """The city closes a year, or opens a closed one again."""
    _require_city(request.user)
    act = {"close": close_round, "resume": resume_round}.get(action)
    if act is None:
        raise Http404
    try:
        act(round_=get_object_or_404(Round, year=year), by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        done = {"close": _("{year}年已关闭，各单位已收到通知。"), "resume": _("{year}年已重新打开，各单位已收到通知。")}
        messages.success(request, done[action].format(year=year))
    return _to_progress(year)


def _doubts(submissions, year: int) -> list[DoubtLine]:
    """What the rules in force, also those made since, find in the year's official values of the counties seen."""
    return doubt_lines(official_contradictions(areas=[sheet.area_id for sheet in submissions], years=[year]))


def _submissions(user):
    return Submission.objects.visible_to(user).select_related("round", "area").order_by("area__position")


def _year(given) -> int:
    """The year asked for; else the latest opened, or 0 where there is none."""
    return filters.year(given, "year") or Round.objects.aggregate(last=Max("year"))["last"] or 0


def _to_progress(year: int):
    return redirect(f"{reverse('progress')}?year={year}")


def _require_reader(user: User) -> None:
    if user.role not in Notice.READERS:
        raise Http404


def _require_city(user: User) -> None:
    if user.role != Role.MUNICIPAL:
        raise Http404
