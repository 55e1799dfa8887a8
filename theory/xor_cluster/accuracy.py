"""Mean clean accuracy of limit H over training sets: at t = 2, later, and at finite n."""

from typing import Annotated, Any

import jax.numpy as jnp
from jax.scipy.special import ndtri

from theory import Claims, Ge, Le, Lt, Scalar, Twin, closed_form, normal_cdf, normal_pdf, root
from theory.xor_cluster.params import COUNTS, NEURONS, TABLE, AnyStep, Late, Noise, Size

__all__ = [
    "later_step_accuracy", "later_step_accuracy_without_noise", "later_step_correction",
    "mean_accuracy", "two_step_accuracy", "two_step_accuracy_finite_width", "two_step_correction",
    "two_step_drift", "two_step_threshold",
]  # fmt: skip

claim = Claims()

claim.equals(
    lambda run, p: run["center_accuracy"] - run["count_accuracy"], name="count_model",
    says="the count model (m = inf) has the mean accuracy of limit H networks at t = 5",
    source="derived: see theory.xor_cluster.counts", mode="table", at=TABLE, trials=1600,
    formula=0.0, within=0.04, support=(-1.0, 1.0),
    why="D = 0 neurons set to zero (+.02 at n = 100) and m = 100, not infinity",
    twin=Twin("the count model is right on every cluster",
              observable=lambda run, p: run["center_accuracy"] - 1),
)  # fmt: skip


@closed_form
def two_step_drift(z: Annotated[Scalar, Ge(-1e50), Le(1e50)]) -> Scalar:
    """phi(z) + 2 z Phi(z): f(+mu) at t = 2 over sqrt(n/8), z ~ N(0, 1) over training sets.

    f(+mu) is proportional to E[(D + e) 1{D > 0}], D = e + sqrt(n/8) g and e = sqrt(n/8) z: the
    leading terms of positive and negative neurons cancel exactly. Independent of eta.
    """
    return normal_pdf(z) + 2 * z * normal_cdf(z)


def two_step_threshold() -> Scalar:
    """z0 > 0 with two_step_drift(-z0) = 0 (JAX); 0.6120031810."""
    return root(lambda z: two_step_drift(-z), 0.0, 1.0)


def two_step_accuracy() -> Scalar:
    """Mean clean accuracy at t = 2: Phi(z0) = 0.729732 (limit H, then m >> n -> inf) (JAX). Each
    axis has both clusters right iff |z| < z0, else one: a training set scores 1/2, 3/4 or 1."""
    return normal_cdf(two_step_threshold())


@closed_form
def two_step_correction(n: Size) -> Scalar:
    """First finite-n term of the count model's mean accuracy at t = 2 (JAX); .2805/sqrt(n).

    The count model drops neurons with D = 0: -z phi(z)/2 beside the drift times sqrt(n/8), which
    moves the threshold -z0 down and the accuracy up.
    """
    z0 = two_step_threshold()
    slope = 2 * normal_cdf(-z0) - z0 * normal_pdf(z0)  # of the drift, at -z0
    return jnp.sqrt(8 / n) * z0 * normal_pdf(z0) ** 2 / (2 * slope)


claim.equals(
    "center_accuracy[1]", name="two_step_accuracy", mode="counts", at=COUNTS, within=0.01,
    says="mean clean accuracy at t=2 -> Phi(z0) = 0.7297, z0 the root of phi = 2z(1-Phi)",
    source="derived: see two_step_drift", trials=9000,
    formula=lambda p: two_step_accuracy() + two_step_correction(p.n),
    why="as large as the correction itself, .0089; what is left is O(1/n)",
    twin=Twin("phi + z Phi > 0 for all z: accuracy 1", prediction=1.0),
)  # fmt: skip


@closed_form
def two_step_accuracy_finite_width(n: Size, m: Size, eta: Noise) -> Scalar:
    """Mean clean accuracy at t = 2 with m neurons, m/n fixed (JAX; 1e-10 for every m/n and eta).

    E_z Phi( sqrt(8 m/n) (phi(z) + 2 z Phi(z)) / ((1 - 2 eta) sqrt(Phi(z))) ): the signs of the
    second layer leave a term of order n(1-2 eta)/8 sqrt(Phi/m) beside the drift.
    """
    # the trapezoid rule in log|z + z0|: a step at -z0 of any width is smooth on that scale
    u = jnp.arange(-36.0, 2.4, 0.025)
    weight = 0.025 * jnp.exp(u)
    z = jnp.concatenate([jnp.exp(u), -jnp.exp(u)]) - two_step_threshold()
    scale = jnp.sqrt(8 * m / n)[..., None] / (1 - 2 * jnp.asarray(eta))[..., None]
    ratio = scale * two_step_drift(z) / jnp.sqrt(normal_cdf(z))
    return jnp.sum(jnp.tile(weight, 2) * normal_pdf(z) * normal_cdf(ratio), axis=-1)


claim.equals(
    "center_accuracy", name="two_step_accuracy_finite_width", mode="neurons", at=NEURONS,
    says="mean accuracy at t=2 with m neurons: E_z Phi(sqrt(8m/n) drift(z)/...)",
    source="derived: see two_step_accuracy_finite_width", within=0.02, trials=4000,
    formula=lambda p: two_step_accuracy_finite_width(p.n, p.m, p.eta),
    known=((NEURONS.but(n=2000, m=500), ".73665"), (NEURONS.but(n=2000, m=2000), ".75281")),
    why="O(n^-1/2): the share .8/sqrt(n) = .04 of neurons with D = 0, halved",
    twin=Twin("the network is right on every cluster", prediction=1.0),
)  # fmt: skip


