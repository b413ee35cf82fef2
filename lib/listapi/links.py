"""Where one answer of the API leads: OpenAPI links, from a list to the addresses under it, from what was read to what
saves it. A generator makes calls of them, and a test by state machine walks them. All of them follow from paths,
columns and headers; none is written by hand."""

from collections.abc import Iterator

METHODS = ("get", "put", "post")


def add_links(result: dict, **_kwargs: object) -> dict:
    """A late step of drf-spectacular. `result`: the whole description, changed in place."""
    operations = list(_operations(result))
    for path, _method, told in operations:
        item, row = _row(result, told)
        for below, _other, asked in operations:
            if row and below.startswith(path) and below != path:
                _link(told, asked, _from_row(item, row, asked))
    for methods in result["paths"].values():
        _link_saving(result, methods)
    return result


def _operations(result: dict) -> Iterator[tuple[str, str, dict]]:
    """(path, method, operation) of every method that does something."""
    for path, methods in result["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def _row(result: dict, told: dict) -> tuple[str, dict]:
    """The name of a list's item and the properties of its rows; nothing where the answer is no list."""
    rows = _answered(result, told).get("properties", {}).get("results", {}).get("items", {})
    return rows.get("$ref", "").rpartition("/")[2].lower(), _resolved(result, rows).get("properties", {})


def _answered(result: dict, told: dict) -> dict:
    """The schema of what the operation answers as JSON."""
    content = told["responses"].get("200", {}).get("content", {})
    return _resolved(result, content.get("application/json", {}).get("schema", {}))


def _resolved(result: dict, schema: dict) -> dict:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict = result["components"]["schemas"][name] if name else schema
    return found


def _from_row(item: str, row: dict, asked: dict) -> dict[str, str]:
    """Path parameter → where in the first row it stands: in the column of its name, or, where it is called as the
    item itself, in its code."""
    found = {}
    for name in _in_path(asked):
        column = "code" if name == item and name not in row else name
        if column in row:
            found[f"path.{name}"] = f"$response.body#/results/0/{column}"
    return found


def _in_path(asked: dict) -> list[str]:
    return [each["name"] for each in asked.get("parameters", []) if each["in"] == "path"]


def _link(told: dict, asked: dict, parameters: dict[str, str]) -> None:
    if parameters:
        links = told["responses"]["200"].setdefault("links", {})
        links[asked["operationId"]] = {"operationId": asked["operationId"], "parameters": parameters}


def _link_saving(result: dict, methods: dict) -> None:
    """What is read with an ETag is saved with it, and saved again with the one that the answer holds."""
    read, saved = methods.get("get"), methods.get("put")
    names = {each["name"] for each in (saved or {}).get("parameters", [])}
    if read is None or saved is None or "If-Match" not in names:
        return
    same = {f"path.{name}": f"$request.path.{name}" for name in _in_path(saved)}
    _link(read, saved, same | {"header.If-Match": "$response.header.ETag"})
    _link(saved, read, same)
    if "etag" in _answered(result, saved).get("properties", {}):
        _link(saved, saved, same | {"header.If-Match": "$response.body#/etag"})
