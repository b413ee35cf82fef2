"""The sums of flows by cell, kept beside the rows. Whoever writes flows counts them here in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from operator import attrgetter

from django.db import transaction

from funding.models import Flow, FlowTotal
from journal.actions import stamp

CELL = ("area_id", "year", "source_id", "state", "field")
COUNTED = ("amount_wan", "rows", "demo_rows")
PLACE = ("area_id", "year", "source_id", "state", "field_id")  # of a flow: where it is counted
COLUMNS = (*PLACE, "amount_wan", "is_demo")


@transaction.atomic
def count_flows(flows: Iterable[Flow], *, sign: int = 1) -> None:
    """Add flows that were just written to the sums of their cells, or with sign −1 take off those about to go."""
    moved = _summed(map(attrgetter(*COLUMNS), flows))
    totals = _locked(moved)
    for total in totals:
        for name, change in zip(COUNTED, moved[_cell(total)], strict=True):
            setattr(total, name, getattr(total, name) + sign * change)
    FlowTotal.objects.bulk_update(totals, COUNTED, batch_size=100)


@transaction.atomic
def rebuild_totals() -> int:
    """Make every sum anew from the rows; how many were wrong. For flows that were written past the actions."""
    cells = Flow.objects.order_by().values_list(*PLACE).distinct()
    _locked({(*cell, field or "") for *cell, field in cells})
    totals = list(FlowTotal.objects.select_for_update().order_by("pk"))
    right = _summed(Flow.objects.order_by().values_list(*COLUMNS).iterator(chunk_size=5000))
    wrong = []
    for total in totals:
        counted = right[_cell(total)]
        if [total.amount_wan, total.rows, total.demo_rows] != counted:
            total.amount_wan, total.rows, total.demo_rows = counted
            wrong.append(total)
    if wrong:
        FlowTotal.objects.bulk_update(wrong, COUNTED, batch_size=100)
        stamp("funding")
    return len(wrong)


_cell = attrgetter(*CELL)


def _summed(rows: Iterable[tuple]) -> defaultdict[tuple, list]:
    """Cell → COUNTED, in exact decimals; rows: COLUMNS."""
    sums: defaultdict[tuple, list] = defaultdict(lambda: [Decimal(0), 0, 0])
    for *cell, field, amount, is_demo in rows:
        found = sums[*cell, field or ""]
        found[0] += amount
        found[1] += 1
        found[2] += bool(is_demo)
    return sums


def _locked(cells: Iterable[tuple]) -> list[FlowTotal]:
    """The sums of these cells, made where missing, for this transaction alone. Everyone makes and locks them in one
    order, so that two writers wait for each other and never in a ring."""
    wanted = sorted(cells)
    made = [FlowTotal(**dict(zip(CELL, cell, strict=True))) for cell in wanted]
    FlowTotal.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)
    areas, years = {area for area, *_rest in wanted}, {year for _area, year, *_rest in wanted}
    near = FlowTotal.objects.filter(area__in=areas, year__in=years)
    known = set(wanted)
    return [total for total in near.select_for_update().order_by("pk") if _cell(total) in known]
