"""What the interpreter does beside the tests, made cheap."""

import gc


def forget_what_is_loaded() -> None:
    """The modules and tests collected so far stay: the garbage collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # as in the site's own processes
