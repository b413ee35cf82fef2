"""What each layer that keeps something gives: processor time of a request with every layer, and with each taken out.

    python -m benchmarks.layers [--runs R]

On the database of the environment (the demonstration, for the figures in docs/decisions.md). The request goes through
every layer of the site in this process. Processor time, since the machine may be busy with other things.

Layers: whole pages (`pagecache/page_cache.py`), values (`pagecache/value_cache.py`), whole answers to tokens
(`accounts/answer_cache.py`), and what the browser has already (ETag).
"""

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
NOTHING = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
PAGES = {"overview": "/", "county": "/counties/330127/"}
LISTS = {"list of 20 rows": "/api/v1/assessments/?area=330127&year=2024", "list of 100 rows": "/api/v1/assessments/"}


def without(*layers: str) -> dict[str, Any]:
    """Settings with these layers taken out."""
    found: dict[str, Any] = {}
    if "pages" in layers:
        found["FINISHED_PAGE_SECONDS"] = 0
    if layers:
        found["CACHES"] = {
            "default": NOTHING if "values" in layers else MEMORY | {"LOCATION": "values"},
        }
    return found


@contextmanager
def answers_made_anew() -> Iterator[None]:
    """Nothing is kept of what goes out to tokens."""
    from accounts import answer_cache  # noqa: PLC0415

    most, answer_cache.KEPT.most = answer_cache.KEPT.most, 0
    answer_cache.KEPT.put("nothing", None)
    try:
        yield
    finally:
        answer_cache.KEPT.most = most


def spent(ask: Callable[[], Any], runs: int) -> float:
    """Median of the processor time in ms; the first request, which fills what is empty, does not count."""
    ask()
    found = []
    for _run in range(runs):
        began = time.process_time()
        ask()
        found.append(1000 * (time.process_time() - began))
    return median(found)


def measure(runs: int) -> Iterator[tuple[str, str, float]]:
    """(what is asked, how, ms)."""
    from django.test import Client, override_settings  # noqa: PLC0415

    client, token = reader(), reading_token()
    ways = {
        "every layer": (),
        "without whole pages": ("pages",),
        "without whole pages and values": ("pages", "values"),
    }
    for name, path in PAGES.items():
        for way, layers in ways.items():
            with override_settings(**without(*layers)):
                yield name, way, spent(lambda path=path: client.get(path), runs)
        tag = client.get(path)["ETag"]
        known = {"If-None-Match": tag}
        yield (
            name,
            "304, the browser has it",
            spent(lambda path=path, known=known: client.get(path, headers=known), runs),
        )
    system = Client(headers={"Authorization": f"Bearer {token}"})
    for name, path in LISTS.items():
        yield name, "every layer", spent(lambda path=path: system.get(path), runs)
        with answers_made_anew():
            yield name, "without whole answers", spent(lambda path=path: system.get(path), runs)


def reader():
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    user, _is_new = get_user_model().objects.get_or_create(username="reader", defaults={"role": "leader"})
    client = Client()
    client.force_login(user, backend="accounts.backends.OrganisationBackend")
    return client


def reading_token() -> str:
    from access.actions import create_token  # noqa: PLC0415
    from accounts.models import Organisation  # noqa: PLC0415

    unit = Organisation.objects.get(code="HZDRC")
    _row, text = create_token(name="layers", organisation=unit, by=None, scopes=["read"], rate=10**6)
    return text


def main() -> None:
    import django  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=25)
    chosen = parser.parse_args()
    django.setup()
    logging.disable(logging.WARNING)
    for name, way, milliseconds in measure(chosen.runs):
        print(f"{name} | {way} | {milliseconds:.1f} ms", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
