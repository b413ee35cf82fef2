"""What a map paints: of each area one class, which the style sheet colours, and words. No Django, no database.

A measure that is judged (gap, outlook, chance) takes the colours of its judgement; one that is a number alone takes one
of five steps between the lowest and the highest number of all years shown, so that the years compare."""

from collections.abc import Iterable
from dataclasses import dataclass

STEPS = 5
MISSING = "missing"  # hatched
# outlook or grade → one of the colours of a judgement
TONES = {
    "achieved": "met",
    "on_track": "met",
    "undecided": "near",
    "accelerate": "near",
    "limited": "behind",
    "moving_away": "behind",
    "missed": "behind",
    "very_likely": "step-5",
    "likely": "step-4",
    "even": "step-3",
    "unlikely": "step-2",
    "very_unlikely": "step-1",
}
JUDGED = ("met", "near", "behind")
# The colours of the classes in a picture that leaves; on a page they stand in the style sheet (a test compares them).
PAINTS = {
    "met": "#2b7663",
    "near": "#a8731a",
    "behind": "#b23b2b",
    "step-1": "#a9c3d8",
    "step-2": "#7ea5c4",
    "step-3": "#5486ad",
    "step-4": "#2f6690",
    "step-5": "#12395b",
}


@dataclass(frozen=True)
class Steps:
    """Five steps of equal width from `low` to `high`, both in the row's unit."""

    low: float
    high: float

    @classmethod
    def of(cls, numbers: Iterable[float | None]) -> "Steps | None":
        """Of all that is known; None where nothing is."""
        known = [number for number in numbers if number is not None]
        return cls(min(known), max(known)) if known else None

    def paint(self, number: float) -> str:
        """step-1 for the lowest to step-5 for the highest; the middle one where all numbers are equal."""
        if self.high <= self.low:
            return "step-3"
        place = int(STEPS * (number - self.low) / (self.high - self.low))
        return f"step-{min(place, STEPS - 1) + 1}"

    @property
    def bounds(self) -> list[tuple[str, float, float]]:
        """(class, from, to) of each step that a number can fall into, the lowest first."""
        if self.high <= self.low:
            return [("step-3", self.low, self.high)]
        width = (self.high - self.low) / STEPS
        edges = [self.low + width * place for place in range(STEPS)] + [self.high]
        return [(f"step-{place + 1}", edges[place], edges[place + 1]) for place in range(STEPS)]


def judged_paint(code: str) -> str:
    """The class of a status, an outlook or a grade; hatched where it says nothing."""
    tone = TONES.get(code, code)
    return tone if tone in JUDGED or tone.startswith("step-") else MISSING
