"""Where a figure comes from: enough to draw it again, and to know whether it would differ."""

import functools
import hashlib
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import jax
import numpy as np

from paper_figures._simulations import RunRecord
from sims._keys import run_key
from theory import fields_of

_DISTRIBUTIONS = ("overfit-theory", "jax", "jaxlib", "numpy", "scipy", "matplotlib")
_LONGEST_ARRAY = 64  # entries of an array field that are written out; longer ones by their hash


@functools.cache
def surroundings() -> dict[str, Any]:
    """Versions, platform and commit of this process."""
    return {
        "versions": {
            "python": platform.python_version(),
            **{d: _version(d) for d in _DISTRIBUTIONS},
        },
        "platform": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "backend": jax.default_backend(),
            "device": jax.devices()[0].device_kind,
            "cpus": os.cpu_count(),
        },
        "git": _checkout(),
    }


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _checkout() -> dict[str, Any] | None:
    """The commit of the checkout that this package runs from, or None for an installed one."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changed = bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "uncommitted_changes": changed}


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *words], capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.strip()


def told(run: RunRecord) -> dict[str, Any]:
    """A simulation as its provenance tells it: what to give ``sims.simulate`` to have it again."""
    key = run_key(run.setting, run.mode, run.params, seed=run.seed, stream=run.stream)
    return {
        "setting": run.setting,
        "mode": run.mode,
        "params": {name: _value(getattr(run.params, name)) for name in fields_of(run.params)},
        "trials": run.trials,
        "seed": run.seed,
        "stream": run.stream,
        "key": [int(word) for word in np.ravel(jax.random.key_data(key))],
        "seconds": round(run.seconds, 4),
    }


def _value(value: Any) -> Any:
    """A field's value in JSON's terms."""
    if isinstance(value, (np.ndarray, jax.Array)):
        array = np.asarray(value)
        if array.size <= _LONGEST_ARRAY:
            return array.tolist()
        digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
        return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": digest}
    return value.item() if isinstance(value, np.generic) else value
