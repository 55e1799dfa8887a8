"""Draws of features and training inputs, reduced to what the risks depend on.

Given features with second moments Gram = V V^T (k, k) and overlaps g = V v with the target, and a
design H (n, k) whose labels have mean m and variance tau^2 each, the ridge predictor theta has the
exact test risk  |v|^2 - 2 theta.g + theta^T Gram theta + sigma^2: no test set.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from theory import harmonics
from theory.random_features import Params, spectrum_of
from theory.random_features.sphere import DEGREE_ONE, DEGREE_TWO, RELU


class Design(NamedTuple):
    """One draw of features and training inputs; label noise is integrated out (``variance``)."""

    features: Float[Array, "n k"]
    means: Float[Array, " n"]
    variance: Float[Array, ""]
    gram: Float[Array, "k k"]
    overlap: Float[Array, " k"]
    target: Float[Array, ""]  # |v|^2


def draw_features(key: Array, params: Params) -> tuple[Array, Array, Array]:
    """(V (k, M), Gram, overlap): V = W diag(sqrt(lambda))/sqrt(k), W standard Gaussian."""
    of = spectrum_of(params)
    weights = jax.random.normal(key, (params.k, params.modes))
    V = weights * jnp.sqrt(of.eigenvalues / params.k)
    return V, V @ V.T, V @ jnp.sqrt(of.eigcoeffs_sq)


def draw(key: Array, params: Params) -> Design:
    """Features and training inputs, Gaussian, exact in law at the cost k^2 M instead of n k M.

    A data point's k feature values and its target are jointly Gaussian with second moments Gram, g
    and |v|^2. With Gram = C C^T and t = C^-1 g they are C zeta and t.zeta + N(0, |v|^2 - |t|^2): so
    k Gaussians a point replace M. The last term is independent of everything else, like noise.
    """
    if params.k >= params.modes:  # Gram is singular: draw the M Gaussians
        return draw_direct(key, params)
    feature_key, data_key = jax.random.split(key)
    _, gram, overlap = draw_features(feature_key, params)
    C = jnp.linalg.cholesky(gram)
    t = jax.scipy.linalg.solve_triangular(C, overlap, lower=True)
    zeta = jax.random.normal(data_key, (params.n, params.k))
    target = spectrum_of(params).eigcoeffs_sq.sum()
    unseen = jnp.maximum(0.0, target - t @ t)
    return Design(zeta @ C.T, zeta @ t, params.noise + unseen, gram, overlap, target)


def draw_direct(key: Array, params: Params) -> Design:
    """The same draw without the reduction: n x M Gaussian inputs, H = X V^T."""
    feature_key, data_key = jax.random.split(key)
    V, gram, overlap = draw_features(feature_key, params)
    v = jnp.sqrt(spectrum_of(params).eigcoeffs_sq)
    X = jax.random.normal(data_key, (params.n, params.modes))
    return Design(X @ V.T, X @ v, jnp.asarray(params.noise), gram, overlap, v @ v)


def relu_projections(dimension: int) -> np.ndarray:
    """E[sqrt2 relu(t) P_l(t)], l = 1, 2, for t the first coordinate of a uniform point.

    1/(sqrt2 d) and E|t|/(sqrt2 (d + 1)), E|t| = Gamma(d/2)/(sqrt(pi) Gamma((d + 1)/2)).
    """
    d = dimension
    mean = math.exp(math.lgamma(d / 2) - math.lgamma((d + 1) / 2)) / math.sqrt(math.pi)
    return np.array([1 / d, mean / (d + 1)]) / math.sqrt(2)


def target_at(first: Array, dimension: int) -> Array:
    """(degree-1 part, degree-2 part) of the target at the first coordinate; norms .6 and .4."""
    one = np.sqrt(DEGREE_ONE * dimension)
    two = np.sqrt(DEGREE_TWO * harmonics(dimension, 2))
    return jnp.stack([one * first, two * (dimension * first**2 - 1) / (dimension - 1)])


def sphere_design(key: Array, params: Params) -> Design:
    """Features sqrt2 relu(<w_j, x>)/sqrt k, x uniform on the sphere; target of degrees 1 and 2.

    f*(x) = sqrt(.6 d) x_1 + sqrt(.4 N_2) P_2(x_1). Inner products of features over the sphere are
    arc-cosine kernels of the weights; their overlaps with f* follow from the Funk-Hecke formula.
    """
    k, d = params.k, params.dimension
    feature_key, data_key = jax.random.split(key)
    weights = jax.random.normal(feature_key, (k, d))
    lengths = jnp.linalg.norm(weights, axis=1)
    directions = weights / lengths[:, None]
    cosine = jnp.clip(directions @ directions.T, -1.0, 1.0)
    gram = jnp.outer(lengths, lengths) * RELU.dual(cosine) / d
    # the projection of relu(<w, .>) on a harmonic Y is a multiple of Y(w/|w|)
    overlap = lengths * (relu_projections(d) @ target_at(directions[:, 0], d))
    x = jax.random.normal(data_key, (params.n, d))
    x = x / jnp.linalg.norm(x, axis=1, keepdims=True)
    features, means = jax.nn.relu(x @ weights.T), target_at(x[:, 0], d).sum(0)
    return Design(
        features * np.sqrt(2 / k), means, jnp.asarray(params.noise), gram / k, overlap / np.sqrt(k),
        jnp.asarray(DEGREE_ONE + DEGREE_TWO),
    )  # fmt: skip


class Risks(NamedTuple):
    """Means over the label noise, given features and inputs, in the ridges' shape."""

    test_risk: Array
    train_risk: Array
    kappa: Array  # 1/tr (Khat + delta)^-1
    degrees_of_freedom: Array  # tr Khat (Khat + delta)^-1
    fitted_target: Array  # sum_i v_i E what_i


