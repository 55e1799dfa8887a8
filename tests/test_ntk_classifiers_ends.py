"""Activations of any form, values and derivatives at the ends of ranges, what is refused."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, special

from theory import ArgumentError
from theory import ntk_classifiers as ntk

RELU = ntk.leaky_relu(0.0)

# ---------------------------------------------------------------------------------------------
# Activations of any form


def _in_place(x):
    return np.tanh(x, out=x) if isinstance(x, np.ndarray) else math.tanh(x)


TANH = (0.0, 0.96460868937, 1.17780723230)
GELU = (0.43260095049, 0.76676522060, 1.07203159844)


@pytest.mark.parametrize(
    ("phi", "moments"),
    [
        (_in_place, TANH),
        (lambda x: np.sin(30 * x), (0.0, 0.0, 900.0)),
        (lambda x: np.sin(x**3), (0.0, 0.42208219737, 51.50372016895)),
        (lambda x: 0.5 * x * (1 + special.erf(x / np.sqrt(2))), GELU),
        (lambda x: x * (1 - special.ndtr(-x)), GELU),
        (lambda x: 0.5 * x * (2 - special.erfc(x / np.sqrt(2))), GELU),
        (lambda x: (1 + np.tanh(x)) / 2, (0.84688169209, 0.51296090688, 0.33307375570)),
        (lambda x: np.log(1 + np.exp(x)), (0.83980633061, 0.52093341777, 0.31845898368)),
        (math.tanh, TANH),
        (lambda x: 1e-6 * np.tanh(x), TANH),
    ],
    ids=["in place", "fast", "faster far out", "erf", "1 - ndtr", "erfc", "sigmoid", "softplus",
         "one number at a time", "small"],
)  # fmt: skip
def test_moments_do_not_depend_on_how_a_function_is_written(phi, moments):
    e = ntk.expand(phi)
    got = (e.mean, e.mean_slope, e.mean_square_slope)
    np.testing.assert_allclose(got, moments, rtol=1e-10, atol=1e-10)


def test_the_tanh_form_of_gelu_agrees_with_quadrature():
    c = math.sqrt(2 / math.pi)

    def inner(x):
        return c * (x + 0.044715 * x**3)

    def phi(x):
        return 0.5 * x * (1 + np.tanh(inner(x)))

    def slope(x):
        t = math.tanh(inner(x))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x)

    def mean(f):
        weight = math.sqrt(2 * math.pi)
        return integrate.quad(lambda x: f(x) * math.exp(-x * x / 2) / weight, -12, 12,
                              epsabs=1e-14, limit=200)[0]  # fmt: skip

    second, e = mean(lambda x: phi(x) ** 2), ntk.expand(phi)
    assert e.mean == pytest.approx(mean(phi) / math.sqrt(second), rel=1e-11)
    assert e.mean_square_slope == pytest.approx(mean(lambda x: slope(x) ** 2) / second, rel=1e-11)


@pytest.mark.parametrize("c", [0.55, 0.6, 0.75, 0.9])
def test_a_cusp_has_its_own_slope(c):
    # E|Z|^p = 2^{p/2} Gamma((p + 1)/2)/sqrt(pi)
    def moment(p):
        return 2 ** (p / 2) * math.gamma((p + 1) / 2) / math.sqrt(math.pi)

    want = c**2 * moment(2 * c - 2) / moment(2 * c)
    assert ntk.expand(lambda x: np.abs(x) ** c).mean_square_slope == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize(
    "phi",
    [np.sign, np.floor, lambda x: 1e-9 * np.sign(x), lambda x: np.tanh(x) + 1e-4 * (x > 0.3),
     lambda x: x > 0, lambda x: np.sqrt(np.abs(x)), lambda x: np.tanh(x) + (x > 5.1)],
)  # fmt: skip
def test_jumps_and_sharp_cusps_have_no_square_integrable_slope(phi):
    assert ntk.expand(phi).mean_square_slope == math.inf


@pytest.mark.parametrize(
    ("phi", "message"),
    [
        (lambda x: np.tanh(np.float32(x)), "float32"),
        (lambda x: np.sqrt(x + 0j), "complex"),
        (lambda x: [1.0, 2.0], "no single number"),
        (lambda x: None, "not reals"),
        (lambda x: np.sin(1 / x), "too rough"),
        (np.sqrt, "not finite"),
    ],
)
def test_what_is_no_activation_is_named(phi, message):
    with pytest.raises(ntk.ActivationError, match=message):
        ntk.expand(phi)


def test_a_path_is_no_expression(tmp_path):
    (tmp_path / "mine.py").write_text("def f(x):\n    return x\n")
    for text in (str(tmp_path / "mine.py"), "mine.py", "mine.py:f", f"{tmp_path}/mine.py:f"):
        with pytest.raises(ntk.ActivationError, match="module:function"):
            ntk.activation_named(text)


# ---------------------------------------------------------------------------------------------
# Classes


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (RELU, "A != 0"), (ntk.exponential(2.0), "A != 0"), (ntk.cosine(1.0), "A != 0"),
        (ntk.hermite(2), "A' = 0"), (ntk.centred_cosine(1.0), "A' = 0"),
        (ntk.hermite(1), "linear"), ("relu", "leaky_relu"), (np.tanh, "activation_from"),
    ],
)  # fmt: skip
def test_only_the_singular_class_has_an_exponent(activation, message):
    for call in (ntk.singular_exponent, ntk.gamma_exponent,
                 lambda a: ntk.koenigs(a, ntk.similarity(0.5))):  # fmt: skip
        with pytest.raises(ntk.ActivationError, match=message):
            call(activation)


def test_the_exponent_of_params_keeps_the_same_check():
    with pytest.raises(ntk.ActivationError, match="A != 0"):
        ntk.exponent(ntk.Params(activation="leaky_relu", shape=0.0))
    assert float(ntk.exponent(ntk.Params(activation="optimal", d=4))) == pytest.approx(4.0)


def test_limits_of_other_classes_are_refused():
    pair = ntk.similarity(0.5)
    for call in (
        lambda: ntk.fixed_point(RELU), lambda: ntk.kappa(ntk.cosine(0.8), pair),
        lambda: ntk.sigma(ntk.cosine(2.0), pair), lambda: ntk.log_boettcher(RELU, pair),
        lambda: ntk.modulation(ntk.hermite(3), 0.2),
    ):  # fmt: skip
        with pytest.raises(ntk.ActivationError):
            call()


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


# ---------------------------------------------------------------------------------------------
# Ends: coinciding, orthogonal and opposite inputs


def _relu_kernels(t, depth):
    """t_L, Theta_L and their derivatives in t, from the recursion in mpmath."""

    def f(t):
        return (mpmath.sqrt(1 - t * t) + t * (mpmath.pi - mpmath.acos(t))) / mpmath.pi

    def slope(t):
        return (mpmath.pi - mpmath.acos(t)) / mpmath.pi

    def curvature(t):
        return 1 / (mpmath.pi * mpmath.sqrt(1 - t * t))

    theta, dt, dtheta = t, mpmath.mpf(1), mpmath.mpf(1)
    for _ in range(depth):
        theta, dtheta = (
            f(t) + theta * slope(t),
            (slope(t) * dt + dtheta * slope(t) + theta * curvature(t) * dt),
        )
        t, dt = f(t), slope(t) * dt
    return t, theta, dt, dtheta


def test_relu_kernels_have_their_slopes_at_right_angles():
    with mpmath.workdps(30):
        _, _, dt, dtheta = _relu_kernels(mpmath.mpf(0), 3)
    assert float(dtheta) == pytest.approx(0.9126, abs=5e-5)
    by_pairs = jax.grad(lambda t: jnp.exp(ntk.deepen(RELU, ntk.similarity(t), 3).log_ntk))(0.0)
    nngp = jax.grad(lambda t: jnp.exp(ntk.deepen(RELU, ntk.similarity(t), 3).log_nngp))(0.0)
    dense = jax.grad(lambda t: ntk.dense_kernels(RELU, t, 3)[1])(0.0)
    assert float(by_pairs) == pytest.approx(float(dtheta), rel=1e-12)
    assert float(nngp) == pytest.approx(float(dt), rel=1e-12)
    assert float(dense) == pytest.approx(float(dtheta), rel=1e-12)


@pytest.mark.parametrize("activation", [ntk.optimal(2), ntk.sine(2.0), ntk.theta_family(0.4, 0.5)])
def test_singular_kernels_have_their_slopes_at_right_angles(activation):
    # t_L = a^L t + O(t^2), Theta_L = (L + 1) a^L t + O(t^2)
    slope = jax.jacfwd(lambda t: jnp.exp(jnp.stack(
        ntk.deepen(activation, ntk.similarity(t), 3)[:2])))(0.0)  # fmt: skip
    a = float(activation.slope_at_zero)
    np.testing.assert_allclose(slope, [a**3, 4 * a**3], rtol=1e-12)


@pytest.mark.parametrize(
    "activation", [RELU, ntk.leaky_relu(-1.0), ntk.centred_leaky_relu(-0.3), ntk.sine(2.0),
                   ntk.theta_family(0.4, 0.5), ntk.error_function(1.0)], ids=lambda a: a.name,
)  # fmt: skip
def test_the_nngp_falls_with_slope_b_at_coinciding_inputs(activation):
    b = float(activation.slope_at_one)

    def nngp(s):
        return jnp.exp(ntk.deepen(activation, ntk.Similarity(s, jnp.log1p(-s)), 3).log_nngp)

    assert float(jax.grad(nngp)(0.0)) == pytest.approx(-(b**3), rel=1e-12)
    dense = jax.grad(lambda t: ntk.dense_kernels(activation, t, 3)[0])(1.0)
    assert float(dense) == pytest.approx(b**3, rel=1e-12)


def test_the_ntk_of_a_kink_falls_without_bound_and_a_smooth_one_does_not():
    def slope(activation):
        return float(jax.grad(lambda s: jnp.exp(
            ntk.deepen(activation, ntk.Similarity(s, jnp.log1p(-s)), 2).log_ntk))(0.0))  # fmt: skip

    assert slope(RELU) < -1e100
    with mpmath.workdps(30):
        f = ntk.sine(mpmath.mpf(2))

        def theta(s):
            t = theta = 1 - s
            for _ in range(2):
                t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
            return theta

        want = mpmath.diff(theta, 0)
    assert slope(ntk.sine(2.0)) == pytest.approx(float(want), rel=1e-10)


def test_koenigs_function_is_infinite_at_coinciding_inputs():
    k = ntk.koenigs(ntk.optimal(2), ntk.Similarity(jnp.array([0.0, 0.5]), jnp.array([0.0, -0.7])))
    assert np.isposinf(k.log_g).tolist() == [True, False]
    assert np.isfinite(k.log_g[1])
    assert ntk.kappa(ntk.cosine(2.0), ntk.Similarity(0.0, 0.0)) == math.inf
    sigma = jax.value_and_grad(lambda s: ntk.sigma(ntk.cosine(0.8), ntk.Similarity(s, -s)))(0.0)
    assert [float(v) for v in sigma] == [0.0, 1.0]


def test_sigma_runs_until_it_has_converged_near_the_critical_slope():
    w = 1.19  # B' = w tanh w = .98745
    with mpmath.workdps(120):
        b, t = mpmath.mpf(w) * mpmath.tanh(w), mpmath.mpf("0.5")
        for _ in range(8000):
            t = mpmath.cosh(w * t) / mpmath.cosh(w)
        want = (1 - t) / b**8000
    got = ntk.sigma(ntk.cosine(w), ntk.similarity(0.5))
    assert float(got) == pytest.approx(float(want), rel=1e-10)


def test_modulation_is_periodic_over_many_periods():
    d = ntk.modulation(ntk.optimal(8), jnp.array([0.3, 0.3 + 40 * math.log(2.0)]))
    assert float(d[0]) == pytest.approx(float(d[1]), rel=1e-10)


def test_matrices_take_obtuse_angles():
    x = np.random.default_rng(0).standard_normal((6, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    ntk_values = np.asarray(ntk.ntk_matrix(RELU, 3, x))
    nngp = np.asarray(ntk.nngp_matrix(RELU, 3, x))
    assert (x @ x.T).min() < -0.5
    with mpmath.workdps(30):
        for i in range(6):
            for j in range(i):
                t, theta, *_ = _relu_kernels(mpmath.mpf(float(x[i] @ x[j])), 3)
                assert nngp[i, j] == pytest.approx(float(t), rel=1e-9)
                assert ntk_values[i, j] == pytest.approx(float(theta), rel=1e-9)
    opposite = ntk.ntk_matrix(ntk.sine(2.0), 2, [[1.0, 0.0], [-1.0, 0.0]])
    np.testing.assert_allclose(opposite[0, 1], -opposite[0, 0], rtol=1e-12)  # sine is odd


def test_rows_come_in_any_format_and_depth_as_any_whole_number():
    x = np.abs(np.random.default_rng(1).standard_normal((5, 40)))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    want = np.asarray(ntk.ntk_matrix(RELU, 3, x))
    for rows in (x.astype(np.float32), jnp.asarray(x, jnp.float32), x.astype(np.float16)):
        got = np.asarray(ntk.ntk_matrix(RELU, 3, rows))
        np.testing.assert_allclose(got, want, rtol=3e-3 if rows.dtype == np.float16 else 1e-6)
        np.testing.assert_array_equal(np.diag(got), 4.0)
    for depth in (3.0, np.float64(3), np.int32(3), jnp.asarray(3), jnp.asarray(3.0)):
        np.testing.assert_array_equal(ntk.ntk_matrix(RELU, depth, x), want)
    with pytest.raises(ValueError, match=r"row 1 has length 0\.5"):
        ntk.ntk_matrix(RELU, 3, np.array([[1.0, 0.0], [0.5, 0.0]], np.float32))
    assert np.isnan(ntk.ntk_matrix(RELU, 3, [[1.0, 0.0], [math.nan, 0.0]])).all()


@pytest.mark.parametrize(
    ("s", "log_t"), [(-0.1, -0.1), (1.4, -5.0), (0.5, 0.7)], ids=["s < 0", "obtuse", "t > 1"]
)
def test_pairs_outside_are_refused_and_nan_when_traced(s, log_t):
    pair, activation = ntk.Similarity(s, log_t), ntk.optimal(2)
    for call in (lambda p: ntk.deepen(activation, p, 2).log_nngp,
                 lambda p: ntk.koenigs(activation, p).log_g,
                 lambda p: ntk.log_boettcher(ntk.hermite(2), p)):  # fmt: skip
        with pytest.raises(ArgumentError, match="pair has"):
            call(pair)
        assert np.isnan(jax.jit(call)(ntk.Similarity(jnp.asarray(s), jnp.asarray(log_t))))
        assert np.isnan(call(ntk.Similarity(jnp.nan, -0.3)))


def test_a_traced_shape_outside_its_family_gives_nan():
    for family, shape in ((ntk.sine, -1.0), (ntk.leaky_relu, 1.5), (ntk.geometric, 1.2)):
        with pytest.raises(ArgumentError, match=family.__name__):
            family(shape)
        assert np.isnan(jax.jit(lambda w, family=family: family(w).dual(0.5))(shape))
        assert not np.isnan(jax.jit(lambda w, family=family: family(w).dual(0.5))(0.5))


# ---------------------------------------------------------------------------------------------
# Laws of votes


@pytest.mark.parametrize("r", [0.0, 1e-12, 0.3, 0.5, 0.9, 1 - 1e-9])
def test_votes_keep_their_digits_to_the_ends(r):
    for eta in (0.0, 1e-9, 0.3, 0.5, 0.8, 1.0):
        with mpmath.workdps(40):
            e, x = mpmath.mpf(eta), mpmath.pi * (mpmath.mpf(r) or mpmath.mpf("1e-30"))
            want = mpmath.atan2(e * mpmath.sin(x), 1 - e + e * mpmath.cos(x)) / x
        assert float(ntk.vote_accuracy(eta, r)) == pytest.approx(float(want), rel=1e-13, abs=1e-300)
        with mpmath.workdps(40):
            want = mpmath.diff(
                lambda v, x=x: mpmath.atan2(v * mpmath.sin(x), 1 - v + v * mpmath.cos(x)) / x, e
            )  # the formula holds on both sides of 0 and 1
        slope = jax.grad(ntk.vote_accuracy)(eta, r)
        assert float(slope) == pytest.approx(float(want), rel=1e-11)


@pytest.mark.parametrize("m", [1.01, 2.0, 8.0, 40.0])
def test_squared_weights_agree_with_quadrature_at_small_and_large_n(m):
    def density(v):
        return math.exp(-v * (m - math.log(v)))

    edges = [1e-300, 1e-3, 0.5, 1.0, *([math.exp(m - 1)] if m < 4 else [10.0])]
    want = sum(
        integrate.quad(density, *ends, epsabs=0, limit=300)[0] for ends in itertools.pairwise(edges)
    )
    got = ntk.squared_weights_at_dimension(1.0, math.exp(m - 1 + np.euler_gamma), 0.0)
    assert float(got) == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.3, 0.333])
def test_the_bumps_moments_agree_with_quadrature(alpha):
    def moment(q, reach):
        smooth = integrate.quad(
            lambda x: (2 * math.sin(x / 2) / x) ** -q if x else 1.0, 0, reach,
            weight="alg", wvar=(-q, 0), epsabs=1e-13,
        )  # fmt: skip
        return smooth[0]

    half, quarter = math.pi / 20, math.pi / 4
    near = moment(alpha, half)
    want = (0.7 * near - 0.4 * (moment(alpha, quarter) - near)) * 4 / math.pi
    assert float(ntk.bump_moments(alpha)[0]) == pytest.approx(want, rel=1e-11)


@pytest.mark.parametrize("d", [1.0001, 1.5, 2, 27, 64, 100])
def test_sine_roots_reach_every_dimension(d):
    w = ntk.sine_root(d)
    with mpmath.workdps(40):
        x = mpmath.mpf(float(w))
        alpha = 2 * mpmath.log(mpmath.sinh(x) / x) / mpmath.log(x * mpmath.coth(x))
    assert float(alpha) == pytest.approx(d, rel=1e-10)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ntk.vote_accuracy(0.8, 1.2), "vote_accuracy: r = 1.2"),
        (lambda: ntk.vote_accuracy(1.1, 0.5), "vote_accuracy: eta = 1.1"),
        (lambda: ntk.bump_moments(0.4), "bump_moments: alpha = 0.4"),
        (lambda: ntk.majority_value(0.5, 3, 7), "majority_value: votes = 7 exceeds n"),
        (lambda: ntk.ridge_majority_value(0.0, 0.0, 3, 1), "ridge = 0.0 and kernel_value"),
        (lambda: ntk.polynomial([0.5, 0.6]), "sum to 1.1"),
        (lambda: ntk.polynomial([-0.5, 1.5]), "negative"),
        (lambda: ntk.hermite(0), "hermite: degree = 0"),
        (lambda: ntk.optimal(math.inf), "optimal: d = inf"),
        (lambda: ntk.limit_depth(0, 10), "limit_depth: d = 0"),
        (lambda: ntk.similarity_of([[3.0, 4.0]], [[1.0, 0.0]]), "length 5"),
    ],
)
def test_an_argument_outside_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_numbers_of_numpy_and_floats_that_are_whole_are_dimensions():
    for d in (1, 1.0, np.int64(1), np.float32(1)):
        assert float(ntk.optimal(d).dual(0.5)) == pytest.approx((0.5 + 0.5**7) / 2, rel=1e-15)
    assert ntk.polynomial(np.array([0.0, 0.5, 0.5])).order == 1
