"""Data on the positive part of the sphere, and kernel classifiers on it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
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


def gamma_variates(
    key: Array, concentrations: tuple[float, ...], count: int
) -> Float[Array, "count m"]:
    """Gamma(c) variates, a column for each c: sums of exponentials and a squared normal for
    multiples of 1/2, all from one draw (a draw a column compiles for seconds); an exponential
    times a beta variate for other c < 1."""
    exponential_key, normal_key, other_key = jax.random.split(key, 3)
    halves = np.asarray(concentrations) * 2
    exact = halves == np.round(halves)
    whole = np.where(exact, halves // 2, 0).astype(int)
    odd = exact & (halves % 2 == 1)
    exponentials = jax.random.exponential(exponential_key, (count, int(whole.sum())))
    # which exponentials a column adds up, as a matrix of zeros and ones
    owner = np.repeat(np.eye(len(whole)), whole, axis=0)
    total = exponentials @ jnp.asarray(owner)
    squares = jax.random.normal(normal_key, (count, int(odd.sum()))) ** 2 / 2
    total = total + squares @ jnp.asarray(np.eye(len(odd))[odd])
    for column in np.flatnonzero(~exact):
        other_key, this_key = jax.random.split(other_key)
        total = total.at[:, column].set(_small_gamma(this_key, concentrations[column], count))
    return total


def _small_gamma(key: Array, c: float, count: int) -> Float[Array, " count"]:
    """Gamma(c), 0 < c < 1: Exp x Beta(c, 1-c), the beta by Joehnk's rejection.

    A pair is accepted with probability Gamma(1+c) Gamma(2-c) >= pi/4; of 24 pairs none is with
    probability under 1e-15, so that there is no loop.
    """
    beta_key, exponential_key = jax.random.split(key)
    u = jax.random.uniform(beta_key, (2, 24, count), minval=1e-300)
    one, two = u[0] ** (1 / c), u[1] ** (1 / (1 - c))
    first = jnp.argmax(one + two <= 1, axis=0)
    one, two = (jnp.take_along_axis(v, first[None], axis=0)[0] for v in (one, two))
    return jax.random.exponential(exponential_key, (count,)) * one / (one + two)


def dirichlet_points(
    key: Array, count: int, d: int
) -> tuple[Float[Array, "count m"], Float[Array, " count"], Float[Array, " count"]]:
    """Unit vectors, labels and eta(x) of the mixture (labels independent with prior 0.4)."""
    label_key, point_key = jax.random.split(key)
    y = jnp.where(jax.random.bernoulli(label_key, PRIOR, (count,)), 1.0, -1.0)
    plus, minus = DIRICHLET[d]
    both = jnp.maximum(gamma_variates(point_key, plus + minus, count), 1e-300)
    p = jnp.where(y[:, None] > 0, both[:, : d + 1], both[:, d + 1 :])
    p = p / p.sum(axis=1, keepdims=True)
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
    """(K + ridge I)^{-1} y by Cholesky; only the lower triangle of K is read."""
    factor = jax.lax.linalg.cholesky(
        kernel + ridge * jnp.eye(kernel.shape[0]), symmetrize_input=False
    )
    return cho_solve((factor, True), y)


def sign(votes: Array) -> Array:
    """The predicted labels; a tie is +1, and NaN (a matrix that is not positive) stays NaN."""
    return jnp.where(votes >= 0, 1.0, jnp.where(votes < 0, -1.0, jnp.nan))


def log_space_votes(
    coefficients: Float[Array, " n"],
    log_kernel: Float[Array, "n k"],
    top: Float[Array, " k"] | None = None,
) -> Float[Array, " k"]:
    """sum_i v_i K(x_i, x) up to a positive factor for each test point, free of underflow.

    ``top`` is the largest log kernel of each test point, that of its nearest neighbour: given, it
    spares a pass over all pairs.
    """
    top = jnp.max(log_kernel, axis=0) if top is None else top
    return coefficients @ jnp.exp(log_kernel - top)


def relative(error: Array, reference: Array) -> Array:
    """max |error| over the root mean square of the reference."""
    return jnp.max(jnp.abs(error)) / jnp.sqrt(jnp.mean(reference**2))
