"""The pages of plans that hold every kind of target: numbers, bands and stages in words, what binds first."""

import json
import re
from decimal import Decimal
from html import unescape

import pytest
import yaml
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from areas.models import Area
from charts.maps import AreaMap
from figures import charts, summary
from figures.asked import Asked
from figures.picture import Picture
from indicators.actions import Grounds
from indicators.definitions.actions import define_indicators
from indicators.exports import export_plan
from indicators.gaps import explain
from indicators.importing.tables import apply, preview_observations, preview_plan
from indicators.models import IndicatorDefinition, Observation, Target
from indicators.recomputes.recompute import sweep_pending
from journal.actions import stamp
from reporting.models import Entry, Submission
from reports import brief
from seeding.plan_files.check import check_plan
from seeding.plan_files.workbook import read_plan_workbook, write_plan_workbook
from tests.plans import COUNTY, write_plan
from tests.plans_of_kinds import ENGLISH, STAGES, fourteen_of_kinds, one_county_of_kinds
from tests.tables.books import by_openpyxl
from tests.test_other_city import body, load, walk
from tests.worlds import world


@world("kinds_of_one", base="empty")
def _load_one():
    load(one_county_of_kinds())


@world("kinds_of_fourteen", base="empty")
def _load_fourteen():
    load(fourteen_of_kinds())


@pytest.fixture
def kinds_of_one(db):
    """One county, five rows of five kinds."""


@pytest.fixture
def kinds_of_fourteen(db):
    """Fourteen areas, forty rows of seven kinds."""


def client_of(name: str, language: str = "zh-hans") -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    client.cookies["django_language"] = language
    return client


def text_of(client: Client, path: str) -> str:
    body = client.get(path).content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize(("name", "language"), [("city", "en"), ("county", "zh-hans")])
def test_every_page_of_one_county_opens(kinds_of_one, name, language):
    assert walk(client_of(name), language, files=language == "en") == {}


def test_every_page_of_fourteen_opens(kinds_of_fourteen):
    assert walk(client_of("city"), "zh-hans", files=True) == {}


def test_a_cell_says_the_band_its_words_and_how_far_the_nearer_end_is(kinds_of_one):
    text = text_of(client_of("city"), f"/cells/{COUNTY}/T1/2023/")
    assert "年度目标45.0–50.0%" in text
    assert "差距 = 50.0 − 53.0 = −3.0" in text
    assert "「45–50%」 由“每年45–50”换算" in text
    assert "滞后 −3.0 个百分点" in text


def test_a_stage_is_never_a_bare_number(kinds_of_one):
    client = client_of("city")
    text = text_of(client, f"/cells/{COUNTY}/T2/2022/")
    assert "实际“创建中”，年度目标“创建中”，省定标准无；阶段依次为未启动 → 创建中 → 已命名。" in text
    assert "由上年的“未启动”进到“创建中”。" in text
    assert "从2020年的“未启动”到2024年的“已命名”共2个阶段，已走1个。" in text
    assert "2022-03-18 达到" in text
    row = client.get(f"/counties/{COUNTY}/?year=2022").content.decode()
    assert re.search(r"<b>创建中</b> / 创建中", row)
    english = client_of("city", "en").get(f"/counties/{COUNTY}/?year=2022").content.decode()
    assert '<b><span lang="zh-Hans">创建中</span></b>' in english
    assert "&lt;span" not in english


def in_english(definition) -> None:
    definition.filter(indicator="T2").update(stages_en="/".join(ENGLISH))
    stamp("indicators.indicatordefinition")  # as whoever defines a row says


