"""What a matter follows: the judged cell, the project, the task, the promise or the match that it is about, and whether
that is by now as it was asked to be.

A mark says in one text what was seen of it last and of which version; it ends in `/met` where nothing was left to ask
for. A project's mark begins with what was waited for when the matter was issued: that it goes on, that it lands, that
it is completed; so a landing does not begin a second wait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from commitments.frames import PromiseLine, standings
from commitments.labels import STATUS_NAMES as PROMISE_NAMES
from funding.frames import cells_by, matching_flows, rules
from funding.matching import match
from indicators.labels import STATUS_NAMES
from indicators.models import Assessment, IndicatorDefinition
from lib.numbers import named_rows, plain
from plan.models import WorkItem
from projects.models import Project

MET, OPEN = "met", "open"
GOES_ON, LANDS, COMPLETED = "resumed", "landed", "completed"
State = Project.State
FULFILLED = "fulfilled"
READER = User(role=User.Role.LEADER)  # nobody's account: who reads for the site sees what the city sees


@dataclass(frozen=True)
class Stand:
    """How it stands now. `words` name the version, the number or the day that says so."""

    mark: str
    words: str
    version: int | None = None

    @property
    def is_met(self) -> bool:
        return self.mark.endswith(f"/{MET}")


def mark_of(figure: Assessment) -> str:
    """What a judged cell says and of which versions: to be compared with what was seen before."""
    return f"{figure.value_version}/{figure.target_version}/{figure.status}"


def stand_of_figure(figure: Assessment) -> Stand:
    """官方数值第3版为 95.2，年度目标第1版为 95，结论“达标”。"""
    own = IndicatorDefinition.objects.as_of().get(indicator=figure.indicator_id)
    aimed = own.value_words(figure.target, figure.target_high)
    value = "没有官方数值"
    if figure.value_version:
        value = f"官方数值第{figure.value_version}版为{own.value_words(figure.value)}"
    target = f"年度目标第{figure.target_version}版为{aimed}" if figure.target_version else "没有年度目标"
    words = f"{value}，{target}，结论“{STATUS_NAMES[figure.status]}”。"
    return Stand(mark_of(figure), words, figure.value_version)


def mark_of_thing(kind: str, key: str, on: date) -> str:
    """What a new matter follows from now on; empty where the thing cannot say by itself that it is done, or is done."""
    found = stand_of_thing(kind, key, on)
    if found is None or found.is_met:
        return ""
    return found.mark


def stand_of_thing(kind: str, key: str, on: date, mark: str = "") -> Stand | None:
    """How a thing that is no judged cell stands on a day; None for what follows nothing, or is gone. `mark`: what was
    seen of it before."""
    read = READERS.get(kind)
    if read is None:
        return None
    goal, _slash, _seen = mark.partition("/")
    return read(key, on, goal)


def goal_words(mark: str, kind: str) -> str:
    """What a matter waits for, as its page says it; empty for one that follows nothing."""
    if not mark:
        return ""
    names = {
        GOES_ON: _("项目复工"),
        LANDS: _("项目落地"),
        COMPLETED: _("项目完工"),
        "cell": _("数据达标"),
        "task": _("任务完成"),
        "commitment": _("承诺兑现"),
        "match": _("配套到位"),
    }
    if kind == "project":
        goal, _slash, _seen = mark.partition("/")
        return names.get(goal, "")
    return names.get(kind, "")


def _mark(first: object, second: object, is_met: bool) -> str:
    stand = MET if is_met else OPEN
    return f"{first}/{second}/{stand}"


def _project(key: str, on: date, goal: str) -> Stand | None:
    row = Project.objects.filter(code=key).first()
    if row is None:
        return None
    goal = goal or _goal(row)
    is_met = {
        GOES_ON: row.state in (State.STARTED, State.COMPLETED),
        LANDS: row.landed_on is not None,
        COMPLETED: row.state == State.COMPLETED,
    }[goal]
    landed = f"，{row.landed_on}落地" if row.landed_on else ""
    words = f"项目{row.code}第{row.version}版：{row.get_state_display()}{landed}。"
    seen = "" if goal == LANDS else row.state
    return Stand(_mark(goal, seen, is_met), words)


def _goal(row: Project) -> str:
    """What the register can say that it is done: the next that is missing."""
    if row.state == State.STALLED:
        return GOES_ON
    return COMPLETED if row.landed_on else LANDS


def _task(key: str, on: date, goal: str) -> Stand | None:
    row = WorkItem.objects.filter(code=key).first()
    if row is None:
        return None
    day = f"，{row.closed_on}办结" if row.closed_on else ""
    words = f"任务{row.code}第{row.version}版：{row.get_state_display()}{day}。"
    return Stand(_mark("task", row.state, row.state == WorkItem.State.DONE), words)


def _commitment(key: str, on: date, goal: str) -> Stand | None:
    """C01 as a whole, or its line for one county and one year: C01/330127/2025."""
    code, area, year = (*key.split("/"), "", "")[:3]
    by_code = {each.commitment.code: each for each in standings(on, user=READER)}
    found = by_code.get(code)
    if found is None:
        return None
    lines = [line for line in found.lines if _names(line, area, year)]
    if not lines:
        return None
    progress = lines[0].progress
    status = progress.status if area or year else found.status
    done = ""
    if len(lines) == 1 and progress.done is not None:
        done = f"，已完成{plain(progress.done)}"
    words = f"承诺{code}截至{on}：{PROMISE_NAMES[status]}{done}。"
    return Stand(_mark("promise", status, status == FULFILLED), words)


def _names(line: PromiseLine, area: str, year: str) -> bool:
    """Whether the rest of a promise's key names this line; nothing at all names every one."""
    parts = [str(part) for part in (line.area, line.year) if part]
    asked = [part for part in (area, year) if part]
    return not asked or asked == parts or asked == parts[:1]


def _match(key: str, on: date, goal: str) -> Stand | None:
    area, _slash, year = key.partition("/")
    if not year.isdecimal() or not Area.objects.judged().filter(code=area).exists():
        return None
    frame = match(matching_flows(cells_by(on, None, on)), rules(), areas=[area], years=[int(year)])
    row = next(iter(named_rows(frame)), None)
    if row is None or row.owed is None or row.owed != row.owed:
        return None
    words = f"{area} {year}年县级配套截至{on}：欠{plain(row.owed)}万元。"
    return Stand(_mark("match", f"{row.owed:.2f}", row.owed <= 0), words)


READERS: dict[str, Callable[[str, date, str], Stand | None]] = {
    "project": _project,
    "task": _task,
    "commitment": _commitment,
    "match": _match,
}
