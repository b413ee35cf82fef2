"""Checks that know history: what is out of the ordinary, copied or drawn with a ruler; digits and rows mixed up."""

import random
from decimal import Decimal
from statistics import median

import pytest

from benchmarks.findings import KINDS, measure, random_rows
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Versioned
from reporting.checks.history import HistoryRow, check_history
from reporting.checks.row_movement import FEWEST, Movement, movement
from reporting.checks.swapped_rows import swapped_rows
from reporting.models import Submission
from tests.reporting.would_be import lines_with


def series(start: float, changes: list[float], first: int = 2015) -> dict[int, Decimal]:
    values = [Decimal(str(start))]
    for change in changes:
        values.append(values[-1] + Decimal(str(change)))
    return {first + place: value for place, value in enumerate(values)}


CHANGES = [[1.1, 0.8, 1.3, 0.9], [1.0, 1.2, 0.7, 1.1], [0.9, 1.4, 1.0, 0.8], [1.2, 0.9, 1.1, 1.3]]
ALL = [series(start, changes) for start, changes in zip((45.3, 52.1, 47.6, 60.4), CHANGES, strict=True)]
MOVED = movement(ALL, step=Decimal("0.1"))


def row(value, own=ALL[0], moved: Movement | None = MOVED, **more) -> HistoryRow:
    given = None if value is None else Decimal(str(value))
    limits = {"lower_bound": Decimal(0), "upper_bound": Decimal(100)}
    return HistoryRow("P07", "城镇化率", "%", 2020, given, own, moved, **{**limits, **more})


def codes(value, **more) -> list[str]:
    return [finding.code for finding in check_history(row(value, **more))]


def test_the_spread_is_the_median_absolute_deviation_of_the_pooled_changes():
    changes = sorted(change for own in CHANGES for change in own)
    middle = median(changes)
    spread = median(abs(change - middle) for change in changes) / 0.6745
    assert MOVED is not None
    assert (MOVED.count, MOVED.is_ratio) == (16, False)
    assert MOVED.middle == pytest.approx(middle)
    assert MOVED.spread == pytest.approx(spread)
    assert MOVED.score(Decimal("55"), Decimal("50")) == pytest.approx(abs(5 - middle) / spread)
    assert MOVED.score(Decimal("55"), Decimal("50"), 4) == pytest.approx(abs(5 - 4 * middle) / 2 / spread)


def test_too_few_changes_say_nothing():
    assert movement([dict(list(ALL[0].items())[: FEWEST - 1])]) is None
    assert codes(4.94, moved=None) == []
    assert codes(None) == []


def test_an_ordinary_year_is_left_alone():
    assert codes(50.3) == codes(50.7) == codes(49.9) == []


@pytest.mark.parametrize(
    ("value", "meant"), [(5.04, 50.4), (504, 50.4), (5040, 50.4), (0.504, 50.4), (54.1, None), (61, None)]
)
def test_a_change_of_another_kind_is_found_with_what_may_be_meant(value, meant):
    (found,) = check_history(row(value))
    assert found.code == ("digits" if meant else "outlier")
    assert found.compared[0] == ("2019年", Decimal("49.4"))
    assert ("是否想填" in found.words) == bool(meant)
    if meant:
        assert found.compared[1] == ("同样的数字", Decimal(str(meant)))


def test_two_digits_swapped():
    (found,) = check_history(row("05.3", own=series(49.1, [1.1, 0.8, 1.3, 0.9])))
    assert found.code in {"digits", "outlier"}
    (found,) = check_history(row(45.3, own=series(49.1, [1.1, 0.8, 1.3, 0.9])))
    assert found.compared[-1] == ("同样的数字", Decimal("54.3")) or found.code == "outlier"


def test_last_years_value_again_but_not_at_a_limit():
    assert codes(49.4) == ["repeated"]
    assert codes(100, own={2019: Decimal(100)}) == []
    still = movement([dict.fromkeys(range(2010, 2020), Decimal(7)), *ALL])
    assert codes(49.4, moved=still) == []


