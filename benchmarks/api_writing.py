"""Sheets to write into and who may: what `benchmarks.api` measures writing with. Also a command, because it needs the
site's models: `python -m benchmarks.api_writing N` opens a year for N counties of the data set that `seed_scale` has
made, and prints a JSON list: address, token and codes of each.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module

import django

ENTRIES = 20


@dataclass(frozen=True)
class Sheet:
    """One county's sheet of the open year."""

    path: str
    token: str
    codes: Sequence[str]

    def body(self, number: int) -> bytes:
        """A save of every row that changes each, where the one before had another `number`."""
        rows = [
            {"indicator": code, "value": 50 + number / 10, "explanation": f"第{number}次核对"} for code in self.codes
        ]
        return json.dumps({"entries": rows}, ensure_ascii=False).encode()


def opened(env: dict, count: int) -> list[Sheet]:
    """As many sheets, in the database that `env` names."""
    command = [sys.executable, "-m", "benchmarks.api_writing", str(count)]
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    return [Sheet(**each) for each in json.loads(told.splitlines()[-1])]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    django.setup()
    json.dump(_open(int(sys.argv[1])), sys.stdout)
    sys.stdout.write("\n")


def _open(count: int) -> list[dict]:
    """By the actions of a site that begins: units, who answers for which row, the year, tokens."""
    access, rounds = import_module("access.actions"), import_module("reporting.rounds.actions")
    models, frames = import_module("accounts.models"), import_module("indicators.frames")
    areas = list(import_module("areas.models").Area.objects.counties().order_by("code")[:count])
    year = frames.period().as_of_year + 1
    units = [_unit(models.Organisation, area) for area in areas]
    rounds.assign_responsibilities(by=None)
    rounds.open_round(year=year, due_on=date(year + 1, 3, 31), areas=areas, by=None, is_demo=True)
    codes = list(import_module("indicators.models").Indicator.objects.values_list("code", flat=True)[:ENTRIES])
    sheets = []
    for unit in units:
        name = {"name": "bench", "organisation": unit, "scopes": ("read", "write:entries"), "by": None}
        _token, text = access.create_token(**name)
        path = f"/api/v1/submissions/{unit.area_id}/{year}/entries/"
        sheets.append({"path": path, "token": text, "codes": codes})
    return sheets


def _unit(organisation, area):
    named = {"code": f"{area.code}-DRC", "name": area.name, "kind": "county", "area": area, "duty": "drc"}
    return organisation.objects.create(**named)


if __name__ == "__main__":
    main()
