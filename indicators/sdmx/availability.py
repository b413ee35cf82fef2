"""Which codes have figures, as an SDMX 2.1 content constraint. No Django."""

from lxml import etree
from sdmx.format.xml.v21 import qname
from sdmx.message import StructureMessage
from sdmx.model import common, v21
from sdmx.writer.xml import writer

from indicators.sdmx.names import TIME
from indicators.sdmx.structures import FLOW_NAME, agency, bare_flow, bare_structure, message_header


def availability_message(values: dict[str, list[str]], count: int, header: dict) -> bytes:
    """`values`: component → its codes, in the order of the structure; `count` of figures."""
    structure = bare_structure()
    region = v21.CubeRegion()
    for name, codes in values.items():
        if name != TIME:
            dimension = structure.dimensions.get(name)
            chosen: list = [v21.MemberValue(value=code) for code in codes]
            region.member[dimension] = v21.MemberSelection(values_for=dimension, values=chosen)
    constraint = v21.ContentConstraint(
        id="AVAILABLE",
        name=FLOW_NAME,
        version="1.0",
        maintainer=agency(),
        is_final=False,
        is_external_reference=False,
        role=common.ConstraintRole(role=common.ConstraintRoleType.actual),
        annotations=[v21.Annotation(id="obs_count", type="sdmx_metrics", title=str(count))],
        data_content_region=[region],
        content={bare_flow()},
    )
    message = StructureMessage(header=message_header(**header))
    message.add(constraint)
    root = writer.recurse(message)
    if values.get(TIME):
        (cube,) = root.iter(qname("str:CubeRegion"))
        cube.append(_span(values[TIME]))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _span(years: list[str]) -> etree._Element:
    """The first and the last year, which the library's writer does not know how to write."""
    key = etree.Element(qname("com:KeyValue"), id=TIME)
    span = etree.SubElement(key, qname("com:TimeRange"))
    for name, year in (("StartPeriod", years[0]), ("EndPeriod", years[-1])):
        etree.SubElement(span, qname(f"com:{name}"), isInclusive="true").text = year
    return key
