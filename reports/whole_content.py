"""The sections of a report on the counties taken together and on how well the year was reported. Snapshots of earlier
rules have neither."""

from collections.abc import Iterator

from lib.numbers import plain
from reports.blocks import Block, Heading, Paragraph, TableBlock
from reports.read_snapshot import Snapshot
from reports.support_content import starred


def together(s: Snapshot) -> Iterator[Block]:
    """The counties taken together: sums, and ratios of sums."""
    rows = [row for row in s.content["aggregates"] if row["indicator"] in s.indicators]
    yield Heading(1, f"{s.content['whole']}合计")
    if not rows:
        yield Paragraph("没有可以汇总的数。")
        return
    yield Paragraph(
        "合计由各地区的数算出，不是填报的：或各地相加，或分子之和除以分母之和，不是百分数的平均。"
        "只有结果、没有分子分母的地区不在比率的合计内，汇总了几个见表。"
    )
    table = [
        (
            s.name(row["indicator"]),
            starred(plain(row["value"], s.indicators[row["indicator"]]["decimals"]), row["is_demo"]),
            s.indicators[row["indicator"]]["unit"],
            _parts(row),
            f"{row['counties']}个中的{row['counted']}个",
        )
        for row in rows
    ]
    header = ("合计指标", "合计", "单位", "怎样得出", "汇总了几个地区")
    yield TableBlock("各地区合计", header, table, (7, 3, 2, 6, 4), frozenset({1}))


def _parts(row: dict) -> str:
    if row["method"] == "sum":
        return "各地相加"
    return f"{plain(row['numerator'])} ÷ {plain(row['denominator'])}"


def quality(s: Snapshot) -> Iterator[Block]:
    """How well the year was reported, by unit."""
    rows = s.content["quality"]
    yield Heading(1, "填报质量")
    if not rows:
        yield Paragraph(f"{s.year}年没有在本平台填报。")
        return
    names = ("parts", "on_time", "sent_back", "corrected")
    sums = {name: sum(row[name] for row in rows) for name in names}
    words = "各单位交出{parts}份，其中按时{on_time}份；被退回{sent_back}次；通过后又更正{corrected}项。"
    yield Paragraph(words.format(**sums))
    table = []
    for row in rows:
        on_time, explained = f"{row['on_time']} / {row['parts']}", f"{row['explained']} / {row['filled']}"
        table.append((row["duty"], on_time, str(row["sent_back"]), explained, str(row["corrected"])))
    header = ("单位", "按时交出", "被退回（次）", "有说明的项", "通过后又更正的项")
    yield TableBlock(
        "各单位填报质量（各地区合计，交出以第一次为准）", header, table, (5, 3, 3, 3, 4), frozenset({1, 2, 3, 4})
    )
