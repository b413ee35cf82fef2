"""The rules of targets in the back office."""

from django.contrib import admin

from indicators.actions import ruled_rows, set_target_rules
from indicators.back_office.rule_form import TERMS, TargetRuleForm
from indicators.back_office.versioned_admin import GROUNDS, InForce, VersionedAdmin
from indicators.effects import overlay_of
from indicators.models import Target, TargetRule
from plan.admin import PROVENANCE


@admin.register(TargetRule)
class TargetRuleAdmin(VersionedAdmin):
    """How the plan puts a target; the numbers of its years follow."""

    form = TargetRuleForm
    list_display = ("area", "indicator", "kind", "amount", "comparison", "first_year", "last_year", "cite", "version")
    list_display_links = ("area", "indicator")
    list_filter = (InForce, ("area", admin.RelatedOnlyFieldListFilter), "kind", "cite")
    list_select_related = ("area", "indicator")
    search_fields = ("indicator__code", "words", "reason")
    search_help_text = "可按指标代码、原文、理由搜索"
    readonly_fields = VersionedAdmin.history_fields
    fixed_fields = ("area", "indicator")
    fieldsets = (
        (None, {"fields": ("area", "indicator", *TERMS)}),
        PROVENANCE,
        GROUNDS,
        ("版本", {"fields": VersionedAdmin.history_fields, "classes": ("collapse",)}),
    )

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj)[: 4 if obj else 3]

    def record(self, request, form, grounds):
        set_target_rules([form.row()], grounds=grounds)

    def overlay(self, form):
        return overlay_of([], {Target: list(ruled_rows([TargetRule(**form.row())]))})
