"""Hermite expansion of any activation, by quadrature that finds kinks and jumps.

``expand(phi)`` takes a Python function of a real number. Gauss-Hermite nodes would err by 1e-3 at
a kink and overflow beyond some 180 of them; instead [-26, 26] is cut into panels, and a panel is
halved until the function's polynomial interpolant on it leaves nothing out: no more than the
rounding of phi, whose floor is phi's own size (1 + erf(x) is 1e-16, not 1e-30, far left), or than
the Gaussian weight lets count. Kinks and jumps end up in panels of width 1e-13, where smooth
functions need none. phi' comes from the same interpolants.
"""

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from theory._closed_form import Whole, closed_form
from theory._fields import Ge, Le, Static
from theory._neural_kernels.activations import LINEAR, Activation, ActivationError

__all__ = ["Expansion", "activation_from", "expand"]

REACH = 26.0  # the Gaussian weight is 1e-147 there: no activation of finite second moment is cut
_NODES = 16
_WIDTH = 0.5
_NARROWEST = 1e-13
_CUSP = 20  # halvings beyond which a panel lies beside a cusp, a kink or a jump
_MOST_PANELS = 4096  # undecided at once: 512 kinks fit, white noise does not
_DEGREES = 600  # tanh's coefficients reach 1e-17 near 350; kinks leave a tail, see Expansion.tail
ZERO = 1e-9
"""A and A' under this, relative to the root mean square, count as 0 (quadrature errs by 1e-14)."""


_MOMENT = "activation must have a finite, positive second moment under N(0,1)"


@dataclasses.dataclass(frozen=True)
class Expansion:
    """A normalised activation in numbers.

    Attributes:
        second_moment: E phi(Z)^2 before normalisation.
        mean: A = E phi(Z).
        mean_slope: A' = E phi'(Z) = E Z phi(Z).
        mean_square_slope: B' = E phi'(Z)^2; inf where phi' is not square integrable (a jump).
        coefficients: p_0 .. p_K of the dual.
        error: the largest disagreement between panels and their halves, relative.
    """

    second_moment: float
    mean: float
    mean_slope: float
    mean_square_slope: float
    coefficients: np.ndarray
    error: float

    @property
    def tail(self) -> tuple[float, float]:
        """(mass, mean degree) of the coefficients beyond K: both known, sum p = 1, sum k p = B'."""
        degrees = np.arange(len(self.coefficients))
        mass = 1.0 - self.coefficients.sum()
        if mass < 1e-13 or not np.isfinite(self.mean_square_slope):
            return 0.0, 1.0
        left = self.mean_square_slope - (degrees * self.coefficients).sum()
        return mass, max(left / mass, float(len(degrees)))


