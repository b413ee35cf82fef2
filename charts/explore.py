"""Free comparison: which rows, counties and years are asked, and their numbers. The choice lives in the address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from areas.models import Area
from areas.names import counted
from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.labels import STATUS_NAMES
from indicators.models import IndicatorDefinition
from lib.web import filters

FORMS = {
    "line": gettext_lazy("折线"),
    "bar": gettext_lazy("柱形"),
    "dot": gettext_lazy("点图"),
    "scatter": gettext_lazy("散点"),
    "heat": gettext_lazy("热图"),
    "table": gettext_lazy("只看表"),
}
OF_ONE_YEAR = {"dot", "heat"}
MOST_ROWS, MOST_AREAS = 6, 12
AT_FIRST = 2  # rows that are shown before anything is chosen
HEADER: tuple[str, ...] = ("区划代码", "地区", "指标代码", "指标", "单位", "年份", "实际值", "年度目标", "省定标准")
HEADER += ("差距（正为好于目标）", "年度状态", "含演示数据")
PARAMETERS = ("indicator", "area", "from", "to", "form", "year", "benchmark", "layer", "as_of")


@dataclass(frozen=True)
class Choice:
    """What is compared; `year` is the one of the forms that show a single year (dot, heat)."""

    picture: Picture
    definitions: list[IndicatorDefinition]
    areas: list[Area]
    first: int
    last: int
    form: str

    @classmethod
    def asked(cls, picture: Picture, given: QueryDict) -> "Choice":
        """Http404 in plain words for what there is not and for more than fits."""
        filters.refuse_unknown(given, PARAMETERS)
        known = {row.indicator_id: row for row in picture.definitions}
        places = {area.code: area for area in picture.judged}
        codes = filters.codes(given, "indicator", known) or list(known)[:AT_FIRST]
        chosen = filters.codes(given, "area", places) or list(places)[:MOST_AREAS]
        _refuse_more(len(set(codes)), MOST_ROWS, _("指标一次最多比{most}项，您选了{n}项。"))
        _refuse_more(len(set(chosen)), MOST_AREAS, _("地区一次最多比{most}个，您选了{n}个。"))
        form = filters.one(given, "form", FORMS) or "line"
        first, last = _span(picture, given)
        return cls(
            picture,
            [known[code] for code in dict.fromkeys(codes)],
            [places[code] for code in dict.fromkeys(chosen)],
            first,
            last,
            form,
        )

    @property
    def years(self) -> list[int]:
        return [year for year in self.picture.years if self.first <= year <= self.last]

    @property
    def year(self) -> int:
        """The page's year where it lies in the span, else the nearest that does."""
        return min(max(self.picture.year, self.first), self.last)

    @property
    def drawn_years(self) -> list[int]:
        """Those that the form shows; the table below it has them all."""
        return [self.year] if self.form in OF_ONE_YEAR else self.years

    @property
    def lacks_second_row(self) -> bool:
        """A scatter takes two rows: one across, one up."""
        return self.form == "scatter" and len(self.definitions) < 2

    def cell(self, area: Area, definition: IndicatorDefinition, year: int) -> JudgedCell | None:
        return self.picture.cell(area, definition, year)

    def series(self, area: Area, definition: IndicatorDefinition, name: str) -> list[float | None]:
        """One column over the span, None where absent."""
        records, code = self.picture.records, definition.indicator_id
        found = [records.get((area.code, code, year)) for year in self.years]
        return [row[name] if row else None for row in found]

    def cells(self, years: Sequence[int] | None = None) -> Iterator[JudgedCell]:
        """Row by row, county by county, year by year; of the span where no years are given."""
        shown_years = self.years if years is None else years
        for definition in self.definitions:
            for area in self.areas:
                for year in shown_years:
                    found = self.cell(area, definition, year)
                    if found is not None:
                        yield found

    def lines(self, years: Sequence[int] | None = None) -> Iterator[list]:
        """The numbers as a table, for the page and for a file."""
        for cell in self.cells(years):
            d, row = cell.definition, cell.row
            names = [cell.area.code, cell.area.name, d.indicator_id, d.name, d.unit, cell.year]
            numbers = [row["value"], row["target"], row["standard"], row["gap"]]
            mark = "是" if row["is_demo"] else "否"
            yield [*names, *numbers, str(STATUS_NAMES[row["status"]]), mark]

    @property
    def heading(self) -> str:
        """What is compared, in a sentence."""
        return self._told(self.years)

    @property
    def drawn_heading(self) -> str:
        """The same of the picture, which may show one year alone."""
        return self._told(self.drawn_years)

    def _told(self, years: Sequence[int]) -> str:
        rows = len(self.definitions)
        what = self.definitions[0].shown_name if rows == 1 else _("{n}项指标").format(n=rows)
        span = f"{years[0]}–{years[-1]}" if len(years) > 1 else f"{years[0]}"
        return _("{who}，{what}，{span}年").format(who=self._who(), what=what, span=span)

    def _who(self) -> str:
        """The one county by its name, several by their number; the city beside them."""
        counties = [area for area in self.areas if area != self.picture.city]
        if not counties:
            return self.areas[-1].shown_name if self.areas else counted(0, set())
        who = counties[0].shown_name
        if len(counties) > 1:
            who = counted(len(counties), {area.kind for area in counties})
        if len(counties) == len(self.areas):
            return who
        return _("{counties}和{city}").format(counties=who, city=self.picture.plan.area.shown_name)


def _refuse_more(number: int, most: int, words: str) -> None:
    if number > most:
        raise Http404(words.format(most=most, n=number))


def _span(picture: Picture, given: QueryDict) -> tuple[int, int]:
    """First and last year asked for; by default all years. Turned round where the first is the later one."""
    years = picture.years
    first = filters.year(given, "from") or years[0]
    last = filters.year(given, "to") or years[-1]
    for year in (first, last):
        if year not in years:
            raise Http404(_("年份应在 {first} 至 {last} 之间。").format(first=years[0], last=years[-1]))
    return min(first, last), max(first, last)


def sheet_rows(choice: Choice) -> Sequence[tuple[IndicatorDefinition, Area, list[JudgedCell | None]]]:
    """One row of the page's table for each row and county: its cell of every year, None where there is none."""
    found = []
    for definition in choice.definitions:
        for area in choice.areas:
            cells = [choice.cell(area, definition, year) for year in choice.years]
            found.append((definition, area, cells))
    return found
