"""Draws of features and training inputs, reduced to what the risks depend on.

Given features with second moments Gram = V V^T (k, k) and overlaps g = V v with the target, and a
design H (n, k) whose labels have mean m and variance tau^2 each, the ridge predictor theta has the
exact test risk  |v|^2 - 2 theta.g + theta^T Gram theta + sigma^2: no test set.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from theory.random_features import Params, spectrum_of


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


class Risks(NamedTuple):
    """Means over the label noise, given features and inputs, at each ridge (shape (J,))."""

    test: Array
    train: Array
    kappa: Array  # 1/tr (Khat + delta)^-1
    degrees_of_freedom: Array  # tr Khat (Khat + delta)^-1
    fitted_target: Array  # sum_i v_i E what_i


class InBasis(NamedTuple):
    """A design in the eigenbasis of its smaller Gram matrix, H H^T (dual) or H^T H (primal).

    The predictor is theta = A (p D) with D = 1/(squares + ridge); ``spread`` = A^T Gram A and
    ``reach`` = A^T overlap.
    """

    squares: Array
    spread: Array
    reach: Array
    p: Array


def dual_risks(
    basis: InBasis, variance: Array | float, target: Array | float, ridges: Array,
    noise: Array | float,
) -> Risks:  # fmt: skip
    """At most as many points as features: A = H^T U, p = U^T m, with H H^T = U squares U^T."""
    squares, p = basis.squares, basis.p
    D, test, fitted = _test_risk(basis, jnp.ones_like(squares), variance, target, ridges, noise)
    kept = 1 - squares * D  # delta D, also where the pseudo-inverse cuts
    train = kept**2 @ p**2 + variance * (kept**2).sum(1)
    return Risks(test, train / p.size, 1 / D.sum(1), (squares * D).sum(1), fitted)


def primal_risks(
    basis: InBasis, power: Array, n: Array | int, variance: Array | float, target: Array | float,
    ridges: Array, noise: Array | float,
) -> Risks:  # fmt: skip
    """A = Q, p = Q^T H^T m with H^T H = Q squares Q^T; ``power`` = m.m, of n points."""
    squares, p = basis.squares, basis.p
    D, test, fitted = _test_risk(basis, squares, variance, target, ridges, noise)
    kept = 1 - squares * D
    k = p.size
    train = power - 2 * D @ p**2 + (D**2 * squares) @ p**2
    train = train + variance * (n - k + (kept**2).sum(1))
    kappa = ridges / (ridges * D.sum(1) + (n - k))
    return Risks(test, train / n, kappa, (squares * D).sum(1), fitted)


def _test_risk(
    basis: InBasis, noise_in: Array, variance: Array | float, target: Array | float,
    ridges: Array, noise: Array | float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """(D, test risk, theta.overlap) at each ridge; ``noise_in``: the labels' variance in each p."""
    squares, spread, reach, p = basis
    floor = 1e-14 * squares[-1] * p.size
    total = squares + ridges[:, None]
    D = jnp.where(total > floor, 1 / jnp.maximum(total, floor), 0.0)  # 0: the pseudo-inverse
    coefficients = p * D
    fitted = coefficients @ reach
    test = target + noise - 2 * fitted + ((coefficients @ spread) * coefficients).sum(1)
    return D, test + variance * (D**2) @ (noise_in * jnp.diag(spread)), fitted


def ridge_risks(design: Design, ridges: Float[Array, " J"], noise: Array | float) -> Risks:
    """Exact risks at all ridges from one eigendecomposition of the smaller Gram matrix."""
    H, m, variance, gram, overlap, target = design
    n, k = H.shape
    if n <= k:
        squares, U = jnp.linalg.eigh(H @ H.T)
        A = H.T @ U
        basis = InBasis(squares, A.T @ (gram @ A), A.T @ overlap, U.T @ m)
        return dual_risks(basis, variance, target, ridges, noise)
    squares, Q = jnp.linalg.eigh(H.T @ H)
    basis = InBasis(squares, Q.T @ (gram @ Q), Q.T @ overlap, Q.T @ (H.T @ m))
    return primal_risks(basis, m @ m, n, variance, target, ridges, noise)
