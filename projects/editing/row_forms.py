"""Rows of a project's form: its shares, the investment planned by year, what it is to bring to indicators.

A row in which nothing is typed counts for nothing. Rows are added and taken away by buttons,
without script too."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from indicators.models import IndicatorDefinition
from lib.numbers import digits
from lib.tabular.typed_fields import NumberField
from lib.web.choices import offer
from projects.models import Project

StrOrPromise = str | Promise
MOST_ROWS = 200
WHOLE = Decimal(100)  # per cent
SHORT = {"inputmode": "numeric", "maxlength": 6, "autocomplete": "off"}


class YearField(forms.CharField):
    """A year of four digits; a 年 behind it is left out."""

    def __init__(self, **more):
        super().__init__(max_length=6, widget=forms.TextInput(attrs=SHORT), **more)

    def clean(self, value) -> int:
        text = super().clean(value).removesuffix("年").strip()
        if not (text.isascii() and text.isdigit() and len(text) == 4):
            raise forms.ValidationError(_("“{text}”应为四位年份。").format(text=text))
        return int(text)


class ShareRow(forms.Form):
    area = forms.ChoiceField(label=_("地区"))
    percent = NumberField(unit="%", label=_("百分比"))


class PlannedRow(forms.Form):
    year = YearField(label=_("年份"))
    planned = NumberField(unit="亿元", label=_("亿元"))


class ContributionRow(forms.Form):
    indicator = forms.ChoiceField(label=_("指标"))
    area = forms.ChoiceField(label=_("地区"))
    year = YearField(label=_("年份"))
    value = NumberField(label=_("贡献"))


class Rows(forms.BaseFormSet):
    """The rows of one kind. `choices`: what may be chosen in a field of each row, by its name."""

    title: StrOrPromise = ""
    hint: StrOrPromise = ""

    def __init__(self, *given, choices: dict[str, list], **more):
        self.choices = choices
        super().__init__(*given, **more)

    def initial_form_count(self) -> int:
        """None counts as known before: a row that was emptied is a row that was taken away."""
        return 0

    def total_form_count(self) -> int:
        """As many as were sent, else those that are known, or one to begin with."""
        return super().total_form_count() if self.is_bound else max(len(self.initial or ()), 1)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for name, choices in self.choices.items():
            if name in form.fields:
                offer(form, name, [("", _("（请选择）")), *choices])

    def clean(self):
        """No two rows of the same thing; the fault stands at the second."""
        seen: set = set()
        for form in self.filled:
            key = self.key_of(form)
            if key in seen:
                form.add_error(None, _("和上面的一行重复，请并成一行。"))
            seen.add(key)

    def key_of(self, form) -> object:
        raise NotImplementedError

    @property
    def filled(self) -> list[forms.Form]:
        """The rows in which something is typed, and rightly."""
        return [form for form in self.forms if form.has_changed() and not form.errors]

    @property
    def is_at_fault(self) -> bool:
        return self.is_bound and not self.is_valid()


class ShareRows(Rows):
    title = _("地区分摊")
    hint = _("各地区合计 100%；只在一地的写 100")

    def key_of(self, form) -> object:
        return form.cleaned_data["area"]

    def clean(self):
        super().clean()
        if any(form.errors for form in self.forms):
            return
        if not self.filled:
            raise forms.ValidationError(_("请填项目所在地区和分摊比例。"))
        total = sum(self.values.values()) * WHOLE
        if total != WHOLE:
            raise forms.ValidationError(_("合计应为 100%，现在是 {n}%。").format(n=f"{total.normalize():f}"))

    @property
    def values(self) -> dict[str, Decimal]:
        """County → part of one."""
        return {form.cleaned_data["area"]: form.cleaned_data["percent"] / WHOLE for form in self.filled}


class PlannedRows(Rows):
    title = _("年度投资计划")
    hint = _("一年一行，以亿元为单位")

    def key_of(self, form) -> object:
        return form.cleaned_data["year"]

    @property
    def values(self) -> dict[int, Decimal]:
        """Year → 亿元."""
        return {form.cleaned_data["year"]: form.cleaned_data["planned"] for form in self.filled}


class ContributionRows(Rows):
    title = _("对指标的预期贡献")
    hint = _("贡献以指标的单位计，向好为正；只写有份额的地区")

    def key_of(self, form) -> object:
        return tuple(form.cleaned_data[name] for name in ("indicator", "area", "year"))

    def refuse_other_areas(self, areas: Iterable[str]) -> None:
        """A contribution to a county in which the project has no share; said at its row."""
        known = set(areas)
        for form in self.filled:
            if form.cleaned_data["area"] not in known:
                form.add_error("area", _("项目在这个地区没有份额。"))

    @property
    def values(self) -> dict[tuple[str, str, int], Decimal]:
        """(indicator, county, year) → value."""
        return {self.key_of(form): form.cleaned_data["value"] for form in self.filled}  # type: ignore[misc]


KINDS: dict[str, tuple[type[forms.Form], type[Rows]]] = {
    "shares": (ShareRow, ShareRows),
    "schedule": (PlannedRow, PlannedRows),
    "contributions": (ContributionRow, ContributionRows),
}


def row_groups(data: QueryDict | None, initial: dict, counties: Iterable[Area]) -> dict[str, Rows]:
    """The three groups of rows, by name: filled with what was sent, or with what is known."""
    definitions = IndicatorDefinition.objects.as_of().order_by("indicator__position")
    choices: dict[str, list] = {
        "area": [(area.code, area.shown_name) for area in counties],
        "indicator": [(row.indicator_id, f"{row.indicator_id} {row.shown_name}") for row in definitions],
    }
    groups: dict[str, Any] = {}
    for name, (form, base) in KINDS.items():
        made: Any = forms.formset_factory(
            form, formset=base, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
        )
        known = None if data is not None else initial.get(name)
        groups[name] = made(data, initial=known, prefix=name, choices=choices)
    return groups


def rows_of(project: Project) -> dict[str, list[dict]]:
    """What stands in the rows when a project is opened."""
    shares, plans = project.shares.all(), project.schedule.all()
    return {
        "shares": [{"area": row.area_id, "percent": digits(100 * row.share)} for row in shares],
        "schedule": [{"year": row.year, "planned": digits(row.planned_yi)} for row in plans],
        "contributions": [
            {"indicator": row.indicator_id, "area": row.area_id, "year": row.year, "value": digits(row.value)}
            for row in project.contributions.all()
        ],
    }


def rearranged(data: QueryDict) -> dict[str, list[dict]] | None:
    """The rows as typed, with one more or one fewer as a button asks; None where none was pressed."""
    added, (group, _dash, place) = data.get("add_row", ""), data.get("drop_row", "").partition(" ")
    if added not in KINDS and group not in KINDS:
        return None
    rows = {name: _typed(data, name, form) for name, (form, _base) in KINDS.items()}
    if added in KINDS:
        rows[added].append({})
    elif place.isascii() and place.isdigit() and int(place) < len(rows[group]):
        del rows[group][int(place)]
    return rows


def _typed(data: MultiValueDict, prefix: str, form: type[forms.Form]) -> list[dict]:
    count = data.get(f"{prefix}-{TOTAL_FORM_COUNT}", "")
    is_number = count.isascii() and count.isdigit() and len(count) < 5
    total = min(int(count), MOST_ROWS) if is_number else 0
    rows = []
    for at in range(total):
        rows.append({name: data.get(f"{prefix}-{at}-{name}", "") for name in form.base_fields})
    return rows
