"""Trials at a fixed X: the law of Q, its largest singular values, suprema over low-rank X."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from sims import low_rank, normals, simulation, smat, svec, top_eigenpair
from sims.sign_rip.measure import draw, noise_of, truth_of
from theory.sign_rip import c0, scaling_function, svec_length, truth_norm


@simulation(width=32)
def scalar_trial(key: Any, params: Any) -> dict[str, Array]:
    """<E Q(X*), Xhat> from scalars: mean of sign(sg g - s) g over 4096 draws."""
    g, which, z = normals(key, g=4096, which=4096, z=4096)
    s = noise_of(key, params, which, z)
    return {"signal": jnp.mean(jnp.sign(truth_norm(params) * g - s) * g)}


@simulation(width=64)
def matrix_trial(key: Any, params: Any) -> dict[str, Array]:
    """Q(X*) from m real measurements: its part along Xhat, and what lies across it."""
    data = draw(key, params)
    x = svec(data.truth)
    q, hat = jnp.sign(data.rows @ x - data.noise) @ data.rows / params.m, x / jnp.linalg.norm(x)
    across = q - (q @ hat) * hat
    # a fixed direction at right angles to X*: one off-diagonal entry
    return {
        "along": q @ hat,
        "across": jnp.sqrt(params.m) * q[1],
        "across_energy": params.m * across @ across,
    }


def weighted_matrix(key: Any, params: Any) -> Callable[[Any], Array]:
    """weights -> (1/m) sum w_i S_i, w = weights(<A_i, X*> + s_i), from its exact law in O(m + d^2).

    Given the part of the measurements along X*, the rest is N(0, mean(w^2)/m) and independent.
    """
    m, x = params.m, svec(truth_of(params))
    g, which, z, rest = normals(key, g=m, which=m, z=m, rest=svec_length(params.d))
    hat = x / jnp.linalg.norm(x)
    y = jnp.linalg.norm(x) * g + noise_of(key, params, which, z)

    def matrix(weights: Any) -> Array:
        w = weights(y)
        across = (rest - (rest @ hat) * hat) * jnp.sqrt(jnp.mean(w**2) / m)
        return smat(jnp.mean(w * g) * hat + across, params.d)

    return matrix


@simulation(width=4)
def pointwise_trial(key: Any, params: Any) -> dict[str, Array]:
    """delta_r(X*), from the exact law of Q(X*)."""
    q, size = weighted_matrix(key, params)(jnp.sign), truth_norm(params)
    off = q / scaling_function(params, size) - truth_of(params) / size
    return {"delta": top_norm(jnp.linalg.eigvalsh(off), params.rank)}


def top_norm(values: Float[Array, "*B d"], k: int) -> Float[Array, "*B"]:
    """norm(M)_{F,k} from the eigenvalues of a symmetric M."""
    return jnp.sqrt(jnp.sum(jnp.sort(values**2, axis=-1)[..., -k:], axis=-1))


@simulation(width=2)
def spectral_trial(key: Any, params: Any) -> dict[str, Array]:
    """Top eigenvalue and overlap of the l1 and the l2 spectral matrix, each from its exact law."""
    matrix, found = weighted_matrix(key, params), {}
    for name, weights in (("l1", jnp.sign), ("l2", lambda y: y)):
        value, vector = top_eigenpair(matrix(weights))
        found |= {f"{name}_eigenvalue": value, f"{name}_overlap": vector[0] ** 2}
    return found


# Suprema


@simulation(width=1)
def supremum_trial(key: Any, params: Any) -> dict[str, Array]:
    """Largest norm(A(X))_1/m found over unit X of rank <= r, noiseless, by X <- top-r(Q(X)).

    40 steps from four starts. The objective is convex, so no step of this power method lowers it.
    """
    d, m = params.d, params.m
    rows, u = normals(key, rows=(m, svec_length(d)), u=(4, d, params.rank))

    def ascend(_, x):
        q = smat(jnp.sign(x @ rows.T) @ rows / m, d)
        return svec(normalised(low_rank(q, params.rank)))

    x = jax.lax.fori_loop(0, 40, ascend, svec(normalised(u @ jnp.swapaxes(u, -1, -2))))
    return {"supremum": jnp.max(jnp.mean(jnp.abs(x @ rows.T), axis=-1))}


def normalised(x: Float[Array, "*B d d"]) -> Float[Array, "*B d d"]:
    """X/norm(X)_F."""
    return x / jnp.linalg.norm(x, axis=(-2, -1), keepdims=True)


@simulation(width=1)
def adversarial_trial(key: Any, params: Any) -> dict[str, Array]:
    """Largest delta_r(X) found over unit X of rank r, and delta_r at a fixed X.

    Ascent on X = U diag(w) U^T with sign smoothed to tanh(20 .), eight starts; the value reported
    is that of the true sign. A lower bound on the supremum.

    X moves the signs of inliers only. So the supremum is about twice the value at a fixed X without
    outliers and tends to it as p -> 1: at d = 8, m = 800 the ratio is 1.86, 1.67, 1.49, 1.23, 1.15
    at p = 0, 1/2, 3/4, 7/8, 15/16. The value at a fixed X has slope 1 in log 1/(1-p); the supremum
    has 0.7 to 0.9 on the way.
    """
    d, m, r = params.d, params.m, params.rank
    rows, which, z, u, w = normals(
        key, rows=(m, svec_length(d)), which=m, z=m, u=(8, d, r), w=(8, r)
    )
    s = noise_of(key, params, which, z)
    phi = scaling_function(params, 1.0)

    def unit(w):
        u, weights = w
        return normalised((u * weights[..., None, :]) @ jnp.swapaxes(u, -1, -2))

    def deviation(w, sign):
        x = unit(w)
        q = smat(sign(svec(x) @ rows.T - s) @ rows / params.m, params.d)
        return q / phi - x

    def objective(w):
        off = deviation(w, lambda z: jnp.tanh(20 * z))
        # envelope theorem: the best Y is held fixed while X moves
        best = jax.lax.stop_gradient(normalised(low_rank(off, r)))
        return jnp.sum(off * best)

    def climb(t, w):
        of_u, of_w = jax.grad(objective)(w)
        norm = jnp.sqrt(jnp.sum(of_u**2, axis=(1, 2)) + jnp.sum(of_w**2, axis=1)) + 1e-30
        rate = 0.3 * 0.98**t / norm
        return w[0] + rate[:, None, None] * of_u, w[1] + rate[:, None] * of_w

    start = (u / jnp.sqrt(d), 1.0 + 0.1 * w)
    end = jax.lax.fori_loop(0, 150, climb, start)

    def exact(w):
        return top_norm(jnp.linalg.eigvalsh(deviation(w, jnp.sign)), r)

    fixed = exact(start)[0]
    return {"found": jnp.maximum(jnp.max(exact(end)), fixed), "fixed": fixed}


def half_sphere(count: int) -> np.ndarray:
    """A Fibonacci lattice on the half-sphere z >= 0 of R^3 (X and -X are the same direction)."""
    i = np.arange(count) + 0.5
    z, angle = i / count, np.pi * (1 + 5**0.5) * i
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)


@simulation(width=1)
def implication_trial(key: Any, params: Any) -> dict[str, Array]:
    """d = 2, k = 1: eps of the l1/l2 property and delta of Sign-RIP over *all* X, noiseless.

    Rank <= 2 is everything here, so both suprema run over a sphere in R^3: a grid, and for eps the
    Lipschitz constant times its covering radius on top.
    """
    rows = jax.random.normal(key, (params.m, 3))
    points = jnp.asarray(half_sphere(3000))
    values = points @ rows.T
    lipschitz = jnp.linalg.norm(rows, 2) / jnp.sqrt(params.m)
    covering = 2.5 / jnp.sqrt(
        len(points)
    )  # 2.47/sqrt(n) bounds the lattice's own on the half-sphere
    mean, c = jnp.mean(jnp.abs(values), axis=1), float(c0)
    off = smat(jnp.sign(values) @ rows / params.m / c - points, 2)
    return {
        "eps": (jnp.max(jnp.abs(mean - c)) + lipschitz * covering) / c,
        "delta": jnp.max(jnp.abs(jnp.linalg.eigvalsh(off))),
    }
