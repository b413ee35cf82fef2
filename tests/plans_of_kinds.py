"""Two plans that hold every kind of target that real plans hold: one of a single county with five rows, one of fourteen
areas with forty rows over ten years. What they say is invented."""

from tests.plans import COUNTY, small_plan, wide_plan

STAGES = ["未启动", "创建中", "已命名"]
BAND = {"unit": "%", "direction": "within", "tolerance": 2, "kind": "level", "bounds": [0, 100], "decimals": 1}
STAGED = {"unit": "阶段", "direction": "higher", "tolerance": 0, "kind": "level", "stages": STAGES}
ENGLISH = ["Not begun", "Under way", "Awarded"]
GROWTH = {"unit": "%", "direction": "higher", "tolerance": 0.5, "kind": "level", "bounds": [-50, 100], "decimals": 1}
PER_AREA = {"unit": "万人/平方公里", "direction": "within", "tolerance": 0.1, "kind": "level", "bounds": [0, 10]}
FALL = {"unit": "吨", "direction": "lower", "tolerance": 0, "kind": "level", "bounds": [0, None]}


def one_county_of_kinds() -> dict:
    """A band, stages with the day, a row above another, "about", a fall against the base."""
    data = small_plan()
    common = {"field": "roads", "chapter": 1, "origin": "municipal", "owner": "道路局"}
    data["indicators"] = [
        {"code": "T1", "name": "公交分担率", "name_en": "Share of buses", **BAND, **common, "force": "expected"},
        {"code": "T2", "name": "创建文明县", "name_en": "Civic award", **STAGED, **common, "force": "binding"},
        {"code": "N02", "name": "经济增速", "name_en": "Growth of output", **GROWTH, **common},
        {"code": "N03", "name": "收入增速", "name_en": "Growth of income", **GROWTH, **common, "force": "expected"},
        {"code": "N04", "name": "人口密度", "name_en": "Density", **PER_AREA, **common, "owner": "计划局"},
    ]
    data["targets"] = [
        {"indicator": "T1", "target_kind": "yearly", "value": 45, "value_high": 50, "cite": "plan", "words": "45–50%"},
        {"indicator": "T2", "year": 2022, "value": "创建中", "cite": "plan"},
        {"indicator": "T2", "year": 2024, "value": "已命名", "cite": "plan", "words": "2024年获得命名"},
        {"indicator": "N02", "target_kind": "yearly", "value": 6.5, "comparison": ">=", "cite": "plan"},
        {"indicator": "N03", "target_kind": "than", "than": "N02", "cite": "plan", "words": "高于经济增速"},
        {"indicator": "N04", "year": 2024, "value": 1, "cite": "plan", "words": "1万人/平方公里左右"},
    ]
    data["standards"] = [{"indicator": "T1", "year": 2024, "value": 40, "value_high": 60, "cite": "plan"}]
    data["observations"] = [
        *(_value("T1", year, value) for year, value in ((2020, 42), (2021, 44), (2022, 47.5), (2023, 53))),
        _value("T2", 2020, "未启动"),
        _value("T2", 2021, "未启动"),
        {**_value("T2", 2022, "创建中"), "reached_on": "2022-03-18"},
        *(_value("N02", year, value) for year, value in ((2020, 7), (2021, 6.5), (2022, 6.4), (2023, 5))),
        *(_value("N03", year, value) for year, value in ((2020, 7), (2021, 6.5), (2022, 6.41), (2023, 4.9))),
        *(_value("N04", year, value) for year, value in ((2020, 0.8), (2021, 0.85), (2022, 0.95))),
    ]
    data["known_shortfalls"] = []
    data["commitments"] = [row for row in data["commitments"] if row["code"] != "N1"]
    return data


def _value(code: str, year: int, value: float | str, area: str = COUNTY) -> dict:
    return {"indicator": code, "area": area, "year": year, "value": value, "cite": "public", "source": "年报"}


def fourteen_of_kinds() -> dict:
    """The wide plan, its forty rows of seven kinds by turns, with values that differ from place to place."""
    data = wide_plan()
    areas = [row["code"] for row in data["areas"] if row["kind"] != "city"]
    data["targets"], data["standards"], data["observations"] = [], [], []
    for number, row in enumerate(data["indicators"]):
        shape = (BAND, STAGED, GROWTH, GROWTH, PER_AREA, FALL, FALL)[number % 7]
        kept = {key: row[key] for key in ("code", "name", "name_en", "field", "chapter", "origin", "owner")}
        row.clear()
        row.update(kept | shape | {"force": ("binding", "expected")[number % 2]})
        data["targets"] += _targets(number, row["code"], data["indicators"][number - 1]["code"])
        if number % 7 == 0:
            data["standards"].append(
                {"indicator": row["code"], "year": 2029, "value": 40, "value_high": 52, "cite": "plan"}
            )
        for place, area in enumerate(areas):
            data["observations"] += _observations(number, place, row["code"], area)
    _only_here_and_there(data, areas)
    data["known_shortfalls"] = []
    return data


def _only_here_and_there(data: dict, areas: list[str]) -> None:
    """A row of three areas alone, one that begins late, one that ends early, one redefined; an area that comes late."""
    rows = {row["code"]: row for row in data["indicators"]}
    rows["X08"]["only_areas"] = areas[2:5]
    rows["X12"]["first_year"] = 2021
    rows["X13"]["last_year"] = 2026
    rows["X20"]["break"] = {"year": 2021, "words": "由户籍人口改为常住人口"}
    data["areas"][-1]["first_year"] = 2021
    data["observations"] = [row for row in data["observations"] if _is_there(row, rows[row["indicator"]])]


def _is_there(value: dict, row: dict) -> bool:
    is_here = value["area"] in row.get("only_areas", [value["area"]])
    return is_here and row.get("first_year", 0) <= value["year"] <= row.get("last_year", 9999)


def _targets(number: int, code: str, before: str) -> list[dict]:
    cited = {"indicator": code, "cite": "plan"}
    return [
        [cited | {"target_kind": "yearly", "value": 45, "value_high": 50}],
        [cited | {"year": 2024, "value": "创建中"}, cited | {"year": 2029, "value": "已命名"}],
        [cited | {"target_kind": "yearly", "value": 6, "comparison": ">"}],
        [cited | {"target_kind": "than", "than": before, "value": 0.5, "comparison": ">="}],
        [cited | {"year": 2024, "value": 1}, cited | {"year": 2029, "value": 0.9, "value_high": 1.1}],
        [cited | {"target_kind": "relative", "value": -13.5}],
        [cited | {"target_kind": "growth", "value": -2, "from": 2021, "to": 2028}],
    ][number % 7]


def _observations(number: int, place: int, code: str, area: str) -> list[dict]:
    """Ten places in three have reported fewer years than the others."""
    found = []
    for step in range(4 + place % 3):
        turn = (3 * number + 5 * place + 7 * step) % 11
        value: float | str = [
            40.5 + turn,
            STAGES[min(2, (step + place) // 3)],
            round(5 + turn / 5, 1),
            round(5.2 + turn / 5, 1),
            round(0.8 + turn / 30, 2),
            round(120 - step * (place % 4) - turn / 10, 2),
            round(90 - 2 * step + turn / 10, 2),
        ][number % 7]
        found.append(_value(code, 2019 + step, value, area))
    return found
