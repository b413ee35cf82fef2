"""A line of the dispatch list as the page shows it."""

from dataclasses import dataclass

from dispatch.lines import DispatchLine
from reporting.models import Notice


@dataclass(frozen=True)
class DispatchRow:
    """A line as the page shows it. `last`: when its unit was pressed for it last; `state`: what can be done now:
    `may` (press), `today` (pressed today already), `no_account` (nobody there would read it), "" (not by this user)."""

    number: int
    line: DispatchLine
    days: int | None
    place: str
    last: Notice | None
    state: str

    @property
    def key(self) -> str:
        return f"{self.line.key}|{self.line.unit_code}"

    @property
    def group(self) -> str:
        """The kind and the unit: what one click presses together."""
        return f"{self.line.kind}|{self.line.unit_code}"

    @property
    def may_be_pressed(self) -> bool:
        return self.state == "may"
