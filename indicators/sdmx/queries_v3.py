"""What an address of SDMX 3.0 REST asks for, in the terms of `queries`. Pure: no Django, no clock, no I/O.

structure/{type}/{agencies}/{ids}/{versions}/{items}, data/dataflow/{agencies}/{ids}/{versions}/{key},
availability/dataflow/{agencies}/{ids}/{versions}/{key}/{component}: `*` for every one, a comma between several.
Components are narrowed by c[NAME]=… (github.com/sdmx-twg/sdmx-rest, v2.1.0)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from indicators.sdmx.agency import agency_code
from indicators.sdmx.errors import SdmxRefused
from indicators.sdmx.names import DIMENSIONS, FLOW, FREQUENCIES, SERIES, TIME, VERSION
from indicators.sdmx.queries import (
    RESOURCES,
    DataQuery,
    StructureQuery,
    keyed,
    narrowed,
    pieces_of,
    require_structure_parameters,
    single,
)

LATEST = {"~", "latest", f"{VERSION}+", VERSION}
DATA_PARAMETERS = (
    "updatedAfter",
    "firstNObservations",
    "lastNObservations",
    "dimensionAtObservation",
    "includeHistory",
    "attributes",
    "measures",
)
AVAILABILITY_PARAMETERS = ("mode", "references", "updatedAfter")
COMPONENT = re.compile(r"c\[([A-Z_]+)\]")
DETAIL_OF = {  # (attributes, measures) → what 2.1 calls the detail
    ("dsd", "all"): "full",
    ("all", "all"): "full",
    ("none", "all"): "dataonly",
    ("none", "none"): "serieskeysonly",
    ("dsd", "none"): "nodata",
}


def structure_query(path: str, parameters: Mapping[str, Sequence[str]]) -> StructureQuery:
    """`path` is what follows structure/."""
    resource, agencies, ids, versions, items = pieces_of(path, 5, "{type}/{agencies}/{ids}/{versions}/{items}")
    if resource not in {*RESOURCES, "*", ""}:
        words = _("本服务不提供 {resource}。可以查询：{known}。")
        raise SdmxRefused(501, words.format(resource=resource[:60], known="、".join(RESOURCES)))
    references, detail = require_structure_parameters(parameters)
    wanted = _several(versions)
    is_present = wanted is None or bool(wanted & LATEST)
    named = None if is_present else wanted
    return StructureQuery(
        resource or "*", _several(agencies), _several(ids), named, references, detail, _several(items)
    )


def data_query(path: str, parameters: Mapping[str, Sequence[str]], zone: tzinfo) -> DataQuery:
    """`path` is what follows data/. A moment without a zone is in `zone`."""
    key = _require_flow(*pieces_of(path, 5, "dataflow/{agencies}/{ids}/{versions}/{key}"))
    plain, components = _parted(parameters)
    asked = single(plain, DATA_PARAMETERS)
    shown = asked.pop("attributes", "dsd"), asked.pop("measures", "all")
    if shown not in DETAIL_OF:
        raise SdmxRefused(501, _("attributes 可以是 dsd、all、none，measures 可以是 all、none。"))
    found = replace(_key(key), **narrowed({**asked, "detail": DETAIL_OF[shown]}, zone))
    return _componentwise(found, components)


def availability_query(
    path: str, parameters: Mapping[str, Sequence[str]], zone: tzinfo
) -> tuple[DataQuery, str, Mapping[str, str]]:
    """The figures that are meant, the component that is asked for ("" for every one), and `mode`."""
    *flow, component = pieces_of(path, 6, "dataflow/{agencies}/{ids}/{versions}/{key}/{component}")
    key = _require_flow(*flow)
    plain, components = _parted(parameters)
    asked = single(plain, AVAILABILITY_PARAMETERS)
    narrowing = {name: value for name, value in asked.items() if name == "updatedAfter"}
    found = _componentwise(replace(_key(key), **narrowed(narrowing, zone)), components)
    return found, "" if component == "*" else component, asked


def _several(piece: str) -> frozenset[str] | None:
    return None if piece in {"", "*"} else frozenset(piece.split(","))


def _require_flow(context: str, agencies: str, ids: str, versions: str, key: str) -> str:
    """The key, where the flow is ours."""
    asked = [(_several(agencies), {agency_code()}), (_several(ids), {FLOW}), (_several(versions), LATEST)]
    is_ours = all(names is None or names & known for names, known in asked)
    if context not in {"dataflow", "*", ""} or not is_ours:
        words = _("没有这样的数据。本服务的数据在 dataflow/{agency}/{flow}/{version}。")
        raise SdmxRefused(404, words.format(agency=agency_code(), flow=FLOW, version=VERSION))
    return key


def _key(key: str) -> DataQuery:
    if "," in key:
        raise SdmxRefused(501, _("一次只能写一个键；几个代码并列请用 c[REF_AREA]=330122,330127。"))
    if key in {"", "*"}:
        return keyed("")
    parts = ["" if part == "*" else part for part in key.split(".")]
    return keyed(".".join(parts))


def _parted(parameters: Mapping[str, Sequence[str]]) -> tuple[dict, dict[str, str]]:
    """Parameters of their own, and those that narrow a component."""
    plain, components = {}, {}
    for name, values in parameters.items():
        if found := COMPONENT.fullmatch(name):
            components[found[1]] = ",".join(values)
        else:
            plain[name] = values
    return plain, components


FIELDS = {"REF_AREA": "areas", "INDICATOR": "indicators", "SERIES": "series"}


def _componentwise(found: DataQuery, components: Mapping[str, str]) -> DataQuery:
    for name, text in components.items():
        if name == TIME:
            found = _in_time(found, text)
        elif name in DIMENSIONS:
            found = _with_codes(found, name, tuple(code.removeprefix("eq:") for code in text.split(",")))
        else:
            words = _("没有名为 {name} 的维；可以是：{known}。")
            raise SdmxRefused(400, words.format(name=name, known="、".join((*DIMENSIONS, TIME))))
    return found


def _with_codes(found: DataQuery, name: str, codes: tuple[str, ...]) -> DataQuery:
    if name == "FREQ":
        wanted = tuple(each for each in FREQUENCIES if each in codes)
        return replace(found, frequencies=wanted) if wanted else replace(found, series=())
    if unknown := [code for code in codes if name == "SERIES" and code not in SERIES]:
        words = _("代码表里没有：{codes}。SERIES 有 {series}。")
        raise SdmxRefused(404, words.format(codes="、".join(unknown), series="、".join(SERIES)))
    field, before = FIELDS[name], getattr(found, FIELDS[name])
    kept = codes if before is None else tuple(code for code in before if code in codes)
    changed: dict[str, Any] = {field: kept}
    return replace(found, **changed)


YEARS = range(date.min.year + 1, date.max.year)  # before and after each there is one more
YEAR_TEST = re.compile(r"(?:(eq|ge|le|gt|lt):)?([0-9]{4})")


def _in_time(found: DataQuery, text: str) -> DataQuery:
    """ge:2023+le:2025: bounds joined by a plus sign, which arrives as a blank."""
    first, last = found.first_year, found.last_year
    for part in re.split(r"[+ ]", text):
        test = YEAR_TEST.fullmatch(part)
        if test is None or int(test[2]) not in YEARS:
            words = _("c[{time}]={text} 应形如 2024 或 ge:2023+le:2025。")
            raise SdmxRefused(400, words.format(time=TIME, text=text[:60]))
        year, sign = int(test[2]), test[1] or "eq"
        if sign in {"eq", "ge", "gt"}:
            first = max(first or 0, year + (sign == "gt"))
        if sign in {"eq", "le", "lt"}:
            last = min(last or 9999, year - (sign == "lt"))
    begin = found.begin if first is None else date(first, 1, 1)
    end = found.end if last is None else date(last, 12, 31)
    return replace(found, first_year=first, last_year=last, begin=begin, end=end)
