"""``python -m sims show CLAIM``: a claim's words, and the formula that its code computes."""

from collections.abc import Sequence

from theory._claims import Claim
from theory._command_line import Parser, parsed, path
from theory._discovery import add_settings_folder
from theory._setting import claims_of
from theory._typeset import has_formula, typeset
from theory._where import Place, where

__all__ = ["main", "shown"]


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


def main(arguments: Sequence[str], program: str = "python -m sims show") -> int:
    """Runs the command; its exit status. Raises ValueError for a name that no setting has."""
    parser = Parser(prog=program, description=__doc__)
    parser.add_argument("claim", nargs="+", help="a claim's name; a star stands for any letters")
    parser.add_argument("--settings", type=path, metavar="DIR", help="a folder with theory/, sims/")
    given = parsed(parser, arguments)
    if isinstance(given, int):
        return given
    if given.settings:
        add_settings_folder(given.settings)
    for place in _claims_named(*given.claim):
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
