"""Robust matrix recovery: the closed forms, against quadrature, other routes and their ends."""

import math

import jax
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import theory.sign_rip as sign_rip
from sims import Run, simulations_of
from theory import ParameterError, log_pochhammer
from theory.sign_rip import GENTLE, Params, claims_ends, floors, prediction_table

FEW = settings(max_examples=15)
LAWS = {
    "gaussian": stats.norm(0.7, 2.0), "uniform": stats.uniform(-2, 4), "cauchy": stats.cauchy(0, 2),
    "laplace": stats.laplace(0, 2.0), "student": stats.t(3, scale=2),
}  # fmt: skip


def noisy(law):
    """Dense noise, and 30 % outliers of one of these laws."""
    mean = 0.7 if law == "gaussian" else 0.0
    return Params(p=0.3, law=law, outlier_size=2.0, outlier_mean=mean, degrees=3.0, nu=0.1)


# The scaling function


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("norm", [1e-3, 1.0, 1e3])
def test_a_law_of_ones_own_has_the_same_scaling_function(law, norm):
    own = sign_rip.own_scaling_function(LAWS[law], norm, p=0.3, nu=0.1)
    assert own == pytest.approx(float(sign_rip.scaling_function(noisy(law), norm)), rel=1e-8)


@pytest.mark.parametrize("degrees", [1.0, 1.3, 3.0, 100.0])
@pytest.mark.parametrize("ratio", [1e-3, 1.0, 300.0])
def test_student_outliers_decay_as_tricomis_function_says(degrees, ratio):
    with mpmath.workdps(30):
        nu, z = mpmath.mpf(degrees), degrees * mpmath.mpf(ratio) ** 2 / 2
        front = mpmath.gamma((nu + 1) / 2) / mpmath.gamma(nu / 2)
        exact = front * mpmath.hyperu(0.5, 1 - nu / 2, z)
    found = float(sign_rip.outlier_decay("student", ratio, 0.0, 1.0, degrees))
    assert found == pytest.approx(float(exact), rel=1e-11)
    if degrees == 1:
        with pytest.raises(ParameterError, match="expected loss is infinite"):
            sign_rip.outlier_loss("student", ratio, 0.0, 1.0, degrees)
        return
    slope = float(jax.grad(sign_rip.outlier_loss, 3)("student", ratio, 0.0, 1.0, degrees))
    assert slope == pytest.approx(math.sqrt(2 / math.pi) * found, rel=1e-10)


@pytest.mark.parametrize("law", ["gaussian", "uniform", "laplace", "student"])
def test_losses_moments_and_densities_are_those_of_the_law(law):
    own, p = LAWS[law], noisy(law)
    args = law, 2.0, p.outlier_mean
    size = own.expect(abs)
    assert float(sign_rip.outlier_loss(*args, 1e-9, 3.0)) == pytest.approx(size, rel=1e-7)
    assert float(sign_rip.density_at_zero(*args, 3.0)) == pytest.approx(own.pdf(0))
    assert float(sign_rip.noise_second_moment(p)) == pytest.approx(0.007 + 0.3 * own.moment(2))
    # with dense noise phi vanishes linearly at 0, and jumps to its limit without
    slope = 2 * (0.7 * stats.norm(0, 0.1).pdf(0) + 0.3 * own.pdf(0))
    assert float(sign_rip.scaling_function(p, 1e-7)) / 1e-7 == pytest.approx(slope, rel=1e-5)
    assert float(2 * sign_rip.noise_density_at_zero(p)) == pytest.approx(slope)
    assert float(sign_rip.scaling_at_zero(p)) == 0.0


def test_draws_of_ones_own_noise_give_the_scaling_function_or_are_refused():
    draws = 2 * np.random.default_rng(0).standard_t(3, 200_000)
    own = sign_rip.own_scaling_function(LAWS["student"], 1.0)
    assert sign_rip.own_scaling_function(draws, 1.0) == pytest.approx(own, abs=3e-3)
    assert math.isnan(sign_rip.own_scaling_function(draws, math.nan))
    for bad in ({"law": "student"}, {"law": [1.0, math.nan]}, {"norm": 0.0}, {"p": 1.5}):
        with pytest.raises(ParameterError, match="own_scaling_function"):
            sign_rip.own_scaling_function(**({"law": draws, "norm": 1.0} | bad))


