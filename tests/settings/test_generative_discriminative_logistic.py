"""Fixed points of regression by quadrature, thresholds and losses by minimisation."""

import jax
import numpy as np
import pytest
from scipy import integrate, optimize, stats
from scipy.special import expit

from theory import generative_discriminative as gd
from theory.generative_discriminative.logistic import largest_margin

# --------------------------------------------------------------------------------------------
# Logistic regression


def prox(v, price):
    """P - price sigmoid(-P) = v by scipy."""
    return optimize.brentq(lambda x: x - price * expit(-x) - v, v - 1, v + price + 1, xtol=1e-13)


def moments(mean, spread, price):
    """E s, E s^2, E c/(1 + price c) by the trapezoidal rule and the prox."""
    z = np.linspace(-9, 9, 1201)
    w = stats.norm.pdf(z) * (z[1] - z[0])
    s = expit(-np.array([prox(mean + spread * x, price) for x in z]))
    c = s * (1 - s)
    return w @ s, w @ s**2, w @ (c / (1 + price * c))


@pytest.mark.parametrize(
    ("r", "kappa", "state"),
    [
        (1.0, 0.05, (2.1772, 0.7558, 0.5258)),
        (1.0, 0.1, (2.4241, 1.2470, 1.2898)),
        (1.5, 0.1, (5.5135, 3.2557, 5.975)),
        (1.0, 0.25, (6.2463, 6.5687, 14.514)),
    ],
)
def test_the_unpenalised_state_solves_its_equations(r, kappa, state):
    a, b, price = map(float, gd.lr_state(r, kappa))
    spread = np.hypot(a, b)
    first, second, curvature = moments(a * r, spread, price)
    assert price * r / kappa * first == pytest.approx(a, rel=1e-6)
    assert price**2 / kappa * second == pytest.approx(b**2, rel=1e-6)
    assert price * curvature == pytest.approx(kappa, rel=1e-6)
    assert (a, b, price) == pytest.approx(state, rel=2e-4)
    assert float(gd.lr_error(r, kappa)) == pytest.approx(stats.norm.cdf(-r * a / spread), rel=1e-9)


def test_the_ridge_state_solves_its_equations():
    m, ridge, e, g, mu2 = 60.0, 0.7, np.array([9.0, 1.0]), np.array([10.0, 30.0]), [2.0, 3.0]
    along, spread, price = map(float, gd.ridge_lr_state(m, ridge, e, g, np.array(mu2)))
    first, second, curvature = moments(along, spread, price)
    R = 1 / (ridge + m * curvature * e)
    assert m * first * np.sum(mu2 * R) == pytest.approx(along, rel=1e-6)
    across = (m * first) ** 2 * np.sum(mu2 * R**2 * e) + m * second * np.sum(g * (R * e) ** 2)
    assert across == pytest.approx(spread**2, rel=1e-6)
    assert np.sum(g * e * R) == pytest.approx(price, rel=1e-6)
    ratios = []
    for samples, rho in ((400, 1.0), (100, 10.0), (100, 0.1)):
        state = gd.ridge_lr_state(samples, rho, [1.0], [200.0], [1.0])
        ratios.append(stats.norm.cdf(-float(state[0] / state[1])))
    assert ratios == pytest.approx([0.26359, 0.29721, 0.30938], abs=6e-6)


def test_threshold_and_margin_by_minimisation():
    def bracket(s, r, t):
        x = t - s * r
        value = (1 + x * x) * stats.norm.cdf(x) + x * stats.norm.pdf(x)
        return value / (1 - s * s)

    for r, known in ((0.5, 0.427134), (1.0, 0.270268), (1.5, 0.129912), (2.0, 0.0482557)):
        least = optimize.minimize_scalar(bracket, bounds=(0, 1), args=(r, 0), method="bounded")
        found = float(gd.lr_threshold(r))
        assert found == pytest.approx(least.fun, rel=1e-7)
        assert found == pytest.approx(known, abs=6e-7)
    assert float(gd.lr_threshold(0.0)) == 0.5
    for r, kappa, error, margin in ((1, 0.5, 0.2818, 0.334), (2, 5, 0.1132, 2.691)):
        t = float(largest_margin(r, kappa)[1])
        least = optimize.minimize_scalar(bracket, bounds=(0, 1), args=(r, t), method="bounded")
        assert least.fun == pytest.approx(kappa, rel=1e-6)
        assert float(gd.max_margin_error(r, kappa)) == pytest.approx(
            stats.norm.cdf(-least.x * r), rel=1e-4
        )
        assert t == pytest.approx(margin, abs=5e-4)
        assert stats.norm.cdf(-least.x * r) == pytest.approx(error, abs=5e-5)