@closed_form
def later_step_accuracy(eta: Noise, t: Late, *, printed: bool = False) -> Scalar:
    """Mean clean accuracy at fixed t >= 3, m = inf, n -> inf: 1 - eta/((1 - eta)(t - 1)).

    A cluster is right iff U[(1 - 2 eta) + (t-2)(1 - eta)] > (1 - U) eta, U = P(D > 0 | data)
    uniform: own-axis neurons that lead it against other-axis neurons that follow its noise.
    ``printed``: what the display after (A.56) would give. False.
    """
    if printed:
        return 1 - 2 * eta / (2 - eta + (t - 3) * (1 - eta))
    return 1 - eta / ((1 - eta) * (t - 1))


def drift(z: Any, n: Any, eta: Any, t: Any) -> tuple[Any, Any]:
    """y f(+mu) over n/8 at t >= 3 given z, and its terms of order n^-1/2; increasing in z."""
    U, density, a = normal_cdf(z), normal_pdf(z), (1 - 2 * eta) + (t - 2) * (1 - eta)
    own = U * z * (1 + 1.5 * (t - 1) * (1 - eta) + eta / 2)
    own += density * (1 + (t - 1) * (1 - eta) / 2 - eta / 2)
    other = (1 - U) * z * (2 * (1 - eta) + 2 * eta * (t - 0.75)) - 1.5 * eta * density
    first = jnp.sqrt(8 / n) * (own + other - density * (a - eta) / 2)
    return U * a - (1 - U) * eta + first, first


@closed_form
def later_step_correction(n: Size, eta: Annotated[Scalar, Ge(1e-100), Lt(0.5)], t: Late) -> Scalar:
    """First finite-n term of the mean accuracy at t >= 3: -sqrt(8/n) |C|/(a + eta) (JAX).

    With a = (1 - 2 eta) + (t-2)(1 - eta), U* = eta/(a + eta), z = Phi^-1(U*) and the means of
    c_+ - c_- and n_+ - n_- given e = sqrt(n/8) z, the terms of order sqrt(n) in y f(+mu) are
    sqrt(n/8) C with
    C = U z [1 + (3/2)(t-1)(1-eta) + eta/2] + phi [1 + (t-1)(1-eta)/2 - eta/2]
      + (1-U) z [2(1-eta) + 2 eta (t - 3/4)] - (3/2) eta phi - phi (a - eta)/2,
    the last term for the neurons with D = 0 that the count model leaves out. They move the
    threshold of U to U* - sqrt(8/n) C/(a + eta); what is left is O(1/n) up to logarithms.
    """
    size = (1 - eta) * (t - 1)  # a + eta
    return drift(ndtri(eta / size), n, eta, t)[1] / size


@claim.equals(
    "center_accuracy[2]", name="later_step_accuracy", mode="counts", within=0.015, trials=4000,
    at=COUNTS.but(n=50_000, eta=0.2, steps=3),
    source="derived: see later_step_accuracy, later_step_correction",
    why="second order: .008 at n = 2e4 beside a first order of .036, so .003 here",
    twin=Twin("from the display after (A.56): 1 - 2 eta/(2 - eta + (t-3)(1-eta))", printed=True),
)  # fmt: skip
def later_step_accuracy_at_finite_n(p, *, printed=False):
    """mean clean accuracy at t=3 is 1 - eta/((1-eta)(t-1)) - O(n^-1/2), term known."""
    limit = later_step_accuracy(p.eta, p.steps, printed=printed)
    return limit + later_step_correction(p.n, p.eta, p.steps)


@closed_form
def later_step_accuracy_without_noise(n: Size, t: Late) -> Scalar:
    """Mean clean accuracy at eta = 0, t >= 3, leading order in n (JAX).

    A cluster is wrong iff z < -x, Phi(-x) = 16 x/(sqrt(8 n)(t - 1)): with all labels clean the
    other axis holds the constant |c_+ - c_-| = sqrt(n/2)|z| against the own axis's growth.
    """
    slope = 16 / (jnp.sqrt(8 * jnp.asarray(n, float)) * (t - 1))
    return normal_cdf(root(lambda x: slope * x - normal_cdf(-x), 0.0, 40.0))


@closed_form(
    example={"n": 200, "eta": 0.1, "t": 3},
    n=("is below 64/(1 - 2 eta)^2: too few points for the expansion in n^-1/2",
       lambda n, eta, t: (t <= 1) | (n * (1 - 2 * eta) ** 2 >= 64)),
)  # fmt: skip
def mean_accuracy(n: Size, eta: Noise, t: AnyStep) -> Scalar:
    """Mean clean accuracy of limit H at time t, m = inf, finite n (JAX).

    1/2 up to t = 1; :func:`two_step_accuracy` with its correction; then Phi(-z) at the z where
    y f(+mu), with its terms of order sqrt(n), changes sign (their first order alone is
    :func:`later_step_accuracy` + :func:`later_step_correction`). Within .03 of the count model for
    n (1 - 2 eta)^2 >= 64 and within .01 from 250 on: what is left is O(1/n), and own-axis neurons
    that noise and chance turn, Phi(-(1 - 2 eta) sqrt(n)/4) of them.
    """
    n, eta = jnp.broadcast_arrays(jnp.asarray(n, dtype=float), jnp.asarray(eta, dtype=float))
    if t <= 1:
        return jnp.full_like(n, 0.5)
    if t == 2:
        return two_step_accuracy() + two_step_correction(n)
    return normal_cdf(-root(lambda z: drift(z, n, eta, t)[0], -40.0, 40.0))
