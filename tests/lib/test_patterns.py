"""Every regular expression of the site costs in proportion to the length of what it looks at: whoever sends a text, of
any content, holds up nobody. New ones are found by themselves."""

import ast
import gc
import importlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver

from lib.web import logs
from lib.web.text_guard import LONGEST

ROOT = Path(__file__).resolve().parents[2]
NOT_OF_THE_SITE = {"tests", "benchmarks", "tools", "clients"}
METHODS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
MAYBE = re.compile(r"\bre\.[a-z]|\bpattern\b")  # a module without it has no use, and need not be read as code
SHORTEST, MOST_SECONDS = 256, 0.25
TOO_MUCH = 9  # times as long for four times the text: linear is 4, quadratic 16
ENOUGH_TO_JUDGE = 0.004  # seconds; less says more of the clock than of the pattern


@dataclass(frozen=True)
class Use:
    """A pattern as the site uses it."""

    pattern: str | bytes
    flags: int
    method: str
    place: str

    @property
    def run(self) -> Callable:
        compiled = re.compile(self.pattern, self.flags)
        if self.method in {"sub", "subn"}:
            return lambda text: compiled.sub(b"" if isinstance(text, bytes) else "", text)
        if self.method == "finditer":
            # Each match goes again as it does in use: kept, a hundred thousand of them would tell of memory alone.
            return lambda text: deque(compiled.finditer(text), maxlen=0)
        return getattr(compiled, self.method)


def modules() -> Iterator[Path]:
    for room in sorted(path.parent for path in ROOT.glob("*/__init__.py")):
        if room.name not in NOT_OF_THE_SITE:
            yield from sorted(path for path in room.rglob("*.py") if "migrations" not in path.parts)


def uses_in(path: Path) -> Iterator[Use]:
    text = path.read_text(encoding="utf-8")
    if not MAYBE.search(text):
        return
    nodes = list(ast.walk(ast.parse(text)))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    named = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            named |= compiled_in(node)
    for call in calls:
        where = f"{path.relative_to(ROOT)}:{call.lineno}"
        if is_call_of_re(call, METHODS):
            yield Use(*pattern_and_flags(call, path), call.func.attr, where)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            compiled = named.get(call.func.value.id)
            if compiled is not None and call.func.attr in METHODS:
                yield Use(*pattern_and_flags(compiled, path), call.func.attr, where)
        for keyword in call.keywords:
            if keyword.arg == "pattern" and isinstance(keyword.value, ast.Constant):
                yield Use(keyword.value.value, re.ASCII, "fullmatch", where)


def compiled_in(node: ast.Assign) -> dict[str, ast.Call]:
    """name: the call of `re.compile` that it stands for, also where several are named at once."""
    target = node.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    values = node.value.elts if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) else [node.value]
    pairs = zip(names, values, strict=False)
    return {name.id: value for name, value in pairs if is_call_of_re(value, {"compile"})}


