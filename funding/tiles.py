"""Money in sentences and short lists: what stands at the head of the page and on the overview's tile."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from funding import frames
from funding.ledger import Ledger
from funding.matching import cut, exact, match_cell, rule_of, shown_change
from funding.models import FundingSource, State
from lib.database.prepared_statements import again
from lib.numbers import ABSENT, named_rows, plain, rounded

PER_YI = 10_000
MARKS = {"met": "met", "near": "near", "short": "behind"}
SIGNS = {"met": "✓", "near": "≈", "short": "▼"}
NEARLY = 0.9  # of what is promised


@dataclass(frozen=True)
class SourcePromise:
    """A source that the plan promises every year, and what has arrived of it, 亿元."""

    source: FundingSource
    arrived: float

    @property
    def promised(self) -> float:
        return float(self.source.promised_yearly_yi or 0)

    @property
    def is_kept(self) -> bool:
        return self.arrived >= self.promised


@dataclass(frozen=True)
class Match:
    """A county's year of matching as a template wants it; `row` is the frame's row, NaN as None; `before` the ratio of
    the year before."""

    name: str
    row: dict
    before: float | None = None

    @property
    def change(self) -> float | None:
        return shown_change(self.row["ratio"], self.before)

    @property
    def mood(self) -> str:
        """The class of the mark that the pages use for this status."""
        return MARKS.get(self.row["status"], "not_due")

    @property
    def sign(self) -> str:
        return SIGNS.get(self.row["status"], "·")

    @property
    def ratio_words(self) -> str:
        return ratio_words(self.row["ratio"])

    @property
    def lacks(self) -> bool:
        return bool(self.row["owed"])


def ratio_words(ratio: float | None) -> str:
    """ "1 : 0.86", which no line break tears apart; an en dash where there is no ratio."""
    if ratio is None:
        return ABSENT
    return f"1\u00a0:\u00a0{rounded(cut(ratio), 2)}"


def promises(ledger: Ledger) -> list[SourcePromise]:
    """What of each yearly promise has arrived in the page's year, of all counties."""
    cells = ledger.every_cell
    arrived = cells[(cells["year"] == ledger.year) & (cells["state"] == State.ARRIVED)]
    sums = arrived.groupby("source")["amount"].sum()
    found = []
    for source in ledger.sources:
        if source.promised_yearly_yi:
            wan = float(sums.get(source.code, 0))
            found.append(SourcePromise(source, round(wan / PER_YI, 10)))
    return found


def matches(ledger: Ledger, year: int | None = None) -> list[Match]:
    """The counties' matching in a year, the page's by default, in the counties' order."""
    wanted = year or ledger.year
    before = {row["area"]: row["ratio"] for row in ledger.matching_rows if row["year"] == wanted - 1}
    found = []
    for row in ledger.matching_rows:
        if row["year"] == wanted:
            area = row["area"]
            found.append(Match(ledger.area_names[area], row, before.get(area)))
    return found


def owed_in_all(ledger: Ledger) -> list[tuple[str, float]]:
    """(county, 万元 that it owes of all years together) of those that owe, in the counties' order."""
    sums: dict[str, float] = {}
    for row in ledger.matching_rows:
        sums[row["area"]] = sums.get(row["area"], 0.0) + float(row["owed"] or 0)
    return [(ledger.area_names[area], round(owed, 6)) for area, owed in sums.items() if owed]


@dataclass(frozen=True)
class Paid:
    """What of a yearly promise of the plan has arrived in a year, 亿元."""

    name: str
    arrived: float
    promised: float
    is_demo: bool

    @property
    def mood(self) -> str:
        if self.arrived >= self.promised:
            return "met"
        return "near" if self.arrived >= NEARLY * self.promised else "behind"


@dataclass(frozen=True)
class CountyMatch:
    """A county's matched ÷ base in a year; `owed` in 万元; `mood` a class of the pages."""

    ratio: float | None
    owed: float
    mood: str

    @property
    def ratio_words(self) -> str:
        return ratio_words(self.ratio)


