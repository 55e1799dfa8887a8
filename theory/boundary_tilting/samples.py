"""Tilt of fitted rules: ridge paths, the hinge's threshold, logistic decay, exact laws of LDA."""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Draws, Ge, Scalar, Twin, Whole, beta_cdf, closed_form, maximum, minimum
from theory.boundary_tilting.geometry import cosine, ridge_direction, tangent
from theory.boundary_tilting.params import Params

claim = Claims()
tilting = claim.given(mode="tilt")

# --------------------------------------------------------------------------------------------
# Ridge on a fixed sample

SCATTER = Draws(square=(5, 5), v=(5,), q=(1,))


def semidefinite(z):
    """S of rank 4: any positive semidefinite matrix."""
    return z.square[:, :4] @ z.square[:, :4].T


def ridge_rule(z, ridge):
    """The direction (S + lambda I)^-1 v."""
    return ridge_direction(semidefinite(z), z.v, ridge)


@claim.algebra(
    lambda z: cosine(ridge_rule(z, jnp.exp(z.q[0])), z.v),
    over=SCATTER,
    twin=Twin("f_3 for f_2", second=3),
)
def ridge_cosine(z, *, second=2):
    """cos(delta) = f_1/(|v| sqrt(f_2)), f_r = sum_i v_i^2/(a_i + lambda)^r, S's eigenvalues a_i."""
    a, V = jnp.linalg.eigh(semidefinite(z))
    f = [jnp.sum((V.T @ z.v) ** 2 / (a + jnp.exp(z.q[0])) ** r) for r in (1, second)]
    return f[0] / (jnp.linalg.norm(z.v) * jnp.sqrt(f[1]))


@claim.nonnegative(over=SCATTER, points=64, rounding=1e-12)
def ridge_tilt_monotone(z):
    """More ridge tilts less: cos(delta) never falls over 50 values of lambda, 1e-4 to 1e6."""
    ridges = jnp.logspace(-4, 6, 50)
    return jnp.diff(jax.vmap(lambda r: cosine(ridge_rule(z, r), z.v))(ridges))


def spread_bound(z):
    """(a_max - a_min)/(2 sqrt((a_max + lambda)(a_min + lambda)))."""
    a, ridge = jnp.linalg.eigvalsh(semidefinite(z)), jnp.exp(z.q[0])
    return (a[-1] - a[0]) / 2 / jnp.sqrt((a[-1] + ridge) * (a[0] + ridge))


@claim.never_above(
    spread_bound,
    over=SCATTER,
    points=64,
    twin=Twin("a quarter of it", larger=lambda z: spread_bound(z) / 4),
    source="derived: lda_strength at S + lambda I",
)
def ridge_tilt_bound(z):
    """tan(delta_lambda) <= (a_max - a_min)/(2 sqrt((a_max + lambda)(a_min + lambda))) -> 0."""
    return tangent(ridge_rule(z, jnp.exp(z.q[0])), z.v)


# --------------------------------------------------------------------------------------------
# Hinge and logistic losses: mean loss + lambda |w|^2, no 1/2, bias free, balanced classes

FITTED = Params(p=6, n=20, ridge=0.01)
fitted = claim.given(mode="fitted", at=FITTED)
SOLVED = 1e-6
"""The solver's gap is 1e-14 of the objective, and |w - w*|^2 <= gap/lambda."""

