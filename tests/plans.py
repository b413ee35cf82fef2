"""Plans of other cities, as rows of a plan file: what the product must bear without a change of code."""

import copy
import json
from pathlib import Path

import yaml

COUNTY = "640121"

SMALL = {
    "plan": {
        "code": "QH-2021",
        "title": "青禾市山区共富五年方案",
        "city": "640100",
        "owner": {"code": "QHFGW", "name": "青禾市发展委", "name_en": "Qinghe Development Commission"},
        "finance": "QH-MONEY",
        "county_office": "计划局",
        "baseline_year": 2020,
        "final_year": 2024,
        "whole": "全市山区",
        "whole_en": "the upland areas",
        "reporting_day": "04-15",
    },
    "departments": [{"code": "QH-MONEY", "name": "青禾市财政厅", "name_en": "Qinghe Treasury"}],
    "areas": [
        {"code": "640100", "name": "青禾市", "name_en": "Qinghe", "kind": "city"},
        {"code": COUNTY, "name": "云岭县", "name_en": "Yunling", "kind": "county", "parent": "640100"},
    ],
    "milestones": [{"year": 2022, "words": "过半任务完成"}],
    "chapters": [{"number": 1, "title": "道路"}, {"number": 2, "title": "学校"}],
    "fields": [
        {"code": "roads", "name": "交通", "name_en": "Roads"},
        {"code": "schools", "name": "教育", "name_en": "Schools"},
    ],
    "owners": {"计划局": "PLAN", "道路局": "roads"},
    "indicators": [
        {
            "code": code,
            "name": name,
            "name_en": name_en,
            "unit": unit,
            "direction": direction,
            "field": "roads",
            "chapter": 1,
            "origin": "municipal",
            "kind": kind,
            "tolerance": 1,
            "bounds": [0, None],
            "owner": owner,
        }
        for code, name, name_en, unit, direction, kind, owner in (
            ("T1", "通村硬化路比重", "Villages on a paved road", "%", "higher", "level", "道路局"),
            ("T2", "危桥数", "Unsafe bridges", "座", "lower", "level", "道路局"),
            ("N02", "新建校舍面积", "School floor space built", "平方米", "higher", "cumulative", "计划局"),
            ("N03", "师生比", "Pupils per teacher", "人", "lower", "level", "计划局"),
            ("N04", "开工厂房数", "Works begun", "个", "higher", "cumulative", "计划局"),
        )
    ],
    "targets": [
        {"indicator": "T1", "year": 2024, "value": 95, "cite": "plan"},
        {"indicator": "T2", "area": COUNTY, "year": 2024, "value": 5.5, "cite": "plan"},
    ],
    "standards": [{"indicator": "T1", "year": 2024, "value": 100, "cite": "plan"}],
    "observations": [
        {"indicator": "T1", "area": COUNTY, "year": 2020, "value": 80, "cite": "public", "source": "年报"}
    ],
    "known_shortfalls": [{"indicator": "T1", "year": 2024, "cite": "plan", "words": "略低于省里要求"}],
    "context": [{"area": COUNTY, "name": "户籍人口", "unit": "万人", "year": 2020, "value": 12.5, "source": "年报"}],
    "commitments": [
        {
            "code": "N1",
            "name": "危桥不超过",
            "unit": "座",
            "comparison": "<=",
            "value": 5.5,
            "scope": "each_county",
            "derived_from": "indicator T2",
            "words": "危桥控制在5.5座以内",
        },
        {
            "code": "K07",
            "name": "开工厂房",
            "unit": "个",
            "comparison": ">=",
            "value": 7,
            "from": 2021,
            "to": 2024,
            "scope": "all_counties_total",
            "derived_from": "projects",
            "least_total_yi": 3,
            "words": "开工3亿元以上厂房7个以上",
        },
        {
            "code": "K08",
            "name": "扶助金",
            "unit": "亿元",
            "comparison": ">=",
            "value": 2,
            "from": 2021,
            "to": 2022,
            "scope": "all_counties_total",
            "derived_from": "funding",
            "words": "两年扶助2亿元",
        },
        {"code": "K09", "name": "保持教师稳定", "scope": "each_county", "words": "保持教师队伍稳定"},
    ],
    "funding_sources": [
        {"code": "AID", "name": "扶助金", "payer": "市财政", "keeper": "city", "commitment": "K08"},
        {"code": "OWN", "name": "自筹", "payer": "县财政", "keeper": "county"},
    ],
    "matching_rule": {
        "from": 2021,
        "to": 2024,
        "base_sources": ["AID"],
        "match_source": "OWN",
        "floor_ratio": 0.5,
        "tolerance": 0.05,
    },
    "governance": [{"body": "工作专班", "duty": "协调"}],
    "projects": [
        {
            "code": "PRJ-0900",
            "name": "云岭陶瓷厂",
            "source": "年报",
            "areas": [COUNTY],
            "field": "roads",
            "industrial": True,
            "amounts": [{"stage": "签约", "value": 4, "date": "2021-05"}],
        }
    ],
}


