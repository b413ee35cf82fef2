"""The back office of reporting: who enters what, and how much change needs a word."""

from django import forms
from django.contrib import admin

from journal.admin import OfficeAdmin
from reporting.models import CheckLimit, Responsibility


class ResponsibilityForm(forms.ModelForm):
    def clean(self):
        """Nobody answers for the rows of another county."""
        data = super().clean()
        unit, area = data.get("organisation"), data.get("area") or self.instance.area_id
        if unit and area and unit.area_id != getattr(area, "pk", area):
            self.add_error("organisation", f"{unit.name}不是这个地区的单位，请另选。")
        return data


@admin.register(Responsibility)
class ResponsibilityAdmin(OfficeAdmin):
    form = ResponsibilityForm
    list_display = ("area", "indicator", "organisation")
    list_filter = ("area", "organisation__duty")
    search_fields = ("indicator__code", "organisation__name")
    list_select_related = ("area", "indicator", "organisation")
    fixed_fields = ("area", "indicator")
    fieldsets = (
        (
            None,
            {
                "fields": ("area", "indicator", "organisation"),
                "description": "改动从下一次开放的报送年度起生效；已经开放的年度按当时的责任单位办理。",
            },
        ),
    )


@admin.register(CheckLimit)
class CheckLimitAdmin(OfficeAdmin):
    list_display = ("indicator", "max_yearly_change")
    fixed_fields = ("indicator",)
    fieldsets = (
        (
            None,
            {
                "fields": ("indicator", "max_yearly_change"),
                "description": "年度变动超过此数须说明原因，按本指标单位。没有设定的，取目标所要求年均变动的3倍。",
            },
        ),
    )
