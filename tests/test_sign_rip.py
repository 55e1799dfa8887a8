"""Robust matrix recovery: the closed forms, against quadrature, direct sums and other routes."""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from proofs_check import Status, proofs_of, run_proofs
from sims._deterministic import in_mpmath
from theory import Domain, ParameterError
from theory import sign_rip as t
from theory.sign_rip import GENTLE, CriticalPoint, Params
from theory.sign_rip._claims_exact import ALL_LAWS, FINITE_LOSS
from theory.sign_rip.prediction_table import predictions

C0 = math.sqrt(2 / math.pi)
FEW = settings(max_examples=25, deadline=None, derandomize=True)


def densities(law, size, mean):
    """(frozen scipy law) of the outliers; None where it has no density."""
    return {
        "gaussian": lambda: stats.norm(mean, size),
        "uniform": lambda: stats.uniform(-size, 2 * size),
        "laplace": lambda: stats.laplace(0, size),
        "cauchy": lambda: stats.cauchy(0, size),
    }[law]()


PHI_DOMAIN = Domain.of(
    Params, d=20, rank=1, search_rank=1, m=800, condition=(1.0, 1e3), scale=(1e-3, 1e3),
    p=(0.0, 0.999), law=ALL_LAWS, degrees=3.0,
    outlier_size=(1e-3, 1e3), outlier_mean=(-100.0, 100.0), nu=(0.0, 100.0),
    alpha=1e-6, start="random", steps="constant", eta=0.05, rho=0.985, iterations=1000,
)  # fmt: skip


# --------------------------------------------------------------------------------------------
# The scaling function


@pytest.mark.parametrize("law", ["gaussian", "uniform", "laplace", "cauchy"])
@pytest.mark.parametrize(("size", "norm"), [(0.5, 2.0), (2.0, 2.0), (5.0, 1.0)])
def test_decay_is_the_expectation_that_quadrature_gives(law, size, norm):
    mean = 0.7 if law == "gaussian" else 0.0
    density = densities(law, size, mean)
    ends = (-size, size) if law == "uniform" else (-40 * norm, 40 * norm)
    value, _ = integrate.quad(
        lambda s: density.pdf(s) * math.exp(-(s**2) / (2 * norm**2)), *ends, limit=400,
        points=[0.0], epsabs=1e-12,
    )  # fmt: skip
    assert float(t.outlier_decay(law, size, mean, norm)) == pytest.approx(value, abs=1e-9)


def student(degrees, ratio):
    """E exp(-(ratio t)^2/2) of Student's t: Tricomi's U."""
    nu = mpmath.mpf(degrees)
    front = mpmath.gamma((nu + 1) / 2) / mpmath.gamma(nu / 2)
    return front * mpmath.hyperu(mpmath.mpf(1) / 2, 1 - nu / 2, nu * ratio**2 / 2)


@pytest.mark.parametrize("degrees", [1.0, 1.3, 3.0, 12.0, 100.0])
@pytest.mark.parametrize("ratio", [1e-3, 1.0, 300.0])
def test_student_outliers_decay_as_tricomis_function_says(degrees, ratio):
    with mpmath.workdps(30):
        exact = float(student(degrees, mpmath.mpf(ratio)))
    found = t.outlier_decay("student", ratio, 0.0, 1.0, degrees)
    assert float(found) == pytest.approx(exact, rel=1e-11)
    assert float(t.outlier_decay("student", 2.0, 0.0, 1.0, 1.0)) == pytest.approx(
        float(t.outlier_decay("cauchy", 2.0, 0.0, 1.0)), rel=1e-12
    )


@pytest.mark.parametrize("degrees", [1.05, 2.5, 40.0])
def test_student_loss_has_the_scaling_function_as_slope_and_the_mean_size_at_zero(degrees):
    args = ("student", 2.0, 0.0)
    slope = jax.grad(t.outlier_loss, 3)(*args, 0.7, degrees)
    assert float(slope) == pytest.approx(
        C0 * float(t.outlier_decay(*args, 0.7, degrees)), rel=1e-11
    )
    mean = 2 * stats.t(degrees).expect(lambda s: abs(s)) if degrees > 2 else None
    if mean is not None:
        assert float(t.outlier_loss(*args, 1e-9, degrees)) == pytest.approx(mean, rel=1e-8)
    with pytest.raises(ParameterError, match="expected loss is infinite"):
        t.outlier_loss(*args, 0.7, 1.0)
    tail = Params(p=0.3, law="student", outlier_size=2.0, degrees=5.0)
    assert float(t.noise_second_moment(tail)) == pytest.approx(0.3 * 4 * stats.t(5).var())
    assert float(t.density_at_zero("student", 2.0, 0.0, 5.0)) == pytest.approx(
        stats.t(5, scale=2).pdf(0)
    )
    with pytest.raises(ParameterError, match="infinite second moment"):
        t.noise_second_moment(tail.but(degrees=2.0))


