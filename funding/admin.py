"""The sources of money in the back office; the matching rule has a page of its own."""

from django.contrib import admin

from funding.models import FundingSource
from plan.admin import PROVENANCE, AppendedAdmin


@admin.register(FundingSource)
class FundingSourceAdmin(AppendedAdmin):
    list_display = ("code", "name", "payer", "keeper", "promised_yearly_yi", "commitment", "cite")
    list_display_links = ("code", "name")
    list_filter = ("keeper", "cite")
    fixed_fields = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "name", "name_en", "payer", "keeper", "promised_yearly_yi", "commitment")}),
        PROVENANCE,
    )
