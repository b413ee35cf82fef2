"""The kernel a second time: row by row, in exact fractions, as slow and as plain as its definition."""

from decimal import Decimal
from fractions import Fraction

PACE_ON_TRACK = Fraction(95, 100)
PACE_ACCELERATE = Fraction(60, 100)


def exact(number):
    """The decimal that was typed; None where there is none."""
    if number is None or number != number:
        return None
    return Fraction(Decimal(repr(float(number))))


def assess_rows(rows, *, baseline_year, final_year, as_of_year):
    """One dict of outputs for each dict of inputs; amounts are Fractions, None where missing."""
    by_key = {(row["area"], row["indicator"], row["year"]): row for row in rows}

    def at(row, column, year):
        other = by_key.get((row["area"], row["indicator"], year))
        return None if other is None else exact(other.get(column))

    return [
        assess_row(
            row,
            v0=at(row, "value", baseline_year),
            final=at(row, "target", final_year),
            final_high=at(row, "target_high", final_year),
            previous=at(row, "value", row["year"] - 1),
            baseline_year=baseline_year,
            final_year=final_year,
            as_of_year=as_of_year,
        )
        for row in rows
    ]


def assess_row(row, *, v0, final, final_high, previous, baseline_year, final_year, as_of_year):
    d = row["direction"]
    year = row["year"]
    v, t, s = exact(row["value"]), exact(row["target"]), exact(row["standard"])
    t_high, s_high = exact(row.get("target_high")), exact(row.get("standard_high"))
    tolerance = exact(row["tolerance"])
    change = difference(1, v, previous)
    mean_change = None
    if v is not None and v0 is not None and year > baseline_year:
        mean_change = (v - v0) / (year - baseline_year)
    common = {
        "change": change,
        "mean_change": mean_change,
        "projection": projection_of(row, v, mean_change, year, final_year),
    }
    ahead = None
    if mean_change is not None and year <= final_year:
        ahead = v + mean_change * (final_year - year)
    if d == 0:
        gap = within(v, t, t_high)
        standard_gap = within(v, s, s_high)
        own = None if t is None or t_high is None else t
        standard = None if s is None or s_high is None else s
        return common | {
            "gap": gap,
            "attainment": None,
            "status": status_of("no_target", gap, v, own, tolerance, year, as_of_year),
            "standard_gap": standard_gap,
            "standard_status": status_of("no_standard", standard_gap, v, standard, tolerance, year, as_of_year),
            "ambition_gap": None,
            "required_change": None,
            "pace": None,
            "outlook": band_outlook_of(v, final, final_high, ahead, year, baseline_year, final_year),
            "is_slipping": False,
        }
    gap = difference(d, v, t)
    standard_gap = difference(d, v, s)
    required_change = None
    if v is not None and final is not None and year < final_year:
        required_change = (final - v) / (final_year - year)
    pace = pace_of(d, v, t, v0, final, year, baseline_year, final_year)
    return common | {
        "gap": gap,
        "attainment": attainment_of(d, v, t),
        "status": status_of("no_target", gap, v, t, tolerance, year, as_of_year),
        "standard_gap": standard_gap,
        "standard_status": status_of("no_standard", standard_gap, v, s, tolerance, year, as_of_year),
        "ambition_gap": difference(d, t, s),
        "required_change": required_change,
        "pace": pace,
        "outlook": outlook_of(d, v, final, gap, mean_change, ahead, pace, year, baseline_year, final_year),
        "is_slipping": change is not None and d * change < 0,
    }


def within(v, low, high):
    if v is None or low is None or high is None:
        return None
    return min(v - low, high - v)


def difference(d, first, second):
    return None if first is None or second is None else d * (first - second)


def attainment_of(d, v, t):
    if v is None or t is None:
        return None
    above, below = (v, t) if d == 1 else (t, v)
    return None if below == 0 else above / below


def status_of(none, gap, v, benchmark, tolerance, year, as_of_year):
    if benchmark is None:
        return none
    if v is None and year > as_of_year:
        return "not_due"
    if v is None:
        return "unreported"
    if gap >= 0:
        return "met"
    if gap >= -tolerance:
        return "near"
    return "behind"


def pace_of(d, v, t, v0, final, year, baseline_year, final_year):
    if year <= baseline_year or v is None or v0 is None or final is None:
        return None
    if d * (final - v0) <= 0:
        return None
    done = (v - v0) / (final - v0)
    due = Fraction(year - baseline_year, final_year - baseline_year)
    if t is not None:
        due = (t - v0) / (final - v0)
    return None if due <= 0 else done / due


def projection_of(row, v, mean_change, year, final_year):
    if mean_change is None or year > final_year:
        return None
    projection = v + mean_change * (final_year - year)
    lower, upper = exact(row["lower_bound"]), exact(row["upper_bound"])
    if lower is not None and projection < lower:
        projection = lower
    if upper is not None and projection > upper:
        projection = upper
    return projection


def outlook_of(d, v, final, gap, mean_change, ahead, pace, year, baseline_year, final_year):
    if v is None or final is None or year <= baseline_year:
        return "unknown"
    if d * (v - final) >= 0:
        return "achieved"
    if year >= final_year:
        return "missed"
    if pace is not None:
        return band_of(pace, reaches=d * (ahead - final) >= 0)
    if gap is not None and gap >= 0:
        return "on_track"
    if mean_change is not None and d * mean_change < 0:
        return "moving_away"
    return "unknown"


def band_of(pace, *, reaches):
    if pace < 0:
        return "moving_away"
    if pace >= PACE_ON_TRACK and reaches:
        return "on_track"
    if pace >= PACE_ON_TRACK or reaches:
        return "undecided"
    if pace >= PACE_ACCELERATE:
        return "accelerate"
    return "limited"


def band_outlook_of(v, final, final_high, ahead, year, baseline_year, final_year):
    if v is None or final is None or final_high is None or year <= baseline_year:
        return "unknown"
    if final <= v <= final_high:
        return "achieved"
    if year >= final_year:
        return "missed"
    if ahead is not None and final <= ahead <= final_high:
        return "on_track"
    return "limited"
