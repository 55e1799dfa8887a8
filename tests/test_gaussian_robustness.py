"""The Gaussian model: optimal rules, their errors, finite samples, bad input, and every claim."""

import dataclasses
import warnings

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from sims import simulate
from sims._deterministic import float_error
from sims.gaussian_robustness import noise
from theory import Domain, Equals, ParameterError, lift
from theory.gaussian_robustness import (
    CLAIMS,
    Margins,
    Params,
    Probe,
    UnequalVariances,
    accuracies,
    covariance_matrix,
    disparity,
    disparity_gap,
    disparity_slope,
    dual_norm,
    exclusion_probability,
    fisher_information,
    gaussian_margins,
    imbalance_part,
    inherent_part,
    lda_exact_accuracy,
    logistic_loss,
    lp_norm,
    majority_gain_threshold,
    margins_of,
    mean,
    minority_accuracy,
    nearest_attack,
    nearest_attack_diagonal,
    optimal_disparity,
    optimal_offset,
    plugin_accuracies,
    population,
    population_error,
    robust_margin_bounds,
    robust_rule,
    scales,
    soft_threshold_moments,
    standard_rule,
    unequal_variance_errors,
    worst_attack,
)

BY_NAME = {claim.name: claim for claim in CLAIMS}
EXPONENT = {"l1": 1, "l2": 2, "linf": np.inf}
few = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])

# d fixed: a new dimension is a new compilation
MODELS = Domain.of(
    Params, d=6, mu_low=(-0.5, 0.5), mu_high=(0.6, 1.5), sigma_low=(0.5, 2), sigma_high=(0.5, 2),
    covariance="ar1", correlation=(-0.8, 0.8), eps=(0.0, 0.5), R=(1, 50), noise="gaussian",
    n_majority=300, n_minority=60, n=1000, points=50,
)  # fmt: skip


# --------------------------------------------------------------------------------------------
# Every claim stands, and the deterministic ones hold

SPECIFIED = {
    "gaussian_optimal_standard",
    "gaussian_optimal_robust",
    "robust_margin_duality",
    "robust_margin_order",
    "inherent_effect",
    "inherent_effect_vanishes",
    "imbalance_effect",
    "effect_decomposition",
    "disparity_gap_positive",
    "majority_gain_threshold",
    "small_eps_scaling",
    "large_r_rate",
    "adversarial_logistic_minimiser",
    "stable_margin_duality",
    "stable_balanced_degradation",
    "stable_trivial_threshold",
    "stable_optimal_offset",
    "heavy_tail_offset_growth",
    "cauchy_disparity_sign_flip",
    "cauchy_large_margin",
    "logistic_diverges_alpha_le_1",
    "plugin_lda_exact_mean",
    "plugin_soft_threshold_highdim",
    "adversarial_lr_rate",
    "adversarial_support_recovery",
    "dkw_band",
    "population_accuracy_loss",
}


def test_all_27_specified_claims_stand_with_twins():
    assert len(SPECIFIED) == 27
    assert set(BY_NAME) >= SPECIFIED
    assert all(claim.twin is not None for claim in CLAIMS)


def test_simulated_claims_hold_on_full_data():
    names = ["gaussian_optimal_robust", "gaussian_optimal_robust_natural"]
    quick = [dataclasses.replace(BY_NAME[n], cases=BY_NAME[n].cases[2:]) for n in names]
    assert all(isinstance(c, Equals) for c in quick)
    params = quick[0].cases[0]
    attacked = simulate("gaussian_robustness", params, trials=2048, seed=3)
    error = 6 * 0.5 / np.sqrt(2048 * params.points)
    rule = robust_rule(params)
    exact = accuracies(rule.w, rule.b, params)
    measured = attacked["attacked"].mean(0)
    assert np.allclose(measured, [exact.robust_majority, exact.robust_minority], atol=error)
    measured = attacked["robust"].mean(0)
    assert np.allclose(measured, [exact.majority, exact.minority], atol=error)


# --------------------------------------------------------------------------------------------
# The optimum, against brute force


def _error_of(theta: np.ndarray, params: Params, mu: np.ndarray, sigma: np.ndarray) -> float:
    """Robust error of (w, b) from scipy's normal law and numpy's norms."""
    w, b = theta[:-1], theta[-1]
    q = {1: np.inf, 2: 2, np.inf: 1}[EXPONENT[params.p]]
    gamma = np.sqrt(w @ sigma @ w)
    m, h = (w @ mu - params.eps * np.linalg.norm(w, q)) / gamma, b / gamma
    return (params.R * stats.norm.sf(m + h) + stats.norm.sf(m - h)) / (1 + params.R)


