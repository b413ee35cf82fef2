"""Questions that contradict themselves: an empty list would be no lie, and would not say why."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from lib.listapi.lists import BadParameter, Filter


def require_order(conditions: Sequence[tuple[Filter, tuple]]) -> None:
    """BadParameter, naming both, for a beginning after the end of the same column."""
    beginnings = {each.column: (each.name, values[0]) for each, values in conditions if each.test == "from"}
    ends = [(each, values[0]) for each, values in conditions if each.test == "to"]
    for each, end in ends:
        name, begin = beginnings.get(each.column, ("", end))
        if begin > end:
            words = _("{name}={begin} 在 {other}={end} 之后：没有一行能同时符合两个。")
            told = words.format(name=name, begin=begin, other=each.name, end=end)
            raise BadParameter(name, told, contradicts=each.name)
