"""How much of the processor's time something takes, on a machine that others use as well."""

import time
from collections.abc import Callable

TRIES = 3


def least_seconds(work: Callable[[], object], *, enough: float) -> float:
    """The least of at most TRIES runs; the first below `enough` ends it. Other work on the machine adds to the
    processor's time of a run (its caches are not its own), and takes none away: what is slow is slow each time."""
    found = []
    while len(found) < TRIES and not (found and found[-1] < enough):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)
