"""Every write of the register. Pages, API, workbook, plan file and demonstration call the same functions.

Each locks the project's row, so that writes on one project follow each other, and leaves an event, audit rows for every
county concerned, and the number of landed projects in the open sheets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import Organisation, User
from areas.models import Area
from lib.refusals import Conflict, Invalid
from projects.amounts import counting_amount
from projects.changes.checks import check_amount, check_parts, check_values
from projects.changes.history import COLUMNS, amount_words, area_codes, differing, snapshot, text_of
from projects.changes.parts import Amount, Parts
from projects.changes.writing import authored, day_of, locked, log_change, require_writer
from projects.landing.landed_projects import fill_sheets
from projects.models import (
    HUNDRED_MILLION,
    Contribution,
    Project,
    ProjectAmount,
    ProjectEvent,
    ProjectShare,
    ScheduleYear,
)

Kind, State = ProjectEvent.Kind, Project.State
FIRST_TYPED = 1001  # lower numbers belong to the files in fixtures/
NEEDS_REASON = (State.STALLED, State.CANCELLED)


@transaction.atomic
def create_project(
    *,
    values: Mapping,
    parts: Parts,
    by: User | None,
    amounts: Sequence[Amount] = (),
    state: str = State.PLANNED,
    code: str = "",
    origin: str = Project.Origin.ENTERED,
    at: datetime | None = None,
) -> Project:
    """Enter a project: `values` by the names of COLUMNS, at least the shares of `parts`, amounts if known. `code` is
    given by files alone; else the next number. Raises `Invalid` or `NotAllowed` in plain words."""
    at = at or timezone.now()
    project = Project(state=state, origin=origin, is_demo=origin == Project.Origin.DEMO)
    for name in COLUMNS:
        if name in values:
            setattr(project, name, values[name])
    if by and by.role == User.Role.BUREAU:
        project.organisation_id = by.organisation_id
    check_parts(parts)
    project.main_area_id = main_area_of(parts.shares or {})
    check_values(project, day_of(at))
    require_writer(project, by)
    _insert(project, code)
    _store_parts(project, parts, is_new=True)
    for amount in amounts:
        _add_amount(project, amount, None, by, at)
    _settle_total(project)
    log_change(project, Kind.CREATED, "create", None, snapshot(project), by, at)
    _push(None, project)
    return project


@transaction.atomic
def edit_project(
    *,
    project: Project,
    by: User | None,
    values: Mapping | None = None,
    parts: Parts | None = None,
    version: int | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> bool:
    """Change columns of COLUMNS and rows of `parts`; False where nothing differs. `version` is the one that the editor
    saw: `Conflict` where somebody saved meanwhile, nothing of either is lost."""
    at, values, parts = at or timezone.now(), values or {}, parts or Parts()
    project = locked(project, by, version)
    before, old_areas, landing = snapshot(project), area_codes(project), _landing(project)
    for name, value in values.items():
        if name not in COLUMNS:
            raise Invalid(f"项目没有可以修改的“{name}”。")
        setattr(project, name, value)
    if by and by.role == User.Role.BUREAU:
        project.organisation_id = by.organisation_id
    check_parts(parts, areas=old_areas)
    if parts.shares is not None:
        project.main_area_id = main_area_of(parts.shares)
    check_values(project, day_of(at))
    require_writer(project, by)
    _store_parts(project, parts)
    old, new = differing(before, snapshot(project))
    if not new:
        return False
    _save(project)
    log_change(project, Kind.EDITED, "edit", old, new, by, at, reason, areas=old_areas)
    _push(landing, project)
    return True


@transaction.atomic
def record_amount(
    *,
    project: Project,
    amount: Amount,
    by: User | None,
    corrects: ProjectAmount | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> ProjectAmount:
    """A new amount, or, with `corrects`, the right one in place of a wrong one, which stays to be read."""
    at = at or timezone.now()
    project = locked(project, by)
    if corrects and (corrects.project_id != project.pk or hasattr(corrects, "corrected_by")):
        raise Invalid("要更正的记录已经更正过，或不属于这个项目；请刷新后再试。")
    landing = _landing(project)
    row = _add_amount(project, amount, corrects, by, at)
    old = {"total_yi": text_of(project.total_yi)}
    if corrects:
        old |= amount_words(corrects)
    _settle_total(project)
    new = {**amount_words(row), "total_yi": text_of(project.total_yi)}
    _save(project)
    log_change(project, Kind.AMOUNT, "record_amount", old, new, by, at, reason)
    _push(landing, project)
    return row


@transaction.atomic
def change_state(
    *, project: Project, state: str, by: User | None, reason: str = "", on: str = "", at: datetime | None = None
) -> bool:
    """Move the project to another state; False where it is there already. Stalled and cancelled need a reason; `on`
    is the day of starting or completion, as far as it is known."""
    at = at or timezone.now()
    project = locked(project, by)
    if state not in State.values:
        raise Invalid(f"没有“{state}”这个项目状态。")
    if state in NEEDS_REASON and not reason.strip():
        raise Invalid(f"改为“{State(state).label}”请写明原因。")
    if project.state == state:
        return False
    before, landing = snapshot(project), _landing(project)
    project.state = state
    if on and state in (State.STARTED, State.COMPLETED):
        setattr(project, "starts" if state == State.STARTED else "completed", on)
    check_values(project, day_of(at))
    old, new = differing(before, snapshot(project))
    _save(project)
    log_change(project, Kind.STATE, "change_state", old, new, by, at, reason.strip())
    _push(landing, project)
    return True


@transaction.atomic
def remove_demo_projects(*, kept: Collection[int] = ()) -> int:
    """Delete the demonstration's projects with all that stands under them; the number. Those of `kept` stay, marked as
    they were: a real record names them, and nothing recorded is rewritten."""
    rows = Project.objects.filter(is_demo=True).exclude(pk__in=kept)
    count = rows.count()
    rows.delete()
    if count:
        fill_sheets()
    return count


def main_area_of(shares: Mapping[str, Decimal]) -> str:
    """The county with the largest share; of equal ones the first in the plan's order."""
    places = {code: place for place, code in enumerate(Area.objects.values_list("code", flat=True))}
    return min(shares, key=lambda code: (-shares[code], places.get(code, len(places))))


