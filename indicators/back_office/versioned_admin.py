"""What the back-office pages of all that has versions share: what is saved is the next version."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminErrorList, AdminForm
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse

from areas.models import Area
from indicators.actions import Grounds
from indicators.cells.inputs import Overlay
from indicators.effects import find_flips
from indicators.labels import OUTLOOK_NAMES, STATUS_NAMES
from indicators.models import Versioned
from journal.admin import OfficeAdmin

GROUNDS: tuple[str, Any] = (
    "这次修改",
    {
        "fields": ("reason", "document"),
        "description": "保存后产生新版本，原来的版本保留，能在“全部版本”里查到；相关的格随即重新计算。",
    },
)

JUDGED_NAMES = {"status": "对年度目标", "standard_status": "对省定标准", "outlook": "前景"}


class InForce(admin.SimpleListFilter):
    """The versions in force unless all are asked for."""

    title, parameter_name = "版本", "versions"

    def lookups(self, request, model_admin):
        return [("all", "全部版本"), ("past", "已被替代的版本")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [{**first, "display": "现行版本"}, *others]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(superseded_at__isnull=self.value() != "past")


class VersionedAdmin(OfficeAdmin):
    """Only the version in force can be opened for change; what is saved becomes the next one."""

    history_fields = ("version", "recorded_at", "superseded_at", "recorded_by", "recorded_via")
    change_form_template = "admin/versioned_form.html"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.superseded_at is None)

    def record(self, request, form, grounds):
        """One call of the action behind this model."""
        raise NotImplementedError

    def save_model(self, request, obj, form, change):
        data = form.cleaned_data
        grounds = Grounds(by=request.user, via=Versioned.Via.EDIT, reason=data["reason"], document=data.get("document"))
        self.record(request, form, grounds)

    def log_addition(self, request, obj, message):
        """The audit log has it, under the key that stays."""

    def log_change(self, request, obj, message):
        """The audit log has it, under the key that stays."""

    def response_add(self, request, obj, post_url_continue=None):
        return self._back(request)

    def response_change(self, request, obj):
        return self._back(request)

    def _back(self, request):
        self.message_user(request, "已保存为新版本，原来的版本保留；相关的格正在重新计算。", messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def history_view(self, request, object_id, extra_context=None):
        """All versions, where the admin would show its own log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, object_id)
        target = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(f"{target}?versions=all&q={obj.indicator_id}" if obj else target)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        context = {**only_save, **(extra_context or {})}
        if request.method == "POST" and "_preview" in request.POST:
            return self._previewed(request, object_id, context)
        return super().changeform_view(request, object_id, form_url, context)

    def overlay(self, form) -> Overlay:
        """What saving the form would put in force."""
        raise NotImplementedError

    def _previewed(self, request, object_id, context):
        """The form as it was typed, and which judgements saving it would turn; nothing is written."""
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]  # Django's
        if not (self.has_change_permission(request, obj) if obj else self.has_add_permission(request)):
            raise PermissionDenied
        fieldsets = self.get_fieldsets(request, obj)
        form_class = self.get_form(request, obj, change=obj is not None, fields=flatten_fieldsets(fieldsets))
        form = form_class(request.POST, instance=obj)
        effect = self._effect(form) if form.is_valid() and obj else None
        shown = AdminForm(form, [*fieldsets], {}, self.get_readonly_fields(request, obj), model_admin=self)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{'修改' if obj else '增加'}{self.opts.verbose_name}",
            "adminform": shown,
            "object_id": object_id,
            "original": obj,
            "is_popup": False,
            "media": self.media + shown.media,
            "inline_admin_formsets": [],
            "errors": AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
            **context,
            "effect": effect,
        }
        return self.render_change_form(request, context, add=obj is None, change=obj is not None, obj=obj)

    def _effect(self, form) -> dict:
        """Every judgement that is turned, in words, and how many by county and year."""
        flips, new_cells = find_flips(self.overlay(form), indicators=[form.instance.indicator_id])
        names = dict(Area.objects.judged().values_list("code", "name"))
        rows = []
        for flip in flips:
            words = OUTLOOK_NAMES if flip.column == "outlook" else STATUS_NAMES
            sides = (str(words[flip.before]), str(words[flip.after]))
            rows.append((names.get(flip.area, flip.area), flip.year, JUDGED_NAMES[flip.column], *sides))
        counts = Counter((area, year) for area, year, *_rest in rows)
        return {"rows": sorted(rows), "counts": sorted(counts.items()), "new_cells": new_cells}