@pytest.mark.parametrize(
    "path",
    [
        *(f"/counties/{COUNTY}/?year=2022", f"/cells/{COUNTY}/T2/2022/", "/indicators/T2/", "/?year=2022"),
        *("/map/?indicator=T2&show=value&year=2022", "/explore/?indicator=T2", f"/reporting/{COUNTY}/2022/"),
    ],
)
def test_a_stage_has_its_english_name_on_an_english_page(kinds_of_one, path):
    chinese, english = (client_of("city", language) for language in ("zh-hans", "en"))
    untold = english.get(path).content.decode()
    assert "Under way" not in untold
    in_english(IndicatorDefinition.objects)
    cache.clear()
    told = english.get(path).content.decode()
    assert "创建中" in untold
    assert ("Under way" in told, "创建中" in told.replace('value="创建中"', "")) == (True, False)
    assert "Under way" not in chinese.get(path).content.decode()


def test_the_brief_names_a_stage_in_its_reader_s_language():
    row = {"stages": "/".join(STAGES), "stages_en": "/".join(ENGLISH), "decimals": 0}
    told = {}
    for language in ("zh-hans", "en"):
        with override(language):
            told[language] = (brief._worded(row, 1.0), brief._worded({**row, "stages_en": ""}, 1.0))
    assert told == {"zh-hans": ("创建中", "创建中"), "en": ("Under way", "创建中")}


def test_a_map_s_legend_names_stages_in_its_reader_s_language(kinds_of_one):
    in_english(IndicatorDefinition.objects)
    picture = Picture(Asked(year=2022), User.objects.get(username="city"))
    with override("en"):
        legend = AreaMap(picture, picture.definition("T2"), "value").legend
    assert [words for _paint, words in legend][:3] == ENGLISH


def test_a_stage_is_typed_by_its_own_name_and_read_by_the_english_one(kinds_of_one):
    in_english(IndicatorDefinition.objects)
    unit = Entry.objects.get(indicator="T2").part.organisation
    User.objects.create_user("roads", role=User.Role.BUREAU, organisation=unit)
    page = client_of("roads", "en").get(f"/reporting/{COUNTY}/2022/").content.decode()
    assert '<option value="创建中" label="Under way">' in page


def test_english_names_of_stages_come_and_go_with_the_plan(db, tmp_path):
    data = one_county_of_kinds()
    data["indicators"][1]["stages_en"] = ENGLISH
    load(data)
    (row,) = IndicatorDefinition.objects.filter(indicator="T2")
    assert row.stages_en == "Not begun/Under way/Awarded"
    call_command("export_plan", str(tmp_path / "out.yaml"), verbosity=0)
    exported = yaml.safe_load((tmp_path / "out.yaml").read_text(encoding="utf-8"))
    assert [each.get("stages_en") for each in exported["indicators"]] == [None, ENGLISH, None, None, None]
    book = read_plan_workbook(write_plan_workbook(exported))
    assert [each.get("stages_en") for each in book.data["indicators"]] == [None, ENGLISH, None, None, None]
    rows = client_of("city").get("/api/v1/indicators/?indicator=T2").json()["results"]
    assert rows[0]["stages_en"] == row.stages_en
    assert [line for line in preview_plan(export_plan(), "plan.xlsx").of("changed") if "不变" not in line.words] == []


def test_each_stage_has_one_english_name(tmp_path):
    data = one_county_of_kinds()
    data["indicators"][1]["stages_en"] = ENGLISH[:2]
    (fault,) = check_plan(write_plan(tmp_path, data))
    assert (fault.key, fault.words) == ("stages_en", "阶段的英文名应与阶段一一对应：阶段有3个，这里有2个。")


def test_a_strict_target_reads_as_the_plan_means_it(kinds_of_one):
    text = text_of(client_of("city"), f"/cells/{COUNTY}/N03/2022/")
    assert "年度目标>6.4%" in text
    assert "达标 +0.01 个百分点" in text
    assert "由“高于“经济增速””换算，当年N02为6.4" in text


@pytest.mark.parametrize(
    "path", ["/brief/?year=2022", "/changes/", f"/counties/{COUNTY}/?year=2022", "/compare/?year=2022"]
)
def test_no_page_shows_the_millionth_of_a_strict_target(kinds_of_one, path):
    text = text_of(client_of("city"), path)
    assert "6.400001" not in text
    assert ">6.4" in text or path.startswith("/compare/")


