"""InfoNCE with the best critic: its cap, its gap to the information, and the symbols exactly."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, expm1, log, log1p, minimum
from theory.wasserstein_dependency.params import Candidates, Correlation, Params, Sizes

claim = Claims("derived")
LOG_T = np.arange(-80.0, 4.1, 0.25)
"""Nodes of ln t: exp(-e^u) is bounded for |Im u| < pi/2, so a step of 1/4 leaves e^-39."""
DOUBLE = "float64; the rule's own error is e^-39"


@closed_form
def information(rho: Correlation, d: Sizes) -> Any:
    """I = -(d/2) ln(1 - rho^2) of G."""
    return -d * (log1p(rho) + log1p(-rho)) / 2


@closed_form
def chi_square(rho: Correlation, d: Sizes) -> Any:
    """chi^2 = (1 - rho^2)^-d - 1 of G, infinite where it leaves the floats."""
    return expm1(2 * information(rho, d))


def mean_log_count(share: Any) -> Any:
    """E ln(1 + S) = int_0^inf exp(-t) (1 - E exp(-t S))/t dt, given 1 - E exp(-t S) at exp(LOG_T).

    Frullani's integral, by the trapezoidal rule in ln t. S >= 0.
    """
    return jnp.sum(np.exp(-np.exp(LOG_T)) * share, -1) / 4


@closed_form
def hit_deficit(K: Candidates, M: Annotated[Scalar, Ge(2), Le(1e100)]) -> Any:
    """ln K - J*_K = E ln(1 + N), N ~ Binomial(K - 1, 1/M): what InfoNCE lacks to its cap, in S.

    Through Frullani's integral, whose cost does not grow with K; relative error 1e-13.
    """
    others, rare = (jnp.asarray(v, float)[..., None] for v in (K - 1.0, 1.0 / M))
    each = log1p(rare * np.expm1(-np.exp(LOG_T)))
    return mean_log_count(-jnp.expm1(others * each))


# --------------------------------------------------------------------------------------------
# The cap

EIGHT = Params(K=8, alphabet=100, g=3)
symbols = claim.given(mode="symbols")


@symbols.every_trial(
    "largest_term",
    at=(EIGHT, Params(K=16)),
    trials=512,
    twin=Twin("the positive left out of the denominator: ln(K - 1)", left_out=1),
)
def pathwise_log_cap(p, *, left_out=0):
    """In every batch, for every critic, f_1 - ln((1/K) sum_j exp f_j) <= ln K.

    van den Oord, Li & Vinyals (2018); derived: the sum holds exp f_1

    Critics: random scores of spread 1 and 10, and the best one, which reaches the cap.
    """
    return log(p.K - left_out) + 1e-12


SYMBOLS = Domain.around(Params(), K=(2, 10_000), alphabet=(2, 1000), g=(1, 6))


@claim.never_above(lambda p: minimum(log(p.K * 1.0), log(p.messages)), over=SYMBOLS, points=32)
def infonce_below_both(p):
    """J*_K <= min(ln K, I)."""
    return log(p.K * 1.0) - hit_deficit(p.K, p.messages)


# --------------------------------------------------------------------------------------------
# The gap is a divergence


def symbol_gap(p):
    """I - J*_K of S."""
    return log(p.messages) - log(p.K * 1.0) + hit_deficit(p.K, p.messages)


LARGE = (lambda p: -1.0, lambda p: p.messages * log(p.messages))


@symbols.equals(
    lambda run, p: log(run["count"] * p.messages / p.K),
    at=(Params(K=16), EIGHT.but(alphabet=3)),
    within=0.02,
    support=(lambda p: log(p.messages / p.K), lambda p: log(p.messages)),
    twin=Twin("J* = I - ln(1 + chi^2/K)", jensen=True),
)
def infonce_gap_is_kl(p, *, jensen=False):
    """I - J*_K = E ln rbar, rbar = (1/K) sum_j r(x, y_j), y_1 from P: reached by f = ln r.

    derived: J_K is the log-likelihood of the hidden place of the positive, plus ln K
    """
    return log(1 + (p.messages - 1) / p.K) if jensen else symbol_gap(p)


def null_form(run, p):
    """rbar ln rbar, all candidates from the marginal."""
    rbar = run["null_count"] * p.messages / p.K
    return np.where(rbar > 0, rbar * np.log(np.where(rbar > 0, rbar, 1.0)), 0.0)


@symbols.equals(
    null_form, at=Params(K=16), within=0.02, support=LARGE, twin=Twin("the value itself", gap=False)
)
def gap_from_negatives(p, *, gap=True):
    """The same gap is E_Q[rbar ln rbar], all candidates from the marginal: a KL divergence."""
    return symbol_gap(p) if gap else log(p.messages) - symbol_gap(p)


@claim.never_above(
    lambda p: log1p((p.messages - 1) / p.K),
    over=SYMBOLS,
    points=32,
    twin=Twin("ln(1 + I/K)", larger=lambda p: log1p(log(p.messages) / p.K)),
    known=((Params(alphabet=1000, K=64), "2.79"),),
)
def gap_below_chi_square(p):
    """I - J*_K <= ln(1 + chi^2/K): chi^2 of the mixture is chi^2/K; in S chi^2 = M - 1."""
    return symbol_gap(p)


# --------------------------------------------------------------------------------------------
# The rate 1/K, and the symbols


@claim.limit(
    0.5,
    along=tuple(Params(K=k) for k in (1000, 3000, 10_000, 30_000)),
    size=lambda p: p.K,
    rate=-1,
    within=0.05,
    why="the next order: M/K = .01 and less",
    last_gap=1e-4,
    twin=Twin("chi^2 without the half", limit=1.0),
    known=((Params(K=4), ".496"), (Params(K=64), ".5176"), (Params(K=1000), ".500925")),
)
def infonce_one_over_k(p):
    """K (I - J*_K)/chi^2 -> 1/2, with a remainder of O(1/K)."""
    return p.K * symbol_gap(p) / (p.messages - 1)


@symbols.equals(
    lambda run, p: log(p.K / run["count"]),
    at=(Params(K=16), EIGHT.but(alphabet=3)),
    within=0.02,
    support=(0.0, lambda p: log(p.K * 1.0)),
    twin=Twin("Jensen's bound taken as equality", jensen=True),
    known=(
        (Params(K=4), "1.1868"), (Params(K=16), "1.9712"), (Params(K=64), "2.2298"),
        (Params(K=1000), "2.2981"),
    ),
)  # fmt: skip
def infonce_discrete_exact(p, *, jensen=False):
    """S: J*_K = ln K - E ln(1 + N), N ~ Binomial(K - 1, 1/M) the negatives that hit y by chance."""
    deficit = log1p((p.K - 1) / p.messages) if jensen else hit_deficit(p.K, p.messages)
    return log(p.K * 1.0) - deficit


@claim.never_above(lambda p: log1p((p.K - 1) / p.messages), over=SYMBOLS, points=32)
def deficit_from_above(p):
    """E ln(1 + N) <= ln(1 + (K - 1)/M)."""
    return hit_deficit(p.K, p.messages)


@claim.never_below(
    lambda p: -log(2.0) * expm1((p.K - 1) * log1p(-1 / p.messages)), over=SYMBOLS, points=32
)
def deficit_from_below(p):
    """E ln(1 + N) >= ln 2 (1 - (1 - 1/M)^(K - 1)), the chance of a hit times ln 2."""
    return hit_deficit(p.K, p.messages)


@claim.limit(
    1.0,
    along=tuple(Params(alphabet=2, g=g, K=2**g) for g in (4, 8, 16, 32)),
    size=lambda p: p.g,
    rate=-1,
    within=0.05,
    why="E ln(1 + Poisson(1)) + O(1/M) over g ln 2, M >= 16",
    last_gap=0.03,
    twin=Twin("a rate d^(-1/2), that of G", exponent=-0.5),
)
def saturation_without_dispersion(p):
    """S at K = M: J*_K/I = 1 - .573/I -> 1, for ln r has no spread."""
    return 1 - hit_deficit(p.K, p.messages) / log(p.messages)
