"""Fields of forms whose words come from the database, in the language of the page."""

from typing import Protocol

from django import forms

CHINESE = {"lang": "zh-Hans"}  # of a widget: choices that are the plan's words, and what a person types


class Shown(Protocol):
    """A row that has a name in the language of the page (`lib.web.languages.Named`)."""

    @property
    def shown_name(self) -> str: ...


class NamedChoiceField(forms.ModelChoiceField):
    """Rows with a name in two languages."""

    def label_from_instance(self, row: Shown) -> str:
        return row.shown_name
