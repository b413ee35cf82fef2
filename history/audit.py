"""The audit log as a page: its filters and its lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from figures.picture import Picture
from figures.words.journal_words import ACTION_NAMES, CHANNEL_NAMES, Pair, Wording
from journal.models import AuditEntry
from lib.days import end_of_day
from lib.web import filters

FILTERS = ("actor", "action", "area", "from", "to")


def may_read(user) -> bool:
    """City staff and the audit administrator read all of it, a county its own rows, nobody else any."""
    return user.sees_all_counties or user.role == User.Role.AUDITOR or user.own_area_code is not None


def areas(picture: Picture) -> dict[str, str]:
    """Codes and names of the areas whose rows this user reads."""
    own = picture.user.own_area_code
    return {area.code: area.shown_name for area in picture.judged if own in (None, area.code)}


def wanted(picture: Picture, given: QueryDict) -> QuerySet[AuditEntry]:
    """The entries that the address asks for, the newest first. Raises Http404 for what is out of scope or not
    understood."""
    if not may_read(picture.user):
        raise Http404
    filters.refuse_unknown(given, (*FILTERS, "page"))
    rows = AuditEntry.objects.visible_to(picture.user).select_related("area")
    begins, ends = filters.day(given, "from"), filters.day(given, "to")
    if begins and ends and begins > ends:
        raise Http404(_("from 不能晚于 to。"))
    actions = filters.codes(given, "action", ACTION_NAMES)
    places = filters.codes(given, "area", areas(picture))
    chosen = Q()
    if given.get("actor"):
        chosen &= Q(actor_name__icontains=given["actor"]) | Q(actor__username=given["actor"])
    if actions:
        chosen &= Q(action__in=actions)
    if places:
        chosen &= Q(area__in=places)
    if begins and begins > date.min:  # before the first of all days there is no end of a day
        chosen &= Q(at__gt=end_of_day(begins - timedelta(days=1)))
    if ends:
        chosen &= Q(at__lte=end_of_day(ends))
    return rows.filter(chosen).order_by("-id")


@dataclass
class AuditLine:
    """One entry in words."""

    entry: AuditEntry
    action: str
    subject: str
    what: str
    unit: str
    channel: str
    pairs: list[Pair]


def lines(picture: Picture, rows: Iterable[AuditEntry]) -> Iterator[AuditLine]:
    """Without a query of their own."""
    wording = Wording(picture.definitions)
    for entry in rows:
        parts = entry.key.split("/")
        code = next((part for part in parts if part in wording.definitions), "")
        definition = wording.definitions.get(code)
        is_fact = definition is not None and len(parts) == 3
        yield AuditLine(
            entry,
            str(ACTION_NAMES.get(entry.action, entry.action)),
            wording.subject_name(entry.subject),
            " · ".join(_part(entry, wording, part) for part in parts),
            definition.unit if definition is not None and is_fact else "",
            str(CHANNEL_NAMES.get(entry.channel, entry.channel)),
            wording.pairs(entry.subject, entry.old, entry.new, code),
        )


def _part(entry, wording, part) -> str:
    if entry.area and part == entry.area_id:
        return entry.area.shown_name
    definition = wording.definitions.get(part)
    return definition.shown_name if definition else part
