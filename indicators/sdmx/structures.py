"""Plain rows → the structures of SDMX 2.1 and the message that carries them. No Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree
from sdmx.format.xml.v21 import qname
from sdmx.message import Header, StructureMessage
from sdmx.model import common, v21
from sdmx.writer.xml import writer

from indicators.sdmx.agency import Maintainer, agency_code, maintainer
from indicators.sdmx.catalogue import Catalogue, CodeRow
from indicators.sdmx.errors import SdmxRefused
from indicators.sdmx.names import (
    BREAK,
    CONDITIONAL,
    DEMONSTRATION,
    DIMENSIONS,
    FLOW,
    FREQUENCY,
    NO_UNIT,
    NORMAL,
    PROVISIONAL,
    QUARTERLY,
    SERIES,
    TIME,
    UNITS,
    VERSION,
    unit_code,
)
from indicators.sdmx.queries import RESOURCES, StructureQuery

FLOW_NAME = {"zh": "县城城镇化建设指标", "en": "Indicators of county-seat urbanisation"}
CONCEPTS = {
    "FREQ": ("频率", "Frequency"),
    "REF_AREA": ("区划", "Reference area"),
    "INDICATOR": ("指标", "Indicator"),
    "SERIES": ("数列", "Series"),
    "TIME_PERIOD": ("时期", "Time period"),
    "OBS_VALUE": ("数值", "Observation value"),
    "UNIT_MEASURE": ("计量单位", "Unit of measure"),
    "OBS_STATUS": ("数值状态", "Observation status"),
    "PROBABILITY": ("达到目标年目标的可能性（0至1）", "Chance of reaching the final year's target (0 to 1)"),
    "RANGE_LOW": ("80%区间下限", "Lower end of the 80 % range"),
    "RANGE_HIGH": ("80%区间上限", "Upper end of the 80 % range"),
    "FORECAST_VERSION": ("推算方法版本", "Version of the forecast method"),
    "FORECAST_STATUS": ("推算所用数值的状态", "Status of the values behind the forecast"),
    "NUMERATOR": ("分子", "Numerator"),
    "DENOMINATOR": ("分母", "Denominator"),
    "UPPER_END": ("区间上限（数值是下限）", "Upper end of the band (the value is the lower one)"),
    "STAGE": (
        "阶段的名称（数值是第几个阶段，第一个为0）",
        "Name of the stage (the value is its place, the first is 0)",
    ),
    "REACHED_ON": ("阶段达到日期", "Day on which the stage was reached"),
    "COUNTED": (
        "合计汇总了几个地区：有这一项的是算出来的数",
        "Areas that went in: where it stands, the number is computed",
    ),
    "COUNTIES": ("合计共有几个地区", "Areas that there are"),
}
CODELISTS = {
    "FREQ": ("CL_FREQ", "频率", "Frequency"),
    "REF_AREA": ("CL_AREA", "区划（GB/T 2260）", "Areas (GB/T 2260)"),
    "INDICATOR": ("CL_INDICATOR", "指标", "Indicators"),
    "SERIES": ("CL_SERIES", "数列", "Series"),
    "UNIT_MEASURE": ("CL_UNIT_MEASURE", "计量单位", "Units of measure"),
    "OBS_STATUS": ("CL_OBS_STATUS", "数值状态", "Observation status"),
}
SERIES_ROWS = (
    CodeRow("OBS", "官方数值", "Official value"),
    CodeRow("TARGET", "年度目标", "County's annual target"),
    CodeRow("STANDARD", "省定标准", "Provincial standard"),
    CodeRow("GAP", "与年度目标的差距", "Gap to the annual target", note="正数：好于目标；负数：未到目标。"),
)
STATUS_ROWS = (
    CodeRow(NORMAL, "正常值", "Normal value"),
    CodeRow(
        BREAK,
        "数列中断",
        "Time series break",
        note="从这一年起口径与以前不同，前后不可直接比较。暂定和演示的标记优先。",
    ),
    CodeRow(PROVISIONAL, "暂定值", "Provisional value", note="数值、目标、标准或指标本身尚未由官方表格确认。"),
    CodeRow(
        DEMONSTRATION,
        "演示数据",
        "Experimental value: demonstration data",
        note="不是真实数值，至少一项输入是演示数据。",
    ),
)
KINDS = {
    "dataflow": v21.DataflowDefinition,
    "datastructure": v21.DataStructureDefinition,
    "codelist": v21.Codelist,
    "conceptscheme": v21.ConceptScheme,
    "agencyscheme": common.AgencyScheme,
}
TAGS = {
    "dataflow": qname("str:Dataflow"),
    "datastructure": qname("str:DataStructure"),
    "codelist": qname("str:Codelist"),
    "conceptscheme": qname("str:ConceptScheme"),
    "agencyscheme": qname("str:AgencyScheme"),
}


@dataclass(frozen=True)
class Chosen:
    """An artefact that is sent, with its kind; a stub names it and says where the rest is."""

    kind: str
    artefact: Any
    is_stub: bool = False

    @property
    def address(self) -> str:
        """Where the whole of it is."""
        own = self.artefact
        return f"/api/sdmx/2.1/{self.kind}/{own.maintainer.id}/{own.id}/{own.version}"


def structure_message(query: StructureQuery, rows: Catalogue, header: dict) -> bytes:
    """What `query` names, as an SDMX-ML 2.1 message."""
    message, found = StructureMessage(header=message_header(**header)), chosen(query, rows)
    for each in found:
        message.add(each.artefact)
    root = writer.recurse(message)
    stubs = {(TAGS[each.kind], each.artefact.id): each for each in found if each.is_stub}
    for group in root.find(qname("mes:Structures")):
        for element in group:
            if stub := stubs.get((element.tag, element.get("id"))):
                _empty(element, stub.address)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _empty(element: etree._Element, address: str) -> None:
    """Leaves the names. The library's writer passes over what is said to be elsewhere, so it is emptied behind it."""
    for child in list(element):
        if child.tag not in {qname("com:Name"), qname("com:Description")}:
            element.remove(child)
    element.set("isExternalReference", "true")
    element.set("structureURL", address)


