"""Laws of several normals: two correlated ones, the best of many, the largest and its lead.

One-dimensional integrals of positive functions, so that small probabilities keep their digits.
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory._averages import normal_mean
from theory._closed_form import Row, Whole, closed_form
from theory._fields import Ge, Gt, Le
from theory._special import log_normal_cdf, normal_cdf
from theory._tails import log_beta, log_half_line

__all__ = [
    "best_of_normals", "bivariate_normal_cdf", "expected_maximum", "expected_order_statistic",
    "loss_to_normals", "orthant", "top_gap_cdf", "top_gap_tail",
]  # fmt: skip

Value = Any
"""A number or an array, traced or not."""

_FAR = 40.0  # Phi(-40) is 0 in float64


def _log_pdf(x: jax.Array) -> jax.Array:
    return -(x**2) / 2 - 0.5 * math.log(2 * math.pi)


def _floats(*values: Value) -> list[jax.Array]:
    return list(jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in values)))


def _root_of(rho: jax.Array) -> jax.Array:
    return jnp.sqrt((1 - rho) * (1 + rho))


def _drop(s, h, k, rho):
    # of log [phi(h - s) Phi((k - rho (h - s))/r)], from s = 0
    r = _root_of(rho)
    start, now = log_normal_cdf((k - rho * h) / r), log_normal_cdf((k - rho * (h - s)) / r)
    return s * (s / 2 - h) + start - now


def _slope(s, h, k, rho):
    r = _root_of(rho)
    z = (k - rho * (h - s)) / r
    return s - h - rho / r * jnp.exp(_log_pdf(z) - log_normal_cdf(z))


def _corner(h: jax.Array, k: jax.Array, rho: jax.Array) -> jax.Array:
    """P(X <= h, Y <= k) for h <= min(k, 0), where rho >= 0 or h + k <= 0.

    int_0^inf phi(h - s) Phi((k - rho (h - s))/sqrt(1 - rho^2)) ds as in ``_tails``: for
    other arguments the integrand would rise to a peak or a cut-off away from s = 0.
    """
    h, k, rho = h[..., None], k[..., None], rho[..., None]
    start = log_normal_cdf((k - rho * h) / _root_of(rho))
    first = _slope(0.0, h, k, rho)
    most = h + jnp.sqrt(h**2 + 2 * (1 - start))  # where s^2/2 - h s + start = 1
    scale = 2 / (jnp.abs(first) + jnp.sqrt(first**2 + 2 / (1 - rho**2)))
    scale = jnp.where(first > 0, jnp.minimum(scale, most), most)
    log = (_log_pdf(h) + start)[..., 0]
    return jnp.exp(log + log_half_line(_drop, _slope, scale, h, k, rho, nodes=240))


@jax.custom_jvp
def _bivariate(h: jax.Array, k: jax.Array, rho: jax.Array) -> jax.Array:
    low, high = (jnp.clip(f(h, k), -_FAR, _FAR) for f in (jnp.minimum, jnp.maximum))
    # P(X <= low, Y <= high) = P(X <= low) - P(X <= low, -Y <= -high), or all but two tails and
    # their common part: what is left has its corner at first <= 0
    turned = (rho < 0) & (low + high > 0)
    above = (rho >= 0) & (low > 0)
    first = jnp.where(turned | above, -high, low)
    second = jnp.where(turned, low, jnp.where(above, -low, high))
    size = jnp.where(turned, -rho, rho)
    proper = jnp.abs(rho) < 1
    part = _corner(first, second, jnp.where(proper, size, 0.0))
    part = jnp.where(proper, part, jnp.where(size > 0, normal_cdf(first), 0.0))
    outside = jnp.where(turned, normal_cdf(low), normal_cdf(low) - normal_cdf(-high))
    return jnp.where(turned, outside - part, jnp.where(above, outside + part, part))


@_bivariate.defjvp
def _(primals, tangents):
    h, k, rho = primals
    r = _root_of(rho)
    safe = jnp.where(r > 0, r, 1.0)
    inside = jnp.abs(h) + jnp.abs(k) < jnp.inf
    u, v = jnp.where(inside, h, 0.0), jnp.where(inside, k, 0.0)
    far = jnp.where(inside, (u - rho * v) ** 2 / safe**2 + v**2, jnp.inf)
    density = jnp.exp(-far / 2) / (2 * jnp.pi * safe)

    def given(h, k):  # P(Y <= k | X = h) phi(h)
        gap = k - rho * h
        certain = jnp.where(gap == 0, 0.5, (gap > 0) * 1.0)
        conditional = jnp.where(r > 0, normal_cdf(gap / safe), certain)
        return jnp.where(jnp.abs(h) < jnp.inf, jnp.exp(_log_pdf(h)) * conditional, 0.0)

    slope = given(h, k) * tangents[0] + given(k, h) * tangents[1]
    return _bivariate(h, k, rho), slope + jnp.where(r > 0, density, jnp.nan) * tangents[2]


_bivariate_program = jax.jit(_bivariate)  # traced once, whatever formulas call it


@closed_form
def bivariate_normal_cdf(h: Value, k: Value, rho: Annotated[Value, Ge(-1), Le(1)]) -> jax.Array:
    """P(X <= h, Y <= k) of standard normals with correlation rho; h and k may be infinite.

    To 1e-12 relative where rho >= 0 or h + k <= 0; elsewhere to 1e-14 of Phi(min(h, k)), as a
    difference of two such numbers. Its slopes are phi(h) Phi((k - rho h)/sqrt(1 - rho^2)) and the
    density at (h, k), which is NaN at rho = +-1.
    """
    return _bivariate_program(*_floats(h, k, rho))


# --------------------------------------------------------------------------------------------
# Many normals

_FINE = {"nodes": 960}  # the largest of n has a law of width 1/sqrt(2 log n): .13 at 1e12


@closed_form
def best_of_normals(
    shifts: Annotated[Value, Row],
    counts: Annotated[Value, Ge(0), Row] = 1.0,
    spread: Annotated[Value, Ge(0)] = 1.0,
) -> jax.Array:
    """P(s Z + shift_j > Z_j for all j) = E prod_j Phi(s Z + shift_j)^count_j, Z, Z_j ~ N(0, 1).

    The rivals j lie on the last axis of ``shifts`` and ``counts``; a count is how many rivals have
    that shift. Where rivals are equicorrelated, X_j = sqrt(rho) W + sqrt(1 - rho) Z_j, the common
    part goes to the spread. For s <= 5, else NaN; small chances keep their digits.
    """
    shifts, counts = _floats(shifts, counts)
    spread = jnp.asarray(spread, float)[..., None]
    centre = jax.lax.stop_gradient(_least_effort(shifts, counts, spread))

    def log_all(z):  # with the change of measure to Z + centre
        moved = z + centre
        beaten = log_normal_cdf(spread[..., None] * moved[..., None, :] + shifts[..., None])
        all_beaten = jnp.sum(counts[..., None] * beaten, axis=-2)
        return all_beaten - centre * (z + centre / 2)

    z = jnp.linspace(-12.0, 12.0, 97)
    most = jax.lax.stop_gradient(jnp.max(log_all(z) - z**2 / 2, axis=-1, keepdims=True))
    most = jnp.where(jnp.isfinite(most), most, 0.0)
    return jnp.exp(most[..., 0]) * normal_mean(lambda z: jnp.exp(log_all(z) - most), **_FINE)


def _least_effort(shifts: jax.Array, counts: jax.Array, spread: jax.Array) -> jax.Array:
    """The z of least z^2/2 + sum_j count_j max(0, -shift_j - s z)^2/2: near where all are beaten.

    Of the k rivals that stand highest, s sum count_j (-shift_j)/(1 + s^2 sum count_j); the largest.
    """
    order = jnp.argsort(shifts, axis=-1)
    ahead = -jnp.take_along_axis(shifts, order, axis=-1)
    many = jnp.take_along_axis(counts, order, axis=-1)
    pull = jnp.cumsum(jnp.where(many > 0, many * ahead, 0.0), axis=-1)
    places = spread * pull / (1 + spread**2 * jnp.cumsum(many, axis=-1))
    most = jnp.max(jnp.maximum(places, 0.0), axis=-1, keepdims=True)
    return jnp.where(most < jnp.inf, most, 0.0)  # a rival out of reach: never


_OWN = np.linspace(-8.5, 8.5, 10)  # beyond, the normal law has mass 2e-17
_RIVAL = np.linspace(-8.0, 8.0, 9)  # beyond, Phi is 0 or 1 to 7e-16
_PANEL = np.polynomial.legendre.leggauss(18)


@closed_form(example={"shifts": [0.5, 1.0], "spreads": [1.0, 2.0]})
def loss_to_normals(
    shifts: Annotated[Value, Row], spreads: Annotated[Value, Gt(0), Row]
) -> jax.Array:
    """P(s_j Z + shift_j < Z_j for some j) = E [1 - prod_j Phi(s_j Z + shift_j)], to 1e-11 absolute.

    The rivals j, at most 63, lie on the last axis; where X_j ~ N(m_j, S_j^2) and X ~ N(m, S^2),
    s_j = S/S_j and shift_j = (m - m_j)/S_j. The factors may be as steep as steps. So the panels of
    the integral end at z = -8.5, ..., 8.5 and where s_j z + shift_j = -8, -6, ..., 8: on each of
    them every factor is constant to 7e-16 or runs over at most two of its deviations, whatever the
    spreads. There a rule of m nodes is off by at most (64/15) M/(rho^2m (1 - rho^-2)) times half
    the panel, M the largest modulus on the ellipse rho: 2.2e-12 for m = 18 and 63 rivals.
    """
    shifts, spreads = _floats(shifts, spreads)
    steps = jnp.clip((_RIVAL - shifts[..., None]) / spreads[..., None], _OWN[0], _OWN[-1])
    steps = steps.reshape(*shifts.shape[:-1], -1)
    own = jnp.broadcast_to(_OWN, (*steps.shape[:-1], _OWN.size))
    ends = jnp.sort(jnp.concatenate([steps, own], axis=-1), axis=-1)
    middle, half = (ends[..., 1:] + ends[..., :-1]) / 2, (ends[..., 1:] - ends[..., :-1]) / 2
    z = (middle[..., None] + half[..., None] * _PANEL[0]).reshape(*own.shape[:-1], -1)
    weight = (half[..., None] * _PANEL[1]).reshape(z.shape) * jnp.exp(_log_pdf(z))

    def add(log_wins, rival):  # one after the other: all at once would not fit
        shift, spread = rival
        return log_wins + log_normal_cdf(spread[..., None] * z + shift[..., None]), None

    rivals = jnp.moveaxis(shifts, -1, 0), jnp.moveaxis(spreads, -1, 0)
    log_wins, _ = jax.lax.scan(add, jnp.zeros_like(z), rivals)
    return -jnp.sum(weight * jnp.expm1(log_wins), axis=-1)


@closed_form
def orthant(n: Annotated[Value, Ge(1)], rho: Annotated[Value, Ge(0), Le(1)]) -> jax.Array:
    """P(X_1, ..., X_n > 0) of standard normals with equal correlations rho >= 0: E Phi(a Z)^n.

    a = sqrt(rho/(1 - rho)). For a > 1 by parts, E n Phi(Z)^(n-1) Phi(-Z/a): both are smooth on
    the scale of 1. The derivative in rho is infinite at both ends for n > 1.
    """
    n, rho = (v[..., None] for v in _floats(n, rho))
    common = rho > 0.5
    a = jnp.sqrt(jnp.where(common, 0.0, rho) / jnp.where(common, 1.0, 1 - rho))
    b = jnp.sqrt(jnp.where(common, 1 - rho, 0.0) / jnp.where(common, rho, 1.0))

    def value(z):
        powers = jnp.where(common, (n - 1) * log_normal_cdf(z), n * log_normal_cdf(a * z))
        return jnp.where(common, n * normal_cdf(-b * z), 1.0) * jnp.exp(powers)

    return normal_mean(value, **_FINE)


@closed_form(k=("is above n", lambda k, n: k <= n))
def expected_order_statistic(k: Annotated[Value, Ge(1)], n: Annotated[Value, Ge(1)]) -> jax.Array:
    """E of the k-th smallest of n standard normals; to 1e-13 absolute, for n up to 1e12.

    int z Phi^(k-1) Phi(-z)^(n-k) phi/B(k, n - k + 1). k and n need not be whole.
    """
    k, n = (v[..., None] for v in _floats(k, n))
    size = log_beta(k, n - k + 1)

    def value(z):
        below, above = log_normal_cdf(z), log_normal_cdf(-z)
        return z * jnp.exp((k - 1) * below + (n - k) * above - size)

    return normal_mean(value, **_FINE)


def expected_maximum(n: Value) -> jax.Array:
    """E of the largest of n standard normals, likewise."""
    return expected_order_statistic(n, n)


@closed_form
def top_gap_tail(t: Annotated[Value, Ge(0)], n: Annotated[Value, Ge(2), Whole]) -> jax.Array:
    """P(the largest of n standard normals leads the second by more than t) = n E Phi(Z - t)^(n-1).

    To 1e-12 relative for t <= 12, and NaN where the integrand lies beyond |Z| = 24.
    """
    t, n = (v[..., None] for v in _floats(t, n))
    mean = normal_mean(lambda z: jnp.exp((n - 1) * log_normal_cdf(z - t)), reach=24.0, nodes=1920)
    return n[..., 0] * mean


@closed_form
def top_gap_cdf(t: Annotated[Value, Ge(0)], n: Annotated[Value, Ge(2), Whole]) -> jax.Array:
    """P(the lead is at most t): one minus :func:`top_gap_tail`, which is below 1e-16 from 12 on."""
    return 1 - top_gap_tail.__wrapped__(jnp.minimum(t, 12.0), n)