def small_plan() -> dict:
    """One county with five rows, 2020 to 2024; codes, units, years and money unlike those of the fixture."""
    return copy.deepcopy(SMALL)


def write_plan(folder: Path, data: dict) -> Path:
    file = folder / "plan.yaml"
    once = json.loads(json.dumps(data))  # rows that share a part would be written as references to one another
    file.write_text(yaml.safe_dump(once, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


WIDE_AREAS = 14


def wide_plan() -> dict:
    """Fourteen areas, forty rows, ten years and seven kinds of units: wider than a page shows side by side."""
    data = small_plan()
    data["plan"] |= {"code": "BS-2019", "title": "白山州乡镇提升十年规划", "city": "659000", "whole": "十四个地方"}
    data["plan"] |= {"whole_en": "the fourteen places", "baseline_year": 2019, "final_year": 2029}
    data["plan"]["owner"] = {"code": "9BSZ", "name": "白山州规划办", "name_en": "Baishan Planning Office"}
    city = {"code": "659000", "name": "白山州", "name_en": "Baishan", "kind": "city"}
    codes = [f"6590{number}" for number in range(21, 21 + WIDE_AREAS)]
    data["areas"] = [
        city,
        *(
            {"code": code, "name": f"白山{stem}县", "name_en": f"Place {code[-2:]}", "kind": "county"}
            | {"parent": "659000"}
            | ({"kind": "district", "name": f"白山{stem}区"} if stem in "甲乙" else {})
            for code, stem in zip(codes, "甲乙丙丁戊己庚辛壬癸子丑寅卯", strict=True)
        ),
    ]
    pattern = data["indicators"][0]
    data["indicators"] = [
        pattern
        | {"code": f"X{n:02}", "name": f"乡镇指标{n}", "name_en": f"Township figure {n}", "unit": unit}
        | {"direction": ("higher", "lower")[n % 2], "kind": ("level", "cumulative")[n % 3 == 0]}
        | {"field": ("roads", "schools")[n % 2], "owner": ("计划局", "道路局")[n % 2]}
        for n, unit in zip(range(1, 41), ["%", "公里", "户", "万人次", "吨", "台", "处"] * 6, strict=False)
    ]
    data["targets"] = [
        {"indicator": f"X{n:02}", "year": year, "value": 10 + n + year - 2019, "cite": "plan"}
        for n in range(1, 41)
        for year in (2024, 2029)
    ]
    data["standards"] = [{"indicator": "X01", "year": 2029, "value": 40, "cite": "plan"}]
    data["observations"] = [
        {"indicator": "X01", "area": code, "year": 2019, "value": n, "cite": "public", "source": "年鉴"}
        for n, code in enumerate(codes, start=1)
    ]
    data["known_shortfalls"], data["context"], data["projects"] = [], [], []
    data["commitments"] = [row | {"from": 2020, "to": 2023} for row in data["commitments"] if row["code"] != "N1"]
    data["commitments"] = [row for row in data["commitments"] if row["code"] != "K09"]
    data["matching_rule"] |= {"from": 2020, "to": 2029}
    data["milestones"] = [{"year": 2024, "words": "半程"}]
    return data
