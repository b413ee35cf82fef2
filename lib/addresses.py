"""Parts of addresses that every room may use in its `urls.py`; importing this registers them."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class FileKind(StringConverter):
    """`<kind:kind>`: the two kinds of files that a table comes as."""

    regex = "csv|xlsx"


register_converter(FileKind, "kind")
