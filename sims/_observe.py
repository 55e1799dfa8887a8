"""What a claim sees of a run: an observable by name, or a reading of the stored arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from theory._observables import Observable, observable_text, parse_observable

_MOST_PADDED = 2**26  # bytes: of more, reading takes longer than compiling


def _padded(run: Mapping[str, np.ndarray], trials: int) -> Mapping[str, np.ndarray]:
    """The run with its last trial repeated up to a power of 2: JAX compiles a reading's operations
    anew for every number of trials, and each look of a run brings another."""
    more = (1 << (trials - 1).bit_length()) - trials if trials else 0
    if not more or sum(v.nbytes for v in run.values()) > _MOST_PADDED:
        return run
    return {name: np.concatenate([v, np.repeat(v[-1:], more, axis=0)]) for name, v in run.items()}


def observe(
    run: Mapping[str, np.ndarray], observable: Observable, params: Any, what: str
) -> np.ndarray:
    """One number a trial, in the trials' order.

    Raises ValueError, beginning with ``what``, for a name that no trial returns, an entry outside
    its shape, or a reading that is not one real number a trial.
    """
    if isinstance(observable, str):
        return select(run, observable, what)
    trials = len(next(iter(run.values())))
    padded = _padded(run, trials)
    try:
        values = np.asarray(observable(padded, params))
        if padded is not run:
            fits = values.shape == (len(next(iter(padded.values()))),)
            values = values[:trials] if fits else np.asarray(observable(run, params))
    except KeyError as error:
        known = ", ".join(sorted(run))
        raise ValueError(
            f"{what}: a trial returns no observable {error} (it returns {known})"
        ) from None
    if values.shape != (trials,) or values.dtype.kind not in "biufc":
        raise ValueError(
            f"{what}: {observable_text(observable)} gives {values.dtype} of shape {values.shape}"
            f" for {trials} trials, not one number a trial"
        )
    if np.iscomplexobj(values):
        raise ValueError(f"{what}: {observable_text(observable)} is complex")
    return values.astype(np.float64)


class Apart:
    """Sees to it that a reading gives each trial a number of its own, whatever trials stand beside.

    A reading that mixes trials (ranks them, or takes their mean) makes them depend on each other,
    and every test rests on their independence. So of the first trials the first and the last are
    read once more, each in the company of its own copies only.
    """

    def __init__(self, observable: Observable, params: Any, what: str):
        self._observable, self._params, self._what = observable, params, what
        self._done = isinstance(observable, str)

    def check(self, run: Mapping[str, np.ndarray], values: np.ndarray) -> None:
        """``values`` is what was read of the run. Raises ValueError for a reading that mixes."""
        n = len(values)
        if self._done or n < 2:
            return
        self._done = True
        for i in (0, n - 1):
            copies = {name: np.repeat(v[i : i + 1], n, axis=0) for name, v in run.items()}
            again = observe(copies, self._observable, self._params, self._what)
            if not np.allclose(again, values[i], rtol=1e-9, atol=0, equal_nan=True):
                raise ValueError(
                    f"{self._what}: {observable_text(self._observable)} gives a trial another"
                    " number in the company of other trials; a reading reads each trial by itself"
                )


def select(run: Mapping[str, np.ndarray], text: str, what: str) -> np.ndarray:
    """The values of an observable named ``"risk"`` or ``"accuracy[2]"``; axis 0 is trials."""
    name, index = parse_observable(text)
    if name not in run:
        known = ", ".join(sorted(run))
        raise ValueError(f"{what}: a trial returns no observable {name!r} (it returns {known})")
    values = run[name]
    if values.ndim - 1 != len(index):
        raise ValueError(
            f"{what}: observable {name!r} has shape {values.shape[1:]} in a trial;"
            f" {text!r} does not name one number"
        )
    try:
        return np.asarray(values[(slice(None), *index)], dtype=np.float64)
    except IndexError:
        raise ValueError(f"{what}: {text!r} is outside shape {values.shape[1:]}") from None