@pytest.mark.parametrize("law", ["gaussian", "uniform", "laplace", "cauchy", "student"])
@pytest.mark.parametrize("norm", [1e-3, 1.0, 1e3])
def test_a_law_of_ones_own_has_the_same_scaling_function(law, norm):
    own = stats.t(3, scale=2.0) if law == "student" else densities(law, 2.0, 0.0)
    named = Params(p=0.3, law=law, outlier_size=2.0, nu=0.1)
    assert t.own_scaling_function(own, norm, p=0.3, nu=0.1) == pytest.approx(
        float(t.scaling_function(named, norm)), rel=1e-8
    )


def test_draws_of_ones_own_noise_give_the_scaling_function_or_are_refused():
    draws = 2 * np.random.default_rng(0).standard_t(3, 200_000)
    expected = C0 * float(t.outlier_decay("student", 2.0, 0.0, 1.0))
    assert t.own_scaling_function(draws, 1.0) == pytest.approx(expected, abs=3e-3)
    assert math.isnan(t.own_scaling_function(draws, math.nan))
    for bad in ({"law": "student"}, {"law": [1.0, math.nan]}, {"norm": 0.0}, {"p": 1.5}):
        with pytest.raises(ParameterError, match="own_scaling_function"):
            t.own_scaling_function(**({"law": draws, "norm": 1.0} | bad))


@pytest.mark.parametrize("law", sorted(FINITE_LOSS))
def test_expected_loss_is_the_mean_absolute_residual(law):
    size, norm, mean = 1.5, 0.8, 0.4
    rng = np.random.default_rng(0)
    outliers = {
        "constant": lambda: size * rng.choice([-1.0, 1.0], 400_000),
        "gaussian": lambda: mean + size * rng.normal(size=400_000),
        "uniform": lambda: rng.uniform(-size, size, 400_000),
        "laplace": lambda: rng.laplace(0, size, 400_000),
    }[law]()
    residuals = np.abs(norm * rng.normal(size=400_000) - outliers)
    error = residuals.std() / math.sqrt(len(residuals))
    assert abs(float(t.outlier_loss(law, size, mean, norm)) - residuals.mean()) < 5 * error


@FEW
@given(PHI_DOMAIN.strategy())
def test_phi_lies_between_zero_and_c0_and_rises_with_the_norm(params):
    small = float(t.scaling_function(params, params.scale / params.condition))
    large = float(t.scaling_function(params, params.scale))
    assert 0 <= small <= large * (1 + 1e-12)
    assert large <= C0 * (1 + 1e-12)


@FEW
@given(PHI_DOMAIN.strategy(), st.floats(0.01, 100))
def test_phi_is_unchanged_when_truth_and_noise_are_scaled_together(params, factor):
    size = min(max(params.outlier_size * factor, 1e-6), 1e6)
    factor = size / params.outlier_size
    scaled = dataclasses.replace(
        params, outlier_size=size, outlier_mean=params.outlier_mean * min(factor, 1.0),
        nu=params.nu * factor if params.nu * factor <= 1e3 else params.nu,
    )  # fmt: skip
    if scaled.nu != params.nu * factor or factor > 1:
        scaled = dataclasses.replace(scaled, nu=0.0, outlier_mean=0.0)
        params = dataclasses.replace(params, nu=0.0, outlier_mean=0.0)
    at_scaled = float(t.scaling_function(scaled, params.scale * factor))
    assert at_scaled == pytest.approx(float(t.scaling_function(params, params.scale)), rel=1e-9)


@FEW
@given(st.sampled_from(["uniform", "laplace", "cauchy"]), st.floats(0.01, 0.99),
       st.floats(1e-3, 1e3), st.floats(1e-6, 1e3))  # fmt: skip
def test_phi_leaves_its_limit_at_zero_no_faster_than_the_outlier_density_allows(law, p, size, norm):
    # unimodal outliers: E exp(-S^2/2sg^2) <= f(0) int exp(-s^2/2sg^2) ds
    params = Params(p=p, law=law, outlier_size=size)
    excess = float(t.scaling_function(params, norm)) - float(t.scaling_at_zero(params))
    assert -1e-12 <= excess <= 2 * p * float(t.density_at_zero(law, size, 0.0)) * norm + 1e-12


