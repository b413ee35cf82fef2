"""Sentences whose phrases carry a mood, built once: a page colours the parts; a report or a mail takes the text."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Phrase:
    """Some words; `mood` is a class of the style sheet ("behind", "near", "met", "strong") or empty."""

    text: str
    mood: str = ""


@dataclass(frozen=True)
class Sentence:
    """`str()` gives the bare text, `html` the same text with every part that has a mood in a span of that class."""

    parts: tuple[Phrase, ...]

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def html(self) -> SafeString:
        return mark_safe("".join(_html(part) for part in self.parts))  # nosec B308 B703  # every part is escaped


def sentence(*parts: str | Phrase) -> Sentence:
    """Of words and parts, without those that are empty."""
    known = []
    for part in parts:
        phrase = part if isinstance(part, Phrase) else Phrase(part)
        if phrase.text:
            known.append(phrase)
    return Sentence(tuple(known))


def joined(parts: Iterable[Phrase], between: str) -> list[Phrase]:
    """The parts with `between` in each gap."""
    found: list[Phrase] = []
    for part in parts:
        if found:
            found.append(Phrase(between))
        found.append(part)
    return found


def _html(part: Phrase) -> str:
    words = escape(part.text)
    return f'<span class="{part.mood}">{words}</span>' if part.mood else words
