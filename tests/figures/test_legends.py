"""A legend explains what is on the page, and nothing else."""

import re

import pytest

from figures.words.legends import Legend, legend_of

SIGNS = {"met", "near", "behind", "unreported", "not_due"}


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025, 2027])
def test_the_matrix_explains_the_signs_that_it_shows(demo, login, year):
    page = login("leader").get(f"/?year={year}").content.decode()
    matrix = page.partition('<section class="card matrix">')[2].partition("</section>")[0]
    legend, _end, table = matrix.partition("</p>")
    shown = set(re.findall(r'class="mark (\w+)', table)) & SIGNS
    assert set(re.findall(r'class="mark (\w+)', legend)) == shown
    assert ("未达省定标准" in legend) is ("◇" in table)
    assert ("目标未及省标" in legend) is ("◆" in table)
    assert ("越低越好" in legend) is ("↓" in table)


def test_a_mark_that_nothing_has_is_not_explained(demo, login):
    """The base year has no targets: nothing is met or missed."""
    page = login("leader").get("/?year=2022").content.decode()
    legend = page.partition('<section class="card matrix">')[2].partition("</p>")[0]
    assert "达标" not in legend


def test_of_nothing_nothing_is_explained():
    """In every year of the demonstration some target lies below the standard, so that pages alone do not tell."""
    assert legend_of([]) == Legend((), False, False, False, False)
