"""A project is chosen by search: its code, or words of its name. While one types, what fits is offered; without script
the words lead to the one project that they fit, or to the few among which to choose."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from projects.models import Project

MOST = 12  # projects offered at once
LONGEST = 200


def fitting(rows: QuerySet[Project], text: str) -> list[Project]:
    """At most `MOST` projects whose code or name holds every word; the one whose code it is comes alone."""
    words = text[:LONGEST].split()
    if not words:
        return []
    exact = list(rows.filter(code=words[0].upper()))
    if exact:
        return exact
    for word in words:
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word))
    return list(rows.order_by("code")[:MOST])


def words_of(project: Project) -> str:
    """As it is offered, and as it stands in the field once chosen."""
    return f"{project.code} {project.name}"


class ProjectSearchInput(forms.TextInput):
    """A text field with a list of what fits; `offered` are the lines of that list."""

    def __init__(self):
        attrs = {"autocomplete": "off", "maxlength": LONGEST, "data-suggest": reverse_lazy("project_choices")}
        super().__init__(attrs=attrs)
        self.offered: list[str] = []

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, {**(attrs or {}), "list": f"{name}-offered"}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((words,) for words in self.offered))
        return format_html('{}<datalist id="{}" lang="zh-Hans">{}</datalist>', field, f"{name}-offered", options)


class ProjectSearchField(forms.CharField):
    """The code of one project; empty where nothing is typed."""

    widget: ProjectSearchInput

    def __init__(self, **more: Any):
        hint = _("写编号或名称中的几个字，例如：污水 管网；没有对应项目的留空")
        super().__init__(max_length=LONGEST, widget=ProjectSearchInput(), help_text=hint, **more)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        found = fitting(Project.objects.all(), text)
        if len(found) == 1:
            return found[0].code
        if not found:
            raise forms.ValidationError(_("没有找到“{text}”这个项目：请写编号，或名称中的几个字。").format(text=text))
        self.widget.offered = [words_of(project) for project in found]
        names = _("、").join(self.widget.offered)
        raise forms.ValidationError(_("符合的项目不止一个，请写明其中一个的编号：{names}。").format(names=names))
