"""A county's system writes by token: entries and steps as its people would, named as the token in history and log."""

import pytest
from django.core.cache import cache
from django.test import Client

from access.actions import create_token
from accounts.models import Organisation
from journal.models import AuditEntry
from reporting.models import Entry, EntryVersion, Transition

BASE = "/api/v1/submissions/330127/2024"
P02 = {"indicator": "P02", "value": 93.4, "explanation": "", "version": 0}


@pytest.fixture
def system(plan):
    """system("330127-housing", "write:entries") → call(method, path, **body)."""
    cache.clear()

    def of(code, *scopes):
        unit = Organisation.objects.get(code=code)
        _token, text = create_token(name="县平台", organisation=unit, scopes=scopes, by=None)

        def call(method, path, **body):
            client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {text}"})
            return getattr(client, method)(f"{BASE}/{path}/", body, content_type="application/json")

        return call

    return of


def test_entries_dry_run_then_saved_then_stale(sheet, system):
    call = system("330127-housing", "write:entries")
    dry = call("put", "entries", dry_run=True, entries=[P02])
    assert (dry.status_code, dry.json()["changed"], EntryVersion.objects.count()) == (200, ["P02"], 0)
    saved = call("put", "entries", entries=[P02])
    (told,) = saved.json()["entries"]
    assert (told["value"], told["version"], sorted(told["findings"])) == (93.4, 1, ["hard", "soft"])
    stale = call("put", "entries", entries=[{**P02, "value": 95.1}])
    (both,) = stale.json()["conflicts"]
    assert (stale.status_code, both["yours"], both["theirs"], both["version"]) == (409, 95.1, 93.4, 1)


def test_all_or_none(sheet, system):
    call = system("330127-housing", "write:entries")
    assert call("put", "entries", entries=[P02, {"indicator": "P05", "value": 1}]).status_code == 403
    assert EntryVersion.objects.count() == 0


def test_history_and_log_name_the_token(sheet, system):
    system("330127-housing", "write:entries")("put", "entries", entries=[P02])
    name = f"接口令牌“县平台”（{Organisation.objects.get(code='330127-housing').name}）"
    version, entry = EntryVersion.objects.get(), AuditEntry.objects.get(action="save")
    assert (version.by_name, version.by.is_service) == (name, True)
    assert (entry.actor_name, entry.channel, entry.actor) == (name, "api", version.by)


def test_steps_by_the_systems_of_bureau_county_and_city(sheet, fill, system):
    fill(sheet)
    bureau, county, city = (system(code, "write:transitions") for code in ("330127-housing", "330127-DRC", "HZDRC"))
    assert bureau("post", "take_back").status_code == 200
    assert bureau("post", "hand_over").status_code == 200
    refused = bureau("post", "submit")
    assert (refused.status_code, "县级发改局" in refused.json()["detail"]) == (403, True)
    assert county("post", "submit").json()["state"] == "submitted"
    early = city("post", "reopen", reason="更正", until="2099-01-01T00:00")
    assert (early.status_code, early.json()["state"]) == (409, "submitted")
    assert "等市发改委审核" in early.json()["detail"]
    assert city("post", "approve").json()["state"] == "approved"
    assert Transition.objects.last().by_name == "接口令牌“县平台”（杭州市发展和改革委员会）"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("330127-housing", 200),
        ("330127-health", 403),
        ("330127-DRC", 403),
        ("HZDRC", 403),
        ("HZ-STATS", 404),
        ("330122-housing", 404),
        ("330122-DRC", 404),
    ],
)
def test_whose_token_may_write_the_row(sheet, system, code, status):
    response = system(code, "write:entries")("put", "entries", entries=[P02])
    assert (response.status_code, EntryVersion.objects.count()) == (status, int(status == 200))


def test_one_scope_does_not_stand_for_another(sheet, system):
    assert system("330127-housing", "read", "write:transitions")("put", "entries", entries=[P02]).status_code == 403
    assert system("330127-housing", "read", "write:entries")("post", "hand_over").status_code == 403
    assert (EntryVersion.objects.count(), Transition.objects.filter(action="hand_over").count()) == (0, 0)


FIELDS = {"id": 1, "pk": 1, "part": 1, "part_id": 1, "submission": 1, "submission_id": 1, "indicator_id": "P01"}
FIELDS |= {"is_derived": True, "is_demo": True, "official_version": 9, "returned_note": "x", "saved_by": 1}
FIELDS |= {"area": "330182", "year": 2023, "organisation": 1, "is_approved": True, "state": "approved"}


@pytest.mark.parametrize("name", FIELDS)
def test_what_else_is_sent_beside_an_entry_is_refused(sheet, system, name):
    """Fields of the rows behind it, in every place where somebody might put them."""
    before = {key: value for key, value in vars(sheet).items() if not key.startswith("_")}
    entry = Entry.objects.filter(submission=sheet, indicator="P02")
    known, more = entry.values().get(), {name: FIELDS[name]}
    call = system("330127-housing", "write:entries")
    for sent in ({"entries": [P02], **more}, {"entries": [P02 | more]}):
        refused = call("put", "entries", **sent)
        assert (refused.status_code, f"没有名为“{name}”的一项" in refused.json()["detail"]) == (400, True)
    assert (entry.values().get(), EntryVersion.objects.count()) == (known, 0)
    sheet.refresh_from_db()
    assert {key: value for key, value in vars(sheet).items() if not key.startswith("_")} == before


def test_a_step_takes_its_own_details_and_no_fields(sheet, fill, system):
    fill(sheet)
    system("330127-housing", "write:transitions")("post", "hand_over")
    county = system("330127-DRC", "write:transitions")
    before = sheet.round_id, sheet.area_id
    sent = {
        "state": "approved",
        "round": 1,
        "area": "330182",
        "by": 1,
        "at": "2020-01-01T00:00",
        "approved_at": "2020-01-01",
    }
    for name, value in sent.items():
        assert county("post", "submit", **{name: value}).status_code == 400
    assert county("post", "submit").json()["state"] == "submitted"
    sheet.refresh_from_db()
    assert (sheet.state, sheet.round_id, sheet.area_id) == ("submitted", *before)
    made = Transition.objects.latest("id")
    assert (made.by.is_service, made.at.year > 2020) == (True, True)
