"""The brief: five numbers, what turned, three matters, each true of the snapshot it is made from."""

import re
from copy import deepcopy

import pytest
from django.urls import reverse

from accounts.models import User
from figures.asked import Asked
from figures.picture import Picture
from figures.summary import count
from lib.numbers import plain
from reports import pdf
from reports.brief import blocks, brief
from reports.snapshot import freeze


@pytest.fixture
def frozen(demo):
    return freeze(2024, User.objects.get(username="municipal"))


def test_its_numbers_are_those_of_the_pages(frozen):
    found = {number.page: number.figure for number in brief(frozen).numbers}
    picture = Picture(Asked(year=2024), User.objects.get(username="municipal"))
    counts = count(picture.cells())
    owed = sum(row["owed"] or 0 for row in frozen["funding"]["matching_wan"] if row["year"] == 2024)
    assert found == {
        "overview": f"{counts.met} / {counts.due}",
        "trust": f"{counts.attainable} / {counts.total}",
        "indicators": f"{counts.below_standard} / {counts.judged_standard}",
        "funding": f"{owed:,g}",
        "commitments": found["commitments"],
    }
    late = [row for row in frozen["commitments"] if row["status"] in ("behind", "broken")]
    assert found["commitments"] == f"{len(late)} / {len(frozen['commitments'])}"


def test_what_turned_is_judged_in_both_years(frozen):
    changed = deepcopy(frozen)
    for cell in changed["cells"]:
        cell["before"] = None
    first, second, third = changed["cells"][:3]
    first |= {"status": "met", "before": {"status": "behind", "value": 1.0}}
    second |= {"status": "behind", "before": {"status": "met", "value": 1.0}}
    third |= {"status": "met", "before": {"status": "unreported", "value": None}}
    found = brief(changed).turned
    assert [(cell.area, cell.indicator, cell.mood) for cell in found] == [
        (second["area"], second["indicator"], "behind"),
        (first["area"], first["indicator"], "met"),
    ]
    decimals = {row["code"]: row["decimals"] for row in frozen["indicators"]}
    assert f"：{plain(1.0, decimals[second['indicator']])} → " in found[0].words


def test_matters_are_of_different_kinds_first(frozen):
    found = brief(frozen).matters
    assert [matter.page for matter in found] == ["cell", "funding", "project"]
    assert frozen["attention"][0]["words"] in found[0].words
    changed = deepcopy(frozen)
    changed["projects"]["listed"] = []
    for row in changed["funding"]["matching_wan"]:
        row["owed"] = 0
    assert [matter.page for matter in brief(changed).matters] == ["cell"] * 3
    changed["attention"] = []
    assert brief(changed).matters == []


def test_a_year_without_anything_due_says_so(demo):
    found = brief(freeze(2022, User.objects.get(username="municipal")))
    assert (str(found.heading), found.turned) == ("2022年没有可以比较的年度目标。", [])


def test_the_page_says_the_same_in_both_languages(clients, frozen):
    client = clients["leader"]
    found = brief(frozen)
    page = client.get(reverse("brief"), {"year": 2024}).content.decode()
    for words in (number.figure for number in found.numbers):
        assert f">{words}</b>" in page
    assert str(found.matters[0].href) in page
    client.cookies["django_language"] = "en"
    english = client.get(reverse("brief"), {"year": 2024}).content.decode()
    assert "targets due" in english


def test_sheet_and_slides_are_typeset(frozen):
    found = brief(frozen)
    about = {"at": User.objects.first().date_joined, "number": "2024-01"}
    sheet = pdf.write_pdf("简报", blocks(found), **about, compact=True)
    slides = pdf.write_slides(found, **about)
    assert [len(re.findall(rb"/Type\s*/Page\b", made)) for made in (sheet, slides)] == [1, 3]
