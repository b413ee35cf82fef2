"""Snapshot → the blocks of the annual monitoring report (年度监测报告), in the plain words of an official document."""

from collections.abc import Iterator, Mapping
from typing import cast

from indicators.labels import GRADE_NAMES, OUTLOOK_NAMES, STATUS_NAMES
from indicators.terms.applicability import NOT_APPLICABLE
from lib.numbers import ABSENT, rounded
from reports import area_content, pictures, support_content, whole_content
from reports.blocks import Block, Heading, Note, PageBreak, Paragraph, PictureBlock, TableBlock
from reports.read_snapshot import Snapshot
from reports.support_content import DEMO_MARK, starred

RISKY_FIRST = ("missed", "moving_away", "limited", "accelerate", "undecided", "unknown")
NUMERALS = "一二三四五六七八九十"
MOST_PATHS = 6
WITH_BACKING = 2  # the rules of a snapshot that also holds projects, funding and commitments
WITH_FORECAST = 3  # and of one that also holds how likely each final target is
WITH_WHOLE = 4  # and of one that also holds the counties taken together and the quality of reporting


def title(content: Mapping) -> str:
    return f"县城城镇化建设{content['year']}年度监测报告"


def annual_report(content: Mapping) -> list[Block]:
    """The whole report but for its title, which the writers set themselves."""
    snapshot = Snapshot(content)
    parts = [_overall, _by_county]
    if snapshot.city:
        parts.append(area_content.own_rows)
    parts += [_attention, _standards, _outlook]
    if content["rules"] >= WITH_BACKING:
        parts += [support_content.projects, support_content.funding, support_content.commitments]
    if content["rules"] >= WITH_WHOLE:
        parts += [whole_content.together, whole_content.quality]
    blocks: list[Block] = [*_opening(snapshot)]
    for number, part in zip(NUMERALS, parts, strict=False):
        heading, *more = part(snapshot)
        title = cast(Heading, heading).text  # with which every part begins
        blocks += [Heading(1, f"{number}、{title}"), *more]
    return [*blocks, PageBreak(), *_appendix(snapshot)]


def drawn_texts(content: Mapping) -> Iterator[str]:
    """The texts of people that stand in pictures."""
    yield from (county["name"] for county in content["counties"])
    for row in content["indicators"]:
        yield from (row["name"], row["gap_unit"])


def county_page(content: Mapping, code: str) -> list[Block]:
    """One county on a page (一县一策)."""
    snapshot = Snapshot(content)
    county = next(row for row in snapshot.counties if row["code"] == code)
    rows = [row for row in content["attention"] if row["area"] == code]
    blocks: list[Block] = [Paragraph(_county_sentence(snapshot, county)), _gap_picture(snapshot, county)]
    if rows:
        blocks.append(_attention_table(snapshot, rows[:8], "需要关注"))
    if content["rules"] >= WITH_BACKING:
        blocks += support_content.county(snapshot, code)
    return [*blocks, *_marks(snapshot)]


def _opening(s: Snapshot) -> Iterator[Block]:
    taken = s.content["taken_at"][:10]
    yield Paragraph(
        f"根据《{s.content['title']}》，对{'、'.join(s.area_names.values())}{s.year}年{len(s.indicators)}项指标完成情况"
        f"进行监测。数据截至{taken}，均取自经审核发布的数值。"
    )
    yield from _marks(s)


def _marks(s: Snapshot) -> Iterator[Block]:
    if s.content["has_demo"]:
        yield Note(f"本报告含演示数据：带“{DEMO_MARK}”的数以及由它们算出的结论都不是真实情况，仅供试用。")
    if any(row["is_provisional"] for row in s.indicators.values()):
        yield Note("标“暂定”的指标或目标尚未经主管部门正式表确认。")


def _counts_words(counts: Mapping) -> str:
    words = f"到期的{counts['due']}项年度目标中，达标{counts['met']}项"
    if counts["due"]:
        words += f"，达标率{rounded(counts['met_share'], 1)}%"
    for key, label in (("near", "接近"), ("behind", "滞后"), ("unreported", "未报")):
        if counts[key]:
            words += f"；{label}{counts[key]}项"
    return words


