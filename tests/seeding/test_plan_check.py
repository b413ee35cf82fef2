"""check_plan: every fault of a file in one run, each with its section, row, key and what to write instead."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from plan.models import Plan
from projects.models import ProjectAmount
from seeding.plan_files.check import check_plan, plan_schema
from seeding.plan_files.yaml_text import PlanFileError, parse
from tests.plans import COUNTY, small_plan, write_plan

DROP = object()
# (section, row, key), what is written there, and words that the fault must hold
FAULTS = [
    (("plan", None, "base_year"), 2020, "是不是“baseline_year”"),
    (("plan", None, "final_year"), 2019, "目标年应晚于基期年 2020"),
    (("plan", None, "city"), COUNTY, "kind 为 city"),
    (("plan", None, "finance"), "QH-GOLD", "不在 departments 里"),
    (("plan", None, "county_office"), "统筹局", "计划局、道路局"),
    (("plan", None, "reporting_day"), "02-30", "02-30"),
    (("plan", None, "whole"), DROP, "全部地区合起来怎么称呼"),
    (("departments", 0, "code"), "QHFGW", "已是主管单位的代码"),
    (("areas", 1, "parent"), "640999", "“640999”不在 areas 里"),
    (("areas", 1, "kind"), "township", "county_level_city"),
    (("areas", 0, "population_2020"), -5, "整数"),
    (("milestones", 0, "year"), "2022年", "四位年份"),
    (("milestones", 0, "words"), DROP, "请写原文"),
    (("chapters", 1, "number"), 1, "与第1行相同"),
    (("fields", 0, "name"), "交" * 41, "至多40个"),
    (("fields", 1, "code"), "Schools", "小写字母开头"),
    (("owners", None, "道路局"), "PLAN", "已用于“计划局”"),
    (("indicators", 0, "direction"), "up", "higher 越高越好"),
    (("indicators", 0, "unit"), DROP, "单位"),
    (("indicators", 0, "colour"), "red", "可以写的有：code"),
    (("indicators", 1, "bounds"), [9, 2], "下限应小于上限"),
    (("indicators", 1, "decimals"), 9, "0 到 6"),
    (("indicators", 2, "field"), "bridges", "“bridges”不在 fields 里"),
    (("indicators", 2, "owner"), "水务局", "“水务局”不在 owners 里"),
    (("indicators", 3, "chapter"), 12, "“12”不在 chapters 里"),
    (("indicators", 3, "tolerance"), -1, "不小于 0"),
    (("indicators", 4, "kind"), "sum", "cumulative"),
    (("targets", 0, "words"), 12, "原文"),
    (("targets", 0, "value"), "95%", "数字"),
    (("targets", 1, "area"), 640121, "加引号"),
    (("targets", 1, "indicator"), "T9", "“T9”不在 indicators 里"),
    (("standards", 0, "cite"), "sure", "plan 方案原文"),
    (("observations", 0, "value"), -3, "超出指标的上下限 0 至 不限"),
    (("context", 0, "value"), 1.23456789, "小数超过6位"),
    (("commitments", 0, "comparison"), "≤", "<= 不超过"),
    (("commitments", 1, "to"), 2019, "不早于起始年 2021"),
    (("commitments", 2, "derived_from"), "indicator X1", "“X1”不在 indicators 里"),
    (("funding_sources", 0, "commitment"), "K99", "“K99”不在 commitments 里"),
    (("matching_rule", None, "match_source"), "GIFT", "AID、OWN"),
    (("projects", 0, "started"), "2021-13", "年-月"),
]


def faulty_plan() -> dict:
    data = small_plan()
    for (section, row, key), value, _words in FAULTS:
        found = data[section] if row is None else data[section][row]
        if value is DROP:
            del found[key]
        else:
            found[key] = value
    return data


def test_forty_deliberate_faults_give_forty_named_faults(tmp_path):
    found = check_plan(write_plan(tmp_path, faulty_plan()))
    rows = [next((part for part in fault.place if isinstance(part, int)), None) for fault in found]
    places = {(fault.section, row, fault.key): fault for fault, row in zip(found, rows, strict=True)}
    assert len(FAULTS) == 40
    assert set(places) == {place for place, _value, _words in FAULTS}
    assert [(place, places[place].words) for place, _value, words in FAULTS if words not in places[place].words] == []


def test_the_command_prints_each_on_its_line_and_ends_with_one(tmp_path):
    file = write_plan(tmp_path, faulty_plan())
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("check_plan", file, stdout=out)
    assert error.value.returncode == 1
    lines = out.getvalue().splitlines()
    assert len(lines) == 40
    assert lines[0].startswith("plan · ")
    wanted = next(line for line in lines if "· direction（" in line)
    assert wanted.startswith("indicators · 第1行 T1 · direction（文件第")
    number = int(wanted.partition("文件第")[2].partition("行")[0])
    assert file.read_text(encoding="utf-8").splitlines()[number - 1].strip() == "direction: up"


@pytest.mark.django_db
def test_a_file_with_a_fault_loads_nothing_and_names_every_fault(tmp_path):
    with pytest.raises(CommandError) as error:
        call_command("load_plan", write_plan(tmp_path, faulty_plan()))
    assert len(str(error.value).splitlines()) == 40
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "plan"),
        (b"- 1\n- 2\n", "名称: 值"),
        (b"plan: {code: A\nareas: []", "第"),
        ("plan:\n  title: 方案".encode("gb18030"), "UTF-8"),
        (b"a: &x [1]\nb: *x\n", "引用别处"),
        (b"a: " + b"[" * 5000, "YAML"),
        (b"a: !!python/object:os.system {}\n", "YAML"),
        (b"plan: {}\nplan: {}\n", "写了两次"),
    ],
)
def test_what_is_no_plan_file_is_refused_in_words(tmp_path, content, words):
    file = tmp_path / "plan.yaml"
    file.write_bytes(content)
    assert words in "\n".join(map(str, check_plan(file)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"- a\n" * 101, "整个文件：文件里的条目超过 100 个，不像方案文件。"),
        (b"a: 1" + b":59" * 20_000, "整个文件（文件第1行）：这里的一段文字超过 32,767 字，请缩短。"),
    ],
    ids=["many", "long"],
)
def test_a_file_that_takes_long_to_read_is_not_read_to_its_end(monkeypatch, content, words):
    """5 MB of short rows, or one figure to the base of 60, held a thread for more than a minute."""
    monkeypatch.setattr("seeding.plan_files.yaml_text.MOST_NODES", 100)
    with pytest.raises(PlanFileError) as refusal:
        parse(content)
    assert [str(fault) for fault in refusal.value.faults] == [words]


def test_a_file_that_is_not_there_is_named(tmp_path):
    (fault,) = check_plan(tmp_path / "none.yaml")
    assert "none.yaml" in fault.words


@pytest.mark.parametrize("broken", [None, 5, "x", [], {}, [None], [[]], [{}], {"a": [None]}, True, 1.5])
def test_no_shape_of_any_section_breaks_the_check(tmp_path, broken):
    """Whatever stands in a section, the check tells faults and never stops half-way."""
    for section in plan_schema()["properties"]:
        if broken in ([], {}) and section not in plan_schema()["required"]:
            continue
        data = {**small_plan(), section: broken}
        assert check_plan(write_plan(tmp_path, data)), section


@pytest.mark.parametrize("broken", [None, {"a": 1}, [1], [[]], 1.23456789])
def test_no_shape_of_any_key_breaks_the_check(tmp_path, broken):
    for section, rows in small_plan().items():
        for key in rows[0] if isinstance(rows, list) else rows:
            if (section, key, broken) == ("known_shortfalls", "year", None):  # no year is named
                continue
            plan = small_plan()
            (plan[section][0] if isinstance(rows, list) else plan[section])[key] = broken
            assert check_plan(write_plan(tmp_path, plan)), (section, key)


def test_a_fact_outside_the_plan_s_years_is_named(tmp_path):
    data = small_plan()
    data["targets"][0]["year"] = 2031
    (fault,) = check_plan(write_plan(tmp_path, data))
    assert (fault.section, fault.key) == ("targets", "year")
    assert "2020 至 2024" in fault.words


def test_plans_without_a_fault(tmp_path):
    assert check_plan(write_plan(tmp_path, small_plan())) == []
    assert check_plan(settings.DEMO_PLAN_FILE) == []


def test_the_schema_is_one_and_says_of_every_key_what_to_write():
    Draft202012Validator.check_schema(plan_schema())
    undescribed = []

    def walk(schema, place):
        for key, below in schema.get("properties", {}).items():
            if not below.get("description"):
                undescribed.append((*place, key))
            walk(below, (*place, key))
        if isinstance(schema.get("items"), dict):
            walk(schema["items"], place)

    walk(plan_schema(), ())
    assert undescribed == []


def test_the_stages_of_the_schema_are_those_of_the_register():
    stage = plan_schema()["properties"]["projects"]["items"]["properties"]["amounts"]["items"]["properties"]["stage"]
    assert stage["enum"] == [str(label) for label in ProjectAmount.Stage.labels]


def test_dates_stay_as_they_are_typed():
    assert parse(b"a: 2023-03-18\nb: 2022-05\n").data == {"a": "2023-03-18", "b": "2022-05"}


def test_an_error_holds_all_faults_in_its_words(tmp_path):
    with pytest.raises(PlanFileError) as error:
        parse(b"\xff")
    assert str(error.value) == str(error.value.faults[0])


def test_the_schema_is_readable_json():
    text = settings.PLAN_SCHEMA_FILE.read_text(encoding="utf-8")
    assert text == json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n"