@pytest.mark.parametrize("p", ["l1", "l2", "linf"])
def test_no_linear_rule_found_by_search_beats_the_closed_form(p):
    params = Params(
        d=6, mu_low=-0.4, mu_high=1.0, covariance="ar1", correlation=0.5, p=p, eps=0.4, R=4
    )
    mu, sigma = np.asarray(mean(params)), np.asarray(covariance_matrix(params))
    rule = robust_rule(params)
    best = _error_of(np.append(rule.w, rule.b), params, mu, sigma)
    rng = np.random.default_rng(0)
    for _ in range(3):
        start = np.append(rule.w, rule.b) * (1 + 0.3 * rng.normal(size=7))
        found = optimize.minimize(
            _error_of, start, (params, mu, sigma), method="Nelder-Mead",
            options={"maxfev": 3000, "xatol": 1e-9, "fatol": 1e-13},
        )  # fmt: skip
        assert found.fun >= best - 1e-10
    assert best == pytest.approx(
        1 - float(population(*accuracies(rule.w, rule.b, params)[2:], params.R)), abs=1e-12
    )


@given(MODELS.strategy())
@few
def test_margins_are_ordered_and_certified(params):
    s, k, s_r = gaussian_margins(params)
    assert s_r <= k * (1 + 1e-12) <= s * (1 + 2e-12)
    attack = nearest_attack(mean(params), covariance_matrix(params), params.eps, params.p)
    assert lp_norm(attack.z, params.p) <= params.eps * (1 + 1e-12)
    rule = robust_rule(params)
    low, high = robust_margin_bounds(
        rule.w, attack.z, mean(params), covariance_matrix(params), params.eps, params.p
    )
    assert low == pytest.approx(float(high), rel=1e-10)
    assert low == pytest.approx(float(s_r), rel=1e-10)


@given(MODELS.strategy())
@few
def test_the_decomposition_adds_up_and_the_gap_is_positive(params):
    s, k, s_r = gaussian_margins(params)
    gap = disparity_gap(s, k, s_r, params.R)
    parts = inherent_part(s, k, params.R), imbalance_part(s, k, s_r, params.R)
    assert gap == pytest.approx(float(sum(parts)), abs=1e-14)
    assert min(float(v) for v in parts) >= -1e-15
    standard, robust = standard_rule(params), robust_rule(params)
    difference = (
        accuracies(robust.w, robust.b, params).disparity
        - accuracies(standard.w, standard.b, params).disparity
    )
    assert gap == pytest.approx(float(difference), abs=1e-12)


def test_the_gaussian_gap_is_positive_at_every_imbalance_and_dies_out():
    R = np.exp(np.linspace(0.01, 20, 200))
    gap = np.asarray(disparity_gap(1.5, 1.4, 1.0, R))
    assert np.all(gap > 0)
    assert gap[-1] < 1e-6
    peak = int(np.argmax(gap))
    assert np.all(np.diff(gap[: peak + 1]) > 0)
    assert np.all(np.diff(gap[peak:]) < 0)


def test_balanced_classes_have_no_disparity():
    params = Params(d=6, R=1)
    for rule in (standard_rule(params), robust_rule(params)):
        assert accuracies(rule.w, rule.b, params).disparity == 0
    assert disparity(1.3, 0.0) == 0


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, 7.0, np.inf])
def test_the_nearest_attack_of_any_norm_beats_random_feasible_ones(p):
    mu, sigma = jnp.linspace(-0.4, 1.0, 6), jnp.linspace(0.5, 1.5, 6)
    eps = 0.5
    z = nearest_attack_diagonal(mu, sigma, eps, p)
    assert lp_norm(z, p) == pytest.approx(eps, rel=1e-12)

    def distance(v):
        return np.sqrt(np.sum(((np.asarray(mu) - v) / np.asarray(sigma)) ** 2, axis=-1))

    rng = np.random.default_rng(1)
    near = np.asarray(z) + 0.05 * rng.normal(size=(2000, 6))
    sizes = np.linalg.norm(near, p, axis=1)
    feasible = near * np.minimum(1, eps / sizes)[:, None]
    assert np.min(distance(feasible)) >= distance(np.asarray(z)) - 1e-12
    w = (mu - z) / sigma**2
    assert eps * dual_norm(w, p) == pytest.approx(float(w @ z), rel=1e-10)  # the certificate
    assert w @ worst_attack(w, eps, p) == pytest.approx(float(eps * dual_norm(w, p)), rel=1e-12)


