"""One feature: mean, variance and density of a synthetic point, density exp(-tilt x) on [0, 1].

Tilt 0 is the uniform law; tilt times the moments of a large tilt are those of the exponential.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Ge, Le, Scalar, closed_form, exp, expm1, integral, log, maximum, minimum, where
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

    def of_centres(x, side):
        near, far = minimum(x, 1 - x), maximum(x, 1 - x)
        at, side = x[..., None], side[..., None]

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
            q = where(side > 0, _between(0 * y, y, tilt), _between(y, 1 - y, tilt))
            density = _density(y, tilt) * 2 * step * s
            return rows(t, density, side * density, q)

        ends = 0 * x, 1 + 0 * x, NODES, LOOSE
        return _density(x, tilt) * (integral(both, *ends) + integral(single, *ends))

    def two_centres(s):
        x = s * s / 2
        side = jnp.asarray([[1.0], [-1.0]])
        return s * jnp.sum(of_centres(jnp.stack([x, 1 - x]), side + 0 * x), axis=1)

    return integral(two_centres, 0.0, 1.0, NODES, 1e-4)


_vectorised = jax.jit(jnp.vectorize(_moments, signature="(),(),()->(a)"))


def _each(*values: Any) -> Any:
    return _vectorised(*(jnp.asarray(value, float) for value in values))


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
    centre's reach passes 0. In u cut where the ends of t change order, on a scale of logarithms:
    three pieces, the first with u, the others with 1 - u on it. z and tilt of shape (..., 1).
    """
    middle = maximum(2 * z - 1, 0.0)
    start = jnp.concatenate([z, 1 - z, 1 - middle], axis=-1)
    end = jnp.concatenate([1 + 0 * z, 1 - middle, 1 + 0 * z], axis=-1)
    first = np.array([True, False, False])
    ratio = log(end / start)[..., None]
    z, tilt, first = z[..., None], tilt[..., None], first[:, None]
    r = start[..., None] * exp(s * ratio)
    u, farthest = where(first, r, 1 - r), where(first, z, 1 - z) / r
    cut = minimum(z / (1 + u), farthest)
    z, tilt, gap = z[..., None], tilt[..., None], u[..., None]

    def joint(t, q):
        low = _density(z - gap * t, tilt)
        return low * _density(z + (1 - gap) * t, tilt) * weight(minimum(q, 1.0))

    def near(t):
        return joint(t, _between(z - (1 + gap) * t, 2 * t, tilt))

    def far(t):
        return joint(t, _between(0 * t, z + (1 - gap) * t, tilt))

    inner = integral(near, 0 * u, cut, FEWER, LOOSE) + integral(far, cut, farthest, FEWER, LOOSE)
    return inner * (r * abs(ratio))


def _density_at(z: Any, tilt: Any, n: Any, k: Any) -> Any:
    weight = weights(n, k)
    sides, tilts = jnp.stack([z, 1 - z])[:, None], jnp.stack([tilt, -tilt])[:, None]

    def both(s):
        return jnp.sum(_upward(s, sides, tilts, weight), axis=(0, 1))

    return integral(both, 0.0, 1.0, FEWER, LOOSE)


_densities = jax.jit(jnp.vectorize(_density_at))


@closed_form(example=AT, k=ENOUGH)
def synthetic_density(z: Inside, tilt: Tilt, n: Points, k: Nearest) -> Any:
    """Density of Z at z, of a minority of density exp(-tilt x) on [0, 1]: 0 at both ends."""
    return _densities(*(jnp.asarray(value, float) for value in (z, tilt, n, k)))
