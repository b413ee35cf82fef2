"""The years beside a heading: each with how its targets stand and how far its reporting is. No database."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from figures.picture import Picture

SHOWN = ("met", "near", "behind", "unreported", "not_due")


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
    offered = [year for year in picture.years if _is_offered(picture, year, counted, area)]
    cards = tuple(_card(picture, year, counted[year], area) for year in offered)
    return Years(cards, tuple(year for year in picture.years if year not in offered))


def _counted(picture: Picture, area: str | None) -> dict[int, Counter[str]]:
    status = "standard_status" if picture.asked.benchmark == "standard" else "status"
    found: dict[int, Counter[str]] = {year: Counter() for year in picture.years}
    codes = {area} if area else {county.code for county in picture.counties}
    for (code, _indicator, year), row in picture.records.items():
        if code in codes and year in found:
            found[year][row[status]] += 1
            found[year]["valued"] += row["value"] is not None
    return found


def _is_offered(picture: Picture, year: int, counted: dict[int, Counter[str]], area: str | None) -> bool:
    if year == picture.year:
        return True
    if year <= picture.plan.baseline_year:
        return False
    is_open = any(at == year and area in (None, code) for code, at in picture.reporting)
    return is_open or counted[year]["valued"] > 0


def _card(picture: Picture, year: int, counted: Counter[str], area: str | None) -> YearCard:
    due = sum(counted[name] for name in ("met", "near", "behind", "unreported"))
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
    codes = [area] if area else [county.code for county in picture.counties]
    by_county = [picture.reporting.get((code, year)) for code in codes]
    rows = [row for row in by_county if row]
    if not rows:
        return _("终期") if year == picture.plan.final_year else _("未开放")
    passed = sum(row.approved_at is not None for row in rows)
    if passed == len(codes):
        return _("已通过")
    if len(codes) == 1:
        return _("填报中")
    return _("{n}/{all} 已通过").format(n=passed, all=len(codes))
