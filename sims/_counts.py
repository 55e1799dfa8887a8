"""Counts from uniform numbers: binomials, multinomials, categories."""

import jax
import jax.numpy as jnp
from jax.scipy.special import xlog1py, xlogy
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

from sims._shapes import check_shapes
from theory._special import loggamma

__all__ = ["binomials", "categories", "counts", "multinomial"]


def _log_pmf(k: Array, n: Array, p: Array) -> Array:
    ways = loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)
    return ways + xlogy(k, p) + xlog1py(n - k, -p)


def _walked(left: Array, count: Array, mass: Array, outcome: Array) -> tuple[Array, Array]:
    """What is left of u after this outcome's mass; the first to bring it under 0 is the count."""
    after = jnp.where(left >= 0, left - jnp.maximum(mass, 0.0), left)
    return after, jnp.where((left >= 0) & (after < 0), outcome, count)


def binomials(u: ArrayLike, n: ArrayLike, p: ArrayLike) -> Float[Array, "..."]:
    """Binomial(n, p) counts, one from each uniform number; exact in law.

    Outcomes are laid along [0, 1) from the mode outwards, each as long as its probability: the one
    that u falls on is the count. It takes about 4 sqrt(n p (1 - p)) cheap steps; n and p may be
    traced. Probabilities are relatively right to 1e-16 n log n. The count is not monotone in u.

    Args:
        u: uniform on [0, 1).
        n: whole numbers >= 0.
        p: in [0, 1]. All three broadcast; counts are float64, NaN outside the domain.
    """
    u, n, p = jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in (u, n, p)))
    sound = (n >= 0) & (n == jnp.floor(n)) & (p >= 0) & (p <= 1) & (u >= 0) & (u < 1)
    n = jnp.where(sound, n, jnp.nan)
    mode = jnp.minimum(jnp.floor((n + 1) * p), n)
    odds = p / (1 - p)
    at_mode = jnp.exp(_log_pmf(mode, n, p))

    def unfinished(state: tuple[Array, ...]) -> Bool[Array, ""]:
        left, _, up, down, *_ = state
        return jnp.any((left >= 0) & ((up > 0) | (down > 0)))

    def step(state: tuple[Array, ...]) -> tuple[Array, ...]:
        left, count, up, down, high, low = state
        up, high = up * (n - high) / (high + 1) * odds, high + 1
        left, count = _walked(left, count, up, high)
        down, low = down * low / ((n - low + 1) * odds), low - 1
        left, count = _walked(left, count, down, low)
        return left, count, up, down, high, low

    start = (u - at_mode, mode, at_mode, at_mode, mode, mode)
    return jax.lax.while_loop(unfinished, step, start)[1]


def multinomial(
    u: Float[Array, "*batch rest"], n: ArrayLike, p: Float[Array, "*#batch k"]
) -> Float[Array, "*batch k"]:
    """Multinomial(n, p) counts from k - 1 uniform numbers; exact in law.

    Class by class a binomial of what is left; for many classes and few draws :func:`counts` is
    cheaper.

    Args:
        u: uniform on [0, 1), the last axis one shorter than p's.
        n: draws, broadcast against u's other axes.
        p: probabilities on the last axis.
    """
    k = p.shape[-1]
    if u.shape[-1] != k - 1:
        raise ValueError(f"multinomial: u has {u.shape[-1]} numbers a draw; {k} classes need k - 1")
    rest = jnp.flip(jnp.cumsum(jnp.flip(p, -1), -1), -1)  # of this class and those after it
    share = jnp.clip(p / jnp.where(rest > 0, rest, 1.0), 0.0, 1.0)
    share = jnp.broadcast_to(share[..., :-1], u.shape)

    def draw(left: Array, row: tuple[Array, Array]) -> tuple[Array, Array]:
        count = binomials(row[0], left, row[1])
        return left - count, count

    left = jnp.broadcast_to(jnp.asarray(n, float), u.shape[:-1])
    left, first = jax.lax.scan(draw, left, (jnp.moveaxis(u, -1, 0), jnp.moveaxis(share, -1, 0)))
    return jnp.concatenate([jnp.moveaxis(first, 0, -1), left[..., None]], axis=-1)


def categories(u: Float[Array, "..."], p: Float[Array, " k"]) -> Int[Array, "..."]:
    """Indices 0 .. k - 1 with probabilities proportional to p, one from each uniform number."""
    check_shapes("categories", p=(p, "k"))
    ends = jnp.cumsum(p)
    return jnp.searchsorted(ends, u * ends[-1], side="right")


def counts(u: Float[Array, " n"], p: Float[Array, " k"]) -> Float[Array, " k"]:
    """How often each category comes in n draws: Multinomial(n, p) in n steps, for any k."""
    check_shapes("counts", u=(u, "n"))
    return jnp.zeros(len(p)).at[categories(u, p)].add(1.0)
