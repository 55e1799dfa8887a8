"""Data on the positive part of the sphere, and kernel classifiers on it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Float

from sims import GAMMA_ROWS, log_gammas, normals, uniforms

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
    """Unit vectors, labels and eta(x) of the mixture (labels independent with prior 0.4).

    Gamma(c) is half a sum of 2c squared normals where 2c is whole, else from ``log_gammas``.
    """
    plus, minus = (np.array(c) for c in DIRICHLET[d])
    other = {float(c) for c in (*plus, *minus) if 2 * c % 1}
    most = int(2 * max(plus.sum(), minus.sum()))
    label_key, point_key = jax.random.split(key)
    z, rows = normals(point_key, z=(count, most), rows=(GAMMA_ROWS, len(other), count))
    small = {c: jnp.exp(log_gammas(rows[:, k], c)) for k, c in enumerate(other)}

    def gammas(concentrations):
        owner = np.repeat(np.eye(d + 1), (2 * concentrations).astype(int), axis=0)
        total = z[:, : len(owner)] ** 2 @ owner / 2
        for k in np.flatnonzero(2 * concentrations % 1):
            total = total.at[:, k].set(small[concentrations[k]])
        return total

    # of a uniform number: where XLA draws it anew for each pair of points, a normal one is dear
    (u,) = uniforms(label_key, u=count)
    y = jnp.where(u < PRIOR, 1.0, -1.0)
    p = jnp.maximum(jnp.where(y[:, None] > 0, gammas(plus), gammas(minus)), 1e-300)
    p = p / p.sum(axis=1, keepdims=True)
    # the classes' log density ratio, prior included
    log_norm = [math.lgamma(c.sum()) - sum(map(math.lgamma, c)) for c in (plus, minus)]
    constant = math.log(PRIOR / (1 - PRIOR)) + log_norm[0] - log_norm[1]
    eta = jax.nn.sigmoid(constant + jnp.log(p) @ (plus - minus))
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
