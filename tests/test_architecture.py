"""The house rules that a machine can read: who may import whom, what stays pure, what no page may carry."""

import ast
import importlib
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import FunctionType

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from county_urbanization.rooms import LINE

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT_THE_WIRING = ("manage.py", "tests", "tools", "county_urbanization")
PURE = (
    "indicators/gaps.py",
    "indicators/explanations/assessed_row.py",
    "indicators/terms/target_kinds.py",
    "areas/boundaries.py",
    "indicators/forecasting/forecast.py",
    "indicators/forecasting/cells.py",
    "indicators/forecasting/learning.py",
    "indicators/forecasting/plans.py",
    "indicators/forecasting/panel.py",
    "funding/matching.py",
    "funding/sum_tree.py",
)


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the project by its path from the root: what git holds, and what is new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:  # an unpacked archive has no git
        apart = {".git", ".venv", "var", "__pycache__"}
        found = [path for path in ROOT.rglob("*") if path.is_file() and not apart & set(path.parts)]
        return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found))
    return tuple(sorted(name for name in set(done.stdout.split("\0")) - {""} if (ROOT / name).is_file()))


def sources(*rooms: str) -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and (not rooms or room_of(name) in rooms)]


def room_of(name: str) -> str:
    return name.partition("/")[0]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def imports(name: str) -> set[str]:
    """Every module that a file imports, wherever in it, with what is taken from it."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_in(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names} & set(LINE)


# The line ---------------------------------------------------------------------------------------


def test_the_rooms_that_exist_are_the_ones_in_the_line():
    found = {room_of(name) for name in sources() if "/" in name}
    beside = {"tests", "tools", "benchmarks", "clients"}
    assert sorted(found - beside - set(LINE)) == []
    installed = [app.name for app in apps.get_app_configs() if app.name in LINE]
    assert installed == sorted(installed, key=LINE.index)


@pytest.mark.parametrize("name", sources(*LINE))
def test_a_room_imports_only_what_stands_before_it(name):
    own = LINE.index(room_of(name))
    wrong = {room for room in rooms_in(imports(name)) if LINE.index(room) > own}
    assert sorted(wrong) == []


def test_lib_imports_no_app():
    found = {name: rooms_in(imports(name)) - {"lib"} for name in sources("lib")}
    assert {name: rooms for name, rooms in found.items() if rooms} == {}


LIB_FOLDERS = ("", "database", "web", "tabular", "files", "listapi")  # "" is what stands in no folder


def test_a_folder_of_lib_imports_only_what_stands_before_it():
    found = {}
    for name in sources("lib"):
        own = LIB_FOLDERS.index(folder_of(name.replace("/", ".")))
        others = {folder_of(each) for each in imports(name) if each.startswith("lib.")}
        found[name] = sorted(other for other in others if LIB_FOLDERS.index(other) > own)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def folder_of(module: str) -> str:
    """Of `lib.web.filters.one` or `lib.web.filters.py`: "web"; of `lib.days.today`: ""."""
    part = module.split(".")[1]
    return part if part in LIB_FOLDERS else ""


def modules_imported(name: str, known: dict[str, str]) -> set[str]:
    """The files that a file imports when it is itself imported: not those that a function of its asks for later."""
    found = set()
    for node in tree(name).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(known.get(whole) or known.get(node.module))
        elif isinstance(node, ast.Import):
            found |= {known.get(alias.name) for alias in node.names}
    return found - {None, name}


def test_no_module_imports_itself_by_way_of_others():
    assert in_circles(arrows_of_modules()) == []


def test_no_part_of_a_room_imports_itself_by_way_of_others():
    """A part is a module of the room, or a folder with all that it holds."""
    arrows: dict[str, set[str]] = {}
    for name, others in arrows_of_modules().items():
        parts = {part_of(other) for other in others if room_of(other) == room_of(name)}
        arrows[part_of(name)] = arrows.get(part_of(name), set()) | parts - {part_of(name)}
    assert in_circles(arrows) == []


def part_of(name: str) -> str:
    return "/".join(name.split("/")[:2])


def arrows_of_modules() -> dict[str, set[str]]:
    known = {name.removesuffix(".py").replace("/", "."): name for name in sources(*LINE)}
    return {name: modules_imported(name, known) for name in known.values()}


def in_circles(arrows: dict[str, set[str]]) -> list[str]:
    """What is left when all that asks nothing of what is left has been taken away, again and again."""
    while free := {name for name, others in arrows.items() if not others & arrows.keys()}:
        arrows = {name: others for name, others in arrows.items() if name not in free}
    return sorted(arrows)


MOST_MODULES = 24  # in one folder: what a person finds a name in at once


def test_no_folder_is_a_cupboard():
    folders = Counter(name.rpartition("/")[0] for name in sources(*LINE) if not name.endswith("/__init__.py"))
    assert {folder: modules for folder, modules in folders.items() if modules > MOST_MODULES} == {}


def test_every_folder_of_a_room_says_what_it_holds():
    """In its docstring and in a table of docs/architecture.md, but folders that Django demands."""
    demanded = {"migrations", "management", "templatetags"}
    folders = {name.rpartition("/")[0] for name in sources(*LINE) if name.count("/") > 1}
    own = sorted(folder for folder in folders if not demanded & set(folder.split("/")))
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [folder for folder in own if f"\n| `{folder}/` |" not in told] == []
    assert [folder for folder in own if not ast.get_docstring(tree(f"{folder}/__init__.py"))] == []


def test_the_wiring_is_imported_by_starters_and_tests_alone():
    found = {name for name in sources() if "county_urbanization" in rooms_in(imports(name))}
    assert sorted(name for name in found if room_of(name) not in MAY_IMPORT_THE_WIRING) == []


def test_no_room_imports_tests_tools_or_benchmarks():
    beside = {"tests", "tools", "benchmarks", "clients"}
    found = {name: {each.partition(".")[0] for each in imports(name)} & beside for name in sources(*LINE)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_migrations_depend_on_rooms_before_their_own():
    nodes = MigrationLoader(None).disk_migrations
    pairs = {(app, other) for (app, _), node in nodes.items() for other, _ in node.dependencies if app in LINE}
    assert sorted((app, other) for app, other in pairs if other in LINE and LINE.index(other) > LINE.index(app)) == []


# What stays pure ----------------------------------------------------------------------------------


def pure_modules() -> list[str]:
    return sorted({*PURE, *(name for name in sources(*LINE) if name.endswith("/charts.py"))})


@pytest.mark.parametrize("name", pure_modules())
def test_kernels_and_charts_import_no_django(name):
    assert sorted(each for each in imports(name) if each.partition(".")[0] in {"django", "rest_framework"}) == []


def test_kernels_and_charts_run_where_there_is_no_django():
    modules = [name.removesuffix(".py").replace("/", ".") for name in pure_modules()]
    code = "import sys; sys.modules['django'] = None\n" + "\n".join(f"import {module}" for module in modules)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# What there is none of ----------------------------------------------------------------------------


def test_no_drawer_for_odds_and_ends():
    """What two apps need is a module of `lib`, called by the noun that it is about."""
    names = {"utils.py", "utils", "helpers.py", "helpers", "services", "signals.py", "common.py", "misc.py"}
    assert [name for name in tracked() if names & set(name.split("/"))] == []


def test_no_class_name_stands_twice():
    """But commands and migrations, which Django calls so, and what is named inside of another class."""
    found: dict[str, list[str]] = {}
    for name in (name for name in sources(*LINE) if "/migrations/" not in name):
        for node in tree(name).body:
            if isinstance(node, ast.ClassDef) and node.name != "Command":
                found.setdefault(node.name, []).append(name)
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


LONGEST_MODULE = 400  # lines: what a person reads at once


def test_a_module_can_be_read_at_once():
    lengths = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in sources(*LINE)}
    assert {n: lines for n, lines in lengths.items() if lines > LONGEST_MODULE and "/migrations/" not in n} == {}


def test_no_signals():
    wrong = ("django.db.models.signals", "django.dispatch", "django.core.signals", "django.contrib.auth.signals")
    assert [name for name in sources(*LINE) if any(each.startswith(wrong) for each in imports(name))] == []


def test_nothing_happens_behind_save_and_delete():
    found = [
        f"{name}: {outer.name}.{inner.name}"
        for name in sources(*LINE)
        for outer in ast.walk(tree(name))
        if isinstance(outer, ast.ClassDef)
        for inner in outer.body
        if isinstance(inner, ast.FunctionDef) and inner.name in {"save", "delete"}
    ]
    assert found == []


def test_tasks_are_dispatched_from_actions_alone():
    """And from a task that shares its work out."""
    ways = {"delay", "delay_on_commit", "apply_async", "apply_async_on_commit"}
    found = [
        name
        for name in sources(*LINE)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr in ways and not name.endswith(("/actions.py", "/tasks.py"))
    ]
    assert found == []


REGISTRIES = re.compile(
    # Spelled in pieces, so that this file names none either.
    r"py"
    r"pi\.(?:org|python\.org)|python"
    r"hosted\.org|npm"
    r"js\.(?:org|com)|registry\.\w+|"
    r"(?<!-emit)--?(?:extra-)?index-url\b|--find-links|\bfind-links\b|\bindex_url\b|\[\[tool\.uv\.index\]\]"
)


def test_no_registry_address_in_any_file():
    itself = Path(__file__).relative_to(ROOT).as_posix()
    found = {}
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "ignore").replace("--no-emit-index-url", "")
        if name != itself and (hits := set(REGISTRIES.findall(text))):
            found[name] = hits
    assert found == {}


# Pages --------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects what the content policy would block, or would load from elsewhere."""

    def __init__(self, text: str):
        super().__init__()
        self.wrong: list[str] = []
        self.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", text, flags=re.DOTALL))
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "style":
            self.wrong.append("<style>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.wrong.append("<script> without src")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}>")
            if name.partition(":")[0] != "xmlns" and re.match(r"\s*(?:https?:)?//|\s*javascript:", value or ""):
                self.wrong.append(f'<{tag} {name}="{value}">')


