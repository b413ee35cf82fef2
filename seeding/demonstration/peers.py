"""The demonstration's reference areas: invented, deterministic, marked, through the action that real ones come by.

Ten places whose levels go the way that the demonstration's counties are to go, some slowly, a few as fast."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from indicators.models import IndicatorDefinition
from peers.actions import SourceTerms, import_reference
from peers.models import ReferenceSource
from peers.reading import ReferenceRow

TITLE = "演示参照县（虚构）"
PLACES = 10
YEARS = range(2014, 2025)
PACES = tuple(map(Decimal, ("0.2", "0.35", "0.5", "0.6", "0.7", "0.8", "0.9", "1", "1.15", "1.3")))
WIGGLE = Decimal("0.04")  # of the way that is to be gone
STEPS = (-2, 1, 0, 2, -1)


def load_demo_peers(indicators: Mapping[str, Mapping], *, at: datetime) -> None:
    """`indicators` as fixtures/demo.yaml has them; a second call adds nothing."""
    if ReferenceSource.objects.in_force().filter(title=TITLE).exists():
        return
    rows = [*_rows(indicators)]
    terms = SourceTerms(TITLE, "演示数据，并非任何地方的统计", "演示", "demo", sha256(repr(rows).encode()).hexdigest())
    if rows:
        import_reference(rows, terms=terms, via=ReferenceSource.Via.DEMO, by=None, at=at)


def _rows(indicators: Mapping[str, Mapping]) -> Iterator[ReferenceRow]:
    levels = IndicatorDefinition.objects.as_of().filter(kind=IndicatorDefinition.Kind.LEVEL)
    for definition in levels.order_by("indicator"):
        known = indicators.get(definition.indicator_id)
        if known is None:
            continue
        starts = [Decimal(str(number)) for number in known["base"]]
        ends = [Decimal(str(number)) for number in known["final"]]
        for place in range(PLACES):
            at = place % len(starts)
            yield from _series(definition, place, starts[at], ends[at] - starts[at])


def _series(definition: IndicatorDefinition, place: int, start: Decimal, way: Decimal) -> Iterator[ReferenceRow]:
    """Of one place: as many years of the way at its own pace, with a little of up and down."""
    for year in YEARS:
        gone = way * PACES[place] * (year - YEARS[4]) / 5
        wiggle = way * WIGGLE * STEPS[(place + year) % len(STEPS)]
        yield ReferenceRow(
            area=f"演示县{place + 1}",
            name=definition.name,
            unit=definition.unit,
            code=definition.indicator_id,
            direction=definition.direction,
            year=year,
            value=_kept(definition, start + gone + wiggle),
        )


def _kept(definition: IndicatorDefinition, value: Decimal) -> Decimal:
    lower, upper = definition.lower_bound, definition.upper_bound
    value = value if lower is None else max(value, lower)
    value = value if upper is None else min(value, upper)
    return value.quantize(Decimal(1).scaleb(-definition.decimals), rounding=ROUND_HALF_UP)
