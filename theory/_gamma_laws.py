"""Chi-square laws, central and not, and those of their ratios: F, beta, Student's t.

Distribution functions end in ``_cdf``, the other tail in ``_tail``. Unless said otherwise all are
good to 1e-13 relative in both tails (logarithms to 1e-13 absolute or relative), for degrees of
freedom from 1/2 and noncentralities from 0, up to 1e6; they broadcast, and may be differentiated in
every argument.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax import lax

from theory._closed_form import Row, Whole, closed_form
from theory._fields import Ge, Gt, Le
from theory._formula import evaluator_of, rational
from theory._law_words import gamma_cdf
from theory._quadratic_forms import log_density, log_tails
from theory._roots import root
from theory._special import loggamma
from theory._tails import (
    beta_shares, first_term, gamma_shares, log_beta_kernel, log_beta_tails, log_gamma_kernel,
    log_gamma_tails,
)  # fmt: skip
from theory._tails import log_beta as _log_beta

__all__ = [
    "beta_pdf", "beta_quantile", "beta_tail", "chi2_cdf", "chi2_pdf", "chi2_quantile",
    "chi2_tail", "f_cdf", "f_tail", "gamma_tail", "larger_chi2", "log_beta",
    "log_chi2_cdf", "log_chi2_tail", "order_statistic_cdf", "quadratic_form_cdf",
    "quadratic_form_tail", "student_cdf",
]  # fmt: skip

Value = Any
"""A number or an array, traced or not."""
Degrees = Annotated[Value, Gt(0)]
Noncentrality = Annotated[Value, Ge(0)]
Share = Annotated[Value, Ge(0), Le(1)]
Weights = Annotated[Value, Row]
AllDegrees = Annotated[Value, Gt(0), Row]
Shifts = Annotated[Value, Ge(0), Row]


def _floats(*values: Value) -> list[jax.Array]:
    return list(jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in values)))


def _is_zero(shift: Value) -> bool:
    """Whether a law is known to be central, so that the cheaper quadrature will do."""
    return isinstance(shift, (int, float)) and shift == 0


def _from_zero(x: Value) -> jax.Array:
    """x, and 0 below it: not maximum, which halves the slope at 0."""
    return jnp.where(jnp.less(x, 0), 0.0, x)


def _log_factorial(d: Value) -> jax.Array:
    """log of Gamma(d/2 + 1), to be taken before d is broadcast (see gamma_shares)."""
    return loggamma(jnp.asarray(d, float) / 2 + 1)


# --------------------------------------------------------------------------------------------
# Gamma and chi-square


@closed_form
def gamma_tail(x: Value, a: Degrees) -> jax.Array:
    """P(X > x), X ~ Gamma(a)."""
    return gamma_shares(_from_zero(x), a)[1]


def _log_chi2(x: Value, d: Value, shift: Value) -> tuple[jax.Array, jax.Array]:
    """Logarithms of P(X <= x) and P(X > x)."""
    if _is_zero(shift):
        x, d = _floats(x, d)
        return log_gamma_tails(_from_zero(x) / 2, d / 2)
    x, d, shift = _floats(x, d, shift)
    return log_tails(_from_zero(x), jnp.ones(1), d[..., None], shift[..., None])


def _chi2_shares(x: Value, d: Value, shift: Value) -> tuple[jax.Array, jax.Array]:
    """P(X <= x) and P(X > x), with their slopes to the right at x = 0."""
    below, above = _log_chi2(x, d, shift)
    log_size = -_log_factorial(d)
    x, d, shift = _floats(_from_zero(x), d, shift)
    first = first_term(x / 2, d / 2, -shift / 2 + log_size)
    return jnp.where(x == 0, first, jnp.exp(below)), jnp.where(x == 0, 1 - first, jnp.exp(above))


@closed_form
def log_chi2_cdf(x: Value, d: Degrees, shift: Noncentrality = 0.0) -> jax.Array:
    """log P(X <= x), X ~ chi'^2 of d degrees of freedom and noncentrality ``shift``."""
    return _log_chi2(x, d, shift)[0]


