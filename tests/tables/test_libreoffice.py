"""Our templates in LibreOffice, and LibreOffice as a third writer of tables: what it shows is what every door reads."""

import io
import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from openpyxl import load_workbook

from accounts.models import User
from funding.models import State
from funding.workbook import template
from indicators.exports import export_observation_template, export_plan
from indicators.importing.tables import preview_plan
from lib.tabular.cells import parse_number
from lib.tabular.reading import read_spreadsheet
from projects.models import Project
from projects.workbooks.export import write_projects
from projects.workbooks.upload import preview_upload as preview_projects
from reporting.models import Submission
from reporting.workbooks.layout import SheetRow, marker_of, write_workbook
from reporting.workbooks.upload import preview_upload, write_sheet
from tests.tables.books import by_openpyxl, by_xlsxwriter
from tests.tables.libreoffice import MISSING, SOFFICE, saved_by_libreoffice

pytestmark = [pytest.mark.skipif(SOFFICE is None, reason=MISSING)]

# Templates ------------------------------------------------------------------------------------------------


@pytest.fixture
def people(demo):
    return {name: User.objects.get(username=name) for name in ("chunan", "municipal")}


@pytest.fixture
def templates(people) -> dict[str, bytes]:
    submission = Submission.objects.get(area="330127", round__year=2025)
    return {
        "sheet": write_sheet(submission, people["chunan"]),
        "register": write_projects(Project.objects.all(), people["municipal"]),
        "empty": write_projects(Project.objects.none(), people["municipal"]),
        "plan": export_plan(),
        "observations": export_observation_template(),
        "flows": template({"area": ["330127"], "source": ["F1"], "state": [str(label) for label in State.labels]}),
    }


def contents(book) -> dict:
    """What stands in the cells, as numbers and texts."""
    return {
        sheet.title: [
            (cell.coordinate, f"{cell.value:g}" if isinstance(cell.value, int | float) else cell.value)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        for sheet in book
    }


def rules(book) -> dict:
    """Of each sheet the kinds of its rules, and how many cells or columns each kind concerns."""
    found = {}
    for sheet in book:
        for rule in sheet.data_validations.dataValidation:
            for cells in rule.sqref.ranges:
                found.setdefault((sheet.title, rule.type), set()).update(cells.cells)
    return {key: len(cells) for key, cells in found.items()}


def test_templates_open_without_a_warning_and_keep_their_cells_and_rules(templates, people):
    saved, told = saved_by_libreoffice({f"{name}.xlsx": content for name, content in templates.items()})
    assert told == []
    assert saved.keys() == templates.keys()
    for name, content in templates.items():
        before, after = (load_workbook(io.BytesIO(each)) for each in (content, saved[name]))
        assert (name, contents(after)) == (name, contents(before))
        assert (name, rules(after)) == (name, rules(before))
        assert "填表说明" in before.sheetnames
        assert [sheet.sheet_state for sheet in after] == [
            "hidden" if sheet.sheet_state == "veryHidden" else sheet.sheet_state for sheet in before
        ], "LibreOffice knows one way to hide"
        assert [sheet.protection.sheet for sheet in after][0] is True
    submission = Submission.objects.get(area="330127", round__year=2025)
    sheet = preview_upload(submission, people["chunan"], saved["sheet"])
    assert (sheet.faults, sheet.typed) == ([], [])
    register = preview_projects(saved["register"], "a.xlsx", people["municipal"])
    assert (register.problems, register.is_applicable) == ([], False)
    assert preview_plan(saved["plan"]).counts == preview_plan(templates["plan"]).counts


def test_what_may_be_typed_is_limited_and_offered(templates):
    """By the cell: a list of words, a number within bounds, a text of a length."""
    found = {name: set() for name in templates}
    for name, content in templates.items():
        for sheet in load_workbook(io.BytesIO(content)):
            for rule in sheet.data_validations.dataValidation:
                found[name].add(rule.type)
                assert rule.error or not rule.showErrorMessage, (name, rule.sqref)
    assert found["sheet"] == {"decimal", "list"}
    assert found["register"] == found["empty"] == {"decimal", "whole", "list", "textLength"}
    assert found["plan"] == {"decimal", "whole", "list"}
    assert found["observations"] == {"decimal", "list"}
    assert found["flows"] == {"decimal", "whole", "list", "textLength"}


def test_what_is_counted_in_whole_numbers_is_limited_to_them():
    rows = [SheetRow(code, code, "个", "住房局", decimals=decimals) for code, decimals in (("P03", 0), ("P04", 1))]
    book = load_workbook(io.BytesIO(write_workbook("表", marker_of("330127", "淳安县", 2025, rows), rows)))
    rules = [rule.type for rule in book["填报表"].data_validations.dataValidation if rule.type != "list"]
    assert rules == ["whole", "decimal"]


# The third writer -----------------------------------------------------------------------------------------

NUMBERS, DAYS = 400, 200
EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
BEFORE = ("", "[RED]", "[$-804]")
AFTER = ("", '" "', "_ ", "_)")
DAY_FORMATS = {
    "yyyy-mm-dd": "%Y-%m-%d",
    "yyyy/m/d": "%Y-%m-%d",
    'yyyy"年"m"月"d"日"': "%Y-%m-%d",
    '[$-804]yyyy"年"m"月"d"日" aaaa': "%Y-%m-%d",
    "d-mmm-yy": "%Y-%m-%d",
    "yyyy-mm": "%Y-%m",
    'yyyy"年"m"月"': "%Y-%m",
    "yyyy": "%Y",
}


def random_numbers(dice: random.Random) -> list[tuple[float, str, Decimal]]:
    """(stored, format, shown), half of them per cents."""
    found = []
    for at in range(NUMBERS):
        number, places = Decimal(dice.randint(-999_999_999, 999_999_999)).scaleb(-4), dice.randint(0, 4)
        decimals = "." + "0" * places if places else ""
        if at % 2:
            number /= 10_000
            code, shown = f"0{decimals}%", number * 100
        else:
            code, shown = f"{dice.choice(BEFORE)}{dice.choice(('#,##0', '0'))}{decimals}{dice.choice(AFTER)}", number
        found.append((float(number), code, shown.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)))
    return found


