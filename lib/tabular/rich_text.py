"""A text of a workbook, run by run, as it is seen: figures that stand raised or lowered are not those of a number, what
is struck through is not said, and ruby (phonetic) runs are no part of it."""

RAISED = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
ELEMENTS = frozenset({"t", "rPh", "r", "vertAlign", "strike"})
SHIFTS = {"superscript": RAISED, "subscript": LOWERED}


class RichText:
    """Handlers of the elements within one text; `take` gives what they held and begins the next."""

    def __init__(self) -> None:
        self.in_text = self.in_ruby = self.is_struck = self.is_run_struck = False
        self.pieces: list[str] = []
        self.shift: dict[int, int] | None = None

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "t":
            self.in_text = not self.in_ruby
        elif name == "rPh":
            self.in_ruby = True
        elif name == "r":
            self.shift, self.is_run_struck = None, False
        elif name == "vertAlign":
            self.shift = SHIFTS.get(given.get("val", ""))
        elif name == "strike":
            self.is_run_struck = given.get("val", "1") not in ("0", "false")

    def text(self, text: str) -> None:
        if self.in_text:
            self.pieces.append(text.translate(self.shift) if self.shift else text)
            self.is_struck = self.is_struck or (self.is_run_struck and bool(text.strip()))

    def end(self, name: str) -> None:
        if name == "t":
            self.in_text = False
        elif name == "rPh":
            self.in_ruby = False

    def take(self) -> tuple[str, bool]:
        """(the text, whether any of it is struck through)."""
        taken = "".join(self.pieces), self.is_struck
        self.pieces.clear()
        self.shift, self.is_struck, self.is_run_struck = None, False, False
        return taken
