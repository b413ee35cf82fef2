"""Whether a reason that somebody had to give says anything."""

import re

SHORTEST = 6  # characters of an explanation
SHORTEST_BLANK = 4  # of a reason why there is no number: 尚未统计
ASSURANCES = re.compile(
    r"(?:核实|属实|确认|情况|数据|数值|无误|正确|没有问题|没问题|准确|真实|已|经|均|如实|填报|无异议|符合|实际|[\W_])*"
)
NOTHING = re.compile(
    # No alternative is made of others: what can be read in two ways is tried in all of them.
    r"(?:无|没有|空|缺|不详|未知|略|同上|见上|其他|其它|原因|说明|测试|暂|[\W_\dA-Za-z])*"
)
LONGEST_TRIED = 500  # characters: what is longer says something, or nobody reads it


def says_something(text: str, shortest: int = SHORTEST) -> bool:
    """At least that many characters that are neither assurances (核实无误) nor nothing at all (无, ……, 测试)."""
    text = text.strip()[:LONGEST_TRIED]
    if len(text) < shortest or len(set(text)) < 3:
        return False
    return not (ASSURANCES.fullmatch(text) or NOTHING.fullmatch(text))
