"""Fields of forms whose words come from the database, in the language of the page."""

from django import forms

CHINESE = {"lang": "zh-Hans"}  # of a widget: choices that are the plan's words, and what a person types


class NamedChoiceField(forms.ModelChoiceField):
    """Rows with a name in two languages."""

    def label_from_instance(self, row) -> str:
        return row.shown_name
