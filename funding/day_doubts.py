"""What looks wrong with the day of a flow. Pure; nothing is refused for it, but whoever records it is asked."""

from datetime import date

from django.utils.translation import gettext as _

from funding.actions import FlowRow


def day_doubts(row: FlowRow, today: date) -> list[str]:
    """A day that is still to come, or that lies outside the year that the money belongs to; in words."""
    found = []
    if row.happened_on > today:
        words = _("办理日期 {day} 还没有到：登记后先列为“未到日”，到那天才计入合计")
        found.append(words.format(day=row.happened_on))
    if row.happened_on.year != row.year:
        words = _("办理日期 {day} 不在资金年度 {year} 年内")
        found.append(words.format(day=row.happened_on, year=row.year))
    return found
