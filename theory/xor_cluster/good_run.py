"""The paper's good-run event as arithmetic that can be checked.

(B3) |c_nu + n_nu - n/4| <= sqrt(epsilon n log n) and (B4) |c_nu + n_nu - c_-nu - n_-nu| >=
n^(1/2 - epsilon) must hold together; epsilon is a free parameter here.
"""

from typing import Annotated

from theory import (
    Claims,
    Domain,
    Ge,
    Le,
    Logarithmic,
    Scalar,
    Twin,
    closed_form,
    exp,
    log,
    rational,
    sqrt,
)
from theory.xor_cluster.params import Params, Size

__all__ = ["aligned_sets_share", "cluster_size_gap", "cluster_size_spread", "good_run_threshold"]

Epsilon = Annotated[Scalar, Ge(1e-50), Le(1)]
EVERY_PRACTICAL_SIZE = Domain.derived(
    {
        "n": Annotated[int, Ge(10), Le(10**6), Logarithmic],
        "epsilon": Annotated[float, Ge(1e-6), Le(2.4e-4), Logarithmic],
    },
    lambda n, epsilon: Params(n=n, p=10**12, epsilon=epsilon),
)

practical = Claims("(B3), (B4)").given(over=EVERY_PRACTICAL_SIZE)
in_arb = practical.given(evaluators=("jax", "mpmath", "arb"))


@closed_form
def cluster_size_spread(n: Size, epsilon: Epsilon) -> Scalar:
    """The most by which (B3) lets two opposite clusters differ, over sqrt(n): 2 sqrt(eps log n).

    Its slope in n is infinite at n = 1.
    """
    return 2 * sqrt(epsilon) * sqrt(log(n))


@closed_form
def cluster_size_gap(n: Size, epsilon: Epsilon) -> Scalar:
    """The least by which (B4) makes them differ, over sqrt(n): n^-epsilon."""
    return exp(-epsilon * log(n))


@closed_form
def good_run_threshold(epsilon: Epsilon) -> Scalar:
    """log n from which (B3) and (B4) are compatible: W(1/2)/(2 epsilon) = 0.175867/epsilon.

    2 sqrt(u) >= exp(-u) for u = epsilon log n means 2 u exp(2 u) >= 1/2. W(1/2) to 12 digits.
    """
    return rational(351733711249, 10**12) / (2 * epsilon)


def spread(p):
    """What (B3) allows."""
    return cluster_size_spread(p.n, p.epsilon)


def gap(p):
    """What (B4) asks for."""
    return cluster_size_gap(p.n, p.epsilon)


in_arb.never_above(
    gap, name="good_run_event_is_empty", formula=spread,
    says="2 sqrt(eps log n) <= n^-eps for n <= 1e6: (B3) and (B4) exclude each other",
    twin=Twin("with a tenth of (B4)'s gap", larger=lambda p: gap(p) / 10),
)  # fmt: skip
in_arb.never_above(
    spread, name="good_run_event_as_printed", formula=gap, twin=None,
    says="n^-eps <= 2 sqrt(eps log n): the good run has positive probability",
    repaired_by="good_run_event_is_empty",
)  # fmt: skip


@closed_form
def aligned_sets_share(n: Size, epsilon: Epsilon) -> Scalar:
    """What (D2) asks of two disjoint sets of positive neurons, as a share of all: 2 n^(-10 eps)."""
    return 2 * exp(-10 * epsilon * log(n))


practical.never_above(
    2 / 3, name="aligned_sets_as_printed", source="(D2)", twin=None,
    says="two disjoint sets of m n^(-10 eps) neurons fit into J_Pos, |J_Pos| <= 2m/3",
    formula=lambda p: aligned_sets_share(p.n, p.epsilon), repaired_by="aligned_fraction_uniform",
)  # fmt: skip
