"""Rounds by scikit-learn, floors by search, limits by quadrature, counts by hand, refusals."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, linalg, optimize
from sklearn.linear_model import Ridge

from theory import ArgumentError, ParameterError
from theory.self_distillation import (
    Params, bayes_risk, best_mixed_risk, best_round, best_shrinkage_risk, design_risk,
    design_risk_term, distance_bound, generalisation_gap, mixed_design_risk, mixed_filter,
    multiplier, optimal_mixing, ratio_bound, removed, round_filter, round_risk,
    rounds_before_collapse, teacher_weights, tuned_coefficient, tuned_filter, zeta,
)  # fmt: skip
from theory.self_distillation.mixing import CHAIN

RNG = np.random.default_rng(5)
X = RNG.normal(size=(9, 5))
START, Y = RNG.normal(size=5), RNG.normal(size=9)
U, S, VT = np.linalg.svd(X, full_matrices=False)
RHO = Y - X @ START
LAM = 2.5


def fitted(target):
    """The ridge fit around START, by scikit-learn."""
    model = Ridge(alpha=LAM, fit_intercept=False, solver="cholesky")
    return START + model.fit(X, target - X @ START).coef_


def test_rounds_of_scikit_learn_and_what_each_removes():
    target = Y
    for t in range(4):
        w = fitted(target)
        shares = np.asarray(round_filter(S**2, LAM, t))
        assert VT.T @ (shares * (U.T @ RHO) / S) == pytest.approx(w - START, rel=1e-11)
        gone = U.T @ (target - X @ w)
        if t:
            taken = np.asarray(removed(S**2, LAM, t))
            assert gone == pytest.approx(taken * (U.T @ RHO), rel=1e-10)
        bound = float(distance_bound(np.linalg.norm(RHO), LAM, t))
        assert np.linalg.norm(w - START) < bound
        target = X @ w
    assert float(removed(4.0, 1.0, 0)) == pytest.approx(0.2, rel=1e-15)
    assert float(distance_bound(3.0, 4.0, 0)) == pytest.approx(0.75, rel=1e-15)
    assert float(jnp.sum(removed(4.0, 1.0, jnp.arange(400)))) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("t", [0, 1, 5, 40])
def test_zeta_by_search_and_far_out(t):
    found: Any = optimize.minimize_scalar(
        lambda x: -((t + 0.5) * x - (t + 1) * np.log1p(np.exp(x))), bounds=(-3, 9), method="bounded"
    )
    assert float(zeta(t)) == pytest.approx(np.exp(-found.fun), rel=1e-9)
    far = float(zeta(1e12)) * np.sqrt(2 * np.e * 1e12)
    assert far == pytest.approx(1, abs=1e-11)


def test_fine_tuning_by_the_matrix_exponential():
    H, tau = X.T @ X, 0.07
    other = RNG.normal(size=9)
    w = fitted(X @ fitted(Y))
    fade = linalg.expm(-H * tau)
    for labels in (Y, other):
        end = np.linalg.lstsq(X, labels, rcond=None)[0]
        tuned = end + fade @ (w - end) - START
        shares = tuned_coefficient(S**2, LAM, 1, tau, U.T @ RHO, U.T @ (labels - X @ START))
        assert VT.T @ np.asarray(shares) == pytest.approx(tuned, rel=1e-10)
    same = np.asarray(tuned_filter(S**2, LAM, 1, tau)) * (U.T @ RHO) / S
    assert np.asarray(tuned_coefficient(S**2, LAM, 1, tau, U.T @ RHO, U.T @ RHO)) == pytest.approx(
        same, rel=1e-12
    )


BETA2, SIGMA = np.array([1.0, 0.2, 3.0, 0.5, 1.5]), 0.8


def risk_of(h):
    """E|X(w - w*)|^2/n as traces of matrices."""
    map_ = U @ np.diag(h) @ U.T
    truth = U @ (S * np.sqrt(BETA2))
    return (np.sum((map_ @ truth - truth) ** 2) + SIGMA**2 * np.trace(map_ @ map_.T)) / 9


def test_risks_and_one_mixed_round_by_search():
    g = S**2 / (S**2 + LAM)
    for t in (0, 2):
        parts = round_risk(S**2, BETA2, LAM, SIGMA, 9, t)
        assert float(sum(parts)) == pytest.approx(risk_of(g ** (t + 1)), rel=1e-12)
        assert float(parts[1]) == pytest.approx(SIGMA**2 * np.sum(g ** (2 * t + 2)) / 9, rel=1e-12)
    found: Any = optimize.minimize_scalar(lambda x: risk_of(g * (1 - x + x * g)))
    xi, gain = optimal_mixing(S**2, BETA2, LAM, SIGMA, 9)
    assert float(xi) == pytest.approx(found.x, rel=1e-6)
    assert float(gain) == pytest.approx(risk_of(g) - found.fun, rel=1e-9)
    one = float(best_mixed_risk(S**2, BETA2, LAM, SIGMA, 9, 1))
    assert one == pytest.approx(found.fun, rel=1e-12)


def test_mixed_rounds_found_by_search_reach_the_polynomial_and_no_less():
    g = S**2 / (S**2 + LAM)

    def chain(xi):
        h = g
        for x in xi:
            h = g * (1 - x + x * h)
        return risk_of(h)

    best = [float(best_mixed_risk(S**2, BETA2, LAM, SIGMA, 9, t)) for t in range(8)]
    assert best[0] == pytest.approx(risk_of(g), rel=1e-12)
    for t in (2, 3):
        starts = np.random.default_rng(t).normal(size=(6, t)) * 3
        found = min(
            optimize.minimize(chain, x, method="Nelder-Mead",
                              options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 8000}).fun
            for x in starts
        )  # fmt: skip
        assert found == pytest.approx(best[t], rel=1e-7)
    floor = float(best_shrinkage_risk(S**2, BETA2, SIGMA, 9))
    power = S**2 * BETA2
    assert floor == pytest.approx(risk_of(power / (power + SIGMA**2)), rel=1e-12)
    assert best[4] > floor * (1 + 1e-9)
    assert best[5:] == pytest.approx([floor] * 3, rel=1e-12)
    twice = best_mixed_risk([4.0, 4.0, 1.0], [1.0, 2.0, 3.0], 1.0, 1.0, 9.0, 2)
    more = best_mixed_risk([4.0, 4.0, 1.0], [1.0, 2.0, 3.0], 1.0, 1.0, 9.0, 3)
    assert float(twice) == pytest.approx(float(more), rel=1e-12)  # two distinct values: two rounds


def test_weights_of_the_chain():
    p = CHAIN
    power = np.asarray(p.squares * p.signals)
    g = np.asarray(p.squares / (p.squares + p.ridge))
    rows = np.stack([[x**k for k in range(1, 5)] for x in (*g, 1.0)])
    c = np.linalg.solve(rows, [*(power / (power + p.sigma**2)), 1.0])
    assert np.asarray(teacher_weights(c)) == pytest.approx([p.xi1, p.xi2, p.xi3], rel=1e-9)


def test_fixed_points_and_best_rounds():
    h = g = 0.8
    for t in range(6):
        assert float(mixed_filter(4.0, 1.0, 0.3, t)) == pytest.approx(h, rel=1e-14)
        h = g * (0.3 + 0.7 * h)
    assert float(mixed_filter(4.0, 1.0, 0.3, 10_000)) == pytest.approx(4 / (4 + 1 / 0.3), rel=1e-14)
    assert float(mixed_filter(4.0, 1.0, 1.0, 3)) == 0.8
    for t, slope in ((0, 0.0), (1, 0.8 - 0.64)):
        found = jax.grad(lambda a, t=t: mixed_filter(4.0, 1.0, a, t))(1.0)
        assert float(found) == pytest.approx(slope, abs=1e-14)
    found: Any = optimize.minimize_scalar(
        lambda t: 2 * (1 - 0.9 ** (t + 1)) ** 2 + 3 * 0.9 ** (2 * t + 2), bounds=(0, 50),
        method="bounded",
    )  # fmt: skip
    assert float(best_round(2.0, 3.0, 0.9)) == pytest.approx(found.x, abs=1e-4)


def test_collapse_by_hand():
    D, z = np.array([8.0, 4.0, 1.0, 0.5]), np.ones(4)
    eps = 4 / 9
    ratio, count = 1.0, 0
    for bound in (40 / 33, (40 / 33) ** 2, (40 / 33) ** 3, np.inf):
        if z @ z <= eps:
            break
        c = optimize.brentq(lambda c: np.sum((c * z / (c + D)) ** 2) - eps, 1e-9, 1e9, xtol=1e-14)  # noqa: B023
        assert float(multiplier(D, z, eps)) == pytest.approx(c, rel=1e-11)
        ratio *= (D[0] / (c + D[0])) / (D[2] / (c + D[2]))
        z, count = D / (c + D) * z, count + 1
        assert float(ratio_bound(16.0, 2.0, 3.0, count)) == pytest.approx(bound, rel=1e-13)
        assert ratio > bound
    assert float(rounds_before_collapse(D, np.ones(4), eps)) == count
    spread = 10.0 ** (-8 * np.arange(30) / 29)
    both = rounds_before_collapse(np.stack([spread, np.ones(30)]), np.ones(30), 30 / 6.3**2)
    assert np.asarray(both).tolist() == [12, 6]


def law(f, gamma):
    """An average over the bulk of Marchenko and Pastur's law, by its density."""
    low, high = (1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2

    def density(x):
        return np.sqrt((x - low) * (high - x)) / (2 * np.pi * gamma * x)

    return integrate.quad(lambda x: f(x) * density(x), low, high, epsabs=1e-13, limit=200)[0]


@pytest.mark.parametrize(("gamma", "lam", "t"), [(0.5, 0.3, 3), (2.0, 0.2, 2), (1.0, 0.3, 0)])
def test_random_designs_by_the_density(gamma, lam, t):
    def error(x):
        g = x / (x + lam)
        return 1.3 * (1 - g ** (t + 1)) ** 2 + 0.49 * gamma * g ** (2 * t + 2) / x

    expected = law(error, gamma) + 1.3 * max(0, 1 - 1 / gamma)
    assert float(design_risk(gamma, lam, 1.3, 0.7, t)) == pytest.approx(expected, rel=1e-7)


def test_next_order_mixed_rounds_and_bayes_at_digits_of_another_route():
    half = 0.5**0.5
    terms = np.asarray(design_risk_term(0.5, 0.3, 1.0, half, np.array([0.0, 1.0, 3.0])))
    assert terms == pytest.approx([0.084980711, 0.096408515, 0.061535922], abs=2e-9)
    terms = np.asarray(design_risk_term(2.0, 0.2, 1.0, half, np.array([0.0, 1.0, 2.0])))
    assert terms == pytest.approx([0.16575319, 0.065559184, 0.074634507], abs=1e-8)
    for gamma, lam, digits in (
        (0.5, 0.3, (0.2827304867, 0.2807782551, 0.2807764082, 0.2807764064)),
        (2.0, 0.2, (0.8017837257, 0.7126966451, 0.7074562286, 0.7071287026)),
    ):
        found = [float(mixed_design_risk(gamma, lam, 1.0, half, t)) for t in range(4)]
        assert found == pytest.approx(digits, abs=2e-10)
    assert float(bayes_risk(2.0, 1.0, half)) == pytest.approx(half, rel=1e-14)
    assert float(bayes_risk(0.5, 2.0, 1.0)) == pytest.approx(
        law(lambda x: 0.5 / (x + 0.25), 0.5), rel=1e-7
    )


def test_the_next_order_is_what_random_rows_show():
    rng, (n, d, t, lam) = np.random.default_rng(0), (12, 6, 1, 0.3)
    x = np.linalg.eigvalsh(np.einsum("kni,knj->kij", z := rng.normal(size=(40_000, n, d)), z) / n)
    g = x / (x + lam)
    errors = (1 - g ** (t + 1)) ** 2 + 0.5 * d / n * g ** (2 * t + 2) / x
    seen = errors.mean(axis=1)
    half = 0.5**0.5
    limit = float(design_risk(0.5, lam, 1.0, half, t))
    term = float(design_risk_term(0.5, lam, 1.0, half, t))
    assert abs(seen.mean() - limit - term / d) < 0.25 * term / d


def test_generalisation_gap_and_the_tight_case_of_its_lower_bound():
    found = float(generalisation_gap(0, 0.25, 2.0, 100, 0.1))
    assert found == pytest.approx(2 * 0.5 * 2 / np.sqrt(25) + np.sqrt(np.log(10) / 200), rel=1e-14)
    later = float(generalisation_gap(1, 0.25, 2.0, 100, 0.1))
    assert found - later == pytest.approx(2 * (0.5 - 3**1.5 / 16) * 2 / 5, rel=1e-13)
    assert np.mean([abs(a + b) for a in (-1, 1) for b in (-1, 1)]) == np.sqrt(2 / 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: round_filter(1.0, 0.0, 1), "ridge = 0 is outside.*every round returns its teach"),
        (lambda: round_filter(1.0, 1.0, -1), "t = -1 is outside"),
        (lambda: round_filter(1.0, 1.0, 0.5), "t = 0.5 is not a whole number"),
        (lambda: multiplier([1.0, 2.0], [1.0, 1.0], 2.0), "has collapsed"),
        (lambda: multiplier([-1.0, 2.0], [1.0, 1.0], 1.0), "eigenvalues.* = -1 is outside"),
        (lambda: rounds_before_collapse([1.0], [1.0], 1e-5), "more than 1e4 rounds"),
        (lambda: mixed_filter(1.0, 1.0, 0.0, 1), "truth = 0 is outside"),
        (lambda: round_risk([1.0], [1.0], 1.0, -1.0, 5, 0), "sigma = -1 is outside"),
        (lambda: design_risk(0.0, 1.0, 1.0, 1.0, 0), "gamma = 0 is outside"),
        (lambda: design_risk(1.0, 0.0, 1.0, 1.0, 0), "ridge = 0 is outside"),
        (lambda: best_round(0.0, 1.0, 0.5), "bias = 0 is outside"),
        (lambda: best_round(1.0, 0.0, 0.5), "variance = 0 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"rank": 13}, "is above n = 20 or d = 12"),
        ({"ridge": 0.0}, "every round returns its teacher"),
        ({"t": -1}, "t = -1 is outside"),
        ({"truth": 0.0}, "truth = 0"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
