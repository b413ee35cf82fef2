"""What an address of the SDMX service asks for. Pure: no Django, no clock, no I/O.

Every function raises Refused with words where it cannot read what it is given."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from indicators.sdmx.agency import agency_code
from indicators.sdmx.errors import SdmxRefused
from indicators.sdmx.names import ALL_DIMENSIONS, DIMENSIONS, FLOW, FREQUENCIES, FREQUENCY, SERIES, TIME, VERSION

DETAILS = ("full", "dataonly", "serieskeysonly", "nodata")
DATA_PARAMETERS = (
    "startPeriod",
    "endPeriod",
    "updatedAfter",
    "firstNObservations",
    "lastNObservations",
    "dimensionAtObservation",
    "detail",
    "includeHistory",
)
STRUCTURE_DETAILS = (
    "full",
    "allstubs",
    "referencestubs",
    "allcompletestubs",
    "referencecompletestubs",
    "referencepartial",
)
RELATIONS = ("none", "parents", "parentsandsiblings", "children", "descendants", "all")
RESOURCES = ("dataflow", "datastructure", "codelist", "conceptscheme", "agencyscheme")
# Resources of the standard that this service has nothing of.
OTHER_RESOURCES = (
    "metadatastructure",
    "categoryscheme",
    "hierarchicalcodelist",
    "organisationscheme",
    "dataproviderscheme",
    "dataconsumerscheme",
    "organisationunitscheme",
    "reportingtaxonomy",
    "provisionagreement",
    "structureset",
    "process",
    "categorisation",
    "contentconstraint",
    "attachmentconstraint",
    "actualconstraint",
    "metadataflow",
    "allowedconstraint",
    "structure",
    "transformationscheme",
    "rulesetscheme",
    "userdefinedoperatorscheme",
    "customtypescheme",
    "vtlmappingscheme",
    "namepersonalisationscheme",
    "metadata",
    "schema",
)


@dataclass(frozen=True)
class StructureQuery:
    """Which structures: None means every one; a `resource` of * every kind. `references` is one of RELATIONS or of
    RESOURCES, `detail` one of STRUCTURE_DETAILS. `items` are the codes wanted of an item scheme."""

    resource: str
    agencies: frozenset[str] | None
    ids: frozenset[str] | None
    versions: frozenset[str] | None
    references: str = "none"
    detail: str = "full"
    items: frozenset[str] | None = None


@dataclass(frozen=True)
class DataQuery:
    """Which observations: None means no limit, for codes and for years (both inclusive) alike. Without a word on FREQ
    the annual ones, which alone are official."""

    areas: tuple[str, ...] | None = None
    indicators: tuple[str, ...] | None = None
    series: tuple[str, ...] = SERIES
    first_year: int | None = None
    last_year: int | None = None
    updated_after: datetime | None = None
    detail: str = "full"
    first_n: int | None = None
    last_n: int | None = None
    at: str = TIME
    frequencies: tuple[str, ...] = (FREQUENCY,)
    begin: date | None = None  # of the periods asked for, for what is shorter than a year
    end: date | None = None


def structure_query(resource: str, path: str, parameters: Mapping[str, Sequence[str]]) -> StructureQuery:
    """`path` is {agency}/{id}/{version}/{item}, each optional: `all`, codes joined by +, or `latest`."""
    if resource in OTHER_RESOURCES:
        words = _("本服务不提供 {resource}。可以查询：{known}、data。")
        raise SdmxRefused(501, words.format(resource=resource, known="、".join(RESOURCES)))
    if resource not in RESOURCES:
        words = _("没有“{resource}”这类资源。可以查询：{known}、data。")
        raise SdmxRefused(400, words.format(resource=resource, known="、".join(RESOURCES)))
    pieces = pieces_of(path, 4, "{agency}/{id}/{version}/{item}")
    references, detail = require_structure_parameters(parameters)
    agencies, ids, versions, items = (_codes(piece) for piece in pieces)
    if versions == {"latest"}:
        versions = None
    return StructureQuery(resource, agencies, ids, versions, references, detail, items)


def require_structure_parameters(parameters: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """(references, detail) as they are asked for."""
    asked = single(parameters, ("references", "detail"))
    references = asked.get("references", "none")
    if references not in (*RELATIONS, *RESOURCES, *OTHER_RESOURCES):
        words = _("references={references} 无法识别。可以是：{known}。")
        raise SdmxRefused(400, words.format(references=references, known="、".join((*RELATIONS, *RESOURCES))))
    detail = asked.get("detail", "full")
    if detail not in STRUCTURE_DETAILS:
        words = _("detail={detail} 无法识别。可以是：{known}。")
        raise SdmxRefused(400, words.format(detail=detail, known="、".join(STRUCTURE_DETAILS)))
    return references, detail


def data_query(path: str, parameters: Mapping[str, Sequence[str]], zone: tzinfo) -> DataQuery:
    """`path` is {flow}/{key}/{provider}, the last two optional. A moment without a zone is in `zone`."""
    flow, key, provider = pieces_of(path, 3, "{flow}/{key}/{provider}")
    _check_flow(flow)
    _check_provider(provider)
    return replace(keyed(key), **narrowed(single(parameters, DATA_PARAMETERS), zone))


AVAILABILITY_PARAMETERS = ("startPeriod", "endPeriod", "updatedAfter", "mode", "references")


def availability_query(
    path: str, parameters: Mapping[str, Sequence[str]], zone: tzinfo
) -> tuple[DataQuery, str, Mapping[str, str]]:
    """`path` is {flow}/{key}/{provider}/{component}, the last three optional: the figures that are meant, the component
    that is asked for ("" for every one), and `mode`."""
    flow, key, provider, component = pieces_of(path, 4, "{flow}/{key}/{provider}/{component}")
    _check_flow(flow)
    _check_provider(provider)
    asked = single(parameters, AVAILABILITY_PARAMETERS)
    periods = {name: value for name, value in asked.items() if name not in {"mode", "references"}}
    return replace(keyed(key), **narrowed(periods, zone)), "" if component == "all" else component, asked


def require_availability(component: str, asked: Mapping[str, str]) -> str:
    """The mode: exact, or available (what could still be chosen of the component)."""
    if component and component not in (*DIMENSIONS, TIME):
        words = _("没有名为 {component} 的维；可以是：{known}。")
        raise SdmxRefused(404, words.format(component=component[:60], known="、".join((*DIMENSIONS, TIME))))
    mode = asked.get("mode", "exact")
    if mode not in {"exact", "available"}:
        raise SdmxRefused(400, _("mode={mode} 无法识别。可以是：exact、available。").format(mode=mode[:60]))
    if asked.get("references", "none") != "none":
        raise SdmxRefused(501, _("availableconstraint 只提供 references=none；结构请另取。"))
    return mode


def _check_flow(flow: str) -> None:
    agency, name, version = (["all", flow, "latest"] if "," not in flow else [*flow.split(","), "latest"])[:3]
    wanted = (agency in {"all", agency_code()}, name == FLOW, version in {"latest", "all", VERSION})
    if not all(wanted) or flow.count(",") > 2:
        words = _("没有“{flow}”这个数据流。本服务的数据流是 {own}（{agency},{own},{version}）。")
        raise SdmxRefused(404, words.format(flow=flow, own=FLOW, agency=agency_code(), version=VERSION))


def _check_provider(provider: str) -> None:
    own = agency_code()
    if provider and not {"all", own, f"{own},{own}"} & set(provider.split("+")):
        words = _("没有“{provider}”这个数据提供者。本服务的数据都由 {own} 提供。")
        raise SdmxRefused(404, words.format(provider=provider, own=own))


def keyed(key: str) -> DataQuery:
    """What a key leaves: codes joined by +, a part left empty for every one."""
    if key in {"", "all"}:
        return DataQuery()
    pieces = key.split(".")
    if len(pieces) != len(DIMENSIONS):
        order = ".".join(DIMENSIONS)
        words = _("键“{key}”有 {count} 段，应为 {wanted} 段：{order}。不限的一段留空。")
        raise SdmxRefused(400, words.format(key=key, count=len(pieces), wanted=len(DIMENSIONS), order=order))
    frequencies, areas, indicators, series = (tuple(filter(None, piece.split("+"))) for piece in pieces)
    unknown = [*_beyond(frequencies, FREQUENCIES), *_beyond(series, SERIES)]
    if unknown:
        words = _("代码表里没有：{codes}。FREQ 有 {frequencies}，SERIES 有 {series}。")
        known = {"frequencies": "、".join(FREQUENCIES), "series": "、".join(SERIES)}
        raise SdmxRefused(404, words.format(codes="、".join(unknown), **known))
    wanted = tuple(each for each in FREQUENCIES if each in frequencies) or (FREQUENCY,)
    chosen = tuple(each for each in SERIES if each in series) or SERIES
    return DataQuery(areas or None, indicators or None, chosen, frequencies=wanted)


def _beyond(codes, known) -> list[str]:
    return [code for code in codes if code not in known]


def narrowed(asked: Mapping[str, str], zone: tzinfo) -> dict:
    """Periods, counts and form that parameters ask for, as fields of a DataQuery."""
    detail, at = asked.get("detail", "full"), asked.get("dimensionAtObservation", TIME)
    if detail not in DETAILS:
        words = _("detail={detail} 无法识别。可以是：{known}。")
        raise SdmxRefused(400, words.format(detail=detail, known="、".join(DETAILS)))
    if at not in (*DIMENSIONS, TIME, ALL_DIMENSIONS):
        names = "、".join((TIME, ALL_DIMENSIONS, *DIMENSIONS))
        words = _("dimensionAtObservation={at} 无法识别。可以是：{known}。")
        raise SdmxRefused(400, words.format(at=at, known=names))
    if asked.get("includeHistory", "false") != "false":
        raise SdmxRefused(501, _("本服务不提供 includeHistory；各版本请从 /api/v1/ 的 as_of 和 changes/ 读取。"))
    begin = _span("startPeriod", asked["startPeriod"])[0] if "startPeriod" in asked else None
    end = _span("endPeriod", asked["endPeriod"])[1] if "endPeriod" in asked else None
    if begin and end and begin > end:
        words = _("startPeriod={begin} 在 endPeriod={end} 之后：没有一个时期能同时符合两个。")
        raise SdmxRefused(400, words.format(begin=asked["startPeriod"], end=asked["endPeriod"]))
    return {
        "detail": detail,
        "at": at,
        "first_year": _first_year(asked.get("startPeriod")),
        "last_year": _last_year(asked.get("endPeriod")),
        "begin": begin,
        "end": end,
        "updated_after": _moment(asked.get("updatedAfter"), zone),
        "first_n": _count("firstNObservations", asked),
        "last_n": _count("lastNObservations", asked),
    }


def pieces_of(path: str, most: int, pattern: str) -> list[str]:
    """The parts of a path, "" where it has no more."""
    pieces = path.strip("/").split("/") if path.strip("/") else []
    if len(pieces) > most:
        raise SdmxRefused(400, _("地址多出了一段：应为 {pattern}。").format(pattern=pattern))
    return [*pieces, *[""] * (most - len(pieces))]


def _codes(piece: str) -> frozenset[str] | None:
    return None if piece in {"", "all", "*"} else frozenset(piece.split("+"))


def single(parameters: Mapping[str, Sequence[str]], known: Sequence[str]) -> dict[str, str]:
    """Parameters that may be given, each once."""
    unknown = [name for name in parameters if name not in known]
    if unknown:
        words = _("无法识别的参数：{codes}。可以用：{known}。")
        raise SdmxRefused(400, words.format(codes="、".join(unknown), known="、".join(known)))
    repeated = [name for name, values in parameters.items() if len(values) > 1]
    if repeated:
        raise SdmxRefused(400, _("参数 {names} 给了多次，只能给一次。").format(names="、".join(repeated)))
    return {name: values[0] for name, values in parameters.items()}


def _count(name: str, asked: Mapping[str, str]) -> int | None:
    text = asked.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise SdmxRefused(400, _("{name}={text} 应为正整数。").format(name=name, text=text))
    return int(text)


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    if text is None:
        return None
    try:  # an unescaped + of a zone arrives as a blank
        found = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        found.astimezone(UTC)  # the first and the last day there is are in another year elsewhere
    except (ValueError, OverflowError):
        words = _("updatedAfter={text} 应为日期或时间，例如 2026-04-15T18:00:00+08:00。")
        raise SdmxRefused(400, words.format(text=text)) from None
    return found


# Periods: an annual observation covers the whole of its year, and counts where all of it lies within ----------


def _first_year(text: str | None) -> int | None:
    if text is None:
        return None
    begin, _ = _span("startPeriod", text)
    return begin.year if (begin.month, begin.day) == (1, 1) else begin.year + 1


def _last_year(text: str | None) -> int | None:
    if text is None:
        return None
    _, end = _span("endPeriod", text)
    return end.year if (end.month, end.day) == (12, 31) else end.year - 1


PARTS = {"A": 1, "S": 2, "T": 3, "Q": 4}


def _span(name: str, text: str) -> tuple[date, date]:
    """First and last day of an SDMX period: 2024, 2024-A1, 2024-S2, 2024-Q3, 2024-05, 2024-W07, a day or a moment."""
    try:
        if found := re.fullmatch(r"(\d{4})(?:-([ASTQ])(\d))?", text, re.ASCII):
            year, part, number = int(found[1]), found[2] or "A", int(found[3] or 1)
            length = 12 // PARTS[part]
            return _month(year, (number - 1) * length + 1)[0], _month(year, number * length)[1]
        if found := re.fullmatch(r"(\d{4})-M?(\d\d)", text, re.ASCII):
            return _month(int(found[1]), int(found[2]))
        if found := re.fullmatch(r"(\d{4})-W(\d\d)", text, re.ASCII):
            begin = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return begin, begin + timedelta(days=6)
        day = datetime.fromisoformat(text).date()
    except (ValueError, OverflowError):
        words = _("{name}={text} 应为 SDMX 时期，例如 2024、2024-Q1、2024-05、2024-05-31。")
        raise SdmxRefused(400, words.format(name=name, text=text)) from None
    return day, day


def days_of(period: str) -> tuple[date, date]:
    """First and last day of a period that we write: 2024 or 2026-Q3."""
    return _span(TIME, period)


def _month(year: int, month: int) -> tuple[date, date]:
    begin = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return begin, after - timedelta(days=1)
