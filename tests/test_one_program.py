"""A closed form over arrays is one program; what cannot be traced is called as it is."""

import dataclasses
import functools
import inspect
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from sims._evaluate import evaluate, evaluate_many
from theory import (
    ArgumentError, Ge, Le, Row, Scalar, Static, closed_form, exp, normal_cdf, parameters, root,
    sqrt,
)  # fmt: skip
from theory._loops import has_loop
from theory._one_program import OneProgram

COMPILED = "/jax/core/compile/backend_compile_duration"


@pytest.fixture
def programs():
    """Counts what XLA compiles."""
    found = []

    def listen(event, *_, **__):
        if event == COMPILED:
            found.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield found
    jax.monitoring.unregister_event_duration_listener(listen)


@closed_form
def bent(x: Annotated[Scalar, Ge(0)], scale: Annotated[Scalar, Ge(0), Le(9)] = 1.0, *, power=2):
    return sqrt(x) * normal_cdf(scale - x) + exp(-scale * x**power)


def bare_root(x):
    return jnp.sqrt(x)


@closed_form
def stepped(x: Annotated[Scalar, Ge(0)], steps: Annotated[Scalar, Ge(1), Le(9)] = 1.0):
    """Decides by a number: no tracer can pass."""
    for _ in range(int(steps)):
        x = sqrt(x)
    return x


@closed_form
def applied(x: Annotated[Scalar, Ge(0)], f):
    return f(x) + 1


@pytest.mark.parametrize("kind", [np.asarray, jnp.asarray, list])
def test_a_curve_is_one_program_whatever_the_numbers(programs, kind):
    x = kind(np.linspace(0.1, 3.0, 37))
    first = bent(x, 1.5)
    seen = len(programs)
    assert seen <= 3  # others turn lists and numbers into arrays
    second = bent(kind(np.linspace(0.2, 1.0, 37)), 2.5)
    assert len(programs) == seen
    np.testing.assert_allclose(first, [bent(float(v), 1.5) for v in np.asarray(x)], rtol=1e-14)
    assert second.shape == (37,)
    assert second.dtype == np.float64


def test_many_numbers_run_through_loops_that_are_fused():
    x = np.linspace(0.1, 3.0, 100_000)
    few = np.concatenate([bent(part, 1.5) for part in np.split(x, 2)])
    np.testing.assert_allclose(bent(x, 1.5), few, rtol=1e-14)
    run = OneProgram(bare_root, inspect.signature(bare_root), {"x"})
    for size, used in ((99_999, (1, 0)), (100_000, (1, 1))):
        run(inspect.signature(bare_root).bind(np.ones(size)))
        assert (run._program._cache_size(), run._of_many._cache_size()) == used


def test_whole_numbers_are_computed_as_floats():
    np.testing.assert_allclose(bent(np.arange(41), 1), bent(np.arange(41.0), 1.0), rtol=1e-15)


def test_what_looks_at_its_numbers_is_called_as_it_is():
    x = np.linspace(0.1, 3.0, 5)
    for _ in range(2):
        np.testing.assert_allclose(stepped(x, 3.0), x**0.125, rtol=1e-14)


def test_other_arguments_may_be_anything():
    x = np.linspace(0.1, 3.0, 5)
    np.testing.assert_allclose(applied(x, lambda v: v + 2), x + 3)

    @dataclasses.dataclass  # equality without a hash
    class Shift:
        by: float

        def __call__(self, v):
            return v + self.by

    np.testing.assert_allclose(applied(x, Shift(2.0)), x + 3)
    np.testing.assert_allclose(bent(x, power=3), sqrt(x) * normal_cdf(1 - x) + exp(-(x**3)))


def test_nan_and_slopes_come_through():
    x = np.array([0.5, np.nan, 2.0])
    assert np.isnan(bent(x)).tolist() == [False, True, False]
    slopes = jax.vmap(jax.grad(bent))(np.array([0.5, 2.0]))
    near = (bent(np.array([0.5, 2.0]) + 1e-6) - bent(np.array([0.5, 2.0]) - 1e-6)) / 2e-6
    np.testing.assert_allclose(slopes, near, rtol=1e-8)


