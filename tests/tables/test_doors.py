"""Tables with numbers in random formats, dates, separators and packages, by two writers: every door reads what the
program shows. What is shown is worked out here by another way than in the reader: from how the case was made."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from funding.upload import preview_flows
from indicators.importing.tables import preview_observations, preview_plan
from lib.tabular.cells import parse_number
from lib.tabular.reading import read_spreadsheet
from projects.models import ProjectAmount
from projects.workbooks.upload import preview_upload as preview_projects
from reporting.models import Submission
from reporting.workbooks.upload import preview_upload
from tests.reporting.books import cell as cell_of
from tests.reporting.books import saved, sheet_book
from tests.tables.books import by_openpyxl, by_xlsxwriter

often = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WRITERS = st.sampled_from([by_openpyxl, by_xlsxwriter])
NUMBERS = st.decimals(min_value=-99_999, max_value=99_999, places=4)
PLACES = st.integers(0, 4)
BESIDE = st.sampled_from(["", '" "', "_ ", "_)", "* "])
BEFORE = st.sampled_from(["", "[红色]", "[Color5]", "[>=-999999]", "[$-804]", "* "])
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2080, 12, 31))
# (format, how the day is shown as far as it goes)
DAY_FORMATS = st.sampled_from(
    [
        ("yyyy-mm-dd", "%Y-%m-%d"),
        ("yyyy/m/d;@", "%Y-%m-%d"),
        ('yyyy"年"m"月"d"日"', "%Y-%m-%d"),
        ("[$-804]yyyy年m月d日 aaaa", "%Y-%m-%d"),
        ("d-mmm-yy", "%Y-%m-%d"),
        ("yyyy-mm", "%Y-%m"),
        ('yyyy"年"m"月"', "%Y-%m"),
        ("yyyy", "%Y"),
        ("[DBNum1]yyyy年m月d日", "%Y-%m-%d"),
    ]
)


def first_cell(content: bytes):
    book = read_spreadsheet(content)
    return book.sheet(book.sheet_names[0]).rows[0].cells[0]


@often
@given(number=NUMBERS, places=PLACES, grouped=st.booleans(), before=BEFORE, after=BESIDE, write=WRITERS)
def test_a_number_comes_rounded_as_it_is_shown(number, places, grouped, before, after, write):
    code = before + ("#,##0" if grouped else "0") + ("." + "0" * places if places else "") + after
    shown = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert parse_number(first_cell(write([[float(number)]], {"A1": code}))) == shown


@often
@given(number=st.decimals(min_value=-2, max_value=2, places=5), places=PLACES, write=WRITERS)
def test_a_per_cent_comes_rounded_as_it_is_shown(number, places, write):
    code = "0" + ("." + "0" * places if places else "") + "%"
    shown = (number * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert parse_number(first_cell(write([[float(number)]], {"A1": code})), unit="%") == shown


@often
@given(day=DAYS, form=DAY_FORMATS, is_1904=st.booleans(), write=WRITERS)
def test_a_day_comes_as_far_as_it_is_shown(day, form, is_1904, write):
    code, shown = form
    epoch = date(1904, 1, 1) if is_1904 and write is by_xlsxwriter else date(1899, 12, 30)
    options = {"date_1904": True} if is_1904 and write is by_xlsxwriter else {}
    cell = first_cell(write([[(day - epoch) / timedelta(days=1)]], {"A1": code}, **options))
    assert (cell.kind, cell.text) == ("date", f"{day:{shown}}")


# The same cell at every door --------------------------------------------------------------------------

# What stands in the cell, under which format → the number that every door reads in a row of 亿元 or 万元, or None.
SAME = {
    "a number": (12.5, "General", "12.5"),
    "rounded": (12.5478, "0.0", "12.5"),
    "thousands": (1234.5, "#,##0.00", "1234.5"),
    "full width": ("１２．５", "General", "12.5"),
    "a comma": ("1,234.5", "General", "1234.5"),
    "a true space": ("1\u202f234.5", "General", "1234.5"),
    "no width": ("12.5\u200b", "General", "12.5"),
    "two numbers": ("101 202", "General", None),
    "a footnote": ("12.5①", "General", None),
    "a small two": ("12.5²", "General", None),
    "two lines": ("1\n2", "General", None),
    "a per cent": ("12.5%", "General", None),
    "shown as a per cent": (0.125, "0.0%", None),
    "a unit of something else": ("12.5 个/千人", "General", None),
    "a day": (45721, "yyyy-mm-dd", None),
    "another scale": (748800, '0!.0,"吨"', None),
    "yuan": (1234, "¥0.00", None),
    "no sign": (-5, "0;[Red]0", None),
    "nothing": (5, ";;;", None),
}


@pytest.fixture
def people(demo):
    return {name: User.objects.get(username=name) for name in ("chunan", "municipal")}


def observed(content, number_format, people):
    rows = [["区划代码", "指标代码", "年份", "数值"], ["330127", "P09", 2024, content]]
    (line,) = preview_observations(by_openpyxl(rows, {"D2": number_format}), "a.xlsx").lines
    return None if line.verdict == "refused" else Decimal(line.new.removesuffix(" 亿元").replace(",", ""))


def targeted(content, number_format, people):
    rows = [["区划代码", "指标代码", "2024年"], ["330127", "P09", content]]
    book = by_openpyxl(rows, {"C2": number_format}, change=lambda book: setattr(book.active, "title", "年度目标"))
    (line,) = preview_plan(book, "a.xlsx").lines
    return None if line.verdict == "refused" else Decimal(line.new.removesuffix(" 亿元").replace(",", ""))


def reported(content, number_format, people):
    submission = Submission.objects.get(area="330127", round__year=2025)
    book = sheet_book(submission, people["chunan"])
    target = cell_of(book, "P09", "value")
    target.value, target.number_format = content, number_format
    preview = preview_upload(submission, people["chunan"], saved(book))
    return None if preview.faults else preview.typed[0].value


def paid(content, number_format, people):
    header = ["区划代码", "资金年度", "资金代码", "资金状态", "金额（万元）", "办理日期"]
    rows = [header, ["330127", 2026, "F1", "计划", content, "2026-03-05"]]
    book = by_openpyxl(rows, {"E2": number_format}, change=lambda book: setattr(book.active, "title", "资金流水"))
    preview = preview_flows(book, "a.xlsx", people["municipal"])
    return None if preview.problems else preview.rows[0].amount_wan


def invested(content, number_format, people):
    def named(book):
        book.active.title = "项目"
        sheet = book.create_sheet("投资额")
        sheet.append(["项目编号", "投资阶段", "金额（亿元）", "日期"])
        sheet.append(["新1", "签约", content, "2025年6月"])
        sheet["C2"].number_format = number_format

    rows = [["项目编号", "项目名称", "地区分摊", "领域"], ["新1", "某项目", "淳安县 100", "市政公用"]]
    preview = preview_projects(by_openpyxl(rows, change=named), "a.xlsx", people["chunan"])
    if preview.problems:
        return None
    label = str(ProjectAmount._meta.get_field("amount_yi").verbose_name)
    (new,) = [
        new for line in preview.lines for name, _old, new in line.pairs if (line.sheet, name) == ("投资额", label)
    ]
    return Decimal(new)


DOORS = (observed, targeted, reported, paid, invested)


@pytest.mark.parametrize("kind", SAME)
def test_every_door_reads_a_cell_alike(people, kind):
    content, number_format, number = SAME[kind]
    read = {door.__name__: door(content, number_format, people) for door in DOORS}
    assert read == dict.fromkeys(read, None if number is None else Decimal(number))


@pytest.mark.parametrize("kind", SAME)
def test_the_page_and_the_api_read_a_text_alike(people, kind, clients):
    content, number_format, number = SAME[kind]
    if number_format != "General":
        pytest.skip("a page and the API take texts")
    url = "/api/v1/submissions/330127/2025/entries/"
    body = {"dry_run": True, "entries": [{"indicator": "P09", "value": content, "explanation": ""}]}
    answer = clients["chunan"].put(url, body, content_type="application/json")
    assert answer.status_code == (400 if number is None else 200)
    if number is not None:
        assert Decimal(str(answer.json()["entries"][0]["value"])) == Decimal(number)


def test_a_text_by_csv_is_read_as_the_same_text_in_a_workbook(plan):
    for content, number_format, number in SAME.values():
        if number_format != "General" or "\n" in str(content):
            continue
        text = f'area,indicator,year,value\n330127,P09,2024,"{content}"\n'.encode()
        (line,) = preview_observations(text, "a.csv").lines
        assert (line.verdict == "refused") == (number is None), content
