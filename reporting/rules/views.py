"""The page of the rules between numbers: what must agree, what does not, and for the city a form with a preview."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from journal.once import carried_out_once
from lib.refusals import Refused
from reporting.models import NumberRule
from reporting.rules.actions import EDITORS, define_number_rule, standing, withdraw_number_rule
from reporting.rules.contradictions import Contradiction, official_contradictions, register_names, rules_in_force
from reporting.rules.doubt_lines import doubt_lines
from reporting.rules.forms import NumberRuleForm

LISTED = 200


@carried_out_once
def number_rules(request):
    """Rules in force with what they find in official values; every version; for the city, a new one or the next."""
    may_edit = request.user.role in EDITORS
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    rules = rules_in_force()
    present = next((each.row for each in rules if each.row.code == request.GET.get("code")), None)
    initial = NumberRuleForm.of(present) if present else {}
    form, effect = NumberRuleForm(request.POST or None, initial=initial), None
    if request.method == "POST" and form.is_valid():
        try:
            effect = _carry_out(request, form)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            if effect is None:
                return redirect("number_rules")
    found = official_contradictions(rules=rules)
    context = {
        "rules": [(each.row, sum(one.row.code == each.row.code for one in found)) for each in rules],
        "found": doubt_lines(found[:LISTED]),
        "count": len(found),
        "effect": None if effect is None else doubt_lines(effect[:LISTED]),
        "effect_count": 0 if effect is None else len(effect),
        "versions": NumberRule.objects.visible_to(request.user),
        "registers": register_names().items(),
        "form": form,
        "may_edit": may_edit,
    }
    return render(request, "reporting/rules.html", context, status=400 if form.errors else 200)


def _carry_out(request, form: NumberRuleForm) -> list[Contradiction] | None:
    """What the rule would find in official values, where only that is asked; else None, the rule put in force or
    ended."""
    if "withdraw" in request.POST:
        withdraw_number_rule(form.terms().code, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("规则已停用；各版本保留在下面。"))
        return None
    if "preview" in request.POST:
        return official_contradictions(rules=[standing(form.terms())])
    define_number_rule(form.terms(), reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("规则已生效；各版本保留在下面。"))
    return None
