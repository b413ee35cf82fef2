"""Chinese names as people type them without Chinese: the first reading of each character, whole or its first letter."""

from functools import cache


@cache
def _tables() -> tuple[dict[int, str], dict[int, str]]:
    """(code point: syllable, code point: initial); made once, in about a third of a second."""
    from pypinyin import Style  # noqa: PLC0415  (half a second, which no start of a command has to wait for)
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415
    from pypinyin.style import convert  # noqa: PLC0415

    readings = {point: found.split(",")[0] for point, found in PINYIN_DICT.items()}
    plain = {reading: convert(reading, Style.NORMAL, strict=False) for reading in set(readings.values())}
    syllables = {point: plain[reading] for point, reading in readings.items()}
    return syllables, {point: syllable[:1] for point, syllable in syllables.items()}


def syllables(text: str) -> str:
    """城镇化率 → chengzhenhualv; what is not Chinese stays as it is."""
    return text.translate(_tables()[0])


def initials(text: str) -> str:
    """城镇化率 → czhl."""
    return text.translate(_tables()[1])
