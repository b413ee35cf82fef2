"""The catalogue of the English pages, without gettext's programs: `python -m tools.messages`.

Collects every string of templates and Python that is marked for translation, brings `locale/en/LC_MESSAGES/django.po`
up to date (what is new stands there with an empty msgstr, what nobody says any more goes) and compiles the `.mo`.
"""

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import trim_whitespace

from county_urbanization.rooms import LINE

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
HEADER = (
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    "Language: en\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
)
STRING = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
TRANSLATE = re.compile(rf"\{{%-?\s*translate\s+({STRING})(?:\s+context\s+({STRING}))?")
ARGUMENT = re.compile(rf"_\(({STRING})\)")
BLOCK = re.compile(r"\{% blocktranslate\b(.*?)%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)
PLURAL = re.compile(r"\{% plural %\}")
VARIABLE = re.compile(r"\{\{ *(\w+) *\}\}")


class Message(NamedTuple):
    """What is looked up; `plural` and `context` are empty for most."""

    singular: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        """As the `.mo` has it."""
        key = "\0".join(filter(None, (self.singular, self.plural)))
        return f"{self.context}\4{key}" if self.context else key


def collect() -> dict[Message, set[str]]:
    """Every marked string → the files that say it."""
    found: dict[Message, set[str]] = {}
    for path in sorted(ROOT.glob("templates/**/*.html")):
        for message in in_template(path.read_text(encoding="utf-8")):
            found.setdefault(message, set()).add(path.relative_to(ROOT).as_posix())
    for path in sorted(path for room in LINE for path in ROOT.glob(f"{room}/**/*.py")):
        for message in in_python(path.read_text(encoding="utf-8")):
            found.setdefault(message, set()).add(path.relative_to(ROOT).as_posix())
    return found


def in_template(text: str) -> Iterator[Message]:
    for literal, context in [*TRANSLATE.findall(text), *((found, "") for found in ARGUMENT.findall(text))]:
        yield Message(literal[1:-1].replace("%", "%%"), context=context[1:-1])
    for options, body in BLOCK.findall(text):
        parts = PLURAL.split(body)
        if "trimmed" in options.split():
            parts = [trim_whitespace(part) for part in parts]
        yield Message(*(VARIABLE.sub(r"%(\1)s", part.replace("%", "%%")) for part in parts))


def in_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            words = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            if words and isinstance(words[0], str):
                yield Message(*words[: 2 if node.func.id.startswith("ngettext") else 1])


def read() -> dict[Message, tuple[str, ...]]:
    """The catalogue: message → its translation, in two forms where it has a plural."""
    found = {}
    for block in PO.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        lines = r"^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) (\".*\")$"
        for key, literal in re.findall(lines, block, re.MULTILINE):
            parts[key] = ast.literal_eval(literal)
        if parts.get("msgid"):
            texts = tuple(text for key, text in parts.items() if key.startswith("msgstr"))
            found[Message(parts["msgid"], parts.get("msgid_plural", ""), parts.get("msgctxt", ""))] = texts
    return found


def write(catalogue: dict[Message, tuple[str, ...]], places: dict[Message, set[str]]) -> None:
    """The `.po`: by file, then by message, so that two branches rarely touch the same lines."""
    lines = ['msgid ""', f'msgstr "{_escaped(HEADER)}"', ""]
    for message in sorted(catalogue, key=lambda each: (sorted(places[each]), each)):
        lines.append(f"#: {' '.join(sorted(places[message]))}")
        if message.context:
            lines.append(f'msgctxt "{_escaped(message.context)}"')
        lines.append(f'msgid "{_escaped(message.singular)}"')
        texts = catalogue[message]
        if message.plural:
            lines.append(f'msgid_plural "{_escaped(message.plural)}"')
            lines += [f'msgstr[{n}] "{_escaped(text)}"' for n, text in enumerate(texts)]
        else:
            lines.append(f'msgstr "{_escaped(texts[0])}"')
        lines.append("")
    PO.write_text("\n".join(lines), encoding="utf-8")


def compiled(catalogue: dict[Message, tuple[str, ...]]) -> bytes:
    """The `.mo` of what is translated: the format of the GNU gettext manual, little-endian, without a hash table."""
    pairs = {"": HEADER} | {m.key: "\0".join(texts) for m, texts in catalogue.items() if all(texts)}
    rows = sorted((key.encode(), text.encode()) for key, text in pairs.items())
    start, keys, values, texts = 28 + 16 * len(rows), b"", b"", b""
    for column, table in ((0, keys), (1, values)):
        for row in rows:
            table += struct.pack("<II", len(row[column]), start + len(texts))
            texts += row[column] + b"\0"
        if column == 0:
            keys = table
        else:
            values = table
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 28 + 16 * len(rows))
    return head + keys + values + texts


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def main() -> None:
    places, known = collect(), read()
    catalogue = {message: known.get(message, ("", "") if message.plural else ("",)) for message in places}
    write(catalogue, places)
    PO.with_suffix(".mo").write_bytes(compiled(catalogue))
    for message in sorted(message for message, texts in catalogue.items() if not all(texts)):
        print(f"to translate: {message.singular}")  # noqa: T201


if __name__ == "__main__":
    main()
