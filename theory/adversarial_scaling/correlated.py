"""Logits that are not alike: any covariance, and trained networks of infinite width."""

import itertools
import math
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    ArgumentError, Claims, Domain, Ge, Row, Scalar, Twin, bivariate_normal_cdf, closed_form,
    log_normal_cdf, neural_kernels, normal_mean, normal_pdf, own_checks,
)  # fmt: skip
from theory.adversarial_scaling.params import Params

claim = Claims()
COVARIANCE = np.array([[1.0, 0.6, 0.2], [0.6, 1.5, -0.3], [0.2, -0.3, 0.8]])


@own_checks("a user's matrix, on the host: symmetric, of 2 to 5 classes, no two of them the same")
def gap_slope_of(covariance) -> float:
    """p(0) of the top gap of N(0, Sigma) logits, C = 2, ..., 5: a sum over pairs, each elementary.

    sum_{i<j} sqrt(2/pi)/sd(h_i - h_j) P(h_k < h_i for all other k | h_i = h_j): the orthant of
    C - 2 normals is 1, 1/2, 1/4 + a/(2 pi), 1/8 + a/(4 pi), a the sum of their arcsin(correlation).
    err(eps) ~ p(0) E[G] eps. Raises ArgumentError for another shape, for a matrix that is not
    symmetric and where, of three logits, one is an average of two others.
    """
    sigma = np.asarray(covariance, float)
    c = len(sigma) if sigma.ndim else 0
    if sigma.shape != (c, c) or not 2 <= c <= 5 or not np.allclose(sigma, sigma.T):
        raise ArgumentError("gap_slope_of: covariance is not a symmetric matrix of 2 to 5 rows")
    return math.fsum(_pair(sigma, i, j) for i, j in itertools.combinations(range(c), 2))


def _pair(sigma: np.ndarray, i: int, j: int) -> float:
    """Density of h_i - h_j at 0, both signs, times the chance that no other logit is above."""
    others = [k for k in range(len(sigma)) if k not in (i, j)]
    leads = np.zeros((1 + len(others), len(sigma)))
    leads[:, i] = 1
    leads[range(1 + len(others)), [j, *others]] = -1
    v = leads @ sigma @ leads.T
    least = 1e-12 * np.trace(sigma)
    rest = v[1:, 1:] - np.outer(v[1:, 0], v[0, 1:]) / max(v[0, 0], least)
    if not (v[0, 0] > least and (np.diag(rest) > least).all()):
        raise ArgumentError(f"gap_slope_of: covariance ties logits {i} and {j}, or them to another")
    r = rest / np.sqrt(np.outer(np.diag(rest), np.diag(rest)))
    angles = math.fsum(np.arcsin(np.clip(r[np.triu_indices(len(r), 1)], -1, 1)))
    above = (1.0, 0.5, 0.25 + angles / (2 * np.pi), 0.125 + angles / (4 * np.pi))[len(others)]
    return math.sqrt(2 / (np.pi * v[0, 0])) * above


@jax.jit
def gap_of_three(t, sigma):
    """P(Delta <= t) of three N(0, Sigma) logits: 1 - sum_i P(h_i leads both others by t)."""
    i, j, k = np.array([0, 1, 2]), np.array([1, 0, 0]), np.array([2, 2, 1])
    a, b = (jnp.sqrt(sigma[i, i] + sigma[o, o] - 2 * sigma[i, o]) for o in (j, k))
    shared = sigma[i, i] - sigma[i, j] - sigma[i, k] + sigma[j, k]
    return 1 - jnp.sum(bivariate_normal_cdf(-t / a, -t / b, shared / (a * b)))


@claim.equals(
    lambda run, p: run["correlated_gap"] <= 0.5,
    at=Params(),
    mode="toy",
    within=0.015,
    twin=Twin("the same variances, no correlation", correlated=0),
)
def correlated_gap_cdf(p, *, correlated=1):
    """The top gap of three logits of any covariance: 1 - sum_i Phi_2(-t/sd_ij, -t/sd_ik; r)."""
    return gap_of_three(0.5, COVARIANCE if correlated else np.diag(np.diag(COVARIANCE)))


@claim.limit(
    lambda p: gap_slope_of(COVARIANCE),
    along=[Params(eps=e) for e in (0.1, 0.03, 0.01, 0.003, 0.001)],
    size=lambda p: 1 / p.eps,
    rate=-1.0,
    within=0.1,
    last_gap=1e-3,
    why="the next term of the series",
    twin=Twin("the correlations left out", limit=lambda p: gap_slope_of(np.diag(
        np.diag(COVARIANCE)))),
)  # fmt: skip
def correlated_gap_density(p):
    """P(Delta <= t)/t -> sum_{i<j} 1/(sqrt(2 pi) sd(h_i - h_j)) for any three Gaussian logits."""
    return gap_of_three(p.eps, COVARIANCE) / p.eps