def _values(phi: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """phi at all x; one by one where the function takes only a single number.

    phi gets a copy, which it may write into.
    """
    try:
        with np.errstate(all="ignore"):
            values = _real(phi(x.copy()))
        if values.shape == x.shape:
            return values
        if values.shape == ():
            return np.full(x.shape, float(values))
    except ActivationError:
        raise
    except Exception:  # whatever a function of one number says to an array
        pass
    with np.errstate(all="ignore"):
        singles = [_real(phi(float(v))) for v in x.ravel()]
    if any(v.size != 1 for v in singles):
        raise ActivationError("the activation gives no single number at a number")
    return np.array([float(v.reshape(())) for v in singles]).reshape(x.shape)


def _real(values: Any) -> np.ndarray:
    values = np.asarray(values)
    if np.iscomplexobj(values) or values.dtype.kind not in "biuf":
        raise ActivationError(f"the activation gives {values.dtype}, not reals")
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        raise ActivationError(f"the activation computes in {values.dtype}: moments need float64")
    return values.astype(np.float64)


class _Panels(NamedTuple):
    """Accepted panels: x, weights x density, phi, phi' at their nodes, (panels, 16); widths.

    ``resolved``: the panels on which the interpolant is phi to rounding, so that their ends can be
    compared; the others are narrow (a kink, a jump) or carry no weight.
    """

    x: np.ndarray
    weight: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    width: np.ndarray
    resolved: np.ndarray


_ROOTS, _WEIGHTS = np.polynomial.legendre.leggauss(_NODES)
_TO_MODES = np.linalg.inv(np.polynomial.legendre.legvander(_ROOTS, _NODES - 1))
_SLOPES = np.stack(
    [np.polynomial.legendre.legval(_ROOTS, np.polynomial.legendre.legder(row))
     for row in np.eye(_NODES)], axis=1,
) @ _TO_MODES  # fmt: skip


def _panels(phi: Callable[[Any], Any]) -> _Panels:
    left = np.arange(-REACH, REACH, _WIDTH)
    width = np.full(left.shape, _WIDTH)
    size = None  # phi's root mean square, from the first panels
    kept: list[tuple[np.ndarray, ...]] = []
    while len(left):
        x = left[:, None] + width[:, None] * (_ROOTS + 1) / 2
        density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        weight = density * _WEIGHTS * width[:, None] / 2
        value = _values(phi, x)
        # far out, where the density is below 1e-60, an overflowing phi counts for nothing
        value = np.where((density < 1e-60) & ~np.isfinite(value), 0.0, value)
        if not (np.abs(value) < 1e150).all():
            where = x[~(np.abs(value) < 1e150)][0]
            raise ActivationError(f"{_MOMENT}; it is not finite (or over 1e150) near {where:.6g}")
        if size is None:
            size = np.sqrt((weight * value**2).sum())
        modes = value @ _TO_MODES.T
        # the last two modes are what is left out: a function that a panel resolves has none
        left_out = np.abs(modes[:, -2:]).max(axis=1)
        scale = np.abs(modes).max(axis=1)
        slope = (value @ _SLOPES.T) * 2 / width[:, None]
        # x itself is only known to eps |x|, which phi' passes on
        blur = 1e-15 * np.abs(x).max(axis=1) * np.abs(slope).max(axis=1)
        resolved = left_out <= 1e-14 * np.maximum(scale, size) + np.minimum(blur, 1e-3 * scale)
        weightless = left_out * density.max(axis=1) * width <= 1e-26 * (size + scale)
        done = resolved | weightless | (width < _NARROWEST)
        if done.any():
            wide = np.broadcast_to(width[:, None], x.shape)
            kept.append((x[done], weight[done], value[done], slope[done], wide[done],
                         resolved[done]))  # fmt: skip
        left, width = left[~done], width[~done] / 2
        if len(left) > _MOST_PANELS:
            raise ActivationError(f"the activation is too rough to resolve near x = {left[0]:.6g}")
        left = np.concatenate([left, left + width])
        width = np.concatenate([width, width])
    return _Panels(*(np.concatenate(part) for part in zip(*kept, strict=True)))


def _jumps(panels: _Panels, size: float) -> bool:
    """Whether phi has a jump: resolved panels, next to each other or on both sides of panels too
    narrow to resolve anything, whose interpolants disagree where they meet."""
    order = np.argsort(panels.x[:, 0])
    narrow = panels.width[order, 0] < _NARROWEST
    resolved = panels.resolved[order]
    at = np.flatnonzero(resolved | ~narrow)
    ends = np.polynomial.legendre.legvander(np.array([-1.0, 1.0]), _NODES - 1)
    left_end, right_end = (panels.value[order] @ (ends @ _TO_MODES).T).T
    before, after = at[:-1], at[1:]
    height = np.abs(left_end[after] - right_end[before])
    scale = np.maximum(np.maximum(np.abs(left_end[after]), np.abs(right_end[before])), size)
    both = resolved[before] & resolved[after]
    return bool((both & (height > 1e-6 * scale)).any())


def _square_slope(weight: np.ndarray, slope: np.ndarray, width: np.ndarray) -> float:
    """E phi'^2; what lies inside the narrowest panels is continued from the ones around them.

    Beside a cusp |x - a|^c the contributions of the widths halved k times are a geometric series
    of ratio 2^{1 - 2c}: the integral is infinite for c <= 1/2.
    """
    halved = np.rint(np.log2(_WIDTH / width[:, 0])).astype(int)
    by_level = np.bincount(halved, (weight * slope**2).sum(axis=1))
    last = len(by_level) - 3  # the panels with the cusp itself are no part of the series
    if last < _CUSP:
        return float(by_level.sum())
    total, first = by_level[: last + 1].sum(), by_level[last - 10]
    if by_level[last] <= 1e-16 * total:
        return float(by_level.sum())
    ratio = (by_level[last] / first) ** 0.1 if first > 0 else 1.0
    return np.inf if ratio > 0.999 else float(total + by_level[last] * ratio / (1 - ratio))


@closed_form(example={"phi": np.tanh})
def expand(
    phi: Callable[[Any], Any], degrees: Annotated[Any, Ge(2), Le(10**5), Whole, Static] = _DEGREES
) -> Expansion:
    """Moments and Hermite coefficients of any function of a real number, normalised.

    Raises ActivationError where E phi(Z)^2 is 0 or not finite, and for constant and linear phi.
    """
    panels = _panels(phi)
    x, weight, value, slope, width, _ = panels
    second = float((weight * value**2).sum())
    if not second > 1e-280:
        raise ActivationError(f"{_MOMENT}; E phi^2 = {second:g}")
    # an infinite moment shows as weight at the reach, or in the narrowest panels (a pole)
    unresolved = (np.abs(x) > REACH - 2) | (width < 4 * _NARROWEST)
    if (weight * value**2)[unresolved].sum() > 1e-6 * second:
        raise ActivationError(f"{_MOMENT}; E phi^2 diverges")
    norm = np.sqrt(second)
    value, slope = value / norm, slope / norm
    # h_k sqrt(density) stays bounded, so the recurrence never overflows
    root = np.sqrt(weight)
    previous, current = np.zeros_like(x), root
    signed = np.empty(degrees + 1)
    for k in range(degrees + 1):
        signed[k] = (root * value * current).sum()
        previous, current = current, (x * current - np.sqrt(k) * previous) / np.sqrt(k + 1)
    square_slope = np.inf if _jumps(panels, float(norm)) else _square_slope(weight, slope, width)
    p = signed**2
    error = abs(signed[1] - float((weight * slope).sum())) if np.isfinite(square_slope) else 0.0
    p[np.abs(signed) < 1e-15] = 0.0
    if p[0] > 1 - 1e-12:
        raise ActivationError("constant activation")
    if p[0] + p[1] > 1 - 1e-12:
        raise ActivationError(LINEAR)
    p[:2][np.abs(signed[:2]) < ZERO] = 0.0
    return Expansion(second, float(signed[0]), float(signed[1]), square_slope, p, error)


def activation_from(phi: Callable[[Any], Any], name: str = "activation") -> Activation:
    """The Activation of any function: its dual as a truncated Hermite series.

    What the truncation leaves out (kinks: mass of order K^-3/2) is put on one further power of t,
    chosen such that F(1) = 1 and F'(1) = B' exactly: so alpha is exact, and F is off by at most
    that mass. Raises ActivationError as :func:`expand`, and where phi' is not square integrable.
    """
    expansion = expand(phi)
    if not np.isfinite(expansion.mean_square_slope):
        raise ActivationError(
            "derivative not square integrable (a jump): B' is infinite, and the"
            " depth recursion has no neural tangent kernel"
        )
    p = expansion.coefficients
    used = np.nonzero(p > 1e-30)[0]
    last = int(used[-1]) + 1
    order = int(used[0])
    mass, degree = expansion.tail
    if mass == 0.0:
        p = p / p.sum()
    coefficients = jnp.asarray(p[order:last])
    tails = jnp.asarray([p[j + 1 : last].sum() for j in range(last - 1)])
    derivative = jnp.asarray((np.arange(last) * p[:last])[1:])
    above = [int(k) for k in used if k > max(order, 1)]

    def dual(t):
        return t**order * jnp.polyval(coefficients[::-1], t) + mass * jnp.abs(t) ** degree

    def dual_derivative(t):
        return jnp.polyval(derivative[::-1], t) + mass * degree * jnp.abs(t) ** (degree - 1)

    def fall(s):
        return s * jnp.polyval(tails[::-1], 1 - s) - mass * jnp.expm1(degree * jnp.log1p(-s))

    norm = float(np.sqrt(expansion.second_moment))
    return Activation(
        name=name, order=order, leading=float(p[order]), next_order=above[0] if above else 0,
        next_coefficient=float(p[above[0]]) if above else 0.0, slope_at_zero=float(p[1]),
        slope_at_one=expansion.mean_square_slope, dual=dual, dual_derivative=dual_derivative,
        fall=fall, slope_near=lambda s: dual_derivative(1 - s), phi=lambda x: phi(x) / norm,
    )  # fmt: skip
