"""What a page's address asks for."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext as _

from lib.days import end_of_day
from lib.web import filters

BENCHMARKS = ("target", "standard")
LAYERS = ("official", "submitted")


@dataclass(frozen=True)
class Asked:
    """The state of a page, all of it in its URL. `year` None: the default year."""

    year: int | None = None
    benchmark: str = "target"
    layer: str = "official"
    as_of: datetime | None = None
    as_of_on: date | None = None
    counties: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> "Asked":
        """As `from_query`, of the page's address."""
        return cls.from_query(request.GET)

    @classmethod
    def from_query(cls, given: QueryDict) -> "Asked":
        """Raises Http404 with plain words for a value that is not understood; an empty one means the default."""
        benchmark, layer = given.get("benchmark") or "target", given.get("layer") or "official"
        if benchmark not in BENCHMARKS:
            raise Http404(_("benchmark 只能是 target（本地区目标）或 standard（省定标准）。"))
        if layer not in LAYERS:
            raise Http404(_("layer 只能是 official（官方）或 submitted（含未审）。"))
        try:
            year = int(str(given["year"])) if given.get("year") else None
        except ValueError as error:
            raise Http404(_("year 应为四位年份，例如 2024。")) from error
        on = filters.day(given, "as_of")
        return cls(year, benchmark, layer, end_of_day(on) if on else None, on, given.get("counties", ""))
