"""Exact enumeration in Python's own integers and Fractions."""

import time
from collections.abc import Callable

import numpy as np

from proofs_check._results import Result, Status
from proofs_check._statements import Enumerated
from proofs_check._time_limit import within


def exact(statement: bool | Callable[[], bool], method: str, *, time_limit: float = 60) -> Result:
    """A statement decided by exact arithmetic: PROVED if true, REFUTED if false.

    Args:
        statement: a truth value, or a function that computes one from ints and Fractions only
            (floats prove nothing).
        method: what was done, such as ``"enumeration of all 2^10 sign patterns"``.
        time_limit: seconds of processor time.

    Raises TypeError if the statement is not, or does not return, a truth value.
    """
    start = time.perf_counter()
    value: object = statement
    asked = (Enumerated(method),)
    if callable(statement):
        finished, value = within(time_limit, statement)
        if not finished:
            seconds = time.perf_counter() - start
            detail = f"time limit of {time_limit:g} s"
            return Result(
                Status.UNDECIDED, f"exact: {method}", detail=detail, seconds=seconds,
                statements=asked,
            )  # fmt: skip
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"exact() was given {value!r}, which is neither True nor False")
    status = Status.PROVED if value else Status.REFUTED
    seconds = time.perf_counter() - start
    return Result(status, f"exact: {method}", seconds=seconds, statements=asked)
