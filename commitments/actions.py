"""Writes of promises: the plan's own, and what is said of those in words."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from commitments.models import Commitment, CommitmentStatement
from journal.actions import actor_name, log_audit
from lib.files.documents import DocumentError, describe, put_away, short_name
from lib.refusals import Invalid, NotAllowed
from projects.landing.landed_projects import set_landing_goals
from projects.models import LandingGoal

REACHED = (">", ">=", "=")  # what is to be reached, not to be kept below


@transaction.atomic
def record_commitments(rows: Sequence[dict]) -> None:
    """Promises, each a mapping of the columns of `Commitment`; known codes stay as they are."""
    for position, row in enumerate(rows):
        Commitment.objects.get_or_create(code=row["code"], defaults={**row, "position": position})
    push_landing_goals()


def push_landing_goals() -> None:
    """Tell the register of projects which promises are counted from it: those of a total to be reached."""
    rows = Commitment.objects.filter(source_kind=Commitment.Source.PROJECTS, scope=Commitment.Scope.TOTAL)
    set_landing_goals(
        LandingGoal(
            code=row.code,
            least_total_yi=row.counted_from_yi,
            number=int(row.value or 0),
            comparison=row.comparison,
            first_on=date(row.from_year or 0, 1, 1),
            last_on=date(row.to_year or 0, 12, 31),
            position=row.position,
        )
        for row in rows.filter(comparison__in=REACHED, from_year__isnull=False, to_year__isnull=False, value__gt=0)
    )


def may_state(user: User, area: str) -> bool:
    """The county's office speaks for its county, the city for each."""
    return user.role in {User.Role.MUNICIPAL, User.Role.ADMINISTRATOR} or (
        user.role == User.Role.COUNTY and user.own_area_code == area
    )


def state_commitment(
    *,
    commitment: Commitment,
    area: Area,
    standing: str,
    words: str,
    by: User,
    stated_on: date | None = None,
    file: tuple[str, bytes] | None = None,
    is_demo: bool = False,
    at: datetime | None = None,
) -> CommitmentStatement:
    """Say how a promise in words stands in a county; `file`: name and content of what bears it out."""
    _require(commitment, area, standing, words, by)
    at = at or timezone.now()
    row = CommitmentStatement(
        commitment=commitment,
        area=area,
        standing=standing,
        words=words.strip(),
        stated_on=stated_on or timezone.localdate(at),
        at=at,
        by=by,
        by_name=actor_name(by),
        is_demo=is_demo,
    )
    if file is not None:
        _store(row, *file)
    try:
        _save(row, by)
    except BaseException:
        if row.stored_as:
            row.path.unlink(missing_ok=True)
        raise
    return row


@transaction.atomic
def _save(row: CommitmentStatement, by: User) -> None:
    row.save(force_insert=True)
    new = {"standing": row.standing, "words": row.words, "file": row.file_name}
    audit = {"key": f"{row.commitment_id}/{row.area_id}", "area": row.area_id, "new": new}
    log_audit(action="state", subject="commitments.commitmentstatement", rows=[audit], by=by)


@transaction.atomic
def remove_demo_statements() -> int:
    """Delete what the demonstration said; the number."""
    return CommitmentStatement.objects.filter(is_demo=True).delete()[0]


def _require(commitment: Commitment, area: Area, standing: str, words: str, by: User) -> None:
    if not may_state(by, area.code):
        raise NotAllowed(_("书面说明由本地区发改局或市发改委填写。"))
    if commitment.source_kind != Commitment.Source.STATEMENTS:
        raise Invalid(_("“{commitment}”由登记的数据算出，不需要书面说明。").format(commitment=commitment.name))
    if standing not in CommitmentStatement.Standing.values:
        raise Invalid(_("请选择判断：已兑现、正在推进或进展滞后。"))
    if not words.strip():
        raise Invalid(_("请写明情况。"))


def _store(row: CommitmentStatement, name: str, content: bytes) -> None:
    try:
        known = describe(name, content)
    except DocumentError as error:
        raise Invalid(f"{short_name(name)}：{error}。") from error
    row.file_name, row.content_type, row.stored_as = (known[key] for key in ("name", "content_type", "stored_as"))
    put_away(row.path, content)
