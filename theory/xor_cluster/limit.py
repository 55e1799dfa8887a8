"""Limit H: omega/alpha -> 0, flat sigmoid, P = p/M2 >> n, rho = M2/sqrt(p) >= ~6 sqrt(n).

There the first step decides everything: gradient descent becomes a finite table of activations,
and every observable a function of counts. All of it is derived for this package; the docstrings
say what it sharpens. Letters, for one axis with centers +mu and -mu: c_plus, c_minus clean and
n_plus, n_minus noisy counts of the two clusters; A1 = C_+ and N_-, A2 = C_- and N_+;
D = (active in A1) - (active in A2) at time 0; sigma = sign(D). A neuron's *own* axis is the one
whose label is the sign of its second-layer weight.

Time t counts steps. Valid until about min(8 P/(n(1-eta)), P/|n_+ - n_-|) steps.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

from theory import (
    ArgumentError,
    Ge,
    Le,
    Scalar,
    Static,
    Whole,
    closed_form,
    normal_pdf,
    pi,
    rational,
    sqrt,
    where,
)
from theory.xor_cluster.first_step import difference_pmf
from theory.xor_cluster.params import Late, Noise, Ratio, Size, Time, check_time

NoisyTime = Annotated[Scalar, Ge(2), Le(1e18)]
Step = Annotated[Any, Ge(1), Whole, Static]
Points = Annotated[Scalar, Ge(0), Le(1e15), Whole]
"""A number of points, neurons' or data's."""
Truth = object  # a boolean or an array of them
Lead = Annotated[Scalar, Ge(-1e15), Le(1e15), Whole]

_EXAMPLE = {
    "t": 2, "own": True, "clean": True, "leading": True, "initially_active": True, "D": 1,
    "c_plus": 5, "c_minus": 4, "n_plus": 2, "n_minus": 1,
    "b_c_plus": 2, "b_c_minus": 3, "b_n_plus": 1, "b_n_minus": 0,
}  # fmt: skip
_WITHIN = {
    "D": (
        "is no difference of the counts",
        lambda D, c_plus, c_minus, n_plus, n_minus: (
            (c_plus + n_minus >= D) & (c_minus + n_plus >= -D)
        ),
    ),
    "b_c_plus": ("is above c_plus", lambda b_c_plus, c_plus: b_c_plus <= c_plus),
    "b_c_minus": ("is above c_minus", lambda b_c_minus, c_minus: b_c_minus <= c_minus),
    "b_n_plus": ("is above n_plus", lambda b_n_plus, n_plus: b_n_plus <= n_plus),
    "b_n_minus": ("is above n_minus", lambda b_n_minus, n_minus: b_n_minus <= n_minus),
}
_OWN = {a: _WITHIN[a] for a in ("D", "b_c_minus", "b_n_plus")}
_OTHER = {a: _WITHIN[a] for a in ("D", "b_c_plus", "b_n_plus", "b_n_minus")}


def _truth(name: str, value: Any) -> jax.Array:
    """The value as JAX booleans; a number (NaN would be true) is refused."""
    value = jnp.asarray(value)
    if value.dtype != bool:
        raise ArgumentError(f"activation_table: {name} = {value} is not true or false")
    return value


@closed_form(example=_EXAMPLE)
def activation_table(t: Step, own: Truth, clean: Truth, leading: Truth, initially_active: Truth):
    """Is a training point active on a neuron at time t >= 1? (JAX, booleans that broadcast.)

    Sharpens Lemmas A.6, A.7 and Corollary A.5. Args: t (Python int); whether the point lies on
    the neuron's own axis; whether its label is clean; whether it lies in the cluster sigma; and
    its activation at time 0. For neurons whose axis turns, sigma V(2) > 0 (V of
    :func:`own_projection` or :func:`other_projection`): D != 0 alone is not enough, and nearly
    every neuron with sigma V(2) <= 0 breaks the table.
    """
    t = check_time(t, first=1)
    given = {"own": own, "clean": clean, "leading": leading, "initially_active": initially_active}
    own, clean, leading, b = (_truth(name, value) for name, value in given.items())
    if t == 1:
        on_own = jnp.where(clean, leading | b, leading & ~b)
        on_other = jnp.where(clean, ~leading & ~b, ~leading | b)
    else:
        on_own = clean & (leading | b)
        on_other = ~clean | (leading & ~b) if t == 2 else ~clean
    return jnp.where(own, on_own, on_other)


@closed_form(example=_EXAMPLE, **_OWN)
def own_projection(
    t: Step,
    D: Lead,
    c_plus: Points,
    c_minus: Points,
    n_plus: Points,
    n_minus: Points,
    b_c_minus: Points,
    b_n_plus: Points,
) -> Scalar:
    """V(t) = 2 n sqrt(m) <w(t), mu>/(alpha M2) on the neuron's own axis, sigma = +, t >= 1.

    V(1) = D; V(t) = D + c_+ - n_+ + b(N_+) - b(C_-) + (t-2)(c_+ - b(C_-)), where b(S) counts the
    points of S active at time 0. For sigma = - exchange + and - (D -> -D) and negate. From t = 2 on
    for neurons whose axis turns, V(2) > 0.
    """
    t = check_time(t, first=1)
    if t == 1:
        return D
    return D + c_plus - n_plus + b_n_plus - b_c_minus + (t - 2) * (c_plus - b_c_minus)


@closed_form(example=_EXAMPLE, **_OTHER)
def other_projection(
    t: Step,
    D: Lead,
    c_plus: Points,
    c_minus: Points,
    n_plus: Points,
    n_minus: Points,
    b_c_plus: Points,
    b_n_plus: Points,
    b_n_minus: Points,
) -> Scalar:
    """V(t) on the other axis, sigma = +, t >= 1; see :func:`own_projection`.

    V(1) = -D; V(2) = -[b(C_+) - 2 b(N_+) + b(N_-) - c_- + n_-];
    V(t) = -[c_+ - c_- - n_+ + 2 n_- + b(N_-) - 2 b(N_+) + (t-3)(n_- - n_+)] from t = 3, for neurons
    whose axis turns, V(2) > 0.
    """
    t = check_time(t, first=1)
    if t == 1:
        return -D
    if t == 2:
        return -(b_c_plus - 2 * b_n_plus + b_n_minus - c_minus + n_minus)
    start = c_plus - c_minus - n_plus + 2 * n_minus + b_n_minus - 2 * b_n_plus
    return -(start + (t - 3) * (n_minus - n_plus))


@closed_form(example=_EXAMPLE, **_OTHER)
def other_projection_as_printed(
    t: Step,
    D: Lead,
    c_plus: Points,
    c_minus: Points,
    n_plus: Points,
    n_minus: Points,
    b_c_plus: Points,
    b_n_plus: Points,
    b_n_minus: Points,
) -> Scalar:
    """The display after (A.56): 3 n_- where :func:`other_projection` has 2 n_- + b(N_-). False."""
    t = check_time(t, first=1)
    if t <= 2:
        return other_projection.__wrapped__(
            t, D, c_plus, c_minus, n_plus, n_minus, b_c_plus, b_n_plus, b_n_minus
        )
    start = c_plus - c_minus - n_plus + 3 * n_minus - 2 * b_n_plus
    return -(start + (t - 3) * (n_minus - n_plus))


# --------------------------------------------------------------------------------------------
# Features, margins, norms


@closed_form
def feature_growth(n: Size, eta: Noise) -> Scalar:
    """Mean over positive neurons of |V(t+1) - V(t)|, t >= 2: (1 - eta)(n/8 + sqrt(n/(2 pi))).

    Up to O(1); sharp form of Lemma 4.7. <w, mu> grows by alpha M2/(2 n sqrt(m)) times this.
    """
    return (1 - eta) * (rational(1, 8) * n + sqrt(n / (2 * pi)))


@closed_form
def feature_growth_typical(n: Size, eta: Noise) -> Scalar:
    """The median over data: (1 - eta)(n/8 + sqrt(n/8) g(|z|)) at the median |z| (JAX).

    Given z the second term is g(z) = (3/2) z (2 Phi(z) - 1) + phi(z), even and increasing in |z|;
    its mean is 2/sqrt(pi), which gives the sqrt(n/(2 pi)) of :func:`feature_growth`.
    """
    z = ndtri(0.75)
    return (1 - eta) * (n / 8 + jnp.sqrt(n / 8) * (0.75 * z + normal_pdf(z)))


@closed_form
def feature_growth_exact(n: Annotated[Scalar, Ge(1), Le(1e6), Whole, Static], eta: Noise) -> Scalar:
    """The same mean over neurons with D != 0, as a quotient of exact expectations (JAX).

    n (1-eta)/4 (1 - P(D' >= 2))/P(D != 0), with D' of n - 1 points: of n exchangeable points,
    one clean in C_sigma adds 1, one clean and active in C_{-sigma} takes 1 away.
    """
    fewer, all_points = difference_pmf(n - 1 if n == n else 0), difference_pmf(n)
    at_least_two = (1 - fewer[0]) / 2 - fewer[1]
    return n * (1 - eta) / 4 * (1 - at_least_two) / (1 - all_points[0])


@closed_form
def growth_per_step(n: Size, eta: Noise, P: Ratio) -> Scalar:
    """|dV|/n per step against P/n: :func:`feature_growth` above (1-eta)/8, (1-eta)/4 below.

    Clean points of the opposite cluster stay active iff P > n (1 - eta)/8; if they fall silent
    nothing is subtracted from the leading cluster's (1 - eta)/4. Leading order below.
    """
    return where(n * (1 - eta) / 8 < P, feature_growth(n, eta) / n, (1 - eta) / 4 + 0 * n)


@closed_form
def clean_margin(t: Time) -> Scalar:
    """y f of a clean training point in units alpha p/(2 n), t >= 1: 1/4 + (3/8)(t - 1)."""
    return rational(1, 4) + rational(3, 8) * (t - 1)


@closed_form
def noisy_margin(t: NoisyTime) -> Scalar:
    """y f of a noisy training point in units alpha p/(2 n), t >= 2: 5/8 + (t - 2)/2 (1/4 at t=1).

    In the end 4/3 of :func:`clean_margin`: all other-axis neurons hold a noisy point, three
    quarters of the own-axis neurons a clean one.
    """
    return rational(5, 8) + rational(1, 2) * (t - 2)


@closed_form
def clean_sigmoid_gap(t: Time) -> Scalar:
    """|g - 1/2| of a clean training point over alpha p/n, t >= 1: (3 t - 1)/64.

    g' = 1/4 at 0, times the margin; Lemma A.3 has 2 (t + 2).
    """
    return clean_margin(t) / 8


@closed_form
def noisy_sigmoid_gap(t: NoisyTime) -> Scalar:
    """|g - 1/2| of a noisy training point over alpha p/n, t >= 2: (5/8 + (t - 2)/2)/8."""
    return noisy_margin(t) / 8


@closed_form
def weight_norm_squared(eta: Noise, t: Late) -> Scalar:
    """‖W(t)‖_F^2 over alpha^2 p/(4 n), t >= 3, the mean at m, n -> inf.

    The mean over neurons and points of the squared number of steps at which the point was active:
    (1-eta)/4 [(t^2 + (t-1)^2)/2 + t^2/2] + (1-eta)/2 + (3/8) eta
    + eta/4 [(t^2 + (t-2)^2)/2 + (t^2 + (t-1)^2)/2].
    """
    lead, follow, late = t**2, (t - 1) ** 2, (t - 2) ** 2
    clean = (1 - eta) * (2 * lead + follow) / 8 + (1 - eta) / 2
    return clean + 3 * eta / 8 + eta * (2 * lead + late + follow) / 8


@closed_form
def weight_norm(
    n: Size, p: Size, eta: Noise, alpha: Annotated[Scalar, Ge(0), Le(1)], t: Time
) -> Scalar:
    """‖W‖_F -> (alpha t/2) sqrt(p (3 + eta)/(8 n)), t >> 1; (A.68): <= 3 alpha t sqrt(p/n)."""
    return alpha * t * sqrt(p * (3 + eta) / (8 * n)) / 2


@closed_form
def normalized_margin(n: Size, rho: Ratio, eta: Noise) -> Scalar:
    """Mean over centers of y f(nu)/‖W‖_F, t >> 1, minus O(1/t).

    sqrt(n) rho [(1 - eta)(1/8 + 1/sqrt(2 pi n)) - sqrt(eta/(pi n))]/sqrt(2 (3 + eta)); leading
    term 0.0510 sqrt(n) rho at eta = 0, and a cluster's own margin is 2 U times it. The last term in
    brackets is the other axis's growth |n_+ - n_-| per step; its slope in eta is infinite at 0.
    """
    growth = (1 - eta) * (rational(1, 8) + 1 / sqrt(2 * pi * n)) - sqrt(eta) / sqrt(pi * n)
    return sqrt(n) * rho * growth / sqrt(2 * (3 + eta))
