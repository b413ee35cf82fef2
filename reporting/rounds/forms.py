from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lib.tabular.typed_fields import DayField
from plan.models import Plan


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
