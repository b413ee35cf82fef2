"""Money in sentences and short lists: what stands at the head of the page and on the overview's tile."""

from dataclasses import dataclass

from funding.ledger import Ledger
from funding.models import FundingSource, State
from lib.numbers import plain, rounded

PER_YI = 10_000
MARKS = {"met": "met", "near": "near", "short": "behind"}


@dataclass(frozen=True)
class Promise:
    """A source that the plan promises every year, and what has arrived of it, 亿元."""

    source: FundingSource
    arrived: float

    @property
    def promised(self) -> float:
        return float(self.source.promised_yearly_yi)

    @property
    def is_kept(self) -> bool:
        return self.arrived >= self.promised


@dataclass(frozen=True)
class Match:
    """A county's year of matching as a template wants it; `row` is the frame's row, NaN as None."""

    name: str
    row: dict

    @property
    def mood(self) -> str:
        """The class of the mark that the pages use for this status."""
        return MARKS.get(self.row["status"], "not_due")

    @property
    def sign(self) -> str:
        return {"met": "✓", "near": "≈", "short": "▼"}.get(self.row["status"], "·")

    @property
    def ratio_words(self) -> str:
        return ratio_words(self.row["ratio"])

    @property
    def lacks(self) -> bool:
        return bool(self.row["owed"])


def ratio_words(ratio: float | None) -> str:
    """ "1 : 0.86"; cut and never rounded up, so that a ratio below the floor does not look like the floor."""
    return "–" if ratio is None else f"1 : {rounded(int(round(ratio * 10**6, 0)) // 10**4 / 100, 2)}"


def promises(ledger: Ledger) -> list[Promise]:
    """What of each yearly promise has arrived in the page's year, of all counties."""
    cells = ledger.every_cell
    arrived = cells[(cells["year"] == ledger.year) & (cells["state"] == State.ARRIVED)]
    sums = arrived.groupby("source")["amount"].sum()
    promised = [source for source in ledger.sources if source.promised_yearly_yi]
    return [Promise(source, round(float(sums.get(source.code, 0)) / PER_YI, 10)) for source in promised]


def matches(ledger: Ledger, year: int | None = None) -> list[Match]:
    """The counties' matching in a year, the page's by default, in the counties' order."""
    rows = [row for row in ledger.matching_rows() if row["year"] == (year or ledger.year)]
    return [Match(ledger.area_names[row["area"]], row) for row in rows]


def matching_ratio(ledger: Ledger) -> tuple[float | None, float]:
    """(matched ÷ base of all counties together that have to match, 万元 owed by all) in the page's year."""
    rows = [match.row for match in matches(ledger) if match.row["status"] in {"met", "near", "short"}]
    base = sum(row["base"] for row in rows)
    owed = round(sum(row["owed"] for row in rows), 6)
    return (sum(row["matched"] for row in rows) / base if base else None), owed


def crosstab(ledger: Ledger) -> dict:
    """Source × county in the page's year and state, 万元: `rows` of (source code, name, [amount per county], total),
    `totals` per county, `total` of all. A cell without flows is None."""
    leaves = ledger.leaves
    sums = {key: round(float(v), 6) for key, v in leaves.groupby(["source", "area"])["amount"].sum().items()}
    areas = [code for code in ledger.area_names if not ledger.asked.areas or code in ledger.asked.areas]
    rows = []
    for code, name in ledger.source_names.items():
        amounts = [sums.get((code, area)) for area in areas]
        if any(amount is not None for amount in amounts):
            rows.append((code, name, list(zip(areas, amounts, strict=True)), _sum(amounts)))
    columns = list(zip(*([amount for _, amount in row[2]] for row in rows), strict=True))
    return {
        "areas": [(code, ledger.area_names[code]) for code in areas],
        "rows": rows,
        "totals": [_sum(column) for column in columns],
        "total": _sum([row[3] for row in rows]),
    }


def _sum(amounts) -> float:
    return round(sum(amount or 0 for amount in amounts), 6)


def money(amount: float | None) -> str:
    """万元 with at least two places."""
    return plain(amount, 2)
