"""What an address says of the plan's years."""

from django.utils.translation import gettext as _

from plan.models import Plan


def year_outside(year: int) -> str:
    """Words where the year is none of the plan's; nothing where it is one."""
    plan = Plan.objects.first()
    if plan is None or plan.baseline_year <= year <= plan.final_year:
        return ""
    words = _("{year} 不是方案的年份；方案是 {first} 至 {last} 年。")
    return words.format(year=str(year)[:8], first=plan.baseline_year, last=plan.final_year)
