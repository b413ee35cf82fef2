"""Observations and structures → SDMX-JSON 1.0 and 2.0 (github.com/sdmx-twg/sdmx-json, data-message and
structure-message). No Django.

Both versions index the values that a message holds: a key is the places of its codes, an observation its number and the
places of its attributes. 2.0 says `structures` for `structure`, and measures are components of their own."""

from collections.abc import Sequence
from typing import Any

import orjson
from sdmx.model import common, v21

from indicators.sdmx.catalogue import Catalogue, CodeRow, Figure
from indicators.sdmx.messages import CODE_OF, COMPONENTS, WITHOUT_ATTRIBUTES, WITHOUT_OBSERVATIONS
from indicators.sdmx.names import ALL_DIMENSIONS, TIME
from indicators.sdmx.queries import DataQuery, days_of
from indicators.sdmx.structures import CONCEPTS, FLOW_NAME, Chosen, agency, bare_flow, bare_structure, labels

OF_SERIES = "UNIT_MEASURE"  # belongs to indicator and series together
CLASSES = {
    "dataflow": ("dataflows", "datastructure.Dataflow"),
    "datastructure": ("dataStructures", "datastructure.DataStructure"),
    "codelist": ("codelists", "codelist.Codelist"),
    "conceptscheme": ("conceptSchemes", "conceptscheme.ConceptScheme"),
    "agencyscheme": ("agencySchemes", "base.AgencyScheme"),
}
ITEM_LISTS = {"codelist": "codes", "conceptscheme": "concepts", "agencyscheme": "agencies"}


def meta(header: dict, kind: str, version: str) -> dict:
    """What a message says of itself. `kind`: data or structure."""
    told: dict[str, Any] = {
        "schema": "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/"
        f"{kind}-message/tools/schemas/{version}/sdmx-json-{kind}-schema.json",
        "id": header["id"],
        "test": False,
        "prepared": header["prepared"].isoformat(),
        "contentLanguages": ["zh", "en"],
        "sender": {"id": agency().id, **named(agency().name)},
    }
    if header.get("receiver"):
        receiver = {"id": header["receiver"]}
        told["receivers" if version == "2.0.0" else "receiver"] = [receiver]
    return told


def named(words: Any, language: str = "zh") -> dict:
    """A name in one language, and in all."""
    found = {code: str(text) for code, text in words.localizations.items() if text}
    return {"name": found.get(language) or next(iter(found.values()), ""), "names": found}


# Data ----------------------------------------------------------------------------------------------


class _Values:
    """The values of one component, in the order in which they come. `rows` None: it has no code list."""

    def __init__(self, name: str, rows: dict[str, CodeRow] | None, version: str):
        self.name, self.rows, self.version, self.places = name, rows, version, dict[str, int]()

    def place(self, code: str) -> int | None:
        return self.places.setdefault(code, len(self.places)) if code else None

    def dimension(self, roles: list[str]) -> dict:
        return self._told(keyPosition=COMPONENTS.index(self.name), roles=roles, values=self._values())

    def attribute(self, relationship: dict) -> dict:
        return self._told(roles=[], relationship=relationship, values=self._values())

    def _told(self, **more: object) -> dict:
        zh, en = CONCEPTS[self.name]
        return {"id": self.name, "name": zh, "names": {"zh": zh, "en": en}, **more}

    def _values(self) -> list[dict]:
        return [self._value(code) for code in self.places]

    def _value(self, code: str) -> dict:
        if self.name == TIME:
            first, last = days_of(code)
            span = {"start": f"{first}T00:00:00", "end": f"{last}T23:59:59"}
            return {"id": code, "name": code, "names": {"zh": code, "en": code}, **span}
        if self.rows is None:
            return {"value": code} if self.version == "2.0.0" else {"name": code}
        row = self.rows.get(code)
        zh, en = (row.name, row.name_en or row.name) if row else (code, code)
        return {"id": code, "name": zh, "names": {"zh": zh, "en": en}}


