"""What the funding pages show: the money of the city's counties, for what is asked in the address. One source feeds
page, chart and file, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import pandas as pd
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from funding import frames, sum_tree
from funding.matching import Rule, match, rule_of, rules_with
from funding.models import Flow, FlowQuerySet, FundingSource, MatchingRule, State
from indicators.models import ReportingYear
from indicators.years.default_year import default_year, years_of
from lib.days import end_of_day
from lib.numbers import records
from lib.web import filters
from plan.models import Field, Plan

FILTERS = ("year", "state", "area", "source", "as_of")
LEADING = 12
NO_FIELD = ""


@dataclass(frozen=True)
class MoneySelection:
    """The state of a funding page, all of it in its address. `layer` is of the pages' common frame: flows have none
    but what is recorded."""

    year: int | None = None
    state: str = State.ARRIVED
    areas: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    as_of: datetime | None = None
    as_of_on: date | None = None
    layer: str = "official"


class Ledger:
    """`rows` are the flows of the counties and sources asked for; year and state are chosen per figure."""

    def __init__(self, given: QueryDict, user: User, *, known: tuple[str, ...] = FILTERS):
        self.user = user
        plan = Plan.objects.select_related("area", "document").first()
        if plan is None:
            raise Http404(_("还没有载入方案，请运行 python manage.py load_plan。"))
        self.plan = plan
        filters.refuse_unknown(given, known)
        self.asked = self._asked(given)

    def _asked(self, given: QueryDict) -> MoneySelection:
        year, on = filters.year(given, "year"), filters.day(given, "as_of")
        if year is not None and year not in self.years:
            words = _("year 应在 {first} 至 {last} 之间。")
            raise Http404(words.format(first=self.years[0], last=self.years[-1]))
        return MoneySelection(
            year=year,
            state=filters.one(given, "state", dict(State.choices)) or State.ARRIVED,
            areas=tuple(filters.codes(given, "area", self.area_names)),
            sources=tuple(filters.codes(given, "source", self.source_names)),
            as_of=end_of_day(on) if on else None,
            as_of_on=on,
        )

    # Names ------------------------------------------------------------------------------------

    @property
    def years(self) -> range:
        return years_of(self.plan)

    @cached_property
    def counties(self) -> list[Area]:
        return list(Area.objects.visible_to(self.user).counties().filter(parent=self.plan.area))

    @cached_property
    def sources(self) -> list[FundingSource]:
        return list(FundingSource.objects.visible_to(self.user))

    @cached_property
    def area_names(self) -> dict[str, str]:
        return {area.code: area.shown_name for area in self.counties}

    @cached_property
    def source_names(self) -> dict[str, str]:
        return {source.code: source.shown_name for source in self.sources}

    @cached_property
    def field_names(self) -> dict[str, str]:
        return {**{field.code: field.shown_name for field in Field.objects.all()}, NO_FIELD: _("未分领域")}

    @property
    def state_name(self) -> str:
        return str(State(self.asked.state).label)

    @cached_property
    def year(self) -> int:
        """The year asked for, else the default year, as on the other pages."""
        if self.asked.year is not None:
            return self.asked.year
        rows = ReportingYear.objects.filter(area__in=self.area_names, approved_at__isnull=False)
        if self.asked.as_of:
            rows = rows.filter(approved_at__lte=self.asked.as_of)
        approved = set(rows.values_list("area", "year"))
        return default_year(self.plan, list(self.area_names), approved)

    # Money ------------------------------------------------------------------------------------

    @property
    def flows(self) -> FlowQuerySet:
        """Every flow recorded by the date asked for, of every county and source."""
        rows = Flow.objects.visible_to(self.user).as_of(self.asked.as_of)
        return rows.filter(area__in=list(self.area_names))

    @property
    def rows(self) -> FlowQuerySet:
        """The flows of the counties and sources asked for."""
        rows = self.flows
        if self.asked.areas:
            rows = rows.filter(area__in=self.asked.areas)
        return rows.filter(source__in=self.asked.sources) if self.asked.sources else rows

    @property
    def on(self) -> date:
        """The day that the page speaks of: money dated later does not count yet."""
        return self.asked.as_of_on or timezone.localdate()

    @property
    def recorded_rows(self) -> FlowQuerySet:
        """The flows of the page's year and state, also those whose day is still to come."""
        return self.rows.filter(year=self.year, state=self.asked.state)

    @property
    def chosen(self) -> FlowQuerySet:
        """Of these, the ones that count."""
        return self.recorded_rows.counted(self.on)

    @cached_property
    def every_cell(self) -> pd.DataFrame:
        """Sums of all counties and sources: what matching is judged on, whatever is filtered."""
        return frames.cells_of(self.asked.as_of, self.area_names)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The sums of the counties and sources asked for."""
        rows = self.every_cell
        if self.asked.areas:
            rows = rows[rows["area"].isin(self.asked.areas)]
        return rows[rows["source"].isin(self.asked.sources)] if self.asked.sources else rows

    @cached_property
    def rules_in_force(self) -> list[MatchingRule]:
        """Read once, for the page, its marks and the kernel."""
        return frames.rules_in_force(self.asked.as_of)

    @cached_property
    def provisional_rule(self) -> MatchingRule | None:
        """The first of the matching rules in force that is our reading of the plan."""
        return next((rule for rule in self.rules_in_force if rule.is_provisional), None)

    @cached_property
    def leading(self) -> pd.DataFrame:
        return frames.leading_projects(self.chosen, LEADING)

    @cached_property
    def leaves(self) -> pd.DataFrame:
        return sum_tree.leaves(frames.parts_frame(self.chosen), self.leading)

    @cached_property
    def project_names(self) -> dict[str, str]:
        named = dict(zip(self.leading["project"].astype(str), self.leading["name"], strict=True))
        return {**named, sum_tree.REST: _("其他项目"), sum_tree.NONE: _("未落到项目")}

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """Names of the codes at every level."""
        return {
            "source": self.source_names,
            "area": self.area_names,
            "field": self.field_names,
            "project": self.project_names,
        }

    @cached_property
    def recorded(self) -> dict:
        return frames.recorded_total(self.recorded_rows, self.on)

    @cached_property
    def checks(self) -> list[sum_tree.Check]:
        return sum_tree.reconciliation(self.leaves, self.recorded["amount"])

    @cached_property
    def by_state(self) -> dict[str, list]:
        return sum_tree.by_state(self.cells, self.years[1:], State.values)

    @property
    def has_money(self) -> bool:
        """Whether anything of the page's year is recorded."""
        return bool((self.every_cell["year"] == self.year).any())

    @property
    def out_of_order(self) -> list[tuple[str, str, str, str]]:
        """County, source, later and earlier state in words, where the later holds more."""
        found = sum_tree.out_of_order(self.cells, self.year, State.values)
        names = {code: str(name) for code, name in State.choices}
        return [
            (self.area_names[a], self.source_names[s], names[later], names[earlier]) for a, s, later, earlier in found
        ]

    @property
    def has_demo(self) -> bool:
        return bool(self.every_cell["demo"].sum())

    # Matching ---------------------------------------------------------------------------------

    @cached_property
    def rules(self) -> list[Rule]:
        return frames.kernel_rules(self.rules_in_force)

    @property
    def rule(self) -> Rule | None:
        return rule_of(self.rules, self.year)

    @cached_property
    def matching(self) -> pd.DataFrame:
        """Every county and year of the plan's period but the baseline's."""
        flows = frames.matching_flows(self.every_cell)
        frame = match(flows, self.rules, areas=list(self.area_names), years=list(self.years[1:]))
        marks = self.every_cell.groupby(["area", "year"])["demo"].sum()
        frame["is_demo"] = [bool(marks.get((row.area, row.year), 0)) for row in frame.itertuples()]
        return frame

    def turned_by(self, rule: Rule) -> list[tuple[dict, dict]]:
        """County and year as they are and as they would be under the rule, where status or amount owed differ."""
        flows, areas = frames.matching_flows(self.every_cell), list(self.area_names)
        rules = rules_with(self.rules, rule)
        after = records(match(flows, rules, areas=areas, years=list(self.years[1:])))
        pairs = zip(self.matching_rows, after, strict=True)
        return [(old, new) for old, new in pairs if (old["status"], old["owed"]) != (new["status"], new["owed"])]

    @cached_property
    def matching_rows(self) -> list[dict]:
        """The frame's rows as dicts, NaN as None."""
        return records(self.matching)