# ------------------------------------------------------------------------------ wide networks


def lead_of(t, means, s):
    """P(Delta <= t) of independent N(m_i, s^2) logits: 1 - sum_i E prod_j Phi(Z + (d_ij - t)/s)."""
    means = jnp.asarray(means, float)
    ahead = means[..., :, None] - means[..., None, :] - jnp.asarray(t, float)[..., None, None]
    ahead = ahead / jnp.asarray(s, float)[..., None, None]
    own = jnp.eye(means.shape[-1], dtype=bool)[..., None]

    def leads(z):
        return jnp.exp(jnp.sum(jnp.where(own, 0, log_normal_cdf(z + ahead[..., None])), axis=-2))

    return 1 - jnp.sum(normal_mean(leads, reach=20.0, nodes=320), axis=-1)


@closed_form(example={"means": [0.0, 0.5, 2.0], "s": 1.0})
def gap_slope_about(means: Annotated[Scalar, Row], s: Annotated[Scalar, Ge(1e-50)]):
    """p(0) = sum_{i != j} int f_i f_j prod_{k != i, j} F_k of independent N(m_i, s^2) logits.

    f_i f_j is phi((m_i - m_j)/(s sqrt 2))/(s sqrt 2) times the density of N((m_i + m_j)/2, s^2/2).
    Over initialisations a trained network of infinite width has such logits at each input.
    """
    means, s = jnp.asarray(means, float), jnp.asarray(s, float)[..., None]
    total = 0.0
    for i, j in itertools.combinations(range(means.shape[-1]), 2):
        others = [k for k in range(means.shape[-1]) if k not in (i, j)]
        middle = (means[..., i, None] + means[..., j, None]) / 2
        lead = (middle - means[..., np.array(others, int)]) / s

        def above(z, lead=lead):
            return jnp.exp(jnp.sum(log_normal_cdf(lead[..., None] + z / 2**0.5), axis=-2))

        tie = normal_pdf((means[..., i] - means[..., j]) / (s[..., 0] * 2**0.5))
        total += tie * normal_mean(above, reach=40.0, nodes=640) * 2**0.5 / s[..., 0]
    return total


POINTS = 8


def wide_data(classes):
    """(X, labels): 8 training inputs and one new one on a sphere, and labels in turn."""
    i = np.arange(POINTS + 1.0)[:, None]
    x = np.cos(1 + i * np.array([1.0, 2.0, 3.0]) + np.array([0.0, 1.0, 2.0]))
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return x, np.eye(classes)[np.arange(POINTS) % classes]


def wide_kernels(x):
    """(K, Theta) of a ReLU network with one hidden layer of infinite width, on unit vectors.

    K, the arc-cosine kernel, is its outputs' covariance at the start; Theta is the tangent kernel.
    """
    with jax.ensure_compile_time_eval():  # numbers, in a traced function too
        both = neural_kernels.dense_kernels(neural_kernels.leaky_relu(0.0), x @ x.T, 1)
        return [np.asarray(kernel) for kernel in both]


def wide_logits(p):
    """Means and standard deviation of the trained logits at the new input."""
    x, labels = wide_data(p.classes)
    start, tangent = wide_kernels(x)
    pull = np.linalg.solve(tangent[:-1, :-1], tangent[:-1, -1])
    leaves = np.append(-pull, 1)
    return pull @ labels, np.sqrt(leaves @ start @ leaves)


@claim.equals(
    lambda run, p: run["gap"] <= 0.5,
    at=(WIDE := Params(classes=3)),
    mode="wide",
    within=0.015,
    twin=Twin("the mean network's logits forgotten: independent logits", means=0),
)
def wide_network_gap(p, *, means=1):
    """Trained to the end, the gap at an input is that of N(m_i, s^2) logits, over initialisations.

    derived: h = f(x) + Theta(x, X) Theta(X, X)^-1 (Y - f(X)) is affine in the Gaussian start f
    """
    centre, s = wide_logits(p)
    return lead_of(0.5, means * centre, s)


@jax.jit
def slope_at_zero(means, s):
    """d/dt :func:`lead_of` at t = 0."""
    return jax.grad(lead_of)(0.0, means, s)


@claim.identity(
    lambda p: slope_at_zero(p.rate * wide_logits(p)[0], p.s),
    over=Domain.around(WIDE, rate=(0.0, 1.0), s=(0.1, 1.0)),
    points=4,
    within=1e-9,
    why="two quadratures",
    twin=Twin("each pair once", pairs=0.5),
)
def wide_network_exponent(p, *, pairs=1.0):
    """P(Delta <= t)/t -> p(0) > 0: trained networks of infinite width have the exponent 1 too."""
    return pairs * gap_slope_about(p.rate * wide_logits(p)[0], p.s)
