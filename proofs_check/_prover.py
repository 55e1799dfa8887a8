"""The proof items of a setting, found and run."""

from collections.abc import Callable, Iterable

from proofs_check._results import Proof, Result
from theory._discovery import load


def proofs_of(setting: str) -> tuple[Proof, ...]:
    """The setting's items in the paper's order; empty where it has no ``proofs_check`` module.

    Raises UnknownSettingError for an unknown setting, ValueError if two items share a name.
    """
    module = load("proofs_check", setting)
    proofs: tuple[Proof, ...] = tuple(getattr(module, "PROOFS", ())) if module else ()
    names = [proof.name for proof in proofs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{setting}: two proof items are named {', '.join(twice)}")
    return proofs


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