def test_dense_noise_makes_phi_vanish_linearly_at_zero():
    params = Params(p=0.3, law="laplace", outlier_size=2.0, nu=0.5)
    slope = float(t.scaling_function(params, 1e-7)) / 1e-7
    assert slope == pytest.approx(2 * float(t.noise_density_at_zero(params)), rel=1e-5)
    assert float(t.scaling_at_zero(params)) == 0.0


def test_laplace_phi_does_not_overflow_where_exp_times_erfc_would():
    params = Params(p=0.5, law="laplace", outlier_size=1e-6)
    assert float(t.scaling_function(params, 1e6)) == pytest.approx(C0, rel=1e-11)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(PHI_DOMAIN.strategy())
def test_phi_in_floats_is_phi_at_fifty_digits(params):
    exact = in_mpmath(lambda q: t.scaling_function(q, q.scale), params)[0]
    # exp(-x^2/2) turns one rounding of x into x^2 of them
    worst = 1 + (params.outlier_size / params.scale) ** 2 + params.outlier_mean**2
    assert float(t.scaling_function(params, params.scale)) == pytest.approx(
        float(exact), rel=1e-15 * 40 * min(worst, 1e8), abs=1e-300
    )


def test_phi_at_the_truth_itself_is_refused():
    with pytest.raises(ParameterError, match="Xhat is undefined at X = 0"):
        t.scaling_function(Params(), 0.0)


@pytest.mark.parametrize("law", ["cauchy", "infinite"])
def test_infinite_expected_losses_are_refused(law):
    with pytest.raises(ParameterError, match="expected loss is infinite"):
        t.expected_loss(Params(p=0.1, law=law), 1.0)
    with pytest.raises(ParameterError, match="infinite second moment"):
        t.noise_second_moment(Params(p=0.1, law=law))


@FEW
@given(PHI_DOMAIN.strategy())
def test_pointwise_sign_rip_grows_with_k_and_shrinks_with_m(params):
    size = float(t.truth_norm(params))
    if float(t.scaling_function(params, size)) < 1e-200:
        return
    values = [float(t.sign_rip_pointwise(params, k, size)) for k in (1, 2, 20)]
    assert values[0] < values[1] < values[2]
    finer = dataclasses.replace(params, m=4 * params.m)
    assert float(t.sign_rip_pointwise(finer, 2, size)) == pytest.approx(values[1] / 2)


# --------------------------------------------------------------------------------------------
# Spectra


@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.3, 0.77, 1.0])
def test_top_energy_is_the_semicircle_tail(fraction):
    angle = float(t.tail_angle(fraction))
    cut = 2 * math.cos(angle)
    density = lambda x: math.sqrt(max(4 - x * x, 0.0)) / (2 * math.pi)  # noqa: E731
    mass = 2 * integrate.quad(density, cut, 2)[0]
    energy = 2 * integrate.quad(lambda x: x * x * density(x), cut, 2)[0]
    assert mass == pytest.approx(fraction, abs=1e-7)
    assert float(t.top_energy(fraction)) == pytest.approx(energy, abs=1e-7)


@pytest.mark.parametrize("fraction", [1e-30, 1e-6, 0.02, 0.77, 1.0])
def test_the_semicircles_tail_is_exact_up_to_both_ends(fraction):
    with mpmath.workdps(40):
        guess = mpmath.mpf(float(t.tail_angle(fraction)))
        u = mpmath.mpf(fraction)
        theta = mpmath.findroot(lambda x: 2 * x - mpmath.sin(2 * x) - u * mpmath.pi, guess)
        energy = (2 * theta - mpmath.sin(4 * theta) / 2) / mpmath.pi
        angle_slope = mpmath.pi / 4 / mpmath.sin(theta) ** 2
        slope = 4 * mpmath.cos(theta) ** 2
    assert float(t.tail_angle(fraction)) == pytest.approx(float(theta), rel=1e-13)
    assert float(t.top_energy(fraction)) == pytest.approx(float(energy), rel=1e-13)
    assert float(jax.grad(t.tail_angle)(fraction)) == pytest.approx(float(angle_slope), rel=1e-12)
    assert float(jax.grad(t.top_energy)(fraction)) == pytest.approx(float(slope), abs=1e-12)
    assert (float(t.top_energy(0.0)), float(jax.grad(t.top_energy)(0.0))) == (0.0, 4.0)


