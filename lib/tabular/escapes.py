"""Characters that the XML of a workbook cannot hold: programs write them as _x000D_, and the underscore of a text that
looks like one of these as _x005F_ (ECMA-376-1, 22.9.2.19)."""

import re

ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def unescaped(text: str) -> str:
    """The text as it is seen; characters that no text of ours can hold, and nobody sees, are left out."""
    if "_x" not in text:
        return text
    text = ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return UNKEEPABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str) -> str:
    """The text as it has to be written, so that what looks like an escape comes back as it was."""
    return LOOKS_ESCAPED.sub("_x005F_", text)
