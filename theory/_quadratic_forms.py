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
Far out the path comes within 1e-16 of the branch point: it is followed by its gap to it.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from theory._special import log1p
from theory._tails import both_tails

Value = jax.typing.ArrayLike

_HALVINGS = 52
_FAR = 1e15  # of the exponent
_CUBE_ROOT = 1e-3  # of an error of 1e-9: beyond it the value is NaN
_EIGHTHS, _FALLEN = np.arange(1, 9) / 8, -40.0
_PAIR, _MANY = (72, 0.85), (288, 0.65)  # nodes, and tilt of the hyperbola


def _log1p(z: jax.Array, left: jax.Array) -> jax.Array:
    """log(1 + z) of a complex z, accurate near 0 and near -1; ``left`` is 1 + z."""
    x, y = jnp.real(z), jnp.imag(z)
    near = x > -0.5
    near_zero = log1p(jnp.where(near, x * (2 + x) + y * y, 0.0))
    near_minus_one = jnp.log(jnp.abs(jnp.where(near, 1.0, left)))  # its square may underflow
    angle = jnp.arctan2(jnp.imag(left), jnp.real(left))
    return lax.complex(0.5 * near_zero + near_minus_one, angle)


def _left(s, gap, weights):
    """1 - 2 w s, for w > 0 by the gap 1/(2 max w) - s to the branch point."""
    largest = lax.stop_gradient(jnp.max(weights, axis=-1, keepdims=True))
    # not 1 - w/largest: compiled, w/w may be 1 - 1e-16, which is far more than a small gap
    by_gap = (largest - weights) / largest + 2 * weights * gap[..., None]
    return jnp.where(weights > 0, by_gap, 1 - 2 * weights * s[..., None])


def _cumulants(s, gap, weights, degrees, shifts):
    """K(s); a component a place on the last axis."""
    z, left = -2 * weights * s[..., None], _left(s, gap, weights)
    if jnp.iscomplexobj(s):
        log = _log1p(z, left)
    else:
        near = z > -0.5
        log = jnp.where(near, log1p(jnp.where(near, z, 0.0)), jnp.log(jnp.where(near, 1.0, left)))
    return jnp.sum(-degrees / 2 * log - shifts / 2 * z / left, axis=-1)


def _crossing(upper, x, weights, degrees, shifts):
    """Where exp(K(s) - s x)/|s| is least on the side of 0, the gap from there to the branch point,
    and 1/sqrt of its second derivative, in units of that gap."""
    largest, least = jnp.max(weights, axis=-1), jnp.min(weights, axis=-1)
    bound = jnp.where(upper, largest, -least)  # |s| < 1/(2 bound)
    unbounded = bound <= 0
    side, branch = jnp.where(upper, 1.0, -1.0), 1 / (2 * largest)

    def place(log_z):
        z = jnp.exp(log_z)
        bounded = z / (1 + z) / (2 * jnp.where(unbounded, 1.0, bound))
        size = jnp.where(unbounded, z / (2 * jnp.maximum(largest, -least)), bounded)
        return side * size, jnp.where(upper, branch / (1 + z), branch + size)

    def outwards(s, gap):
        left = _left(s, gap, weights)
        first = jnp.sum(weights * (degrees + shifts / left) / left, axis=-1)
        return side * (first - x - 1 / s) < 0

    def halve(_, ends):
        a, b = ends
        middle = (a + b) / 2
        out = outwards(*place(middle))
        return jnp.where(out, middle, a), jnp.where(out, b, middle)

    # on the other side the branch point is far: s itself is followed there, to rounding
    start = jnp.full_like(x, -40.0), jnp.where(upper | unbounded, 690.0, 36.0)
    s, gap = place(lax.fori_loop(0, _HALVINGS, halve, start)[0])
    left = _left(s, gap, weights)
    share = weights * gap[..., None] / left
    second = jnp.sum(share**2 * (2 * degrees + 4 * shifts / left), axis=-1) + (gap / s) ** 2
    return s, gap, 1 / jnp.sqrt(second)


