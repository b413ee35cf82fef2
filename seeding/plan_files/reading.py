"""A plan file that nothing is known of yet, read without stumbling: its rows, its years, names that stand in it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from django.utils.translation import gettext as _

Row = Mapping[str, Any]  # of a file that nothing is known of yet


def rows_of(data: Row, section: str) -> Iterator[tuple[int, Row]]:
    rows = data.get(section)
    if not isinstance(rows, list):
        return
    for number, row in enumerate(rows):
        if isinstance(row, dict):
            yield number, row


def names_in(data: Row, section: str, key: str) -> list:
    return [row[key] for _number, row in rows_of(data, section) if isinstance(row.get(key), str | int)]


def area_kinds(data: Row) -> dict[str, str]:
    """code → kind (Area.Kind) of the areas that have both."""
    found = {}
    for _number, row in rows_of(data, "areas"):
        code, kind = row.get("code"), row.get("kind")
        if isinstance(code, str) and isinstance(kind, str):
            found[code] = kind
    return found


def by_code(data: Row, section: str) -> dict[str, Row]:
    """code → the row that has it."""
    return {row["code"]: row for _number, row in rows_of(data, section) if isinstance(row.get("code"), str)}


def part_of(data: Row, section: str) -> Row:
    found = data.get(section)
    return found if isinstance(found, dict) else {}


def is_year(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def span_of(data: Row) -> tuple[int, int] | None:
    """The plan's years, where it has sensible ones."""
    plan = part_of(data, "plan")
    first, last = plan.get("baseline_year"), plan.get("final_year")
    if not is_year(first) or not is_year(last):
        return None
    return (first, last) if first < last else None


def choice_words(known: Sequence) -> str:
    more = "……" if len(known) > 12 else ""
    return "、".join(map(str, known[:12])) + more


def no_such(value: object, section: str, known: Sequence) -> str:
    return _("“{value}”不在 {section} 里。那里有：{known}。").format(
        value=value, section=section, known=choice_words(known) or _("（空）")
    )


def shown_limit(limit: float) -> str:
    return _("不限") if math.isinf(limit) else str(limit)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
