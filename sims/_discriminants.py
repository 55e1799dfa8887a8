"""Gaussians and Bernoullis fitted to classes, and the rules that follow from them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from sims._shapes import check_shapes

__all__ = [
    "FittedGaussian",
    "LinearScores",
    "bernoulli_naive_bayes",
    "fitted_gaussian",
    "gaussian_naive_bayes",
    "linear_discriminant",
    "quadratic_discriminant",
]


class FittedGaussian(NamedTuple):
    """Classes as normals: maximum-likelihood estimates (each divides by its number of points).

    Attributes:
        counts: points of each class, (classes,).
        means: class means, (classes, d); NaN for a class without points.
        pooled: the within-class covariance of all points, (d, d).
        covariances: each class's own, (classes, d, d).
    """

    counts: Array
    means: Array
    pooled: Array
    covariances: Array


class LinearScores(NamedTuple):
    """One affine score a class: x @ weights.T + offsets, largest wins.

    For two classes the rule is the sign of x.(weights[1] - weights[0]) + offsets[1] - offsets[0].
    """

    weights: Array
    offsets: Array

    def __call__(self, x: Float[Array, "*points d"]) -> Float[Array, "*points classes"]:
        """The scores of points."""
        return x @ self.weights.T + self.offsets


def fitted_gaussian(
    X: Float[Array, "n d"], labels: Int[Array, " n"], classes: int
) -> FittedGaussian:
    """Means and covariances of classes 0 .. classes - 1.

    Points drawn as (classes, count, d): X = x.reshape(-1, d), labels = repeat(arange(classes),
    count). For the unbiased pooled covariance multiply by n/(n - classes).
    """
    check_shapes("fitted_gaussian", X=(X, "n d"), labels=(labels, "n"))
    member = jax.nn.one_hot(labels, classes, dtype=X.dtype, axis=0)
    counts = jnp.sum(member, axis=1)
    means = (member @ X) / counts[:, None]
    centred = X - means[labels]
    scatters = jnp.einsum("cn,ni,nj->cij", member, centred, centred)
    pooled = jnp.sum(scatters, axis=0) / len(X)
    return FittedGaussian(counts, means, pooled, scatters / counts[:, None, None])


def linear_discriminant(
    means: Float[Array, "classes d"], covariance: Float[Array, "d d"], priors: ArrayLike = 1.0
) -> LinearScores:
    """log prior + mu' S^-1 x - mu' S^-1 mu/2: the log posterior of N(mu, S) but for a common term.

    Fisher's rule from :func:`fitted_gaussian`; naive Bayes with variances shared by the classes
    from ``jnp.diag(jnp.diag(pooled))``; the nearest mean from the identity.
    """
    check_shapes("linear_discriminant", means=(means, "classes d"), covariance=(covariance, "d d"))
    weights = cho_solve(cho_factor(covariance), means.T).T
    return LinearScores(weights, jnp.log(priors) - jnp.sum(weights * means, axis=1) / 2)


def quadratic_discriminant(
    x: Float[Array, "points d"],
    means: Float[Array, "classes d"],
    covariances: Float[Array, "classes d d"],
    priors: ArrayLike = 1.0,
) -> Float[Array, "points classes"]:
    """log prior - log det(S)/2 - (x - mu)' S^-1 (x - mu)/2, each class with its own S."""
    check_shapes(
        "quadratic_discriminant",
        x=(x, "points d"), means=(means, "classes d"), covariances=(covariances, "classes d d"),
    )  # fmt: skip
    roots = jnp.linalg.cholesky(covariances)
    gaps = jnp.swapaxes(x[None] - means[:, None], 1, 2)
    white = jax.scipy.linalg.solve_triangular(roots, gaps, lower=True)
    log_root = jnp.sum(jnp.log(jnp.diagonal(roots, axis1=1, axis2=2)), axis=1)
    return jnp.log(priors) - log_root - jnp.sum(white**2, axis=1).T / 2


def gaussian_naive_bayes(
    x: Float[Array, "points d"],
    means: Float[Array, "classes d"],
    variances: Float[Array, "classes d"],
    priors: ArrayLike = 1.0,
) -> Float[Array, "points classes"]:
    """Log posterior, but for a common term, of independent features with each class's variances.

    ``variances = jnp.diagonal(fit.covariances, axis1=1, axis2=2)`` of a :func:`fitted_gaussian`.
    """
    check_shapes(
        "gaussian_naive_bayes",
        x=(x, "points d"), means=(means, "classes d"), variances=(variances, "classes d"),
    )  # fmt: skip
    squares = (x[:, None] - means) ** 2 / variances
    return jnp.log(priors) - jnp.sum(squares + jnp.log(variances), axis=-1) / 2


def bernoulli_naive_bayes(
    X: Float[Array, "n d"], labels: Int[Array, " n"], classes: int, smoothing: ArrayLike = 1.0
) -> LinearScores:
    """Naive Bayes of 0/1 features: frequencies (ones + a)/(points + 2a), a the Laplace smoothing.

    The scores are log(points/n) + sum_i log P(x_i | class), which is affine in x.
    """
    check_shapes("bernoulli_naive_bayes", X=(X, "n d"), labels=(labels, "n"))
    member = jax.nn.one_hot(labels, classes, dtype=X.dtype, axis=0)
    points = jnp.sum(member, axis=1)
    share = (member @ X + smoothing) / (points + 2 * smoothing)[:, None]
    log_off = jnp.log1p(-share)
    offsets = jnp.log(points / len(X)) + jnp.sum(log_off, axis=1)
    return LinearScores(jnp.log(share) - log_off, offsets)
