"""Quarters that systems send, stored all or none, every fault named."""

from collections.abc import Collection, Iterator
from hashlib import blake2b

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from indicators.models import QuarterlyFigure
from indicators.years.quarters import Key, QuarterRow, quarter_faults, record_quarters
from journal.actions import lock_feed
from lib.refusals import Conflict, NotAllowed, PreconditionFailed, Refused
from reporting.entries.faults import EntryFault, refuse_for
from reporting.quarters.bodies import QuartersBody, TypedQuarter
from reporting.quarters.entry import own_rows


def quarter_tag(area: str, year: int) -> str:
    """The ETag of a county's year by quarter, as it is typed: another one after every save."""
    rows = QuarterlyFigure.objects.filter(area=area, year=year).order_by("indicator", "quarter", "version")
    state = [area, year, *rows.values_list("indicator", "quarter", "version", "superseded_at")]
    return f'"{blake2b(repr(state).encode(), digest_size=12).hexdigest()}"'


@transaction.atomic
def put_quarters(
    area: Area, year: int, body: QuartersBody, *, by: User, seen: Collection[str] | None = None
) -> list[Key]:
    """Store what was sent, all or none; the keys that changed, or would in a dry run. One refusal names every fault."""
    lock_feed()  # nobody else writes a quarter between the look and the save
    if faults := [*body.faults, *_faults(area, year, body, by, seen)]:
        refuse_for(faults)
    rows = [QuarterRow(area.code, row.indicator, year, row.quarter, row.value) for row in body.typed]
    changed = record_quarters(rows, by=by)
    if body.dry_run:
        transaction.set_rollback(True)
    return changed


def _faults(area: Area, year: int, body: QuartersBody, by: User, seen: Collection[str] | None) -> Iterator[EntryFault]:
    tag = quarter_tag(area.code, year)
    if seen is not None and not {tag, "*"} & set(seen):
        words = _("您读取之后，季度数已经变了。请重新读取、核对后，带上新的 ETag 再发。")
        yield EntryFault(PreconditionFailed(words, etag=tag))
    may_type, versions = own_rows(area.code, by), _versions(area.code, year)
    sound: list[TypedQuarter] = []
    for row in body.typed:
        refusal = _refusal(row, may_type, versions)
        if refusal is not None:
            yield EntryFault(refusal, row.index, row.indicator)
        else:
            sound.append(row)
    rows = [QuarterRow(area.code, row.indicator, year, row.quarter, row.value) for row in sound]
    for place, fault in quarter_faults(rows, timezone.localdate()):
        yield EntryFault(fault, sound[place].index, sound[place].indicator)


def _versions(area: str, year: int) -> dict[tuple[str, int], QuarterlyFigure]:
    """What is in force, by indicator and quarter."""
    rows = QuarterlyFigure.objects.as_of().filter(area=area, year=year)
    return {(row.indicator_id, row.quarter): row for row in rows}


def _refusal(
    row: TypedQuarter, may_type: Collection[str], versions: dict[tuple[str, int], QuarterlyFigure]
) -> Refused | None:
    code = row.indicator
    if code not in may_type:
        return NotAllowed(_("{code}：这一行不由您的单位填报季度数。").format(code=code[:60]), indicator=code)
    stands = versions.get((code, row.quarter))
    version = stands.version if stands else 0
    if row.version is None or row.version == version:
        return None
    both = {"indicator": code, "quarter": row.quarter, "yours": row.value, "version": version}
    both["theirs"] = stands.value if stands else None
    return Conflict(_("别人刚刚保存了同一项，请比较两个数后再定。"), conflicts=[both])