def data_json(figures: Sequence[Figure], query: DataQuery, rows: Catalogue, version: str, header: dict) -> bytes:
    """The figures, by series with `query.at` in each observation (or flat), as a data message of that version."""
    known = labels(rows)
    at = TIME if query.detail in WITHOUT_OBSERVATIONS else query.at
    outer: tuple[str, ...] = ()
    if at != ALL_DIMENSIONS:
        outer = tuple(name for name in COMPONENTS if name != at)
    inner = tuple(name for name in COMPONENTS if name not in outer)
    wanted = _attributes_of(figures, query)
    is_of_series = OF_SERIES in wanted and {"INDICATOR", "SERIES"} <= set(outer)
    of_series = (OF_SERIES,) if is_of_series else ()
    of_each = tuple(name for name in wanted if name not in of_series)
    values = {name: _Values(name, known.get(name), version) for name in (*COMPONENTS, *wanted)}
    of_observation: dict = {"observation": {}} if version == "2.0.0" else {"primaryMeasure": "OBS_VALUE"}
    related = {each.id: _relationship(each, of_observation) for each in bare_structure().attributes}
    content = _content(figures, values, (outer, inner, of_series, of_each), query)
    structure: dict[str, Any] = {
        "links": _links("dataflow" if version == "2.0.0" else "datastructure"),
        **named(bare_flow().name),
        "dimensions": {
            "dataSet": [],
            "series": [values[name].dimension([]) for name in outer],
            "observation": [values[name].dimension([name] if name == TIME else []) for name in inner],
        },
        "attributes": {
            "dataSet": [],
            "series": [values[name].attribute(related[name]) for name in of_series],
            "observation": [values[name].attribute(related[name]) for name in of_each],
        },
    }
    whole: dict[str, Any] = {"action": "Information", **content}
    if version == "2.0.0":
        zh, en = CONCEPTS["OBS_VALUE"]
        measure = {"id": "OBS_VALUE", "name": zh, "names": {"zh": zh, "en": en}, "roles": []}
        structure |= {"dataSets": [0], "measures": {"observation": [measure]}}
        told = {"structure": 0, "links": _links("dataflow"), **whole}
        body: dict[str, Any] = {"dataSets": [told], "structures": [structure]}
    else:
        body = {"dataSets": [{"links": _links("datastructure"), **whole}], "structure": structure}
    return orjson.dumps({"meta": meta(header, "data", version), "data": body})


def _attributes_of(figures: Sequence[Figure], query: DataQuery) -> tuple[str, ...]:
    """The attributes that any of the figures has: the standard knows no attribute without a value in a message."""
    if query.detail in WITHOUT_ATTRIBUTES:
        return ()
    names = [each.id for each in bare_structure().attributes]
    return tuple(name for name in names if any(map(CODE_OF[name], figures)))


def _content(figures: Sequence[Figure], values: dict[str, _Values], names: tuple, query: DataQuery) -> dict:
    """The observations, under the keys of their series, or flat where there are none."""
    outer, inner, of_series, of_each = names
    series: dict[str, dict] = {}
    for figure in figures:
        key = _key(values, outer, figure)
        if key not in series:
            series[key] = {"attributes": _attributes(values, of_series, figure), "observations": {}}
        if query.detail not in WITHOUT_OBSERVATIONS:
            number = orjson.Fragment(figure.value)  # its digits, as every other format has them
            observation = [number, *_attributes(values, of_each, figure)]
            series[key]["observations"][_key(values, inner, figure)] = observation
    if not outer:
        return {"observations": series[""]["observations"] if series else {}}
    return {"series": series}


def _key(values: dict[str, _Values], names: tuple[str, ...], figure: Figure) -> str:
    return ":".join(str(values[name].place(CODE_OF[name](figure))) for name in names)


def _attributes(values: dict[str, _Values], names: tuple[str, ...], figure: Figure) -> list[int | None]:
    return [values[name].place(CODE_OF[name](figure)) for name in names]


def _links(kind: str) -> list[dict]:
    return [{"urn": urn(kind, bare_flow()), "rel": CLASSES[kind][1].partition(".")[2].lower()}]


# Structures ----------------------------------------------------------------------------------------


def urn(kind: str, artefact: Any) -> str:
    """The name of a maintainable artefact in the whole world."""
    return f"urn:sdmx:org.sdmx.infomodel.{CLASSES[kind][1]}={agency().id}:{artefact.id}({artefact.version})"


def structures_json(found: Sequence[Chosen], version: str, header: dict) -> bytes:
    """Artefacts as a structure message of that version."""
    content: dict[str, list] = {}
    for each in found:
        content.setdefault(CLASSES[each.kind][0], []).append(_artefact(each, version))
    return orjson.dumps({"meta": meta(header, "structure", version), "data": content})


def _artefact(each: Chosen, version: str) -> dict:
    kind, artefact = each.kind, each.artefact
    told: dict[str, Any] = {
        "id": artefact.id,
        "version": str(artefact.version),
        "agencyID": agency().id,
        "isExternalReference": each.is_stub,
        **named(artefact.name),
        "links": [{"rel": "self", "urn": urn(kind, artefact)}],
    }
    if each.is_stub:
        return told | {"links": [*told["links"], {"rel": "external", "href": each.address}]}
    if kind in ITEM_LISTS:
        is_partial = bool(getattr(artefact, "is_partial", False))
        items = [_item(kind, artefact, item) for item in artefact.items.values()]
        return told | {"isPartial": is_partial, ITEM_LISTS[kind]: items}
    if kind == "dataflow":
        return told | {"structure": urn("datastructure", artefact.structure)}
    components = _components_v1(artefact) if version == "1.0.0" else _components_v2(artefact)
    return told | {"dataStructureComponents": components}


