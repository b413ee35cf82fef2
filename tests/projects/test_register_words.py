"""The register's heading: the first promise, and whether it keeps the time-proportional pace."""

from datetime import date

from projects.landing.counter import Counter
from projects.landing.words import heading


def counter(done: int, comparison: str = ">") -> Counter:
    """Half of the span is over, so that 50 of 100 are due."""
    first, last, on = date(2025, 1, 1), date(2025, 1, 10), date(2025, 1, 5)
    return Counter("亿元以上产业项目", done, 100, first, last, on, comparison)


def test_what_is_ahead_is_said_quietly():
    told = heading([counter(62), counter(1)])
    assert told.html == "已落地亿元以上产业项目 62 个，方案承诺超过 100 个，比序时进度多 12.0 个。"


def test_what_is_short_is_loud():
    told = heading([counter(40)]).html
    assert told.endswith('100 个，<span class="behind">比序时进度少 10.0 个</span>。')


def test_a_promise_of_just_so_many_is_not_one_of_more():
    assert str(heading([counter(50, ">=")])).startswith("已落地亿元以上产业项目 50 个，方案承诺 100 个，")


def test_a_plan_that_promises_none_still_has_a_heading():
    assert str(heading([])) == "重大项目"
