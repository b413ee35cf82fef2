"""A field of a form that takes several files."""

from typing import Any

from django import forms

from lib.files.documents import ACCEPTED_ENDINGS, DocumentError, check_size, short_name


class FilesInput(forms.ClearableFileInput):
    """The browser's own box, for several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, checked for their size before they are read; [] where none. What they are is told by content."""

    widget = FilesInput(attrs={"accept": ACCEPTED_ENDINGS})

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, bytes]]:
        """(name, content) of each."""
        files = [super(FilesField, self).clean(each, initial) for each in data or []]
        for each in files:
            try:
                check_size(each.size)
            except DocumentError as error:
                raise forms.ValidationError(f"{short_name(each.name)}：{error}。") from error
        return [(each.name, each.read()) for each in files]
