"""Compiled programs: kept on disk from one start to the next, and dropped when no longer needed."""

import contextlib
import ctypes
import gc
import sys

import jax

from theory._discovery import KINDS
from theory._files import PathError, cache_folder, writable_folder


def enable_compilation_cache() -> None:
    """Keeps compiled programs under XDG_CACHE_HOME, so that a second start does not compile."""
    try:
        folder = writable_folder(cache_folder() / "xla", "the cache of compiled programs")
    except PathError:  # no home, or one that is not ours: all is compiled anew
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # jax keeps only programs that took over a second to compile, unless told otherwise
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def drop_caches() -> None:
    """Forgets every compiled program, and every ``functools`` cache of the four packages.

    A module that keeps programs elsewhere has a function ``forget_programs`` of its own.

    A process that walks over settings calls it between two of them: JAX keeps each program that
    it compiled (5 GB after the 3,950 programs of six settings' tests). What is asked for again is
    made again, so results stay the same.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in KINDS:
            if callable(forget := vars(module).get("forget_programs")):
                forget()
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
    jax.clear_caches()
    gc.collect()  # programs hang in cycles with their functions
    # glibc keeps what is freed: after 60 programs it gave back 33 of 770 MB, asked so 647
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
