"""What the overview's parts show, as plain rows: counties, exceptions, promises. No database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from areas.models import Area
from figures import summary
from figures.cells import JudgedCell
from figures.picture import Picture
from funding.tiles import Paid, Tile
from indicators.models import IndicatorDefinition, ReportingYear
from lib.numbers import plain, rounded, signed
from lib.sentences import Phrase
from plan.terms import wan_words, yi_pair, yi_words
from projects.landing.tiles import Landed


@dataclass(frozen=True)
class CountyCard:
    """A county's year. `groups`: its cells by field; `facts`: what is behind them, in few words; `grade`: its class on
    the map."""

    area: Area
    counts: summary.Counts
    groups: list[tuple[str, list[JudgedCell]]]
    facts: list[Phrase]
    reporting: ReportingYear | None
    own_year: int | None = None  # where the card is of another year than the page

    @property
    def grade(self) -> str:
        """By the per cent of its cells that are met."""
        share = self.counts.met_share
        if share is None:
            return "unknown"
        if share >= 80:
            return "high"
        return "middle" if share >= 60 else "low"

    @property
    def words(self) -> str:
        c = self.counts
        words = _("达标 {met} · 接近 {near} · 滞后 {behind} · 未报 {unreported}")
        return words.format(met=c.met, near=c.near, behind=c.behind, unreported=c.unreported)

    @property
    def reporting_words(self) -> str:
        return reporting_words(self.reporting)


def reporting_words(row: ReportingYear | None) -> str:
    """Whether a county's year is approved, asked for, or not yet open."""
    if row is None:
        return _("尚未开放")
    if row.approved_at:
        return _("{at} 通过").format(at=date_format(row.approved_at, "Y-m-d"))
    words = _("尚未通过")
    if row.due_on:
        words += _(" · {day} 截止").format(day=date_format(row.due_on, "Y-m-d"))
    return words


def county_card(picture: Picture, area: Area, cells: Sequence[JudgedCell], money: Tile | None) -> CountyCard:
    """`cells`: the county's own."""
    counts = summary.count(cells)
    groups = [(name, list(own)) for name, own in groupby(cells, lambda cell: cell.definition.field.shown_name)]
    year = picture.own_year(area.code)
    reporting = picture.reporting.get((area.code, year))
    own_year = year if year != picture.year else None
    facts = list(_facts(area, counts, None if own_year else money))
    return CountyCard(area, counts, groups, facts, reporting, own_year)


def _facts(area: Area, counts: summary.Counts, money: Tile | None) -> Iterable[Phrase]:
    if counts.judged_outlook:
        yield Phrase(_("进度相符 {n} 项").format(n=counts.attainable))
    if counts.judged_standard:
        yield Phrase(_("未达省标 {n} 项").format(n=counts.below_standard))
    match = money.matches.get(area.code) if money else None
    if match and match.ratio is not None:
        yield Phrase(_("配套 {ratio}").format(ratio=match.ratio_words))
        if match.owed:
            yield Phrase(_("欠 {money}").format(money=wan_words(match.owed)), match.mood)


def by_field(picture: Picture, cells: Iterable[JudgedCell]) -> list[tuple[str, list[tuple[IndicatorDefinition, list]]]]:
    """The matrix: the catalogue's rows under their fields, each with its cells in the counties' order."""
    known = {(cell.area.code, cell.definition.indicator_id): cell for cell in cells}
    rows = [
        (definition, [known.get((area.code, definition.indicator_id)) for area in picture.judged])
        for definition in picture.definitions
    ]
    return [(name, list(own)) for name, own in groupby(rows, lambda row: row[0].field.shown_name)]


@dataclass(frozen=True)
class AttentionRow:
    """A cell that needs a word, its numbers as written; its year where that is not the page's."""

    cell: JudgedCell
    page_year: int

    @property
    def own_year(self) -> int | None:
        return self.cell.year if self.cell.year != self.page_year else None

    @property
    def value(self) -> str:
        """ "64.6 / 68.8": the value, and what it is held against."""
        d = self.cell.definition
        return f"{d.row_words(self.cell.row, 'value')} / {d.row_words(self.cell.row, self.cell.benchmark)}"

    @property
    def gap(self) -> str:
        if self.cell.gap is None:
            return _("未报")
        return self.cell.definition.gap_words(self.cell.gap)

    @property
    def need(self) -> str:
        """The yearly change that the final target takes, and the mean of the last years."""
        row = self.cell.row
        if row["required_change"] is None or row["mean_change"] is None:
            return "–"
        return f"{signed(round(row['required_change'], 2))} / {signed(round(row['mean_change'], 2))}"


@dataclass(frozen=True)
class Bar:
    """One promise: done of promised as written, both as shares of the whole for the drawing, and what is to be said."""

    name: str
    href: str
    done: str
    promised: str
    unit: str
    mood: str
    share: float
    due_share: float | None
    words: str
    is_demo: bool


def bars(landed: Sequence[Landed], money: Tile | None, picture: Picture) -> list[Bar]:
    found = [_landed_bar(each) for each in landed]
    if money:
        found += [_paid_bar(each, picture) for each in money.paid]
        found += [_match_bar(money, picture)] if money.floor is not None else []
    return found


def _landed_bar(each: Landed) -> Bar:
    counter = each.counter
    mood = "met" if counter.is_ahead else "behind"
    words = _("序时应到 {due}").format(due=rounded(counter.expected, 1))
    if counter.shortfall:
        words += _("，少 {n}").format(n=rounded(counter.shortfall, 1))
    return Bar(
        name=counter.name,
        href=f"{reverse('projects')}?until={counter.on:%Y-%m-%d}",
        done=plain(counter.done),
        promised=plain(counter.promised),
        unit=_("个"),
        mood=mood,
        share=counter.share,
        due_share=counter.time_share,
        words=words,
        is_demo=each.is_demo,
    )


def _money_href(picture: Picture) -> str:
    href = f"{reverse('funding')}?year={picture.year}"
    return f"{href}&as_of={picture.asked.as_of_on:%Y-%m-%d}" if picture.asked.as_of_on else href


def _paid_bar(paid: Paid, picture: Picture) -> Bar:
    words = _("{year}年到位").format(year=picture.year)
    if paid.arrived < paid.promised:
        words += _("，少 {n}").format(n=yi_words(paid.promised - paid.arrived))
    done, promised, unit = yi_pair(paid.arrived, paid.promised)
    return Bar(
        name=paid.name,
        href=_money_href(picture),
        done=done,
        promised=promised,
        unit=unit,
        mood=paid.mood,
        share=paid.arrived / paid.promised if paid.promised else 0,
        due_share=1,
        words=words,
        is_demo=paid.is_demo,
    )


def _match_bar(money: Tile, picture: Picture) -> Bar:
    """The match of all counties together; the sum of what has arrived is the headline of the money's page."""
    return Bar(
        name=_("县级配套"),
        href=_money_href(picture),
        done=money.ratio_words,
        promised=money.floor_words,
        unit="",
        mood="met" if not money.owed else "behind",
        share=money.floor_share,
        due_share=1,
        words=_match_words(money, picture.year),
        is_demo=money.is_demo,
    )


def _match_words(money: Tile, year: int) -> str:
    words = []
    if money.promised:
        both = {"arrived": yi_words(money.arrived), "promised": yi_words(money.promised)}
        words.append(_("每年承诺的合计{promised}，到位{arrived}").format(**both))
    if money.owed:
        words.append(_("{year}年各地欠的合计{money}").format(year=year, money=wan_words(money.owed)))
    return _("；").join(words)
