"""Finite networks at initialisation: their empirical neural tangent kernel."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from sims import normals, simulation
from theory.ntk_classifiers import activation_of, two_layer_ntk_given_first


def empirical_ntk(key: Array, params: Any, layers: int) -> dict[str, Array]:
    """One network of ``layers`` hidden layers; its kernel at two inputs with x.z = 1 - s.

    No biases, weights N(0, 1), h = phi(W h)/sqrt(width); the gradient is taken in every weight.
    """
    phi = activation_of(params).phi
    assert phi is not None
    t = 1.0 - params.s
    x = jnp.zeros(params.d + 1).at[0].set(1.0)
    z = jnp.zeros(params.d + 1).at[0].set(t).at[1].set(jnp.sqrt(1 - t**2))
    width = params.width
    columns = [params.d + 1] + [width] * (layers - 1)
    shapes = {f"w{k}": (width, m) for k, m in enumerate(columns)}
    *hidden, last = normals(key, **shapes, last=width)

    def output(weights, h):
        for w in weights[:-1]:
            h = phi(w @ h) / jnp.sqrt(width)
        return weights[-1] @ h

    one, two = (ravel_pytree(jax.grad(output)([*hidden, last], v))[0] for v in (x, z))
    return {"ntk": one @ two}


@simulation(width=64)
def one_layer_trial(key: Array, params: Any) -> dict[str, Array]:
    """The empirical NTK of a network with one hidden layer."""
    return empirical_ntk(key, params, 1)


@simulation(width=64)
def two_layers_trial(key: Array, params: Any) -> dict[str, Array]:
    """The empirical NTK of a network with two hidden layers."""
    return empirical_ntk(key, params, 2)


@simulation(width=64)
def two_layers_bias_trial(key: Array, params: Any) -> dict[str, Array]:
    """The bias of that kernel, unbiased: only the first layer is drawn, the later ones are
    integrated out, and the part whose mean is 0 is taken away."""
    t = 1.0 - params.s
    a, c = normals(key, a=params.width, c=params.width)
    b = t * a + jnp.sqrt(1 - t**2) * c
    return {"bias": two_layer_ntk_given_first(activation_of(params), a, b, t)[1]}
