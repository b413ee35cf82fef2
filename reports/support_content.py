"""The sections of a report on what stands behind the figures: projects, money, promises. Snapshots of the first rules
have none of it, and their reports stay as they were."""

from collections.abc import Iterator, Mapping

from commitments.labels import STATUS_NAMES as PROMISE_NAMES
from funding.labels import STATUS_NAMES as MATCH_NAMES
from funding.matching import cut
from funding.models import State
from lib.numbers import ABSENT, plain, rounded
from reports.blocks import Block, Heading, Paragraph, TableBlock

DEMO_MARK = "＊"
LATE = ("behind", "broken")


def starred(text: str, is_demo: bool) -> str:
    """The text with the mark of the demonstration's numbers."""
    return text + (DEMO_MARK if is_demo else "")


def projects(s) -> Iterator[Block]:
    """Counters against what is promised; the largest projects; the stalled ones."""
    frozen = s.content["projects"]
    yield Heading(1, "重大项目")
    yield Paragraph("".join(_counter_words(row) for row in frozen["counters"]))
    major = [row for row in frozen["listed"] if row["is_major"]]
    stalled = [row for row in frozen["listed"] if row["is_stalled"]]
    if major:
        yield _project_table(f"总投资10亿元以上的项目（{len(major)}个）", major)
    yield Paragraph(f"停滞的项目{len(stalled)}个。" if stalled else "没有停滞的项目。")
    if stalled:
        yield _project_table("停滞的项目", stalled)


def _counter_words(row: Mapping) -> str:
    lead = round(row["done"] - row["expected"], 1)
    how = "符合序时进度" if row["is_ahead"] else f"比序时进度少{rounded(-lead, 1)}个"
    return (
        f"已落地{row['name']}{starred(str(row['done']), row['is_demo'])}个，规划{row['promised']}个，"
        f"按序时应达{rounded(row['expected'], 1)}个，{how}。"
    )


def _project_table(title: str, rows) -> TableBlock:
    lines = [
        (
            row["name"],
            row["place"],
            row["state"],
            rounded(row["total_yi"], 2),
            rounded(row["planned_yi"], 2),
            starred(rounded(row["completed_yi"], 2), row["is_demo"]),
            row["unit"],
        )
        for row in rows
    ]
    header = ("项目", "地区", "状态", "总投资（亿元）", "应完成（亿元）", "已完成（亿元）", "责任单位")
    return TableBlock(title, header, lines, (7, 4, 3, 4, 4, 4, 5), frozenset({3, 4, 5}))


def _state_line(s, row: dict, *, is_demo: bool) -> tuple:
    """A county and its money in each state; what rests on the demonstration has a star."""
    sums = [starred(plain(row[name]), bool(row[name]) and is_demo) for name in State.values]
    return (s.area_names[row["area"]], *sums)


def funding(s) -> Iterator[Block]:
    """The year's money by state, and whether each county has matched it."""
    frozen, rows = s.content["funding"], matching_of(s)
    yield Heading(1, "资金到位和县级配套")
    yield Paragraph(_match_words(s, rows))
    header = ("地区", *(str(State(name).label) for name in State.values))
    of_demo = {row["area"] for row in rows if row["is_demo"]}
    lines = [_state_line(s, row, is_demo=row["area"] in of_demo) for row in frozen["by_state_wan"]]
    numeric = frozenset(range(1, len(header)))
    yield TableBlock(f"{s.year}年资金（万元）", header, lines, (3, *[3] * len(State.values)), numeric)
    yield _match_table(s, rows)


def matching_of(s, area: str | None = None) -> list[Mapping]:
    """The match of the report's year, of all counties or of one."""
    rows = s.content["funding"]["matching_wan"]
    return [row for row in rows if row["year"] == s.year and area in (None, row["area"])]


def _match_words(s, rows) -> str:
    if not rows:
        return f"{s.year}年是基期年，没有配套要求。"
    short = [row for row in rows if row["owed"]]
    owed = "、".join(f"{s.area_names[row['area']]}{plain(row['owed'])}万元" for row in short)
    words = f"{s.year}年欠配套的有{owed}。" if short else f"{s.year}年没有欠配套的地区。"
    earlier = [row for row in s.content["funding"]["matching_wan"] if row["year"] < s.year and row["owed"]]
    if earlier:
        told = "、".join(f"{s.area_names[row['area']]}{row['year']}年{plain(row['owed'])}万元" for row in earlier)
        words += f"以前年度仍欠的有{told}。"
    return words


