"""Robust matrix recovery: the closed forms, against quadrature, direct sums and other routes."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from proofs_check import Status, proofs_of, run_proofs
from sims._deterministic import in_mpmath
from theory import Domain, ParameterError
from theory import sign_rip as t
from theory.sign_rip import CriticalPoint, Params
from theory.sign_rip._claims_exact import ALL_LAWS, FINITE_LOSS
from theory.sign_rip._command import predictions

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
    p=(0.0, 0.999), outlier_size=(1e-3, 1e3), outlier_mean=(-100.0, 100.0), nu=(0.0, 100.0),
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


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.5])
def test_critical_ratio_refuses_the_ends(p):
    with pytest.raises(ParameterError, match="0 < p < 1"):
        t.critical_ratio(p)


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
        ({"law": "student"}, "law"),
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
        (Params(), "never converges"),
    ],
)
def test_advice_says_what_a_run_cannot_do(params, note):
    assert any(note in text for text in t.advice(params))


def test_a_slow_enough_schedule_near_the_data_gets_no_advice():
    assert t.advice(Params(steps="geometric", rho=0.999)) == ()


def test_predictions_cover_every_regime_without_nan():
    for params in (Params(), Params(p=0.2), Params(nu=0.3), Params(nu=0.3, p=0.9, m=100)):
        for value, _ in predictions(params).values():
            assert value is None or math.isfinite(value)


def test_the_command_prints_predictions_and_refuses_nonsense(capsys):
    assert t.command(["--p", "0.2", "--steps", "geometric"]) == 0
    out = capsys.readouterr().out
    assert "m recovery" in out
    assert "need rho >=" in out.replace("\n", " ")
    assert t.command(["--p", "1"]) == 2
    assert t.command(["--bogus", "1"]) == 2


def test_every_law_is_offered():
    assert set(t.Params.__fields__["law"].choices) == ALL_LAWS


def test_every_proof_item_is_proved_and_names_its_claims():
    names = {c.name for c in t.CLAIMS}
    items = {p.name for p in proofs_of("sign_rip")}
    assert all(set(p.supports) <= names for p in proofs_of("sign_rip"))
    assert all(set(c.supported_by) <= items for c in t.CLAIMS)
    # branch and bound is slow while types are checked; `python -m proofs_check` runs it
    quick = sorted(items - {"decay_between_zero_and_one"})
    for item, result in run_proofs("sign_rip", quick):
        assert result.status is Status.PROVED, (item.name, result)
