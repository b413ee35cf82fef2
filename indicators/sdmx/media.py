"""The Accept header → the form of the answer."""

from dataclasses import dataclass, field

from indicators.sdmx.errors import SdmxRefused

GENERIC, SPECIFIC, CSV, STRUCTURE = "generic", "specific", "csv", "structure"
SENT_AS = {
    GENERIC: "application/vnd.sdmx.genericdata+xml; version=2.1; charset=utf-8",
    SPECIFIC: "application/vnd.sdmx.structurespecificdata+xml; version=2.1; charset=utf-8",
    CSV: "application/vnd.sdmx.data+csv; version=1.0.0; charset=utf-8",
    STRUCTURE: "application/vnd.sdmx.structure+xml; version=2.1; charset=utf-8",
}
SDMX = "application/vnd.sdmx."
DATA_TYPES = {
    SDMX + "genericdata+xml": GENERIC,
    SDMX + "generictimeseriesdata+xml": GENERIC,
    SDMX + "structurespecificdata+xml": SPECIFIC,
    SDMX + "structurespecifictimeseriesdata+xml": SPECIFIC,
    SDMX + "data+csv": CSV,
    "text/csv": CSV,
    "application/xml": GENERIC,
    "text/xml": GENERIC,
    "application/*": GENERIC,
    "text/*": GENERIC,
    "*/*": GENERIC,
}
STRUCTURE_TYPES = {
    SDMX + "structure+xml": STRUCTURE,
    **dict.fromkeys(("application/xml", "text/xml", "application/*", "text/*", "*/*"), STRUCTURE),
}
VERSIONS = {GENERIC: ("2.1",), SPECIFIC: ("2.1",), STRUCTURE: ("2.1",), CSV: ("1.0", "1.0.0")}


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
        form = types.get(each.name)
        version = each.parameters.get("version")
        if form and (version is None or version in VERSIONS[form]):
            return form, each.parameters
    offered = sorted({SENT_AS[form].removesuffix("; charset=utf-8") for form in types.values()})
    raise SdmxRefused(406, f"不能提供 Accept 所要的格式。请改用：{'，'.join(offered)}。")


def wants_xml(accept: str) -> bool:
    """Whether an error is best told as SDMX-ML: XML, or anything, asked for before any other form."""
    first = next(iter(ranges(accept)), Range("*/*"))
    return first.name.endswith(("xml", "/*"))
