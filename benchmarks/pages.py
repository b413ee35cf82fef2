"""Server time of the overview and a county's page at three sizes: the same page must not grow with the country.

    python -m benchmarks.pages [--runs R] [--areas N]

Each size on a PostgreSQL of its own, filled by `seed_scale`; the request goes through every layer of the site in this
process. The first answer after a change makes the sums over all counties anew, and is told apart; so is a page that is
taken as another reader's request left it, finished.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from secrets import token_urlsafe
from statistics import median

from django.test import override_settings

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"S": (3, 20, 6), "M": (90, 20, 13), "L": (2844, 20, 18)}
PAGES = {"overview": "/", "county page": "/counties/900001/"}
AIM = 1.5


def milliseconds(client, path: str, **headers) -> float:
    start = time.perf_counter()
    answer = client.get(path, headers=headers)
    spent = 1000 * (time.perf_counter() - start)
    if answer.status_code not in {200, 304}:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return spent


def made_anew():
    """Each request makes its own page."""
    return override_settings(FINISHED_PAGE_SECONDS=0)


def logged_in_client():
    """A reader on the database of the environment, everything recomputed, the tables as autovacuum leaves them."""
    import django  # noqa: PLC0415

    django.setup()
    logging.disable(logging.WARNING)
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from indicators.recomputes.recompute import sweep_pending  # noqa: PLC0415

    sweep_pending()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum does within a minute
    user, _ = get_user_model().objects.get_or_create(username="reader", defaults={"role": "leader"})
    client = Client()
    client.force_login(user, backend="accounts.backends.OrganisationBackend")
    return client


def measure(runs: int) -> dict[str, float]:
    """Medians in ms on the database of the environment."""
    client, found = logged_in_client(), {}
    from journal.actions import stamp  # noqa: PLC0415

    for name, path in PAGES.items():
        client.get(path)
        changed = []
        for _ in range(3):
            stamp("indicators.assessment")
            changed.append(milliseconds(client, path))
        found[f"{name}, first after a change"] = median(changed)
        with made_anew():
            found[name] = median(milliseconds(client, path) for _ in range(runs))
        found[f"{name}, finished"] = median(milliseconds(client, path) for _ in range(runs))
        tag = client.get(path)["ETag"]
        found[f"{name}, 304"] = median(milliseconds(client, path, **{"If-None-Match": tag}) for _ in range(runs))
    return found


def at_size(size: tuple[int, int, int], runs: int, static: str) -> dict[str, float]:
    from tools.services import PostgreSQL  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as directory, PostgreSQL(Path(directory) / "postgresql") as server:
        more = seeded(server.url, directory, **dict(zip(("areas", "indicators", "years"), size, strict=True)))
        Path(directory, "static").rmdir()
        Path(directory, "static").symlink_to(static)
        out = python(["-m", "benchmarks.pages", "--measure", "--runs", str(runs)], more)
    return json.loads(out.splitlines()[-1])


def seeded(url: str, directory: str, **sizes: int) -> dict[str, str]:
    """A data set in the database; the environment of a process that serves it."""
    more = {"DATABASE_URL": url, "REDIS_URL": "", "VAR_DIR": directory, "SECRET_KEY": token_urlsafe(50)}
    more |= {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings", "ALLOWED_HOSTS": "testserver"}
    python(["manage.py", "migrate", "--verbosity", "0"], more)
    python(["manage.py", "seed_scale", *(word for n, size in sizes.items() for word in (f"--{n}", str(size)))], more)
    return more


def python(words: list[str], more: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | more, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def report(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--areas", type=int, help="of the largest size, to try it out")
    parser.add_argument("--measure", action="store_true", help="on the database of the environment")
    chosen = parser.parse_args()
    if chosen.measure:
        report(json.dumps(measure(chosen.runs)))
        return
    with tempfile.TemporaryDirectory() as directory:
        python(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"], {"VAR_DIR": directory})
        every_size(chosen, f"{directory}/static")


def every_size(chosen, static: str) -> None:
    small: dict[str, float] = {}
    for name, (areas, *rest) in SIZES.items():
        began = time.perf_counter()
        found = at_size((chosen.areas if name == "L" and chosen.areas else areas, *rest), chosen.runs, static)
        report(f"{name}: {time.perf_counter() - began:.0f} s, with the making of the data")
        small = small or found
        for what, spent in found.items():
            aim = f"≤ {AIM} × S" if what in PAGES and name != "S" else ""
            report(f"{what}, {name} | {spent:.0f} ms | {spent / small[what]:.2f} × S | {aim}")


if __name__ == "__main__":
    main()
