"""The catalogue and its facts in the back office. Saving records the next version; nothing is overwritten."""

from collections import defaultdict

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery
from django.template.response import TemplateResponse
from django.urls import path

from accounts.models import Organisation, User
from areas.models import Area
from indicators.actions import dispatch_recompute, record_facts
from indicators.back_office import rule_admin  # noqa: F401  (its page belongs to the same back office)
from indicators.back_office.forms import DefinitionForm, FactForm
from indicators.back_office.versioned_admin import GROUNDS, InForce, VersionedAdmin
from indicators.definitions.actions import PART_FIELDS, define_indicators
from indicators.effects import overlay_of
from indicators.models import (
    ContextFigure,
    IndicatorDefinition,
    KnownShortfall,
    Observation,
    Standard,
    Target,
)
from journal.actions import add_pending
from journal.admin import ReadOnlyAdmin, ReasonedAdmin
from lib.numbers import plain
from lib.value_words import stage_names, value_words
from plan.admin import PROVENANCE
from plan.models import Plan


@admin.register(IndicatorDefinition)
class IndicatorDefinitionAdmin(VersionedAdmin):
    form = DefinitionForm
    change_list_template = "admin/indicator_definitions.html"
    list_display = (
        "indicator",
        "name",
        "unit",
        "direction",
        "shown_tolerance",
        "owner",
        "cite",
        "version",
        "recorded_at",
    )
    list_display_links = ("indicator", "name")
    list_filter = (InForce, "field", "chapter", "origin", "owner", "cite")
    list_select_related = ("indicator",)
    search_fields = ("indicator__code", "name", "owner")
    search_help_text = "可按代码、名称、责任部门搜索"
    readonly_fields = ("indicator", *VersionedAdmin.history_fields)
    fieldsets = (
        (None, {"fields": ("indicator", "name", "name_en", "unit", "decimals", "definition", "derived_from")}),
        (
            "怎样判断",
            {
                "fields": (
                    "direction",
                    "kind",
                    "stages",
                    "stages_en",
                    "tolerance",
                    "tolerance_cite",
                    "lower_bound",
                    "upper_bound",
                ),
                "description": "改动方向、容差、上下限会改变达标、接近、滞后的判断，历年数据都按新口径重新判断。",
            },
        ),
        (
            "分子、分母和汇总",
            {
                "fields": (*PART_FIELDS, "aggregation", "is_quarterly"),
                "description": "比率由哪两个数相除得出。写明之后可以填分子、分母，数值由它们算出，全市的数由它们汇总。",
            },
        ),
        (
            "适用范围",
            {"fields": ("only_areas", "first_year", "last_year", "break_year", "break_note")},
        ),
        ("归属", {"fields": ("origin", "force", "field", "chapter", "owner")}),
        PROVENANCE,
        GROUNDS,
        ("版本", {"fields": VersionedAdmin.history_fields, "classes": ("collapse",)}),
    )

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            return fieldsets
        (name, options), *rest = fieldsets[:-1]
        return [(name, {"fields": ("code", *options["fields"][1:])}), *rest]

    @admin.display(description="容差", ordering="tolerance")
    def shown_tolerance(self, obj):
        return f"{plain(obj.tolerance)} {obj.unit}"

    def record(self, request, form, grounds):
        define_indicators([form.row()], grounds=grounds)

    def overlay(self, form):
        return overlay_of([form.row()], {})

    def get_urls(self):
        page = self.admin_site.admin_view(self.responsibilities)
        return [path("responsibilities/", page, name="indicator_responsibilities"), *super().get_urls()]

    def responsibilities(self, request):
        """Which unit of each county answers for which indicator, and how many can log in for it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        counties = list(Area.objects.judged())
        logins = Count("users", filter=Q(users__is_active=True))
        units = Organisation.objects.exclude(duty="").annotate(logins=logins)
        by_duty = {(unit.area_id, unit.duty): unit for unit in units}
        rows = defaultdict(list)
        for definition in IndicatorDefinition.objects.as_of().select_related("indicator"):
            rows[definition.owner].append(definition)
        context = {
            **self.admin_site.each_context(request),
            "title": "责任分工",
            "opts": self.opts,
            "counties": counties,
            "rows": [(duty, d, [by_duty.get((c.code, duty)) for c in counties]) for duty, d in sorted(rows.items())],
        }
        return TemplateResponse(request, "admin/responsibilities.html", context)


class FactList(admin.ModelAdmin):
    """Facts with the name and unit of their indicator."""

    list_select_related = ("area", "document")
    list_display = ("area", "shown_indicator", "year", "shown_value", "cite", "year_cite", "document", "version")
    list_display_links = ("area", "shown_indicator", "year", "shown_value")
    list_filter = (
        InForce,
        ("area", admin.RelatedOnlyFieldListFilter),
        "year",
        "indicator",
        "cite",
        "recorded_via",
        "is_demo",
    )
    search_fields = ("indicator__code", "indicator_name", "reason", "document__title")
    search_help_text = "可按指标代码、指标名称、理由、依据文件搜索"

    def get_queryset(self, request):
        definition = IndicatorDefinition.objects.as_of().filter(indicator=OuterRef("indicator"))
        shown = ("name", "unit", "stages")
        names = {f"indicator_{name}": Subquery(definition.values(name)) for name in shown}
        return super().get_queryset(request).annotate(**names)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["subtitle"] = f"{obj.area.name} · {obj.indicator_name} · {obj.year}年"
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="指标", ordering="indicator")
    def shown_indicator(self, obj):
        return f"{obj.indicator_id} {obj.indicator_name}"

    @admin.display(description="数值", ordering="value")
    def shown_value(self, obj):
        words = value_words(
            obj.value, high=getattr(obj, "value_high", None), stages=stage_names(obj.indicator_stages or "")
        )
        return f"{words} {obj.indicator_unit}"


class FactAdmin(FactList, VersionedAdmin):
    form = FactForm
    readonly_fields = ("shown_indicator", *VersionedAdmin.history_fields)
    fixed_fields = ("area", "year")

    def get_fieldsets(self, request, obj=None):
        code = "shown_indicator" if obj else "indicator"
        return (
            (None, {"fields": ("area", code, "year", "value", "value_high", "year_cite")}),
            PROVENANCE,
            GROUNDS,
            ("版本", {"fields": VersionedAdmin.history_fields, "classes": ("collapse",)}),
        )[: 4 if obj else 3]

    def record(self, request, form, grounds):
        record_facts(self.model, [form.row()], grounds=grounds)

    def overlay(self, form):
        return overlay_of([], {self.model: [form.row()]})


@admin.register(Target)
class TargetAdmin(FactAdmin):
    pass


@admin.register(Standard)
class StandardAdmin(FactAdmin):
    pass


@admin.register(Observation)
class ObservationAdmin(FactList, ReadOnlyAdmin):
    """Official values come by approval and by import alone."""


@admin.register(KnownShortfall)
class KnownShortfallAdmin(ReasonedAdmin):
    list_display = ("indicator", "year", "words", "cite")
    fixed_fields = ("indicator",)
    fieldsets = ((None, {"fields": ("indicator", "year")}), PROVENANCE)

    def audit_key(self, obj):
        return obj.indicator_id


@admin.register(ContextFigure)
class ContextFigureAdmin(ReasonedAdmin):
    list_display = ("area", "name", "unit", "year", "value", "cite")
    list_display_links = ("area", "name")
    list_filter = (("area", admin.RelatedOnlyFieldListFilter), "cite")
    list_select_related = ("area",)
    fixed_fields = ("area", "name", "year")
    fieldsets = ((None, {"fields": ("area", "name", "unit", "year", "value")}), PROVENANCE)

    def audit_key(self, obj):
        return f"{obj.area_id}/{obj.name}/{obj.year}"


@admin.register(Plan)
class PlanAdmin(ReasonedAdmin):
    """The plan itself; its title stands with its document. Where its years move, everything is judged anew."""

    list_display = ("document", "area", "owner", "baseline_year", "final_year", "whole", "reporting_day")
    list_select_related = ("document", "area", "owner")
    fixed_fields = ("document", "area")
    fields = (
        "document",
        "area",
        "owner",
        "finance",
        "baseline_year",
        "final_year",
        "whole",
        "whole_en",
        "reporting_day",
    )

    def has_add_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        """Who owns the plan and who records its money decides rights: administrators alone change that."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if request.user.role == User.Role.ADMINISTRATOR else (*fixed, "owner", "finance")

    def audit_key(self, obj):
        return obj.document_id

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if {"baseline_year", "final_year", "reporting_day"} & set(form.changed_data):
            add_pending({(None, "")})
            dispatch_recompute()
