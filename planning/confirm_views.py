"""The page on which what is still our reading of the plan is confirmed."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from figures.asked import Asked
from figures.picture import Picture
from journal.once import carried_out_once
from lib.refusals import Refused
from plan.models import PolicyDocument
from planning.confirming import confirm_points, may_confirm, open_facts, open_points


class ConfirmForm(forms.Form):
    document = forms.CharField(
        label=gettext_lazy("依据文件"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 50, "list": "documents"}),
        help_text=gettext_lazy("文号或标题"),
    )
    reason = forms.CharField(label=gettext_lazy("理由"), widget=forms.TextInput(attrs={"size": 60}), max_length=500)


@carried_out_once
def confirm_plan(request):
    """What is open, by kind; by POST what was chosen of it is confirmed."""
    if not may_confirm(request.user):
        raise Http404
    form, chosen = ConfirmForm(request.POST or None), request.POST.getlist("point")
    if request.method == "POST" and form.is_valid():
        try:
            number = confirm_points(chosen, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("已确认{n}项。").format(n=number))
            return redirect("confirm_plan")
    kinds, facts = open_points(), open_facts()
    context = {
        "picture": Picture(Asked(), request.user),
        "kinds": kinds,
        "number": sum(len(kind.points) for kind in kinds),
        "facts": facts,
        "has_facts": any(facts.values()),
        "form": form,
        "chosen": chosen,
        "documents": PolicyDocument.objects.values_list("title", flat=True),
    }
    return render(request, "planning/confirm.html", context, status=400 if form.errors else 200)
