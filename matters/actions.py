"""Writes of matters: issued, and moved step by step. Each atomic, logged as a step of its own and in the audit log.

The audit rows name no county: who may read a matter is narrower than a county's units, and the log knows no other
scope."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.persons import is_one_of
from journal.actions import actor_name, log_audit
from lib.database.queues import wait_in_line
from lib.refusals import Invalid, NotAllowed, Refused, WrongState
from lib.web.languages import in_source_language
from matters.causes import mark_of, mark_of_thing
from matters.models import Matter, MatterFile, MatterStep
from matters.notices import Told, reads_no_notices, take_back_waiting, tell_people, tell_units
from matters.rights import acts_for_owner, may_assign, may_issue, oversees_matter
from matters.steps import FIGURE, OVERSEER, OWNER, RULES, StepRule, can_follow
from matters.things import Thing, city_office
from messaging.models import Message
from plan.kept_files import files_put_away
from reporting.models import Notice

State, Step, Origin = Matter.State, MatterStep.Step, Matter.Origin
LONGEST_WORDS = 4000
MOST_LEVELS = 9
MOST_YEARS = 10  # that a day may lie ahead


@dataclass(frozen=True)
class Order:
    """What is asked: of whom, by when, of what kind it is."""

    words: str
    owner: Organisation
    due_on: date
    origin: str = Origin.INSTRUCTION
    helpers: Sequence[Organisation] = ()
    title: str = ""


@dataclass(frozen=True)
class Said:
    """What comes with a step."""

    words: str = ""
    day: date | None = None
    percent_done: int | None = None
    files: Sequence[tuple[str, bytes]] = field(default=())


@transaction.atomic
def issue_matter(*, thing: Thing, order: Order, by: User, at: datetime | None = None, is_demo: bool = False) -> Matter:
    """交办: a new matter about the thing, numbered DB-0001, DB-0002, …. One about what is not as it should be (a cell
    that is not met, a task not done, a project not landed) follows that from then on."""
    at = at or timezone.now()
    words = _checked(thing, order, by, timezone.localdate(at))
    matter = Matter(
        code=_next_code(),
        title=(order.title.strip() or thing.title)[:200],
        words=words,
        origin=order.origin,
        owner=order.owner,
        issuer_id=by.own_unit_id,
        issued_at=at,
        issued_by=by,
        issued_by_name=actor_name(by),
        due_on=order.due_on,
        about_kind=thing.kind,
        about_key=thing.key,
        about_title=thing.title[:200],
        reach=thing.reach,
        area_id=thing.area,
        is_demo=is_demo,
    )
    if thing.figure is not None and thing.figure.target is not None and thing.figure.status != "met":
        matter.indicator_id, matter.year = thing.figure.indicator_id, thing.figure.year
        matter.figure_mark = mark_of(thing.figure)
    elif thing.figure is None:
        matter.figure_mark = mark_of_thing(thing.kind, thing.key, timezone.localdate(at))
    matter.save(force_insert=True)
    matter.helpers.set(order.helpers)
    _keep_step(matter, Step.ISSUE, "", by=by, at=at, words=words, due_on=order.due_on)
    helpers = "、".join(unit.name for unit in order.helpers)
    told = f"{words}（协办：{helpers}）" if helpers else words
    _tell(matter, [order.owner, *order.helpers], told, Step.ISSUE, by, at)
    return matter


def _checked(thing: Thing, order: Order, by: User, today: date) -> str:
    """The words of an order that stands. NotAllowed or Invalid, in words, for one that does not."""
    if not may_issue(by):
        raise NotAllowed(_("督办事项由市领导、市发改委或县级发改局交办。"))
    if not may_assign(by, order.owner):
        raise NotAllowed(
            _("不能交办给{unit}：市里不交办给本单位，县级发改局只交办给本地区部门。").format(unit=order.owner.name)
        )
    if not thing.may_be_seen_by_person(by):
        raise NotAllowed(_("这一项不在您的权限范围内。"))
    for unit in (order.owner, *order.helpers):
        if not thing.may_be_seen_by_unit(unit):
            raise Invalid(_("{unit}看不到这一项，不能由它承办或协办。").format(unit=unit.name))
    if order.owner in order.helpers:
        raise Invalid(_("承办单位不用再列为协办单位。"))
    if order.origin == Origin.CONTRADICTION and not order.helpers:
        raise Invalid(_("两个单位的数对不上时，请把另一个单位列为协办单位。"))
    if order.due_on < today:
        raise Invalid(_("办理期限 {day} 已经过去，请改成今天或以后。").format(day=order.due_on))
    _require_near(order.due_on, today)
    return spoken(order.words, _("请写明要办什么。"))


def take_step(
    *, matter: Matter, step: str, by: User, said: Said | None = None, at: datetime | None = None
) -> MatterStep:
    """Move a matter by one step of `RULES`. Refused in words where it is not this user's, not next, or lacks what the
    step needs; then nothing has changed. `files` are written before their rows and removed where these do not stand."""
    said = said or Said()
    rule = RULES.get(step)
    if rule is None or rule.who == FIGURE:
        raise Invalid(_("没有“{step}”这一步。").format(step=step))
    with files_put_away(MatterFile, said.files) as kept:
        return _move(matter, rule, by, said, kept, at or timezone.now())


def take_steps(
    *, matters: Iterable[Matter], step: str, by: User, words: str = "", at: datetime | None = None
) -> list[tuple[Matter, str]]:
    """The same step of several; (matter, why it was refused) of each, the words empty where it was taken."""
    if step not in RULES or not RULES[step].for_many:
        raise Invalid(_("这一步要一件一件地办。"))
    found = []
    for matter in matters:
        try:
            take_step(matter=matter, step=step, by=by, said=Said(words), at=at)
        except Refused as refusal:
            found.append((matter, refusal.words))
        else:
            found.append((matter, ""))
    return found


@transaction.atomic
def _move(matter: Matter, rule: StepRule, by: User, said: Said, files: list[MatterFile], at: datetime) -> MatterStep:
    matter = _locked(matter)
    _require_person(matter, rule, by)
    _require_next(matter, rule)
    words = spoken(said.words, _("请写明理由或情况。") if rule.needs_words else "")
    if rule.needs_file and not files:
        raise Invalid(_("报结要附佐证材料（文件、照片）。"))
    old = matter.state
    PREPARE.get(rule.step, _nothing)(matter, said, timezone.localdate(at))
    _arrive(matter, rule, at)
    _take_back(matter, rule, at)
    if rule.takes_percent and said.percent_done is not None:
        matter.percent_done = said.percent_done
    due_on = matter.asked_due_on if rule.step == Step.ASK_DELAY else matter.due_on
    matter.save()
    made = _keep_step(matter, rule.step, old, by=by, at=at, words=words, due_on=due_on, files=files)
    _tell_of_step(matter, rule, words, by, at)
    return made


@in_source_language()
def _take_back(matter: Matter, rule: StepRule, at: datetime) -> None:
    """What waited to be told of a matter that ends is void; the end itself is told."""
    if rule.ends in Matter.ENDED:
        take_back_waiting(matter.code, f"{matter.code}已{Step(rule.step).label}", at=at)


def _arrive(matter: Matter, rule: StepRule, at: datetime) -> None:
    """The state after the step; what was asked for is over once the matter leaves the state that it was asked in."""
    matter.version += 1
    if rule.ends is None:
        return
    matter.state = rule.ends
    matter.closed_at = at if rule.ends in Matter.ENDED else None
    if rule.ends not in (State.SIGNED, State.UNDER_WAY):
        matter.asked_due_on = None
    if rule.ends != State.CLOSED:
        matter.asks_reopening = False


def _require_near(day: date, today: date) -> None:
    """Invalid for a day that no office plans for: mistyped, or meant to be never."""
    if day.year > today.year + MOST_YEARS:
        words = _("期限 {day} 太远，最晚写到 {year} 年；请核对年份。")
        raise Invalid(words.format(day=day, year=today.year + MOST_YEARS))


def _nothing(matter: Matter, said: Said, today: date) -> None:
    """Most steps change the state alone."""


def _ask_delay(matter: Matter, said: Said, today: date) -> None:
    if said.day is None or said.day <= matter.due_on or said.day < today:
        raise Invalid(_("申请延期到的日期应晚于现在的期限 {day}，也不早于今天。").format(day=matter.due_on))
    _require_near(said.day, today)
    matter.asked_due_on = said.day


def _grant_delay(matter: Matter, said: Said, today: date) -> None:
    assert matter.asked_due_on is not None  # nosec B101  # by the table of steps
    matter.due_on, matter.asked_due_on = matter.asked_due_on, None


def _refuse_delay(matter: Matter, said: Said, today: date) -> None:
    matter.asked_due_on = None


def _escalate(matter: Matter, said: Said, today: date) -> None:
    if matter.due_on >= today:
        raise Invalid(_("{code} 的期限是 {day}，还没有过，不用升级。").format(code=matter.code, day=matter.due_on))
    matter.level = min(matter.level + 1, MOST_LEVELS)


def _reopen(matter: Matter, said: Said, today: date) -> None:
    if said.day is None or said.day < today:
        raise Invalid(_("请填恢复办理后的期限，不早于今天。"))
    _require_near(said.day, today)
    matter.due_on = said.day


def _keep_closed(matter: Matter, said: Said, today: date) -> None:
    matter.asks_reopening = False


PREPARE: dict[str, Callable[[Matter, Said, date], None]] = {
    Step.ASK_DELAY: _ask_delay,
    Step.GRANT_DELAY: _grant_delay,
    Step.REFUSE_DELAY: _refuse_delay,
    Step.ESCALATE: _escalate,
    Step.REOPEN: _reopen,
    Step.KEEP_CLOSED: _keep_closed,
}


def _require_person(matter: Matter, rule: StepRule, by: User) -> None:
    """As if there were none, for who may not see it; else who may."""
    if not Matter.objects.visible_to(by).filter(pk=matter.pk).exists():
        raise NotAllowed(_("没有这件督办事项，或者它不在您的权限范围内。"))
    if rule.who == OWNER and not acts_for_owner(by, matter):
        raise NotAllowed(_("这一步由承办单位{unit}办理。").format(unit=matter.owner.name))
    if rule.who == OVERSEER and not oversees_matter(by, matter):
        raise NotAllowed(_("这一步由市里或交办单位办理；本单位承办的事项不能自己核实。"))
    if rule.step in (Step.VERIFY, Step.CLOSE) and is_one_of(by, _reporters(matter)):
        raise NotAllowed(_("您报结过这件事项，不能再由您核实或销号。"))


def _reporters(matter: Matter) -> list[int | None]:
    """Who has said that it is done: the person counts, also after a move to the city."""
    return list(matter.steps.filter(step=Step.REPORT).values_list("by", flat=True))


def _require_next(matter: Matter, rule: StepRule) -> None:
    if not can_follow(matter, rule):
        words = _("{code} 现在是“{state}”，不能{step}。")
        step = Step(rule.step).label
        raise WrongState(words.format(code=matter.code, state=matter.state_words, step=step), state=matter.state)


def move_by_figure(matter: Matter, step: str, *, words: str, version: int | None, at: datetime) -> MatterStep:
    """A step that the figure takes, in the caller's transaction with the matter's row locked."""
    rule, old = RULES[step], matter.state
    _require_next(matter, rule)
    _arrive(matter, rule, at)
    matter.asks_reopening = step == Step.FIGURE_TURNS
    _take_back(matter, rule, at)
    matter.save()
    made = _keep_step(matter, step, old, by=None, at=at, words=words, due_on=matter.due_on, version=version)
    city = city_office()
    units = [matter.owner, *([matter.issuer] if matter.issuer else []), *([city] if city else [])]
    _tell(matter, units, words, step, None, at)
    return made


def _keep_step(
    matter: Matter,
    step: str,
    old: str,
    *,
    by: User | None,
    at: datetime,
    words: str,
    due_on: date | None,
    files: Sequence[MatterFile] = (),
    version: int | None = None,
) -> MatterStep:
    made = MatterStep.objects.create(
        matter=matter,
        number=matter.version,
        step=step,
        old_state=old,
        new_state=matter.state,
        at=at,
        by=by,
        by_name=actor_name(by),
        words=words,
        due_on=due_on,
        figure_version=version,
    )
    for each in files:
        each.step = made
        each.save(force_insert=True)
    new = {"state": matter.state, "due_on": str(matter.due_on), "owner": matter.owner.code, "level": matter.level}
    if files:
        new["files"] = [each.name for each in files]
    rows = [{"key": matter.code, "old": {"state": old} if old else None, "new": new}]
    log_audit(action=f"matter_{step}", subject="matters.matter", rows=rows, by=by, reason=words)
    return made


def _tell_of_step(matter: Matter, rule: StepRule, words: str, by: User, at: datetime) -> None:
    """Whom a step concerns: of the unit's steps who issued it and the city, of the others the unit and its helpers; of
    an escalation also the county's office."""
    city = city_office()
    overseers = [matter.issuer] if matter.issuer else []
    overseers += [city] if city else []
    units = overseers if rule.who == OWNER else [matter.owner, *matter.helpers.all()]
    if rule.step == Step.ESCALATE:
        offices = Organisation.objects.filter(kind=Organisation.Kind.COUNTY, area=matter.owner.area_id)
        units += [*(offices if matter.owner.kind == Organisation.Kind.BUREAU else []), *overseers]
    _tell(matter, units, words, rule.step, by, at)