def may_enter(user: User) -> bool:
    """Whether the user may enter projects at all."""
    return user.role in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL} or user.own_area_code is not None


def _insert(project: Project, code: str) -> None:
    for _attempt in range(5):  # two may take the same number at once
        project.code = code or _next_code()
        try:
            with transaction.atomic():
                project.save(force_insert=True)
            return
        except IntegrityError:
            if code or not Project.objects.filter(code=project.code).exists():
                raise
    raise Conflict("同时登记的人太多，请再试一次。")


def _next_code() -> str:
    numbers = [int(code.partition("-")[2]) for code in Project.objects.values_list("code", flat=True)]
    return f"PRJ-{max([FIRST_TYPED - 1, *numbers]) + 1:04d}"


def _store_parts(project: Project, parts: Parts, *, is_new: bool = False) -> None:
    """The rows of each part that is given, in place of those that are there."""
    if parts.shares is not None:
        shares = [
            ProjectShare(project=project, area_id=area, share=share, is_inferred=parts.are_shares_inferred)
            for area, share in parts.shares.items()
        ]
        _replace(project.shares.all(), shares, is_new)
    if parts.schedule is not None:
        schedule = [
            ScheduleYear(project=project, year=year, planned_yi=planned) for year, planned in parts.schedule.items()
        ]
        _replace(project.schedule.all(), schedule, is_new)
    if parts.contributions is not None:
        contributions = [
            Contribution(project=project, indicator_id=indicator, area_id=area, year=year, value=value)
            for (indicator, area, year), value in parts.contributions.items()
        ]
        _replace(project.contributions.all(), contributions, is_new)


def _replace(present: QuerySet, rows: Sequence[Model], is_new: bool) -> None:
    if not is_new:
        present.delete()
    present.model.objects.bulk_create(rows)


def _add_amount(
    project: Project, amount: Amount, corrects: ProjectAmount | None, by: User | None, at: datetime
) -> ProjectAmount:
    check_amount(amount)
    values = {name: getattr(amount, name) for name in ("stage", "amount_yi", "dated", "source")}
    return ProjectAmount.objects.create(project=project, corrects=corrects, **values, **authored(project, by, at))


def _settle_total(project: Project) -> None:
    counting = counting_amount(project.amounts.all())
    project.total_yi = counting.amount_yi if counting else None
    Project.objects.filter(pk=project.pk).update(total_yi=project.total_yi)


def _save(project: Project) -> None:
    project.version += 1
    project.save()


def _landing(project: Project) -> tuple:
    """What decides whether, where and when a project counts as landed."""
    is_out = project.state == State.CANCELLED or not project.is_industrial or not project.landed_on
    is_large = (project.total_yi or 0) >= HUNDRED_MILLION
    return (project.main_area_id, None if is_out or not is_large else project.landed_on)


def _push(before: tuple | None, project: Project) -> None:
    """Tell the sheets where the count of landed projects may have moved."""
    after = _landing(project)
    if before == after:
        return
    moved = {area for area, landed_on in filter(None, (before, after)) if landed_on}
    if moved:
        fill_sheets(moved)


def organisations_for(user: User) -> list[Organisation]:
    """The units that a user may name as responsible: the own county's, for the city every county's."""
    units = Organisation.objects.filter(kind__in=[Organisation.Kind.COUNTY, Organisation.Kind.BUREAU])
    own = user.own_area_code
    return list(units.filter(area=own) if own else units)