@pytest.mark.parametrize("law", ["cauchy", "infinite"])
def test_infinite_expected_losses_are_refused(law):
    with pytest.raises(ParameterError, match="expected loss is infinite"):
        sign_rip.expected_loss(Params(p=0.1, law=law), 1.0)
    with pytest.raises(ParameterError, match="infinite second moment"):
        sign_rip.noise_second_moment(Params(p=0.1, law=law))


def test_l1_needs_more_measurements_than_l2_exactly_as_the_outliers_say():
    ratio = sign_rip.l2_spectral_threshold(Params()) / sign_rip.spectral_threshold(Params(p=0.3))
    assert float(ratio) == pytest.approx(0.7**2 * 2 / math.pi)


# Budgets and the flow


@pytest.mark.parametrize(("rate", "needed"), [(0.1, 20.0), (2.0, 3.0), (1.0, 0.7), (1e-3, 50.0)])
def test_critical_rho_spends_the_growth_needed_and_has_its_implicit_slopes(rate, needed):
    rho = float(sign_rip.critical_rho(rate, needed))
    assert float(log_pochhammer(rate, rho)) == pytest.approx(needed, rel=1e-9)
    in_rate, in_rho = (float(x) for x in jax.grad(log_pochhammer, (0, 1))(rate, rho))
    found = jax.grad(sign_rip.critical_rho, (0, 1))(rate, needed)
    assert [float(x) for x in found] == pytest.approx([-in_rate / in_rho, 1 / in_rho], rel=1e-8)
    assert float(sign_rip.critical_rho(1.0, 0.5)) == 0.0  # a truth one step away


@pytest.mark.parametrize(
    ("rate", "needed", "rho", "by_rate", "by_needed"),  # by mpmath, 60 digits, in log(-log rho)
    [
        (1e50, 5e49, 1.0, -2.3025851e-98, 2.651607e-96),
        (5e49, 1e50, 1.0, -2.2887221e-98, 6.5494563e-97),
        (1e50, 120.0, 1.29418087839363e-48, -2.5983618e-98, 1.3041809e-48),
        (1e50, 1e4, 0.513377649306976, -5.9619793e-53, 3.4427688e-5),
        (1e-50, 1e-49, 0.9, -1e49, 1e48),
        (1e-50, 5e49, 1.0, -2e-50, 4e-150),
    ],
)
def test_critical_rho_holds_to_the_ends_of_both_ranges(rate, needed, rho, by_rate, by_needed):
    found, slopes = jax.value_and_grad(sign_rip.critical_rho, (0, 1))(rate, needed)
    assert float(found) == pytest.approx(rho, rel=2e-13)
    assert np.asarray(slopes) == pytest.approx([by_rate, by_needed], rel=1e-6)


def test_components_escape_in_order_and_equal_ones_together():
    params = Params(rank=4, condition=50.0, p=0.3)
    for x0 in (0.02 / math.e, 1e-6, Params(alpha=1e-60).alpha ** 2):
        assert (np.diff(np.asarray(sign_rip.escape_times(params, x0))) > 0).all()
    equal = sign_rip.escape_times(Params(rank=3, eta=0.01), 1e-12)
    alone = math.log(1e12) / (4 * 0.01 * math.sqrt(2 / math.pi))
    assert np.asarray(equal) == pytest.approx(math.sqrt(3) * alone)
    with pytest.raises(ParameterError, match=r"escape_times: x0 = .* is above sigma_r/e"):
        sign_rip.escape_times(Params(), 0.4)
    assert np.isnan(jax.jit(lambda x: sign_rip.escape_times(Params(), x))(0.4)).all()


@FEW
@given(st.integers(0, 10**6), st.floats(0, 2), st.floats(0, 2))
def test_riccati_flow_is_a_semigroup(seed, first, second):
    rng = np.random.default_rng(seed)
    b, start = rng.normal(size=(5, 2)), 0.3 * rng.normal(size=(5, 3))
    truth = b @ b.T / 5
    values, vectors = np.linalg.eigh(sign_rip.riccati_flow(start, truth, first))
    middle = vectors * np.sqrt(np.maximum(values, 0.0))
    whole = sign_rip.riccati_flow(start, truth, first + second)
    np.testing.assert_allclose(whole, sign_rip.riccati_flow(middle, truth, second), atol=1e-7)


