"""Approval: a sheet's entries become official values."""

from django.utils.translation import gettext as _

from indicators.actions import FactRow, Grounds, approve_reporting_year, record_facts
from indicators.models import Observation, Versioned
from lib.refusals import NotAllowed, WrongState
from plan.models import Cite
from reporting.sheets import read_sheet


def publish(submission, *, by, reason, at, **_more) -> None:
    """Publishes the entries as official values, in the caller's transaction."""
    lines = read_sheet(submission)
    _require_another(submission, lines, by)
    conflicts = [line.definition.name for line in lines if line.is_blocking]
    if conflicts:
        raise WrongState(f"{'、'.join(conflicts)}的官方数值已由导入更新，请退回县里核对。", conflicts=conflicts)
    words = reason.strip() or f"{submission.round.year}年度报送审核通过"
    for is_demo in (False, True):
        rows = [_fact(submission, line.entry) for line in lines if line.entry.is_demo is is_demo]
        via = Versioned.Via.DEMO if is_demo else Versioned.Via.APPROVAL
        record_facts(Observation, rows, grounds=Grounds(by=by, via=via, reason=words, at=at))
    approve_reporting_year(area=submission.area, year=submission.round.year, approved_at=at, by=by)
    submission.entries.update(returned_note="")
    for line in lines:
        line.entry.versions.filter(version=line.entry.version).update(is_approved=True)


def _require_another(submission, lines, by) -> None:
    """Nobody approves an entry of their own, nor a sheet that they submitted: also who has changed from a county's
    office to the city's meanwhile."""
    sent = submission.transitions.filter(action="submit").last()
    if (sent and sent.by_id == by.pk) or any(line.entry.saved_by_id == by.pk for line in lines):
        raise NotAllowed(_("这张表里有您本人填报或提交的内容，须由市发改委的另一位人员审核。"))


def _fact(submission, entry) -> FactRow:
    cite = Cite.DEMO if entry.is_demo else Cite.OFFICIAL
    return FactRow(
        submission.area_id, entry.indicator_id, submission.round.year, entry.value, cite=cite, note=entry.explanation
    )
