"""The form of a target's rule in the back office: what it takes becomes the next version."""

from typing import cast

from django import forms

from areas.models import Area
from indicators.back_office.forms import PROVENANCE, VersionForm
from indicators.models import IndicatorDefinition, TargetRule
from plan.models import Plan

TERMS = ("kind", "amount", "amount_high", "other", "comparison", "first_year", "last_year")
COMPARISONS = [("", "按指标的方向"), (">", "高于"), (">=", "不低于"), ("<", "低于"), ("<=", "不高于")]
Kind = TargetRule.Kind


class TargetRuleForm(VersionForm):
    comparison = forms.ChoiceField(label="比较", choices=COMPARISONS, required=False)

    class Meta:
        model = TargetRule
        fields = ["area", "indicator", *TERMS, "cite", *PROVENANCE, "document", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document"].required = True
        if "area" in self.fields:
            area, indicator = (cast(forms.ModelChoiceField, self.fields[name]) for name in ("area", "indicator"))
            area.queryset = Area.objects.judged()
            names = dict(IndicatorDefinition.objects.as_of().values_list("indicator", "name"))
            indicator.label_from_instance = lambda obj: f"{obj.code} {names.get(obj.code, '')}"  # type: ignore[method-assign]  # Django's way

    def clean(self):
        super().clean()
        data, given = self.cleaned_data, self.instance
        self._check_terms(data)
        key = {name: data.get(name) or getattr(given, f"{name}_id") for name in ("area", "indicator")}
        if given.pk is None and all(key.values()) and TargetRule.objects.as_of().filter(**key).exists():
            raise forms.ValidationError("这个地区、指标已有现行的规则，请在列表中打开它修改。")
        if given.pk is not None and not set(self.changed_data) - {"reason", "document"}:
            raise forms.ValidationError("规则没有改动，不会产生新版本。")
        return data

    def _check_terms(self, data: dict) -> None:
        kind = data.get("kind")
        if kind not in (Kind.KEEP, Kind.THAN) and data.get("amount") is None:
            self.add_error("amount", "这种目标要填数值或百分数。")
        if (kind == Kind.THAN) != (data.get("other") is not None):
            self.add_error("other", "与另一指标比的要选指标，其他的不选。")
        first, last, plan = data.get("first_year"), data.get("last_year"), Plan.objects.get()
        for name, year in (("first_year", first), ("last_year", last)):
            if year is not None and not plan.baseline_year < year <= plan.final_year:
                self.add_error(name, f"年份应在{plan.baseline_year + 1}至{plan.final_year}之间。")
        if first and last and last < first:
            self.add_error("last_year", "终止年不能早于起始年。")

    def row(self) -> dict:
        """What `set_target_rules` takes."""
        data, given = self.cleaned_data, self.instance
        other = data["other"].pk if data["other"] else None
        texts = {name: data[name] for name in ("cite", *PROVENANCE)}
        terms = {name: data[name] for name in TERMS if name != "other"}
        return {"area_id": given.area_id, "indicator_id": given.indicator_id, "other_id": other, **terms, **texts}
