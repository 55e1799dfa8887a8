"""Transferred covariances, and what sampling from calibrated Gaussians adds."""

from typing import Annotated

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, mixing
from theory.representation_calibration.params import Count, Params, Positive, Square, Weight
from theory.representation_calibration.transfer import best_weight, transfer_error

claim = Claims("derived")
Freedom = Annotated[Scalar, Ge(1), Le(1e12)]
Real = Annotated[Scalar, Ge(0), Le(1e12)]


@closed_form
def covariance_error(trace: Positive, square: Positive, freedom: Freedom) -> Scalar:
    """E |S - Sigma|_F^2 = (tr Sigma^2 + (tr Sigma)^2)/nu, S unbiased with nu degrees of freedom."""
    return (square + trace**2) / freedom


@closed_form
def resampled_error(
    weight: Weight, own: Positive, lent: Square, bias: Square, noise: Square, kept: Real, new: Count
) -> Scalar:
    """E |mean of ``kept`` real points and ``new`` sampled ones - mu_k|^2, n and M of them.

    w = M/(n + M): transfer_error(w beta, ...) + w^2 tr Sigma'/M. Keeping real points is transfer
    with a smaller weight; n = 0 discards them, and then M -> infinity is the plug-in rule.
    """
    share = new / (kept + new)
    return transfer_error(share * weight, own, lent, bias) + share**2 * noise / new


# --------------------------------------------------------------------------------------------
# Covariances in three dimensions, n_t = points, n_h = twice as many

HERE = Params(points=6, beta=0.3, along=-0.3, across=0.4)
CORRELATION = 0.6
SIDE = 3
SQUARE = SIDE + 4 * CORRELATION**2 + 2 * CORRELATION**4
"""tr Sigma^2 of Sigma_ij = .6^|i - j|."""


def freedoms(p):
    """nu_t, nu_h."""
    return p.points - 1.0, 2 * p.points - 1.0


def risks(p, square=1.0):
    """R_t, R_h."""
    return tuple(covariance_error(1.0 * SIDE, SQUARE, nu) - (1 - square) * SQUARE / nu
                 for nu in freedoms(p))  # fmt: skip


def mixed(p, beta, square=1.0):
    """The risk of the mixture."""
    own, lent = risks(p, square)
    return (1 - beta) ** 2 * own + beta**2 * lent


COVARIANCES = claim.given(mode="calibrated", at=HERE, relative=0.1)


@COVARIANCES.equals(
    "covariance[0]",
    variance=lambda p: 80 * float(risks(p)[0]) ** 2 / 8,
    why="80 R^2 bounds the variance: degree 2 in normals; eight draws a trial",
    twin=Twin("(tr Sigma)^2/nu alone", square=0.0),
    known=((HERE, "2.73984"),),
)
def covariance_risk(p, *, square=1.0):
    """E |S_t - Sigma|_F^2 = (tr Sigma^2 + (tr Sigma)^2)/(n_t - 1)."""
    return risks(p, square)[0]


@COVARIANCES.equals(
    "covariance[1]",
    variance=lambda p: 80 * float(mixed(p, p.beta)) ** 2 / 8,
    twin=Twin("(tr Sigma)^2/nu alone", square=0.0),
)
def covariance_transfer(p, *, square=1.0):
    """(1 - beta) S_t + beta S_h: risk (1 - beta)^2 R_t + beta^2 R_h."""
    return mixed(p, p.beta, square)


BOX = Domain.around(HERE, beta=(0.0, 1.0), points=(2, 1000))


@claim.identity(
    lambda p: mixing(*risks(p)), over=BOX, within=1e-12, twin=Twin("beta* = 1/2", half=True)
)
def best_covariance_weight(p, *, half=False):
    """At beta* = R_t/(R_t + R_h) the risk is R_t R_h/(R_t + R_h)."""
    own, lent = risks(p)
    return mixed(p, 0.5 if half else best_weight(own, lent, 0.0))


@claim.identity(
    lambda p: mixing(*risks(p)),
    over=BOX,
    within=1e-12,
    twin=Twin("a degree of freedom more", gained=1),
)
def pooled_covariance(p, *, gained=0):
    """It is the pooled estimate, of nu_t + nu_h degrees of freedom: beta* = nu_h/(nu_t + nu_h).

    so donors of the same covariance are best used as if their points were the tail's
    """
    return covariance_error(1.0 * SIDE, SQUARE, sum(freedoms(p)) + gained)


claim.every_trial(
    "rank",
    within=0.0,
    mode="calibrated",
    at=HERE.but(points=3),
    name="own_covariance_singular",
    says="n_t <= d: S_t is singular, and the mixture is not: |rank deviation| = 0",
    trials=256,
    twin=Twin("S_t has full rank", observable="full_rank"),
)


# --------------------------------------------------------------------------------------------
# Sampling M = n_t points from N(mu', Sigma')


def moment(p):
    """E |E|^4 by Minkowski: bias, normal part (3 V^2), and Sigma'^(1/2) g."""
    own, lent = SIDE / p.points, SIDE / (2 * p.points)
    normal = 3**0.5 * ((1 - p.beta) ** 2 * own + p.beta**2 * lent)
    drawn = (3 * SIDE**2 * (1 + 2 / (p.points - 1))) ** 0.5 / p.points
    return (p.beta * p.bias**0.5 + normal**0.5 + drawn**0.5) ** 4


@claim.equals(
    "extra",
    mode="calibrated",
    at=HERE,
    variance=lambda p: 3 * SIDE**2 * (1 + 2 / (p.points - 1)) / p.points**2 / 8,
    within=0.02,
    twin=Twin("tr Sigma/(n_t + M)", kept=True),
)
def resampling_adds_noise(p, *, kept=False):
    """The mean of M points sampled from N(mu', Sigma') is tr Sigma'/M away from mu', in square."""
    return SIDE / (2.0 * p.points if kept else p.points)


def resampled(p, kept):
    """The formula at M = n_t."""
    n = 1.0 * p.points
    return resampled_error(p.beta, SIDE / n, SIDE / (2 * n), p.bias, 1.0 * SIDE, kept * n, n)


TRAINED = claim.given(mode="calibrated", at=HERE, variance=lambda p: moment(p) / 8, within=0.05)


@TRAINED.equals("resampled[0]", twin=Twin("no extra noise: tr Sigma'/M left out", noise=False))
def resampled_alone(p, *, noise=True):
    """Real points discarded: transfer's error and tr Sigma'/M more."""
    return resampled(p, 0) if noise else resampled(p, 0) - SIDE / p.points


@TRAINED.equals("resampled[1]", twin=Twin("as with real points discarded", kept=0))
def resampled_with_real_points(p, *, kept=1):
    """Real points kept: transfer with weight w beta, w = M/(n_t + M), and w^2 tr Sigma'/M more."""
    return resampled(p, kept)


@claim.never_below(
    lambda p: transfer_error(p.beta, SIDE / jnp.float64(p.points), SIDE / (2.0 * p.points), p.bias),
    over=BOX,
    evaluators=("jax",),
    points=32,
)
def resampling_brings_nothing(p):
    """Real points discarded: never below the plug-in rule's error, for any M, equal as M -> inf."""
    return resampled(p, 0)