@closed_form
def log_chi2_tail(x: Value, d: Degrees, shift: Noncentrality = 0.0) -> jax.Array:
    """log P(X > x) of the same law."""
    return _log_chi2(x, d, shift)[1]


@closed_form
def chi2_cdf(x: Value, d: Degrees, shift: Noncentrality = 0.0) -> Any:
    """P(X <= x), X = |z + mu|^2 with z ~ N(0, I_d) and |mu|^2 = ``shift``: chi'^2_d(shift).

    The central law, shift = 0 as a plain number, is gamma_cdf(x/2, d/2) on every evaluator.
    """
    if _is_zero(shift) and evaluator_of(x, d) not in (None, "jax"):
        return gamma_cdf(x * rational(1, 2), d * rational(1, 2))
    return _chi2_shares(x, d, shift)[0]


@closed_form
def chi2_tail(x: Value, d: Degrees, shift: Noncentrality = 0.0) -> jax.Array:
    """P(X > x) of the same law: Marcum's Q at d/2."""
    return _chi2_shares(x, d, shift)[1]


@closed_form
def chi2_pdf(x: Value, d: Degrees, shift: Noncentrality = 0.0) -> jax.Array:
    """The density of the same law at x > 0; 0 for x <= 0."""
    x, d, noncentral = _floats(x, d, shift)
    inside = (x > 0) & (x < jnp.inf)
    z = jnp.where(inside, x, 1.0)
    if _is_zero(shift):
        log = log_gamma_kernel(z / 2, d / 2) - jnp.log(z)
    else:
        log = log_density(z, jnp.ones(1), d[..., None], noncentral[..., None])
    return jnp.where(inside, jnp.exp(log), jnp.where(jnp.isnan(x), jnp.nan, 0.0))


def _level(q: jax.Array, log_below: jax.Array, log_above: jax.Array) -> jax.Array:
    """0 at the quantile of q and rising, by the logarithm of the smaller tail."""
    return jnp.where(q < 0.5, log_below - jnp.log(q), jnp.log1p(-q) - log_above)


def _at_the_ends(q: jax.Array, low: float, high: float, quantile: jax.Array) -> jax.Array:
    return jnp.where(q == 0, low, jnp.where(q == 1, high, quantile))


@closed_form
def chi2_quantile(q: Share, d: Degrees, shift: Noncentrality = 0.0) -> jax.Array:
    """The x with P(X <= x) = q, for the same law; 0 at q = 0, infinite at q = 1.

    Sought in log x, between P(X <= x) <= (x/2)^(d/2)/Gamma(d/2 + 1) and Birge's bound
    P(X > d + l + 2 sqrt((d + 2 l) t) + 2 t) <= exp(-t).
    """
    log_size = -_log_factorial(d)
    q, d, noncentral = _floats(q, d, shift)
    s = jnp.where((q > 0) & (q < 1), q, 0.5)
    t = -jnp.log1p(-s)
    least = (jnp.log(s) - log_size) / (d / 2) + jnp.log(2.0)
    most = jnp.log(d + noncentral + 2 * jnp.sqrt((d + 2 * noncentral) * t) + 2 * t)
    shift = shift if _is_zero(shift) else noncentral
    x = root(lambda v: _level(s, *_log_chi2(jnp.exp(v), d, shift)), least - 0.01, most + 0.01)
    return _at_the_ends(q, 0.0, jnp.inf, jnp.exp(x))


