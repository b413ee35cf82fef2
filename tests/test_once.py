"""Who clicks twice does not pay twice: every form that makes something, sent twice, makes it once, and whoever sent it
the second time is shown what the first did. A new address that takes a form, or a new form without a key, fails here
until it is one of them."""

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import get_resolver

from accounts.models import Organisation, User
from funding.models import Flow
from journal.models import AuditEntry, SubmittedForm
from journal.once import KEPT, OF_UPLOAD, TYPED
from lib.files import documents
from lib.tabular import reading
from tests.offices import own_database
from tests.test_admin import MODELS
from tests.test_matrix import addresses
from tests.twice import FLOW, PDF, SENT, counted, filled, made_since, places, post

TEMPLATES = Path(settings.BASE_DIR) / "templates"
AGAIN = "这份表单已经办过，没有再办一次。"

# Forms that make nothing, or nothing twice by what they are; why.
NO_KEY = {
    "set_language": "sets a cookie",
    "login": "nobody is known yet",
    "logout": "ends a session that is there once",
    "password": "asks for the old password, which the first has changed",
    "second_factor": "a code counts once",
    "prove": "proves who somebody is, and makes nothing",
    "factor_totp": "the secret stays the same until a code of it is given, which counts once",
    "factor_totp_end": "what is off is off",
    "passkey_new": "the challenge that a key answers counts once",
    "passkey_end": "ended once",
    "factor_codes": "the second codes end the first, and are those that are shown",
    "factor_resets": "one reset of an account is open at a time",
    "factor_reset_settle": "settled once",
    "session_end": "ends a login that is there once",
    "notices_read": "what is read is read",
    "sheet_step": "the state of the sheet is locked: the second finds that the step has been taken",
    "review_step": "the same steps, for many sheets",
    "matters_step": "the state of each matter is locked: the second finds that the step has been taken",
    "end_round": "a round is closed, or open",
    "token_revoke": "a revoked token stays as it was revoked",
    "token_confirm": "a token is agreed to once",
    "news_seen": "what is seen is seen",
    "message_open": "what is read is read",
    "messages_read": "what is read is read",
    "messages_mine": "the same preferences a second time",
    "messages_test": "one test a minute: the second is told so",
    "robot_test": "one test a minute",
    "webhook_test": "one test a minute",
    "threshold_drop": "a line that has gone is not there",
    "letter_step": "a letter that is not dead is left alone",
    "webhook_replay": "the second begins at the same number, and takes the place of the first",
    "embedding_end": "what has ended stays as it ended",
    "webhook_end": "what has ended stays as it ended",
    "pull": "the same settings a second time",
    "appearance": "the same look chosen again changes nothing",
    "favourite": "a mark of one's own: the second click takes it away, and makes nothing",
    "pull_now": "the second finds the same numbers, and changes nothing",
    "pull_end": "what has ended stays as it ended",
    "evidence_withdraw": "withdrawn once",
    "report_rebuild": "makes the same files of the same snapshot",
    "imports": "puts a file on a shelf for a day; it is the confirmation that makes something",
    "flows_upload": "puts a file on a shelf for a day",
    "peers_upload": "puts a file on a shelf for a day",
    "projects_upload": "puts a file on a shelf for a day",
    "sheet_upload": "puts a file on a shelf for a day",
    "check_limits": "a limit that is in force is not put in force again",
    "quarters": "the same figure typed again changes nothing",
}
BARE_FORMS = {  # template: its forms without a key
    "_account.html": 1,
    "_appearance.html": 1,
    "_favourites.html": 1,
    "_language.html": 1,
    "accounts/login.html": 1,
    "accounts/password.html": 1,
    "matters/matters.html": 1,
    "access/_token_state.html": 1,
    "access/_token_row.html": 1,
    "charts/embeddings.html": 1,
    "messaging/_channels.html": 1,
    "messaging/_letter_steps.html": 2,
    "messaging/_unread.html": 2,
    "messaging/_lines.html": 1,
    "messaging/_news.html": 1,
    "messaging/_webhook_steps.html": 3,
    "messaging/mine.html": 2,
    "pulling/_steps.html": 3,
    "pulling/pull.html": 1,
    "identity/ask_again.html": 1,
    "identity/_passkeys.html": 2,
    "identity/factors.html": 3,
    "identity/resets.html": 2,
    "identity/second_factor.html": 2,
    "identity/sessions.html": 2,
    "identity/totp.html": 1,
    "reporting/_actions.html": 3,
    "reporting/_attach_file.html": 1,
    "reporting/_closing.html": 2,
    "reporting/limits.html": 1,
    "reporting/notices.html": 1,
    "reporting/_notice.html": 1,
    "reporting/quarters.html": 1,
    "reporting/review.html": 1,
    "reporting/_units.html": 1,
    "reporting/_withdraw_file.html": 1,
    "reports/report.html": 1,
    "uploads/_faulty.html": 1,
    "uploads/_file_form.html": 1,
    "uploads/_typed.html": 1,
}