@pytest.mark.parametrize("p", ["l1", "l2", "linf"])
def test_the_gradient_method_finds_the_closed_form(p):
    mu, sigma = jnp.linspace(-0.4, 1.0, 6), jnp.linspace(0.5, 1.5, 6)
    closed = nearest_attack_diagonal(mu, sigma, 0.5, p)
    found = nearest_attack(mu, jnp.diag(sigma**2), 0.5, p)
    assert found.gap < 1e-12
    assert jnp.allclose(found.z, closed, atol=1e-9)


def test_an_attack_that_reaches_the_mean_gives_the_flagged_constant_rule():
    for eps in (0.40, 0.55):  # |mu|_inf = 0.40
        params = Params(eps=eps)
        rule = robust_rule(params)
        assert bool(rule.trivial)
        assert rule.b == jnp.inf
        assert not jnp.any(rule.w)
        assert tuple(accuracies(rule.w, rule.b, params)) == (1, 0, 1, 0)
    assert not bool(robust_rule(Params(eps=0.39)).trivial)


def test_the_spread_out_example_has_the_published_numbers():
    # d = 100, mu_j = .05 + .35 j/99: |mu| = 2.4706 by direct summation
    params = Params()
    direct = np.sqrt(np.sum((0.05 + 0.35 * np.arange(100) / 99) ** 2))
    assert gaussian_margins(params).s == pytest.approx(direct, rel=1e-14)
    assert direct == pytest.approx(2.4706, abs=5e-5)


def test_the_majority_can_gain_where_the_abstract_says_all_classes_lose():
    s, k, s_r = 2.4, 2.25, 1.16
    threshold = float(majority_gain_threshold(s, k, s_r))
    for R, sign in ((0.9 * threshold, -1), (1.1 * threshold, 1)):
        change = stats.norm.cdf(k + np.log(R) / (2 * s_r)) - stats.norm.cdf(s + np.log(R) / (2 * s))
        assert np.sign(change) == sign
    assert float(minority_accuracy(s_r, optimal_offset(s, 10.0))) == pytest.approx(0.752, abs=1e-3)


@given(st.floats(0.2, 5), st.floats(1.01, 100))
@settings(max_examples=20)
def test_the_disparity_slope_is_the_derivative(s, R):
    numeric = mpmath.diff(lambda v: optimal_disparity(v, mpmath.mpf(R)), mpmath.mpf(s))
    assert float(disparity_slope(s, R)) == pytest.approx(float(numeric), rel=1e-10, abs=1e-300)


@given(Domain.of(Margins, s=(2, 4), k=(1, 2), s_r=(0.3, 1), R=(1.1, 50)).strategy())
@settings(max_examples=15)
def test_evaluators_agree(margins):
    def error(m):
        return population_error(m.k, optimal_offset(m.s_r, m.R), m.R)

    def spread(m):
        return disparity(m.k, optimal_offset(m.s_r, m.R))

    for formula in (error, spread):
        assert float_error(formula, margins) < 10
        with mpmath.workdps(40):
            exact = formula(lift(margins, "mpmath"))
        assert formula(lift(margins, "arb")).contains(exact)


def test_unequal_variances_reproduce_the_numeric_optimum():
    # d = 10, eta = .3, sigma = 1, K = 2: minimise over the offset directly
    d, eta, K = 10, 0.3, 2.0
    for eps in (0.0, 0.1):
        a = np.sqrt(d) * (eta - eps)

        def error(c, a=a):
            return stats.norm.cdf(-(a + c) / K) + stats.norm.cdf(c - a)

        c = optimize.minimize_scalar(error, bounds=(-5, 5), method="bounded",
                                     options={"xatol": 1e-12}).x  # fmt: skip
        reach = np.sqrt(d) * eta
        expected = stats.norm.cdf(-(reach + c) / K), stats.norm.cdf(c - reach)
        found = unequal_variance_errors(a, K, 1.0, np.sqrt(d) * eps)
        assert np.allclose(found, expected, atol=1e-6)


# --------------------------------------------------------------------------------------------
# Finite samples


def test_the_exact_lda_law_agrees_with_a_chi_square_comparison():
    # balanced, t = 0: P(chi'^2_d(nu_2) < chi'^2_d(nu_1)), by quadrature over one of them
    d, delta, n = 10, 2.0, 15
    nu = [delta**2 / 2 * (np.sqrt(n / 2) + sign * 0.5 / np.sqrt(1 + 1 / (2 * n))) ** 2
          for sign in (1, -1)]  # fmt: skip
    value, _ = integrate.quad(
        lambda x: stats.ncx2.pdf(x, d, nu[0]) * stats.ncx2.cdf(x, d, nu[1]), 0, 400, limit=200
    )
    assert lda_exact_accuracy(delta, d, n, n, 0.0) == pytest.approx(value, abs=1e-8)
    assert value == pytest.approx(0.80429698, abs=1e-8)


