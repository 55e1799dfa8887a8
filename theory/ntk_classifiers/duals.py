"""Dual activations against means over Gaussian pairs, by a quadrature that knows phi alone."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Twin, normal_mean
from theory._neural_kernels import Activation
from theory.ntk_classifiers.params import Params, activation_of

claim = Claims()


def pair_mean(f: Callable[[Any, Any], Any], t: Any) -> Any:
    """E f(u, v) for centred Gaussian (u, v) of unit variances and correlation t; smooth f.

    To 1e-16 absolute: the 1 keeps the rules from comparing roundings where E[f | u] = 0.
    """

    def given(u):
        u, rest = u[:, None], jnp.sqrt(1 - t * t)
        return 1 + normal_mean(lambda z: f(u, t * u + rest * z))

    return normal_mean(given) - 1


def phi_and_slope(activation: Activation) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """(phi, phi'), the second by differentiation of the code."""
    phi = activation.phi
    assert phi is not None
    return phi, lambda x: jax.jvp(phi, (x,), (jnp.ones_like(x),))[1]


@jax.jit
def of_the_dual(p):
    """(F(0), F'(0), F'(1), F(t), F'(t)): what the moments of phi must be."""
    f, t = activation_of(p), 1 - p.s
    values = f.dual(0.0 * t), f.dual_derivative(0.0 * t), f.dual_derivative(1.0 + 0 * t)
    return jnp.stack([*values, f.dual(t), f.dual_derivative(t)])


@claim.identity(
    of_the_dual,
    over=Domain.around(
        Params(d=4),
        activation={"sine", "cosine", "centred_cosine", "erf", "gaussian", "optimal", "hermite_3"},
        shape=(0.25, 1.25), s=(0.05, 1.0),
    ),
    points=48, within=1e-12, scale=lambda p: jnp.maximum(1.0, of_the_dual(p)[2]),
    why="trapezoidal rules on 241 x 241 nodes: 58,000 roundings",
    twin=Twin("F'(0) = A', not squared", squared=False),
)  # fmt: skip
def dual_activation_moments(p, *, squared=True):
    """F(0) = A^2, F'(0) = A'^2, F'(1) = B', dual(phi') = F'.

    Section 2, dual activations
    """
    moments = moments_of_phi(p)
    return moments if squared else moments.at[1].set(jnp.sqrt(moments[1]))


@jax.jit
def moments_of_phi(p):
    """(A^2, A'^2, B', E phi(u)phi(v), E phi'(u)phi'(v)) from phi itself."""
    phi, slope = phi_and_slope(activation_of(p))
    t = 1 - p.s
    return jnp.stack([
        normal_mean(phi) ** 2, normal_mean(slope) ** 2, normal_mean(lambda x: slope(x) ** 2),
        pair_mean(lambda u, v: phi(u) * phi(v), t), pair_mean(lambda u, v: slope(u) * slope(v), t),
    ])  # fmt: skip
