"""Chinese and English: nothing untranslated in either, and the language is what the switch says."""

import gettext
import json
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client

from commitments.models import CommitmentStatement
from funding.models import Flow
from matters.models import Matter
from peers.models import ReferenceSource
from plan.models import WorkItem
from projects.models import Project
from pulling.models import Source
from tests import pages
from tools import messages

CHINESE = re.compile(r"[\u3400-\u9fff，。；：（）？！、“”「」]+".replace("“”", ""))
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*(?::[^}]*)?\}|<[^>]+>")
VOID = {"input", "img", "br", "link", "meta", "path", "circle", "hr", "wbr", "source", "col"}


# The catalogue ------------------------------------------------------------------------------------


def test_the_catalogue_has_what_is_marked_and_nothing_else():
    """`python -m tools.messages` brings it up to date."""
    marked, known = set(messages.collect()), set(messages.read())
    assert (sorted(marked - known), sorted(known - marked)) == ([], [])


def test_everything_is_translated_and_no_translation_is_chinese():
    catalogue = messages.read()
    assert [message.singular for message, texts in catalogue.items() if not all(texts)] == []
    chinese = {text for texts in catalogue.values() for text in texts if CHINESE.search(text)}
    assert chinese == {
        "Spelt as an indicator's responsible bureau, for example 住房城乡建设局",
        "There is no value, and “{reason}” does not say why. Please say why, for example “尚未统计” (not yet counted).",
        # The back office speaks Chinese alone: its pages are named as they stand there.
        "The user name {name} belongs to another account here. If it is the same person, an administrator links it "
        "under 目录身份 (directory identities).",
        "The directory says that your unit is {units} and your post is {posts}; no unit and role here answer to that. "
        "Please ask an administrator to add it under 职务对应 (posts and roles).",
    }


def test_translations_keep_their_placeholders():
    wrong = [
        message.singular
        for message, texts in messages.read().items()
        for text in texts
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(message.singular))
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_po():
    made = messages.PO.with_suffix(".mo")
    assert made.read_bytes() == messages.compiled(messages.read())
    with made.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("达标") == "Met"