@closed_form
def inner(x: Annotated[Scalar, Ge(0), Le(1)]):
    return sqrt(1 - x)


@closed_form
def outer(x: Annotated[Scalar, Ge(0)]):
    """Its own domain is wider than that of what it calls."""
    return inner(x) + exp(x)


@closed_form
def of_matrix(m: Float[Array, "n n"]):
    if not isinstance(m, jax.core.Tracer) and not (m == m.T).all():
        raise ArgumentError("of_matrix: m is not symmetric")
    return jnp.sum(m)


def test_what_is_refused_within_a_formula_is_refused_over_arrays_too():
    assert outer(np.array([0.5, 1.0])).shape == (2,)
    with pytest.raises(ArgumentError, match=r"inner: x\[1\] = 2 is outside"):
        outer(np.array([0.5, 2.0]))
    with pytest.raises(ArgumentError, match="not symmetric"):
        of_matrix(jnp.array([[1.0, 2.0], [3.0, 4.0]]))


@closed_form
def sum_of_squares(x: Scalar, scale: Annotated[Scalar, Ge(0)] = 2.0):
    return scale * x**2 + 1 / scale


def test_plain_arithmetic_is_left_to_numpy(programs):
    x = np.linspace(0.0, 1.0, 53)
    sum_of_squares(x)
    seen = len(programs)
    found = sum_of_squares(x, 3.0)
    assert isinstance(found, np.ndarray)
    assert len(programs) == seen
    np.testing.assert_allclose(found, 3 * x**2 + 1 / 3, rtol=1e-15)


@closed_form
def of_row(x: Annotated[Scalar, Ge(0)], weights: Annotated[Any, Ge(0), Row]):
    return exp(-x) * jnp.log1p(jnp.cumsum(jnp.sort(weights), axis=-1) ** 0.5).sum(-1)


def test_a_formula_of_rows_is_one_program_and_refuses_as_before(programs):
    weights = np.random.default_rng(0).uniform(size=(41, 7))
    found = of_row(0.5, weights)
    assert len(programs) <= 3
    expected = [np.exp(-0.5) * np.log1p(np.cumsum(np.sort(w)) ** 0.5).sum() for w in weights]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    weights[3, 2] = np.nan
    assert np.flatnonzero(np.isnan(of_row(0.5, weights))).tolist() == [3]
    with pytest.raises(ArgumentError, match=r"of_row: weights\[3, 2\] = -1 is outside"):
        of_row(0.5, np.nan_to_num(weights, nan=-1.0))


@parameters("many_places")
class Place:
    """One number."""

    x: Annotated[float, Ge(0), Le(9)] = 1.0


@pytest.mark.parametrize(
    "formula",
    [
        lambda x: jax.lax.fori_loop(0, 5, lambda _, v: jnp.sqrt(1 + v), x),
        lambda x: jax.lax.while_loop(lambda v: v < 40, lambda v: 2 * v + 1, x),
        lambda x: jnp.sum(jnp.exp(-x * jnp.arange(5.0))),
        jax.jit(lambda x: jnp.sum(jnp.exp(-x * jnp.arange(5.0)))),
    ],
)
def test_a_loop_or_arrays_at_many_places_are_one_program(programs, formula):
    places, called = [Place(x=float(x)) for x in np.linspace(0, 2, 16)], []
    found = evaluate_many(lambda p: called.append(p.x) or formula(p.x), places)
    assert all(isinstance(x, jax.core.Tracer) for x in called)
    assert len(programs) <= 1
    np.testing.assert_allclose(found, [formula(p.x) for p in places], rtol=1e-14)