@FEW
@given(st.floats(1e-3, 10), st.floats(1e-3, 10))
def test_spectral_formulas_join_at_the_threshold_and_never_give_nan(theta, width):
    value = float(t.outlier_eigenvalue(theta, width))
    overlap = float(t.squared_overlap(theta, width))
    assert value >= 2 * width * (1 - 1e-12)
    assert 0 <= overlap < 1
    assert float(t.outlier_eigenvalue(width, width)) == pytest.approx(2 * width)
    if theta < width:
        assert (value, overlap) == (2 * width, 0.0)


def test_signal_in_wigner_noise_shows_the_predicted_eigenvalue():
    rng = np.random.default_rng(3)
    d, width = 400, 0.3
    g = rng.normal(size=(d, d))
    noise = (g + g.T) / math.sqrt(2) * width / math.sqrt(d)
    v = np.ones(d) / math.sqrt(d)
    values, vectors = np.linalg.eigh(0.5 * np.outer(v, v) + noise)
    assert values[-1] == pytest.approx(float(t.outlier_eigenvalue(0.5, width)), rel=0.02)
    assert (vectors[:, -1] @ v) ** 2 == pytest.approx(
        float(t.squared_overlap(0.5, width)), abs=0.05
    )


@pytest.mark.parametrize(("p", "ratio"), [(0.0, 2 / math.pi), (0.3, 0.7**2 * 2 / math.pi)])
def test_l1_needs_more_measurements_than_l2_exactly_as_the_outliers_say(p, ratio):
    # with tiny outliers E s^2 is negligible but the sign still loses nothing
    params = Params(p=p, law="infinite")
    clean = dataclasses.replace(params, p=0.0)
    assert float(t.l2_spectral_threshold(clean) / t.spectral_threshold(params)) == pytest.approx(
        ratio
    )


# --------------------------------------------------------------------------------------------
# Budgets


@FEW
@given(st.floats(1e-3, 5), st.floats(0.05, 0.9995))
def test_log_growth_is_the_sum_and_lies_in_its_bounds(b, rho):
    direct = math.fsum(np.log1p(b * rho ** np.arange(math.ceil(42 / -math.log(rho)))))
    value = float(t.log_growth(b, rho))
    assert value == pytest.approx(direct, rel=1e-11)
    assert b / (1 - rho) - b**2 / (2 * (1 - rho**2)) <= value * (1 + 1e-12)
    assert value <= b / (1 - rho) * (1 + 1e-12)


@FEW
@given(st.floats(0.01, 2), st.floats(3, 100))
def test_critical_rho_spends_exactly_the_growth_needed(rate, needed):
    rho = float(t.critical_rho(rate, needed))
    assert 0 < rho < 1
    assert float(t.log_growth(rate, rho)) == pytest.approx(needed, rel=1e-9)


def test_no_decay_is_fast_enough_to_miss_a_truth_one_step_away():
    assert float(t.critical_rho(1.0, 0.5)) == 0.0


@FEW
@given(st.floats(1, 20), st.floats(1e-30, 1e-4), st.floats(0, 0.9), st.integers(1, 4))
def test_smaller_starts_escape_later_and_components_in_order(condition, alpha, p, rank):
    params = Params(rank=rank, condition=condition if rank > 1 else 1.0, p=p, search_rank=4)
    times = np.asarray(t.escape_times(params, alpha))
    assert (np.diff(times) >= -1e-9).all()
    assert float(t.escape_times(params, alpha / 10)[-1]) > times[-1]


def test_equal_eigenvalues_escape_together_at_root_r_times_the_scalar_time():
    params = Params(rank=3, search_rank=3, eta=0.01)
    expected = math.sqrt(3) * math.log(1e12) / (4 * 0.01 * C0)
    assert np.asarray(t.escape_times(params, 1e-12)) == pytest.approx(expected)


@pytest.mark.parametrize(("b", "rho"), [(0.3, 0.98), (5.0, 0.5), (1e6, 0.3)])
def test_log_growth_and_its_slopes_are_the_sums_of_their_terms(b, rho):
    with mpmath.workdps(30):
        r, terms = mpmath.mpf(rho), range(math.ceil((60 + math.log1p(b)) / -math.log(rho)))
        powers = list(itertools.accumulate(terms, lambda x, _: x * r, initial=mpmath.mpf(1)))
        value = mpmath.fsum(mpmath.log1p(b * x) for x in powers)
        in_b = mpmath.fsum(x / (1 + b * x) for x in powers)
        in_rho = mpmath.fsum(k * b * x / r / (1 + b * x) for k, x in enumerate(powers))
    assert float(t.log_growth(b, rho)) == pytest.approx(float(value), rel=1e-12)
    found = jax.grad(t.log_growth, (0, 1))(b, rho)
    assert [float(x) for x in found] == pytest.approx([float(in_b), float(in_rho)], rel=1e-11)


