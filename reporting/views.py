"""Pages of reporting: work list, entry sheet, review queue."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from areas.models import Area
from indicators.models import Assessment, IndicatorDefinition
from reporting.actions import STEPS, WHO_ACTS, assign_responsibilities, change_states, open_round, send_back
from reporting.api import step_details, take_step
from reporting.errors import Refused
from reporting.exchange import locked_words
from reporting.forms import RoundForm
from reporting.models import EntryVersion, Part, Submission
from reporting.sheets import Line, judgement_words, read_sheet

Role = User.Role


@dataclass(frozen=True)
class Row:
    """A line of the sheet with what stands beside the input."""

    line: Line
    past: list  # (year, the stored cell or None) of the three years before
    others: list  # (area name, the stored cell of this year or None)
    may_edit: bool
    words: str
    before: str  # judgement on the value in force, where there is one
    flips: bool

    @property
    def mood(self) -> str:
        """The row's class while it has a finding."""
        found = {finding.severity for finding in self.line.findings} if self.line.entry.version else set()
        return " hard" if "hard" in found else " soft" if "soft" in found else ""


def worklist(request):
    """What is mine to do, by round; it empties when my part is done."""
    rows = (
        Submission.objects.visible_to(request.user)
        .select_related("round", "area")
        .prefetch_related("parts__organisation")
    )
    rows = rows.annotate(
        filled=Count("entries", filter=Q(entries__version__gt=0), distinct=True), total=Count("entries", distinct=True)
    )
    today = timezone.localdate()
    lines = [
        {
            "submission": row,
            "days": (row.round.due_on - today).days,
            "words": WHO_ACTS[row.state].format(area=row.area.name),
            "own": next((p for p in row.parts.all() if p.organisation_id == request.user.organisation_id), None),
            "is_mine": is_turn_of(request.user, row),
        }
        for row in rows.order_by("-round__year", "area")
    ]
    lines.sort(key=lambda line: not line["is_mine"])
    context = {"lines": lines, "mine": [line for line in lines if line["is_mine"]]}
    return render(request, "reporting/worklist.html", context)


def review_queue(request):
    """What waits for the city, the oldest first, with what the checks found."""
    if not request.user.sees_all_counties:
        raise Http404
    rows = (
        Submission.objects.filter(state=Submission.State.SUBMITTED).select_related("round", "area").order_by("state_at")
    )
    queue = [(row, _findings_count(read_sheet(row)), (timezone.now() - row.state_at).days) for row in rows]
    return render(request, "reporting/review.html", {"queue": queue})


def sheet(request, area, year):
    """One county's sheet of one year: my rows to type in, the others' to read; for the city, the review."""
    submission = _submission(request, area, year)
    lines = read_sheet(submission)
    rows = _rows(request.user, submission, lines)
    parts = list(submission.parts.select_related("organisation"))
    own = next((part for part in parts if part.organisation_id == request.user.organisation_id), None)
    context = {
        "submission": submission,
        "rows": rows,
        "parts": parts,
        "own": own,
        "may_edit": any(row.may_edit for row in rows),
        "counts": _findings_count([row.line for row in rows if row.may_edit] or lines),
        "flips": [row for row in rows if row.flips],
        "has_demo": any(row.line.judgement["is_demo"] for row in rows),
        "past_years": [year - 3, year - 2, year - 1],
        "days": (submission.round.due_on - timezone.localdate()).days,
        "state_words": WHO_ACTS[submission.state].format(area=submission.area.name),
        "steps": _steps(request.user, submission),
        "transitions": submission.transitions.select_related("part__organisation"),
    }
    return render(request, "reporting/sheet.html", context)


def thread(request, area, year, indicator):
    """Everything ever typed, returned and approved for one row."""
    submission = _submission(request, area, year)
    versions = EntryVersion.objects.filter(entry__submission=submission, entry__indicator=indicator).order_by(
        "-version"
    )
    if not submission.entries.filter(indicator=indicator).exists():
        raise Http404
    definition = IndicatorDefinition.objects.as_of().get(indicator=indicator)
    steps = [t for t in submission.transitions.all() if not t.named_entries or indicator in t.named_entries]
    context = {"submission": submission, "definition": definition, "versions": versions, "steps": steps}
    return render(request, "reporting/thread.html", context)


