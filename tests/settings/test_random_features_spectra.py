"""Infinite powerlaws, the short spectrum, and whole maps over (n, k, ridge)."""

import jax
import mpmath
import numpy as np
import pytest
import scipy.special

import theory.random_features as rf
from theory import ParameterError

I = np.arange(1.0, 1001)  # noqa: E741
RNG = np.random.default_rng(5)
LONG = {
    "powerlaw": rf.finite_powerlaw(1.5, 1.5, 1000),
    "slow powerlaw": rf.finite_powerlaw(1.05, 1.2, 1000),
    "steep powerlaw": rf.finite_powerlaw(6.0, 2.0, 1000),
    "log-normal": rf.spectrum(np.exp(RNG.normal(0, 4, 1000)), np.exp(RNG.normal(0, 2, 1000))),
    "exponential": rf.spectrum(np.exp(-0.01 * I), np.exp(-0.02 * I)),
    "blind modes": rf.spectrum(np.where(I % 2 == 0, I**-2.0, 0.0), I**-2.0),
    "counted": rf.spectrum(I**-1.2, I**-2.0, RNG.uniform(0.5, 3, 1000)),
    "two": rf.spectrum([2.0, 1.0], [1.0, 3.0]),
    "one": rf.spectrum([2.0], [1.0]),
}


def same(first, second, tolerance):
    np.testing.assert_allclose(first, second, rtol=tolerance, atol=0)


# Infinite powerlaws


def sums_of(of, gamma):
    return rf.sums(of.eigenvalues, of.eigcoeffs_sq, gamma, of.multiplicities)


@pytest.mark.parametrize("gamma", [1e-12, 1e-6, 1e-2, 1.0, 100.0])
def test_the_infinite_spectrum_has_the_hyperbolic_cotangent_at_alpha_two(gamma):
    z = sums_of(rf.infinite_powerlaw(2.0, 2.0), gamma).z
    with mpmath.workdps(40):
        x = mpmath.pi / mpmath.sqrt(mpmath.mpf(gamma))
        same(float(z), float((x * mpmath.coth(x) - 1) / 2), 1e-14)


@pytest.mark.parametrize(
    ("alpha", "beta", "gamma"),
    [(1.1, 1.5, 0.3), (1.5, 1.5, 1e-3), (1.5, 2.5, 1e-4), (3.0, 4.0, 1e-6), (5.0, 1.2, 1e-9)],
)
def test_infinite_sums_agree_with_hurwitz_zeta_tails(alpha, beta, gamma):
    at = sums_of(rf.infinite_powerlaw(alpha, beta), gamma)
    head = int(np.ceil((20 / gamma) ** (1 / alpha)))
    i = np.arange(1.0, head + 1)
    L, missed, v = i**-alpha / (i**-alpha + gamma), gamma / (i**-alpha + gamma), i**-beta
    j = np.arange(26)
    sign, slope = (-1.0) ** j, (-1.0) ** j * (j + 1)

    def tail(factor, power, exponent):
        return (factor * gamma**-power * scipy.special.zeta(exponent, head + 1)).sum()

    same(at.z, L.sum() + tail(sign, j + 1.0, alpha * (j + 1)), 3e-12)
    same(at.q, (L**2).sum() + tail(slope, j + 2.0, alpha * (j + 2)), 3e-12)
    same(at.bias_squared, (v * missed**2).sum() + tail(slope, j * 1.0, beta + alpha * j), 3e-12)
    mixed = tail(slope, j + 1.0, beta + alpha * (j + 1))
    same(at.bias_mixed, (v * L * missed).sum() + mixed, 3e-12)


def test_cutting_the_spectrum_off_would_be_seen():
    exact = float(rf.predict(rf.infinite_powerlaw(1.2, 1.5), n=100.0, ridge=0.0).gamma)
    cut = float(rf.predict(rf.finite_powerlaw(1.2, 1.5, 10_000), n=100.0, ridge=0.0).gamma)
    assert abs(exact - 0.0289) < 1e-4  # limit of M = 1e3..1e6: .0127, .0190, .0228, .0250
    assert cut < 0.8 * exact


