"""Tails of sums of weighted noncentral chi-squares, by one contour integral.

Q = sum_k w_k X_k, independent X_k ~ chi'^2 of d_k degrees of freedom and noncentrality l_k, has
E exp(s Q) = exp(K(s)), K(s) = sum_k [l_k w_k s/(1 - 2 w_k s) - (d_k/2) log(1 - 2 w_k s)], and

    P(Q > x) = (1/(2 pi i)) int exp(K(s) - s x) ds/s,    upwards, right of 0,

the lower tail with the path left of 0 and the other sign, the density without the 1/s. The path
crosses the real axis where exp(K(s) - s x)/|s| is least, so that its height is about the tail
itself: relative accuracy is full in both tails, and the logarithm comes with it (Rice, SIAM J.
Sci. Stat. Comput. 1 (1980) 438). From there it bends, as a hyperbola around the nearest branch
point, to where exp(-s x) falls; the trapezoidal rule is exact to rounding at 72 nodes where there
is one weight a side. Further weights have branch points of their own beside the path, with many
degrees sharp ones: it keeps away from them (it bends less), and takes 288 nodes. Weights may then
be as unequal as 36 : 1 with a thousand degrees, 1000 : 1 with fifty. NaN where nodes don't do.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from theory._special import log1p
from theory._tails import both_tails

Value = jax.typing.ArrayLike

_HALVINGS = 34
_CUBE_ROOT = 1e-3  # of an error of 1e-9: beyond it the value is NaN
_PAIR, _MANY = (72, 0.85), (288, 0.65)  # nodes, and tilt of the hyperbola


def _log1p(z: jax.Array) -> jax.Array:
    """log(1 + z) of a complex z, accurate near 0 and near -1."""
    x, y = jnp.real(z), jnp.imag(z)
    near = x > -0.5
    near_zero = log1p(jnp.where(near, x * (2 + x) + y * y, 0.0))
    near_minus_one = jnp.log(jnp.where(near, 1.0, (1 + x) ** 2 + y * y))
    return lax.complex(0.5 * (near_zero + near_minus_one), jnp.arctan2(y, 1 + x))


def _exponent(s, x, weights, degrees, shifts):
    """K(s) - s x; a component a place on the last axis."""
    z = -2 * weights * s[..., None]
    log = _log1p(z) if jnp.iscomplexobj(s) else log1p(z)
    return jnp.sum(-degrees / 2 * log - shifts / 2 * z / (1 + z), axis=-1) - s * x


def _crossing(upper, x, weights, degrees, shifts):
    """Where exp(K(s) - s x)/|s| is least on the side of 0, and 1/sqrt of its second derivative."""
    largest, least = jnp.max(weights, axis=-1), jnp.min(weights, axis=-1)
    bound = jnp.where(upper, largest, -least)  # |s| < 1/(2 bound)
    unbounded = bound <= 0
    side = jnp.where(upper, 1.0, -1.0)

    def place(log_z):
        z = jnp.exp(log_z)
        bounded = z / (1 + z) / (2 * jnp.where(unbounded, 1.0, bound))
        return side * jnp.where(unbounded, z / (2 * jnp.maximum(largest, -least)), bounded)

    def slopes(s):
        left = 1 - 2 * weights * s[..., None]
        first = weights * (degrees / left + shifts / left**2)
        second = weights**2 * (2 * degrees / left**2 + 4 * shifts / left**3)
        return jnp.sum(first, axis=-1) - x - 1 / s, jnp.sum(second, axis=-1) + 1 / s**2

    def halve(_, ends):
        a, b = ends
        middle = (a + b) / 2
        outwards = side * slopes(place(middle))[0] < 0
        return jnp.where(outwards, middle, a), jnp.where(outwards, b, middle)

    start = jnp.full_like(x, -40.0), jnp.where(unbounded, 690.0, 36.0)
    s = place(lax.fori_loop(0, _HALVINGS, halve, start)[0])
    return s, 1 / jnp.sqrt(slopes(s)[1])


def _tail(density: bool, x, weights, degrees, shifts):
    """log of the smaller tail (or of the density), and whether it is the upper one; x >= 0."""
    fixed = lax.stop_gradient((x, weights, degrees, shifts))
    upper = fixed[0] >= jnp.sum(fixed[1] * (fixed[2] + fixed[3]), axis=-1)
    s, spread = _crossing(upper, *fixed)
    branch = 1 / (2 * jnp.max(fixed[1], axis=-1))
    # the hyperbola branch - (branch - s)(1 - sin(tilt + i u))/(1 - sin(tilt)), u = sigma sinh(v)
    nodes, tilt = _PAIR if weights.shape[-1] < 3 else _MANY
    stretch = (branch - s) / (1 - math.sin(tilt))
    sigma = spread / (stretch * math.cos(tilt))
    # the integrand has fallen to 1e-17 where (d/2) log cosh(u) = 38, or x does it before; a weight
    # begins to count where the path, about stretch cosh(u) away, has come to its own branch point
    sizes = jnp.abs(fixed[1])
    farthest = 1 / (2 * jnp.min(jnp.where(sizes > 0, sizes, jnp.inf), axis=-1))
    falls = jnp.exp(jnp.minimum(76 / jnp.sum(fixed[2], axis=-1), 300.0))
    by_degrees = jnp.maximum(1.0, farthest / stretch) * falls
    by_x = 1 + 150 / (fixed[0] * stretch)
    step = jnp.arcsinh(jnp.arccosh(jnp.minimum(by_degrees, by_x)) / sigma) / nodes
    v = (np.arange(nodes) + 0.5) * step[..., None]
    angle = tilt + 1j * sigma[..., None] * jnp.sinh(v)
    path = branch[..., None] - stretch[..., None] * (1 - jnp.sin(angle))
    speed = (stretch * sigma * step)[..., None] * jnp.cos(angle) * jnp.cosh(v)
    if not density:
        speed = speed / (path * jnp.where(upper, 1, -1)[..., None])
    top = lax.stop_gradient(_exponent(s, *fixed))
    args = x[..., None], *(p[..., None, :] for p in (weights, degrees, shifts))
    terms = jnp.exp(_exponent(path, *args) - top[..., None]) * speed
    terms = jnp.real(terms)
    value, coarse = jnp.sum(terms, axis=-1), 3 * jnp.sum(terms[..., 1::3], axis=-1)
    # the error falls exponentially with the nodes: a third of them must be right to its cube root
    right = abs(lax.stop_gradient(coarse - value)) <= _CUBE_ROOT * abs(lax.stop_gradient(value))
    return top + jnp.log(jnp.where(right, value, jnp.nan) / math.pi), upper


def _together(x, weights, degrees, shifts):
    """Arrays of one shape, x without the last axis; turned round where x < 0, so that x >= 0."""
    x = jnp.asarray(x, float)
    parts = jnp.broadcast_arrays(
        x[..., None], *(jnp.asarray(p, float) for p in (weights, degrees, shifts))
    )
    x = parts[0][..., 0]
    turned = x < 0
    return turned, jnp.abs(x), jnp.where(turned[..., None], -parts[1], parts[1]), *parts[2:]


def log_tails(
    x: Value, weights: Value, degrees: Value, shifts: Value
) -> tuple[jax.Array, jax.Array]:
    """log P(Q <= x) and log P(Q > x); components lie on the last axis of all but x."""
    turned, x, *parts = _together(x, weights, degrees, shifts)
    positive, negative = jnp.any(parts[0] > 0, axis=-1), jnp.any(parts[0] < 0, axis=-1)
    inside = positive & (negative | (x > 0)) & (x < jnp.inf)
    parts[0] = jnp.where(inside[..., None], parts[0], 1.0)
    tail, upper = _tail(False, jnp.where(inside, x, 1.0), *parts)
    return both_tails(tail, upper == turned, inside, ((x > 0) | ~positive) != turned)


def log_density(x: Value, weights: Value, degrees: Value, shifts: Value) -> jax.Array:
    """log of the density of Q at x, likewise; -inf outside the support."""
    _, x, *parts = _together(x, weights, degrees, shifts)
    inside = jnp.any(parts[0] > 0, axis=-1) & (x > 0) & (x < jnp.inf)
    parts[0] = jnp.where(inside[..., None], parts[0], 1.0)
    value, _ = _tail(True, jnp.where(inside, x, 1.0), *parts)
    return jnp.where(inside, value, jnp.where(jnp.isnan(x), jnp.nan, -jnp.inf))
