"""The proof items of a setting, found and run."""

import dataclasses
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from proofs_check._items import Proofs
from proofs_check._results import Proof, Result
from proofs_check._typeset import formulas
from theory import load, made_in


def proofs_of(setting: str) -> tuple[Proof, ...]:
    """The setting's items in the paper's order; empty where it has no ``proofs_check`` module.

    Raises UnknownSettingError for an unknown setting, ValueError for a module that defines no
    PROOFS, or something else under that name, or two items of one name, or that stops on import.
    """
    module = load("proofs_check", setting)
    if module is None:
        return ()
    collections = sorted(made_in(module, Proofs), key=lambda items: items.serial)
    listed = getattr(module, "PROOFS", () if collections else None)
    if not isinstance(listed, (tuple, list)) or not all(isinstance(p, Proof) for p in listed):
        raise ValueError(f"{setting}: {_what_is_wrong(module, listed)}")
    proofs = list(listed)
    for items in collections:
        proofs += [item for item in items.all if not any(item is p for p in listed)]
    names = [proof.name for proof in proofs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{setting}: two proof items are named {', '.join(twice)}")
    return tuple(proofs)


def _what_is_wrong(module: ModuleType, proofs: Any) -> str:
    """One line about a module whose PROOFS is not a tuple of items."""
    if hasattr(module, "PROOFS"):
        if isinstance(proofs, (tuple, list)):
            odd = next(p for p in proofs if not isinstance(p, Proof))
            return f"PROOFS holds {odd!r}, which is no Proof"
        return f"PROOFS is {proofs!r}, not a tuple of Proof items"
    others = [
        name
        for name, value in vars(module).items()
        if isinstance(value, (tuple, list)) and any(isinstance(v, Proof) for v in value)
    ]
    hint = f" (is it {', '.join(others)}?)" if others else ""
    return f"its proofs_check module defines no PROOFS{hint}"


def run_proofs(
    setting: str,
    names: Iterable[str] | None = None,
    progress: Callable[[Proof, Result | None], None] | None = None,
) -> list[tuple[Proof, Result]]:
    """Runs a setting's items (all, or those named) in the paper's order.

    ``progress(proof, None)`` is called before each item, ``progress(proof, result)`` after it.
    Raises ValueError for a name that the setting does not have.
    """
    proofs = proofs_of(setting)
    if names is not None:
        wanted = [names] if isinstance(names, str) else list(names)
        unknown = set(wanted) - {proof.name for proof in proofs}
        if unknown:
            known = ", ".join(proof.name for proof in proofs) or "none"
            raise ValueError(
                f"{setting}: no proof item {', '.join(sorted(unknown))} (known: {known})"
            )
        proofs = tuple(proof for proof in proofs if proof.name in wanted)
    rows = []
    for proof in proofs:
        if progress is not None:
            progress(proof, None)
        result = proof.run()
        rows.append((proof, result))
        if progress is not None:
            progress(proof, result)
    return rows


def run_proof(say: Callable[[str, int, int], None], setting: str, name: str) -> Result:
    """The result of one item of a setting: a task of its own (see :mod:`theory._tasks`)."""
    ((_, result),) = run_proofs(setting, name)
    return dataclasses.replace(result, formulas=formulas(result.statements))


def run_uncertified(
    say: Callable[[str, int, int], None], setting: str, name: str
) -> tuple[Result, None]:
    """The same, and in place of a certificate None; here, where a process of its own finds it."""
    return run_proof(say, setting, name), None
