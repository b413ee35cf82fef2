"""What repeats on pages, one component for each thing, drawn in Python: a figure with its marks, a cell of the matrix,
a strip of statuses, a bar with what is due, a track from the first value to the final target.

A page has hundreds of them; written as included templates they took two fifths of its time (docs/decisions.md)."""

import html
from collections.abc import Iterable, Mapping
from functools import lru_cache

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from figures.cells import JudgedCell
from figures.compare import Together
from figures.one_county.range_track import RangeTrack
from figures.templatetags.display import STATUS_MARKS, shown
from figures.words.page_marks import PageMarks
from indicators.aggregates import Aggregate
from indicators.labels import STATUS_NAMES
from indicators.models import IndicatorDefinition
from lib import numbers
from lib.sparklines import Sparkline
from lib.web.addresses import address_of
from reporting.demonstration import DemonstrationAge, age_of
from reporting.demonstration import aged_demonstration as aged_on

register = template.Library()
NO_MARKS = PageMarks()
DIRECTION_SIGNS = {-1: "↓", 0: "↔"}  # beside a unit; more is better goes without saying


def _safe(drawn: str) -> SafeString:
    return SafeString(drawn)  # nosec B703  # every component escapes what it writes


def escape(text: object) -> str:
    """As Django's, for text that is written at once: a third of the steps, and a page has a thousand of them."""
    return html.escape(str(text))


@lru_cache(maxsize=64)
def _sign(status: str, language: str) -> str:
    """In the language that is active, which the key names."""
    name = escape(STATUS_NAMES[status])
    sign = f'<span class="mark {status}" aria-hidden="true">{STATUS_MARKS[status]}</span>'
    return f'{sign}<span class="visually-hidden">{name}</span>'


def sign_html(status: str) -> str:
    return _sign(status, get_language() or "")


@register.simple_tag
def sign(status: str) -> SafeString:
    """The status as a sign, its name for screen readers: loud for near and behind, thin for met (style sheet)."""
    return _safe(sign_html(status))


@register.simple_tag
def figure(cell: JudgedCell, series: str, marks: PageMarks = NO_MARKS) -> SafeString:
    """One number of a cell (value, target, standard) with its own marks; what holds for the whole page is left out."""
    return _safe(figure_html(cell, series, marks))


def figure_html(cell: JudgedCell, series: str, marks: PageMarks) -> str:
    text = conditional_escape(shown(cell.definition.row_words(cell.row, series)))
    kind = marks.demo_class(cell, series)
    return f'<span class="{kind}">{text}</span>' if kind else text


def trend_html(line: Sparkline | None, status: str) -> str:
    if line is None:
        return ""
    point = ""
    if line.point:
        x, y = line.point
        point = f'<circle class="{status}" cx="{x}" cy="{y}" r="2.6"/>'
    return (
        '<svg class="trend" width="50" height="20" viewBox="0 0 50 20" aria-hidden="true">'
        f'<path class="t" d="{line.targets}"/><path class="v" d="{line.values}"/>{point}</svg>'
    )


@register.simple_tag
def small_trend(cell: JudgedCell) -> SafeString:
    """Values solid, benchmark dashed, the year's own point."""
    return _safe(trend_html(cell.trend, cell.status))


@register.simple_tag
def indicator_name(definition: IndicatorDefinition, with_unit: bool = True) -> SafeString:
    """The name; * where it is provisional; its unit, and ↓ where less is better."""
    return _safe(name_html(definition, with_unit))


def name_html(definition: IndicatorDefinition, with_unit: bool = True) -> str:
    star = ""
    if definition.is_provisional:
        star = f'<abbr class="star" title="{_("暂定")}">*</abbr>'
    star += force_html(definition)
    if not with_unit:
        return f"{escape(definition.shown_name)}{star}"
    return f"{escape(definition.shown_name)}{star} {unit_html(definition)}"


def force_html(definition: IndicatorDefinition) -> str:
    """What the plan binds to, as a short mark; nothing of any other row."""
    if not definition.is_binding:
        return ""
    return f'<abbr class="force" title="{escape(definition.get_force_display())}">{_("约")}</abbr>'


def unit_html(definition: IndicatorDefinition) -> str:
    less = DIRECTION_SIGNS.get(definition.direction, "")
    if less:
        less = f' <span title="{escape(definition.get_direction_display())}">{less}</span>'
    return f'<span class="unit">{conditional_escape(shown(definition.unit))}{less}</span>'


