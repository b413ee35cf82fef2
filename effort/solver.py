"""The sets of effort that bring most rows to their targets, by an exact solver of integer programmes (HiGHS).

Of each kind one answer, found in stages: the first aim is brought to its best, then held there while the next is. Aims
of a kind stand in KINDS. The same question gets the same answer: one thread, a fixed seed, a limit of branches. A limit
of time stands behind that one. Where a limit cuts a stage short, the best that was found is taken, and the answer says
that it is not proven to be the best.

Every answer is reckoned again by `effort.choices`; what does not keep to the question's limits there is no answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from effort.choices import NOTHING_CHOSEN, EffortChoice, EffortQuestion, EffortRow, is_allowed, reached

SECONDS = 5.0  # for all answers together
STAGE_SECONDS = 0.6
BRANCHES = 5_000  # of each stage
FEASIBLE = 2  # what HiGHS says of a solution that keeps to the limits
SLACK = 1e-6
TOLERANCE = 1e-9
NEGLIGIBLE = 1e-9  # a share that HiGHS takes for nothing (its small_matrix_value), and warns of
# Aims: most rows reached, fewest pushed, least money, most rows of the county with the fewest, fewest projects.
MOST, FEWEST, CHEAPEST, EVEN, LEAN = "most", "fewest", "cheapest", "even", "lean"
ONE_MORE, OTHER = "one_more", "other"
KINDS = {
    ONE_MORE: (FEWEST, CHEAPEST, LEAN),  # one row more than comes by itself
    FEWEST: (MOST, FEWEST, CHEAPEST, LEAN),
    CHEAPEST: (MOST, CHEAPEST, FEWEST, LEAN),
    EVEN: (MOST, EVEN, FEWEST, CHEAPEST, LEAN),
    OTHER: (MOST, FEWEST, CHEAPEST, LEAN),  # as `fewest`, but with at least one part of that set left out
}


@dataclass
class Time:
    """Seconds that are left for the solver."""

    left: float


@dataclass(frozen=True)
class EffortAnswer:
    """A choice, and the kinds that it is the answer of."""

    kinds: tuple[str, ...]
    choice: EffortChoice
    is_proven: bool


@dataclass(frozen=True)
class EffortAnswers:
    """`by_itself`: rows that no effort is needed for. `most_for_all`: where no choice gives every county what is asked,
    how many rows every county can have; None where there is a choice."""

    by_itself: int
    found: list[EffortAnswer] = field(default_factory=list)
    most_for_all: int | None = None


def answers_to(asked: EffortQuestion, *, seconds: float = SECONDS) -> EffortAnswers:
    """One answer of each kind, those that are the same put together. None but the given where there is nothing to do:
    no row, or no effort that brings one more."""
    by_itself, time = len(reached(asked, NOTHING_CHOSEN)), Time(seconds)
    if not asked.rows:
        return EffortAnswers(by_itself)
    if asked.least and _stage_choice(asked, (), time) is None:
        return EffortAnswers(by_itself, most_for_all=_most_for_all(asked, time))
    found: list[EffortAnswer] = []
    best = _answer(asked, FEWEST, time)
    for kind in KINDS:
        answer = best if kind == FEWEST else _of_kind(asked, kind, by_itself, best, time)
        if answer is not None and len(reached(asked, answer.choice)) > by_itself:
            _put(found, answer)
    return EffortAnswers(by_itself, found)


def _of_kind(
    asked: EffortQuestion, kind: str, by_itself: int, best: EffortAnswer | None, time: Time
) -> EffortAnswer | None:
    if kind == EVEN and len(asked.areas) < 2:
        return None
    if kind == ONE_MORE:
        return _answer(asked, kind, time, at_least=by_itself + 1)
    if kind == OTHER:
        if best is None or best.choice == NOTHING_CHOSEN:
            return None
        return _answer(asked, kind, time, unlike=best.choice)
    return _answer(asked, kind, time)


def _put(found: list[EffortAnswer], answer: EffortAnswer) -> None:
    for at, known in enumerate(found):
        if known.choice == answer.choice:
            kinds = (*known.kinds, *answer.kinds)
            is_proven = known.is_proven and answer.is_proven
            found[at] = EffortAnswer(kinds, known.choice, is_proven)
            return
    found.append(answer)


def _answer(
    asked: EffortQuestion, kind: str, time: Time, *, at_least: int = 0, unlike: EffortChoice | None = None
) -> EffortAnswer | None:
    told = _stage_choice(asked, KINDS[kind], time, at_least=at_least, unlike=unlike)
    if told is None:
        return None
    choice, is_proven = told
    return EffortAnswer((kind,), choice, is_proven)


def _most_for_all(asked: EffortQuestion, time: Time) -> int:
    """The largest number of rows that every county can reach at once."""
    for least in range(asked.least - 1, 0, -1):
        smaller = EffortQuestion(asked.rows, asked.costs, asked.most_pushed, asked.budget, least)
        if _stage_choice(smaller, (), time) is not None:
            return least
    return 0


def _stage_choice(
    asked: EffortQuestion,
    aims: Sequence[str],
    time: Time,
    *,
    at_least: int = 0,
    unlike: EffortChoice | None = None,
) -> tuple[EffortChoice, bool] | None:
    """(the choice, whether it is proven to be the best); None where no choice keeps to the limits, or none was found in
    time."""
    programme = _Programme(asked, time)
    programme.ask_at_least(at_least)
    if unlike is not None:
        programme.leave_out(unlike)
    for aim in aims or (MOST,):
        if not programme.bring_to_best(aim):
            return None
    choice = programme.choice()
    if not is_allowed(asked, choice) or len(reached(asked, choice)) < at_least:
        return None
    return choice, programme.is_proven


class _Programme:
    """The integer programme of a question: is_reached, is_pushed of each row, is_finished of each project."""

    def __init__(self, asked: EffortQuestion, time: Time):
        import highspy  # noqa: PLC0415  (8 MB that no other page needs)

        self.asked, self.time, self.is_proven = asked, time, True
        self.solver: Any = highspy.Highs()
        self.optimal = {highspy.HighsModelStatus.kOptimal}
        self._set_options()
        self.sum: Callable = self.solver.qsum
        self.is_reached = {row.key: self.solver.addBinary() for row in asked.rows}
        self.is_pushed = {row.key: self.solver.addBinary() for row in asked.rows if _can_be_pushed(row)}
        self.is_finished = {code: self.solver.addBinary() for code in asked.usable}
        self.of_every = self.solver.addIntegral(0, len(asked.rows))
        self._limit_rows()
        self._limit_areas()
        if asked.budget is not None and self.is_finished:
            self.solver.addConstr(self._cost() <= asked.budget)
        self.values: dict[int, float] = {}

    def _set_options(self) -> None:
        options: dict[str, float] = {"threads": 1, "random_seed": 0, "mip_max_nodes": BRANCHES}
        options |= {"mip_rel_gap": 0.0, "mip_abs_gap": SLACK / 10}
        options |= {"mip_feasibility_tolerance": TOLERANCE, "primal_feasibility_tolerance": TOLERANCE}
        self.solver.silent()
        for name, value in options.items():
            self.solver.setOptionValue(name, value)

    def _limit_rows(self) -> None:
        """A row is reached only by what is enough, as a share of what comes not by itself."""
        for row in self.asked.rows:
            needed = row.left(pushed=False, finished=())
            if row.is_reached(pushed=False, finished=()):
                self.solver.addConstr(self.is_reached[row.key] >= 1)
                continue
            terms = []
            for amount, is_done in self._helped(row):
                share = min(amount / needed, 1.0)
                if abs(share) > NEGLIGIBLE:
                    terms.append(share * is_done)
            together = self.sum(terms) if terms else 0.0
            self.solver.addConstr(self.is_reached[row.key] - together <= 0)

    def _helped(self, row: EffortRow) -> list[tuple[float, Any]]:
        """What the row gains by each effort that can be made for it, with the variable that says whether it is made."""
        usable = self.is_finished
        found = [(amount, usable[code]) for code, amount in row.helped.items() if code in usable]
        if row.key in self.is_pushed:
            more = (row.pushed_by or 0.0) - row.ordinary
            found.append((more, self.is_pushed[row.key]))
        return found

    def _limit_areas(self) -> None:
        for area in self.asked.areas:
            pushed = [each for (own_area, _indicator), each in self.is_pushed.items() if own_area == area]
            reached_here = [each for (own_area, _indicator), each in self.is_reached.items() if own_area == area]
            own = self.sum(reached_here)
            if pushed:
                self.solver.addConstr(self.sum(pushed) <= self.asked.most_pushed)
            self.solver.addConstr(own >= self.asked.least_of(area))
            self.solver.addConstr(own - self.of_every >= 0)

    def _cost(self) -> Any:
        terms = []
        for code, is_finished in self.is_finished.items():
            cost = self.asked.costs.get(code) or 0.0
            terms.append(cost * is_finished)
        return self.sum(terms)

    def ask_at_least(self, number: int) -> None:
        self.solver.addConstr(self._number() >= number)

    def _number(self) -> Any:
        return self.sum(list(self.is_reached.values()))

    def leave_out(self, choice: EffortChoice) -> None:
        """No answer that pushes all of the same rows and finishes all of the same projects, and perhaps more."""
        chosen: dict[Any, Any] = {**self.is_pushed, **self.is_finished}
        taken = [chosen[name] for name in (*sorted(choice.pushed), *sorted(choice.finished))]
        self.solver.addConstr(self.sum(taken) <= len(taken) - 1)

    def bring_to_best(self, aim: str) -> bool:
        """Bring the aim to its best and hold it there; False where nothing keeps to the limits."""
        expression, is_most = self._aim(aim)
        if expression is None:
            return True
        status = self._run(expression, is_most=is_most)
        info = self.solver.getInfo()
        self.is_proven &= status in self.optimal
        if info.primal_solution_status != FEASIBLE:
            return bool(self.values)  # of the stage before, where there is one
        self._remember()
        best = info.objective_function_value
        self.solver.addConstr(expression >= best - SLACK if is_most else expression <= best + SLACK)
        return True

    def _run(self, expression: Any, *, is_most: bool) -> Any:
        """Solve, within what is left of the time; the status."""
        began = self.solver.getRunTime()
        self.solver.setOptionValue("time_limit", min(max(self.time.left, 0.0), STAGE_SECONDS))
        (self.solver.maximize if is_most else self.solver.minimize)(expression)
        self.time.left -= self.solver.getRunTime() - began
        return self.solver.getModelStatus()

    def _aim(self, aim: str) -> tuple[Any, bool]:
        """(what is counted, whether the most of it is best); None for what there is nothing of."""
        if aim == MOST:
            return self._number(), True
        if aim == EVEN:
            return 1.0 * self.of_every, True
        of_projects = aim in (CHEAPEST, LEAN)
        counted = list(self.is_finished.values()) if of_projects else list(self.is_pushed.values())
        if not counted:
            return None, False
        return self._cost() if aim == CHEAPEST else self.sum(counted), False

    def _remember(self) -> None:
        chosen = (*self.is_reached.values(), *self.is_pushed.values(), *self.is_finished.values())
        self.values = {id(each): self.solver.val(each) for each in chosen}

    def choice(self) -> EffortChoice:
        pushed = [key for key, each in self.is_pushed.items() if self._is_chosen(each)]
        finished = [code for code, each in self.is_finished.items() if self._is_chosen(each)]
        return EffortChoice(frozenset(pushed), frozenset(finished))

    def _is_chosen(self, variable: Any) -> bool:
        """The solver has 0 and 1 as numbers with a tolerance."""
        return self.values.get(id(variable), 0) > 0.5


def _can_be_pushed(row: EffortRow) -> bool:
    return row.pushed_by is not None and row.pushed_by > row.ordinary