@pytest.mark.parametrize("rho", [0.99, 1 - 1e-6, 1 - 1e-12])
def test_log_growth_keeps_the_digits_of_a_small_first_step(rho):
    b, lam = 1e-10, -math.log(rho)
    exact = b / -math.expm1(-lam) - b**2 / (2 * -math.expm1(-2 * lam))
    assert float(t.log_growth(b, rho)) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize(("rate", "needed"), [(0.1, 20.0), (2.0, 3.0), (1.0, 0.7), (1e-3, 50.0)])
def test_critical_rho_has_the_slopes_of_the_implicit_function(rate, needed):
    rho = float(t.critical_rho(rate, needed))
    in_rate, in_rho = (float(x) for x in jax.grad(t.log_growth, (0, 1))(rate, rho))
    found = jax.grad(t.critical_rho, (0, 1))(rate, needed)
    assert [float(x) for x in found] == pytest.approx([-in_rate / in_rho, 1 / in_rho], rel=1e-8)


# --------------------------------------------------------------------------------------------
# Flow, maps


def random_instance(seed):
    rng = np.random.default_rng(seed)
    b = rng.normal(size=(5, 2))
    return jnp.asarray(rng.normal(size=(5, 3)) * 0.3), jnp.asarray(b @ b.T / 5)


@jax.jit
def two_legs(start, truth, first, second):
    """The flow over both times at once, and one after the other."""
    whole = t.riccati_flow(start, truth, first + second)
    values, vectors = jnp.linalg.eigh(t.riccati_flow(start, truth, first))
    middle = vectors * jnp.sqrt(jnp.maximum(values, 0.0))
    return whole, t.riccati_flow(middle, truth, second)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0, 2), st.floats(0, 2))
def test_riccati_flow_is_a_semigroup(seed, first, second):
    whole, in_two = two_legs(*random_instance(seed), first, second)
    np.testing.assert_allclose(whole, in_two, atol=1e-7)


def test_riccati_flow_of_one_direction_is_logistic_and_of_a_null_one_is_slow():
    truth = jnp.diag(jnp.array([2.0, 0.0]))
    start = jnp.diag(jnp.array([1e-3, 0.5]))
    x = t.riccati_flow(start, truth, 1.3)
    assert float(x[0, 0]) == pytest.approx(float(t.logistic_growth(2.0, 1e-6, 1.3)))
    assert float(x[1, 1]) == pytest.approx(float(t.null_decay(0.25, 1.3)))


@FEW
@given(st.floats(0.01, 2.0), st.floats(0.001, 1.0))
def test_cubic_map_stays_bounded_up_to_a_two_and_does_not_overshoot_up_to_one_half(a, v):
    for _ in range(200):
        new = float(t.cubic_map(v, a))
        if a <= 0.5:
            assert v <= new * (1 + 1e-15)
            assert new <= 1 + 1e-15
        v = new
        assert abs(v) <= math.sqrt((2 + a) / a) * (1 + 1e-9)


def test_cubic_map_diverges_just_beyond_two():
    v = 0.3
    for _ in range(5000):
        v = float(2.01 * v * (1 / 2.01 + 1 - v * v)) if abs(v) < 1e3 else v
    assert abs(v) >= 1e3


@FEW
@given(st.floats(0.5, 0.999), st.floats(0, 1))
def test_tracking_map_keeps_its_interval_above_one_half(rho, share):
    z = share / rho
    assert 0 <= float(t.tracking_map(z, 1.0, rho)) <= 1 / rho * (1 + 1e-12)


def test_tracking_map_leaves_its_interval_below_one_half():
    assert float(t.tracking_map(1 / 0.4, 1.0, 0.4)) > 1 / 0.4


@pytest.mark.parametrize(("condition", "rho"), [(2, 0.57), (5, 0.72), (10, 0.82)])
def test_harder_truths_need_slower_decay(condition, rho):
    assert float(t.tracking_ratio_limit(condition)) == pytest.approx(rho, abs=0.005)


# --------------------------------------------------------------------------------------------
# Floors and transitions


