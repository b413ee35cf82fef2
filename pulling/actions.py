"""Sources of a unit's numbers: registered, changed, tried, fetched by the clock, ended. What is fetched goes where
somebody's typing would go, by the same action, with the same findings: into the draft."""

import logging
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from journal.actions import actor_name, log_audit, stamp
from lib.refusals import Invalid, NotAllowed, Refused, WrongState
from lib.sealed_text import seal
from messaging.addressing import send_out
from messaging.models import Message
from pulling.mapping import Mapped, mapped
from pulling.models import WATCHERS, Run, Source
from pulling.reading import NotFetched, fetched_rows, require_place
from reporting.entries.saving import Saved, save_entries
from reporting.models import Submission
from reporting.sheets import Line
from reporting.writing_api.bodies import read_entries
from reporting.writing_api.value_shapes import shapes_of

log = logging.getLogger(__name__)

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
MOST = 10  # of one unit
KEPT_RUNS = 200  # of one source
DUE_SECONDS = 60
MOST_WORDS = 4000  # letters of what a run says
FIELDS = ("name", "kind", "address", "table", "paging", "login", "columns", "codes", "every")
Outcome = Run.Outcome


def may_register(user: User) -> bool:
    """Whoever fills in rows: the people of counties and bureaus."""
    return not user.is_service and user.role in {User.Role.COUNTY, User.Role.BUREAU} and user.own_unit_id is not None


def may_change(user: User, source: Source) -> bool:
    """The people of the unit whose rows they are."""
    return may_register(user) and source.organisation_id == user.own_unit_id


def may_end(user: User, source: Source) -> bool:
    """They, and the city's office, where a source does harm."""
    return may_change(user, source) or (not user.is_service and user.role in WATCHERS)


@transaction.atomic
def register_source(*, values: Mapping[str, Any], secret: str, by: User, at: datetime | None = None) -> Source:
    """A source of the own unit's rows, fetched by the clock once its interval has gone, so that there is time to try it
    first; whoever registers it answers for what comes."""
    if not may_register(by) or by.organisation is None:
        raise NotAllowed(_("取数来源由填报的县级发改局和部门自己登记。"))
    Organisation.objects.select_for_update().get(pk=by.organisation.pk)  # of two who register at once, one waits
    if Source.objects.filter(organisation=by.organisation, ended_at=None).count() >= MOST:
        raise Invalid(_("一个单位最多登记{most}个来源。").format(most=MOST))
    now = at or timezone.now()
    source = Source(
        uid="".join(secrets.choice(ALPHABET) for _place in range(12)),
        organisation=by.organisation,
        created_at=now,
        next_at=now,
    )
    _put(source, values, secret, by)
    source.next_at = now + source.interval
    source.save()
    _log("register_source", source, by)
    return source


@transaction.atomic
def edit_source(*, source: Source, values: Mapping[str, Any], secret: str, by: User) -> Source:
    """Other settings; without a `secret` the one that is kept stays, but only for the same address: whoever turns a
    source to another host does not take the password there."""
    source = _going(source)
    if not may_change(by, source):
        raise NotAllowed(_("来源由登记的单位修改。"))
    is_elsewhere = (values["kind"], values["address"], values["login"]) != (source.kind, source.address, source.login)
    if is_elsewhere and source.secret and not secret:
        raise Invalid(_("地址、种类或用户名变了，请重新填写密码；不用密码的，请另行登记。"))
    _put(source, values, secret, by)
    source.failures = 0
    source.save()
    _log("edit_source", source, by)
    return source


@transaction.atomic
def end_source(*, source: Source, reason: str, by: User, at: datetime | None = None) -> None:
    """Nothing is fetched any more; what was saved stays. The password is forgotten."""
    source = _going(source)
    if not may_end(by, source):
        raise NotAllowed(_("来源由登记的单位、市发改委或系统管理员停用。"))
    if not reason.strip():
        raise Invalid(_("请写明停用的理由。"))
    source.ended_at, source.ended_why, source.secret = at or timezone.now(), reason.strip()[:200], ""
    source.save(update_fields=["ended_at", "ended_why", "secret"])
    _log("end_source", source, by, reason=source.ended_why)


