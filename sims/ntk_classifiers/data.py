"""Data on the positive part of the sphere, and kernel classifiers on it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Float

from sims import GAMMA_ROWS, dirichlet, normals
from theory import normal_cdf

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


def dirichlet_points(
    key: Array, count: int, d: int
) -> tuple[Float[Array, "count m"], Float[Array, " count"], Float[Array, " count"]]:
    """Unit vectors, labels and eta(x) of the mixture (labels independent with prior 0.4)."""
    label, z = normals(key, label=count, z=(GAMMA_ROWS, count, d + 1))
    y = jnp.where(normal_cdf(label) < PRIOR, 1.0, -1.0)
    plus, minus = (np.array(c) for c in DIRICHLET[d])
    p = dirichlet(z, jnp.where(y[:, None] > 0, plus, minus))
    # the classes' log density ratio, prior included
    log_norm = [math.lgamma(c.sum()) - sum(map(math.lgamma, c)) for c in (plus, minus)]
    constant = math.log(PRIOR / (1 - PRIOR)) + log_norm[0] - log_norm[1]
    eta = jax.nn.sigmoid(constant + jnp.log(jnp.maximum(p, 1e-300)) @ (plus - minus))
    return p / jnp.linalg.norm(p, axis=1, keepdims=True), y, eta


def solved(
    kernel: Float[Array, "n n"],
    diagonal: Array | float,
    y: Float[Array, " n"],
    ridge: Array | float,
) -> Float[Array, " n"]:
    """(K + ridge I)^{-1} y by Cholesky, K's diagonal from its own formula.

    Only the lower triangle of K is read.
    """
    one = jnp.eye(len(kernel), dtype=bool)
    matrix = jnp.where(one, diagonal + ridge, kernel)
    return cho_solve((jax.lax.linalg.cholesky(matrix, symmetrize_input=False), True), y)


def sign(votes: Array) -> Array:
    """The predicted labels; a tie is +1, and NaN (a matrix that is not positive) stays NaN."""
    return jnp.where(votes >= 0, 1.0, jnp.where(votes < 0, -1.0, jnp.nan))
