"""The sub-gradient method, on a batch of runs that share one measurement matrix.

U_{t+1} = U_t - 2 eta_t smat(g_t) U_t. The two products of an iteration, residuals A x - y and
direction A^T s, are matrix products over the batch, 4 B m N flops: what an iteration costs. Both
are written with the batch as the *columns* of the right factor, (m x N)(N x B) and (N x m)(m x B):
XLA's CPU products then run at its peak for B >= 16 (60 % of it with the batch as rows), and for
B = 1 read the matrix two to four times as fast. The l1 direction uses sign(0) = 0.

:func:`descend_mixed` has its products in float32 and the accuracy of float64. Float32 alone stalls.
There residuals are formed as a float64 residual at a recent point x_0 plus the float32 product
A (x - x_0), whose rounding is relative to norm(x - x_0), the way gone since, and so shrinks with
the steps. What is left is a direction that is off by about 1e-6 of its own norm: residuals of less
than 1e-6 norm(x - x_0) may have the wrong sign. Every statement under Sign-RIP with constant delta
holds with delta + 1e-6, against deltas of 0.1 and more; runs are no worse, but they are other runs:
comparable by their error, not iterate by iterate.
"""

import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sims import product, smat, svec
from theory.sign_rip import scaling_function

Rule = Callable[[Any, Array, Any], Array]
"""``rule(t, u, residuals) -> eta_t``, one step for the batch or one for each of its runs."""

Weights = Callable[[Array], Array]
"""What a residual contributes to the direction: its sign (l1, 0 at 0) or itself (l2)."""

Rows = Float[Array, "m N"]
Responses = Float[Array, "*B m"]
Runs = Float[Array, "B d k"]


def l2_weights(residuals: Array) -> Array:
    """The residual itself: the gradient of (1/2m) sum residual^2."""
    return residuals


def constant(eta: Any) -> Rule:
    """eta_t = eta."""
    return lambda t, u, residuals: jnp.asarray(eta)


def geometric(eta: Any, rho: Any, wait: Any = 0) -> Rule:
    """eta_t = eta rho^max(0, t - wait)."""
    return lambda t, u, residuals: eta * rho ** jnp.maximum(t - wait, 0)


def loss(eta: Any) -> Rule:
    """eta_t = eta f(U_t); only without noise does f tend to 0."""
    return lambda t, u, residuals: eta * jnp.mean(jnp.abs(residuals), axis=-1)


def ideal(params: Any, truth: Array) -> Rule:
    """eta_t = eta norm(Delta_t)_F/phi(Delta_t): an oracle that knows the error."""

    def rule(t, u, residuals):
        size = errors(u, truth)
        safe = jnp.where(size > 0, size, 1.0)
        return jnp.where(size > 0, params.eta * safe / scaling_function(params, safe), 0.0)

    return rule


def rule_of(params: Any, truth: Any = None) -> Rule:
    """The step rule that ``params.steps`` names; the ideal one needs the truth."""
    match params.steps:
        case "constant":
            return constant(params.eta)
        case "loss":
            return loss(params.eta)
        case "geometric":
            return geometric(params.eta, params.rho)
    return ideal(params, truth)


def gram(u: Float[Array, "*B d k"]) -> Float[Array, "*B d d"]:
    """U U^T of every run."""
    return product(u, jnp.swapaxes(u, -1, -2))


def errors(u: Float[Array, "*B d k"], truth: Float[Array, "d d"]) -> Float[Array, "*B"]:
    """norm(U U^T - X*)_F of every run."""
    return jnp.linalg.norm(gram(u) - truth, axis=(-2, -1))


def residuals_of(rows: Array, y: Array, u: Runs) -> Float[Array, "B m"]:
    """<A_i, U U^T> - y_i."""
    return columnwise(rows, svec(gram(u)).T).T - y


WIDE = 16  # runs in a batch from which a transposed copy of the measurements pays


def columnwise(a: Array, b: Float[Array, "n B"]) -> Array:
    """a @ b with the batch as columns, at full precision whatever the type."""
    # without the barrier XLA turns a transposed product into the product of the transposed factors,
    # with the batch as rows again, at half the speed
    columns = product(a, b)
    return jax.lax.optimization_barrier(columns) if b.shape[-1] >= WIDE else columns


