"""Files are written whole or not at all, and where they cannot be, that is said before the work."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class PathError(ValueError):
    """A path that cannot be written, or is not what it should be. The text names it."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file under a temporary name beside the target: at the end flushed to disk and renamed.

    A link's target is replaced, not the link. Raises PathError for what is no regular file (a
    device, a pipe, a folder): renaming would put a file in its place.
    """
    target = Path(os.path.realpath(path))
    _refuse_what_is_no_file(target, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp's 0600 would hide results from a group
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_atomically(path: Path, data: bytes) -> None:
    """Writes to a temporary name beside the target, flushes to disk, and renames."""
    with writing(path) as file:
        file.write(data)


def _refuse_what_is_no_file(target: Path, path: Path) -> None:
    if target.is_dir():
        raise PathError(f"{path} is a folder, not a file")
    if target.exists() and not target.is_file():
        raise PathError(f"{path} is not a regular file; nothing is written there")


def writable_folder(path: Path, what: str) -> Path:
    """The folder, made if it was not there, once a file could be made in it.

    Raises PathError if that fails, with ``what`` (a flag, say) before the path.
    """
    try:
        if path.exists() and not path.is_dir():
            raise PathError(f"{what} {path} is not a folder")
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise _refused(error, path, what) from None


def writable_file(path: Path, what: str) -> Path:
    """The path, once its folder takes files and nothing but a regular file is in its place.

    Raises PathError if not, with ``what`` before the path.
    """
    try:
        target = Path(os.path.realpath(path))
        _refuse_what_is_no_file(target, path)
        writable_folder(target.parent, what)
        return path
    except (OSError, ValueError) as error:
        raise _refused(error, path, what) from None


def _refused(error: Exception, path: Path, what: str) -> PathError:
    if isinstance(error, PathError):
        said = str(error)
        return error if said.startswith(what) else PathError(f"{what}: {said}")
    reason = getattr(error, "strerror", None) or error
    return PathError(f"{what} {path} cannot be written: {reason}")


def cache_folder() -> Path:
    """``overfit-theory`` under XDG_CACHE_HOME, else under ``~/.cache``.

    Raises PathError where there is no home folder.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        # the XDG specification: a path that is not absolute is ignored
        base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    except RuntimeError:
        raise PathError(
            "there is no home folder to keep finished trials in: give --store DIR, or set"
            " OVERFIT_THEORY_STORE or XDG_CACHE_HOME (or --no-store keeps nothing)"
        ) from None
    return base / "overfit-theory"
