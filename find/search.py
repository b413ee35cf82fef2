"""One box for everything: what was asked is taken apart into counties, years and words, and what fits is put in order.

Pure: names and entries in, hits out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from find.entries import RANKS, Findable

LONGEST = 100  # characters of a question; the rest is not looked at
SUFFIXES = "县市区"
EXACT, BEGINS, HOLDS, SPELLED, MENTIONS = range(5)


@dataclass(frozen=True)
class Question:
    """What was understood: codes of counties, years of the plan, and the words that are left."""

    areas: tuple[str, ...]
    years: tuple[int, ...]
    words: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.areas or self.years or self.words)


def understood(text: str, areas: Mapping[str, Sequence[str]], years: Iterable[int]) -> Question:
    """`areas` are the names of each county by its code. A county's name or a year is found also inside a word, as in
    `甲县城镇化率2025`; the rest of that word is looked for by itself."""
    left = " ".join(text[:LONGEST].lower().split())
    found_areas, found_years = [], []
    for code, names in areas.items():
        for name in sorted(_forms(names), key=len, reverse=True):
            if _holds(left, name):
                found_areas.append(code)
                left = left.replace(name, " ")
                break
    for year in years:
        if _holds(left, str(year)):
            found_years.append(year)
            left = left.replace(str(year), " ")
            left = left.replace(" 年", " ")
    return Question(tuple(found_areas), tuple(found_years), tuple(left.split()))


def _forms(names: Sequence[str]) -> set[str]:
    """A county's names, and the Chinese one without 县, 市 or 区 where two characters are left."""
    forms = {name.lower() for name in names if name}
    short = {form[:-1] for form in forms if len(form) > 2 and form[-1] in SUFFIXES}
    return forms | short


def _holds(text: str, name: str) -> bool:
    """Chinese stands anywhere; what is written in letters or digits is a word by itself, or ends at Chinese."""
    if not name.isascii():
        return name in text
    place = text.find(name)
    while place >= 0:
        end = place + len(name)
        before, after = text[place - 1 : place], text[end : end + 1]
        if not _is_plain(before) and not _is_plain(after):
            return True
        place = text.find(name, place + 1)
    return False


def _is_plain(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def hits(question: Question, entries: Iterable[Findable], most: int) -> list[Findable]:
    """What fits all the words, the best first: by how it fits, then by kind, then as the entries come. Things of one
    county count only where no other county was asked for."""
    ranked = []
    for place, entry in enumerate(entries):
        fit = _fit(question, entry)
        if fit is not None:
            ranked.append((fit, RANKS[entry.kind], place, entry))
    ranked.sort()  # no two of one place, so that entries are never compared
    return [entry for _fit, _rank, _place, entry in ranked[:most]]


def _fit(question: Question, entry: Findable) -> int | None:
    """The worst of how the words fit; None where one does not. Without words a county's own things fit."""
    if question.areas and entry.area and entry.area not in question.areas:
        return None
    if not question.words:
        return _fit_of_county(question, entry)
    worst = EXACT
    for word in question.words:
        fit = _fit_of_word(word, entry)
        if fit is None:
            return None
        worst = max(worst, fit)
    return worst


def _fit_of_county(question: Question, entry: Findable) -> int | None:
    """Where nothing but counties was asked for: they themselves, and what is theirs."""
    if entry.kind == "county":
        return EXACT if entry.code in question.areas else None
    is_theirs = bool(entry.area) and entry.area in question.areas
    return MENTIONS if is_theirs else None


def _fit_of_word(word: str, entry: Findable) -> int | None:
    names = entry.low_names
    if word == entry.low_code or word in names:
        return EXACT
    if entry.low_code.startswith(word) or any(name.startswith(word) for name in names):
        return BEGINS
    if any(word in name for name in names):
        return HOLDS
    if word.isascii() and len(word) > 1 and word in entry.spelled:
        return SPELLED
    return MENTIONS if word in entry.low_words else None
