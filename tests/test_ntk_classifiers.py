"""Theory of ntk_classifiers against independent routes."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sims.ntk_classifiers import dirichlet_points
from theory import Ball, ParameterError
from theory import ntk_classifiers as ntk
from theory.__main__ import main as theory_main

SMOOTH = {
    "sine": ntk.sine(2.0),
    "cosine": ntk.cosine(0.8),
    "centred_cosine": ntk.centred_cosine(3.0),
    "exponential": ntk.exponential(1.0),
    "gaussian": ntk.gaussian(0.7),
    "erf": ntk.error_function(1.0),
    "phi_1": ntk.optimal(1),
    "phi_4": ntk.optimal(4),
    "h_3": ntk.hermite(3),
}
KINKED = {
    "relu": (ntk.leaky_relu(0.0), 0.0),
    "abs": (ntk.leaky_relu(-1.0), 0.0),
    "centred": (ntk.centred_leaky_relu(-0.3), 1.0),
}
EXACT = {  # shape parameters that are binary fractions, so that every evaluator sees the same
    "sine": ntk.sine,
    "cosine": ntk.cosine,
    "centred_cosine": ntk.centred_cosine,
    "exponential": ntk.exponential,
    "gaussian": ntk.gaussian,
    "erf": ntk.error_function,
    "leaky_relu": ntk.leaky_relu,
    "centred_leaky_relu": ntk.centred_leaky_relu,
    "geometric": ntk.geometric,
}
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(150)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def gaussian_mean(f, t):
    """E f(u) f(v) by Gauss-Hermite quadrature in two dimensions."""
    u, z = np.meshgrid(NODES, NODES, indexing="ij")
    v = t * u + math.sqrt(1 - t * t) * z
    return float((np.asarray(f(u)) * np.asarray(f(v)) * WEIGHTS[:, None] * WEIGHTS).sum())


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("t", [-0.6, 0.0, 0.35, 0.9])
def test_dual_activation_is_the_gaussian_mean_of_the_product(name, t):
    activation = SMOOTH[name]
    np.testing.assert_allclose(float(activation.dual(t)), gaussian_mean(activation.phi, t),
                               atol=2e-13)  # fmt: skip


@pytest.mark.parametrize("name", KINKED)
@pytest.mark.parametrize("t", [0.0, 0.3, 0.99])
def test_kinked_dual_is_the_angular_mean(name, t):
    # phi + mean is homogeneous: with (u, v) = r (cos a, cos(a - b)), E r^2 = 2 comes out
    activation, centred = KINKED[name]
    mean = -float(activation.phi(0.0)) if centred else 0.0
    angle = math.acos(t)
    breaks = [x % (2 * math.pi) for b in (0, angle) for x in (b + math.pi / 2, b - math.pi / 2)]

    edges = sorted({0.0, 2 * math.pi, *breaks})
    nodes, weights = np.polynomial.legendre.leggauss(24)
    total = 0.0
    for low, high in itertools.pairwise(edges):
        a = low + (high - low) * (nodes + 1) / 2
        f = (np.asarray(activation.phi(np.cos(a))) + mean) * (
            np.asarray(activation.phi(np.cos(a - angle))) + mean
        )
        total += (high - low) / 2 * float((weights * f).sum()) / math.pi
    np.testing.assert_allclose(float(activation.dual(t)), total - mean**2, atol=1e-13)


@pytest.mark.parametrize("name", EXACT)
def test_fall_near_the_diagonal_keeps_all_digits(name):
    family = EXACT[name]
    with mpmath.workdps(60):
        exact = family(mpmath.mpf(0.375))
        for s in (2.0**-52, 1e-9, 1e-4, 0.1, 0.25):
            want = 1 - exact.dual(1 - mpmath.mpf(s))
            got = float(family(0.375).fall(s))
            assert abs(got / want - 1) < 2e-14, (s, got, want)
            slope = exact.dual_derivative(1 - mpmath.mpf(s))
            assert abs(float(family(0.375).slope_near(s)) / slope - 1) < 2e-14


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=15)
@given(t=st.floats(0.0, 0.9375), shape=st.floats(0.125, 0.875))
def test_evaluators_of_the_dual_agree(name, t, shape):
    family = EXACT[name]
    with mpmath.workdps(40):
        exact = family(mpmath.mpf(shape)).dual(mpmath.mpf(t))
    assert family(Ball(shape)).dual(Ball(t)).contains(exact)
    assert abs(float(family(shape).dual(t)) - exact) < 1e-14 * (1 + 10 * abs(exact))


@pytest.mark.parametrize("name", [*EXACT, "theta"])
def test_derivative_and_constants_are_those_of_the_dual(name):
    with mpmath.workdps(40):
        half = mpmath.mpf(0.5)
        family = EXACT.get(name, lambda a: ntk.theta_family(a, mpmath.mpf(0.75)))
        f = family(half)
        t = mpmath.mpf("0.3")
        assert abs(mpmath.diff(f.dual, t) - f.dual_derivative(t)) < 1e-20
        series = mpmath.taylor(f.dual, 0, max(f.next_order, 1))
        assert abs(series[f.order] - _number(f.leading)) < 1e-15
        assert abs(series[1] - _number(f.slope_at_zero)) < 1e-15
        assert abs(series[f.next_order] - _number(f.next_coefficient)) < 1e-12
        step = mpmath.mpf(10) ** -14
        root = 1e-6  # kinked duals have slope b + O(sqrt s) at the diagonal
        assert abs(f.fall(step) / step - _number(f.slope_at_one)) < root


def _number(constant):
    return constant.resolve("mpmath") if hasattr(constant, "resolve") else mpmath.mpf(constant)


@pytest.mark.parametrize(
    "family", ["sine", "cosine", "centred_cosine", "leaky_relu", "centred_leaky_relu", "erf"]
)
def test_depth_recursion_is_that_of_many_digits(family):
    shape = {"cosine": 0.75, "leaky_relu": 0.25, "centred_leaky_relu": -0.25}.get(family, 2.0)
    s = np.array([1e-13, 1e-6, 0.01, 0.3, 0.75, 1 - 2.0**-30])
    depth = 12
    got = jax.jit(lambda s: ntk.deepen(
        EXACT[family](shape), ntk.Similarity(s, jnp.log1p(-s)), depth))(s)  # fmt: skip
    with mpmath.workdps(60):
        f = EXACT[family](mpmath.mpf(shape))
        for i, value in enumerate(s):
            t = theta = 1 - mpmath.mpf(float(value))
            for _ in range(depth):
                t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
            # errors of t double with each degree of the lowest term: 2^12 log t for centred cosine
            scale = 1 + abs(mpmath.log(t))
            assert abs(float(got.log_nngp[i]) - mpmath.log(t)) < 1e-12 * scale
            assert abs(float(got.log_ntk[i]) - mpmath.log(theta)) < 1e-12 * scale
            if 1 - t < 0.5:
                assert abs(float(got.pair.s[i]) / (1 - t) - 1) < 1e-12


def test_dense_recursion_and_table_agree_with_the_careful_route():
    activation = ntk.optimal(2)
    t = jnp.array([1e-6, 0.02, 0.4, 0.7, 0.99, 0.9999])
    pair = ntk.similarity(t)

    @jax.jit
    def all_three():
        nngp, ntk_table = ntk.kernel_tables(activation, 25)
        return (ntk.deepen(activation, pair, 25), nngp.at(pair.s, t), ntk_table.at(pair.s, t),
                ntk.dense_kernels(activation, t, 25))  # fmt: skip

    careful, table, table_ntk, dense = all_three()
    np.testing.assert_allclose(careful.log_nngp, np.log(dense[0]), atol=1e-11)
    np.testing.assert_allclose(careful.log_ntk, np.log(dense[1]), atol=1e-11)
    np.testing.assert_allclose(table, careful.log_nngp, atol=1e-9)
    np.testing.assert_allclose(table_ntk, careful.log_ntk, atol=1e-9)


def test_class_three_runs_in_log_space_where_values_underflow():
    log_t = jax.jit(lambda: ntk.deepen(ntk.hermite(3), ntk.similarity(0.7), 30).log_nngp)()
    assert float(log_t) == pytest.approx(3.0**30 * math.log(0.7), rel=1e-12)


@settings(max_examples=20)
@given(a=st.floats(0.05, 0.95), t=st.floats(0.01, 0.99), depth=st.integers(0, 40))
def test_geometric_activation_is_solved_at_every_depth(a, t, depth):
    got = _geometric_depth(a, t, depth)
    tl = a**depth * t / (1 - (1 - a**depth) * t)
    theta = (
        a**depth
        * ((depth + 1) * t * (1 - t) + t**2 * (1 - a ** (depth + 1)) / (1 - a))
        / (1 - (1 - a**depth) * t) ** 2
    )
    np.testing.assert_allclose(np.exp(got.log_nngp), tl, rtol=1e-10)
    np.testing.assert_allclose(np.exp(got.log_ntk), theta, rtol=1e-10)


@jax.jit
def _geometric_depth(a, t, depth):
    return ntk.deepen(ntk.geometric(a), ntk.similarity(t), depth)


@settings(max_examples=20)
@given(a=st.floats(0.1, 0.9), theta=st.floats(0.1, 1.0), s=st.floats(1e-12, 0.99))
def test_koenigs_function_of_the_theta_family_is_explicit(a, theta, s):
    got = float(np.exp(_theta_koenigs(a, theta, s).log_g))
    assert got == pytest.approx(math.expm1(-theta * math.log(s)) / theta, rel=1e-9)


@jax.jit
def _theta_koenigs(a, theta, s):
    return ntk.koenigs(ntk.theta_family(a, theta), ntk.Similarity(s, jnp.log1p(-s)))


def test_koenigs_function_solves_schroeders_equation_and_its_slope_is_its_derivative():
    activation = ntk.sine(2.0)

    def log_g(t):
        return ntk.koenigs(activation, ntk.similarity(t)).log_g

    t = jnp.array([0.1, 0.5, 0.9])
    here, there = jax.jit(lambda: (log_g(t), log_g(activation.dual(t))))()
    np.testing.assert_allclose(there - here, math.log(activation.slope_at_zero), atol=1e-13)
    h = 1e-6
    numeric = (np.exp(log_g(t + h)) - np.exp(log_g(t - h))) / (2 * h)
    slope = ntk.koenigs(activation, ntk.similarity(t)).log_g_slope
    np.testing.assert_allclose(np.exp(slope), numeric, rtol=1e-8)


def test_ntk_at_great_depth_is_two_kernels():
    activation, depth = ntk.optimal(1), 60
    pair = ntk.similarity(jnp.array([0.2, 0.8, 0.999]))
    k = jax.jit(lambda: ntk.koenigs(activation, pair))()
    deep = jax.jit(lambda: ntk.deepen(activation, pair, depth))()
    predicted = k.log_g + np.log(depth + 1 + k.h_ratio) + depth * math.log(0.5)
    np.testing.assert_allclose(deep.log_ntk, predicted, atol=1e-12)


def test_modulation_is_periodic_and_constant_for_the_theta_family():
    activation = ntk.optimal(8)
    u = jnp.array([0.0, 0.3])
    d = jax.jit(lambda: ntk.modulation(activation, jnp.concatenate([u, u + math.log(2.0)])))()
    np.testing.assert_allclose(d[:2], d[2:], rtol=1e-10)
    assert abs(d[0] / d[1] - 1) > 1e-5
    level, ripple = jax.jit(lambda: ntk.modulation_mean(ntk.theta_family(0.4, 0.5), 16))()
    # 1 - F(1-s) has terms in s^{3/2} here: the error is the root of the smooth families'
    assert float(level) == pytest.approx(2.0, rel=1e-7)
    assert float(ripple) < 1e-7


def test_boettcher_function_of_a_monomial_is_the_identity():
    beta = jax.jit(lambda: ntk.log_boettcher(ntk.hermite(3), ntk.similarity(0.7)))()
    assert float(beta) == pytest.approx(math.log(0.7), rel=1e-12)


def test_fixed_point_and_kappa_of_the_supercritical_cosine():
    activation = ntk.cosine(2.0)
    with mpmath.workdps(40):
        c = mpmath.findroot(lambda t: mpmath.cosh(2 * t) / mpmath.cosh(2) - t, 0.3)
        rate = 2 * mpmath.sinh(2 * c) / mpmath.cosh(2)
        n = 40
        t = mpmath.mpf("0.9")
        for _ in range(n):
            t = mpmath.cosh(2 * t) / mpmath.cosh(2)
        want = (t - c) / rate**n
    point = jax.jit(lambda: ntk.fixed_point(activation))()
    assert float(point.c) == pytest.approx(float(c), rel=1e-15)
    assert float(point.rate) == pytest.approx(float(rate), rel=1e-14)
    got = jax.jit(lambda: ntk.kappa(activation, ntk.similarity(0.9)))()
    assert float(got) == pytest.approx(float(want), rel=1e-8)


def test_flat_limit_sigma_is_the_limit_of_many_digits():
    with mpmath.workdps(80):
        b = mpmath.mpf(0.8) * mpmath.tanh(mpmath.mpf(0.8))
        t = mpmath.mpf("0.5")
        for _ in range(60):
            t = mpmath.cosh(mpmath.mpf(0.8) * t) / mpmath.cosh(mpmath.mpf(0.8))
        want = (1 - t) / b**60
    got = jax.jit(lambda: ntk.sigma(ntk.cosine(0.8), ntk.similarity(0.5)))()
    assert float(got) == pytest.approx(float(want), rel=1e-13)


@pytest.mark.parametrize(("eta", "r"), [(0.8, 0.5), (0.6, 2 / 3), (0.95, 0.2)])
def test_vote_accuracy_integrates_the_ratio_density(eta, r):
    z = (1 - eta) / eta
    tail = integrate.quad(lambda x: float(ntk.lamperti_density(x, r)), z, np.inf, epsabs=1e-12)[0]
    assert float(ntk.vote_accuracy(eta, r)) == pytest.approx(tail, abs=1e-9)
    assert ntk.vote_limit(eta, r) + ntk.vote_limit(1 - eta, r) == pytest.approx(1.0)


def test_vote_accuracy_has_nearest_neighbour_and_bayes_limits():
    assert float(ntk.vote_accuracy(0.8, 1e-6)) == pytest.approx(0.8, abs=1e-5)
    assert float(ntk.vote_accuracy(0.8, 1 - 1e-6)) == pytest.approx(1.0, abs=1e-5)
    assert ntk.vote_limit(0.0, 0.5) == 0.0
    assert ntk.vote_limit(0.7, 0.0) == 0.7


def test_stable_law_of_the_vote_matches_scipys_stable_distribution():
    # sum_i y_i W_i with one-sided index-1 tails: its law is 1-stable with skewness delta
    delta, kappa, n, asymmetry = 0.6, 1 / math.pi, 500, 0.6 * math.log(4)
    got = float(ntk.vote_accuracy_at_dimension(delta, kappa, n, asymmetry))
    centre = delta * (math.log(kappa * n) + 1 - np.euler_gamma) + asymmetry
    # characteristic function exp(-(pi/2)|v| (1 + i delta (2/pi) sign v log|v|)): scipy's cdf at
    # scale pi/2 (its generic sf forgets the shift by log scale that its cdf makes)
    want = 1 - stats.levy_stable(1.0, delta, scale=math.pi / 2).cdf(-centre)
    assert got == pytest.approx(want, abs=2e-6)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("sin(x)", ntk.sine(1.0)),
        ("erf(x)", ntk.error_function(1.0)),
        ("max(x, 0)", ntk.leaky_relu(0.0)),
        ("cos(sqrt(3)*x) - exp(-3/2)", ntk.centred_cosine(3.0)),
        ("exp(-0.7*x**2)", ntk.gaussian(0.7)),
    ],
)
def test_taxonomy_of_a_users_function_is_that_of_the_closed_form(text, closed):
    mine, theirs = ntk.taxonomy(ntk.activation_named(text)), ntk.taxonomy(closed)
    assert mine.kind == theirs.kind
    assert mine.branch == theirs.branch
    assert mine.mean_square_slope == pytest.approx(theirs.mean_square_slope, rel=1e-12)
    assert abs(mine.mean_slope) == pytest.approx(theirs.mean_slope, abs=1e-12)
    if theirs.alpha is not None:
        assert mine.alpha == pytest.approx(theirs.alpha, rel=1e-11)


@pytest.mark.parametrize("d", [1, 2, 3, 8])
def test_explicit_activation_is_found_optimal_for_its_dimension(d):
    result = ntk.taxonomy(ntk.optimal(d).phi)
    assert result.optimal_dimension == d
    assert result.verdict_in(d).startswith("optimal")
    assert "inconsistent" in result.verdict_in(d + 1)


def test_users_dual_agrees_with_the_closed_form_near_and_far():
    mine = ntk.activation_from(np.tanh)
    erf_mine, erf = ntk.activation_from(ntk.parse_expression("erf(x)")), ntk.error_function(1.0)
    s = jnp.array([1e-9, 1e-3, 0.3, 0.9])
    np.testing.assert_allclose(erf_mine.fall(s), erf.fall(s), rtol=1e-12)
    np.testing.assert_allclose(erf_mine.dual(1 - s), erf.dual(1 - s), rtol=1e-9, atol=1e-13)
    norm = float((np.tanh(NODES) ** 2 * WEIGHTS).sum())
    want = gaussian_mean(np.tanh, 0.4) / norm
    assert float(mine.dual(0.4)) == pytest.approx(want, rel=1e-7)  # poles limit Gauss-Hermite


def test_jump_has_no_finite_slope_and_says_so():
    result = ntk.taxonomy(lambda x: np.sign(x))
    assert result.mean_square_slope == math.inf
    with pytest.raises(ntk.ActivationError, match="not square integrable"):
        result.exponent()
    with pytest.raises(ntk.ActivationError, match="not square integrable"):
        ntk.activation_from(np.sign)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "linear"), ("2*x + 1", "linear"), ("3", "constant"), ("0*x", "second moment"),
        ("exp(x**2)", "second moment"), ("1/x", "second moment"), ("x +", "ends too early"),
        ("__import__('os')", "does not know"), ("x.real", "did not expect"),
        ("no_such_module_here:f", "no_such_module_here"), ("math:no_function", "no_function"),
    ],
)  # fmt: skip
def test_bad_activations_are_refused_with_the_reason(text, message):
    with pytest.raises(ntk.ActivationError, match=message):
        ntk.taxonomy(ntk.activation_named(text))


def test_exponent_is_refused_outside_the_singular_class():
    with pytest.raises(ntk.ActivationError, match="1-NN class"):
        ntk.taxonomy(ntk.hermite(3)).exponent()
    with pytest.raises(ntk.ActivationError, match="not a singular-kernel"):
        ntk.taxonomy(ntk.leaky_relu(0.0)).exponent()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("activation", "swish"), ("shape", 41.0), ("d", 0), ("d", 1.5), ("n", 0), ("tests", 0),
        ("depth", -1), ("depth", 2.5), ("width", 0), ("ridge", -0.1), ("eta", 1.1), ("alpha", 0.0),
        ("s", 0.0), ("votes", 0.5), ("eta", math.nan),
    ],
)  # fmt: skip
def test_every_field_refuses_values_outside_its_range(field, value):
    with pytest.raises(ParameterError, match=f"ntk_classifiers: {field}"):
        ntk.Params(**{field: value})


def test_shape_is_held_to_the_familys_own_range():
    with pytest.raises(ParameterError, match="for activation geometric"):
        ntk.Params(activation="geometric", shape=1.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ntk.optimal(1.5), "d = 1.5 has no explicit activation"),
        (lambda: ntk.optimal(0), "d = 0 is outside"),
        (lambda: ntk.similarity(1.1), "outside"),
        (lambda: ntk.similarity(-0.2), "dense_kernels and ntk_matrix"),
        (lambda: ntk.deepen(ntk.hermite(2), ntk.similarity(0.5), -1), "depth"),
        (lambda: ntk.deepen(ntk.hermite(2), ntk.similarity(0.5), 2.5), "depth"),
        (lambda: ntk.check_inputs([[0.5, 0.5]]), "normalise"),
        (lambda: ntk.check_inputs([[1.0, 0.0], [1.0, 0.0]]), "coincide"),
        (lambda: ntk.check_inputs([[1.0, 0.0], [-1.0, 0.0]]), ">= 0"),
        (lambda: ntk.check_inputs(np.zeros((0, 2))), "n > 0"),
        (lambda: ntk.check_labels([0, 1]), "labels"),
        (lambda: ntk.check_labels([]), "labels"),
        (lambda: ntk.majority_label(0), "balanced labels"),
        (lambda: ntk.vote_limit(0.5, 1.0), "outside"),
        (lambda: ntk.vote_limit(1.5, 0.5), "eta"),
    ],
)
def test_bad_input_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---------------------------------------------------------------------------------------------
# Claims, simulations, proofs, command


def test_dirichlet_points_have_the_declared_mixture():
    x, y, eta = jax.jit(lambda k: dirichlet_points(k, 20_000, 1))(jax.random.key(3))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1.0, atol=1e-12)
    p = x[:, 0] / x.sum(axis=1)
    # Beta(1, 2) and Beta(2, 1) have means 1/3 and 2/3
    assert float(p[y > 0].mean()) == pytest.approx(1 / 3, abs=0.01)
    assert float(p[y < 0].mean()) == pytest.approx(2 / 3, abs=0.01)
    assert float((y > 0).mean()) == pytest.approx(0.4, abs=0.015)
    np.testing.assert_allclose(eta, 0.4 * (1 - p) / (0.4 * (1 - p) + 0.6 * p), rtol=1e-9)


def test_predicted_accuracy_rises_with_n_towards_bayes():
    values = [ntk.deep_accuracy(n) for n in (30, 300, 30_000)]
    assert values == sorted(values)
    assert 0.70 < values[0] < values[-1] < ntk.bayes_accuracy() == pytest.approx(0.76)


def test_sine_root_is_a_root_and_d_one_has_none():
    assert float(ntk.sine_exponent(ntk.sine_root(4))) == pytest.approx(4.0, abs=1e-12)
    with pytest.raises(ValueError, match="sine_root: d = 1 is outside"):
        ntk.sine_root(1)


def test_command_prints_the_taxonomy_and_refuses_bad_activations(capsys):
    assert theory_main(["ntk_classifiers", "--activation", "tanh(x)"]) == 0
    shown = capsys.readouterr().out
    assert "singular kernel" in shown
    assert "0.8807036308" in shown
    assert theory_main(["ntk_classifiers", "--activation", "import os"]) == 2
    assert "does not know 'import'" in capsys.readouterr().err