def views(resolver=None) -> dict[str, object]:
    """name: view, of every page of ours."""
    found = {}
    for part in (resolver or get_resolver()).url_patterns:
        if hasattr(part, "url_patterns"):
            found |= views(part)
        elif part.name:
            found[part.name] = part.callback
    return found


def test_every_address_that_takes_a_form_is_sent_twice_or_says_why_not():
    """By the text of the view, which asks for POST in one way or another."""
    ours = {name for name, _ in addresses()}
    asks = re.compile(r"POST|pages\.(?:receive|preview_page|undo_page)\(")
    takes = {name for name, view in views().items() if name in ours and asks.search(source_of(view))}
    assert takes | {"login", "logout", "password", "set_language"} == set(SENT) | set(NO_KEY)
    assert set(SENT) & set(NO_KEY) == set()


def test_a_key_counts_where_its_form_is_and_nowhere_else():
    """On SQLite whoever has a key's transaction is the only writer: a key that is added to another form buys it not."""
    office = [pattern.callback for model in MODELS for pattern in admin.site._registry[model].get_urls()]
    ours = {name for name, _ in addresses()}
    kinds = {name: view.once_key for name, view in views().items() if name in ours and hasattr(view, "once_key")}
    assert {view.once_key for view in office if hasattr(view, "once_key")} == {TYPED}
    assert set(kinds) == {name for name, sent in SENT.items() if sent.has_key}
    confirming = {"flows_preview", "projects_preview", "import_preview", "sheet_upload_preview", "peers_preview"}
    assert {name for name, kind in kinds.items() if kind == OF_UPLOAD} == confirming


@pytest.mark.usefixtures("apart")
def test_a_key_added_to_another_form_claims_nothing(clients):
    """A file is read, and what was attached twice is refused, outside of any transaction: once it was a 500."""
    client = clients["chunan-health"]
    form = {"file": SimpleUploadedFile("证明.pdf", PDF), "once": "x", "indicator": "P03"}
    assert client.post("/reporting/330127/2025/evidence/", form).status_code in {302, 404}
    for key in ("x", "upload-x"):
        form = {"file": SimpleUploadedFile("表.xlsx", b"PK"), "once": key}
        assert client.post("/reporting/330127/2025/upload/", form).status_code == 400
    assert clients["municipal"].post("/imports/", {"kind": "plan", "once": "x"}).status_code == 400
    assert SubmittedForm.objects.count() == 0


def test_what_is_attached_is_looked_at_before_the_transaction(clients, objects, monkeypatch):
    """Some seconds for a hostile file: meanwhile nobody could write on SQLite."""
    seen = []
    monkeypatch.setattr("lib.files.documents._kind", lambda content: seen.append(in_transaction()) or documents.PDF)
    outermost = len(connection.savepoint_ids)

    def in_transaction() -> bool:
        return len(connection.savepoint_ids) > outermost

    address = f"/plan/tasks/{objects['own_task']}/"
    content = PDF + b"another"
    form = {"words": "已开工", "once": "x", "files": SimpleUploadedFile("证明.pdf", content)}
    assert clients["municipal"].post(address, form).status_code == 302
    assert seen == [False]


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    "name", ["flows_preview", "projects_preview", "import_preview", "sheet_upload_preview", "peers_preview"]
)
def test_an_upload_is_read_before_the_transaction(clients, monkeypatch, name):
    """A hostile one takes seconds: meanwhile nobody could write on SQLite, and after 20 s all others got a 503."""
    sent, seen, outermost = SENT[name], [], len(connection.savepoint_ids)
    client = clients[sent.login]
    address, given = filled(client, sent, places())
    is_csv = name in {"flows_preview", "peers_preview"}
    read = reading._open_csv if is_csv else reading.open_workbook
    monkeypatch.setattr(
        reading, read.__name__, lambda *file: seen.append(len(connection.savepoint_ids) > outermost) or read(*file)
    )
    assert post(client, address, given, sent).status_code == 302
    assert seen == [False]


