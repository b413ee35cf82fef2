"""Fields for numbers and dates as people type them, by the rules that files are read by."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lib.partial_dates import read_day, read_partial
from lib.tabular.cells import SpreadsheetError, parse_number

LONGEST = 40
PARTIAL_HINT = _("2025、2025-06 或 2025-06-30")


class NumberField(forms.Field):
    """A number in `unit`, as `lib.tabular.cells.parse_number` reads it; None where nothing is typed."""

    def __init__(self, *, unit: str = "", **more: Any):
        self.unit = unit
        attrs = {"inputmode": "decimal", "maxlength": LONGEST, "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **more)

    def to_python(self, value: str | None) -> Decimal | None:
        text = (value or "").strip()
        if not text:
            return None
        try:
            return parse_number(text, unit=self.unit)
        except SpreadsheetError as error:
            raise forms.ValidationError(f"{self.label}：{error}。") from error


class DayInput(forms.DateInput):
    """A field in which a date is typed as 2025-06-30, the same in every browser: the browser's own date field speaks
    the browser's language and not the page's. js/days.js puts a calendar beside it."""

    def __init__(self) -> None:
        attrs = {
            "data-day": True,
            "inputmode": "numeric",
            "size": 12,
            "placeholder": "2025-06-30",
            "autocomplete": "off",
        }
        super().__init__(format="%Y-%m-%d", attrs=attrs)


class DayField(forms.DateField):
    """A whole date, in any form in which people write one."""

    widget = DayInput
    default_error_messages = {"invalid": _("不是日期；应写成 2025-06-30 这样。")}

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            return read_day(value)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class PartialDateField(forms.CharField):
    """A date as far as it is known; comes as "2025", "2025-06" or "2025-06-30"."""

    def __init__(self, **more: Any):
        super().__init__(max_length=LONGEST, required=False, help_text=PARTIAL_HINT, **more)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return read_partial(text) if text else ""
        except ValueError as error:
            raise forms.ValidationError(_("“{text}”应写成 2025、2025-06 或 2025-06-30。").format(text=text)) from error