def chosen(query: StructureQuery, rows: Catalogue) -> list[Chosen]:
    """What `query` names, with what it refers to or is referred by: whole, in part, or as stubs. Refused 404 where it
    names nothing."""
    everything = artefacts(rows)
    found = [each for each in everything if _is_named(each, query)]
    if not found:
        words = _("没有这样的 {resource}。本服务的结构都属于 {agency}，版本 {version}。")
        raise SdmxRefused(404, words.format(resource=query.resource, agency=agency_code(), version=VERSION))
    related = _related(found, query.references, everything)
    if query.items is not None:
        found = [_partial(each, query.items) for each in found]
    are_stubs = query.detail in {"allstubs", "allcompletestubs"}
    others_are = query.detail.endswith("stubs")
    return [
        *(Chosen(_kind(each), each, are_stubs) for each in found),
        *(Chosen(_kind(each), each, others_are) for each in related),
    ]


def _partial(scheme, items: frozenset[str]):
    """The scheme with those of its items that are named, without those above them. Refused 404 where it has none."""
    own = [item for item in getattr(scheme, "items", {}).values() if item.id in items]
    if not own:
        words = _("{scheme} 里没有：{codes}。")
        raise SdmxRefused(404, words.format(scheme=scheme.id, codes="、".join(sorted(items))))
    found = type(scheme)(id=scheme.id, name=scheme.name, is_partial=True, **_maintained())
    for item in own:
        same = {"id": item.id, "name": item.name, "description": item.description, "annotations": item.annotations}
        found.append(type(item)(**same))
    return found


def artefacts(rows: Catalogue) -> list:
    """Every maintainable artefact: the flow, its structure, the concepts, the code lists, the agency."""
    lists = _codelists(rows)
    concepts = _concept_scheme()
    structure = _data_structure(concepts, lists)
    flow = v21.DataflowDefinition(id=FLOW, name=FLOW_NAME, structure=structure, **_maintained())
    return [flow, structure, concepts, *lists.values(), _agency_scheme()]


