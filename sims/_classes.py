"""Points of Gaussian classes, and their sample means without the points."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Shaped

from sims._designs import gaussian_design
from sims._draws import GAMMA_ROWS, log_gammas, normals
from sims._shapes import check_shapes

__all__ = ["autoregressive", "gaussian_classes", "reduced_means"]


def autoregressive(d: int, correlation: ArrayLike = 0.6) -> Float[Array, "d d"]:
    """The covariance correlation^|i - j|: a full matrix where a claim speaks of any Sigma.

    Positive definite for -1 < correlation < 1; condition number under ((1 + c)/(1 - c))^2.
    """
    i = jnp.arange(d)
    return jnp.asarray(correlation, float) ** jnp.abs(i[:, None] - i)


def gaussian_classes(
    z: Float[Array, "classes count d"], means: Float[Array, "classes d"], covariance=None
) -> Float[Array, "classes count d"]:
    """Points of the classes N(means[c], covariance) from standard normals z.

    ``covariance`` is (d, d), or d variances, or None for the identity.
    """
    check_shapes("gaussian_classes", z=(z, "classes count d"), means=(means, "classes d"))
    return means[:, None] + gaussian_design(z, covariance)


def reduced_means(
    key: Shaped[Array, "..."], means: Float[Array, "k m"], counts: ArrayLike, d: ArrayLike
) -> Float[Array, "k m_plus_k"]:
    """Sample means of the classes N(mu_c, I_d) in an orthonormal frame; exact in law for any d.

    The frame's first m axes carry the true means; the noise of the other d - m coordinates
    matters only through the k vectors' inner products. Those are a Wishart matrix, so k more axes
    hold Bartlett's triangle: independent N(0, 1) below a diagonal of chi with d - m, d - m - 1, ...
    degrees of freedom. All that rotations of those axes leave alone has the law it has in R^d,
    from k(m + k) numbers.

    Args:
        key: a random key.
        means: the true means in the first m axes.
        counts: class sizes (k,) or one for all, > 0.
        d: the dimension, a whole number >= m; may be traced.
    """
    k, m = check_shapes("reduced_means", means=(means, "k m")).values()
    noise, below, gammas = normals(key, noise=(k, m), below=(k, k), gammas=(GAMMA_ROWS, k))
    freedom = d - m - jnp.arange(k)
    chi_square = 2 * jnp.exp(log_gammas(gammas, jnp.maximum(freedom, 1) / 2))
    # column j belongs to the j-th further coordinate, which exists only if d - m > j
    triangle = jnp.tril(below, -1) + jnp.diag(jnp.sqrt(chi_square))
    rest = jnp.where(freedom > 0, triangle, 0.0)
    scale = 1 / jnp.sqrt(jnp.broadcast_to(jnp.asarray(counts, float), (k,)))
    padded = jnp.concatenate([means, jnp.zeros((k, k))], axis=1)
    return padded + scale[:, None] * jnp.concatenate([noise, rest], axis=1)