def source_of(view) -> str:
    return inspect.getsource(inspect.unwrap(getattr(view, "view_class", view)))


def test_every_form_carries_a_key_or_is_counted_without():
    bare = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        forms = re.findall(r"""<form[^>]*method="post".*?</form>""", path.read_text(encoding="utf-8"), re.DOTALL)
        without = [form for form in forms if "{% once" not in form]
        if without:
            bare[str(path.relative_to(TEMPLATES))] = len(without)
    assert bare == BARE_FORMS


@pytest.fixture
def apart(settings, tmp_path, demo):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"


def said_on(client, address: str) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in client.get(address).context["messages"]]


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("name", SENT)
def test_sent_twice_it_is_made_once(clients, name):
    sent, client = SENT[name], clients[SENT[name].login]
    address, given = filled(client, sent, places())
    before = counted()
    first = post(client, address, given, sent)
    made = made_since(before)
    assert made.get(sent.makes, 0) == (sent.rows or made[sent.makes]), first.content.decode()[:3000]
    told = said_on(client, first.url) if first.status_code == 302 else []
    standing = counted()
    second = post(client, address, given, sent)
    assert made_since(standing) == {}
    assert second.status_code == 302
    if not sent.has_key:
        return
    words = said_on(client, second.url)
    if first.status_code == 302:
        assert (second.url, words) == (first.url, [*told, AGAIN])
    else:
        assert (len(words), words[-1]) == (2, AGAIN)


@pytest.mark.usefixtures("apart")
def test_corrected_or_fresh_it_is_another_form(clients):
    client = clients["municipal"]
    address, given = filled(client, SENT["new_flow"], places())
    other = filled(client, SENT["new_flow"], places())[1]["once"]
    before = Flow.objects.count()
    for form in (given, given, {**given, "amount_wan": "13"}, {**given, "once": other}, {**given, "once": ""}):
        client.post(address, form)
    assert Flow.objects.count() == before + 4


@pytest.mark.usefixtures("apart")
def test_what_was_refused_can_be_sent_again(clients):
    client = clients["municipal"]
    address, given = filled(client, SENT["new_flow"], places())
    assert client.post(address, {**given, "amount_wan": "许多"}).status_code == 400
    assert SubmittedForm.objects.count() == 0
    Organisation.objects.filter(code="HZDRC").update(name="市发改委")  # whatever else moves meanwhile
    before = Flow.objects.count()
    assert client.post(address, given).status_code == 302
    assert Flow.objects.count() == before + 1


@pytest.mark.usefixtures("apart")
def test_what_failed_leaves_neither_claim_nor_half_a_work(clients, monkeypatch):
    client = clients["municipal"]
    client.raise_request_exception = False
    address, given = filled(client, SENT["new_flow"], places())
    before = counted()
    with monkeypatch.context() as patched:
        patched.setattr("funding.views.redirect", None)  # after the flow has been recorded
        assert client.post(address, given).status_code == 500
    assert made_since(before) == {}
    assert client.post(address, given).status_code == 302
    assert made_since(before)["funding.Flow"] == 1


@pytest.mark.usefixtures("apart")
def test_a_key_is_its_user_s_own(clients):
    address, given = filled(clients["municipal"], SENT["new_flow"], places())
    before = Flow.objects.count()
    for login in ("municipal", "admin", "municipal", "admin"):
        assert clients[login].post(address, given).status_code == 302
    assert Flow.objects.count() == before + 2


