"""What every page of the back office has in common, and the change feed in it."""

import logging
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import DataError, ProgrammingError, models
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode

from accounts.models import User
from journal.actions import log_audit
from journal.models import AuditEntry, Change
from journal.once import carried_out_once

log = logging.getLogger(__name__)
UNANSWERABLE = (DataError, ProgrammingError, IndexError, OverflowError, TypeError, ValueError)


class OfficeAdmin(admin.ModelAdmin):
    """Reference data: open to staff of `roles`, every write audited, nothing ever deleted."""

    roles: tuple[str, ...] = (User.Role.ADMINISTRATOR, User.Role.MUNICIPAL)
    unaudited = frozenset({"password", "last_login"})
    fixed_fields: tuple[str, ...] = ()  # typed once, when the row is made
    actions: Any = None  # none: rows are not written many at a time
    list_per_page = 50
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}

    def is_open(self, request) -> bool:
        user = request.user
        return user.is_active and user.is_staff and user.role in self.roles

    def has_module_permission(self, request):
        return self.is_open(request)

    def has_view_permission(self, request, obj=None):
        return self.is_open(request)

    def has_add_permission(self, request):
        return self.is_open(request)

    def has_change_permission(self, request, obj=None):
        return self.is_open(request)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(self.fixed_fields if obj else ()))

    def get_changelist_instance(self, request):
        """Django's; a question with figures or days that no database can compare is a wrong question."""
        try:
            return super().get_changelist_instance(request)
        except UNANSWERABLE as error:
            log.warning("A question of the back office cannot be asked: %s", type(error).__name__)
            raise IncorrectLookupParameters from error

    def audit_key(self, obj: models.Model) -> str:
        return str(obj.pk)

    def audit_reason(self, obj: models.Model, before: dict, after: dict) -> str:
        """What the audit row says beside the columns."""
        return ""

    @method_decorator(carried_out_once)
    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        before = self._stored(obj) if change else {}
        super().save_model(request, obj, form, change)
        after = self._stored(obj)
        differs = [name for name in after if before.get(name) != after[name]]
        row = {
            "key": self.audit_key(obj),
            "old": {name: before[name] for name in differs} if change else None,
            "new": {name: after[name] for name in differs},
        }
        if differs:
            action = "edit" if change else "create"
            reason = self.audit_reason(obj, before, after) or form.cleaned_data.get("reason", "")
            log_audit(action=action, subject=obj._meta.label_lower, rows=[row], by=request.user, reason=reason)

    def _stored(self, obj) -> dict:
        """The row's columns as JSON takes them."""
        names = [f.attname for f in obj._meta.concrete_fields if f.attname not in {*self.unaudited, "id"}]
        row = type(obj).objects.filter(pk=obj.pk).values(*names).get()
        return {name: _as_json(value) for name, value in row.items()}


class ReasonForm(forms.ModelForm):
    """Asks why, of every change."""

    reason = forms.CharField(
        label="修改理由",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="修改时必填，会写进操作日志。例：市政府办公会2026年3月同意调整。",
    )

    def clean(self):
        super().clean()
        data = self.cleaned_data
        if not self.instance._state.adding and set(self.changed_data) - {"reason"} and not data.get("reason"):
            self.add_error("reason", "改了就要写明理由。")
        return data


class ReasonedAdmin(OfficeAdmin):
    """Objects of the plan: a change says why, and is the next version of what stands; the log keeps those before."""

    form = ReasonForm

    def get_fieldsets(self, request, obj=None):
        own = {"reason", "version_number"}
        named: list = [
            (name, {**options, "fields": tuple(each for each in options.get("fields", ()) if each not in own)})
            for name, options in super().get_fieldsets(request, obj)
        ]
        return [*named, ("这次修改", {"fields": ("reason", "version_number") if obj else ("reason",)})]

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), "version_number")

    @admin.display(description="现在是第几版")
    def version_number(self, obj):
        label = obj._meta.label_lower
        return 1 + AuditEntry.objects.filter(subject=label, key=self.audit_key(obj), action="edit").count()

    def history_view(self, request, object_id, extra_context=None):
        """The log of this object, where the admin would show its own."""
        obj = self.get_object(request, object_id)
        key = self.audit_key(obj) if obj else object_id
        return HttpResponseRedirect(f"{reverse('admin:journal_auditentry_changelist')}?{urlencode({'q': key})}")


def _as_json(value):
    """As JSON knows it; a date or a decimal as its text."""
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


class ReadOnlyAdmin(OfficeAdmin):
    """To look at, never to write."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "kind", "series", "area", "indicator", "year", "previous", "value", "actor_name")
    list_filter = ("kind", "series", "area", "year", "is_demo")
    list_select_related = ("area",)
    search_fields = ("indicator", "reason", "document", "actor_name")
    search_help_text = "可按指标代码、理由、依据文件、经办搜索"
