"""Finished blocks are kept on disk, so that nothing computed is lost or computed twice.

A run's folder is ``STORE/setting/mode/IDENTITY/``. IDENTITY is a hash of everything that its
numbers depend on: the lowered StableHLO text of the block function (so a changed trial or helper
counts, a changed comment does not), the params, the key, the block width, the versions of jax and
jaxlib, and the kind of machine. Predictions are not part of it and are never stored.

A chunk's file is ``FIRST-LAST-CHECKSUM.npz`` (blocks FIRST to LAST - 1): numpy's own format, one
array for each observable, axis 0 over trials. It is written under a temporary name and renamed,
so a file is whole or absent. The checksum in its name is that of its content and of its place: run,
range, names, types and shapes. So damage is seen, and so is a chunk that was renamed, exchanged, or
brought from another run.
"""

import contextlib
import errno
import hashlib
import importlib.metadata
import io
import json
import os
import platform
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from theory._compiler import flags_of_numbers
from theory._files import PathError, cache_folder, writable_folder, write_atomically

ENVIRONMENT_VARIABLE = "OVERFIT_THEORY_STORE"
_NAME = re.compile(r"(\d{10})-(\d{10})-([0-9a-f]{32})\.npz")
_EARLIER = re.compile(r"\d{10}-\d{10}-[0-9a-f]{16}\.npz")  # its checksum knew no place
_IDENTITY = re.compile(r"[0-9a-f]{32}")
_ABOUT = "run.json"
# all that this module writes into a run's folder, unfinished files too
_OURS = re.compile(
    rf"(\.?({re.escape(_ABOUT)}|\d{{10}}-\d{{10}}-[0-9a-f]{{16,32}}\.npz(\.\w+)?))(\.\w{{8}})?"
)

Layout = Mapping[str, tuple[str, tuple[int, ...]]]
"""Of each observable by name: its numpy dtype as text, and the shape of one trial's value."""


class StoreError(OSError):
    """A chunk could not be written. Everything written before is whole."""


class DamagedFileWarning(UserWarning):
    """A stored chunk was damaged or out of its place; it is put aside and computed again."""


class EarlierFormatWarning(UserWarning):
    """Chunks of an earlier version, which do not say whose they are, were put aside."""


class ReadOnlyStoreWarning(UserWarning):
    """The store takes no files: what it has is read, and what is computed is not kept."""


def is_read_only(store: Path) -> bool:
    """Whether the store is there and takes no files: a colleague's, or a disk mounted so."""
    try:
        with tempfile.TemporaryFile(dir=store):
            return False
    except OSError as error:
        return error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) and store.is_dir()


def warn_read_only(store: Path) -> None:
    """Says, once in a process, that nothing is kept."""
    warnings.warn(read_only_text(store), ReadOnlyStoreWarning, stacklevel=2)


def read_only_text(store: Path) -> str:
    """That nothing is kept, in one line."""
    return f"the store {store} is read-only: what it has is read, new trials are not kept"


def folder_of(given: str | os.PathLike[str], what: str = "store") -> Path:
    """The store's folder as somebody named it, ``~`` understood.

    Raises PathError for an empty name and for what is there and is no folder.
    """
    if not os.fspath(given):
        raise PathError(f"{what} is empty: name a folder")
    try:
        path = Path(given).expanduser()
        if path.exists() and not path.is_dir():
            raise PathError(f"{what} {path} is not a folder")
    except (RuntimeError, OSError) as error:  # no such user's home; a name too long
        raise PathError(f"{what} {given}: {error}") from None
    return path


