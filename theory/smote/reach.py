"""Statements on K < N - 1 neighbours: moments, drift, contraction, reach and hull."""

import math
from typing import Annotated, Any

import jax.numpy as jnp
from jax.scipy.special import zeta

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, beta_cdf, binary_entropy, closed_form, deviance,
    maximum, minimum, xlogx,
)  # fmt: skip
from theory.smote.line import neighbour_gap, synthetic_mean, synthetic_variance
from theory.smote.params import FEW, NEAREST, UNIFORM
from theory.smote.space import gaussian_shrinkage, torus_gap

claim = Claims("derived")
plane = claim.given(mode="plane")
EXPONENTIAL = FEW.but(tilt=50.0)
"""To 1e-20 an exponential minority of mean 1/50."""


@closed_form
def nearest_drift(n: Annotated[Scalar, Ge(3), Le(1e9), Whole]) -> Any:
    """E Z - 1 of an exponential minority of mean 1, K = 1; about -pi^2/(16 N).

    -(1 - 1/(N-1) + sum_{j=1}^{N-2} (2j+1)^-2)/(2N): neighbours in order are apart by exponentials
    of rates N - 1, ..., 1, and the nearer side of each point is more often the denser.
    """
    n = jnp.asarray(n, float)
    odd = (math.pi**2 / 2 - zeta(2.0, n - 0.5)) / 4  # j = 0 .. N - 2
    return -(odd - 1 / (n - 1)) / (2 * n)


@closed_form
def uniform_density(z: Annotated[Scalar, Ge(0), Le(1)]) -> Any:
    """2 h(z), h(z) = -z ln z - (1 - z) ln(1 - z): Z's, uniform minority, K = N - 1."""
    return 2 * binary_entropy(z)


@closed_form
def uniform_cdf(z: Annotated[Scalar, Ge(0), Le(1)]) -> Any:
    """P(Z <= z) = z - z^2 ln z + (1 - z)^2 ln(1 - z) of the same."""
    # z + (1 - z) ln(1 - z) is a deviance, without cancellation at 0
    return z**2 - z * xlogx(z) + (1 - z) * deviance(1 - z, 1)


# --------------------------------------------------------------------------------------------
# One feature

line = claim.given(at=(FEW, UNIFORM), within=0.003, why="exact; the width asked for")


@line.equals(
    "tilted_square",
    known=((UNIFORM.but(k=5), ".31389"),),
    twin=Twin("U = 0 or 1: weights 1/2, 1/2, 0", ends=True),
)
def synthetic_moments(p, *, ends=False):
    """E Z^2 = (E X^2 + E Y^2)/3 + E XY/3, of the pair law; so Var Z, with E Z = (E X + E Y)/2."""
    square = synthetic_variance(p.tilt, p.n, p.k) + synthetic_mean(p.tilt, p.n, p.k) ** 2
    return square + (neighbour_gap(p.tilt, p.n, p.k) / 6 if ends else 0)


@line.equals(
    "tilted_gap", twin=Twin("of two points at random", k=9), known=((UNIFORM.but(k=5), ".05303"),)
)
def reach(p, *, k=None):
    """E(Y - X)^2 of the pair law: synthetic points stay near their centre for small K."""
    return neighbour_gap(p.tilt, p.n, p.k if k is None else k)


@line.equals("tilted_mean", twin=Twin("E Z = mu", k=9))
def drifted_mean(p, *, k=None):
    """E Z = (E X + E Y)/2 of a skew minority is not its mean for K < N - 1."""
    return synthetic_mean(p.tilt, p.n, p.k if k is None else k)


claim.ordering(
    "drift_to_the_mode",
    "K < N - 1, a density that falls: synthetic points are drawn to the mode",
    "real_mean",
    "tilted_mean",
    at=FEW,
)


@claim.identity(
    lambda p: 1 + nearest_drift(p.n),
    over=Domain.around(NEAREST.but(tilt=50.0), n=(3, 60)),
    within=1e-8,
    why="quadrature",
    points=4,
    known=((NEAREST.but(tilt=50.0), ".945258"),),
    twin=Twin("no drift", k=-1),
)
def exponential_drift(p, *, k=1):
    """K = 1, exponential: E Z = 1 - (1 - 1/(N-1) + sum_{j=1}^{N-2} 1/(2j+1)^2)/(2N)."""
    return p.tilt * synthetic_mean(p.tilt, p.n, k if k > 0 else p.n - 1)


