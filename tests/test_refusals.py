"""One family of refusals: each kind has an address that programs go by, a page, a line in the schema and in the
documents; and whoever refuses in plain words belongs to the family."""

import ast
import importlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from county_urbanization.rooms import ROOMS
from lib.listapi.openapi import described
from lib.refusals import KIND_OF_STATUS, KINDS, Refused
from lib.web.problems import problem_of

ROOT = Path(settings.BASE_DIR)
FILES = sorted(path for room in ("lib", *ROOMS) for path in (ROOT / room).rglob("*.py"))
PROBLEM = "application/problem+json"
# No words for anybody: signals inside one module, and what Django itself turns into an answer.
OF_ANOTHER_SORT = {"Enough", "OutsideFolder", "PlanFileError", "RuleError", "UnkeepableText"}
# Of servers outside, told in the log of messages or at a way in, never to who asked for a page.
OF_ANOTHER_SORT |= {"AddressRefused", "NotReached", "NoAnswer", "NotOpened", "NotUnsealed", "NoKey"}
OF_ANOTHER_SORT |= {"NoNextPage", "NotFetched", "ProtocolError"}  # in the log of pulls; as JSON-RPC says it
OF_ANOTHER_SORT |= {"Down", "Failed", "Gone", "InDoubt", "NotSent", "Rejected"}
LANGUAGE_MARKS = re.compile(r"[\u4e00-\u9fff]")


