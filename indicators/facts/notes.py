"""The note of facts as a table says it: one for each number, or one for a row of several years."""

from collections.abc import Iterable

from indicators.models import Fact
from plan.models import Cite


def ground_of(fact: Fact) -> str:
    """What the note of an import says is kept in `note`; facts of the plan file have their words and source."""
    return fact.note or fact.words or fact.source


def joint_note(facts: Iterable[Fact]) -> str:
    """Of a row with several years, as it is exported."""
    return "；".join(dict.fromkeys(filter(None, map(ground_of, facts))))


def imported_note(given: str, old: Fact | None, joint: str) -> str:
    """The note that an imported number gets. An empty cell says nothing, and so does one that says what the export of
    its row says: then the note of an official number stays."""
    if old is None or old.cite != Cite.OFFICIAL:
        return given
    return old.note if given in {"", ground_of(old), joint} else given
