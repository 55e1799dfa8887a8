"""Offsets and thresholds of the stable model: where imbalance makes the minority disappear.

The best offset is the smallest root of f(m-h) = R f(m+h), but only while R < R_c(m); the change
there is of first order, because R_c lies below the R* at which the root itself disappears.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Claims, Domain, Ge, Gt, Le, Logarithmic, Lt, Scalar, Twin, closed_form, log, root, stable_law,
    stable_tail_constant, tanh,
)  # fmt: skip
from theory._special import quotient
from theory.gaussian_robustness.params import HeavyTail, Index, Margin, Ratio, one_program

__all__ = [
    "Offset", "Threshold", "best_offset", "large_margin_threshold", "linear_error",
    "local_threshold", "offset_growth", "stationary_offset", "trivial_threshold", "turning_margin",
]  # fmt: skip

claim = Claims()
BelowTwo = Annotated[Scalar, Ge(0.3), Lt(2)]
TestedMargin = Annotated[Scalar, Gt(0), Le(1e9)]  # as far as the searches are tested
TurningOffset = Annotated[Scalar, Ge(1e-3), Le(10)]


@closed_form
def linear_error(m: Scalar, h: Scalar, R: Ratio, alpha: Index) -> Scalar:
    """[R F(-(m+h)) + F(-(m-h))]/(1+R): population error at margin m, offset h (JAX)."""
    majority, minority = stable_law(jnp.stack(jnp.broadcast_arrays(-(m + h), h - m)), alpha)[0]
    return (R * majority + minority) / (1 + R)


# Searches; shapes broadcast

SMALLEST = 1e-7  # below it h_* and h_c are those of this margin, to 1e-6; R_* and R_c are not


def law(alpha: Scalar, *x: Scalar) -> tuple[Scalar, Scalar]:
    """F and f at points on a new first axis, in one quadrature: their programs are large."""
    return stable_law.__wrapped__(jnp.stack(jnp.broadcast_arrays(*x)), alpha)


def slopes_of_log(alpha: Scalar, *x: Scalar) -> Scalar:
    """f'/f at points on a new first axis."""
    f, slope = jax.jvp(lambda *x: law(alpha, *x)[1], x, tuple(map(jnp.ones_like, x)))
    return slope / f


def log_ratio(h: Scalar, m: Scalar, alpha: Scalar, of: int = 1) -> Scalar:
    """log f(m-h)/f(-m-h), or (``of=0``) log F(m-h)/F(-m-h)."""
    near, far = law(alpha, m - h, -m - h)[of]
    return jnp.log(near) - jnp.log(far)


def score(h: Scalar, m: Scalar, alpha: Scalar) -> Scalar:
    """log f(m-h)/f(m+h) over 2m; -f'/f at h below the smallest margin, right to m^2."""
    small = m < SMALLEST
    wide = jnp.where(small, 1.0, m)
    return jnp.where(small, -slopes_of_log(alpha, h)[0], log_ratio(h, wide, alpha) / (2 * wide))


def largest(slope: Callable[..., Scalar], m: Scalar, alpha: Scalar, of: int = 1) -> Scalar:
    """The offset where :func:`log_ratio`, of that slope or its negative, is largest."""
    # from 0 to beyond every maximiser: h of order m, plus the start of the heavy tail, which
    # recedes like sqrt(log 1/(2-alpha)): 12 at the last float below 2
    h = (m + 30.0) * jnp.linspace(0.0, 1.0, 64) ** 2
    best = jnp.argmax(log_ratio(h, m, alpha, of))
    return root(slope, h[jnp.maximum(best - 1, 0)], h[jnp.minimum(best + 1, 63)])


@closed_form
@one_program
def local_threshold(m: TestedMargin, alpha: BelowTwo) -> tuple[Scalar, Scalar]:
    """(h*, R*): R*(m) = max_h f(m-h)/f(m+h), up to which a stationary offset exists, and its h.

    Cauchy: R* = (m + sqrt(1 + m^2))^2 at h* = sqrt(1 + m^2). NOT the threshold of the best rule:
    that is :func:`trivial_threshold`, which is smaller.
    """
    seen = jnp.maximum(m, SMALLEST)
    h = largest(lambda h: jnp.sum(slopes_of_log(alpha, seen - h, seen + h), axis=0), seen, alpha)
    return h, jnp.exp(2 * m * score(h, m, alpha))