@pytest.mark.parametrize(
    ("p", "kappa"),
    [(0.05, 0.7961), (0.1, 0.6712), (0.3, 0.3544), (0.7, 0.05844), (0.9, 0.00638)],
)
def test_critical_ratio_has_its_known_values(p, kappa):
    assert float(t.critical_ratio(p)) == pytest.approx(kappa, rel=1e-3)


@FEW
@given(st.floats(0.001, 0.999))
def test_critical_ratio_is_one_minus_the_smallest_cone_width(p):
    grid = np.linspace(0.0, 6.0, 6001)
    widths = np.asarray(t.cone_width(jnp.asarray(grid), p))
    kappa = float(t.critical_ratio(p))
    assert kappa >= 1 - widths.min() - 1e-12
    assert kappa == pytest.approx(1 - widths.min(), abs=1e-6)
    assert float(jax.grad(t.critical_ratio)(p)) < 0


def test_almost_all_outliers_leave_the_sharp_quadratic_law():
    assert float(t.critical_ratio(0.9999)) / 1e-8 == pytest.approx(2 / math.pi, rel=1e-3)


@pytest.mark.parametrize("p", [-0.1, 1.5, [0.5, 1.5]])
def test_critical_ratio_refuses_what_is_no_share(p):
    with pytest.raises(ParameterError, match=r"critical_ratio: p.* is outside \[0, 1\]"):
        t.critical_ratio(p)


def test_without_outliers_every_dof_below_m_recovers_and_with_outliers_alone_none():
    assert [float(k) for k in t.critical_ratio([0.0, 1.0])] == [1.0, 0.0]
    assert float(jax.grad(t.critical_ratio)(0.0)) == -math.inf
    assert float(jax.grad(t.critical_ratio)(1.0)) == 0.0
    # near the ends too: 1 - kappa_c is the least cone width, its slope that of the envelope
    for p in (1e-12, 1e-3, 0.5, 1 - 1e-6):
        q = float(t.critical_level(p))
        envelope = -((1 + q * q) * math.erf(q / math.sqrt(2)) + 2 * q * stats.norm.pdf(q))
        assert float(jax.grad(t.critical_ratio)(p)) == pytest.approx(envelope, rel=1e-12)
        step = min(p, 1 - p) * 1e-4
        slope = (t.critical_level(p + step) - t.critical_level(p - step)) / (2 * step)
        assert float(jax.grad(t.critical_level)(p)) == pytest.approx(float(slope), rel=1e-5)