def test_infinitely_many_points_give_the_population_accuracy():
    value = lda_exact_accuracy(2.5, 20, 4e7, 1e7, -np.log(4.0))
    assert value == pytest.approx(stats.norm.cdf(1.25 - np.log(4) / 2.5), abs=1e-5)


def test_soft_threshold_moments_agree_with_quadrature():
    for mu in (-0.3, 0.05, 0.4):
        eps, tau = 0.2, 0.15

        def soft(x, eps=eps):
            return np.sign(x) * np.maximum(np.abs(x) - eps, 0)

        def moment(f, mu=mu, tau=tau, kinks=(-eps, eps)):
            return integrate.quad(
                lambda x: f(soft(x)) * stats.norm.pdf(x, mu, tau), -3, 3, points=kinks, epsabs=1e-13
            )[0]

        found = soft_threshold_moments(mu, eps, tau)
        expected = moment(lambda v: v), moment(lambda v: v**2), moment(np.abs)
        assert np.allclose(found[:3], expected, atol=1e-11)


def test_the_plug_in_rule_with_many_points_is_the_robust_rule():
    params = Params(d=6, eps=0.1, mu_low=0.2, mu_high=0.8, R=3)
    _, k, s_r = gaussian_margins(params)
    limit = plugin_accuracies(mean(params), 0.1, 1e12, 1e12, jnp.log(3.0))
    h = optimal_offset(s_r, 3.0)
    expected = [stats.norm.cdf(v) for v in (k + h, k - h, s_r + h, s_r - h)]
    assert np.allclose(limit, expected, atol=1e-6)


def test_fisher_information_agrees_with_sampling():
    mu, sigma, z = jnp.array([1.0, 0.6, -0.8]), jnp.ones(3), jnp.array([0.2, 0.2, -0.2])
    rng = np.random.default_rng(5)
    n, R, rho = 400_000, 3.0, 2.0
    y = np.where(rng.random(n) < R / (1 + R), 1.0, -1.0)
    x = y[:, None] * np.asarray(mu - z) + rng.normal(size=(n, 3))
    rows = np.column_stack([x, np.ones(n)])
    theta = np.append(2 * np.asarray(mu - z), np.log(R / rho))
    weight = np.where(y > 0, 1.0, rho)
    p = 1 / (1 + np.exp(y * (rows @ theta)))
    H, J = fisher_information(mu, sigma, z, R, rho)
    assert np.allclose(H, (rows.T * (weight * p * (1 - p))) @ rows / n, atol=0.006)
    assert np.allclose(J, (rows.T * (weight * p) ** 2) @ rows / n, atol=0.012)
    plain, same = fisher_information(mu, sigma, z, R)
    assert np.allclose(plain, same, atol=1e-14)  # information equality at rho = 1
    assert jnp.trace(jnp.linalg.inv(plain)) == pytest.approx(58.7036, abs=1e-3)


def test_population_logistic_loss_agrees_with_quadrature():
    w, mu = np.array([1.1, -0.4]), np.array([0.7, 0.2])
    b, eps, R = 0.3, 0.15, 2.5
    found = logistic_loss(jnp.array(w), b, jnp.array(mu), jnp.ones(2), eps, R)
    m, sd = w @ mu - eps * np.sum(np.abs(w)), np.linalg.norm(w)

    def loss(centre):
        return integrate.quad(
            lambda u: np.logaddexp(0, -u) * stats.norm.pdf(u, centre, sd), -12, 14, epsabs=1e-13
        )[0]

    assert found == pytest.approx((R * loss(m + b) + loss(m - b)) / (1 + R), abs=1e-11)


def test_exclusion_becomes_certain_exponentially_fast():
    base = Params(d=4, mu_low=1.0, mu_high=0.05, eps=0.2, R=3)
    failures = [
        1 - float(exclusion_probability(dataclasses.replace(base, n=n))) for n in (250, 500, 1000)
    ]
    rates = np.diff(np.log(failures)) / np.array([250, 500])
    assert np.all(rates < -0.003)
    assert failures[0] == pytest.approx(0.0756, abs=1e-3)


# --------------------------------------------------------------------------------------------
# Simulated data have the declared law


