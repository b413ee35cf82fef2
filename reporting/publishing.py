"""Approval: a sheet's entries become official values."""

from collections.abc import Sequence
from itertools import takewhile

from django.utils.translation import gettext as _

from accounts.persons import is_one_of
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import IndicatorDefinition, Observation, Versioned
from indicators.years.actions import approve_reporting_year
from lib.refusals import NotAllowed, WrongState
from plan.models import Cite
from reporting.models import Entry, EntryVersion
from reporting.official import conflicting_entries


def publish(submission, *, by, reason, at, **_more) -> None:
    """Publishes the entries as official values, in the caller's transaction."""
    rows = submission.entries.select_related("saved_by").prefetch_related("versions")
    entries = list(rows.order_by("indicator__position"))
    _require_another(submission, entries, by)
    _require_looked_at(submission, entries)
    words = reason.strip() or f"{submission.round.year}年度报送审核通过"
    for is_demo in (False, True):
        rows = [_fact(submission, entry) for entry in entries if entry.is_demo is is_demo]
        via = Versioned.Via.DEMO if is_demo else Versioned.Via.APPROVAL
        record_facts(Observation, rows, grounds=Grounds(by=by, via=via, reason=words, at=at))
    approve_reporting_year(area=submission.area, year=submission.round.year, approved_at=at, by=by)
    submission.entries.update(returned_note="")
    for entry in entries:
        entry.versions.filter(version=entry.version).update(is_approved=True)


def _require_another(submission, entries, by) -> None:
    """Nobody approves an entry of their own, nor a sheet that they submitted: also who has changed from a county's
    office to the city's meanwhile, and also not by a token, nor what was done by a token: the person counts."""
    sent = submission.transitions.filter(action="submit").last()
    authors = {author for entry in entries for author in authors_of(entry)}
    if is_one_of(by, {*authors, sent and sent.by_id}):
        raise NotAllowed(_("这张表里有您本人（或您生成的令牌）填报、提交的内容，须由市发改委的另一位人员审核。"))


def _require_looked_at(submission, entries) -> None:
    """What an import has changed under an entry is for the county to look at before it is published."""
    conflicting = conflicting_entries(submission, entries)
    if not conflicting:
        return
    codes = [entry.indicator_id for entry in conflicting]
    names = dict(IndicatorDefinition.objects.as_of().filter(indicator__in=codes).values_list("indicator", "name"))
    conflicts = [names[code] for code in codes]
    words = _("{names}的官方数值已由导入更新，请退回核对。")
    raise WrongState(words.format(names="、".join(conflicts)), conflicts=conflicts)


def _latest_with(versions: Sequence[EntryVersion], name: str, stands: object) -> list[EntryVersion]:
    """The versions, the latest first, as far back as they have this."""
    return list(takewhile(lambda version: getattr(version, name) == stands, versions))


def authors_of(entry: Entry) -> set[int | None]:
    """Who saved it last, and who brought the value and the explanation that stand."""
    versions = list(reversed(entry.versions.all()))
    authors = {entry.saved_by_id}
    for name in ("value", "explanation"):
        stands = getattr(entry, name)
        same = _latest_with(versions, name, stands)
        if stands not in (None, "") and same:
            authors.add(same[-1].by_id)
    return authors


def _fact(submission, entry) -> FactRow:
    cite = Cite.DEMO if entry.is_demo else Cite.OFFICIAL
    return FactRow(
        submission.area_id,
        entry.indicator_id,
        submission.round.year,
        entry.value,
        cite=cite,
        note=entry.explanation,
        **vars(entry.parts),
        reached_on=entry.reached_on,
    )
