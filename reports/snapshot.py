"""What a report is made from: the year's picture frozen as plain JSON. The same snapshot gives the same report for
ever, whatever is approved, revised or imported later."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from figures import summary
from figures.asked import Asked
from figures.cells import JudgedCell
from figures.picture import Picture
from figures.tables import CELL_COLUMNS
from indicators.aggregates import city_aggregates
from indicators.cells.inputs import SERIES
from indicators.gaps import OPTIONAL_COLUMNS
from reporting.models import Submission
from reporting.rounds.quality import quality_of
from reporting.sheets import read_sheet
from reports.support import freeze_backing

# Raised when the shape changes. 2: with projects, funding and commitments; 3: with the forecast; 4: with the year
# before, the counties taken together and the quality of reporting; 5: with the city's own rows.
RULES = 5


def freeze(year: int, user: User) -> dict:
    """The official picture of `year` as JSON: plan, counties, indicators, cells, counts, series, what needs
    attention, findings with their explanations, and what stands behind them. Numbers are floats in each row's own
    unit, absent ones None."""
    picture = Picture(Asked(year=year), user)
    cells = list(picture.cells())
    return {
        "rules": RULES,
        "year": year,
        "title": picture.plan.document.title,
        "baseline_year": picture.plan.baseline_year,
        "final_year": picture.plan.final_year,
        "taken_at": timezone.localtime().isoformat(timespec="seconds"),
        "computed_at": picture.computed_at.isoformat(timespec="seconds") if picture.computed_at else None,
        "has_demo": picture.has_demo,
        "counties": [_county(picture, area, cells) for area in picture.counties],
        "counts": counts_of(cells),
        "indicators": [_indicator(row) for row in picture.definitions],
        "cells": [_cell(picture, cell) for cell in cells],
        "attention": [_attention(cell, picture.plan.final_year) for cell in summary.attention(cells)],
        "city": _city(picture),
        "findings": list(_findings(picture)),
        "aggregates": _aggregates(picture),
        "whole": picture.plan.whole,
        "quality": _quality(picture),
        **freeze_backing(picture, user),
    }


def counts_of(cells: list[JudgedCell]) -> dict:
    counts = summary.count(cells)
    return {**asdict(counts), "met_share": counts.met_share, "reported": counts.reported}


def _city(picture: Picture) -> dict | None:
    """The city that has targets of its own, as a county is frozen, its cells beside it; None where it has none."""
    if picture.city is None:
        return None
    cells = list(picture.city_cells())
    return {
        **_county(picture, picture.city, cells),
        "cells": [_cell(picture, cell) for cell in cells],
        "attention": [_attention(cell, picture.plan.final_year) for cell in summary.attention(cells)],
    }


def _county(picture: Picture, area, cells: list[JudgedCell]) -> dict:
    own = [cell for cell in cells if cell.area.code == area.code]
    best, last = summary.standings(cells, area.code)
    reporting = picture.reporting.get((area.code, picture.year))
    approved_at = reporting.approved_at if reporting else None
    return {
        "code": area.code,
        "name": area.name,
        "counts": counts_of(own),
        "approved_on": timezone.localdate(approved_at).isoformat() if approved_at else None,
        "ahead": [row.cell.definition.indicator_id for row in best],
        "last": [row.cell.definition.indicator_id for row in last],
        "fields": _fields(own),
    }


def _fields(cells: list[JudgedCell]) -> list[dict]:
    """How each field stands in a county: met of due."""
    found: dict[str, Counter] = {}
    for cell in cells:
        found.setdefault(cell.definition.field.name, Counter())[cell.status] += 1
    fields = []
    for name, counts in found.items():
        due = sum(counts[status] for status in summary.DUE)
        fields.append({"name": name, "met": counts["met"], "due": due})
    return fields


def _indicator(row) -> dict:
    return {
        "code": row.indicator_id,
        "name": row.name,
        "unit": row.unit,
        "gap_unit": row.gap_unit,
        "decimals": row.decimals,
        "direction": row.direction,
        "stages": row.stages,
        "stages_en": row.stages_en,
        "force": row.get_force_display(),
        "field": row.field.name,
        "origin": row.get_origin_display(),
        "owner": row.owner,
        "definition": row.definition,
        "is_provisional": row.is_provisional,
    }


def _cell(picture: Picture, cell: JudgedCell) -> dict:
    code, indicator = cell.area.code, cell.definition.indicator_id
    return {
        "area": code,
        "indicator": indicator,
        **{name: cell.row[name] for name in CELL_COLUMNS if name != "grade"},
        "marks": cell.marks,
        "is_slipping": bool(cell.row["is_slipping"]),
        "is_demo": bool(cell.row["is_demo"]),
        "shortfall": cell.shortfall,
        "shortfall_year": cell.shortfall_year,
        "relative_gap": cell.relative_gap,
        "grade": cell.grade,
        "series": {name: picture.series(code, indicator, name) for name in (*SERIES, *OPTIONAL_COLUMNS)},
        "band": picture.band(code, indicator),
        "before": _before(picture, cell),
    }


def _before(picture: Picture, cell: JudgedCell) -> dict | None:
    """How the same cell stood in the year before; None in the plan's first."""
    earlier = picture.cell(cell.area, cell.definition, cell.year - 1)
    return {"status": earlier.status, "value": earlier.row["value"]} if earlier else None


