"""Where one answer of the API leads: OpenAPI links, from a list to the addresses under it, from what was read to what
saves it. A generator makes calls of them, and a test by state machine walks them."""

from collections.abc import Iterator

METHODS = ("get", "put", "post")
OTHER_NAMES = {("areas_list", "area"): "code"}  # where a row has another name for what an address under it asks for
READ_THEN_SAVED = ("submissions_entries_retrieve", "submissions_entries_update")


def add_links(result: dict, **_kwargs: object) -> dict:
    """A late step of drf-spectacular. `result`: the whole description, changed in place."""
    operations = dict(_operations(result))
    for name, (path, told) in operations.items():
        row = _row(result, told)
        for other, (below, asked) in operations.items():
            if row and below.startswith(path) and below != path:
                _link(told, other, _from_row(name, row, asked))
    _link_saving(operations)
    return result


def _operations(result: dict) -> Iterator[tuple[str, tuple[str, dict]]]:
    """operationId → (path, operation), of every method that does something."""
    for path, methods in result["paths"].items():
        for method in METHODS:
            if method in methods:
                yield methods[method]["operationId"], (path, methods[method])


def _row(result: dict, told: dict) -> dict:
    """The properties of a row of a list's page; nothing where the answer is no page."""
    content = told["responses"].get("200", {}).get("content", {})
    schema = _resolved(result, content.get("application/json", {}).get("schema", {}))
    rows = _resolved(result, schema.get("properties", {}).get("results", {}))
    return _resolved(result, rows.get("items", {})).get("properties", {})


def _resolved(result: dict, schema: dict) -> dict:
    name = schema.get("$ref", "").rpartition("/")[2]
    return result["components"]["schemas"][name] if name else schema


def _from_row(name: str, row: dict, asked: dict) -> dict[str, str]:
    """Path parameter → where in the first row it stands."""
    found = {}
    for parameter in asked.get("parameters", []):
        column = OTHER_NAMES.get((name, parameter["name"]), parameter["name"])
        if parameter["in"] == "path" and column in row:
            found[f"path.{parameter['name']}"] = f"$response.body#/results/0/{column}"
    return found


def _link(told: dict, other: str, parameters: dict[str, str]) -> None:
    if parameters:
        links = told["responses"]["200"].setdefault("links", {})
        links[other] = {"operationId": other, "parameters": parameters}


def _link_saving(operations: dict[str, tuple[str, dict]]) -> None:
    """A sheet is read, then saved with its ETag, and saved again with the one that the answer holds."""
    read, saved = READ_THEN_SAVED
    same = {f"path.{name}": f"$request.path.{name}" for name in ("area", "year")}
    if read in operations:
        _link(operations[read][1], saved, same | {"header.If-Match": "$response.header.ETag"})
        _link(operations[saved][1], saved, same | {"header.If-Match": "$response.body#/etag"})
        _link(operations[saved][1], read, same)
