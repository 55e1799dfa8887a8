"""A mean and a covariance of one's own, attacks in any norm, and their derivatives."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, stats

from sims import simulate
from theory import ParameterError
from theory.gaussian_robustness import (
    Model,
    Params,
    accuracies,
    covariance_matrix,
    margins_of,
    mean,
    nearest_attack,
    nearest_attack_diagonal,
    project,
    robust_rule,
    standard_rule,
    unequal_variance_errors,
)

MU = np.array([1.0, -0.4, 0.3])
SIGMA = np.array([[1.5, 0.5, 0.1], [0.5, 1.0, -0.2], [0.1, -0.2, 0.8]])


@pytest.mark.parametrize("covariance", ["diagonal", "ar1"])
def test_arrays_and_a_few_numbers_give_the_same_rules(covariance):
    few = Params(d=6, sigma_high=2, covariance=covariance, correlation=0.4, p="l2", eps=0.2, R=3)
    Sigma = np.asarray(covariance_matrix(few))
    own = Model(
        np.asarray(mean(few)), np.diag(Sigma) if covariance == "diagonal" else Sigma,
        p="l2", eps=0.2, R=3,
    )  # fmt: skip
    for rule in (standard_rule, robust_rule):
        mine, theirs = rule(own), rule(few)
        np.testing.assert_allclose(mine.w, theirs.w, rtol=1e-9)
        got, want = accuracies(mine.w, mine.b, own), accuracies(theirs.w, theirs.b, few)
        np.testing.assert_allclose(np.array(got), np.array(want), rtol=1e-12)


@pytest.mark.parametrize("p", ["l1", "l2", "linf"])
def test_the_robust_rule_of_own_arrays_is_the_least_robust_error(p):
    own = Model(MU, SIGMA, p=p, eps=0.2, R=4)
    q = {"l1": np.inf, "l2": 2, "linf": 1}[p]

    def error(theta):
        gamma = np.sqrt(theta[:3] @ SIGMA @ theta[:3])
        m = (theta[:3] @ MU - 0.2 * np.linalg.norm(theta[:3], q)) / gamma
        h = theta[3] / gamma
        return (4 * stats.norm.sf(m + h) + stats.norm.sf(m - h)) / 5

    rule = robust_rule(own)
    found = optimize.minimize(error, np.append(MU, 1.0), method="Nelder-Mead",
                              options={"maxfev": 4000, "xatol": 1e-9, "fatol": 1e-14})  # fmt: skip
    best = error(np.append(rule.w, rule.b))
    assert best <= found.fun + 1e-12
    exact = accuracies(rule.w, rule.b, own)
    assert 1 - (4 * exact.robust_majority + exact.robust_minority) / 5 == pytest.approx(best)


def test_own_arrays_are_simulated():
    own = Model(MU, SIGMA, p="l2", eps=0.3, R=2, points=400)
    seen = simulate("gaussian_robustness", own, trials=64, seed=2)
    rule = robust_rule(own)
    exact = accuracies(rule.w, rule.b, own)
    error = 5 * 0.5 / np.sqrt(64 * 400)
    np.testing.assert_allclose(seen["robust"].mean(0), [exact.majority, exact.minority], atol=error)
    np.testing.assert_allclose(
        seen["attacked"].mean(0), [exact.robust_majority, exact.robust_minority], atol=error
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Model(MU, np.eye(2)), "shape"),
        (lambda: Model(MU, -np.eye(3)), "positive definite"),
        (lambda: Model(MU, SIGMA + np.triu(np.ones((3, 3)))), "symmetric"),
        (lambda: Model(np.zeros(3), SIGMA), "classes coincide"),
        (lambda: Model([1.0, np.nan], np.ones(2)), r"mu = .* outside"),
        (lambda: Model(MU, [1.0, 0.0, 1.0]), "smallest eigenvalue 0"),
        (lambda: Model(MU, SIGMA, noise="independent"), "Sigma"),
        (lambda: Model(MU, SIGMA, p="l3"), "p = 'l3'"),
        (lambda: margins_of(np.ones(2), Model(MU, SIGMA)), "w has shape"),
        (lambda: nearest_attack(MU, SIGMA, 0.1, 3), "p = 3"),
        (lambda: nearest_attack(MU, SIGMA, 0.1, 1.5), "nearest_attack_diagonal takes every p"),
        (lambda: project(MU, 0.1, 4.0), "p = 4.0"),
        (lambda: project(MU, 0.1, True), "p = True"),
        (lambda: project(MU, -0.1, 1), "eps = -0.1 is outside"),
    ],
)
def test_arrays_and_norms_that_do_not_fit_are_named(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


@pytest.mark.parametrize(("name", "number"), [("l1", 1), ("l2", 2.0), ("linf", np.inf)])
def test_a_norm_goes_by_its_name_or_its_number(name, number):
    by_name, by_number = (nearest_attack(MU, SIGMA, 0.2, p).z for p in (name, number))
    np.testing.assert_array_equal(by_name, by_number)
    np.testing.assert_array_equal(project(MU, 0.2, name), project(MU, 0.2, number))
    assert np.linalg.norm(by_number, number) == pytest.approx(0.2, rel=1e-12)


def test_a_single_precision_covariance_is_as_good_as_it_is():
    z = nearest_attack(MU, SIGMA.astype(np.float32), 0.2, 2).z
    np.testing.assert_allclose(z, nearest_attack(MU, SIGMA, 0.2, 2).z, atol=1e-6)


@pytest.mark.parametrize("p", ["l1", "l2", "linf"])
@pytest.mark.parametrize("Sigma", [SIGMA, np.diag(SIGMA)], ids=["full", "diagonal"])
def test_accuracies_differentiate_through_the_attack(p, Sigma):
    start = Model(MU, Sigma, p=p, R=2)

    @jax.jit
    def value(mu, eps):
        own = dataclasses.replace(start, mu=mu, eps=eps)
        rule = robust_rule(own)
        return accuracies(rule.w, rule.b, own).robust_minority

    h = 1e-5
    slope = jax.jit(jax.grad(value, argnums=(0, 1)))
    for eps in (0.0, 0.2):  # a one-sided difference at the end of the range
        by_mu, by_eps = slope(jnp.asarray(MU), eps)
        moved = [
            float(value(MU + h * e, eps) - value(MU - h * e, eps)) / (2 * h) for e in np.eye(3)
        ]
        np.testing.assert_allclose(by_mu, moved, atol=1e-8)
        one_sided = -3 * value(MU, eps) + 4 * value(MU, eps + h) - value(MU, eps + 2 * h)
        assert float(by_eps) == pytest.approx(float(one_sided) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("p", [1.5, 3.0])
def test_the_attack_in_any_norm_starts_along_its_dual_vector(p):
    # z = eps sign(g)(|g|/|g|_q)^{q-1} + O(eps^2), g = mu/sigma^2, by Hoelder
    sigma = np.array([1.0, 2.0, 0.7])
    g, q = MU / sigma**2, p / (p - 1)
    start = np.sign(g) * (np.abs(g) / np.linalg.norm(g, q)) ** (q - 1)
    slope = jax.jacfwd(lambda eps: nearest_attack_diagonal(MU, sigma, eps, p))(0.0)
    np.testing.assert_allclose(slope, start, rtol=1e-9)


def test_unequal_variances_tend_to_the_common_variance_rule():
    # K -> 1: the rule of least error is Phi(-(a +- h)), h = log(odds)/(2a)
    a, odds = 1.3, 3.0
    h = np.log(odds) / (2 * a)
    for K in (1.0, 1 + 1e-12, 1 + 1e-6):
        plus, minus = unequal_variance_errors(a, K, odds, 0.0)
        assert float(plus) == pytest.approx(stats.norm.sf(a + h), rel=1e-5)
        assert float(minus) == pytest.approx(stats.norm.sf(a - h), rel=1e-5)
