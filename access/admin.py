"""The back office's own words, and its pages of areas, organisations, users and the audit log: these stand here
because their rooms come before the journal's and so could not log."""

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from access.actions import settle_tokens, tokens_made_by
from access.forms import NewUserForm, OrganisationForm, UserForm
from access.locks import unlock_logins, with_failed_logins
from accounts.models import ROLE_OF_KIND, Organisation, User
from accounts.rights import opened_words, rights_in, rights_of
from areas.models import Area
from figures.words.journal_words import ACTION_NAMES, CHANNEL_NAMES, Wording
from identity.actions import record_password
from indicators.actions import dispatch_recompute
from indicators.models import IndicatorDefinition
from journal.actions import add_pending, log_audit
from journal.admin import OfficeAdmin, ReadOnlyAdmin
from journal.models import AuditEntry
from messaging.subscribing import programs_made_by, settle_programs
from plan.admin import AppendedAdmin

admin.site.site_header = "县城城镇化建设监测 · 后台管理"
admin.site.site_title = "后台管理"
admin.site.index_title = "参考数据"
admin.site.unregister(Group)


@admin.register(Area)
class AreaAdmin(AppendedAdmin):
    """The city and its counties; the code and the place in the city stay as they were first typed."""

    list_display = ("code", "name", "kind", "parent", "is_provincial_pilot", "population_2020")
    list_display_links = ("code", "name")
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    search_help_text = "可按区划代码、名称搜索"
    fixed_fields = ("code", "kind", "parent")
    roles = (*AppendedAdmin.roles, User.Role.SYSTEM)
    fields = (
        *("code", "name", "name_en", "kind", "parent", "is_provincial_pilot", "has_own_rows"),
        *("population_2020", "note", "position"),
    )

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        return fields if obj else tuple(field for field in fields if field != "position")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change or "has_own_rows" in form.changed_data:
            add_pending({(obj.pk, "")})
            dispatch_recompute()


@admin.register(Organisation)
class OrganisationAdmin(OfficeAdmin):
    form = OrganisationForm
    list_display = ("code", "name", "kind", "area", "duty")
    list_display_links = ("code", "name")
    list_filter = ("kind", "area", "is_demo")
    list_select_related = ("area",)
    search_fields = ("code", "name", "duty")
    search_help_text = "可按代码、名称、职能部门搜索"
    fixed_fields = ("code",)
    roles = (*OfficeAdmin.roles, User.Role.SYSTEM)
    keepers = (User.Role.ADMINISTRATOR, User.Role.SYSTEM)
    fields = ("code", "name", "name_en", "kind", "area", "duty")
    levers = ("kind", "area", "duty")  # what its people and tokens may is computed from these

    def has_add_permission(self, request):
        return super().has_add_permission(request) and request.user.role in self.keepers

    def get_readonly_fields(self, request, obj=None):
        levers = () if request.user.role in self.keepers else self.levers
        return (*super().get_readonly_fields(request, obj), *levers)

    def audit_key(self, obj):
        return obj.code

    def audit_reason(self, obj, before, after):
        """What the change opens to the unit's people and tokens."""
        return opened_words(rights_in(_as_it_was(obj, before)) if before else [], rights_in(obj))