@register.simple_tag
def matrix_cell(cell: JudgedCell | None, tail: str, marks: PageMarks = NO_MARKS) -> SafeString:
    """One county's cell of the matrix: sign, value / benchmark, gap, trend, and below them what is particular to it.
    The whole cell leads to its reason."""
    if cell is None:
        return _safe('<td class="cell">–</td>')
    d, row, status = cell.definition, cell.row, cell.status
    value = f"<b>{figure_html(cell, 'value', marks)}</b>"
    if row["value"] is None:
        value = f'<b class="none">{escape(STATUS_NAMES[status])}</b>'
    gap = "" if cell.gap is None else escape(d.gap_words(cell.gap))
    address = f"{address_of('cell', cell.area.code, d.indicator_id, cell.year)}{tail}"
    name = escape(cell.area.shown_name)
    return _safe(
        f'<td class="cell {status}"><a data-area="{name}" href="{escape(address)}" data-panel'
        f' title="{name} · {escape(d.shown_name)}">{sign_html(status)}{value}'
        f"<i>/ {figure_html(cell, cell.benchmark, marks)}</i>"
        f'<em class="{status}">{gap}{_below_standard(cell)}</em>{trend_html(cell.trend, status)}{_notes(cell)}</a></td>'
    )


@register.simple_tag
def together_heading(together: Mapping, year: int | None = None) -> SafeString:
    """Over the column of the counties taken together; nothing where no row adds up. `year`: that of the sums, where a
    county beside them is shown with another."""
    if not together:
        return _safe("")
    of_year = "" if year is None else f'<span class="tag">{escape(_("{year}年").format(year=year))}</span> '
    tag = f'<span class="tag">{escape(_("计算得出"))}</span>'
    return _safe(f'<th class="together" scope="col">{escape(_("合计"))} {of_year}{tag}</th>')


@register.simple_tag
def together_cell(together: Mapping[str, Aggregate], definition: IndicatorDefinition) -> SafeString:
    """The counties taken together in the matrix: the number with as many places as the row has, exact in its title, and
    how many counties went in; "–" of a row that does not add up."""
    found = together.get(definition.indicator_id)
    if not together:
        return _safe("")
    if found is None:
        return _safe('<td class="cell together none">–</td>')
    mark = ' class="demo"' if found.is_demo else ""
    exact = escape(numbers.plain(found.value, definition.decimals))
    value = escape(numbers.rounded(None if found.value is None else float(found.value), definition.decimals))
    counted = escape(_("{of}个中的{n}个").format(of=found.counties, n=found.counted))
    partial = " partial" if found.counted < found.counties else ""
    share = f'<abbr title="{counted}">{found.counted}/{found.counties}</abbr>'
    return _safe(f'<td class="cell together{partial}" title="{exact}"><b{mark}>{value}</b> {share}</td>')


@register.simple_tag
def together_move(together: Mapping[str, Together], definition: IndicatorDefinition) -> SafeString:
    """The counties taken together in both years of a comparison, and the change where the same counties went in: with
    as many places as the row has, exact in the title."""
    found = together.get(definition.indicator_id)
    label = escape(_("合计"))
    if not together:
        return _safe("")
    if found is None:
        return _safe(f'<td class="move together none" data-label="{label}">–</td>')
    sides = (found.before, found.after)
    places = definition.decimals
    told = [escape(numbers.rounded(None if side.value is None else float(side.value), places)) for side in sides]
    exact = escape(" → ".join(numbers.plain(side.value, places) for side in sides))
    of = [escape(_("{of}个中的{n}个").format(of=side.counties, n=side.counted)) for side in sides]
    counted = of[0] if of[0] == of[1] else f"{of[0]} → {of[1]}"
    change = "" if found.change is None else f"<em>{escape(numbers.signed(round(found.change, places), places))}</em>"
    mark = ' class="demo"' if any(side.is_demo for side in sides) else ""
    both = f'<span{mark} title="{exact}">{told[0]} → <b>{told[1]}</b></span>'
    return _safe(f'<td class="move together" data-label="{label}">{both}{change} <small>{counted}</small></td>')


def _below_standard(cell: JudgedCell) -> str:
    """◇ where the value falls short of the provincial standard, ◆ where the county's own target does, now or later."""
    told = ""
    if cell.benchmark != "standard" and cell.row["standard_status"] in ("near", "behind"):
        told += f'<span class="std" title="{_("未达省定标准")}">◇</span>'
    if cell.shortfall_year:
        told += f'<span class="std" title="{escape(shortfall_words(cell))}">◆</span>'
    return told


def shortfall_words(cell: JudgedCell) -> str:
    """By how much the county's own target lies below the standard, of a later year with that year."""
    when = f"{cell.shortfall_year} " if cell.shortfall_year != cell.year else ""
    number = numbers.plain(cell.shortfall, cell.definition.decimals)
    mark = _("（演示数据）") if cell.is_shortfall_demo else ""
    return f"{when}{_('目标差省标')} {number}{mark}"


def _notes(cell: JudgedCell) -> str:
    """What few cells have: provisional by itself, not yet reviewed."""
    told = ""
    if cell.is_provisional_by_itself:
        told += f'<small><span class="tag">{_("暂定")}</span></small>'
    if cell.is_submitted:
        told += f'<small class="unreviewed">{_("未审")}</small>'
    return told


@register.simple_tag
def cell_notes(cell: JudgedCell) -> SafeString:
    """What few cells have, beside a name."""
    return _safe(f"{_below_standard(cell)}{_notes(cell)}")


