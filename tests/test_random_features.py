"""The eigenframework of random_features: solver, spectra, invariances, known special cases."""

import warnings

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.optimize
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import theory.random_features as rf
from theory import ParameterError

MODES = 48
EPS = 2.0**-52


@st.composite
def spectra(draw):
    """Powerlaw, log-normal, exponential and flat spectra with random targets."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["powerlaw", "lognormal", "exponential", "flat"]))
    i = np.arange(1.0, MODES + 1)
    values = {
        "powerlaw": lambda: i ** -rng.uniform(1.05, 4),
        "lognormal": lambda: np.exp(rng.normal(0, rng.uniform(0.1, 5), MODES)),
        "exponential": lambda: np.exp(-rng.uniform(0.01, 1) * i),
        "flat": lambda: np.full(MODES, 1 / MODES),
    }[kind]()
    return rf.spectrum(values, np.exp(rng.normal(0, 2, MODES)))


def logarithmic(low, high):
    return st.floats(np.log(low), np.log(high)).map(np.exp).map(float)


sizes = logarithmic(0.5, 1e5)
ridges = st.one_of(logarithmic(1e-14, 1e10), st.just(0.0))


def quietly(of, **arguments):
    """The prediction, without the warning for n = k."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return rf.predict(of, **arguments)


def risks(of, n, k, ridge, noise):
    p = quietly(of, n=n, k=k, ridge=ridge, noise=noise)
    return np.array([p.test_risk, p.train_risk])


def same(first, second, tolerance=1e-12):
    np.testing.assert_allclose(first, second, rtol=tolerance, atol=0)


@given(spectra(), sizes, sizes, ridges)
def test_both_defining_equations_hold_to_rounding_times_condition(of, n, k, ridge):
    p = quietly(of, n=n, k=k, ridge=ridge, noise=0.1)
    # gamma is known to eps (1 + |log gamma|) relative, which moves z by c times that
    z = float(p.degrees_of_freedom)
    slack = 40 * EPS * (1 + abs(np.log(float(p.gamma) or 1.0)))
    if p.gamma > 0:
        gap = float(p.fitting_ratio_root) * n  # delta/kappa, also where both are 0
        assert abs(z + gap - n) <= slack * n
        assert abs(z + k * float(p.kappa / p.gamma) - k) <= slack * k
        if ridge > 0:
            assert abs(gap * float(p.kappa) / ridge - 1) <= slack
    else:
        assert ridge == 0
        assert min(n, k) >= MODES


def test_the_worst_residual_over_three_thousand_problems_is_reported_and_is_rounding(
    record_property,
):
    rng = np.random.default_rng(1)
    count = 3000
    i = np.arange(1.0, 101)
    values = np.stack([
        i ** -rng.uniform(1.02, 6) if j % 3 else np.exp(rng.normal(0, rng.uniform(0.1, 8), 100))
        for j in range(count)
    ])  # fmt: skip
    n, k = np.exp(rng.uniform(np.log(0.5), np.log(1e5), (2, count)))
    inv_k = np.where(rng.random(count) < 0.2, 0.0, 1 / k)
    ridge = np.where(rng.random(count) < 0.2, 0.0, 10 ** rng.uniform(-14, 10, count))

    def residual(values, n, inv_k, ridge):
        gamma = rf.effective_ridge(values, jnp.ones(100), n, inv_k, ridge)
        at = rf.sums(values, values, jnp.maximum(gamma, 1e-300))
        a, r = rf.margins(n, inv_k, ridge, gamma, at.z)
        solved = gamma > 0
        product = jnp.where(ridge > 0, gamma * a * r / jnp.where(ridge > 0, ridge, 1.0) - 1, 0.0)
        parts = jnp.stack([(at.z + a) / n - 1, at.z * inv_k + r - 1, product])
        return jnp.where(solved, jnp.max(jnp.abs(parts)), 0.0)

    worst = float(jax.jit(jax.vmap(residual))(values, n, inv_k, ridge).max())
    record_property("worst_residual", float(worst))
    print(f"worst relative residual of the defining equations: {worst:.2e}")
    assert worst < 2e-13


@given(spectra(), sizes, sizes, ridges)
def test_kappa_is_between_the_ridge_per_sample_and_gamma(of, n, k, ridge):
    p = quietly(of, n=n, k=k, ridge=ridge)
    assert ridge / n * (1 - 1e-12) <= p.kappa <= p.gamma * (1 + 1e-12)


