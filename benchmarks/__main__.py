"""`python -m benchmarks`: every part in a process of its own, the product and its peers in one run; one table.

    python -m benchmarks [--only recompute kernel api pages browser] [--areas N] [--indicators M] [--years K] [--runs R]

Without sizes the large one is measured, and `docs/benchmarks.md` gets its tables between the two marks after each part:
what was measured stays, whatever becomes of a later part. One that fails, or takes longer than it may, says so there.
"""

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "docs" / "benchmarks.md"
SIZES = ("areas", "indicators", "years")
SIZED = (*SIZES, "runs")
# What each part takes, and how many seconds it may: in all 21 minutes where every one of them used them up.
PARTS = {
    "kernel": (SIZED, 90),
    "recompute": (SIZED, 480),
    "api": (SIZES, 270),
    "pages": (("areas", "runs"), 270),
    "browser": (("runs",), 150),
}


def measured(part: str, options: list[str], seconds: float) -> str:
    """What a part prints; it is shown as it comes. It and all that it started end with it."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{part}", *options]
    lines, late = [], threading.Event()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        alarm = threading.Timer(seconds, lambda: (late.set(), stop(process)))
        alarm.start()
        for line in process.stdout:
            report(f"{part}: {line.rstrip()}")
            lines.append(line.rstrip())
        process.wait()
        alarm.cancel()
    if late.is_set():
        lines.append(f"stopped | after {seconds:.0f} s, the time it may take | | ")
    elif process.returncode:
        lines.append(f"failed | with code {process.returncode}; its words are above the table | | ")
    return "\n".join(lines)


def stop(process: subprocess.Popen) -> None:
    """Time to put things away, then no more. The group holds this part's own processes and no others."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(timeout=20)


def table(text: str) -> str:
    """Rows `what | figure | ratio | aim` as a table; other lines as they are."""
    rows = [line for line in text.splitlines() if line.count(" | ") >= 2]
    if not rows:
        return "".join(f"    {line}\n" for line in text.splitlines())
    return "| | measured | against the peer | aim |\n|---|---|---|---|\n" + "".join(f"| {row} |\n" for row in rows)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    processor = found[1] if found else platform.machine()
    parts = f"{os.cpu_count()} × {processor}", f"{memory:.0f} GiB", f"Python {platform.python_version()}"
    return ", ".join([f"{datetime.now(UTC):%Y-%m-%d}", *parts])


def write(results: dict[str, str]) -> None:
    parts = "".join(f"\n### {part}\n\n{table(text)}" for part, text in results.items())
    begin, end = "<!-- measured -->\n", "<!-- end -->\n"
    before, _, rest = PAPER.read_text(encoding="utf-8").partition(begin)
    PAPER.write_text(f"{before}{begin}\n{machine()}\n{parts}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def report(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    for name in SIZED:
        parser.add_argument(f"--{name}", type=int)
    chosen = parser.parse_args()
    given = {name: getattr(chosen, name) for name in SIZED if getattr(chosen, name)}
    results: dict[str, str] = {}
    is_whole = not set(SIZES) & set(given) and tuple(chosen.only) == tuple(PARTS)
    for part in chosen.only:
        names, seconds = PARTS[part]
        options = [word for name in names if name in given for word in (f"--{name}", str(given[name]))]
        results[part] = measured(part, options, seconds)
        if is_whole:
            write(results)
    for part, text in results.items():
        report(f"\n{part}\n{table(text)}")


if __name__ == "__main__":
    main()
