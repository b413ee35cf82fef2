"""Server time of the pages of projects and money, and how their files leave, on a register as large as a province's.

    python -m benchmarks.money [--runs R] [--projects N] [--flows N]

A PostgreSQL of its own, filled by `seed_scale`; requests go through every layer of the site in this process. Wall time
counts what the database does; processor time is Python's alone. A file's first part is what a reader waits for.
"""

import argparse
import json
import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.pages import logged_in_client, made_anew, python, report, seeded

AREAS, INDICATORS, YEARS = 3, 20, 6
PROJECTS, FLOWS = 10_000, 200_000
AIM = 150  # ms of server time
PAGES = {
    "register": "/projects/",
    "register, one county, by total": "/projects/?area=900001&sort=total",
    "register, last page": "/projects/?page={last}",
    "money: Sankey and matching": "/funding/",
    "money, paid, one county": "/funding/?year=2024&state=paid&area=900001",
    "flows": "/funding/flows/",
    "matching rule": "/funding/rule/",
    "promises": "/commitments/",
    "cause chains of a county": "/counties/900001/causes/?year=2024",
    "county page": "/counties/900001/",
    "project page": "/projects/PRJ-00006/",
}
FILES = ("/projects.csv", "/projects.xlsx", "/funding/flows.csv", "/funding/flows.xlsx?year=2024")


def spent(call: Callable) -> tuple[float, float]:
    """(wall, processor) in ms."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - processor)


def medians(runs: int, call: Callable) -> tuple[float, float]:
    return tuple(map(median, zip(*(spent(call) for _ in range(runs)), strict=True)))


def measure(runs: int, projects: int) -> dict[str, list]:
    """{what: [wall, processor]} of pages, and of files [first part ms, whole ms, MB, peak MB held by Python]."""
    client, found = logged_in_client(), {}
    for name, path in PAGES.items():
        path = path.format(last=-(-projects // 50))
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        with made_anew():
            found[name] = medians(runs, lambda path=path: client.get(path))
    for path in FILES:
        found[path] = _file(client, path)
    return found


def _file(client, path: str) -> list[float]:
    began = time.perf_counter()
    answer = client.get(path)
    parts = iter(answer)
    size = len(next(parts))
    first = time.perf_counter() - began
    size += sum(map(len, parts))
    whole = time.perf_counter() - began
    tracemalloc.start()
    for _ in client.get(path):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return [1000 * first, 1000 * whole, size / 1e6, peak / 1e6]


def on_a_server(chosen) -> dict[str, list]:
    from tools.services import PostgreSQL  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as directory, PostgreSQL(Path(directory) / "postgresql") as server:
        began = time.perf_counter()
        sizes = {"areas": AREAS, "indicators": INDICATORS, "years": YEARS}
        more = seeded(server.url, directory, **sizes, projects=chosen.projects, flows=chosen.flows)
        report(f"the making of the data: {time.perf_counter() - began:.0f} s")
        python(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"], more)
        words = ["--measure", "--runs", str(chosen.runs), "--projects", str(chosen.projects)]
        return json.loads(python(["-m", "benchmarks.money", *words], more).splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    parser.add_argument("--flows", type=int, default=FLOWS)
    parser.add_argument("--measure", action="store_true", help="on the database of the environment")
    chosen = parser.parse_args()
    if chosen.measure:
        report(json.dumps(measure(chosen.runs, chosen.projects)))
        return
    for what, figures in on_a_server(chosen).items():
        if what in PAGES:
            wall, processor = figures
            report(f"{what} | {wall:.0f} ms, {processor:.0f} of them Python's | | ≤ {AIM} ms")
        else:
            first, whole, size, peak = figures
            told = f"first part after {first:.0f} ms, all {size:.1f} MB after {whole / 1000:.1f} s"
            report(f"{what} | {told}, at most {peak:.0f} MB held | | ")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    main()
