"""One declaration gives validation, a pytree, examples and boxes, and none of them disagree."""

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
from hypothesis import given
from hypothesis import strategies as st

from theory import (
    ArrayOf,
    Ball,
    Because,
    Doc,
    Domain,
    Ge,
    Gt,
    Le,
    Logarithmic,
    Lt,
    ParameterError,
    Static,
    fields_of,
    lift,
    parameters,
)
from theory._params import setting_of


@parameters("demo")
class Demo:
    """Parameters with every kind of field."""

    n: Annotated[int, Ge(1), Le(100), Static, Doc("training points")] = 20
    k: Annotated[int, Gt(0), Lt(50)] = 3
    eta: Annotated[float, Ge(0), Lt(0.5), Because("label noise must be below 1/2")] = 0.1
    scale: Annotated[float, Ge(1e-8), Le(1e6), Logarithmic] = 1.0
    attack: Annotated[Literal["l1", "l2", "linf"], Doc("norm")] = "l2"
    order: Literal[1, 2] = 1

    def check(self):
        if self.k > 2 * self.n:
            raise self.refuse("k", f"is more than 2 n = {2 * self.n}")


def spectrum(rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.uniform(0.1, 2.0, rng.integers(1, 6)))


@parameters("spectral")
class Spectral:
    """Parameters with an array."""

    eigenvalues: Annotated[jax.Array, ArrayOf(spectrum), Gt(0), Le(2)] = dataclasses.field(
        default_factory=lambda: np.ones(3)
    )
    ridge: Annotated[float, Ge(0), Le(10)] = 1.0


# --------------------------------------------------------------------------------------------
# Validation


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
        Domain.derived({"a": annotation}, lambda a: a)


def test_a_grouped_interval_declares_both_ends():
    interval = Annotated[float, annotated_types.Interval(gt=0, le=2)]
    field = Domain.derived({"a": interval}, lambda a: a).coordinates["a"]
    assert field.range_text == "(0, 2]"


def test_the_range_text_does_not_round_the_ends():
    annotation = Annotated[float, Ge(0.4999999), Le(1000001)]
    field = Domain.derived({"a": annotation}, lambda a: a).coordinates["a"]
    assert field.range_text == "[0.4999999, 1000001]"


def test_fields_are_described():
    assert setting_of(Demo) == setting_of(Demo()) == "demo"
    fields = fields_of(Demo())
    assert list(fields) == ["n", "k", "eta", "scale", "attack", "order"]
    assert fields["n"].doc == "training points"
    assert fields["n"].static
    assert fields["attack"].range_text == "{l1, l2, linf}"


# --------------------------------------------------------------------------------------------
# Pytree


def test_static_fields_and_choices_key_the_compilation_and_numbers_do_not():
    traces = []

    @jax.jit
    def f(params):
        traces.append(params)
        return params.eta * params.k * params.n

    f(Demo(k=2, eta=0.1))
    f(Demo(k=3, eta=0.2, scale=7.0))
    assert len(traces) == 1
    assert f(Demo(k=3, eta=0.25, n=40)) == 30
    assert len(traces) == 2
    f(Demo(attack="l1"))
    f(Demo(order=2))
    assert len(traces) == 4


def test_gradients_have_the_form_of_params_and_are_not_validated():
    gradient = jax.grad(lambda p: -7 * p.eta**2 - p.scale, allow_int=True)(Demo(eta=0.25))
    assert type(gradient) is Demo
    assert (float(gradient.eta), float(gradient.scale)) == (-3.5, -1.0)
    assert (gradient.n, gradient.attack) == (20, "l2")
    spectral = jax.grad(lambda p: -(p.eigenvalues**2).sum() * p.ridge)(Spectral())
    np.testing.assert_array_equal(spectral.eigenvalues, [-2.0, -2.0, -2.0])


def test_params_map_stack_and_vmap():
    stacked = jax.tree.map(lambda *xs: jnp.stack(xs), Demo(eta=0.1), Demo(eta=0.2, k=4))
    assert stacked.n == 20
    np.testing.assert_allclose(jax.vmap(lambda p: p.eta * p.k)(stacked), [0.3, 0.8])
    batch = Demo(eta=jnp.asarray([0.1, 0.2]))
    axes = jax.tree.map(lambda leaf: 0 if jnp.ndim(leaf) else None, batch)
    np.testing.assert_allclose(jax.vmap(lambda p: p.eta * p.k, (axes,))(batch), [0.3, 0.6])
    assert jax.eval_shape(lambda p: p, Demo()).eta.dtype == jnp.float64
    names = [str(path[0]) for path, _ in jax.tree_util.tree_leaves_with_path(Demo())]
    assert names == [".k", ".eta", ".scale"]
    assert jax.tree.structure(Demo()) == jax.tree.structure(Demo(eta=0.3))
    assert jax.tree.structure(Demo()) != jax.tree.structure(Demo(n=21))


def test_params_go_through_scan_and_cond():
    def step(params, _):
        return dataclasses.replace(params, eta=params.eta / 2), params.eta

    last, etas = jax.lax.scan(step, jax.tree.map(jnp.asarray, Demo(eta=0.4)), None, length=3)
    np.testing.assert_allclose(etas, [0.4, 0.2, 0.1])
    assert float(last.eta) == pytest.approx(0.05)


# --------------------------------------------------------------------------------------------
# Domains


@given(Domain.of(Demo, n=100).strategy())
def test_drawn_params_are_inside_the_declared_ranges(demo):
    assert type(demo) is Demo
    for name, field in fields_of(Demo).items():
        assert field.admits(getattr(demo, name))


