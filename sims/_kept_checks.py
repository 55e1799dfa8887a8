"""Checks of claims on a domain or along an exact ladder are kept like trials are.

A check depends on no random number, only on the formulas, the claim and the check. Its identity is
a hash of the code of all three (theory's shared modules, the setting's own, the checks', and every
module of one's own that these use; as syntax trees without docstrings: a changed comment is no
other check), of the claim's own numbers, and of the versions of the libraries that evaluate it.
What a formula reads from a file is not seen. It lies in the store as
``STORE/setting/checks/IDENTITY/run.json``.
"""

import ast
import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import re
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sims import _deterministic, _ladder
from sims._outcome import Outcome
from sims._store import StoreError, identity, is_read_only, warn_read_only
from theory import Claim, Verdict
from theory._files import write_atomically

MODE = "checks"
_CHECKS = (_deterministic.__name__, _ladder.__name__)
_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
_LIBRARIES = ("numpy", "scipy", "mpmath", "sympy", "python-flint")


def kept_check(
    claim: Claim, setting: str, store: Path | None, check: Callable[[], Outcome]
) -> Outcome:
    """What the store has of this check, or the check itself, which it then keeps.

    Raises StoreError where it cannot be kept. A damaged record is made anew.
    """
    code = _code_of(setting, claim) if store is not None else None
    if store is None or code is None:
        return check()
    facts = {"code": code, "setting": setting, "claim": _stated(claim), "mode": MODE} | {
        name: importlib.metadata.version(name) for name in _LIBRARIES
    }
    path = store / setting / MODE / identity(facts) / "run.json"
    found = _read(path)
    if found is not None:
        return found
    outcome = check()
    text = _to_json(outcome)
    about = {
        "setting": setting, "mode": MODE, "width": "0", "params": claim.name, "seed": "",
        "outcome": text, "checksum": _checksum(text),
    }  # fmt: skip
    try:
        write_atomically(path, json.dumps(about, indent=1).encode())
    except OSError as error:
        if is_read_only(store):
            warn_read_only(store)
            return outcome
        raise StoreError(error.errno, f"cannot keep a check in {path.parent}: {error}") from error
    return outcome


def _stated(claim: Claim) -> str:
    """The claim's fields as text; its functions by name, since their code is hashed as a whole."""

    def shown(value: Any) -> str:
        if callable(value):
            return getattr(value, "__qualname__", type(value).__name__)
        return re.sub(r" at 0x[0-9a-f]+", "", repr(value))  # of a function inside: see above

    fields = dataclasses.fields(claim)
    return "; ".join(f"{f.name}={shown(getattr(claim, f.name))}" for f in fields)


def _code_of(setting: str, claim: Claim) -> str | None:
    """A hash of the modules that the check can reach; None where one has no file."""
    own = f"theory.{setting}"
    if own not in sys.modules:
        return None  # a setting of another package
    formulas = (getattr(claim, f.name) for f in dataclasses.fields(claim))
    roots = {n for n in sys.modules if n.startswith(("theory._", f"{own}."))} | {own, *_CHECKS}
    roots |= set(filter(None, map(_home, formulas)))
    texts = []
    for name in _reached(frozenset(roots), id(sys.modules[own]), len(sys.modules)):
        file = getattr(sys.modules[name], "__file__", None)
        if file is None:
            return None
        path = Path(file)
        texts.append(f"{name} {_tree(path, path.stat().st_mtime_ns)}")
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _home(value: Any) -> str | None:
    """The module that a value is from, where it says so; None for an installed one's."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    module = sys.modules.get(name) if isinstance(name, str) else None
    # the packages themselves hold whatever was loaded; what is used of them has a home of its own
    if name is None or module is None or name in ("theory", "sims") or module.__spec__ is None:
        return None
    file = getattr(module, "__file__", None) or ""
    ours = name.startswith(("theory.", "sims."))
    return name if ours or (file and not file.startswith(_INSTALLED)) else None


@functools.lru_cache(maxsize=64)
def _reached(roots: frozenset[str], *_: int) -> list[str]:
    """The modules, and those of one's own whose modules, functions and classes they use.

    The other arguments tell what is loaded now from what was.
    """
    found, new = set(roots), set(roots)
    while new:
        values = (value for name in new for value in list(vars(sys.modules[name]).values()))
        new = set(filter(None, map(_home, values))) - found
        found |= new
    return sorted(found)


@functools.lru_cache(maxsize=1024)
def _tree(path: Path, _: int) -> str:
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # texts that stand alone: docstrings
            node.body = [  # type: ignore[attr-defined]
                n for n in body
                if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
            ]  # fmt: skip
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _to_json(outcome: Outcome) -> str:
    """Floats in hex: the same bits come back."""

    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return {"float": value.hex()}
        return [plain(v) for v in value] if isinstance(value, tuple) else value

    return json.dumps({k: plain(v) for k, v in dataclasses.asdict(outcome).items()})


def _read(path: Path) -> Outcome | None:
    def rich(value: Any) -> Any:
        if isinstance(value, dict):
            return float.fromhex(value["float"])
        return tuple(rich(v) for v in value) if isinstance(value, list) else value

    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if _checksum(about["outcome"]) != about["checksum"]:
            return None
        found: dict[str, Any] = {k: rich(v) for k, v in json.loads(about["outcome"]).items()}
        found["verdict"] = Verdict(found["verdict"])
        return Outcome(**found)
    except (OSError, ValueError, KeyError, TypeError):
        return None