@dataclass(frozen=True)
class Tile:
    """What the overview says of a year's money: each yearly promise and what of it has arrived, the same figures as the
    page of money; matched ÷ base by county, and of all counties together, against the rule's `floor`, None where there
    is no rule."""

    paid: tuple[Paid, ...]
    matches: dict[str, CountyMatch]
    ratio: float | None
    floor: float | None
    owed: float
    is_demo: bool

    @property
    def arrived(self) -> float:
        return round(sum(each.arrived for each in self.paid), 10)

    @property
    def promised(self) -> float:
        return sum(each.promised for each in self.paid)

    @property
    def ratio_words(self) -> str:
        return ratio_words(self.ratio)

    @property
    def floor_words(self) -> str:
        if self.floor is None:
            return ABSENT
        return f"1\u00a0:\u00a0{plain(self.floor)}"

    @property
    def floor_share(self) -> float:
        """How far the ratio has come towards the floor, 1 at most."""
        if not self.floor:
            return 1
        return min((self.ratio or 0) / self.floor, 1)


def tile(user: User, areas: Sequence[str], year: int, as_of: datetime | None = None) -> Tile | None:
    """None where nothing of the year is recorded. Five queries."""
    cells = _cells(as_of, areas, year)
    sources = again(("promised sources", user.is_authenticated), lambda: _promised_sources(user))
    if not cells:
        return None
    sums: defaultdict[tuple, float] = defaultdict(float)
    for cell in cells:
        sums[cell.area, cell.year, cell.source, cell.state] += cell.amount
    exact_sums = {key: exact(amount) for key, amount in sums.items()}
    rules = frames.rules(as_of)
    judged = [match_cell(exact_sums, rules, area, year) for area in areas]
    due = [row for row in judged if row["status"] in MARKS]
    rule = rule_of(rules, year)
    return Tile(
        paid=tuple(_paid(source, cells) for source in sources),
        matches={row["area"]: _county_match(row) for row in judged},
        ratio=_common_ratio(due),
        floor=None if rule is None else float(rule.floor),
        owed=round(sum(row["owed"] for row in due), 6),
        is_demo=any(cell.demo for cell in cells),
    )


def _promised_sources(user: User) -> QuerySet[FundingSource]:
    """Those that are to give so much every year, the largest first."""
    found = FundingSource.objects.visible_to(user).filter(promised_yearly_yi__isnull=False)
    return found.order_by("-promised_yearly_yi", "position")


def _common_ratio(due: list[dict]) -> float | None:
    """Matched ÷ base of the counties together; None where none of them is due."""
    if not due:
        return None
    matched, base = sum(row["matched"] for row in due), sum(row["base"] for row in due)
    return matched / base


def _cells(as_of: datetime | None, areas: Sequence[str], year: int) -> list:
    """The year's sums as plain rows: of now without a frame, which would cost more than the whole tile."""
    if as_of is None:
        return frames.present_rows(areas, year=year)
    return list(named_rows(frames.cells_of(as_of, areas, year=year)))


def _paid(source: FundingSource, cells: list) -> Paid:
    own = [cell for cell in cells if cell.source == source.code and cell.state == State.ARRIVED]
    wan = sum(cell.amount for cell in own)
    promised = float(source.promised_yearly_yi or 0)
    return Paid(source.shown_name, round(wan / PER_YI, 10), promised, any(cell.demo for cell in own))


def _county_match(row: dict) -> CountyMatch:
    return CountyMatch(row["ratio"], float(row["owed"] or 0), MARKS.get(row["status"], "not_due"))


def crosstab(ledger: Ledger) -> dict:
    """Source × county in the page's year and state, 万元: `rows` of (source code, name, [amount per county], total),
    `totals` per county, `total` of all. A cell without flows is None."""
    summed = ledger.leaves.groupby(["source", "area"])["amount"].sum()
    sums = {key: round(float(amount), 6) for key, amount in summed.items()}
    areas = [code for code in ledger.area_names if _is_asked(ledger, code)]
    rows, amounts_of_rows, sums_of_rows = [], [], []
    for code, name in ledger.source_names.items():
        amounts = [sums.get((code, area)) for area in areas]
        if amounts.count(None) == len(areas):
            continue
        total = _sum(amounts)
        rows.append((code, name, list(zip(areas, amounts, strict=True)), total))
        amounts_of_rows.append(amounts)
        sums_of_rows.append(total)
    columns = zip(*amounts_of_rows, strict=True)
    return {
        "areas": [(code, ledger.area_names[code]) for code in areas],
        "rows": rows,
        "totals": [_sum(column) for column in columns],
        "total": _sum(sums_of_rows),
    }


def _is_asked(ledger: Ledger, area: str) -> bool:
    """Every county, where the address names none."""
    return not ledger.asked.areas or area in ledger.asked.areas


def _sum(amounts: Iterable[float | None]) -> float:
    return round(sum(amount or 0 for amount in amounts), 6)
