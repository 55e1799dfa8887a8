"""The optimal ridge, without solving: delta is explicit in gamma; and that more is better."""

import functools
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Claims, Domain, Ge, Le, Twin, closed_form
from theory.random_features.framework import (
    marginal_values,
    ridge_at,
    risk_at,
    slope_at_zero_ridge_below_n,
    sums_of,
    test_risk,
)
from theory.random_features.params import Features, Point, Points, Target, Values, Variance
from theory.random_features.predict import check_points, predict, predict_at, reshaped, together
from theory.random_features.solver import solved_ridge
from theory.random_features.spectrum import EXAMPLE, Spectrum, check_spectrum, or_nan, problem

__all__ = ["Optimum", "gamma_at_occupation", "optimal_ridge"]

claim = Claims()


class Optimum(NamedTuple):
    """The ridge that minimises the predicted test risk, and the risk there.

    ``ridge`` is 0 exactly where zero ridge is optimal.
    """

    test_risk: Array
    ridge: Array
    gamma: Array
    fitting_ratio_root: Array


GRID = 160
"""Values of gamma that are looked at before the best one is refined."""

REFINEMENTS = 52
"""Bisections of the sign of dE/dlog gamma: the bracket shrinks to rounding."""

SPAN = 30.0  # log(largest gamma / trace): beyond, E_te differs from its limit by e^-30


def ends_of_log_gamma(of: Spectrum, zero: Any, n: Any) -> tuple[Any, Any]:
    """log gamma at zero ridge (or below all eigenvalues, where that is 0), and log trace."""
    trace = (of.multiplicities * of.eigenvalues).sum()
    smallest = jnp.min(jnp.where(of.eigenvalues > 0, of.eigenvalues, jnp.inf))
    return jnp.log(jnp.where(zero > 0, zero, 1e-6 * smallest / n)), jnp.log(trace)


def better_of(
    of: Spectrum, n: Any, inv_k: Any, noise: Any, zero: Any, w: Any, at_zero: Any = False
) -> Optimum:
    """The optimum at log gamma = w inside, or at zero ridge where that is as good."""
    here = sums_of(of, jnp.exp(w))
    inside = test_risk.__wrapped__(n, inv_k, n - here.z, 1 - here.z * inv_k, here, noise)
    edge = predict_at(of, n, inv_k, jnp.zeros_like(n), noise, zero)
    admitted = (here.z < n) & (here.z * inv_k < 1) & (w > jnp.log(zero) + 1e-12)
    at_zero = at_zero | ~(inside < edge.test_risk) | ~admitted
    return Optimum(
        test_risk=jnp.where(at_zero, edge.test_risk, inside),
        ridge=jnp.where(at_zero, 0.0, ridge_at.__wrapped__(jnp.exp(w), n, inv_k, here.z)),
        gamma=jnp.where(at_zero, zero, jnp.exp(w)),
        fitting_ratio_root=jnp.where(at_zero, edge.fitting_ratio_root, (n - here.z) / n),
    )


def _optimum(of: Spectrum, n: Any, inv_k: Any, noise: Any) -> Optimum:
    zero = solved_ridge(of.eigenvalues, of.multiplicities, n, inv_k, jnp.zeros_like(n))
    # the place of a minimum does not change its value: by the envelope theorem it is held
    w, at_zero = _best_log_gamma(*jax.lax.stop_gradient((of, n, inv_k, noise, zero)))
    return or_nan(of, better_of(of, n, inv_k, noise, zero, w, at_zero))


def _best_log_gamma(of: Spectrum, n: Any, inv_k: Any, noise: Any, zero: Any) -> tuple[Array, Array]:
    """(argmin over gamma >= zero of the test risk, whether it is at zero ridge)."""

    def slope(u: Array) -> Array:
        return jax.jvp(lambda w: risk_at(of, n, inv_k, noise, w), (u,), (jnp.ones_like(u),))[1]

    low, log_trace = ends_of_log_gamma(of, zero, n)
    grid = low + (log_trace + SPAN - low) * jnp.linspace(0.0, 1.0, GRID) ** 2
    risks = jax.vmap(lambda u: risk_at(of, n, inv_k, noise, u))(grid[1:])
    best = jnp.argmin(risks) + 1

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        lower, upper = ends
        middle = 0.5 * (lower + upper)
        rising = slope(middle) >= 0
        return jnp.where(rising, lower, middle), jnp.where(rising, middle, upper)

    ends = grid[best - 1], grid[jnp.minimum(best + 1, GRID - 1)]
    lower, upper = jax.lax.fori_loop(0, REFINEMENTS, halve, ends)
    return 0.5 * (lower + upper), lower == grid[0]


