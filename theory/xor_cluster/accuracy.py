"""Mean clean accuracy of limit H over training sets: at t = 2, later, and at finite n."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

from theory import Ge, Le, Lt, Scalar, closed_form, normal_cdf, normal_pdf
from theory.xor_cluster.params import Late, Noise, Size, check_time


@closed_form
def two_step_drift(z: Annotated[Scalar, Ge(-1e50), Le(1e50)]) -> Scalar:
    """phi(z) + 2 z Phi(z): f(+mu) at t = 2 over sqrt(n/8), z ~ N(0, 1) over training sets.

    f(+mu) is proportional to E[(D + e) 1{D > 0}], D = e + sqrt(n/8) g and e = sqrt(n/8) z: the
    leading terms of positive and negative neurons cancel exactly. Independent of eta.
    """
    return normal_pdf(z) + 2 * z * normal_cdf(z)


def two_step_threshold() -> Scalar:
    """z0 > 0 with two_step_drift(-z0) = 0, by Newton (JAX); 0.6120031810."""
    z = 0.6
    for _ in range(6):  # converges quadratically: the last step is below 1e-30
        value = normal_pdf(z) - 2 * z * (1 - normal_cdf(z))
        z = z - value / (z * normal_pdf(z) - 2 * (1 - normal_cdf(z)))
    return z


def two_step_accuracy() -> Scalar:
    """Mean clean accuracy at t = 2: Phi(z0) = 0.729732 (limit H, then m >> n -> inf) (JAX).

    A training set scores 1/2, 3/4 or 1: each axis has both clusters right iff |z| < z0, else one.
    """
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


@closed_form
def later_step_accuracy(eta: Noise, t: Late) -> Scalar:
    """Mean clean accuracy at fixed t >= 3, m = inf, n -> inf: 1 - eta/((1 - eta)(t - 1)).

    A cluster is right iff U[(1 - 2 eta) + (t-2)(1 - eta)] > (1 - U) eta, U = P(D > 0 | data)
    uniform: own-axis neurons that lead it against other-axis neurons that follow its noise.
    """
    return 1 - eta / ((1 - eta) * (t - 1))


def _drift(z: jax.Array, n: Any, eta: Any, t: Any) -> jax.Array:
    """y f(+mu) over n/8 at t >= 3 given z, with its terms of order n^-1/2; increasing in z."""
    own, other = _terms(z, eta, t)
    a = _growth(eta, t)
    first_order = jnp.sqrt(8 / n) * (own + other - normal_pdf(z) * (a - eta) / 2)
    return normal_cdf(z) * (a + eta) - eta + first_order


def _growth(eta: Any, t: Any) -> Any:
    return (1 - 2 * eta) + (t - 2) * (1 - eta)


def _terms(z: Any, eta: Any, t: Any) -> tuple[Any, Any]:
    """Terms of order sqrt(n/8) of the own and of the other axis."""
    U, density = normal_cdf(z), normal_pdf(z)
    own = U * z * (1 + 1.5 * (t - 1) * (1 - eta) + eta / 2)
    own += density * (1 + (t - 1) * (1 - eta) / 2 - eta / 2)
    other = (1 - U) * z * (2 * (1 - eta) + 2 * eta * (t - 0.75)) - 1.5 * eta * density
    return own, other


def _root(drift: Any, *numbers: Any) -> jax.Array:
    """The z in [-40, 40] where drift(z, *numbers), increasing in z, vanishes: 60 halvings, then one
    Newton step, through which it is differentiable in the numbers."""
    numbers = tuple(jnp.broadcast_arrays(*(jnp.asarray(x, dtype=jnp.float64) for x in numbers)))

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = drift(middle, *numbers) < 0
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    ends = jnp.full_like(numbers[0], -40.0), jnp.full_like(numbers[0], 40.0)
    z = jax.lax.stop_gradient(sum(jax.lax.fori_loop(0, 60, halve, ends)) / 2)
    _, slope = jax.jvp(lambda z: drift(z, *numbers), (z,), (jnp.ones_like(z),))
    return z - drift(z, *numbers) / slope


@closed_form(
    example={"n": 200, "eta": 0.1, "t": 3},
    n=("is below 64/(1 - 2 eta)^2: too few points for the expansion in n^-1/2",
       lambda n, eta, t: (t <= 1) | (n * (1 - 2 * eta) ** 2 >= 64)),
)  # fmt: skip
def mean_accuracy(n: Size, eta: Noise, t: object) -> Scalar:
    """Mean clean accuracy of limit H at time t, m = inf, finite n (JAX); t a Python int.

    1/2 at t = 0 and 1; :func:`two_step_accuracy` with its correction; then Phi(-z) at the z where
    y f(+mu), with its terms of order sqrt(n), changes sign (their first order alone is
    :func:`later_step_accuracy` + :func:`later_step_correction`). Within .03 of the count model for
    n (1 - 2 eta)^2 >= 64 and within .01 from 250 on: what is left is O(1/n), and own-axis neurons
    that noise and chance turn, Phi(-(1 - 2 eta) sqrt(n)/4) of them. Raises ParameterError below,
    and unless t is a whole number of steps.
    """
    time: int = check_time(t)
    n, eta = jnp.broadcast_arrays(jnp.asarray(n, dtype=float), jnp.asarray(eta, dtype=float))
    if time <= 1:
        return jnp.full_like(n, 0.5)
    if time == 2:
        return two_step_accuracy() + two_step_correction(n)
    return normal_cdf(-_root(lambda z, n, eta: _drift(z, n, eta, time), n, eta))


@closed_form
def later_step_accuracy_as_printed(eta: Noise, t: Late) -> Scalar:
    """What the display after (A.56) would give: 1 - 2 eta/(2 - eta + (t-3)(1 - eta)). False."""
    return 1 - 2 * eta / (2 - eta + (t - 3) * (1 - eta))


@closed_form
def later_step_accuracy_without_noise(n: Size, t: Late) -> Scalar:
    """Mean clean accuracy at eta = 0, t >= 3, leading order in n (JAX).

    A cluster is wrong iff z < -x, Phi(-x) = 16 x/(sqrt(8 n)(t - 1)): with all labels clean the
    other axis holds the constant |c_+ - c_-| = sqrt(n/2)|z| against the own axis's growth.
    """
    return normal_cdf(
        _root(lambda x, n, t: 16 * x / (jnp.sqrt(8 * n) * (t - 1)) - normal_cdf(-x), n, t)
    )


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
    a = _growth(eta, t)
    z = ndtri(eta / (a + eta))
    own, other = _terms(z, eta, t)
    return jnp.sqrt(8 / n) * (own + other - normal_pdf(z) * (a - eta) / 2) / (a + eta)
