"""How many threads LAPACK takes: JAX hands its calls to the library that scipy brings along."""

import contextlib
import functools
from collections.abc import Iterator

from threadpoolctl import ThreadpoolController


@functools.cache
def _controller() -> ThreadpoolController:
    """Finds the loaded libraries, once: it takes milliseconds."""
    return ThreadpoolController()


@contextlib.contextmanager
def lapack_threads(small: bool) -> Iterator[None]:
    """One thread a call inside the block if ``small``; the user's setting comes back after it."""
    if not small:
        yield
        return
    with _controller().limit(limits=1, user_api="blas"):
        yield
