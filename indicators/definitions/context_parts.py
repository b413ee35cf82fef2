"""Parts of a ratio that the plan's context figures hold: a definition whose source of a part reads `context.常住人口`
takes it from there, so that a population is typed once and not by every unit.

Where the plan holds no such figure of the county and year, or one in a unit that cannot be turned into the part's, the
part is typed as any other."""

from collections.abc import Iterable
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
    sources = {
        row.indicator_id: (
            (context_name(row.numerator_source), row.numerator_unit),
            (context_name(row.denominator_source), row.denominator_unit),
        )
        for row in definitions
        if row.parts is not None
    }
    names = {name for both in sources.values() for name, _unit in both if name}
    if not names:
        return {}
    held = {row.name: row for row in ContextFigure.objects.filter(area=area, year=year, name__in=names)}
    found = {}
    for code, both in sources.items():
        numbers = [_given(held.get(name or ""), unit) for name, unit in both]
        if numbers != [None, None]:
            found[code] = RatioParts(*numbers)
    return found


def completed(parts: RatioParts, given: RatioParts) -> RatioParts:
    """What was typed, with the part that is given where the other was typed. The given part alone says nothing."""
    names = ("numerator", "denominator")
    if given.are_both:
        return parts if parts.is_empty else given
    if not any(_is_typed(parts, given, name) for name in names):
        return parts if parts.are_both else NO_PARTS
    both = (getattr(parts, name) if getattr(parts, name) is not None else getattr(given, name) for name in names)
    return RatioParts(*both)


def _is_typed(parts: RatioParts, given: RatioParts, name: str) -> bool:
    return getattr(parts, name) is not None and getattr(given, name) is None


def contradicted(parts: RatioParts, given: RatioParts) -> tuple[str, Decimal] | None:
    """(which part, what is given) where a part that was typed is another than the given one."""
    for name in ("numerator", "denominator"):
        typed, told = getattr(parts, name), getattr(given, name)
        if typed is not None and told is not None and typed != told:
            return name, told
    return None


def _given(figure: ContextFigure | None, unit: str) -> Decimal | None:
    return None if figure is None else in_unit(figure.value, figure.unit, unit)
