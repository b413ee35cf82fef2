"""Fields for numbers and dates as people type them, by the rules that files are read by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lib.partial_dates import read_day, read_partial
from lib.tabular.cells import SpreadsheetError, parse_number

LONGEST = 40
PARTIAL_HINT = _("2025、2025-06 或 2025-06-30")


class NumberField(forms.Field):
    """A number in `unit`, as `lib.tabular.cells.parse_number` reads it; None where nothing is typed."""

    def __init__(self, *, unit: str = "", **more):
        self.unit = unit
        attrs = {"inputmode": "decimal", "maxlength": LONGEST, "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **more)

    def to_python(self, value):
        text = (value or "").strip()
        if not text:
            return None
        try:
            return parse_number(text, unit=self.unit)
        except SpreadsheetError as error:
            raise forms.ValidationError(f"{self.label}：{error}。") from error


class DayField(forms.DateField):
    """A whole date, in any form in which people write one."""

    default_error_messages = {"invalid": _("不是日期；应写成 2025-06-30 这样。")}

    def to_python(self, value):
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            return read_day(value)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class PartialDateField(forms.CharField):
    """A date as far as it is known; comes as "2025", "2025-06" or "2025-06-30"."""

    def __init__(self, **more):
        super().__init__(max_length=LONGEST, required=False, help_text=PARTIAL_HINT, **more)

    def clean(self, value):
        text = super().clean(value)
        try:
            return read_partial(text) if text else ""
        except ValueError as error:
            raise forms.ValidationError(_("“{text}”应写成 2025、2025-06 或 2025-06-30。").format(text=text)) from error
