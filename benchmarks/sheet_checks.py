"""The page of a sheet of 20 rows, the same by API, and a save of a unit's rows, asked for with the rules between
numbers and the checks of history, and without, in turn: what `python -m benchmarks.sheet` prints."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from statistics import median
from typing import Any
from unittest.mock import patch

from django.test import Client

from accounts.models import User
from areas.models import Area
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import IndicatorDefinition, Observation, Versioned

TIMES = 40
SHEET = ("330127", 2025)
EARLIER = range(2012, 2022)


@contextmanager
def unchecked() -> Iterator[None]:
    """As a sheet was read before there were rules between numbers and checks of history."""
    with (
        patch("reporting.sheets.rules_in_force", lambda: []),
        patch("reporting.sheets._remembered", lambda *_args, **_more: {}),
    ):
        yield


def add_history(seed: int = 1) -> int:
    """Official values of the years before the plan for every row that is no running total; how many."""
    rng, rows = random.Random(seed), []
    definitions = IndicatorDefinition.objects.as_of().exclude(kind=IndicatorDefinition.Kind.CUMULATIVE)
    known = {(fact.area_id, fact.indicator_id): fact.value for fact in Observation.objects.as_of().filter(year=2022)}
    for area in Area.objects.counties():
        for definition in definitions.filter(stages=""):
            value = known.get((area.code, definition.indicator_id))
            for year in reversed(EARLIER):
                if value is None:
                    break
                value = round(value * Decimal(str(1 - rng.uniform(0.005, 0.03))), definition.decimals)
                rows.append(FactRow(area.code, definition.indicator_id, year, value, cite="demo"))
    recorded = record_facts(
        Observation, rows, grounds=Grounds(by=None, via=Versioned.Via.DEMO, reason="更早年份的演示数")
    )
    return len(recorded.new)


def requests_of(client_of: Callable[[str], Any]) -> dict[str, Callable[[int], Any]]:
    """{what: a request, given its number}."""
    area, year = SHEET
    county, bureau, city = client_of("chunan"), client_of("chunan-housing"), client_of("municipal")
    address = f"/api/v1/submissions/{area}/{year}/entries/"
    stored = [row for row in bureau.get(address).json()["entries"] if row["is_own"] and row["value"] is not None]

    def save(number: int):
        entries = [
            {"indicator": row["indicator"], "value": row["value"], "explanation": f"第{number}次核对后的说明"}
            for row in stored
        ]
        return bureau.put(address, {"entries": entries}, content_type="application/json")

    return {
        "page": lambda _number: county.get(f"/reporting/{area}/{year}/"),
        "review": lambda _number: city.get("/reporting/330182/2025/"),
        "api_get": lambda _number: county.get(address),
        "api_put": save,
    }


def measure(times: int = TIMES) -> dict[str, dict[str, float]]:
    """By what is asked for: medians of wall time and, which other work on the machine moves less, of processor time."""

    def client_of(name: str) -> Any:
        client = Client(headers={"host": "localhost"})
        client.force_login(User.objects.get(username=name))
        return client

    found: dict[str, dict[str, float]] = {}
    for what, ask in requests_of(client_of).items():
        taken: dict[str, list[float]] = {"checked": [], "unchecked": []}
        worked: dict[str, list[float]] = {"checked": [], "unchecked": []}
        for number in range(-2, times):
            for name in taken:
                begun, idle = time.perf_counter(), time.process_time()
                if name == "checked":
                    answer = ask(number)
                else:
                    with unchecked():
                        answer = ask(number + times + 2)
                took, busy = 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - idle)
                if answer.status_code != 200:
                    raise RuntimeError(f"{what}: {answer.status_code} {answer.content[:300]!r}")
                if number >= 0:
                    taken[name].append(took)
                    worked[name].append(busy)
        found[what] = {**_compared(taken), **{f"processor_{name}": each for name, each in _compared(worked).items()}}
    return found


def _compared(taken: dict[str, list[float]]) -> dict[str, float]:
    on, off = median(taken["checked"]), median(taken["unchecked"])
    return {"with_ms": round(on, 1), "without_ms": round(off, 1), "ratio": round(on / off, 2)}