def test_a_line_drawn_with_a_ruler():
    ruler = series(44.0, [1.0, 0.8, 1.1, 1.1])
    assert codes(ruler[2019] + Decimal("1.1"), own=ruler) == ["too_straight"]
    assert codes(ruler[2019] + Decimal("1.2"), own=ruler) == []


def test_the_last_known_year_whatever_lies_between():
    gap = {2015: Decimal("45.3"), 2017: Decimal("47.2")}
    assert codes(50.2, own=gap) == []
    (found,) = check_history(row(58, own=gap))
    assert "2017年 47.2" in found.words


def test_rows_that_changed_places():
    other = series(80.2, [1.1, 0.8, 1.3, 0.9])
    one = HistoryRow("P01", "甲", "%", 2020, Decimal("85.3"), ALL[0], MOVED)
    two = HistoryRow("P02", "乙", "%", 2020, Decimal("50.4"), other, MOVED)
    found = swapped_rows([one, two])
    assert found["P01"].words == "85.3 更像“乙”的数，那一行填的 50.4 更像本行的，是否填反了？"
    assert found["P02"].compared == (("甲", Decimal("85.3")),)
    right = [HistoryRow("P01", "甲", "%", 2020, Decimal("50.4"), ALL[0], MOVED)]
    assert swapped_rows([*right, HistoryRow("P02", "乙", "%", 2020, Decimal("85.3"), other, MOVED)]) == {}
    apart = HistoryRow("P02", "乙", "家", 2020, Decimal("50.4"), other, MOVED)
    assert swapped_rows([one, apart]) == {}


def test_rows_of_another_size_are_compared_by_their_ratio():
    sizes = [
        {2015 + place: Decimal(size) * Decimal(str(factor)) for place, factor in enumerate((1, 1.1, 1.19, 1.32, 1.44))}
        for size in (100, 900, 4000)
    ]
    moved = movement(sizes)
    assert moved is not None
    assert moved.is_ratio
    large = {2019: Decimal(5760)}
    assert codes(6336, own=large, moved=moved, upper_bound=None) == []
    assert codes(63360, own=large, moved=moved, upper_bound=None) == ["digits"]


def test_the_sheet_knows_the_history_of_all_counties(demo):
    """The demonstration's three counties have too few years; with earlier ones they have enough."""
    grounds = Grounds(by=None, via=Versioned.Via.DEMO, reason="演示")
    for place, area in enumerate(("330122", "330127", "330182")):
        values = [40 + place * 5 + at + (at * place % 3) / 10 for at in range(6)]
        rows = [
            FactRow(area, "P07", 2019 + at, Decimal(str(round(value, 1))), cite="demo")
            for at, value in enumerate(values)
        ]
        record_facts(Observation, rows, grounds=grounds)
    sheet = Submission.objects.get(area="330127", round__year=2025)

    def found(value: str) -> set[str]:
        (line,) = lines_with(sheet, {"P07": (Decimal(value), "")}, indicators=["P07"])
        return {finding.code for finding in line.findings}

    last = Observation.objects.as_of().get(area="330127", indicator="P07", year=2024).value
    assert found(str(last + 1)) & {"outlier", "digits", "repeated"} == set()
    assert "repeated" in found(str(last))
    assert "digits" in found(str((last + 1) / 10)) or "magnitude" in found(str((last + 1) / 10))


@pytest.mark.parametrize("seed", [11, 12])
def test_seeded_errors_are_caught_and_clean_cells_left_alone(seed):
    """A small sample of `python -m benchmarks.findings`."""
    rng = random.Random(seed)
    told = measure(rng, [random_rows(rng, [f"A{n}" for n in range(12)]) for _ in range(2)], most=40)
    assert set(told["by_kind"]) == set(KINDS)
    assert told["caught"] >= 0.95
    assert told["false_alarms"] < 0.03
