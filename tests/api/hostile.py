"""Addresses that try to reach the database by the question: orderings, filters, dates, pages, of lists and pages."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from indicators.sdmx.names import FLOW

WORDS = (
    "'",
    "1' OR '1'='1",
    "1; DROP TABLE accounts_user; --",
    "0) UNION SELECT password FROM accounts_user --",
    "-gap, (SELECT password FROM accounts_user LIMIT 1)",
    'year" DESC; --',
    "password",
    "user__password",
    "-organisation__tokens__digest",
    "pg_sleep(9)",
    "year DESC NULLS LAST",
    "%s",
    "%(area)s",
    "{year}",
    "\\",
    "²",
    "9" * 40,
    "-9223372036854775809",
    "NaN",
    "1e999",
    "0000-00-00",
    "2024-02-30",
    "10000-01-01",
    "infinity",
    "epoch",
    "now()",
    "2024-01-01T00:00:00+99:99",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "\x00",
    "\ud7ff",
    "é" * 5000,
)
OF_PAGES = ("year", "as_of", "layer", "benchmark", "compare", "counties", "actor", "mine", "name", "project", "q", "r")
OF_PAGES += ("state", "unit", "decision", "from", "quarter", "page", "sort", "ordering", "scope", "county", "field")
PAGES = ("/", "/counties/330127/", "/compare/", "/indicators/", "/indicators/P02/", "/plan/", "/plan/tasks/")
PAGES += (
    "/projects/",
    "/funding/",
    "/funding/flows/",
    "/commitments/",
    "/changes/",
    "/changes/audit/",
    "/dispatch/",
    "/review/",
)
PAGES += ("/indicators.csv", "/reporting/progress/", "/whatif/", "/plan/meetings/", "/changes/recomputes/")
# What a fault of the database, or what it was asked, would look like.
TELL_TALES = (
    "syntax error",
    "SELECT ",
    "UNION",
    "argon2",
    "md5$",
    "psycopg2",
    "sqlite3",
    "OperationalError",
    "Traceback",
)


def of_lists(schema: dict) -> Iterator[str]:
    """Each parameter of each address of the API that reads: orders and dates with each word, others with some."""
    for path, methods in schema["paths"].items():
        parameters = methods.get("get", {}).get("parameters", [])
        for name in [each["name"] for each in parameters if each["in"] == "query"]:
            dates = ("as_of", "since", "until", "from", "to", "updatedAfter")
            for word in WORDS if name in ("ordering", *dates) else WORDS[:: len(WORDS) // 4]:
                yield f"{_filled(path)}?{quote(name)}={quote(word)}"


SDMX_2, SDMX_3 = "/api/sdmx/2.1", "/api/sdmx/3.0"
SDMX_WORDS = (*WORDS, "0000", "0001-W01", "9999-W53", "2024-S9", "0001-01-01", "9999-12-31T23:59:59", "1", "24:00")
SDMX_YEARS = ("0000", "eq:0000", "lt:0000", "lt:0001", "ge:0001", "gt:9999", "le:9999", "ge:2023+le:2025")


def of_sdmx() -> Iterator[str]:
    """Each parameter and each part of a path of SDMX, and the catalogue's documents, with each word."""
    data_2, data_3 = f"{SDMX_2}/data/{FLOW}", f"{SDMX_3}/data/dataflow/*/{FLOW}/*"
    for word in (quote(word, safe="") for word in SDMX_WORDS):
        for name in ("startPeriod", "endPeriod", "updatedAfter", "firstNObservations", "detail", "x"):
            yield f"{data_2}?{name}={word}"
        for name in ("updatedAfter", "lastNObservations", "attributes", "c[REF_AREA]", "c[SERIES]", "c[X]"):
            yield f"{data_3}/*?{quote(name)}={word}"
        yield f"{SDMX_3}/availability/dataflow/*/{FLOW}/*/*/REF_AREA?updatedAfter={word}"
        for key in (word, f"{word}...", f".{word}..", f"..{word}.", f"...{word}"):
            yield from (f"{data_2}/{key}", f"{data_3}/{key}")
            yield f"{SDMX_2}/availableconstraint/{FLOW}/{key}/all/REF_AREA?mode={word}"
        for path in ("codelist/{}", "codelist/all/{}", "codelist/all/CL_AREA/latest/{}", "{}", "codelist?detail={}"):
            yield f"{SDMX_2}/{path.format(word)}"
        yield from (f"{SDMX_3}/structure/{word}", f"{SDMX_3}/structure/*/*/*/*/{word}")
        yield from (f"/api/v1/catalog/{word}/{tail}" for tail in ("", "schema/", "csvw/"))
    yield from (f"{data_3}/*?{quote('c[TIME_PERIOD]')}={quote(year)}" for year in SDMX_YEARS)


def of_pages() -> Iterator[str]:
    """All parameters at once, and each alone."""
    for path in PAGES:
        for word in WORDS[::6]:
            yield f"{path}?{'&'.join(f'{name}={quote(word)}' for name in OF_PAGES)}"
    for path in ("/projects/", "/changes/audit/"):
        for name in OF_PAGES:
            yield from (f"{path}?{name}={quote(word)}" for word in ("1' OR '1'='1", "9" * 40))


def _filled(path: str) -> str:
    """The path with what stands there in the demonstration."""
    values = {"area": "330127", "indicator": "P02", "year": "2024", "code": "P02"}
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


def faults(asked: Iterable[tuple[str, int, str]]) -> dict[str, tuple]:
    """address: (status, what tells of the inside), of those that are not as they should be. `asked`: address, status,
    text. An address is in the text of a refusal, so what stands in it tells nothing."""
    found = {}
    for address, status, text in asked:
        told = [word for word in TELL_TALES if word in text and word not in "".join(WORDS)]
        if (status >= 500 and status != 501) or told:  # 501: SDMX says so of what a service has not
            found[address] = (status, told)
    return found
