"""Maps, charts and comparisons of a plan with bands, stages, rows of some areas and years: every row and measure."""

from xml.etree import ElementTree

import pytest

from accounts.models import User
from charts.explore import FORMS
from charts.maps import MEASURES, AreaMap
from figures.asked import Asked
from figures.picture import Picture
from indicators.models import IndicatorDefinition
from tests.test_every_kind_pages import kinds_of_fourteen  # noqa: F401  (a fixture)

YEAR = 2023


@pytest.fixture
def leader(kinds_of_fourteen):  # noqa: F811
    return User.objects.create_user("leader", role=User.Role.LEADER)


@pytest.fixture
def reader(leader, client):
    client.force_login(leader)
    return client


@pytest.fixture
def picture(leader):
    return Picture(Asked(year=YEAR), leader)


def rows(*, of_each: int = 2) -> list[IndicatorDefinition]:
    """Some of each kind: bands, stages, of some areas, others."""
    kinds: dict[tuple, list[IndicatorDefinition]] = {}
    for row in IndicatorDefinition.objects.as_of().order_by("indicator__position"):
        kind = (row.is_band, bool(row.stages), bool(row.only_areas), row.first_year or row.last_year, row.kind)
        kinds.setdefault(kind, []).append(row)
    assert all(any(kind[place] for kind in kinds) for place in range(3))
    return [row for found in kinds.values() for row in found[:of_each]]


def test_every_row_is_shown_by_every_measure(reader):
    for row in rows():
        for measure in MEASURES:
            page = reader.get(f"/map/?indicator={row.indicator_id}&show={measure}&year={YEAR}")
            assert page.status_code == 200, (row.indicator_id, measure)


def test_every_row_is_drawn(reader, picture):
    area = picture.counties[0].code
    for row in rows(of_each=1):
        for kind in ("svg", "csv"):
            answer = reader.get(f"/charts/path/{area}/{row.indicator_id}.{kind}?year={YEAR}")
            assert answer.status_code == 200, row.indicator_id
            if kind == "svg":
                ElementTree.fromstring(answer.content)
    assert reader.get(f"/charts/gaps/{area}.svg?year={YEAR}").status_code == 200
    assert reader.get(f"/charts/status.svg?year={YEAR}").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_every_form_takes_rows_of_every_kind(reader, form):
    codes = [row.indicator_id for row in rows(of_each=1)][:6]
    assert reader.get(f"/explore/?form={form}&indicator={','.join(codes)}&year={YEAR}").status_code == 200
    assert reader.get(f"/explore.csv?form={form}&indicator={','.join(codes)}&year={YEAR}").status_code == 200


def shown(picture: Picture, code: str, measure: str) -> AreaMap:
    return AreaMap.asked(picture, {"indicator": code, "show": measure})


def test_stages_are_told_by_their_names(picture):
    row = next(row for row in rows() if row.stages)
    on_map = shown(picture, row.indicator_id, "value")
    names = row.stage_names
    words = {mark.words for mark in on_map.now.marks if not mark.is_missing}
    assert words
    assert words <= set(names)
    assert [words for _paint, words in on_map.legend][: len(names)] == list(names)
    assert on_map.unit == ""


def test_a_band_is_told_by_both_ends(picture):
    row = next(row for row in rows() if row.is_band)
    words = [mark.words for mark in shown(picture, row.indicator_id, "benchmark").now.marks if not mark.is_missing]
    assert words
    assert all("–" in each for each in words)


def test_where_a_row_is_not_it_is_hatched_and_said_to_be_none(picture):
    row = next(row for row in rows() if row.only_areas)
    marks = shown(picture, row.indicator_id, "gap").now.marks
    without = [mark for mark in marks if mark.area.code not in row.only_areas]
    assert without
    assert {(mark.is_missing, mark.words) for mark in without} == {(True, "不适用")}
