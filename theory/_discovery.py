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
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["UnknownSettingError", "add_settings_folder", "load", "settings"]

KINDS = ("theory", "sims", "proofs_check", "paper_figures")
ENVIRONMENT_VARIABLE = "OVERFIT_THEORY_PATH"
ENTRY_POINT_GROUP = "overfit_theory.settings"


class UnknownSettingError(ValueError):
    """No setting of that name. The text lists the known ones."""


_added: list[Path] = []


def add_settings_folder(folder: str | os.PathLike[str]) -> None:
    """Makes the settings of a folder known, as modules ``theory.NAME``, ``sims.NAME``, ...

    Raises ValueError if the folder has no ``theory/``, or if one of its settings has the name of
    a known one.
    """
    path = Path(folder).expanduser().resolve()
    if path in _added:
        return
    if not (path / "theory").is_dir():
        raise ValueError(f"--settings {path}: there is no folder {path / 'theory'}")
    clashes = sorted(set(_names_in(str(path / "theory"))) & set(settings()))
    if clashes:
        raise ValueError(f"--settings {path}: a setting is already named {', '.join(clashes)}")
    for kind in KINDS:
        if (path / kind).is_dir():
            # The folder's files become ordinary modules of the package, so that its
            # sims/NAME.py says `from theory.NAME import ...` like any other.
            importlib.import_module(kind).__path__.append(str(path / kind))
    _added.append(path)
    importlib.invalidate_caches()


def added_folders() -> tuple[Path, ...]:
    """The folders of settings that this process was given."""
    return tuple(_added)


def _names_in(folder: str) -> list[str]:
    return [m.name for m in pkgutil.iter_modules([folder]) if not m.name.startswith("_")]


@functools.cache
def _entry_points() -> dict[str, Any]:
    return {e.name: e for e in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)}


def _read_environment() -> None:
    for folder in os.environ.get(ENVIRONMENT_VARIABLE, "").split(os.pathsep):
        if folder and Path(folder).expanduser().resolve() not in _added:
            add_settings_folder(folder)


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
    folders = importlib.import_module("theory").__path__
    names = {name for folder in folders for name in _names_in(folder)}
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

    Raises UnknownSettingError for an unknown setting; an error inside the module propagates.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}")
    require(setting)
    entry = _entry_points().get(setting)
    if entry is not None:
        return getattr(entry.load(), kind, None)
    name = f"{kind}.{setting}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise


def summary(setting: str) -> str:
    """The first line of a setting's docstring, read without importing it (so ``list`` is fast)."""
    require(setting)
    if setting in _entry_points():
        module = load("theory", setting)
        return ((module and module.__doc__) or "").strip().split("\n")[0]
    for folder in importlib.import_module("theory").__path__:
        for path in (Path(folder) / f"{setting}.py", Path(folder) / setting / "__init__.py"):
            if path.is_file():
                doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
                return doc.split("\n")[0]
    return ""
