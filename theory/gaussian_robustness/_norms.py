"""Norms and their duals, and the attack that costs a rule the most."""

from typing import Annotated

import jax.numpy as jnp

from theory import ParameterError, Scalar, Single, closed_form
from theory.gaussian_robustness._model import SETTING, Norm, Radius, Vector

_NAMES = {"l1": 1.0, "l2": 2.0, "linf": float("inf")}


def exponent(p: Norm | float) -> float:
    """p as a number in [1, inf]. Raises ParameterError for p < 1, which gives no norm."""
    if isinstance(p, str):
        if p not in _NAMES:
            raise ParameterError(f"{SETTING}: p = {p!r} is not one of {{l1, l2, linf}}")
        return _NAMES[p]
    if isinstance(p, bool) or not p >= 1:
        raise ParameterError(f"{SETTING}: p = {p!r} is outside [1, inf]: not a norm")
    return float(p)


def named_exponent(p: Norm | float) -> float:
    """p as 1, 2 or inf. Raises ParameterError for any other norm."""
    power = exponent(p)
    if power not in _NAMES.values():
        raise ParameterError(
            f"{SETTING}: p = {p!r} is not one of {{1, 2, inf}} (l1, l2, linf): no projection on"
            " that ball is implemented; for diagonal Sigma nearest_attack_diagonal takes every p"
        )
    return power


@closed_form(example={"v": [0.5, -0.3, 1.0], "p": 3.0})
def lp_norm(v: Vector, p: Norm | float) -> Scalar:
    """|v|_p for p in [1, inf], with derivative 0 (not NaN) at v = 0."""
    q, size = exponent(p), jnp.abs(jnp.asarray(v))
    if q == 1:
        return jnp.sum(size)
    top = jnp.max(size)
    if q == float("inf"):
        return top
    finite = (top > 0) & (top < jnp.inf)
    safe = jnp.where(finite, top, 1.0)
    ratio = jnp.where(finite, jnp.sum((size / safe) ** q), 1.0)
    return jnp.where(finite, safe * ratio ** (1 / q), top)


@closed_form(example={"w": [0.5, -0.3, 1.0], "p": 3.0})
def dual_norm(w: Vector, p: Norm | float) -> Scalar:
    """|w|_q, 1/p + 1/q = 1: the most that an attack of unit l_p norm can lower w.x."""
    q = exponent(p)
    if q == 1:
        return lp_norm(w, float("inf"))
    return lp_norm(w, 1.0 if q == float("inf") else q / (q - 1))


@closed_form(example={"w": [0.5, -0.3, 1.0], "eps": 0.1, "p": 3.0})
def worst_attack(w: Vector, eps: Annotated[Radius, Single], p: Norm | float) -> Scalar:
    """argmax {w.z : |z|_p <= eps}; coordinates with w_j = 0 are left alone (sign(0) = 0).

    l_inf: eps sign(w); l_2: eps w/|w|_2; l_1: eps sign(w_j) e_j at the largest |w_j|; otherwise
    eps sign(w) (|w|/|w|_q)^{q-1}. A point x of class y is moved to x - y z.
    """
    power, w = exponent(p), jnp.asarray(w)
    if power == float("inf"):
        return eps * jnp.sign(w)
    if power == 1:
        largest = jnp.arange(w.shape[0]) == jnp.argmax(jnp.abs(w))
        return jnp.where(largest, eps * jnp.sign(w), 0.0)
    size = dual_norm(w, power)
    q = power / (power - 1)
    safe = jnp.where(size > 0, size, 1.0)
    return eps * jnp.sign(w) * (jnp.abs(w) / safe) ** (q - 1)
