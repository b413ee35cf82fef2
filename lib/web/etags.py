"""Entity tags that a request names (RFC 9110, 13.1)."""


def tags(header: str | None) -> tuple[str, ...] | None:
    """The tags of If-Match or If-None-Match; None where it was not sent. Our own compression marks them as weak: what
    they stand for is the stored sheet, and that is the same in any coding."""
    if header is None:
        return None
    return tuple(tag.strip().removeprefix("W/") for tag in header.split(","))


def matches(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names the tag."""
    named = tags(header) or ()
    return tag in named or "*" in named
