"""Evidence: files that bear out an entry. Written before their row, removed with it where the row does not come to
stand; attached and withdrawn only while the entry may be changed; never deleted."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from journal.actions import actor_name, log_audit
from lib.files.documents import DocumentError, describe, put_away, short_name
from lib.refusals import Invalid
from reporting.entries.saving import lock_open_row
from reporting.models import Entry, Evidence

MOST_PER_ENTRY = 10
MOST_EVER = 50  # with those withdrawn, which stay: nobody fills the disk by attaching and withdrawing


def attach_evidence(*, entry: Entry, name: str, content: bytes, by: User, at: datetime | None = None) -> Evidence:
    """Store a file with an entry. `Invalid` for one that is no evidence, a second copy, or one too many; else the
    refusals of saving the entry. Not inside a transaction of the caller's: the file could outlive its row."""
    try:
        known = describe(name, content)
    except DocumentError as error:
        raise Invalid(f"{short_name(name)}：{error}。") from error
    evidence = Evidence(**known, at=at or timezone.now(), by=by, by_name=actor_name(by))
    place = evidence.path
    try:
        put_away(place, content)
        with transaction.atomic(durable=True):
            evidence.entry = lock_open_row(entry, by, at)
            _require_room(evidence)
            evidence.save()
            _log("attach", evidence, by, new=_facts(evidence))
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return evidence


@transaction.atomic
def withdraw_evidence(*, evidence: Evidence, by: User, at: datetime | None = None) -> Evidence:
    """Take it off the entry; it stays to be read. Doing so twice does it once."""
    entry = lock_open_row(evidence.entry, by, at)
    evidence = Evidence.objects.select_for_update().get(pk=evidence.pk)
    if evidence.withdrawn_at is None:
        evidence.entry, evidence.withdrawn_at, evidence.withdrawn_by_name = entry, at or timezone.now(), actor_name(by)
        evidence.save(update_fields=["withdrawn_at", "withdrawn_by_name"])
        _log("withdraw", evidence, by, old=_facts(evidence))
    return evidence


def _require_room(evidence: Evidence) -> None:
    standing = evidence.entry.evidence.standing()
    same = standing.filter(sha256=evidence.sha256).first()
    if same is not None:
        raise Invalid(_("{evidence}：同样的文件已经附上（{same}）。").format(evidence=evidence.name, same=same.name))
    if standing.count() >= MOST_PER_ENTRY:
        raise Invalid(
            _("{evidence}：每项最多附 {most} 个文件，请先撤下不用的。").format(
                evidence=evidence.name, most=MOST_PER_ENTRY
            )
        )
    if evidence.entry.evidence.count() >= MOST_EVER:
        words = _(
            "{evidence}：这一项先后已附过{most}个文件（含撤下的），不能再附；请把要补的写进说明，或联系市发改委。"
        )
        raise Invalid(words.format(evidence=evidence.name, most=MOST_EVER))


def _facts(evidence: Evidence) -> dict:
    return {"name": evidence.name, "size": evidence.size, "sha256": evidence.sha256}


def _log(action: str, evidence: Evidence, by: User, **facts) -> None:
    entry = evidence.entry
    row = {"key": f"{entry.submission_id}/{entry.indicator_id}", "area": entry.submission.area_id, **facts}
    log_audit(action=action, subject="reporting.evidence", rows=[row], by=by)