@given(spectra(), sizes, sizes, logarithmic(1e-10, 1e6))
def test_gamma_grows_with_the_ridge(of, n, k, ridge):
    assert (
        rf.predict(of, n=n, k=k, ridge=ridge).gamma
        < rf.predict(of, n=n, k=k, ridge=1.01 * ridge).gamma
    )


def test_gamma_agrees_with_brents_method_on_the_two_equations_in_mpmath():
    values = [mpmath.mpf(1) / i**2 for i in range(1, 21)]
    n, k, ridge = 12, 7, mpmath.mpf("0.001")

    def equation(log_gamma):
        g = mpmath.exp(log_gamma)
        z = sum(v / (v + g) for v in values)
        return g * (n - z) * (k - z) - k * ridge

    # gamma is the largest root, where z < min(n, k): a sign change right of the smaller roots
    root = mpmath.exp(mpmath.findroot(equation, (mpmath.log(0.03), mpmath.log(0.5)), "anderson"))
    assert sum(v / (v + root) for v in values) < k
    of = rf.spectrum([1 / i**2 for i in range(1, 21)], np.ones(20))
    same(float(rf.predict(of, n=12, k=7, ridge=0.001).gamma), float(root), 1e-14)


# --------------------------------------------------------------------------------------------
# Exact invariances


@given(spectra(), sizes, sizes, ridges, logarithmic(1e-3, 1e3))
def test_scaling_spectrum_and_ridge_together_changes_no_risk(of, n, k, ridge, s):
    scaled = of._replace(eigenvalues=s * of.eigenvalues)
    same(risks(scaled, n, k, s * ridge, 0.3), risks(of, n, k, ridge, 0.3), 1e-11)
    same(
        float(quietly(scaled, n=n, k=k, ridge=s * ridge).gamma),
        s * float(quietly(of, n=n, k=k, ridge=ridge).gamma),
        1e-11,
    )


@given(spectra(), sizes, sizes, ridges, logarithmic(1e-3, 1e3))
def test_scaling_target_and_noise_together_scales_both_risks(of, n, k, ridge, s):
    scaled = of._replace(eigcoeffs_sq=s * of.eigcoeffs_sq)
    same(risks(scaled, n, k, ridge, s * 0.3), s * risks(of, n, k, ridge, 0.3))


@given(spectra(), sizes, sizes, ridges, st.permutations(range(MODES)))
def test_the_order_of_the_modes_does_not_matter(of, n, k, ridge, order):
    shuffled = rf.spectrum(*(np.asarray(x)[list(order)] for x in of))
    same(risks(shuffled, n, k, ridge, 0.3), risks(of, n, k, ridge, 0.3), 1e-11)


