"""The documents speak of what is there: every name in them is looked up in the tree."""

import inspect
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.db.models import Choices

import accounts.models
import areas.models
import commitments.models
import funding.models
import indicators.models
import journal.models
import matters.models
import messaging.models
import plan.models
import projects.models
import pulling.models
import reporting.models
import workdays.models
from county_urbanization.rooms import LINE
from funding.labels import STATUS_NAMES as MATCHING_NAMES
from funding.matching import STATUSES as MATCHING_STATUSES
from indicators.explanations.words import LABELS_ZH
from indicators.gaps import OUTLOOKS, STANDARD_STATUSES, STATUSES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted(ROOT.glob("docs/*.md"))
ROOMS = tuple(f"{room}/" for room in LINE)
MODELS = (
    areas.models,
    accounts.models,
    journal.models,
    plan.models,
    indicators.models,
    reporting.models,
    projects.models,
    pulling.models,
    funding.models,
    commitments.models,
    matters.models,
    messaging.models,
    workdays.models,
)
PATH = re.compile(r"[\w.-]*[\w-](?:/[\w.-]+)*(?:\.(?:py|md|toml|txt|yaml|geojson|example)|/)|\.env\.example")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*(?:\(\w*\))?")
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


@cache
def text_of(document):
    return document.read_text(encoding="utf-8")


def code_in(document):
    """What stands between backticks, and the lines of indented blocks."""
    text = text_of(document)
    blocks = re.findall(r"^ {4}\S.*$", text, re.MULTILINE)
    return [*re.findall(r"`([^`\n]+)`", text), *(line.strip() for line in blocks)]


@cache
def files():
    """Every file of the project, by its path from the root, but nothing made at run time."""
    apart = {".git", ".venv", "var", "__pycache__"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not apart & set(path.parts)}


@cache
def words(*, of_rooms_only):
    """Every identifier in the code: in the rooms' Python, or also in what stands beside it."""
    beside = (".py", ".toml", ".yaml", ".html", ".js", ".example", "Makefile")
    itself = Path(__file__).relative_to(ROOT).as_posix()
    if of_rooms_only:
        chosen = [
            name for name in files() if name.startswith(ROOMS) and name.endswith(".py") and "/migrations/" not in name
        ]
    else:
        chosen = [name for name in files() if name.endswith(beside) and name != itself]
    return {word for name in chosen for word in re.findall(r"[A-Za-z_]\w*", (ROOT / name).read_text(encoding="utf-8"))}


def table_rows(text):
    """Cells of every table row but the head."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ") and "|" in line]
    return [[cell.strip() for cell in row] for row in rows if row[0].strip() not in {"中文", "value", "command"}]


@each_document
def test_every_make_target_exists(document):
    targets = set(re.findall(r"^([a-z]+):(?!=)", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {target for code in code_in(document) for target in re.findall(r"\bmake ([a-z]+)", code)}
    assert sorted(named - targets) == []


@each_document
def test_every_command_exists_with_its_options(document):
    known, missing = get_commands(), []
    for code in code_in(document):
        for name, rest in re.findall(r"\bmanage\.py (\w+)(.*)", code):
            if name not in known:
                missing.append(name)
                continue
            parser = load_command_class(known[name], name).create_parser("manage.py", name)
            options = {option for action in parser._actions for option in action.option_strings}
            missing += [f"{name} {option}" for option in re.findall(r"--[a-z-]+", rest) if option not in options]
    assert missing == []


def test_the_readme_names_every_command_of_ours():
    ours = {Path(name).stem for name in files() if re.search(r"/management/commands/[a-z]\w*\.py$", name)}
    assert sorted(set(re.findall(r"`python manage\.py (\w+)", text_of(ROOT / "README.md")))) == sorted(ours)


@each_document
def test_every_path_exists(document):
    """A bare file name may stand anywhere in the tree; a path is from the root."""
    names = {Path(name).name for name in files()}
    paths = [part for code in code_in(document) for part in code.split() if PATH.fullmatch(part)]
    missing = [path for path in paths if not (ROOT / path).exists() and path not in names]
    assert missing == []


@each_document
def test_every_relative_link_leads_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)", text_of(document))
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


@each_document
def test_every_identifier_exists(document):
    known = words(of_rooms_only=False)
    inline = re.findall(r"`([^`\n]+)`", text_of(document))
    named = {code for code in inline if NAME.fullmatch(code) and not PATH.fullmatch(code)}
    assert sorted(code for code in named if not set(re.findall(r"[A-Za-z_]\w*", code)) <= known) == []


def glossary():
    """(Chinese words, identifier) of every row of the glossary."""
    text = text_of(ROOT / "docs/concepts.md").partition("## Glossary")[2].partition("## Values")[0]
    return [(row[0].split("、"), row[1].strip("`")) for row in table_rows(text)]


def test_every_identifier_of_the_glossary_is_in_the_code():
    known = words(of_rooms_only=True)
    assert [name for _, name in glossary() if not set(name.split(".")) <= known] == []


def test_every_term_has_one_identifier_and_every_identifier_one_row():
    terms, names = [term for row, _ in glossary() for term in row], [name for _, name in glossary()]
    assert sorted(terms) == sorted(set(terms))
    assert sorted(names) == sorted(set(names))


def values():
    """Rows (value, label) of every list in the second part, by its heading."""
    text = text_of(ROOT / "docs/concepts.md").partition("## Values")[2]
    lists = re.findall(r"^### `([\w.]+)`$(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    return {heading: [(row[0].strip("`"), row[1]) for row in table_rows(body)] for heading, body in lists}


def choices():
    """Every list of choices in the models, by app and name."""
    found = {}
    for module in MODELS:
        classes = [thing for _, thing in inspect.getmembers(module, inspect.isclass)]
        own = [thing for thing in classes if thing.__module__.startswith(module.__name__)]  # models may be a package
        nested = [thing for outer in own for thing in vars(outer).values() if inspect.isclass(thing)]
        for thing in (*own, *nested):
            if issubclass(thing, Choices):
                name = f"{module.__name__.partition('.')[0]}.{thing.__qualname__}"
                found[name] = [(str(value), str(label)) for value, label in thing.choices]
    return found


def labels(codes):
    """The explanation adds a remark in brackets to one of them."""
    return [(code, LABELS_ZH[code].partition("（")[0]) for code in codes]


def test_the_lists_of_values_are_those_of_the_code():
    kernel = {"gaps.STATUSES": labels((*STATUSES, STANDARD_STATUSES[-1])), "gaps.OUTLOOKS": labels(OUTLOOKS)}
    matching = {"matching.STATUSES": [(code, str(MATCHING_NAMES[code])) for code in MATCHING_STATUSES]}
    assert values() == choices() | kernel | matching


def test_the_version_is_that_of_the_newest_section_and_of_the_archives_name():
    version = re.search(r'^version = "(.+)"$', text_of(ROOT / "pyproject.toml"), re.MULTILINE)[1]
    sections = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert sections[0] == version
    assert sections == sorted(sections, key=lambda each: [int(part) for part in each.split(".")], reverse=True)
    named = set(re.findall(r"county_urbanization-(\d+\.\d+\.\d+)-", text_of(ROOT / "docs" / "deployment.md")))
    assert named == {version}
