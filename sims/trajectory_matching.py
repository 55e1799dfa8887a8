"""Experts and students that are run, step by step; the student's set is made from what is seen."""

import jax
import jax.numpy as jnp
import numpy as np

from sims import normals, simulation

TARGET = 0.7  # every entry of theta*


def expert_path(starts, noise, clip, p):
    """Positions after 0 .. M steps from each start (rows), and eta sum_k min(1, G/|gradient|)."""

    def step(theta, xi):
        slope = p.h * (theta - TARGET)
        size = jnp.linalg.norm(slope, axis=-1, keepdims=True)
        part = jnp.minimum(1, clip / jnp.maximum(size, 1e-300))
        return theta - p.rate * part * (slope + p.sigma * xi), (theta, p.rate * part[..., 0])

    end, (path, clock) = jax.lax.scan(step, starts, noise)
    return jnp.concatenate([path, end[None]]), jnp.sum(clock, axis=0)


def student_path(X, starts, p):
    """Positions after 0 .. N steps on |X theta - y|^2/2 from each start (columns), y = X theta*."""

    def step(theta, _):
        return theta - p.rate * X.T @ (X @ (theta - TARGET)), theta

    end, path = jax.lax.scan(step, starts, length=p.student_steps)
    return jnp.concatenate([path, end[None]])


def rows_for(share, p):
    """Row sizes that go the shares of the way in N student steps."""
    return jnp.sqrt((1 - (1 - share) ** (1 / p.student_steps)) / p.rate)


def best(gain, share, p):
    """Rows along the n_s axes of largest gain, and the mask of these axes."""
    taken = jnp.argsort(jnp.argsort(-gain)) < p.points
    return jnp.diag(jnp.where(taken, rows_for(share, p), 0.0)), taken