@given(spectra(), sizes, sizes, ridges)
def test_modes_of_one_eigenvalue_may_be_merged(of, n, k, ridge):
    values = np.asarray(of.eigenvalues).copy()
    values[1::2] = values[::2]
    paired = rf.spectrum(values, of.eigcoeffs_sq)
    target = np.asarray(of.eigcoeffs_sq).reshape(-1, 2).mean(axis=1)
    merged = rf.spectrum(values[::2], target, np.full(MODES // 2, 2.0))
    same(risks(merged, n, k, ridge, 0.3), risks(paired, n, k, ridge, 0.3), 1e-11)
    assert len(rf.merged(paired).eigenvalues) <= MODES // 2


@given(spectra(), sizes, sizes, ridges)
def test_a_mode_without_eigenvalue_acts_as_noise(of, n, k, ridge):
    values = np.asarray(of.eigenvalues).copy()
    values[7] = 0.0
    target = np.asarray(of.eigcoeffs_sq).copy()
    lost, target[7] = target[7], 0.0
    blind = rf.spectrum(values, of.eigcoeffs_sq)
    same(
        risks(blind, n, k, ridge, 0.3), risks(rf.spectrum(values, target), n, k, ridge, 0.3 + lost)
    )


@given(spectra(), sizes, sizes, ridges)
def test_risks_are_linear_in_target_and_noise(of, n, k, ridge):
    none = of._replace(eigcoeffs_sq=0 * of.eigcoeffs_sq)
    whole = risks(of, n, k, ridge, 0.3)
    same(risks(of, n, k, ridge, 0.0) + risks(none, n, k, ridge, 0.3), whole)


@given(spectra(), sizes, sizes, ridges)
def test_degrees_of_freedom_are_symmetric_in_samples_and_features(of, n, k, ridge):
    one = quietly(of, n=n, k=k, ridge=ridge).degrees_of_freedom
    other = quietly(of, n=k, k=n, ridge=k * ridge / n).degrees_of_freedom
    same(float(one), float(other), 1e-11)


# --------------------------------------------------------------------------------------------
# Special cases known from elsewhere


@given(logarithmic(2, 60), logarithmic(2, 60), logarithmic(1e-3, 10))
def test_isotropic_gamma_is_the_largest_root_of_a_cubic(n, k, ridge):
    modes = 24
    l = 1 / modes  # noqa: E741
    x = np.polynomial.Polynomial([l, 1])  # lambda + gamma
    gamma = np.polynomial.Polynomial([0, 1])
    cubic = gamma * (n * x - modes * l) * (k * x - modes * l) - k * ridge * x**2
    roots = cubic.roots()
    largest = max(r.real for r in roots if abs(r.imag) < 1e-9 * abs(r))
    same(float(rf.predict(rf.isotropic(modes), n=n, k=k, ridge=ridge).gamma), largest, 1e-7)


@given(st.integers(2, 20), st.floats(1.2, 20), st.floats(0, 3))
def test_isotropic_risks_without_ridge_are_the_known_fractions(k, ratio, noise):
    n = k * ratio
    p = rf.predict(rf.isotropic(24), n=n, k=k, ridge=0.0, noise=noise)
    unseen = 1 - k / 24 + noise
    same(risks(rf.isotropic(24), n, k, 0.0, noise), [unseen * n / (n - k), unseen * (1 - k / n)])
    same(float(p.test_risk), rf.framework_below_n(n, k, 24, 1.0, noise))
    kernel = rf.predict(rf.isotropic(24), n=k, ridge=0.0, noise=noise)
    same(float(kernel.test_risk), 1 - k / 24 + noise / (1 - k / 24))
    same(float(kernel.test_risk), rf.framework_kernel(k, 24, 1.0, noise))


@given(spectra(), logarithmic(2, 40), logarithmic(2, 40), logarithmic(1e-3, 1e2))
def test_the_printed_risk_agrees_with_the_positive_form(of, n, k, ridge):
    p = rf.predict(of, n=n, k=k, ridge=ridge, noise=0.3)
    printed = rf.paper_test_risk(n, k, p.gamma, p.kappa, of.eigenvalues, of.eigcoeffs_sq, 0.3)
    same(float(printed), float(p.test_risk), 1e-8)


@given(st.floats(11, 500), st.floats(11, 500))
def test_with_few_modes_and_no_ridge_only_noise_is_left(n, k):
    of = rf.isotropic(10)
    p = rf.predict(of, n=n, k=k, ridge=0.0, noise=0.7)
    assert p.gamma == 0
    same(float(p.test_risk), 0.7 * n / (n - 10), 1e-12)


def test_many_features_become_the_kernel_and_infinity_is_the_kernel_exactly():
    of = rf.finite_powerlaw(1.5, 1.5, 400)
    kernel = rf.predict(of, n=50.0, ridge=0.05, noise=0.2)
    gaps = [
        float(rf.predict(of, n=50.0, k=k, ridge=0.05, noise=0.2).test_risk - kernel.test_risk)
        for k in (1e6, 1e7)
    ]
    assert 9.9 < gaps[0] / gaps[1] < 10.1
    assert kernel.kappa == kernel.gamma


def test_many_samples_leave_the_part_of_the_target_that_the_features_miss():
    of = rf.finite_powerlaw(1.5, 1.5, 400)
    p = rf.predict(of, n=1e12, k=30.0, ridge=1e-3, noise=0.2)
    values, target = np.asarray(of.eigenvalues), np.asarray(of.eigcoeffs_sq)
    gamma = scipy.optimize.brentq(lambda g: (values / (values + g)).sum() - 30, 1e-9, 10)
    same(float(p.test_risk), (target * gamma / (values + gamma)).sum() + 0.2, 1e-9)


def test_equally_many_samples_and_features_without_ridge_give_infinity_and_a_warning():
    with pytest.warns(UserWarning, match="infinite"):
        p = rf.predict(rf.finite_powerlaw(1.5, 1.5, 100), n=20, k=20, ridge=0.0, noise=0.1)
    assert p.test_risk == np.inf
    assert p.train_risk == 0


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


# --------------------------------------------------------------------------------------------
# Infinite powerlaws


@pytest.mark.parametrize("gamma", [1e-12, 1e-6, 1e-2, 1.0, 100.0])
def test_the_infinite_spectrum_has_the_hyperbolic_cotangent_at_alpha_two(gamma):
    of = rf.infinite_powerlaw(2.0, 2.0)
    z = rf.sums(of.eigenvalues, of.eigcoeffs_sq, gamma, of.multiplicities).z
    with mpmath.workdps(40):
        x = mpmath.pi / mpmath.sqrt(mpmath.mpf(gamma))
        same(float(z), float((x * mpmath.coth(x) - 1) / 2), 1e-14)


@pytest.mark.parametrize(
    ("alpha", "beta", "gamma"),
    [(1.1, 1.5, 0.3), (1.5, 1.5, 1e-3), (1.5, 2.5, 1e-4), (3.0, 4.0, 1e-6), (5.0, 1.2, 1e-9)],
)
def test_infinite_sums_agree_with_hurwitz_zeta_tails(alpha, beta, gamma):
    of = rf.infinite_powerlaw(alpha, beta)
    at = rf.sums(of.eigenvalues, of.eigcoeffs_sq, gamma, of.multiplicities)
    head = int(np.ceil((20 / gamma) ** (1 / alpha)))
    i = np.arange(1.0, head + 1)
    L, missed = i**-alpha / (i**-alpha + gamma), gamma / (i**-alpha + gamma)
    zeta = [lambda s: float(scipy.special.zeta(s, head + 1))][0]
    tails = {"z": 0.0, "q": 0.0, "bias_squared": 0.0, "bias_mixed": 0.0}
    for j in range(26):
        sign = (-1.0) ** j
        tails["z"] += sign * gamma ** -(j + 1) * zeta(alpha * (j + 1))
        tails["q"] += sign * (j + 1) * gamma ** -(j + 2) * zeta(alpha * (j + 2))
        tails["bias_squared"] += sign * (j + 1) * gamma**-j * zeta(beta + alpha * j)
        tails["bias_mixed"] += sign * (j + 1) * gamma ** -(j + 1) * zeta(beta + alpha * (j + 1))
    v = i**-beta
    same(float(at.z), L.sum() + tails["z"], 3e-12)
    same(float(at.q), (L**2).sum() + tails["q"], 3e-12)
    same(float(at.bias_squared), (v * missed**2).sum() + tails["bias_squared"], 3e-12)
    same(float(at.bias_mixed), (v * L * missed).sum() + tails["bias_mixed"], 3e-12)


def test_cutting_the_spectrum_off_would_be_seen():
    exact = float(rf.predict(rf.infinite_powerlaw(1.2, 1.5), n=100.0, ridge=0.0).gamma)
    cut = float(rf.predict(rf.finite_powerlaw(1.2, 1.5, 10_000), n=100.0, ridge=0.0).gamma)
    assert abs(exact - 0.0289) < 1e-4  # limit of M = 1e3..1e6: .0127, .0190, .0228, .0250
    assert cut < 0.8 * exact


# --------------------------------------------------------------------------------------------
# The optimal ridge


@pytest.mark.parametrize(("n", "k", "noise"), [(50.0, 30.0, 0.1), (30.0, 100.0, 0.5)])
def test_the_optimal_ridge_beats_a_dense_grid_of_ridges(n, k, noise):
    of = rf.finite_powerlaw(1.5, 1.5, 300)
    best = rf.optimal_ridge(of, n=n, k=k, noise=noise)
    grid = rf.predict(of, n=n, k=k, ridge=np.geomspace(1e-8, 1e4, 2000), noise=noise).test_risk
    assert float(best.test_risk) <= float(grid.min()) * (1 + 1e-12)
    assert float(best.test_risk) >= float(grid.min()) * (1 - 1e-5)
    again = rf.predict(of, n=n, k=k, ridge=float(best.ridge), noise=noise)
    same(float(again.test_risk), float(best.test_risk), 1e-10)


def test_the_solve_free_map_agrees_with_the_refined_optimum():
    of = rf.infinite_powerlaw(1.5, 1.8)
    n = np.array([20.0, 20.0, 60.0, 60.0, 200.0, 300.0])
    k = np.array([10.0, 400.0, 30.0, np.inf, 190.0, 5000.0])
    refined = rf.optimal_ridge(of, n=n, k=k, noise=np.array([0.1, 0.0, 0.1, 0.0, 0.1, 0.0]))
    assert np.asarray(refined.ridge == 0).any()
    quick = rf.optimal_risk_map(of, n=n, k=k, noise=np.array([0.1, 0.0, 0.1, 0.0, 0.1, 0.0]))
    same(quick.test_risk, refined.test_risk, 1e-10)
    same(quick.gamma, refined.gamma, 1e-6)
    np.testing.assert_array_equal(quick.ridge == 0, refined.ridge == 0)


def test_the_marginal_value_of_samples_and_features_is_the_derivative_of_the_optimum():
    of = rf.finite_powerlaw(1.5, 1.5, 300)
    slopes = jax.grad(
        lambda n, k: jnp.log(rf.optimal_ridge(of, n=n, k=k, noise=0.3).test_risk), (0, 1)
    )(50.0, 80.0)
    gaps = []
    for dn, dk in ((1e-4, 0.0), (0.0, 1e-4)):
        up = rf.optimal_ridge(of, n=50.0 + dn, k=80.0 + dk, noise=0.3).test_risk
        down = rf.optimal_ridge(of, n=50.0 - dn, k=80.0 - dk, noise=0.3).test_risk
        gaps.append(float(jnp.log(up) - jnp.log(down)) / 2e-4)
    same(slopes, gaps, 1e-5)


# --------------------------------------------------------------------------------------------
# Bad input

GOOD = {"n": 10, "k": 20, "ridge": 0.1, "noise": 0.1}


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"n": 0}, "n and k must be positive"),
        ({"k": -3}, "n and k must be positive"),
        ({"n": float("inf")}, "n and k must be positive"),
        ({"ridge": -0.1}, "negative ridge is outside the framework"),
        ({"ridge": float("inf")}, "ridge must be >= 0"),
        ({"noise": -1.0}, "noise variance must be >= 0"),
    ],
)
def test_a_bad_size_ridge_or_noise_is_named(bad, text):
    with pytest.raises(ParameterError, match=text):
        rf.predict(rf.isotropic(5), **(GOOD | bad))


