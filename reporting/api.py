"""Writing, for county systems and for the pages alike: entries and steps of a submission."""

from collections.abc import Mapping
from decimal import Decimal

from django.http import Http404
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators.models import IndicatorDefinition
from lib.refusals import Invalid
from lib.tabular.cells import SpreadsheetError, parse_number
from reporting.actions import take_step
from reporting.api_schema import ENTRIES_SCHEMA, STEPS_SCHEMA
from reporting.findings import Finding
from reporting.models import Submission
from reporting.saving import Typed, save_entries
from reporting.sheets import Line
from reporting.steps import StepDetails, parse_until

BODY_MEMBERS = ("dry_run", "entries")
ENTRY_MEMBERS = ("indicator", "value", "explanation", "version")
STEP_MEMBERS = ("reason", "until", "entries", "exceptions")


class SubmissionView(APIView):
    """Finds the submission within the user's scope, else 404."""

    def submission(self, request, area: str, year: int) -> Submission:
        rows = Submission.objects.visible_to(request.user).select_related("round", "area")
        found = rows.filter(area=area, round__year=year).first()
        if found is None:
            raise Http404(f"没有 {area} {year} 年的填报表，或者它不在您的权限范围内。")
        return found


class EntriesView(SubmissionView):
    """PUT `{"dry_run": false, "entries": [{"indicator", "value", "explanation", "version"}]}`: all or none.

    `value` is a number, null, or text as typed ("95.5%", full-width digits); an `explanation` that is not sent stays as
    it is. What is not known is refused: a misspelt dry_run must not write. Answers per entry: findings, the judgement
    by the kernel, the new version."""

    scope = "write:entries"
    schema = ENTRIES_SCHEMA

    def put(self, request, area, year):
        submission = self.submission(request, area, year)
        rows, dry_run = _asked(request)
        units = units_of(submission)
        typed = [_typed(row, units.get(row["indicator"], "")) for row in rows]
        saved = save_entries(submission=submission, typed=typed, by=request.user, dry_run=dry_run)
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
        _require_known(request.data, STEP_MEMBERS)
        take_step(submission, action, request.user, details_from_json(request.data))
        submission.refresh_from_db()
        return Response({"area": area, "year": year, "state": submission.state, "state_at": submission.state_at})


def details_from_json(body: Mapping) -> StepDetails:
    """What was sent with a step; Invalid for what is not as the schema says."""
    codes, reasons = body.get("entries") or [], body.get("exceptions") or {}
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise Invalid("entries 应为指标代码的列表。")
    if not isinstance(reasons, dict) or not all(isinstance(words, str) for words in reasons.values()):
        raise Invalid("exceptions 应为 {单位代码: 理由}。")
    until = parse_until(str(body.get("until") or ""))
    return StepDetails(str(body.get("reason") or ""), until, codes, reasons)


def line_data(line: Line) -> dict:
    """One entry for JSON: numbers as numbers."""
    entry, judged = line.entry, line.judgement
    return {
        "indicator": entry.indicator_id,
        "value": _number(entry.value),
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


def _asked(request) -> tuple[list[dict], bool]:
    """(the entries that were sent, whether they are only to be checked), each entry an object that names an indicator
    once and its value."""
    body = request.data
    if request.GET:
        raise Invalid("这里的内容都写在正文里，地址后面不带参数。", parameter=next(iter(request.GET)))
    if not isinstance(body, dict) or not isinstance(body.get("entries"), list) or not body["entries"]:
        raise Invalid('请按 {"entries": [{"indicator": …, "value": …}]} 发送。')
    _require_known(body, BODY_MEMBERS)
    dry_run = body.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise Invalid("dry_run 只能是 true 或 false。", parameter="dry_run")
    named = set()
    for row in body["entries"]:
        if not isinstance(row, dict) or not isinstance(row.get("indicator"), str):
            raise Invalid("每一项都要有 indicator（指标代码）。")
        code = row["indicator"]
        _require_known(row, ENTRY_MEMBERS, f"{code}：", indicator=code)
        if "value" not in row:
            raise Invalid(f"{code}：缺 value。要清空写 null，不改就不要发这一项。", indicator=code)
        if code in named:
            raise Invalid(f"{code}：一次只能发一项。", indicator=code)
        named.add(code)
    return body["entries"], dry_run


def _require_known(sent, known: tuple[str, ...], before: str = "", **more) -> None:
    unknown = [name for name in sent if name not in known]
    if unknown:
        raise Invalid(f"{before}没有名为“{unknown[0][:60]}”的一项；可用：{'、'.join(known)}。", **more)


def units_of(submission: Submission) -> dict[str, str]:
    """{indicator: unit} of a sheet's rows, as they are defined now."""
    codes = submission.entries.values("indicator")
    rows = IndicatorDefinition.objects.as_of().filter(indicator__in=codes)
    return dict(rows.values_list("indicator", "unit"))


def _typed(row: dict, unit: str) -> Typed:
    version = row.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise Invalid(f"{row['indicator']}：version 应为整数。", indicator=row["indicator"])
    words = str(row["explanation"] or "").strip() if "explanation" in row else None
    return Typed(row["indicator"], _value(row, unit), words, version)


def _value(row, unit: str) -> Decimal | None:
    value = row.get("value")
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Invalid(f"{row['indicator']}：value 应为数字或 null。", indicator=row["indicator"])
    try:
        return parse_number(str(value), unit=unit)
    except SpreadsheetError as error:
        raise Invalid(f"{row['indicator']}：{error}", indicator=row["indicator"]) from error


def _number(value):
    return None if value is None else float(value)
