"""What administrators keep of the directories: which post is which role and unit here, and whose account is whose."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from accounts.models import ROLE_OF_KIND, User
from identity.models import ExternalIdentity, PostRule
from journal.admin import OfficeAdmin


class PostRuleForm(forms.ModelForm):
    role = forms.ChoiceField(label="角色", choices=[(role, User.Role(role).label) for role in PostRule.ROLES])

    class Meta:
        model = PostRule
        fields = ["position", "directory_unit", "directory_post", "organisation", "role", "is_active"]
        help_texts = {
            "directory_unit": "与目录或统一身份认证所给的单位一字不差。",
            "organisation": "领导可以不填，其他角色必填，且类型要与角色一致。",
            "position": "从小到大比对，第一条对上的算数。",
        }

    def clean(self):
        super().clean()
        data = self.cleaned_data
        role, unit = data.get("role"), data.get("organisation")
        if role and role != User.Role.LEADER and (unit is None or ROLE_OF_KIND[unit.kind] != role):
            self.add_error("organisation", f"“{User.Role(role).label}”要填同一类型的单位。")
        return data


@admin.register(PostRule)
class PostRuleAdmin(OfficeAdmin):
    """A rule that is not needed any more is switched off."""

    roles = (User.Role.ADMINISTRATOR, User.Role.SECURITY)
    form = PostRuleForm
    list_display = ("position", "directory_unit", "directory_post", "organisation", "role", "is_active")
    list_display_links = ("directory_unit",)
    list_filter = ("role", "is_active")
    list_select_related = ("organisation",)
    search_fields = ("directory_unit", "directory_post", "organisation__name")
    search_help_text = "可按目录中的单位、职务和本站单位搜索"
    fields = ("position", "directory_unit", "directory_post", "organisation", "role", "is_active")

    def audit_key(self, obj):
        return f"{obj.directory_unit}/{obj.directory_post}"


@admin.register(ExternalIdentity)
class ExternalIdentityAdmin(OfficeAdmin):
    """An account that was here before the directory is linked by hand; then who logs in there is that account."""

    roles = (User.Role.ADMINISTRATOR, User.Role.SECURITY)
    fixed_fields = ("user", "provider", "subject")
    list_display = ("user", "provider", "subject", "linked_at", "last_login_at")
    list_filter = ("provider",)
    list_select_related = ("user__organisation",)
    search_fields = ("subject", "user__username", "user__first_name")
    search_help_text = "可按目录标识、用户名、姓名搜索"
    fields = ("user", "provider", "subject")
    autocomplete_fields = ("user",)

    def save_model(self, request, obj, form, change):
        obj.linked_at = obj.linked_at or timezone.now()
        super().save_model(request, obj, form, change)

    def audit_key(self, obj):
        return f"{obj.provider}/{obj.subject}"
