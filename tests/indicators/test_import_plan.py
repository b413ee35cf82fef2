"""The owner's tables: out, filled, in; what the preview says is what happens."""

import io

from openpyxl import load_workbook

from indicators.exports import export_plan
from indicators.imports import apply, preview_observations, preview_plan
from indicators.models import Assessment, IndicatorDefinition
from indicators.recompute import sweep_pending
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
