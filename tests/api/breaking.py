"""What of a description breaks those who wrote a client against an earlier one."""

from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
LIMITS = {"maximum": -1, "exclusiveMaximum": -1, "maxLength": -1, "minimum": 1, "exclusiveMinimum": 1, "minLength": 1}


def breaking_changes(old: Mapping, new: Mapping) -> list[str]:
    """Each change in words: address, method, where, what. Additions break nobody: addresses, parameters and members
    that may be left out, columns, further values of a column, further kinds of problems."""
    return list(_paths(old, new))


def _paths(old: Mapping, new: Mapping) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            place = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{place}: gone"
            else:
                yield from _operation(place, methods[method], now, _Pair(old, new))


class _Pair:
    """Both descriptions, to look references up in."""

    def __init__(self, old: Mapping, new: Mapping):
        self.descriptions = (old, new)

    def resolved(self, before: Mapping, after: Mapping) -> tuple[Mapping, Mapping]:
        return self._one(before, self.descriptions[0]), self._one(after, self.descriptions[1])

    def _one(self, schema: Mapping, description: Mapping) -> Mapping:
        while "$ref" in schema:
            schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


def _operation(place: str, old: Mapping, new: Mapping, pair: _Pair) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{place}: operationId {old['operationId']} is now {new['operationId']}"
    yield from _parameters(place, old, new, pair)
    before, after = (each.get("requestBody", {}).get("content", {}) for each in (old, new))
    for media, body in before.items():
        if media not in after:
            yield f"{place}: takes {media} no more"
        else:
            yield from _taken(f"{place} body", body["schema"], after[media]["schema"], pair)
    for status, answer in old["responses"].items():
        yield from _answer(f"{place} {status}", answer, new["responses"].get(status), pair)


def _parameters(place: str, old: Mapping, new: Mapping, pair: _Pair) -> Iterator[str]:
    def named(operation: Mapping) -> dict:
        return {(each["in"], each["name"]): each for each in operation.get("parameters", [])}

    before, after = named(old), named(new)
    for key, each in before.items():
        if key not in after:
            yield f"{place}: parameter {key[1]} gone"
        else:
            yield from _taken(f"{place} {key[1]}", each["schema"], after[key]["schema"], pair)
    for key, each in after.items():
        if each.get("required") and not before.get(key, {}).get("required"):
            yield f"{place}: parameter {key[1]} is required now"


def _answer(place: str, old: Mapping, new: Mapping | None, pair: _Pair) -> Iterator[str]:
    if new is None:
        if place.rpartition(" ")[2].startswith("2"):
            yield f"{place}: gone"
        return
    for media, body in old.get("content", {}).items():
        if media not in new.get("content", {}):
            yield f"{place}: {media} gone"
        else:
            yield from _given(place, body["schema"], new["content"][media]["schema"], pair)


def _types(schema: Mapping) -> set[str]:
    found = schema.get("type", ())
    return {found} if isinstance(found, str) else set(found)


def _taken(place: str, old: Mapping, new: Mapping, pair: _Pair) -> Iterator[str]:
    """Of what is sent, nothing that was taken may be refused."""
    old, new = pair.resolved(old, new)
    if _types(new) and _types(old) - _types(new):
        yield f"{place}: takes {sorted(_types(old) - _types(new))} no more"
    if "enum" in new and set(map(str, old.get("enum", ["anything"]))) - set(map(str, new["enum"])):
        yield f"{place}: takes fewer values"
    if new.get("pattern", old.get("pattern")) != old.get("pattern"):
        yield f"{place}: another pattern"
    for name, sign in LIMITS.items():
        if name in new and (name not in old or sign * new[name] > sign * old[name]):
            yield f"{place}: narrower {name}"
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{place}.{name}: required now"
    properties = new.get("properties", {})
    for name, each in old.get("properties", {}).items():
        if name not in properties:
            yield f"{place}.{name}: gone"
        else:
            yield from _taken(f"{place}.{name}", each, properties[name], pair)
    yield from _inside(place, old, new, pair, _taken)


def _given(place: str, old: Mapping, new: Mapping, pair: _Pair) -> Iterator[str]:
    """Of what is answered, everything that was there stays, and as what it was."""
    old, new = pair.resolved(old, new)
    if _types(new) - _types(old) and _types(old):
        yield f"{place}: may be {sorted(_types(new) - _types(old))} now"
    for name in set(old.get("enum", ())) - set(new.get("enum", old.get("enum", ()))):
        yield f"{place}: never {name!r} any more"
    for name in set(old.get("required", ())) - set(new.get("required", ())):
        yield f"{place}.{name}: may be missing now"
    properties = new.get("properties", {})
    for name, each in old.get("properties", {}).items():
        if name not in properties:
            yield f"{place}.{name}: gone"
        else:
            yield from _given(f"{place}.{name}", each, properties[name], pair)
    yield from _inside(place, old, new, pair, _given)


def _inside(place: str, old: Mapping, new: Mapping, pair: _Pair, compare: Any) -> Iterator[str]:
    for name in ("items", "additionalProperties"):
        if isinstance(old.get(name), Mapping) and isinstance(new.get(name), Mapping):
            yield from compare(f"{place}[]", old[name], new[name], pair)
