"""Fields of forms whose words come from the database, in the language of the page."""

from collections.abc import Iterable
from typing import Any, Protocol, cast

from django import forms

CHINESE = {"lang": "zh-Hans"}  # of a widget: choices that are the plan's words, and what a person types


class HasShownName(Protocol):
    """A row that has a name in the language of the page (`lib.web.languages.Named`)."""

    @property
    def shown_name(self) -> str: ...


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """What may be chosen in a field of this form."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


class NamedChoiceField(forms.ModelChoiceField):
    """Rows with a name in two languages."""

    def label_from_instance(self, row: HasShownName) -> str:
        return row.shown_name


class NamedChoicesField(forms.ModelMultipleChoiceField):
    """Several of them."""

    def label_from_instance(self, row: HasShownName) -> str:
        return row.shown_name
