"""Kernels of depth L for all pairs at once: one table, one look-up a pair, whatever the depth.

A deep kernel is a function of t = x.z alone, but not a tame one: it varies on the scale b^-L near
the diagonal and may vanish like t^(m^L) at right angles. It is smooth on a logarithmic scale at
both ends. The table therefore keeps log K on cells of equal relative width, 32 to each factor 2 of
s = 1 - t (for s < 1/2) and of t (beyond). Such a cell is read off a float's exponent and leading
mantissa bits, without a logarithm; in a cell log K is a polynomial of degree 5 through the six
nodes around it. Layers are run on the nodes only.
"""

import dataclasses
import functools
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from theory._closed_form import Whole, closed_form, own_checks
from theory._fields import Ge, Le, Static
from theory._neural_kernels.activations import Activation, checked_activation
from theory._neural_kernels.depth import (
    Depth, Similarity, deepen, dense_kernels, ntk_diagonal, unit_rows, whole_depth,
)  # fmt: skip
from theory._neural_kernels.polynomials import hermite

__all__ = [
    "KernelTable", "kernel_tables", "nngp_matrix", "ntk_matrix", "pair_coordinates", "table_nodes",
    "tabulate",
]  # fmt: skip

DEGREE = 5
_BEFORE = 2  # nodes of a cell's polynomial below the cell; as many stand above
_MANTISSA, _BIAS = 52, 1023  # of float64
CELLS, OCTAVES_OF_S, OCTAVES_OF_T = 32, 104, 64  # s down to 5e-32, t down to 5e-20


Cells = Annotated[Any, Ge(4), Le(512), Whole, Static]
Size = Annotated[Any, Ge(1), Le(1000), Whole, Static]
POWER_OF_2 = ("is no power of 2", lambda cells: np.log2(cells) % 1 == 0)
"""A cell is read off leading bits."""


@functools.cache
def _to_coefficients(cells: int) -> np.ndarray:
    """(cells, 6, 6): from the six values around a cell to its polynomial in u in [0, 1].

    Nodes stand at equal distances within a factor 2 and double their distance at its end, so a
    cell's six nodes lie differently in the first two and the last two cells of a factor.
    """
    grid = np.concatenate([(1 + np.arange(cells) / cells) * 2.0**o for o in (-1, 0, 1)])
    maps = []
    for j in range(cells, 2 * cells):
        nodes = (grid[j - _BEFORE : j + _BEFORE + 2] - grid[j]) * cells
        maps.append(np.linalg.inv(np.vander(nodes, increasing=True)))
    return np.stack(maps)


