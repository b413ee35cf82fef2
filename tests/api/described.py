"""The API as schemathesis reads its description, and who asks it.

    make fuzzapi        100 examples of every operation and 100 walks along the links, as each of those who ask

`API_EXAMPLES` says how many examples and walks; without it, what every run of the tests does."""

import os

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from county_urbanization.wsgi import application

SCHEMA = "/api/schema/"
EXAMPLES, WALKS = (int(os.environ.get("API_EXAMPLES", usual)) for usual in (6, 20))
STEPS = 6  # of one walk, at most
# What no schema can say: known codes, states, cursors, versions, keys used before.
RULES = ["2xx", "304", "400", "401", "403", "404", "409", "412", "413", "422"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": RULES}},
        "phases": {"fuzzing": {"generation": {"max-examples": EXAMPLES}}},
        "seed": 1,
    }
)
API = schemathesis.openapi.from_wsgi(SCHEMA, application, config=CONFIG)


def is_known(asker: dict) -> bool:
    return "Authorization" in asker["headers"] or "cookies" in asker


def put_aside(case, asker: dict) -> None:
    """With a session the case's own made-up credentials are put aside."""
    if "cookies" in asker:
        case.cookies = asker["cookies"]
        case.headers.pop("Authorization", None)


def left_out(asker: dict) -> list:
    """`ignored_auth`, which would take the session's cookie for a made-up one, is left to the token."""
    return [ignored_auth] if "cookies" in asker else []


def write_known_codes(case, known: list[str]) -> None:
    """What no schema can tell: which indicators are one's own, and that who has seen no version sends none. Else a
    sound body would never be saved. Of a body that is wrong on purpose nothing is changed."""
    told = case.body if case.method == "PUT" else None
    if not isinstance(told, dict) or case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if "entries" not in told:  # quarters, which have another name for their rows
        return
    for entry, code in zip(told["entries"], known, strict=False):
        entry["indicator"] = code
        if isinstance(entry.get("value"), str):
            entry["value"] = 5
        if len(told["entries"]) % 2:
            entry.pop("version", None)
    del told["entries"][len(known) :]