def _attention(cell: JudgedCell, final_year: int) -> dict:
    return {
        "area": cell.area.code,
        "indicator": cell.definition.indicator_id,
        "status": cell.status,
        "words": summary.attention_words(cell, final_year),
        "who": f"{cell.area.name}{cell.definition.owner}",
    }


def _findings(picture: Picture) -> Iterator[dict]:
    """What the checks found in the year's approved sheets, with what the units wrote to it."""
    sheets = Submission.objects.visible_to(picture.user).filter(round__year=picture.year, state="approved")
    for sheet in sheets.select_related("round", "area"):
        for line in read_sheet(sheet):
            if line.findings or line.entry.explanation:
                yield {
                    "area": sheet.area_id,
                    "indicator": line.entry.indicator_id,
                    "findings": [finding.words for finding in line.findings],
                    "explanation": line.entry.explanation,
                    "is_demo": line.entry.is_demo,
                }


def _aggregates(picture: Picture) -> list[dict]:
    """The counties taken together in the year, with how many went in."""
    found = city_aggregates(years=[picture.year])
    return [
        {
            "indicator": each.indicator,
            "method": each.method,
            "value": float(each.value),
            "numerator": _double(each.parts.numerator),
            "denominator": _double(each.parts.denominator),
            "counted": each.counted,
            "counties": each.counties,
            "is_demo": each.is_demo,
        }
        for each in found
        if each.value is not None
    ]


def _double(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _quality(picture: Picture) -> list[dict]:
    """How well the year was reported, by unit."""
    sheets = Submission.objects.visible_to(picture.user).filter(round__year=picture.year).select_related("round")
    return [asdict(row) for row in quality_of(list(sheets))]


MOVING = ("value", "target", "target_high", "standard", "standard_high", "status", "outlook")


def moved(old: dict, new: dict) -> list[dict]:
    """What differs in the cells of two snapshots of one year: indicator, county, column, old and new, in order."""
    before, after = _all_cells(old), _all_cells(new)
    rows = []
    for key in [*before, *(key for key in after if key not in before)]:
        for name in MOVING:
            was, now = before.get(key, {}).get(name), after.get(key, {}).get(name)
            if was != now:
                rows.append({"area": key[0], "indicator": key[1], "column": name, "old": was, "new": now})
    return rows


def _all_cells(content: dict) -> dict[tuple[str, str], dict]:
    """The counties' and the city's own."""
    own = (content.get("city") or {}).get("cells", [])
    return {(row["area"], row["indicator"]): row for row in [*content["cells"], *own]}