@jax.jit
def _optima(of: Spectrum, n: Array, inv_k: Array, noise: Array) -> Optimum:
    return jax.lax.map(lambda x: _optimum(of, *x), (n, inv_k, noise))


@closed_form(example=EXAMPLE)
def optimal_ridge(
    of: Spectrum, *, n: Points, k: Features = np.inf, noise: Variance = 0.0
) -> Optimum:
    """The minimum over ridge >= 0 of the predicted test risk; arguments broadcast.

    No solve: delta = gamma (n - z)(1 - z/k) is explicit and increasing in gamma, so the minimum is
    sought over gamma >= gamma(ridge 0), on a grid and then by bisection of the derivative's sign.
    The risk is differentiable in all arguments (envelope theorem). Raises as :func:`predict`.
    """
    check_points(of, n, 0.0, noise)
    shape, arguments = together(n=n, k=k, noise=noise)
    return reshaped(_optima(of, *arguments), shape)


# More is better


def optimum_of(p: Any, n: Any, k: Any) -> Any:
    return optimal_ridge(problem(p), n=n, k=k, noise=p.noise).test_risk


def fixed(p: Any, n: Any, k: Any) -> Any:
    return predict(problem(p), n=n, k=k, ridge=p.ridge, noise=p.noise).test_risk


@claim.never_above(
    lambda p: optimum_of(p, p.n, p.k), points=128, rounding=1e-12,
    over=Domain.of(Point, n=(1.0, 150.0), k=(1.0, 150.0), ridge=1e-3),
    twin=Twin("more is better at a fixed ridge too", larger=lambda p: fixed(p, p.n, p.k),
              smaller=lambda p: fixed(p, p.n * p.more_samples, p.k * p.more_features)),
)  # fmt: skip
def more_is_better(p):
    """min_delta E_te(n', k') <= min_delta E_te(n, k) for n' >= n, k' >= k.

    Theorem 1
    """
    return optimum_of(p, p.n * p.more_samples, p.k * p.more_features)


def marginal(p: Any, factor: float = 1.0) -> Any:
    """(dlog E_opt/dlog n, dlog E_opt/dlog k) in closed form."""
    of = problem(p)
    gamma = optimal_ridge(of, n=p.n, k=p.k, noise=p.noise).gamma
    value = marginal_values(p.n, p.k, gamma, sums_of(of, gamma), p.noise)
    return jnp.stack([p.n * value.sample, factor * p.k * value.feature])


@jax.jit
def slopes_of_optimum(p: Any) -> Any:
    """The same slopes through the optimiser."""

    def risk(log_n: Any, log_k: Any) -> Any:
        return jnp.log(optimum_of(p, jnp.exp(log_n), jnp.exp(log_k)))

    return jnp.stack(jax.grad(risk, (0, 1))(jnp.log(p.n), jnp.log(p.k)))


claim.identity(
    marginal, name="marginal_values", formula=slopes_of_optimum, points=24,
    says="dlog E_opt/dlog n and dlog E_opt/dlog k in closed form at the optimal ridge",
    source="derived: envelope theorem, see marginal_values",
    over=Domain.of(Point, n=(2.0, 40.0), k=(60.0, 150.0), noise=(0.5, 10.0), ridge=1e-3,
                   more_samples=1.0, more_features=1.0),
    within=1e-6, scale=1.0,
    why="the optimum is known to 1e-8 in log gamma where the risk is flat",
    twin=Twin("features count twice", rhs=lambda p: marginal(p, 2.0)),
)  # fmt: skip

# Zero ridge below n features