@pytest.mark.parametrize(
    ("values", "target", "counts", "text"),
    [
        ([1.0, -0.1], [1.0, 1.0], None, "nonnegative and finite with positive sum"),
        ([0.0, 0.0], [1.0, 1.0], None, "nonnegative and finite with positive sum"),
        ([1.0, np.inf], [1.0, 1.0], None, "nonnegative and finite with positive sum"),
        ([1.0, 1e-290], [1.0, 1.0], None, "scale the kernel and the ridge"),
        (["a", "b"], [1.0, 1.0], None, "no numbers"),
        ([1.0, 0.5], [1.0], None, "vectors of one shape"),
        ([1.0, 0.5], [1.0, -1.0], None, "squared coefficients must be >= 0"),
        ([1.0, 0.5], [1.0, 1.0], [1.0, 0.0], "must be positive"),
        ([1.0, 0.5], [1.0, 1.0], [1.0], "vectors of one shape"),
    ],
)
def test_a_bad_spectrum_is_named(values, target, counts, text):
    with pytest.raises(ParameterError, match=text):
        rf.predict(rf.spectrum(values, target, counts), **GOOD)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"n": 0}, "n and k must be positive"),
        ({"k": 0}, "n and k must be positive"),
        ({"modes": 0}, "modes"),
        ({"alpha": 1.0}, "trace of the kernel diverges"),
        ({"beta": 1.0}, "target has infinite norm"),
        ({"alpha": 1.5, "beta": 4.0}, "saturated"),
        ({"noise": -0.1}, "noise"),
        ({"ridge": -1e-9}, "negative ridge is outside the framework"),
        ({"ridge": float("nan")}, "ridge"),
        ({"spectrum": "gaussian"}, "spectrum"),
        ({"target": "last"}, "target"),
        ({"dimension": 2}, "dimension"),
        ({"n": 10.5}, "whole number"),
    ],
)
def test_a_bad_parameter_of_an_experiment_is_named(bad, text):
    with pytest.raises(ParameterError, match=text):
        rf.Params(**bad)


@pytest.mark.parametrize("noise", [1.5, 2.0, 5.0])
def test_the_slope_of_the_optimal_fitting_root_is_that_of_differences(noise):
    root = jax.jit(lambda noise: rf.optimal_fitting_root(1.5, 2.0, noise))
    step = 1e-4
    difference = (root(noise + step) - root(noise - step)) / (2 * step)
    assert jax.grad(root)(noise) == pytest.approx(float(difference), rel=1e-5)
