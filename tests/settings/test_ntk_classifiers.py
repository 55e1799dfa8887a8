"""Duals, exponents and infinite depth by quadrature, many digits and solved cases."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.ntk_classifiers import dirichlet, orthant_points
from theory import ArgumentError
from theory import ntk_classifiers as ntk

RELU, HALF = ntk.leaky_relu(0.0), ntk.Similarity(0.5, math.log(0.5))


@pytest.mark.parametrize(
    ("make", "shapes"),
    [(ntk.error_function, (0.01, 0.05, 1.0, 1000.0)), (ntk.sine, (0.01, 40.0, 300.0)),
     (ntk.centred_leaky_relu, (-1 + 1e-9, -0.3, 0.5, 1 - 1e-9)), (ntk.geometric, (0.01, 0.99))],
)  # fmt: skip
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
    return ntk.koenigs(ntk.theta_family(a, theta), ntk.Similarity(s, jnp.log1p(-s))).log_g


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
    got = jax.jit(lambda: ntk.sigma(ntk.cosine(w), HALF))()
    assert float(got) == pytest.approx(float(want), rel=within)


def test_boettchers_function_of_a_power_is_the_identity():
    beta = jax.jit(lambda: ntk.log_boettcher(ntk.hermite(3), ntk.similarity(0.7)))()
    assert float(beta) == pytest.approx(math.log(0.7), rel=1e-12)


def test_limits_at_coinciding_inputs():
    k = ntk.koenigs(ntk.optimal(2), ntk.Similarity(jnp.array([0.0, 0.5]), jnp.array([0.0, -0.7])))
    assert [float(k.log_g[0]), math.isfinite(k.log_g[1])] == [math.inf, True]
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


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (RELU, "A != 0"), (ntk.exponential(2.0), "A != 0"), (ntk.cosine(1.0), "A != 0"),
        (ntk.hermite(2), "A' = 0"), (ntk.centred_cosine(1.0), "A' = 0"),
        (ntk.hermite(1), "linear"), ("relu", "leaky_relu"), (np.tanh, "activation_from"),
    ],
)  # fmt: skip
def test_only_the_singular_class_has_an_exponent(f, message):
    for call in (ntk.singular_exponent, ntk.gamma_exponent, lambda f: ntk.koenigs(f, HALF)):
        with pytest.raises(ntk.ActivationError, match=message):
            call(f)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ntk.fixed_point(RELU), "A != 0 and B' > 1"),
        (lambda: ntk.kappa(ntk.cosine(0.8), HALF), "A != 0 and B' > 1"),
        (lambda: ntk.sigma(ntk.cosine(2.0), HALF), "A != 0 and B' < 1"),
        (lambda: ntk.log_boettcher(RELU, HALF), "has not A = A' = 0"),
        (lambda: ntk.modulation(ntk.hermite(3), 0.2), "A' = 0: 1-NN class"),
        (lambda: ntk.exponent(ntk.Params(activation="leaky_relu", shape=0.0)), "A != 0: not"),
        (lambda: ntk.majority_value(0.5, 3, 7), "majority_value: votes = 7 exceeds n"),
        (lambda: ntk.ridge_majority_value(0.0, 0.0, 3, 1), "ridge = 0.0 and kernel_value"),
        (lambda: ntk.Params(activation="geometric", shape=1.5), "for activation geometric"),
    ],
)
def test_what_no_range_says_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Solved networks


def test_a_solved_network_interpolates_its_labels_in_blocks_of_rows_too(monkeypatch):
    x, y = orthant_points(jax.random.key(0), 200, 1), jnp.where(jnp.arange(200) % 2 == 0, 1.0, -1.0)
    k = np.asarray(ntk.nngp_matrix(ntk.optimal(1), 16, x))
    table = jax.jit(lambda: ntk.kernel_tables(ntk.optimal(1), 16)[0])()
    for block in (dirichlet.BLOCK, 200 * 7):
        monkeypatch.setattr(dirichlet, "BLOCK", block)
        v = dirichlet.network_coefficients(table, 0.0, x, y)
        np.testing.assert_allclose(k @ v, y, atol=1e-6)


# Finite widths


def test_later_layers_integrate_out_as_drawn():
    # all weights of layers 2 and 3 drawn, for one first layer of width 2, where Stein's term is
    # .14, twelve standard errors
    width, t, draws, rng = 2, 0.9, 200_000, np.random.default_rng(5)
    a, b = np.array([1.2, 1.0]), np.array([0.9, -1.1])
    w2, w3 = rng.standard_normal((draws, width, width)), rng.standard_normal((draws, width))
    relu, step = RELU.phi_and_slope()
    h, k = relu(a) / math.sqrt(width), relu(b) / math.sqrt(width)
    u, v = w2 @ h, w2 @ k
    last = (relu(u) * relu(v)).mean(axis=1)
    middle = (w3**2 * step(u) * step(v)).mean(axis=1) * (h @ k)
    back_u, back_v = (np.einsum("ni,nij->nj", w3 * step(x), w2) for x in (u, v))
    first = t * (back_u * back_v) @ (step(a) * step(b)) / width**2
    sample = last + middle + first
    given, _ = ntk.two_layer_ntk_given_first(RELU, jnp.asarray(a), jnp.asarray(b), t)
    error = sample.std() / draws**0.5
    assert abs(float(given) - sample.mean()) < 4.5 * error
    assert error < 0.005 * float(given)


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_the_ntk_given_the_first_layer_is_linear_in_t_to_its_ends(end):
    def given(t):
        return ntk.two_layer_ntk_given_first(RELU, [1.0, -0.5, 0.3], [0.5, 0.2, 0.1], t)[0]

    chord = (given(1.0) - given(-1.0)) / 2
    assert jax.grad(given)(end) == pytest.approx(float(chord), rel=1e-12)
