"""The page on which the city decides how large a yearly change needs no explanation."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lib.refusals import Refused
from reporting.checks.limit_proposals import SHARE, limit_proposals, set_check_limits
from reporting.rules.actions import EDITORS


def check_limits(request):
    """Each row's limit with the one that history proposes and what either would ask about; for the city, a choice."""
    if not request.user.sees_all_counties:
        raise Http404
    may_edit = request.user.role in EDITORS
    rows, fault, chosen = limit_proposals(), "", request.POST.getlist("indicator")
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        adopted = {row.definition.indicator_id: row.proposed for row in rows if row.proposed is not None}
        limits = {code: adopted[code] for code in chosen if code in adopted}
        try:
            changed = set_check_limits(limits, by=request.user, reason=request.POST.get("reason", ""))
        except Refused as refusal:
            fault = refusal.words
        else:
            messages.success(request, _("已采用 {n} 项限值。").format(n=len(changed)))
            return redirect("check_limits")
    context = {"rows": rows, "may_edit": may_edit, "fault": fault, "chosen": chosen, "share": round(100 * SHARE)}
    context["reason"] = request.POST.get("reason", "")
    return render(request, "reporting/limits.html", context, status=400 if fault else 200)
