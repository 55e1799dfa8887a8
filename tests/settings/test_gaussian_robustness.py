"""The Gaussian model: brute force, quadrature and sampling; arrays of one's own; bad input."""

import dataclasses
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats

import theory.gaussian_robustness as gr
from sims import simulate
from theory import ParameterError, dual_norm, lp_norm, worst_attack

MU = np.array([1.0, -0.4, 0.3])
SIGMA = np.array([[1.5, 0.5, 0.1], [0.5, 1.0, -0.2], [0.1, -0.2, 0.8]])
DUAL = {"l1": np.inf, "l2": 2, "linf": 1}


@pytest.mark.parametrize("p", ["l1", "l2", "linf"])
def test_no_linear_rule_found_by_search_beats_the_closed_form(p):
    params = gr.Params(
        d=6, mu_low=-0.4, mu_high=1.0, covariance="ar1", correlation=0.5, p=p, eps=0.4, R=4
    )
    mu, sigma = np.asarray(gr.mean(params)), np.asarray(gr.covariance_matrix(params))

    def error(theta):
        w, b = theta[:-1], theta[-1]
        gamma = np.sqrt(w @ sigma @ w)
        m, h = (w @ mu - params.eps * np.linalg.norm(w, DUAL[p])) / gamma, b / gamma
        return (params.R * stats.norm.sf(m + h) + stats.norm.sf(m - h)) / (1 + params.R)

    rule = gr.robust_rule(params)
    theta = np.append(rule.w, rule.b)
    best = error(theta)
    options = {"maxfev": 3000, "xatol": 1e-9, "fatol": 1e-13}
    for start in theta * (1 + 0.3 * np.random.default_rng(0).normal(size=(3, 7))):
        found = optimize.minimize(error, start, method="Nelder-Mead", options=options)
        assert found.fun >= best - 1e-10
    exact = gr.accuracies(rule.w, rule.b, params)
    assert 1 - (4 * exact.robust_majority + exact.robust_minority) / 5 == pytest.approx(best)
    attack = gr.nearest_attack(mu, sigma, params.eps, p)
    assert lp_norm(attack.z, p) <= params.eps * (1 + 1e-12)
    bounds = gr.robust_margin_bounds(rule.w, attack.z, mu, sigma, params.eps, p)
    np.testing.assert_allclose(bounds, gr.gaussian_margins(params).s_r, rtol=1e-10)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 7.0])
def test_the_nearest_attack_of_any_norm_beats_random_feasible_ones(p):
    mu, sigma, eps = np.linspace(-0.4, 1.0, 6), np.linspace(0.5, 1.5, 6), 0.5
    z = np.asarray(gr.nearest_attack_diagonal(mu, sigma, eps, p))
    assert np.linalg.norm(z, p) == pytest.approx(eps, rel=1e-12)
    near = z + 0.05 * np.random.default_rng(1).normal(size=(2000, 6))
    feasible = near * np.minimum(1, eps / np.linalg.norm(near, p, axis=1))[:, None]
    distances = np.linalg.norm((mu - feasible) / sigma, axis=1)
    assert distances.min() >= np.linalg.norm((mu - z) / sigma) - 1e-12
    w = (mu - z) / sigma**2
    assert eps * dual_norm(w, p) == pytest.approx(w @ z, rel=1e-10)  # the certificate
    if p in (1.0, 2.0):
        found = gr.nearest_attack(mu, np.diag(sigma**2), eps, p)
        assert found.gap < 1e-12
        np.testing.assert_allclose(found.z, z, atol=1e-9)


@pytest.mark.parametrize("p", [1.5, 3.0])
def test_the_attack_in_any_norm_starts_along_its_dual_vector(p):
    sigma = np.array([1.0, 2.0, 0.7])  # z = eps z_1 + O(eps^2), z_1 the worst for mu/sigma^2
    slope = jax.jacfwd(lambda eps: gr.nearest_attack_diagonal(MU, sigma, eps, p))(0.0)
    np.testing.assert_allclose(slope, worst_attack(MU / sigma**2, 1.0, p), rtol=1e-9)


def test_an_attack_that_reaches_the_mean_gives_the_flagged_constant_rule():
    for eps in (0.40, 0.55):  # |mu|_inf = 0.40
        rule = gr.robust_rule(gr.Params(eps=eps))
        assert bool(rule.trivial)
        assert rule.b == jnp.inf
        assert not jnp.any(rule.w)
        assert tuple(gr.accuracies(rule.w, rule.b, gr.Params(eps=eps))) == (1, 0, 1, 0)
    assert not bool(gr.robust_rule(gr.Params(eps=0.39)).trivial)