def default_folder() -> Path:
    """``$OVERFIT_THEORY_STORE``, or ``overfit-theory/store`` under XDG_CACHE_HOME."""
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    return folder_of(given, f"${ENVIRONMENT_VARIABLE}") if given else cache_folder() / "store"


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
    everything = dict(facts) | versions | {"xla_flags": flags_of_numbers()}
    text = json.dumps(everything, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class RunFolder:
    """The stored chunks of one run, whose trials return what ``layout`` says."""

    def __init__(
        self,
        store: Path,
        setting: str,
        mode: str,
        name: str,
        about: Mapping[str, Any],
        layout: Layout,
    ):
        for part in (setting, mode):
            if Path(part).name != part:
                raise ValueError(f"{part!r} cannot name a folder of the store")
        self.store = Path(store)
        self.path = self.store / setting / mode / name
        self._place = {"run": name, "setting": setting, "mode": mode}
        self._about = dict(about)
        self._layout = dict(layout)
        self._keeps = True

    def prepare(self) -> None:
        """Before anything is computed: raises PathError if there is no store and none can be made,
        and warns of one that is read-only."""
        if is_read_only(self.store):
            self._keeps = False
            warn_read_only(self.store)
            return
        writable_folder(self.store, "the store")

    def _files(self) -> list[tuple[int, int, str, Path]]:
        if not self.path.is_dir():
            return []
        found, earlier = [], []
        for path in self.path.iterdir():
            match = _NAME.fullmatch(path.name)
            if match:
                found.append((int(match[1]), int(match[2]), match[3], path))
            elif _EARLIER.fullmatch(path.name):
                earlier.append(path)
        if earlier:
            warnings.warn(
                f"{self.path}: {len(earlier)} chunks were written by an earlier version, which did"
                " not record whose they are; they are put aside as *.earlier and computed again",
                EarlierFormatWarning,
                stacklevel=2,
            )
            for path in earlier:
                _put_aside(path, "earlier")
        return sorted(found)

    def load(self, first: int, last: int, width: int) -> tuple[int, dict[str, np.ndarray]] | None:
        """Stored blocks from ``first`` on: (where they end, observables), at most up to ``last``.

        None if block ``first`` is not stored whole. A damaged file is named in a warning, put
        aside as ``*.damaged``, and counts as absent.
        """
        for begin, end, checksum, path in self._files():
            if not begin <= first < end:
                continue
            arrays = self._read(path, checksum, begin, end, width)
            if arrays is None:
                continue
            stop = min(end, last)
            cut = slice((first - begin) * width, (stop - begin) * width)
            return stop, {name: values[cut] for name, values in arrays.items()}
        return None

    def _read(
        self, path: Path, checksum: str, begin: int, end: int, width: int
    ) -> dict[str, np.ndarray] | None:
        try:
            if path.exists() and not path.is_file():  # a pipe would be waited for
                raise ValueError("it is no regular file")
            data = path.read_bytes()
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            if self._checksum(begin, end, data, arrays) != checksum:
                raise ValueError("its checksum is not that of this content in this place")
            self._fits(arrays, (end - begin) * width)
        except FileNotFoundError:
            return None  # cleared by somebody since it was listed
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            warnings.warn(
                f"{path} is damaged ({error}); it is put aside and computed again",
                DamagedFileWarning,
                stacklevel=2,
            )
            _put_aside(path, "damaged")
            return None
        return arrays

    def _checksum(self, begin: int, end: int, data: bytes, arrays: Mapping[str, np.ndarray]) -> str:
        """Of the content and of all that says where it belongs."""
        held = {name: (a.dtype.str, a.shape) for name, a in arrays.items()}
        place = self._place | {"first": begin, "last": end, "arrays": held}
        digest = hashlib.sha256(json.dumps(place, sort_keys=True).encode() + b"\0" + data)
        return digest.hexdigest()[:32]

    def _fits(self, arrays: Mapping[str, np.ndarray], trials: int) -> None:
        """Raises ValueError, in words, for arrays that no trial of this run could have returned."""
        if arrays.keys() != self._layout.keys():
            raise ValueError(f"it holds {', '.join(sorted(arrays))}")
        for name, values in arrays.items():
            dtype, shape = self._layout[name]
            if values.dtype.str != dtype or values.shape != (trials, *shape):
                raise ValueError(f"{name} is {values.dtype} of shape {values.shape}")
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise ValueError(f"{name} holds a number that is not finite")

    def save(self, first: int, last: int, observables: Mapping[str, np.ndarray]) -> None:
        """Keeps blocks first to last - 1. Raises StoreError if they cannot be written."""
        if not self._keeps:
            return
        buffer = io.BytesIO()
        write_npz(buffer, observables)
        data = buffer.getvalue()
        checksum = self._checksum(first, last, data, observables)
        path = self.path / f"{first:010d}-{last:010d}-{checksum}.npz"
        try:
            about = self.path / _ABOUT
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


def write_npz(file: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """The arrays in numpy's format, bit for bit as ``np.savez`` writes them.

    That function refuses some names (``file``); each array is written in pieces.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(values), allow_pickle=False)


def _put_aside(path: Path, why: str) -> None:
    with contextlib.suppress(OSError):  # somebody else may have put it aside
        path.rename(path.with_name(f"{path.name}.{why}"))


def runs(store: Path) -> Iterator[tuple[Path, dict[str, Any], int, int]]:
    """(folder, what it is, bytes, trials) of every stored run.

    A folder is a run's if it has the name of one and its ``run.json`` says the same place.
    """
    for about in sorted(store.glob(f"*/*/*/{_ABOUT}")):
        folder = about.parent
        try:
            facts = json.loads(about.read_text(encoding="utf-8"))
            place = (facts["setting"], facts["mode"])
            width = int(facts["width"])
        except (OSError, ValueError, TypeError, KeyError):
            continue
        if place != folder.parts[-3:-1] or not _IDENTITY.fullmatch(folder.name):
            continue
        files = list(_files_of(folder))
        size = sum(f.stat().st_size for f in files)
        blocks = sum(
            int(m[2]) - int(m[1]) for f in files if (m := _NAME.fullmatch(f.name)) is not None
        )
        yield folder, facts, size, blocks * width


def _files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if _OURS.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            yield path


def clear(store: Path, setting: str | None = None) -> int:
    """Removes the stored runs (of one setting); returns the bytes set free.

    Only files that this module wrote are touched; a folder with anything else in it stays.
    """
    freed = 0
    for folder, _, size, _ in list(runs(store)):
        if setting is None or folder.parent.parent.name == setting:
            # run.json goes last: a clearing that was interrupted can be given again
            for path in sorted(_files_of(folder), key=lambda path: path.name == _ABOUT):
                path.unlink()
            freed += size
            with contextlib.suppress(OSError):  # not empty
                for emptied in (folder, folder.parent, folder.parent.parent):
                    emptied.rmdir()
    return freed
