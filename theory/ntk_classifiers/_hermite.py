"""Hermite expansion of any activation, by quadrature that finds kinks and jumps.

``expand(phi)`` takes a Python function of a real number. Gauss-Hermite nodes would err by 1e-3 at
a kink and overflow beyond some 180 of them; instead [-26, 26] is cut into panels, and a panel is
halved until the function's polynomial interpolant on it reproduces the moments of its halves. Kinks
and jumps end up in panels of width 1e-14, where smooth functions need none. phi' comes from the
same interpolants.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from scipy.special import eval_legendre, roots_legendre

from theory.ntk_classifiers._activations import Activation

REACH = 26.0  # the Gaussian weight is 1e-147 there: no activation of finite second moment is cut
_NODES = 16
_WIDTH = 0.5
_NARROWEST = 1e-13
_MOST_PANELS = 4096  # undecided at once: 512 kinks fit, white noise does not
_DEGREES = 600  # tanh's coefficients reach 1e-17 near 350; kinks leave a tail, see Expansion.tail
ZERO = 1e-9
"""A and A' under this, relative to the root mean square, count as 0 (quadrature errs by 1e-14)."""


_MOMENT = "ntk_classifiers: activation must have a finite, positive second moment under N(0,1)"


class ActivationError(ValueError):
    """The function is no activation that the theory speaks of. The text says why."""


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
    """phi at all x; one by one where the function takes only a single number."""
    try:
        with np.errstate(all="ignore"):
            values = np.asarray(phi(x), dtype=np.float64)
        if values.shape == x.shape:
            return values
        if values.shape == ():
            return np.full(x.shape, float(values))
    except (TypeError, ValueError):
        pass
    with np.errstate(all="ignore"):
        return np.array([float(phi(float(v))) for v in x.ravel()]).reshape(x.shape)


def _panels(phi: Callable[[Any], Any]) -> tuple[np.ndarray, ...]:
    """Accepted panels: nodes, weights x density, phi and phi' at them, each (panels, 16)."""
    roots, weights = roots_legendre(_NODES)
    vandermonde = np.stack([eval_legendre(k, roots) for k in range(_NODES)], axis=1)
    to_modes = np.linalg.inv(vandermonde)
    slopes = np.stack(
        [np.polynomial.legendre.legval(
            roots, np.polynomial.legendre.legder(np.eye(_NODES)[k])) for k in range(_NODES)],
        axis=1,
    )  # fmt: skip
    differentiate = slopes @ to_modes
    left = np.arange(-REACH, REACH, _WIDTH)
    width = np.full(left.shape, _WIDTH)
    kept: list[tuple[np.ndarray, ...]] = []
    while len(left):
        x = left[:, None] + width[:, None] * (roots + 1) / 2
        density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        value = _values(phi, x)
        # far out, where the density is below 1e-60, an overflowing phi counts for nothing
        value = np.where((density < 1e-60) & ~np.isfinite(value), 0.0, value)
        if not (np.abs(value) < 1e150).all():
            where = x[~(np.abs(value) < 1e150)][0]
            raise ActivationError(f"{_MOMENT}; it is not finite (or over 1e150) near {where:.6g}")
        modes = value @ to_modes.T
        # the last two modes are what is left out: a function that a panel resolves has none
        left_out = np.abs(modes[:, -2:]).max(axis=1)
        heaviest = density.max(axis=1)
        scale = np.abs(modes).max(axis=1)
        slope = (value @ differentiate.T) * 2 / width[:, None]
        # x itself is only known to eps |x|, which phi' passes on
        blur = 1e-15 * np.abs(x).max(axis=1) * np.abs(slope).max(axis=1)
        fine = left_out <= 1e-14 * scale + np.minimum(blur, 1e-3 * scale)
        fine |= left_out * heaviest * width <= 1e-26 * (1 + scale)
        done = fine | (width < _NARROWEST)
        if done.any():
            weight = density * weights * width[:, None] / 2
            kept.append((x[done], weight[done], value[done], slope[done],
                         np.broadcast_to(width[:, None], x.shape)[done]))  # fmt: skip
        left, width = left[~done], width[~done] / 2
        if len(left) > _MOST_PANELS:
            raise ActivationError(
                f"ntk_classifiers: the activation is too rough to resolve near x = {left[0]:.6g}"
            )
        left = np.concatenate([left, left + width])
        width = np.concatenate([width, width])
    return tuple(np.concatenate(part) for part in zip(*kept, strict=True))


def _jumps(x: np.ndarray, value: np.ndarray) -> bool:
    """Whether phi has a jump between neighbouring panels, where no panel's interpolant sees it."""
    order = np.argsort(x[:, 0])
    ends = np.polynomial.legendre.legvander(np.array([-1.0, 1.0]), _NODES - 1)
    roots, _ = roots_legendre(_NODES)
    modes = value[order] @ np.linalg.inv(np.polynomial.legendre.legvander(roots, _NODES - 1)).T
    left_end, right_end = (modes @ ends.T).T
    height = np.abs(left_end[1:] - right_end[:-1])
    # far out in the tails a difference of huge numbers is no jump that a network would notice
    near = np.abs(x[order][1:, 0]) < 12
    scale = 1 + np.maximum(np.abs(left_end[1:]), np.abs(right_end[:-1]))
    return bool((height[near] > 1e-6 * scale[near]).any())


def expand(phi: Callable[[Any], Any], degrees: int = _DEGREES) -> Expansion:
    """Moments and Hermite coefficients of any function of a real number, normalised.

    Raises ActivationError where E phi(Z)^2 is 0 or not finite, and for constant and linear phi.
    """
    x, weight, value, slope, width = _panels(phi)  # type: ignore[misc]
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
    # phi' at a jump, or at a cusp whose square is not integrable, lives in the narrowest panels
    steepest = weight * slope**2
    square_slope = float(steepest.sum())
    if _jumps(x, value) or steepest[width < 4 * _NARROWEST].sum() > 1e-3 * square_slope:
        square_slope = np.inf
    p = signed**2
    error = abs(signed[1] - float((weight * slope).sum())) if np.isfinite(square_slope) else 0.0
    p[np.abs(signed) < 1e-15] = 0.0
    for k, what in ((0, "constant activation"), (1, "linear activation")):
        if p[k] > 1 - 1e-12:
            why = " (its kernel does not change with depth)" if k else ""
            raise ActivationError(f"ntk_classifiers: {what}{why}")
    if p[0] + p[1] > 1 - 1e-12:
        raise ActivationError("ntk_classifiers: linear activation (up to a constant)")
    for k in (0, 1):
        if abs(signed[k]) < ZERO:
            p[k] = 0.0
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
            "ntk_classifiers: derivative not square integrable (a jump): B' is infinite, and the"
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

    def slope_near(s):
        return dual_derivative(1 - s)

    norm = float(np.sqrt(expansion.second_moment))
    return Activation(
        name=name,
        dual=dual,
        dual_derivative=dual_derivative,
        fall=fall,
        slope_near=slope_near,
        order=order,
        leading=float(p[order]),
        next_order=above[0] if above else 0,
        next_coefficient=float(p[above[0]]) if above else 0.0,
        slope_at_zero=float(p[1]),
        slope_at_one=expansion.mean_square_slope,
        phi=lambda x: phi(x) / norm,
    )
