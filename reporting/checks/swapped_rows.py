"""Two rows of one sheet whose values changed places, by the ratio of the likelihoods of both readings. Pure."""

import math
from collections.abc import Collection, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from reporting.checks.findings import SOFT, Finding, typed_words
from reporting.checks.history import FITS, LIMIT_FIT, HistoryRow

UNLIKE = 11.0  # logarithm of how much likelier two rows must be the other way round
UNLIKE_FITTING = 8.0  # and where both values fit the other's row


def swapped_rows(rows: Sequence[HistoryRow], of: Collection[str] | None = None) -> dict[str, Finding]:
    """By code: rows of one unit whose values fit each other's history much better than their own, by the ratio of the
    likelihoods of both readings. `of`: only pairs with one of these are looked at."""
    found: dict[str, Finding] = {}
    filled = [(row, row.value) for row in rows if row.value is not None]
    scored = [(row, value, row.score(value)) for row, value in filled]
    known = [(row, value, score) for row, value, score in scored if score is not None]
    for place, (one, a, score_a) in enumerate(known):
        for two, b, score_b in known[place + 1 :]:
            if score_a is None or score_b is None or one.unit != two.unit or a == b:
                continue
            if of is not None and one.code not in of and two.code not in of:
                continue
            turned = (one.score(b) or 0.0, two.score(a) or 0.0)
            likelier = sum(map(_likelihood, turned)) - _likelihood(score_a) - _likelihood(score_b)
            enough = UNLIKE_FITTING if max(turned) <= FITS else UNLIKE
            if likelier > enough and max(turned) < LIMIT_FIT:
                found.setdefault(one.code, _swap(one, two, a, b))
                found.setdefault(two.code, _swap(two, one, b, a))
    return found


def _likelihood(score: float) -> float:
    """The logarithm of how likely a score is, up to a constant: Student's t with two degrees of freedom, whose tails
    are as heavy as those of real changes."""
    return -1.5 * math.log1p(min(score, 1e9) ** 2 / 2)


def _swap(row: HistoryRow, other: HistoryRow, value: Decimal, others: Decimal) -> Finding:
    words = _("{value} 更像“{other}”的数，那一行填的 {others} 更像本行的，是否填反了？")
    told = words.format(value=typed_words(value), other=other.name, others=typed_words(others))
    return Finding(SOFT, "rows_swapped", told, ((other.name, others),))
