"""Targets as plans put them, turned into the numbers that the kernel judges by. Pure: no Django, no clock, no I/O.

    yearly     one number for every year: "< 5.5, each year"
    keep       the level of the base: "keep stable", "not lower than before"
    growth     x % a year on the year before, from the base: t(n) = base · (1 + x/100)^n, n years after the base year
    relative   x % against the base by the last year: t = base · (1 + x/100); a fall is a negative x

Numbers are kept to a millionth, as typed values are. A strict comparison ("below 5.5") is the loose one by a millionth:
no value that can be typed lies between the two, so that both judge alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

KINDS = ("yearly", "keep", "growth", "relative")
FROM_BASE = frozenset({"keep", "growth", "relative"})
STRICT = frozenset({">", "<"})
STEP = Decimal("0.000001")


@dataclass(frozen=True)
class TargetTerms:
    """One row of a plan: `kind` of KINDS; `amount` in the row's unit (yearly), in per cent (growth, relative), absent
    (keep); the years that it speaks for, both included; `comparison` ">", ">=", "<", "<=" or "" (as the direction)."""

    kind: str
    amount: Decimal | None
    first_year: int
    last_year: int
    comparison: str = ""


def target_numbers(terms: TargetTerms, *, base: Decimal | None, baseline_year: int) -> dict[int, Decimal]:
    """The target of each year. Empty where the base is needed and not known.

    `base`: the value of the baseline year, in the row's own unit. ValueError for another kind, or one whose amount is
    missing."""
    if terms.kind not in KINDS:
        raise ValueError(f"no such kind of target: {terms.kind}")
    if terms.amount is None and terms.kind != "keep":
        raise ValueError(f"a target of the kind {terms.kind} needs an amount")
    if base is None and terms.kind in FROM_BASE:
        return {}
    return {year: _kept(number, terms.comparison) for year, number in _exact(terms, base, baseline_year)}


def _exact(terms: TargetTerms, base: Decimal | None, baseline_year: int) -> Iterator[tuple[int, Decimal]]:
    amount, base = terms.amount or Decimal(0), base or Decimal(0)
    with localcontext(prec=60):
        factor = 1 + amount / 100
        if terms.kind == "relative":
            yield terms.last_year, base * factor
            return
        for year in range(terms.first_year, terms.last_year + 1):
            yield year, amount if terms.kind == "yearly" else base * factor ** (year - baseline_year)


def _kept(number: Decimal, comparison: str) -> Decimal:
    """To a millionth; beyond it where the comparison is strict."""
    with localcontext(prec=60):
        kept = number.quantize(STEP, ROUND_HALF_UP)
        return kept + {">": STEP, "<": -STEP}.get(comparison, Decimal(0))


def terms_words(terms: TargetTerms) -> str:
    """What the plan asks, in one Chinese phrase, for the provenance of the number."""
    sign = {">": "高于", "<": "低于"}.get(terms.comparison, "")
    amount = "" if terms.amount is None else f"{terms.amount.normalize():f}"
    if terms.kind == "yearly":
        return f"每年{sign}{amount}"
    if terms.kind == "keep":
        return f"{sign or '保持'}基期水平"
    return f"年均{amount}%" if terms.kind == "growth" else f"比基期{amount}%"