@pytest.mark.parametrize(("n", "rel"), [(3.0, 1e-3), (100.0, 1e-2)])
def test_the_steepest_powerlaw_that_is_allowed_is_summed(n, rel):
    i = np.arange(1.0, 20_001)
    whole = rf.predict(rf.spectrum(i**-6.0, i**-2.0), n=n, ridge=0.0).test_risk
    tail = float(rf.predict(rf.infinite_powerlaw(6, 2), n=n, ridge=0.0).test_risk)
    assert tail == pytest.approx(float(whole), rel=rel)
    assert n < 100 or tail == pytest.approx(0.0542869, abs=1e-7)


def test_noise_far_above_a_bias_that_leaves_the_floats_has_its_slopes():
    """Noise alone: n/(n r + c), c = z/alpha + O(1), z = n (1 - r), for a powerlaw and huge n."""
    task = (6.0, 5e99, 0.5)
    found = jax.grad(rf.relative_risk_at, (0, 2, 4))(6.0, 500000.5, 5e99, 5e14, 0.5)
    limit = jax.grad(lambda alpha, noise, r: noise / (r + (1 - r) / alpha), (0, 1, 2))
    same(found, limit(*task), 1e-12)


# The short spectrum, and maps


def exact_sums(of, gamma):
    """z, c, q, B1, B2 in the machine's longest floating point."""
    values, target, counts = (np.asarray(x, dtype=np.longdouble) for x in of)
    L, missed = values / (values + gamma), gamma / (values + gamma)
    parts = (L, L * missed, L**2, target * missed**2, target * L * missed)
    return np.array([(counts * x).sum() for x in parts])


@pytest.mark.parametrize("name", LONG)
def test_the_short_spectrum_has_the_sums_of_the_long_one_at_every_gamma(name):
    of, short = LONG[name], rf.compressed(LONG[name])
    for gamma in 10.0 ** np.arange(-16, 13):
        long, few = exact_sums(of, gamma), exact_sums(short, gamma)
        np.testing.assert_allclose(few.astype(float), long.astype(float), rtol=2e-14)


def test_ten_thousand_modes_become_a_few_hundred_nodes():
    of = rf.finite_powerlaw(1.5, 1.5, 10_000)
    short = rf.compressed(of)
    assert len(short.eigenvalues) < 300
    assert short.eigenvalues.min() == of.eigenvalues.min()
    np.testing.assert_allclose(float(short.multiplicities.sum()), 10_000, rtol=1e-13)


def test_fewer_nodes_would_be_seen():
    of = LONG["powerlaw"]
    for nodes in (10, 20):
        gap = abs(exact_sums(rf.compressed(of, nodes), 1e-3) / exact_sums(of, 1e-3) - 1).max()
        assert 1e-14 < gap < (1 + 2 * nodes) * 2 / 3.0**nodes


@pytest.mark.parametrize("name", ["powerlaw", "exponential", "log-normal"])
def test_a_map_solves_the_equations_to_rounding_over_the_whole_domain(name):
    of = LONG[name]
    n = np.geomspace(0.5, 1e5, 12)[:, None, None]
    k = np.append(np.geomspace(0.4, 2e5, 11), np.inf)[:, None]
    ridge = np.array([0.0, 1e-14, 1e-10, 1e-7, 1e-4, 1e-2, 1.0, 10.0, 1e4, 1e10])
    p = rf.predict_map(of, n=n, k=k, ridge=ridge, noise=0.3)
    assert p.test_risk.shape == (12, 12, 10)
    values, _, counts = (np.asarray(x) for x in of)
    gamma = np.asarray(p.gamma)
    z = values / (values + np.maximum(gamma, 1e-300)[..., None]) @ counts  # over all modes
    gap = np.asarray(p.fitting_ratio_root) * n  # delta/kappa, also where both are 0
    solved = gamma > 0
    first = np.where(solved, (z + gap) / n - 1, 0.0)
    second = np.where(solved, z / k + np.asarray(p.kappa) / np.where(solved, gamma, 1) - 1, 0.0)
    assert max(abs(first).max(), abs(second).max()) < 2e-13
    single = rf.predict(of, n=n[::4], k=k[::3], ridge=ridge[::3], noise=0.3)
    for whole, one in zip(p, single, strict=True):
        same(whole[::4, ::3, ::3], one, 1e-11)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("of", [LONG["powerlaw"], rf.infinite_powerlaw(1.5, 1.8)])
