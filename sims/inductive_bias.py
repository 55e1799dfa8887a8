"""Hypotheses that fit their training set, and the errors of samples of them."""

import jax
import jax.numpy as jnp
import numpy as np

from sims import normals, orthonormal, simulation, uniforms
from theory import neural_kernels
from theory.inductive_bias.gaussian import power_law, tilt
from theory.inductive_bias.kernel import JUDGED, LEARNT, rbf, wave


@simulation(width=1024)
def trial(key, p):
    """A linear hypothesis of the prior, corrected in the data's span until it fits the labels.

    Three teachers: one with a given share off the span, a fixed one, one of the prior's law.
    """
    inputs, prior, aside, any_teacher = normals(
        key, inputs=(p.d, p.n), prior=(p.d,), aside=(p.d, 1), any_teacher=(p.d,)
    )
    frame = orthonormal(jnp.concatenate([inputs, aside], axis=1))  # d x (n + 1)
    span, off = frame[:, :-1], frame[:, -1]
    along = span[:, 0] if p.n else jnp.zeros(p.d)
    share = p.missed if p.n else 1.0
    given = p.norm * (jnp.sqrt(1 - share) * along + jnp.sqrt(share) * off)

    def error(teacher):
        theta = p.tau * prior
        theta = theta + span @ (span.T @ (teacher - theta))
        return jnp.sum((theta - teacher) ** 2)

    fixed = jnp.zeros(p.d).at[0].set(1.0)
    return {
        "error": error(given),
        "error_any_teacher": error(p.tau * any_teacher),
        "missed": 1 - jnp.sum((span.T @ fixed) ** 2),
    }


@simulation(width=2048)
def finite_trial(key, p):
    """A uniformly random function and a teacher that agree on the known points."""
    (u,) = uniforms(key, u=(2, p.inputs))
    labels = jnp.floor(p.classes * u)
    function = jnp.where(jnp.arange(p.inputs) < p.known, labels[1], labels[0])
    wrong = jnp.sum(function != labels[1])
    return {"wrong": wrong / (p.inputs - p.known)}


@simulation(width=1024)
def kernel_trial(key, p):
    """A process at all points at once, then moved by the kernel's answer to its misfit."""
    (z,) = normals(key, z=(len(LEARNT) + len(JUDGED),))
    places = jnp.concatenate([LEARNT, JUDGED])
    matrix = rbf(places, places, p.length)
    f = jnp.linalg.cholesky(matrix) @ z
    k = len(LEARNT)
    misfit = jnp.linalg.solve(matrix[:k, :k], wave(LEARNT) - f[:k])
    residual = f[k:] + matrix[k:, :k] @ misfit - wave(JUDGED)
    return {"error": jnp.mean(residual**2)}


def sphere_points():
    """A quadrature of S^2 exact to degree 15: points, weights of sum 1; harmonics to degree 2."""
    heights, weights = np.polynomial.legendre.leggauss(8)
    turn = 2 * np.pi * np.arange(16) / 16
    wide = np.sqrt(1 - heights**2)[:, None]
    x, y = (wide * np.cos(turn)).ravel(), (wide * np.sin(turn)).ravel()
    z = np.repeat(heights, 16)
    lines = [3**0.5 * a for a in (x, y, z)]
    squares = [15**0.5 * a for a in (x * y, y * z, z * x, (x**2 - y**2) / 2)]
    bands = np.stack([0 * x + 1, *lines, *squares, 5**0.5 * (3 * z**2 - 1) / 2])
    return np.stack([x, y, z], axis=1), np.repeat(weights, 16) / 32, bands


def of_depth(cosine, p):
    """The NNGP or the tangent kernel of p.depth layers by its recursion, 1 at cosine 1."""
    relu = neural_kernels.leaky_relu(0.0)
    plain, tangent = neural_kernels.dense_kernels(relu, cosine, p.depth)
    return plain if p.kernel == "nngp" else tangent / (p.depth + 1)


@simulation(width=1024)
def sphere_trial(key, p):
    """A process on 128 points of S^2, and the error of its parts of degree 0 to 2."""
    points, weights, bands = sphere_points()
    (noise,) = normals(key, noise=(len(points),))
    values, vectors = jnp.linalg.eigh(of_depth(points @ points.T, p))
    f = vectors @ (jnp.sqrt(jnp.maximum(values, 0)) * noise)
    teacher = jnp.zeros(len(bands)).at[p.degree**2].set(1.0)
    return {"error": jnp.sum((bands @ (weights * f) - teacher) ** 2)}


@simulation(width=256)
def fit_trial(key, p):
    """S errors of a Gaussian space: what a fit or a count takes of them."""
    (z,) = normals(key, z=(p.draws, p.r))
    lam, shifts, _ = power_law(p)
    errors = (z + jnp.sqrt(shifts)) ** 2 @ lam
    return {
        "mean": jnp.mean(errors),
        "mean_log": jnp.mean(jnp.log(errors)),
        "hits": 1.0 * jnp.sum(errors <= p.eps),
    }


@simulation(width=1024)
def tilted_trial(key, p):
    """One error of the tilted law, in which eps is the mean, and its weight below eps."""
    (z,) = normals(key, z=(p.r,))
    lam, shifts, degrees = power_law(p)
    t = jax.lax.stop_gradient(tilt(p.eps, lam, shifts, degrees))
    left = 1 / (1 + 2 * t * lam)
    moved = jnp.sqrt(left) * z + jnp.sqrt(shifts) * left
    error = jnp.sum(lam * moved**2)
    return {"tilted": jnp.where(error <= p.eps, jnp.exp(t * (error - p.eps)), 0.0)}
