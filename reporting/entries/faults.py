"""Entries that are sent together are refused together, and every fault is named: who mends a file mends it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from lib.refusals import KINDS, PreconditionFailed, Refused

TOLD = 20  # faults that the words name; `errors` has all of them


@dataclass(frozen=True)
class EntryFault:
    """Why one of the entries, or all of them, cannot be taken: `index` is its place in what was sent, from 0; None,
    as with `indicator`, for a fault of the whole."""

    refusal: Refused
    index: int | None = None
    indicator: str | None = None

    @property
    def as_member(self) -> dict:
        """One of `errors` in the API's answer."""
        return {
            "index": self.index,
            "indicator": self.indicator,
            "type": KINDS[self.refusal.kind].address,
            "words": self.refusal.words,
        }


def refuse_for(faults: Sequence[EntryFault]) -> NoReturn:
    """Raise one refusal for all faults: of the kind of the gravest, with `errors` and the members of each. What is
    wrong with the whole counts before what is wrong with a row, and of rows what is wrong in itself before what is
    forbidden; a precondition only where nothing else is wrong (RFC 9110, 13.2.1)."""
    ranked = sorted(faults, key=_rank)
    gravest = ranked[0].refusal
    details: dict[str, object] = {}
    for fault in reversed(ranked):
        details |= fault.refusal.details
    conflicts = [each for fault in faults for each in _conflicts_of(fault.refusal)]
    if conflicts:
        details["conflicts"] = conflicts
    details["errors"] = [fault.as_member for fault in sorted(faults, key=_place)]
    raise type(gravest)(_words(faults), **details)


def _conflicts_of(refusal: Refused) -> list[Any]:
    found: Any = refusal.details.get("conflicts", [])
    return list(found)


def _words(faults: Sequence[EntryFault]) -> str:
    if len(faults) == 1:
        return faults[0].refusal.words
    words = list(dict.fromkeys(fault.refusal.words.rstrip("。.") for fault in sorted(faults, key=_place)))
    shown = _("；").join(words[:TOLD]) + ("……" if len(words) > TOLD else "")
    return _("有 {n} 处不能照收，一项也没有保存：{words}。").format(n=len(faults), words=shown)


def _rank(fault: EntryFault) -> tuple[bool, bool, int]:
    return isinstance(fault.refusal, PreconditionFailed), fault.index is not None, fault.refusal.status


def _place(fault: EntryFault) -> int:
    return -1 if fault.index is None else fault.index
