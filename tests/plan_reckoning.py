"""Every cell of a plan's file reckoned from its text, slowly and plainly, in whole fractions. Nothing of the product is
imported: what it says and what the site shows are two readings of one file."""

from fractions import Fraction

MICRO = Fraction(1, 1_000_000)
NOTHING = (None,) * 2


def reckon(data: dict, *, as_of_year: int) -> dict:
    """(area, indicator, year) → (value, target, target_high, gap, status, standard gap, standard status, outlook)."""
    first, last = data["plan"]["baseline_year"], data["plan"]["final_year"]
    places = {row["code"]: row for row in data["areas"] if row["kind"] != "city"}
    cells = {}
    for area, place in places.items():
        values = {row["code"]: _values(data, area, row, first) for row in data["indicators"]}
        for row in data["indicators"]:
            targets = _targets(data, area, row, values, first, last)
            standards = _given(data.get("standards", []), area, row)
            for year in range(first, last + 1):
                key = (area, row["code"], year)
                if not _is_there(area, place, row, year):
                    cells[key] = (None, None, None, None, "not_applicable", None, "not_applicable", "unknown")
                    continue
                cells[key] = _cell(row, values[row["code"]], targets, standards, year, (first, last, as_of_year))
    return cells


def _is_there(area, place, row, year) -> bool:
    if area not in row.get("only_areas", [area]):
        return False
    return all(each.get("first_year", 0) <= year <= each.get("last_year", 9999) for each in (place, row))


def _exact(number) -> Fraction:
    return Fraction(str(number))


def _place(row: dict, value) -> Fraction:
    return Fraction(row["stages"].index(value)) if isinstance(value, str) else _exact(value)


def _speaks_for(row: dict, area: str) -> bool:
    return row.get("area", "each_county") in ("each_county", area)


def _values(data, area, row, first) -> dict:
    found = {
        each["year"]: _place(row, each["value"])
        for each in data["observations"]
        if each["indicator"] == row["code"] and each["area"] == area
    }
    if row["kind"] == "cumulative":
        found.setdefault(first, Fraction(0))
    return found


def _given(rows, area, row) -> dict:
    """Year → both ends (the second None where the row is no band)."""
    found = {}
    for each in rows:
        if each["indicator"] == row["code"] and _speaks_for(each, area) and "target_kind" not in each:
            low = _place(row, each["value"])
            high = _exact(each.get("value_high", each["value"])) if row["direction"] == "within" else None
            found[each["year"]] = (low, high)
    return found


def _targets(data, area, row, values, first, last) -> dict:
    found = {}
    for each in data["targets"]:
        if each["indicator"] != row["code"] or not _speaks_for(each, area) or "target_kind" not in each:
            continue
        for year, number in _of_kind(each, row, values, first, last).items():
            high = _exact(each.get("value_high", number)) if row["direction"] == "within" else None
            found[year] = (number, high)
    return found | _given(data["targets"], area, row)


def _of_kind(each, row, values, first, last) -> dict:
    kind, base = each["target_kind"], values[row["code"]].get(first)
    years = range(each.get("from", first + 1), each.get("to", last) + 1)
    sign = each.get("comparison", {"higher": ">", "lower": "<"}[row["direction"]] if kind == "than" else "")
    step = {">": MICRO, "<": -MICRO}.get(sign, 0)
    exact = {}
    if kind == "yearly":
        exact = {year: _place(row, each["value"]) for year in years}
    elif kind == "than":
        other = values[each["than"]]
        exact = {year: other[year] + _exact(each.get("value", 0)) for year in years if year in other}
    elif base is not None and kind == "keep":
        exact = dict.fromkeys(years, base)
    elif base is not None and kind == "relative":
        exact = {years[-1]: base + base * _exact(each["value"]) / 100}
    elif base is not None:
        for year in years:
            level = base
            for _year in range(first, year):
                level += level * _exact(each["value"]) / 100
            exact[year] = level
    return {year: _rounded(number) + step for year, number in exact.items()}


def _rounded(number: Fraction) -> Fraction:
    """To a millionth, halves away from zero."""
    whole = int(abs(number) / MICRO + Fraction(1, 2))
    return whole * MICRO * (1 if number >= 0 else -1)


def _gap(row, value, ends):
    low, high = ends
    if value is None or low is None:
        return None
    if row["direction"] == "within":
        return None if high is None else min(value - low, high - value)
    return value - low if row["direction"] == "higher" else low - value


def _status(row, value, ends, year, as_of_year, absent):
    gap = _gap(row, value, ends)
    if ends[0] is None:
        return absent
    if value is None:
        return "not_due" if year > as_of_year else "unreported"
    if gap >= 0:
        return "met"
    return "near" if gap >= -_exact(row["tolerance"]) else "behind"


def _cell(row, values, targets, standards, year, frame):
    first, last, as_of_year = frame
    value, target, standard = values.get(year), targets.get(year, NOTHING), standards.get(year, NOTHING)
    final = targets.get(last, NOTHING)
    return (
        _float(value),
        _float(target[0]),
        _float(target[1]),
        _float(_gap(row, value, target)),
        _status(row, value, target, year, as_of_year, "no_target"),
        _float(_gap(row, value, standard)),
        _status(row, value, standard, year, as_of_year, "no_standard"),
        _outlook(row, value, values.get(first), target, final, (year - first, last - year)),
    )


def _float(number):
    return None if number is None else float(number) + 0.0


def _outlook(row, value, start, target, final, steps):
    elapsed, remaining = steps
    goal, high = final
    if value is None or goal is None or elapsed <= 0 or (row["direction"] == "within" and high is None):
        return "unknown"
    drawn = None if start is None else value + (value - start) / elapsed * remaining
    if row["direction"] == "within":
        return _outlook_of_band(value, goal, high, remaining, drawn)
    d = 1 if row["direction"] == "higher" else -1
    if d * (value - goal) >= 0:
        return "achieved"
    if remaining <= 0:
        return "missed"
    if start is None:
        return "on_track" if target[0] is not None and d * (value - target[0]) >= 0 else "unknown"
    due = (target[0] - start) if target[0] is not None else (goal - start) * Fraction(elapsed, elapsed + remaining)
    if d * (goal - start) > 0 and d * due > 0:
        pace, reaches = (value - start) / due, d * (drawn - goal) >= 0
        return _outlook_by_pace(pace, reaches)
    if target[0] is not None and d * (value - target[0]) >= 0:
        return "on_track"
    return "moving_away" if d * (value - start) < 0 else "unknown"


def _outlook_by_pace(pace, reaches):
    if pace < 0:
        return "moving_away"
    is_due = pace >= Fraction(95, 100)
    if is_due and reaches:
        return "on_track"
    if is_due or reaches:
        return "undecided"
    return "accelerate" if pace >= Fraction(60, 100) else "limited"


def _outlook_of_band(value, low, high, remaining, drawn):
    if low <= value <= high:
        return "achieved"
    if remaining <= 0:
        return "missed"
    return "on_track" if drawn is not None and low <= drawn <= high else "limited"
