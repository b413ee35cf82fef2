"""The receiver of docs/api.md, as it stands there, takes what the site sends and refuses what it does not."""

import os
import re
import sys
from http.server import HTTPServer
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from clients import county_urbanization_client
from journal.actions import record_changes
from journal.models import Change
from lib.web.outbound import Allowed
from messaging.feed import queue_changes
from messaging.models import Delivery
from messaging.sending import deliver
from messaging.subscribing import register_endpoint
from tests.messaging.receivers import listening


def receiver(secret: str) -> dict:
    """What the document's program defines."""
    text = (Path(settings.BASE_DIR) / "docs/api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (code,) = (block for block in blocks if "checked_webhook" in block)
    made = {}
    exec(code, made)
    made["SECRET"] = secret
    return made


def test_the_receiver_of_the_document_takes_each_change_once(city, office, settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "county_urbanization_client", county_urbanization_client)
    monkeypatch.setattr(sys, "argv", ["receiver.py"])
    settings.OUTBOUND_ALLOWED = Allowed.of(["127.0.0.1"])
    made = receiver("")
    with listening(HTTPServer(("127.0.0.1", 0), made["Receiver"])) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        _endpoint, secret = register_endpoint(name="x", url=url, organisation=office, by=city)
        record_changes([Change(kind="revised", area_id="330127", indicator="P02", year=2024) for _n in range(3)])
        queue_changes(at=timezone.now())
        assert deliver("webhook") == 0
        assert Delivery.objects.get().error == "答复 401"
        made["SECRET"] = secret
        Delivery.objects.update(state="waiting", due_at=timezone.now())
        assert deliver("webhook") == 1
        Delivery.objects.update(state="waiting", due_at=timezone.now())
        assert deliver("webhook") == 1
    newest = Change.objects.latest("number").number
    assert [row["number"] for row in made["changes"]] == [newest - 2, newest - 1, newest]
    assert "MONITOR_WEBHOOK_SECRET" not in os.environ
