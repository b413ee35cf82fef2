"""What the plan asks by a rule of its own where no number follows from it yet, and why."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.actions import rule_words
from indicators.models import TargetRule


@dataclass(frozen=True)
class PlanWords:
    words: str
    why: str


def plan_words_of(picture: Picture, cell: JudgedCell) -> PlanWords | None:
    """By the rules in force on the picture's day. None where the year has a target, and where no rule speaks for it."""
    if cell.row["target"] is not None:
        return None
    code = cell.definition.indicator_id
    rules = TargetRule.objects.as_of(picture.asked.as_of)
    found = rules.filter(area=cell.area, indicator=code, first_year__lte=cell.year)
    rule = found.filter(last_year__gte=cell.year).first()
    if rule is None:
        return None
    definitions = {row.indicator_id: row for row in picture.definitions}
    return PlanWords(rule_words(rule, definitions), _why(rule, cell, picture.plan.baseline_year))


def _why(rule: TargetRule, cell: JudgedCell, baseline_year: int) -> str:
    if rule.kind == TargetRule.Kind.THAN:
        words = _("{other} 的{year}年官方数值还没有，有了就换算成数。")
        return words.format(other=rule.other_id, year=cell.year)
    if rule.kind == TargetRule.Kind.RELATIVE and cell.year != rule.last_year:
        return _("只对{year}年提出，其他年份不作比较。").format(year=rule.last_year)
    return _("{year}年的官方数值（基期值）还没有，有了就换算成数。").format(year=baseline_year)
