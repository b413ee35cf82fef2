"""The headers of HTTP that the API reads and sends, told in its description: a generated client asks again with what it
has, and waits as long as it is told to, without anybody having written that for it.

All of it follows from what an operation answers: one that can say 304 reads `If-None-Match`, one that can say 429 names
the seconds."""

from collections.abc import Iterator

from lib.listapi.openapi import header_parameter

METHODS = ("get", "put", "post")
TEXT = {"type": "string"}
HEADERS = {
    "RetryAfter": {
        "description": "等几秒再试",
        "schema": {"type": "integer", "minimum": 0},
        "example": 30,
    },
    "RateLimit": {
        "description": "这一分钟还剩几次（r）、几秒后重新计（t）；只在用令牌时有",
        "schema": TEXT,
        "example": '"token";r=5999;t=60',
    },
    "RateLimitPolicy": {
        "description": "每分钟最多几次（q）；只在用令牌时有",
        "schema": TEXT,
        "example": '"token";q=6000;w=60',
    },
}
RATE = {"RateLimit": "RateLimit", "RateLimit-Policy": "RateLimitPolicy"}  # header → its name among the components
WAIT = {"Retry-After": "RetryAfter"}
BY_STATUS = {"200": RATE, "304": RATE, "429": {**WAIT, **RATE}, "503": WAIT}
IF_NONE_MATCH = header_parameter("If-None-Match", TEXT, "上次答复的 ETag；没有变化则答 304，不再传一遍")
IF_MODIFIED_SINCE = header_parameter(
    "If-Modified-Since", TEXT, "上次答复的 Last-Modified；没有变化则答 304。写了 If-None-Match 的不看它"
)


def add_headers(result: dict, **_kwargs: object) -> dict:
    """A step of drf-spectacular. `result`: the whole description, changed in place."""
    result["components"].setdefault("headers", {}).update(HEADERS)
    for told in _operations(result):
        told["parameters"] = [*told.get("parameters", []), *_read(told["responses"])]
        for status, answer in told["responses"].items():
            _tell(answer, _sent(status, told))
    return result


def _operations(result: dict) -> Iterator[dict]:
    for methods in result["paths"].values():
        yield from (methods[name] for name in METHODS if name in methods)


def _read(answers: dict) -> Iterator[dict]:
    """The headers by which a caller says what it has: of an address that can answer that nothing has changed."""
    if "304" not in answers:
        return
    yield IF_NONE_MATCH
    if "Last-Modified" in answers["200"].get("headers", {}):
        yield IF_MODIFIED_SINCE


def _sent(status: str, told: dict) -> dict[str, dict]:
    """Header → where the description has it. A repeated request that is still under way names seconds too."""
    names = dict(BY_STATUS.get(status, {}))
    if status == "409" and any(each["name"] == "Idempotency-Key" for each in told["parameters"]):
        names |= WAIT
    return {header: {"$ref": f"#/components/headers/{name}"} for header, name in names.items()}


def _tell(answer: dict, headers: dict[str, dict]) -> None:
    if headers:
        answer["headers"] = {**answer.get("headers", {}), **headers}
