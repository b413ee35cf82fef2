from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lib.tabular.typed_fields import DayField
from plan.models import Plan
from reporting.models import NumberRule
from reporting.rules.actions import NumberRuleTerms


class RoundForm(forms.Form):
    """A year of the plan, and the day by which it is due."""

    year = forms.IntegerField(error_messages={"required": _("请填年份。"), "invalid": _("年份应为四位数字。")})
    due_on = DayField(error_messages={"required": _("请选截止日期。"), "invalid": _("截止日期应为年-月-日。")})

    def clean_year(self):
        year, plan = self.cleaned_data["year"], Plan.objects.first()
        if plan is None or not plan.baseline_year <= year <= plan.final_year:
            raise forms.ValidationError(_("年份不在方案的期限内。"))
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("这一年还没有开始，不能开放填报。"))
        return year


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
