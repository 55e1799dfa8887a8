"""Bad values are refused by setting, field, value and range; good ones take their plain type."""

import dataclasses
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import annotated_types
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

from tests.params.demo import Demo, Spectral
from theory import Ball, Domain, Ge, Gt, Le, Logarithmic, Lt, ParameterError, fields_of, parameters
from theory._params import setting_of


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("eta", 0.5, "demo: eta = 0.5 is outside [0, 0.5): label noise must be below 1/2"),
        ("eta", -1e-300, "demo: eta = -1e-300 is outside [0, 0.5): label noise"),
        ("eta", math.nan, "demo: eta = nan is outside [0, 0.5)"),
        ("eta", math.inf, "demo: eta = inf is outside [0, 0.5)"),
        ("eta", Fraction(2, 3), "is outside [0, 0.5)"),
        ("eta", "0.1", "demo: eta = '0.1' is not a number in [0, 0.5)"),
        ("eta", True, "demo: eta = True is not a number"),
        ("eta", 1j, "is not a number"),
        ("eta", np.complex128(0.1), "is not a number"),
        ("eta", [0.1], "is not a number"),
        ("eta", Decimal("0.1"), "is not a number"),
        ("eta", jnp.asarray(0.7), "is outside [0, 0.5)"),
        ("eta", np.asarray([0.1, 0.7]), "has entry [1] = 0.7 outside [0, 0.5)"),
        ("eta", jnp.asarray([[0.1], [jnp.nan]]), "has entry [1, 0] = nan outside [0, 0.5)"),
        ("eta", jnp.asarray(True), "is not a number"),
        ("n", 0, "demo: n = 0 is outside [1, 100]"),
        ("n", 2.5, "demo: n = 2.5 is not a whole number"),
        ("n", np.asarray([2, 3]), "a field that sets a shape is one number"),
        ("k", 50, "demo: k = 50 is outside (0, 50)"),
        ("k", np.asarray([1.5, 2]), "is not whole"),
        ("k", 10**400, "(int) is outside (0, 50)"),
        ("k", 41, "demo: k = 41 is more than 2 n = 40"),
        ("scale", 0, "demo: scale = 0 is outside [1e-08, 1e+06]"),
        ("attack", "l3", "demo: attack = 'l3' is not one of {l1, l2, linf}"),
        ("attack", None, "demo: attack = None is not one of"),
        ("attack", ["l2"], "is not one of"),
        ("order", True, "demo: order = True is not one of {1, 2}"),
        ("order", 3, "demo: order = 3 is not one of {1, 2}"),
    ],
)
def test_a_bad_value_is_refused_by_setting_field_value_and_range(field, value, text):
    with pytest.raises(ParameterError) as error:
        Demo(**{field: value})
    assert text in str(error.value)
    assert str(error.value).startswith(f"demo: {field} = ")
    assert len(str(error.value)) < 250
    with pytest.raises(ValueError, match=field):  # by any other door too
        dataclasses.replace(Demo(), **{field: value})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1.0, 0.0], "spectral: eigenvalues = array([1., 0.]) has entry [1] = 0 outside (0, 2]"),
        ([1.0, math.nan], "has entry [1] = nan"),
        ([[1.0]], "has 2 axes, not 1"),
        ([], "is empty"),
        (["a"], "is not numeric"),
        ([[1.0], [1.0, 2.0]], "is ragged"),
        (np.array([True]), "is not numeric"),
        (0.5, "is not an array of 1 axes"),
        ("ones", "is not an array of 1 axes"),
        (jnp.array([1.0, 2.5]), "has entry [1] = 2.5 outside (0, 2]"),
        (np.linspace(0.1, 2.1, 500), "has entry [475]"),
    ],
)
def test_a_bad_array_is_refused_and_its_first_bad_entry_named(value, text):
    with pytest.raises(ParameterError) as error:
        Spectral(eigenvalues=value)
    assert text in str(error.value)
    assert len(str(error.value)) < 250


