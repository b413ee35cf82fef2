"""Whether what a notice asks for is still to be done."""

from reporting.models import Notice, Submission
from reporting.reminders.due_reminders import late_units

Kind, State = Notice.Kind, Submission.State
ASKING = {Kind.DUE_SOON, Kind.OVERDUE, Kind.REMINDER}


def gone_why(notice: Notice) -> str:
    """Why the notice is void by now; empty while it holds."""
    sheet = notice.submission
    if sheet is None:
        return ""
    if notice.kind in ASKING and notice.organisation not in late_units(sheet):
        return "本单位已经交出，或年度已关闭"
    if notice.kind == Kind.SUBMITTED and sheet.state != State.SUBMITTED:
        return "报送表已不在待审核"
    if notice.kind == Kind.RETURNED and sheet.state != State.RETURNED:
        return "已经重新提交"
    if notice.kind == Kind.OPENED and sheet.round.closed_at is not None:
        return "年度已关闭"
    if notice.kind == Kind.CLOSED and sheet.round.closed_at is None:
        return "年度已重新打开"
    return ""
