"""The matching rule a second time: slow, obvious, in exact decimals, from its definition."""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.000001")


def judge(flows, rules, area, year):  # noqa: C901  (one obvious pass)
    """flows: (area, year, source, state, Decimal). The county's year as a dict, None for what is absent."""
    rule = None
    for each in rules:
        if each.first <= year and (each.last is None or year <= each.last):
            rule = each
    nothing = {"floor": None, "base": None, "matched": None, "ratio": None, "owed": None, "upper_paid": None}
    if rule is None:
        return {**nothing, "rule_version": None, "status": "no_rule", "is_ahead": False}
    base = matched = paid = Decimal(0)
    for place, its_year, source, state, amount in flows:
        if place != area or its_year != year:
            continue
        if source in rule.base_sources and state == rule.base_state:
            base += amount
        if source in rule.base_sources and state == "paid":
            paid += amount
        if source == rule.match_source and state == rule.match_state:
            matched += amount
    excused = (area, year) in rule.exempt or (area, None) in rule.exempt
    due = Decimal(0) if excused or base <= 0 else rule.floor * base
    owed = due - matched if base > 0 and not excused and due > matched else Decimal(0)
    if excused:
        status = "exempt"
    elif base <= 0:
        status = "no_base"
    elif matched >= rule.floor * base:
        status = "met"
    elif matched >= (rule.floor - rule.tolerance) * base:
        status = "near"
    else:
        status = "short"
    return {
        "rule_version": rule.version,
        "floor": rule.floor,
        "base": base,
        "matched": matched,
        "ratio": matched / base if base > 0 else None,
        "owed": owed.quantize(FEN, ROUND_HALF_UP),
        "status": status,
        "upper_paid": paid,
        "is_ahead": base > 0 and not excused and rule.floor * paid > matched,
    }
