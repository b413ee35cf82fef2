"""What a picture is of: the plan, its counties and indicators, the year, and what of the year has been approved."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.core.paginator import Page
from django.db.models import Exists, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from figures.asked import Asked
from indicators.models import IndicatorDefinition, ReportingYear
from indicators.years.default_year import counted_default_year, default_year, years_of
from journal.models import PendingRecompute
from lib.database.prepared_statements import again
from lib.web import filters
from pagecache.value_cache import kept
from plan.models import Plan

SIDE_BY_SIDE = 12  # counties; of a city with more than these a page shows some at a time
AT_A_TIME = 3


@dataclass
class PictureScope:
    """Http404 in plain words where there is nothing of what is asked for, or not for this user."""

    asked: Asked
    user: User
    area_codes: list[str] | None = None
    indicator_codes: list[str] | None = None
    is_bounded: bool = False  # of very many counties some at a time, as a page wants it; a file has them all
    home: str = ""  # the county that a bounded picture is of
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        plan = self._planned()
        if self.asked.layer == "submitted":
            self._require_submitted()
        if plan is None:
            raise Http404(_("还没有载入方案，请运行 python manage.py load_plan。"))
        self.plan = plan
        if self.asked.year is not None and self.asked.year not in self.years:
            first, last = self.plan.baseline_year, self.plan.final_year
            raise Http404(_("year 应在 {first} 至 {last} 之间。").format(first=first, last=last))

    def _require_submitted(self) -> None:
        """Http404 for who has no unapproved values to see, and for a past date, of which none are kept."""
        has_own = self.user.sees_all_counties or self.user.own_area_code
        if not has_own:
            raise Http404(_("未审数值只有填报的地区和市里可以看。"))
        if self.asked.as_of is not None:
            raise Http404(_("含未审只看现在；请去掉 as_of，或改看官方数值。"))

    @property
    def years(self) -> range:
        return years_of(self.plan)

    @property
    def is_year_over(self) -> bool:
        """On the day of the picture: what is not reported of such a year is late or still to come in."""
        return self.year < self._day.year

    @property
    def is_plan_over(self) -> bool:
        """On the day of the picture."""
        return self._day.year > self.plan.final_year

    @property
    def _day(self) -> date:
        """Of the picture: today, where no past date is asked for."""
        return timezone.localdate(self.asked.as_of)

    @property
    def has_final_values(self) -> bool:
        """Whether every county's final year is approved."""
        rows = [self.reporting.get((area.code, self.plan.final_year)) for area in self.counties]
        return all(row is not None and row.approved_at for row in rows)

    @property
    def all_counties(self) -> QuerySet[Area]:
        return Area.objects.visible_to(self.user).counties().filter(parent=self.plan.area)

    @property
    def city(self) -> Area | None:
        """The plan's city where it has targets and values of its own: judged as a county is, counted with none."""
        return self.plan.area if self.plan.area.has_own_rows else None

    @property
    def judged(self) -> list[Area]:
        """The counties on the page, and the city where it is judged."""
        city = self.city
        if city is None:
            return list(self.counties)
        return [*self.counties, city]

    def _planned(self) -> Plan | None:
        """The plan, with whether judgements of the picture's rows are still to be made."""

        def make() -> QuerySet[Plan]:
            waiting = Exists(PendingRecompute.objects.about(self.indicator_codes))
            return Plan.objects.select_related("area", "document").annotate(has_pending=waiting).order_by("pk")[:1]

        rows = None if self.indicator_codes is None else tuple(self.indicator_codes)
        return next(iter(again(("plan", rows), make)), None)

    @property
    def _judged_codes(self) -> list[str]:
        return self.area_codes or [area.code for area in self.judged]

    @cached_property
    def counties(self) -> list[Area]:
        """All of the city's; of a wide one those of `window`, or the one that the picture is of."""
        if not self.is_bounded:
            return list(self.all_counties)
        if not self.is_wide:
            return self._few
        if self.home:
            return list(self.all_counties.filter(code=self.home))
        return list(self.window.object_list)

    @cached_property
    def _few(self) -> list[Area]:
        name = ("some counties", self.user.is_authenticated, self.plan.area_id)
        return again(name, lambda: self.all_counties[: SIDE_BY_SIDE + 1])

    @property
    def is_wide(self) -> bool:
        """More counties than a page shows side by side."""
        return self.is_bounded and len(self._few) > SIDE_BY_SIDE

    @cached_property
    def window(self) -> Page:
        """The asked AT_A_TIME counties of a wide city; Http404 for a page that is not there."""
        return filters.page_of(self.all_counties, {"counties": self.asked.counties}, size=AT_A_TIME, name="counties")

    @cached_property
    def definitions(self) -> list[IndicatorDefinition]:
        rows = again(("definitions", *self._seen), self._definitions)
        return sorted(rows, key=lambda row: (row.field.position, row.indicator.position))

    def _definitions(self) -> QuerySet[IndicatorDefinition]:
        known = IndicatorDefinition.objects.visible_to(self.user).as_of(self.asked.as_of)
        return known.select_related("field", "chapter", "indicator")

    @property
    def _seen(self) -> tuple:
        """What decides which official rows are shown, in the names of queries: figures are open to every login."""
        return self.user.is_authenticated, self.asked.as_of

    def find_county(self, code: str) -> Area | None:
        """Of the counties in scope, and the city where it is judged."""
        return next((area for area in self.judged if area.code == code), None)

    def find_definition(self, code: str) -> IndicatorDefinition | None:
        return next((row for row in self.definitions if row.indicator_id == code), None)

    def county(self, code: str) -> Area:
        """Http404 in plain words where the scope has none of that code."""
        found = self.find_county(code)
        if found is None:
            raise Http404(_("没有代码为 {code} 的地区。").format(code=code))
        return found

    def definition(self, code: str) -> IndicatorDefinition:
        """Http404 in plain words where the plan has none of that code."""
        found = self.find_definition(code)
        if found is None:
            raise Http404(_("没有代码为 {code} 的指标。").format(code=code))
        return found

    @cached_property
    def reporting(self) -> dict[tuple[str, int], ReportingYear]:
        """What was opened and approved by the date asked for."""
        moment = self.asked.as_of
        codes = [area.code for area in self.judged]

        def opened() -> QuerySet[ReportingYear]:
            rows = ReportingYear.objects.filter(area__in=codes)
            if moment is not None:
                rows = rows.filter(opened_at__lte=moment)
            return rows

        found = {}
        for row in again(("reporting years", moment, *codes), opened):
            found[row.area_id, row.year] = row
            is_approved_later = moment is not None and row.approved_at is not None and row.approved_at > moment
            if is_approved_later:  # the row is as it is now; by that moment nobody had approved it
                row.approved_at = None
        return found

    @cached_property
    def year(self) -> int:
        """The year asked for, else that of the one county the picture is of, else the default year."""
        if self.asked.year is not None:
            return self.asked.year
        if self.is_wide and not self.home:
            return kept(self._counted_year, "year", self.plan.area_id, self.asked.as_of)
        areas = [self.home] if self.home else [area.code for area in self.counties]
        return default_year(self.plan, areas, self._approved)

    @cached_property
    def _approved(self) -> set[tuple[str, int]]:
        """(area, year) of what has been approved."""
        return {key for key, row in self.reporting.items() if row.approved_at}

    def own_year(self, area: str) -> int:
        """Of a county the year to speak of where no year is asked for: its latest approved one, though others are not
        in yet."""
        if self.asked.year is not None:
            return self.year
        return max(self.year, default_year(self.plan, [area], self._approved))

    def _counted_year(self) -> int:
        return counted_default_year(self.plan, self.all_counties, self.asked.as_of)
