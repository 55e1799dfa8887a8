"""Losses on their way down: gradient descent, gradient flow, stochastic gradient descent."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

__all__ = ["descend", "flow", "stochastic_descend"]

Loss = Callable[..., Array]
Rule = Any  # a number, or an optax.GradientTransformation


def _init(rule: Rule, start: PyTree) -> Any:
    return rule.init(start) if hasattr(rule, "init") else ()


def _move(rule: Rule, gradient: PyTree, state: Any, point: PyTree) -> tuple[PyTree, Any]:
    """One step of the rule: (new point, new state)."""
    if hasattr(rule, "init"):
        change, state = rule.update(gradient, state, point)
    else:
        change = jax.tree.map(lambda g: -rule * g, gradient)
    return jax.tree.map(jnp.add, point, change), state


def _path(first: PyTree, rest: PyTree) -> PyTree:
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, rest)


def _itself(point: PyTree) -> PyTree:
    return point


def _floats(start: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, float), start)


def descend(
    loss: Loss,
    start: PyTree,
    steps: int,
    rule: Rule,
    *,
    observe: Callable[[PyTree], PyTree] = _itself,
) -> PyTree:
    """What ``observe`` sees at the start and after each step: axis 0 has steps + 1 entries.

    Args:
        loss: ``loss(parameters) -> scalar``.
        start: the parameters, any pytree of arrays.
        steps: how many, a fixed number.
        rule: a learning rate (plain gradient descent), or an optax transformation such as
            ``optax.adam(1e-3)``.
        observe: what to keep; the parameters themselves by default. A long run of many parameters
            should keep a few numbers only.
    """

    def step(carry: tuple[PyTree, Any], _: None) -> tuple[tuple[PyTree, Any], PyTree]:
        point, state = carry
        carry = _move(rule, jax.grad(loss)(point), state, point)
        return carry, observe(carry[0])

    start = _floats(start)
    _, seen = jax.lax.scan(step, (start, _init(rule, start)), length=steps)
    return _path(jax.tree.map(jnp.asarray, observe(start)), seen)


def stochastic_descend(
    loss: Loss,
    start: PyTree,
    data: PyTree,
    order: Int[Array, "steps batch"],
    rule: Rule,
    *,
    observe: Callable[[PyTree], PyTree] = _itself,
) -> PyTree:
    """As :func:`descend`, with step t on the points ``order[t]`` alone.

    Args:
        loss: ``loss(parameters, batch) -> scalar``.
        start, rule, observe: as for :func:`descend`.
        data: a pytree of arrays, axis 0 over points.
        order: the points of each step: a permutation reshaped for an epoch without replacement.
    """
    if order.ndim != 2:
        raise ValueError(f"stochastic_descend: order has shape {order.shape}, not (steps, batch)")

    def step(carry: tuple[PyTree, Any], rows: Array) -> tuple[tuple[PyTree, Any], PyTree]:
        point, state = carry
        batch = jax.tree.map(lambda leaf: leaf[rows], data)
        carry = _move(rule, jax.grad(loss)(point, batch), state, point)
        return carry, observe(carry[0])

    start = _floats(start)
    _, seen = jax.lax.scan(step, (start, _init(rule, start)), order)
    return _path(jax.tree.map(jnp.asarray, observe(start)), seen)


def flow(
    loss: Loss,
    start: PyTree,
    time: jax.typing.ArrayLike,
    steps: int,
    *,
    observe: Callable[[PyTree], PyTree] = _itself,
) -> PyTree:
    """The gradient flow dw/dt = -grad loss(w) at times 0, time/steps, ..., time: axis 0 steps + 1.

    Runge and Kutta's fourth-order steps: the error is O((time/steps)^4), and a step must be under
    about 2.8 over the largest curvature. Arguments as for :func:`descend`.
    """
    h = jnp.asarray(time, float) / steps

    def slope(point: PyTree, shift: Any, along: PyTree) -> PyTree:
        there = jax.tree.map(lambda w, g: w - shift * g, point, along)
        return jax.grad(loss)(there)

    def step(point: PyTree, _: None) -> tuple[PyTree, PyTree]:
        first = jax.grad(loss)(point)
        second = slope(point, h / 2, first)
        third = slope(point, h / 2, second)
        fourth = slope(point, h, third)
        point = jax.tree.map(
            lambda w, a, b, c, d: w - h / 6 * (a + 2 * b + 2 * c + d),
            point, first, second, third, fourth,
        )  # fmt: skip
        return point, observe(point)

    start = _floats(start)
    _, seen = jax.lax.scan(step, start, length=steps)
    return _path(jax.tree.map(jnp.asarray, observe(start)), seen)