def test_the_axis_of_stages_has_their_names(kinds_of_one):
    for form in ("line", "bar"):
        page = client_of("city").get(f"/explore/?indicator=T2&form={form}").content.decode()
        figure = json.loads(re.search(r'<script id="figure-1" type="application/json">(.*?)</script>', page)[1])
        axis = figure["layout"]["yaxis"]
        assert (form, axis["tickvals"], axis["ticktext"]) == (form, [0, 1, 2], STAGES)
    numbers = client_of("city").get("/explore/?indicator=T1").content.decode()
    assert "ticktext" not in numbers


def test_a_map_of_one_area_speaks_of_one(kinds_of_one):
    page = client_of("city").get("/map/?indicator=T1&show=value&year=2022").content.decode()
    assert "<h1>2022年公交分担率：云岭县47.5%</h1>" in page


def test_a_target_that_waits_for_another_row_says_so(kinds_of_one):
    text = text_of(client_of("city"), f"/cells/{COUNTY}/N03/2024/")
    assert "方案的目标：高于“经济增速”；N02 的2024年官方数值还没有，有了就换算成数。" in text


def test_a_value_of_the_other_row_moves_the_target(kinds_of_one):
    columns = ["指标代码", "区划代码", "年份", "数值"]
    preview = preview_observations(by_openpyxl([columns, ["N02", COUNTY, 2024, 5.5]]), "a.xlsx")
    assert preview.is_applicable
    apply(preview, by=User.objects.get(username="admin"))
    assert Target.objects.as_of().get(indicator="N03", year=2024).value == Decimal("5.500001")


@pytest.mark.parametrize(
    ("cell", "day", "words"),
    [
        ("已命名", "2023-06-01", ""),
        ("已 命 名", "", ""),
        ("2", "", "“2”不是阶段的名称；应为 未启动、创建中、已命名"),
        ("已挂牌", "", "“已挂牌”不是阶段的名称；应为 未启动、创建中、已命名"),
        ("已命名", "2024-06-01", "达到日期 2024-06-01 晚于 2023 年：那一年还没有达到"),
        ("已命名", "去年", "达到日期“去年”不是日期；请写成 2024-05-20"),
    ],
)
def test_a_table_brings_a_stage_by_its_word_with_the_day(kinds_of_one, cell, day, words):
    columns = ["指标代码", "区划代码", "年份", "数值", "达到日期"]
    preview = preview_observations(by_openpyxl([columns, ["T2", COUNTY, 2023, cell, day]]), "a.xlsx")
    (line,) = preview.lines
    if words:
        assert (line.verdict, line.words) == ("refused", words)
        return
    assert (line.verdict, line.new) == ("new", "已命名（2023-06-01 达到）" if day else "已命名")
    (row,) = preview.facts[Observation]
    assert (row.value, str(row.reached_on)) == (2, day or "None")


def test_the_official_workbook_of_the_plan_says_and_reads_bands_and_stages(kinds_of_one):
    preview = preview_plan(export_plan(), "plan.xlsx")
    assert preview.of("refused") == []
    assert [line for line in preview.of("changed") if "不变" not in line.words] == []
    assert {line.new for line in preview.lines if line.indicator == "T1" and line.year == 2024} == {
        "45–50 %",
        "40–60 %",
    }


def test_the_target_of_a_band_is_changed_by_both_ends(kinds_of_one):
    client, path = client_of("city"), f"/cells/{COUNTY}/T1/2024/target/"
    sent = {"value": "46–52", "document": "调整通知", "reason": "联席会议同意", "version": 1}
    refused = client.post(path, {**sent, "value": "52–46"})
    assert (refused.status_code, "下限大于上限" in refused.content.decode()) == (400, True)
    assert client.post(path, sent).status_code == 302
    row = Target.objects.as_of().get(indicator="T1", year=2024)
    assert (float(row.value), float(row.value_high)) == (46.0, 52.0)


