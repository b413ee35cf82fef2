"""The page on which a county's units say how a year in progress stands."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from areas.models import Area
from lib.refusals import Refused
from plan.models import Plan
from reporting.quarters.entry import quarter_lines, read_quarters, save_quarters


def quarters(request, area, year):
    """Rows that can be known by quarter; own ones to type in. For the own county and the city."""
    user, today = request.user, timezone.localdate()
    if not user.sees_all_counties and user.own_area_code != area:
        raise Http404
    place = get_object_or_404(Area.objects.judged(), code=area)
    plan = Plan.objects.first()
    if plan is None or not plan.baseline_year < year <= min(plan.final_year, today.year):
        raise Http404(_("没有{year}年的季度数。").format(year=year))
    lines = quarter_lines(area, year, user, today)
    fault = ""
    if request.method == "POST":
        typed = read_quarters(lines, request.POST)
        if not any(box.fault for line in lines for box in line.boxes):
            try:
                changed = save_quarters(area=place, year=year, typed=typed, by=user)
            except Refused as refusal:
                fault = refusal.words
            else:
                messages.success(request, _("已保存 {n} 个季度数。").format(n=len(changed)))
                return redirect("quarters", area=area, year=year)
    context = {
        "area": place,
        "year": year,
        "lines": lines,
        "fault": fault,
        "may_edit": any(line.may_edit for line in lines),
        "years": range(plan.baseline_year + 1, min(plan.final_year, today.year) + 1),
        "has_demo": any(box.figure and box.figure.is_demo for line in lines for box in line.boxes),
    }
    is_wrong = fault or any(box.fault for line in lines for box in line.boxes)
    return render(request, "reporting/quarters.html", context, status=400 if is_wrong else 200)