@pytest.mark.parametrize("name", [name for name in tracked() if name.endswith((".html", ".svg"))])
def test_a_template_has_nothing_inline_and_nothing_from_elsewhere(name):
    assert Page((ROOT / name).read_text(encoding="utf-8")).wrong == []


def test_the_reader_of_templates_sees_what_it_looks_for():
    text = """
        <script>alert(1)</script><script src="{% static 'js/a.js' %}"></script><style>p {}</style>
        <p style="color: red" onclick="x()">{% if a < b %}{% endif %}</p><img src="https://a.example/b.png">
        <link href='//a.example/c.css'><a href="javascript:x()">x</a><svg xmlns="http://www.w3.org/2000/svg"></svg>
        <script type="application/json">{}</script><a href="{{ url }}" class="on">on</a>
    """
    assert Page(text).wrong == [
        "<script> without src",
        "<style>",
        "<p style>",
        "<p onclick>",
        '<img src="https://a.example/b.png">',
        '<link href="//a.example/c.css">',
        '<a href="javascript:x()">',
    ]


def test_markup_written_in_python_keeps_the_same_rules():
    """Template tags and drawings; a docstring may speak of it."""
    wrong = re.compile(r"<(?:script|style)\b|\sstyle\s*=\s*[\"']|\son[a-z]+\s*=\s*[\"']")
    found = []
    for name in sources(*LINE):
        docs = {id(node.value) for node in ast.walk(tree(name)) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                found += [f"{name}:{node.lineno}"] if wrong.search(node.value) else []
    assert found == []


@pytest.mark.parametrize("name", [name for name in tracked() if re.match(r"static/.*\.(?:js|css)$", name)])
def test_scripts_and_styles_load_nothing_from_elsewhere(name):
    addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", (ROOT / name).read_text(encoding="utf-8"))
    assert [address for address in addresses if address != "http://www.w3.org"] == []


# Settings -----------------------------------------------------------------------------------------


def variables_read(name: str) -> set[str]:
    """First arguments of env.str("X"), env.bool("X"), …, os.environ.get("X") and os.environ["X"]."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if re.fullmatch(r"env(?:\.\w+)?|os\.environ\.get|os\.getenv", called):
                found.add(node.args[0].value)
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.add(ast.literal_eval(node.slice))
    return found


def test_every_variable_that_is_read_stands_in_the_example_and_none_beside():
    read = set().union(*(variables_read(name) for name in sources("county_urbanization")))
    assert {"SECRET_KEY", "DATABASE_URL", "PORT"} < read  # the reader sees something
    listed = re.findall(r"^#?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(read)


def test_rooms_take_settings_from_the_settings():
    assert {name: found for name in sources(*LINE[:-1]) if (found := variables_read(name))} == {}


def test_no_file_carries_the_marks_of_an_unfinished_merge():
    marks = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)
    itself = Path(__file__).relative_to(ROOT).as_posix()
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "ignore") for name in tracked() if name != itself}
    assert [name for name, text in texts.items() if marks.search(text)] == []


def home_of(module: str, name: str) -> str:
    """The module in which the class or function stands that `module` offers as `name`."""
    found = getattr(importlib.import_module(module), name, None)
    if not isinstance(found, type | FunctionType):
        return module
    if module.endswith(".models") and found.__module__.startswith(f"{module}."):
        return module  # the models of a room are one package, as Django looks for them
    known = sys.modules.get(found.__module__)
    return found.__module__ if getattr(known, name, None) is found else module


@pytest.mark.parametrize("room", LINE)
def test_what_is_imported_is_taken_from_where_it_stands(room):
    """No module hands on what another one holds: who reads an import finds the code at once."""
    handed_on = []
    for name in sources(room):
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.ImportFrom) and room_of(node.module.replace(".", "/")) in LINE:
                homes = {alias.name: home_of(node.module, alias.name) for alias in node.names}
                foreign = {each: home for each, home in homes.items() if home != node.module}
                handed_on += [(name, node.module, each) for each, home in foreign.items() if room_of_module(home)]
    assert handed_on == []


def room_of_module(module: str) -> bool:
    return module.partition(".")[0] in LINE


def test_no_page_calls_the_api():
    """What a page and the API have in common stands in a module of its own: an `api.py` serves addresses alone."""
    callers = {
        name
        for name in sources(*LINE)
        if not name.endswith(("api_urls.py", "sdmx/urls.py"))
        for module in imports(name)
        if re.fullmatch(r"\w+(\.sdmx)?\.api\.\w+", module)
    }
    assert callers == set()


# Reads counties as columns and knows rows of totals by their names: to be told these words by its callers.
KNOW_THE_DOMAIN = {"lib/tabular/table_reading.py"}
DOMAIN = re.compile(r"county_urbanization|counties|[县市]|指标|区划|镇")


def words_of(name: str) -> set[str]:
    """Every text constant of a file that is no docstring."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = {
        id(node.body[0].value) for node in ast.walk(tree(name)) if isinstance(node, documented) and is_said(node)
    }
    texts = [node for node in ast.walk(tree(name)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {node.value for node in texts if id(node) not in docstrings}


def is_said(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr)


def test_lib_knows_nothing_of_the_domain():
    others = [name for name in sources("lib") if name not in KNOW_THE_DOMAIN]
    found = {name: {text for text in words_of(name) if DOMAIN.search(text)} for name in others}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_limit_of_the_database_and_the_time_zone_stand_once():
    values = re.compile(r"^[A-Z_]+ = (?:Decimal\(10\) \*\* 9|ZoneInfo\(\"Asia/Shanghai\"\)|10\*\*9)", re.MULTILINE)
    found = {name: values.findall((ROOT / name).read_text(encoding="utf-8")) for name in sources(*LINE)}
    assert {name: len(each) for name, each in found.items() if each} == {"lib/days.py": 1, "lib/numbers.py": 1}


def notes_on_requests(name: str) -> set[str]:
    """Attributes that a module sets on a request or on its user."""
    found = set()
    for node in ast.walk(tree(name)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        flat = [each for target in targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])]
        found |= {each.attr for each in flat if isinstance(each, ast.Attribute) and is_request(each.value)}
    return found


def is_request(node: ast.expr) -> bool:
    return ast.unparse(node) in {"request", "request.user", "user"}


def test_the_page_cache_notes_on_a_request_one_thing_that_is_declared():
    assert {note for name in sources("pagecache") for note in notes_on_requests(name)} == {"page_state"}


ENGINE = re.compile(
    r"^vendor$|psycopg|copy_in|copy_out|copy_expert|pg_advisory|hashtextextended|plpgsql|COLLATE \"C\"|AT TIME ZONE"
)
ROW_OF_ENGINE = re.compile(r"^\| `([a-z_/]+\.py)` \|.*\|.*\|$", re.MULTILINE)


def test_where_the_engine_matters_is_told_and_nowhere_else():
    """Who wants to run on another engine reads that table, and nothing else of the code."""
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = ROW_OF_ENGINE.findall(told.partition("## Where the engine matters")[2].partition("\n## ")[0])
    asks = [name for name in sources(*LINE) if "/migrations/" not in name]
    asks = [name for name in asks if any(ENGINE.search(text) for text in said_and_called(name))]
    assert sorted(rows) == asks


def test_the_driver_of_the_database_has_one_door():
    """psycopg's own words, and statements that a connection keeps, in one module: a change of driver is one change."""
    driven = re.compile(r"psycopg|copy_expert|mogrify|\b(?:PREPARE|EXECUTE) [a-z{]")
    found = [name for name in sources(*LINE) if any(driven.search(text) for text in said_and_called(name))]
    assert found == ["lib/database/driver.py"]


def said_and_called(name: str) -> set[str]:
    """Texts, names and imports of a file, without its docstrings."""
    attributes = {node.attr for node in ast.walk(tree(name)) if isinstance(node, ast.Attribute)}
    return words_of(name) | attributes | imports(name)


PACKED = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.IfExp, ast.BoolOp, ast.Lambda, ast.NamedExpr)
MOST_NESTED = 2


def nesting(node: ast.AST) -> int:
    """How many comprehensions, choices, and/or and lambdas stand inside one another."""
    inner = max(map(nesting, ast.iter_child_nodes(node)), default=0)
    return inner + isinstance(node, PACKED)


@pytest.mark.parametrize("room", LINE)
def test_a_statement_does_one_thing(room):
    """What is nested three deep is read twice: a step with a name stands in its place."""
    statements = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Raise)
    found = [
        f"{name}:{node.lineno}"
        for name in sources(room)
        if "/migrations/" not in name
        for node in ast.walk(tree(name))
        if isinstance(node, statements) and nesting(node) > MOST_NESTED
    ]
    assert found == []