def test_a_stage_is_typed_into_the_sheet_by_its_word(kinds_of_one):
    sheet = Submission.objects.get()
    unit = Entry.objects.get(submission=sheet, indicator="T2").part.organisation
    User.objects.create_user("roads", role=User.Role.BUREAU, organisation=unit)
    client, year = client_of("roads"), sheet.round.year
    page = client.get(f"/reporting/{COUNTY}/{year}/").content.decode()
    assert '<option value="已命名">' in page
    path = f"/api/v1/submissions/{COUNTY}/{year}/entries/"

    def send(value):
        return client.put(path, {"entries": [{"indicator": "T2", "value": value}]}, content_type="application/json")

    refused = send("1")
    assert (refused.status_code, "不是阶段的名称" in refused.json()["detail"]) == (400, True)
    refused = send(1)
    assert (refused.status_code, "应为 未启动、创建中、已命名" in refused.json()["detail"]) == (400, True)
    assert send("创建中").status_code == 200
    assert Entry.objects.get(submission=sheet, indicator="T2").value == 1
    assert 'value="创建中"' in client.get(f"/reporting/{COUNTY}/{year}/").content.decode()


def test_what_the_plan_binds_to_comes_first_and_changes_no_sum(kinds_of_fourteen):
    user = User.objects.get(username="city")
    year = 2021
    cells = list(Picture(Asked(year=year), user).cells())
    listed = summary.attention(cells)
    for status in ("behind", "near", "unreported"):
        own = [cell.definition.is_binding for cell in listed if cell.status == status]
        assert own == sorted(own, reverse=True)
        assert any(own) or not own
    before = summary.count(cells)
    rows = [
        {
            **{name: getattr(row, name) for name in ("name", "unit", "direction", "kind", "decimals", "tolerance")},
            **{name: getattr(row, name) for name in ("tolerance_cite", "lower_bound", "upper_bound", "stages")},
            **{name: getattr(row, name) for name in ("field_id", "chapter_id", "origin", "owner", "cite", "name_en")},
            **{"definition": "", "derived_from": "", "force": "", "code": row.indicator_id},
            "position": row.indicator.position,
        }
        for row in IndicatorDefinition.objects.as_of().select_related("indicator")
    ]
    define_indicators(rows, grounds=Grounds(by=user, via="edit"))
    sweep_pending()
    assert summary.count(Picture(Asked(year=year), user).cells()) == before


def test_the_catalogue_and_the_lists_are_asked_for_what_binds(kinds_of_fourteen):
    client = client_of("city")
    body = client.get("/indicators/?force=binding").content.decode()
    assert len(re.findall(r'<td class="word">X\d\d</td>', body)) == 20
    assert client.get("/indicators/?force=none").status_code == 404
    found = client.get("/api/v1/indicators/?force=binding&format=json").json()
    assert {row["force"] for row in found["results"]} == {"binding"}
    assert len(found["results"]) == 20


def test_the_chart_of_stages_has_their_names_and_that_of_a_band_both_ends():
    series = {"years": [2020, 2021], "value": [0, 1], "target": [None, 2], "standard": [None, None]}
    names = {name: name for name in ("value", "target", "standard", "empty", "band")}
    figure = charts.indicator_path(series, names=names, y_range=None, decimals=0, stages=["未", "创", "成"])
    assert figure["layout"]["yaxis"]["ticktext"] == ["未", "创", "成"]
    assert [trace["text"] for trace in figure["data"] if trace["name"] == "value"] == [["未", "创"]]
    band = {**series, "target_high": [None, 3]}
    figure = charts.indicator_path(band, names=names, y_range=None, decimals=0)
    ends = [trace["y"] for trace in figure["data"] if trace["name"] == "target"]
    assert ends == [[None, None, 2, 2], [None, None, 3, 3]]


