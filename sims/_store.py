"""Finished blocks are kept on disk, so that nothing computed is lost or computed twice.

A run's folder is ``STORE/setting/mode/IDENTITY/``. IDENTITY is a hash of everything that its
numbers depend on: the lowered StableHLO text of the block function (so a changed trial or helper
counts, a changed comment does not), the params, the key, the block width, the versions of jax and
jaxlib, and the kind of machine. Predictions are not part of it and are never stored.

A chunk's file is ``FIRST-LAST-CHECKSUM.npz`` (blocks FIRST to LAST - 1): numpy's own format, one
array for each observable, axis 0 over trials. It is written under a temporary name and renamed,
so a file is whole or absent; the checksum in its name is that of its content, so damage is seen.
"""

import contextlib
import hashlib
import importlib.metadata
import io
import json
import os
import platform
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sims._files import write_atomically

ENVIRONMENT_VARIABLE = "OVERFIT_THEORY_STORE"
_NAME = re.compile(r"(\d{10})-(\d{10})-([0-9a-f]{16})\.npz")


class StoreError(OSError):
    """A chunk could not be written. Everything written before is whole."""


class DamagedFileWarning(UserWarning):
    """A stored chunk was damaged; it is put aside and computed again."""


def default_folder() -> Path:
    """``$OVERFIT_THEORY_STORE``, or ``overfit-theory/store`` under XDG_CACHE_HOME."""
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    if given:
        return Path(given).expanduser()
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "overfit-theory" / "store"


def machine_kind(device: Any) -> str:
    """The kind of machine: numbers are bit-identical within it, equal to rounding across kinds."""
    cpu = platform.processor() or platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        for label in ("model name", "CPU part"):  # x86 and Arm
            match = re.search(rf"^{label}\s*:\s*(.+)$", text, re.MULTILINE)
            if match:
                cpu = f"{platform.machine()} {match.group(1)}"
                break
    except OSError:
        pass  # not Linux: the processor's name has to do
    return f"{device.platform}/{device.device_kind}/{cpu}"


def identity(facts: Mapping[str, str]) -> str:
    """The hash that names a run, from all that its numbers depend on."""
    versions = {name: importlib.metadata.version(name) for name in ("jax", "jaxlib")}
    everything = dict(facts) | versions
    text = json.dumps(everything, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class RunFolder:
    """The stored chunks of one run."""

    def __init__(self, store: Path, setting: str, mode: str, name: str, about: Mapping[str, Any]):
        self.path = Path(store) / setting / mode / name
        self._about = dict(about)

    def _files(self) -> list[tuple[int, int, str, Path]]:
        if not self.path.is_dir():
            return []
        found = []
        for path in self.path.iterdir():
            match = _NAME.fullmatch(path.name)
            if match:
                found.append((int(match[1]), int(match[2]), match[3], path))
        return sorted(found)

    def load(self, first: int, last: int, width: int) -> tuple[int, dict[str, np.ndarray]] | None:
        """Stored blocks from ``first`` on: (where they end, observables), at most up to ``last``.

        None if block ``first`` is not stored whole. A damaged file is named in a warning, put
        aside as ``*.damaged``, and counts as absent.
        """
        for begin, end, checksum, path in self._files():
            if not begin <= first < end:
                continue
            arrays = self._read(path, checksum, (end - begin) * width)
            if arrays is None:
                continue
            stop = min(end, last)
            cut = slice((first - begin) * width, (stop - begin) * width)
            return stop, {name: values[cut] for name, values in arrays.items()}
        return None

    def _read(self, path: Path, checksum: str, trials: int) -> dict[str, np.ndarray] | None:
        try:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest()[:16] != checksum:
                raise ValueError("its checksum is wrong")
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            if any(len(values) != trials for values in arrays.values()):
                raise ValueError("it holds another number of trials than its name says")
        except FileNotFoundError:
            return None  # cleared by somebody since it was listed
        except (OSError, ValueError, KeyError) as error:
            warnings.warn(
                f"{path} is damaged ({error}); it is put aside and computed again",
                DamagedFileWarning,
                stacklevel=2,
            )
            with contextlib.suppress(OSError):  # somebody else may have put it aside
                path.rename(path.with_name(path.name + ".damaged"))
            return None
        return arrays

    def save(self, first: int, last: int, observables: Mapping[str, np.ndarray]) -> None:
        """Keeps blocks first to last - 1. Raises StoreError if they cannot be written."""
        buffer = io.BytesIO()
        np.savez(buffer, **observables)  # type: ignore[arg-type]  # numpy's stub lacks **kwds
        data = buffer.getvalue()
        checksum = hashlib.sha256(data).hexdigest()[:16]
        path = self.path / f"{first:010d}-{last:010d}-{checksum}.npz"
        try:
            about = self.path / "run.json"
            if not about.exists():
                write_atomically(about, json.dumps(self._about, indent=1).encode())
            write_atomically(path, data)
        except OSError as error:
            raise StoreError(
                error.errno,
                f"cannot keep finished trials in {self.path} ({error.strerror or error}); all"
                " chunks before this one are whole: make room (`python -m sims cache` shows what"
                " is stored) and run again to go on from there",
            ) from error


def runs(store: Path) -> Iterator[tuple[Path, dict[str, Any], int, int]]:
    """(folder, what it is, bytes, trials) of every stored run."""
    for about in sorted(store.glob("*/*/*/run.json")):
        folder = about.parent
        try:
            facts = json.loads(about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            facts = {}
        files = [f for f in folder.iterdir() if f.is_file()]
        size = sum(f.stat().st_size for f in files)
        blocks = sum(
            int(m[2]) - int(m[1]) for f in files if (m := _NAME.fullmatch(f.name)) is not None
        )
        yield folder, facts, size, blocks * int(facts.get("width", 0))


def clear(store: Path, setting: str | None = None) -> int:
    """Removes the stored runs (of one setting); returns the bytes set free.

    Only folders that this module wrote are touched.
    """
    freed = 0
    for folder, _, size, _ in list(runs(store)):
        if setting is None or folder.parent.parent.name == setting:
            shutil.rmtree(folder)
            freed += size
            for parent in (folder.parent, folder.parent.parent):
                if not any(parent.iterdir()):
                    parent.rmdir()
    return freed
