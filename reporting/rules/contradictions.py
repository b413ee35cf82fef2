"""The city's rules between numbers held against what is reported and what is official."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Self

from django.conf import settings
from django.utils.translation import gettext as _

from areas.models import Area
from indicators.models import IndicatorDefinition, Observation
from lib.numbers import plain
from plan.models import Plan
from reporting.models import NumberRule
from reporting.rules.language import Quantity, Relation, RuleError, Verdict, judge, parse

log = logging.getLogger(__name__)

Values = Mapping[str, Decimal | None]
NOTHING_TYPED: Values = {}
Figures = dict[tuple[str, str, int], Decimal]  # by (name, county, year)


def register_names() -> dict[str, str]:
    """What the registers' figures are called, by the name that rules use. Which rooms keep registers say the
    settings: they come after this one."""
    return {name: str(label) for module in _registers() for name, label in module.NAMES.items()}


def register_figures(names: Iterable[str], years: Sequence[int], areas: Sequence[str] | None = None) -> Figures:
    """The registers' figures of some counties or of all; one that a register does not hold is absent."""
    wanted = set(names)
    found: Figures = {}
    for module in _registers():
        own = wanted & set(module.NAMES)
        if own:
            found |= module.figures(own, years, areas)
    return found


def _registers() -> list:
    return [import_module(name) for name in settings.REGISTER_FIGURES]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Relation:
    return parse(text)


def read_rule(text: str) -> Relation:
    """A rule whose every name is known. RuleError in words."""
    rule = _parsed(text)
    codes = set(IndicatorDefinition.objects.as_of().values_list("indicator", flat=True))
    known = codes | set(register_names())
    for each in rule.quantities:
        if each.name not in known:
            words = _("没有“{name}”：应是指标代码，或 {registers}。")
            raise RuleError(words.format(name=each.name, registers=_("、").join(register_names())))
    if all(each.is_register for each in rule.quantities):
        raise RuleError(_("规则里至少要有一个指标代码。"))
    if not _meeting(rule):
        raise RuleError(_("规则里至少要有一个指标的本年数：只说往年的规则没有人会看到。"))
    return rule


@dataclass(frozen=True)
class StandingRule:
    """A rule in force, with its text as read."""

    row: NumberRule
    rule: Relation

    @property
    def indicators(self) -> list[str]:
        """Whose numbers of the year itself meet in it: each of them is told."""
        return _meeting(self.rule)


def _meeting(rule: Relation) -> list[str]:
    names = []
    for each in rule.quantities:
        is_of_the_year = not each.is_register and not each.years_back
        if is_of_the_year and each.name not in names:
            names.append(each.name)
    return names


def rules_in_force(as_of: datetime | None = None) -> list[StandingRule]:
    """One query. A text that somebody wrote past `define_number_rule` and that is no rule is told to the operator and
    stops no sheet."""
    found = []
    for row in NumberRule.objects.as_of(as_of).order_by("code"):
        try:
            found.append(StandingRule(row, _parsed(row.text)))
        except RuleError as error:
            log.error("The rule %s cannot be read: %s", row.code, error)
    return found


@dataclass(frozen=True)
class Contradiction:
    """Two sides that cannot both be true: `compared` is every number that the rule speaks of, by its words."""

    row: NumberRule
    rule: Relation
    area: str
    year: int
    verdict: Verdict
    compared: tuple[tuple[str, Decimal], ...]

    @property
    def indicators(self) -> list[str]:
        """Whose numbers of the year itself meet in it; of a rule about other years alone, whose numbers those are."""
        meeting = _meeting(self.rule)
        if meeting:
            return meeting
        return [each.name for each in self.rule.quantities if not each.is_register]

    @property
    def words(self) -> str:
        numbers = _("、").join(f"{name} {plain(value)}" for name, value in self.compared)
        words = _("数据矛盾（{code}：{text}）：{numbers}{sides}。{why}")
        why = ""
        if self.row.words:
            why = f"{self.row.words.rstrip('。')}。"  # whether or not it was typed with its full stop
        return words.format(code=self.row.code, text=self.row.text, numbers=numbers, sides=self._sides(), why=why)

    def _sides(self) -> str:
        if self.rule.comparison != "~":
            return ""
        limit = self.rule.allowed or Fraction(0)
        allowed = plain(_decimal(limit, 6))
        distance = abs(self.verdict.left - self.verdict.right)
        whole = abs(self.verdict.right)
        if self.rule.is_percent and whole:
            apart = plain(_beyond(100 * distance / whole, limit))
            return _("，相差 {apart}%，允许 {allowed}%").format(apart=apart, allowed=allowed)
        apart = plain(_decimal(distance, 6))
        return _("，相差 {apart}，允许 {allowed}").format(apart=apart, allowed=allowed)


def _beyond(value: Fraction, limit: Fraction) -> Decimal:
    """To as few places, one at least, as show that it is beyond the limit."""
    for places in range(1, 6):
        rounded = _decimal(value, places)
        if rounded > limit:
            return rounded
    return _decimal(value, 6)


def _decimal(value: Fraction, places: int) -> Decimal:
    """Rounded by whole numbers: a rule may multiply to more digits than a Decimal rounds."""
    return Decimal(round(value * 10**places)).scaleb(-places)