@one_program
def trivial_search(m: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """(h_c, R_c) as one program."""
    seen = jnp.maximum(m, SMALLEST)

    def slope(h: Scalar) -> Scalar:
        F, f = law(alpha, seen - h, -seen - h)
        return f[1] / F[1] - f[0] / F[0]

    h = largest(slope, seen, alpha, 0)
    return h, jnp.exp(log_ratio(h, m, alpha, 0))


class Threshold(NamedTuple):
    """R_c(m) and the offset h_c of the last non-trivial rule, where the supremum is attained."""

    R: Array
    h: Array


@closed_form
def trivial_threshold(m: TestedMargin, alpha: Index) -> Threshold:
    """R_c(m) = sup_x F(x + 2m)/F(x), attained at x = -m - h_c; finite for alpha < 2.

    For R < R_c the best rule is non-trivial; for R > R_c it is "always majority" (disparity 1).
    The minority accuracy falls to 0 from F(m - h_c). At alpha = 2, the normal law, R_c and h_c are
    infinite.
    """
    normal = jnp.asarray(alpha) == 2
    h, R = (jnp.where(normal, jnp.inf, v) for v in trivial_search(m, jnp.where(normal, 1.5, alpha)))
    return Threshold(R, h)


@closed_form
@one_program
def stationary_offset(m: TestedMargin, R: Ratio, alpha: Index) -> Scalar:
    """The smallest root h of f(m-h) = R f(m+h), for 1 <= R <= R*(m) (h* beyond).

    alpha = 2: log(R)/m, for every R (the derivative there with respect to alpha is not given: 0).
    """
    normal = alpha == 2
    alpha = jnp.where(normal, 1.5, alpha)
    h_star = local_threshold.__wrapped__(m, alpha)[0]
    most = score(h_star, m, alpha)  # log R_star over 2 m
    beyond = jnp.log(R) >= 2 * m * most
    needed = quotient(jnp.log(jnp.where(beyond & ~normal, 1.0, R)), 2 * m)

    def excess(h: Scalar) -> Scalar:  # positive below the smallest root, which is at most h*
        value = jnp.where(normal, 0.0, needed) - score(h, m, alpha)
        # the score is 0 at 0, but for the quadrature's rounding
        value = value + jax.lax.stop_gradient(jnp.where(h == 0, needed - value, 0.0))
        return jnp.where(h < h_star, value, -1.0)

    smallest = root(excess, 0.0, h_star)
    return jnp.where(normal, 2 * needed, jnp.where(beyond, h_star, smallest))


class Offset(NamedTuple):
    """The best offset (infinite where the best rule is trivial) and whether it is trivial."""

    h: Array
    trivial: Array


@closed_form
def best_offset(m: Annotated[Scalar, Le(1e9)], R: Ratio, alpha: Index) -> Offset:
    """The offset of least error at margin m: stationary below R_c(m), infinite above.

    m <= 0 is trivial for every R.
    """
    m, R, alpha = (jnp.asarray(v, float) for v in (m, R, alpha))
    margin = jnp.where(m > 0, m, 1.0)
    trivial = (m <= 0) | (R > trivial_threshold.__wrapped__(margin, alpha).R)
    h = stationary_offset.__wrapped__(margin, R, alpha)
    return Offset(jnp.where(trivial, jnp.inf, h), trivial)


@closed_form
@one_program
def turning_margin(h: TurningOffset, alpha: BelowTwo) -> tuple[Scalar, Scalar]:
    """(m, R) at which the best offset h(.; R) is least, with value h: f'/f agrees at m -+ h.

    Below m the offset falls as the margin grows, beyond it rises: there a loss of margin *lowers*
    the offset, and robustness reduces the disparity. Cauchy: m^2 = 1 + h^2.
    """
    m = root(lambda m: jnp.diff(slopes_of_log(alpha, m - h, m + h), axis=0)[0], h, h + 20.0)
    return m, jnp.exp(log_ratio(h, m, alpha))


@closed_form
def offset_growth(R: Ratio, alpha: Annotated[Scalar, Ge(0), Lt(2)]) -> Scalar:
    """lim h/m = tanh(log R/(2 (1 + alpha))) as m -> infinity."""
    return tanh(log(R) / (2 * (1 + alpha)))


@closed_form
def large_margin_threshold(m: Margin, alpha: Annotated[Scalar, Ge(1e-3), Lt(2)]) -> Scalar:
    """(2m)^alpha/C_alpha, the leading term of R_c(m) as m -> infinity."""
    return (2 * m) ** alpha / stable_tail_constant(alpha)


# imbalance from almost none to almost R*, for light and heavy tails
TAILS = Domain.derived(
    lambda m, fraction, alpha: HeavyTail(
        m=m, R=float(local_threshold(m, alpha)[1]) ** fraction, alpha=alpha
    ),
    m=(0.1, 8, Logarithmic, "margin"), fraction=(0.03, 0.97, "log R/log R*(m)"),
    alpha=(0.6, 1.9, "stable index"),
)  # fmt: skip


@claim.nonnegative(
    over=TAILS, points=48, twin=Twin("iff R < R*(m) = max_h f(m-h)/f(m+h)", local=True)
)
def stable_trivial_threshold(t, *, local=False):
    """the best rule is non-trivial iff R < R_c(m) = sup_x F(x+2m)/F(x).

    derived: see trivial_threshold
    """
    threshold = local_threshold(t.m, t.alpha)[1] if local else trivial_threshold(t.m, t.alpha).R
    h = stationary_offset(t.m, t.R, t.alpha)
    return (threshold - t.R) * (1 / (1 + t.R) - linear_error(t.m, h, t.R, t.alpha))


claim.identity(
    lambda t: trivial_threshold(t.m, t.alpha).h, name="stable_threshold_offset",
    says="the supremum R_c is attained at x = -m - h with h stationary for R = R_c",
    source="derived: at the supremum, F(x+2m)/F(x) = f(x+2m)/f(x)",
    formula=lambda t: stationary_offset(t.m, trivial_threshold(t.m, t.alpha).R, t.alpha),
    over=TAILS, points=24, within=1e-7,
    why="the supremum is flat: h is known to sqrt(1e-14) at worst, R_c to 1e-13",
    twin=Twin("attained where f(m-h)/f(m+h) is largest",
              rhs=lambda t: local_threshold(t.m, t.alpha)[0]),
)  # fmt: skip


def growth(t):
    """The limit of h/m."""
    return offset_growth(t.R, t.alpha)


grows = claim.given(
    formula=lambda t: stationary_offset(t.m, t.R, t.alpha) / t.m, size=lambda t: t.m,
    last_gap=1e-4, within=0.02,
    twin=Twin("tanh(log R/(2 alpha))", limit=lambda t: tanh(log(t.R) / (2 * t.alpha))),
)  # fmt: skip
grows.limit(
    growth, name="heavy_tail_offset_growth",
    says="Cauchy, R = 5: h/m -> tanh(log R/4), error O(m^-2)",
    source="derived: f(x) ~ x^(-1-alpha)", rate=-2.0,
    along=[HeavyTail(m=2.0**i, R=5, alpha=1) for i in range(3, 9)],
    known=((HeavyTail(m=5, R=5), ".40000"), (HeavyTail(m=500, R=5), ".381968")),
    why="h/m is a function of m^-2: the next term is O(m^-4)",
)  # fmt: skip
grows.limit(
    growth, name="heavy_tail_offset_growth_holtsmark",
    says="Holtsmark, R = 5: h/m -> tanh(log R/5), error O(m^-3/2)",
    source="derived: the density's second tail term is x^(-alpha) smaller", rate=-1.5,
    along=[HeavyTail(m=50.0 * 2**i, R=5, alpha=1.5) for i in range(5)],
    known=((HeavyTail(m=5, R=5, alpha=1.5), ".27090"),
           (HeavyTail(m=500, R=5, alpha=1.5), ".31116")),
    why="the next term is O(m^-3)",
)  # fmt: skip
claim.limit(
    1.0, name="large_margin_threshold",
    says="R_c(m) C_alpha/(2m)^alpha -> 1, error O(m^(-alpha/(1+alpha))), alpha = 3/2",
    source="derived: F(-x) ~ C_alpha x^-alpha",
    formula=lambda t: trivial_threshold(t.m, t.alpha).R / large_margin_threshold(t.m, t.alpha),
    along=[HeavyTail(m=100.0 * 8**i, R=2, alpha=1.5) for i in range(5)],
    size=lambda t: t.m, rate=-0.6, last_gap=1e-3, within=0.02,
    why="the next term is O(m^-0.6) relative: 0.02 at m = 1000",
    twin=Twin("twice that (Gamma(alpha) sin(pi alpha/2)/pi taken for the two-sided tail)",
              limit=0.5),
)  # fmt: skip
