"""Whole maps over (n, k, ridge), and the short spectrum that makes them fast."""

import jax
import numpy as np
import pytest

import theory.random_features as rf
from theory import ParameterError
from theory.random_features._compress import NODES

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


def exact_sums(of, gamma):
    """z, c, q, B1, B2 in the machine's longest floating point."""
    values, target, counts = (np.asarray(x, dtype=np.longdouble) for x in of)
    captured, missed = values / (values + gamma), gamma / (values + gamma)
    return np.array([
        (counts * captured).sum(), (counts * captured * missed).sum(),
        (counts * captured**2).sum(), (counts * target * missed**2).sum(),
        (counts * target * captured * missed).sum(),
    ])  # fmt: skip


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
    for nodes, bound in ((10, 2 / 3.0**10), (20, 2 / 3.0**20)):
        gap = abs(exact_sums(rf.compressed(of, nodes), 1e-3) / exact_sums(of, 1e-3) - 1).max()
        assert gap > 1e-14
        assert gap < (1 + 2 * nodes) * bound
    assert (1 + 2 * NODES) * 2 / 3.0**NODES < 2.0**-52


@pytest.mark.parametrize("name", ["powerlaw", "exponential", "log-normal"])
def test_a_map_solves_the_equations_to_rounding_over_the_whole_domain(name, record_property):
    of = LONG[name]
    n = np.geomspace(0.5, 1e5, 12)[:, None, None]
    k = np.append(np.geomspace(0.4, 2e5, 11), np.inf)[:, None]
    ridge = np.array([0.0, 1e-14, 1e-10, 1e-7, 1e-4, 1e-2, 1.0, 10.0, 1e4, 1e10])
    p = rf.predict_map(of, n=n, k=k, ridge=ridge, noise=0.3)
    assert p.test_risk.shape == (12, 12, 10)
    values, _, counts = (np.asarray(x) for x in of)
    gamma = np.asarray(p.gamma)
    captured = values / (values + np.maximum(gamma, 1e-300)[..., None])
    z = captured @ counts  # over all modes, not over the nodes
    gap = np.asarray(p.fitting_ratio_root) * n  # delta/kappa, also where both are 0
    solved = gamma > 0
    first = np.where(solved, (z + gap) / n - 1, 0.0)
    second = np.where(solved, z / k + np.asarray(p.kappa) / np.where(solved, gamma, 1) - 1, 0.0)
    worst = max(abs(first).max(), abs(second).max())
    record_property("worst_residual", float(worst))
    print(f"worst relative residual of the defining equations over a map: {worst:.2e}")
    assert worst < 2e-13
    few = (slice(None, None, 4), slice(None, None, 3), slice(None, None, 3))
    single = rf.predict(of, n=n[few[0]], k=k[few[1]], ridge=ridge[few[2]], noise=0.3)
    for field in rf.Prediction._fields:
        np.testing.assert_allclose(
            np.asarray(getattr(p, field))[few], getattr(single, field), rtol=1e-11, err_msg=field
        )


def test_a_map_of_optima_holds_the_single_optima():
    of = LONG["powerlaw"]
    n, k = np.array([8.0, 100.0, 2000.0])[:, None], np.array([5.0, 100.0, 3e4, np.inf])
    for noise in (0.0, 0.5):
        whole = rf.optimal_risk_map(of, n=n, k=k, noise=noise)
        single = rf.optimal_ridge(of, n=n, k=k, noise=noise)
        np.testing.assert_allclose(whole.test_risk, single.test_risk, rtol=1e-10)
        np.testing.assert_allclose(whole.ridge, single.ridge, rtol=1e-5, atol=1e-12)


def test_a_map_is_differentiable_in_sizes_and_ridge():
    def total(n, ridge):
        at = rf.predict_map(LONG["powerlaw"], n=n, k=np.array([20.0, 50.0]), ridge=ridge, noise=0.1)
        return at.test_risk.sum()

    slopes = jax.jit(jax.grad(total, (0, 1)))(30.0, 0.1)
    for i, slope in enumerate(slopes):
        step = 1e-5 * np.array([30.0, 0.1]) * (np.arange(2) == i)
        gap = total(30.0 + step[0], 0.1 + step[1]) - total(30.0 - step[0], 0.1 - step[1])
        np.testing.assert_allclose(gap / (2 * step[i]), slope, rtol=1e-7)


def test_a_map_refuses_what_a_prediction_refuses():
    with pytest.raises(ParameterError, match="n and k must be positive"):
        rf.predict_map(LONG["two"], n=np.array([3.0, 0.0]), ridge=0.1)
    with pytest.raises(ParameterError, match="squared coefficients must be >= 0"):
        rf.optimal_risk_map(rf.spectrum([1.0, 0.5], [1.0, -1.0]), n=3.0, k=3.0)
    with pytest.warns(UserWarning, match="infinite"):
        rf.predict_map(LONG["powerlaw"], n=20.0, k=np.array([20.0]), ridge=0.0, noise=0.1)


def test_noise_far_above_a_bias_that_leaves_the_floats_has_its_slopes():
    """Noise alone: n/(n r + c), c = z/alpha + O(1), z = n (1 - r), for a powerlaw and huge n."""
    alpha, noise, r = 6.0, 5e99, 0.5
    found = jax.grad(rf.relative_risk_at, (0, 2, 4))(alpha, 500000.5, noise, 5e14, r)
    share = r + (1 - r) / alpha
    expected = (
        noise * (1 - r) / (alpha * share) ** 2,
        1 / share,
        -noise * (1 - 1 / alpha) / share**2,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)
