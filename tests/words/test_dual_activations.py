"""Duals and Hermite expansions of activations, by quadrature and many digits."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from theory import ArgumentError, Ball
from theory import neural_kernels as nk

RELU = nk.leaky_relu(0.0)
SMOOTH = (
    nk.sine(2.0), nk.cosine(0.8), nk.centred_cosine(3.0), nk.exponential(1.0),
    nk.gaussian(0.7), nk.error_function(1.0), nk.optimal(1), nk.optimal(4), nk.hermite(3),
)  # fmt: skip
FAMILIES = (  # at shapes that are binary fractions, so that every evaluator sees the same
    nk.sine, nk.cosine, nk.centred_cosine, nk.exponential, nk.gaussian, nk.error_function,
    nk.leaky_relu, nk.centred_leaky_relu, nk.geometric,
)  # fmt: skip
families = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(150)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def gaussian_mean(f, t):
    """E f(u) f(v) by Gauss-Hermite quadrature in two dimensions."""
    u, z = np.meshgrid(NODES, NODES, indexing="ij")
    v = t * u + math.sqrt(1 - t * t) * z
    return float((np.asarray(f(u)) * np.asarray(f(v)) * WEIGHTS[:, None] * WEIGHTS).sum())


# Duals


@pytest.mark.parametrize("f", SMOOTH, ids=lambda f: f.name)
def test_a_dual_is_the_gaussian_mean_of_the_product_at_obtuse_angles_too(f):
    for t in (-0.6, 0.35):
        assert float(f.dual(t)) == pytest.approx(gaussian_mean(f.phi, t), abs=2e-13)


@pytest.mark.parametrize("f", [RELU, nk.leaky_relu(-1.0), nk.centred_leaky_relu(-0.3)])
def test_a_kinked_dual_is_the_angular_mean(f):
    # phi + mean is homogeneous: with (u, v) = r (cos a, cos(a - b)), E r^2 = 2 comes out
    mean = -float(f.phi(0.0))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    for t in (0.0, 0.3, 0.99):
        angle, total = math.acos(t), 0.0
        breaks = [x % (2 * math.pi) for b in (0, angle) for x in (b + math.pi / 2, b - math.pi / 2)]
        for low, high in itertools.pairwise(sorted({0.0, 2 * math.pi, *breaks})):
            a = low + (high - low) * (nodes + 1) / 2
            u, v = (np.asarray(f.phi(np.cos(x))) + mean for x in (a, a - angle))
            total += (high - low) / 2 * float((weights * u * v).sum()) / math.pi
        assert float(f.dual(t)) == pytest.approx(total - mean**2, abs=1e-13)


@families
def test_the_fall_near_the_diagonal_keeps_all_digits(family):
    with mpmath.workdps(60):
        exact = family(mpmath.mpf(0.375))
        for s in (2.0**-52, 1e-9, 1e-4, 0.1, 0.25):
            want = 1 - exact.dual(1 - mpmath.mpf(s))
            assert abs(float(family(0.375).fall(s)) / want - 1) < 2e-14, s
            slope = exact.dual_derivative(1 - mpmath.mpf(s))
            assert abs(float(family(0.375).slope_near(s)) / slope - 1) < 2e-14


@families
@settings(max_examples=15)
@given(t=st.floats(0.0, 0.9375), shape=st.floats(0.125, 0.875))
def test_evaluators_of_the_dual_agree(family, t, shape):
    with mpmath.workdps(40):
        exact = family(mpmath.mpf(shape)).dual(mpmath.mpf(t))
    assert family(Ball(shape)).dual(Ball(t)).contains(exact)
    assert abs(float(family(shape).dual(t)) - exact) < 1e-14 * (1 + 10 * abs(exact))


@pytest.mark.parametrize(
    "family", [*FAMILIES, lambda a: nk.theta_family(a, mpmath.mpf(0.75))]
)  # fmt: skip
def test_derivative_and_constants_are_those_of_the_dual(family):
    def number(constant):
        return constant.resolve("mpmath") if hasattr(constant, "resolve") else mpmath.mpf(constant)

    with mpmath.workdps(40):
        f, t, step = family(mpmath.mpf(0.5)), mpmath.mpf("0.3"), mpmath.mpf(10) ** -14
        assert abs(mpmath.diff(f.dual, t) - f.dual_derivative(t)) < 1e-20
        series = mpmath.taylor(f.dual, 0, max(f.next_order, 1))
        assert abs(series[f.order] - number(f.leading)) < 1e-15
        assert abs(series[1] - number(f.slope_at_zero)) < 1e-15
        assert abs(series[f.next_order] - number(f.next_coefficient)) < 1e-12
        # kinked duals have slope b + O(sqrt s) at the diagonal
        assert abs(f.fall(step) / step - number(f.slope_at_one)) < 1e-6


def test_numbers_of_numpy_and_floats_that_are_whole_are_dimensions():
    for d in (1, 1.0, np.int64(1), np.float32(1)):
        assert float(nk.optimal(d).dual(0.5)) == pytest.approx((0.5 + 0.5**7) / 2, rel=1e-15)
    assert nk.polynomial(np.array([0.0, 0.5, 0.5])).order == 1


def test_a_shape_outside_its_family_is_refused_and_nan_when_traced():
    for family, shape in ((nk.sine, -1.0), (nk.leaky_relu, 1.5), (nk.geometric, 1.2)):
        with pytest.raises(ArgumentError, match=family.__name__):
            family(shape)
        assert np.isnan(jax.jit(lambda w, family=family: family(w).dual(0.5))(shape))
        assert not np.isnan(jax.jit(lambda w, family=family: family(w).dual(0.5))(0.5))


# Any function


def in_place(x):
    return np.tanh(x, out=x) if isinstance(x, np.ndarray) else math.tanh(x)


def gelu_by_tanh(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


TANH = (0.0, 0.96460868937, 1.17780723230)
GELU = (0.43260095049, 0.76676522060, 1.07203159844)


@pytest.mark.parametrize(
    ("phi", "moments"),  # by mpmath
    [
        (in_place, TANH),
        (lambda x: np.sin(30 * x), (0.0, 0.0, 900.0)),
        (lambda x: np.sin(x**3), (0.0, 0.42208219737, 51.50372016895)),
        (lambda x: 0.5 * x * (1 + special.erf(x / np.sqrt(2))), GELU),
        (lambda x: x * (1 - special.ndtr(-x)), GELU),
        (lambda x: 0.5 * x * (2 - special.erfc(x / np.sqrt(2))), GELU),
        (gelu_by_tanh, (0.432528885035852, 0.766790260833073, 1.07202396022143)),
        (lambda x: (1 + np.tanh(x)) / 2, (0.84688169209, 0.51296090688, 0.33307375570)),
        (lambda x: np.log(1 + np.exp(x)), (0.83980633061, 0.52093341777, 0.31845898368)),
        (math.tanh, TANH),
        (lambda x: 1e-6 * np.tanh(x), TANH),
    ],
    ids=["in place", "fast", "faster far out", "erf", "1 - ndtr", "erfc", "tanh", "sigmoid",
         "softplus", "one number at a time", "small"],
)  # fmt: skip
def test_moments_do_not_depend_on_how_a_function_is_written(phi, moments):
    e = nk.expand(phi)
    got = (e.mean, e.mean_slope, e.mean_square_slope)
    np.testing.assert_allclose(got, moments, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("c", [0.55, 0.6, 0.75, 0.9])
def test_a_cusp_has_its_own_slope(c):
    # E|Z|^p = 2^{p/2} Gamma((p + 1)/2)/sqrt(pi)
    def moment(p):
        return 2 ** (p / 2) * math.gamma((p + 1) / 2) / math.sqrt(math.pi)

    want = c**2 * moment(2 * c - 2) / moment(2 * c)
    assert nk.expand(lambda x: np.abs(x) ** c).mean_square_slope == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize(
    ("phi", "message"),
    [
        (lambda x: np.tanh(np.float32(x)), "float32"), (lambda x: np.sqrt(x + 0j), "complex"),
        (lambda x: [1.0, 2.0], "no single number"), (lambda x: None, "not reals"),
        (lambda x: np.sin(1 / x), "too rough"), (np.sqrt, "not finite"),
    ],
)  # fmt: skip
def test_what_is_no_activation_is_named(phi, message):
    with pytest.raises(nk.ActivationError, match=message):
        nk.expand(phi)


def test_a_users_dual_agrees_with_the_closed_form_near_and_far():
    mine, theirs = nk.activation_from(special.erf), nk.error_function(1.0)
    s = jnp.array([1e-9, 1e-3, 0.3, 0.9])
    np.testing.assert_allclose(mine.fall(s), theirs.fall(s), rtol=1e-12)
    np.testing.assert_allclose(mine.dual(1 - s), theirs.dual(1 - s), rtol=1e-9, atol=1e-13)


def test_a_kinks_truncated_series_keeps_its_ends_and_its_slopes():
    mine, theirs = nk.activation_from(lambda x: np.maximum(x, 0.0)), nk.leaky_relu(0.0)
    assert float(mine.dual(1.0)) == pytest.approx(1.0, rel=1e-12)
    assert float(mine.dual_derivative(1.0)) == pytest.approx(1.0, rel=1e-12)
    for t in (0.3, 0.9, 0.999):  # the truncation leaves out a mass of 6e-6
        assert float(mine.dual(t)) == pytest.approx(float(theirs.dual(t)), abs=2e-5)
        assert float(jax.grad(mine.dual)(t)) == pytest.approx(float(mine.dual_derivative(t)))
        slope = float(mine.slope_near(1 - t))
        assert float(jax.grad(mine.fall)(1 - t)) == pytest.approx(slope)
        assert slope == pytest.approx(float(mine.dual_derivative(t)))