@claim.limit(
    -(math.pi**2) / 16,
    along=tuple(NEAREST.but(n=n) for n in (16, 64, 256, 1024)),
    size=lambda p: p.n,
    rate=-1,
    within=0.05,
    why="terms of order 1/N",
    last_gap=0.01,
    twin=Twin("1/2: the sum forgotten", limit=-0.5),
)
def drift_of_many(p):
    """K = 1, exponential: N (E Z - mu)/mu tends to -pi^2/16: the drift is of order 1/N."""
    return p.n * nearest_drift(p.n)


@claim.never_above(
    2 / 3,
    over=Domain.around(EXPONENTIAL, n=(7, 14)),
    points=4,
    known=((EXPONENTIAL, ".58763"), (EXPONENTIAL.but(n=20), ".705972")),
)
def variance_not_monotone_in_k(p):
    """Exponential minority, K = 5, N = 7 .. 14: Var Z < (2/3) Var X, less than at K = N - 1.

    so the contraction is not strongest with all points as neighbours
    """
    return p.tilt**2 * synthetic_variance(p.tilt, p.n, p.k)


@claim.never_above(
    2 / 3,
    over=Domain.around(FEW, n=(8, 10)),
    points=3,
    known=((FEW, ".66444"), (NEAREST, ".84772"), (FEW.but(n=20), ".78494")),
)
def variance_of_a_normal_not_monotone_in_k(p):
    """Normal minority with one feature, K = 5, N = 8 .. 10: Var Z < (2/3) Var X too, if little."""
    return gaussian_shrinkage(1.0, p.n, p.k)


def within_half(cdf):
    """P(|Z - 1/2| <= x), of the law of a Z symmetric about 1/2."""
    return lambda p, x: 1 - 2 * cdf(1 / 2 - minimum(maximum(x, 0.0), 0.5))


claim.law(
    lambda run, p: abs(run["tilted_point"] - 1 / 2),
    at=UNIFORM,
    name="uniform_entropy_density",
    says="uniform minority, K = N - 1: density 2 h(z), h(z) = -z ln z - (1 - z) ln(1 - z), of Z "
    "and 1 - Z alike; the edges are depleted",
    width=0.018,
    formula=within_half(uniform_cdf),
    twin=Twin("Beta(2, 2), density 6 z (1 - z)", cdf=within_half(lambda z: beta_cdf(z, 2.0, 2.0))),
)

# --------------------------------------------------------------------------------------------
# More features


@plane.equals(
    "round",
    at=NEAREST,
    within=0.06,
    trials=24_000,
    variance=lambda p: math.sqrt(121 / 54) * (p.n - 1) / math.sqrt(2 * p.n - 3),
    why="exact; the width asked for (variance: E g^2 w <= sqrt(E g^4 E w^2) over two points at "
    "random, E g^4 = 121/54 of g = E_1/2 + E_2/6 exponentials, w of K = 1)",
    twin=Twin("2/3 for every K", k=9),
    known=((NEAREST.but(k=3), ".70764"),),
)
def contraction_in_the_plane(p, *, k=None):
    """Two normal features: Cov Z = v Sigma, v by two integrals; so in every dimension."""
    return gaussian_shrinkage(2.0, p.n, p.k if k is None else k)


@plane.equals(
    "torus",
    at=FEW.but(k=2),
    within=0.0005,
    support=(0.0, 1 / 6),
    why="neighbours beyond half the torus, with chance 4e-5, add at most 1e-5",
    twin=Twin("only the K-th neighbour: Gamma(K + 2/d)/Gamma(K)", last=True),
)
def locality(p, *, last=False):
    """Uniform minority on the torus: E|Z - X|^2 by gamma functions, of order (K/N)^(2/d)."""
    return torus_gap(2.0, p.n, p.k) * (1 + 2 / 2 if last else 1)


LADDER = tuple(FEW.but(n=n, d=3) for n in (100, 200, 400, 800, 1600))


@claim.scaling(
    -2 / 3,
    along=LADDER,
    size=lambda p: p.n,
    within=0.01,
    why="terms of order 1/N",
    twin=Twin("exponent 1/d", exponent=-1 / 3),
)
def locality_rate(p):
    """E|Z - X|^2 falls like N^(-2/d), d = 3: SMOTE turns into copying as N grows."""
    return torus_gap(p.d, p.n, p.k)


plane.every_trial(
    "outside_segment",
    within=1e-12,
    at=FEW,
    name="hull",
    says="every synthetic point lies in the convex hull of the minority",
    twin=Twin("so does the box filler", observable="outside_box"),
)
