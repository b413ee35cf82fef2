"""How many examples a property test draws: all of them in `make test`, a tenth in `make test-fast`."""

import os

IS_FAST = os.environ.get("HYPOTHESIS_PROFILE") == "fast"


def examples(full: int) -> int:
    """`full`, or in the fast profile a tenth of it, 5 at the least."""
    return max(5, full // 10) if IS_FAST else full
