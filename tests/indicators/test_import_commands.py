"""The commands of the official tables: what they print, who may, and that a fault writes nothing."""

import io

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from indicators.models import Observation, Target, Versioned
from journal.models import AuditEntry, Change
from tests.indicators.files import TONGLU, targets, text
from tests.indicators.files import with_ as w

REST = "说明：文件里没有工作表 指标、省定标准，这部分不变"


def run(*arguments):
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def written(folder, name, content):
    file = folder / name
    file.write_bytes(content)
    return file


def in_force(model, year=2024):
    return model.objects.as_of().filter(area="330122", indicator="P02", year=year, is_demo=False).first()


def test_a_dry_run_shows_all_and_writes_nothing(demo, tmp_path):
    file, before = written(tmp_path, "t.xlsx", targets(w(TONGLU, F=None))), Change.objects.count()
    lines = run("import_plan", file, "--dry-run")
    assert lines[0].startswith("修改 年度目标 第 2 行 E2 桐庐县 P02 污水集中处理率 2024年 ")
    assert lines[0].endswith("%（演示） → 95 %")
    assert REST in lines
    assert lines[-1] == "0 new, 1 changed, 0 same, 0 refused"
    assert Change.objects.count() == before


def test_an_import_is_recorded_with_who_why_and_on_what(demo, tmp_path):
    file = written(tmp_path, "t.xlsx", targets(TONGLU))
    run("import_plan", file, "--by", "municipal", "--document", "杭发改〔2026〕1号", "--reason", "调整")
    fact = in_force(Target)
    assert (fact.value, fact.recorded_via, fact.cite) == (95, Versioned.Via.IMPORT, "official")
    assert (fact.recorded_by.username, fact.document.title, fact.reason) == ("municipal", "杭发改〔2026〕1号", "调整")
    assert AuditEntry.objects.filter(action="import", channel="command").count() == 1
    assert run("import_plan", file, "--dry-run")[-1] == "0 new, 0 changed, 2 same, 0 refused"


def test_a_csv_needs_its_sheet(demo, tmp_path):
    file = written(tmp_path, "t.csv", text(TONGLU, encoding="gbk"))
    with pytest.raises(CommandError, match="csv 只含一张表"):
        run("import_plan", file)
    run("import_plan", file, "--sheet", "年度目标")
    assert in_force(Target).recorded_by is None


def test_a_fault_is_printed_and_nothing_is_written(demo, tmp_path):
    file, before = written(tmp_path, "t.xlsx", targets(w(TONGLU, F="多"))), Change.objects.count()
    out = io.StringIO()
    with pytest.raises(CommandError, match="有 1 处错误，没有导入任何内容"):
        call_command("import_plan", str(file), stdout=out)
    assert "拒绝 年度目标 第 2 行 F2 2025年 “多”不是数字；请只填数字，不带单位和文字" in out.getvalue()
    assert Change.objects.count() == before


@pytest.mark.parametrize(
    ("command", "login", "words"),
    [
        ("import_plan", "tonglu", "用户 tonglu（县级发改局）无权导入"),
        ("import_plan", "nobody", "没有用户 nobody"),
        ("import_observations", "municipal", "用户 municipal（市发改委）无权导入"),
    ],
)
def test_not_in_everyones_name(demo, tmp_path, command, login, words):
    file = written(tmp_path, "t.xlsx", targets(TONGLU))
    with pytest.raises(CommandError) as refused:
        run(command, file, "--by", login)
    assert str(refused.value) == words


def test_values(demo, tmp_path):
    file = written(tmp_path, "v.csv", "area,indicator,year,value,note\n330122,P02,2024,95.5%,年报\n".encode())
    assert run("import_observations", file, "--dry-run")[-1] == "0 new, 1 changed, 0 same, 0 refused"
    assert in_force(Observation) is None
    run("import_observations", file, "--by", "admin")
    fact = in_force(Observation)
    assert (str(fact.value), fact.recorded_by.username, fact.note) == ("95.500000", "admin", "年报")
    assert run("import_observations", file)[-1] == "0 new, 0 changed, 1 same, 0 refused"


def test_no_file_and_no_table(demo, tmp_path):
    with pytest.raises(CommandError, match="读不了文件"):
        run("import_plan", tmp_path / "none.xlsx")
    with pytest.raises(CommandError, match="none.pdf：这是 PDF 文件"):
        run("import_observations", written(tmp_path, "none.pdf", b"%PDF"))


def test_the_template_has_no_invented_number(demo, tmp_path):
    file = tmp_path / "template.xlsx"
    assert run("export_plan_template", file) == [str(file)]
    book = load_workbook(file)
    assert book.sheetnames == ["指标", "年度目标", "省定标准", "填表说明"]
    rows = book["年度目标"].iter_rows(min_row=2, min_col=6, max_col=10, values_only=True)
    numbers = [value for row in rows for value in row if value is not None]
    assert len(numbers) == Target.objects.as_of().filter(is_demo=False).count()
    assert book["指标"].protection.sheet
    assert len(book["指标"].data_validations.dataValidation) == 13
