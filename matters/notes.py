"""Words on a number: notes, questions, 已阅, and their threads. Each atomic and audited; what is said stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from journal.actions import actor_name, log_audit
from lib.refusals import Invalid, NotAllowed
from lib.web.languages import in_source_language
from matters.actions import spoken
from matters.models import Remark
from matters.notices import Told, reads_no_notices, tell_people, tell_units
from matters.rights import LEADING, may_note, may_settle
from matters.things import Thing
from messaging.models import Message

Kind = Remark.Kind


@dataclass(frozen=True)
class Word:
    """What is said, and who is named in it."""

    words: str = ""
    kind: str = Kind.NOTE
    units: Sequence[Organisation] = ()
    persons: Sequence[User] = ()


@transaction.atomic
def add_note(*, thing: Thing, word: Word, by: User, at: datetime | None = None, is_demo: bool = False) -> Remark:
    """Begin a thread on a thing, about the version that stands now. A question goes to at least one unit."""
    _require_speaker(thing, by)
    if word.kind == Kind.QUESTION and not word.units:
        raise Invalid(_("请选择要问的单位。"))
    if word.kind != Kind.NOTE and by.role not in LEADING:
        raise NotAllowed(_("提问和已阅由市领导和市发改委使用；其他单位请写备注。"))
    note = _note(thing, word, by, at or timezone.now(), is_demo)
    note.is_restricted = word.kind != Kind.NOTE
    return _stored(note, thing, word, by, told=word.units, root=None)


@transaction.atomic
def reply_to(*, note: Remark, thing: Thing, word: Word, by: User, at: datetime | None = None, is_demo=False) -> Remark:
    """Answer in a thread that this user sees; whoever is named from now on takes part in it. The thread's writer, the
    units and the persons in it are told."""
    _require_speaker(thing, by)
    root = _visible_root(note, by)
    if root.resolved_at is not None:
        raise Invalid(_("这个话题已经了结，请另起一个。"))
    reply = _note(thing, word, by, at or timezone.now(), is_demo)
    reply.kind, reply.parent, reply.is_restricted = Kind.NOTE, root, root.is_restricted
    others = list(root.units.all())
    if root.unit:
        others.append(root.unit)
    others += word.units
    return _stored(reply, thing, word, by, told=others, root=root)


@transaction.atomic
def settle_note(*, note: Remark, by: User, at: datetime | None = None) -> Remark:
    """Mark a thread as settled; it stays to be read."""
    root = _visible_root(note, by)
    if not may_settle(by, root):
        raise NotAllowed(_("由提出的人、其单位或市发改委了结。"))
    if root.resolved_at is None:
        root.resolved_at, root.resolved_by_name = at or timezone.now(), actor_name(by)
        root.save(update_fields=["resolved_at", "resolved_by_name"])
        _log("settle_note", root, by, {"resolved": True})
    return root


def persons_named(text: str, thing: Thing) -> list[User]:
    """The accounts of login names, separated by blanks or commas. Invalid for a name that is none, or of somebody who
    may not see the thing: in the same words, so that nothing is told of either."""
    found = []
    for name in text.replace("，", " ").replace(",", " ").replace("、", " ").split():
        person = User.objects.filter(username=name.removeprefix("@"), is_active=True, is_service=False).first()
        if person is None or not thing.may_be_seen_by_person(person):
            raise Invalid(_("没有账号“{name}”，或者它看不到这一项。").format(name=name[:60]))
        found.append(person)
    return found


def remove_demo_notes() -> int:
    """Delete the demonstration's notes, and the replies to them; the number of rows."""
    Message.objects.filter(kind=Message.NOTE, is_demo=True).delete()
    begun = Remark.objects.filter(is_demo=True)
    count = 0
    for rows in (Remark.objects.filter(parent__in=begun), begun.filter(parent__isnull=False), begun):
        deleted, _by_table = rows.delete()
        count += deleted
    return count


def _require_speaker(thing: Thing, by: User) -> None:
    if not may_note(by) or not thing.may_be_seen_by_person(by):
        raise NotAllowed(_("这一项不在您的权限范围内，不能发言。"))


def _visible_root(note: Remark, by: User) -> Remark:
    root = Remark.objects.visible_to(by).filter(pk=note.parent_id or note.pk).select_for_update(of=["self"]).first()
    if root is None:
        raise NotAllowed(_("没有这个话题，或者它不在您的权限范围内。"))
    return root


def _note(thing: Thing, word: Word, by: User, at: datetime, is_demo: bool) -> Remark:
    ask = "" if word.kind == Kind.SEEN else _("请写一句话。")
    return Remark(
        about_kind=thing.kind,
        about_key=thing.key,
        about_title=thing.title[:200],
        reach=thing.reach,
        area_id=thing.area,
        kind=word.kind,
        words=spoken(word.words, ask),
        seen_version=thing.seen[:80],
        at=at,
        by=by,
        by_name=actor_name(by),
        unit_id=by.own_unit_id,
        is_demo=is_demo,
    )


def _stored(
    note: Remark, thing: Thing, word: Word, by: User, *, told: Iterable[Organisation], root: Remark | None
) -> Remark:
    for unit in word.units:
        if not thing.may_be_seen_by_unit(unit):
            raise Invalid(_("{unit}看不到这一项，不能提到它。").format(unit=unit.name))
    note.save(force_insert=True)
    for each in (note, root):
        if each is not None:
            each.units.add(*word.units)
            each.persons.add(*word.persons)
    _log("add_note", note, by, {"kind": note.kind, "units": [unit.code for unit in word.units]})
    _tell(note, thing, word, by, told, root)
    return note


@in_source_language()
def _tell(note: Remark, thing: Thing, word: Word, by: User, units: Iterable[Organisation], root: Remark | None) -> None:
    named = "".join(f"@{person.get_full_name() or person.username} " for person in word.persons)
    about = f"{thing.title}，{thing.seen}" if thing.seen else thing.title
    told = Told(
        key=f"note/{thing.kind}/{thing.key}",
        cause=f"note/{note.pk}",
        kind=Message.NOTE,
        title=thing.title,
        words=f"{by.unit_name}{note.get_kind_display()}（{about}）：{named}{note.words or '已阅'}",
        href=f"{reverse('thing', args=[thing.kind, thing.key])}#note-{note.pk}",
        by=by,
        at=note.at,
        area=thing.area,
        is_demo=note.is_demo or thing.is_demo,
    )
    tell_units(units, told)
    persons = list(word.persons)
    if root is not None:
        persons += _persons_in(root)
    tell_people([person for person in persons if thing.may_be_seen_by_person(person)], told)


def _persons_in(root: Remark) -> list[User]:
    """Who is named in a thread, and who began it where words to units do not reach that person."""
    found = list(root.persons.all())
    if root.by is not None and reads_no_notices(root.by):
        found.append(root.by)
    return found


def _log(action: str, note: Remark, by: User, new: dict) -> None:
    rows = [{"key": f"{note.about_kind}/{note.about_key}", "new": {**new, "note": note.pk, "words": note.words[:200]}}]
    log_audit(action=action, subject="matters.remark", rows=rows, by=by)
