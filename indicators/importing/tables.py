"""The owner's official tables: what an uploaded file would change, and doing exactly that.

`preview_*` reads and compares and writes nothing; `apply` records all of it in one transaction, or nothing. Where
any row is refused nothing is applied. A cell that is empty says nothing: what is in force stays. What stands in the
database and not in the file stays too, and is listed in `missing`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from areas.models import Area
from indicators.actions import Grounds, RecordedFacts, record_facts
from indicators.definitions.actions import define_indicators
from indicators.effects import find_flips, overlay_of
from indicators.frames import period
from indicators.importing.preview import OfficialPreview
from indicators.importing.rows import Reader
from indicators.importing.workbook import INDICATORS, OBSERVATIONS, PLAN_TABLES
from indicators.models import Observation, Versioned
from journal.actions import log_audit
from lib.refusals import StalePreview
from lib.tabular.cells import Spreadsheet, SpreadsheetError
from lib.tabular.reading import read_spreadsheet
from lib.tabular.table_reading import Table, normal, read_table
from plan.models import Plan, PolicyDocument

STALE = "预览之后数据有了变化；请重新上传，看过新的预览后再确认。"


# Reading ----------------------------------------------------------------------------------------


def preview_plan(
    content: bytes, name: str = "", sheet: str | None = None, typed: Mapping[str, str] | None = None
) -> OfficialPreview:
    """What the owner's tables in this file would change. SpreadsheetError where the file itself is no good.

    A workbook holds sheets 指标, 年度目标, 省定标准, at least one of them; a csv holds the one named by `sheet`."""
    book = read_spreadsheet(content, name, typed)
    preview = _new_preview("plan", content, name, book)
    reader = Reader(preview, period().years)
    tables = _tables_in(book, sheet, preview)
    for table, source in tables:
        read = read_table(book.sheet(source), table, reader.years, reader.area_codes)
        preview.contents.append(read)
        preview.notes += read.notes
        reader.refuse(*read.problems)
        if table is INDICATORS:
            reader.read_definitions(read)
        else:
            reader.read_facts(read)
    _finish(preview, reader)
    return preview


def preview_observations(content: bytes, name: str = "", typed: Mapping[str, str] | None = None) -> OfficialPreview:
    """What official values in this file would change: columns area, indicator, year, value[, note]."""
    book = read_spreadsheet(content, name, typed)
    preview = _new_preview("observations", content, name, book)
    visible = [sheet for sheet in book.sheet_names if sheet not in book.hidden_names]
    if not visible:
        raise SpreadsheetError("工作簿里没有看得见的工作表")
    source = OBSERVATIONS.name if OBSERVATIONS.name in book.sheet_names else visible[0]
    reader = Reader(preview, period().years)
    read = read_table(book.sheet(source), OBSERVATIONS, reader.years, reader.area_codes)
    preview.contents.append(read)
    preview.notes += read.notes
    reader.refuse(*read.problems)
    reader.read_facts(read)
    _finish(preview, reader)
    return preview


def _new_preview(kind: str, content: bytes, name: str, book: Spreadsheet) -> OfficialPreview:
    return OfficialPreview(kind, name, hashlib.sha256(content).hexdigest(), notes=list(book.notes))


def _tables_in(book: Spreadsheet, sheet: str | None, preview: OfficialPreview) -> list[tuple[Table, str]]:
    """Which tables to read, from which sheets. SpreadsheetError where there is none."""
    names = [table.name for table in PLAN_TABLES]
    if sheet is not None and sheet not in names:
        raise SpreadsheetError(f"没有名为“{sheet}”的表；可以是 {'、'.join(names)}")
    if book.kind == "csv":
        if sheet is None:
            raise SpreadsheetError(f"csv 只含一张表，请指明是哪一张：{'、'.join(names)}")
        return [(table, "") for table in PLAN_TABLES if table.name == sheet]
    by_name = {normal(name): name for name in book.sheet_names}
    wanted = [table for table in PLAN_TABLES if sheet in (None, table.name)]
    found = [(table, by_name[table.name]) for table in wanted if table.name in by_name]
    if not found:
        missing = "、".join(table.name for table in wanted)
        shown = "、".join(name for name in book.sheet_names if name not in book.hidden_names)
        raise SpreadsheetError(f"没有找到工作表 {missing}；文件里有：{shown}。请改成模板里的名字")
    lacking = [table.name for table in wanted if table.name not in by_name]
    if lacking:
        there = [name for name in book.sheet_names if name not in book.hidden_names]
        others = [name for name in there if normal(name) not in names]
        preview.notes.append(
            f"文件里没有工作表 {'、'.join(lacking)}，这部分不变" + (f"（另有：{'、'.join(others)}）" if others else "")
        )
    return found


# The effect -------------------------------------------------------------------------------------


def _finish(preview: OfficialPreview, reader: Reader) -> None:
    """Flips, where the file can be applied at all."""
    if preview.is_applicable:
        preview.flips, preview.new_cells = find_flips(overlay_of(preview.definitions, preview.facts))


# Doing it ---------------------------------------------------------------------------------------


@transaction.atomic
def apply(
    preview: OfficialPreview,
    *,
    by: User | None,
    reason: str = "",
    document: PolicyDocument | None = None,
    at: datetime | None = None,
) -> dict[str, RecordedFacts]:
    """Record all that `preview` says, or nothing. StalePreview where it is no longer what would happen; ValueError
    where rows are refused. The counties' rows are locked: two imports follow each other."""
    if preview.counts["refused"]:
        raise ValueError("A file with refused rows is not applied.")
    list(Area.objects.judged().order_by("code").select_for_update(no_key=True))
    grounds = Grounds(by=by, via=Versioned.Via.IMPORT, reason=reason, document=document, at=at or timezone.now())
    done = {}
    if preview.definitions:
        done[INDICATORS.name] = define_indicators(preview.definitions, grounds=grounds)
    for model, rows in preview.facts.items():
        if rows:
            done[str(model._meta.verbose_name)] = record_facts(model, rows, grounds=grounds, counts_notes=True)
    counts = {verdict: sum(len(getattr(r, verdict)) for r in done.values()) for verdict in ("new", "changed", "same")}
    if counts | {"refused": 0} != preview.counts:
        raise StalePreview(STALE)
    _log(preview, counts, by=by, reason=reason)
    return done


def _log(preview: OfficialPreview, counts: Mapping[str, int], *, by: User | None, reason: str) -> None:
    """One row of the audit log for the file as a whole, beside those of its numbers."""
    subject = Observation if preview.kind == "observations" else Plan
    told: dict[str, str | int] = {"文件": preview.name, "SHA-256": preview.sha256}
    told |= {"新增": counts["new"], "修改": counts["changed"], "不变": counts["same"]}
    entry = {"key": preview.sha256[:12], "new": told}
    log_audit(action="import", subject=subject._meta.label_lower, rows=[entry], by=by, reason=reason)