def random_days(dice: random.Random, epoch: date) -> list[tuple[int, str, str]]:
    found = []
    for _ in range(DAYS):
        day = date(1990, 1, 1) + timedelta(days=dice.randint(0, 30_000))
        code = dice.choice(list(DAY_FORMATS))
        found.append(((day - epoch).days, code, f"{day:{DAY_FORMATS[code]}}"))
    return found


def column(cases: list[tuple]) -> tuple[list[list], dict[str, str]]:
    return [[case[0]] for case in cases], {f"A{row}": case[1] for row, case in enumerate(cases, start=1)}


def test_cells_that_libreoffice_wrote_are_read_as_it_shows_them():
    """Its own package, styles and shared strings; days counted from 1900 and from 1904."""
    dice = random.Random(20)
    numbers, days, early = (
        random_numbers(dice),
        random_days(dice, EPOCH),
        random_days(dice, EPOCH_1904),
    )
    files = {
        "numbers.xlsx": by_openpyxl(*column(numbers)),
        "days.xlsx": by_openpyxl(*column(days)),
        "early.xlsx": by_xlsxwriter(*column(early), date_1904=True),
    }
    saved, told = saved_by_libreoffice(files)
    assert told == []
    cells = {name: [row.cells[0] for row in first_sheet(content).rows] for name, content in saved.items()}
    read = [parse_number(cell, unit="%" if cell.kind == "percent" else "") for cell in cells["numbers"]]
    assert [each for each in zip(numbers, read, strict=True) if each[0][2] != each[1]] == []
    for name, cases in (("days", days), ("early", early)):
        assert [(cell.kind, cell.text) for cell in cells[name]] == [("date", case[2]) for case in cases], name


def first_sheet(content: bytes):
    book = read_spreadsheet(content)
    return book.sheet(book.sheet_names[0])
