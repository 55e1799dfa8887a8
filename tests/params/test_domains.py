"""Domains draw inside the declared ranges, their corners and centre among the points."""

import math
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.params.demo import Demo, Spectral
from theory import Domain, Ge, Gt, Le, Logarithmic, Lt, ParameterError, fields_of


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
    domain = Domain.derived(lambda a: a, a=Annotated[(float, *markers)])
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
        lambda ratio, n: Demo(n=n, scale=ratio * math.sqrt(n)),
        ratio=(6, 100, Logarithmic, "rho/sqrt(n)"), n=(int, 2, 9),
    )  # fmt: skip
    assert domain.coordinates["ratio"].logarithmic
    assert domain.coordinates["ratio"].doc == "rho/sqrt(n)"
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
