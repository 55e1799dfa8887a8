"""Claims' formulas in the report: typeset from the code that runs, beside the paper's words."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from paper_figures._html import esc
from paper_figures._mathml import mathml
from theory._claims import Claim
from theory._typeset import Typeset, has_formula, typeset

__all__ = ["Formulas", "formula_html", "formulas_of", "note", "tex_html"]

LONG = 400
"""Characters of LaTeX; a longer formula stands behind a click."""


@dataclasses.dataclass(frozen=True)
class Formulas:
    """The formulas of a setting's claims by name, and how many are computed by a programme."""

    typeset: Mapping[str, Sequence[Typeset]] = dataclasses.field(default_factory=dict)
    programmes: int = 0

    def of(self, claim: Any, longest: float = math.inf) -> str:
        """The claim's formula as HTML; "" where it has none, or one of more than ``longest``."""
        shown = self.typeset.get(claim, ())
        return "".join(formula_html(one) for one in shown if len(one.tex) <= longest)


def formulas_of(claims: Sequence[Any]) -> Formulas:
    """Traces and typesets what can be."""
    own = [claim for claim in claims if isinstance(claim, Claim) and has_formula(claim)]
    found = {claim.name: typeset(claim) for claim in own}
    return Formulas({name: some for name, some in found.items() if some},
                    sum(not some for some in found.values()))  # fmt: skip


def formula_html(formula: Typeset) -> str:
    """One formula, and the choices for which it is one."""
    return tex_html(formula.tex, formula.when)


def tex_html(tex: str, when: str = "") -> str:
    """A formula drawn; a long one behind a click, one that cannot be drawn as its LaTeX."""
    try:
        shown = mathml(tex, block=True)
    except ValueError:  # what SymPy prints and the library lacks
        shown = f"<code>{esc(tex)}</code>"
    when = f'<span class="small">for {esc(when)}</span>' if when else ""
    if len(tex) <= LONG:
        return f'<span class="formula">{shown}</span>{when}'
    return (
        "<details><summary>Its formula, a long one</summary>"
        f'<span class="formula">{shown}</span>{when}</details>'
    )


def note(formulas: Formulas) -> str:
    """Where the formulas are from, and for how many claims there is none; once a page."""
    shown, programmes = len(formulas.typeset), formulas.programmes
    if not shown and not programmes:
        return ""
    rest = (
        f" {'The' if shown else 'All'} {programmes}{' others' if shown else ''} are computed by a"
        " programme (a loop, a root, an array) and have no one formula."
        if programmes
        else ""
    )
    text = f"Formulas under statements are made from the code that runs: {shown} claims have one."
    return f'<p class="note">{text}{rest}</p>'
