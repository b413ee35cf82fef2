"""Errors speak the caller's language; what is read out is the same for everybody."""

import ast
import re
from pathlib import Path

import pytest
from django.test import Client

from lib.web import languages

CHINESE = re.compile("[\u3400-\u9fff]")
ROOT = Path(__file__).resolve().parents[2]
SHEET = "/api/v1/submissions/330127/2025/entries/"
WRONG = (
    "/api/v1/targets/?yaer=2024",
    "/api/v1/targets/?year=soon",
    "/api/v1/targets/?ordering=nothing",
    "/api/v1/targets/?cursor=x",
    "/api/v1/targets/?format=pdf",
    "/api/v1/nothing/",
    "/api/v1/projects/NONE-1/",
    "/api/v1/assessments/330127/P99/2024/",
    "/api/v1/submissions/330127/1999/entries/",
    "/api/v1/quarters/330127/1999/",
    "/api/v1/catalog/nothing/schema/",
    "/api/v1/areas/999999/boundary/",
    "/api/v1/snapshots/999999999/",
    "/api/sdmx/2.1/data/NOTHING",
    "/api/sdmx/3.0/data/dataflow/HZDRC/COUNTY_SEAT/~/A.330127.*",
)
READ = (
    "/api/v1/indicators/?format=csv",
    "/api/v1/realism/?format=jsonstat",
    "/api/v1/assessments/?year=2024&format=jsonstat",
    "/api/v1/assessments/330127/P03/2024/",
    "/api/v1/catalog/",
    "/api/v1/catalog/resources/",
    "/api/v1/catalog/targets/csvw/",
    "/api/schema/",
    "/api/sdmx/2.1/codelist/HZDRC/CL_INDICATOR",
)


def words_of(answer) -> str:
    told = answer.json()
    return " ".join([told["title"], told["detail"], *(fault["words"] for fault in told.get("errors", []))])


def is_chinese(answer) -> bool:
    return bool(CHINESE.search(words_of(answer)))


def vary_of(answer) -> set[str]:
    return {name.strip() for name in answer["Vary"].split(",")}


@pytest.mark.parametrize("path", WRONG)
def test_an_error_of_reading_speaks_the_caller_s_language(clients, path):
    ask = clients["municipal"].get
    json = {"Accept": "application/json"}
    english = ask(path, headers=json | {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"})
    assert (english.status_code >= 400, is_chinese(english), english["Content-Language"]) == (True, False, "en")
    for wish in ({}, {"Accept-Language": "zh-CN,en;q=0.5"}, {"Accept-Language": "*"}, {"Accept-Language": "fr"}):
        chinese = ask(path, headers=json | wish)
        assert (wish, is_chinese(chinese), chinese["Content-Language"]) == (wish, True, "zh-hans")
        assert {name: chinese.json()[name] for name in ("type", "status")} == {
            name: english.json()[name] for name in ("type", "status")
        }
    assert {"Accept-Language", "X-Page-Language"} <= vary_of(english) & vary_of(chinese)
    assert english["Cache-Control"] == "private, no-store"


def test_who_is_not_let_in_is_told_so_in_english(db):
    strangers = [{}, {"Authorization": "Bearer cuat_wrong"}]
    asked = [Client().get("/api/v1/targets/", headers=headers | {"Accept-Language": "en"}) for headers in strangers]
    assert [answer.status_code for answer in asked] == [401, 401]
    assert [is_chinese(answer) for answer in asked] == [False, False]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"entries": [{"indicator": "P03"}, {"value": 1}, {"indicator": "P04", "value": "4.6x", "version": "x"}]},
        {"dry_run": 1, "entries": [{"indicator": "P03", "value": 10**9, "explanation": 1}], "more": 1},
        {"entries": [{"indicator": "P99", "value": 1}]},
    ],
)
def test_every_fault_of_a_write_is_told_in_the_caller_s_language(clients, body):
    put = clients["chunan"].put
    english = put(SHEET, body, "application/json", headers={"Accept-Language": "en"})
    chinese = put(SHEET, body, "application/json")
    assert (english.status_code, is_chinese(english)) == (400, False)
    assert (chinese.status_code, is_chinese(chinese)) == (400, True)
    assert english["Content-Language"] == "en"


@pytest.mark.parametrize("path", READ)
def test_what_is_read_out_is_one_text_for_all_languages(clients, path):
    ways = ({}, {"Accept-Language": "en"}, {"X-Page-Language": "en"})
    told = [clients["municipal"].get(path, headers=way) for way in ways]
    whole = [b"".join(each.streaming_content) if each.streaming else each.content for each in told]
    plain = [re.sub(rb"<mes:(ID|Prepared)>.*?</mes:\1>", b"", body) for body in whole]
    assert [each.status_code for each in told] == [200, 200, 200]
    assert plain[1:] == [plain[0], plain[0]]
    assert {each.get("ETag") for each in told} == {told[0].get("ETag")}
    assert {each["Content-Language"] for each in told} == {"zh-hans"}
    assert "Accept-Language" not in vary_of(told[0]) or path.startswith("/api/sdmx/")


def test_an_error_of_sdmx_in_xml_says_which_language_it_is_in(clients):
    for wish, found in (({}, ["zh", "en"]), ({"Accept-Language": "en"}, ["en"])):
        answer = clients["municipal"].get("/api/sdmx/2.1/data/NOTHING", headers=wish)
        text = answer.content.decode()
        assert re.findall(r'xml:lang="(\w+)"', text) == found
        assert bool(CHINESE.search(text)) == ("zh" in found)


def test_a_request_without_a_wish_looks_none_up(monkeypatch):
    """A list that is asked for without Accept-Language pays nothing for what an error may be told in."""
    monkeypatch.setattr(languages.trans_real, "parse_accept_lang_header", None)
    request = Client().get("/api/schema/", headers={}).wsgi_request
    assert languages.language_of(request) == "zh-hans"


# What a refusal says is marked for translation -----------------------------------------------------

REFUSALS = {"Http404", "BadParameter", "Conflict", "Invalid", "NotAllowed", "NotReady", "SdmxRefused", "WrongState"}
ROOMS = ("accounts", "areas", "indicators/sdmx", "journal", "lib/listapi", "reporting", "snapshots")


def bare_words(path: Path) -> list[str]:
    """Chinese that a refusal is made with and no catalogue knows."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS:
            bare = [each for each in node.args if isinstance(each, (ast.Constant, ast.JoinedStr))]
            found += [ast.unparse(each) for each in bare if CHINESE.search(ast.unparse(each))]
    return found


def test_no_refusal_of_the_api_is_in_one_language_only():
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    told = {str(path.relative_to(ROOT)): bare_words(path) for path in files}
    assert {path: words for path, words in told.items() if words} == {}
