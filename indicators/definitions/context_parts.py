"""Parts of a ratio that the plan's context figures hold: a definition whose source of a part reads `context.常住人口`
takes it from there, so that a population is typed once and not by every unit.

Where the plan holds no such figure of the county and year, or one in a unit that cannot be turned into the part's, the
part is typed as any other."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.models import ContextFigure, IndicatorDefinition
from indicators.terms.parts import NO_PARTS, RatioParts

PREFIX = "context."
# What one of a unit is in persons: populations are told in any of them.
PERSONS = {"人": Decimal(1), "千人": Decimal(1000), "万人": Decimal(10_000)}


def context_name(source: str) -> str | None:
    """The name of the context figure that a part is taken from; None where it is typed."""
    return source.removeprefix(PREFIX).strip() if source.startswith(PREFIX) else None


def source_words(source: str) -> str:
    """A part's source as people read it."""
    name = context_name(source)
    return source if name is None else _("背景数据“{name}”").format(name=name)


def in_unit(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """The value in another unit; None where the one cannot be turned into the other."""
    if unit == wanted:
        return value
    if unit not in PERSONS or wanted not in PERSONS:
        return None
    return round(value * PERSONS[unit] / PERSONS[wanted], 6)


def given_parts(definitions: Iterable[IndicatorDefinition], area: str, year: int) -> dict[str, RatioParts]:
    """By indicator, the parts that the plan's context figures hold of the county's year. One query, none where no
    definition takes a part from there."""
    ratios = [row for row in definitions if row.parts is not None]
    names = {context_name(row.numerator_source) for row in ratios}
    names |= {context_name(row.denominator_source) for row in ratios}
    names -= {None, ""}
    if not names:
        return {}
    held = {row.name: row for row in ContextFigure.objects.filter(area=area, year=year, name__in=names)}
    found = {}
    for row in ratios:
        numerator = _given(held, row.numerator_source, row.numerator_unit)
        denominator = _given(held, row.denominator_source, row.denominator_unit)
        if numerator is not None or denominator is not None:
            found[row.indicator_id] = RatioParts(numerator, denominator)
    return found


def completed(parts: RatioParts, given: RatioParts) -> RatioParts:
    """What was typed, with the part that is given where the other was typed. The given part alone says nothing."""
    if given.are_both:
        return parts if parts.is_empty else given
    if not any(_is_typed(parts, given, name) for name in ("numerator", "denominator")):
        return parts if parts.are_both else NO_PARTS
    above = given.numerator if parts.numerator is None else parts.numerator
    below = given.denominator if parts.denominator is None else parts.denominator
    return RatioParts(above, below)


def _is_typed(parts: RatioParts, given: RatioParts, name: str) -> bool:
    return getattr(parts, name) is not None and getattr(given, name) is None


def contradicted(parts: RatioParts, given: RatioParts) -> tuple[str, Decimal] | None:
    """(which part, what is given) where a part that was typed is another than the given one."""
    for name in ("numerator", "denominator"):
        typed, told = getattr(parts, name), getattr(given, name)
        if typed is not None and told is not None and typed != told:
            return name, told
    return None


def _given(held: Mapping[str, ContextFigure], source: str, unit: str) -> Decimal | None:
    """The part that the figure of that name gives; None where there is none, or none in such a unit."""
    figure = held.get(context_name(source) or "")
    if figure is None:
        return None
    return in_unit(figure.value, figure.unit, unit)