def test_efron_s_table_and_first_order_slopes():
    distances = np.arange(1, 9) / 2
    found = np.asarray(gd.lr_efficiency(distances))
    for distance, value in zip(distances, found, strict=True):
        law = stats.norm(distance**2 / 2, distance)
        mean = integrate.quad(lambda v, law=law: expit(v) * expit(-v) * law.pdf(v), -30, 60,
                              points=[0, distance**2 / 2], limit=200)[0]  # fmt: skip
        assert value == pytest.approx(4 * mean, rel=1e-8)
    table = [1.000, 0.995, 0.968, 0.899, 0.786, 0.641, 0.486, 0.343]
    assert found * (1 + distances**2 / 4) == pytest.approx(table, abs=6e-4)
    for distance in (1.0, 3.0):
        slopes = gd.excess_slopes(distance)
        naive = jax.grad(lambda k, d=distance: gd.nb_limit(d**2, d**2, k))(0.0)
        lda = jax.grad(lambda k, d=distance: gd.lda_error(d, k))(0.0)
        logistic = jax.grad(lambda k, d=distance: gd.lr_error(d / 2, k))(1e-6)
        expected = [float(x) for x in (naive, logistic, lda)]
        assert np.asarray(slopes) == pytest.approx(expected, rel=1e-4)


def test_lda_s_limit_and_the_paper_s_design():
    assert float(gd.lda_error(2.0, 1 / 3)) == pytest.approx(0.23975, abs=5e-6)
    assert float(gd.lda_error(3.0, 0.1)) == pytest.approx(0.08190, abs=5e-6)
    found = gd.lr_samples(0.01, np.array([50.0, 200.0, 1000.0]))
    assert found == pytest.approx([67.1, 207.6, 952.1], abs=0.05)


def test_the_crossing_by_another_root_and_its_slopes():
    found = float(gd.crossover(1.0, 1.0, 1.09, 0.91**-0.5))
    for c, d2, known in ((0.3, 4.0, 0.07683), (0.4, 2.25, 0.18126), (0.5, 4.0, 0.181684)):
        place = gd.crossover(d2, d2, 1 + c * c, (d2 / (1 - c * c)) ** 0.5)
        assert float(place) == pytest.approx(known, abs=5e-6)

    def gap(kappa):
        return float(gd.lr_error(0.91**-0.5 / 2, kappa)) - float(gd.nb_limit(1.0, 1.0, kappa, 1.09))

    assert found == pytest.approx(0.13719, abs=5e-6)
    assert gap(found * 0.999) < 0 < gap(found * 1.001)
    slope = float(jax.grad(gd.crossover, 2)(1.0, 1.0, 1.09, 0.91**-0.5))
    ahead = float(gd.crossover(1.0, 1.0, 1.0901, 0.91**-0.5))
    assert slope == pytest.approx((ahead - found) / 1e-4, rel=1e-3)


# --------------------------------------------------------------------------------------------
# The logistic loss


def test_least_regrets_by_minimisation():
    p = np.array([0.5, 0.3, 0.2])

    def regret(free, called):
        scores = np.append(free, 0.0)
        scores[called] = max(scores.max(), scores[called])  # called, or tied
        s = np.exp(scores) / np.exp(scores).sum()
        return p @ np.log(p / s)

    for called in (1, 2):
        least = min(
            optimize.minimize(regret, start, args=(called,), method="Nelder-Mead",
                              options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}).fun
            for start in ([0.5, 0.1], [1.0, 0.0], [0.1, -0.3])
        )  # fmt: skip
        assert float(gd.least_regret(p[0], p[called])) == pytest.approx(least, abs=1e-7)
    t = 0.4
    binary = (1 + t) / 2 * np.log(1 + t) + (1 - t) / 2 * np.log(1 - t)
    assert float(gd.consistency(t)) == pytest.approx(binary, rel=1e-13)


@pytest.mark.parametrize(("t", "limit"), [(0.2, 1.0), (0.9, 1.0), (0.99, 3.0), (0.1, 0.5)])
def test_bounded_scores_by_minimisation(t, limit):
    def loss(u):
        return (1 + t) / 2 * np.log1p(np.exp(-u)) + (1 - t) / 2 * np.log1p(np.exp(u))

    best = optimize.minimize_scalar(loss, bounds=(0, limit), method="bounded",
                                    options={"xatol": 1e-12}).fun  # fmt: skip
    found = float(gd.bounded_consistency(t, limit))
    assert found == pytest.approx(np.log(2) - min(best, loss(limit)), abs=1e-9)
