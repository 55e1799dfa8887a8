"""Offsets and thresholds of the stable model: where imbalance makes the minority disappear.

At margin m and offset h the error is [R F(-(m+h)) + F(-(m-h))]/(1+R). For alpha < 2 the best h is
the smallest root of f(m-h) = R f(m+h), but only while R < R_c(m) = sup_x F(x+2m)/F(x) < infinity:
beyond it the constant majority rule is better than every other linear rule. The change is of
first order, because R_c lies below the R* at which the root itself disappears.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Ge,
    Gt,
    Le,
    Lt,
    Scalar,
    closed_form,
    log,
    root,
    tanh,
)
from theory._special import quotient
from theory.gaussian_robustness._model import Margin, Ratio
from theory.gaussian_robustness._stable import (
    Index,
    stable_cdf,
    stable_pdf,
    stable_tail_constant,
)

_GRID = 160

BelowTwo = Annotated[Scalar, Ge(0.3), Lt(2)]
"""The stable index of noise that is not normal."""

PositiveMargin = Annotated[Scalar, Gt(0), Le(1e9)]
"""A margin, as far as the searches over offsets are tested."""

_cdf, _pdf = stable_cdf.__wrapped__, stable_pdf.__wrapped__  # inside their domains throughout


@closed_form
def linear_error(m: Scalar, h: Scalar, R: Ratio, alpha: Index) -> Scalar:
    """[R F(-(m+h)) + F(-(m-h))]/(1+R): population error at margin m, offset h (JAX)."""
    tails = _cdf(jnp.stack(jnp.broadcast_arrays(-(m + h), h - m)).astype(float), alpha)
    return (R * tails[0] + tails[1]) / (1 + R)


def _offsets(m: Scalar, alpha: Scalar) -> Scalar:
    # from 0 to beyond every maximiser: h of order m, plus the start of the heavy tail, which
    # recedes like sqrt(log 1/(2-alpha)): 12 at the last float below 2
    u = jnp.linspace(0.0, 1.0, _GRID)
    return (m + 30.0) * u**2


def _first_maximum(value: Callable[[Scalar], Scalar], h: Scalar) -> tuple[Scalar, Scalar]:
    """Grid neighbours of the maximiser of ``value`` over the grid h."""
    values = value(h)
    best = jnp.argmax(values)
    return h[jnp.maximum(best - 1, 0)], h[jnp.minimum(best + 1, h.shape[0] - 1)]


_SMALLEST = 1e-7  # below it h_* and h_c are those of this margin, to 1e-6; R_* and R_c are not


def _log_ratio(h: Scalar, m: Scalar, alpha: Scalar) -> Scalar:
    return jnp.log(_pdf(m - h, alpha)) - jnp.log(_pdf(m + h, alpha))


def _score(h: Scalar, m: Scalar, alpha: Scalar) -> Scalar:
    """log f(m-h)/f(m+h) over 2m; -f'/f at h below the smallest margin, right to m^2."""
    small = m < _SMALLEST
    wide = jnp.where(small, 1.0, m)
    at_zero = -jax.grad(lambda h: jnp.log(_pdf(h, alpha)))(h)
    return jnp.where(small, at_zero, _log_ratio(h, wide, alpha) / (2 * wide))


