"""What the report knows of a setting: what it declares, and what of it has run."""

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paper_figures._evidence import (
    DrawnFigure, StoredRows, as_expected, proof_as_expected, read_figures, undecided,
)  # fmt: skip
from paper_figures._figure import figures_in
from paper_figures._formulas import Formulas, formulas_of
from paper_figures._mathml import statement
from proofs_check import proofs_of
from sims._keys import describe
from theory import Claim, claims_of
from theory._discovery import load, settings

_PARAMETER = re.compile(r", (?=\w+=)")
_PLACES = {"domain": "Over the declared domain", "ladder": "Along a ladder of sizes"}


@dataclasses.dataclass(frozen=True)
class SettingEvidence:
    """What the report knows of a setting.

    Attributes:
        setting: its name.
        title: the first line of its docstring.
        body: the rest of it.
        model: its ``MODEL`` as HTML, or "".
        paper: its ``PAPER``, or None.
        claims: ledger rows, in the order of the setting's claims.
        claims_to_run: the claims that no ledger row speaks of, as such rows without a verdict.
        proofs: stored proof rows.
        proofs_to_run: the proof items that no stored row speaks of.
        figures: what the out folder holds, in the order of the setting's figure module.
        missing: figures that are declared and not drawn.
        trouble: what could not be loaded or read, in words.
        declared: the claims themselves.
    """

    setting: str
    title: str
    body: str
    model: str
    paper: Any
    claims: Sequence[Mapping[str, Any]]
    claims_to_run: Sequence[Mapping[str, Any]]
    proofs: Sequence[Mapping[str, Any]]
    proofs_to_run: Sequence[Mapping[str, Any]]
    figures: Sequence[DrawnFigure]
    missing: Sequence[str]
    trouble: Sequence[str]
    declared: Sequence[Any] = ()

    @functools.cached_property
    def formulas(self) -> Formulas:
        """The claims' formulas, typeset: a page needs them, the index does not."""
        return formulas_of(self.declared)

    @property
    def topics(self) -> tuple[str, ...]:
        """What its paper is about."""
        return tuple(getattr(self.paper, "topics", ()))

    @property
    def unexpected(self) -> list[Mapping[str, Any]]:
        """Ledger rows whose claim or twin came out wrong."""
        return [row for row in self.claims if not as_expected(row) and not undecided(row)]

    @property
    def undecided(self) -> list[Mapping[str, Any]]:
        """Ledger rows whose budget ended first."""
        return [row for row in self.claims if undecided(row)]

    @property
    def unproved(self) -> list[Mapping[str, Any]]:
        """Proof rows that did not come out as expected."""
        return [proof for proof in self.proofs if not proof_as_expected(proof)]

    @property
    def state(self) -> str:
        """The setting in a word or three; "" where nothing has run."""
        if self.unexpected or any(p["status"] in ("PROVED", "REFUTED") for p in self.unproved):
            return "not as expected"
        if self.undecided or self.unproved:
            return "undecided"
        if not self.claims and not self.proofs:
            return ""
        waiting = self.proofs_to_run or [c for c in self.claims_to_run if not c["deep"]]
        return "as expected so far" if waiting else "as expected"


def gather(
    setting: str, figures: Path, ledger: StoredRows, proofs: StoredRows, failed: Mapping[str, str]
) -> SettingEvidence:
    """Collects what is known of a setting; ``failed`` says which figures failed."""
    trouble = [f"Figure {name} failed in the last run: {text}" for name, text in failed.items()]

    def given(what: str, ask: Callable[[str], Any], otherwise: Any) -> Any:
        if setting not in settings():
            return otherwise  # drawn or verified earlier, from a folder that is not given now
        try:
            return ask(setting)
        except Exception as error:  # one broken setting must not end the report
            trouble.append(f"{what} cannot be loaded: {type(error).__name__}: {error}")
            return otherwise

    theory = given(f"theory/{setting}", lambda name: load("theory", name), None)
    claims = given(f"The claims of {setting}", claims_of, ()) if theory is not None else ()
    items = given(f"proofs_check/{setting}", proofs_of, ())
    declared = figures_in(given(f"paper_figures/{setting}",
                                lambda name: load("paper_figures", name), None))  # fmt: skip
    drawn, unreadable = read_figures(figures / setting)
    order = {spec.name: place for place, spec in enumerate(declared)}
    drawn.sort(key=lambda f: (order.get(f.name, len(order)), f.name == "ledger", f.name))
    doc = inspect.cleandoc(getattr(theory, "__doc__", None) or "")
    title, _, body = doc.partition("\n")
    model, errors = statement(str(getattr(theory, "MODEL", "")))
    trouble += [f"theory/{setting}: MODEL, {error}" for error in errors]
    defaults, rows = _defaults(theory), _in_order(ledger.of(setting), "claim", claims)
    return SettingEvidence(
        setting=setting,
        title=title.strip().rstrip(".") or setting,
        body=body,
        model=model,
        paper=getattr(theory, "PAPER", None),
        claims=[row | _place(str(row.get("at") or ""), defaults) for row in rows],
        claims_to_run=[_claim(c) for c in claims if all(row["claim"] != c.name for row in rows)],
        proofs=(proved := _in_order(proofs.of(setting), "name", items)),
        proofs_to_run=[_item(i) for i in items if all(row["name"] != i.name for row in proved)],
        figures=drawn,
        missing=[spec.name for spec in declared if spec.name not in {f.name for f in drawn}],
        trouble=trouble + unreadable,
        declared=[claim for claim in claims if isinstance(claim, Claim)],
    )


def _in_order(
    rows: Sequence[dict[str, Any]], key: str, declared: Sequence[Any]
) -> list[dict[str, Any]]:
    """Stored rows in the order of what they speak of; those that speak of nothing any more last."""
    place = {one.name: i for i, one in enumerate(declared)}
    return sorted(rows, key=lambda row: place.get(row[key], len(place)))


def _claim(claim: Any) -> dict[str, Any]:
    return {
        "claim": claim.name, "kind": claim.kind, "source": claim.source,
        "statement": claim.statement, "expected": str(claim.expected),
        "repaired_by": claim.repaired_by, "deep": claim.deep,
    }  # fmt: skip


def _item(item: Any) -> dict[str, Any]:
    return {
        "name": item.name, "source": item.source, "statement": item.statement,
        "expected": str(item.expected), "repaired_by": item.repaired_by,
        "supports": list(item.supports),
    }  # fmt: skip


def _defaults(theory: Any) -> frozenset[str]:
    """The setting's default parameters as the ledger writes them, "n=200" each."""
    try:
        return frozenset(_PARAMETER.split(describe(theory.Params())))
    except Exception:  # no such class, or no defaults: rows then show all parameters
        return frozenset()


def _place(at: str, defaults: frozenset[str]) -> dict[str, str]:
    """Where a row was tested: ``at`` names the parameters that are not at their defaults, and
    ``at_whole`` all of them where that leaves some out."""
    if at in _PLACES or not at:
        return {"at": _PLACES.get(at, "")}
    given = _PARAMETER.split(at)
    # an array is written as its shape, which says nothing of its values
    own = [word for word in given if word not in defaults or "=<" in word]
    if len(own) == len(given):
        return {"at": f"At {at}"}
    rest = f"{', '.join(own)}, else the defaults" if own else "the default parameters"
    return {"at": f"At {rest}", "at_whole": at}