@closed_form
def larger_chi2(d: Degrees, first: Noncentrality, second: Noncentrality) -> jax.Array:
    """P(X > Y), independent X ~ chi'^2_d(first), Y ~ chi'^2_d(second).

    It is P(U . V > 0) for independent U ~ N(u, s^2 I_d) and V ~ N(v, t^2 I_d), with

        first, second = |u/s + v/t|^2/2, |u/s - v/t|^2/2,

    as 2 U . V/(s t) = |A|^2 - |B|^2, where A, B = (U/s +- V/t)/sqrt(2) are independent. So it is
    the exact accuracy of a linear rule along an estimated mean, and an AUROC. For other degrees or
    scales see :func:`f_tail`, with a threshold :func:`quadratic_form_tail`.
    """
    d, first, second = _floats(d, first, second)
    shifts = jnp.stack([first, second], axis=-1)
    signs = jnp.asarray([1.0, -1.0])
    return jnp.exp(log_tails(jnp.zeros_like(d), signs, d[..., None], shifts)[1])


@closed_form(example={"weights": [1.0, -0.5], "degrees": [3.0, 2.0], "shifts": [0.0, 1.0]})
def quadratic_form_cdf(
    x: Value, weights: Weights, degrees: AllDegrees, shifts: Shifts = 0.0
) -> jax.Array:
    """P(sum_k w_k X_k <= x), independent X_k ~ chi'^2 of d_k degrees and noncentrality l_k.

    The components lie on the last axis of ``weights``, ``degrees`` and ``shifts``. Degrees sum to
    1 or more, on either side of 0.
    """
    return jnp.exp(log_tails(x, weights, degrees, shifts)[0])


@closed_form(example={"weights": [1.0, -0.5], "degrees": [3.0, 2.0], "shifts": [0.0, 1.0]})
def quadratic_form_tail(
    x: Value, weights: Weights, degrees: AllDegrees, shifts: Shifts = 0.0
) -> jax.Array:
    """P(sum_k w_k X_k > x), likewise."""
    return jnp.exp(log_tails(x, weights, degrees, shifts)[1])


# --------------------------------------------------------------------------------------------
# F


def _f_shares(x: Value, d1: Value, d2: Value, first: Value, second: Value):
    """P(F <= x) and P(F > x), with their slopes to the right at x = 0."""
    x, d1, d2, l1, l2 = _floats(_from_zero(x), d1, d2, first, second)
    if _is_zero(first) and _is_zero(second):
        # y = ratio/(1 + ratio), both shares without cancellation; at x = 0 the slope in x may be
        # infinite and that in the degrees is 0
        scale = d1 / d2
        ratio = jnp.where(x == 0, lax.stop_gradient(scale), scale) * x
        low = 1 / (1 + ratio)
        share = jnp.where(x == 0, ratio, jnp.where(ratio < jnp.inf, ratio * low, 1.0))
        return beta_shares(share, low, d1 / 2, d2 / 2)
    weights = jnp.stack([1 / d1, -x / d2], axis=-1)
    degrees, shifts = jnp.stack([d1, d2], axis=-1), jnp.stack([l1, l2], axis=-1)
    below, above = log_tails(jnp.zeros_like(x), weights, degrees, shifts)
    # E[exp(-l1/2) (x Y/d2)^(d1/2)]: in size for d1 = 2 alone, where the slope is finite
    start = first_term(x, d1 / 2, jnp.log1p(l2 / d2) - l1 / 2)
    return jnp.where(x == 0, start, jnp.exp(below)), jnp.where(x == 0, 1 - start, jnp.exp(above))


@closed_form
def f_cdf(
    x: Value, d1: Degrees, d2: Degrees, first: Noncentrality = 0.0, second: Noncentrality = 0.0
) -> jax.Array:
    """P((X/d1)/(Y/d2) <= x), X ~ chi'^2_d1(first) and Y ~ chi'^2_d2(second) independent.

    The F law; noncentral for first > 0, doubly so for second > 0.
    """
    return _f_shares(x, d1, d2, first, second)[0]