def test_a_map_of_optima_holds_the_single_optima(of, noise):
    n, k = np.array([8.0, 60.0, 100.0, 300.0])[:, None], np.array([5.0, 100.0, 190.0, 3e4, np.inf])
    whole = rf.optimal_risk_map(of, n=n, k=k, noise=noise)
    single = rf.optimal_ridge(of, n=n, k=k, noise=noise)
    np.testing.assert_allclose(whole.test_risk, single.test_risk, rtol=1e-10)
    np.testing.assert_allclose(whole.ridge, single.ridge, rtol=1e-5, atol=1e-12)
    np.testing.assert_array_equal(whole.ridge == 0, single.ridge == 0)


def test_a_map_is_differentiable_in_sizes_and_ridge_and_warns_of_infinity():
    def total(point):
        n, ridge = point
        at = rf.predict_map(LONG["powerlaw"], n=n, k=np.array([20.0, 50.0]), ridge=ridge, noise=0.1)
        return at.test_risk.sum()

    point = np.array([30.0, 0.1])
    slopes = jax.jit(jax.grad(total))(point)
    for slope, step in zip(slopes, np.diag(1e-5 * point), strict=True):
        gap = total(point + step) - total(point - step)
        same(gap / (2 * step.sum()), slope, 1e-7)
    with pytest.warns(UserWarning, match="infinite"):
        total([20.0, 0.0])


# Forms that no claim speaks of


@pytest.mark.parametrize(("alpha", "r"), [(1.2, 0.0), (1.5, 0.3), (4.0, 0.9)])
def test_a_powerlaws_overfitting_coefficient_is_what_label_noise_adds(alpha, r):
    noisy, clean = (rf.relative_risk(alpha, 1.5, noise, r) for noise in (1.0, 0.0))
    same(rf.powerlaw_overfitting_coefficient(alpha, r), noisy - clean, 1e-12)


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 2.0), (1.5, 3.2), (3.0, 1.1), (2.0, 4.99)])
def test_constants_of_powerlaws_are_sines(alpha, beta):
    p = mpmath.mpf(beta - 1) / alpha
    sine = mpmath.pi / (alpha * mpmath.sin(mpmath.pi * p))
    assert rf.unsquared_bias_constant(alpha, beta) == pytest.approx(float(sine), rel=1e-13)
    assert rf.bias_constant(alpha, beta) == pytest.approx(float((1 - p) * sine), rel=1e-13)


def test_without_ridge_the_kernel_fits_all_points():
    gamma = rf.zero_ridge_gamma(1.5, 1e4)
    kept = 1 / (1 + np.arange(1.0, 2e6) ** 1.5 * gamma)
    tail = 2 / np.sqrt(2e6) / gamma  # of i^-1.5 gamma^-1
    assert kept.sum() + tail == pytest.approx(1e4, rel=1e-3)


def test_forms_of_the_price_of_a_ridge_agree():
    r = rf.noiseless_optimal_r(2.0, 1.5)
    assert r == pytest.approx(1 / 3, rel=1e-15)
    assert r == pytest.approx(float(rf.optimal_fitting_root(2.0, 1.5, 0.0)), rel=1e-12)
    assert rf.noiseless_optimal_r(1.5, 2.0) == 0
    price = rf.overfitting_penalty(1.5, 2.0, 0.1)
    assert price == pytest.approx(0.9**-1 / 1.05, rel=1e-15)
    largest = rf.largest_fitting_ratio(1.5, 2.0, price - 1)
    assert 0.1**2 < largest < 0.15**2  # the tangent's bound


@pytest.mark.parametrize(("n", "k", "noise"), [(10.0, 20.0, 0.1), (30.0, 37.0, 0.0)])
def test_the_slope_at_zero_ridge_is_a_difference(n, k, noise):
    of = rf.finite_powerlaw(1.5, 2.0, 200)
    at = [rf.predict(of, n=n, k=k, ridge=ridge, noise=noise) for ridge in (0.0, 1e-6)]
    risks, gammas = ([np.log(float(getattr(x, f))) for x in at] for f in ("test_risk", "gamma"))
    slope = (risks[1] - risks[0]) / (gammas[1] - gammas[0])
    assert rf.zero_ridge_slope(of, n, k, noise) == pytest.approx(slope, rel=1e-3)
    with pytest.raises(ParameterError, match="not below the 200 modes"):
        rf.zero_ridge_slope(of, 200.0, 300.0, 0.0)
