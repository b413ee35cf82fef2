"""Wherever a word of likelihood stands beside its chance, on any page, in any file, report or answer, the two agree:
what is under one half is called likely nowhere. On the demonstration, and on random values in place of its own."""

import io
import re
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from accounts.models import User
from indicators.labels import GRADE_NAMES
from indicators.models import Assessment
from reports.content import annual_report, county_page
from reports.snapshot import freeze
from tests import pages
from tests.figures.test_likelihood import LIKELY, PROMISES, world  # noqa: F401  (a fixture)

GRADES = {str(name): code for code, name in GRADE_NAMES.items()}
WORD = "|".join(sorted(GRADES, key=len, reverse=True))
BESIDE = re.compile(rf"({WORD})\s*(?:约\s*)?(\d{{1,3}})\s*%")
TITLED = re.compile(rf'class="grade (\w+)" title="[^"]*?(\d{{1,3}})\s*%[^"]*">\s*({WORD})')
CELL = re.compile(rf"可能性：({WORD})</h3>\s*<p class=\"who\">\s*约 (\d{{1,3}})%")


def said_in(text: str) -> Iterator[tuple[str, int]]:
    """(word, per cent) of every place in a page or a text where both stand together."""
    for code, percent, word in TITLED.findall(text):
        assert GRADES[word] == code
        yield word, int(percent)
    for word, percent in (*CELL.findall(text), *BESIDE.findall(re.sub(r"<[^>]+>", " ", text))):
        yield word, int(percent)


def assert_honest(text: str, where: str) -> int:
    """How many words stood beside their chance; none of them likely under one half, none unlikely over it."""
    found = list(said_in(text))
    for word, percent in found:
        assert not (word in LIKELY and percent < 50), (where, word, percent)
        assert not (word.startswith(("不大", "很不")) and percent >= 50), (where, word, percent)
    assert not PROMISES.search(text), where
    return len(found)


def every_page() -> list[tuple[str, str]]:
    """(login, address) of every page of the site that needs no object of its own."""
    listed = [row for rows in pages.PAGES.values() for row in rows]
    return [(login, address) for login, address in listed if login and "{" not in address and "/setup/" not in address]


def test_a_lie_is_found():
    assert list(said_in('<span class="grade likely" title="约 30%，按">可能</span>')) == [("可能", 30)]
    assert list(said_in("<td>很可能 <b>41%</b></td><td>不大可能 20%</td>")) == [("很可能", 41), ("不大可能", 20)]
    with pytest.raises(AssertionError):
        assert_honest("<td>可能 49%</td>", "x")
    with pytest.raises(AssertionError):
        assert_honest("<p>50项可如期实现</p>", "x")


def test_every_page_is_honest(world, clients):  # noqa: F811
    seen = 0
    for login, address in every_page():
        answer = clients[login].get(address)
        assert answer.status_code == 200, address
        seen += assert_honest(answer.content.decode(), address)
    rows = [key for key, row in world.items() if row.probability is not None and key[2] == 2024]
    for area, code, _year in rows[::6]:
        for address in (
            f"/cells/{area}/{code}/2024/",
            f"/whatif/?area={area}&indicator={code}&a_yearly=1&b_target_2027=1",
        ):
            seen += assert_honest(clients["leader"].get(address).content.decode(), address)
    assert seen > len(rows)  # or nothing was looked at


def test_every_report_is_honest(world):  # noqa: F811
    frozen = freeze(2024, User.objects.get(username="municipal"))
    content = {**frozen, "number": "2024-01"}
    blocks = [*annual_report(content)]
    for county in frozen["counties"]:
        blocks += county_page(content, county["code"])
    texts = " ".join(map(str, blocks))
    likely = [row for row in world.values() if row.year == 2024 and row.probability is not None]
    assert likely
    for word, percent in re.findall(rf"'({WORD}) (\d{{1,3}})%'", texts):
        assert not (word in LIKELY and int(percent) < 50)
    assert not PROMISES.search(texts)
    assert re.search(rf"'({WORD}) \d{{1,3}}%'", texts)  # the outlook chapter names them


def tables_of(content: bytes) -> Iterator[list[dict]]:
    """The rows of each sheet that has a header with a chance."""
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        at = next((n for n, row in enumerate(rows) if any("可能性" in str(cell) for cell in row)), None)
        if at is not None:
            yield [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]


def assert_rows_agree(rows: list[dict]) -> int:
    """A row's word against its number; how many are called likely or unlikely."""
    graded = 0
    for row in rows:
        word = next((v for k, v in row.items() if v in GRADES and "可能性" in str(k)), None)
        number = next((v for k, v in row.items() if isinstance(v, float) and "可能性" in str(k)), None)
        if word in LIKELY:
            assert number is not None
            assert number >= 0.5
            graded += 1
    return graded


@pytest.mark.parametrize(
    "path",
    ["/overview.xlsx?year=2024", "/counties/330122.xlsx?year=2024", "/indicators/P07.xlsx", "/compare.xlsx?year=2024"],
)
def test_every_file_is_honest(world, clients, path):  # noqa: F811
    for rows in tables_of(clients["leader"].get(path).content):
        assert_rows_agree(rows)


def test_every_answer_is_honest(world, clients):  # noqa: F811
    """JSON, csv and the words of one assessment; SDMX carries the number alone, and the same."""
    client = clients["stats"]
    rows = client.get("/api/v1/assessments/?page_size=1000").json()["results"]
    assert any(row["grade"] in {"very_likely", "likely", "unlikely", "very_unlikely"} for row in rows)
    for row in rows:
        chance = row["probability"]
        assert row["grade"] not in {"very_likely", "likely"} or chance >= 0.5
        assert row["grade"] not in {"unlikely", "very_unlikely"} or chance < 0.5
    stored = {(row.area_id, row.indicator_id, row.year): row.probability for row in Assessment.objects.all()}
    one = next(row for row in rows if row["probability"] is not None)
    told = client.get(f"/api/v1/assessments/{one['area']}/{one['indicator']}/{one['year']}/").json()
    assert not PROMISES.search(" ".join([*told["explanation"]["zh"], *told["explanation"]["en"]]))
    csv = {"accept": "application/vnd.sdmx.data+csv"}
    lines = client.get("/api/sdmx/2.1/data/COUNTY_SEAT/A..P07.TARGET", headers=csv).content.decode().splitlines()
    head, *told_rows = (line.split(",") for line in lines)
    known = [dict(zip(head, line, strict=True)) for line in told_rows]
    said = {(r["REF_AREA"], "P07", int(r["TIME_PERIOD"])): float(r["PROBABILITY"]) for r in known if r["PROBABILITY"]}
    assert said
    assert {key: stored[key] for key in said} == said