@in_source_language()
def _tell(matter: Matter, units: Sequence[Organisation], words: str, step: str, by: User | None, at: datetime) -> None:
    speaker = by.unit_name if by else "系统"
    said = f"{speaker}{Step(step).label} {matter.code} {matter.title}（期限{matter.due_on}）"
    told = Told(
        key=matter.code,
        cause=f"matter/{matter.code}/{matter.version}",
        kind=Message.MATTER,
        title=f"{matter.code} {matter.title}",
        words=f"{said}：{words}" if words else f"{said}。",
        href=f"{reverse('matter', args=[matter.code])}#step-{matter.version}",
        by=by,
        at=at,
        area=matter.area_id,
        is_demo=matter.is_demo,
    )
    tell_units(units, told)
    tell_people(_asker(matter, step), told)


def _asker(matter: Matter, step: str) -> list[User]:
    """Who asked for it, where words to units do not reach that person: told of everything but that it was signed for.
    Nobody who has lost sight of it since."""
    person = matter.issued_by
    if person is None or step in (Step.ISSUE, Step.SIGN) or not reads_no_notices(person):
        return []
    return [person] if Matter.objects.visible_to(person).filter(pk=matter.pk).exists() else []


def _locked(matter: Matter) -> Matter:
    rows = Matter.objects.select_for_update(of=["self"]).select_related("owner", "issuer", "area", "issued_by")
    return rows.get(pk=matter.pk)


def _next_code() -> str:
    wait_in_line("matters")
    numbers = [int(code[3:]) for code in Matter.objects.values_list("code", flat=True)]
    return f"DB-{max(numbers, default=0) + 1:04d}"


def spoken(text: str, ask: str = "") -> str:
    """What was typed, without blanks around it. Invalid for what is too long; with `ask`, also for nothing."""
    found = text.strip()
    if ask and not found:
        raise Invalid(ask)
    if len(found) > LONGEST_WORDS:
        raise Invalid(_("最多写{most}个字，现在有{n}个。").format(most=LONGEST_WORDS, n=len(found)))
    return found


@transaction.atomic
def remove_demo_matters() -> int:
    """Delete the demonstration's matters with their steps and files; the number of matters."""
    matters = Matter.objects.filter(is_demo=True)
    files = MatterFile.objects.filter(step__matter__in=matters)
    for path in [each.path for each in files]:
        transaction.on_commit(partial(path.unlink, missing_ok=True))
    files.delete()
    MatterStep.objects.filter(matter__in=matters).delete()
    Notice.objects.filter(item__startswith=Notice.SAID, is_demo=True).delete()
    Message.objects.filter(kind=Message.MATTER, is_demo=True).delete()
    return matters.delete()[0]
