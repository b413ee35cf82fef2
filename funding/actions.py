"""Every write of money and of the matching rule. Each is atomic and audited; flows are added, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from funding.models import Flow, FundingSource, State
from funding.stored_sums import count_flows
from journal.actions import actor_name, log_audit
from lib.numbers import NUMBER_LIMIT
from lib.refusals import Refused
from plan.models import Field
from projects.models import Project


class FlowError(Refused):
    """Why nothing was written. `problems`: (place of the row in what was sent, or None; words that say what to do)."""

    def __init__(self, problems: Sequence[tuple[int | None, str]]):
        super().__init__("；".join(words for _, words in problems))
        self.problems = list(problems)


class FlowForbidden(FlowError):
    """The role, or whose money or county it is, forbids it."""

    kind = "not-allowed"


@dataclass(frozen=True)
class FlowRow:
    """One amount to be recorded, in 万元. `project` is a project's code, `field` a field's; with a project the field is
    the project's."""

    area: str
    year: int
    source: str
    state: str
    amount_wan: Decimal
    happened_on: date
    project: str = ""
    field: str = ""
    document: str = ""
    reason: str = ""


@dataclass
class _Known:
    """What rows may name, read once for a whole batch."""

    areas: set[str]
    sources: set[str]
    projects: dict[str, tuple[int, str]]
    writable: set[str]
    by: User | None = None
    fields: set[str] = field(default_factory=set)


@transaction.atomic
def record_sources(rows: Iterable[dict]) -> None:
    """Sources, each a mapping of the columns of `FundingSource`; known codes stay as they are, but for an English name
    where they had none."""
    for position, row in enumerate(rows):
        known, is_new = FundingSource.objects.get_or_create(code=row["code"], defaults={**row, "position": position})
        if not is_new and not known.name_en and row.get("name_en"):
            FundingSource.objects.filter(pk=known.pk).update(name_en=row["name_en"])


# Flows ------------------------------------------------------------------------------------------


@transaction.atomic
def record_flows(
    rows: Sequence[FlowRow], *, by: User | None, at: datetime | None = None, is_demo: bool = False
) -> list[Flow]:
    """Record all of `rows` as new flows, or none of them; `by` None is the system itself.

    FlowError names every row that cannot be taken, NotAllowed where one is not this user's to record: 市发改委 and
    administrators record all; the plan's finance unit what the city keeps; a county's 发展和改革局 what the county
    keeps, of its own county."""
    known = _known(rows, by)
    problems, refusals = _checked(rows, known)
    if problems:
        raise FlowError(problems)
    if refusals:
        raise FlowForbidden(refusals)
    moment = at or timezone.now()
    made = Flow.objects.bulk_create([_flow(row, known, by, moment, is_demo) for row in rows], batch_size=1000)
    count_flows(made)
    _log("record_flows", made, by)
    return made


def flow_problems(rows: Sequence[FlowRow], *, by: User | None) -> list[tuple[int, str]]:
    """Why `record_flows` would not take these rows: (place of the row, words), every reason at once."""
    problems, refusals = _checked(rows, _known(rows, by))
    return sorted(problems + refusals)


def _checked(rows: Sequence[FlowRow], known: "_Known") -> tuple[list, list]:
    """(what cannot be taken as it is, what is not this user's to record)."""
    problems: list[tuple[int, str]] = []
    refusals: list[tuple[int, str]] = []
    for place, row in enumerate(rows):
        problems += [(place, words) for words in _problems(row, known)]
        refusal = _refusal(row.area, row.source, known)
        if refusal:
            refusals.append((place, refusal))
    return problems, refusals