def pull(*, source: Source, by: User | None = None, dry_run: bool = False, at: datetime | None = None) -> Run:
    """Fetch once: by the clock (`by` None) or because somebody asks. A dry run saves nothing but the record of it. What
    is asked of the other system is asked outside of any transaction."""
    if by is not None and not may_change(by, source):
        raise NotAllowed(_("取数由登记的单位进行。"))
    if source.ended_at is not None:
        raise WrongState(_("这个来源已经停用。"))
    now = at or timezone.now()
    run = Run(source=source, at=now, is_dry=dry_run, by_name=actor_name(by) if by else "系统（定时）")
    try:
        _fill(run, source, dry_run)
    except NotFetched as error:
        run.outcome, run.words = Outcome.FAILED, str(error)
    except Refused as refusal:
        run.outcome, run.words = Outcome.REFUSED, _refusal_words(refusal)
    _finish(run, source, now)
    return run


def pull_due(*, at: datetime | None = None) -> int:
    """Every source whose time has come, who waits longest first; how many. One that fails holds up no other, and many
    that are slow hold the worker no longer than DUE_SECONDS and one more: the rest waits for the next time, and other
    tasks come in between."""
    now, began = at or timezone.now(), time.monotonic()
    due = Source.objects.filter(ended_at=None, next_at__lte=now).select_related("organisation", "acts_as__organisation")
    count = 0
    for source in due.order_by("next_at", "id"):
        if time.monotonic() - began > DUE_SECONDS:
            break
        claimed = Source.objects.filter(pk=source.pk, next_at=source.next_at).update(next_at=now + source.interval)
        if claimed:  # by this process alone
            count += 1
            try:
                pull(source=source, at=now)
            except Exception:  # a fault of ours in one
                log.exception("The pull of source %s failed", source.uid)
    return count


# One run ----------------------------------------------------------------------------------------------


def _fill(run: Run, source: Source, dry_run: bool) -> None:
    by = source.acts_as
    if not by.is_active or not may_change(by, source):
        raise NotAllowed(_("登记人已不在本单位填报；请本单位的人员打开这个来源，核对后重新保存。"))
    sheet = _open_sheet(source)
    rows = fetched_rows(source)
    run.rows_read = len(rows)
    if sheet is None:
        run.outcome, run.words = Outcome.IDLE, _("现在没有可以填报的年度；开放填报后自动存入。")
        return
    run.year = sheet.round.year
    shapes = shapes_of(sheet)
    units = {code: shape.unit for code, shape in shapes.items()}
    told = mapped(rows, source.columns, source.codes, area=sheet.area_id, year=run.year, units=units)
    run.values = told.values
    if told.faults:
        raise Invalid("".join(told.faults[:20]))
    entries = _news(told, source, run.year, dry_run)
    if not entries:
        run.outcome, run.words = Outcome.SAME, _same_words(told)
        return
    body = read_entries({"entries": entries}, {}, shapes)
    before = dict(sheet.entries.values_list("indicator", "value"))
    saved = save_entries(submission=sheet, typed=body.typed, by=by, dry_run=dry_run, faults=body.faults)
    run.lines = [_line_told(line, before) for line in saved.lines]
    run.outcome = Outcome.SAVED if saved.changed else Outcome.SAME
    run.words = _saved_words(saved, dry_run)


def _refusal_words(refusal: Refused) -> str:
    """Each fault with the indicator that it is about."""
    faults = refusal.details.get("errors")
    if not isinstance(faults, list):
        return refusal.words
    told = (f"{fault['indicator'] or ''}：{fault['words']}".removeprefix("：") for fault in faults[:20])
    return "".join(dict.fromkeys(told))


def _open_sheet(source: Source) -> Submission | None:
    """The newest sheet of the county that can be filled in now."""
    sheets = Submission.objects.filter(area=source.organisation.area_id).select_related("round", "area")
    return next((each for each in sheets.order_by("-round__year") if each.is_editable), None)