def message_header(*, id: str, prepared, receiver: str = "") -> Header:
    """`prepared` is an aware datetime; `receiver` the organisation that asked."""
    return Header(id=id, prepared=prepared, sender=agency(), receiver=v21.Agency(id=receiver) if receiver else None)


def agency() -> v21.Agency:
    return _agency(maintainer())


@cache
def _agency(found: Maintainer) -> v21.Agency:
    return v21.Agency(id=found.code, name={"zh": found.name, "en": found.name_en})


def bare_structure() -> v21.DataStructureDefinition:
    """The data structure without its code lists: enough to write data, which names codes only."""
    return _bare_structure(maintainer())


@cache
def _bare_structure(_found: Maintainer) -> v21.DataStructureDefinition:
    return _data_structure(_concept_scheme(), {})


def bare_flow() -> v21.DataflowDefinition:
    return _bare_flow(maintainer())


@cache
def _bare_flow(_found: Maintainer) -> v21.DataflowDefinition:
    return v21.DataflowDefinition(id=FLOW, name=FLOW_NAME, structure=bare_structure(), **_maintained())


def labels(rows: Catalogue) -> dict[str, dict[str, CodeRow]]:
    """By component: its codes."""
    return {name: {row.code: row for row in found} for name, found in _code_rows(rows).items()}


# Which structures ---------------------------------------------------------------------------------


def _is_named(artefact, query: StructureQuery) -> bool:
    return (
        query.resource in {"*", _kind(artefact)}
        and (query.agencies is None or artefact.maintainer.id in query.agencies)
        and (query.ids is None or artefact.id in query.ids)
        and (query.versions is None or bool({artefact.version, "latest"} & query.versions))
    )


def _kind(artefact) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(artefact, kind))


def _related(found: Sequence, references: str, everything: Sequence) -> list:
    """What `references` adds to `found`, as the standard words it."""
    parents = _users(found, everything)
    siblings = [*parents, *_used(parents, everything)]
    children = _used(found, everything)
    descendants = [*children, *_used(children, everything)]
    relations = {
        "none": [],
        "parents": parents,
        "parentsandsiblings": siblings,
        "children": children,
        "descendants": descendants,
        "all": [*siblings, *descendants],
    }
    if references in relations:
        added = relations[references]
    else:  # one kind, however far away
        far = [*siblings, *descendants, *_users(parents, everything)]
        added = [each for each in far if references in RESOURCES and _kind(each) == references]
    present = {id(each) for each in found}
    return list({id(each): each for each in added if id(each) not in present}.values())


def _used(artefacts: Iterable, everything: Sequence) -> list:
    """What these refer to: a flow to its structure, a structure to concepts and code lists."""
    kinds = {_kind(each) for each in artefacts}
    wanted = ("datastructure",) * ("dataflow" in kinds) + ("codelist", "conceptscheme") * ("datastructure" in kinds)
    return [each for each in everything if _kind(each) in wanted]


def _users(artefacts: Iterable, everything: Sequence) -> list:
    """What refers to these."""
    kinds = {_kind(each) for each in artefacts}
    wanted = ("dataflow",) * ("datastructure" in kinds) + ("datastructure",) * bool(
        kinds & {"codelist", "conceptscheme"}
    )
    return [each for each in everything if _kind(each) in wanted]


# What they are made of ------------------------------------------------------------------------------


def _maintained() -> dict:
    return {"maintainer": agency(), "version": VERSION, "is_final": False, "is_external_reference": False}


def _code_rows(rows: Catalogue) -> dict[str, Sequence[CodeRow]]:
    units = [CodeRow(unit_code(unit), unit, UNITS.get(unit, ("", unit))[1]) for unit in rows.units if unit]
    return {
        "FREQ": [
            CodeRow(FREQUENCY, "年", "Annual"),
            CodeRow(QUARTERLY, "季", "Quarterly", note="年内的季度数：不是官方数值。FREQ 留空时不给，写明 Q 才给。"),
        ],
        "REF_AREA": rows.areas,
        "INDICATOR": rows.indicators,
        "SERIES": SERIES_ROWS,
        "UNIT_MEASURE": [*units, CodeRow(NO_UNIT, "未注明", "Not specified")],
        "OBS_STATUS": STATUS_ROWS,
    }


