"""What processes that share a run must have in common, as text that can be compared."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from pathlib import Path

import sims
import theory
from theory._compiler import flags_of_numbers

_LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "optax")


def common_facts(**options: object) -> dict[str, str]:
    """The command's options, versions and flags of what computes, a hash of all source files."""
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    facts = {name: str(value) for name, value in options.items()}
    facts |= {"Python": platform.python_version(), "XLA_FLAGS": flags_of_numbers()} | versions
    return facts | {"the code": _sources([*theory.__path__, *sims.__path__])}


def _sources(folders: Iterable[str]) -> str:
    """A hash of every Python file under the folders, by its place in them."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            digest.update(str(path.relative_to(folder)).encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
