"""The plan's promises in the back office."""

from django.contrib import admin

from commitments.actions import push_landing_goals
from commitments.models import Commitment
from funding.models import FundingSource
from journal.admin import ReasonForm
from plan.admin import PROVENANCE, AppendedAdmin

Source = Commitment.Source


class CommitmentForm(ReasonForm):
    """A promise that says all that its reckoning needs, as the check of a plan's file asks for it."""

    def clean(self):
        super().clean()
        data = self.cleaned_data
        kind = data.get("source_kind")
        is_counted = kind != Source.STATEMENTS
        for name in ("value", "comparison", "unit"):
            given = data.get(name)
            if is_counted and given in (None, ""):
                self.add_error(name, "由数字计算的承诺要填这一项。")
        if (data.get("indicator") is not None) != (kind == Source.INDICATOR):
            self.add_error("indicator", "由指标计算的承诺要选指标，其他的不选。")
        if kind in (Source.PROJECTS, Source.FUNDING, Source.MATCHING):
            for name in ("from_year", "to_year"):
                if data.get(name) is None:
                    self.add_error(name, "由项目、资金计算的承诺要填起止年。")
        money = data.get("funding_source", "")
        if (kind == Source.FUNDING) != bool(money):
            self.add_error("funding_source", "由资金计算的承诺要填资金代码，其他的不填。")
        elif money and not FundingSource.objects.filter(code=money).exists():
            self.add_error("funding_source", f"没有代码为 {money} 的资金来源。")
        return data


@admin.register(Commitment)
class CommitmentAdmin(AppendedAdmin):
    form = CommitmentForm
    list_display = ("code", "name", "comparison", "value", "unit", "scope", "source_kind", "cite")
    list_display_links = ("code", "name")
    list_filter = ("source_kind", "scope", "cite")
    fixed_fields = ("code",)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        push_landing_goals()

    fieldsets = (
        (None, {"fields": ("code", "name", "comparison", "value", "unit", "is_every_year")}),
        ("年份和范围", {"fields": ("from_year", "to_year", "years_cite", "scope", "area", "scope_cite")}),
        ("怎样计算", {"fields": ("source_kind", "indicator", "funding_source", "least_total_yi")}),
        PROVENANCE,
    )
