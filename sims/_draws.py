"""Random arrays from one draw.

Every place in a program that draws random numbers costs half a second of compilation, whatever it
draws, and so does every split of a key. So a trial draws once and cuts the draw up; a trial that
needs normals and uniforms draws normals and takes ``normal_cdf`` of some.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Shaped

__all__ = ["GAMMA_ROWS", "dirichlet", "log_gammas", "normals", "uniforms"]

_PROPOSALS = 8
GAMMA_ROWS = 3 * _PROPOSALS + 2
"""Standard normals that :func:`log_gammas` needs for one gamma variable."""

Shape = int | Sequence[int]


def _cut(word: str, draw: Callable[..., Array], key: Shaped[Array, "..."], shapes) -> tuple:
    """One flat draw, cut into arrays of these shapes in their order."""
    wanted = {}
    for name, shape in shapes.items():
        axes = (shape,) if isinstance(shape, int) else tuple(shape)
        if not all(isinstance(size, int) and size >= 0 for size in axes):
            raise ValueError(f"{word}: {name} = {shape!r} is not a shape (sizes are ints >= 0)")
        wanted[name] = axes
    ends = list(itertools.accumulate(map(math.prod, wanted.values()), initial=0))
    flat = draw(key, (ends[-1],))
    pieces = zip(itertools.pairwise(ends), wanted.values(), strict=True)
    return tuple(flat[begin:end].reshape(axes) for (begin, end), axes in pieces)


def normals(key: Shaped[Array, "..."], **shapes: Shape) -> tuple[Float[Array, "..."], ...]:
    """Independent N(0, 1) arrays, one for each ``name=shape``, in that order, from one draw.

    Raises ValueError for what is no shape.
    """
    return _cut("normals", jax.random.normal, key, shapes)


def uniforms(key: Shaped[Array, "..."], **shapes: Shape) -> tuple[Float[Array, "..."], ...]:
    """Independent arrays uniform on [0, 1), one for each ``name=shape``, from one draw.

    Raises ValueError for what is no shape.
    """
    return _cut("uniforms", jax.random.uniform, key, shapes)


def log_gammas(z: Float[Array, "rows ..."], a: ArrayLike) -> Float[Array, "..."]:
    """Logarithms of Gamma(a, 1) variables from GAMMA_ROWS normals each.

    Marsaglia & Tsang (2000) for shape a + 1, then Gamma(a) = Gamma(a + 1) U^(1/a). In logarithms,
    because at a = 0.01 most gamma variables underflow. The first of eight proposals that is
    accepted is taken; all eight fail with probability under 3e-11, and then the mode is taken.

    Args:
        z: independent standard normals; axis 0 has GAMMA_ROWS rows.
        a: shape parameters > 0, broadcast against the other axes (NaN outside).
    """
    if len(z) != GAMMA_ROWS:
        raise ValueError(f"log_gammas: z has {len(z)} rows, not GAMMA_ROWS = {GAMMA_ROWS}")
    a = jnp.broadcast_to(jnp.where(jnp.asarray(a) > 0, a, jnp.nan), z.shape[1:])
    x, pairs = z[:_PROPOSALS], z[_PROPOSALS:].reshape(2, _PROPOSALS + 1, *z.shape[1:])
    log_u = -jnp.sum(pairs**2, axis=0) / 2  # half a chi-square of 2 is -log of a uniform
    d = a + 2 / 3
    root = 1 + x / jnp.sqrt(9 * d)
    log_v = 3 * jnp.log(jnp.where(root > 0, root, jnp.nan))
    accepted = log_u[:-1] < x**2 / 2 + d * (1 - jnp.exp(log_v) + log_v)  # never for NaN
    first = jnp.argmax(accepted, axis=0, keepdims=True)
    taken = jnp.take_along_axis(jnp.where(accepted, log_v, 0.0), first, axis=0)[0]
    return jnp.log(d) + taken + log_u[-1] / a


def dirichlet(z: Float[Array, "rows ..."], a: ArrayLike) -> Float[Array, "..."]:
    """Dirichlet(a) points on the last axis of ``z``'s shape, from GAMMA_ROWS normals a coordinate.

    Args:
        z: independent standard normals (GAMMA_ROWS, ..., k).
        a: concentrations > 0, broadcast against (..., k).
    """
    return jax.nn.softmax(log_gammas(z, a), axis=-1)
