"""Ranges of functions over Arb balls (``flint.arb``), as narrow as two ends can make them.

A ball is midpoint +- radius, and the radius has 30 bits. Arithmetic on it is rigorous but forgets
signs: as balls, [0, 1] [1, 2] is [-1/2, 2], and [0, 1] itself is rounded to [-2^-31, 1 + 2^-31].
A proof of f >= 0 lives on signs, so the functions here go through the ends of a ball where that
keeps them. All take and return ``flint.arb``.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint

Arb = Any
"""A ``flint.arb``."""


def hull(low: Arb, high: Arb) -> Arb:
    """A ball that holds both: low + radius +- radius, so that an exact low end stays exact."""
    if not low <= high:
        return hull(high, low) if high <= low else low.union(high)
    around_zero = flint.arb(0, (high - low) / 2)  # the radius, rounded up to 30 bits
    return around_zero + (low + around_zero.rad())


def as_fraction(x: Arb) -> Fraction:
    """An exact arb as a Fraction."""
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def absolute(x: Arb) -> Arb:
    """|x|; never below 0."""
    return hull(x.abs_lower(), x.abs_upper()) if x.is_finite() else abs(x)


def product(a: Arb, b: Arb) -> Arb:
    """a b, by the products of the ends where a ball product loses the sign."""
    whole = a * b
    if not whole.is_finite() or not whole.contains(0) or (a.is_exact() and b.is_exact()):
        return whole
    corners = [x * y for x in (a.lower(), a.upper()) for y in (b.lower(), b.upper())]
    low = high = corners[0]
    for corner in corners[1:]:
        low, high = low.min(corner), high.max(corner)
    return hull(low, high)


def quotient(a: Arb, b: Arb) -> Arb:
    """a / b, with the sign kept likewise."""
    whole = a / b
    if not whole.is_finite() or not whole.contains(0):
        return whole
    return product(a, 1 / b)


def integer_power(x: Arb, exponent: int) -> Arb:
    """x^n; even powers are never below 0."""
    if exponent < 0:
        return quotient(flint.arb(1), integer_power(x, -exponent))
    if x.is_exact() or not x.is_finite():
        return x**exponent
    if exponent % 2 == 0:
        return hull(x.abs_lower() ** exponent, x.abs_upper() ** exponent)
    return hull(x.lower() ** exponent, x.upper() ** exponent)


def power(x: Arb, y: Arb) -> Arb:
    """x^y for x > 0, or for a whole exact y; not a finite ball for others."""
    if y.is_exact() and y.is_integer():
        return integer_power(x, int(y.unique_fmpz()))
    return exp(product(y, log(x)))


def monotone(f: Callable[[Arb], Arb]) -> Callable[[Arb], Arb]:
    """The range of a monotone function over a ball, from its values at the two ends.

    Arb's own enclosures of erf, erfc, tanh, asin and asinh on wide balls are up to several times
    too wide, or not finite where the function is. An exact value at the lower end stays exact:
    log of [1, 2] is not below 0.
    """

    def enclose(x: Arb) -> Arb:
        if x.is_exact() or not x.is_finite():
            return f(x)
        return hull(f(x.lower()), f(x.upper()))

    return enclose


def clipped(f: Callable[[Arb], Arb], low: int, high: int | None = None) -> Callable[[Arb], Arb]:
    """A monotone f on its closed domain [low, high], where balls may overshoot by rounding.

    An end that overshoots by at most 2^-24 of the radius, or by a few roundings of the domain's
    end, is moved to the domain's end: otherwise sqrt(1 - x^2) on [0, 1] would be undefined. By
    more, the value is NaN.
    """

    def end(x: Arb, slack: Arb) -> Arb:
        if x < low and x >= low - slack:
            return flint.arb(low)
        if high is not None and x > high and x <= high + slack:
            return flint.arb(high)
        return x

    def enclose(x: Arb) -> Arb:
        if not x.is_finite():
            return f(x)
        slack = x.rad() / 2**24 + abs(low) * flint.arb(2) ** (4 - flint.ctx.prec)
        return hull(f(end(x.lower(), slack)), f(end(x.upper(), slack)))

    return enclose


exp = monotone(lambda x: x.exp())
log = monotone(lambda x: x.log())

_LEAST_GAMMA = "1.461632144968362341262659542325721328468196204006446351295988409"


def _falls_then_rises(f: Callable[[Arb], Arb]) -> Callable[[Arb], Arb]:
    """The range of Gamma or log Gamma over a ball of positive numbers.

    Both fall up to x0 = 1.4616... and rise after it, so values at the ends and at x0 are enough.
    Arb's own enclosures near x0 are *wrong* (FLINT 3.6.0: gamma of 1.46163214... +- 1e-6 leaves
    out Gamma at the ball's own ends), so Arb is asked at exact points only.
    """

    def enclose(x: Arb) -> Arb:
        if x.is_exact():
            return f(x)
        if not (x.is_finite() and x > 0):
            return flint.arb("nan")
        value = f(x.lower()).union(f(x.upper()))
        near = flint.arb(2) ** (1 - min(flint.ctx.prec, 200))
        turn = flint.arb(_LEAST_GAMMA).mid()  # within ``near`` of x0
        if x.overlaps(flint.arb(turn, near)):
            # both second derivatives are below 1 there, so f(turn) is within near^2 of f(x0)
            value = value.union(f(turn) + flint.arb(0, near**2))
        return value

    return enclose


gamma = _falls_then_rises(lambda x: x.gamma())
loggamma = _falls_then_rises(lambda x: x.lgamma())


def _erfcx_at(x: Arb) -> Arb:
    if x < 100:
        return (x * x).exp() * x.erfc()
    # Arb's erfc of an inexact argument is lost near 1e5 (no digit is right). The asymptotic series
    # alternates and its remainder is below the first term left out (Abramowitz and Stegun
    # 7.1.23-24), here under 1e-60.
    term = total = flint.arb(1)
    for k in range(1, 21):
        term = -term * (2 * k - 1) / (2 * x * x)
        total += term
    total += flint.arb(0, (term * 41 / (2 * x * x)).abs_upper())
    return total / (x * flint.arb.pi().sqrt())


def _normal_cdf_at(x: Arb) -> Arb:
    return (-x / flint.arb(2).sqrt()).erfc() / 2


def _log_normal_cdf_at(x: Arb) -> Arb:
    if x > 0:  # log of a number near 1 loses what log1p of the upper tail keeps
        return (-_normal_cdf_at(-x)).log1p()
    return (_erfcx_at(-x / flint.arb(2).sqrt()) / 2).log() - x * x / 2


erfcx = monotone(_erfcx_at)
normal_cdf = monotone(_normal_cdf_at)
log_normal_cdf = monotone(_log_normal_cdf_at)
