"""Pages of reporting: work list, entry sheet, review queue."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from indicators.models import IndicatorDefinition
from lib.numbers import whole
from lib.refusals import Refused
from reporting.actions import change_states, send_back, take_step
from reporting.models import Evidence, Part, Submission
from reporting.rounds.progress import may_remind
from reporting.sheet_pages.cards import card_of
from reporting.sheet_pages.rows import findings_count, rows_of, turns_of
from reporting.sheet_pages.way import way_of
from reporting.sheet_pages.words import readings_words, sheet_heading
from reporting.sheets import read_sheet
from reporting.steps import STEPS, StepDetails, is_own_part, next_words, parse_until

Role = User.Role


def worklist(request):
    """What is mine to do, by round; it empties when my part is done."""
    user, today = request.user, timezone.localdate()
    is_mine = Q(entries__part__organisation=user.own_unit_id, entries__is_derived=False)
    counted = {
        "filled": Count("entries", filter=Q(entries__version__gt=0), distinct=True),
        "total": Count("entries", distinct=True),
        "own_filled": Count("entries", filter=is_mine & Q(entries__version__gt=0), distinct=True),
        "own_total": Count("entries", filter=is_mine, distinct=True),
    }
    rows = Submission.objects.visible_to(user).select_related("round", "area").prefetch_related("parts__organisation")
    lines = [
        {
            "submission": row,
            "days": (row.round.due_on - today).days,
            "words": next_words(row),
            "own": next((part for part in row.parts.all() if is_own_part(part, user)), None),
            "is_mine": is_turn_of(user, row),
        }
        for row in rows.annotate(**counted).order_by("-round__year", "area")
    ]
    lines.sort(key=lambda line: not line["is_mine"])
    context = {"lines": lines, "mine": [line for line in lines if line["is_mine"]]}
    return render(request, "reporting/worklist.html", context)


def review_queue(request):
    """What waits for the city, the oldest first, with what the checks found."""
    if not request.user.sees_all_counties:
        raise Http404
    rows = Submission.objects.filter(state=Submission.State.SUBMITTED).select_related("round", "area")
    queue = [
        {
            "submission": row,
            "counts": findings_count(read_sheet(row)),
            "waited": (timezone.now() - row.state_at).days,
            "days": (row.round.due_on - timezone.localdate()).days,
            "files": Evidence.objects.standing().filter(entry__submission=row).count(),
        }
        for row in rows.order_by("state_at")
    ]
    return render(request, "reporting/review.html", {"queue": queue})


def sheet(request, area, year):
    """One county's sheet of one year: my rows to type in, the others' to read; for the city, the review."""
    submission, user = _submission(request, area, year), request.user
    lines = read_sheet(submission)
    rows = rows_of(user, submission, lines)
    parts = list(submission.parts.select_related("organisation"))
    own = next((part for part in parts if is_own_part(part, user)), None)
    typed = request.session.get("typed_exceptions", {})
    reasons = typed["reasons"] if typed.get("sheet") == f"{area}/{year}" else {}
    for part in parts:
        part.typed_reason = reasons.get(part.organisation.code, "")
    may_edit = any(row.may_edit for row in rows)
    readings = [row for row in rows if not row.may_edit]
    counts = findings_count([row.line for row in rows if row.may_edit] or lines)
    context = {
        "submission": submission,
        "heading": sheet_heading(submission, counts, may_edit=may_edit),
        "rows": rows,
        "cards": [card_of(row) for row in rows if row.may_edit],
        "readings": readings,
        "readings_words": readings_words(readings),
        "way": way_of(submission, parts, own, lines),
        "parts": parts,
        "typed_reasons": reasons,
        "own": own,
        "parts_open": [part for part in parts if part.state == Part.State.OPEN and part != own],
        "may_edit": may_edit,
        "may_remind": may_remind(user, submission),
        "counts": counts,
        "turns": turns_of(rows),
        "remarkable": [row for row in rows if row.is_remarkable],
        "is_review": user.sees_all_counties and submission.state == Submission.State.SUBMITTED,
        "others": [name for name, _cell in rows[0].others] if rows else [],
        "has_demo": any(row.line.judgement["is_demo"] for row in rows),
        "past_years": [year - 3, year - 2, year - 1],
        "days": (submission.round.due_on - timezone.localdate()).days,
        "state_words": next_words(submission),
        "steps": _steps(user, submission),
        "transitions": submission.transitions.select_related("part__organisation"),
    }
    return render(request, "reporting/sheet.html", context)


def thread(request, area, year, indicator):
    """Everything ever typed, attached, returned and approved for one row."""
    submission = _submission(request, area, year)
    entry = get_object_or_404(submission.entries, indicator=indicator)
    context = {
        "submission": submission,
        "definition": IndicatorDefinition.objects.as_of().get(indicator=indicator),
        "versions": entry.versions.order_by("-version"),
        "files": entry.evidence.all(),
        "steps": [t for t in submission.transitions.all() if not t.named_entries or indicator in t.named_entries],
    }
    return render(request, "reporting/thread.html", context)


@require_POST
def step(request, area, year, action):
    """A button of the sheet: the same call as the API's, told as a message."""
    submission = _submission(request, area, year)
    try:
        if action == "send_back":
            part = get_object_or_404(submission.parts, pk=whole(request.POST.get("part", "")))
            send_back(part=part, by=request.user, reason=request.POST.get("reason", ""))
        else:
            take_step(submission, action, request.user, details_from_form(request.POST))
    except Refused as refusal:
        messages.error(request, refusal.words)
        request.session["typed_reason"] = request.POST.get("reason", "")
        request.session["typed_exceptions"] = {"sheet": f"{area}/{year}", "reasons": exceptions_of(request.POST)}
    else:
        request.session.pop("typed_reason", None)
        request.session.pop("typed_exceptions", None)
        messages.success(request, _("已办理。"))
    return redirect("sheet", area=area, year=year)