def is_call_of_re(node: ast.AST, names: set[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in names
    )


def pattern_and_flags(call: ast.Call, path: Path) -> tuple[str | bytes, int]:
    """As the module makes it: its own constants are in it. `Filter.pattern` is found at each filter."""
    if isinstance(call.args[0], ast.Attribute):
        return "", 0
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    pattern = eval(compile(ast.Expression(call.args[0]), str(path), "eval"), dict(vars(module)))
    others = [each.value for each in call.keywords if each.arg == "flags"] + call.args[1:]
    flags = [each for each in others if re.fullmatch(r"re\.[A-Z]+", ast.unparse(each))]
    return pattern, int(eval(ast.unparse(flags[0]), {"re": re})) if flags else 0


def of_addresses(resolver=None) -> Iterator[Use]:
    for part in (resolver or get_resolver()).url_patterns:
        regex = part.pattern.regex
        yield Use(regex.pattern, regex.flags & ~re.UNICODE, "search", f"the address {part.pattern}")
        if isinstance(part, URLResolver):
            yield from of_addresses(part)


FOUND = {(use.pattern, use.flags, use.method): use for path in modules() for use in uses_in(path)}
ADDRESSES = {(use.pattern, use.method): use for use in of_addresses()}
USES = sorted((use for use in FOUND.values() if use.pattern), key=lambda use: use.place)


def pieces(pattern: str | bytes) -> list[str]:
    """What repeats in a text that is hard for the pattern: its own words and letters, alone and by twos."""
    text = pattern.decode() if isinstance(pattern, bytes) else pattern
    words = re.findall(r"(?<!\\)[A-Za-z_]{3,}|[\u4e00-\u9fff]+", text)
    letters = dict.fromkeys([*"a0 \n", *(letter for letter in text if letter not in r"\?*+()[]{}|^$.A")])
    letters = [letter for letter in letters if not letter.isalnum() or letter in "a0"][:7]
    return [*dict.fromkeys(words), *letters, *(one + two for one in letters for two in letters if one != two)]


def slowest_growth(run: Callable, pattern: str | bytes, longest: int) -> tuple[float, str]:
    """(How many times as long a text of four times the length takes, which text) of the worst; 4 is linear."""
    worst = (0.0, "")
    for piece in pieces(pattern):
        for tail in ("", "!"):
            worst = max(worst, (growth(run, piece, tail, pattern, longest), f"{piece!r}… {tail!r}"))
            if worst[0] >= TOO_MUCH:
                return worst
    return worst


def growth(run: Callable, piece: str, tail: str, pattern: str | bytes, longest: int) -> float:
    length, taken = SHORTEST, []
    while length <= longest:
        text = (piece * (length // len(piece) + 1))[:length] + tail
        taken.append(seconds(run, text.encode() if isinstance(pattern, bytes) else text))
        if taken[-1] > MOST_SECONDS:
            break
        length *= 2
    if len(taken) < 3 or taken[-1] < ENOUGH_TO_JUDGE:
        return 99.0 if taken[-1] > MOST_SECONDS else 0.0
    return taken[-1] / max(taken[-3], 1e-6)


def seconds(run: Callable, text: str | bytes) -> float:
    """The best of three, of the processor: other work on the machine does not count."""
    found = []
    gc.disable()  # a collection of all that other tests hold would be counted as the pattern's
    for _ in range(3):
        started = time.process_time()
        run(text)
        found.append(time.process_time() - started)
        if not ENOUGH_TO_JUDGE / 8 < found[-1] < MOST_SECONDS:
            break
    gc.enable()
    return min(found)


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.place} {use.method}")
def test_a_pattern_costs_in_proportion_to_the_text(use):
    times, text = slowest_growth(use.run, use.pattern, LONGEST)
    assert times < TOO_MUCH, f"{use.place}: a text of {text} four times as long takes {times:.0f} times as long"


def test_addresses_cost_in_proportion_to_their_length():
    """4 kB is the longest address that the server takes."""
    slow = {}
    for use in ADDRESSES.values():
        times, text = slowest_growth(use.run, use.pattern, 4096)
        if times >= TOO_MUCH:
            slow[use.place] = (times, text)
    assert slow == {}


def test_masking_costs_in_proportion_to_the_line():
    hard = "password secret token cookie bearer :// = : - _ ' \\"
    for piece in (
        *hard.split(),
        "bearer ",
        "a://b:",
        "a=",
        "a=b,",
        "password=",
        "token token=",
        "Bearer a",
        "x-",
        "a:b@",
    ):
        for tail in ("", "!", "=x", "@"):
            times = growth(logs.mask, piece, tail, "", LONGEST)
            assert times < TOO_MUCH, f"{piece!r}… {tail!r}: {times:.0f} times as long"


def test_the_reader_sees_what_is_there():
    """A pattern that the reader of the source overlooks would be tried by nobody."""
    written = sum(len(re.findall(r"\bre\.\w+\(", path.read_text(encoding="utf-8"))) for path in modules())
    seen = {use.place.split(":")[0] for use in FOUND.values()}
    assert {"lib/web/logs.py", "lib/listapi/lists.py", "indicators/sdmx/queries.py"} <= seen
    assert (written > 35, len(USES) > 35) == (True, True)


def test_what_backtracks_is_found():
    """The test itself: the pattern that covered secrets before, and two smaller ones."""
    old = re.compile(r"(?P<name>(?:[\w-]*password\w*|[\w-]*secret\w*)\\?[\"']?\s*[:=])", re.IGNORECASE)
    for compiled, piece in ((old, "password"), (re.compile("a*a*b"), "a"), (re.compile(r"\s+$"), " ")):
        assert growth(compiled.search, piece, "!", "", LONGEST) >= TOO_MUCH
