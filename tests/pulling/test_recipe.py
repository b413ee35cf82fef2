"""The interface of docs/api.md that answers in pages, as it stands there, and what the document says to type for it."""

import re
import sys
from decimal import Decimal
from http.server import HTTPServer
from pathlib import Path

import pytest
from django.conf import settings as site

from lib.web.outbound import Allowed
from pulling.forms import SourceForm
from pulling.models import Run
from reporting.models import Entry
from tests.messaging.receivers import listening

TEXT = (Path(site.BASE_DIR) / "docs/api.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## 定时取数.*?(?=^## )", TEXT, re.MULTILINE | re.DOTALL)[0]
KEY = "a1b2c3d4"


def interface(rows: list[dict]) -> tuple[type, list[str]]:
    """What the document's program serves, with these rows, and the addresses that it is asked for."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    made: dict = {}
    exec(code, made)
    made |= {"KEY": KEY, "VALUES": rows}
    asked: list[str] = []

    class Counted(made["Interface"]):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_words):
            pass

    return Counted, asked


def typed(address: str, key: str) -> dict[str, str]:
    """The document's table as the form takes it: its rows are named as the form's fields are."""
    fields = {str(field.label): name for name, field in SourceForm().fields.items()}
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", SECTION, re.MULTILINE)[1:]
    given = {fields[label]: text.strip("`") for label, text in rows}
    return {**given, "kind": "json", "every": "day", "address": address, "secret": key}


@pytest.fixture
def their_system(settings, monkeypatch):
    """(the address of their interface, the addresses it was asked for)."""
    settings.OUTBOUND_ALLOWED = Allowed.of(["127.0.0.1"])
    monkeypatch.setattr(sys, "argv", ["interface.py"])
    rows = [{"item": "WJ_017", "val": 4.5, "y": 2024}, {"item": "WJ_017", "val": 4.65, "y": 2025}]
    kind, asked = interface(rows)
    with listening(HTTPServer(("127.0.0.1", 0), kind)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/values", asked


def test_what_the_document_says_brings_every_page_into_the_draft(demo, clients, their_system):
    address, asked = their_system
    page = clients["chunan-health"].post("/pulls/", typed(address, KEY), follow=True)
    now = re.search(r'action="(/pulls/\w+/now/)"', page.content.decode())[1]
    clients["chunan-health"].post(now)
    run = Run.objects.get()
    assert (run.outcome, run.rows_read, asked) == ("saved", 2, ["/values", "/values?cursor=1"]), run.words
    entry = Entry.objects.get(submission__area="330127", submission__round__year=2025, indicator="P03")
    assert entry.value == Decimal("4.65")


def test_their_program_gives_nothing_to_who_has_another_key(demo, clients, their_system):
    address, asked = their_system
    page = clients["chunan-health"].post("/pulls/", typed(address, "another"), follow=True)
    now = re.search(r'action="(/pulls/\w+/now/)"', page.content.decode())[1]
    clients["chunan-health"].post(now)
    assert (Run.objects.get().outcome, asked) == ("failed", ["/values"])