@register.simple_tag
def status_strip(groups: Iterable[tuple[str, list[JudgedCell]]]) -> SafeString:
    """The statuses of a county side by side, in groups of (name of the field, cells)."""
    parts = []
    for name, cells in groups:
        signs = "".join(_strip_sign(cell) for cell in cells)
        width = min(max(len(cells), 3), 9)  # room for the name; a class of the style sheet for each
        first = str(name).partition(" and ")[0]  # an English name is longer than its marks
        label = f'<small title="{escape(name)}">{escape(first)}</small>'
        parts.append(f'<span class="group of-{width}">{signs}{label}</span>')
    return _safe(f'<span class="strip">{"".join(parts)}</span>')


def _strip_sign(cell: JudgedCell) -> str:
    title = f"{escape(cell.definition.shown_name)} · {escape(STATUS_NAMES[cell.status])}"
    return f'<i class="mark {cell.status}" title="{title}">{STATUS_MARKS[cell.status]}</i>'


@register.simple_tag
def shares(bars: Iterable[tuple[str, int]]) -> SafeString:
    """A thin bar whose parts stand in proportion: (status, number) each."""
    bars = list(bars)
    whole, done, parts = sum(number for _status, number in bars), 0, ""
    for status, number in bars:
        parts += f'<rect class="{status}" x="{_percent(done, whole)}%" width="{_percent(number, whole)}%" height="6"/>'
        done += number
    return _safe(f'<svg class="shares" width="100%" height="6" aria-hidden="true">{parts}</svg>')


@register.simple_tag
def progress_bar(done: float | None, promised: float, mood: str, due: float | None = None) -> SafeString:
    """How much of what was promised is done; a black tick where it should stand today."""
    bar = f'<rect class="{mood}" y="3" width="{_percent(done or 0, promised)}%" height="9" rx="2"/>'
    at = _percent(due or 0, promised)
    tick = "" if due is None else f'<line class="due" x1="{at}%" x2="{at}%" y2="15"/>'
    return _safe(
        '<svg class="track" width="100%" height="15" aria-hidden="true">'
        f'<rect class="ground" y="3" width="100%" height="9" rx="2"/>{bar}{tick}</svg>'
    )


def _percent(part: float, whole: float) -> str:
    share = 100 * part / whole if whole else 0
    return f"{min(max(share, 0), 100):.1f}"


@register.simple_tag
def range_track(track: RangeTrack | None) -> SafeString:
    """From the first year's value to the final target: where the value stands, a tick for this year's target, ◇ for the
    provincial standard, at the edge where it lies outside."""
    if track is None:
        return _safe("")
    if track.keeps:
        return _safe(f'<span class="keeps">{_("保持")} {track.last}</span>')
    parts = '<rect class="ground" y="9" width="100%" height="6"/>'
    if track.value is not None:
        parts += f'<rect class="{track.status}" y="9" width="{track.value}%" height="6"/>'
    if track.target is not None:
        parts += f'<line class="due" x1="{track.target}%" x2="{track.target}%" y1="3" y2="21"/>'
    if track.standard is not None:
        sign = "◇›" if track.is_standard_beyond else "◇"
        parts += f'<text x="{track.standard}%" y="17" text-anchor="middle">{sign}</text>'
    if track.value is not None:
        parts += f'<circle class="{track.status}" cx="{track.value}%" cy="12" r="5"/>'
    drawn = f'<svg width="100%" height="24">{parts}</svg>'
    return _safe(f'<span class="way" aria-hidden="true"><i>{track.first}</i>{drawn}<i>{track.last}</i></span>')


@register.simple_tag
def options(choices: Mapping | Iterable, chosen: object = "") -> SafeString:
    """The `<option>`s of a select, one a line: `choices` are value → words, pairs of both, or things with a `code` and
    a `shown_name`. `chosen` is the value that is selected, or a collection of them."""
    choices = choices.items() if isinstance(choices, Mapping) else choices
    wanted = {str(each) for each in chosen} if isinstance(chosen, list | tuple | set | frozenset) else {str(chosen)}
    lines = []
    for value, words in map(_choice, choices):
        selected = " selected" if str(value) in wanted else ""
        lines.append(f'<option value="{escape(value)}"{selected}>{escape(words)}</option>')
    return _safe("\n".join(lines))


def _choice(choice) -> tuple[object, object]:
    if isinstance(choice, tuple | list):
        value, words = choice
        return value, words
    return choice.code, choice.shown_name


@register.simple_tag(takes_context=True)
def aged_demonstration(context: Context) -> DemonstrationAge | None:
    """Of which day the demonstration is, where that day has passed. A page of figures knows when years were opened."""
    today, picture = timezone.localdate(), context.get("picture")
    if picture is None or picture.asked.as_of:
        return aged_on(today)
    opened = [(row.year, row.opened_at) for row in picture.reporting.values() if row.is_demo]
    return age_of(max(opened)[1], today) if opened else None