def test_no_template_says_chinese_that_is_not_marked():
    """Pages only: the back office is Chinese."""
    block = re.compile(r"\{% (?:blocktranslate|comment) .*?\{% end\w+ %\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
    own_name = re.compile(r'<(\w+) [^>]*lang="zh-Hans">.*?</\1>')
    found = {}
    for path in sorted(messages.ROOT.glob("templates/**/*.html")):
        text = own_name.sub("", block.sub("", path.read_text(encoding="utf-8")))
        if "admin" not in path.parts and CHINESE.search(text):
            found[path.name] = CHINESE.findall(text)
    assert found == {}


def test_no_script_says_chinese():
    """A script's words come from the page; only its comments, and the words that it looks for in a pasted table, may be
    so. What an answer of the API means it knows by the kind."""
    found = {
        path.name: [line for line in path.read_text(encoding="utf-8").splitlines() if CHINESE.search(line)]
        for path in (messages.ROOT / "static" / "js").glob("*.js")
    }
    assert {name: len(lines) for name, lines in found.items() if lines} == {"paste.js": 12}


# The pages ----------------------------------------------------------------------------------------


def said(figure, names=frozenset()) -> list[str]:
    """What a figure or a script's words say; the nodes of the diagram of money and the rows of the one of stages are
    names of projects."""
    if isinstance(figure, str):
        return [] if figure in names else [figure]
    if isinstance(figure, dict):
        layout = figure.get("layout") or {}
        names = names | set(layout.get("yaxis", {}).get("categoryarray", ())) if isinstance(layout, dict) else names
        figure = [part for name, part in figure.items() if name != "node"]
    parts = figure if isinstance(figure, list) else []
    return [text for part in parts for text in said(part, names)]


class Words(HTMLParser):
    """All words of a page that are not marked as Chinese: text, JSON of figures, and what is read out of attributes."""

    READ = ("aria-label", "title", "placeholder", "alt", "data-label", "data-area", "data-failed")

    def __init__(self, text: str):
        super().__init__()
        self.chinese: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(text)
        self.close()

    @property
    def is_marked(self) -> bool:
        return any(marked for _, marked in self.open)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        marked = (given.get("lang") or "").startswith("zh")
        if not (marked or self.is_marked):
            self.note(*(given.get(name) or "" for name in self.READ))
        if tag not in VOID:
            self.open.append((tag, marked))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self.is_marked:
            self.note(*(said(json.loads(data)) if data.startswith('{"') else [data]))

    def note(self, *texts: str) -> None:
        self.chinese += [text.strip()[:80] for text in texts if CHINESE.search(text)]


def test_every_address_is_a_page_on_the_list_or_none():
    assert pages.names() - {*pages.PAGES, *pages.MADE, *pages.NO_PAGES} == set()
    assert {*pages.PAGES, *pages.MADE, *pages.NO_PAGES} - pages.names() == set()


@pytest.fixture
def objects(demo):
    """What stands for the braces in the list of pages."""
    return {
        "task": WorkItem.objects.filter(is_demo=True).first().code,
        "matter": Matter.objects.get(state="reported").code,
        "source": ReferenceSource.objects.first().pk,
        "pull": Source.objects.get().uid,
        "flow": Flow.objects.first().pk,
        "project": Project.objects.filter(is_demo=True).first().code,
        "statement": CommitmentStatement.objects.first().commitment.code,
    }


def test_an_english_page_has_no_chinese_but_what_is_marked_as_such(clients, objects):
    """Marked: the plan's own words, and what people have typed. Read out, it is read as Chinese."""
    found = {}
    for login, path in [entry for name in pages.PAGES for entry in pages.PAGES[name]]:
        client = clients[login]
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        response = client.get(path.format(**objects))
        assert (path, response.status_code, response["Content-Language"]) == (path, 200, "en")
        if chinese := Words(response.content.decode()).chinese:
            found[f"{login} {path}"] = sorted(set(chinese))
    assert found == {}


# The switch ---------------------------------------------------------------------------------------


def test_the_switch_sets_the_language_and_stays_on_the_page(login):
    client = login("leader")
    assert 'lang="zh-Hans"' in client.get("/indicators/?year=2024").content.decode()[:200]
    answer = client.post("/language/", {"language": "en", "next": "/indicators/?year=2024"})
    assert (answer.status_code, answer["Location"]) == (302, "/indicators/?year=2024")
    assert '<html lang="en">' in client.get("/indicators/?year=2024").content.decode()[:200]
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-Hans">' in client.get("/").content.decode()[:200]


def test_a_browsers_wish_and_an_unknown_language_change_nothing(login):
    client = login("leader")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert client.get("/", headers={"Accept-Language": "en"})["Content-Language"] == "zh-hans"


def test_somebody_not_logged_in_can_switch(demo):
    client = Client()
    assert client.post("/language/", {"language": "en", "next": "/accounts/login/"}).status_code == 302
    assert "<h1>Log in</h1>" in client.get("/accounts/login/").content.decode()


def test_api_files_and_the_back_office_are_in_chinese_for_everybody(login):
    client = login("admin")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for path in ("/api/v1/areas/", "/overview.csv", "/admin/"):
        assert (path, client.get(path)["Content-Language"]) == (path, "zh-hans")
    asked = client.get("/api/v1/areas/?nonsense=1", headers={"X-Page-Language": "en"})
    assert asked.json()["detail"].startswith("There are no parameters named")


def test_numbers_and_dates_are_written_as_the_language_writes_them(login):
    client = login("municipal")
    path = f"/reporting/progress/?year={pages.YEAR}"
    assert re.search(r"\d{4}年\d{1,2}月\d{1,2}日截止", client.get(path).content.decode())
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert re.search(r"due \d{1,2} [A-Z][a-z]+ \d{4};", client.get(path).content.decode())
