"""A file of reference areas before it is taken in, and its door."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.importing.workbook import write_refused
from indicators.models import IndicatorDefinition
from lib.refusals import Refused
from lib.tabular.cells import Row
from lib.tabular.faulty_rows import SentRows, sent_rows
from lib.tabular.reading import read_spreadsheet
from lib.tabular.table_reading import Problem
from peers.actions import SourceTerms, import_reference, withdraw_reference
from peers.models import ReferenceSource
from peers.reading import MOST_ROWS, PEERS, PeerReading, ReferenceRow, read_peers
from uploads.doors import Door, SentTable, TableForm, UndoneLine

LISTED = 40


@dataclass
class PeerPreview:
    """Nothing of it is stored."""

    reading: PeerReading
    sha256: str
    clash: list[Problem] = field(default_factory=list)

    @property
    def rows(self) -> list[ReferenceRow]:
        return self.reading.rows

    @property
    def problems(self) -> list[Problem]:
        return [*self.clash, *sorted(self.reading.problems, key=lambda problem: problem.row or 0)]

    @property
    def notes(self) -> list[str]:
        notes = list(self.reading.content.notes)
        if self.reading.shortened:
            notes.append(_("{n} 个数的小数超过 6 位，按四舍五入取 6 位").format(n=self.reading.shortened))
        if self.reading.empty:
            notes.append(_("{n} 处没有数值，没有读取").format(n=self.reading.empty))
        return notes

    @property
    def twins(self) -> list[str]:
        return []

    @property
    def sheets(self) -> list[SentRows]:
        return [sent_rows(self.reading.content)]

    @property
    def is_applicable(self) -> bool:
        return not self.problems and bool(self.rows)

    @property
    def effect(self) -> list:
        """All that somebody agrees to: the file's own content decides, so its sum and its sizes are enough."""
        return [self.sha256, *self.sizes.values(), len(self.clash)]

    @property
    def sizes(self) -> dict[str, int]:
        return {
            "areas": len({row.area for row in self.rows}),
            "indicators": len({row.name for row in self.rows}),
            "series": len({row.key for row in self.rows}),
            "values": len(self.rows),
            "same": len({row.name for row in self.rows if row.code}),
        }

    @property
    def years(self) -> tuple[int, int] | None:
        years = [row.year for row in self.rows]
        return (min(years), max(years)) if years else None

    @property
    def units(self) -> list[tuple[str, int, bool]]:
        """(unit, number of series, whether an indicator of the plan has it), the most frequent first."""
        known = set(IndicatorDefinition.objects.as_of().values_list("unit", flat=True))
        counts = Counter(unit for unit, _key in {(row.unit, row.key) for row in self.rows})
        return [(unit, n, unit in known) for unit, n in counts.most_common(LISTED)]


def preview_peers(sent: SentTable) -> PeerPreview:
    """Read and check a file; SpreadsheetError where it cannot be read at all."""
    rows = IndicatorDefinition.objects.as_of().values_list("indicator_id", "unit", "direction")
    indicators = {code: (unit, direction) for code, unit, direction in rows}
    book = read_spreadsheet(sent.content, sent.name, sent.typed, most_csv_rows=MOST_ROWS)
    preview = PeerPreview(read_peers(book, indicators), sent.sha256)
    title = sent.said.get("title", "").strip()
    if ReferenceSource.objects.in_force().filter(title=title).exists():
        words = _("已有名为“{title}”的参照数据；请先撤下它，或换一个名称重新上传").format(title=title)
        preview.clash.append(Problem(PEERS.name, None, "", words))
    return preview


class PeerForm(TableForm):
    """The file, and what it is."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    publisher = forms.CharField(label=gettext_lazy("数据来源（谁发布的）"), max_length=200)
    licence = forms.CharField(label=gettext_lazy("使用许可"), max_length=120)


class PeerDoor(Door):
    """Past values of reference areas, recorded as one source."""

    kind = "peers"
    pages: ClassVar[Mapping[str, str]] = {
        "form": "peers_upload",
        "preview": "peers_preview",
        "refused": "peers_refused",
        "undo": "peers_undo",
    }
    form_template, preview_template = "peers/upload.html", "peers/upload_preview.html"
    form_class: type[TableForm] = PeerForm

    def preview(self, sent: SentTable) -> PeerPreview:
        return preview_peers(sent)

    def record(self, sent: SentTable) -> tuple[PeerPreview, dict]:
        preview = self.preview(sent)
        if not preview.is_applicable:
            return preview, {}
        terms = SourceTerms(
            title=sent.said["title"].strip(),
            publisher=sent.said["publisher"].strip(),
            licence=sent.said["licence"].strip(),
            file_name=sent.name,
            sha256=sent.sha256,
        )
        source = import_reference(preview.rows, terms=terms, via=ReferenceSource.Via.PAGE, by=self.user)
        return preview, {"source": source.pk}

    def undo(self, recorded: Mapping, *, reason: str) -> list[UndoneLine]:
        source = ReferenceSource.objects.get(pk=recorded["source"])
        now = _("{n} 个数").format(n=source.values_count)
        try:
            withdraw_reference(source, by=self.user, reason=reason)
        except Refused as refusal:
            return [UndoneLine(source.title, now, now, refusal.words)]
        return [UndoneLine(source.title, now, _("撤下，不再参与比较"))]

    def refused_file(self, preview: PeerPreview) -> tuple[bytes, str]:
        causes: dict[int, list[str]] = {}
        for problem in preview.problems:
            causes.setdefault(problem.row or 0, []).append("：".join(filter(None, [problem.column, problem.words])))
        whole = [(Row(0, []), "；".join(causes[0]))] if 0 in causes else []
        records = preview.reading.content.records
        rows = [(record.row, "；".join(causes.get(record.row.number, []))) for record in records]
        return write_refused([(PEERS.name, preview.reading.content.header, [*whole, *rows])]), "peers-refused"

    def done_words(self, preview: PeerPreview, name: str) -> str:
        words = _("已导入参照数据“{name}”：{areas} 个地区，{indicators} 项指标，{values} 个数。")
        return words.format(name=name, **preview.sizes)

    def done_url(self) -> str:
        return reverse("peers")
