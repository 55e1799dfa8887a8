"""Imbalanced adversarial training against routes that are no claim."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import optimize, stats

from sims import max_margin
from sims.imbalanced_adversarial import errors, fit, ridge_fit, with_offset
from theory import ArgumentError, ParameterError
from theory.imbalanced_adversarial import (
    Params, average_exchange, class_errors, cost_peak, equalising_weight,
    equalising_weight_under_attack, logistic_trace, nearest_attack, plugin_errors_in_high_dimension,
    separabilities, useful_imbalance, weight_limit, weight_window,
)  # fmt: skip
from theory.imbalanced_adversarial.border import separable_below
from theory.imbalanced_adversarial.samples import EQUALLY, NATURALLY, UNDER_ATTACK, spent


@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_separabilities_of_params_are_those_of_their_mean(norm, gain):
    p = Params(s=1.5, spread=0.4, attack=0.5, norm=norm, gain=gain, d=6)
    s, s_r, kappa = separabilities(gain * p.mean, p.eps, norm)
    np.testing.assert_allclose([s, s_r, kappa], [gain * p.s, p.s_r, p.kappa], rtol=1e-13)


def test_the_nearest_attack_is_where_a_minimiser_finds_it():
    mu, eps = np.array([1.0, 0.6, -0.8, 0.05]), 0.2
    box = optimize.minimize(lambda z: ((mu - z) ** 2).sum(), 0 * mu, bounds=[(-eps, eps)] * 4)
    np.testing.assert_allclose(nearest_attack(mu, eps, "linf"), box.x, atol=1e-6)


def test_the_rule_minimises_the_weighted_robust_risk():
    """Against a search over direction and offset: l_2, d = 2, K = 5, rho = 2, eps = .4."""
    mu, eps, K, rho = np.array([1.1, 0.5]), 0.4, 5.0, 2.0

    def risk(v):
        w = np.array([np.cos(v[0]), np.sin(v[0])])
        reach = w @ mu - eps
        errors = stats.norm.cdf([-reach - v[1], -reach + v[1]])
        return rho * errors[0] + K * errors[1]

    best = optimize.minimize(risk, [0.3, 0.0], tol=1e-12).fun
    s_r = separabilities(mu, eps, "l2")[1]
    minority, majority = class_errors(s_r, np.log(K / rho))
    assert rho * minority + K * majority == pytest.approx(best, abs=1e-10)


def test_samples_separate_where_a_search_and_linear_programmes_say():
    """The defining minimum over two numbers by Nelder and Mead; a margin of 1 by linprog."""

    def points(s, K):
        def mean(t):
            scale = np.sqrt(1 + t[1] ** 2)
            m = (t[0] * np.array([1, -1]) + t[1] * s) / scale
            square = (1 + m**2) * stats.norm.cdf(m) + m * stats.norm.pdf(m)
            return scale**2 * square @ [1, K] / (1 + K)

        return 1 / optimize.minimize(mean, [0.5, -0.5], method="Nelder-Mead", tol=1e-12).fun

    for s, K in [(0.0, 1.0), (1.0, 3.0), (1.5, 100.0)]:
        assert separable_below(s, K) == pytest.approx(points(s, K), rel=1e-8)
    rng, shares = np.random.default_rng(3), []
    for n in (66, 264):  # half of the threshold's 132 = 4.4 * 30, and twice
        y = np.where(np.arange(n) < n // 4, 1.0, -1.0)
        found = []
        for _ in range(6):
            x = rng.standard_normal((n, 30)) + np.outer(y, np.eye(30)[0])
            rows = -y[:, None] * with_offset(x)
            free = [(None, None)] * 31
            found.append(optimize.linprog(np.zeros(31), rows, -np.ones(n), bounds=free).status == 0)
        shares.append(np.mean(found))
    assert shares[0] > 0.8
    assert shares[1] < 0.2


def test_the_window_of_weights_and_the_limit_weight_have_the_values_found_by_scipy():
    assert [float(weight_window(s, 0.01)) for s in (0.5, 1.0, 2.0)] == pytest.approx(
        [0.3416, 0.5790, 1.7092], abs=1e-4
    )
    assert np.isnan(weight_window(0.05, 0.1)) or weight_window(0.05, 0.1) > 0
    assert float(weight_limit(10.0)) == pytest.approx(5.582655, abs=1e-6)

    def cost(s, rho):
        t = np.log([10 / rho, 10])
        return stats.norm.cdf(-s - t[0] / (2 * s)) - stats.norm.cdf(-s - t[1] / (2 * s))

    s = np.linspace(0.5, 3, 2001)
    assert (np.diff(cost(s, 10**5.58)) < 0).all()
    assert (np.diff(cost(s, 10**5.62)) > 0).any()


def test_the_equalising_weight_equalises_at_leading_order():
    rho = float(equalising_weight(10, 50, 500))
    pair = plugin_errors_in_high_dimension(1.0, 10, 50, 500, np.log(10 / rho))
    first, second = map(float, pair)
    assert first == pytest.approx(1 - 0.83487, abs=1e-5)
    assert second == pytest.approx(first, abs=1e-14)
    at_k = [float(1 - e) for e in plugin_errors_in_high_dimension(1.0, 10, 50, 500, 0.0)]
    assert at_k == pytest.approx([0.82376, 0.84552], abs=1e-5)


def test_the_weights_of_the_claims_are_those_of_the_closed_forms():
    n = np.array([1100 / 51, 1100 * 50 / 51])
    assert NATURALLY.rho == pytest.approx(float(equalising_weight(40, *n)), rel=1e-5)
    robust = float(equalising_weight_under_attack(1.0, 40, *n, 0.5))
    assert UNDER_ATTACK.rho == pytest.approx(robust, rel=1e-5)
    assert EQUALLY.rho == pytest.approx(float(equalising_weight(10, 50, 500)), rel=1e-12)
    assert pytest.approx(float(useful_imbalance(1.0, 10, 550)), rel=1e-12) == spent(10).K


def test_full_reweighting_wastes_points():
    """At rho = K the fit is as good as one on 4 K n/(1 + K)^2 balanced points."""
    balanced = float(logistic_trace(1.1, 1.0, 1.0, 5))
    assert logistic_trace(1.1, 7.0, 7.0, 5) == pytest.approx(balanced * 64 / 28, rel=1e-12)


@pytest.mark.parametrize(("s", "rho"), [(2.0, 1e-14), (2.0, 5.0), (1.0, 1e-20)])
def test_the_trace_of_the_logistic_fit_is_that_of_mpmath(s, rho):
    """Where 1 - p cancels, and where p^2 tilts the law by eight deviations."""
    K, d = 10.0, 4
    sigmoid = lambda v: 1 / (1 + mpmath.exp(-v))  # noqa: E731

    def moment(of, power):
        def density(x, y):
            v = y * (2 * s * x - mpmath.log(K / rho))
            weight = rho if y > 0 else 1.0
            return mpmath.npdf(x, y * s) * x**power * of(weight, sigmoid(-v), sigmoid(v))

        parts = mpmath.linspace(-22, 22, 23)
        share = {1: 1 / (1 + K), -1: K / (1 + K)}
        return sum(share[y] * mpmath.quad(lambda x, y=y: density(x, y), parts) for y in share)

    def block(of):
        zeroth, first, second = (moment(of, power) for power in range(3))
        return mpmath.matrix([[second, first], [first, zeroth]])

    with mpmath.workdps(60):  # its quadrature stops at an absolute error, and J is 1e-40
        H = block(lambda w, p, q: w * p * q)
        J = block(lambda w, p, q: (w * p) ** 2)
        along = H**-1 * J * H**-1
        exact = along[0, 0] + along[1, 1] + (d - 1) * J[1, 1] / H[1, 1] ** 2
    assert float(logistic_trace(s, K, rho, d)) == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.parametrize(("m", "h"), [(0.5, 1e-6), (8.0, 30.0), (30.0, 0.3), (100.0, 2.0)])
def test_the_exchange_is_that_of_mpmath_where_tails_leave_the_floats(m, h):
    """Beside cancellation: 1e-16/h."""
    with mpmath.workdps(60):
        tails = [mpmath.ncdf(mpmath.mpf(x)) for x in (-m - h, -m, h - m)]
        exact = float((tails[1] - tails[0]) / (tails[2] - tails[1]))
    assert float(average_exchange(m, h)) == pytest.approx(exact, rel=1e-12 + 1e-15 / h)


def test_a_ridge_path_ends_at_the_largest_margin():
    p = Params(s=1.5, K=3.0, d=24, n=12)
    y = jnp.where(jnp.arange(12) < 3, 1.0, -1.0)
    X = y[:, None] * p.mean + jax.random.normal(jax.random.key(0), (12, 24))
    hard = max_margin(with_offset(X), y, jnp.append(jnp.ones(24), 0.0)).theta
    w, b = ridge_fit(X, y, jnp.where(y > 0, 3.0, 1.0), 1e-25)
    np.testing.assert_allclose(jnp.append(w, b) / jnp.linalg.norm(w), hard, atol=0.01)


def test_simulated_attacks_cost_what_the_dual_norm_says():
    """A far point of each class: the attack lowers w.x by eps |w|_1, by eps |w|_2."""
    mu = jnp.array([1.0, 0.5])
    noise = -jnp.array([[0.95, 0.45]])  # 0.05 of either coordinate is left
    for norm, eps, lost in (("linf", 0.04, 0), ("linf", 0.06, 1), ("l2", 0.06, 0), ("l2", 0.08, 1)):
        assert errors(noise, mu, eps, 0.0, 0.0, norm)[2] == lost


def test_separable_points_have_no_fit():
    X, y = np.array([[1.0], [2.0], [-1.0], [-2.0]]), np.array([1.0, 1.0, -1.0, -1.0])
    with pytest.raises(ValueError, match="linearly separable"):
        fit(X, y, 2.0)
    assert np.isfinite(fit(np.append(X, [[-3.0]], 0), np.append(y, 1.0), 2.0)).all()


def test_bad_input_is_named():
    for wrong, text in (
        ({"K": 0.5}, "swap the classes"),
        ({"rho": 0.0}, "a weight is positive"),
        ({"attack": 1.0}, "reaches the class mean"),
        ({"d": 5}, "is odd"),
    ):
        with pytest.raises(ParameterError, match=text):
            Params(**wrong)
    with pytest.raises(ArgumentError, match="reaches the class mean"):
        separabilities([0.3, -0.2], 0.3, "linf")
    with pytest.raises(ArgumentError, match="the cost has no peak"):
        cost_peak(10.0, 10.0)
    with pytest.raises(ParameterError, match="l3"):
        separabilities([0.3, -0.2], 0.1, "l3")


def test_forms_far_out_in_imbalance():
    """By their leading terms: the trace grows like K."""
    value, slope = jax.value_and_grad(logistic_trace, 1)(1.0, 1e300, 2.0, 3)
    assert float(slope) == pytest.approx(float(value) / 1e300, rel=1e-9)
    near = float(logistic_trace(1.0, 1e10, 2.0, 3)) / 1e10
    assert float(slope) == pytest.approx(near, rel=1e-8)


# function, arguments, value, slopes: by mpmath with 50 digits, bisection and central differences
AT_THE_ENDS = [
    (cost_peak, (1000.9999999986421, 1 + 2**-52), 1.72927030543193, (1.42935677e-4, -0.0715393062)),
    (cost_peak, (10.0, 9.0), 0.229518986778739, (0.108892844, -0.120988617)),
    (cost_peak, (1.00000001, 1.000000001), 4.74780481168034e-9, (0.500231508, -0.254510247)),
    (cost_peak, (1e300, 1e10), 18.2722422948907, (1.36819552e-302, -1.36819551e-12)),
    (weight_limit, (1 + 2**-52,), 663915052.926047, (-1.52761289e24,)),
    (weight_limit, (1.000000001,), 254267.221257284, (-1.31488846e14,)),
    (weight_limit, (1e300,), 4.0138934293932, (-1.79868078e-305,)),
    (weight_window, (1e-100, 0.05), np.inf, (0.0, 0.0)),
    (weight_window, (1e-100, 2.3e-308), 6.79131506066464e-204, (3.39565753e-104, 1.47637284e104)),
    (weight_window, (2.0, 2.3e-308), 2.61073840782113e-153, (3.26342301e-153, 5.67551828e154)),
    (weight_window, (1e4, 0.1), 199983167.575329, (39998.3168, 142876.574)),
    (weight_window, (1e4, 2.3e-308), 199249999.380162, (39924.9999, np.inf)),
]


@pytest.mark.parametrize(("function", "at", "value", "slopes"), AT_THE_ENDS)
def test_searches_hold_to_the_ends_of_their_ranges(function, at, value, slopes):
    found, by = jax.value_and_grad(function, tuple(range(len(at))))(*at)
    assert float(found) == pytest.approx(value, rel=1e-12)
    assert [float(x) for x in by] == pytest.approx(slopes, rel=1e-6)


def test_the_trace_of_a_vanishing_weight_has_its_slopes():
    """By mpmath's quadratures with 130 digits."""
    slopes = jax.grad(logistic_trace, (0, 1, 2))
    value, by = logistic_trace(1.0, 2.0, 1e-100, 2.0), slopes(1.0, 2.0, 1e-100, 2.0)
    assert float(value) == pytest.approx(667.17780039776, rel=1e-11)
    assert [float(x) for x in by] == pytest.approx([6721.5725, -105.1963, -6656843.8], rel=1e-6)