@given(Domain.of(Spectral).strategy())
def test_drawn_arrays_come_from_the_generator(params):
    assert 1 <= params.eigenvalues.size <= 5
    assert fields_of(Spectral)["eigenvalues"].admits(params.eigenvalues)


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(0, 1e6) | st.sampled_from([1e-300, 5e-324, 1e-16]),
    open_low=st.booleans(),
    open_high=st.booleans(),
    u=st.floats(0, 1),
)
def test_a_point_of_an_open_range_is_inside_it_however_narrow(low, width, open_low, open_high, u):
    high = low + width
    nothing_between = math.nextafter(low, math.inf) >= high and (open_low or open_high)
    if (low == high and nothing_between) or (open_low and open_high and nothing_between):
        return
    markers = (Gt if open_low else Ge)(low), (Lt if open_high else Le)(high)
    domain = Domain.derived({"a": Annotated[(float, *markers)]}, lambda a: a)
    field = domain.coordinates["a"]
    assert field.admits(field.at(u))
    assert all(field.admits(a) for a in domain.points(5))


def test_points_hold_the_centre_corners_and_random_points():
    domain = Domain.of(Demo, n=100, k=(2, 5), scale=1.0, attack="l2", order=1)
    points = domain.points(20)
    assert len(points) == 20
    corners = {(p.k, p.eta) for p in points[1:9:2]}
    assert {k for k, _ in corners} == {2, 5}
    assert min(e for _, e in corners) == 0
    assert 0.4999 < max(e for _, e in corners) < 0.5
    assert points[0].eta == 0.25
    assert domain.points(20) == points
    assert domain.points(20, seed=1)[1:] != points[1:]
    assert len(Domain.of(Demo, n=100).points(7)) == 7
    only = Domain.of(Spectral, eigenvalues=np.ones(2), ridge=2).points(3)
    assert [p.ridge for p in only] == [2.0, 2.0, 2.0]


def test_logarithmic_ranges_are_covered_evenly_in_the_logarithm():
    scales = sorted(p.scale for p in Domain.of(Demo, n=100).points(400)[200:])
    assert 1e-3 < scales[100] < 10
    assert Domain.of(Demo).coordinates["scale"].at(0.5) == pytest.approx(0.1)


def test_a_domain_can_be_narrowed_and_fixed_but_not_widened():
    domain = Domain.of(Demo, n=30, k=(2, 4), eta={0.1, 0.2}, attack={"l1", "linf"}, scale=(1, 10))
    for p in domain.points(30):
        assert p.n == 30
        assert 2 <= p.k <= 4
        assert p.eta in (0.1, 0.2)
        assert p.attack in ("l1", "linf")
        assert 1 <= p.scale <= 10
    for narrowed, text in (
        ({"eta": (0, 0.6)}, "eta = 0.6 is outside"),
        ({"eta": (0, 0.5)}, "eta = 0.5 is outside"),
        ({"eta": (0.4, 0.1)}, "is empty"),
        ({"eta": 0.9}, "eta = 0.9 is outside"),
        ({"eta": set()}, "no value left"),
        ({"attack": {"l2", "l3"}}, "attack = 'l3' is not one of"),
        ({"epsilon": 0.1}, "no field epsilon (fields: n, k, eta, scale, attack, order)"),
    ):
        with pytest.raises(ParameterError) as error:
            Domain.of(Demo, **narrowed)
        assert text in str(error.value)


def test_a_regime_is_drawn_in_coordinates_of_its_own():
    # rho >= 6 sqrt(n), with no rejection
    domain = Domain.derived(
        {"ratio": Annotated[float, Ge(6), Le(100), Logarithmic], "n": Annotated[int, Ge(2), Le(9)]},
        lambda ratio, n: Demo(n=n, scale=ratio * math.sqrt(n)),
    )
    assert domain.box() == {"ratio": (6, 100), "n": (2, 9)}
    for p in domain.points(50):
        assert p.scale >= 6 * math.sqrt(p.n) * (1 - 1e-12)

    @given(domain.strategy())
    def inside(p):
        assert p.scale >= 6 * math.sqrt(p.n) * (1 - 1e-12)

    inside()


def test_the_box_is_the_closed_range_of_every_number():
    assert Domain.of(Demo, n=5, scale=(1, 2), attack="l1").box() == {
        "k": (0, 50),
        "eta": (0, 0.5),
        "scale": (1, 2),
    }


# --------------------------------------------------------------------------------------------
# Lift


def test_lifted_params_are_the_same_numbers_exactly():
    demo = Demo(eta=0.1, k=jnp.asarray(4))
    tenth = Fraction(0.1)
    assert lift(demo, "jax") is demo
    assert lift(demo, "arb").eta.contains(tenth)
    assert lift(demo, "arb").eta.arb.is_exact()
    assert lift(demo, "mpmath").eta == mpmath.mpf(0.1)
    assert lift(demo, "sympy").eta == sympy.Rational(tenth.numerator, tenth.denominator)
    for evaluator in ("arb", "mpmath", "sympy"):
        lifted = lift(demo, evaluator)
        assert (lifted.n, lifted.attack, lifted.k) == (20, "l2", 4)
        assert type(lifted.k) is int
        arrays = lift(Spectral(eigenvalues=[0.5, 2.0]), evaluator)
        assert arrays.eigenvalues.dtype == object
        assert arrays.eigenvalues.shape == (2,)
    with pytest.raises(ValueError, match="jax, mpmath, arb, sympy"):
        lift(demo, "numpy")
