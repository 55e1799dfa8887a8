"""``python -m sims show CLAIM``: a claim's words, and the formula that its code computes."""

from collections.abc import Sequence

from theory._claims import Claim
from theory._setting import claims_of
from theory._typeset import has_formula, typeset
from theory._where import Place, where

__all__ = ["show", "shown"]


def shown(claim: Claim) -> str:
    """Statement, source and formula: as it would be drawn, and as LaTeX to be copied."""
    lines = [f"{claim.kind}: {claim.statement}", f"source: {claim.source}"]
    found = typeset(claim)
    for one in found:
        lines += ["", f"for {one.when}:" if one.when else "the formula of its code:", ""]
        lines += [f"    {line}" for line in one.text.split("\n")]
        lines += ["", f"    {one.tex}"]
    if not found and has_formula(claim):
        lines.append("its formula is computed by a programme: a loop, a root, an array")
    if claim.twin is not None:
        lines += ["", f"wrong twin: {claim.twin.mistake}"]
    return "\n".join(lines)


def show(names: Sequence[str]) -> int:
    """Prints each; the exit status. Raises ValueError for a name that no setting has."""
    for place in _claims_named(*names):
        for claim in claims_of(place.setting):
            if claim.name == place.name:
                print(f"{place.setting}: {place.name}  ({place.file.name}:{place.line})")
                print(shown(claim), end="\n\n")
    return 0


def _claims_named(*names: str) -> list[Place]:
    found = [p for p in where(*names) if p.what == "claim"]
    if not found:
        raise ValueError(f"{' '.join(names)} names no claim: python -m sims verify runs claims")
    return list({(p.setting, p.name): p for p in found}.values())
