"""The owner's tables: out, filled, in; what the preview says is what happens."""

import io

from openpyxl import load_workbook

from indicators.exports import export_plan
from indicators.importing.tables import apply, preview_observations, preview_plan
from indicators.models import Assessment, IndicatorDefinition, Observation
from indicators.recomputes.recompute import sweep_pending
from plan.models import Cite


def cells_of(content):
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def imported(content):
    preview = preview_plan(content, "正式表.xlsx")
    assert preview.of("refused") == []
    apply(preview, by=None, reason="正式印发")
    sweep_pending()
    return preview


def test_importing_the_whole_table_turns_every_mark_off_and_exports_the_same_again(plan):
    content = export_plan()
    preview = imported(content)
    assert preview.counts["changed"] == 43
    assert {"cite", "tolerance_cite"} == {
        name
        for name in ("cite", "tolerance_cite")
        if set(IndicatorDefinition.objects.as_of().values_list(name, flat=True)) == {Cite.OFFICIAL}
    }
    marked = set(Assessment.objects.filter(is_provisional=True).values_list("area", "indicator").distinct())
    assert marked == {("330182", "P10")}, "only where a published, unofficial value of Jiande stands"
    observed = preview_observations(b"area,indicator,year,value\n330182,P10,2022,1.72\n")
    assert observed.counts["refused"] == 0
    apply(observed, by=None)
    sweep_pending()
    assert not Assessment.objects.filter(is_provisional=True).exists()
    again = export_plan()
    assert cells_of(again) == cells_of(content)
    assert preview_plan(again, "").counts == {"new": 0, "changed": 0, "same": 43, "refused": 0}


def test_a_note_alone_is_a_change_and_a_blank_one_keeps_what_stands(demo):
    head = "区划代码,指标代码,年份,数值,说明\n330122,P13,2024,91.5,"
    apply(preview_observations(f"{head}年报\n".encode(), "a.csv"), by=None)
    for note, verdict, words in [
        ("年报", "same", ""),
        ("", "same", ""),
        ("统计公报", "changed", "数值不变，说明由“年报”改为“统计公报”"),
    ]:
        preview = preview_observations(f"{head}{note}\n".encode(), "a.csv")
        (line,) = preview.lines
        assert (note, line.verdict, line.words) == (note, verdict, words)
    apply(preview, by=None)
    versions = Observation.objects.filter(area="330122", indicator="P13", year=2024).order_by("-version")
    assert [fact.note for fact in versions[:2]] == ["统计公报", "年报"]
    assert preview_observations(f"{head}\n".encode(), "a.csv").lines[0].verdict == "same"


def test_an_export_read_back_changes_no_note(demo):
    apply(preview_plan(export_plan()), by=None)
    for year, note in ((2026, "一"), (2027, "二")):
        row = f"区划代码,指标代码,{year}年,说明\n330122,P09,{year},{note}\n"
        apply(preview_plan(row.encode(), "a.csv", "年度目标"), by=None)
    assert preview_plan(export_plan()).counts == {**preview_plan(export_plan()).counts, "new": 0, "changed": 0}
