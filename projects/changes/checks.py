"""What a project, an amount or a quarter must be like before it is stored; `Invalid` says in words what to do."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from areas.models import Area
from indicators.models import Indicator
from lib.partial_dates import first_day, last_day
from lib.refusals import Invalid
from projects.models import Project, ProjectAmount

MOST_YI = Decimal(10) ** 7
YEARS = range(2000, 2101)
DATES = {"starts": "开工", "ends": "计划完工", "completed": "实际完工"}


def check_values(project: Project, today: date) -> None:
    """Columns of a project that go together."""
    if not (project.name or "").strip():
        raise Invalid("请填项目名称。")
    if project.field_id is None:
        raise Invalid("请选择领域。")
    for name, label in DATES.items():
        _check_date(getattr(project, name), label)
    begins, ends = first_day(project.starts), last_day(project.ends)
    if begins and ends and ends < begins:
        raise Invalid("计划完工早于开工，请核对两个日期。")
    if project.origin == Project.Origin.PUBLIC and not project.source:
        raise Invalid("公开信息项目要写明出处。")
    _check_landing(project, today)


def _check_landing(project: Project, today: date) -> None:
    if bool(project.landed_on) != bool(project.landing_basis):
        raise Invalid("落地日期和落地认定要么都填，要么都不填。")
    if project.landing_basis and project.landing_basis not in Project.LandingBasis.values:
        raise Invalid(f"没有“{project.landing_basis}”这种落地认定。")
    if project.landed_on and project.landed_on > today:
        raise Invalid(f"落地日期 {project.landed_on} 还没有到；落地以后再填。")


def check_parts(parts, areas: Iterable[str] | None = None) -> None:
    """Shares sum to one over known counties; years are plausible; contributions go to counties that have a share
    (`areas`: those that have one now, where the shares stay)."""
    if parts.shares is None and areas is None:
        raise Invalid("请填项目所在地区和分摊比例。")
    if parts.shares is not None:
        _check_shares(parts.shares)
        areas = parts.shares
    for year, planned in (parts.schedule or {}).items():
        _check_year(year)
        _check_yi(planned, f"{year}年计划投资", may_be_zero=True)
    _check_contributions(parts.contributions or {}, set(areas or ()))


def _check_shares(shares: Mapping[str, Decimal]) -> None:
    unknown = set(shares) - set(Area.objects.counties().values_list("code", flat=True))
    if unknown:
        raise Invalid(f"没有代码为 {'、'.join(sorted(unknown))} 的地区。")
    if any(share <= 0 or share != round(share, 6) for share in shares.values()):
        raise Invalid("分摊比例应大于 0，小数不超过 6 位；没有份额的地区不要列。")
    if sum(shares.values()) != 1:
        raise Invalid(f"各地区分摊比例之和应为 1（100%），现在是 {sum(shares.values()):f}；请改到正好为 1。")


def _check_contributions(contributions: Mapping, areas: set[str]) -> None:
    known = set(Indicator.objects.values_list("code", flat=True)) if contributions else set()
    for (indicator, area, year), value in contributions.items():
        if indicator not in known:
            raise Invalid(f"没有代码为 {indicator} 的指标；代码见“指标”页。")
        if area not in areas:
            raise Invalid(f"预期贡献写到了 {area}，但项目在那里没有份额。")
        _check_year(year)
        if value <= 0 or value >= 10**9 or value != round(value, 6):
            raise Invalid(f"{indicator} 的预期贡献应大于 0、小于 10 亿，小数不超过 6 位。")


def check_amount(amount) -> None:
    if amount.stage not in ProjectAmount.Stage.values:
        raise Invalid(f"没有“{amount.stage}”这个投资阶段。")
    _check_yi(amount.amount_yi, "投资额")
    _check_date(amount.dated, "投资额的日期")


def check_progress(progress, current: list, today: date) -> None:
    """A quarter that has begun, and an investment that never falls from quarter to quarter."""
    _check_year(progress.year)
    if progress.quarter not in (1, 2, 3, 4):
        raise Invalid("季度应为 1 至 4。")
    key = (progress.year, progress.quarter)
    if date(progress.year, 3 * progress.quarter - 2, 1) > today:
        raise Invalid(f"{progress.year}年第{progress.quarter}季度还没有开始，不能填报。")
    if progress.completed_yi is None:
        return
    _check_yi(progress.completed_yi, "累计完成投资", may_be_zero=True)
    nearest_first = sorted(
        current, key=lambda row: abs(4 * (row.year - progress.year) + row.quarter - progress.quarter)
    )
    for row in nearest_first:
        other = (row.year, row.quarter)
        if row.completed_yi is None or other == key:
            continue
        if (row.completed_yi - progress.completed_yi) * (1 if other < key else -1) > 0:
            words = f"{row.year}年第{row.quarter}季度已报累计完成 {row.completed_yi.normalize():f} 亿元"
            raise Invalid(f"{words}，累计数只增不减；请核对，或先更正那个季度。")


def _check_yi(amount: Decimal | None, label: str, *, may_be_zero: bool = False) -> None:
    if amount is None or amount < 0 or (amount == 0 and not may_be_zero):
        raise Invalid(f"{label}应{'不小于' if may_be_zero else '大于'} 0（亿元）。")
    if amount >= MOST_YI or amount != round(amount, 4):
        raise Invalid(f"{label}以亿元为单位，应小于 1000 万亿元，小数不超过 4 位（到万元）。")


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise Invalid(f"年份 {year} 应在 {YEARS[0]} 至 {YEARS[-1]} 之间。")


def _check_date(text: str, label: str) -> None:
    try:
        first_day(text)
    except ValueError as error:
        raise Invalid(f"{label}“{text}”应写成 2025、2025-06 或 2025-06-30。") from error