def test_the_runbook_says_of_each_kind_whether_an_operator_has_to_act():
    told = (
        (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8").partition("## 接口的拒绝")[2].partition("\n## ")[0]
    )
    named = re.findall(r"`([a-z-]+)`", told)
    assert sorted(named) == sorted(KINDS)


def exception_classes() -> dict[str, str]:
    """Name of each class of the rooms that is an exception by its bases, with its module."""
    found = {}
    for path in FILES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and is_exception(module, node.name):
                found[node.name] = module
    return found


def is_exception(module: str, name: str) -> bool:
    which = getattr(importlib.import_module(module), name, None)
    return isinstance(which, type) and issubclass(which, BaseException)


def test_whoever_refuses_in_words_is_of_the_family():
    classes = exception_classes()
    outside = {
        name
        for name, module in classes.items()
        if not issubclass(getattr(importlib.import_module(module), name), Refused)
    }
    assert outside == OF_ANOTHER_SORT
    assert {"BadParameter", "SpreadsheetError", "FlowError", "MissingScope"} <= set(classes)


def test_every_kind_is_known_and_used():
    """A kind is named by a class, by an answer made without one, or by the status of a framework's own exception."""
    named = set(KIND_OF_STATUS.values())
    for path in FILES:
        if path.name != "refusals.py":
            named |= set(re.findall(r'(?:kind = |problem\(|_refused\(request, |return )"([a-z-]+)"', path.read_text()))
    for name, module in exception_classes().items():
        which = getattr(importlib.import_module(module), name)
        if issubclass(which, Refused):
            named.add(which.kind)
    assert named & set(KINDS) == set(KINDS)
    assert {kind.status for kind in KINDS.values()} == set(KIND_OF_STATUS)
    assert {status: KINDS[name].status for status, name in KIND_OF_STATUS.items()} == {s: s for s in KIND_OF_STATUS}


@pytest.mark.parametrize("name", KINDS)
def test_the_type_is_the_address_of_a_page_that_explains_it(db, name):
    kind = KINDS[name]
    page = Client().get(kind.address)
    text = page.content.decode()
    assert page.status_code == 200
    assert [str(words) in text for words in (kind.title, kind.meaning, kind.remedy, kind.address)] == [True] * 4
    reader = Client()
    reader.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = reader.get(kind.address).content.decode()
    article = english.partition("<article")[2].partition("</article>")[0]
    assert LANGUAGE_MARKS.findall(article) == []


def test_the_list_of_kinds_and_no_other(db):
    text = Client().get("/problems/").content.decode()
    assert re.findall(r'<a href="(/problems/[a-z-]+/)"', text) == [kind.address for kind in KINDS.values()]
    assert Client().get("/problems/no-such-kind/").status_code == 404


def test_the_schema_and_the_document_list_them():
    addresses = [kind.address for kind in KINDS.values()]
    assert described()["components"]["schemas"]["Problem"]["properties"]["type"]["enum"] == addresses
    table = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(/problems/[a-z-]+/)` \| (\d+) \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    said = [(kind.address, str(kind.status), str(kind.title), str(kind.remedy)) for kind in KINDS.values()]
    assert rows == said


SHEET = "/api/v1/submissions/330122/2025/"  # approved
OPEN_SHEET = "/api/v1/submissions/330127/2025/"
JSON = {"content_type": "application/json"}


def login(name: str, **more) -> Client:
    client = Client(**more)
    client.force_login(User.objects.get(username=name))
    return client


def as_tonglu(**more) -> Client:
    return login("tonglu", **more)


def put(client: Client, body: str):
    return client.put(f"{SHEET}entries/", body, **JSON)


def of_two_at_once():
    entries = '{"entries": [{"indicator": "P03", "value": 4.2, "version": 999}]}'
    return login("chunan-health").put(f"{OPEN_SHEET}entries/", entries, **JSON)


def of_old_sdmx():
    wish = {"Accept": "application/vnd.sdmx.data+csv"}
    return as_tonglu().get("/api/sdmx/2.1/data/COUNTY_SEAT?includeHistory=true", headers=wish)


ASKED = {
    "bad-parameter": lambda: as_tonglu().get("/api/v1/targets/?colour=red"),
    "not-acceptable": lambda: as_tonglu().get("/api/v1/targets/", headers={"Accept": "image/png"}),
    "not-found": lambda: as_tonglu().get("/api/v1/nothing/"),
    "method-not-allowed": lambda: as_tonglu().post("/api/v1/targets/"),
    "not-logged-in": lambda: Client().get("/api/v1/targets/"),
    "token-not-recognised": lambda: Client().get("/api/v1/targets/", headers={"Authorization": "Bearer cuat_x"}),
    "session-not-verified": lambda: put(as_tonglu(enforce_csrf_checks=True), "{}"),
    "unreadable-body": lambda: put(as_tonglu(), "{"),
    "invalid-request": lambda: put(as_tonglu(), "{}"),
    "unsupported-format": lambda: as_tonglu().put(f"{SHEET}entries/", "<a/>", content_type="text/xml"),
    "version-conflict": of_two_at_once,
    "not-ready": lambda: login("chunan").post(f"{OPEN_SHEET}submit/", "{}", **JSON),
    "wrong-state": lambda: as_tonglu().post(f"{SHEET}withdraw/", "{}", **JSON),
    "not-allowed": lambda: as_tonglu().post(f"{SHEET}approve/", "{}", **JSON),
    "not-offered": of_old_sdmx,
}


@pytest.mark.parametrize("name", ASKED)
def test_what_the_api_refuses_says_its_kind(demo, name):
    answer = ASKED[name]()
    kind = KINDS[name]
    assert (answer.status_code, answer["Content-Type"]) == (kind.status, PROBLEM)
    told = answer.json()
    assert (told["type"], told["title"], told["status"]) == (kind.address, str(kind.title), kind.status)


def test_members_and_headers_of_a_refusal_are_in_the_answer():
    refusal = Refused("不行。", late={"A": "某局"})
    refusal.headers = {"Retry-After": "7"}
    answer = problem_of(refusal)
    assert (answer.status_code, answer["Retry-After"]) == (400, "7")
    assert b'"late":{"A":"' in answer.content


def test_the_sheet_goes_by_the_kind_and_not_by_words():
    script = (ROOT / "static" / "js" / "sheet.js").read_text(encoding="utf-8")
    assert set(re.findall(r'"(/problems/[a-z-]+/)"', script)) <= {kind.address for kind in KINDS.values()}
    assert re.findall(r"\.test\(body|body\.detail\.", script) == []
    assert re.search(r"body\.type === PROBLEM\.conflict", script)
