"""Which of a project's amounts is its total investment. Pure: no Django, no database.

One rule, shown on the project's page: of the amounts that no later row corrects, the one of the latest stage counts,
in the order 计划 < 签约 < 工可估算 < 批复 = 初设概算 < 概算; within a stage the one of the latest date (an unknown date
is the earliest, a year stands before its months); within a date the row recorded last."""

from collections.abc import Iterable
from typing import Any

from django.db.models import DecimalField

MONEY = DecimalField(max_digits=20, decimal_places=10)

STAGE_RANKS = {"planned": 0, "signed": 1, "feasibility": 2, "approved": 3, "design": 3, "estimate": 4}


def counting_amount(rows: Iterable[Any]) -> Any | None:
    """The row that counts, None where there is none. Rows carry `id` (in order of recording), `stage`, `dated` and
    `corrects_id`."""
    rows = list(rows)
    corrected = {row.corrects_id for row in rows}
    standing = [row for row in rows if row.id not in corrected]
    return max(standing, key=lambda row: (STAGE_RANKS[row.stage], row.dated, row.id), default=None)
