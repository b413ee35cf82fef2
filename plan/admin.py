"""The plan's text in the back office."""

from typing import Any

from django.contrib import admin

from journal.admin import ReasonedAdmin
from plan.models import Chapter, Field, GovernanceBody, Milestone, PolicyDocument

PROVENANCE: tuple[str, Any] = (
    "依据",
    {
        "fields": ("cite", "words", "source", "note"),
        "description": "只有“方案起草说明原文”和“主管部门正式表”算确定，其余在页面上标“暂定”。",
    },
)


class AppendedAdmin(ReasonedAdmin):
    """A new row goes to the end of its list."""

    def save_model(self, request, obj, form, change):
        if not change:
            obj.position = type(obj).objects.count()
        super().save_model(request, obj, form, change)


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(AppendedAdmin):
    list_display = ("code", "title", "level", "issuer", "issued", "date_cite", "cite")
    list_filter = ("level", "cite")
    search_fields = ("code", "title", "issuer")
    search_help_text = "可按代码、标题、发文机关搜索"
    fixed_fields = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "title", "issuer", "level", "issued", "date_cite")}),
        PROVENANCE,
    )


@admin.register(Chapter)
class ChapterAdmin(ReasonedAdmin):
    list_display = ("number", "title", "subjects")
    list_display_links = ("number", "title")
    search_fields = ("title", "subjects")
    fixed_fields = ("number",)
    fieldsets = ((None, {"fields": ("number", "title", "subjects")}), PROVENANCE)


@admin.register(Field)
class FieldAdmin(AppendedAdmin):
    list_display = ("code", "name", "name_en", "cite")
    list_display_links = ("code", "name")
    list_filter = ("cite",)
    fixed_fields = ("code",)
    fieldsets = ((None, {"fields": ("code", "name", "name_en")}), PROVENANCE)


@admin.register(Milestone)
class MilestoneAdmin(ReasonedAdmin):
    list_display = ("year", "words", "cite")
    fieldsets = ((None, {"fields": ("year",)}), PROVENANCE)


@admin.register(GovernanceBody)
class GovernanceBodyAdmin(AppendedAdmin):
    list_display = ("name", "members", "duty")
    fieldsets = ((None, {"fields": ("name", "members", "duty")}), PROVENANCE)
