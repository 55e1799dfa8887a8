"""The random keys of runs: which runs share random numbers, and which never do."""

import hashlib
from typing import Any

import jax
import numpy as np

from theory import Drawn, fields_of


def hash32(*parts: str) -> int:
    """32 bits of the texts' SHA-256: the numbers that keys are folded with."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return int.from_bytes(digest[:4], "little")


def params_text(params: Any) -> str:
    """The params as text that is equal if and only if every value is (floats in hex)."""
    parts = []
    for name in fields_of(params):
        value = getattr(params, name)
        if isinstance(value, (np.ndarray, jax.Array)):
            array = np.ascontiguousarray(value)
            digest = hashlib.sha256(array.tobytes()).hexdigest()
            parts.append(f"{name}={array.dtype}{array.shape}{digest}")
        else:
            parts.append(f"{name}={value.hex() if isinstance(value, float) else value!r}")
    return ";".join(parts)


def run_key(setting: str, mode: str, params: Any, *, seed: int = 0, stream: str | None = None):
    """The key of a run: the root key, folded with (setting, mode), then with the params.

    Runs that differ in any parameter share no random number. A ``stream`` name takes the params'
    place: runs of one stream use common random numbers, on purpose and by name. Raises ValueError
    for a seed that is no whole number of 64 bit.
    """
    if not isinstance(seed, (int, np.integer)) or not -(2**63) <= seed < 2**63:
        raise ValueError(f"seed = {seed!r} is not a whole number in [-2^63, 2^63)")
    root = jax.random.key(seed)
    place = jax.random.fold_in(root, hash32(setting, mode))
    what = f"stream:{stream}" if stream is not None else f"params:{params_text(params)}"
    return jax.random.fold_in(place, hash32(what))


def describe(params: Any) -> str:
    """The params in a few words, for the ledger: ``n=200, eta=0.1``."""

    def show(value: Any) -> str:
        if isinstance(value, float):
            return f"{value:.6g}"
        if getattr(value, "ndim", 0):
            return f"<{'x'.join(map(str, value.shape))}>"
        return str(value)

    if isinstance(params, Drawn):
        return ", ".join(f"{name}={show(value)}" for name, value in params.items())
    return ", ".join(f"{name}={show(getattr(params, name))}" for name in fields_of(params))