@pytest.mark.parametrize("covariance", ["diagonal", "ar1"])
def test_gaussian_noise_has_the_declared_covariance(covariance):
    params = Params(d=4, sigma_low=0.5, sigma_high=2, covariance=covariance, correlation=0.6)
    x = np.asarray(noise(jax.random.key(0), 40_000, params))
    expected = np.asarray(covariance_matrix(params))
    assert np.allclose(x.T @ x / 40_000, expected, atol=6 * 4 * np.sqrt(2 / 40_000))


def test_margins_of_a_rule_agree_with_its_scores():
    params = Params(d=4, mu_low=0.2, mu_high=0.7, eps=0.1)
    w = jnp.array([1.0, -0.5, 0.3, 2.0])
    natural, robust, scale = margins_of(w, params)
    assert natural * scale == pytest.approx(float(w @ mean(params)))
    moved = mean(params) - worst_attack(w, 0.1, "linf")
    assert robust * scale == pytest.approx(float(w @ moved))
    assert scale == pytest.approx(float(jnp.linalg.norm(w * scales(params))))


# --------------------------------------------------------------------------------------------
# Bad input


def _outside(field):
    """A value just outside a field's range, on each side."""
    if field.kind == "choice":
        return ["l3"]
    width = max(1.0, 0.01 * abs(field.low), 0.01 * abs(field.high))
    values = [
        field.low if field.open_low else field.low - width,
        field.high if field.open_high else field.high + width,
    ]
    return [float("nan"), *values] if field.kind == "real" else [int(v) for v in values]


@pytest.mark.parametrize("name", list(Params.__fields__))
def test_a_value_outside_the_range_is_named_with_setting_field_and_range(name):
    field = Params.__fields__[name]
    for value in _outside(field):
        with pytest.raises(ParameterError) as caught:
            Params(**{name: value})
        text = str(caught.value)
        assert "gaussian_robustness" in text
        assert name in text
        assert field.range_text in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"R": 0.5}, "swap the labels"),
        ({"R": 0.0}, "swap the labels"),
        ({"eps": -0.1}, "attack radius must be non-negative"),
        ({"mu_low": 0.0, "mu_high": 0.0}, "classes coincide"),
        ({"d": 1, "mu_low": 0.0}, "classes coincide"),
        ({"alpha": 2.5}, "0 < alpha <= 2"),
        ({"beta": 0.3}, "only symmetric noise"),
        ({"noise": "independent", "covariance": "ar1"}, "independent"),
        ({"correlation": 1.0}, "positive definite"),
    ],
)
def test_each_case_of_bad_input_says_what_to_do(change, words):
    with pytest.raises(ParameterError, match=words):
        Params(**change)


def test_alpha_two_with_stable_noise_warns_of_its_variance():
    with pytest.warns(UserWarning, match="variance 2"):
        Params(noise="elliptical", alpha=2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Params(noise="gaussian", alpha=2.0)


def test_array_functions_refuse_bad_arrays():
    eye = jnp.eye(2)
    with pytest.raises(ParameterError, match="not a norm"):
        nearest_attack_diagonal(jnp.ones(2), jnp.ones(2), 0.1, 0.5)
    with pytest.raises(ParameterError, match=r"eps = -0\.1 is outside"):
        nearest_attack_diagonal(jnp.ones(2), jnp.ones(2), -0.1, "l2")
    with pytest.raises(ParameterError, match="classes coincide"):
        nearest_attack(jnp.zeros(2), eye, 0.1, "l2")
    with pytest.raises(ParameterError, match="positive definite"):
        nearest_attack(jnp.ones(2), jnp.array([[1.0, 2.0], [2.0, 1.0]]), 0.1, "l2")
    with pytest.raises(ParameterError, match="not symmetric"):
        nearest_attack(jnp.ones(2), jnp.array([[1.0, 0.2], [0.0, 1.0]]), 0.1, "l2")
    with pytest.raises(ParameterError, match="linf"):
        robust_rule(Params(noise="independent", p="l2"))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Margins(s=1.0, k=1.2, s_r=0.5, R=2), "k"),
        (lambda: Margins(s=1.0, k=0.8, s_r=0.9, R=2), "s_r"),
        (lambda: UnequalVariances(a=0.2, K=1.0), "K"),
        (lambda: UnequalVariances(a=0.1, K=2.0, odds=1e4), "odds"),
        (lambda: Probe(mu=np.ones((2, 2)), w=np.ones(2)), "mu"),
    ],
)
def test_parameters_of_single_statements_are_checked(make, field):
    with pytest.raises(ParameterError, match=f"gaussian_robustness: {field} = "):
        make()
