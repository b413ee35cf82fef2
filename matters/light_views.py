"""The page of the lights: what is red, what is yellow, and for the plan's owner what another rule would turn."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from figures.asked import Asked
from figures.picture import Picture
from journal.once import carried_out_once
from lib.refusals import Refused
from lib.web import filters
from matters.forms import LightForm
from matters.light_actions import check_limits, define_light_rule, may_set_lights
from matters.models import LightRule
from matters.schedule_lights import (
    KINDS,
    MOODS,
    NAMES,
    WORST_FIRST,
    Limits,
    Lit,
    counted,
    everything,
    limits_in_force,
    turned,
)

FILTERS = ("kind", "light", "page")


@carried_out_once
def lights(request):
    """Projects, promises and matters with their light; by POST a preview of another rule, or the rule itself."""
    may_set = may_set_lights(request.user)
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    (limits, version), rows = limits_in_force(), everything(request.user, timezone.localdate())
    form = LightForm(request.POST or None, initial={"yellow": limits.yellow, "red": limits.red})
    others = None
    if request.method == "POST" and form.is_valid():
        try:
            others = _carried_out(request, form)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            if others is None:
                return redirect("lights")
    context = {
        "picture": Picture(Asked(), request.user),
        "limits": limits,
        "version": version,
        "versions": LightRule.objects.visible_to(request.user),
        "counted": counted(rows, limits, others),
        "turned": _turned(rows, limits, others),
        "others": others,
        "page": filters.page_of(_asked(request, rows, limits), request.GET),  # type: ignore[arg-type]  # a list
        "names": {code: name for code, name in NAMES.items() if code},
        "kinds": KINDS,
        "form": form if may_set else None,
    }
    return render(request, "matters/lights.html", context, status=400 if form.errors else 200)


def _turned(rows: list[Lit], limits: Limits, others: Limits | None) -> list[tuple]:
    """(thing, its light's name and class now, and by the others) of what would turn."""
    found = turned(rows, limits, others) if others else []
    return [(row, NAMES[now], MOODS[now], NAMES[then], MOODS[then]) for row, now, then in found]


def _carried_out(request, form: LightForm) -> Limits | None:
    """The limits to be previewed; None where they are in force now."""
    limits = Limits(form.cleaned_data["yellow"], form.cleaned_data["red"])
    check_limits(limits)
    if "preview" in request.POST:
        return limits
    define_light_rule(limits=limits, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("亮灯规则已生效。"))
    return None


def _asked(request, rows: list[Lit], limits: Limits) -> list[tuple[Lit, str, str]]:
    """(thing, its light's name, its class) of what the address asks for, else of all that is yellow or red."""
    filters.refuse_unknown(request.GET, FILTERS)
    light, kind = filters.one(request.GET, "light", NAMES), filters.one(request.GET, "kind", KINDS)
    wanted = {light} if light else {"red", "yellow"}
    by_light: dict[str, list[Lit]] = {each: [] for each in WORST_FIRST}
    for row in rows:
        if kind in ("", row.kind):
            by_light[row.light(limits)].append(row)
    asked = []
    for each, own in by_light.items():
        if each in wanted:
            asked += [(row, str(NAMES[each]), MOODS[each]) for row in own]
    return asked
