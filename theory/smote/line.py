"""One feature: mean, variance and density of a synthetic point, density exp(-tilt x) on [0, 1].

Tilt 0 is the uniform law; tilt times the moments of a large tilt are those of the exponential.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Ge,
    Le,
    Scalar,
    closed_form,
    exp,
    expm1,
    integral,
    log,
    maximum,
    minimum,
    where,
)
from theory.smote.pairs import weights
from theory.smote.params import ENOUGH, Nearest, Points, Tilt

NODES, FEWER = 128, 48
LOOSE = 1e9
"""Inner integrals are not checked: far out they are rounding. The outer one is."""
AT = {"n": 10.0, "k": 3.0}
Inside = Annotated[Scalar, Ge(1e-6), Le(1 - 1e-6)]


def _slow(y: Any) -> Any:
    """(1 - exp(-y))/y, 1 at 0."""
    small = abs(y) < 0.05
    safe = where(small, 1.0, y)
    series = 1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6 * (1 - y / 7)))))
    return where(small, series, -expm1(-safe) / safe)


def _density(x: Any, tilt: Any) -> Any:
    return exp(-tilt * x) / _slow(tilt)


def _between(low: Any, width: Any, tilt: Any) -> Any:
    """P(low < X < low + width)."""
    return _density(low, tilt) * width * _slow(tilt * width)


def _moments(tilt: Any, n: Any, k: Any) -> Any:
    """E[X + Y]/2, E[X Y] and E(Y - X)^2 of a centre X and its neighbour Y.

    At distance t from x: both ways up to the nearer end of [0, 1], one way up to the farther.
    """
    weight = weights(n, k)

    def of_centres(x, right):
        near, far = minimum(x, 1 - x), maximum(x, 1 - x)
        at, side = x[..., None], 1 if right else -1

        def rows(t, density, toward, q):
            chance = weight(minimum(q, 1.0))
            other = (at * density + t * toward) * chance
            return jnp.stack([(at * density * chance + other) / 2, at * other,
                              density * chance * t * t])  # fmt: skip

        def both(s):
            t = near[..., None] * s * s
            up, down = _density(at + t, tilt), _density(at - t, tilt)
            step = 2 * near[..., None] * s
            q = _between(at - t, 2 * t, tilt)
            return rows(t, step * (up + down), step * (up - down), q)

        def single(s):
            step = (far - near)[..., None]
            t = near[..., None] + step * s * s
            y = at + side * t
            q = _between(0 * y, y, tilt) if right else _between(y, 1 - y, tilt)
            density = _density(y, tilt) * 2 * step * s
            return rows(t, density, side * density, q)

        ends = 0 * x, 1 + 0 * x, NODES, LOOSE
        return _density(x, tilt) * (integral(both, *ends) + integral(single, *ends))

    def two_centres(s):
        x = s * s / 2
        return s * (of_centres(x, True) + of_centres(1 - x, False))

    return integral(two_centres, 0.0, 1.0, NODES, 1e-4)


_each = jax.jit(jnp.vectorize(_moments, signature="(),(),()->(a)"))


@closed_form(example=AT, k=ENOUGH)
def synthetic_mean(tilt: Tilt, n: Points, k: Nearest) -> Any:
    """E Z, of density exp(-tilt x) on [0, 1]: drawn to where the density is high for K < N - 1."""
    return _each(tilt, n, k)[..., 0]


@closed_form(example=AT, k=ENOUGH)
def synthetic_variance(tilt: Tilt, n: Points, k: Nearest) -> Any:
    """Var Z of the same; 2/3 of the density's own at K = N - 1, not monotone in K before."""
    mean, product, gap = jnp.moveaxis(_each(tilt, n, k), -1, 0)
    return product - mean * mean + gap / 3


@closed_form(example=AT, k=ENOUGH)
def neighbour_gap(tilt: Tilt, n: Points, k: Nearest) -> Any:
    """E(Y - X)^2 of a centre and the neighbour that it is joined with."""
    return _each(tilt, n, k)[..., 2]


def _upward(s: Any, z: Any, tilt: Any, weight: Any) -> Any:
    """Density at z of the points between a centre below and a neighbour above, to be averaged on s.

    Over the gap u and the distance t: centre z - u t, neighbour z + (1 - u) t, cut where the
    centre's reach passes 0. In u cut where the ends of t change order, on a scale of logarithms.
    """
    middle = maximum(2 * z - 1, 0.0)

    def of_gaps(u, farthest):
        cut = minimum(z / (1 + u), farthest)

        def joint(t, q):
            low = _density(z - u[..., None] * t, tilt)
            return low * _density(z + (1 - u[..., None]) * t, tilt) * weight(minimum(q, 1.0))

        def near(t):
            return joint(t, _between(z - (1 + u[..., None]) * t, 2 * t, tilt))

        def far(t):
            return joint(t, _between(0 * t, z + (1 - u[..., None]) * t, tilt))

        return integral(near, 0 * u, cut, FEWER, LOOSE) + integral(far, cut, farthest, FEWER, LOOSE)

    def steep(start, end, gap, farthest):
        ratio = log(end / start)
        r = start * exp(s * ratio)
        return of_gaps(gap(r), farthest(r)) * (r * abs(ratio))

    def pieces(start, end):
        return steep(start, end, lambda r: 1 - r, lambda r: (1 - z) / r)

    return steep(z, 1.0, lambda r: r, lambda r: z / r) + (
        pieces(1 - z, 1 - middle) + pieces(1 - middle, 1.0)
    )


def _density_at(z: Any, tilt: Any, n: Any, k: Any) -> Any:
    weight = weights(n, k)

    def both(s):
        return _upward(s, z, tilt, weight) + _upward(s, 1 - z, -tilt, weight)

    return integral(both, 0.0, 1.0, FEWER, LOOSE)


_each_density = jax.jit(jnp.vectorize(_density_at))


@closed_form(example=AT, k=ENOUGH)
def synthetic_density(z: Inside, tilt: Tilt, n: Points, k: Nearest) -> Any:
    """Density of Z at z, of a minority of density exp(-tilt x) on [0, 1]: 0 at both ends."""
    return _each_density(z, tilt, n, k)