def test_the_words_of_a_band_and_of_a_stage_in_english(kinds_of_one):
    user = User.objects.get(username="city")
    picture = Picture(Asked(year=2022), user)
    row = picture.records[(COUNTY, "T1", 2022)]
    told = explain(
        {**row, "direction": 0, "tolerance": 2.0, "decimals": 1, "lower_bound": None, "upper_bound": None},
        language="en",
        baseline_year=2020,
        final_year=2024,
    )
    assert "own target 45.0–50.0" in told[0]
    assert Area.objects.counties().count() == 1


def test_what_is_not_there_is_said_so_and_never_counted(kinds_of_fourteen):
    user, client = User.objects.get(username="city"), client_of("city")
    areas = list(Area.objects.counties())
    away = areas[0].code
    assert "不适用" in text_of(client, f"/cells/{away}/X08/2021/")
    assert "没有这个指标，不评估，也不计数。" in text_of(client, f"/cells/{away}/X08/2021/")
    year = 2024
    cells = list(Picture(Asked(year=year), user).cells())
    gone = [cell for cell in cells if cell.status == "not_applicable"]
    assert len(gone) == len(areas) - 3
    counts = summary.count(cells)
    statuses = [cell.status for cell in cells if cell.definition.indicator_id == "X08"]
    due = [status for status in statuses if status in summary.DUE]
    assert len(due) == 3
    assert counts.due == sum(cell.status in summary.DUE for cell in cells)
    late = [cell for cell in Picture(Asked(year=2020), user).cells() if cell.area == areas[-1]]
    assert {cell.status for cell in late} == {"not_applicable"}


def test_nobody_is_asked_for_what_is_not_there(kinds_of_fourteen):
    areas = list(Area.objects.counties())
    sheets = Entry.objects.filter(indicator="X08").values_list("submission__area", flat=True)
    assert set(sheets) == {area.code for area in areas[2:5]}


def test_a_break_is_drawn_told_and_sent(kinds_of_fourteen):
    client = client_of("city")
    area = Area.objects.counties()[3].code
    text = text_of(client, f"/cells/{area}/X20/2021/")
    assert "注意：2021年起口径改变（由户籍人口改为常住人口），与以前的年份不可直接比较" in text
    assert "口径改变" not in text_of(client, f"/cells/{area}/X20/2020/").split("用到的数")[0].split("走势")[0]
    page = client.get(f"/cells/{area}/X20/2021/").content.decode()
    assert '"text": "2021 \\u53e3\\u5f84\\u6539\\u53d8"' in page or "2021 口径改变" in page
    Observation.objects.filter(indicator="X20").update(cite="official")
    IndicatorDefinition.objects.filter(indicator="X20").update(cite="official")
    rows = client.get(f"/api/sdmx/2.1/data/COUNTY_SEAT/A.{area}.X20.OBS", HTTP_ACCEPT="text/csv")
    header, *lines = body(rows).decode("utf-8-sig").splitlines()
    at = {name: place for place, name in enumerate(header.split(","))}
    status = {line.split(",")[at["TIME_PERIOD"]]: line.split(",")[at["OBS_STATUS"]] for line in lines}
    assert {year: code for year, code in status.items() if code == "B"} == {"2021": "B"}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"indicator": "X08", "area": "659021", "year": 2024, "value": 1, "cite": "plan"}, "area"),
        ({"indicator": "X12", "year": 2020, "value": 1, "cite": "plan"}, "year"),
        ({"indicator": "X13", "year": 2027, "value": 1, "cite": "plan"}, "year"),
    ],
)
def test_a_number_for_what_is_not_there_is_a_named_fault(tmp_path, change, key):
    data = fourteen_of_kinds()
    data["targets"] = [change]
    (fault,) = check_plan(write_plan(tmp_path, data))
    assert (fault.section, fault.key) == ("targets", key)