def test_good_values_take_their_plain_python_type():
    demo = Demo(n=np.int64(30), k=4.0, eta=np.float32(0.25), scale=Fraction(1, 4), order=2)
    assert (demo.n, demo.k, demo.eta, demo.scale) == (30, 4, 0.25, 0.25)
    assert [type(v) for v in (demo.n, demo.k, demo.eta, demo.scale)] == [int, int, float, float]
    assert Demo(n=jnp.asarray(7)) == Demo(n=7)
    assert type(Demo(eta=np.asarray(0.2)).eta) is float
    assert type(Demo(attack=np.str_("l1")).attack) is str
    assert Spectral(eigenvalues=[1.0, 2.0]).eigenvalues.shape == (2,)


def test_values_that_are_not_concrete_pass():
    struct = jax.ShapeDtypeStruct((), jnp.float64)
    for value in (None, struct, Ball(9), mpmath.mpf(9), sympy.Symbol("x")):
        assert Demo(eta=value).eta is value
        assert Spectral(eigenvalues=value).eigenvalues is value
    assert jax.jit(lambda eta: Demo(eta=eta).eta)(7.0) == 7.0
    balls = np.array([Ball(9)], dtype=object)
    assert Spectral(eigenvalues=balls).eigenvalues is balls


def test_relations_are_checked_on_concrete_values_only():
    assert Demo(k=None).k is None
    assert Demo(k=jnp.asarray([30, 45])).k.shape == (2,)
    assert jax.jit(lambda k: Demo(n=1, k=k).k)(45) == 45
    with pytest.raises(ParameterError):
        Demo(n=1, k=jnp.asarray(45))


def test_params_are_frozen_comparable_and_picklable():
    demo = Demo(eta=0.2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        demo.eta = 0.3
    assert demo == Demo(eta=0.2) != Demo(eta=0.3)
    assert hash(demo) == hash(Demo(eta=0.2))
    assert pickle.loads(pickle.dumps(demo)) == demo
    assert Spectral() != Spectral()  # arrays have no usable ==
    with pytest.raises(TypeError, match="epsilon"):
        Demo(epsilon=0.1)


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (float, "two finite ends"),
        (Annotated[float, Ge(0)], "two finite ends"),
        (Annotated[float, Ge(math.nan), Le(1)], "two finite ends"),
        (Annotated[float, Ge(1), Le(0)], "empty range"),
        (Annotated[float, Ge(0), Lt(0)], "empty range"),
        (Annotated[int, Gt(0), Lt(1)], "empty range"),
        (Annotated[float, Gt(0), Le(1), Logarithmic], "above 0"),
        (Annotated[float, Gt(0), Ge(1), Le(2)], "two bounds at one end"),
        (Annotated[float, Ge(0), Le(1), Le(2)], "two bounds at one end"),
        (Annotated[float, Ge(0), Le(1), "noise"], "unknown marker 'noise'"),
        (Annotated[Literal["a"], Ge(0)], "a choice has no bounds"),
        (str, "is not int, float, Literal"),
        (Annotated[list, Ge(0), Le(1)], "is not int, float, Literal"),
    ],
)
def test_an_annotation_without_a_usable_range_is_a_type_error(annotation, text):
    made = type("Bad", (), {"__annotations__": {"a": annotation}, "__module__": __name__})
    with pytest.raises(TypeError, match=f"field a: .*{text}"):
        parameters("bad")(made)
    with pytest.raises(TypeError, match=f"field a: .*{text}"):
        Domain.derived(lambda a: a, a=annotation)


def test_a_grouped_interval_declares_both_ends():
    interval = Annotated[float, annotated_types.Interval(gt=0, le=2)]
    field = Domain.derived(lambda a: a, a=interval).coordinates["a"]
    assert field.range_text == "(0, 2]"


def test_the_range_text_does_not_round_the_ends():
    annotation = Annotated[float, Ge(0.4999999), Le(1000001)]
    field = Domain.derived(lambda a: a, a=annotation).coordinates["a"]
    assert field.range_text == "[0.4999999, 1000001]"


def test_fields_are_described():
    assert setting_of(Demo) == setting_of(Demo()) == "demo"
    fields = fields_of(Demo())
    assert list(fields) == ["n", "k", "eta", "scale", "attack", "order"]
    assert fields["n"].doc == "training points"
    assert fields["n"].static
    assert fields["attack"].range_text == "{l1, l2, linf}"
