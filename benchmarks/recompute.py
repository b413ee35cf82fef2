"""Recompute at scale, against PostgreSQL's own COPY of the same rows.

    python -m benchmarks.recompute [--areas N] [--indicators M] [--years K] [--runs R]

A PostgreSQL of its own (from the wheel, every promise of durability kept) is filled by `seed_scale`. The peer copies
the finished table out to the client and back into an empty table with the same columns, indexes and constraints, in
binary and in text; the faster one counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from secrets import token_urlsafe
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
WORKER = """
import os, sys, time, django; django.setup()
from indicators.recomputes import recompute
from indicators.models import RecomputeRun
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
run = RecomputeRun.objects.get(state="running")
while recompute.compute_chunk(run): pass
"""
TABLE = "indicators_assessment"
AIMS = {"from nothing": 1.0, "nothing changed": 0.5}


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peer(cursor, form: str) -> float:
    """COPY TO and COPY FROM of every assessment."""
    cursor.execute(f"DROP TABLE IF EXISTS peer; CREATE TABLE peer (LIKE {TABLE} INCLUDING ALL)")
    rows = BytesIO()

    def both() -> None:
        cursor.copy_expert(f"COPY {TABLE} TO STDOUT (FORMAT {form})", rows)
        rows.seek(0)
        cursor.copy_expert(f"COPY peer FROM STDIN (FORMAT {form})", rows)

    return timed(both)


def empty(cursor) -> None:
    for statement in ("DROP TABLE IF EXISTS peer", f"TRUNCATE {TABLE}", f"VACUUM ANALYZE {TABLE}", "CHECKPOINT"):
        cursor.execute(statement)


def in_processes(number: int) -> float:
    """From nothing by so many worker processes, each with one thread; their start is not counted."""
    from indicators.recomputes import recompute, runs  # noqa: PLC0415  (Django is set up only now)

    run = runs.begin_run(areas=None, indicators=None, full=False, parts=recompute._parts(None))
    gate = Path(tempfile.mkdtemp()) / "go"
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, str(gate)], cwd=ROOT) for _ in range(number)]
    time.sleep(6)
    start = time.perf_counter()
    gate.touch()
    if any(worker.wait() for worker in workers):
        raise RuntimeError("a worker failed")
    spent = time.perf_counter() - start
    run.refresh_from_db()
    assert run.state == "done", run.state  # nosec B101  # a measurement of a run that failed is none
    return spent


def one_cell(number: int) -> tuple[float, float]:
    """A value is recorded and its series recomputed: (the recompute alone, from the record to the stored result)."""
    from decimal import Decimal  # noqa: PLC0415

    from indicators.actions import FactRow, Grounds, record_facts  # noqa: PLC0415
    from indicators.models import Observation  # noqa: PLC0415
    from indicators.recomputes.recompute import recompute  # noqa: PLC0415

    area, indicator, value = f"{900001 + number % 3}", "B01", Decimal(f"50.{number % 10}1")
    record = lambda v: record_facts(  # noqa: E731
        Observation, [FactRow(area, indicator, 2023, v, cite="demo")], grounds=Grounds(by=None, via="demo")
    )
    whole = timed(lambda: record(value))  # the sweep runs in this process after the commit
    changed = Observation.objects.filter(area=area, indicator=indicator, year=2023, superseded_at=None)
    changed.update(value=value + 1)
    alone = timed(lambda: recompute(areas=[area], indicators=[indicator]))
    return alone, whole


def measure(runs: int) -> dict[str, float]:
    """Median seconds of everything; product and peer take turns."""
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from indicators.recomputes import recompute  # noqa: PLC0415
    from journal.models import PendingRecompute  # noqa: PLC0415

    PendingRecompute.objects.all().delete()
    found: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        found.setdefault(name, []).append(seconds)
        report(f"  {name}: {seconds:.3f} s")

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for number in range(runs):
            empty(cursor)
            note("from nothing", timed(recompute.recompute))
            cursor.execute(f"VACUUM ANALYZE {TABLE}")
            for form in ("binary", "text"):
                note(f"COPY, {form}", peer(cursor, form))
            cursor.execute("DROP TABLE peer")
            cursor.execute("CHECKPOINT")
            note("nothing changed", timed(recompute.recompute))
            for again in range(9):
                alone, whole = one_cell(number * 9 + again)
                note("one cell: recompute", alone)
                note("one cell: recorded and stored", whole)
        for processes in (1, 2):
            empty(cursor)
            note(f"from nothing, {processes} worker processes", in_processes(processes))
    return {name: median(seconds) for name, seconds in found.items()}


def table(seconds: dict[str, float]) -> list[tuple[str, str, str, str]]:
    """Rows of the report: what, seconds, ratio to the peer, aim."""
    copy = min(seconds["COPY, binary"], seconds["COPY, text"])
    rows = []
    for name, spent in seconds.items():
        aim = f"≤ {AIMS[name]} ×" if name in AIMS else "≤ 50 ms" if name == "one cell: recompute" else ""
        is_short = name.startswith("one cell")
        rows.append((name, f"{spent * 1000:.0f} ms" if is_short else f"{spent:.2f} s", f"{spent / copy:.2f} ×", aim))
    return rows


def run(areas: int, indicators: int, years: int, runs: int) -> list[tuple[str, str, str, str]]:
    """Everything on a server of its own, in this process: settings are read once, from its environment."""
    from tools.services import PostgreSQL  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as directory, PostgreSQL(Path(directory) / "postgresql") as server:
        os.environ |= {
            "DATABASE_URL": server.url,
            "REDIS_URL": "",
            "VAR_DIR": directory,
            "SECRET_KEY": token_urlsafe(50),
        }
        os.environ["DJANGO_SETTINGS_MODULE"] = "county_urbanization.settings"
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
        sizes = ["--areas", str(areas), "--indicators", str(indicators), "--years", str(years)]
        report(
            f"seed_scale: {timed(lambda: subprocess.run([*manage, 'seed_scale', *sizes], cwd=ROOT, check=True)):.0f} s"
        )
        try:
            return table(measure(runs))
        finally:
            from django.db import connection  # noqa: PLC0415

            connection.close()


def report(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--areas", type=int, default=2844)
    parser.add_argument("--indicators", type=int, default=20)
    parser.add_argument("--years", type=int, default=18)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    for row in run(chosen.areas, chosen.indicators, chosen.years, chosen.runs):
        report(" | ".join(row))


if __name__ == "__main__":
    main()