class NumberTable:
    """The numbers that rules speak of, of some counties and years: official and registers'. A fixed number of queries,
    none of them for what no rule names."""

    def __init__(
        self,
        rules: Sequence[Relation],
        *,
        areas: Sequence[str],
        years: Sequence[int],
        official: Figures | None = None,
        as_of: datetime | None = None,
    ):
        self.named = {each for rule in rules for each in rule.quantities}
        self.areas, self.years, self.as_of = list(areas), list(years), as_of
        self._official = official

    def lookup(self, area: str, year: int, typed: Values = NOTHING_TYPED) -> Callable[[Quantity], Decimal | None]:
        """What `language.judge` asks of one county and year. `typed` stands in place of their official numbers."""

        def number(name: str, place: str, at: int) -> Decimal | None:
            if (place, at) == (area, year) and name in typed:
                return typed[name]
            return self._not_typed(name, place, at)

        def asked(quantity: Quantity) -> Decimal | None:
            at = year - quantity.years_back
            if not quantity.is_sum:
                return number(quantity.name, area, at)
            return _sum_of_all([number(quantity.name, each, at) for each in self.counties])

        return asked

    def _not_typed(self, name: str, area: str, year: int) -> Decimal | None:
        if "." in name:
            return self.registers.get((name, area, year))
        if year == self.baseline and name in self.cumulative:
            return Decimal(0)
        return self.official.get((name, area, year))

    def read(self) -> Self:
        """The same, with every number read by now: for who keeps the table."""
        wanted = ["official", "registers"]
        if self.baseline is not None:
            wanted.append("cumulative")
        if any(each.is_sum for each in self.named):
            wanted.append("counties")
        for name in wanted:
            getattr(self, name)  # kept from then on
        return self

    @cached_property
    def counties(self) -> list[str]:
        return list(Area.objects.judged().values_list("code", flat=True))

    @cached_property
    def _back(self) -> list[int]:
        """The years themselves and as many before them as a rule looks back."""
        if not self.years:
            return []
        most = max((each.years_back for each in self.named), default=0)
        return list(range(min(self.years) - most, max(self.years) + 1))

    @cached_property
    def baseline(self) -> int | None:
        """Asked only where a rule looks back: running totals count as 0 at the end of the first year."""
        if not any(each.years_back for each in self.named):
            return None
        return Plan.objects.values_list("baseline_year", flat=True).first()

    @cached_property
    def cumulative(self) -> set[str]:
        rows = IndicatorDefinition.objects.as_of().filter(kind=IndicatorDefinition.Kind.CUMULATIVE)
        return set(rows.values_list("indicator", flat=True))

    @cached_property
    def official(self) -> Figures:
        # A sum is of all counties, whichever the table is of and whichever numbers were brought along.
        is_of_all = any(each.is_sum for each in self.named)
        if self._official is not None and not is_of_all:
            return self._official
        codes = {each.name for each in self.named if not each.is_register}
        rows = Observation.objects.as_of(self.as_of).filter(indicator__in=codes, year__in=self._back)
        if not is_of_all:
            rows = rows.filter(area__in=self.areas)
        values = rows.values_list("indicator", "area", "year", "value")
        return {(code, area, year): value for code, area, year, value in values}

    @cached_property
    def registers(self) -> Figures:
        named = [each for each in self.named if each.is_register]
        is_of_all = any(each.is_sum for each in named)
        areas = None if is_of_all else self.areas
        return register_figures({each.name for each in named}, self._back, areas)


def _sum_of_all(values: Sequence[Decimal | None]) -> Decimal | None:
    """None where a county's number is missing: a sum of some is no sum of all."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return sum(known, Decimal(0))


def contradictions(
    rules: Sequence[StandingRule], table: NumberTable, *, typed: Values = NOTHING_TYPED
) -> Iterator[Contradiction]:
    """Every rule that does not hold, in every county and year of the table; `typed` stands in place of the official
    numbers of each."""
    called: dict[str, str] = {}  # looked up only where something is found
    for year in table.years:
        for area in table.areas:
            look = table.lookup(area, year, typed)
            for each in rules:
                verdict = judge(each.rule, look)
                if verdict is not None and not verdict.holds:
                    called = called or indicator_names() | register_names()
                    compared = tuple((_called(q, called, year), _known(look(q))) for q in each.rule.quantities)
                    yield Contradiction(each.row, each.rule, area, year, verdict, compared)


def _known(value: Decimal | None) -> Decimal:
    """A number of a rule that was judged: all of its numbers are known."""
    if value is None:
        raise ValueError("a rule was judged without one of its numbers")
    return value


def _called(quantity: Quantity, names: Mapping[str, str], year: int) -> str:
    name = names.get(quantity.name, quantity.name)
    if quantity.is_sum:
        name = _("各地区{name}合计").format(name=name)
    return f"{name}（{year - quantity.years_back}）" if quantity.years_back else name


def indicator_names() -> dict[str, str]:
    return {row.indicator_id: row.shown_name for row in IndicatorDefinition.objects.as_of()}


def _years_of_the_plan() -> Sequence[int]:
    plan = Plan.objects.first()
    if plan is None:
        return []
    return range(plan.baseline_year, plan.final_year + 1)


def official_contradictions(
    *,
    areas: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    indicator: str | None = None,
    as_of: datetime | None = None,
    rules: Sequence[StandingRule] | None = None,
) -> list[Contradiction]:
    """What the rules in force (or `rules`) find in official values, by year and county; of all counties and years of
    the plan where none are named, of the rules that speak of one indicator where one is."""
    if rules is None:
        rules = rules_in_force(as_of)
    if indicator is not None:
        rules = [each for each in rules if indicator in each.indicators]
    if not rules:
        return []
    if areas is None:
        areas = list(Area.objects.judged().values_list("code", flat=True))
    if years is None:
        years = _years_of_the_plan()
    table = NumberTable([each.rule for each in rules], areas=areas, years=list(years), as_of=as_of)
    return list(contradictions(rules, table))
