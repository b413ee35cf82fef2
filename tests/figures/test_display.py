"""Numbers, trend drawings, tables as files, boundaries."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from areas.boundaries import shapes
from lib.numbers import plain, rounded, signed
from lib.sparklines import sparkline
from lib.tabular.cell_text import csv_field
from lib.tabular.exports import table_response

BOUNDARIES = Path(__file__).resolve().parents[2] / "fixtures" / "hangzhou_counties.geojson"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (94.8, 1, "94.8"),
        (94.96, 1, "94.96"),  # nothing typed is rounded away
        (95, 1, "95.0"),
        (1125.0, 0, "1,125"),
        (-0.2, 1, "−0.2"),
        (94.8 - 95.0, 1, "−0.2"),
        (0.0, 1, "0.0"),
        (None, 1, "–"),
        (float("nan"), 1, "–"),
    ],
)
def test_plain(value, decimals, text):
    assert plain(value, decimals) == text


def test_signed_and_rounded():
    assert [signed(v, 1) for v in (0.8, -0.8, 0.0, None)] == ["+0.8", "−0.8", "0.0", "–"]
    assert [rounded(v, 1) for v in (93.449, -0.04, -0.4, None)] == ["93.4", "0.0", "−0.4", "–"]


def test_sparkline_breaks_where_a_value_is_absent():
    drawn = sparkline([0, None, 10, 5], [None, None, None, None], 1)
    assert (drawn.values.count("M"), drawn.values.count("L")) == (2, 1)
    assert (drawn.targets, drawn.point) == ("", None)


def test_sparkline_places_low_at_the_bottom_and_high_at_the_top():
    drawn = sparkline([0, 10], [0, 10], 1)
    assert drawn.values == "M3 17L47 3"
    assert drawn.point == (47, 3)


def test_sparkline_of_one_level_lies_in_the_middle():
    assert sparkline([5, 5], [5, 5], 0).values == "M3 10L47 10"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_text_becomes_a_formula(text):
    assert csv_field(text) == f"'{text}"


def test_files_keep_chinese_absent_values_and_numbers():
    rows = [["淳安县", 94.8, None], ["=cmd", float("nan"), -1]]
    response = table_response("csv", "t", ["县", "值", "差"], rows)
    assert response.content.startswith(b"\xef\xbb\xbf")
    text = response.content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["县", "值", "差"], ["淳安县", "94.8", ""], ["'=cmd", "", "-1"]]
    book = openpyxl.load_workbook(io.BytesIO(table_response("xlsx", "t", ["县", "值", "差"], rows, ["说明"]).content))
    cells = [list(row) for row in book["t"].iter_rows(values_only=True)]
    assert cells == [["县", "值", "差"], ["淳安县", 94.8, None], ["=cmd", None, -1]]
    assert book["说明"]["A1"].value == "说明"


def test_boundaries_show_the_three_counties_inside_the_box():
    drawn, height = shapes(BOUNDARIES, width=420)
    assert [shape.code for shape in drawn] == ["330100-other", "330127", "330122", "330182"]
    assert all(0 <= shape.x <= 420 and 0 <= shape.y <= height for shape in drawn)
    placed = {shape.code: (shape.x, shape.y) for shape in drawn}
    assert placed["330127"][0] < placed["330182"][0]  # Chun'an lies west of Jiande
    assert placed["330182"][1] > placed["330122"][1]  # Jiande lies south of Tonglu
