"""What a link to one version of a number ends in, on the page of that number."""

KINDS = {"OBS": "observation", "TARGET": "target", "STANDARD": "standard"}  # by the feed's series


def version_anchor(kind: str, area: str, year: int, version: int) -> str:
    """`kind`: the model's name, as in KINDS. "observation-330122-2025-2"."""
    return f"{kind}-{area}-{year}-{version}"
