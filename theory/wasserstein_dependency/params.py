"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Row, Scalar, Static, Whole, parameters

SINGULAR = Because(
    "at |rho| = 1 P is singular to Q: the information is infinite, only W is defined"
)
ONE_SYMBOL = Because("a one-symbol factor carries no information")
POSITIVE_AND_ONE = Because("one candidate is no choice")
Correlation = Annotated[Scalar, Gt(-1), Lt(1), SINGULAR]
Sizes = Annotated[Scalar, Ge(1), Le(1e4), Whole]
Candidates = Annotated[Scalar, Ge(2), Le(1e12), POSITIVE_AND_ONE, Whole]
Alphabet = Annotated[Scalar, Ge(2), Le(1e6), ONE_SYMBOL, Whole]
Alphabets = Annotated[Any, Ge(2), Le(1e6), ONE_SYMBOL, Whole, Row]
Factors = Annotated[Scalar, Ge(1), Le(64), Whole]
Slope = Annotated[Scalar, Ge(0), Le(1e3), Doc("kappa, the critic's Lipschitz constant")]
METRICS = ("hamming", "euclidean")
ROWS = 16
"""Sets of candidates in a trial of normal pairs."""


@parameters("wasserstein_dependency")
class Params:
    """Normal pairs (rho, d), symbols (alphabet, g), the critic and what it sees."""

    rho: Annotated[float, Gt(-1), Lt(1), SINGULAR, Doc("correlation of the normals")] = 0.6
    d: Annotated[int, Ge(1), Le(64), Static, Doc("pairs of normals")] = 2
    K: Annotated[int, Ge(2), Le(10**12), POSITIVE_AND_ONE, Static, Doc("candidates")] = 4
    alphabet: Annotated[int, Ge(2), Le(10**6), ONE_SYMBOL, Doc("l, symbols of a factor")] = 10
    g: Annotated[int, Ge(1), Le(64), Static, Doc("factors")] = 1
    kappa: Annotated[float, Ge(0), Le(1000), Doc("the critic's Lipschitz constant")] = 0.5
    penalty: Annotated[
        float, Ge(1e-3), Le(1e6), Logarithmic, Because("without it the best slope is unbounded"),
        Doc("lambda, weight of the gradient penalty"),
    ] = 10.0  # fmt: skip
    n: Annotated[
        int, Ge(2), Le(10**6), Static, Because("ln n is 0 at 1: nothing is claimed"),
        Doc("samples of P, and of Q"),
    ] = 10  # fmt: skip
    delta: Annotated[float, Gt(0), Lt(1), Doc("how often a certificate may fail")] = 0.05

    @property
    def messages(self):
        """M = l^g; ln M is the information."""
        return 1.0 * self.alphabet**self.g
