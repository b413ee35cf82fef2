"""`python -m benchmarks`: every part in a process of its own, the product and its peers in one run; one table.

    python -m benchmarks [--only recompute kernel api browser] [--areas N] [--indicators M] [--years K] [--runs R]

Without sizes the large one is measured, and `docs/benchmarks.md` gets its table between the two marks.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "docs" / "benchmarks.md"
PARTS = ("kernel", "recompute", "api", "browser")
SIZES = ("areas", "indicators", "years")
SIZED = ("kernel", "recompute")


def measured(part: str, options: list[str]) -> str:
    """What a part prints; it is shown as it comes."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{part}", *options]
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            report(f"{part}: {line.rstrip()}")
            lines.append(line.rstrip())
    if process.returncode:
        lines.append(f"this part failed with code {process.returncode}")
    return "\n".join(lines)


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
    for name in (*SIZES, "runs"):
        parser.add_argument(f"--{name}", type=int)
    chosen = parser.parse_args()
    given = {name: getattr(chosen, name) for name in (*SIZES, "runs") if getattr(chosen, name)}
    results = {}
    for part in chosen.only:
        if find_spec(f"benchmarks.{part}") is None:
            results[part] = "not written yet"
            continue
        names = [*SIZES, "runs"] if part in SIZED else ["runs"] if part == "browser" else []
        results[part] = measured(part, [word for n in names if n in given for word in (f"--{n}", str(given[n]))])
    for part, text in results.items():
        report(f"\n{part}\n{table(text)}")
    if not set(SIZES) & set(given) and len(results) == len(PARTS):
        write(results)


if __name__ == "__main__":
    main()
