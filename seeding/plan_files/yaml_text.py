"""A plan file as text: YAML read into plain rows, with the line on which each of them stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

MOST_BYTES = 5_000_000
MOST_NODES = 100_000  # each is read by Python itself: some seconds; the longest plan of ours has two thousand
LONGEST = 32_767  # characters of one text; YAML takes 1:59:59… for a number to the base of 60
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class PlanFault:
    """What is wrong with the file. `place`: section, number of the row from 0, key, as far as it has them; `line` of
    the file from 1; `words` say what is wrong and what to write instead."""

    place: Place
    words: str
    line: int | None = None
    row: str = ""

    def __str__(self) -> str:
        where = [self.section]
        if self.row:
            where.append(self.row)
        if self.key:
            where.append(self.key)
        named = " · ".join(filter(None, where)) or _("整个文件")
        at = _("（文件第{line}行）").format(line=self.line) if self.line else ""
        return f"{named}{at}：{self.words}"

    @property
    def section(self) -> str:
        return str(self.place[0]) if self.place else ""

    @property
    def key(self) -> str:
        """The key within the row, or of a section that has no rows; below it as in `amounts.2.stage`."""
        rest = self.place[2:] if len(self.place) > 1 and isinstance(self.place[1], int) else self.place[1:]
        return ".".join(str(part + 1) if isinstance(part, int) else part for part in rest)


class PlanFileError(Exception):
    """The file cannot be loaded; `faults` are all of them."""

    def __init__(self, faults: list[PlanFault]):
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class PlanText:
    """`data` as YAML gives it; the `lines` of places; keys that stand twice, as `faults`."""

    data: Any
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[PlanFault] = field(default_factory=list)


class _Loader(yaml.SafeLoader):
    """Dates stay text, as they are typed: a month alone is a date here. References to other places are refused."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    nodes = 0

    def compose_node(self, parent, index):
        event: Any = self.peek_event()
        mark: Any = event.start_mark
        if isinstance(event, yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "*", mark)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            words = _("文件里的条目超过 {most:,} 个，不像方案文件。")
            raise PlanFileError([PlanFault((), words.format(most=MOST_NODES))])
        if isinstance(event, yaml.events.ScalarEvent) and len(event.value) > LONGEST:
            words = _("这里的一段文字超过 {most:,} 字，请缩短。")
            raise PlanFileError([PlanFault((), words.format(most=LONGEST), mark.line + 1)])
        return super().compose_node(parent, index)


def read_content(file: Path) -> bytes:
    """Raises `PlanFileError` where the file cannot be opened."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise PlanFileError(
            [PlanFault((), _("打不开 {file}：{error}").format(file=file, error=error.strerror))]
        ) from error


def parse(content: bytes) -> PlanText:
    """Read what a plan file holds. Raises `PlanFileError` where it is no YAML that can be read at all."""
    if len(content) > MOST_BYTES:
        raise PlanFileError([PlanFault((), _("文件超过5 MB，不像方案文件。"))])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PlanFileError([PlanFault((), _("不是 UTF-8 文本，请另存为 UTF-8。"), line)]) from error
    try:
        return _read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise PlanFileError([PlanFault((), _yaml_words(error), mark.line + 1 if mark else None)]) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PlanFileError([PlanFault((), _("不能按 YAML 读出，请检查缩进、引号和括号。"))]) from error


def _yaml_words(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, yaml.composer.ComposerError):
        return _("只能有一份内容，不能用 & 和 * 引用别处，请把内容写全。")
    return _("这里不能按 YAML 读出（{problem}），请检查缩进、引号和括号。").format(problem=error.problem)


def _read(text: str) -> PlanText:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return PlanText(None)
        lines: dict[Place, int] = {}
        faults = list(_walk(node, (), lines))
        return PlanText(loader.construct_document(node), lines, faults)
    finally:
        loader.dispose()


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Iterator[PlanFault]:
    """Note the line of every place; tell of keys that stand twice."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            yield from _walk(child, (*place, number), lines)
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            below = (*place, str(key.value))
            if below in lines:
                yield PlanFault(below, _("这一项写了两次，请只留一个。"), key.start_mark.line + 1)
            yield from _walk(child, below, lines)
            lines[below] = key.start_mark.line + 1
