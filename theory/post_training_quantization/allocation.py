"""Bits for layers: the relaxed optimum, the integer programme, greedy steps and certificates."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array

from theory import (
    ArgumentError, Because, Claims, Ge, Le, Row, Scalar, Twin, closed_form, own_checks,
)  # fmt: skip
from theory.post_training_quantization.params import LAYERS

claim = Claims("derived")
Sensitivity = Annotated[Any, Ge(1e-12), Le(1e12), Row]
Sizes = Annotated[Any, Ge(1e-3), Le(1e9), Row]
Budget = Annotated[Scalar, Ge(0), Le(1e12), Because("bits are spent, not earned")]
SAME = ("is not one number for each layer", lambda sizes, sensitivity:
        jnp.shape(sizes)[-1] == jnp.shape(sensitivity)[-1])  # fmt: skip
SOME = {"sensitivity": [5.0, 1.0, 0.3], "sizes": [3.0, 1.0, 2.0], "budget": 9.0}
WHOLE_BITS = 3 * 4 ** (4 / 3) / (4 * math.e * math.log(4))
"""max of (1 - 3t/4) 4^t, 1.264: a chord of 4^-b above the curve, between whole bits."""


def _log_level(sensitivity, sizes, budget):
    """log2 of theta: it leaves the floats where bits do not."""
    c, n = jnp.broadcast_arrays(jnp.asarray(sensitivity, float), jnp.asarray(sizes, float))
    order = jnp.argsort(-c / n, axis=-1)
    logs = jnp.take_along_axis(jnp.log2(c / n), order, -1)
    n = jnp.take_along_axis(n, order, -1)
    means = jnp.cumsum(n * logs, -1) - 2 * jnp.asarray(budget, float)[..., None]
    return jnp.max(means / jnp.cumsum(n, -1), -1)


@closed_form(example=SOME, sizes=SAME)
def relaxed_level(sensitivity: Sensitivity, sizes: Sizes, budget: Budget) -> Array:
    """theta with sum_l n_l max(0, log2(c_l/(n_l theta))/2) = N: active layers lose n_l theta each.

    The largest over prefixes of layers, by c/n, of 2^-2N/n prod (c_l/n_l)^(n_l/n), n their size.
    """
    return jnp.exp2(_log_level(sensitivity, sizes, budget))


@closed_form(example=SOME, sizes=SAME)
def relaxed_bits(sensitivity: Sensitivity, sizes: Sizes, budget: Budget) -> Array:
    """b_l = max(0, log2(c_l/(n_l theta))/2), the least of sum c_l 4^-b_l at sum n_l b_l = N."""
    logs = jnp.log2(jnp.asarray(sensitivity, float)) - jnp.log2(jnp.asarray(sizes, float))
    return jnp.maximum(0.0, (logs - _log_level(sensitivity, sizes, budget)[..., None]) / 2)


@closed_form(example=SOME, sizes=SAME)
def relaxed_loss(sensitivity: Sensitivity, sizes: Sizes, budget: Budget) -> Array:
    """sum_l min(c_l, n_l theta): below every allocation of whole bits."""
    level = relaxed_level(sensitivity, sizes, budget)[..., None]
    return jnp.sum(jnp.minimum(sensitivity, jnp.asarray(sizes, float) * level), -1)


# --------------------------------------------------------------------------------------------
# Tables: row l the loss of layer l at 0, 1, 2, ... bits


def _checked(name: str, tables: Any, sizes: Sequence[int]) -> tuple[Any, list[int]]:
    """The tables, and the sizes as whole numbers; refused by name if they are none."""
    if not isinstance(tables, Tracer):
        table = np.asarray(tables, float)
        if table.ndim != 2 or not table.size or not np.isfinite(table).all():
            raise ArgumentError(f"{name}: tables is no matrix of finite losses")
        if (np.diff(table, axis=1) > 0).any():
            raise ArgumentError(f"{name}: tables has a loss that rises with the bits")
    whole = [int(s) for s in sizes if float(s) == int(s) >= 1]
    if len(whole) != len(sizes) or len(whole) != np.shape(tables)[0]:
        raise ArgumentError(f"{name}: sizes = {list(sizes)} is not one whole number for each layer")
    return tables, whole


def _maths(tables: Any) -> Any:
    """jax.numpy inside a program; numpy for numbers, where nothing is compiled."""
    return jnp if isinstance(tables, jax.Array) else np


def _stage(xp, best, row, size):
    """By budget: min over bits b of row[b] + best[budget - size b], and the b."""
    left = np.arange(len(best))[:, None] - size * np.arange(len(row))
    choices = xp.where(left >= 0, best[np.maximum(left, 0)], np.inf) + row
    return xp.min(choices, 1), xp.argmin(choices, 1)


@own_checks("a user's tables and whole sizes: refused in one line each")
def integer_losses(tables: Any, sizes: Sequence[int]) -> Any:
    """The integer programme's optimum at every budget 0 .. sum n_l b_max, by dynamic programming.

    Any table that does not rise. O(layers x budgets x bits).
    """
    tables, whole = _checked("integer_losses", tables, sizes)
    xp = _maths(tables)
    best = xp.zeros(1 + sum(whole) * (np.shape(tables)[1] - 1))
    for row, size in zip(xp.asarray(tables, float), whole, strict=True):
        best, _ = _stage(xp, best, row, size)
    return best


@own_checks("as integer_losses")
def integer_bits(tables: Any, sizes: Sequence[int], budget: int) -> np.ndarray:
    """Whole bits of each layer that lose least with sum n_l b_l <= budget."""
    tables, whole = _checked("integer_bits", tables, sizes)
    most = sum(whole) * (np.shape(tables)[1] - 1)
    if budget != int(budget) or budget < 0:
        raise ArgumentError(f"integer_bits: budget = {budget} is not a whole number from 0 on")
    if budget > most:
        raise ArgumentError(f"integer_bits: budget = {budget} is slack: all bits take {most}")
    best, picks = np.zeros(1 + int(budget)), []
    for row, size in zip(np.asarray(tables, float), whole, strict=True):
        best, pick = _stage(np, best, row, size)
        picks.append(pick)
    bits, left = [], int(budget)
    for pick, size in zip(picks[::-1], whole[::-1], strict=True):
        bits.append(int(pick[left]))
        left -= size * bits[-1]
    return np.array(bits[::-1])


@own_checks("as integer_losses")
def greedy_losses(tables: Any, sizes: Sequence[int]) -> Array:
    """At every budget: one bit after the other to the layer of most gain per size that fits."""
    tables, whole = _checked("greedy_losses", tables, sizes)
    table, n = jnp.asarray(tables, float), jnp.asarray(whole)
    gains = jnp.pad(-jnp.diff(table, axis=1), ((0, 0), (0, 1)), constant_values=-1.0)
    steps = sum(table.shape) * table.shape[0]
    budgets = jnp.arange(1 + sum(whole) * (table.shape[1] - 1))

    def step(state, _):
        bits, left = state
        rate = jnp.take_along_axis(gains, bits[:, None], 1)[:, 0] / n
        rate = jnp.where(n <= left, rate, -1.0)
        taken = jnp.argmax(rate)
        some = rate[taken] >= 0
        bits = bits.at[taken].add(jnp.where(some, 1, 0))
        return (bits, left - jnp.where(some, n[taken], 0)), None

    def run(budget):
        start = jnp.zeros(len(whole), int), budget
        (bits, _), _ = jax.lax.scan(step, start, length=min(steps, table.size - len(whole)))
        return jnp.sum(jnp.take_along_axis(table, bits[:, None], 1))

    return jax.vmap(run)(budgets)


@own_checks("as integer_losses")
def hull_losses(tables: Any, sizes: Sequence[int]) -> tuple[Any, Any]:
    """(linear programme's optimum, gain of its critical step) at every budget; convex tables.

    Bits in parts: steps by gain over size, the last one in part. The integer optimum lies between
    it and it plus the critical gain, for networks of any size.
    """
    tables, whole = _checked("hull_losses", tables, sizes)
    xp = _maths(tables)
    table, n = xp.asarray(tables, float), np.asarray(whole, float)
    gains = -xp.diff(table, axis=1)
    each = np.broadcast_to(n[:, None], gains.shape).ravel()
    order = xp.argsort(-gains.ravel() / each)
    ends = xp.cumsum(xp.asarray(each)[order])
    fallen = xp.cumsum(gains.ravel()[order])
    budgets = np.arange(1.0 + sum(whole) * gains.shape[1])
    zero = np.zeros(1)
    lost = xp.interp(budgets, xp.concatenate([zero, ends]), xp.concatenate([zero, fallen]))
    critical = xp.minimum(xp.searchsorted(ends, budgets, side="right"), len(ends) - 1)
    return xp.sum(table[:, 0]) - lost, gains.ravel()[order][critical]


# --------------------------------------------------------------------------------------------
# Sensitivities exp(2z), sizes 3, 1, 5, 2, 4, 1; and random convex tables, equal sizes

SIZES = (3, 1, 5, 2, 4, 1)
allocated = claim.given(mode="allocation", at=LAYERS, trials=128)


def relaxed(run, p, sized=True):
    """The relaxed loss at every budget of every trial; not ``sized``: a level without n_l."""
    c, n = run["sensitivity"], np.array(SIZES[: p.layers], float)
    budgets = np.arange(run["optimum"].shape[-1], dtype=float)
    if sized:
        return relaxed_loss(c[:, None], n, budgets)
    # c 4^-b = theta in every layer: the same budget, spent by sensitivity alone
    order = np.argsort(-c, -1)
    logs, m = np.take_along_axis(np.log2(c), order, -1), n[order]
    level = (np.cumsum(m * logs, -1)[:, None] - 2 * budgets[:, None]) / np.cumsum(m, -1)[:, None]
    return np.sum(np.minimum(c[:, None], np.exp2(level.max(-1))[..., None]), -1)


def above(sized):
    """A reading: the most by which the relaxed loss lies above the integer optimum, relative."""
    return lambda run, p: np.max(relaxed(run, p, sized) / run["optimum"], -1) - 1


allocated.every_trial(
    above(True),
    within=1e-9,
    name="bit_allocation_bound",
    says="Water-filling by c_l 4^-b_l = n_l theta is below every allocation of whole bits, at"
    " every budget",
    twin=Twin("c_l 4^-b_l = theta, without n_l", observable=above(False)),
)


def gap(name, optimum):
    """A reading: the largest relative gap between two losses over the budgets."""
    return lambda run, p: np.max(run[name] / run[optimum], -1) - 1


allocated.every_trial(
    gap("even_greedy", "even_optimum"),
    within=1e-9,
    name="greedy_equals_ip",
    says="Equal sizes, convex tables: greedy steps are the integer optimum at every budget",
    source="derived: exchange of steps",
    twin=Twin("for unequal sizes too", observable=gap("greedy", "optimum")),
)
shares = claim.given(mode="allocation", at=LAYERS)
shares.ordering(
    "unequal_sizes_need_the_programme",
    "Layers of unequal sizes: greedy loses to the integer programme at some budgets",
    lambda run, p: np.minimum(gap("greedy", "optimum")(run, p), 1.0),
    lambda run, p: np.minimum(gap("even_greedy", "even_optimum")(run, p), 0.0),
    support=(-1.0, 1.0),
)
shares.ordering(
    "bent_tables_need_the_programme",
    "Tables that are not convex: greedy loses to the integer programme, with equal sizes too",
    lambda run, p: np.minimum(gap("bent_greedy", "bent_optimum")(run, p), 1.0),
    lambda run, p: np.minimum(gap("even_greedy", "even_optimum")(run, p), 0.0),
    support=(-1.0, 1.0),
)


def hull_gap(part):
    """A reading: the optimum above the linear programme's, less a part of the critical gain."""
    return lambda run, p: np.max(
        (run["optimum"] - run["hull"] - part * run["critical"]) / run["optimum"], -1
    )


allocated.every_trial(
    hull_gap(1),
    within=1e-9,
    name="integrality_gap",
    says="The integer optimum is at most the critical step's gain above the linear programme's",
    source="derived: the linear programme is solved in part by one step; not in the paper",
    twin=Twin("a quarter of that gain", observable=hull_gap(0.25)),
)


def price(run, p):
    """A reading: the linear programme's loss over the relaxed one, where no layer has all bits."""
    c, n = run["sensitivity"], np.array(SIZES[: p.layers], float)
    budgets = np.arange(run["optimum"].shape[-1], dtype=float)
    bits = np.max(np.asarray(relaxed_bits(c[:, None], n, budgets)), -1)
    return np.max(np.where(bits <= p.most, run["hull"] / relaxed(run, p), 0.0), -1)


@allocated.every_trial(price, twin=Twin("20 %", least=1.2))
def price_of_whole_bits(p, *, least=WHOLE_BITS):
    """Bits in parts of whole ones lose at most 1.264 times the relaxed optimum, any network.

    derived: (1 - 3t/4) 4^t is largest at t = 4/3 - 1/ln 4

    So the integer optimum is at most 26.4 % and one step's gain above the relaxed one.
    """
    return least + 1e-9