@pytest.mark.parametrize(("a", "bounded"), [(1.999, True), (2.01, False)])
def test_the_cubic_map_is_bounded_up_to_two(a, bounded):
    v = 0.3
    for _ in range(5000):
        v = sign_rip.cubic_map(v, a) if abs(v) < 1e3 else v
    assert (abs(v) <= math.sqrt((2 + a) / a)) == bounded


def test_harder_truths_need_slower_decay():
    limits = [float(sign_rip.tracking_ratio_limit(kappa)) for kappa in (2, 5, 10)]
    assert limits == pytest.approx([0.57, 0.72, 0.82], abs=0.005)


# Floors and transitions


@pytest.mark.parametrize("p", [1e-12, 1e-3, 0.5, 1 - 1e-6])
def test_critical_ratio_is_one_minus_the_smallest_cone_width_with_its_envelopes_slope(p):
    q = float(sign_rip.critical_level(p))
    envelope = -((1 + q * q) * math.erf(q / math.sqrt(2)) + 2 * q * stats.norm.pdf(q))
    assert float(jax.grad(sign_rip.critical_ratio)(p)) == pytest.approx(envelope, rel=1e-12)
    widths = np.asarray(sign_rip.cone_width(np.linspace(0.0, 8.0, 8001), p))
    assert float(sign_rip.critical_ratio(p)) == pytest.approx(1 - widths.min(), abs=1e-6)
    step = min(p, 1 - p) * 1e-4
    slope = (sign_rip.critical_level(p + step) - sign_rip.critical_level(p - step)) / (2 * step)
    assert float(jax.grad(sign_rip.critical_level)(p)) == pytest.approx(float(slope), rel=1e-5)


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
    assert float(sign_rip.floor_factor(kap, p)) == pytest.approx(float(value), rel=1e-12)
    found = jax.grad(sign_rip.floor_factor, (0, 1))(kap, p)
    assert [float(x) for x in found] == pytest.approx([float(x) for x in slopes], rel=1e-9)


def test_transitions_and_floors_at_the_ends_have_their_limits_and_slopes():
    assert sign_rip.critical_ratio([0.0, 1.0]).tolist() == [1.0, 0.0]
    assert [float(jax.grad(sign_rip.critical_ratio)(p)) for p in (0.0, 1.0)] == [-math.inf, 0.0]
    assert float(sign_rip.floor_factor(0.0, 0.2)) == 0.0
    assert float(jax.grad(sign_rip.floor_factor)(0.0, 0.2)) == pytest.approx(math.pi / 2 / 0.64)
    beyond = float(sign_rip.critical_ratio(0.2)) * 1.0001
    assert float(sign_rip.floor_factor(beyond, 0.2)) == math.inf
    assert sign_rip.l2_floor_factor([0.0, 0.5, 1.2]).tolist() == [0, 1, math.inf]
    few = Params(d=20, rank=2, m=39)  # 39 degrees of freedom
    assert float(sign_rip.l2_error_floor(few, 1.0)) == float(sign_rip.error_floor(few, 39))
    assert float(sign_rip.error_floor(few, 39)) == math.inf


def test_the_l2_floor_is_the_mean_error_of_least_squares():
    rng = np.random.default_rng(0)
    inverses = [np.trace(np.linalg.inv(a.T @ a)) for a in rng.normal(size=(4000, 30, 12))]
    floor = float(sign_rip.l2_error_floor(Params(d=12, rank=1, m=30), 1.0))
    assert abs(floor - np.mean(inverses)) < 5 * np.std(inverses) / math.sqrt(4000)


def test_psd_dimension_is_the_mean_energy_of_the_projected_gaussian():
    g = np.random.default_rng(0).normal(size=(4000, 7, 7))
    g = (g + g.transpose(0, 2, 1)) / 2  # variance 1 on, 1/2 off the diagonal: svec is normal
    corner = g[:, 2:, 2:]
    tangent = (g**2).sum((1, 2)) - (corner**2).sum((1, 2))
    energies = tangent + (np.maximum(np.linalg.eigvalsh(corner), 0) ** 2).sum(1)
    error = energies.std() / math.sqrt(len(energies))
    assert abs(energies.mean() - sign_rip.psd_dimension(7, 2)) < 5 * error