fitted.every_trial(
    "hinge_tangent[1]",
    name="hinge_exactly_nearest_centroid",
    says="lambda >= lambda0 = (max_J v.x - min_I v.x)/4, v = (j - i)/2: the hinge's w is exactly"
    " (j - i)/(4 lambda); seen at 1.05 lambda0",
    within=SOLVED,
    twin=Twin("from lambda0/2 on, as with |w|^2/2", observable="hinge_tangent[3]"),
    source="derived; the limit is in Tanay & Griffin (2018)",
)
fitted.every_trial(
    lambda run, p: -run["hinge_tangent"][:, 2],
    name="hinge_tilts_below",
    says="at .95 lambda0 the hinge's rule is tilted",
    within=-10 * SOLVED,
    twin=Twin("lambda0 twice as large", observable=lambda run, p: -run["hinge_tangent"][:, 4]),
)
fitted.every_trial(
    lambda run, p: secant_gap(run, 1),
    name="strength_of_fitted_rules",
    says="SVM and logistic regression: strength by mirrored centroids is 1/cos(delta) where these"
    " are separated",
    within=1e-9,
    twin=Twin("1/cos^2", observable=lambda run, p: secant_gap(run, 2)),
)


def plane_gap(run, side):
    """How far distances to the boundary are from those that the plane shows."""
    t, d = run["tangent"][:, None], run["distance"] - run["middle"][:, None]
    return np.max(abs(d - (run["along"] + side * t * run["across"]) / np.sqrt(1 + t**2)), axis=1)


claim.every_trial(
    lambda run, p: plane_gap(run, 1),
    name="tilting_plane",
    says="every point's distance to the boundary, so its label, is read off the plane of b and of"
    " c's part across b: d = (x_b + t x_u)/sqrt(1 + t^2) + d(midpoint)",
    mode="plane",
    at=FITTED,
    trials=64,
    within=1e-9,
    twin=Twin("tilted the other way", observable=lambda run, p: plane_gap(run, -1)),
)


def secant_gap(run, power):
    """|s cos(delta)^power - 1| of the worse of the two rules, 0 where centroids are not parted."""
    cos = 1 / np.sqrt(1 + run["tangent"] ** 2)
    return np.max(np.where(run["separates"], abs(run["strength"] * cos**power - 1), 0.0), axis=1)


decaying = claim.given(
    mode="fitted",
    along=tuple(FITTED.but(ridge=r) for r in (8.0, 32.0, 128.0, 512.0)),
    size=lambda p: p.ridge,
    within=0.1,
    trials_per_rung=400,
)
decaying.limit(
    1.0,
    "logistic_ratio",
    rate=-1,
    last_gap=0.01,
    why="the next order of 1/lambda",
    name="logistic_tilt_decay",
    says="softplus: tan(delta) 8 lambda/|C vh - (vh'C vh) vh| -> 1, C the total covariance, vh ="
    " v/|v|",
    twin=Twin("4 lambda", limit=0.5),
)
decaying.limit(
    1.0,
    lambda run, p: run["tangent"][:, 1] / run["ridge_form"],
    rate=-2,
    last_gap=1e-5,
    why="the next order: softplus has no cubic term",
    name="logistic_ridge_form",
    says="softplus: the direction is that of (C + 8 lambda I)^-1 v, tan(delta) to 1/lambda^2",
    twin=Twin("to order 1/lambda only", exponent=-1),
)


# --------------------------------------------------------------------------------------------
# Sample LDA with Sigma = I: the law of the tilt against the sample's own centroids

SPHERE = Params(bu=0.0, uu=1.0)
LDA = SPHERE.but(p=20, n=30)
PILING = SPHERE.but(p=20, n=6)
Size = Annotated[Scalar, Ge(2), Whole]


@closed_form
def tilt_law(p: Size, nu: Size):
    """(a, b): cos(delta)^2 ~ Beta(a, b), whatever D is, Sigma = I.

    LDA (p <= nu): ((nu - p + 2)/2, (p - 1)/2), that is tan^2 (nu - p + 2)/(p - 1) ~ F(p - 1, nu - p
    + 2); its ridgeless limit (p > nu), the centroid difference projected on S's null space:
    ((p - nu)/2, nu/2).
    """
    fits = p <= nu
    return jnp.where(fits, nu - p + 2, p - nu) / 2, jnp.where(fits, p - 1, nu) / 2


