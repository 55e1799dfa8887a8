"""The gap of generalisation: exact, to first order, and below a bound from stability."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Row, Scalar, Twin, Whole, closed_form, exp, log, rational, sqrt, total,
)  # fmt: skip
from theory.gradient_coherence.metric import difference_bound
from theory.gradient_coherence.params import Coherence, Count, Params, Power, Rate

claim = Claims("derived")
Constants = Annotated[Scalar, Ge(0), Le(1e12)]


@closed_form
def first_order_gap(rate: Rate, alpha: Coherence, power: Power, m: Count) -> Any:
    """(eta/m)(1 - alpha) E|g|^2: what a step adds to the expected gap, to first order in eta.

    Exact for losses linear in w, where ``rate`` may be the sum of all steps.
    """
    return rate * (1 - alpha) * power / m


@closed_form
def mean_estimation_gap(
    rate: Annotated[Scalar, Ge(1e-12), Le(2)],
    steps: Annotated[Scalar, Ge(0), Le(1e6), Whole],
    trace: Power,
    m: Count,
) -> Any:
    """(1 - (1 - eta)^T) tr Cov(z)/m: the gap of T steps on |w - z|^2/2."""
    return (1 - (1 - rate) ** steps) * trace / m


def grown(spread: Any, factor: Any) -> Any:
    """sum_t factor^(T - t) s_t, t = 1 .. T on the last axis."""
    factor = factor[..., None] if np.ndim(factor) else factor
    return total(factor ** np.arange(np.shape(spread)[-1] - 1, -1, -1) * spread)


@closed_form(example={"spread": [1.0, 1.0, 1.0], "rate": 0.5, "smoothness": 0.25, "m": 8.0})
def gap_bound(
    spread: Annotated[Any, Row],
    rate: Annotated[Scalar, Ge(1e-12), Le(1e3)],
    smoothness: Annotated[Scalar, Ge(0), Le(1e3)],
    m: Count,
    lipschitz: Constants = 1,
) -> Any:
    """(L^2/m) sum_t (1 + eta beta (1 + 1/m))^(T - t) eta s_t; infinite beyond the floats.

    s_t = E sqrt(2 (1 - alpha(w_{t-1}))) on the last axis, t = 1 .. T: losses L-Lipschitz and
    beta-smooth, (stochastic) gradient descent with batches drawn apart from the data.
    """
    return lipschitz**2 / m * rate * grown(spread, 1 + rate * smoothness * (1 + 1 / m))


@closed_form(
    example={"spread": [1.0, 1.0, 1.0], "rate": 0.5, "smoothness": 0.25, "m": 8.0},
    rate=("is above 2/beta", lambda rate, smoothness: rate * smoothness <= 2),
)
def convex_gap_bound(
    spread: Annotated[Any, Row],
    rate: Annotated[Scalar, Ge(1e-12), Le(1e3)],
    smoothness: Annotated[Scalar, Ge(0), Le(1e3)],
    m: Count,
    lipschitz: Constants = 1,
) -> Any:
    """(L^2/m) sum_t (1 + 2 eta beta/m)^(T - t) eta s_t: convex losses, eta <= 2/beta."""
    return lipschitz**2 / m * rate * grown(spread, 1 + 2 * rate * smoothness / m)


@closed_form
def tanh_smoothness(hidden: Annotated[Scalar, Ge(1), Le(1e12)]) -> Any:
    """1/4 + 4/(3 sqrt(3 h)): of log(1 + exp(-f)), f = sum_j a_j tanh(w_j.z), |z| <= 1, a_j^2 = 1/h.

    |grad f|^2 <= sum a_j^2 = 1 times the loss's curvature, and |a_j| max|tanh''| = 4/(3 sqrt 3)
    times its slope. The same losses are 1-Lipschitz. An upper bound.
    """
    return rational(1, 4) + 4 / (3 * sqrt(3 * hidden))


# --------------------------------------------------------------------------------------------
# Losses whose gap is exact

AVERAGES = Params(m=12, rate=0.05)
averages = claim.given(mode="sample")
COHERENT = AVERAGES.but(alpha=0.9)


@averages.equals(
    "linear_gap",
    at=(COHERENT, AVERAGES),
    support=(-1e-9, lambda p: p.rate * p.steps * (1 - p.alpha) + 1e-9),
    within=lambda p: 0.1 * p.rate * p.steps * (1 - p.alpha) / p.m,
    why="exact: the width asked for",
    twin=Twin("sqrt(1 - alpha)", half=0.5),
    known=((COHERENT, ".0125"), (AVERAGES, ".0625")),
)
def linear_loss_gap(p, *, half=1):
    """l = -w.z: gap = (sum eta)(1 - alpha) E|z|^2/m; here |z| = 1."""
    return first_order_gap(p.rate * p.steps, 1 - (1 - p.alpha) ** half, 1.0, p.m)


@averages.equals(
    "mean_gap",
    at=AVERAGES,
    support=(-1e-9, lambda p: 1 - p.alpha + 1e-9),
    within=lambda p: 0.1 * (1 - p.alpha) / p.m,
    why="exact: the width asked for",
    twin=Twin("a gap that grows by eta a step", saturates=False),
    known=((AVERAGES, ".0327234"),),
)
def mean_estimation(p, *, saturates=True):
    """l = |w - z|^2/2: gap = (1 - (1 - eta)^T) tr Cov(z)/m, which saturates; tr Cov = 1 - alpha."""
    if saturates:
        return mean_estimation_gap(p.rate, p.steps, 1 - p.alpha, p.m)
    return first_order_gap(p.rate * p.steps, p.alpha, 1.0, p.m)


def whole_path(p, factor):
    """A bound for a loss linear in w, of coherence alpha all along its path."""
    spread = difference_bound(p.alpha, 1.0) * jnp.ones(p.steps)
    return gap_bound(spread, p.rate, 0.0, p.m) * factor


@claim.never_above(
    lambda p: whole_path(p, 1),
    over=Domain.around(COHERENT, alpha=(0.0, 0.99), rate=(0.01, 1.0)),
    evaluators=("jax",),
    twin=Twin("L^2/m^2", larger=lambda p: whole_path(p, 1 / p.m)),
)
def bound_above_linear_gap(p):
    """l = -w.z, |z| = L: the bound is sqrt(2/(1 - alpha)) times the exact gap, so above it."""
    return first_order_gap(p.rate * p.steps, p.alpha, 1.0, p.m)


# --------------------------------------------------------------------------------------------
# Decaying steps


@claim.never_above(
    lambda p: (1 / p.share) ** (p.rate * p.c),
    over=Domain.derived(
        lambda t, more, beta: Params(steps=t + more, share=t / (t + more), c=beta, rate=0.1),
        t=(int, 1, 40),
        more=(int, 0, 160),
        beta=(0.01, 4),
    ),
    evaluators=("jax",),
    points=48,
    twin=Twin("half of the exponent", larger=lambda p: (1 / p.share) ** (p.rate * p.c / 2)),
)
def decaying_steps(p):
    """eta_t = eta/t: prod_{t<k<=T} (1 + eta beta/k) <= (T/t)^(eta beta).

    So gap <= (L^2 eta T^(eta beta)/m) sum_t t^(-1 - eta beta) sqrt(2 (1 - alpha)), where the
    paper's corollary leaves out t^(-1 - eta beta) <= 1.
    """
    k = np.arange(1.0, 201.0)
    later = (k > round(p.share * p.steps)) & (k <= p.steps)
    return exp(total(log(1 + p.rate * p.c * later / k)))


@claim.never_above(
    lambda p: exp((p.steps - 1) * p.rate * p.c),
    over=Domain.around(Params(), c=(0.01, 1.0), rate=(0.01, 0.5), steps=(2, 60)),
    evaluators=("jax", "mpmath"),
)
def fixed_steps(p):
    """eta_t = eta: (1 + eta beta)^(T - t) <= exp((T - t) eta beta); here t = 1."""
    return (1 + p.rate * p.c) ** (p.steps - 1)
