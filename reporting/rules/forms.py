"""The form of a rule between numbers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reporting.models import NumberRule
from reporting.rules.actions import NumberRuleTerms


class NumberRuleForm(forms.Form):
    """A rule between numbers, or the next version of one."""

    code = forms.CharField(label=_("规则代码"), max_length=8, help_text=_("例：R04；写已有的代码就是修改它"))
    text = forms.CharField(label=_("规则"), max_length=200, help_text=_("例：A2 <= A1"))
    severity = forms.ChoiceField(label=_("类别"), choices=NumberRule.Severity.choices)
    words = forms.CharField(
        label=_("说明"), max_length=200, required=False, help_text=_("为什么应当成立，填报的人会看到")
    )
    reason = forms.CharField(label=_("理由"), max_length=500)

    @staticmethod
    def of(rule: NumberRule) -> dict:
        return {name: getattr(rule, name) for name in ("code", "text", "severity", "words")}

    def terms(self) -> NumberRuleTerms:
        given = self.cleaned_data
        return NumberRuleTerms(given["code"].strip(), given["text"].strip(), given["severity"], given["words"].strip())
