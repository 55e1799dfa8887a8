"""The domain that a closed form declares is kept at every call."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from jaxtyping import Array, Float

from theory import (
    ArgumentError, Because, Ge, Gt, Le, Lt, Scalar, Whole, closed_form, exp, lift, parameters, sqrt,
)  # fmt: skip


@closed_form(k=("is above n", lambda k, n: k <= n))
def share(k: Annotated[Scalar, Ge(0), Whole], n: Annotated[Scalar, Gt(0), Lt(math.inf), Whole]):
    return k / n


@closed_form
def half_line(x: Annotated[Scalar, Ge(0)], alpha: Annotated[Scalar, Gt(0), Le(2)] = 1.0):
    return sqrt(x) * exp(-x) * alpha**0


@closed_form
def spread(values: Annotated[Float[Array, " n"], Ge(0)], at: Scalar = 0.0):
    return {"largest": jnp.max(jnp.asarray(values)) + at, "count": len(values)}


@parameters("closed_form_demo")
class Demo:
    size: Annotated[float, Ge(0), Le(9)] = 4.0


@closed_form(x=("is above size", lambda params, x: x <= params.size), params=(
    "has no size", lambda params: params.size > 0))  # fmt: skip
def inside(params, x: Annotated[Scalar, Gt(0), Because("nothing lies at 0")]):
    return x / params.size


OUTSIDE = [
    (lambda: inside(Demo(), 5.0), "inside: x = 5.0 is above size"),
    (lambda: inside(Demo(size=0.0), -0.0), "inside: x = -0 is outside (0, inf]: nothing lies at 0"),
    (lambda: inside(Demo(size=0.0), 1.0), "inside: x = 1.0 is above size"),
    (lambda: inside(Demo(size=0.0), math.nan), "inside: params has no size"),
    (lambda: share(-1, 3), "share: k = -1 is outside [0, inf]"),
    (lambda: share(1.5, 3), "share: k = 1.5 is not a whole number"),
    (lambda: share(4, 3), "share: k = 4 is above n"),
    (lambda: share(1, 0), "share: n = 0 is outside (0, inf)"),
    (lambda: share(1, math.inf), "share: n = inf is outside (0, inf)"),
    (lambda: share([0, 1, 7], 3), "k = array([0, 1, 7]) is above n"),
    (lambda: half_line(np.array([1.0, -1e-9])), "half_line: x[1] = -1e-09 is outside [0, inf]"),
    (lambda: half_line(jnp.float32(-1)), "half_line: x = -1 is outside"),
    (lambda: half_line(mpmath.mpf(-1)), "half_line: x = -1 is outside"),
    (lambda: half_line(1.0, alpha=2.5), "half_line: alpha = 2.5 is outside (0, 2]"),
    (lambda: half_line("1"), "half_line: x = '1' is not a number"),
    (lambda: half_line(True), "half_line: x = True is not a number"),
    (lambda: half_line(1j), "not a number"),
    (lambda: half_line([1.0, [2.0]]), "half_line: x is a ragged list"),
    (lambda: spread([1.0, -1.0]), "spread: values[1] = -1 is outside [0, inf]"),
]


@pytest.mark.parametrize(("call", "text"), OUTSIDE, ids=[text for _, text in OUTSIDE])
def test_what_is_outside_is_refused_by_name(call, text):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert text in str(caught.value)


def test_a_traced_value_outside_gives_nan_and_leaves_the_others():
    values = jax.vmap(half_line)(jnp.array([1.0, -1.0, math.nan, 4.0]))
    assert np.isnan(values).tolist() == [False, True, True, False]
    shares = jax.jit(share)(jnp.array([1.0, 2.5, 5.0]), 4)
    assert np.isnan(shares).tolist() == [False, True, True]


def test_nan_goes_through_traced_or_not():
    for call in (half_line, jax.jit(half_line)):
        assert math.isnan(call(math.nan))
        assert math.isnan(call(1.0, math.nan))  # though alpha**0 = 1 whatever alpha is
        assert np.isnan(call(np.array([1.0, math.nan]))).tolist() == [False, True]
    assert mpmath.isnan(half_line(mpmath.mpf(1), math.nan))
    assert math.isnan(share(math.nan, 3))
    assert math.isnan(spread(np.array([1.0, math.nan]))["largest"])
    assert spread(np.array([1.0, math.nan]))["count"] == 2


def test_an_entry_outside_an_array_makes_the_whole_result_nan():
    assert math.isnan(jax.jit(spread)(jnp.array([1.0, -1.0]))["largest"])
    assert jax.jit(spread)(jnp.array([1.0, 3.0]))["largest"] == 3.0


def test_params_take_part_in_relations():
    assert inside(Demo(), 1.0) == 0.25
    sizes = jax.vmap(lambda s, x: inside(Demo(size=s), x))(jnp.array([4.0, 0.5]), jnp.ones(2))
    assert np.isnan(sizes).tolist() == [False, True]
    assert inside(lift(Demo(), "mpmath"), mpmath.mpf(1)) == 0.25


def test_gradients_inside_are_those_of_the_formula():
    inside = jax.grad(half_line)(2.0)
    assert inside == jax.grad(half_line.__wrapped__)(2.0)


def test_other_evaluators_pass():
    x = sympy.Symbol("x", positive=True)
    assert half_line(x, 1) == sympy.sqrt(x) * sympy.exp(-x)
    assert mpmath.almosteq(half_line(mpmath.mpf(2), 1), mpmath.sqrt(2) * mpmath.exp(-2))


def test_a_text_takes_part_in_relations():
    @closed_form(x=("is above 1 for a share", lambda x, of: (x <= 1) | (of != "share")))
    def of_kind(x: Annotated[Scalar, Ge(0)], of: str):
        return x

    assert of_kind(2.0, "count") == 2
    with pytest.raises(ArgumentError, match=r"of_kind: x = 2.0 is above 1 for a share"):
        of_kind(2.0, "share")


def test_a_pole_is_infinite_for_numbers_of_every_type():
    @closed_form
    def pole(x: Annotated[Scalar, Ge(0)], n: Annotated[Scalar, Ge(1)] = 1.0):
        return n / x

    for zero in (0, 0.0, np.float64(0), jnp.asarray(0.0), np.int64(0)):
        with np.errstate(divide="ignore"):
            assert float(pole(zero)) == math.inf
    assert float(pole(10.0**-300, 10**300)) == math.inf
    with pytest.raises(ZeroDivisionError):
        pole(mpmath.mpf(0))


def test_a_relation_over_unknown_arguments_is_refused():
    with pytest.raises(TypeError, match="unknown arguments"):
        closed_form(k=("is wrong", lambda k, m: k < m))(lambda k: k)


def test_its_domains_can_be_read():
    assert half_line.domains["alpha"].range_text == "(0, 2]"
    assert share.domains["k"].kind == "int"


@closed_form(values=("sum to 0", lambda values: values.sum() != 0))
def shares(values: Float[Array, " n"]):
    return jnp.asarray(values) / jnp.sum(jnp.asarray(values))


def test_nan_in_an_array_is_no_broken_relation():
    assert np.isnan(shares(np.array([0.0, math.nan]))).all()
    with pytest.raises(ArgumentError, match="sum to 0"):
        shares(np.array([1.0, -1.0]))
