"""Targets as plans put them, turned into the numbers that the kernel judges by. Pure: no Django, no clock, no I/O.

    yearly     one number for every year: "< 5.5, each year"
    keep       the level of the base: "keep stable", "not lower than before"
    growth     x % a year on the year before, from the base: t(n) = base · (1 + x/100)^n, n years after the base year
    relative   x % against the base by the last year: t = base · (1 + x/100); a fall is a negative x
    than       another row's value of the same year: "faster than the economy"; t(n) = other(n) + x, x mostly 0

Numbers are kept to a millionth, as typed values are. A strict comparison ("below 5.5") is the loose one by a millionth:
no value that can be typed lies between the two, so that both judge alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

KINDS = ("yearly", "keep", "growth", "relative", "than")
FROM_BASE = frozenset({"keep", "growth", "relative"})
WITHOUT_AMOUNT = frozenset({"keep", "than"})
STEP = Decimal("0.000001")
NOTHING: Mapping[int, Decimal] = {}


@dataclass(frozen=True)
class TargetTerms:
    """One row of a plan: `kind` of KINDS; `amount` in the row's unit (yearly), in per cent (growth, relative), absent
    (keep), what is added to the other row (than); the years that it speaks for, both included; `comparison` ">", ">=",
    "<", "<=" or "" (as the direction). `amount_high`: of a band the upper end (yearly). `other`: the name of the other
    row (than)."""

    kind: str
    amount: Decimal | None
    first_year: int
    last_year: int
    comparison: str = ""
    amount_high: Decimal | None = None
    other: str = ""


def target_numbers(
    terms: TargetTerms, *, base: Decimal | None, baseline_year: int, others: Mapping[int, Decimal] = NOTHING
) -> dict[int, Decimal]:
    """The target of each year; of a band its lower end. Empty where the base is needed and not known; no year whose
    other row is needed and not known.

    `base`: the value of the baseline year, in the row's own unit; `others`: the other row's values. ValueError for
    another kind, or one whose amount is missing."""
    if terms.kind not in KINDS:
        raise ValueError(f"no such kind of target: {terms.kind}")
    if terms.amount is None and terms.kind not in WITHOUT_AMOUNT:
        raise ValueError(f"a target of the kind {terms.kind} needs an amount")
    if base is None and terms.kind in FROM_BASE:
        return {}
    exact = _beside(terms, others) if terms.kind == "than" else _exact(terms, base, baseline_year)
    return {year: _kept(number, terms.comparison) for year, number in exact}


def upper_ends(terms: TargetTerms, numbers: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """The upper end of each year's band, whose lower ends are `numbers`: the same number where none is given."""
    return {year: number if terms.amount_high is None else terms.amount_high for year, number in numbers.items()}


def _beside(terms: TargetTerms, others: Mapping[int, Decimal]) -> Iterator[tuple[int, Decimal]]:
    for year in range(terms.first_year, terms.last_year + 1):
        if year in others:
            yield year, others[year] + (terms.amount or Decimal(0))


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
    if terms.kind == "than":
        return _than_words(terms, amount)
    if terms.amount_high is not None:
        amount = f"{amount}–{terms.amount_high.normalize():f}" if terms.amount_high != terms.amount else f"{amount}左右"
    if terms.kind == "yearly":
        return f"每年{sign}{amount}"
    if terms.kind == "keep":
        return f"{sign or '保持'}基期水平"
    return f"年均{amount}%" if terms.kind == "growth" else f"比基期{amount}%"


def _than_words(terms: TargetTerms, amount: str) -> str:
    """高于“地区生产总值增速”；不低于“……”加1."""
    sign = {">": "高于", ">=": "不低于", "<": "低于", "<=": "不高于"}.get(terms.comparison, "达到")
    more = ""
    if terms.amount:
        more = f"加{amount}" if terms.amount > 0 else f"减{amount.removeprefix('-')}"
    return f"{sign}“{terms.other}”{more}"