@require_POST
def new_round(request):
    """The city opens a year for all its counties."""
    if request.user.role != Role.MUNICIPAL:
        raise Http404
    form = RoundForm(request.POST)
    if not form.is_valid():
        messages.error(request, "；".join(words for found in form.errors.values() for words in found))
        return redirect("worklist")
    assign_responsibilities(by=request.user)
    try:
        open_round(**form.cleaned_data, areas=Area.objects.counties(), by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        messages.success(request, _("已开放，各县（市）现在可以填报。"))
    return redirect("worklist")


@require_POST
def step(request, area, year, action):
    """A button of the sheet: the same call as the API's, told as a message."""
    submission = _submission(request, area, year)
    try:
        if action == "send_back":
            part = get_object_or_404(submission.parts, pk=request.POST.get("part") or 0)
            send_back(part=part, by=request.user, reason=request.POST.get("reason", ""))
        else:
            take_step(submission, action, request.user, request.POST)
    except Refused as refusal:
        messages.error(request, refusal.words)
        request.session["typed_reason"] = request.POST.get("reason", "")
    else:
        request.session.pop("typed_reason", None)
        messages.success(request, _("已办理。"))
    return redirect("sheet", area=area, year=year)


@require_POST
def step_many(request, action):
    """The same step of several at once; each is told of by name."""
    if action not in STEPS:
        raise Http404
    keys = [key.partition("/") for key in request.POST.getlist("submission")]
    sheets = [_submission(request, area, int(year) if year.isdigit() else 0) for area, _slash, year in keys]
    try:
        details = step_details(request.POST)
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect("review")
    for outcome in change_states(submissions=sheets, action=action, by=request.user, **details):
        name = outcome.submission.area.name
        if outcome.refusal:
            messages.error(request, f"{name}：{outcome.refusal.words}")
        else:
            messages.success(request, _("{name}已办理。").format(name=name))
    return redirect("review")


def is_turn_of(user: User, submission: Submission) -> bool:
    """Whether something waits for this user: an open part of the own unit, a sheet to submit or to review."""
    if user.role == Role.MUNICIPAL:
        return submission.state == Submission.State.SUBMITTED
    if user.organisation is None or submission.area_id != user.own_area_code or not submission.is_editable:
        return False
    if user.role == Role.COUNTY:
        return True
    return any(p.organisation_id == user.organisation_id and p.state == Part.State.OPEN for p in submission.parts.all())


def _submission(request, area, year) -> Submission:
    rows = Submission.objects.visible_to(request.user).select_related("round", "area")
    return get_object_or_404(rows, area=area, round__year=year)


def _rows(user, submission, lines) -> list[Row]:
    year, codes = submission.round.year, [line.entry.indicator_id for line in lines]
    stored = Assessment.objects.filter(indicator__in=codes, year__range=(year - 3, year)).select_related("area")
    cells = {(cell.area_id, cell.indicator_id, cell.year): cell for cell in stored}
    others = sorted(
        {(cell.area.position, cell.area_id, cell.area.name) for cell in stored if cell.area_id != submission.area_id}
    )
    rows = []
    for line in lines:
        code, area = line.entry.indicator_id, submission.area_id
        past = [(y, cells.get((area, code, y))) for y in range(year - 3, year)]
        beside = [(name, cells.get((other, code, year))) for _pos, other, name in others]
        now = cells.get((area, code, year))
        had = now is not None and now.value is not None
        flips = line.entry.value is not None and now is not None and now.status != line.judgement["status"]
        before = now.status if had else ""
        may_edit = not locked_words(submission, line.entry, user)
        rows.append(Row(line, past, beside, may_edit, judgement_words(line), before, flips))
    return sorted(rows, key=lambda row: not row.may_edit)


def _findings_count(lines) -> Counter:
    counts = Counter(filled=sum(line.entry.version > 0 for line in lines), total=len(lines))
    for line in (line for line in lines if line.entry.version):
        counts["hard"] += any(f.severity == "hard" for f in line.findings)
        counts["soft"] += any(f.severity == "soft" for f in line.findings)
        counts["blocked"] += bool(line.obstacles)
    return counts


def _steps(user, submission) -> list[str]:
    """The steps that this user may take now."""
    state = submission.state
    if user.role == Role.MUNICIPAL:
        return {"submitted": ["approve", "return"], "approved": ["reopen"]}.get(state, [])
    if user.role == Role.COUNTY:
        return ["submit"] if submission.is_editable else ["withdraw"] if state == "submitted" else []
    return []
