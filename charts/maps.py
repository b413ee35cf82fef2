"""Any row of the plan on the map, year by year: what is asked, how each area is painted, what the heading says.

The page, the picture that leaves and the table below read the same `AreaMap`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from areas.boundaries import Shape, inner_places, shapes
from areas.models import Area
from charts.measures import MISSING, Steps, judged_paint
from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.labels import GRADE_NAMES, OUTLOOK_NAMES, STATUS_NAMES
from indicators.models import IndicatorDefinition
from plan.terms import term
from projects.models import Project

MEASURES = {
    "gap": gettext_lazy("差距"),
    "value": gettext_lazy("实际值"),
    "benchmark": gettext_lazy("基准"),
    "outlook": gettext_lazy("进度判断"),
    "chance": gettext_lazy("达到最终目标的可能"),
}
NUMBERS = ("value", "benchmark")  # painted in steps
NAMED = 20  # areas; of more the map carries no names, its table does
SMALL_MAPS = 6
DOTS = 200  # projects of one area that are drawn one by one


@dataclass(frozen=True)
class Mark:
    """An area of the plan in one year: the class that colours it, its figure as a person reads it, its sign where it
    is judged."""

    area: Area
    cell: JudgedCell | None
    paint: str
    words: str

    @property
    def is_missing(self) -> bool:
        return self.paint == MISSING


@dataclass(frozen=True)
class Drawn:
    """One shape of the city; `mark` None for what is no area of the plan. `dots`: (x, y, state) of its projects."""

    shape: Shape
    mark: Mark | None
    dots: Sequence[tuple[float, float, str]] = ()


@dataclass(frozen=True)
class YearMap:
    """All shapes in one year."""

    year: int
    drawn: list[Drawn]
    marks: list[Mark]
    city: Mark | None = None  # the city's own number, which has no shape: told beside the map

    @property
    def words(self) -> str:
        """The map as a sentence, for those who do not see it."""
        told = [f"{mark.area.shown_name} {mark.words}" for mark in self.told]
        return f"{self.year}: " + _("；").join(told)

    @property
    def is_known(self) -> bool:
        """Whether there is a number of any area."""
        return not all(mark.is_missing for mark in self.told)

    @property
    def told(self) -> list[Mark]:
        """The areas of the map, and the city where it has a number of its own."""
        return [*self.marks, self.city] if self.city else self.marks


@dataclass(frozen=True)
class ProjectCount:
    """The projects of one area by state, in the order of the states."""

    area: Area
    states: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        """(state, its name, how many) of the states that there are."""
        return [(state, str(Project.State(state).label), count) for state, count in self.states.items() if count]


@dataclass
class AreaMap:
    """One row of the plan, one measure, every year; `picture` holds its numbers."""

    picture: Picture
    definition: IndicatorDefinition
    measure: str
    with_projects: bool = False

    @classmethod
    def asked(cls, picture: Picture, given: QueryDict) -> "AreaMap":
        """Http404 in plain words for a row or a measure that there is not."""
        measure = given.get("show") or "gap"
        if measure not in MEASURES:
            raise Http404(_("show 只能是 {known}。").format(known="、".join(MEASURES)))
        if not picture.definitions:
            raise Http404(_("还没有指标，先载入方案。"))
        code = given.get("indicator") or picture.definitions[0].indicator_id
        return cls(picture, picture.definition(code), measure, given.get("projects") == "1")

    @property
    def unit(self) -> str:
        """Empty where the measure is a word."""
        if self.measure in ("outlook", "chance") or self.definition.stages:
            return ""
        return term(self.definition.gap_unit if self.measure == "gap" else self.definition.unit)

    @property
    def measure_name(self) -> str:
        standard = self.picture.asked.benchmark == "standard"
        if self.measure == "gap":
            return _("与省定标准的差距") if standard else _("与目标的差距")
        if self.measure == "benchmark":
            return _("省定标准") if standard else _("年度目标")
        return str(MEASURES[self.measure])

    @property
    def title(self) -> str:
        """Of the map and of its picture."""
        return f"{self.definition.shown_name} · {self.measure_name}"

    @property
    def has_steps(self) -> bool:
        return self.measure in NUMBERS

    @cached_property
    def years(self) -> list[YearMap]:
        """Of each year in which anything is known of any area."""
        found = [self.of_year(year) for year in self.picture.years]
        return [each for each in found if each.is_known]

    @cached_property
    def now(self) -> YearMap:
        return self.of_year(self.picture.year)

    @property
    def small(self) -> list[YearMap]:
        """The years that stand beside each other: the last ones up to the asked one, the later ones after it."""
        place = sum(each.year < self.picture.year for each in self.years)
        first = max(0, min(place - SMALL_MAPS + 1, len(self.years) - SMALL_MAPS))
        return self.years[first : first + SMALL_MAPS]

    def of_year(self, year: int) -> YearMap:
        marks = []
        for area in self.picture.counties:
            cell = self.picture.cell(area, self.definition, year)
            marks.append(self._mark(area, cell))
        by_code = {mark.area.code: mark for mark in marks}
        drawn = []
        for shape in self._shapes:
            dots = self._dots(shape) if year == self.picture.year else ()
            drawn.append(Drawn(shape, by_code.get(shape.code), dots))
        return YearMap(year, drawn, marks, self._city(year))

    def _city(self, year: int) -> Mark | None:
        """The city's own number: of the measures in steps in no colour, for the steps are the counties'."""
        city = self.picture.city
        if city is None:
            return None
        mark = self._mark(city, self.picture.cell(city, self.definition, year))
        return replace(mark, paint="") if self.has_steps and not mark.is_missing else mark

    def _mark(self, area: Area, cell: JudgedCell | None) -> Mark:
        if cell is None:
            return Mark(area, None, MISSING, str(STATUS_NAMES["unreported"]))
        if self.measure in NUMBERS:
            return self._number_mark(area, cell)
        if self.measure == "outlook":
            code = cell.row["outlook"]
            return Mark(area, cell, judged_paint(code), str(OUTLOOK_NAMES[code]))
        if self.measure == "chance":
            return Mark(area, cell, judged_paint(cell.grade), str(GRADE_NAMES[cell.grade]))
        words = self._nothing(cell) if cell.gap is None else self.definition.gap_words(cell.gap)
        return Mark(area, cell, judged_paint(cell.status), words or str(STATUS_NAMES[cell.status]))

    def _number_mark(self, area: Area, cell: JudgedCell) -> Mark:
        number = self._number(cell)
        if number is None:
            return Mark(area, cell, MISSING, self._nothing(cell))
        paint = self.steps.paint(number) if self.steps else ""
        return Mark(area, cell, paint, self.definition.row_words(cell.row, self._column))

    def _nothing(self, cell: JudgedCell) -> str:
        """Why there is no number."""
        if self.measure == "benchmark":
            return _("无")
        if cell.row["value"] is None:
            return str(STATUS_NAMES[cell.status])
        return _("无目标")

    def _number(self, cell: JudgedCell) -> float | None:
        """Of a band its lower end."""
        return cell.row[self._column]

    @property
    def _column(self) -> str:
        """Of the judged rows, where the measure is a number."""
        return "value" if self.measure == "value" else self.picture.asked.benchmark

    @cached_property
    def steps(self) -> Steps | None:
        """Of every area in every year, so that the years compare."""
        stages = self.definition.shown_stages
        if stages:
            return Steps(0, len(stages) - 1)
        numbers: list[float | None] = []
        for area in self.picture.counties:
            numbers += self.picture.series(area.code, self.definition.indicator_id, self._column)
        return Steps.of(numbers)

    @property
    def legend(self) -> list[tuple[str, str]]:
        """(class, words), in the order in which they are read."""
        if self.measure in NUMBERS:
            found = self._steps_legend(self.steps) if self.steps else []
        elif self.measure == "chance":
            found = [(judged_paint(code), str(name)) for code, name in GRADE_NAMES.items() if code != "unknown"]
        elif self.measure == "outlook":
            found = self._outlook_legend()
        else:
            found = [(code, str(STATUS_NAMES[code])) for code in ("met", "near", "behind")]
        return [*found, (MISSING, _("没有数"))]

    def _steps_legend(self, steps: Steps) -> list[tuple[str, str]]:
        stages = self.definition.shown_stages
        if stages:
            return [(steps.paint(place), name) for place, name in enumerate(stages)]
        places = self._places
        return [(paint, f"{low:.{places}f}–{high:.{places}f}") for paint, low, high in steps.bounds]

    @property
    def _places(self) -> int:
        """Decimals of the steps' ends: one more than the row's own where the steps are narrow."""
        narrow = self.steps is not None and self.steps.high - self.steps.low < 5
        return self.definition.decimals + narrow

    def _outlook_legend(self) -> list[tuple[str, str]]:
        """One line for each colour, with the words that it stands for."""
        by_tone: dict[str, list[str]] = {}
        for code, name in OUTLOOK_NAMES.items():
            if code != "unknown":
                by_tone.setdefault(judged_paint(code), []).append(str(name))
        return [(tone, " / ".join(names)) for tone, names in by_tone.items()]

    @property
    def _shapes(self) -> tuple[Shape, ...]:
        outlines, _height = shapes(settings.BOUNDARIES_FILE)
        return outlines

    @property
    def height(self) -> int:
        _outlines, height = shapes(settings.BOUNDARIES_FILE)
        return height

    @property
    def is_drawn(self) -> bool:
        """Whether the boundary file has any of the plan's areas."""
        return any(each.mark for each in self.now.drawn)

    @property
    def undrawn(self) -> list[Area]:
        """The plan's areas that the boundary file lacks."""
        known = {shape.code for shape in self._shapes}
        return [area for area in self.picture.counties if area.code not in known]

    @property
    def has_names(self) -> bool:
        return len(self.picture.counties) <= NAMED

    @cached_property
    def projects(self) -> list[ProjectCount]:
        """Of each area of the plan: its projects by state, by the area that each mainly belongs to."""
        rows = Project.objects.visible_to(self.picture.user)
        found = Counter(rows.order_by().values_list("main_area_id", "state"))
        counts = []
        for area in self.picture.counties:
            states = {state: found[area.code, state] for state in Project.State.values}
            counts.append(ProjectCount(area, states))
        return counts

    def _dots(self, shape: Shape) -> list[tuple[float, float, str]]:
        """A point for each project, inside its area; where there is no room for all, the table still counts them."""
        count = next((each for each in self.projects if each.area.code == shape.code), None)
        if not self.with_projects or count is None:
            return []
        states = list(Counter(count.states).elements())[:DOTS]
        places = inner_places(shape, len(states))
        return [(x, y, state) for (x, y), state in zip(places, states, strict=False)]

    @property
    def heading(self) -> str:
        """The finding of the asked year in one sentence; the city's own number after it."""
        city = self.now.city
        if city is None or city.is_missing:
            return self._finding
        unit = "" if self.measure == "gap" else self.unit  # the words of a gap carry it
        told = f"{city.words}{unit}"
        return _("{finding}；{city}自身{told}").format(finding=self._finding, city=city.area.shown_name, told=told)

    @property
    def _finding(self) -> str:
        head = {"year": self.picture.year, "name": self.definition.shown_name}
        known = [mark for mark in self.now.marks if not mark.is_missing]
        if not known:
            return _("{year}年{name}：还没有数").format(**head)
        if self.measure in NUMBERS:
            return self._extremes(head, known)
        counts = Counter(self._judgement(mark) for mark in known)
        told = [_("{n}个{words}").format(n=count, words=words) for words, count in counts.most_common()]
        missing = len(self.now.marks) - len(known)
        if missing:
            told.append(_("{n}个没有数").format(n=missing))
        return _("{year}年{name}：").format(**head) + _("，").join(told)

    def _judgement(self, mark: Mark) -> str:
        if self.measure == "gap" and mark.cell:
            return str(STATUS_NAMES[mark.cell.status])
        return mark.words

    def _extremes(self, head: dict, known: list[Mark]) -> str:
        """Which areas have the highest and the lowest number."""
        by_number = sorted(known, key=lambda mark: self._number(mark.cell) or 0.0)  # type: ignore[arg-type]
        low, high = by_number[0], by_number[-1]
        if len(known) == 1:
            words = _("{year}年{name}：{highest}{high}{unit}")
        elif low.words == high.words:
            words = _("{year}年{name}：都是{high}{unit}")
        else:
            words = _("{year}年{name}：{highest}最高，{high}{unit}；{lowest}最低，{low}{unit}")
        return words.format(
            **head,
            highest=high.area.shown_name,
            high=high.words,
            lowest=low.area.shown_name,
            low=low.words,
            unit=self.unit,
        )