def _item(kind: str, scheme: Any, item: Any) -> dict:
    told = {"id": item.id, **named(item.name)}
    if item.description.localizations:
        words = named(item.description)
        told |= {"description": words["name"], "descriptions": words["names"]}
    if item.parent is not None and kind == "codelist" and item.parent is not scheme:
        told["parent"] = item.parent.id
    return told


def _components_v2(structure: v21.DataStructureDefinition) -> dict:
    attributes = []
    for each in structure.attributes:
        usage = "mandatory" if _is_mandatory(each) else "optional"
        related = _relationship(each, {"observation": {}})
        attributes.append(_component(each, "format", "dataType") | {"usage": usage, "attributeRelationship": related})
    measures = [_component(each, "format", "dataType") for each in structure.measures]
    return {
        "dimensionList": _dimensions(structure, "format", "dataType"),
        "measureList": {"id": "MeasureDescriptor", "measures": measures},
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
    }


def _components_v1(structure: v21.DataStructureDefinition) -> dict:
    attributes = []
    for each in structure.attributes:
        status = "Mandatory" if _is_mandatory(each) else "Conditional"
        related = _relationship(each, {"primaryMeasure": "OBS_VALUE"})
        more = {"assignmentStatus": status, "attributeRelationship": related}
        attributes.append(_component(each, "textFormat", "textType") | more)
    (measure,) = structure.measures
    primary = _component(measure, "textFormat", "textType")
    return {
        "dimensionList": _dimensions(structure, "textFormat", "textType"),
        "measureList": {"id": "MeasureDescriptor", "primaryMeasure": primary},
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
    }


def _dimensions(structure: v21.DataStructureDefinition, form: str, kind: str) -> dict:
    times = [each for each in structure.dimensions if isinstance(each, common.TimeDimension)]
    plain = [each for each in structure.dimensions if each not in times]
    return {
        "id": "DimensionDescriptor",
        "dimensions": [_component(each, form, kind) | {"position": at} for at, each in enumerate(plain)],
        "timeDimensions": [_component(each, form, kind) for each in times],
    }


def _is_mandatory(attribute: Any) -> bool:
    return attribute.usage_status == common.UsageStatus.mandatory


def _relationship(attribute: Any, of_each: dict) -> dict:
    related = attribute.related_to
    if isinstance(related, common.DimensionRelationship):
        return {"dimensions": [each.id for each in related.dimensions]}
    return of_each


def _component(component: Any, form: str, kind: str) -> dict:
    """`form` and `kind` are what the edition calls a representation without a code list, and its type."""
    scheme = component.concept_identity.parent
    place = f"Concept={agency().id}:{scheme.id}({scheme.version}).{component.concept_identity.id}"
    told = {"id": component.id, "conceptIdentity": f"urn:sdmx:org.sdmx.infomodel.conceptscheme.{place}"}
    how = component.local_representation
    if how is not None and how.enumerated is not None:
        told["localRepresentation"] = {"enumeration": urn("codelist", how.enumerated)}
    elif how is not None and how.non_enumerated:
        name = how.non_enumerated[0].value_type.name
        told["localRepresentation"] = {form: {kind: name[:1].upper() + name[1:]}}
    return told


# What there is -------------------------------------------------------------------------------------


def availability_json(values: dict[str, list[str]], count: int, header: dict) -> bytes:
    """The codes that have figures, as a data constraint of SDMX-JSON 2.0."""
    keys = []
    for name, codes in values.items():
        keys.append({"id": name, "include": True, "values": [{"value": code} for code in codes]})
    constraint = {
        "id": "AVAILABLE",
        "version": "1.0",
        "agencyID": agency().id,
        "role": "Actual",
        "name": FLOW_NAME["zh"],
        "names": FLOW_NAME,
        "annotations": [{"id": "obs_count", "type": "sdmx_metrics", "title": str(count)}],
        "constraintAttachment": {"dataflows": [urn("dataflow", bare_flow())]},
        "cubeRegions": [{"include": True, "keyValues": keys}],
    }
    return orjson.dumps({"meta": meta(header, "structure", "2.0.0"), "data": {"dataConstraints": [constraint]}})
