"""The eigenframework by other routes: invariances, special cases, mpmath, whole maps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

import theory.random_features as rf
from proofs_check.random_features.eigenframework import printed_risk
from theory import ParameterError

pytestmark = pytest.mark.filterwarnings("ignore:random_features")  # n = k without ridge
MODES = 48


@st.composite
def spectra(draw):
    """Powerlaw, log-normal, exponential and flat spectra with random targets."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    i = np.arange(1.0, MODES + 1)
    values = draw(st.sampled_from([
        i ** -rng.uniform(1.05, 4), np.exp(rng.normal(0, rng.uniform(0.1, 5), MODES)),
        np.exp(-rng.uniform(0.01, 1) * i), np.full(MODES, 1 / MODES),
    ]))  # fmt: skip
    return rf.spectrum(values, np.exp(rng.normal(0, 2, MODES)))


def logarithmic(low, high):
    return st.floats(np.log(low), np.log(high)).map(np.exp).map(float)


sizes = logarithmic(0.5, 1e5)
ridges = st.one_of(logarithmic(1e-14, 1e10), st.just(0.0))


def risks(of, n, k, ridge, noise=0.3):
    p = rf.predict(of, n=n, k=k, ridge=ridge, noise=noise)
    return np.array([p.test_risk, p.train_risk])


def same(first, second, tolerance=1e-11):
    np.testing.assert_allclose(first, second, rtol=tolerance, atol=0)


# The two equations


def test_the_worst_residual_over_three_thousand_problems_is_rounding():
    rng = np.random.default_rng(1)
    count = 3000
    i = np.arange(1.0, 101)
    values = np.stack([
        i ** -rng.uniform(1.02, 6) if j % 3 else np.exp(rng.normal(0, rng.uniform(0.1, 8), 100))
        for j in range(count)
    ])  # fmt: skip
    n, k = np.exp(rng.uniform(np.log(0.5), np.log(1e5), (2, count)))
    k = np.where(rng.random(count) < 0.2, np.inf, k)
    ridge = np.where(rng.random(count) < 0.2, 0.0, 10 ** rng.uniform(-14, 10, count))

    def residual(values, n, k, ridge):
        p = rf.predict(rf.spectrum(values, jnp.ones(100)), n=n, k=k, ridge=ridge)
        z, a, r = p.degrees_of_freedom, n * p.fitting_ratio_root, p.kappa / p.gamma
        product = jnp.where(ridge > 0, p.kappa * a / jnp.where(ridge > 0, ridge, 1.0) - 1, 0.0)
        parts = jnp.stack([(z + a) / n - 1, z / k + r - 1, product])
        return jnp.where(p.gamma > 0, jnp.max(jnp.abs(parts)), 0.0)

    assert float(jax.jit(jax.vmap(residual))(values, n, k, ridge).max()) < 2e-13


