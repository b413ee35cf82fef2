"""Which test runs in which of the processes, for pytest-xdist.

A file goes to one process as a whole, for its tests share a set-up. So does each group of files that shares one
server: the fault harness, the stack of PostgreSQL and a Redis-protocol server, the browser's prepared site. The group
is read off the file's marks, because the process that shares out the tests does not collect them. (xdist 3.8's own
`xdist_group` writes into an attribute that pytest 9.2 has no more, and shares out every test by itself.)"""

import re
from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"\bpytest\.mark\.(stack|browser|site)\b")
# The longest first: a process that begins with them is not the last one to end.
LONGEST = ("faults", "browser", "stack")


@cache
def group_of(path: str) -> str:
    """The name of the group that this test file belongs to; its own path where it is in none."""
    if path == "tests/test_faults.py":
        return "faults"
    found = MARK.search((ROOT / path).read_text(encoding="utf-8"))
    if found is None:
        return path
    return "browser" if found[1] == "site" else found[1]


def place_of(nodeid: str) -> int:
    """Where its group stands among the longest."""
    group = group_of(nodeid.partition("::")[0])
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)


class GroupScheduling(LoadScopeScheduling):
    """Whole groups, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])
