"""Observations → SDMX-ML 2.1 data messages and SDMX-CSV 1.0, by sdmx1. No Django."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import cast

import sdmx
from django.utils.translation import gettext as _
from lxml import etree
from pandas import DataFrame
from sdmx.format.csv.common import Attributes
from sdmx.format.csv.v1 import FormatOptions
from sdmx.format.xml.v21 import qname
from sdmx.message import DataMessage
from sdmx.model import v21
from sdmx.writer.xml import writer

from indicators.sdmx.agency import agency_code
from indicators.sdmx.catalogue import Catalogue, CodeRow, Figure
from indicators.sdmx.errors import SdmxRefused
from indicators.sdmx.media import GENERIC, SPECIFIC
from indicators.sdmx.names import (
    ALL_DIMENSIONS,
    CONDITIONAL,
    DIMENSIONS,
    FLOW,
    FREQUENCY,
    QUARTERLY,
    TIME,
    VERSION,
    unit_code,
)
from indicators.sdmx.queries import DataQuery
from indicators.sdmx.structures import CONCEPTS, bare_flow, bare_structure, labels, message_header

COMPONENTS = (*DIMENSIONS, TIME)
WITHOUT_OBSERVATIONS = ("serieskeysonly", "nodata")
WITHOUT_ATTRIBUTES = ("serieskeysonly", "dataonly")
SETS = {GENERIC: v21.GenericDataSet, SPECIFIC: v21.StructureSpecificDataSet}
CODE_OF = {
    "FREQ": lambda figure: QUARTERLY if figure.quarter else FREQUENCY,
    "REF_AREA": lambda figure: figure.area,
    "INDICATOR": lambda figure: figure.indicator,
    "SERIES": lambda figure: figure.series,
    TIME: lambda figure: figure.period,
    "UNIT_MEASURE": lambda figure: unit_code(figure.unit),
    "OBS_STATUS": lambda figure: figure.status,
    "PROBABILITY": lambda figure: figure.forecast[0],
    "RANGE_LOW": lambda figure: figure.forecast[1],
    "RANGE_HIGH": lambda figure: figure.forecast[2],
    "FORECAST_VERSION": lambda figure: figure.forecast[3],
    "FORECAST_STATUS": lambda figure: figure.forecast[4],
    "NUMERATOR": lambda figure: figure.parts[0],
    "DENOMINATOR": lambda figure: figure.parts[1],
    "UPPER_END": lambda figure: figure.shape[0],
    "STAGE": lambda figure: figure.shape[1],
    "REACHED_ON": lambda figure: figure.shape[2],
    "COUNTED": lambda figure: figure.counted[0],
    "COUNTIES": lambda figure: figure.counted[1],
}


def limited(figures: Sequence[Figure], query: DataQuery) -> list[Figure]:
    """The first and the last observations of each time series, where the query asks for these only."""
    if query.first_n is None and query.last_n is None:
        return list(figures)
    found = []
    for _key, group in groupby(figures, key=_series_of):
        own, first, last = list(group), query.first_n or 0, query.last_n or 0
        found += own if first + last >= len(own) else own[:first] + own[len(own) - last :]
    return found


def _series_of(figure: Figure) -> tuple:
    return figure.area, figure.indicator, figure.series, bool(figure.quarter)


def data_message(figures: Sequence[Figure], query: DataQuery, form: str, header: dict) -> bytes:
    """`form` is GENERIC or SPECIFIC; the series are those of `query.at`."""
    at = v21.DimensionComponent(id=query.at)  # the writer names components only, and AllDimensions is none
    message = DataMessage(header=message_header(**header), dataflow=bare_flow(), observation_dimension=at)
    message.data.append(_data_set(figures, query, SETS[form]))
    return _finished(writer.recurse(message), query, form)


def data_csv(
    figures: Sequence[Figure],
    query: DataQuery,
    rows: Catalogue | None = None,
    language: str = "zh",
    *,
    is_second: bool = False,
) -> bytes:
    """SDMX-CSV 1.0, or 2.0 (`is_second`): codes; with `rows` (labels=both) each code and column followed by its name in
    `language`."""
    if query.detail in WITHOUT_OBSERVATIONS:
        raise SdmxRefused(406, _("SDMX-CSV 只能给出数值，detail={detail} 请用 SDMX-ML。").format(detail=query.detail))
    flat = DataQuery(at=ALL_DIMENSIONS, detail=query.detail)
    attributes = Attributes.none if query.detail in WITHOUT_ATTRIBUTES else Attributes.all
    made = sdmx.to_csv(
        _data_set(figures, flat, v21.DataSet),
        rtype=DataFrame,
        attributes=attributes,
        dtype=None,
        format_options=FormatOptions(),
    )
    table = cast(DataFrame, made)  # the kind that `rtype` asks for
    if rows is not None:
        table = _labelled(table, rows, language)
    if is_second:
        table.insert(0, "STRUCTURE", "dataflow")
        table = table.rename(columns={"DATAFLOW": "STRUCTURE_ID"})
        table.insert(2, "ACTION", "I")
    return table.to_csv(index=False, lineterminator="\r\n").encode()


def _labelled(table: DataFrame, rows: Catalogue, language: str) -> DataFrame:
    def both(code: str, row: CodeRow) -> str:
        return f"{code}: {row.name_en if language == 'en' else row.name}"

    names = {code: both(code, CodeRow(code, *words)) for code, words in CONCEPTS.items()}
    for component, codes in labels(rows).items():
        if component in table:
            table[component] = table[component].map({code: both(code, row) for code, row in codes.items()})
    return table.rename(columns=names)


# The data set ---------------------------------------------------------------------------------------


class _Parts:
    """Key and attribute values, each made once: a data set repeats few of them many times."""

    def __init__(self):
        self.structure = bare_structure()
        self.measure = self.structure.measures[0]
        self.made: dict[tuple[str, str], object] = {}

    def dimensions(self, names: tuple[str, ...], figure: Figure) -> dict[str, v21.KeyValue]:
        return {name: self._one(name, figure, self._dimension) for name in names}

    def attributes(self, names: tuple[str, ...], figure: Figure) -> dict[str, v21.AttributeValue]:
        given = (name for name in names if name not in CONDITIONAL or CODE_OF[name](figure))
        return {name: self._one(name, figure, self._attribute) for name in given}

    def _dimension(self, name: str, code: str) -> v21.KeyValue:
        return v21.KeyValue(name, code, self.structure.dimensions.get(name))

    def _attribute(self, name: str, code: str) -> v21.AttributeValue:
        return v21.AttributeValue(value=code, value_for=self.structure.attributes.get(name))

    def _one(self, name, figure, make):
        code = CODE_OF[name](figure)
        if (name, code) not in self.made:
            self.made[name, code] = make(name, code)
        return self.made[name, code]


def _data_set(figures: Sequence[Figure], query: DataQuery, kind: type[v21.DataSet]) -> v21.DataSet:
    parts = _Parts()
    found = kind(structured_by=parts.structure, described_by=bare_flow())
    at = TIME if query.detail in WITHOUT_OBSERVATIONS else query.at
    outer = () if at == ALL_DIMENSIONS else tuple(name for name in COMPONENTS if name != at)
    inner = tuple(name for name in COMPONENTS if name not in outer)
    # The unit belongs to indicator and series together: to the series key where both are in it.
    attributes = () if query.detail in WITHOUT_ATTRIBUTES else ("UNIT_MEASURE", "OBS_STATUS", *CONDITIONAL)
    of_series = attributes[:1] if {"INDICATOR", "SERIES"} <= set(outer) else ()
    of_each = tuple(name for name in attributes if name not in of_series)
    for group in _grouped(figures, outer):
        key = v21.SeriesKey(values=parts.dimensions(outer, group[0]), attrib=parts.attributes(of_series, group[0]))
        inside = () if query.detail in WITHOUT_OBSERVATIONS else group
        observations = [_observation(parts, figure, inner, of_each) for figure in inside]
        found.add_obs(observations, series_key=key if outer else None)
    return found


def _grouped(figures: Sequence[Figure], outer: tuple[str, ...]) -> Iterator[list[Figure]]:
    """Figures by what stands in the series key; within a series they keep their order."""

    def key(figure: Figure) -> list[str]:
        return [CODE_OF[name](figure) for name in outer]

    for _key, group in groupby(sorted(figures, key=key), key=key):
        yield list(group)


def _observation(parts: _Parts, figure: Figure, inner: tuple[str, ...], attributes: tuple[str, ...]) -> v21.Observation:
    return v21.Observation(
        dimension=v21.Key(list(parts.dimensions(inner, figure).values())),
        value=figure.value,
        value_for=parts.measure,
        attached_attribute=parts.attributes(attributes, figure),
    )


def _finished(root: etree._Element, query: DataQuery, form: str) -> bytes:
    """What the standard asks for and the writer leaves out: a generic message's own root, the namespace of a
    structure-specific one."""
    if form == GENERIC:
        root.tag = qname("mes:GenericData")
    else:
        (structure,) = root.iterfind(f"{qname('mes:Header')}/{qname('mes:Structure')}")
        of = f"urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={agency_code()}:{FLOW}({VERSION})"
        structure.set("namespace", f"{of}:ObsLevelDim:{query.at}")
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)
