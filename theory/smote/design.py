"""All minority points as neighbours (K = N - 1): covariance, and what an average still knows."""

from typing import Any

import jax.numpy as jnp

from theory import Claims, Domain, Draws, Twin, closed_form, integral, normal_cdf
from theory.smote.params import ALL, FEW, Count, Made
from theory.smote.space import mixture_cdf

claim = Claims("derived")
plane = claim.given(mode="plane")
FOURTH = 1.4
"""E z^4 = 3 E s^4, s^2 = (1 - U)^2 + U^2: bounds the variance of a product of two features."""


@closed_form
def conditional_shrinkage(n: Count) -> Any:
    """Cov(Z | data) = S (2N - 3)/(3(N - 1)), S the minority's covariance with divisor N."""
    return (2 * n - 3) / (3 * (n - 1))


@closed_form
def conditional_box(n: Count) -> Any:
    """With a gap for each feature, off the diagonal: S (N - 2)/(2(N - 1)). 0 at N = 2."""
    return (n - 2) / (2 * (n - 1))


@closed_form
def excess(n: Count) -> Any:
    """c, iid centres: the mean of M synthetic points has covariance Sigma (1/N + c/M)."""
    return (2 * n - 3) / (3 * n)


@closed_form
def stratified_excess(n: Count) -> Any:
    """c of M/N points from every centre: (5N - 8)/(12(N - 1)), smaller than of iid ones."""
    return (5 * n - 8) / (12 * (n - 1))


@closed_form
def pooled_variance(n: Count, m: Made) -> Any:
    """1/N + M c/(N + M)^2: covariance, over Sigma, of the mean of N real and M synthetic points."""
    return 1 / n + m * excess(n) / (n + m) ** 2


# --------------------------------------------------------------------------------------------
# One point


@claim.equals(
    "normal_square",
    at=ALL,
    within=0.04,
    variance=5 / 9,
    why="exact; the width asked for (the variance: the mean over pairs is at most E g^2 = 1)",
    twin=Twin("a half: the middle of two points", share=1 / 2),
)
def two_thirds(p, *, share=2 / 3):
    """K = N - 1: Cov Z = (2/3) Sigma, E Z = mu, for every law of the minority.

    derived, from E U^2 = 1/3 and E U(1 - U) = 1/6; Blagus & Lusa (2013)
    """
    return share


@claim.law(
    "normal_point",
    at=ALL,
    width=0.025,
    twin=Twin("the minority's own law", cdf=lambda p, x: normal_cdf(x)),
)
def scale_mixture(p, x):
    """K = N - 1, normal minority: Z is N(0, s^2) with s^2 = (1 - U)^2 + U^2, U uniform."""
    return mixture_cdf(x)


@claim.identity(
    lambda p: 3.15 * (2 / 3) ** 2,
    over=Domain.around(FEW, n=(9, 10)),
    within=1e-9,
    why="a quadrature of the law",
    points=2,
    twin=Twin("kurtosis 3: the synthetic points are normal", normal=True),
)
def kurtosis(p, *, normal=False):
    """K = N - 1, normal minority, one feature: kurtosis 3.15, so that Z is not normal."""
    if normal:
        return 3 * (2 / 3) ** 2
    return 8 * integral(lambda x: x**3 * (1 - mixture_cdf(x)), 0.0, 10.0)


@plane.equals(
    "segment",
    at=ALL,
    within=0.04,
    variance=FOURTH,
    why="exact; the width asked for",
    twin=Twin("three quarters of it, as of one gap a feature", share=1 / 2),
)
def box_or_segment(p, *, share=2 / 3):
    """One gap a point, K = N - 1: off-diagonal covariances times 2/3, as the diagonal."""
    return share * p.rho


@plane.equals(
    "box",
    at=ALL,
    within=0.04,
    variance=FOURTH,
    why="exact; the width asked for",
    twin=Twin("2/3, as of one gap a point", share=2 / 3),
)
def box_or_segment_by_feature(p, *, share=1 / 2):
    """One gap a feature, K = N - 1: covariances times 1/2, so all correlations times 3/4.

    the paper's text has one gap a point, its pseudo-code one a feature
    """
    return share * p.rho


POINTS = Draws(x=(6, 3))


def pairs_covariance(z, *, boxes=False):
    """Cov(Z | data): over all ordered pairs, the gap integrated."""
    x = z.x - jnp.mean(z.x, axis=0)
    n = len(x)
    own, cross = n * (x.T @ x) * (n - 1) / n, -(x.T @ x)
    square, product = (1 / 4, 1 / 4) if boxes else (1 / 3, 1 / 6)
    full = (2 * square * own + 2 * product * cross) / (n * (n - 1))
    if not boxes:
        return full
    return full + jnp.diag(jnp.diagonal(pairs_covariance(z) - full))


def covariance(z):
    """With divisor N."""
    x = z.x - jnp.mean(z.x, axis=0)
    return x.T @ x / len(x)


@claim.algebra(
    pairs_covariance,
    over=POINTS,
    twin=Twin("(2/3) S: the same points drawn twice forgotten", share=2 / 3),
)
def conditional_covariance(z, *, share=None):
    """K = N - 1: Cov(Z | data) = S (2N - 3)/(3(N - 1)), E(Z | data) the sample mean."""
    return covariance(z) * (conditional_shrinkage(len(z.x)) if share is None else share)


@claim.algebra(
    lambda z: pairs_covariance(z, boxes=True),
    over=POINTS,
    twin=Twin("off the diagonal S/2", share=1 / 2),
)
def conditional_covariance_of_boxes(z, *, share=None):
    """One gap a feature: the same diagonal, S (N - 2)/(2(N - 1)) off it."""
    s = covariance(z)
    off = s * (conditional_box(len(z.x)) if share is None else share)
    diagonal = jnp.diagonal(s) * conditional_shrinkage(len(z.x)) - jnp.diagonal(off)
    return off + jnp.diag(diagonal)


# --------------------------------------------------------------------------------------------
# Averages

average = plane.given(at=ALL, within=0.003, why="exact; the width asked for")


@average.equals("iid", twin=Twin("M points of covariance 2/3 as if independent", shared=0))
def no_new_information(p, *, shared=1):
    """K = N - 1, iid centres: the synthetic mean has covariance Sigma (1/N + c/M), c = (2N-3)/(3N).

    two different synthetic points have covariance Sigma/N: M cannot make up for N
    """
    return shared / p.n + (excess(p.n) if shared else 2 / 3) / p.m


@average.equals("stratified", twin=Twin("c of iid centres", iid=True))
def stratified_mean(p, *, iid=False):
    """As many points from every centre, as in the paper: c = (5N - 8)/(12(N - 1))."""
    return 1 / p.n + (excess(p.n) if iid else stratified_excess(p.n)) / p.m


@average.equals("pooled", twin=Twin("N + M independent points", independent=True))
def pooled_mean(p, *, independent=False):
    """The mean of N real and M synthetic points: Sigma (1/N + M c/(N + M)^2)."""
    return 1 / (p.n + p.m) if independent else pooled_variance(p.n, p.m)


@claim.never_below(lambda p: 1 / p.n, over=Domain.around(FEW, n=(10, 1000), m=(1, 20_000)))
def class_mean_never_better(p):
    """1/N + M c/(N + M)^2 >= 1/N: SMOTE never improves the estimate of the class mean."""
    return pooled_variance(p.n, p.m)
