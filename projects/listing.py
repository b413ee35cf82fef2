"""The register as a page and as a file: its filters, its order, its rows, its totals. All of it in the address."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import IndicatorDefinition
from lib.web import filters
from plan.models import Field
from projects.landing.counter import Counter
from projects.landing.landed_projects import goal_counters
from projects.models import Project, ProjectQuerySet, ProjectShare

SIZES = {"1": _("1亿元以上"), "10": _("10亿元以上")}
LANDINGS = {"yes": _("已落地"), "no": _("未落地"), "awaited": _("待落地（亿元以上产业项目）")}
SORTS = {
    "code": ("code",),
    "total": (F("total_yi").desc(nulls_last=True), "code"),
    "landed": (F("landed_on").desc(nulls_last=True), "code"),
    "name": ("name", "code"),
}
FILTERS = ("area", "field", "state", "indicator", "size", "landed", "origin", "unit", "q")
KNOWN = (*FILTERS, "sort", "until", "page", "year")
NOT_AS_OF = _(
    "项目库没有过去某一天的样子，as_of 在这里不能用：每个项目的变动写在它的页面上；"
    "到某一天落地了几个，用 until=2025-12-31。"
)
PIECE = 200  # projects read at a time
MONEY = DecimalField(max_digits=20, decimal_places=10)
HEADER = (
    "项目编号",
    "项目名称",
    "地区及分摊",
    "领域",
    "章节",
    "责任单位",
    "产业项目",
    "项目状态",
    "开工",
    "计划完工",
    "总投资（亿元）",
    "累计完成投资（亿元）",
    "进展季度",
    "落地日期",
    "落地认定",
    "项目来源",
    "出处",
    "说明",
    "演示数据",
)


@dataclass
class Register:
    """One asked view of the register. Raises Http404 naming what is not understood in the address."""

    user: User
    given: QueryDict

    def __post_init__(self):
        if "as_of" in self.given:
            raise Http404(str(NOT_AS_OF))
        filters.refuse_unknown(self.given, KNOWN)
        self.areas = filters.codes(self.given, "area", {area.code: area for area in self.counties})
        self.fields = filters.codes(self.given, "field", {field.code: field for field in self.all_fields})
        self.states = filters.codes(self.given, "state", dict(Project.State.choices))
        self.indicators = filters.codes(self.given, "indicator", {d.indicator_id: d for d in self.definitions})
        self.size = filters.one(self.given, "size", SIZES)
        self.landed = filters.one(self.given, "landed", LANDINGS)
        self.origins = filters.codes(self.given, "origin", dict(Project.Origin.choices))
        units = {row.code: row for row in Organisation.objects.all()} if self.given.get("unit") else {}
        self.units = {code: units[code].shown_name for code in filters.codes(self.given, "unit", units)}
        self.sort = filters.one(self.given, "sort", SORTS) or "code"
        self.until = filters.day(self.given, "until") or timezone.localdate()

    @cached_property
    def counties(self) -> list[Area]:
        return list(Area.objects.visible_to(self.user).counties())

    @cached_property
    def all_fields(self) -> list[Field]:
        return list(Field.objects.all())

    @cached_property
    def definitions(self) -> list[IndicatorDefinition]:
        rows = IndicatorDefinition.objects.visible_to(self.user).as_of()
        return list(rows.select_related("indicator").order_by("indicator__position"))

    @cached_property
    def own(self) -> int:
        """How many the reader's unit answers for."""
        unit = self.user.organisation_id
        return Project.objects.visible_to(self.user).filter(organisation=unit).count() if unit else 0

    @property
    def is_filtered(self) -> bool:
        return any(self.given.get(name) for name in FILTERS)

    @cached_property
    def rows(self) -> ProjectQuerySet:
        """The asked projects, in the asked order, without what stands under them."""
        rows = Project.objects.visible_to(self.user).filter(self._conditions())
        if self.areas:
            rows = rows.in_areas(self.areas)
        if self.indicators:
            rows = rows.serving(self.indicators)
        if self.landed == "awaited":  # each counts in the county that it mainly lies in
            rows = rows.awaited().filter(main_area__in=self.areas) if self.areas else rows.awaited()
        return rows.order_by(*SORTS[self.sort])

    def _conditions(self) -> Q:
        chosen = Q()
        for name, asked in (("field", self.fields), ("state", self.states), ("origin", self.origins)):
            if asked:
                chosen &= Q(**{f"{name}__in": asked})
        if self.units:
            chosen &= Q(organisation__code__in=list(self.units))
        if self.size:
            chosen &= Q(total_yi__gte=int(self.size))
        if self.landed:
            chosen &= Q(landed_on__isnull=self.landed != "yes")
        if text := self.given.get("q", "").strip():
            chosen &= Q(name__icontains=text) | Q(code__iexact=text) | Q(organisation__name__icontains=text)
        return chosen

    def in_pieces(self) -> Iterator[Project]:
        """`listed`, some hundred at a time in the asked order: the first leave at once, however many there are, and no
        transaction stays open while someone downloads."""
        keys = list(self.rows.values_list("pk", flat=True))
        for at in range(0, len(keys), PIECE):
            yield from self.listed.filter(pk__in=keys[at : at + PIECE])

    @cached_property
    def listed(self) -> QuerySet[Project]:
        """The rows with all that a line of the table shows: four queries for any number of them."""
        rows = self.rows.select_related("field", "chapter", "main_area", "organisation")
        return rows.prefetch_related("shares__area", "amounts").with_last_report()

    # Counters and totals --------------------------------------------------------------------------

    @cached_property
    def counters(self) -> list[Counter]:
        """What the plan promises of landed projects, over all counties whatever is filtered, at the day asked for."""
        counters, self.has_demo_landed = goal_counters(self.user, self.until)
        return counters

    @cached_property
    def totals(self) -> list[dict]:
        """By county: projects counted where they mainly lie, and total investment by share; the last row is the whole
        of what is filtered. The counties' investments add up to the whole."""
        counts = dict(self.rows.order_by().values_list("main_area").annotate(Count("pk")))
        shares = ProjectShare.objects.filter(project__in=self.rows.order_by().values("pk")).order_by()
        sums = shares.values_list("area").annotate(yi=Sum(F("share") * F("project__total_yi"), output_field=MONEY))
        amounts = dict(sums)
        rows = [
            {
                "name": area.shown_name,
                "code": area.code,
                "count": counts.get(area.code, 0),
                "yi": amounts.get(area.code),
            }
            for area in self.counties
        ]
        whole = sum((row["yi"] for row in rows if row["yi"] is not None), Decimal(0))
        return [*rows, {"name": _("合计"), "code": "", "count": sum(counts.values()), "yi": whole}]


def table_rows(rows: Iterable[Project]) -> Iterator[list]:
    """The file's rows, under HEADER; amounts as numbers."""
    for project in rows:
        yield [
            project.code,
            project.name,
            share_words(project),
            project.field.name,
            str(project.chapter or ""),
            project.organisation.name if project.organisation else "",
            "是" if project.is_industrial else "否",
            project.get_state_display(),
            project.starts,
            project.ends,
            project.total_yi,
            project.completed_yi,
            f"{project.reported_year}年第{project.reported_quarter}季度" if project.reported_year else "",
            project.landed_on,
            project.get_landing_basis_display(),
            project.get_origin_display(),
            project.source,
            project.note,
            "演示数据" if project.is_demo else "",
        ]


def share_words(project: Project) -> str:
    """甲县 60%、乙县 40%（推定）; the county alone where it has all."""
    shares = sorted(project.shares.all(), key=lambda row: (-row.share, row.area_id))
    if len(shares) == 1:
        return shares[0].area.name
    words = "、".join(f"{row.area.name} {row.share * 100:.4f}".rstrip("0").rstrip(".") + "%" for row in shares)
    return f"{words}（推定）" if any(row.is_inferred for row in shares) else words