@jax.jit
@jnp.vectorize
def _local(m: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    seen = jnp.maximum(m, _SMALLEST)
    slope = jax.grad(_log_ratio)
    low, high = _first_maximum(lambda h: _log_ratio(h, seen, alpha), _offsets(seen, alpha))
    h = root(lambda h: slope(h, seen, alpha), low, high)
    return h, jnp.exp(2 * m * _score(h, m, alpha))


@closed_form
def local_threshold(m: PositiveMargin, alpha: BelowTwo) -> tuple[Scalar, Scalar]:
    """(h*, R*): R*(m) = max_h f(m-h)/f(m+h), up to which a stationary offset exists, and its h.

    Cauchy: R* = (m + sqrt(1 + m^2))^2 at h* = sqrt(1 + m^2). NOT the threshold of the best rule:
    that is :func:`trivial_threshold`, which is smaller. Shapes broadcast.
    """
    return _local(jnp.asarray(m, float), jnp.asarray(alpha, float))


@jax.jit
@jnp.vectorize
def _trivial(m: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    def log_ratio(h: Scalar, m: Scalar) -> Scalar:  # x = -m - h
        return jnp.log(_cdf(m - h, alpha)) - jnp.log(_cdf(-m - h, alpha))

    seen = jnp.maximum(m, _SMALLEST)

    def slope(h: Scalar) -> Scalar:
        near = _pdf(seen - h, alpha) / _cdf(seen - h, alpha)
        return _pdf(-seen - h, alpha) / _cdf(-seen - h, alpha) - near

    low, high = _first_maximum(lambda h: log_ratio(h, seen), _offsets(seen, alpha))
    h = root(slope, low, high)
    return h, jnp.exp(log_ratio(h, m))


class Threshold(NamedTuple):
    """R_c(m) and the offset h_c of the last non-trivial rule, where the supremum is attained."""

    R: Array
    h: Array


@closed_form
def trivial_threshold(m: PositiveMargin, alpha: Index) -> Threshold:
    """R_c(m) = sup_x F(x + 2m)/F(x), attained at x = -m - h_c; finite for alpha < 2.

    For R < R_c the best rule is non-trivial; for R > R_c it is "always majority" (disparity 1).
    The minority accuracy falls to 0 from F(m - h_c). At alpha = 2, the normal law, R_c and h_c are
    infinite. Shapes broadcast.
    """
    m, alpha = jnp.asarray(m, float), jnp.asarray(alpha, float)
    normal = alpha == 2
    h, R = _trivial(m, jnp.where(normal, 1.5, alpha))
    return Threshold(jnp.where(normal, jnp.inf, R), jnp.where(normal, jnp.inf, h))


@jax.jit
@jnp.vectorize
def _offset(m: Scalar, R: Scalar, alpha: Scalar) -> Scalar:
    normal = alpha == 2
    alpha = jnp.where(normal, 1.5, alpha)
    h_star = _local(m, alpha)[0]
    most = _score(h_star, m, alpha)  # log R_star over 2 m

    beyond = jnp.log(R) >= 2 * m * most
    needed = quotient(jnp.log(jnp.where(beyond & ~normal, 1.0, R)), 2 * m)

    def excess(h: Scalar) -> Scalar:  # positive below the smallest root, which is at most h*
        value = jnp.where(normal, 0.0, needed) - _score(h, m, alpha)
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
def stationary_offset(m: PositiveMargin, R: Ratio, alpha: Index) -> Scalar:
    """The smallest root h of f(m-h) = R f(m+h), for 1 <= R <= R*(m) (h* beyond).

    alpha = 2: log(R)/m, for every R (the derivative there with respect to alpha is not given: 0).
    Shapes broadcast.
    """
    return _offset(jnp.asarray(m, float), jnp.asarray(R, float), jnp.asarray(alpha, float))


@closed_form
def best_offset(m: Annotated[Scalar, Le(1e9)], R: Ratio, alpha: Index) -> Offset:
    """The offset of least error at margin m: stationary below R_c(m), infinite above.

    m <= 0 is trivial for every R. Shapes broadcast.
    """
    m, R, alpha = (jnp.asarray(v, float) for v in (m, R, alpha))
    margin = jnp.where(m > 0, m, 1.0)
    trivial = (m <= 0) | (R > trivial_threshold.__wrapped__(margin, alpha).R)
    return Offset(jnp.where(trivial, jnp.inf, _offset(margin, R, alpha)), trivial)


@jax.jit
@jnp.vectorize
def _turning(h: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    score = jax.grad(lambda v: jnp.log(_pdf(v, alpha)))

    def difference(m: Scalar) -> Scalar:
        return score(m - h) - score(m + h)

    m = root(difference, h, h + 20.0)
    return m, _pdf(m - h, alpha) / _pdf(m + h, alpha)


@closed_form
def turning_margin(
    h: Annotated[Scalar, Ge(1e-3), Le(10)], alpha: BelowTwo
) -> tuple[Scalar, Scalar]:
    """(m, R) at which the best offset h(.; R) is least, with value h: f'/f agrees at m -+ h.

    Below m the offset falls as the margin grows, beyond it rises: there a loss of margin *lowers*
    the offset, and robustness reduces the disparity. Cauchy: m^2 = 1 + h^2.
    """
    return _turning(jnp.asarray(h, float), jnp.asarray(alpha, float))


_AN_OFFSET: Any = (0.3, False)  # numbers: importing starts no device


@closed_form(example={"offset": Offset(*_AN_OFFSET)})
def stable_disparity(m: Scalar, offset: Offset, alpha: Index) -> Scalar:
    """F(m + h) - F(m - h); 1 for the trivial rule."""
    h = jnp.where(offset.trivial, 0.0, offset.h)
    accuracies = _cdf(jnp.stack(jnp.broadcast_arrays(m + h, m - h)), alpha)
    return jnp.where(offset.trivial, 1.0, accuracies[0] - accuracies[1])


@closed_form
def offset_growth(R: Ratio, alpha: Annotated[Scalar, Ge(0), Lt(2)]) -> Scalar:
    """lim h/m = tanh(log R/(2 (1 + alpha))) as m -> infinity."""
    return tanh(log(R) / (2 * (1 + alpha)))


@closed_form
def large_margin_threshold(m: Margin, alpha: Annotated[Scalar, Ge(1e-3), Lt(2)]) -> Scalar:
    """(2m)^alpha/C_alpha, the leading term of R_c(m) as m -> infinity."""
    return (2 * m) ** alpha / stable_tail_constant(alpha)