@require_POST
def step_many(request, action):
    """The same step of several at once; each is told of by name."""
    if action not in STEPS:
        raise Http404
    keys = [key.partition("/") for key in request.POST.getlist("submission")]
    sheets = [_submission(request, area, whole(year)) for area, _slash, year in keys]
    try:
        details = details_from_form(request.POST)
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect("review")
    for outcome in change_states(submissions=sheets, action=action, by=request.user, **vars(details)):
        name = outcome.submission.area.name
        if outcome.refusal:
            messages.error(request, f"{name}：{outcome.refusal.words}")
        else:
            messages.success(request, _("{name}已办理。").format(name=name))
    return redirect("review")


def details_from_form(form: QueryDict) -> StepDetails:
    """What was typed beside a step's button; Invalid where the date is none."""
    until = parse_until(form.get("until", ""))
    return StepDetails(form.get("reason", ""), until, form.getlist("entries"), exceptions_of(form))


def exceptions_of(form: QueryDict) -> dict[str, str]:
    """Reasons by unit code, out of the fields `exception:<code>`."""
    return {name.partition(":")[2]: str(form[name]) for name in form if name.startswith("exception:")}


def is_turn_of(user: User, submission: Submission) -> bool:
    """Whether something waits for this user: an open part of the own unit, a sheet to submit or to review."""
    if user.role == Role.MUNICIPAL:
        return submission.state == Submission.State.SUBMITTED
    if submission.area_id != user.own_area_code or not submission.is_editable:
        return False
    if user.role == Role.COUNTY:
        return True
    return any(is_own_part(part, user) and part.state == Part.State.OPEN for part in submission.parts.all())


def _submission(request, area, year) -> Submission:
    rows = Submission.objects.visible_to(request.user).select_related("round", "area")
    return get_object_or_404(rows, area=area, round__year=year)


def _steps(user, submission) -> list[str]:
    """The steps that this user may take now."""
    state = submission.state
    if user.role == Role.MUNICIPAL:
        review = ["approve"] if submission.is_closed else ["approve", "return"]
        return {"submitted": review, "approved": ["reopen"]}.get(state, [])
    if user.role == Role.COUNTY:
        may_withdraw = state == "submitted" and not submission.is_closed
        return ["submit"] if submission.is_editable else ["withdraw"] if may_withdraw else []
    return []