def test_plain_numbers_at_many_places_are_no_program(programs):
    places, called = [Place(x=float(x)) for x in np.linspace(0, 2, 16)], []
    assert evaluate_many(lambda p: called.append(p.x) or 2 * p.x + 1, places) == [
        2 * p.x + 1 for p in places
    ]
    assert called[-len(places) :] == [p.x for p in places]
    assert not programs


def searched(x, power):
    return root(lambda v: v**power - x, 0.0, 10.0)


@closed_form
def found(x: Annotated[Scalar, Ge(0), Le(9)], power: Scalar = 2.0):
    """A search, and something that is refused where its argument is a number."""
    return searched(x, power) + inner(x / 9)


@closed_form
def sized(x: Annotated[Scalar, Ge(0)], n: Annotated[int, Ge(1), Static] = 3):
    return root(lambda v: v**n - x, 0.0, 10.0)


@closed_form
def sized_by_a_number(x: Annotated[Scalar, Ge(1)]):
    return sized(x, x) + searched(x, 2.0)


def test_a_search_is_one_program_for_plain_numbers_too(programs):
    kinds = (float, int, np.float64, jnp.asarray)
    for kind in kinds:
        found(kind(2.0))
    assert np.isnan(found(np.nan))
    np.testing.assert_allclose(jax.jit(lambda x: x * found(4.0))(3.0), 6 + np.sqrt(5), rtol=1e-14)
    seen = len(programs)
    for kind, x in zip(kinds, (3.0, 4.0, 5.0, 6.0), strict=True):
        np.testing.assert_allclose(found(kind(x)), np.sqrt(x) + np.sqrt(1 - x / 9), rtol=1e-14)
    assert np.isnan(found(np.nan))
    assert len(programs) == seen
    np.testing.assert_allclose(found(8.0, 3.0), 2 + np.sqrt(1 / 9), rtol=1e-14)
    np.testing.assert_allclose(jax.grad(found)(4.0), 1 / 4 - 1 / 6 / np.sqrt(5), rtol=1e-13)


def test_a_search_that_no_program_can_make_is_called_as_it_is():
    for _ in range(2):
        np.testing.assert_allclose(sized_by_a_number(2.0), 2 * np.sqrt(2.0), rtol=1e-14)
        with pytest.raises(ArgumentError, match=r"found: x = 10 is outside"):
            found(10.0)


def test_a_call_with_wrong_shapes_changes_nothing_for_the_next():
    signature = inspect.signature(bent.__wrapped__)
    run = OneProgram(bent.__wrapped__, signature, {"x", "scale"})
    with pytest.raises((TypeError, ValueError), match="broadcast"):
        run(signature.bind(np.ones(3), np.ones(2)))
    for _ in range(2):
        run(signature.bind(np.ones(3), np.ones(3)))
    assert run._program._cache_size() == 1


compiled = jax.jit(searched)
LOOPS = {
    "of a helper": (lambda p: searched(p.x, 2.0), True),
    "as a keyword": (functools.partial(searched, power=2.0), True),
    "of a module's word": (lambda p: jax.lax.map(jnp.sqrt, p.xs), True),
    "of a closure": ((lambda f: lambda p: f(p.x, 2.0))(searched), True),
    "in a closed form": (lambda p: found(p.x) + sized(p.x), False),
    "compiled": (lambda p: compiled(p.x, 2.0), False),
    "none": (lambda p: sum(map(float, (exp(p.x), normal_cdf(p.x)))), False),
}


@pytest.mark.parametrize("case", LOOPS)
def test_a_loop_is_seen_in_the_code(case):
    formula, expected = LOOPS[case]
    assert has_loop(formula) == expected


def test_a_formula_with_a_search_is_one_program_from_its_first_value(programs):
    called = []
    value = evaluate(lambda p: called.append(p.x) or searched(p.x, 2.0), Place(x=2.0))
    np.testing.assert_allclose(value, np.sqrt(2.0), rtol=1e-14)
    assert all(isinstance(x, jax.core.Tracer) for x in called)
    assert len(programs) == 1