def _tail(density: bool, x, weights, degrees, shifts):
    """log of the smaller tail (or of the density), and whether it is the upper one; x >= 0."""
    fixed = lax.stop_gradient((x, weights, degrees, shifts))
    upper = fixed[0] >= jnp.sum(fixed[1] * (fixed[2] + fixed[3]), axis=-1)
    s, gap, spread = _crossing(upper, *fixed)
    # far out its height is the logarithm to rounding, and leaves the nodes no digits
    far = fixed[0] * s > _FAR
    height = _cumulants(s, gap, weights, degrees, shifts) - s * x
    x, s, gap, spread = (jnp.where(far, 1.0, v) for v in (x, s, gap, spread))
    weights, degrees, shifts = (
        jnp.where(far[..., None], 0.5, v) for v in (weights, degrees, shifts)
    )
    fixed = lax.stop_gradient((x, weights, degrees, shifts))
    # the hyperbola s + (branch - s)(sin(tilt + i u) - sin(tilt))/(1 - sin(tilt)), u = sigma sinh(v)
    nodes, tilt = _PAIR if weights.shape[-1] < 3 else _MANY
    sine, cosine = math.sin(tilt), math.cos(tilt)
    stretch, sigma = gap / (1 - sine), spread * (1 - sine) / cosine
    # the integrand has fallen to 1e-17 where (d/2) log cosh(u) = 38, or x does it before; a weight
    # begins to count where the path, about stretch cosh(u) away, has come to its own branch point
    sizes = jnp.abs(fixed[1])
    farthest = 1 / (2 * jnp.min(jnp.where(sizes > 0, sizes, jnp.inf), axis=-1))
    falls = jnp.exp(jnp.minimum(76 / jnp.sum(fixed[2], axis=-1), 300.0))
    by_degrees = jnp.maximum(1.0, farthest / stretch) * falls - 1
    reach = jnp.minimum(by_degrees, 150 / abs(fixed[0] * stretch))  # cosh(u) - 1
    last = jnp.log1p(reach + jnp.sqrt(reach * (2 + reach)))
    top = lax.stop_gradient(_cumulants(s, gap, *fixed[1:]))
    args = [p[..., None, :] for p in (weights, degrees, shifts)]

    def along(v):
        """u, how far the path has moved from s, and the logarithm of the integrand over its top."""
        u = sigma[..., None] * jnp.sinh(v)
        move = stretch[..., None] * lax.complex(
            2 * sine * jnp.sinh(u / 2) ** 2, cosine * jnp.sinh(u)
        )
        cumulants = _cumulants(s[..., None] + move, gap[..., None] - move, *args)
        return u, move, cumulants - top[..., None] - x[..., None] * move

    # large shifts make it fall long before: at the first of eight places that is low enough
    whole = jnp.arcsinh(last / sigma)[..., None]
    low = jnp.real(lax.stop_gradient(along(whole * _EIGHTHS)[2])) < _FALLEN
    step = whole[..., 0] * jnp.min(jnp.where(low, _EIGHTHS, 1.0), axis=-1) / nodes
    v = (np.arange(nodes) + 0.5) * step[..., None]
    u, move, rise = along(v)
    path = s[..., None] + move
    speed = (stretch * sigma * step)[..., None] * jnp.cos(tilt + 1j * u) * jnp.cosh(v)
    if not density:
        speed = speed / (path * jnp.where(upper, 1, -1)[..., None])
    terms = jnp.real(jnp.exp(rise) * speed)
    value, coarse = jnp.sum(terms, axis=-1), 3 * jnp.sum(terms[..., 1::3], axis=-1)
    # the error falls exponentially with the nodes: a third of them must be right to its cube root
    right = abs(lax.stop_gradient(coarse - value)) <= _CUBE_ROOT * abs(lax.stop_gradient(value))
    log = top - s * x + jnp.log(jnp.where(right, value, jnp.nan) / math.pi)
    return jnp.where(far, height, log), upper


def _together(x, weights, degrees, shifts):
    """Arrays of one shape, x without the last axis; turned round where x < 0, so that x >= 0.

    At x = 0 so that the smaller tail is the upper one, to which the path's bend is fitted.
    """
    x = jnp.asarray(x, float)
    parts = jnp.broadcast_arrays(
        x[..., None], *(jnp.asarray(p, float) for p in (weights, degrees, shifts))
    )
    x = parts[0][..., 0]
    mean = jnp.sum(parts[1] * (parts[2] + parts[3]), axis=-1)
    turned = (x < 0) | ((x == 0) & (mean > 0))
    return (
        turned,
        jnp.where(turned, -x, x),
        jnp.where(turned[..., None], -parts[1], parts[1]),
        *parts[2:],
    )


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
