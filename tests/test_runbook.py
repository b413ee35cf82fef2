"""Every refusal stands in the runbook: whoever answers the telephone finds what was seen, what it means, what to do.

What a page or the API refuses is held by its kind (tests/test_refusals.py) and its status; here are those, and the
refusals whose words an operator alone sees: at the start, at the command line, in logs, of sources and ways in. The
words are read out of the code, so that a new one without its row fails."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts.tokens import NotRecognised
from county_urbanization.buffering import REFUSALS
from county_urbanization.safety import ALLOWANCES
from lib.files import office, office_contents
from lib.refusals import KINDS

ROOT = Path(settings.BASE_DIR)
BOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SHORTEST = 4  # letters of a phrase that is held against a refusal
# Where refusals are worded, and what words them there: an exception, a list that is told, or a translated text.
SOURCES = {
    "county_urbanization/settings.py": {"ImproperlyConfigured"},
    "county_urbanization/record_keeping.py": {"ImproperlyConfigured"},
    "county_urbanization/outgoing.py": {"ImproperlyConfigured"},
    "county_urbanization/safety.py": {"append", "ValueError"},
    "operations/backup.py": {"ArchiveError"},
    "lib/files/archives.py": {"ArchiveError"},
    "lib/files/sealed_files.py": {"NotUnsealed", "NoKey"},
    "lib/files/turns.py": {"_"},
    "lib/web/body_limit.py": {"_"},
    "lib/web/text_guard.py": {"_"},
    "lib/web/outbound.py": {"AddressRefused", "NotReached", "NoAnswer"},
    "accounts/sandbox.py": {"_"},
    "snapshots/files.py": {"_"},
    "access/arrivals.py": {"_"},
    "identity/arrival.py": {"_"},
    "identity/oidc.py": {"_"},
    "identity/cas.py": {"_"},
    "identity/directory.py": {"_"},
    "pulling/reading.py": {"_"},
    "pulling/paging.py": {"_"},
}
# Texts that say nothing by themselves: parts of others, and what stands for nothing.
PARTS = {"最外层", "第{}行：{}", "RESOURCE_CATALOGUE: {}"}


def seen() -> list[str]:
    """The first cell of every row: what somebody sees."""
    rows = [line.split("|") for line in BOOK.splitlines() if line.startswith("| ")]
    return [cells[1].strip() for cells in rows if set(cells[1].strip()) != {"-"}]


def phrases() -> list[re.Pattern]:
    """What the first cells quote, or say after a status; dots and figures stand for whatever is put in there."""
    found: set[str] = set()
    for cell in seen():
        quoted = re.findall(r"“([^”]+)”|`([^`]+)`", cell)
        told = ["".join(pair) for pair in quoted] or re.split("[；、]", re.sub(r"^\d{3} ", "", cell))
        found |= {text.strip(" ，。") for text in told}
    names = {text for text in found if re.fullmatch("[a-z_]+", text)}  # of commands and parts, which say no refusal
    parts = [[part.strip() for part in re.split(r"…|\d[\d,]*|N(?=分钟)", text)] for text in found - names]
    return [re.compile(".*".join(map(re.escape, each))) for each in parts if len("".join(each)) >= SHORTEST]


def is_told(refusal: str) -> bool:
    return any(phrase.search(refusal) for phrase in phrases())


def text_of(node: ast.AST) -> str:
    """The text that an expression is, with {} for what is put into it; empty where it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp):
        return text_of(node.left) + text_of(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return text_of(node.func.value)
    return ""


def refusals_of(path: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            if name in SOURCES[path]:
                yield from filter(None, map(text_of, node.args))


def plain(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", text)


@pytest.mark.parametrize("path", SOURCES)
def test_every_refusal_that_is_worded_there_has_its_row(path):
    found = {plain(text) for text in refusals_of(path)} - PARTS
    assert found
    assert {text for text in found if not is_told(text)} == set()


def test_every_status_that_refuses_has_its_row():
    """Of the site's kinds and of the server itself, which answers 400, 414, 501 and 505 before the site is asked."""
    told = {int(status) for cell in seen() for status in re.findall(r"\b([45]\d\d)\b", cell)}
    wanted = {kind.status for kind in KINDS.values()} | set(REFUSALS) | {400, 414, 501, 505}
    assert wanted - told == set()


def test_every_reason_for_which_a_token_is_refused_has_its_row():
    assert {reason for reason in NotRecognised.WORDS if f"`token_{reason}`" not in BOOK} == set()


def test_every_word_about_a_document_has_its_row():
    words = [office_contents.MACROS, office_contents.EMBEDDED, office_contents.OUTSIDE, office_contents.ODD]
    words += [office.BROKEN, office.TOO_MUCH]
    assert {text for text in words if not is_told(text)} == set()


def test_every_allowance_is_named():
    assert {name for name in ALLOWANCES if not re.search(rf"\b{name}\b", BOOK, re.ASCII)} == set()
