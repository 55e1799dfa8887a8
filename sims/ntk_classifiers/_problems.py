"""Data on the positive part of the sphere, and kernel classifiers on it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import Array, Float

from theory.ntk_classifiers import Similarity, similarity_of

DIRICHLET = {
    1: ((1.0, 2.0), (2.0, 1.0)),
    2: ((0.5, 0.5, 2.5), (2.5, 0.1, 0.5)),
    4: ((3.0, 1.0, 2.0, 1.0, 1.0), (1.0, 2.0, 2.0, 2.0, 3.0)),
    8: ((1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        (1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 2.0, 2.0, 1.0)),
}  # fmt: skip
"""The concentrations of class +1 and of class -1 by dimension d, as in the authors' experiments."""

PRIOR = 0.4
"""P(y = +1) in the Dirichlet problems."""


def orthant_points(key: Array, count: int, d: int) -> Float[Array, "count m"]:
    """Uniform points on S^d with non-negative coordinates."""
    x = jnp.abs(jax.random.normal(key, (count, d + 1)))
    return x / jnp.linalg.norm(x, axis=1, keepdims=True)


def labels_with_sum(n: int, votes: Array) -> Float[Array, " n"]:
    """Labels with sum S (n + S even): the points are exchangeable, so the order says nothing."""
    return jnp.where(jnp.arange(n) < (n + votes) // 2, 1.0, -1.0)


def dirichlet_log_ratio(simplex: Float[Array, "count m"], d: int) -> Float[Array, " count"]:
    """log of the two classes' density ratio (+1 over -1), prior included."""
    one, two = (np.array(c) for c in DIRICHLET[d])
    log_norm = [math.lgamma(c.sum()) - sum(math.lgamma(v) for v in c) for c in (one, two)]
    constant = math.log(PRIOR / (1 - PRIOR)) + log_norm[0] - log_norm[1]
    return constant + jnp.log(simplex) @ jnp.asarray(one - two)


def gamma_variates(key: Array, concentration: float, count: int) -> Float[Array, " count"]:
    """Gamma(concentration) variates: exact sums of exponentials and a squared normal for multiples
    of 1/2 (the general sampler compiles for seconds), the general sampler otherwise."""
    whole, rest = divmod(concentration, 1.0)
    if rest not in (0.0, 0.5):
        return jax.random.gamma(key, concentration, (count,))
    key_whole, key_half = jax.random.split(key)
    total = jnp.zeros(count)
    if whole:
        total += jnp.sum(jax.random.exponential(key_whole, (count, int(whole))), axis=1)
    if rest:
        total += jax.random.normal(key_half, (count,)) ** 2 / 2
    return total


def simplex_points(key: Array, concentrations: tuple[float, ...], count: int) -> Array:
    """Dirichlet(concentrations) vectors, (count, m); entries at least 1e-300."""
    keys = jax.random.split(key, len(concentrations))
    columns = [gamma_variates(k, c, count) for k, c in zip(keys, concentrations, strict=True)]
    p = jnp.maximum(jnp.stack(columns, axis=1), 1e-300)
    return p / p.sum(axis=1, keepdims=True)


def dirichlet_points(
    key: Array, count: int, d: int
) -> tuple[Float[Array, "count m"], Float[Array, " count"], Float[Array, " count"]]:
    """Unit vectors, labels and eta(x) of the mixture (labels independent with prior 0.4)."""
    label_key, key_one, key_two = jax.random.split(key, 3)
    y = jnp.where(jax.random.bernoulli(label_key, PRIOR, (count,)), 1.0, -1.0)
    plus = simplex_points(key_one, DIRICHLET[d][0], count)
    minus = simplex_points(key_two, DIRICHLET[d][1], count)
    p = jnp.where(y[:, None] > 0, plus, minus)
    eta = jax.nn.sigmoid(dirichlet_log_ratio(p, d))
    return p / jnp.linalg.norm(p, axis=1, keepdims=True), y, eta


def pairs_within(x: Float[Array, "n m"]) -> Similarity:
    """Pairs among the training points; the diagonal is replaced by a harmless pair."""
    pair = similarity_of(x, x)
    diagonal = jnp.eye(x.shape[0], dtype=bool)
    return Similarity(jnp.where(diagonal, 0.5, pair.s), jnp.where(diagonal, -0.7, pair.log_t))


def with_diagonal(kernel: Float[Array, "n n"], value: Array | float) -> Float[Array, "n n"]:
    """The kernel matrix with its diagonal from its own formula."""
    return jnp.where(jnp.eye(kernel.shape[0], dtype=bool), value, kernel)


def dual_coefficients(
    kernel: Float[Array, "n n"], y: Float[Array, " n"], ridge: Array | float = 0.0
) -> Float[Array, " n"]:
    """(K + ridge I)^{-1} y by Cholesky."""
    return cho_solve(cho_factor(kernel + ridge * jnp.eye(kernel.shape[0])), y)


def sign(votes: Array) -> Array:
    """The predicted labels; a tie is +1."""
    return jnp.where(votes >= 0, 1.0, -1.0)


def log_space_votes(
    coefficients: Float[Array, " n"], log_kernel: Float[Array, "n k"]
) -> Float[Array, " k"]:
    """sum_i v_i K(x_i, x) up to a positive factor for each test point, free of underflow."""
    top = jnp.max(log_kernel, axis=0)
    return coefficients @ jnp.exp(log_kernel - top)


def relative(error: Array, reference: Array) -> Array:
    """max |error| over the root mean square of the reference."""
    return jnp.max(jnp.abs(error)) / jnp.sqrt(jnp.mean(reference**2))
