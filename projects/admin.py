"""The back office of projects: to look at. Projects are written on their own pages, where rules and history hold."""

from django.contrib import admin

from journal.admin import ReadOnlyAdmin
from projects.models import Project, ProjectAmount


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "main_area", "field", "state", "total_yi", "landed_on", "origin")
    list_display_links = ("code", "name")
    list_filter = ("main_area", "field", "state", "origin", "is_industrial", "landing_basis")
    list_select_related = ("main_area", "field")
    search_fields = ("code", "name")
    search_help_text = "可按项目编号、名称搜索"


@admin.register(ProjectAmount)
class ProjectAmountAdmin(ReadOnlyAdmin):
    list_display = ("project", "stage", "amount_yi", "dated", "source", "at", "by_name")
    list_filter = ("stage", "is_demo")
    list_select_related = ("project",)
    search_fields = ("project__code", "project__name", "source")
    search_help_text = "可按项目编号、名称、出处搜索"