def _pace_words(counts: Mapping, final_year: int) -> str:
    """How many keep pace, and how many are undecided; a report issued before there was that word has none."""
    words = f"{counts['attainable']}项已实现{final_year}年目标或进度相符"
    undecided = counts.get("undecided")
    if undecided:
        words += f"，{undecided}项存疑（两种算法不一致）"
    return words


def _grade_words(s: Snapshot, counts: Mapping) -> str:
    """What the forecast says, by grade, as a sentence of its own; a report issued before it was made says nothing."""
    if s.content["rules"] < WITH_FORECAST:
        return ""
    n = counts["likely"] + counts["even"] + counts["unlikely"]
    if not n:
        return ""
    both = counts.get("attainable_yet_unlikely")
    all_the_same = f"（其中{both}项现在仍与进度相符）" if both else ""
    return (
        f"按以往变化推算（不含项目的预期贡献），能推算的{n}项中，{s.content['final_year']}年目标很可能或可能达到的"
        f"{counts['likely']}项、各半{counts['even']}项、不大可能或很不可能{counts['unlikely']}项{all_the_same}。"
    )


def _overall(s: Snapshot) -> Iterator[Block]:
    counts = s.content["counts"]
    yield Heading(1, "总体情况")
    yield Paragraph(
        f"{s.year}年，{_counts_words(counts)}。按现有进度，能判断的{counts['judged_outlook']}项中"
        f"{_pace_words(counts, s.content['final_year'])}；较上年倒退{counts['slipping']}项。"
        f"{_grade_words(s, counts)}"
    )
    yield PictureBlock(
        f"{s.year}年各地区指标状态",
        pictures.status_bars(s.counties),
        "；".join(f"{row['name']}{_counts_words(row['counts'])}" for row in s.counties),
    )
    by_county = []
    for county in s.counties:
        by_county.append({field["name"]: f"{field['met']} / {field['due']}" for field in county["fields"]})
    rows = []
    for name in by_county[0] if by_county else ():
        rows.append((name, *(fields.get(name, ABSENT) for fields in by_county)))
    header = ("领域", *(row["name"] for row in s.counties))
    yield TableBlock(
        "各领域达标项数 / 到期项数", header, rows, (2, *[1] * len(s.counties)), frozenset(range(1, len(header)))
    )


def _by_county(s: Snapshot) -> Iterator[Block]:
    yield Heading(1, "各地区情况")
    for number, county in zip(NUMERALS, s.counties, strict=False):
        yield Heading(2, f"（{number}）{county['name']}")
        yield Paragraph(_county_sentence(s, county))
        yield _gap_picture(s, county)


def _county_sentence(s: Snapshot, county: Mapping) -> str:
    counts = county["counts"]
    words = f"{county['name']}{s.year}年{_counts_words(counts)}；按现有进度，"
    words += f"{_pace_words(counts, s.content['final_year'])}。{_grade_words(s, counts)}"
    words += f"报送于{county['approved_on']}审核通过。" if county["approved_on"] else "年度报送尚未审核通过。"
    for key, label in (("ahead", "领先其他地区的有"), ("last", "居末的有")):
        names = [s.name(code) for code in county[key][:5]]
        if names:
            words += f"{label}{'、'.join(names)}。"
    return words


def _gap_picture(s: Snapshot, county: Mapping) -> PictureBlock:
    rows = []
    for code, row in s.indicators.items():
        cell = s.cells.get((county["code"], code))
        if cell:
            judged = {name: cell[name] for name in ("status", "relative_gap", "gap")}
            rows.append({**row, **judged})
    behind = [row["name"] for row in rows if row["status"] == "behind"]
    finding = f"滞后：{'、'.join(behind)}" if behind else "没有滞后项"
    alt = f"{county['name']}与年度目标的差距，占目标的百分比；{finding}"
    title = f"{county['name']}{s.year}年与年度目标的差距（占目标的百分比，向右为好）"
    return PictureBlock(title, pictures.county_gaps(rows), alt)


