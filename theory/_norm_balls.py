"""The l_p norms, their duals, and the balls in which attacks move points.

p is a number in [1, inf], or a name: l1, l2, linf. Under an attack |delta|_p <= eps a linear score
w.x loses at most eps |w|_q, 1/p + 1/q = 1.
"""

from typing import Annotated, Any

import jax.numpy as jnp
from jaxtyping import Shaped

from theory._closed_form import Single, closed_form
from theory._fields import Ge, Le, ParameterError
from theory._formula import Scalar

__all__ = ["ball_projection", "dual_norm", "lp_norm", "norm_exponent", "worst_attack"]

INFINITY = float("inf")
NAMES = {"l1": 1.0, "l2": 2.0, "linf": INFINITY}

Norm = str | float
Vector = Annotated[Shaped[Any, " d"], Ge(-1e70), Le(1e70)]
Radius = Annotated[Scalar, Ge(0), Le(1e70), Single]
EXAMPLE = {"v": [0.5, -0.3, 1.0], "w": [0.5, -0.3, 1.0], "eps": 0.1, "p": 3.0}


def norm_exponent(p: Norm, *, among: tuple[float, ...] = ()) -> float:
    """p as a number in [1, inf], one of ``among`` where they are given.

    Raises ParameterError for p < 1, which gives no norm, and for others than those.
    """
    if isinstance(p, str):
        if p not in NAMES:
            raise ParameterError(f"norm: p = {p!r} is not one of {{l1, l2, linf}}")
        p = NAMES[p]
    if isinstance(p, bool) or not p >= 1:
        raise ParameterError(f"norm: p = {p!r} is outside [1, inf]: not a norm")
    if among and p not in among:
        known = ", ".join(f"{q:g}" for q in among)
        raise ParameterError(f"norm: p = {p!r} is not one of {{{known}}}, of which this is known")
    return float(p)


@closed_form(example=EXAMPLE)
def lp_norm(v: Vector, p: Norm) -> Scalar:
    """|v|_p for p in [1, inf], with derivative 0 (not NaN) at v = 0."""
    q, size = norm_exponent(p), jnp.abs(jnp.asarray(v))
    if q == 1:
        return jnp.sum(size)
    top = jnp.max(size)
    if q == INFINITY:
        return top
    finite = (top > 0) & (top < jnp.inf)
    safe = jnp.where(finite, top, 1.0)
    ratio = jnp.where(finite, jnp.sum((size / safe) ** q), 1.0)
    return jnp.where(finite, safe * ratio ** (1 / q), top)


@closed_form(example=EXAMPLE)
def dual_norm(w: Vector, p: Norm) -> Scalar:
    """|w|_q, 1/p + 1/q = 1: the most that an attack of unit l_p norm can lower w.x."""
    q = norm_exponent(p)
    if q == 1:
        return lp_norm(w, INFINITY)
    return lp_norm(w, 1.0 if q == INFINITY else q / (q - 1))


@closed_form(example=EXAMPLE)
def worst_attack(w: Vector, eps: Radius, p: Norm) -> Scalar:
    """argmax {w.z : |z|_p <= eps}; coordinates with w_j = 0 are left alone (sign(0) = 0).

    l_inf: eps sign(w); l_2: eps w/|w|_2; l_1: eps sign(w_j) e_j at the largest |w_j|; otherwise
    eps sign(w) (|w|/|w|_q)^{q-1}. A point x of class y is moved to x - y z.
    """
    power, w = norm_exponent(p), jnp.asarray(w)
    if power == INFINITY:
        return eps * jnp.sign(w)
    if power == 1:
        largest = jnp.arange(w.shape[0]) == jnp.argmax(jnp.abs(w))
        return jnp.where(largest, eps * jnp.sign(w), 0.0)
    size = dual_norm(w, power)
    safe = jnp.where(size > 0, size, 1.0)
    return eps * jnp.sign(w) * (jnp.abs(w) / safe) ** (1 / (power - 1))


def nearest_in_l1(size: Scalar, variance: Scalar, eps: Scalar) -> Scalar:
    """argmin sum_j (size_j - z_j)^2/variance_j on |z|_1 = eps < |size|_1, sizes positive.

    z_j = max(size_j - theta variance_j, 0), theta from sorted breakpoints size_j/variance_j.
    """
    order = jnp.argsort(-size / variance)
    top, weight = jnp.cumsum(size[order]), jnp.cumsum(variance[order])
    theta = (top - eps) / weight  # with the first j coordinates kept
    breakpoints = size / variance
    kept = breakpoints[order] > theta
    last = jnp.max(jnp.where(kept, jnp.arange(size.shape[0]), 0))
    # not a maximum with 0, which at eps = 0 would pass on half of the derivative
    reached = breakpoints >= breakpoints[order][last]
    return jnp.where(reached, size - theta[last] * variance, 0.0)


@closed_form(example=EXAMPLE | {"p": 1})
def ball_projection(v: Vector, eps: Radius, p: Norm) -> Scalar:
    """The Euclidean projection of v on the l_p ball of radius eps, p in {1, 2, inf}.

    Raises ParameterError for any other p.
    """
    power, v = norm_exponent(p, among=(1, 2, INFINITY)), jnp.asarray(v, float)
    if power == INFINITY:
        return jnp.clip(v, -eps, eps)
    size = lp_norm(v, power)
    if power == 2:
        outside = v * (eps / jnp.where(size > 0, size, 1.0))
    else:
        outside = jnp.sign(v) * nearest_in_l1(jnp.abs(v), jnp.ones_like(v), eps)
    return jnp.where(size <= eps, v, outside)
