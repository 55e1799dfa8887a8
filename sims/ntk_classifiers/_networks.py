"""Finite networks at initialisation: their empirical neural tangent kernel."""

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from theory.ntk_classifiers import activation_of, two_layer_ntk_given_first


def _network(phi, layers):
    def output(weights, x):
        h = x
        for w in weights[:layers]:
            h = phi(w @ h) / jnp.sqrt(w.shape[0])
        return weights[layers] @ h

    return output


def _trial(key, params, layers):
    """One network of ``layers`` hidden layers; its kernel at two inputs with x.z = 1 - s.

    No biases, weights N(0, 1), h = phi(W h)/sqrt(width); the gradient is taken in every weight.
    """
    activation = activation_of(params)
    t = 1.0 - params.s
    x = jnp.zeros(params.d + 1).at[0].set(1.0)
    z = jnp.zeros(params.d + 1).at[0].set(t).at[1].set(jnp.sqrt(1 - t**2))
    sizes = [params.d + 1] + [params.width] * layers
    keys = jax.random.split(key, layers + 1)
    weights = [
        jax.random.normal(k, (rows, columns))
        for k, rows, columns in zip(keys, sizes[1:], sizes[:-1], strict=False)
    ]
    weights.append(jax.random.normal(keys[-1], (params.width,)))
    gradient = jax.grad(_network(activation.phi, layers))
    one, _ = ravel_pytree(gradient(weights, x))
    two, _ = ravel_pytree(gradient(weights, z))
    return {"ntk": one @ two}


def one_layer(key, params):
    """The empirical NTK of a network with one hidden layer."""
    return _trial(key, params, 1)


def two_layers(key, params):
    """The empirical NTK of a network with two hidden layers."""
    return _trial(key, params, 2)


def two_layers_bias(key, params):
    """The bias of the empirical NTK of two hidden layers, unbiased: only the first layer is drawn,
    the later ones are integrated out, and the part whose mean is 0 is taken away."""
    t = 1.0 - params.s
    a, c = jax.random.normal(key, (2, params.width))
    b = t * a + jnp.sqrt(1 - t**2) * c
    given, bias = two_layer_ntk_given_first(activation_of(params), a, b, t)
    return {"ntk_given_first": given, "bias": bias}
