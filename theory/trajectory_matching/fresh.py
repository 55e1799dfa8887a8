"""As many points as experts match them exactly; what that says of the next expert's start."""

from typing import Annotated

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Scalar, Twin, Whole, chi2_cdf, closed_form, root
from theory.trajectory_matching.floor import progress, residual, unmatched, weights_of
from theory.trajectory_matching.params import SOME, Params, Shares, Variances

claim = Claims("derived")
MANY = ("is above the dimension", lambda experts, progress: experts <= jnp.shape(progress)[-1])


@closed_form(example=SOME, experts=MANY)
def fresh_loss(progress: Shares, variances: Variances, experts: Annotated[Scalar, Ge(1), Whole]):
    """kappa^2 sum_i B_i s_i/(s_i + kappa)^2/(1 - df_2/E), s = B S, sum_i s_i/(s_i + kappa) = E.

    df_2 = sum_i (s_i/(s_i + kappa))^2. The mean loss on a fresh start of the set that matches E
    experts exactly, as d and E grow; 0 at E = d. By a root (JAX).
    """
    B, S = jnp.asarray(progress, float), jnp.asarray(variances, float)
    B, S = jnp.broadcast_arrays(B, S)
    s, d = B * S, B.shape[-1]
    E = jnp.asarray(experts, float)
    inside = d > E
    E = jnp.where(inside, E, d / 2)
    low = jnp.log(jnp.min(s, -1) * (1 - E / d)) - 1e-6
    high = jnp.log(jnp.sum(s, -1) / E) + 1e-6
    log_kappa = root(lambda t: jnp.sum(s / (s + jnp.exp(t)[..., None]), -1) - E, low, high)
    kappa = jnp.exp(log_kappa)[..., None]
    share = s / (s + kappa)
    loss = jnp.sum(B * s * (1 - share) ** 2, -1) / (1 - jnp.sum(share**2, -1) / E)
    return jnp.where(inside, loss, 0.0)


# --------------------------------------------------------------------------------------------
# The experts that were used

HEAVY = tuple(Params(d=40, alpha=1.0, experts=e) for e in (2, 5, 10, 20))
FEW = (Params(d=8, experts=3), HEAVY[1])
used = claim.given(mode="experts", at=FEW, trials=512)


def mismatch(name):
    """The largest error over the largest way, in units of what the system's condition allows."""
    return lambda run, p: run[name] / run["condition"]


used.every_trial(
    mismatch("error"),
    name="points_equal_experts",
    says="E <= d generic experts are matched exactly by E points: K = B U (U'B U)^-1 U'B",
    within=1e-13,
    twin=Twin("one point fewer is enough", observable=mismatch("short_error")),
)
used.every_trial(
    lambda run, p: run["bound"] - run["short"],
    name="fewer_points_do_not",
    says="n_s = E - 1 points leave at least the smallest squared singular value of B U",
    source="derived: K U + c 1' has rank n_s, c in the range of K",
    within=1e-12,
    twin=Twin("nothing is left", observable=lambda run, p: run["short"]),
)
used.every_trial(
    lambda run, p: -run["slack"],
    name="matcher_below_expert",
    says="K <= B: the matching set never moves a direction further than the expert did",
    source="derived: a Schur complement of B",
    within=1e-12,
    twin=Twin("K >= B", observable=lambda run, p: -run["reverse"]),
)

# --------------------------------------------------------------------------------------------
# A fresh start


def relative(run, p):
    """The expected loss on a fresh start over the mean square way."""
    return run["fresh"] / jnp.sum(weights_of(p))


def law(p):
    """The predicted residual on a fresh start."""
    return fresh_loss(progress(p.x, p.steps), p.S, p.experts) / jnp.sum(weights_of(p))


def seen(p):
    """The rank floor at n_s = E."""
    return residual(weights_of(p), p.experts)


@claim.equals(
    relative,
    mode="experts",
    at=HEAVY[1:3],
    relative=0.015,
    why="finite effective dimension: gaps of .1 to .9 % at h_i = 2/i, E = 2 to 20",
    twin=Twin("the rank floor", fresh=False),
    known=tuple(zip(HEAVY, (".90493", ".77527", ".59056", ".31606"), strict=True)),
)
def fresh_start(p, *, fresh=True):
    """The exact set of E experts on a fresh start: ridgeless regression with E samples.

    derived: (B - K) u = B^1/2 (1 - P) B^1/2 u, P the projection on B^1/2 U; limits of 1 - P

    kappa^2 sum_i B_i s_i/(s_i + kappa)^2/(1 - df_2/E) of sum B_i^2 S_i. A matching loss of 0 on the
    experts used says nothing of the next one.
    """
    return law(p) if fresh else seen(p)


@claim.equals(
    relative,
    mode="experts",
    at=Params(d=40, alpha=0.5, experts=10),
    within=0.001,
    why=".01/E, the size of the next order; 2e-4 seen",
    twin=Twin("the rank floor", fresh=False),
)
def fresh_start_light(p, *, fresh=True):
    """The same to .01/E where the curvatures decay slowly (h_i = 2 i^-1/2)."""
    return law(p) if fresh else seen(p)


@claim.identity(
    lambda p: 1 - p.experts / p.d,
    over=Domain.around(Params(alpha=0.0), speed=(0.01, 1.0), experts=(1, 30)),
    points=12,
    within=1e-12,
    why="a root",
    twin=Twin("1 - df_2/E left out", factor=lambda p: 1 - p.experts / p.d),
)
def fresh_start_isotropic(p, *, factor=lambda p: 1):
    """Equal curvatures and variances: (d - E)/d, exactly, and equal to the rank floor."""
    return law(p) * factor(p)


used.every_trial(
    lambda run, p: unmatched(weights_of(p), p.experts) - run["fresh"],
    name="fresh_start_above_floor",
    says="On a fresh start the matching set loses at least the rank floor at n_s = E",
    within=1e-11,
    twin=Twin(
        "at least the mean", observable=lambda run, p: law(p) * jnp.sum(
            weights_of(p)) - run["fresh"]
    ),
)  # fmt: skip


ONE_STEP = Params(d=6, experts=4, sigma=0.5, steps=1)


@claim.law(
    lambda run, p: run["left"] / (p.rate * p.sigma) ** 2,
    mode="noisy",
    at=(ONE_STEP, ONE_STEP.but(alpha=0.3, sigma=2.0)),
    width=0.05,
    twin=Twin("labels without an offset: E (E - 1)/2", lost=0),
)
def noise_is_no_gradient(p, x, *, lost=1):
    """Experts of one noisy step: what no K = K' and c match is eta^2 sigma^2 chi^2 of
    (E - 1)(E - 2)/2 degrees of freedom, however many points there are.

    derived: U'(T - c 1') has to be symmetric; each pair of centred starts leaves one square

    Not in the paper. A student's map is symmetric, independent noise is not: two noisy experts can
    be matched, three cannot. For students, whose K has eigenvalues <= 1, a lower bound.
    """
    degrees = (p.experts - lost) * (p.experts - lost - 1) / 2
    return chi2_cdf(x, degrees)