def _nodes(cells: int, octaves: int) -> np.ndarray:
    """2^-octaves .. 1/2 and one cell more, with the nodes that the outer cells need."""
    steps = np.arange(-octaves * cells - _BEFORE, -cells + _BEFORE + 2)
    return (1 + (steps % cells) / cells) * np.exp2(steps // cells)


@dataclasses.dataclass(frozen=True)
class KernelTable:
    """A function of a pair of inputs, tabulated; made by :func:`tabulate`.

    Attributes:
        coefficients: (6, cells in all), of a polynomial a cell: those of s, then those of t.
        cells: cells to a factor 2; a power of 2.
        octaves_of_s, octaves_of_t: factors 2 below 1/2 that are resolved; what lies beyond counts
            as the last.
    """

    coefficients: Any
    cells: int
    octaves_of_s: int
    octaves_of_t: int

    def at(self, s: Any, t: Any) -> Any:
        """The tabulated function at pairs (s, t = 1 - s), each accurate where it is small."""
        cells, width = self.cells, self.cells.bit_length() - 1
        near = s < 0.5
        octaves = jnp.where(near, self.octaves_of_s, self.octaves_of_t)
        lowest = jnp.where(near, 2.0**-self.octaves_of_s, 2.0**-self.octaves_of_t)
        value = jnp.maximum(jnp.where(near, s, t), lowest)
        bits = jax.lax.bitcast_convert_type(value, jnp.int64)
        place = (bits >> (_MANTISSA - width)).astype(jnp.int32)
        mantissa = jax.lax.bitcast_convert_type(
            (bits & ((1 << _MANTISSA) - 1)) | (_BIAS << _MANTISSA), jnp.float64
        )
        u = (mantissa - 1) * cells - (place & (cells - 1)).astype(float)
        cell = place - (_BIAS - octaves) * cells
        of_s = (self.octaves_of_s - 1) * cells + 1
        of_t = (self.octaves_of_t - 1) * cells + 1
        row = jnp.where(near, jnp.minimum(cell, of_s - 1), of_s + jnp.minimum(cell, of_t - 1))
        result = jnp.zeros_like(u)
        for coefficient in self.coefficients[::-1]:
            result = result * u + coefficient.at[row].get(mode="promise_in_bounds")
        return result


jax.tree_util.register_dataclass(
    KernelTable, data_fields=["coefficients"], meta_fields=["cells", "octaves_of_s", "octaves_of_t"]
)


_SIZES = {"cells": 16, "octaves_of_s": 4, "octaves_of_t": 3}


@closed_form(example=_SIZES, cells=POWER_OF_2)
def table_nodes(
    cells: Cells = CELLS, octaves_of_s: Size = OCTAVES_OF_S, octaves_of_t: Size = OCTAVES_OF_T
) -> Similarity:
    """The pairs at which a table wants its function: a vector, s ascending then t ascending."""
    s, t = _nodes(cells, octaves_of_s), _nodes(cells, octaves_of_t)
    return Similarity(
        jnp.asarray(np.concatenate([s, 1 - t])),
        jnp.asarray(np.concatenate([np.log1p(-s), np.log(t)])),
    )


@closed_form(
    example=_SIZES | {"values": [0.0] * (_nodes(16, 4).size + _nodes(16, 3).size)}, cells=POWER_OF_2
)
def tabulate(
    values: Float[Array, " nodes"],
    cells: Cells = CELLS,
    octaves_of_s: Size = OCTAVES_OF_S,
    octaves_of_t: Size = OCTAVES_OF_T,
) -> KernelTable:
    """A table from a function's values at :func:`table_nodes` of the same sizes.

    For a function that behaves like p log s or p log t, look-up errs by .36 p/cells^6: 4e-10 p at
    32 cells, 2e-8 p at 16.
    """
    maps = jnp.asarray(_to_coefficients(cells))
    first = (octaves_of_s - 1) * cells + DEGREE + 1
    parts = []
    for octaves, part in ((octaves_of_s, values[:first]), (octaves_of_t, values[first:])):
        count = (octaves - 1) * cells + 1
        around = jnp.stack([part[k : k + count] for k in range(DEGREE + 1)], axis=1)
        parts.append(jnp.einsum("nij,nj->in", maps[np.arange(count) % cells], around))
    return KernelTable(jnp.concatenate(parts, axis=1), cells, octaves_of_s, octaves_of_t)


@own_checks("those of deepen and table_nodes")
def kernel_tables(activation: object, depth: Any, *sizes: int) -> tuple[KernelTable, KernelTable]:
    """Tables of log NNGP and log NTK at depth L; ``sizes`` as in :func:`table_nodes`."""
    kernels = deepen(activation, table_nodes(*sizes), depth)
    return tabulate(kernels.log_nngp, *sizes), tabulate(kernels.log_ntk, *sizes)


@closed_form(example={"x": ((1.0, 0.0),), "z": ((0.0, 1.0),)})
def pair_coordinates(
    x: Float[Array, "n m"], z: Float[Array, "k m"]
) -> tuple[Float[Array, "n k"], Float[Array, "n k"]]:
    """(s, t) of all pairs of unit vectors: s = |x-z|^2/2 from differences, t = x.z."""
    squares = [(x[:, None, i] - z[None, :, i]) ** 2 for i in range(x.shape[1])]
    return 0.5 * jnp.asarray(sum(squares)), x @ z.T


# Kernel matrices for users

_CLOSE = 1e-4  # s below this comes from differences: 1 - t is good to 1e-16/s only
_FEW = 16  # up to this many coordinates, the differences of all pairs are the cheaper way
_CHUNK = 4_000_000  # numbers in one chunk of differences


_EXAMPLE = {"activation": hermite(2), "depth": 3, "x": ((1.0, 0.0), (0.6, 0.8))}


@closed_form(example=_EXAMPLE)
def ntk_matrix(
    activation: object, depth: Depth, x: Shaped[Any, "n m"], z: Any = None
) -> Float[Array, "n k"]:
    """The neural tangent kernel of depth L at all pairs: Theta_L(x_i . z_j), z = x if not given.

    The layers run on some 2000 numbers; then each pair costs one table look-up, so that time
    hardly depends on depth. Relative error off the diagonal: 4e-10 x the steepest
    |d log Theta_L/d log s|, which is at most alpha/2 + 1 for singular kernels and 1 for ReLU (and
    grows like m^L for A = A' = 0, as log Theta_L itself does). Coinciding inputs get Theta_L(1)
    by its formula; inner products in [0, 5e-20) count as 5e-20. Pairs at an obtuse angle run
    through every layer, by :func:`dense_kernels`.

    Args:
        activation: a normalised activation, such as ``leaky_relu(0.0)`` or ``optimal(2)``; a
            function of your own goes through :func:`activation_from`. The layers are compiled once
            for each activation object: keep it.
        depth: L >= 0 hidden layers.
        x, z: unit vectors as rows, (n, m) and (k, m), in any format (float32 rows are normalised).

    Raises ActivationError for what is no Activation, ValueError for inputs off the sphere, a depth
    that is no whole number >= 0, or Theta_L(1) beyond float64.
    """
    activation = checked_activation(activation)
    depth = whole_depth(depth)
    top = float(ntk_diagonal(activation, depth))
    if not np.isfinite(top):
        raise ValueError(f"ntk_matrix: Theta_L(1) is beyond float64 at depth = {depth}")
    return _matrix(activation, "log_ntk", depth, top, x, z)


@closed_form(example=_EXAMPLE)
def nngp_matrix(
    activation: object, depth: Depth, x: Shaped[Any, "n m"], z: Any = None
) -> Float[Array, "n k"]:
    """The NNGP kernel of depth L at all pairs, t_L(x_i . z_j); otherwise as :func:`ntk_matrix`."""
    return _matrix(checked_activation(activation), "log_nngp", whole_depth(depth), 1.0, x, z)


def _matrix(activation: Activation, kernel: str, depth: int, top: float, x: Any, z: Any) -> Any:
    given = [np.asarray(v) for v in (x, z) if v is not None]
    if any(v.dtype.kind == "f" and np.isnan(v).any() for v in given):
        return jnp.full([v.shape[0] if v.ndim else 1 for v in (given[0], given[-1])], jnp.nan)
    x = unit_rows(x)
    z = x if z is None else unit_rows(z)
    few = x.shape[1] <= _FEW
    pairs = (x, z) if few else _far_apart(x, z)
    find = pair_coordinates if few else _given
    closest, lowest = (float(v) for v in _extremes(find, *pairs))
    sizes = (CELLS, _octaves(closest, OCTAVES_OF_S), _octaves(lowest, OCTAVES_OF_T))
    table = _table(_ByIdentity(activation), kernel, sizes, depth)
    values = _look_up(find, table, top, *pairs)
    if lowest < 0:  # which no logarithm carries
        t = np.asarray(x) @ np.asarray(z).T
        obtuse = np.nonzero(t < 0)
        both = _dense(_ByIdentity(activation), t[obtuse], depth)
        values = values.at[obtuse].set(both[kernel == "log_ntk"])
    return values


def _far_apart(x: Any, z: Any) -> tuple[Any, Any]:
    """:func:`pair_coordinates` of vectors with many coordinates: differences for close pairs."""
    a, b = np.asarray(x), np.asarray(z)
    t = a @ b.T
    s = 1 - t
    rows, columns = np.nonzero(s < _CLOSE)
    step = max(1, _CHUNK // a.shape[1])
    for k in range(0, len(rows), step):
        i, j = rows[k : k + step], columns[k : k + step]
        s[i, j] = 0.5 * ((a[i] - b[j]) ** 2).sum(axis=1)
    return jnp.asarray(s), jnp.asarray(t)


def _given(s: Any, t: Any) -> tuple[Any, Any]:
    return s, t


def _octaves(lowest: float, most: int) -> int:
    """Factors 2 from 1/2 down to the lowest value, in eights: few sizes, few compilations."""
    factors = np.ceil(-np.log2(max(lowest, 2.0**-most))) + 1
    return int(min(most, 8 * np.ceil(max(factors, 8) / 8)))


class _ByIdentity:
    """An activation as a key of compiled code: its constants may be arrays, which have no hash."""

    def __init__(self, activation: Activation):
        self.activation = activation

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.activation is other.activation

    def __hash__(self) -> int:
        return id(self.activation)


@functools.partial(jax.jit, static_argnums=0)
def _dense(key, t, depth):
    return dense_kernels.__wrapped__(key.activation, t, depth)


@functools.partial(jax.jit, static_argnums=0)
def _extremes(find, *pairs):
    s, t = find(*pairs)
    return jnp.min(jnp.where(s > 0, s, 1.0)), jnp.min(t)


@functools.partial(jax.jit, static_argnums=(0, 1, 2))
def _table(key, kernel, sizes, depth):
    kernels = deepen(key.activation, table_nodes(*sizes), depth)
    return tabulate(getattr(kernels, kernel), *sizes)


@functools.partial(jax.jit, static_argnums=0)
def _look_up(find, table, top, *pairs):
    s, t = find(*pairs)
    return jnp.where(s > 0, jnp.exp(table.at(s, t)), top)
