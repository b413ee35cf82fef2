"""Clients for R and TypeScript, out of the description of the API: `python -m tools.api_clients` writes them into
`clients/`, where they are committed, so that they are in every release; a test holds them to the description.

What every client does (paging, waiting, checksums) stands in `tools/client_sources/`; the lists with their filters and
columns are added here."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCES, CLIENTS = ROOT / "tools" / "client_sources", ROOT / "clients"
PREFIX = "/api/v1/"
R_KINDS = {"integer": "integer", "number": "numeric", "boolean": "logical", "string": "character"}
R_FORMATS = {"date": "Date", "date-time": "POSIXct"}
BY_THE_CLIENT = ("format", "cursor", "page_size")  # parameters that the clients set themselves
TAKEN = {"Problem": "ProblemBody"}  # names that the client itself has given out
TYPES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def lists_of(schema: Mapping) -> Iterator[tuple[str, dict, str]]:
    """(name, operation, schema of a row) of every list: what answers with pages."""
    for path, methods in schema["paths"].items():
        told = methods.get("get", {})
        content = told.get("responses", {}).get("200", {}).get("content", {})
        page = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if page.endswith("Page"):
            yield path.removeprefix(PREFIX).strip("/"), told, page.removesuffix("Page")


def filters_of(told: Mapping) -> list[dict]:
    return [each for each in told["parameters"] if each["in"] == "query" and each["name"] not in BY_THE_CLIENT]


# R --------------------------------------------------------------------------------------------------


def r_client(schema: Mapping) -> str:
    """One file: what every client does, the kinds of columns, a function for each list."""
    parts = [(SOURCES / "client.R").read_text(encoding="utf-8"), _r_columns(schema)]
    parts += [_r_function(name, told) for name, told, _row in lists_of(schema) if name != "changes"]
    return "\n".join(parts)


def _r_columns(schema: Mapping) -> str:
    lines = ["# What the columns of each list are.", "monitor_columns <- list("]
    known = [(name, schema["components"]["schemas"][row]["properties"]) for name, _told, row in lists_of(schema)]
    for place, (name, columns) in enumerate(known):
        kinds = ", ".join(f'{column} = "{_r_kind(each)}"' for column, each in columns.items())
        lines.append(f"  `{name}` = c({kinds}){',' if place < len(known) - 1 else ''}")
    return "\n".join([*lines, ")", ""])


def _r_kind(column: Mapping) -> str:
    if column.get("format") in R_FORMATS:
        return R_FORMATS[column["format"]]
    kinds = column.get("type", "string")
    kind = kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")
    return R_KINDS.get(kind, "character")


def _r_function(name: str, told: Mapping) -> str:
    names = [each["name"] for each in filters_of(told)]
    given = ", ".join(f"{each} = NULL" for each in names)
    passed = ", ".join(f"{each} = {each}" for each in names)
    words = [f"# {told['summary']}"]
    words += [f"#   {each['name']}: {each['description'].splitlines()[0]}" for each in filters_of(told)]
    own = f"monitor_{re.sub(r'[^a-z0-9]', '_', name)}"
    body = f'  monitor_frame(platform, "{name}", {passed})'
    return "\n".join([*words, f"{own} <- function(platform, {given}) {{", body, "}", ""])


# TypeScript -----------------------------------------------------------------------------------------


def ts_types(schema: Mapping) -> str:
    """The declarations: what every client offers, an interface for each schema, filters and rows of each list."""
    parts = [(SOURCES / "client.d.ts").read_text(encoding="utf-8")]
    parts += [_ts_interface(name, each) for name, each in sorted(schema["components"]["schemas"].items())]
    rows = []
    for name, told, row in lists_of(schema):
        filters = "; ".join(f"{each['name']}?: {_ts_filter(each['schema'])}" for each in filters_of(told))
        rows.append(f"  {json.dumps(name)}: {{ row: {row}; filters: {{ {filters}; page_size?: number }} }};")
    return "\n".join([*parts, "export interface Lists {", *rows, "}", ""])


def _ts_interface(name: str, schema: Mapping) -> str:
    name = TAKEN.get(name, name)
    if "properties" not in schema:
        return f"export type {name} = {ts_type(schema)};\n"
    lines = [f"export interface {name} {{"]
    for member, each in schema["properties"].items():
        if each.get("description"):
            lines.append(f"  /** {' '.join(each['description'].split()).replace('*/', '* /')} */")
        mark = "" if member in schema.get("required", ()) else "?"
        lines.append(f"  {member}{mark}: {ts_type(each)};")
    return "\n".join([*lines, "}", ""])


def _ts_filter(schema: Mapping) -> str:
    """Several values may come as a list, and one by itself."""
    if schema.get("type") == "array":
        one = ts_type(schema["items"])
        return f"{one} | ({one})[]"
    return ts_type(schema)


def ts_type(schema: Mapping) -> str:
    """A schema as TypeScript writes it."""
    if "$ref" in schema:
        named: str = schema["$ref"].rpartition("/")[2]
        return TAKEN.get(named, named)
    if "enum" in schema:
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    for several in ("anyOf", "oneOf"):
        if several in schema and "type" not in schema:
            return " | ".join(dict.fromkeys(ts_type(each) for each in schema[several]))
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(_ts_kind(kind, schema) for kind in kinds)


def _ts_kind(kind: str, schema: Mapping) -> str:
    if kind == "array":
        return f"({ts_type(schema.get('items', {}))})[]"
    if kind != "object":
        return TYPES[kind]
    if "properties" in schema:
        required = schema.get("required", ())
        members = (f"{n}{'' if n in required else '?'}: {ts_type(each)}" for n, each in schema["properties"].items())
        return "{ " + "; ".join(members) + " }"
    values = schema.get("additionalProperties")
    return f"Record<string, {ts_type(values) if isinstance(values, Mapping) and values else 'unknown'}>"


def package(version: str) -> str:
    told: dict[str, Any] = {
        "name": "county-urbanization-client",
        "version": version,
        "description": "A client of 县城城镇化建设监测平台",
        "type": "module",
        "main": "index.js",
        "types": "index.d.ts",
        "exports": {".": {"types": "./index.d.ts", "default": "./index.js"}},
        "files": ["index.js", "index.d.ts"],
        "engines": {"node": ">=18"},
        "private": True,
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


# Both -----------------------------------------------------------------------------------------------


def files(schema: Mapping, version: str) -> dict[str, str]:
    """Path below `clients/` → text."""
    return {
        "county_urbanization.R": r_client(schema),
        "typescript/index.js": (SOURCES / "client.js").read_text(encoding="utf-8"),
        "typescript/index.d.ts": ts_types(schema),
        "typescript/package.json": package(version),
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    import django  # noqa: PLC0415  (the settings are named only now)

    django.setup()
    from lib.listapi.openapi import described  # noqa: PLC0415
    from tools.sbom import site_version  # noqa: PLC0415

    for name, text in files(described(), site_version()).items():
        path = CLIENTS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
