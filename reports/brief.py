"""A frozen picture on one screen: five numbers, what turned since the year before, three matters that need a word, each
with its reason in a sentence. The same for the page, for a sheet of A4 and for slides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from django.urls import reverse
from django.utils.translation import gettext as _

from figures.summary import Counts
from figures.words import sentences
from lib.numbers import plain, rounded
from lib.sentences import Sentence, sentence
from lib.value_words import goal_words, stage_names, value_words
from lib.web.languages import is_english
from plan.terms import wan_words
from reports.blocks import Block, Heading, Note, Paragraph, TableBlock
from reports.support_content import LATE

WITH_YEAR_BEFORE = 4  # the rules of a snapshot that says how each cell stood in the year before
MOST_TURNED, MOST_MATTERS = 3, 3  # of each direction; in all
JUDGED = ("met", "near", "behind")


@dataclass(frozen=True)
class BriefNumber:
    """`page`: the page behind it."""

    label: str
    figure: str
    note: str
    mood: str
    page: str


@dataclass(frozen=True)
class TurnedCell:
    """A cell that came to be met (`mood` "met") or is no longer ("behind")."""

    words: str
    mood: str
    area: str
    indicator: str


@dataclass(frozen=True)
class BriefMatter:
    """What needs a word: the reason in a sentence, who answers for it, the page behind it."""

    words: str
    who: str
    page: str
    args: tuple[str | int, ...] = ()

    @property
    def href(self) -> str:
        return reverse(self.page, args=self.args)


@dataclass(frozen=True)
class Brief:
    year: int
    heading: Sentence
    numbers: list[BriefNumber]
    turned: list[TurnedCell]
    matters: list[BriefMatter]
    notes: list[str]


def brief(frozen: Mapping, names: Mapping[str, str] | None = None) -> Brief:
    """`names`: codes of counties and indicators → names in the reader's language; the snapshot's own where absent."""
    known = {row["code"]: row["name"] for row in (*frozen["counties"], *frozen["indicators"])}
    names = {**known, **(names or {})}
    return Brief(
        year=frozen["year"],
        heading=_heading(frozen),
        numbers=[*_numbers(frozen)],
        turned=[*_turned(frozen, names)],
        matters=[*_matters(frozen, names)][:MOST_MATTERS],
        notes=[*_notes(frozen, names)],
    )


def title(found: Brief) -> str:
    return _("县城城镇化建设{year}年一屏简报").format(year=found.year)


def _heading(frozen: Mapping) -> Sentence:
    counts = frozen["counts"]
    if not counts["due"]:
        return sentence(_nothing_due(frozen))
    known = Counts(**{each.name: counts[each.name] for each in fields(Counts) if each.name in counts})
    return sentences.met_of_due(known, frozen["year"])


def _nothing_due(frozen: Mapping) -> str:
    """As the overview says it: to come, over and not reported yet, or nothing to be held against."""
    year, waiting = frozen["year"], frozen["counts"]["not_due"]
    if not waiting:
        return _("{year}年没有可以比较的年度目标。").format(year=year)
    year_of_taking = int(frozen["taken_at"][:4])
    words = _("{year}年的{n}项年度目标都还没有到期。")
    if year < year_of_taking:
        words = _("{year}年已经结束，{n}项年度目标都还没有报送。")
    return words.format(year=year, n=waiting)


def _numbers(frozen: Mapping) -> Iterator[BriefNumber]:
    """Each as it stands on its own page; what there is nothing to say of is left out."""
    counts, year = frozen["counts"], frozen["final_year"]
    if counts["due"]:
        share = rounded(counts["met_share"], 1)
        note = _("到期目标中达标的占{share}%").format(share=share)
        yield BriefNumber(_("达标"), f"{counts['met']} / {counts['due']}", note, "", "overview")
    if counts["judged_outlook"]:
        note = _("已实现{year}年目标或进度相符").format(year=year)
        if counts["undecided"]:
            note += _("，另有{n}项存疑").format(n=counts["undecided"])
        yield BriefNumber(_("进度"), f"{counts['attainable']} / {counts['total']}", note, "", "trust")
    if counts["judged_standard"]:
        mood = "behind" if counts["below_standard"] else ""
        figure = f"{counts['below_standard']} / {counts['judged_standard']}"
        yield BriefNumber(_("未达省定标准"), figure, _("有省定标准可比的项"), mood, "indicators")
    rows = [row for row in frozen["funding"]["matching_wan"] if row["year"] == frozen["year"]]
    if rows:
        owed = sum(row["owed"] or 0 for row in rows)
        note = _("{year}年县级配套尚欠（万元）").format(year=frozen["year"])
        yield BriefNumber(_("欠配套"), plain(round(owed, 6)), note, "behind" if owed else "", "funding")
    promises = frozen["commitments"]
    if promises:
        late = sum(row["status"] in LATE for row in promises)
        note = _("落后序时或到期未兑现的承诺")
        yield BriefNumber(_("承诺"), f"{late} / {len(promises)}", note, "behind" if late else "", "commitments")


def _turned(frozen: Mapping, names: Mapping[str, str]) -> Iterator[TurnedCell]:
    """First what is no longer met, then what came to be."""
    lost: list[Mapping] = []
    gained: list[Mapping] = []
    for cell in frozen["cells"]:
        before = cell.get("before")
        if not before or before["status"] not in JUDGED or cell["status"] not in JUDGED:
            continue
        was_met, is_met = before["status"] == "met", cell["status"] == "met"
        if was_met and not is_met:
            lost.append(cell)
        elif is_met and not was_met:
            gained.append(cell)
    rows = {row["code"]: row for row in frozen["indicators"]}
    for cell in lost[:MOST_TURNED]:
        yield _turned_cell(cell, names, rows, _("{who}不再达标：{before} → {now}，目标 {target}"), "behind")
    for cell in gained[:MOST_TURNED]:
        yield _turned_cell(cell, names, rows, _("{who}转为达标：{before} → {now}，目标 {target}"), "met")


def _turned_cell(cell: Mapping, names, rows: Mapping[str, Mapping], words: str, mood: str) -> TurnedCell:
    area, indicator = cell["area"], cell["indicator"]
    row = rows[indicator]
    told = words.format(
        who=f"{names[area]} {names[indicator]}",
        before=_worded(row, cell["before"]["value"]),
        now=_worded(row, cell["value"]),
        target=_goal(row, cell["target"], cell.get("target_high")),
    )
    return TurnedCell(told, mood, area, indicator)


def _goal(row: Mapping, target: float | None, high: float | None) -> str:
    """The target as the plan means it: a strict one with its sign."""
    if row["direction"] and not row.get("stages"):
        return goal_words(target, row["decimals"], direction=row["direction"])
    return _worded(row, target, high)


def _worded(row: Mapping, value: float | None, high: float | None = None) -> str:
    """A number of the indicator whose frozen row this is."""
    typed, english = row.get("stages", ""), row.get("stages_en", "")
    stages = english if english and is_english() else typed
    return value_words(value, row["decimals"], high=high, stages=stage_names(stages))


def _matters(frozen: Mapping, names: Mapping[str, str]) -> Iterator[BriefMatter]:
    """The worst cell, the county that owes most, the largest project that has stopped; then further cells."""
    urgent = [row for row in frozen["attention"] if row["status"] in ("behind", "near")]
    cells = [_cell_matter(frozen, row, names) for row in urgent[: MOST_MATTERS + 1]]
    yield from cells[:1]
    yield from _money_matter(frozen, names)
    yield from _project_matter(frozen)
    yield from cells[1:]


def _cell_matter(frozen: Mapping, row: Mapping, names: Mapping[str, str]) -> BriefMatter:
    words = f"{names[row['area']]} {names[row['indicator']]}{_('：')}{row['words']}{_('。')}"
    return BriefMatter(words, row["who"], "cell", (row["area"], row["indicator"], frozen["year"]))


def _money_matter(frozen: Mapping, names: Mapping[str, str]) -> Iterator[BriefMatter]:
    rows = [row for row in frozen["funding"]["matching_wan"] if row["year"] == frozen["year"] and row["owed"]]
    if rows:
        worst = max(rows, key=lambda row: row["owed"])
        words = _("{area}{year}年县级配套欠{owed}，已到位{matched}。")
        money = {"owed": wan_words(worst["owed"]), "matched": wan_words(worst["matched"])}
        told = words.format(area=names[worst["area"]], year=frozen["year"], **money)
        yield BriefMatter(told, names[worst["area"]], "funding")


def _project_matter(frozen: Mapping) -> Iterator[BriefMatter]:
    stalled = [row for row in frozen["projects"]["listed"] if row["is_stalled"]]
    if stalled:
        first = stalled[0]  # the list is in order of size
        words = _("停滞的项目{n}个，最大的是{name}").format(n=len(stalled), name=first["name"])
        if first["total_yi"] is not None:
            words += _("（总投资{yi}亿元）").format(yi=plain(first["total_yi"]))
        yield BriefMatter(words + _("。"), first["unit"], "project", (first["code"],))


def _notes(frozen: Mapping, names: Mapping[str, str]) -> Iterator[str]:
    if city := frozen.get("city"):
        yield _city_note(frozen, city, names)
    yield _("数据截至{day}，均取自经审核发布的数值。").format(day=frozen["taken_at"][:10])
    if frozen["has_demo"]:
        yield _("含演示数据，不是真实情况，仅供试用。")


def _city_note(frozen: Mapping, city: Mapping, names: Mapping[str, str]) -> str:
    """How the city stands against targets of its own, which the five numbers do not count."""
    counts, name = city["counts"], names.get(city["code"], city["name"])
    if not counts["due"]:
        return _("{city}自身的目标另计：{year}年没有可以判断的项。").format(city=name, year=frozen["year"])
    words = _("{city}自身的目标另计：{year}年到期的{due}项中达标{met}项。")
    return words.format(city=name, year=frozen["year"], due=counts["due"], met=counts["met"])


def blocks(found: Brief) -> list[Block]:
    """The brief as a sheet of A4 for the joint conference."""
    numbers = [(row.label, row.figure, row.note) for row in found.numbers]
    matters = [Paragraph(f"{place}. {row.words}{_who(row)}") for place, row in enumerate(found.matters, 1)]
    turned = [Paragraph(row.words + _("。")) for row in found.turned]
    return [
        Paragraph(str(found.heading)),
        TableBlock(_("五个数"), (_("项"), _("数"), _("说明")), numbers, (3, 3, 8), frozenset({1})),
        Heading(1, _("比上一年")),
        *(turned or [Paragraph(_("没有转为达标或不再达标的项。"))]),
        Heading(1, _("需要过问的事")),
        *(matters or [Paragraph(_("没有。"))]),
        *(Note(words) for words in found.notes),
    ]


def _who(matter: BriefMatter) -> str:
    return _("（{who}）").format(who=matter.who) if matter.who else ""
