"""What people call a county, and which one they mean."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from areas.models import Area

KINDS = "县市区旗"


def counted(number: int, kinds: Iterable[str]) -> str:
    """So many counties, in words that hold for districts too where one of the `kinds` (Area.Kind) is that."""
    words = _("{n}个县（市、区）") if Area.Kind.DISTRICT in kinds else _("{n}个县（市）")
    return words.format(n=number)


def area_codes(areas: Iterable[Area]) -> dict[str, str]:
    """{what a file may call a county: its code}: code, name, and the name without 县 or 市 where no other has it."""
    areas = list(areas)
    short: dict[str, list[str]] = {}
    for area in areas:
        if len(area.name) > 2 and area.name[-1] in KINDS:
            short.setdefault(area.name[:-1], []).append(area.code)
    found = {name: codes[0] for name, codes in short.items() if len(codes) == 1}
    found |= {area.name: area.code for area in areas}
    return found | {area.code: area.code for area in areas}
