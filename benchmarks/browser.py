"""The overview and a county's page in headless Chromium, cold and warm, against a Dash app with the same charts.

    python -m benchmarks.browser [--runs R]

Cold: a fresh browser profile that is logged in. Warm: the same page once more. Bytes are those on the wire.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tools.services import chromium_path, free_port

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
DASH = """
import json, sys
from dash import Dash, dcc, html
figures = json.load(open(sys.argv[1]))
app = Dash(__name__, serve_locally=True, assets_folder=sys.argv[1] + ".none")
app.layout = html.Div([dcc.Graph(figure=figure) for figure in figures])
app.run(port=int(sys.argv[2]), debug=False)
"""
OURS_DRAWN = "() => { const all = [...document.querySelectorAll('[data-figure]')];" + (
    " return all.length > 0 && all.every((one) => one.dataset.drawn === 'true'); }"
)
DASH_DRAWN = "() => { const all = [...document.querySelectorAll('.dash-graph')];" + (
    " return all.length === %d && all.every((one) => one.querySelector('.main-svg .trace')); }"
)
FIGURES = "() => [...document.querySelectorAll('[data-figure]')]" + (
    ".map((place) => document.getElementById(place.dataset.figure).textContent)"
)
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"


@contextmanager
def site() -> Iterator[str]:
    """The demonstration, served as `make run` serves it; its address."""
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        more = {"VAR_DIR": directory, "DATABASE_URL": "", "REDIS_URL": "", "DEMO_PASSWORD": "bench"}
        environment = os.environ | more | {"PORT": str(port), "DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
        environment.pop("DATABASE_URL")
        for command in (
            ["collectstatic", "--noinput"],
            ["migrate"],
            ["load_demo", "--today", "2026-03-22"],
            ["recompute"],
        ):
            note(f"{command[0]}")
            manage(command, environment)
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "county_urbanization/gunicorn.py"]
        with running(gunicorn, environment, f"http://127.0.0.1:{port}/healthz"):
            yield f"http://127.0.0.1:{port}"


def note(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)  # noqa: T201


def manage(words: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *words, "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def dash(figures: list[dict]) -> Iterator[str]:
    """A Dash app with the same figures; its address."""
    with tempfile.TemporaryDirectory() as directory:
        port, file = free_port(), Path(directory) / "figures.json"
        file.write_text(json.dumps(figures))
        with running([sys.executable, "-c", DASH, str(file), str(port)], dict(os.environ), f"http://127.0.0.1:{port}/"):
            yield f"http://127.0.0.1:{port}/"


@contextmanager
def running(command: list[str], environment: dict[str, str], address: str) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def visit(context, address: str, drawn: str | None) -> dict[str, float]:
    """One visit in a tab of its own: bytes, requests, first contentful paint and all charts drawn in ms."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    found = {"bytes": 0, "requests": 0}
    wire.on("Network.loadingFinished", lambda e: found.update(bytes=found["bytes"] + int(e["encodedDataLength"])))
    wire.on("Network.requestWillBeSent", lambda _: found.update(requests=found["requests"] + 1))
    start = time.perf_counter()
    page.goto(address, wait_until="load")
    if drawn:
        page.wait_for_function(drawn, polling=20, timeout=15_000)
    found["drawn"] = 1000 * (time.perf_counter() - start)
    page.wait_for_timeout(300)
    found["paint"] = page.evaluate(PAINT)
    page.close()
    return found


def figures_of(context, address: str) -> list[dict]:
    page = context.new_page()
    page.goto(address)
    figures = [json.loads(text) for text in page.evaluate(FIGURES)]
    page.close()
    return figures


def sign_in(browser, address: str):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=username]", "leader")
    page.fill("[name=password]", "bench")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{address}/")
    state = context.storage_state()
    context.close()
    return state


def measure(browser, address: str, drawn: str | None, runs: int, state=None) -> list[tuple[str, dict[str, float]]]:
    """Medians of cold and warm visits."""
    cold, warm = [], []
    for _ in range(runs):
        context = browser.new_context(storage_state=state)
        cold.append(visit(context, address, drawn))
        warm.append(visit(context, address, drawn))
        context.close()
    return [(how, {k: median(v[k] for v in seen) for k in seen[0]}) for how, seen in (("cold", cold), ("warm", warm))]


def run(runs: int) -> list[tuple[str, str, str, str]]:
    """Rows: what, figure, ratio to the peer, aim."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    rows = []
    with sync_playwright() as p, site() as address:
        browser = p.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        note("login")
        state = sign_in(browser, address)
        context = browser.new_context(storage_state=state)
        figures = figures_of(context, f"{address}/counties/330127/")
        context.close()
        note(f"the site's pages; {len(figures)} figures")
        overview = measure(browser, f"{address}/", None, runs, state)
        county = measure(browser, f"{address}/counties/330127/", OURS_DRAWN, runs, state)
        note("the peer's page")
        with dash(figures) as peer_address:
            peer = measure(browser, peer_address, DASH_DRAWN % len(figures), runs)
        browser.close()
    for name, seen in (("overview", overview), ("county page", county), ("Dash, the county page's charts", peer)):
        for (how, found), (_, other) in zip(seen, peer, strict=True):
            words = f"{found['bytes'] / 1000:.0f} kB, {found['requests']:.0f} requests, painted {found['paint']:.0f} ms"
            aim = {"overview warm": "≤ 60 kB", "county page cold": "≤ 0.5 ×"}.get(f"{name} {how}", "")
            ratio = f"{found['drawn'] / other['drawn']:.2f} ×"
            rows.append((f"{name}, {how}", f"{words}, complete {found['drawn']:.0f} ms", ratio, aim))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    for row in run(parser.parse_args().runs):
        print(" | ".join(row), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