@FEW
@given(st.floats(0.01, 0.95), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_floor_grows_with_degrees_of_freedom_and_diverges_at_the_transition(p, one, other):
    kappa = float(t.critical_ratio(p))
    low, high = sorted((one, other))
    small, large = (float(t.floor_factor(u * kappa, p)) for u in (low, high))
    assert 0 < small <= large < math.inf
    assert float(t.floor_factor(kappa * 1.0001, p)) == math.inf


def test_l1_pays_half_pi_for_robustness_at_small_ratios():
    assert float(t.floor_factor(1e-6, 0.0) / t.l2_floor_factor(1e-6)) == pytest.approx(
        math.pi / 2, rel=1e-5
    )


@pytest.mark.parametrize(
    ("kap", "p"), [(1e-12, 0.0), (5e-5, 0.2), (0.1, 0.2), (0.48, 0.2), (0.9, 0.0)]
)
def test_floors_and_their_slopes_are_those_at_forty_digits(kap, p):
    def exact(kap, p):
        q = mpmath.sqrt(2) * mpmath.erfinv(kap / (1 - p))
        moment = mpmath.gammainc(1.5, 0, q**2 / 2, regularized=True) + 2 * q**2 * mpmath.ncdf(-q)
        g = ((1 - p) * moment + p * q**2) / kap
        return g / (1 - g)

    with mpmath.workdps(40):
        at = mpmath.mpf(kap), mpmath.mpf(p)
        value, slopes = exact(*at), [mpmath.diff(exact, at, n) for n in ((1, 0), (0, 1))]
    assert float(t.floor_factor(kap, p)) == pytest.approx(float(value), rel=1e-12)
    found = jax.grad(t.floor_factor, (0, 1))(kap, p)
    assert [float(x) for x in found] == pytest.approx([float(x) for x in slopes], rel=1e-9)


def test_floors_at_the_ends_are_zero_with_a_slope_and_infinite():
    assert float(t.floor_factor(0.0, 0.2)) == 0.0
    assert float(jax.grad(t.floor_factor)(0.0, 0.2)) == pytest.approx(math.pi / 2 / 0.64)
    assert [float(x) for x in t.l2_floor_factor([0.0, 0.5, 1.0, 1.2])] == [0, 1, math.inf, math.inf]
    few = Params(d=20, rank=2, m=39)  # 39 degrees of freedom
    assert float(t.l2_error_floor(few, 1.0)) == math.inf
    assert float(t.error_floor(few, 39)) == math.inf
    for call in (lambda: t.floor_factor(-0.1, 0.2), lambda: t.l2_floor_factor(-1e-3)):
        with pytest.raises(ParameterError, match=r"kap = .* is outside"):
            call()


def test_the_l2_floor_is_the_mean_error_of_least_squares():
    rng = np.random.default_rng(0)
    m, dof, noise = 30, 12, 0.7
    inverses = [np.trace(np.linalg.inv(a.T @ a)) for a in rng.normal(size=(4000, m, dof))]
    error = noise**2 * np.std(inverses) / math.sqrt(len(inverses))
    floor = float(t.l2_error_floor(Params(d=12, rank=1, m=m), noise**2))
    assert abs(floor - noise**2 * np.mean(inverses)) < 5 * error


@FEW
@given(st.floats(1e-20, 40))
def test_the_clipped_moment_keeps_its_digits_at_small_levels(q):
    with mpmath.workdps(60):
        exact = t.clipped_moment(mpmath.mpf(q))
    assert float(t.clipped_moment(q)) == pytest.approx(float(exact), rel=1e-13, abs=1e-300)


@FEW
@given(st.integers(1, 60), st.integers(0, 59))
def test_cone_of_the_psd_matrices_lies_between_tangent_space_and_everything(d, r):
    r = r % d + 1
    dof, cone, everything = t.degrees_of_freedom(d, r), t.psd_dimension(d, r), d * (d + 1) / 2
    assert dof <= cone <= everything
    assert cone - dof == (everything - dof) / 2


def test_psd_dimension_is_the_mean_energy_of_the_projected_gaussian():
    rng = np.random.default_rng(0)
    d, energies = 7, []
    for _ in range(4000):
        g = rng.normal(size=(d, d))
        g = (g + g.T) / 2  # variance 1 on, 1/2 off the diagonal: svec is standard normal
        corner = np.linalg.eigvalsh(g[2:, 2:])
        tangent = (g**2).sum() - (g[2:, 2:] ** 2).sum()
        energies.append(tangent + (np.maximum(corner, 0) ** 2).sum())
    error = np.std(energies) / math.sqrt(len(energies))
    assert abs(np.mean(energies) - t.psd_dimension(d, 2)) < 5 * error


@FEW
@given(Domain.of(CriticalPoint).strategy(), st.floats(0, 1))
def test_no_spurious_critical_point_is_admitted_beyond_the_bounds(point, share):
    # every (q, c) that fulfils the condition at all has q <= norm_bound and c <= cosine_bound
    c = share * float(t.cosine_bound(point.delta)) * 1.5
    for q in np.linspace(1e-6, 1.5, 40):
        energy = t.residual_energy(q, c) - point.delta**2 * q * t.error_energy(q, c)
        if c <= 0.9 and energy < -1e-12:
            assert q <= float(t.norm_bound(point.delta)) + 1e-9
            assert c <= float(t.cosine_bound(point.delta)) + 1e-9


# --------------------------------------------------------------------------------------------
# Bad input, and the command


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"p": 1.0}, "outlier probability p must satisfy 0 <= p < 1"),
        ({"p": -0.1}, "outlier probability"),
        ({"p": float("nan")}, "outlier probability"),
        ({"d": 0}, "d = 0"),
        ({"rank": 0}, "rank = 0"),
        ({"rank": 21, "search_rank": 21}, "need 1 <= r <= d"),
        ({"search_rank": 1}, "need r' >= r"),
        ({"search_rank": 21}, "need r' <= d"),
        ({"m": 0}, "m = 0"),
        ({"condition": 0.5}, "condition"),
        ({"scale": 0.0}, "every eigenvalue"),
        ({"nu": -1.0}, "standard deviation is not negative"),
        ({"law": "normal"}, "law"),
        ({"degrees": 0.5}, "degrees"),
        ({"outlier_size": 0.0}, "outlier_size"),
        ({"outlier_mean": 1e9}, "outlier_mean"),
        ({"alpha": 0.0}, "U_0 = 0 is a fixed point"),
        ({"alpha": -1.0}, "U_0 = 0 is a fixed point"),
        ({"start": "zero"}, "start"),
        ({"steps": "adam"}, "steps"),
        ({"eta": 0.0}, "needs a step eta > 0"),
        ({"rho": 0.0}, "0 < rho <= 1"),
        ({"rho": 1.1}, "0 < rho <= 1"),
        ({"iterations": -1}, "iterations"),
        ({"steps": "loss", "p": 0.1}, "noiseless"),
        ({"steps": "loss", "nu": 0.1}, "noiseless"),
        ({"steps": "ideal", "eta": 1.2}, "diverges"),
    ],
)
def test_bad_parameters_are_named_with_what_is_allowed(bad, message):
    with pytest.raises(ParameterError, match=message):
        Params(**bad)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), "not \\(d, d\\)"),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), "not symmetric"),
        (np.diag([1.0, -0.5]), "indefinite"),
        (np.diag([1.0, np.nan]), "not finite"),
        (np.zeros((2, 2)), "sigma_r > 0"),
    ],
)
def test_a_truth_that_is_no_covariance_is_refused(matrix, message):
    with pytest.raises(ParameterError, match=message):
        t.spectrum_of(matrix)