def _codelists(rows: Catalogue) -> dict[str, v21.Codelist]:
    found = {}
    for component, codes in _code_rows(rows).items():
        name, zh, en = CODELISTS[component]
        found[component] = v21.Codelist(id=name, name={"zh": zh, "en": en}, **_maintained())
        for row in codes:
            found[component].append(_code(row))
        for row in codes:
            if row.parent and row.parent in found[component]:
                found[component][row.parent].append_child(found[component][row.code])
    return found


def _code(row: CodeRow) -> v21.Code:
    code = v21.Code(id=row.code, name={"zh": row.name, "en": row.name_en})
    if row.note:
        code.description = {"zh": row.note}
    if row.is_provisional:
        words = {"zh": "暂定：尚未由官方表格确认", "en": "Provisional: not yet confirmed by the official table"}
        code.annotations.append(v21.Annotation(id="PROVISIONAL", text=words))
    return code


def _concept_scheme() -> v21.ConceptScheme:
    scheme = v21.ConceptScheme(
        id=f"CS_{FLOW}", name={"zh": "县城城镇化概念", "en": "Concepts of county-seat urbanisation"}, **_maintained()
    )
    for name, (zh, en) in CONCEPTS.items():
        scheme.append(v21.Concept(id=name, name={"zh": zh, "en": en}))
    return scheme


def _agency_scheme() -> common.AgencyScheme:
    scheme = common.AgencyScheme(id="AGENCIES", name={"zh": "机构", "en": "Agencies"}, **_maintained())
    scheme.append(v21.Agency(id=agency_code(), name=agency().name))
    return scheme


def _data_structure(concepts: v21.ConceptScheme, lists: dict[str, v21.Codelist]) -> v21.DataStructureDefinition:
    def component(kind, name, **more):
        if name in lists:
            more["local_representation"] = common.Representation(enumerated=lists[name])
        return kind(id=name, concept_identity=concepts[name], **more)

    found = v21.DataStructureDefinition(id=FLOW, name=FLOW_NAME, **_maintained())
    for order, name in enumerate(DIMENSIONS, start=1):
        found.dimensions.append(component(v21.Dimension, name, order=order))
    years = common.Representation(
        non_enumerated=[common.Facet(value_type=common.FacetValueType.observationalTimePeriod)]
    )
    found.dimensions.append(component(v21.TimeDimension, TIME, order=len(DIMENSIONS) + 1, local_representation=years))
    numbers = common.Representation(non_enumerated=[common.Facet(value_type=common.FacetValueType.decimal)])
    found.measures.append(component(v21.PrimaryMeasure, "OBS_VALUE", local_representation=numbers))
    mandatory = {"usage_status": common.UsageStatus.mandatory}
    series = v21.DimensionRelationship(dimensions=[found.dimensions.get(name) for name in ("INDICATOR", "SERIES")])
    found.attributes.append(component(v21.DataAttribute, "UNIT_MEASURE", related_to=series, **mandatory))
    each = v21.PrimaryMeasureRelationship()
    found.attributes.append(component(v21.DataAttribute, "OBS_STATUS", related_to=each, **mandatory))
    conditional = {"usage_status": common.UsageStatus.conditional}
    for name in CONDITIONAL:
        found.attributes.append(component(v21.DataAttribute, name, related_to=each, **conditional))
    if "OBS_STATUS" in lists:
        codes = common.Representation(enumerated=lists["OBS_STATUS"])
        found.attributes.get("FORECAST_STATUS").local_representation = codes
    found.dimensions.id, found.measures.id, found.attributes.id = (
        "DimensionDescriptor",
        "MeasureDescriptor",
        "AttributeDescriptor",
    )
    return found


assert set(SERIES) == {row.code for row in SERIES_ROWS}  # nosec B101  # two tables of ours, at import
