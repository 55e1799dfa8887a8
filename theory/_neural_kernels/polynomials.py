"""Activations whose dual is a polynomial or a simple power series."""

from collections.abc import Sequence
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory._closed_form import Whole, closed_form, own_checks
from theory._fields import Ge, Le
from theory._formula import Scalar, evaluator_of, expm1, log, log1p, power, rational, sqrt, where
from theory._neural_kernels.activations import LEAST, Activation, ActivationError, family

__all__ = [
    "geometric", "hermite", "hermite_polynomial", "optimal", "optimal_coefficients", "polynomial",
    "theta_family",
]  # fmt: skip

_Ratio = Annotated[Scalar, Ge(0.01), Le(0.99)]


def _whole(degree: Any) -> int:
    return int(degree) if degree == degree else 0  # NaN is passed on by the decorator


@closed_form(example={"degree": 2})
def hermite_polynomial(degree: Annotated[Scalar, Ge(0), Le(10_000), Whole], x: Scalar) -> Any:
    """h_k(x), orthonormal under N(0, 1): h_0 = 1, h_1 = x, h_2 = (x^2 - 1)/sqrt 2, ..."""
    previous, current = 0 * x, 0 * x + 1
    for k in range(_whole(degree)):
        previous, current = current, (x * current - sqrt(k) * previous) / sqrt(k + 1)
    return current


@own_checks("the coefficients are a law, of one evaluator")
def polynomial(coefficients: Any, name: str = "polynomial") -> Activation:
    """F(t) = sum_k p_k t^k, phi = sum_k sqrt(p_k) h_k; the p_k are exact or of one evaluator.

    Near the diagonal 1 - F(1-s) = s sum_j (1-s)^j tail_j with tail_j = sum_{k>j} p_k: no term is
    subtracted. The coefficients must be >= 0 with sum 1; which are 0 must show (no tracers). Raises
    ActivationError otherwise.
    """
    p = list(coefficients)
    known = {k: float(v) for k, v in enumerate(p) if isinstance(v, (int, float, np.number))}
    if any(v < 0 for v in known.values()):
        raise ActivationError(f"coefficient {min(known.values()):g} is negative")
    if len(known) == len(p) and abs(sum(known.values()) - 1) > 1e-9:
        raise ActivationError(f"the coefficients sum to {sum(known.values()):g}, not 1")
    degrees = [k for k in range(len(p)) if known.get(k) != 0]
    p = [p[k] if k in degrees else 0 for k in range(len(p))]
    order = degrees[0]
    above = min((k for k in degrees if k > max(order, 1)), default=0)
    tails = [sum(p[j + 1 :]) for j in range(len(p) - 1)]
    derivative = [k * p[k] for k in range(1, len(p))]

    def phi(x):
        return sum(sqrt(p[k]) * hermite_polynomial.__wrapped__(k, x) for k in degrees)

    return Activation(
        name=name, order=order, leading=p[order], next_order=above,
        next_coefficient=p[above] if above else 0, slope_at_zero=p[1] if len(p) > 1 else 0,
        slope_at_one=sum(derivative), phi=phi,
        dual=lambda t: t**order * _horner(p[order:], t) if order else _horner(p, t),
        dual_derivative=lambda t: _horner(derivative, t),
        fall=lambda s: s * _horner(tails, 1 - s),
        slope_near=lambda s: _horner(derivative, 1 - s),
    )  # fmt: skip


def _horner(coefficients: Sequence[Any], x: Any) -> Any:
    result = 0 * x
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


@closed_form(example={"degree": 2})
def hermite(degree: Annotated[Scalar, Ge(1), Le(10_000), Whole]) -> Activation:
    """phi = h_k, F = t^k: t_L = t^(k^L). Degree 1 is the linear activation."""
    degree = _whole(degree)
    return polynomial([0] * degree + [1], name=f"h_{degree}")


_EXPLICIT = (
    "has no explicit activation: there is one for d = 1 and every d >= 2",
    lambda d: (d == 1) | (d >= 2),
)