@closed_form
def f_tail(
    x: Value, d1: Degrees, d2: Degrees, first: Noncentrality = 0.0, second: Noncentrality = 0.0
) -> jax.Array:
    """P((X/d1)/(Y/d2) > x), likewise."""
    return _f_shares(x, d1, d2, first, second)[1]


# --------------------------------------------------------------------------------------------
# Beta, order statistics, Student's t


@closed_form
def log_beta(a: Degrees, b: Degrees) -> jax.Array:
    """log B(a, b) = log(Gamma(a) Gamma(b)/Gamma(a + b)), to 1e-14 of the larger of 1 and itself."""
    return _log_beta(a, b)


@closed_form
def beta_tail(x: Share, a: Degrees, b: Degrees) -> jax.Array:
    """P(X > x) = I_{1-x}(b, a)."""
    return beta_shares(x, 1 - jnp.asarray(x), a, b)[1]


@closed_form
def beta_pdf(x: Annotated[Value, Gt(0)], a: Degrees, b: Degrees) -> jax.Array:
    """x^(a-1) (1 - x)^(b-1)/B(a, b) inside (0, 1); 0 for x >= 1."""
    x, a, b = _floats(x, a, b)
    z = jnp.where(x < 1, x, 0.5)
    density = jnp.exp(log_beta_kernel(z, 1 - z, a, b)) / (z * (1 - z))
    return jnp.where(x < 1, density, 0.0)


@closed_form
def beta_quantile(q: Share, a: Degrees, b: Degrees) -> jax.Array:
    """The x with I_x(a, b) = q.

    Sought in t = log(x/(1 - x)), below 0 by I_x(a, b) <= 2 x^a/(a B(a, b)), above 0 likewise.
    """
    q, a, b = _floats(q, a, b)
    s = jnp.where((q > 0) & (q < 1), q, 0.5)
    size = _log_beta(a, b) - jnp.log(2.0)
    least = jnp.minimum((jnp.log(s) + jnp.log(a) + size) / a, 0.0) - 0.01
    most = 0.01 - jnp.minimum((jnp.log1p(-s) + jnp.log(b) + size) / b, 0.0)

    def level(t):
        return _level(s, *log_beta_tails(jax.nn.sigmoid(t), jax.nn.sigmoid(-t), a, b))

    return _at_the_ends(q, 0.0, 1.0, jax.nn.sigmoid(root(level, least, most)))


@closed_form(k=("is above n", lambda k, n: k <= n))
def order_statistic_cdf(
    u: Share, k: Annotated[Value, Ge(1), Whole], n: Annotated[Value, Ge(1), Whole]
) -> jax.Array:
    """P(X_(k) <= x), the k-th smallest of n independent values with distribution function u = F(x).

    At least k of n are below x: I_u(k, n + 1 - k).
    """
    u, k, n = _floats(u, k, n)
    return beta_shares(u, 1 - u, k, n + 1 - k)[0]


def _student_by_beta(t: jax.Array, d: jax.Array) -> jax.Array:
    far = t**2 / (d + t**2)
    tail = jnp.exp(log_beta_tails(far, d / (d + t**2), 0.5, d / 2)[1]) / 2
    return jnp.where(t < 0, tail, 1 - tail)


_student = jax.custom_jvp(_student_by_beta)


@_student.defjvp
def _(primals, tangents):
    # by the density: at t = 0 the chain rule through t^2 is 0 times infinity
    t, d = primals
    value, by_degrees = jax.jvp(lambda d: _student_by_beta(t, d), (d,), (tangents[1],))
    log = -(d + 1) / 2 * jnp.log1p(t**2 / d) - 0.5 * jnp.log(d) - _log_beta(d / 2, 0.5)
    return value, by_degrees + jnp.exp(log) * tangents[0]


@closed_form
def student_cdf(t: Value, d: Degrees) -> jax.Array:
    """P(T <= t), T ~ Student's t of d degrees of freedom."""
    return _student(*_floats(t, d))