@admin.register(User)
class AccountAdmin(OfficeAdmin, UserAdmin):
    """Accounts, for administrators alone. One that is no longer needed is switched off, never deleted."""

    roles = (User.Role.ADMINISTRATOR, User.Role.SYSTEM, User.Role.SECURITY)
    granted = ("role", "organisation", "is_active", "is_staff")  # by the security administrator, where there are three
    form, add_form = UserForm, NewUserForm
    add_form_template = None
    list_display = ("username", "first_name", "role", "organisation", "is_active", "is_staff", "last_login", "failures")
    actions = ("unlock",)
    list_display_links = ("username", "first_name")
    list_filter = ("role", "is_active", "is_staff", "organisation__area", "is_demo")
    list_select_related = ("organisation",)
    search_fields = ("username", "first_name", "organisation__name")
    search_help_text = "可按用户名、姓名、单位搜索"
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("password_link", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password_link", "first_name", "email")}),
        ("角色和单位", {"fields": ("role", "organisation", "is_active", "is_staff")}),
        ("登录", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "password1", "password2")}),
        ("角色和单位", {"fields": ("role", "organisation", "is_staff")}),
    )

    def get_queryset(self, request):
        return with_failed_logins(super().get_queryset(request))

    @admin.display(description="登录失败", empty_value="")
    def failures(self, obj):
        return obj.failed_logins

    @admin.action(description="解除登录锁定")
    def unlock(self, request, queryset):
        count = unlock_logins(users=queryset, by=request.user)
        self.message_user(request, f"已解除 {count} 个账号的登录锁定。")

    @admin.display(description="密码")
    def password_link(self, obj):
        return format_html('<a href="{}">重设密码</a>', reverse("admin:auth_user_password_change", args=[obj.pk]))

    def audit_key(self, obj):
        return obj.username

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(self, request, obj=None):
        """Where the administrator is divided: the one names people and sets passwords, the other grants and takes."""
        fixed = super().get_readonly_fields(request, obj)
        if request.user.role == User.Role.SYSTEM:
            granted = self.granted if obj else ("role", "is_staff")
            return (*fixed, *granted)
        if request.user.role == User.Role.SECURITY:
            return (*fixed, "username", "first_name", "email")
        return fixed

    def has_add_permission(self, request):
        return super().has_add_permission(request) and request.user.role != User.Role.SECURITY

    def get_fieldsets(self, request, obj=None):
        if request.user.role == User.Role.SYSTEM:
            return super().get_fieldsets(request, obj)
        sections = (*super().get_fieldsets(request, obj),)
        kept = []
        if obj and tokens_made_by(obj):
            kept.append("kept_tokens")
        if obj and programs_made_by(obj):
            kept.append("kept_programs")
        if not kept:
            return sections
        return (*sections, ("此人生成的令牌和登记的接收程序", {"fields": (*kept, "others_end")}))

    def has_change_permission(self, request, obj=None):
        """The account of a token is the token's own: it is ended by revoking the token."""
        is_its_own = obj is not None and (obj.is_service or obj.is_officer)
        return super().has_change_permission(request, obj) and not is_its_own

    def save_model(self, request, obj, form, change):
        if not change and request.user.role == User.Role.SYSTEM:  # waits for the security administrator
            obj.role = ROLE_OF_KIND[obj.organisation.kind] if obj.organisation else User.Role.LEADER
            obj.is_active = False
        obj.is_superuser = obj.role == User.Role.ADMINISTRATOR
        super().save_model(request, obj, form, change)
        if not change:
            record_password(user=obj, by=request.user)
        if change and form.departure and form.tokens:
            reason = f"生成人{obj.get_full_name() or obj.username}{form.departure}"
            kept = form.cleaned_data["kept_tokens"]
            ended, going_on = settle_tokens(person=obj, kept=kept, by=request.user, reason=reason)
            self.message_user(request, f"此人生成的令牌：作废 {ended} 个，由您确认保留 {going_on} 个。")
        if change and form.departure and form.programs:
            reason = f"登记人{obj.get_full_name() or obj.username}{form.departure}"
            kept = form.cleaned_data["kept_programs"]
            ended = settle_programs(person=obj, kept=kept, by=request.user, reason=reason)
            words = f"此人登记的接收程序：停用 {ended} 个，由您确认保留 {len(form.programs) - ended} 个。"
            self.message_user(request, words)

    def audit_reason(self, obj, before, after):
        """What the change opens to the person."""
        return opened_words(rights_of(_as_it_was(obj, before)) if before else [], rights_of(obj))

    @transaction.atomic
    def user_change_password(self, request, id, form_url=""):
        """A new password for somebody else. The own one is changed where the old one has to be given."""
        user = self.get_object(request, unquote(id))  # as Django reads it: 7 and 07 name one account
        if user == request.user:
            return redirect("password")
        if request.user.role == User.Role.SECURITY or (user and user.is_officer):
            raise PermissionDenied  # whoever sets the password of another of the three could be two
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and user and self._has_other_password(user):
            label = User._meta.label_lower
            record_password(user=User.objects.get(pk=user.pk), by=request.user)
            log_audit(action="set_password", subject=label, rows=[{"key": user.username}], by=request.user)
        return response

    def _has_other_password(self, user: User) -> bool:
        return not User.objects.filter(pk=user.pk, password=user.password).exists()


def _as_it_was(obj: Model, before: dict) -> Model:
    """The row before the save."""
    return type(obj)(pk=obj.pk, **before)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "action_name", "subject_name", "key", "area", "reason")
    list_filter = (("area", admin.RelatedOnlyFieldListFilter), "at")
    list_select_related = ("area",)
    search_fields = ("actor_name", "key", "reason")
    search_help_text = "可按操作人、对象键、理由搜索；按操作和日期筛选请用网站的“变更 → 操作日志”"
    fields = ("at", "actor_name", "action_name", "subject_name", "key", "area", "differences", "reason", "origin")
    show_full_result_count = False

    def get_queryset(self, request):
        return AuditEntry.objects.visible_to(request.user)

    @admin.display(description="操作")
    def action_name(self, obj):
        return ACTION_NAMES.get(obj.action, obj.action)

    @admin.display(description="对象")
    def subject_name(self, obj):
        return Wording([]).subject_name(obj.subject)

    @admin.display(description="来源")
    def origin(self, obj):
        return f"{CHANNEL_NAMES.get(obj.channel, obj.channel)} {obj.address}"

    @admin.display(description="原值 → 新值")
    def differences(self, obj):
        definitions = IndicatorDefinition.objects.as_of().select_related("field", "chapter")
        pairs = Wording(list(definitions)).pairs(obj.subject, obj.old, obj.new)
        rows = ((label, old or "–", new or "–") for label, old, new in pairs)
        line_break = mark_safe("<br>")  # nosec B308  # a constant
        return format_html_join(line_break, "{}：{} → {}", rows) or "–"
