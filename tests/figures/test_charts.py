"""Figures: valid for Plotly, free of NaN, and drawn from the numbers given."""

import json
import math

import plotly.graph_objects as go
import pytest

from figures import charts

NAMES = {"value": "实际值", "target": "年度目标", "standard": "省定标准", "projection": "预测"}


def row(**more):
    base = {"name": "污水集中处理率", "unit": "个百分点", "decimals": 1, "field": "环境卫生", "status": "behind",
            "status_name": "滞后", "gap": -0.9, "reference": 94.3, "standard_gap": -1.8, "standard": 95.2}  # fmt: skip
    return base | more


def series(**more):
    base = {"years": [2022, 2023, 2024], "value": [92.8, None, 93.4], "target": [None, 93.5, 94.3],
            "standard": [None, None, None], "projection_from": (2024, 93.4), "projection_to": (2027, 94.3)}  # fmt: skip
    return base | more


@pytest.mark.parametrize("rows", [[], [row()], [row(name=f"很长的指标名称第{i}项" * 3) for i in range(20)]])
def test_county_figure_is_valid_with_none_one_and_many_rows(rows):
    spec = charts.county_gaps(rows, value_name="差距", standard_name="省标差距")
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert len(go.Figure(spec).data[0].y or ()) == len(rows)


def test_county_bars_are_the_gap_in_per_cent_of_the_benchmark_cut_at_the_edge():
    rows = [row(), row(gap=-80.0, reference=100.0), row(gap=0.5, reference=2.0), row(gap=None), row(reference=0.0)]
    spec = charts.county_gaps(rows, value_name="差距", standard_name="省标差距")
    assert spec["data"][0]["x"] == [-0.954, -25.0, 25.0, None, None]
    assert spec["data"][1]["x"] == [-1.891] * 5


def test_county_labels_tell_the_gap_in_its_own_unit_with_its_sign_and_mark():
    rows = [row(), row(gap=0.5, status="met"), row(gap=math.nan, status="unreported", status_name="未报")]
    spec = charts.county_gaps(rows, value_name="差距", standard_name="省标差距")
    assert spec["data"][2]["text"] == ["▼ −0.9 个百分点", "✓ +0.5 个百分点", "未报"]


def test_fields_are_parted_by_lines():
    rows = [row(field="a"), row(field="a"), row(field="b"), row(field="c")]
    lines = charts.county_gaps(rows, value_name="差距", standard_name="省标")["layout"]["shapes"]
    assert [line["y0"] for line in lines] == [1.5, 2.5]


def test_indicator_figure_breaks_where_nothing_is_reported():
    spec = charts.indicator_path(series(), names=NAMES, y_range=[90, 100], decimals=1)
    standard, target, value, projection = spec["data"]
    assert value["y"] == [92.8, None, 93.4]
    assert value["connectgaps"] is False
    assert target["x"] == [2021.5, 2022.5, 2022.5, 2023.5, 2023.5, 2024.5]
    assert target["y"] == [None, None, 93.5, 93.5, 94.3, 94.3]
    assert standard["y"] == [None] * 6
    assert (projection["x"], projection["y"]) == ([2024, 2027], [93.4, 94.3])
    assert len(go.Figure(spec).data) == 4


def test_indicator_figure_without_any_value_has_no_projection():
    nothing = series(value=[None] * 3, projection_from=None, projection_to=None)
    spec = charts.indicator_path(nothing, names=NAMES, y_range=None, decimals=1)
    assert [trace["name"] for trace in spec["data"]] == ["省定标准", "年度目标", "实际值"]
    assert len(go.Figure(spec).data) == 3


def test_common_range_covers_every_number():
    assert charts.common_range([[10, None], [20, math.nan]]) == [8.8, 21.2]
    assert charts.common_range([[None], []]) is None
    assert charts.common_range([[5, 5]]) == [4.5, 5.5]
