"""Writing, for county systems and for the pages alike: entries and steps of a submission."""

from datetime import datetime
from decimal import Decimal

from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from rest_framework.response import Response
from rest_framework.views import APIView

from lib.cells import SpreadsheetError, parse_number
from lib.problems import problem
from lib.refusals import Invalid, NotAllowed, Refused
from reporting.actions import STEPS, Typed, change_state, hand_over, save_entries, take_back
from reporting.api_schema import ENTRIES_SCHEMA, STEPS_SCHEMA
from reporting.models import Submission
from reporting.sheets import Line, judgement_words


class SubmissionView(APIView):
    """Finds the submission within the user's scope (else 404) and turns a refusal into a problem."""

    def submission(self, request, area: str, year: int) -> Submission:
        rows = Submission.objects.visible_to(request.user).select_related("round", "area")
        return get_object_or_404(rows, area=area, round__year=year)

    def handle_exception(self, error):
        if isinstance(error, Refused):
            return problem(error.status, error.words, **_plain(error.details))
        return super().handle_exception(error)


class EntriesView(SubmissionView):
    """PUT `{"dry_run": false, "entries": [{"indicator", "value", "explanation", "version"}]}`: all or none.

    `value` is a number, null, or text as typed ("95.5%", full-width digits). Answers per entry: findings, the
    judgement by the kernel, the new version."""

    scope = "write:entries"
    schema = ENTRIES_SCHEMA

    def put(self, request, area, year):
        submission = self.submission(request, area, year)
        body = request.data
        if not isinstance(body, dict) or not isinstance(body.get("entries"), list) or not body["entries"]:
            raise Invalid('请按 {"entries": [{"indicator": …, "value": …}]} 发送。')
        typed = [_typed(row) for row in body["entries"]]
        saved = save_entries(submission=submission, typed=typed, by=request.user, dry_run=body.get("dry_run") is True)
        return Response({"changed": saved.changed, "entries": [line_data(line) for line in saved.lines]})


class StepView(SubmissionView):
    """POST `{"reason", "until", "entries", "exceptions"}` to hand_over, take_back, submit, withdraw, return, approve or
    reopen. 409 where the state forbids it, 403 where the role does; both say who may act."""

    scope = "write:transitions"
    schema = STEPS_SCHEMA

    def post(self, request, area, year, action):
        submission = self.submission(request, area, year)
        if not hasattr(request.data, "get"):
            raise Invalid('请按 {"reason": …} 发送。')
        take_step(submission, action, request.user, request.data)
        submission.refresh_from_db()
        return Response({"area": area, "year": year, "state": submission.state, "state_at": submission.state_at})


def take_step(submission: Submission, action: str, by, data) -> None:
    """One call for the page's buttons and the API's paths."""
    if action in {"hand_over", "take_back"}:
        part = submission.parts.filter(organisation=by.organisation_id).first()
        if part is None:
            raise NotAllowed("您的单位在本表没有要填的指标。")
        (hand_over if action == "hand_over" else take_back)(part=part, by=by)
        return
    if action not in STEPS:
        raise Invalid(f"没有“{action}”这一步。可以是 hand_over、take_back、{'、'.join(STEPS)}。")
    change_state(submission=submission, action=action, by=by, **step_details(data))


def step_details(data) -> dict:
    """What was sent with a step, as `change_state` takes it."""
    return {
        "reason": str(data.get("reason") or ""),
        "until": _until(data.get("until")),
        "entries": _codes(data),
        "exceptions": _exceptions(data),
    }


def line_data(line: Line) -> dict:
    """One entry for JSON: numbers as numbers."""
    entry, judged = line.entry, line.judgement
    return {
        "indicator": entry.indicator_id,
        "value": _number(entry.value),
        "explanation": entry.explanation,
        "version": entry.version,
        "findings": {
            severity: [{"code": f.code, "words": f.words} for f in line.findings if f.severity == severity]
            for severity in ("hard", "soft")
        },
        "obstacles": line.obstacles,
        "judgement": {
            name: judged[name]
            for name in ("status", "gap", "standard_status", "standard_gap", "change", "pace", "projection", "outlook")
        }
        | {"words": judgement_words(line)},
    }


def _typed(row) -> Typed:
    if not isinstance(row, dict) or not isinstance(row.get("indicator"), str):
        raise Invalid("每一项都要有 indicator（指标代码）。")
    version = row.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise Invalid(f"{row['indicator']}：version 应为整数。", indicator=row["indicator"])
    return Typed(row["indicator"], _value(row), str(row.get("explanation") or "").strip(), version)


def _value(row) -> Decimal | None:
    value = row.get("value")
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Invalid(f"{row['indicator']}：value 应为数字或 null。", indicator=row["indicator"])
    try:
        return parse_number(str(value), is_percent=True)
    except SpreadsheetError as error:
        raise Invalid(f"{row['indicator']}：{error}", indicator=row["indicator"]) from error


def _until(text) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(str(text))
    except ValueError:
        found = None
    if found is None:
        raise Invalid("until 应为日期和时间，例如 2026-04-15T18:00。")
    return make_aware(found) if is_naive(found) else found


def _codes(data) -> list[str]:
    found = data.getlist("entries") if hasattr(data, "getlist") else data.get("entries") or []
    if not isinstance(found, list) or not all(isinstance(code, str) for code in found):
        raise Invalid("entries 应为指标代码的列表。")
    return list(found)


def _exceptions(data) -> dict[str, str]:
    """Reasons by unit code: an object in JSON, fields `exception:<code>` in a form."""
    if hasattr(data, "getlist"):
        return {name.partition(":")[2]: data[name] for name in data if name.startswith("exception:")}
    found = data.get("exceptions") or {}
    if not isinstance(found, dict) or not all(isinstance(words, str) for words in found.values()):
        raise Invalid("exceptions 应为 {单位代码: 理由}。")
    return found


def _number(value):
    return None if value is None else float(value)


def _plain(details: dict) -> dict:
    """Decimals as numbers, for JSON."""

    def convert(value):
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, dict):
            return {key: convert(inner) for key, inner in value.items()}
        return [convert(inner) for inner in value] if isinstance(value, list) else value

    return convert(details)
