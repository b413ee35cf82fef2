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
    header = ("项目", "地区", "状态", "总投资（亿元）", "应完成（亿元）", "已完成（亿元）", "责任单位")
    lines = [_project_line(row) for row in rows]
    return TableBlock(title, header, lines, (7, 4, 3, 4, 4, 4, 5), frozenset({3, 4, 5}))


def _project_line(row: Mapping) -> tuple[str, ...]:
    about = (row["name"], row["place"], row["state"])
    total, planned = rounded(row["total_yi"], 2), rounded(row["planned_yi"], 2)
    completed = starred(rounded(row["completed_yi"], 2), row["is_demo"])
    return (*about, total, planned, completed, row["unit"])


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
    owed = [f"{s.area_names[row['area']]}{plain(row['owed'])}万元" for row in rows if row["owed"]]
    words = f"{s.year}年没有欠配套的地区。"
    if owed:
        words = f"{s.year}年欠配套的有{'、'.join(owed)}。"
    earlier = []
    for row in s.content["funding"]["matching_wan"]:
        if row["year"] < s.year and row["owed"]:
            earlier.append(f"{s.area_names[row['area']]}{row['year']}年{plain(row['owed'])}万元")
    if earlier:
        words += f"以前年度仍欠的有{'、'.join(earlier)}。"
    return words


def _ratio(row: Mapping) -> str:
    """Cut, not rounded up: what is below the floor does not look like the floor."""
    if row["ratio"] is None:
        return ABSENT
    return rounded(cut(row["ratio"]), 2)


def _match_table(s, rows) -> TableBlock:
    header = ("地区", "基数（万元）", "已配套（万元）", "配套比例", "应达", "欠（万元）", "结论")
    lines = [_match_line(s, row) for row in rows]
    return TableBlock(f"{s.year}年县级配套", header, lines, (3, 4, 4, 3, 2, 3, 2), frozenset({1, 2, 3, 4, 5}))


def _match_line(s, row: Mapping) -> tuple[str, ...]:
    sums = (plain(row["base"]), plain(row["matched"]), starred(_ratio(row), row["is_demo"]))
    asked = (rounded(row["floor"], 2), plain(row["owed"]), str(MATCH_NAMES[row["status"]]))
    return (s.area_names[row["area"]], *sums, *asked)


def commitments(s) -> Iterator[Block]:
    """Every promise of the plan with how it stands; where the reading is ours, that is said."""
    rows = s.content["commitments"]
    late = [row for row in rows if row["status"] in LATE]
    unknown = [row for row in rows if row["status"] == "unknown"]
    kept = len(rows) - len(late) - len(unknown)
    yield Heading(1, "方案承诺事项")
    words = f"方案中的{len(rows)}项承诺，已兑现、符合序时或未到期{kept}项"
    if late:
        words += f"，落后序时或到期未兑现{len(late)}项"
    if unknown:
        words += f"，没有数据{len(unknown)}项"
    yield Paragraph(f"{words}。“推定”表示方案原文没有写明按哪些地区或哪些年份计算，口径由本平台推定。")
    header = ("编号", "承诺", "承诺值", "现状", "状态", "口径")
    lines = [_promise_line(s, row) for row in rows]
    yield TableBlock("承诺事项进展", header, lines, (2, 6, 5, 8, 4, 2))


def _promise_line(s, row: Mapping) -> tuple[str, ...]:
    reading = "推定" if row["is_our_reading"] else "原文"
    return row["code"], row["name"], _promised(row), _done(s, row), str(PROMISE_NAMES[row["status"]]), reading


SIGNS = {">": "超过", "<": "低于", "<=": "不超过", "=": "正好"}  # as much as is promised needs no word


def _promised(row: Mapping) -> str:
    if row["promised"] is None:
        return "书面承诺"
    sign = SIGNS.get(row.get("comparison", ">" if row["is_strict"] else ">="), "")
    every = "每年" if row["is_every_year"] and "年" not in row["unit"] else ""
    return f"{every}{sign}{plain(row['promised'])}{row['unit']}，{row['scope']}"


def _done(s, row: Mapping) -> str:
    """Of each county, or of all, the latest that is known; an earlier year where it stands worse."""
    is_of_words = row["promised"] is None
    known = [line for line in row["lines"] if is_of_words or line["done"] is not None]
    latest = {line["area"]: line["year"] for line in known}
    parts = []
    for line in known:
        if line["year"] == latest[line["area"]] or line["status"] in LATE:
            words = str(PROMISE_NAMES[line["status"]])
            if not is_of_words:
                words = f"{plain(round(line['done'], 2))}{row['unit']}"
            parts.append(f"{_line_head(s, line)}{starred(words, line['is_demo'])}")
    return "；".join(parts) or ABSENT


def _line_head(s, line: Mapping) -> str:
    """The county and the year, each where the line is of one."""
    area = s.area_names.get(line["area"], "")
    year = f"{line['year']}年" if line["year"] else ""
    return f"{area}{year}"


def county(s, code: str) -> Iterator[Block]:
    """A county's match and its stalled projects, in a sentence."""
    words = "".join(_county_match(row) for row in matching_of(s, code))
    stalled = []
    for row in s.content["projects"]["listed"]:
        if row["area"] == code and row["is_stalled"]:
            stalled.append(starred(row["name"], row["is_demo"]))
    if stalled:
        words += f"停滞的项目{len(stalled)}个：{'、'.join(stalled)}。"
    else:
        words += "没有停滞的项目。"
    yield Paragraph(words)


def _county_match(row: Mapping) -> str:
    if row["ratio"] is None:
        return f"{row['year']}年县级配套：{MATCH_NAMES[row['status']]}。"
    ratio = starred(_ratio(row), row["is_demo"])
    owed = f"，欠{plain(row['owed'])}万元" if row["owed"] else ""
    return f"{row['year']}年县级配套比例{ratio}，应达{rounded(row['floor'], 2)}{owed}。"
