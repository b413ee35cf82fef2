"""The overview of more counties than a page shows side by side: counted and ranked by the database, over all of them,
where it has stored judgements; the counties of the page alone for a past date and for unapproved values."""

from dataclasses import dataclass

from django.db.models import Case, Count, F, FloatField, IntegerField, QuerySet, Value, When
from django.db.models.functions import Abs, Coalesce, NullIf

from areas.models import Area
from figures import summary
from figures.cells import JudgedCell
from figures.picture import Picture
from funding.tiles import Tile, tile
from indicators.forecasting.grades import grade_case
from indicators.frames import STORED_COLUMNS
from indicators.labels import URGENT
from indicators.models import Assessment
from pagecache.value_cache import kept

LISTED = 30


@dataclass(frozen=True)
class Whole:
    """A year of all counties: counts, the ids of what needs somebody most, money."""

    counts: summary.Counts
    attention: list[int]
    money: Tile | None


def whole(picture: Picture) -> Whole | None:
    """None where nothing is stored that could be counted."""
    asked = picture.asked
    if asked.as_of is not None or asked.layer != "official":
        return None
    return kept(lambda: _counted(picture), "overview", picture.plan.area_id, picture.year, asked.benchmark)


def attention(picture: Picture, found: Whole) -> list[JudgedCell]:
    """The cells of `found.attention`, in its order."""
    names = ("id", "area_id", "indicator_id", "year", *STORED_COLUMNS)
    rows = {
        row["id"]: row
        for row in Assessment.objects.visible_to(picture.user).filter(pk__in=found.attention).values(*names)
    }
    areas = Area.objects.visible_to(picture.user).in_bulk({row["area_id"] for row in rows.values()})
    definitions = {row.indicator_id: row for row in picture.definitions}
    return [
        JudgedCell(areas[row["area_id"]], definitions[row["indicator_id"]], row, picture.asked.benchmark)
        for row in (rows[pk] for pk in found.attention if pk in rows)
        if row["indicator_id"] in definitions
    ]


def _counted(picture: Picture) -> Whole:
    rows = Assessment.objects.visible_to(picture.user).filter(
        area__in=picture.all_counties.order_by(), year=picture.year
    )
    status = "standard_status" if picture.asked.benchmark == "standard" else "status"
    names = (status, "outlook", "standard_status", "is_slipping", "grade")
    grouped = rows.order_by().annotate(grade=grade_case()).values(*set(names)).annotate(n=Count("id"))
    # Judged by the standard, the status is the standard's: one column for two of the names.
    groups = {tuple(row[name] for name in names): row["n"] for row in grouped}
    codes = list(picture.all_counties.values_list("code", flat=True))
    return Whole(
        summary.count_groups(groups), _most_urgent(rows, picture, status), tile(picture.user, codes, picture.year)
    )


def _most_urgent(rows: QuerySet[Assessment], picture: Picture, status: str) -> list[int]:
    """As `summary.attention` ranks."""
    gap = "standard_gap" if status == "standard_status" else "gap"
    binding = [row.indicator_id for row in picture.definitions if row.is_binding]
    ranks = [When(**{status: name}, then=Value(rank)) for rank, name in enumerate(URGENT)]
    relative = Coalesce(F(gap) * 100.0 / NullIf(Abs(F(picture.asked.benchmark)), Value(0.0)), Value(0.0))
    ordered = rows.filter(**{f"{status}__in": URGENT}).annotate(
        rank=Case(*ranks, output_field=IntegerField()),
        is_free=Case(When(indicator__in=binding, then=Value(0)), default=Value(1), output_field=IntegerField()),
        relative=Coalesce(relative, Value(0.0), output_field=FloatField()),
    )
    order = ("rank", "is_free", "relative", "indicator__position", "area__position", "area_id")
    return list(ordered.order_by(*order).values_list("id", flat=True)[:LISTED])
