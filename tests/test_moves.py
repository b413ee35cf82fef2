"""Role, unit, password and switch of a person changed over HTTP, while two processes hold finished pages and a browser
its tags: from the next request on, in every process, the person gets what the person is by now."""

from html.parser import HTMLParser

import pytest

from tests.offices import Office, own_database
from tests.servers import served
from tools.services import free_port
from tools.site import Person

pytestmark = pytest.mark.stack
TIMES = 6  # of asking anew, each time on another connection: enough that each process is asked
NEW = "一个足够长的新密码 2026"


@pytest.fixture(scope="module")
def site(postgresql_url, valkey_url, demo_database, static_files, tmp_path_factory):
    """(address, office): the demonstration in PostgreSQL, served by two processes that keep pages together in Valkey
    and apart."""
    directory = tmp_path_factory.mktemp("moves")
    (directory / "static").symlink_to(static_files)
    with own_database(postgresql_url, template=demo_database) as database_url:
        serving = {"REDIS_URL": valkey_url, "WEB_CONCURRENCY": "2", "PORT": str(free_port()), "SWEEP_SECONDS": "3600"}
        office = Office.on(database_url, directory, **serving)
        with served(office.environment) as found:
            yield found, office


class Form(HTMLParser):
    """What a browser would send back of a page's forms, unchanged."""

    def __init__(self, page: str):
        super().__init__()
        self.values, self._select = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "select":
            self._select = given.get("name")
        elif tag == "option" and "selected" in given:
            self.values[self._select] = given.get("value", "")
        elif tag == "input" and given.get("name"):
            is_ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if is_ticked and given.get("type") not in {"submit", "file"}:
                self.values[given["name"]] = given.get("value", "on" if given.get("type") == "checkbox" else "")


class Administrator(Person):
    """The administrator at the back office."""

    def id_of(self, username: str) -> str:
        page = self.get(f"/admin/accounts/user/?q={username}").text
        return page.partition("/admin/accounts/user/")[2] and self._first_id(page, username)

    @staticmethod
    def _first_id(page: str, username: str) -> str:
        before, _link, _rest = page.partition(f">{username}</a>")
        return before.rpartition("/admin/accounts/user/")[2].partition("/")[0]

    def change(self, username: str, *, without: tuple[str, ...] = (), **sent: str) -> None:
        path = f"/admin/accounts/user/{self.id_of(username)}/change/"
        form = Form(self.get(path).text).values | sent
        self._post(path, {name: value for name, value in form.items() if name not in without})

    def set_password(self, username: str, password: str) -> None:
        path = f"/admin/accounts/user/{self.id_of(username)}/password/"
        token = Form(self.get(path).text).values["csrfmiddlewaretoken"]
        sent = {"password1": password, "password2": password, "usable_password": "true"}
        self._post(path, sent | {"csrfmiddlewaretoken": token})

    def _post(self, path: str, form: dict) -> None:
        headers = {"Referer": self.address}
        answer = self.session.post(f"{self.address}{path}", form, timeout=30, allow_redirects=False, headers=headers)
        assert answer.status_code == 302, answer.text

    def unit(self, code: str) -> str:
        page = self.get(f"/admin/accounts/organisation/?q={code}").text
        return self._first_id_of_unit(page, code)

    @staticmethod
    def _first_id_of_unit(page: str, code: str) -> str:
        before, _link, _rest = page.partition(f">{code}</a>")
        return before.rpartition("/admin/accounts/organisation/")[2].partition("/")[0]


CELL, PROJECTS, SHEET, OTHER_SHEET = (
    "/cells/330127/P02/2024/",
    "/projects/",
    "/reporting/330127/2025/",
    "/reporting/330122/2025/",
)
SIGNS = {  # page: what shows there to those alone who may
    CELL: f'href="{CELL}target/"',
    PROJECTS: 'href="/projects/new/"',
    "/plan/": 'href="/reports/"',
}


def seen(person: Person, tags: dict[str, str]) -> dict[str, set]:
    """What the person gets, asked TIMES by a browser that holds `tags`: by page, every different answer."""
    found: dict[str, set] = {}
    for page in (*SIGNS, SHEET, OTHER_SHEET):
        for _time in range(TIMES):
            headers = {"Connection": "close"} | ({"If-None-Match": tags[page]} if page in tags else {})
            answer = person.session.get(f"{person.address}{page}", headers=headers, timeout=60, allow_redirects=False)
            has_sign = SIGNS[page] in answer.text if page in SIGNS and answer.status_code == 200 else None
            found.setdefault(page, set()).add((answer.status_code, has_sign))
            if answer.headers.get("ETag"):
                person.tags[page] = answer.headers["ETag"]
    return found


def expected(*, sheet: int, other: int, target: bool, enters: bool, reports: bool) -> dict[str, set]:
    return {
        CELL: {(200, target)},
        PROJECTS: {(200, enters)},
        "/plan/": {(200, reports)},
        SHEET: {(sheet, None)},
        OTHER_SHEET: {(other, None)},
    }


BUREAU = expected(sheet=200, other=404, target=False, enters=True, reports=False)
LEADER = expected(sheet=200, other=200, target=False, enters=False, reports=True)
CITY = expected(sheet=200, other=200, target=True, enters=True, reports=True)
ELSEWHERE = expected(sheet=404, other=200, target=False, enters=True, reports=False)
OUT = {page: {(302, None)} for page in (*SIGNS, SHEET, OTHER_SHEET)}


BECOME = "UPDATE accounts_user SET role = %s, organisation_id = %s WHERE username = 'chunan-housing'"


def test_whatever_becomes_of_a_person_counts_at_once_in_every_process(site):
    """By the back office, which leaves a stamp that gives every kept page up; then by SQL, which leaves none."""
    address, database = site
    office, person, beside = (
        Administrator(address, "admin"),
        Person(address, "chunan-housing"),
        Person(address, "chunan"),
    )
    person.tags, beside.tags = {}, {}
    assert seen(person, {}) == BUREAU
    theirs = seen(beside, {})
    kept = dict(person.tags)
    units = {code: office.unit(code) for code in ("HZDRC", "330122-housing", "330127-housing")}
    for sent, wanted in (
        ({"role": "leader"}, LEADER),
        ({"role": "municipal", "organisation": units["HZDRC"]}, CITY),
        ({"role": "bureau", "organisation": units["330122-housing"]}, ELSEWHERE),
        ({"role": "bureau", "organisation": units["330127-housing"]}, BUREAU),
    ):
        office.change("chunan-housing", **sent)
        assert seen(person, kept) == wanted, sent
        kept = dict(person.tags)
        assert seen(beside, {}) == theirs, sent
    for role, code, wanted in (
        ("leader", "330127-housing", LEADER),
        ("municipal", "HZDRC", CITY),
        ("bureau", "330122-housing", ELSEWHERE),
    ):
        database.execute(BECOME, role, units[code])
        assert seen(person, kept) == wanted, (role, code)
        kept = dict(person.tags)
    office.set_password("chunan-housing", NEW)
    assert seen(person, kept) == OUT
    office.change("chunan", without=("is_active",))
    assert seen(beside, dict(beside.tags)) == OUT
