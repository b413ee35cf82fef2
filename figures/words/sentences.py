"""What the main pages say in their heading and below it: tested words, the same for a page, a report and a mail."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from areas.models import Area
from areas.names import counted
from figures.cells import JudgedCell
from figures.picture import Picture
from figures.project_support import CountyProjects
from figures.summary import Counts
from indicators.aggregates import Aggregate
from indicators.models import ReportingYear
from lib.numbers import plain, signed
from lib.sentences import Phrase, Sentence, joined, sentence
from lib.value_words import gap_number
from plan.terms import yi_words


def goal(picture: Picture) -> str:
    """What values are held against."""
    return _("省定标准") if picture.asked.benchmark == "standard" else _("年度目标")


def value_heading(picture: Picture) -> str:
    """Of a column of values beside what they are held against."""
    return _("实际 / 省标") if picture.asked.benchmark == "standard" else _("实际 / 目标")


def of_which_counties(picture: Picture, *, is_whole: bool) -> str:
    """Of very many counties: whether a sum is that of all or of those side by side; empty where all are on the page."""
    if not picture.is_wide:
        return ""
    if is_whole:
        kinds = picture.all_counties.values_list("kind", flat=True)
        return counted(picture.window.paginator.count, set(kinds))
    return _("本页的地区")


def attention_heading(number: int, listed: int) -> str:
    if listed < number:
        return _("先看{n}项中的前{first}项").format(n=number, first=listed)
    if not number:
        return _("需要关注")
    return _("先看这{n}项").format(n=number)


def heading(picture: Picture, counts: Counts, who: str = "") -> Sentence:
    """The year of `who` in one sentence: how many of the due targets are met, and what is not, the worst first."""
    if counts.due:
        return met_of_due(counts, picture.year, who, against_standard=picture.asked.benchmark == "standard")
    head = {"who": who, "year": picture.year}
    return sentence(_("{who}{year}年，").format(**head).lstrip(), _nothing_due(picture, counts), _("。"))


def met_of_due(counts: Counts, year: int, who: str = "", *, against_standard: bool = False) -> Sentence:
    """Of a year with something due: how many are met, and what is not, the worst first."""
    words = _("{who}{year}年{due}项到期目标，{met}项达标")
    if against_standard:
        words = _("{who}{year}年对照省定标准，{due}项到期指标中{met}项达标")
    start = words.format(who=who, year=year, due=counts.due, met=counts.met).strip()
    unmet = _unmet(counts)
    if not unmet:
        return sentence(start, _("。"))
    return sentence(start, _("；"), *joined(unmet, _("、")), _("。"))


def _unmet(counts: Counts) -> list[Phrase]:
    told = []
    if counts.behind:
        told.append(Phrase(_("{n}项滞后").format(n=counts.behind), "behind"))
    if counts.near:
        told.append(Phrase(_("{n}项接近").format(n=counts.near), "near"))
    if counts.unreported:
        told.append(Phrase(_("{n}项未报").format(n=counts.unreported), ""))
    return told


def _nothing_due(picture: Picture, counts: Counts) -> str:
    if counts.not_due:
        words = _("{n}项{goal}都还没有到期")
        if picture.is_year_over:
            words = _("这一年已经结束，{n}项{goal}都还没有报送")
        told = words.format(n=counts.not_due, goal=goal(picture))
        if counts.no_benchmark:
            told += _("，另有{n}项没有{goal}").format(n=counts.no_benchmark, goal=goal(picture))
        return told
    if counts.total:
        base = _("基期年，") if picture.year == picture.plan.baseline_year else ""
        return base + _("没有可以比较的{goal}").format(goal=goal(picture))
    return _("当时还没有登记任何指标")


def outlook(picture: Picture, counts: Counts) -> Sentence:
    """How many cells keep pace with the final target; those on which the two ways of reckoning differ stand apart."""
    if not counts.judged_outlook:
        return sentence()
    share = Phrase(f"{counts.attainable} / {counts.total}", "strong")
    told = _("项已实现{year}年目标或进度相符").format(year=picture.plan.final_year)
    doubt = below = chance = ""
    if counts.undecided:
        doubt = _("，{n}项存疑（两种算法不一致）").format(n=counts.undecided)
    if counts.below_standard:
        below = _("，{n}项未达省定标准").format(n=counts.below_standard)
    if counts.graded:
        chance = _("；") + _grades(picture, counts)
    return sentence(_("按现有进度，"), share, told, doubt, below, chance, _("。"))


def _grades(picture: Picture, counts: Counts) -> str:
    """What the forecast says, by grade; every cell that can be judged is in it. Pace is no promise."""
    words = _("能推算的{n}项中，{year}年目标很可能或可能达到的{likely}项、各半{even}项、不大可能或很不可能{unlikely}项")
    grades = {"likely": counts.likely, "even": counts.even, "unlikely": counts.unlikely}
    told = words.format(n=counts.graded, year=picture.plan.final_year, **grades)
    if both := counts.attainable_yet_unlikely:
        told += _("（其中{n}项现在仍与进度相符）").format(n=both)
    return told


def reporting(picture: Picture) -> Sentence:
    """Where the latest opened year stands that not every county of the picture has had approved."""
    open_years = [year for (_area, year), row in picture.reporting.items() if not row.approved_at]
    if not open_years:
        return sentence()
    year = max(open_years)
    passed: list[str] = []
    waiting: list[str] = []
    due = ""
    for area in picture.judged:
        row = picture.reporting.get((area.code, year))
        if row is None:
            continue
        if row.approved_at:
            passed.append(area.shown_name)
            continue
        if not waiting:  # the first that waits tells the day for all
            due = due_words(row, picture)
        waiting.append(area.shown_name)
    told = []
    if passed:
        told.append(_("{names}已通过").format(names=_("、").join(passed)))
    told.append(_("{names}尚未通过").format(names=_("、").join(waiting)))
    if due:
        told.append(due)
    return sentence(Phrase(_("{year}年报送：").format(year=year), "strong"), _("，").join(told), _("。"))


def own_years(picture: Picture) -> str:
    """Which counties stand below with a later year than the heading's; empty where none does."""
    later: dict[int, list[str]] = {}
    for area in picture.judged:
        year = picture.own_year(area.code)
        if year != picture.year:
            later.setdefault(year, []).append(area.shown_name)
    if not later:
        return ""
    told = []
    for year, names in sorted(later.items()):
        told.append(_("{names}按{year}年").format(names=_("、").join(names), year=year))
    return _("标题和合计是{year}年的；下面{told}。").format(year=picture.year, told=_("，").join(told))


