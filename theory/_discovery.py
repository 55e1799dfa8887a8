"""Settings are found by listing folders; there is no registry to edit.

Three places are looked at, in this order:

1. the modules of the four packages themselves (``theory/xor_cluster.py``, ...);
2. folders given by ``--settings DIR`` or the environment variable ``OVERFIT_THEORY_PATH``
   (several are separated as in PATH): ``DIR/theory/NAME.py`` and ``DIR/sims/NAME.py``, and, where
   wanted, ``DIR/proofs_check/NAME.py`` and ``DIR/paper_figures/NAME.py``;
3. installed packages with an entry point of the group ``overfit_theory.settings``, which names a
   module with attributes ``theory`` and ``sims`` (and, where wanted, the other two).
"""

import ast
import difflib
import functools
import importlib
import importlib.metadata
import os
import pkgutil
from collections.abc import MutableSequence
from pathlib import Path
from types import ModuleType
from typing import Any

from theory._faults import code_of

__all__ = ["UnknownSettingError", "add_settings_folder", "load", "settings"]

KINDS = ("theory", "sims", "proofs_check", "paper_figures")
ENVIRONMENT_VARIABLE = "OVERFIT_THEORY_PATH"
ENTRY_POINT_GROUP = "overfit_theory.settings"


class UnknownSettingError(ValueError):
    """No setting of that name. The text lists the known ones."""


class BrokenSettingError(ValueError):
    """A setting's file is no Python. The text names the file, the line and the reason."""

    def __init__(self, path: object, error: Exception):
        self.reason = str(error)
        if isinstance(error, SyntaxError):
            self.reason = f"line {error.lineno}: {error.msg}"
        super().__init__(f"{path}: {self.reason}")


_added: list[Path] = []


def add_settings_folder(folder: str | os.PathLike[str], what: str = "--settings") -> None:
    """Makes the settings of a folder known, as modules ``theory.NAME``, ``sims.NAME``, ...

    Raises ValueError if the folder has no ``theory/``, or if one of its files has the name of a
    known module; ``what`` stands before the folder in the text.
    """
    try:
        path = Path(folder).expanduser().resolve()
        found = bool(os.fspath(folder)) and (path / "theory").is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # no such user, too long, a zero byte
        raise ValueError(f"{what} {folder!r}: {error}") from None
    if path in _added:
        return
    if not found:
        raise ValueError(
            f"{what} {os.fspath(folder) or '(empty)'}: there is no folder theory/ in it"
        )
    taken = {m.name for m in pkgutil.iter_modules(_packages["theory"])}
    own = {m.name for m in pkgutil.iter_modules([str(path / "theory")])}
    if clashes := sorted(own & (taken | set(_entry_points()))):
        raise ValueError(f"{what} {path}: a module is already named {', '.join(clashes)}")
    _added.append(path)
    for kind, places in _packages.items():
        _join(kind, places, path)
    importlib.invalidate_caches()


_packages: dict[str, MutableSequence[str]] = {}
"""The search path of each package that is there so far."""


def register(package: str, places: MutableSequence[str]) -> None:
    """Makes a package one whose settings are found: called by the package itself when imported.

    ``places`` is its ``__path__``. So theory need not know who stands upon it.
    """
    _packages[package] = places
    for path in _added:
        _join(package, places, path)


def _join(package: str, places: MutableSequence[str], folder: Path) -> None:
    """The folder's files become ordinary modules of the package, so that its sims/NAME.py says
    `from theory.NAME import ...` like any other."""
    own = str(folder / package)
    if Path(own).is_dir() and own not in places:
        places.append(own)


def added_folders() -> tuple[Path, ...]:
    """The folders of settings that this process was given."""
    return tuple(_added)


def _names_in(folder: str) -> list[str]:
    names = [m.name for m in pkgutil.iter_modules([folder]) if not m.name.startswith("_")]
    beside = [str(Path(folder).parent / kind) for kind in KINDS if kind != "theory"]
    return [
        name
        for name in names
        if any(_source(place, name) for place in beside) or _is_setting(_source(folder, name))
    ]


