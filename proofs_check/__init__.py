"""Why it is true: identities, inequalities and limits, checked on theory's own formulas.

Four engines, each with a time limit that ends in UNDECIDED:

* :func:`identity`: SymPy reduces lhs - rhs to zero; Arb can refute it at a point;
* :func:`inequality`: f >= 0 on a box by branch and bound in Arb balls;
* :func:`polynomial`: a statement over all reals by Z3;
* :func:`exact`: enumeration in ints and Fractions.

:func:`all_of` joins several results into one item.
"""

# first: from its first line on, Ctrl-C ends a command that is starting quietly
import theory
from proofs_check._exact import exact
from proofs_check._identity import identity
from proofs_check._inequality import inequality
from proofs_check._items import Proofs
from proofs_check._polynomial import polynomial, reals
from proofs_check._prover import proofs_of, run_proofs
from proofs_check._results import Proof, Result, Status, all_of
from theory._discovery import register

__all__ = [
    "Proof", "Proofs", "Result", "Status", "all_of", "exact", "identity", "inequality",
    "polynomial", "proofs_of", "reals", "run_proofs",
]  # fmt: skip

register(__name__, __path__)
