"""Duals, exponents and infinite depth by quadrature, many digits and solved cases."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import ArgumentError, Ball, ParameterError
from theory import ntk_classifiers as ntk

RELU = ntk.leaky_relu(0.0)
SMOOTH = (
    ntk.sine(2.0), ntk.cosine(0.8), ntk.centred_cosine(3.0), ntk.exponential(1.0),
    ntk.gaussian(0.7), ntk.error_function(1.0), ntk.optimal(1), ntk.optimal(4), ntk.hermite(3),
)  # fmt: skip
FAMILIES = (  # at shapes that are binary fractions, so that every evaluator sees the same
    ntk.sine, ntk.cosine, ntk.centred_cosine, ntk.exponential, ntk.gaussian, ntk.error_function,
    ntk.leaky_relu, ntk.centred_leaky_relu, ntk.geometric,
)  # fmt: skip
families = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.__name__)
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(150)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def gaussian_mean(f, t):
    """E f(u) f(v) by Gauss-Hermite quadrature in two dimensions."""
    u, z = np.meshgrid(NODES, NODES, indexing="ij")
    v = t * u + math.sqrt(1 - t * t) * z
    return float((np.asarray(f(u)) * np.asarray(f(v)) * WEIGHTS[:, None] * WEIGHTS).sum())


def pair(s):
    return ntk.Similarity(s, jnp.log1p(-s))


# Duals


@pytest.mark.parametrize("f", SMOOTH, ids=lambda f: f.name)
def test_a_dual_is_the_gaussian_mean_of_the_product_at_obtuse_angles_too(f):
    for t in (-0.6, 0.35):
        assert float(f.dual(t)) == pytest.approx(gaussian_mean(f.phi, t), abs=2e-13)


@pytest.mark.parametrize("f", [RELU, ntk.leaky_relu(-1.0), ntk.centred_leaky_relu(-0.3)])
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
    "family", [*FAMILIES, lambda a: ntk.theta_family(a, mpmath.mpf(0.75))]
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
        assert float(ntk.optimal(d).dual(0.5)) == pytest.approx((0.5 + 0.5**7) / 2, rel=1e-15)
    assert ntk.polynomial(np.array([0.0, 0.5, 0.5])).order == 1


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (ntk.error_function, (0.01, 0.05, 1.0, 1000.0)),
        (ntk.centred_leaky_relu, (-1 + 1e-9, -0.3, 0.5, 1 - 1e-9)),
        (ntk.sine, (0.01, 40.0, 300.0)),
        (ntk.geometric, (0.01, 0.99)),
    ],
)
def test_exponents_hold_up_to_the_ends_of_their_range(make, shapes):
    for shape in shapes:
        with mpmath.workdps(60):
            f = make(mpmath.mpf(shape))
            want = -2 * mpmath.log(f.slope_at_zero) / mpmath.log(f.slope_at_one)
        assert float(ntk.singular_exponent(make(shape))) == pytest.approx(float(want), rel=1e-13)


@pytest.mark.parametrize("d", [1.0001, 1.5, 2, 27, 64, 100])
def test_sine_roots_reach_every_dimension(d):
    with mpmath.workdps(40):
        x = mpmath.mpf(float(ntk.sine_root(d)))
        alpha = 2 * mpmath.log(mpmath.sinh(x) / x) / mpmath.log(x * mpmath.coth(x))
    assert float(alpha) == pytest.approx(d, rel=1e-10)


# Infinite depth


@jax.jit
def theta_koenigs(a, theta, s):
    return ntk.koenigs(ntk.theta_family(a, theta), pair(s)).log_g


@settings(max_examples=20)
@given(a=st.floats(0.1, 0.9), theta=st.floats(0.1, 1.0), s=st.floats(1e-12, 0.99))
def test_koenigs_function_of_the_theta_family_is_explicit(a, theta, s):
    want = math.expm1(-theta * math.log(s)) / theta
    assert float(np.exp(theta_koenigs(a, theta, s))) == pytest.approx(want, rel=1e-9)


def test_koenigs_function_solves_schroeders_equation_and_its_slope_is_its_derivative():
    f, h, t = ntk.sine(2.0), 1e-6, jnp.array([0.1, 0.5, 0.9])
    log_g = jax.jit(lambda t: ntk.koenigs(f, ntk.similarity(t)).log_g)
    np.testing.assert_allclose(log_g(f.dual(t)) - log_g(t), math.log(f.slope_at_zero), atol=1e-13)
    numeric = (np.exp(log_g(t + h)) - np.exp(log_g(t - h))) / (2 * h)
    slope = ntk.koenigs(f, ntk.similarity(t)).log_g_slope
    np.testing.assert_allclose(np.exp(slope), numeric, rtol=1e-8)


def test_the_ntk_at_great_depth_is_two_kernels():
    f, depth, at = ntk.optimal(1), 60, ntk.similarity(jnp.array([0.2, 0.8, 0.999]))
    k, deep = jax.jit(lambda: (ntk.koenigs(f, at), ntk.deepen(f, at, depth)))()
    predicted = k.log_g + np.log(depth + 1 + k.h_ratio) + depth * math.log(0.5)
    np.testing.assert_allclose(deep.log_ntk, predicted, atol=1e-12)


def test_the_modulation_is_periodic_and_constant_for_the_theta_family():
    u = jnp.array([0.0, 0.3])
    shifts = jnp.array([0, 1, 40])[:, None] * math.log(2.0)
    d = jax.jit(lambda: ntk.modulation(ntk.optimal(8), u + shifts))()
    np.testing.assert_allclose(d, d[:1] * np.ones((3, 1)), rtol=1e-10)
    assert abs(d[0, 0] / d[0, 1] - 1) > 1e-5
    level, ripple = jax.jit(lambda: ntk.modulation_mean(ntk.theta_family(0.4, 0.5), 16))()
    # 1 - F(1-s) has terms in s^{3/2} here: the error is the root of the smooth families'
    assert float(level) == pytest.approx(2.0, rel=1e-7)
    assert float(ripple) < 1e-7


def test_fixed_point_and_kappa_of_the_supercritical_cosine():
    with mpmath.workdps(40):
        c = mpmath.findroot(lambda t: mpmath.cosh(2 * t) / mpmath.cosh(2) - t, 0.3)
        rate, t = 2 * mpmath.sinh(2 * c) / mpmath.cosh(2), mpmath.mpf("0.9")
        for _ in range(40):
            t = mpmath.cosh(2 * t) / mpmath.cosh(2)
        want = (t - c) / rate**40
    f = ntk.cosine(2.0)
    point, got = jax.jit(lambda: (ntk.fixed_point(f), ntk.kappa(f, ntk.similarity(0.9))))()
    assert float(point.c) == pytest.approx(float(c), rel=1e-15)
    assert float(point.rate) == pytest.approx(float(rate), rel=1e-14)
    assert float(got) == pytest.approx(float(want), rel=1e-8)


@pytest.mark.parametrize(("w", "layers", "within"), [(0.8, 60, 1e-13), (1.19, 8000, 1e-10)])
def test_the_flat_limit_sigma_is_that_of_many_digits(w, layers, within):
    with mpmath.workdps(120):  # B' = w tanh w = .53 and .98745
        b, t = mpmath.mpf(w) * mpmath.tanh(w), mpmath.mpf("0.5")
        for _ in range(layers):
            t = mpmath.cosh(w * t) / mpmath.cosh(w)
        want = (1 - t) / b**layers
    got = jax.jit(lambda: ntk.sigma(ntk.cosine(w), ntk.similarity(0.5)))()
    assert float(got) == pytest.approx(float(want), rel=within)


def test_limits_at_coinciding_inputs():
    k = ntk.koenigs(ntk.optimal(2), ntk.Similarity(jnp.array([0.0, 0.5]), jnp.array([0.0, -0.7])))
    assert np.isposinf(k.log_g).tolist() == [True, False]
    assert np.isfinite(k.log_g[1])
    assert ntk.kappa(ntk.cosine(2.0), ntk.Similarity(0.0, 0.0)) == math.inf
    sigma = jax.value_and_grad(lambda s: ntk.sigma(ntk.cosine(0.8), ntk.Similarity(s, -s)))(0.0)
    assert [float(v) for v in sigma] == [0.0, 1.0]


# What is refused


@pytest.mark.parametrize(
    ("s", "log_t"), [(-0.1, -0.1), (1.4, -5.0), (0.5, 0.7)], ids=["s < 0", "obtuse", "t > 1"]
)
def test_pairs_outside_are_refused_and_nan_when_traced(s, log_t):
    for call in (lambda p: ntk.deepen(ntk.optimal(2), p, 2).log_nngp,
                 lambda p: ntk.koenigs(ntk.optimal(2), p).log_g,
                 lambda p: ntk.log_boettcher(ntk.hermite(2), p)):  # fmt: skip
        with pytest.raises(ArgumentError, match="pair has"):
            call(ntk.Similarity(s, log_t))
        assert np.isnan(jax.jit(call)(ntk.Similarity(jnp.asarray(s), jnp.asarray(log_t))))
        assert np.isnan(call(ntk.Similarity(jnp.nan, -0.3)))


def test_a_shape_outside_its_family_is_refused_and_nan_when_traced():
    for family, shape in ((ntk.sine, -1.0), (ntk.leaky_relu, 1.5), (ntk.geometric, 1.2)):
        with pytest.raises(ArgumentError, match=family.__name__):
            family(shape)
        assert np.isnan(jax.jit(lambda w, family=family: family(w).dual(0.5))(shape))
        assert not np.isnan(jax.jit(lambda w, family=family: family(w).dual(0.5))(0.5))
    with pytest.raises(ParameterError, match="for activation geometric"):
        ntk.Params(activation="geometric", shape=1.5)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (RELU, "A != 0"), (ntk.exponential(2.0), "A != 0"), (ntk.cosine(1.0), "A != 0"),
        (ntk.hermite(2), "A' = 0"), (ntk.centred_cosine(1.0), "A' = 0"),
        (ntk.hermite(1), "linear"), ("relu", "leaky_relu"), (np.tanh, "activation_from"),
    ],
)  # fmt: skip
def test_only_the_singular_class_has_an_exponent(f, message):
    for call in (ntk.singular_exponent, ntk.gamma_exponent,
                 lambda f: ntk.koenigs(f, ntk.similarity(0.5))):  # fmt: skip
        with pytest.raises(ntk.ActivationError, match=message):
            call(f)


def test_limits_of_other_classes_are_refused():
    at = ntk.similarity(0.5)
    for call in (
        lambda: ntk.fixed_point(RELU), lambda: ntk.kappa(ntk.cosine(0.8), at),
        lambda: ntk.sigma(ntk.cosine(2.0), at), lambda: ntk.log_boettcher(RELU, at),
        lambda: ntk.modulation(ntk.hermite(3), 0.2),
        lambda: ntk.exponent(ntk.Params(activation="leaky_relu", shape=0.0)),
    ):  # fmt: skip
        with pytest.raises(ntk.ActivationError):
            call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ntk.optimal(1.5), "d = 1.5 has no explicit activation"),
        (lambda: ntk.similarity(-0.2), "dense_kernels and ntk_matrix"),
        (lambda: ntk.similarity_of([[3.0, 4.0]], [[1.0, 0.0]]), "length 5"),
        (lambda: ntk.deepen(ntk.hermite(2), ntk.similarity(0.5), 2.5), "depth"),
        (lambda: ntk.majority_value(0.5, 3, 7), "majority_value: votes = 7 exceeds n"),
        (lambda: ntk.ridge_majority_value(0.0, 0.0, 3, 1), "ridge = 0.0 and kernel_value"),
        (lambda: ntk.polynomial([0.5, 0.6]), "sum to 1.1"),
        (lambda: ntk.polynomial([-0.5, 1.5]), "negative"),
    ],
)
def test_what_no_range_says_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
