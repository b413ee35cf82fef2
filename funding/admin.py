"""The sources of money in the back office; the matching rule has a page of its own."""

from django.contrib import admin

from accounts.models import User
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

    def get_readonly_fields(self, request, obj=None):
        """Who keeps a source decides who records its flows: administrators alone change that."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if obj is None or request.user.role == User.Role.ADMINISTRATOR else (*fixed, "keeper")