@simulation(width=1024)
def trial(key, p):
    """An expert's segment; students on the best sets for its way and for its end."""
    d, m, n = p.d, p.steps, p.student_steps
    u, noise, shift = normals(key, u=(d,), noise=(m, d), shift=(d,))
    wait = jax.lax.fori_loop(0, p.start, lambda _, v: v - p.rate * p.h * v, jnp.ones(d))
    first = u * jnp.sqrt(p.S)
    start, S = wait * first, jnp.maximum(wait**2 * p.S, 1e-300)
    starts = TARGET + jnp.stack([start, jnp.ones(d)])  # the second without noise or clipping
    noises = jnp.stack([noise, jnp.zeros((m, d))], axis=1)
    path, clock = expert_path(starts, noises, jnp.array([[1.0], [jnp.inf]]) * p.clip, p)
    moved, B = path[0, 0] - path[-1, 0], path[0, 1] - path[-1, 1]
    # the sets, from the share B of the way that the expert was seen to go
    share, extra = B * S / (S + p.perturb), (B * S + p.perturb) / (S + p.perturb)
    X, taken = best(share**2 * (S + p.perturb), share, p)
    Y, _ = best(extra**2 * (S + p.perturb), extra, p)
    begun = start + jnp.sqrt(p.perturb) * shift + TARGET
    ways = jax.vmap(lambda rows: student_path(rows, begun, p))(jnp.stack([X, Y]))
    # how far the student is from the expert, and from a straight line, on the chosen axes
    there = path[np.arange(1, n + 1) * m // n, 0]
    line = path[0, 0] - jnp.arange(1, n + 1)[:, None] / n * moved
    largest = jnp.max(jnp.abs(jnp.where(taken, start, 0.0)))
    gap = lambda a: jnp.max(jnp.abs(jnp.where(taken, a - there, 0.0))) / largest  # noqa: E731
    taught = jax.lax.fori_loop(0, p.rounds * n, lambda _, v: v - p.rate * X.T @ (X @ v), first)
    return {
        "from": start,
        "moved": moved,
        "clock": clock[0],
        "loss": jnp.sum((ways[0, 0] - ways[0, -1] - moved) ** 2),
        "end": jnp.sum((ways[1, -1] - path[-1, 0]) ** 2),
        "travel": jnp.sum(moved**2),
        "between": gap(ways[0, 1:]),
        "line": gap(line),
        "risk": jnp.sum(p.h * taught**2) / 2,
    }


@simulation(width=64)
def disturbed_trial(key, p):
    """The best set for infinitely many starts, disturbed a little or much: its expected loss."""
    other, size = normals(key, other=(p.d, p.d), size=())
    ones = jnp.ones(p.d)
    B = ones - jax.lax.fori_loop(0, p.steps, lambda _, v: v - p.rate * p.h * v, ones)
    X, taken = best(B**2 * p.S, B, p)
    rows = X + jnp.where(taken[:, None], other, 0.0) * jnp.exp(-5 * jnp.abs(size))
    path = student_path(rows, jnp.diag(jnp.sqrt(p.S)) + TARGET, p)
    return {"loss": jnp.sum((path[0] - path[-1] - jnp.diag(B * jnp.sqrt(p.S))) ** 2)}


@simulation(width=64)
def experts_trial(key, p):
    """E experts; the set that matches all, without its last point, and on all fresh starts."""
    (z,) = normals(key, z=(p.d, p.experts))
    U = z * jnp.sqrt(p.S)[:, None]
    starts = jnp.concatenate([U, jnp.ones((p.d, 1))], axis=1)
    ends = jax.lax.fori_loop(0, p.steps, lambda _, v: v - p.rate * p.h[:, None] * v, starts)
    T, B = U - ends[:, :-1], 1 - ends[:, -1]
    C = U.T @ T
    half = jax.scipy.linalg.solve_triangular(jnp.linalg.cholesky(C), T.T, lower=True)
    _, scale, axes = jnp.linalg.svd(half, full_matrices=False)
    share = scale**2
    K = (axes.T * share) @ axes

    def ways(rows):
        path = student_path(rows, U + TARGET, p)
        return path[0] - path[-1]

    X = rows_for(jnp.minimum(share, 1.0), p)[:, None] * axes
    full, short = ways(X), ways(X[:-1])
    curvature, way = jnp.linalg.eigvalsh(C), jnp.linalg.eigvalsh(T.T @ T)
    difference = jnp.linalg.eigvalsh(jnp.diag(B) - K)
    largest = jnp.max(jnp.abs(T))
    return {
        "error": jnp.max(jnp.abs(full - T)) / largest,
        "short_error": jnp.max(jnp.abs(short - T)) / largest,
        "condition": curvature[-1] / curvature[0],
        "short": jnp.sum((short - T) ** 2),
        "bound": way[0],
        "slack": difference[0],
        "reverse": -difference[-1],
        "fresh": jnp.sum(p.S * (jnp.diag(B) - K) ** 2),
    }


def symmetric_basis(d):
    """The d (d + 1)/2 symmetric matrices with one entry, or one pair, of ones."""
    i, j = np.triu_indices(d)
    basis = np.zeros((len(i), d, d))
    basis[np.arange(len(i)), i, j] = basis[np.arange(len(i)), j, i] = 1
    return basis


@simulation(width=256)
def noisy_trial(key, p):
    """Noisy experts, and the least squares left by any symmetric K and any c."""
    z, xi = normals(key, z=(p.experts, p.d), xi=(p.steps, p.experts, p.d))
    U = z * jnp.sqrt(p.S)
    path, _ = expert_path(U + TARGET, xi, jnp.inf, p)
    moved = (path[0] - path[-1]).reshape(-1)
    by_K = jnp.einsum("kij,ej->eik", symmetric_basis(p.d), U).reshape(len(moved), -1)
    by_c = jnp.tile(jnp.eye(p.d), (p.experts, 1))
    left, size, _ = jnp.linalg.svd(jnp.concatenate([by_K, by_c], axis=1), full_matrices=False)
    inside = jnp.where(size > 1e-9 * size[0], left.T @ moved, 0.0)
    return {"left": jnp.sum(moved**2) - jnp.sum(inside**2)}
