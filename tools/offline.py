"""Does a release install on a fresh machine without any index, and does the site come up?

`python -m tools.offline dist/county_urbanization-…tar` unpacks it in a folder of its own, checks every checksum, and
runs `make run` there with an empty environment and pip's index switched off; where the system allows it, in a network
of its own that has nothing but loopback. It asks the site, on SQLite, whether it is ready, logs in, and looks at the
overview. Then the same code stands up in the production shape, by the guide: PostgreSQL, Valkey, gunicorn, worker and
beat; and a site of the previous release with its data is upgraded, compared, and taken back. Everything is stopped and
removed at the end."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from tools.offline_site import (
    PROXY,
    Browser,
    Site,
    bare_environment,
    end,
    look,
    own_database,
    until_ready,
)
from tools.offline_upgrade import ADDED, cannot, record, settings, try_upgrade, until_judged, until_sealed
from tools.services import postgresql, valkey
from tools.stack import say

PASSWORD = "offline-proof"


def alone() -> list[str]:
    """The words before a command that take the network from it; none where the system does not let us."""
    tried = ["unshare", "--net", "--", "sh", "-c", "ip link set lo up"]
    try:
        may = subprocess.run(tried, capture_output=True, check=False).returncode == 0
    except OSError:
        may = False
    return ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] if may else []


def unpack(archive: Path, folder: Path) -> Path:
    """The release's folder. SystemExit where a checksum differs, or a file has none."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    [root] = folder.iterdir()
    lines = (root / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    wrong = [path for path, digest in sums.items() if sha256((root / path).read_bytes()).hexdigest() != digest]
    if wrong or there != set(sums):
        raise SystemExit(f"Checksums: {wrong or sorted(there ^ set(sums))}")
    return root


def environment(root: Path, port: int) -> dict[str, str]:
    """That of `make run`, which reads no `.env` yet."""
    return bare_environment(root.parent) | {
        "PYTHON": sys.base_prefix + "/bin/python3",
        "PORT": str(port),
        "VAR_DIR": str(root.parent / "var"),
        "DEMO_PASSWORD": PASSWORD,
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }


def try_embedded(root: Path, port: int) -> str:
    """`make run`: a venv of its own, SQLite, the demonstration."""
    began = time.monotonic()
    server = subprocess.Popen(["make", "run"], cwd=root, env=environment(root, port), start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        found = until_ready(address, server)
        faults = look(address, username="leader", password=PASSWORD)
    finally:
        end(server)
    if faults or not found.get("ready"):
        raise SystemExit(f"On SQLite: {'; '.join(faults)} {found}")
    return f"Installed and up on SQLite in {time.monotonic() - began:.0f} seconds."


def try_production(root: Path, python: Path, servers: tuple[str, str], folder: Path, port: int) -> str:
    """A site of one's own by the guide, from an empty database; a number that is recorded is judged by the worker. The
    static files are those that `make run` has collected by the guide's command, of which a minute is compressing."""
    began = time.monotonic()
    folder.mkdir()
    url, redis_url = servers
    database = own_database(url, "fresh")
    given = settings(database, redis_url, folder / "var-fresh") | {"METRICS_TOKEN": PASSWORD, "ALLOW_UNSAFE": ""}
    site = Site(root, python, folder, given, root / "deploy" / "systemd")
    site.write_settings()
    site.manage("migrate", "--verbosity", "0")
    shutil.copytree(root.parent / "var" / "static", folder / "var-fresh" / "static", dirs_exist_ok=True)
    site.manage("init_site", "--admin", "chief", "--plan", "fixtures/plan.yaml", ADMIN_PASSWORD=PASSWORD)
    with site.running("monitor-web", "monitor-worker", "monitor-beat", port=port) as address:
        faults = look(address, username="chief", password=PASSWORD, headers=PROXY)
        record(site)
        faults += until_judged(database, ADDED)
        faults += until_sealed(database)
        browser = Browser(address)  # as monitors on the machine ask, past the proxy
        found = json.loads(browser.get("/readyz"))
        faults += [] if found["ready"] else [f"/readyz says {found}"]
        counted = browser.get("/metrics", Authorization=f"Bearer {PASSWORD}")
        faults += [] if b"site_requests_total" in counted else ["/metrics counts no requests"]
    if faults:
        raise SystemExit(f"In the production shape: {'; '.join(faults)}")
    return f"Up on PostgreSQL with worker and beat in {time.monotonic() - began:.0f} seconds more."


def prove(archive: Path, port: int) -> None:
    """SystemExit where the release does not install, the site does not come up, or an upgrade loses something."""
    folder = Path(tempfile.mkdtemp(prefix="offline-"))
    folder.chmod(0o711)
    try:
        root = unpack(archive, folder / "release")
        say(try_embedded(root, port))
        python = root / ".venv" / "bin" / "python"
        with postgresql() as url, valkey() as redis_url, ThreadPoolExecutor(2) as side_by_side:
            servers = (url, redis_url)
            found = [side_by_side.submit(try_production, root, python, servers, folder / "fresh", port)]
            if reason := cannot():
                say(f"No upgrade tried: {reason}.")
            else:
                again = shutil.copytree(root, folder / "upgraded", ignore=shutil.ignore_patterns(".venv", "wheels"))
                static = root.parent / "var" / "static"
                found.append(
                    side_by_side.submit(try_upgrade, again, static, python, servers, folder / "upgrade", port + 1)
                )
            for each in found:
                say(each.result())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    apart = [] if given.alone else alone()
    if apart:  # once more, without a network
        words = [
            *apart,
            sys.executable,
            "-m",
            "tools.offline",
            str(given.archive),
            "--port",
            str(given.port),
            "--alone",
        ]
        raise SystemExit(subprocess.run(words, check=False).returncode)
    started = time.monotonic()
    prove(given.archive, given.port)
    where = "without a network" if given.alone else "with the index switched off"
    say(f"All of it {where}, in {time.monotonic() - started:.0f} seconds.")


if __name__ == "__main__":
    main()