@transaction.atomic
def correct_flow(
    flow: Flow,
    *,
    to_amount_wan: Decimal,
    reason: str,
    by: User | None,
    happened_on: date | None = None,
    document: str = "",
    at: datetime | None = None,
) -> Flow:
    """Bring a flow to the right amount (万元, at least 0) by a new row that carries the difference; what was recorded
    stays. Of a correction, the flow that it corrects is meant. It counts from no earlier day than the flow itself.
    FlowError where nothing would change or the reason is missing; NotAllowed as in `record_flows`."""
    original = Flow.objects.select_for_update().get(pk=flow.corrects_id or flow.pk)
    if by is not None and not Flow.objects.editable_by(by).filter(pk=original.pk).exists():
        raise FlowForbidden([(None, _("这笔资金不由您登记，不能更正；请联系登记的单位。"))])
    present = amount_now(original)
    words = _correction_problem(to_amount_wan, present, reason)
    if words:
        raise FlowError([(None, words)])
    moment = at or timezone.now()
    made = Flow.objects.create(
        **{name: getattr(original, name) for name in ("area", "year", "source", "project", "field", "state")},
        amount_wan=to_amount_wan - present,
        happened_on=max(happened_on or timezone.localdate(moment), original.happened_on),
        document=document.strip(),
        kind=Flow.Kind.CORRECTION,
        corrects=original,
        reason=reason.strip(),
        is_demo=original.is_demo,
        recorded_at=moment,
        recorded_by=by,
        recorded_by_name=actor_name(by),
    )
    count_flows([made])
    _log("correct_flow", [made], by, old=present, reason=made.reason)
    return made


@transaction.atomic
def void_flows(flows: Sequence[Flow], *, reason: str, by: User | None, at: datetime | None = None) -> list[Flow]:
    """Bring flows that nobody has corrected to nothing, each by a correction of its whole amount; the corrections. What
    was recorded stays. Those of no amount need none. FlowError without a reason, NotAllowed as in `record_flows`."""
    if not reason.strip():
        raise FlowError([(None, _("请写明更正的理由。"))])
    originals = [flow for flow in flows if flow.amount_wan]
    keys = [flow.pk for flow in originals]
    if by is not None and Flow.objects.editable_by(by).filter(pk__in=keys).count() != len(keys):
        raise FlowForbidden([(None, _("这笔资金不由您登记，不能更正；请联系登记的单位。"))])
    moment = at or timezone.now()
    made = Flow.objects.bulk_create(
        [
            Flow(
                area_id=flow.area_id,
                year=flow.year,
                source_id=flow.source_id,
                project_id=flow.project_id,
                field_id=flow.field_id,
                state=flow.state,
                amount_wan=-flow.amount_wan,
                happened_on=max(timezone.localdate(moment), flow.happened_on),
                kind=Flow.Kind.CORRECTION,
                corrects=flow,
                reason=reason.strip(),
                is_demo=flow.is_demo,
                recorded_at=moment,
                recorded_by=by,
                recorded_by_name=actor_name(by),
            )
            for flow in originals
        ],
        batch_size=1000,
    )
    count_flows(made)
    rows = [_audit_row(flow, old=-flow.amount_wan) for flow in made]
    log_audit(action="void_flows", subject="funding.flow", rows=rows, by=by, reason=reason.strip())
    return made


def amount_now(flow: Flow) -> Decimal:
    """What a flow amounts to with its corrections, 万元."""
    rows = Flow.objects.filter(Q(pk=flow.pk) | Q(corrects=flow.pk)).values_list("amount_wan", flat=True)
    return sum(rows, Decimal(0))  # in exact decimals, which SQLite's own sum is not


@transaction.atomic
def remove_demo_flows(*, by: User | None = None) -> int:
    """Delete the demonstration's flows, corrections first, with one audit row; the number. A correction that someone
    made to one of them goes with it: it has nothing left to correct."""
    rows = Flow.objects.filter(is_demo=True)
    count = rows.count()
    count_flows(rows, sign=-1)
    rows.filter(kind=Flow.Kind.CORRECTION).delete()
    rows.delete()
    if count:
        row = {"key": "demo", "old": {"flows": count}}
        log_audit(action="remove_demo_flows", subject="funding.flow", rows=[row], by=by, reason="清除演示数据")
    return count