def test_the_gaussian_gap_rises_and_dies_out_and_balanced_classes_have_none():
    gap = np.asarray(gr.disparity_gap(1.5, 1.4, 1.0, np.exp(np.linspace(0.0, 20, 201))))
    peak = int(np.argmax(gap))
    assert np.all(np.diff(gap[: peak + 1]) > 0)
    assert np.all(np.diff(gap[peak:]) < 0)
    assert 0 < gap[-1] < 1e-6
    balanced = gr.Params(d=6, R=1)
    for rule in gr.best_rules(balanced, False, True):
        assert gr.accuracies(rule.w, rule.b, balanced).disparity == 0


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_unequal_variances_reproduce_the_numeric_optimum(shift):
    a, K = 0.95 - shift, 2.0

    def errors(c, shift=0.0):
        return stats.norm.cdf([-(a + shift + c) / K, c - a - shift])

    search = {"bounds": (-5, 5), "method": "bounded", "options": {"xatol": 1e-12}}
    c = optimize.minimize_scalar(lambda c: errors(c).sum(), **search).x
    found = gr.unequal_variance_errors(a, K, 1.0, shift)
    np.testing.assert_allclose(found, errors(c, shift), atol=1e-6)


def test_unequal_variances_tend_to_the_common_variance_rule():
    # K -> 1: the rule of least error is Phi(-(a +- h)), h = log(odds)/(2a)
    a, odds = 1.3, 3.0
    h = np.log(odds) / (2 * a)
    plus, minus = gr.unequal_variance_errors(a, np.array([1.0, 1 + 1e-12, 1 + 1e-6]), odds, 0.0)
    np.testing.assert_allclose(plus, stats.norm.sf(a + h), rtol=1e-5)
    np.testing.assert_allclose(minus, stats.norm.sf(a - h), rtol=1e-5)


@pytest.mark.parametrize("mu", [-0.3, 0.05, 0.4])
def test_soft_threshold_moments_agree_with_quadrature(mu):
    eps, tau = 0.2, 0.15

    def moment(f):
        return integrate.quad(
            lambda x: f(np.sign(x) * max(abs(x) - eps, 0)) * stats.norm.pdf(x, mu, tau), -3, 3,
            points=(-eps, eps), epsabs=1e-13,
        )[0]  # fmt: skip

    expected = moment(lambda v: v), moment(lambda v: v**2), moment(abs), moment(lambda v: v != 0)
    np.testing.assert_allclose(gr.soft_threshold_moments(mu, eps, tau), expected, atol=1e-11)


def test_the_plug_in_rule_with_many_points_is_the_robust_rule():
    params = gr.Params(d=6, eps=0.1, mu_low=0.2, mu_high=0.8, R=3)
    rule = gr.robust_rule(params)
    limit = gr.plugin_accuracies(gr.mean(params), 0.1, 1e12, 1e12, jnp.log(3.0))
    np.testing.assert_allclose(limit, gr.accuracies(rule.w, rule.b, params), atol=1e-6)


def test_fisher_information_agrees_with_sampling():
    mu, sigma, z = np.array([1.0, 0.6, -0.8]), np.array([1.0, 0.8, 1.3]), np.array([0.2, 0.2, -0.2])
    rng = np.random.default_rng(5)
    n, R, rho = 400_000, 3.0, 2.0
    y = np.where(rng.random(n) < R / (1 + R), 1.0, -1.0)
    x = y[:, None] * (mu - z) + sigma * rng.normal(size=(n, 3))
    rows = np.column_stack([x, np.ones(n)])
    theta = np.append(2 * (mu - z) / sigma**2, np.log(R / rho))
    weight = np.where(y > 0, 1.0, rho)
    p = 1 / (1 + np.exp(y * (rows @ theta)))
    H, J = gr.fisher_information(mu, sigma, z, R, rho)
    # five standard errors of the largest entry: fourth moments of x times the weights' bound
    np.testing.assert_allclose(H, (rows.T * (weight * p * (1 - p))) @ rows / n, atol=0.006)
    np.testing.assert_allclose(J, (rows.T * (weight * p) ** 2) @ rows / n, atol=0.012)
    plain, same = gr.fisher_information(mu, np.ones(3), z, R)
    np.testing.assert_allclose(plain, same, atol=1e-14)  # information equality at rho = 1
    assert jnp.trace(jnp.linalg.inv(plain)) == pytest.approx(58.7036, abs=1e-3)


def test_population_logistic_loss_agrees_with_quadrature():
    w, mu, sigma = np.array([1.1, -0.4]), np.array([0.7, 0.2]), np.array([1.0, 1.5])
    b, eps, R = 0.3, 0.15, 2.5
    m, sd = w @ mu - eps * np.abs(w).sum(), np.linalg.norm(w * sigma)

    def loss(centre):
        return integrate.quad(
            lambda u: np.logaddexp(0, -u) * stats.norm.pdf(u, centre, sd), -14, 16, epsabs=1e-13
        )[0]

    want = (R * loss(m + b) + loss(m - b)) / (1 + R)
    assert gr.logistic_loss(w, b, mu, sigma, eps, R) == pytest.approx(want, abs=1e-11)