def transposed(rows: Rows, runs: int) -> Float[Array, "N m"] | None:
    """A^T stored row by row, once, for :func:`step` on a wide batch; None where it does not pay."""
    # the barrier keeps XLA from replacing the copy by a view, which its products then walk across
    return jax.lax.optimization_barrier(rows.T) if runs >= WIDE else None


def moved(
    rows: Array, columns: Array | None, weights: Float[Array, "m B"], u: Array, eta: Any
) -> Array:
    """U - 2 eta Q U of every run, Q = (1/m) sum_i w_i S_i."""
    sums = product(weights.T, rows) if columns is None else columnwise(columns, weights).T
    direction = smat((sums / rows.shape[0]).astype(u.dtype), u.shape[-2])
    return u - 2 * jnp.asarray(eta)[..., None, None] * product(direction, u)


def step(
    rows: Array, y: Array, rule: Rule, weights: Weights, t: Any, u: Array, columns: Any = None
) -> Array:
    """One iteration on the batch u of shape (B, d, k). ``columns``: see :func:`transposed`."""
    # runs as columns all the way to the direction: a transposition in between would be copied
    residuals = columnwise(rows, svec(gram(u)).T) - y.T.reshape(rows.shape[0], -1)
    return moved(rows, columns, weights(residuals), u, rule(t, u, residuals.T))


def advancing(rows: Array, y: Array, start: Array, rule: Rule, weights: Weights) -> Any:
    """(t, u) -> the next u; warns of float32."""
    if any(a.dtype == jnp.float32 for a in (rows, y, start)):
        warnings.warn("sign_rip: in float32 errors stall at 1e-8 to 1e-7 of norm(X*), where the"
                      " signs of residuals are signs of rounding; give float64, or use"
                      " descend_mixed", stacklevel=3)  # fmt: skip
    columns = transposed(rows, start.shape[0])
    return lambda t, u: step(rows, y, rule, weights, t, u, columns)


def descend(
    rows: Rows, y: Responses, start: Runs, rule: Rule, iterations: int, weights: Weights = jnp.sign
) -> Runs:
    """U after ``iterations`` steps from ``start``; y is shared, or one row for each run.

    Warns of float32, with which errors stall at 1e-8 to 1e-7 of norm(X*).
    """
    return jax.lax.fori_loop(0, iterations, advancing(rows, y, start, rule, weights), start)


def trace(
    rows: Rows,
    y: Responses,
    start: Runs,
    rule: Rule,
    iterations: int,
    observe: Callable[[Array], Any],
    weights: Weights = jnp.sign,
) -> tuple[Runs, Any]:
    """As :func:`descend`, with ``observe(U_t)`` at t = 0 .. iterations - 1 (axis 0 is t)."""
    advance = advancing(rows, y, start, rule, weights)
    return jax.lax.scan(lambda u, t: (advance(t, u), observe(u)), start, jnp.arange(iterations))


# Mixed precision

REFRESH = 16
"""Iterations between two float64 residuals: one product in 32 is in float64. The way gone since may
exceed later steps by rho^-16, at rho = 1/2 (where tracking ends) by 7e4: still 1e-2 in rounding."""


def descend_mixed(
    rows: Rows, y: Responses, start: Runs, rule: Rule, iterations: int, refresh: int = REFRESH
) -> Runs:
    """As :func:`descend` with the l1 loss, 1.5 to 2 times as fast, to the accuracy of float64.

    Not for statements about single iterates (symmetries, the linear phase): see the module.
    """
    # behind a barrier: XLA would convert once more to make the transposed copy
    single = jax.lax.optimization_barrier(rows.astype(jnp.float32))
    columns = transposed(single, start.shape[0])

    def leg(u: Array, first: Any, count: int) -> Array:
        origin = svec(gram(u)).T
        base = columnwise(rows, origin) - y.T.reshape(rows.shape[0], -1)

        def body(i, u):
            way = (svec(gram(u)).T - origin).astype(jnp.float32)
            residuals = base + columnwise(single, way)
            signs = jnp.sign(residuals).astype(jnp.float32)
            return moved(single, columns, signs, u, rule(first + i, u, residuals.T))

        return jax.lax.fori_loop(0, count, body, u)

    legs, rest = divmod(iterations, refresh)
    end = jax.lax.fori_loop(0, legs, lambda i, u: leg(u, i * refresh, refresh), start)
    return leg(end, legs * refresh, rest) if rest else end
