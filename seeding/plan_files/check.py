"""Every fault of a plan file in one run: what its schema says of each key, and what the rows say of one another."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, ValidationError

from seeding.plan_files.links import link_faults
from seeding.plan_files.schema import plan_schema
from seeding.plan_files.workbook import read_plan_workbook
from seeding.plan_files.yaml_text import Place, PlanFault, PlanFileError, PlanText, parse, read_content

ZIP = b"PK"  # how a workbook begins


def read_plan(file: Path) -> dict:
    """The rows of a plan file; a section that is not there is empty. Raises `PlanFileError` with every fault."""
    return checked(_text_of(read_content(file)))


def parse_plan(content: bytes) -> dict:
    """As `read_plan`, of what a file holds: YAML, or a workbook as `write_plan_workbook` gives it."""
    return checked(_text_of(content))


def _text_of(content: bytes) -> PlanText:
    return read_plan_workbook(content) if content.startswith(ZIP) else parse(content)


def checked(text: PlanText) -> dict:
    """The rows of a plan's text. Raises `PlanFileError` with every fault."""
    faults = find_faults(text)
    if faults:
        raise PlanFileError(faults)
    empty: dict[str, Any] = {
        name: [] if section["type"] == "array" else {} for name, section in plan_schema()["properties"].items()
    }
    return {**empty, **text.data}


def check_plan(file: Path) -> list[PlanFault]:
    """Every fault of the file, in the order of its lines; none: it can be loaded."""
    try:
        return find_faults(_text_of(read_content(file)))
    except PlanFileError as error:
        return error.faults


def find_faults(text: PlanText) -> list[PlanFault]:
    """At most one fault for each key, the first that was found."""
    found: dict[Place, PlanFault] = {}
    for fault in (*text.faults, *_schema_faults(text.data), *link_faults(text.data)):
        found.setdefault(fault.place, _placed(fault, text))
    return sorted(found.values(), key=lambda fault: (fault.line or 0, [str(part) for part in fault.place]))


def _placed(fault: PlanFault, text: PlanText) -> PlanFault:
    """With its line and the name of its row."""
    place = fault.place
    while place and place not in text.lines:
        place = place[:-1]
    return replace(fault, line=fault.line or text.lines.get(place), row=_row_name(fault.place, text.data))


def _row_name(place: Place, data: Any) -> str:
    if len(place) < 2 or not isinstance(place[1], int):
        return ""
    number = _("第{number}行").format(number=place[1] + 1)
    row = data[place[0]][place[1]]
    names = (
        [row[key] for key in ("code", "indicator", "body", "number", "name") if row.get(key)]
        if isinstance(row, dict)
        else []
    )
    return f"{number} {names[0]}" if names else number


def _schema_faults(data: object) -> Iterator[PlanFault]:
    for error in Draft202012Validator(plan_schema()).iter_errors(data):
        yield from _faults_of(error)


def _faults_of(error: ValidationError) -> Iterator[PlanFault]:
    place = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for key in error.instance:
            if key not in known:
                yield PlanFault((*place, str(key)), _unknown_words(str(key), known))
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield PlanFault((*place, key), _missing_words(error.schema["properties"][key]))
    elif "propertyNames" in error.absolute_schema_path:
        yield PlanFault((*place, str(error.instance)), _("名称“{name}”应有1到40个字符。").format(name=error.instance))
    else:
        yield PlanFault(place, _wrong_words(error))


def _unknown_words(key: str, known: Mapping[str, dict]) -> str:
    close = get_close_matches(key, known, n=1)
    if close:
        return _("没有“{key}”这一项，是不是“{close}”？").format(key=key, close=close[0])
    return _("没有“{key}”这一项。可以写的有：{known}。").format(key=key, known="、".join(known))


def _missing_words(schema: Mapping) -> str:
    return _("缺这一项。请写{what}。").format(what=_what(schema))


def _what(schema: Mapping) -> str:
    """What is to be written there, with an example."""
    words = schema["description"]
    if "examples" in schema:
        example = json.dumps(schema["examples"][0], ensure_ascii=False)
        return _("{words}，例如 {example}").format(words=words, example=example)
    return words


def _wrong_words(error: ValidationError) -> str:
    schema = error.schema
    if error.validator == "type" and schema["type"] == "array":
        return _("这里应是一行一行的清单，每行以“- ”开头。内容：{what}。").format(what=schema["description"])
    if error.validator == "type" and schema["type"] == "object":
        keys = "、".join(schema.get("required", schema.get("properties", ())))
        return _("这里应是“名称: 值”的一组。必写的有：{keys}。").format(keys=keys or schema["description"])
    if error.validator == "minItems":
        return _("至少要有{n}行。内容：{what}。").format(n=error.validator_value, what=schema["description"])
    if error.validator == "maxLength":
        return _("太长：{n}个字符，至多{most}个。").format(n=len(error.instance), most=error.validator_value)
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)[:60]
    return _("{shown} 不能用。请写{what}。").format(
        shown=shown, what=_what(schema) if "description" in schema else _("数字或 null")
    )
