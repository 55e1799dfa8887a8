"""Programs and tables that a process no longer needs."""

import gc
import sys

import jax

from theory._discovery import KINDS


def drop_caches() -> None:
    """Forgets every compiled program, and every ``functools`` cache of the four packages.

    A process that walks over settings calls it between two of them: JAX keeps each program that
    it compiled (5 GB after the 3,950 programs of six settings' tests). What is asked for again is
    made again, so results stay the same.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in KINDS:
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
    jax.clear_caches()
    gc.collect()  # programs hang in cycles with their functions