@closed_form(example={"d": 4}, d=_EXPLICIT)
def optimal_coefficients(d: Annotated[Scalar, Ge(1), Le(1000)]) -> list[Any]:
    """Coefficients of F for the explicit activation with alpha = d.

    d = 1: F = (t + t^7)/2. d >= 2: F = e t + (1 - 2e) t^2 + e t^3 with e = 2^(-d/2). For
    1 < d < 2 the middle coefficient would be negative: there is no such activation.
    """
    if isinstance(d, (float, np.number)) and d == np.round(d):
        d = int(d)
    if isinstance(d, int) and d == 1:
        return [0, rational(1, 2), 0, 0, 0, 0, 0, rational(1, 2)]
    share = power(2, -d / 2) if not isinstance(d, int) else power(2, rational(-d, 2))
    # for d = 2 the middle coefficient is exactly 0, which is an int for :func:`polynomial`
    middle = 0 if isinstance(d, int) and d == 2 else 1 - 2 * share
    return [0, share, middle, share]


@family
def optimal(d: Annotated[Scalar, Ge(1), Le(1000)]) -> Activation:
    """The explicit activation with alpha = d exactly (see :func:`optimal_coefficients`).

    A traced d counts as one of at least 2: the explicit activation of d = 1 is another polynomial.
    """
    return polynomial(optimal_coefficients(d), name=f"phi_{d}")


@family
def geometric(a: _Ratio) -> Activation:
    """p_k = a (1-a)^(k-1), F = a t/(1 - (1-a) t): t_L has the same form with a^L; alpha = 2."""
    return Activation(
        name="geometric", order=1, leading=a, next_order=2, next_coefficient=a * (1 - a),
        slope_at_zero=a, slope_at_one=1 / a, log_slope_at_one=-log(a),
        dual=lambda t: a * t / (1 - (1 - a) * t),
        dual_derivative=lambda t: a / (1 - (1 - a) * t) ** 2,
        fall=lambda s: s / (a + (1 - a) * s),
        slope_near=lambda s: a / (a + (1 - a) * s) ** 2,
    )  # fmt: skip


def _root(s: Scalar, theta: Scalar) -> Scalar:
    """s^theta; in JAX with a finite slope at s = 0, that at LEAST."""
    if evaluator_of(s) != "jax":
        return power(s, theta)
    s = jnp.asarray(s)
    steep = theta * power(LEAST, theta - 1) * (s - jax.lax.stop_gradient(s))
    return jnp.where(s > LEAST, power(jnp.where(s > LEAST, s, 1.0), theta), steep)


@family
def theta_family(a: _Ratio, theta: Annotated[Scalar, Ge(0.01), Le(1)]) -> Activation:
    """F = 1 - [1 + a ((1-t)^-theta - 1)]^(-1/theta), 0 < theta <= 1; alpha = 2 theta.

    Depth L replaces a by a^L, and G = ((1-t)^-theta - 1)/theta. theta = 1 is the geometric
    family; for theta > 1 the Taylor coefficients change sign, so F is no dual activation.
    """

    def near(s):
        return a + (1 - a) * _root(s, theta)

    def fall(s):
        return s * power(near(s), -1 / theta)

    def far(t):
        return -expm1(-log1p(a * expm1(-theta * log1p(-t))) / theta)

    def dual(t):
        if evaluator_of(t) != "jax":
            return far(t)
        return where(t > 0.5, 1 - fall(1 - t), far(where(t > 0.5, 0.5, t)))

    return Activation(
        name="theta", order=1, leading=a, next_order=2,
        next_coefficient=a * (1 - a) * (1 + theta) / 2, slope_at_zero=a,
        slope_at_one=power(a, -1 / theta), log_slope_at_one=-log(a) / theta, dual=dual, fall=fall,
        dual_derivative=lambda t: a * power(near(1 - t), -1 / theta - 1),
        slope_near=lambda s: a * power(near(s), -1 / theta - 1),
    )  # fmt: skip