def _attention(s: Snapshot) -> Iterator[Block]:
    rows = [row for row in s.content["attention"] if row["status"] != "unreported"]
    missing = [row for row in s.content["attention"] if row["status"] == "unreported"]
    yield Heading(1, "需要关注的指标")
    yield Paragraph(f"滞后和接近的共{len(rows)}项，滞后在前，按相对差距排序。" if rows else "没有滞后或接近的指标。")
    if missing:
        yield Paragraph(f"未报{len(missing)}项：{_missing_words(s, missing)}。")
    if rows:
        yield _attention_table(s, rows, "滞后和接近的指标")
        yield _paths_picture(s, rows[:MOST_PATHS])


def _paths_picture(s: Snapshot, rows) -> PictureBlock:
    """How each of these cells came to where it is."""
    paths = []
    for row in rows:
        cell = s.cells[(row["area"], row["indicator"])]
        band, stages = cell.get("band", []), s.stages(cell)
        paths.append({"title": _short(s, cell), **cell["series"], "band": band, "stages": stages})
    words = "走势：实线为实际值，阶梯为年度目标，虚线为省定标准"
    if any(path["band"] for path in paths):
        words += "，浅色带为80%区间"
    titles = [path["title"] for path in paths]
    return PictureBlock(words, pictures.paths(s.years, paths), "；".join([*titles, "数字见附表"]))


def _missing_words(s: Snapshot, rows) -> str:
    """By county: the names, or the number where there are many."""
    parts = []
    for code, name in s.area_names.items():
        own = [s.name(row["indicator"]) for row in rows if row["area"] == code]
        if own:
            parts.append(f"{name}{'、'.join(own)}" if len(own) <= 5 else f"{name}{len(own)}项")
    return "；".join(parts)


def _short(s: Snapshot, cell: Mapping) -> str:
    row = s.indicators[cell["indicator"]]
    return f"{s.area_names[cell['area']]} {row['name']}（{row['unit']}）"


def _attention_table(s: Snapshot, rows, words: str) -> TableBlock:
    lines = []
    for row in rows:
        status = str(STATUS_NAMES[row["status"]])
        cell = s.cells[(row["area"], row["indicator"])]
        told = starred(row["words"], cell["is_demo"])
        lines.append((status, s.area_names[row["area"]], s.name(row["indicator"]), told, row["who"]))
    return TableBlock(words, ("状态", "地区", "指标", "情况", "责任单位"), lines, (3, 4, 7, 12, 6))


def _relative_standard_gap(cell: dict) -> float:
    """Comparable between units; a standard of 0 counts as 1."""
    return cell["standard_gap"] / (abs(cell["standard"]) or 1)


def _below_line(s: Snapshot, cell: dict) -> tuple:
    """One cell below the provincial standard."""
    return (
        s.area_names[cell["area"]],
        s.name(cell["indicator"]),
        s.number(cell, "value"),
        s.number(cell, "standard"),
        s.gap(cell, cell["standard_gap"]),
        str(STATUS_NAMES[cell["status"]]),
    )


def _standards(s: Snapshot) -> Iterator[Block]:
    judged = [cell for cell in s.cells.values() if cell["standard_gap"] is not None]
    below = [cell for cell in judged if cell["standard_gap"] < 0]
    yield Heading(1, "对照省定标准")
    yield Paragraph(
        f"有省定标准可比的{len(judged)}项中，{len(below)}项未达标准。县级目标与省定标准是两个基准，"
        "达到本地区目标而未达省定标准，是如实反映，不是差错。"
    )
    if below:
        rows = [_below_line(s, cell) for cell in sorted(below, key=_relative_standard_gap)]
        header = ("地区", "指标", "实际值", "省定标准", "差距", "对本地区目标")
        yield TableBlock("未达省定标准的指标", header, rows, (3, 7, 3, 3, 3, 4), frozenset({2, 3, 4}))


def _outlook_words(risky: list[dict], year: int) -> str:
    if not risky:
        return f"全部指标已实现{year}年目标或进度相符。"
    named = [(word, sum(cell["outlook"] == word for cell in risky)) for word in RISKY_FIRST]
    parts = "、".join(f"{OUTLOOK_NAMES[word]}{count}项" for word, count in named if count)
    return f"没有实现{year}年目标、进度也不相符的共{len(risky)}项：{parts}。"