def _source(folder: str, name: str) -> Path | None:
    for path in (Path(folder) / f"{name}.py", Path(folder) / name / "__init__.py"):
        if path.is_file():
            return path
    return None


def _is_setting(path: Path | None) -> bool:
    """Whether a module of theory has what a setting has; one that only helps settings has not.

    The file is read, not imported. One that is no Python counts: it is somebody's setting, whose
    error should be seen. (So does one with a file of its name in sims/ or another folder.)
    """
    if path is None:  # compiled, or of a kind of its own
        return True
    return _defines(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4096)
def _defines(path: Path, changed: int) -> bool:
    try:
        tree = _parsed(path)
    except BrokenSettingError:
        return True
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.ImportFrom(names=imported):
                names |= {alias.asname or alias.name for alias in imported}
            case ast.Assign(targets=targets):
                names |= {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return bool(names & {"Params", "CLAIMS", "PAPER", "*"})


def _parsed(path: Path) -> ast.Module:
    """The file's syntax tree. Raises BrokenSettingError."""
    try:
        return ast.parse(path.read_bytes())  # bytes: a byte-order mark and a coding line are read
    except (SyntaxError, OSError, ValueError) as error:  # ValueError: zero bytes
        raise BrokenSettingError(path, error) from None


@functools.cache
def _entry_points() -> dict[str, Any]:
    return {e.name: e for e in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)}


def _read_environment() -> None:
    for folder in os.environ.get(ENVIRONMENT_VARIABLE, "").split(os.pathsep):
        if folder and Path(folder).expanduser().resolve() not in _added:
            add_settings_folder(folder, f"${ENVIRONMENT_VARIABLE}")


_reading_environment = False


def settings() -> list[str]:
    """The names of all known settings, sorted."""
    global _reading_environment
    if not _reading_environment:  # adding a folder asks for the names known so far
        _reading_environment = True
        try:
            _read_environment()
        finally:
            _reading_environment = False
    names = {name for folder in _packages["theory"] for name in _names_in(folder)}
    return sorted(names | set(_entry_points()))


def require(setting: str) -> None:
    """Raises UnknownSettingError, with the known names and the nearest one, if it is not known."""
    known = settings()
    if setting in known:
        return
    near = difflib.get_close_matches(setting, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    listed = ", ".join(known) if known else "none"
    raise UnknownSettingError(f"there is no setting {setting!r}{hint} (known: {listed})")


def load(kind: str, setting: str) -> ModuleType | None:
    """The module of a setting in one of the four folders, or None if it has none there.

    Raises UnknownSettingError for an unknown setting, BrokenSettingError for a file that is no
    Python, SettingError for another error inside the module.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}")
    require(setting)
    with code_of(f"{kind}.{setting}"):
        entry = _entry_points().get(setting)
        if entry is not None:
            return getattr(entry.load(), kind, None)
        return _imported(f"{kind}.{setting}")


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        raise BrokenSettingError(error.filename, error) from error
    except SystemExit as stop:  # with status 0 nothing would be run, and all be well
        said = ValueError(f"it calls sys.exit({stop.code!r}) on import")
        raise BrokenSettingError(name, said) from None
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise


def summary(setting: str) -> str:
    """The first line of a setting's docstring, read without importing it (so ``list`` is fast).

    For a setting that cannot be read, what is wrong with it: the others are still listed.
    """
    require(setting)
    if setting in _entry_points():
        try:
            module = load("theory", setting)
        except Exception as error:  # anything that somebody's package does when imported
            return f"cannot be imported: {type(error).__name__}: {error}"
        return ((module and module.__doc__) or "").strip().split("\n")[0]
    try:
        tree = text_of(setting)
    except BrokenSettingError as error:
        return f"cannot be read: {error.reason}"
    return ((tree and ast.get_docstring(tree)) or "").split("\n")[0]


def text_of(setting: str) -> ast.Module | None:
    """A setting's theory module as parsed text, not imported; None where it has no such file.

    Raises BrokenSettingError for a file that cannot be read.
    """
    for folder in _packages["theory"]:
        if (path := _source(folder, setting)) is not None:
            return _parsed(path)
    return None