def test_the_spectrum_of_a_low_rank_truth_has_its_rank():
    assert t.spectrum_of(np.diag([3.0, 1.0, 0.0])) == pytest.approx([3.0, 1.0])


@pytest.mark.parametrize(
    ("params", "note"),
    [
        (Params(steps="geometric", rho=0.4), "rho = 0.4 < 1/2"),
        (Params(steps="geometric", rho=0.7, condition=10.0), "slowest of modes"),
        (Params(steps="geometric", rho=0.9), "freeze near 0; need rho >="),
        (Params(steps="ideal", eta=0.6), "unstable"),
        (Params(m=40, p=0.3), "below the spectral threshold"),
        (GENTLE, "never converges"),
    ],
)
def test_advice_says_what_a_run_cannot_do(params, note):
    assert any(note in text for text in t.advice(params))


def test_a_slow_enough_schedule_near_the_data_gets_no_advice():
    assert t.advice(Params()) == t.advice(Params(rho=0.999)) == ()


def test_a_start_as_large_as_the_truth_has_no_escape_time():
    for x0 in (1.0, 0.4):
        with pytest.raises(ParameterError, match=r"escape_times: x0 = .* is above sigma_r/e"):
            t.escape_times(Params(), x0)
    assert np.isnan(jax.jit(lambda x: t.escape_times(Params(), x))(0.4)).all()
    # up to sigma_r/e every component waits for the larger ones
    params = Params(rank=4, condition=50.0)
    assert (np.diff(t.escape_times(params, 0.02 / math.e)) > 0).all()
    assert t.advice(Params(alpha=2.0))[-1].startswith("the start is larger than the truth")
    assert "T_escape" not in predictions(Params(alpha=2.0))
    # the smallest start that Params admit
    assert float(t.escape_times(Params(), Params(alpha=1e-60).alpha ** 2)[-1]) > 0
    assert "freeze" in t.advice(Params(alpha=1e-60))[0]


def test_predictions_cover_every_regime_without_nan():
    for params in (Params(), Params(p=0.2), Params(nu=0.3), Params(nu=0.3, p=0.9, m=100)):
        for value, _ in predictions(params).values():
            assert value is None or math.isfinite(value)


def test_the_command_prints_predictions_and_refuses_nonsense(capsys):
    assert t.command(["--p", "0.2", "--rho", "0.9"]) == 0
    out = capsys.readouterr().out
    assert "m recovery" in out
    assert "need rho >=" in out.replace("\n", " ")
    with pytest.raises(ParameterError, match=r"p = 1.0 is outside \[0, 1\)"):
        t.command(["--p", "1"])


def test_every_law_is_offered():
    assert set(t.Params.__fields__["law"].choices) == ALL_LAWS | {"student"}


def test_every_proof_item_is_proved_and_names_its_claims():
    names = {c.name for c in t.CLAIMS}
    items = {p.name for p in proofs_of("sign_rip")}
    assert all(set(p.supports) <= names for p in proofs_of("sign_rip"))
    assert all(set(c.supported_by) <= items for c in t.CLAIMS)
    # branch and bound is slow while types are checked; `python -m proofs_check` runs it
    quick = sorted(items - {"decay_between_zero_and_one"})
    for item, result in run_proofs("sign_rip", quick):
        assert result.status is Status.PROVED, (item.name, result)