def _known(rows: Sequence[FlowRow], by: User | None) -> _Known:
    codes = {row.project for row in rows if row.project}
    known = Project.objects.filter(code__in=codes).values_list("code", "pk", "field")
    sources = FundingSource.objects.all()
    fields = Field.objects.values_list("code", flat=True)
    return _Known(
        areas=set(Area.objects.counties().values_list("code", flat=True)),
        sources=set(sources.values_list("code", flat=True)),
        projects={code: (pk, named) for code, pk, named in known},
        writable=set((sources if by is None else sources.recordable_by(by)).values_list("code", flat=True)),
        by=by,
        fields=set(fields),
    )


def _problems(row: FlowRow, known: _Known) -> list[str]:
    """Why a row cannot be taken, in words; every reason at once."""
    named = [
        (row.area in known.areas, _("没有区划代码为“{area}”的地区").format(area=row.area)),
        (row.source in known.sources, _("没有代码为“{source}”的资金来源").format(source=row.source)),
        (
            row.state in State.values,
            _("资金状态“{state}”不认识；可选：{labels}").format(
                state=row.state, labels=_("、").join(map(str, State.labels))
            ),
        ),
        (
            not row.project or row.project in known.projects,
            _("没有编号为“{project}”的项目").format(project=row.project),
        ),
        (not row.field or row.field in known.fields, _("没有代码为“{field}”的领域").format(field=row.field)),
        (2000 <= row.year <= 2100, _("资金年度 {year} 不对，应为四位年份").format(year=row.year)),
    ]
    return [words for is_right, words in named if not is_right] + _amount_problems(row.amount_wan)


def _amount_problems(amount: Decimal) -> list[str]:
    if amount < 0:
        return [_("金额不能为负；要减少一笔已登记的资金，请用“更正”")]
    if amount >= NUMBER_LIMIT:
        return [_("金额太大，应小于 10 亿万元；请检查单位，应为万元")]
    return [_("金额的小数超过 6 位（0.01 元），请四舍五入")] if amount != round(amount, 6) else []


def _refusal(area: str, source: str, known: _Known) -> str:
    if known.by is None:
        return ""
    if source in known.sources - known.writable:
        return _("{source} 不由您的单位登记，请删去这一行").format(source=source)
    own = known.by.own_area_code
    return _("只能登记本地区的资金，不能登记 {area} 的").format(area=area) if own and own != area else ""


def _correction_problem(amount: Decimal, present: Decimal, reason: str) -> str:
    if not reason.strip():
        return _("请写明更正的理由。")
    problems = _amount_problems(amount)
    if problems:
        return problems[0].replace(_("；要减少一笔已登记的资金，请用“更正”"), _("；全部冲销请填 0"))
    return _("更正后的金额与现在相同，没有要更正的。") if amount == present else ""


def _flow(row: FlowRow, known: _Known, by: User | None, moment: datetime, is_demo: bool) -> Flow:
    project, named = known.projects.get(row.project, (None, None))
    return Flow(
        area_id=row.area,
        year=row.year,
        source_id=row.source,
        project_id=project,
        field_id=named or row.field or None,
        state=row.state,
        amount_wan=row.amount_wan,
        happened_on=row.happened_on,
        document=row.document,
        reason=row.reason,
        is_demo=is_demo,
        recorded_at=moment,
        recorded_by=by,
        recorded_by_name=actor_name(by),
    )


def _log(action: str, flows: Sequence[Flow], by: User | None, old: Decimal | None = None, reason: str = "") -> None:
    rows = [_audit_row(flow, old) for flow in flows]
    log_audit(action=action, subject="funding.flow", rows=rows, by=by, reason=reason)


def _audit_row(flow: Flow, old: Decimal | None) -> dict:
    """A flow for the log; `old` is what the flow that it corrects amounted to."""
    return {
        "key": f"{flow.area_id}/{flow.year}/{flow.source_id}/{flow.state}/{flow.corrects_id or flow.pk}",
        "area": flow.area_id,
        "old": None if old is None else {"amount_wan": str(old)},
        "new": {"amount_wan": str(flow.amount_wan + (old or 0)), "document": flow.document},
    }


# The matching rule ------------------------------------------------------------------------------
