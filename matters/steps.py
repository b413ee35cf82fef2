"""What a step of a matter is: from which states, to which, by whom, and what it needs. One table; nothing else moves a
matter."""

from dataclasses import dataclass

from matters.models import Matter, MatterStep

State, Step = Matter.State, MatterStep.Step
OWNER, OVERSEER, FIGURE = "owner", "overseer", "figure"
OPEN = (State.ISSUED, State.SIGNED, State.UNDER_WAY, State.REPORTED, State.VERIFIED)


@dataclass(frozen=True)
class StepRule:
    """`ends` None: the state stays. `asks`: what must be asked for before (`delay`, `reopening`), or must not be."""

    step: str
    starts: tuple[str, ...]
    ends: str | None
    who: str
    needs_words: bool = False
    needs_day: bool = False
    needs_file: bool = False
    takes_percent: bool = False
    asks: str = ""
    asks_not: str = ""
    for_many: bool = False


_AT_WORK = (State.SIGNED, State.UNDER_WAY)
RULES: dict[str, StepRule] = {
    rule.step: rule
    for rule in (
        StepRule(Step.SIGN, (State.ISSUED,), State.SIGNED, OWNER, for_many=True),
        StepRule(Step.PROGRESS, _AT_WORK, State.UNDER_WAY, OWNER, needs_words=True, takes_percent=True),
        StepRule(Step.ASK_DELAY, _AT_WORK, None, OWNER, needs_words=True, needs_day=True, asks_not="delay"),
        StepRule(Step.REPORT, _AT_WORK, State.REPORTED, OWNER, needs_words=True, needs_file=True),
        StepRule(Step.GRANT_DELAY, _AT_WORK, None, OVERSEER, asks="delay", for_many=True),
        StepRule(Step.REFUSE_DELAY, _AT_WORK, None, OVERSEER, needs_words=True, asks="delay"),
        StepRule(Step.VERIFY, (State.REPORTED,), State.VERIFIED, OVERSEER, for_many=True),
        StepRule(Step.SEND_BACK, (State.REPORTED, State.VERIFIED), State.UNDER_WAY, OVERSEER, needs_words=True),
        StepRule(Step.CLOSE, (State.VERIFIED,), State.CLOSED, OVERSEER, for_many=True),
        StepRule(Step.WITHDRAW, OPEN, State.WITHDRAWN, OVERSEER, needs_words=True),
        StepRule(Step.ESCALATE, (State.ISSUED, *_AT_WORK), None, OVERSEER, needs_words=True, for_many=True),
        StepRule(Step.REOPEN, Matter.ENDED, State.UNDER_WAY, OVERSEER, needs_words=True, needs_day=True),
        StepRule(Step.KEEP_CLOSED, (State.CLOSED,), None, OVERSEER, needs_words=True, asks="reopening"),
        StepRule(Step.FIGURE_CLOSES, OPEN, State.CLOSED, FIGURE),
        StepRule(Step.FIGURE_TURNS, (State.CLOSED,), None, FIGURE, asks_not="reopening"),
        StepRule(Step.FIGURE_SETTLES, (State.CLOSED,), None, FIGURE, asks="reopening"),
    )
}


def is_asked(matter: Matter, what: str) -> bool:
    """Whether a delay or a reopening is asked for now."""
    return matter.asked_due_on is not None if what == "delay" else matter.asks_reopening


def can_follow(matter: Matter, rule: StepRule) -> bool:
    """Whether the step is next in the matter's present state, whoever takes it."""
    if matter.state not in rule.starts:
        return False
    if rule.asks and not is_asked(matter, rule.asks):
        return False
    return not (rule.asks_not and is_asked(matter, rule.asks_not))
