"""Ranges over Arb balls of x log x, Lambert's W, quantiles and laws; see ``_arb``.

Each is monotone in each argument (x log x but for its one turn), so that values at exact corners
are enough. Arb's own enclosures over balls are not asked for: they are wide, and those through
log Gamma are wrong near its turn.
"""

from typing import Any

import flint

from theory import _arb

Arb = Any
"""A ``flint.arb``."""


def xlogx(x: Arb) -> Arb:
    """x log x on [0, inf), 0 at 0: falls to -1/e at 1/e, then rises."""

    def at(x: Arb) -> Arb:
        return flint.arb(0) if x.is_zero() else x * x.log()

    if x.is_exact():
        return at(x)
    value = _arb.clipped(at, 0)(x)
    turn = (-flint.arb(1)).exp()
    return value.union(-turn) if x.overlaps(turn) else value


def deviance(x: Arb, mean: Arb) -> Arb:
    """x log(x/mean) + mean - x on x >= 0, mean > 0: in each convex, and 0 at x = mean."""

    def at(x: Arb, mean: Arb) -> Arb:
        return xlogx(x) - x * mean.log() + mean - x

    if not (x.is_finite() and mean.is_finite() and mean > 0 and x.upper() >= 0):
        return flint.arb("nan")
    ends = x.lower().max(0), x.upper()
    corners = [at(v, m) for v in ends for m in (mean.lower(), mean.upper())]
    value = corners[0]
    for corner in corners[1:]:
        value = value.union(corner)
    # on each edge the function falls towards x = mean, and inside there is no other turn
    for v in ends:
        value = value.union(at(v, v)) if v > 0 and mean.overlaps(v) else value
    for m in (mean.lower(), mean.upper()):
        value = value.union(flint.arb(0)) if x.overlaps(m) else value
    return _arb.hull(value.lower().max(0), value.upper()) if value.is_finite() else value


def _normal_quantile_at(p: Arb) -> Arb:
    """By Newton on log Phi, then a ball around the result at whose ends Phi - p changes sign.

    (Arb's own erfcinv is not finite at 1e-300.)
    """
    if p > flint.arb(1) / 2:
        return -_normal_quantile_at(1 - p)
    if not p > 0:
        return flint.arb("nan")
    from statistics import NormalDist  # slow to load

    log_p = p.log()
    x = flint.arb(NormalDist().inv_cdf(max(float(p.mid()), 1e-300)))
    for _ in range(flint.ctx.prec.bit_length()):
        hazard = (2 / flint.arb.pi()).sqrt() / _arb.erfcx(-x / flint.arb(2).sqrt())
        x = (x - (_arb.log_normal_cdf(x) - log_p) / hazard).mid()
    radius = (1 + abs(x)) * flint.arb(2) ** (8 - flint.ctx.prec)
    for _ in range(20):
        low, high = (x - radius).mid(), (x + radius).mid()
        if _arb.log_normal_cdf(low) < log_p and log_p < _arb.log_normal_cdf(high):
            return low.union(high)
        radius *= 4
    return flint.arb("nan")


lambert_w = _arb.monotone(lambda x: x.lambertw())
normal_quantile = _arb.monotone(_normal_quantile_at)


def gamma_cdf(x: Arb, a: Arb) -> Arb:
    """P(a, x): rises with x, falls with a; x < 0 counts as 0, a > 0."""
    if not (x.is_finite() and a.is_finite() and a > 0):
        return flint.arb("nan")

    def at(x: Arb, a: Arb) -> Arb:
        return x.gamma_lower(a, regularized=1) if x > 0 else flint.arb(0)

    low, high = at(x.lower(), a.upper()), at(x.upper(), a.lower())
    return _inside_unit(_arb.hull(low, high))


def beta_cdf(x: Arb, a: Arb, b: Arb) -> Arb:
    """I_x(a, b): rises with x and b, falls with a; a, b > 0, x is cut to [0, 1]."""
    if not (all(v.is_finite() for v in (x, a, b)) and a > 0 and b > 0):
        return flint.arb("nan")

    def at(x: Arb, a: Arb, b: Arb) -> Arb:
        if not x > 0:
            return flint.arb(0)
        if not x < 1:
            return flint.arb(1)
        if x > flint.arb(1) / 2:  # 1 - x is exact, and the series at 0 converges faster
            return 1 - (1 - x).beta_lower(b, a, regularized=1)
        return x.beta_lower(a, b, regularized=1)

    low, high = at(x.lower(), a.upper(), b.lower()), at(x.upper(), a.lower(), b.upper())
    return _inside_unit(_arb.hull(low, high))


def _inside_unit(value: Arb) -> Arb:
    """A probability's ball, cut to [0, 1]."""
    return _arb.hull(value.lower().max(0), value.upper().min(1)) if value.is_finite() else value


def log_binomial(n: Arb, k: Arb) -> Arb:
    """log of (n choose k), n >= k >= 0."""
    return _arb.loggamma(n + 1) - _arb.loggamma(k + 1) - _arb.loggamma(n - k + 1)