@FEW
@given(st.floats(0.001, 0.7), st.floats(0, 1.5))
def test_no_spurious_critical_point_is_admitted_beyond_the_bounds(delta, share):
    # every (q, c) that fulfils the condition at all has q <= norm_bound and c <= cosine_bound
    c, q = share * float(sign_rip.cosine_bound(delta)), np.linspace(1e-6, 1.5, 400)
    if c <= 0.9:
        energy = sign_rip.residual_energy(q, c) - delta**2 * q * sign_rip.error_energy(q, c)
        admitted = q[np.asarray(energy) < -1e-12]
        assert (admitted <= float(sign_rip.norm_bound(delta)) + 1e-9).all()
        assert c <= float(sign_rip.cosine_bound(delta)) + 1e-9 or not len(admitted)


# Bad input, advice, the command, and the store


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"rank": 21, "search_rank": 21}, "need 1 <= r <= d"),
        ({"search_rank": 1}, "need r' >= r"),
        ({"search_rank": 21}, "need r' <= d"),
        ({"steps": "loss", "p": 0.1}, "noiseless"),
        ({"steps": "loss", "nu": 0.1}, "noiseless"),
        ({"steps": "ideal", "eta": 1.2}, "diverges"),
        ({"alpha": 0.0}, "U_0 = 0 is a fixed point"),
    ],
)
def test_parameters_that_do_not_fit_are_named_with_what_is_allowed(bad, message):
    with pytest.raises(ParameterError, match=message):
        Params(**bad)


@pytest.mark.parametrize(
    ("params", "note"),
    [
        (Params(steps="geometric", rho=0.4), "rho = 0.4 < 1/2"),
        (Params(steps="geometric", rho=0.7, condition=10.0), "slowest of modes"),
        (Params(steps="geometric", rho=0.9), "freeze near 0; need rho >="),
        (Params(alpha=1e-60), "freeze near 0"),
        (Params(steps="ideal", eta=0.6), "unstable"),
        (Params(m=40, p=0.3), "below the spectral threshold"),
        (Params(alpha=2.0), "the start is larger than the truth"),
        (GENTLE, "never converges"),
    ],
)
def test_advice_says_what_a_run_cannot_do(params, note):
    assert any(note in text for text in sign_rip.advice(params))
    assert sign_rip.advice(Params()) == sign_rip.advice(Params(rho=0.999)) == ()


def test_the_command_prints_every_prediction(capsys):
    assert sign_rip.command(["--p", "0.2", "--rho", "0.9"]) == 0
    out = capsys.readouterr().out
    assert "m recovery" in out
    assert "need rho >=" in out.replace("\n", " ")
    for params in (Params(), Params(p=0.2), Params(nu=0.3), Params(nu=0.3, p=0.9, m=100)):
        for value, _ in prediction_table.predictions(params).values():
            assert value is None or math.isfinite(value)
    assert "T_escape" not in prediction_table.predictions(Params(alpha=2.0))


def test_a_changed_threshold_is_read_off_the_stored_trials(tmp_path, monkeypatch):
    params = claims_ends.RECOVERY.but(d=4, m=12, iterations=3)
    trial = simulations_of("sign_rip")["recovery"]

    def run():
        return Run(trial, params, setting="sign_rip", mode="recovery", store=tmp_path)

    kept = run().extend(4)
    for name in ("critical_ratio", "recovery_threshold", "degrees_of_freedom"):
        monkeypatch.setattr(floors, name, lambda *args: 1.0)
        monkeypatch.setattr(sign_rip, name, lambda *args: 1.0)
    jax.clear_caches()  # or the trial's program would be the one traced before
    # raises NotStoredError where nothing fits the program
    again = {"error": np.concatenate([piece["error"] for piece in run().read(4)])}
    assert (again["error"] == kept["error"]).all()
    missed = (again["error"] >= claims_ends.RECOVERED).tolist()
    for kappa, wrong in ((0.01, [not m for m in missed]), (9.0, missed)):
        reading = claims_ends.recovery_misjudged(lambda p, k=kappa: k)
        assert reading(again, params).tolist() == wrong


@pytest.mark.parametrize("delta", [2.3e-308, 1e-200, 0.1, 1.0])
def test_the_l1_l2_bound_has_its_slope_at_any_confidence(delta):
    # m t^2/2 = log(2/delta): dt/ddelta = -1/(m t delta)
    m = Params().m
    t = math.sqrt(2 * (math.log(2) - math.log(delta)) / m)
    slope = jax.grad(lambda x: sign_rip.l1_l2_bound(Params(), 2, x))(delta)
    assert float(slope) == pytest.approx(-1 / (m * t) / delta, rel=1e-12)