class Solved(NamedTuple):
    """A design in the eigenbasis of its smaller Gram matrix, H H^T (dual) or H^T H (primal).

    The predictor is theta = A (p D) with D = 1/(squares + ridge). Dual, at most as many points as
    features: A = H^T U, p = U^T m with H H^T = U squares U^T. Primal: A = Q, p = Q^T H^T m with
    H^T H = Q squares Q^T. ``spread`` = A^T Gram A, ``reach`` = A^T overlap; ``variance`` as in
    :class:`Design`, ``whole`` = |v|^2 + sigma^2.
    """

    squares: Array
    spread: Array
    reach: Array
    p: Array
    variance: Any
    whole: Any

    @classmethod
    def of(
        cls, kernel: Array, spread: Array, reach: Array, p: Array, variance: Any, whole: Any
    ) -> "Solved":
        """Of the Gram matrix, and the others before they are turned into its eigenbasis."""
        squares, U = jnp.linalg.eigh(kernel)
        return cls(squares, U.T @ spread @ U, U.T @ reach, U.T @ p, variance, whole)

    def inverse(self, ridges: Any) -> Array:
        """D at each ridge, with 0 for what the pseudo-inverse cuts."""
        floor = 1e-14 * self.squares[-1] * self.p.size
        total = self.squares + jnp.asarray(ridges)[..., None]
        return jnp.where(total > floor, 1 / jnp.maximum(total, floor), 0.0)

    def test_risk(self, D: Array, noise_in: Any) -> tuple[Array, Array]:
        """(test risk, theta.overlap) at each D; ``noise_in``: labels' variance in each p."""
        coefficients = self.p * D
        fitted = coefficients @ self.reach
        test = self.whole - 2 * fitted + ((coefficients @ self.spread) * coefficients).sum(-1)
        return test + self.variance * D**2 @ (noise_in * jnp.diag(self.spread)), fitted

    def dual(self, ridges: Any) -> Risks:
        """At most as many points as features."""
        D = self.inverse(ridges)
        test, fitted = self.test_risk(D, 1.0)
        kept = 1 - self.squares * D  # delta D, also where the pseudo-inverse cuts
        train = kept**2 @ self.p**2 + self.variance * (kept**2).sum(-1)
        return Risks(test, train / self.p.size, 1 / D.sum(-1), (self.squares * D).sum(-1), fitted)

    def primal(self, power: Array, n: Any, ridges: Any) -> Risks:
        """More points than features; ``power`` = m.m, of n points."""
        squares, p, D = self.squares, self.p, self.inverse(ridges)
        test, fitted = self.test_risk(D, squares)
        kept = 1 - squares * D
        free = n - p.size
        train = power - 2 * D @ p**2 + (D**2 * squares) @ p**2
        train = train + self.variance * (free + (kept**2).sum(-1))
        kappa = ridges / (ridges * D.sum(-1) + free)
        return Risks(test, train / n, kappa, (squares * D).sum(-1), fitted)


def ridge_risks(design: Design, ridges: Any, noise: Any) -> Risks:
    """Exact risks at all ridges from one eigendecomposition of the smaller Gram matrix."""
    H, m, variance, gram, overlap, target = design
    n, k = H.shape
    whole = target + noise
    if n <= k:
        return Solved.of(H @ H.T, H @ gram @ H.T, H @ overlap, m, variance, whole).dual(ridges)
    return Solved.of(H.T @ H, gram, overlap, H.T @ m, variance, whole).primal(m @ m, n, ridges)