@given(of=spectra(), n=sizes, k=sizes, ridge=ridges)
def test_exact_invariances(of, n, k, ridge):
    values, target, _ = of

    def at(of, ridge=ridge, noise=0.3):
        return risks(of, n, k, ridge, noise)

    same(at(of._replace(eigenvalues=7 * values), 7 * ridge), at(of))
    same(at(of._replace(eigcoeffs_sq=7 * target), noise=2.1), 7 * at(of))
    same(at(rf.spectrum(*(x[::-1] for x in of))), at(of))  # the modes' order
    pairs = of._replace(eigenvalues=jnp.repeat(values[::2], 2))
    means = target.reshape(-1, 2).mean(axis=1)
    same(at(rf.spectrum(values[::2], means, np.full(MODES // 2, 2.0))), at(pairs))
    blind = of._replace(eigenvalues=values.at[7].set(0))  # such a mode is noise
    noise = 0.3 + float(target[7])
    same(at(blind._replace(eigcoeffs_sq=target.at[7].set(0)), noise=noise), at(blind))
    # linear in target and noise
    same(at(of, noise=0.0) + at(of._replace(eigcoeffs_sq=0 * target)), at(of))


# Special cases known from elsewhere


@given(logarithmic(2, 60), logarithmic(2, 60), logarithmic(1e-3, 10))
def test_isotropic_gamma_is_the_largest_root_of_a_cubic(n, k, ridge):
    modes = 24
    gamma = np.polynomial.Polynomial([0, 1])
    x = 1 / modes + gamma  # lambda + gamma; modes lambda = 1
    roots = (gamma * (n * x - 1) * (k * x - 1) - k * ridge * x**2).roots()
    largest = max(r.real for r in roots if abs(r.imag) < 1e-9 * abs(r))
    same(float(rf.predict(rf.isotropic(modes), n=n, k=k, ridge=ridge).gamma), largest, 1e-7)


@given(st.integers(2, 20), st.floats(1.2, 20), st.floats(0, 3))
def test_isotropic_risks_without_ridge_are_the_known_fractions(k, ratio, noise):
    n, of = k * ratio, rf.isotropic(24)
    found, unseen = risks(of, n, k, 0.0, noise), 1 - k / 24 + noise
    same(found, [unseen * n / (n - k), unseen * (1 - k / n)])
    kernel = rf.predict(of, n=k, ridge=0.0, noise=noise).test_risk
    same(kernel, 1 - k / 24 + noise / (1 - k / 24))


@given(spectra(), logarithmic(2, 40), logarithmic(2, 40), logarithmic(1e-3, 1e2))
def test_the_printed_risk_agrees_with_the_positive_form(of, n, k, ridge):
    p = rf.predict(of, n=n, k=k, ridge=ridge, noise=0.3)
    printed = printed_risk(n, k, p.gamma, p.kappa, of.eigenvalues, of.eigcoeffs_sq, 0.3)
    same(float(printed), float(p.test_risk), 1e-8)


@given(st.floats(11, 500), st.floats(11, 500))
def test_with_few_modes_and_no_ridge_only_noise_is_left(n, k):
    p = rf.predict(rf.isotropic(10), n=n, k=k, ridge=0.0, noise=0.7)
    assert p.gamma == 0
    same(float(p.test_risk), 0.7 * n / (n - 10))


def test_many_features_become_the_kernel_and_many_samples_leave_what_the_features_miss():
    of = rf.finite_powerlaw(1.5, 1.5, 400)
    kernel = rf.predict(of, n=50.0, ridge=0.05, noise=0.2)
    wide = rf.predict(of, n=50.0, k=np.array([1e6, 1e7]), ridge=0.05, noise=0.2)
    gaps = wide.test_risk - kernel.test_risk
    assert 9.9 < gaps[0] / gaps[1] < 10.1
    assert kernel.kappa == kernel.gamma
    p = rf.predict(of, n=1e12, k=30.0, ridge=1e-3, noise=0.2)
    values, target = np.asarray(of.eigenvalues), np.asarray(of.eigcoeffs_sq)
    gamma = scipy.optimize.brentq(lambda g: (values / (values + g)).sum() - 30, 1e-9, 10)
    same(float(p.test_risk), (target * gamma / (values + gamma)).sum() + 0.2, 1e-9)


def test_as_many_samples_as_features_or_modes_without_ridge_give_infinity_and_a_warning():
    for of, k in ((rf.finite_powerlaw(1.5, 1.5, 100), 12), (rf.isotropic(12), np.inf)):
        with pytest.warns(UserWarning, match="or modes, as samples .* is infinite"):
            p = rf.predict(of, n=12, k=k, ridge=0.0, noise=0.1)
        assert (p.test_risk, p.train_risk) == (np.inf, 0)
    assert float(rf.predict(rf.isotropic(12), n=12, ridge=0.0).test_risk) == 0


@jax.jit
def log_risk(at, values, target):
    """log E_te at (log n, log k, log ridge, relative shift of all eigenvalues)."""
    n, k, ridge = jnp.exp(at[:3])
    of = rf.spectrum(values * (1 + at[3]), target)
    return jnp.log(rf.predict(of, n=n, k=k, ridge=ridge, noise=0.3).test_risk)


log_risk_slopes = jax.jit(jax.grad(log_risk))


@given(spectra(), logarithmic(2, 40), logarithmic(2, 40), logarithmic(1e-6, 1e2))
def test_derivatives_are_those_of_finite_differences(of, n, k, ridge):
    at = np.array([np.log(n), np.log(k), np.log(ridge), 0.0])
    slopes = np.asarray(log_risk_slopes(at, of.eigenvalues, of.eigcoeffs_sq))
    for i, step in enumerate(1e-5 * np.eye(4)):
        up, down = (float(log_risk(at + s * step, *of[:2])) for s in (1, -1))
        assert abs((up - down) / 2e-5 - slopes[i]) <= 1e-4 * (1 + abs(slopes[i]))


def test_the_slope_at_ridge_zero_is_there_with_fewer_modes_than_samples():
    of = rf.spectrum([1.0, 0.5], [1.0, 2.0])

    def risk(ridge):
        return rf.predict(of, n=5.0, ridge=ridge, noise=0.1).test_risk

    measured = (-3 * risk(0.0) + 4 * risk(1e-5) - risk(2e-5)) / 2e-5
    assert float(jax.grad(risk)(0.0)) == pytest.approx(float(measured), rel=1e-6)


# The optimal ridge


@pytest.mark.parametrize("noise", [1.5, 2.0, 5.0])
def test_the_slope_of_the_optimal_fitting_root_is_that_of_differences(noise):
    root = jax.jit(lambda noise: rf.optimal_fitting_root(1.5, 2.0, noise))
    step = 1e-5 * noise
    measured = float(root(noise + step) - root(noise - step)) / (2 * step)
    assert jax.grad(root)(noise) == pytest.approx(measured, rel=1e-5)


@pytest.mark.parametrize(
    ("task", "found"),
    [((1.5, 1.5, 0.5), 0.29560), ((3, 2, 0.2), 0.36933), ((1.5, 3.5, 5), 0.13694),
     ((2, 1.5, 0), 1 / 3)],
)  # fmt: skip
def test_the_optimal_fitting_root_is_the_limit_of_least_risks_at_finite_n(task, found):
    assert rf.optimal_fitting_root(*task) == pytest.approx(found, abs=5e-6)


@pytest.mark.parametrize(("n", "k", "noise"), [(50.0, 30.0, 0.1), (30.0, 100.0, 0.5)])
def test_the_optimal_ridge_beats_a_dense_grid_of_ridges(n, k, noise):
    of = rf.finite_powerlaw(1.5, 1.5, 300)
    best = rf.optimal_ridge(of, n=n, k=k, noise=noise)
    grid = rf.predict(of, n=n, k=k, ridge=np.geomspace(1e-8, 1e4, 2000), noise=noise).test_risk
    least = float(grid.min())
    assert least * (1 - 1e-5) <= float(best.test_risk) <= least * (1 + 1e-12)

    def risk(log_ridge):
        return rf.predict(of, n=n, k=k, ridge=jnp.exp(log_ridge), noise=noise).test_risk

    again, slope = jax.value_and_grad(risk)(jnp.log(best.ridge))
    same(float(again), float(best.test_risk), 1e-10)
    assert abs(slope) < 1e-11


# Bad input


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        (([1.0, -0.1], [1.0, 1.0]), "nonnegative and finite with positive sum"),
        (([0.0, 0.0], [1.0, 1.0]), "nonnegative and finite with positive sum"),
        (([1.0, np.inf], [1.0, 1.0]), "nonnegative and finite with positive sum"),
        (([1.0, 1e-290], [1.0, 1.0]), "scale the kernel and the ridge"),
        ((["a", "b"], [1.0, 1.0]), "no numbers"),
        (([1.0, 0.5], [1.0]), "vectors of one shape"),
        (([1.0, 0.5], [1.0, -1.0]), "squared coefficients must be >= 0"),
        (([1.0, 0.5], [1.0, 1.0], [1.0, 0.0]), "must be positive"),
        (([1.0, 0.5], [1.0, 1.0], [1.0]), "vectors of one shape"),
    ],
)
def test_a_bad_spectrum_is_named(arrays, text):
    with pytest.raises(ParameterError, match=text):
        rf.spectrum(*arrays)


def test_a_target_that_saturates_is_refused():
    with pytest.raises(ParameterError, match="saturated"):
        rf.Params(alpha=1.5, beta=4.0)
