"""Measurements as iid normal vectors, the truth, noise, the starting direction.

svec(sym A) is exactly N(0, I_N), N = d(d+1)/2, when A has iid N(0, 1) entries: so the m x N matrix
of standard normals is drawn and no A_i is made.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sims import normals, smat, svec
from theory import normal_cdf
from theory.sign_rip import eigenvalues, svec_length

HUGE = 1e100
"""Size of an "infinite" outlier: no residual reaches it, and only its sign is ever used."""


def truth_root(params: Any) -> Float[Array, "d r"]:
    """The d x r root diag(sqrt(sigma_i)) of X*; Gaussian measurements make its basis no matter."""
    return jnp.eye(params.d, params.rank) * jnp.sqrt(eigenvalues(params))


def truth_of(params: Any) -> Float[Array, "d d"]:
    """X*."""
    return truth_root(params) @ truth_root(params).T


def noise_of(key: Any, params: Any, which: Array, z: Array) -> Array:
    """The noise s of standard normals: N(0, nu^2), with probability p an outlier in its place.

    ``which`` decides; where it says outlier, its place within the share p is uniform, and gives
    the outlier by its law's quantiles. A gaussian outlier is made of ``z``, which the inliers have.
    """
    u = normal_cdf(which)
    place = u / jnp.maximum(params.p, 1e-300)  # uniform on [0, 1] given an outlier
    sign, size = jnp.where(place < 0.5, -1.0, 1.0), params.outlier_size
    match params.law:
        case "gaussian":
            outlier = params.outlier_mean + size * z
        case "uniform":
            outlier = size * (2 * place - 1)
        case "laplace":
            outlier = sign * size * -jnp.log1p(-jnp.abs(2 * place - 1))
        case "cauchy":
            outlier = size * jnp.tan(jnp.pi * (place - 0.5))
        case "student":
            outlier = size * jax.random.t(jax.random.fold_in(key, 1), params.degrees, z.shape)
        case law:
            outlier = sign * (HUGE if law == "infinite" else size)
    return jnp.where(u < params.p, outlier, params.nu * z)


class Data(NamedTuple):
    """One data set: y = rows . svec(X*) + noise; ``z`` is what random starts are made of."""

    rows: Array
    y: Array
    truth: Array
    noise: Array
    inlier: Array
    z: Array


def draw(key: Any, params: Any) -> Data:
    """Measurements, responses and the start's normals, from one draw."""
    rows, which, z, start = normals(
        key, rows=(params.m, svec_length(params.d)), which=params.m, z=params.m,
        start=(params.d, params.search_rank),
    )  # fmt: skip
    truth, noise = truth_of(params), noise_of(key, params, which, z)
    return Data(rows, rows @ svec(truth) + noise, truth, noise, params.nu * z, start)


def spectral_matrix(data: Data) -> Array:
    """C = (1/m) sum_i sign(y_i) S_i = -Q(-X*), what the method multiplies U by while U is small."""
    return smat(jnp.sign(data.y) @ data.rows / len(data.rows), len(data.truth))


def direction(params: Any, z: Float[Array, "d k"], spectral: Any) -> Float[Array, "d k"]:
    """B of U_0 = alpha B: ``random`` (N(0, 1/d)), ``identity``, or ``spectral``: the top r'
    eigenvectors of C = spectral(), scaled by the roots of their eigenvalues, negative ones cut."""
    match params.start:
        case "identity":
            return jnp.eye(z.shape[0], z.shape[1])
        case "spectral":
            values, vectors = jnp.linalg.eigh(spectral())
            k = z.shape[1]
            return vectors[:, -k:] * jnp.sqrt(jnp.maximum(values[-k:], 0.0))
    return z / jnp.sqrt(len(z))


def start_of(params: Any, data: Data) -> Float[Array, "d k"]:
    """U_0 = alpha B, or for ``near`` the truth's root plus alpha times N(0, 1/d) entries."""
    change = params.alpha * direction(params, data.z, lambda: spectral_matrix(data))
    return change + (padded(truth_root(params), data.z.shape[1]) if params.start == "near" else 0)


def padded(u: Float[Array, "d r"], columns: int) -> Float[Array, "d k"]:
    """U with zero columns added. A zero column stays zero under the method, so runs of several
    search ranks fit into one batch."""
    return jnp.pad(u, ((0, 0), (0, columns - u.shape[1])))
