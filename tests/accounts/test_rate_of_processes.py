"""One token, asked with by many at once over two gunicorn processes, has one rate and one set of turns."""

import fcntl
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from tests.offices import Office, own_database
from tests.servers import served
from tools.services import free_port

pytestmark = pytest.mark.stack
RATE, CALLERS, EACH = 60, 12, 15
MOST_TURNS = 9  # more than a login has at once


@pytest.fixture(scope="module")
def office(postgresql_url, valkey_url, demo_database, static_files, tmp_path_factory):
    directory = tmp_path_factory.mktemp("rate")
    (directory / "static").symlink_to(static_files)
    with own_database(postgresql_url, template=demo_database) as database_url:
        serving = {"REDIS_URL": valkey_url, "WEB_CONCURRENCY": "2", "PORT": str(free_port()), "SWEEP_SECONDS": "3600"}
        found = Office.on(database_url, directory, **serving)
        with served(found.environment):
            yield found


def statuses(office, token: str, path: str, *, callers: int, each: int) -> Counter:
    """What so many get who ask side by side, each by connections of their own, so that each process is asked."""

    def ask(_number) -> list[int]:
        found = []
        for _time in range(each):
            with closing(HTTPConnection("127.0.0.1", int(office.environment["PORT"]), timeout=60)) as connection:
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                answer = connection.getresponse()
                answer.read()
                found.append(answer.status)
        return found

    with ThreadPoolExecutor(callers) as pool:
        return Counter(status for found in pool.map(ask, range(callers)) for status in found)


def a_token(office, *more: str) -> str:
    words = ("manage.py", "create_token", f"取数{more}", "--organisation", "HZ-STATS", *more)
    return office.run(*words).stdout.split()[-1]


def test_a_token_has_its_rate_once_whichever_process_it_asks(office):
    token = a_token(office, "--rate", str(RATE))
    if time.time() % 60 > 30:  # not over the end of a minute, at which the rate begins anew
        time.sleep(60 - time.time() % 60)
    found = statuses(office, token, "/api/v1/targets/?page_size=1", callers=CALLERS, each=EACH)
    assert set(found) == {200, 429}
    assert found.total() == CALLERS * EACH
    assert RATE - 2 <= found[200] <= RATE  # a process may hold one number that it has not given out


def test_a_token_has_its_turns_once_whichever_process_it_asks(office):
    """While a third process has all of them, neither of the two gives one out; then it gets on."""
    token, path = a_token(office), "/api/v1/assessments/?format=xlsx"
    [(account,)] = office.rows("SELECT max(user_id) FROM accounts_accesstoken")
    folder = office.directory / "turns"
    folder.mkdir(exist_ok=True)
    with ExitStack() as held:
        for number in range(MOST_TURNS):
            file = held.enter_context((folder / f"{account}-{number}").open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        assert statuses(office, token, path, callers=CALLERS, each=3) == {429: CALLERS * 3}
    assert statuses(office, token, path, callers=1, each=1) == {200: 1}
