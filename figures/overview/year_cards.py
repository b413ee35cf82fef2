"""The years beside a heading: each with how its targets stand and how far its reporting is. No database."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from figures.picture import Picture

DUE = ("met", "near", "behind", "unreported")
SHOWN = (*DUE, "not_due")


@dataclass(frozen=True)
class YearCard:
    """`bars`: (status, number of cells), for a bar with parts in that proportion; `figure` and `state` in words."""

    year: int
    is_current: bool
    bars: tuple[tuple[str, int], ...]
    figure: str
    state: str


@dataclass(frozen=True)
class Years:
    """`cards`: the years that have values or are open, and the one asked for; `others`: the rest, as plain links."""

    cards: tuple[YearCard, ...]
    others: tuple[int, ...]


def years(picture: Picture, area: str | None = None) -> Years:
    """Of all counties of the picture, or of one. Of very many counties the years alone: not all cells are read here."""
    counted = _counted(picture, area)
    cards = []
    others = []
    for year in picture.years:
        if _is_offered(picture, year, counted[year], area):
            cards.append(_card(picture, year, counted[year], area))
        else:
            others.append(year)
    return Years(tuple(cards), tuple(others))


def _counted(picture: Picture, area: str | None) -> dict[int, Counter[str]]:
    status = "standard_status" if picture.asked.benchmark == "standard" else "status"
    found: dict[int, Counter[str]] = {year: Counter() for year in picture.years}
    codes = set(_codes(picture, area))
    for (code, _indicator, year), row in picture.records.items():
        if code in codes and year in found:
            found[year][row[status]] += 1
            found[year]["valued"] += row["value"] is not None
    return found


def _codes(picture: Picture, area: str | None) -> list[str]:
    """The one county that is asked for, else all of the picture."""
    if area:
        return [area]
    return [county.code for county in picture.counties]


def _is_offered(picture: Picture, year: int, counted: Counter[str], area: str | None) -> bool:
    if year == picture.year:
        return True
    if year <= picture.plan.baseline_year:
        return False
    if counted["valued"] > 0:
        return True
    return year in _open_years(picture, area)


def _open_years(picture: Picture, area: str | None) -> set[int]:
    """The years that are open for reporting in the one county, or in any."""
    found = set()
    for code, year in picture.reporting:
        if area is None or code == area:
            found.add(year)
    return found


def _card(picture: Picture, year: int, counted: Counter[str], area: str | None) -> YearCard:
    due = sum(counted[name] for name in DUE)
    figure = "–"
    bars: tuple[tuple[str, int], ...] = ()
    is_whole = not picture.is_wide or area is not None
    if is_whole:
        bars = tuple((name, counted[name]) for name in SHOWN if counted[name])
        if due:
            figure = _("{met}/{due} 达标").format(met=counted["met"], due=due)
    return YearCard(year, year == picture.year, bars, figure, _state(picture, year, area))


def _state(picture: Picture, year: int, area: str | None) -> str:
    if year == picture.plan.baseline_year:
        return _("基期")
    codes = _codes(picture, area)
    rows = []
    for code in codes:
        row = picture.reporting.get((code, year))
        if row is not None:
            rows.append(row)
    if not rows:
        return _("终期") if year == picture.plan.final_year else _("未开放")
    passed = sum(row.approved_at is not None for row in rows)
    if passed == len(codes):
        return _("已通过")
    if len(codes) == 1:
        return _("填报中")
    return _("{n}/{all} 已通过").format(n=passed, all=len(codes))
