"""Hostile words at every door: the forms of every page, every part of an address. An answer may refuse; it is never a
fault of the site."""

import re
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from lxml import html

from accounts.models import Organisation, User
from journal.actions import actor_name, log_audit
from journal.models import AuditEntry
from lib.web.text_guard import LONGEST
from tests.test_matrix import PAGES

WORDS = {
    "long": "长" * 30_000,
    "odd": "\u202e\U0010ffff\u200b",
    "markup": "'; --</script><script>{0}%s%(x)s",
}
FIGURES = {
    "digit": "²",
    "big": "9" * 40,
    "endless": "9" * 5000,
    "exponent": "1e999999",
    "longer exponent": "1e9999999",
    "nan": "NaN",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "day after the last": "9999-12-31T23:00-12:00",
}
PLAUSIBLE = {"number": "1", "date": "2025-06-30", "datetime-local": "2099-01-01T00:00"}
VISITORS = ("municipal", "chunan", "chunan-housing", "admin", None)
TAKEN_OR_REFUSED = {200, 302, 400, 403, 404, 405, 409}


def tried(client, method: str, path: str, data: dict) -> int:
    """The status; of what was done nothing stays."""
    client.raise_request_exception = False
    with transaction.atomic():
        answer = getattr(client, method)(path, data)
        if answer.streaming:
            b"".join(answer)
        transaction.set_rollback(True)
    return answer.status_code


def forms(clients, objects) -> list[tuple]:
    """(login, method, address, {field: a plausible value}, the fields for free words) of every form of every page;
    forms alike but for numbers once."""
    seen, visited = {}, set()
    for role in VISITORS:
        paths = {path.format(**objects) for path, expected in PAGES.values() if expected[role] == 200}
        new = {path for path in paths - visited if not path.endswith((".csv", ".xlsx"))}
        visited |= {path for path in new if not path.startswith("/reporting/")}  # there each sees forms of its own
        for path in sorted(new):
            for form in forms_of(clients[role].get(path)):
                method, address = form.method.lower(), form.get("action") or path
                fields = {field.get("name"): field for field in form.inputs if is_typed(field)}
                words = {name for name, field in fields.items() if is_for_words(field)}
                given = {name: value_of(field) for name, field in fields.items()}
                alike = (method, *(re.sub(r"\d+", "9", text) for text in (address, *sorted(given))))
                seen.setdefault(alike, (role, method, address, given, words))
    return [found for found in seen.values() if found[3] and found[2] not in {"/accounts/logout/", "/language/"}]


def forms_of(answer):
    if answer.streaming:
        b"".join(answer)  # read to its end, which closes it
        return []
    return html.fromstring(answer.content).forms if "text/html" in answer["Content-Type"] else []


def is_typed(field) -> bool:
    name, kind = field.get("name"), field.get("type")
    return bool(name) and name != "csrfmiddlewaretoken" and kind not in {"file", "submit"}


def is_for_words(field) -> bool:
    return field.tag == "textarea" or field.get("type", "text") in {"text", "search"}


def value_of(field) -> str:
    if field.tag == "select":
        return field.value or next((option for option in field.value_options if option), "")
    text = field.text if field.tag == "textarea" else field.get("value")
    return text or PLAUSIBLE.get(field.get("type"), "一段六字以上的说明")


def test_no_form_breaks_on_what_is_typed_nor_is_taken_without_its_token(clients, objects):
    """Free words in their fields all at once, then figures in the others; what no file could name is told as what it
    is: a workbook, the dispatch list and the annual report broke of one such character in a name. So is what is longer
    than a workbook's cell: 25 saves of it made a page of the audit log of 112 MB."""
    found, strict = {}, Client(enforce_csrf_checks=True)
    for role, method, address, given, words in forms(clients, objects):
        others = set(given) - words
        for kind, text in (WORDS | FIGURES).items():
            typed = dict.fromkeys(words if kind in WORDS else others, text)
            status = tried(clients[role], method, address, given | typed) if typed else 302
            if status not in TAKEN_OR_REFUSED:
                found[method, address, kind] = status
        for letters in ("\0", "\x0b", "\ufffe", "长" * LONGEST):
            status = tried(clients[role], method, address, dict.fromkeys(given, f"一{letters}二"))
            if status != 400:
                found[method, address, letters[:1]] = status
        strict.cookies = clients[role].cookies
        if method == "post" and (status := tried(strict, method, address, given)) != 403:
            found[method, address, "without its token"] = status
    assert found == {}


def patterns(resolver=None, prefix: str = "/"):
    for part in (resolver or get_resolver()).url_patterns:
        path = f"{prefix}{part.pattern}"
        if isinstance(part, URLResolver):
            yield from patterns(part, path)
        elif re.search("<(str|int|path):", path) and not path.startswith("/admin/"):
            yield path


def filled(pattern: str, word: str, number: str) -> str:
    path = re.sub(r"<kind:\w+>", "csv", pattern)
    return re.sub(r"<int:\w+>", number, re.sub(r"<(str|path):\w+>", lambda _: quote(word, safe=""), path))


@pytest.mark.parametrize("pattern", sorted(patterns()))
def test_no_address_breaks_on_what_stands_in_it(clients, pattern):
    client = clients["admin"]
    asked = [filled(pattern, word, "2025") for word in ("²", "'; --", "../../etc/passwd", "长" * 500, "\u202e\ufffe")]
    asked += [filled(pattern, "330127", number) for number in ("0", "9999", "9" * 30)]
    found = {(method, path): tried(client, method, path, {}) for path in asked for method in ("get", "post")}
    assert {key: status for key, status in found.items() if status >= 500} == {}
    if "<str:" in pattern or "<path:" in pattern:
        assert tried(client, "get", filled(pattern, "\0", "2025"), {}) in {400, 404}


# What one request carries ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/submissions/330127/2025/entries/"])
def test_a_body_too_long_is_not_read(db, path):
    """Nobody has to be logged in to send one, and Django would put a file of any size on the disk first."""

    class Unread:
        def read(self, *_size):
            raise AssertionError("read")

        readline = read

    more = {"CONTENT_LENGTH": str(51 * 2**20), "wsgi.input": Unread()}
    answer = Client().generic("POST", path, content_type="multipart/form-data; boundary=x", **more)
    assert (answer.status_code, "一次最多发送 50 MB" in answer.content.decode()) == (413, True)


def test_the_longest_names_fit_where_they_are_written_down(demo):
    """PostgreSQL refuses what is longer than its column, and with it what was to be written down."""
    user = User(first_name="长" * 150, organisation=Organisation(name="长" * 80))
    log_audit(action="edit", subject="plan.meeting", rows=[{"key": "长" * 150}], by=None)
    assert (len(actor_name(user)), len(AuditEntry.objects.latest("id").key)) == (200, 120)