@closed_form
def mean_square_strength(p: Size, nu: Size):
    """E[1/cos(delta)^2] = (a + b - 1)/(a - 1) of that law; infinite for nu <= p <= nu + 2."""
    a, b = tilt_law(p, nu)
    return jnp.where(a > 1, (a + b - 1) / jnp.where(a > 1, a - 1, 1.0), jnp.inf)


def squared_cosine(run, p):
    """cos(delta)^2."""
    return run["cosine"] ** 2


def squared_strength(run, p):
    """1/cos(delta)^2."""
    return run["cosine"] ** -2.0


def strength_variance(p):
    """Var(1/X), X ~ Beta(a, b), a > 2."""
    a, b = tilt_law(p.p, p.nu)
    return (a + b - 1) * b / ((a - 1) ** 2 * (a - 2))


@tilting.law(squared_cosine, at=(LDA, LDA.but(distance=8.0)), twin=Twin("a degree less", off=1))
def sample_lda_tilt_f(p, x, *, off=0):
    """cos(delta)^2 ~ Beta((nu - p + 2)/2, (p - 1)/2): tan(delta)^2 (nu - p + 2)/(p - 1) ~ F.

    derived: S^-1 e1 ~ (1, -S22^-1 s21), whose tail is a regression on pure noise

    Whatever D is: overfitting alone tilts the boundary.
    """
    a, b = tilt_law(p.p, p.nu)
    return beta_cdf(minimum(maximum(x, 0.0), 1.0), a - off, b + off / 2)


@tilting.equals(
    squared_cosine, at=LDA, within=0.005, twin=Twin("(nu - p)/nu", off=2), known=((LDA, ".678"),)
)
def sample_lda_cosine(p, *, off=0):
    """E[cos(delta)^2] = (nu - p + 2)/(nu + 1) for nu >= p."""
    return (p.nu - p.p + 2 - off) / (p.nu + 1 - off / 2)


@tilting.equals(
    squared_strength,
    at=LDA,
    within=0.01,
    variance=strength_variance,
    twin=Twin("1/E[cos^2]", off=1),
    known=((LDA, "1.500"), (LDA.but(p=40), "3.167")),
)
def sample_lda_strength(p, *, off=0):
    """E[s^2] = (nu - 1)/(nu - p) for nu > p."""
    return (p.nu - 1 + 2 * off) / (p.nu - p.p + 2 * off)


@tilting.law(squared_cosine, at=PILING, twin=Twin("a degree less", off=1))
def data_piling_tilt(p, x, *, off=0):
    """p > nu, lambda -> 0: cos(delta)^2 ~ Beta((p - nu)/2, nu/2).

    derived: the squared length of a unit vector's projection on a uniform subspace of p - nu
    dimensions
    """
    a, b = tilt_law(p.p, p.nu)
    return beta_cdf(minimum(maximum(x, 0.0), 1.0), a - off, b + off)


@tilting.equals(
    squared_cosine,
    at=PILING,
    within=0.01,
    twin=Twin("(p - nu)/nu", of=lambda p: p.nu),
    known=((PILING, ".5"), (PILING.but(p=60, n=16), ".5"), (PILING.but(p=50, n=21), ".200")),
)
def data_piling_cosine(p, *, of=lambda p: p.p):
    """E[cos(delta)^2] = (p - nu)/p for p > nu."""
    return (p.p - p.nu) / of(p)


@tilting.equals(
    squared_strength,
    at=PILING,
    within=0.05,
    variance=strength_variance,
    twin=Twin("1/E[cos^2]", off=2),
    known=((PILING.but(p=60, n=16), "2.071"), (PILING.but(p=50, n=21), "6.00")),
)
def data_piling_strength(p, *, off=0):
    """E[s^2] = (p - 2)/(p - nu - 2) for p > nu + 2: with LDA a double descent of the tilt."""
    return (p.p - 2 + off) / (p.p - p.nu - 2 + off)