def _outlook(s: Snapshot) -> Iterator[Block]:
    year = s.content["final_year"]
    there = [cell for cell in s.cells.values() if cell["status"] != NOT_APPLICABLE]
    risky = [cell for cell in there if cell["outlook"] not in ("achieved", "on_track")]
    risky.sort(key=lambda cell: RISKY_FIRST.index(cell["outlook"]))
    yield Heading(1, f"{year}年目标展望")
    yield Paragraph(_outlook_words(risky, year) + _grade_words(s, s.content["counts"]))
    if s.content["rules"] >= WITH_FORECAST:
        yield from _doubtful(s, year)
    if risky:
        yield _risky_table(s, risky, year)


def _doubtful(s: Snapshot, year: int) -> Iterator[Block]:
    """Pace as planned, and yet not likely: named, so that nobody takes the word of pace for a promise."""
    graded = [cell for cell in s.cells.values() if cell["probability"] is not None]
    doubtful = []
    for cell in graded:
        if cell["probability"] < 0.5 and cell["outlook"] == "on_track":
            doubtful.append("的".join(s.names(cell)))
    if doubtful:
        yield Paragraph(
            f"进度相符而按推算到{year}年多半达不到的{len(doubtful)}项：{'、'.join(doubtful)}。"
            "进度看的是走过的路，推算还看以往变化的快慢和起伏。"
        )


def _risky_table(s: Snapshot, risky: list[dict], year: int) -> TableBlock:
    has_forecast = s.content["rules"] >= WITH_FORECAST
    rows = [_risky_line(s, cell, has_forecast=has_forecast) for cell in risky]
    words = "没有实现、进度也不相符的指标"
    if not has_forecast:
        header: tuple[str, ...] = ("地区", "指标", "前景", f"{year}年预测", f"{year}年目标", "所需年均变化")
        return TableBlock(words, header, rows, (3, 7, 3, 3, 3, 3), frozenset({3, 4, 5}))
    header = ("地区", "指标", "前景", "可能性", "80%区间", f"{year}年预测", f"{year}年目标", "所需年均变化")
    return TableBlock(words, header, rows, (3, 6, 3, 4, 4, 3, 3, 3), frozenset({4, 5, 6, 7}))


def _risky_line(s: Snapshot, cell: Mapping, *, has_forecast: bool) -> tuple[str, ...]:
    decimals = s.indicators[cell["indicator"]]["decimals"]
    about = (s.area_names[cell["area"]], s.name(cell["indicator"]), str(OUTLOOK_NAMES[cell["outlook"]]))
    forecast = _forecast_words(cell, decimals) if has_forecast else ()
    asked = (rounded(cell["projection"], decimals), s.final_target(cell), rounded(cell["required_change"], 2))
    return (*about, *forecast, *asked)


def _forecast_words(cell: Mapping, decimals: int) -> tuple[str, str]:
    """The grade with the chance in per cent, and the 80 % range of the final year."""
    if cell["probability"] is None:
        return str(GRADE_NAMES["unknown"]), ABSENT
    word = f"{GRADE_NAMES[cell['grade']]} {rounded(100 * cell['probability'], 0)}%"
    if cell["range_low"] is None:
        return word, ABSENT
    return word, f"{rounded(cell['range_low'], decimals)}–{rounded(cell['range_high'], decimals)}"


def _appendix(s: Snapshot) -> Iterator[Block]:
    yield Heading(1, "附表1　全部指标")
    for county in s.counties:
        cells = {code: s.cells.get((county["code"], code)) for code in s.indicators}
        yield area_content.area_table(s, county["name"], cells)
    if s.city:
        yield area_content.area_table(s, s.city["name"], s.city_cells)
    if s.content["findings"]:
        yield Heading(1, "附表2　核实事项和说明")
        explained = []
        for row in s.content["findings"]:
            found = "".join(row["findings"]) or ABSENT
            explained.append((*s.names(row), found, starred(row["explanation"], row["is_demo"])))
        yield TableBlock("核实事项和说明", ("地区", "指标", "核实", "说明"), explained, (2, 5, 7, 7))
