"""Whatever is kept for the next reader is what would have been made for this one, also after a request whose headers
say of the site, of its address and of the caller what is not so."""

import io
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from access.actions import create_token
from accounts import answer_cache
from accounts.models import Organisation
from lib.lru_cache import Recent
from tests.accounts.test_answer_cache import PATHS
from tests.pagecache.test_page_cache import ADDRESSES
from tests.pagecache.test_revalidation import CSRF

ROOT = Path(__file__).resolve().parent.parent
EVIL = "https://evil.example"
FORWARDED = {
    "HTTP_SCRIPT_NAME": EVIL,
    "HTTP_PATH_INFO": "/admin/",
    "HTTP_X_SCRIPT_NAME": EVIL,
    "HTTP_X_FORWARDED_PREFIX": EVIL,
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PORT": "9",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_FOR": "10.6.6.6",
    "HTTP_X_ORIGINAL_URL": "/admin/",
    "HTTP_X_REWRITE_URL": "/admin/",
    "HTTP_FORWARDED": "host=evil.example;proto=https;for=10.6.6.6",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
    "HTTP_REFERER": f"{EVIL}/",
    "HTTP_ORIGIN": EVIL,
}
ASKER = {
    "HTTP_ACCEPT_LANGUAGE": "en",
    "HTTP_X_PAGE_LANGUAGE": "en",
    "HTTP_ACCEPT": "text/csv",
    "HTTP_USER_AGENT": f"<script src={EVIL}>",
    "HTTP_X_REQUESTED_WITH": "XMLHttpRequest",
    "HTTP_COOKIE": f"django_language=en; theme={EVIL}; messages={EVIL}; csrftoken={'e' * 32}",
}
HOSTILE = {
    "a prefix": {"SCRIPT_NAME": EVIL},
    "another prefix": {"SCRIPT_NAME": "/evil"},
    "a proxy's": FORWARDED,
    "the asker's": ASKER,
    "another host of ours": {"HTTP_HOST": "localhost:9"},
    "a host that is not ours": {"HTTP_HOST": "evil.example"},
}


@contextmanager
def _as_in_a_server():
    """The whole WSGI application, which the test client goes round in part; its connection stays the test's."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield WSGIHandler()
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


@pytest.fixture
def ask():
    """ask(client, path, **variables of WSGI) → (status, text)"""
    with _as_in_a_server() as application:

        def asked(client: Client, path: str, **variables: str) -> tuple[int, str]:
            path, _, question = path.partition("?")
            environ = client._base_environ(PATH_INFO=path, QUERY_STRING=question, **{"wsgi.input": io.BytesIO()})
            cookies = "; ".join(filter(None, [environ.get("HTTP_COOKIE"), variables.pop("HTTP_COOKIE", "")]))
            said = []
            answer = application(
                environ | variables | {"HTTP_COOKIE": cookies}, lambda status, _head: said.append(status)
            )
            try:
                return int(said[0][:3]), CSRF.sub("", b"".join(answer).decode())
            finally:
                answer.close()

        yield asked


@pytest.fixture
def forget(monkeypatch):
    """Nothing is kept any more."""

    def forgotten():
        caches["default"].clear()
        monkeypatch.setattr(answer_cache, "KEPT", Recent(200))

    return forgotten


@pytest.mark.parametrize("seconds", [600, 0])  # the page as it is kept, and one made anew
@pytest.mark.parametrize("page", ADDRESSES)
def test_a_page_after_a_hostile_request_is_as_if_made_fresh(clients, ask, forget, settings, page, seconds):
    settings.FINISHED_PAGE_SECONDS = seconds
    path = ADDRESSES[page]
    forget()
    fresh = ask(clients["leader"], path)
    assert fresh[0] == 200
    assert page.endswith(("_file", "_chart")) or re.search(r'href="/\w', fresh[1])
    for kind, variables in HOSTILE.items():
        forget()
        assert ask(clients["municipal"], path, **variables)[0] < 500
        assert ask(clients["leader"], path) == fresh, kind


@pytest.mark.parametrize("path", [*PATHS, "/api/schema/"])
def test_an_answer_to_a_system_after_a_hostile_request_is_as_if_made_fresh(demo, ask, forget, path):
    unit = Organisation.objects.get(code="HZ-STATS")
    token = create_token(name="a", organisation=unit, scopes=("read",), by=None)[1]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    forget()
    fresh = without_its_time(ask(client, path))
    assert fresh[0] in {200, 302}
    for kind, variables in HOSTILE.items():
        forget()
        assert ask(client, path, **variables)[0] < 500
        assert without_its_time(ask(client, path)) == fresh, kind


def without_its_time(answer: tuple[int, str]) -> tuple[int, str]:
    """A message of SDMX says when it was prepared, and has a number."""
    text = re.sub(r"<mes:(Prepared|ID)>[^<]*</mes:\1>", "", answer[1])
    return answer[0], re.sub(r'"(prepared|id)": ?"[^"]*"', "", text) if "sdmx" in text else text


def test_all_that_is_kept_for_others_is_known_here():
    """A new page cache, piece of a page or memory of answers has to be held to the same: add it to the tests above."""
    pieces = {path.name for path in ROOT.glob("templates/**/*.html") if "{% cache " in path.read_text(encoding="utf-8")}
    assert pieces == set()
    keepers = (
        r"\bRecent\(|\bcache\.(set|add|get_or_set)\(|\bcache_page\b|\bkept(\((lambda|self)|_for_reader\()|^ +keep\(name"
    )
    rooms = [
        path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "benchmarks", "tools"}
    ]
    modules = [path for room in rooms for path in room.rglob("*.py")]
    found = {
        str(path.relative_to(ROOT)) for path in modules if re.search(keepers, path.read_text(encoding="utf-8"), re.M)
    }
    assert found == {
        "accounts/answer_cache.py",  # PATHS
        "accounts/tokens.py",  # counts
        "pagecache/page_cache.py",  # ADDRESSES, which has every kept page
        "pagecache/value_cache.py",
        "charts/embed_views.py",  # by frame, host, language, day, data
        "dispatch/void_presses.py",  # lines of the day, by kept()
        "find/entries.py",  # what every login may open, by language
        "messaging/news.py",  # numbers, by kept()
        "messaging/templatetags/news.py",  # one reader's own
        "figures/causes.py",  # numbers, by kept(): on those pages
        "figures/overview/many_counties.py",
        "figures/picture_scope.py",
        "peers/frames.py",  # numbers of other places, by kept()
        "reporting/background.py",  # what a sheet is held against: rows and numbers, by the state of the facts
        "dispatch/todo.py",  # promises without a word, the same for every reader
        "dispatch/templatetags/todo.py",  # one reader's own
        "lib/database/prepared_statements.py",  # queries, never what they found
        "journal/middleware.py",  # a mark that an event was told of
        "lib/files/documents.py",  # kinds of files, by the digest of their content
        "reporting/checks/movements.py",  # numbers, by the state of the facts
    }