def missing_from(found: Aggregate, picture: Picture) -> str:
    """The counties that did not go into a total, by name; empty where none is missing or they are very many."""
    if picture.is_wide:
        return ""
    missing = [area.shown_name for area in picture.counties if area.code not in found.included]
    return _("、").join(missing)


def due_words(row: ReportingYear | None, picture: Picture) -> str:
    """Until when, and how many days that is from now; for a past date the day alone."""
    if row is None or row.due_on is None:
        return ""
    words = _("{day}截止").format(day=date_format(row.due_on, _("n月j日")))
    if picture.asked.as_of_on:
        return words
    return words + days_left(row.due_on, timezone.localdate())


def days_left(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days < 0:
        return _("，已逾期{n}天").format(n=-days)
    return _("，还有{n}天").format(n=days)


def indicator_heading(name: str, cells: Iterable[JudgedCell | None]) -> Sentence:
    """The indicator and how each county stands: "托位数：甲县达标，乙县差0.04，丙市差0.22。" """
    told = [_stand(cell) for cell in cells if cell is not None]
    if not told:
        return sentence(name)
    return sentence(name, _("："), *joined(told, _("，")), _("。"))


def _stand(cell: JudgedCell) -> Phrase:
    name, status = cell.area.shown_name, cell.status
    if status in ("near", "behind") and cell.gap is not None:
        if cell.definition.stages:
            return Phrase(f"{name}{cell.definition.gap_words(cell.gap)}", status)
        gap = signed(-abs(gap_number(cell.gap) or 0), cell.definition.decimals).lstrip("−")
        return Phrase(_("{name}差{gap}").format(name=name, gap=gap), status)
    words = {"met": _("{name}达标"), "unreported": _("{name}未报"), "not_due": _("{name}未到报送期")}
    return Phrase(words.get(status, _("{name}没有可比的数")).format(name=name))


def support_words(names: Sequence[str]) -> str:
    """Behind rows that no project on the way supports."""
    if not names:
        return ""
    return _("没有项目支撑的滞后指标：{names}。").format(names=_("、").join(names))


def chart_heading(picture: Picture) -> str:
    return _("与省定标准的差距") if picture.asked.benchmark == "standard" else _("与年度目标的差距")


def track_heading(picture: Picture) -> str:
    """Of the drawing from the first year's value to the final target."""
    first, last = picture.plan.baseline_year, picture.plan.final_year
    return _("{first}年实际 → {last}年目标").format(first=first, last=last)


def population_words(area: Area) -> str:
    return _("常住人口 {n} 人（2020年普查）").format(n=plain(area.population_2020))


def projects_words(projects: CountyProjects) -> Sentence:
    """How many projects a county has a share in, what they cost, how many have stopped, how many are invented."""
    mark = "demo" if projects.demo else ""
    words = _("{n} 个项目，在建和前期 {live} 个").format(n=projects.count, live=projects.live)
    if projects.yi is not None:
        words += _("，按份额总投资{money}").format(money=yi_words(projects.yi))
    parts: list[str | Phrase] = [Phrase(words, mark)]
    if projects.stalled:
        parts += [_("，"), Phrase(_("停滞 {n} 个").format(n=projects.stalled), "behind")]
    if projects.demo:
        parts += [" ", Phrase(_("演示数据 {n} 个").format(n=projects.demo), "tag demo-tag")]
    return sentence(*parts)