def _news(told: Mapped, source: Source, year: int, dry_run: bool) -> list[dict]:
    """The entries that the source did not tell just so the last time: over the others somebody may have typed since. A
    dry run shows all."""
    if dry_run:
        return told.entries
    last = source.runs.filter(year=year, is_dry=False, outcome__in=[Outcome.SAVED, Outcome.SAME]).first()
    known = last.values if last else {}
    return [entry for entry in told.entries if known.get(entry["indicator"]) != told.values[entry["indicator"]]]


def _line_told(line: Line, before: Mapping[str, Any]) -> dict:
    code = line.entry.indicator_id
    old, new = before.get(code), line.entry.value
    return {
        "indicator": code,
        "name": line.definition.name,
        "old": None if old is None else f"{old.normalize():f}",
        "new": None if new is None else f"{new.normalize():f}",
        "unit": line.definition.unit,
        "judgement": line.words,
        "findings": [found.words for found in line.findings],
    }


def _same_words(told: Mapped) -> str:
    if not told.entries:
        return _("没有本地区本年度的行；另有{n}行是别的地区或年份的。").format(n=told.of_others)
    return _("与上次取到的相同，什么都没有改。")


def _saved_words(saved: Saved, dry_run: bool) -> str:
    if not saved.changed:
        return _("与填报表里的相同，什么都没有改。")
    names = "、".join(saved.changed)
    if dry_run:
        return _("试取：会改{n}项（{names}），什么都没有保存。").format(n=len(saved.changed), names=names)
    return _("已存入草稿{n}项（{names}），交出前请核对。").format(n=len(saved.changed), names=names)


@transaction.atomic
def _finish(run: Run, source: Source, now: datetime) -> None:
    """Keeps the record; the first failure after a success is told to the unit. What was not taken is not kept: it may
    be of any size, and nothing is compared with it."""
    run.values = run.values if run.is_good else {}
    run.words = run.words[:MOST_WORDS]
    run.save()
    old = source.runs.order_by("-id").values_list("pk", flat=True)[KEPT_RUNS:]
    Run.objects.filter(pk__in=list(old)).delete()
    if run.is_dry:
        return
    kept = Source.objects.select_for_update().get(pk=source.pk)
    before = kept.failures
    kept.failures = 0 if run.is_good else before + 1
    kept.save(update_fields=["failures"])
    if kept.failures != before:
        stamp("pulling.source")  # how often it has failed stands among what waits for the unit
    if kept.failures == 1:
        message = _failure_message(run, kept, now)
        message.save()
        send_out([message], at=now)


def _failure_message(run: Run, source: Source, now: datetime) -> Message:
    return Message(
        cause=f"pull/{run.pk}",
        organisation=source.organisation,
        kind="pulling",
        title=f"没有取到数：{source.name}"[:300],
        words=f"{run.get_outcome_display()[2:]}：{run.words}\n下次按时再试；连续失败不再重复告知。",
        href=reverse("pull", args=[source.uid]),
        by_name="系统",
        area_id=source.organisation.area_id,
        at=now,
    )


# Settings ---------------------------------------------------------------------------------------------


def _put(source: Source, values: Mapping[str, Any], secret: str, by: User) -> None:
    try:
        require_place(values["kind"], values["address"], values["table"])
    except NotFetched as error:
        raise Invalid(_("地址不能用：{why}").format(why=error)) from None
    for name in FIELDS:
        setattr(source, name, values[name])
    if secret:
        source.secret = seal(secret)
    source.acts_as, source.acts_as_name = by, actor_name(by)


def _going(source: Source) -> Source:
    found = Source.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=source.pk)
    if found.ended_at is not None:
        raise WrongState(_("这个来源已经停用；要再取，请重新登记。"))
    return found


def _log(action: str, source: Source, by: User, *, reason: str = "") -> None:
    """Without address and password: the log is read by more people than the source is."""
    row = {
        "key": f"{source.organisation.code}/{source.uid}",
        "area": source.organisation.area_id,
        "new": {"name": source.name, "kind": source.kind, "every": source.every, "columns": source.columns},
    }
    log_audit(action=action, subject=Source._meta.label_lower, rows=[row], by=by, reason=reason)
