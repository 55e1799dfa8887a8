"""Gaussian means by quadrature: the independent side of the identities about dual activations."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.ntk_classifiers._activations import Activation

NODES = 150  # beyond some 180, the common routines for Gauss-Hermite nodes overflow to NaN


@functools.cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.hermite_e.hermegauss(NODES)
    return x, w / w.sum()


def normal_mean(f: Callable[[Any], Any]) -> Any:
    """E f(Z), Z ~ N(0, 1), for smooth f."""
    x, w = _nodes()
    return jnp.asarray(f(jnp.asarray(x))) @ jnp.asarray(w)


def pair_mean(f: Callable[[Any, Any], Any], t: Any) -> Any:
    """E f(u, v) for centred Gaussian (u, v) of unit variances and correlation t; smooth f."""
    x, w = (jnp.asarray(a) for a in _nodes())
    u = x[:, None]
    v = t * u + jnp.sqrt(1 - t * t) * x[None, :]
    return w @ (jnp.asarray(f(u, v)) @ w)


def slope(phi: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """phi' of a function on arrays, by differentiation of the code."""
    return lambda x: jax.jvp(phi, (x,), (jnp.ones_like(x),))[1]


def moments_by_quadrature(activation: Activation, t: Any) -> Any:
    """(A^2, A'^2, B', E phi(u)phi(v), E phi'(u)phi'(v)) from phi itself."""
    phi = activation.phi
    assert phi is not None
    derivative = slope(phi)
    return jnp.stack(
        [
            normal_mean(phi) ** 2,
            normal_mean(derivative) ** 2,
            normal_mean(lambda x: derivative(x) ** 2),
            pair_mean(lambda u, v: phi(u) * phi(v), t),
            pair_mean(lambda u, v: derivative(u + 0 * v) * derivative(v), t),
        ]
    )


def moments_of_dual(activation: Activation, t: Any) -> Any:
    """(F(0), F'(0), F'(1), F(t), F'(t)): what :func:`moments_by_quadrature` must be."""
    dual, derivative = activation.dual, activation.dual_derivative
    return jnp.stack([jnp.asarray(v, dtype=float) for v in (
        dual(jnp.zeros(())), derivative(jnp.zeros(())), derivative(jnp.ones(())), dual(t),
        derivative(t),
    )])  # fmt: skip


def one_layer_ntk_skewness(activation: Activation, t: Any, width: Any) -> Any:
    """|skewness| of the empirical NTK of one hidden layer: a mean of ``width`` iid terms.

    A term is P + V^2 t Q with P = phi(u)phi(v), Q = phi'(u)phi'(v), V ~ N(0, 1) independent, so
    that E V^2, V^4, V^6 = 1, 3, 15.
    """
    phi = activation.phi
    assert phi is not None
    derivative = slope(phi)

    def product(power_p: int, power_q: int) -> Any:
        def f(u, v):
            p, q = phi(u) * phi(v), derivative(u + 0 * v) * derivative(v) * t
            return p**power_p * q**power_q

        return pair_mean(f, t)

    mean = product(1, 0) + product(0, 1)
    second = product(2, 0) + 2 * product(1, 1) + 3 * product(0, 2)
    third = product(3, 0) + 3 * product(2, 1) + 9 * product(1, 2) + 15 * product(0, 3)
    variance = second - mean**2
    central = third - 3 * mean * second + 2 * mean**3
    return jnp.abs(central) / variance**1.5 / jnp.sqrt(width)