@pytest.mark.parametrize("covariance", ["diagonal", "ar1"])
def test_arrays_and_a_few_numbers_give_the_same_rules(covariance):
    few = gr.Params(d=6, sigma_high=2, covariance=covariance, correlation=0.4, p="l2", eps=0.2, R=3)
    Sigma = np.asarray(gr.covariance_matrix(few))
    Sigma = np.diag(Sigma) if covariance == "diagonal" else Sigma
    own = gr.Model(np.asarray(gr.mean(few)), Sigma, p="l2", eps=0.2, R=3)
    for mine, theirs in zip(
        gr.best_rules(own, False, True), gr.best_rules(few, False, True), strict=True
    ):
        np.testing.assert_allclose(mine.w, theirs.w, rtol=1e-9)
        got, want = gr.accuracies(mine.w, mine.b, own), gr.accuracies(theirs.w, theirs.b, few)
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_own_arrays_are_simulated():
    own = gr.Model(MU, SIGMA, p="l2", eps=0.3, R=2, points=400)
    seen = simulate("gaussian_robustness", own, trials=64, seed=2)
    names = ("standard", "standard_attacked"), ("robust", "attacked")
    for rule, (clean, attacked) in zip(gr.best_rules(own, False, True), names, strict=True):
        found = np.append(seen[clean].mean(0), seen[attacked].mean(0))
        exact = gr.accuracies(rule.w, rule.b, own)
        np.testing.assert_allclose(found, exact, atol=5 * 0.5 / np.sqrt(64 * 400))


@pytest.mark.parametrize("p", ["l1", "l2", "linf"])
@pytest.mark.parametrize("Sigma", [SIGMA, np.diag(SIGMA)], ids=["full", "diagonal"])
def test_accuracies_differentiate_through_the_attack(p, Sigma):
    start = gr.Model(MU, Sigma, p=p, R=2)

    @jax.jit
    def value(mu, eps):
        own = dataclasses.replace(start, mu=mu, eps=eps)
        rule = gr.robust_rule(own)
        return gr.accuracies(rule.w, rule.b, own).robust_minority

    h = 1e-5
    slope = jax.jit(jax.grad(value, argnums=(0, 1)))
    for eps in (0.0, 0.2):  # a one-sided difference at the end of the range
        by_mu, by_eps = slope(jnp.asarray(MU), eps)
        moved = [value(MU + e, eps) - value(MU - e, eps) for e in h * np.eye(3)]
        np.testing.assert_allclose(by_mu, np.array(moved) / (2 * h), atol=1e-8)
        one_sided = -3 * value(MU, eps) + 4 * value(MU, eps + h) - value(MU, eps + 2 * h)
        assert float(by_eps) == pytest.approx(float(one_sided) / (2 * h), abs=1e-8)


def test_a_covariance_in_single_precision_is_taken():
    single = gr.nearest_attack(MU, SIGMA.astype(np.float32), 0.2, np.inf).z
    np.testing.assert_allclose(single, gr.nearest_attack(MU, SIGMA, 0.2, "linf").z, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gr.Params(mu_low=0.0, mu_high=0.0), "classes coincide"),
        (lambda: gr.Params(d=1, mu_low=0.0), "classes coincide"),
        (lambda: gr.Params(noise="independent", covariance="ar1"), "covariance = 'ar1'"),
        (lambda: gr.robust_rule(gr.Params(noise="independent", p="l2")), "linf"),
        (lambda: gr.Model(MU, np.eye(2)), "shape"),
        (lambda: gr.Model(MU, -np.eye(3)), "positive definite"),
        (lambda: gr.Model(MU, SIGMA + np.triu(np.ones((3, 3)))), "symmetric"),
        (lambda: gr.Model(np.zeros(3), SIGMA), "classes coincide"),
        (lambda: gr.Model([1.0, np.nan], np.ones(2)), r"mu = .* outside"),
        (lambda: gr.Model(MU, [1.0, 0.0, 1.0]), "smallest eigenvalue 0"),
        (lambda: gr.Model(MU, SIGMA, noise="independent"), "Sigma"),
        (lambda: gr.margins_of(np.ones(2), gr.Model(MU, SIGMA)), "w has shape"),
        (lambda: gr.nearest_attack(MU, np.diag([1.0, -1, 1]), 0.1, 2), "positive definite"),
        (lambda: gr.nearest_attack(MU, SIGMA, 0.1, 1.5), "p = 1.5 is not one of"),
        (lambda: gr.Margins(s=1.0, k=1.2, s_r=0.5, R=2), "gaussian_robustness: k = "),
        (lambda: gr.Margins(s=1.0, k=0.8, s_r=0.9, R=2), "gaussian_robustness: s_r = "),
        (lambda: gr.UnequalVariances(a=0.1, K=2.0, odds=1e4), "gaussian_robustness: odds = "),
        (lambda: gr.Probe(np.ones((2, 2)), np.ones(2), np.ones(2)), "gaussian_robustness: mu = "),
    ],
)
def test_each_case_of_bad_input_is_named_and_says_what_to_do(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


def test_alpha_two_with_stable_noise_warns_of_its_variance():
    with pytest.warns(UserWarning, match="variance 2"):
        gr.Params(noise="elliptical", alpha=2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gr.Params(noise="gaussian", alpha=2.0)
        gr.Params(noise="elliptical", alpha=1.99)