@pytest.mark.usefixtures("apart")
def test_nobody_claims_anything(clients):
    assert clients[None].post("/funding/flows/new/", {**FLOW, "once": "x"}).status_code == 302
    assert SubmittedForm.objects.count() == 0


@pytest.mark.usefixtures("apart")
def test_two_windows_of_one_upload_record_once(clients):
    """Each window has a form of its own; both know the upload."""
    sent, client = SENT["flows_preview"], clients["municipal"]
    address, given = filled(client, sent, places())
    second = {name: values for name, values in given.items() if name == "once"} | {"other": "window"}
    before = Flow.objects.count()
    assert [client.post(address, form).url for form in (given, second)] == ["/funding/flows/"] * 2
    assert Flow.objects.count() == before + 1


@pytest.mark.usefixtures("apart")
def test_only_the_key_of_an_upload_confirms_it_once(clients):
    """Another key there claims nothing; the file itself is recorded once all the same."""
    sent, client, before = SENT["flows_preview"], clients["municipal"], Flow.objects.count()
    address, given = filled(client, sent, places())
    for key in ("x", "y"):
        client.post(address, given | {"once": key})
    assert (Flow.objects.count(), SubmittedForm.objects.count()) == (before + 1, 0)


@pytest.mark.usefixtures("apart")
def test_claims_of_yesterday_go(clients):
    client = clients["municipal"]
    address, given = filled(client, SENT["new_flow"], places())
    client.post(address, given)
    SubmittedForm.objects.update(at=SubmittedForm.objects.get().at - KEPT)
    old = SubmittedForm.objects.get().pk
    client.post(address, {**given, "amount_wan": "9"})
    assert [SubmittedForm.objects.filter(pk=old).exists(), SubmittedForm.objects.count()] == [False, 1]


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("address", "typed", "model"),
    [
        (
            "/admin/accounts/organisation/add/",
            {"code": "330127-x", "name": "新单位", "kind": "bureau", "area": "330127"},
            Organisation,
        ),
        (
            "/admin/accounts/user/add/",
            {"username": "new", "password1": "Long-enough-1", "password2": "Long-enough-1", "role": "leader"},
            User,
        ),
    ],
)
def test_the_back_office_adds_once(clients, address, typed, model):
    client = clients["admin"]
    found = re.search(r'name="once" value="([\w-]+)"', client.get(address).content.decode())
    given = {**typed, "once": found.group(1)}
    before = model.objects.count()
    answers = [client.post(address, given) for _ in range(2)]
    assert model.objects.count() == before + 1, answers[0].content.decode()[:2000]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert AuditEntry.objects.filter(action="create", subject=model._meta.label_lower).count() == 1


@pytest.mark.stack
def test_two_clicks_at_one_moment_make_it_once(postgresql_url, demo_database, tmp_path):
    """On PostgreSQL, two threads with a connection each: the second waits for the first and is led where it was led. Of
    two persons with forms of their own, each gets a number of his own: with reports one of them got a 500."""
    with own_database(postgresql_url, template=demo_database) as database_url:
        wiring = {"DATABASE_URL": database_url, "REDIS_URL": "", "VAR_DIR": str(tmp_path)}
        wiring |= {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        command = [sys.executable, "-m", "tests.twice"]
        environment = os.environ | wiring
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    for name, led in told["numbered"].items():
        assert [status for status, _place in led] == [302, 302], (name, led)
    assert len({place for _status, place in told["numbered"]["project_new"]}) == 2
    assert told["limits"] == {"sources": 1, "lines": 1}  # the last place goes to one of two
    found = told["once"]
    assert set(found) == set(SENT)
    for name, outcome in found.items():
        assert (name, outcome["claims"]) == (name, int(SENT[name].has_key))
        assert outcome["made"] > 0, name
        statuses = [status for status, _ in outcome["led"]]
        assert statuses == [302, 302] or (
            name in {"tokens", "webhooks", "webhook_renew"} and sorted(statuses) == [200, 302]
        ), (name, outcome)
        if statuses == [302, 302]:
            assert outcome["led"][0] == outcome["led"][1], name
    assert {name: outcome["made"] for name, outcome in found.items() if SENT[name].rows} == {
        name: sent.rows for name, sent in SENT.items() if sent.rows
    }
