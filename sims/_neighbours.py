"""Nearest neighbours by Euclidean distance."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from sims._shapes import check_shapes

__all__ = ["neighbour_shares", "neighbours"]


def neighbours(
    x: Float[Array, "points d"], bank: Float[Array, "n d"], k: int
) -> tuple[Float[Array, "points k"], Int[Array, "points k"]]:
    """(distances, indices into the bank) of each point's k nearest, nearest first.

    Among equals the lower index comes first. The bank's own points find themselves first: ask for
    k + 1 and drop column 0.
    """
    sizes = check_shapes("neighbours", x=(x, "points d"), bank=(bank, "n d"))
    if not 1 <= k <= sizes["n"]:
        raise ValueError(f"neighbours: k = {k} is outside [1, {sizes['n']}], the bank's size")
    # differences first: |x|^2 + |b|^2 - 2 x.b would lose the small distances
    squares = jnp.sum((x[:, None] - bank) ** 2, axis=-1)
    nearest, indices = jax.lax.top_k(-squares, k)
    return jnp.sqrt(-nearest), indices


def neighbour_shares(
    x: Float[Array, "points d"],
    bank: Float[Array, "n d"],
    labels: Int[Array, " n"],
    classes: int,
    k: int,
) -> Float[Array, "points classes"]:
    """The share of each class among a point's k nearest; the largest is the k-NN rule's answer."""
    check_shapes("neighbour_shares", bank=(bank, "n d"), labels=(labels, "n"))
    _, indices = neighbours(x, bank, k)
    return jnp.mean(jax.nn.one_hot(labels[indices], classes, dtype=x.dtype), axis=1)
