"""Draws of features and training inputs, reduced to what the risks depend on.

Given features with second moments Gram = V V^T (k, k) and overlaps g = V v with the target, and a
design H (n, k) whose labels have mean m and variance tau^2 each, the ridge predictor theta has the
exact test risk  |v|^2 - 2 theta.g + theta^T Gram theta + sigma^2: no test set.
"""

from typing import Any, NamedTuple

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

    test_risk: Array
    train_risk: Array
    kappa: Array  # 1/tr (Khat + delta)^-1
    degrees_of_freedom: Array  # tr Khat (Khat + delta)^-1
    fitted_target: Array  # sum_i v_i E what_i


class Solved(NamedTuple):
    """A design in the eigenbasis of its smaller Gram matrix, H H^T (dual) or H^T H (primal).

    The predictor is theta = A (p D) with D = 1/(squares + ridge). Dual, at most as many points as
    features: A = H^T U, p = U^T m with H H^T = U squares U^T. Primal: A = Q, p = Q^T H^T m with
    H^T H = Q squares Q^T. ``spread`` = A^T Gram A, ``reach`` = A^T overlap; ``variance`` and
    ``target`` as in :class:`Design`.
    """

    squares: Array
    spread: Array
    reach: Array
    p: Array
    variance: Any
    target: Any

    def test_risk(
        self, noise_in: Array, ridges: Array, noise: Array | float
    ) -> tuple[Array, Array, Array]:
        """(D, test risk, theta.overlap) at each ridge; ``noise_in``: labels' variance in each p."""
        squares, spread, reach, p, variance, target = self
        floor = 1e-14 * squares[-1] * p.size
        total = squares + ridges[:, None]
        D = jnp.where(total > floor, 1 / jnp.maximum(total, floor), 0.0)  # 0: the pseudo-inverse
        coefficients = p * D
        fitted = coefficients @ reach
        test = target + noise - 2 * fitted + ((coefficients @ spread) * coefficients).sum(1)
        return D, test + variance * (D**2) @ (noise_in * jnp.diag(spread)), fitted

    def dual(self, ridges: Array, noise: Array | float) -> Risks:
        """At most as many points as features."""
        D, test, fitted = self.test_risk(jnp.ones_like(self.squares), ridges, noise)
        kept = 1 - self.squares * D  # delta D, also where the pseudo-inverse cuts
        train = kept**2 @ self.p**2 + self.variance * (kept**2).sum(1)
        return Risks(test, train / self.p.size, 1 / D.sum(1), (self.squares * D).sum(1), fitted)

    def primal(self, power: Array, n: Array | int, ridges: Array, noise: Array | float) -> Risks:
        """More points than features; ``power`` = m.m, of n points."""
        squares, p = self.squares, self.p
        D, test, fitted = self.test_risk(squares, ridges, noise)
        kept = 1 - squares * D
        free = n - p.size
        train = power - 2 * D @ p**2 + (D**2 * squares) @ p**2
        train = train + self.variance * (free + (kept**2).sum(1))
        kappa = ridges / (ridges * D.sum(1) + free)
        return Risks(test, train / n, kappa, (squares * D).sum(1), fitted)


def ridge_risks(design: Design, ridges: Float[Array, " J"], noise: Array | float) -> Risks:
    """Exact risks at all ridges from one eigendecomposition of the smaller Gram matrix."""
    H, m, variance, gram, overlap, target = design
    n, k = H.shape
    squares, A = jnp.linalg.eigh(H @ H.T if n <= k else H.T @ H)
    p = A.T @ (m if n <= k else H.T @ m)
    A = H.T @ A if n <= k else A
    solved = Solved(squares, A.T @ (gram @ A), A.T @ overlap, p, variance, target)
    return solved.dual(ridges, noise) if n <= k else solved.primal(m @ m, n, ridges, noise)


def risks_of(design: Design, params: Any) -> dict[str, Array]:
    """Test and train risk, kappa, degrees of freedom and the fitted target at params' ridge."""
    risks = ridge_risks(design, jnp.reshape(params.ridge, (1,)), params.noise)
    return {name: values[0] for name, values in risks._asdict().items()}
