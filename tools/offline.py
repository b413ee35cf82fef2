"""Does a release install on a fresh machine without any index, and does the site come up?

`python -m tools.offline dist/county_urbanization-…tar` unpacks it in a folder of its own, checks every checksum, and
runs `make run` there with an empty environment and pip's index switched off; where the system allows it, in a network
of its own that has nothing but loopback. Then it asks the site, on SQLite, whether it is ready, logs in, and looks at
the overview. Everything is stopped and removed at the end."""

import argparse
import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

PATIENCE = 900  # seconds for installing, migrating, filling and starting on a busy machine
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
    """Nothing of this machine's but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(root.parent),
        "LANG": "C.UTF-8",
        "PYTHON": sys.base_prefix + "/bin/python3",
        "PORT": str(port),
        "VAR_DIR": str(root.parent / "var"),
        "DEMO_PASSWORD": PASSWORD,
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }


def until_ready(address: str, server: subprocess.Popen) -> dict:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"`make run` ended with {server.returncode}; its words are above.")
        try:
            with build_opener().open(f"{address}/readyz", timeout=5) as answer:
                return json.load(answer)
        except (URLError, OSError):
            time.sleep(1)
    raise SystemExit(f"The site was not ready within {PATIENCE} seconds.")


def look(address: str) -> list[str]:
    """What is wrong with the site, in words; nothing where all is well."""
    opener = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()))
    login = opener.open(f"{address}/accounts/login/").read().decode()
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', login)
    given = {"username": "leader", "password": PASSWORD, "csrfmiddlewaretoken": secret.group(1) if secret else ""}
    page = opener.open(f"{address}/accounts/login/", urlencode(given).encode()).read().decode()
    faults = [] if 'action="/accounts/logout/"' in page else ["nobody is logged in"]
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        if opener.open(address + path).status != 200:
            faults.append(f"{path} is not served")
    return faults


def prove(archive: Path, port: int) -> None:
    """SystemExit where the release does not install or the site does not come up."""
    folder = Path(tempfile.mkdtemp(prefix="offline-"))
    try:
        root = unpack(archive, folder / "release")
        server = subprocess.Popen(["make", "run"], cwd=root, env=environment(root, port), start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            found = until_ready(address, server)
            faults = look(address) + ([] if found.get("ready") else [f"/readyz says {found}"])
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if faults:
        raise SystemExit("; ".join(faults))


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
    print(f"Installed {where} and up in {time.monotonic() - started:.0f} seconds.")  # noqa: T201


if __name__ == "__main__":
    main()
