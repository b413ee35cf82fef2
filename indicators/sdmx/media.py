"""The Accept header → the form of the answer."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from indicators.sdmx.errors import SdmxRefused

GENERIC, SPECIFIC, CSV, STRUCTURE = "generic", "specific", "csv", "structure"
CSV_2, JSON_1, JSON_2 = "csv 2", "json 1", "json 2"
STRUCTURE_JSON_1, STRUCTURE_JSON_2 = "structure json 1", "structure json 2"
SENT_AS = {
    GENERIC: "application/vnd.sdmx.genericdata+xml; version=2.1; charset=utf-8",
    SPECIFIC: "application/vnd.sdmx.structurespecificdata+xml; version=2.1; charset=utf-8",
    CSV: "application/vnd.sdmx.data+csv; version=1.0.0; charset=utf-8",
    CSV_2: "application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8",
    JSON_1: "application/vnd.sdmx.data+json; version=1.0.0; charset=utf-8",
    JSON_2: "application/vnd.sdmx.data+json; version=2.0.0; charset=utf-8",
    STRUCTURE: "application/vnd.sdmx.structure+xml; version=2.1; charset=utf-8",
    STRUCTURE_JSON_1: "application/vnd.sdmx.structure+json; version=1.0.0; charset=utf-8",
    STRUCTURE_JSON_2: "application/vnd.sdmx.structure+json; version=2.0.0; charset=utf-8",
}
SDMX = "application/vnd.sdmx."
DATA_TYPES = {
    SDMX + "genericdata+xml": GENERIC,
    SDMX + "generictimeseriesdata+xml": GENERIC,
    SDMX + "structurespecificdata+xml": SPECIFIC,
    SDMX + "structurespecifictimeseriesdata+xml": SPECIFIC,
    SDMX + "data+csv": CSV,
    "text/csv": CSV,
    SDMX + "data+json": JSON_1,
    "application/json": JSON_1,
    "application/xml": GENERIC,
    "text/xml": GENERIC,
    "application/*": GENERIC,
    "text/*": GENERIC,
    "*/*": GENERIC,
}
STRUCTURE_TYPES = {
    SDMX + "structure+xml": STRUCTURE,
    SDMX + "structure+json": STRUCTURE_JSON_1,
    "application/json": STRUCTURE_JSON_1,
    **dict.fromkeys(("application/xml", "text/xml", "application/*", "text/*", "*/*"), STRUCTURE),
}
AVAILABILITY_TYPES = {name: form for name, form in STRUCTURE_TYPES.items() if form == STRUCTURE}
# Of SDMX 3.0 REST: the second editions of JSON and csv, JSON where nothing is said.
DATA_TYPES_V3 = {
    SDMX + "data+json": JSON_2,
    SDMX + "data+csv": CSV_2,
    "text/csv": CSV_2,
    **dict.fromkeys(("application/json", "application/*", "*/*"), JSON_2),
}
STRUCTURE_TYPES_V3 = {
    SDMX + "structure+json": STRUCTURE_JSON_2,
    **dict.fromkeys(("application/json", "application/*", "*/*"), STRUCTURE_JSON_2),
}
FIRST, SECOND = ("1.0", "1.0.0"), ("2.0", "2.0.0")
VERSIONS = {
    **dict.fromkeys((GENERIC, SPECIFIC, STRUCTURE), ("2.1",)),
    **dict.fromkeys((CSV, JSON_1, STRUCTURE_JSON_1), FIRST),
    **dict.fromkeys((CSV_2, JSON_2, STRUCTURE_JSON_2), SECOND),
}
EDITIONS = ((CSV, CSV_2), (JSON_1, JSON_2), (STRUCTURE_JSON_1, STRUCTURE_JSON_2))


@dataclass(frozen=True)
class Range:
    """One media range of an Accept header."""

    name: str
    parameters: dict = field(default_factory=dict)

    @property
    def weight(self) -> float:
        try:
            return float(self.parameters.get("q", 1))
        except ValueError:
            return 0.0


def ranges(accept: str) -> list[Range]:
    """Media ranges, the most wanted first; nothing stands for everything."""
    found = []
    for part in (accept or "*/*").split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        pairs = (piece.partition("=") for piece in parameters)
        found.append(Range(name.lower(), {key.strip().lower(): value.strip(' "') for key, _, value in pairs}))
    return sorted((each for each in found if each.weight > 0), key=lambda each: -each.weight)


def chosen(accept: str, types: dict[str, str]) -> tuple[str, dict]:
    """(form, parameters of its media range). Raises Refused 406 where `accept` names none of `types`."""
    for each in ranges(accept):
        version = each.parameters.get("version")
        form = _edition(types.get(each.name), version)
        if form and (version is None or version in VERSIONS[form]):
            return form, each.parameters
    forms = {*types.values(), *(second for first, second in EDITIONS if first in types.values())}
    offered = sorted({SENT_AS[form].removesuffix("; charset=utf-8") for form in forms})
    raise SdmxRefused(406, _("不能提供 Accept 所要的格式。请改用：{known}。").format(known="，".join(offered)))


def _edition(form: str | None, version: str | None) -> str | None:
    """The form in the edition that is asked for, where it has two."""
    for pair in EDITIONS:
        if form in pair and version in (*FIRST, *SECOND):
            return pair[version in SECOND]
    return form


def wants_xml(accept: str) -> bool:
    """Whether an error is best told as SDMX-ML: XML, or anything, asked for before any other form."""
    first = next(iter(ranges(accept)), Range("*/*"))
    return first.name.endswith(("xml", "/*"))
