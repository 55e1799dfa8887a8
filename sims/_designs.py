"""Random designs, their spectra, and linear regression along a path."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Shaped

from sims._draws import GAMMA_ROWS, log_gammas, normals
from sims._shapes import check_shapes

__all__ = [
    "gaussian_design",
    "gradient_path",
    "orthonormal",
    "ridge_path",
    "sign_patterns",
    "wishart_spectrum",
]


def gaussian_design(z: Float[Array, "*rows d"], covariance=None) -> Float[Array, "*rows d"]:
    """Rows N(0, covariance) from standard normals z; covariance (d, d), d variances, or None = I.

    A full covariance must be positive definite (NaN otherwise).
    """
    if covariance is None:
        return z
    shape, d = jnp.shape(covariance), z.shape[-1]
    if shape not in ((d,), (d, d)):
        raise ValueError(
            f"gaussian_design: covariance has shape {shape}, not (d,) or (d, d) with d = {d}"
        )
    if len(shape) == 1:
        return z * jnp.sqrt(covariance)
    return z @ jnp.linalg.cholesky(covariance).T


def orthonormal(a: Float[Array, "d k"]) -> Float[Array, "d k"]:
    """An orthonormal frame of the columns' span, by Gram-Schmidt in their order.

    Of standard normals it is a uniform (Haar) frame.
    """
    q, r = jnp.linalg.qr(a)
    return q * jnp.where(jnp.diagonal(r) < 0, -1.0, 1.0)


def sign_patterns(d: int) -> Float[Array, "two_to_d d"]:
    """All 2^d rows of signs -1, +1, in binary order; (1 + s)/2 are all masks."""
    bits = jnp.arange(2**d)[:, None] >> jnp.arange(d)[::-1]
    return 2.0 * (bits & 1) - 1


def wishart_spectrum(key: Shaped[Array, "..."], n: int, d: int) -> Float[Array, " d"]:
    """Eigenvalues, ascending, of Z'Z/n for an n x d standard normal Z; exact in law.

    Householder steps from both sides make Z bidiagonal, with independent chi entries (Silverstein
    1985; Dumitriu & Edelman 2002): the diagonal has n, n - 1, ... degrees of freedom, the other
    d - 1, d - 2, .... So n d normals become 52 min(n, d). If d > n, d - n eigenvalues are 0. The
    eigenvectors are uniform and independent of the eigenvalues: a fixed direction's squared
    coordinates are z^2/|z|^2 of d further normals.
    """
    if n < 1 or d < 1:
        raise ValueError(f"wishart_spectrum: n = {n}, d = {d}; both are at least 1")
    long, short = max(n, d), min(n, d)
    (z,) = normals(key, z=(GAMMA_ROWS, 2 * short - 1))
    freedom = jnp.concatenate([long - jnp.arange(short), short - 1 - jnp.arange(short - 1)])
    chi_square = 2 * jnp.exp(log_gammas(z, freedom / 2))
    on, off = jnp.sqrt(chi_square[:short]), jnp.sqrt(chi_square[short:])
    singular = jnp.linalg.svd(jnp.diag(on) + jnp.diag(off, -1), compute_uv=False)
    return jnp.concatenate([jnp.zeros(d - short), jnp.flip(singular) ** 2 / n])


def _filtered(word: str, X: Array, y: Array, filters) -> Array:
    """V diag(f(s^2)) U'y for each filter, s the singular values of X = U diag(s) V'."""
    check_shapes(word, X=(X, "n d"), y=(y, "n"))
    u, s, vt = jnp.linalg.svd(X, full_matrices=False)
    return (filters(s) * (u.T @ y)) @ vt


def ridge_path(
    X: Float[Array, "n d"], y: Float[Array, " n"], ridges: Float[Array, " L"]
) -> Float[Array, "L d"]:
    """argmin |y - Xw|^2 + ridge |w|^2 for every ridge, from one singular value decomposition.

    ridge = 0 gives the interpolator or least-squares solution of smallest norm: singular values
    under eps max(n, d) s_max count as 0, as in numpy's pinv. Negative ridges give NaN.
    """
    check_shapes("ridge_path", ridges=(ridges, "L"))

    def filters(s: Array) -> Array:
        least = jnp.finfo(s.dtype).eps * max(X.shape) * jnp.max(s)
        ridge = jnp.where(ridges >= 0, ridges, jnp.nan)[:, None]
        zero = (ridge == 0) & (s <= least)
        return jnp.where(zero, 0.0, s / jnp.where(zero, 1.0, s**2 + ridge))

    return _filtered("ridge_path", X, y, filters)


def gradient_path(
    X: Float[Array, "n d"],
    y: Float[Array, " n"],
    times: Float[Array, " T"],
    rate: ArrayLike | None = None,
) -> Float[Array, "T d"]:
    """Weights at the times along gradient descent on |y - Xw|^2/2 from w = 0, in closed form.

    Without ``rate`` the gradient flow w' = X'(y - Xw): filter (1 - exp(-t s^2))/s. With it,
    ``times`` count steps w <- w + rate X'(y - Xw): filter (1 - (1 - rate s^2)^t)/s.
    """
    check_shapes("gradient_path", times=(times, "T"))

    def filters(s: Array) -> Array:
        t, square = times[:, None], s**2
        learned = -jnp.expm1(-t * square) if rate is None else 1 - (1 - rate * square) ** t
        return jnp.where(s > 0, learned / jnp.where(s > 0, s, 1.0), 0.0)

    return _filtered("gradient_path", X, y, filters)
