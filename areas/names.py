"""What people call a county, and which one they mean."""

from collections.abc import Iterable

from areas.models import Area

KINDS = "县市区旗"


def area_codes(areas: Iterable[Area]) -> dict[str, str]:
    """{what a file may call a county: its code}: code, name, and the name without 县 or 市 where no other has it."""
    areas = list(areas)
    short: dict[str, list[str]] = {}
    for area in areas:
        if len(area.name) > 2 and area.name[-1] in KINDS:
            short.setdefault(area.name[:-1], []).append(area.code)
    unique = {name: codes[0] for name, codes in short.items() if len(codes) == 1}
    return unique | {area.name: area.code for area in areas} | {area.code: area.code for area in areas}