def _ratio(row: Mapping) -> str:
    """Cut, not rounded up: what is below the floor does not look like the floor."""
    return ABSENT if row["ratio"] is None else rounded(cut(row["ratio"]), 2)


def _match_table(s, rows) -> TableBlock:
    lines = [
        (
            s.area_names[row["area"]],
            plain(row["base"]),
            plain(row["matched"]),
            starred(_ratio(row), row["is_demo"]),
            rounded(row["floor"], 2),
            plain(row["owed"]),
            str(MATCH_NAMES[row["status"]]),
        )
        for row in rows
    ]
    header = ("地区", "基数（万元）", "已配套（万元）", "配套比例", "应达", "欠（万元）", "结论")
    return TableBlock(f"{s.year}年县级配套", header, lines, (3, 4, 4, 3, 2, 3, 2), frozenset({1, 2, 3, 4, 5}))


def commitments(s) -> Iterator[Block]:
    """Every promise of the plan with how it stands; where the reading is ours, that is said."""
    rows = s.content["commitments"]
    late = [row for row in rows if row["status"] in LATE]
    unknown = [row for row in rows if row["status"] == "unknown"]
    kept = len(rows) - len(late) - len(unknown)
    yield Heading(1, "方案承诺事项")
    words = f"方案中的{len(rows)}项承诺，已兑现、符合序时或未到期{kept}项"
    words += f"，落后序时或到期未兑现{len(late)}项" if late else ""
    words += f"，没有数据{len(unknown)}项" if unknown else ""
    yield Paragraph(f"{words}。“推定”表示方案原文没有写明按哪些地区或哪些年份计算，口径由本平台推定。")
    lines = [
        (
            row["code"],
            row["name"],
            _promised(row),
            _done(s, row),
            str(PROMISE_NAMES[row["status"]]),
            "推定" if row["is_our_reading"] else "原文",
        )
        for row in rows
    ]
    header = ("编号", "承诺", "承诺值", "现状", "状态", "口径")
    yield TableBlock("承诺事项进展", header, lines, (2, 6, 5, 8, 4, 2))


SIGNS = {">": "超过", "<": "低于", "<=": "不超过", "=": "正好"}  # as much as is promised needs no word


def _promised(row: Mapping) -> str:
    if row["promised"] is None:
        return "书面承诺"
    sign = SIGNS.get(row.get("comparison", ">" if row["is_strict"] else ">="), "")
    every = "每年" if row["is_every_year"] and "年" not in row["unit"] else ""
    return f"{every}{sign}{plain(row['promised'])}{row['unit']}，{row['scope']}"


def _done(s, row: Mapping) -> str:
    """Of each county, or of all, the latest that is known; an earlier year where it stands worse."""
    lines = row["lines"]
    if row["promised"] is None:
        told = [(each, str(PROMISE_NAMES[each["status"]])) for each in lines]
    else:
        told = [(each, f"{plain(round(each['done'], 2))}{row['unit']}") for each in lines if each["done"] is not None]
    latest = {each["area"]: each["year"] for each, _words in told}
    shown = [pair for pair in told if pair[0]["year"] == latest[pair[0]["area"]] or pair[0]["status"] in LATE]
    parts = [
        f"{s.area_names.get(each['area'], '')}{each['year'] or ''}{'年' if each['year'] else ''}"
        f"{starred(words, each['is_demo'])}"
        for each, words in shown
    ]
    return "；".join(parts) or ABSENT


def county(s, code: str) -> Iterator[Block]:
    """A county's match and its stalled projects, in a sentence."""
    words = "".join(_county_match(row) for row in matching_of(s, code))
    listed = s.content["projects"]["listed"]
    stalled = [row for row in listed if row["area"] == code and row["is_stalled"]]
    names = "、".join(starred(row["name"], row["is_demo"]) for row in stalled)
    words += f"停滞的项目{len(stalled)}个：{names}。" if stalled else "没有停滞的项目。"
    yield Paragraph(words)


def _county_match(row: Mapping) -> str:
    if row["ratio"] is None:
        return f"{row['year']}年县级配套：{MATCH_NAMES[row['status']]}。"
    ratio = starred(_ratio(row), row["is_demo"])
    owed = f"，欠{plain(row['owed'])}万元" if row["owed"] else ""
    return f"{row['year']}年县级配套比例{ratio}，应达{rounded(row['floor'], 2)}{owed}。"
