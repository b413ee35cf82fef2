"""Writing, for county systems and for the pages alike: entries and steps of a submission."""

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from areas.filters import unknown_area
from lib.listapi.lists import BadParameter
from lib.web.etags import matches, tags
from reporting.actions import take_step
from reporting.checks.findings import Finding
from reporting.entries.saving import save_entries, sheet_tag
from reporting.models import Entry, Round, Submission
from reporting.sheets import Line
from reporting.steps import is_own_part
from reporting.writing_api.bodies import read_details, read_entries
from reporting.writing_api.schema import ENTRIES_SCHEMA, STEPS_SCHEMA
from reporting.writing_api.value_shapes import shapes_of


class SubmissionView(APIView):
    """Finds the submission within the user's scope, else 404."""

    def submission(self, request, area: str, year: int) -> Submission:
        rows = Submission.objects.visible_to(request.user).select_related("round", "area")
        found = rows.filter(area=area, round__year=year).first()
        if found is None:
            raise Http404(absent_words(area, year))
        return found


def absent_words(area: str, year: int) -> str:
    """Which part of the address leads nowhere. Areas and the years that were opened are known to every login; whose
    sheet there is beyond one's own scope is not told."""
    if words := unknown_area(area):
        return words
    if not Round.objects.filter(year=year).exists():
        return _("{year} 年没有开放填报。").format(year=str(year)[:8])
    return _("没有 {area} {year} 年的填报表，或者它不在您的权限范围内。").format(area=area, year=year)


class EntriesView(SubmissionView):
    """GET: the sheet's entries as they are stored, with an ETag that every save and every step changes.

    PUT `{"dry_run": false, "entries": [{"indicator", "value", "explanation", "version"}]}`: all or none. `If-Match`
    holds it to the sheet that was read. `value` is a number, null, or text as typed ("95.5%", full-width digits); with
    `numerator` and `denominator` it follows from them and need not be sent. An `explanation` that is not sent stays as
    it is; so does the day of a stage (`reached_on`) while the stage does. What is not known is refused: a misspelt
    dry_run must not write. Answers per entry: findings, the judgement by the kernel, the new version; a refusal names
    every fault."""

    scope = "write:entries"
    schema = ENTRIES_SCHEMA

    def get(self, request, area, year):
        submission = self.submission(request, area, year)
        if request.query_params:
            raise BadParameter(next(iter(request.query_params))[:60], _("这个地址不带参数。"))
        entries = list(submission.entries.select_related("part__organisation").order_by("indicator"))
        tag = sheet_tag(submission, {entry.indicator_id: entry.version for entry in entries})
        is_system = getattr(request._request, "access_token", None) is not None
        # What nobody has approved yet stays on no shared computer.
        headers = {"ETag": tag, "Cache-Control": "private, no-cache" if is_system else "private, no-store"}
        if matches(request.headers.get("If-None-Match"), tag):
            return Response(status=304, headers=headers)
        stored = [entry_data(entry, request.user) for entry in entries]
        return Response({"state": submission.state, "entries": stored}, headers=headers)

    def put(self, request, area, year):
        submission = self.submission(request, area, year)
        body = read_entries(request.data, request.query_params, shapes_of(submission))
        saved = save_entries(
            submission=submission,
            typed=body.typed,
            by=request.user,
            dry_run=body.dry_run,
            seen=tags(request.headers.get("If-Match")),
            faults=body.faults,
        )
        lines = [line_data(line) for line in saved.lines]
        return Response({"changed": saved.changed, "etag": saved.etag, "entries": lines})


class StepView(SubmissionView):
    """POST `{"reason", "until", "entries", "exceptions"}` to hand_over, take_back, submit, withdraw, return, approve or
    reopen. 409 where the state forbids it, 403 where the role does; both say who may act."""

    scope = "write:transitions"
    schema = STEPS_SCHEMA

    def post(self, request, area, year, action):
        submission = self.submission(request, area, year)
        take_step(submission, action, request.user, read_details(request.data))
        submission.refresh_from_db()
        return Response({"area": area, "year": year, "state": submission.state, "state_at": submission.state_at})


def entry_data(entry: Entry, user: User) -> dict:
    """One entry as it is stored. `is_own`: the user's unit fills it in."""
    return {
        "indicator": entry.indicator_id,
        "value": _number(entry.value),
        **said_beside(entry),
        "explanation": entry.explanation,
        "version": entry.version,
        "unit": entry.part.organisation.code,
        "is_own": is_own_part(entry.part, user),
        "is_derived": entry.is_derived,
        "is_demo": entry.is_demo,
    }


def said_beside(entry: Entry) -> dict:
    """What the value was divided from, and of a stage the day on which it was reached; null where it is not known."""
    above, below = _number(entry.numerator), _number(entry.denominator)
    return {"numerator": above, "denominator": below, "reached_on": entry.reached_on}


def line_data(line: Line) -> dict:
    """One entry for JSON: numbers as numbers."""
    entry, judged = line.entry, line.judgement
    return {
        "indicator": entry.indicator_id,
        "value": _number(entry.value),
        **said_beside(entry),
        "explanation": entry.explanation,
        "version": entry.version,
        "findings": {
            severity: [finding_data(found) for found in line.findings if found.severity == severity]
            for severity in ("hard", "soft")
        },
        "obstacles": line.obstacles,
        "is_unexplained": line.is_unexplained,
        "judgement": {
            name: judged[name]
            for name in ("status", "gap", "standard_status", "standard_gap", "change", "pace", "projection", "outlook")
        }
        | {"words": line.words},
    }


def finding_data(found: Finding) -> dict:
    """One finding for JSON: what it says, and by which numbers it was found."""
    return {
        "code": found.code,
        "words": found.words,
        "rule": found.rule or None,
        "is_settled": found.is_settled,
        "compared": [{"what": what, "value": float(value)} for what, value in found.compared],
    }


def _number(value):
    return None if value is None else float(value)