@closed_form(example=EXAMPLE)
def gamma_at_occupation(of: Spectrum, z: Points) -> Array:
    """gamma with z(gamma) = z: the effective ridge of z samples without ridge."""
    check_spectrum(of)
    gamma = jnp.vectorize(functools.partial(gamma_at, of))(jnp.asarray(z, dtype=float))
    return or_nan(of, gamma)


@jax.jit
def gamma_at(of: Spectrum, z: Array) -> Array:
    zero = jnp.zeros_like(z)
    return solved_ridge(of.eigenvalues, of.multiplicities, z, zero, zero)


BELOW_N = Domain.derived(
    {
        "k": Annotated[float, Ge(1), Le(30)],
        "ratio": Annotated[float, Ge(1.05), Le(50)],
        "noise": Annotated[float, Ge(0), Le(10)],
        "values": Values,
        "target": Target,
    },
    lambda k, ratio, **rest: Point(k=k, n=k * ratio, **rest),
)
"""k below n and below the number of modes."""


@jax.jit
def slope_by_differentiation(p: Any) -> Any:
    """dlog E_te/dlog gamma at zero ridge."""
    of = problem(p)
    u = jnp.log(gamma_at_occupation(of, p.k))
    return jax.grad(lambda w: jnp.log(risk_at(of, p.n, 1 / p.k, p.noise, w)))(u)


@jax.jit
def predicted_slope(p: Any) -> Any:
    of = problem(p)
    return slope_at_zero_ridge_below_n(p.n, p.k, sums_of(of, gamma_at_occupation(of, p.k)).c)


claim.identity(
    predicted_slope, name="zero_ridge_never_optimal_below_n", formula=slope_by_differentiation,
    says="for k < n, dlog E_te/dlog gamma = -2 c/(n - k) < 0 at zero ridge, for any task",
    source="derived: see slope_at_zero_ridge_below_n", over=BELOW_N, within=1e-9,
    scale=lambda p: 1 + jnp.abs(predicted_slope(p)),
    why="n - z and k - z lose up to 6 digits by subtraction on the left side",
    twin=Twin("the slope is -c/(n - k)", rhs=lambda p: predicted_slope(p) / 2),
)  # fmt: skip

# The kernel limit at the optimal ridge

INDEX: Any = np.arange(1.0, 2001.0)  # of numpy: importing starts no device
TASK = Spectrum(INDEX**-1.5, INDEX**-1.5, 1.0 + 0.0 * INDEX)
TASK_N, TASK_NOISE = 64.0, 0.3

widths = claim.given(
    along=tuple(Point(k=k) for k in (1e3, 3e3, 1e4, 3e4)), size=lambda p: p.k
)  # fmt: skip


@jax.jit
def excess_at(k: Any) -> Any:
    both = optimal_ridge(TASK, n=TASK_N, k=jnp.stack([k, jnp.inf]), noise=TASK_NOISE).test_risk
    return both[0] - both[1]


@widths.scaling(
    -1.0, within=0.02, why="the next term is of relative size z/k < 0.06 at the first rung",
    twin=Twin("the gap closes as 1/k^2", exponent=-2.0),
)  # fmt: skip
def krr_limit(p):
    """E_opt(n, k) - E_opt(n, inf) ~ 1/k at the optimal ridge.

    Section 3 (k to infinity); rate derived: see krr_limit_coefficient
    """
    return excess_at(p.k)


def price_of_width(p: Any, mixed: float = 1.0) -> float:
    best = optimal_ridge(TASK, n=TASK_N, noise=TASK_NOISE)
    at = sums_of(TASK, best.gamma)
    a, c = TASK_N - at.z, at.c
    bracket = c**2 / (a + c) * (at.bias_squared + TASK_NOISE) + mixed * c * at.bias_mixed
    return float(TASK_N / (a + c) * bracket)


@widths.limit(
    price_of_width, rate=-1.0, last_gap=0.05, within=0.05, why="second order in 1/k",
    twin=Twin("without the term c B2", limit=lambda p: price_of_width(p, 0.0)),
)  # fmt: skip
def krr_limit_coefficient(p):
    """k (E_opt(n,k) - E_opt(n,inf)) -> n/(a+c) [c^2/(a+c) (B1 + sigma^2) + c B2].

    derived: first order of the risk in 1/k at fixed gamma (envelope theorem)
    """
    return p.k * excess_at(p.k)
