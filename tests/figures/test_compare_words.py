"""The heading of two years side by side."""

from figures.compare import Totals
from figures.compare_words import heading


def totals(**counts: int) -> Totals:
    none = dict.fromkeys(("both", "better", "worse", "gained", "lost", "wider", "closer"), 0)
    return Totals(**(none | counts))


def test_the_first_year_has_none_before_it():
    assert str(heading(2022, None, totals())) == "2022年是基期年，没有更早的年份可比；请选较晚的年份。"


def test_where_nothing_compares_that_is_said():
    assert str(heading(2024, 2023, totals())) == "2023年和2024年没有两年都有实际值的项，还不能对比。"


def test_only_what_moved_is_named():
    assert str(heading(2024, 2023, totals(both=5, better=5))) == "2024年比2023年：5项可比，5项向好。"


def test_what_got_worse_is_loud():
    told = heading(2024, 2023, totals(both=9, better=4, worse=2, gained=3, lost=1))
    assert told.html == (
        '2024年比2023年：9项可比，4项向好，<span class="behind">2项变差</span>，3项持平；3项转为达标，'
        '<span class="behind">1项不再达标</span>。'
    )
