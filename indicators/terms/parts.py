"""The parts of a ratio: what a definition calls them, and the value that follows from them. Pure.

A value is computed from its parts and from nothing else: numerator × factor ÷ denominator, rounded half up to two
places more than its row is shown with."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from lib.numbers import DECIMALS

MORE_PLACES = 2  # than the row is shown with: judged before it is rounded, and still a number that people read


@dataclass(frozen=True)
class RatioParts:
    """What was counted. One of the two may be missing while a person still types."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None

    @property
    def are_both(self) -> bool:
        return self.numerator is not None and self.denominator is not None

    @property
    def is_empty(self) -> bool:
        return self.numerator is None and self.denominator is None


NO_PARTS = RatioParts()


@dataclass(frozen=True)
class PartTerms:
    """What a definition says of its parts: names, units, and by how much the quotient is multiplied (100 for a
    percentage)."""

    numerator: str
    numerator_unit: str
    denominator: str
    denominator_unit: str
    factor: Decimal
    decimals: int

    def value(self, parts: RatioParts) -> Decimal | None:
        """None where a part is missing, or where nothing can be divided by the denominator."""
        return ratio(parts.numerator, parts.denominator, self.factor, self.decimals)


def agree(given: Decimal, computed: Decimal, decimals: int) -> bool:
    """Whether a number written beside its parts is their quotient, to the places that its row is shown with."""
    return abs(given - computed) <= Decimal("0.5").scaleb(-decimals)


def ratio(numerator: Decimal | None, denominator: Decimal | None, factor: Decimal, decimals: int) -> Decimal | None:
    """numerator × factor ÷ denominator, of a row that is shown with `decimals` places; None where a part is missing or
    the denominator is not above zero."""
    if numerator is None or denominator is None or denominator <= 0:
        return None
    with localcontext() as context:
        context.prec = 60  # fifteen digits a part: nothing is rounded before the last step
        step = Decimal(1).scaleb(-min(DECIMALS, decimals + MORE_PLACES))
        return (numerator * factor / denominator).quantize(step, ROUND_HALF_UP)
