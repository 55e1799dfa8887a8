"""The XOR cluster model's closed forms, against quadrature, enumeration and other routes."""

import dataclasses
import itertools
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sims._deterministic import in_mpmath
from theory import Domain, ParameterError, fields_of, lift
from theory import xor_cluster as t
from theory.xor_cluster import REF_P, REF_T, SCALARS, AxisCounts, Params

FEW = settings(max_examples=15, deadline=None, derandomize=True)

# --------------------------------------------------------------------------------------------
# Parameters


def _outside(field):
    """Values just outside and far outside a field's range."""
    below = field.low if field.open_low else math.nextafter(field.low, -math.inf)
    above = field.high if field.open_high else math.nextafter(field.high, math.inf)
    if field.kind == "int":
        return st.one_of(
            st.integers(-(10**6), int(field.low) - 1),
            st.integers(int(field.high) + 1, int(field.high) + 10**6),
        )
    return st.one_of(
        st.floats(-1e9, below, allow_subnormal=False), st.floats(above, 1e30), st.just(math.nan)
    )


NUMERIC = [name for name, field in fields_of(Params).items() if field.kind in ("real", "int")]


@pytest.mark.parametrize("name", NUMERIC)
@FEW
@given(data=st.data())
def test_a_value_outside_its_range_is_refused_by_name(name, data):
    field = fields_of(Params)[name]
    value = data.draw(_outside(field))
    with pytest.raises(ParameterError) as error:
        Params(**{name: value})
    text = str(error.value)
    assert text.startswith(f"xor_cluster: {name} = ")
    assert field.range_text in text
    assert field.because in text


def test_each_bad_case_of_the_model_says_what_to_do():
    for changes, words in [
        ({"eta": 0.5}, "label noise must be below 1/2"),
        ({"omega": 0.0}, "with zero initial weights no neuron is active"),
        ({"squared_norm": 0.0}, "the cluster means must not vanish"),
        ({"alpha": 0.0}, "needs a positive step"),
        ({"p": 100, "n": 99}, "reduced sampling needs p >= n+2; use sampling='direct'"),
        ({"steps": -1}, "whole number of steps"),
        ({"sampling": "exact"}, "is not one of {reduced, direct, limit}"),
    ]:
        with pytest.raises(ParameterError, match=r"^xor_cluster: ") as error:
            Params(**changes)
        assert words in str(error.value)
    assert Params(p=100, n=99, sampling="direct").p == 100


@pytest.mark.parametrize("time", [-1, 2.5, True, 10**6])
def test_time_is_a_whole_number_of_steps(time):
    with pytest.raises(ParameterError, match="xor_cluster: steps = "):
        t.mean_accuracy(200, 0.1, time)


def test_the_accuracy_curve_joins_its_pieces():
    curve = [float(t.mean_accuracy(1e12, 0.2, time)) for time in range(6)]
    assert curve[:2] == [0.5, 0.5]
    assert curve[2] == pytest.approx(float(t.two_step_accuracy()), abs=1e-5)
    later = [float(t.later_step_accuracy(0.2, time)) for time in (3, 4, 5)]
    assert curve[3:] == pytest.approx(later, abs=1e-5)
    # at large n also the first order beside the limit is the linear one
    linear = t.later_step_accuracy(0.2, 4) + t.later_step_correction(1e9, 0.2, 4)
    assert float(t.mean_accuracy(1e9, 0.2, 4)) == pytest.approx(float(linear), abs=1e-6)
    clean = float(t.mean_accuracy(1e9, 0.0, 3))
    assert clean == pytest.approx(float(t.later_step_accuracy_without_noise(1e9, 3)), abs=1e-4)


@pytest.mark.parametrize(
    ("n", "eta", "means"),
    [  # t = 2, 3, ... of the count model: sims run xor_cluster --mode curve --trials 12000
        (64, 0.0, (0.7643, 0.7431, 0.7837, 0.7989, 0.8219)),
        (100, 0.1, (0.7490, 0.7312, 0.7629, 0.7846, 0.7991)),
        (500, 0.15, (0.7465, 0.7794, 0.8173, 0.8382, 0.8517)),
        (2000, 0.1, (0.7387, 0.8591, 0.8872, 0.9040, 0.9155)),
        (20_000, 0.02, (0.7285, 0.9521, 0.9648, 0.9720, 0.9770)),
    ],
)
def test_the_accuracy_curve_is_that_of_the_count_model(n, eta, means):
    reach = 0.01 if n * (1 - 2 * eta) ** 2 >= 240 else 0.02
    curve = [float(t.mean_accuracy(n, eta, time)) for time in range(2, 2 + len(means))]
    assert curve == pytest.approx(means, abs=reach)


def test_the_accuracy_curve_says_below_which_n_it_knows_nothing():
    for n, eta in ((20, 0.4), (63, 0.0), (6000, 0.45)):
        with pytest.raises(ParameterError, match=r"mean_accuracy: n = .* is below 64/\(1 - 2 eta"):
            t.mean_accuracy(n, eta, 3)
    assert float(t.mean_accuracy(20, 0.4, 1)) == 0.5
    slope = jax.grad(t.mean_accuracy, 1)(500.0, 0.15, 3)
    step = (t.mean_accuracy(500, 0.1501, 3) - t.mean_accuracy(500, 0.1499, 3)) / 2e-4
    assert float(slope) == pytest.approx(float(step), rel=1e-6)


def test_means_must_be_orthogonal_and_of_equal_norm():
    good = t.from_means([0.0, 3.0, 4.0], [5.0, 0.0, 0.0], n=1)
    assert (good.p, good.squared_norm) == (3, 25.0)
    for mu1, mu2 in [([1.0, 0, 0], [1.0, 1.0, 0]), ([1.0, 0, 0], [0, 1.1, 0]), ([1.0], [0.0, 1.0])]:
        with pytest.raises(ParameterError, match=r"xor_cluster: mu1, mu2 = .* outside"):
            t.from_means(mu1, mu2, n=1)


@FEW
@given(m=st.integers(1, 40), factor=st.floats(1.001, 10))
def test_the_second_layer_has_modulus_one_over_sqrt_m(m, factor):
    a = np.where(np.arange(m) % 2, 1, -1) / math.sqrt(m)
    t.check_second_layer(a, m)
    a[m // 2] *= factor
    with pytest.raises(ParameterError, match=r"xor_cluster: a\[\d+\] = .* outside"):
        t.check_second_layer(a, m)


def test_an_epsilon_outside_the_papers_range_only_warns():
    with pytest.warns(UserWarning, match="epsilon = 0.01 is outside"):
        assert Params(epsilon=0.01).epsilon == 0.01


def test_ref_t_meets_every_assumption_with_constant_two():
    constants = t.assumption_constants(REF_T)
    assert all(constants[name] >= 2 for name in ("A1", "A2", "A3", "A4", "A6"))
    assert constants["A5"] >= 1


def test_the_papers_experiments_violate_three_assumptions():
    constants = t.assumption_constants(REF_P)
    assert constants["A1"] == pytest.approx(0.42, abs=0.005)
    assert constants["A2"] == pytest.approx(8e-4, rel=0.01)
    assert 1 / constants["A5"] == pytest.approx(2e5, rel=0.03)
    small_step = dataclasses.replace(REF_P, alpha=1e-16)
    assert 1 / t.assumption_constants(small_step)["A5"] == pytest.approx(2e9, rel=0.03)


def test_steps_past_the_theorems_window_warn():
    late = dataclasses.replace(REF_T, alpha=1e-14, steps=20)
    assert t.window_end(late) < 20
    with pytest.warns(UserWarning, match="past the theorem's window"):
        t.assumption_constants(late)


# --------------------------------------------------------------------------------------------
# The data model and the first step


@FEW
@given(r=st.floats(0.05, 6))
def test_bayes_error_is_the_probability_that_quadrature_gives(r):
    wrong = lambda u: stats.norm.pdf(u, r) * 2 * stats.norm.sf(abs(u))  # noqa: E731
    value, _ = integrate.quad(wrong, -12, 20, points=[0.0, r], limit=200, epsabs=1e-13)
    assert float(t.bayes_error(r**2)) == pytest.approx(value, abs=1e-10)
    assert float(t.noisy_bayes_error(r**2, 0.2)) == pytest.approx(0.8 * value + 0.2 * (1 - value))


@FEW
@given(rho=st.floats(0.01, 50))
def test_accuracy_variance_is_that_of_a_gaussian_accuracy(rho):
    # a kink as narrow as 1/rho needs quadrature on the square's own scale
    density = lambda z: stats.norm.pdf(z) * (stats.norm.cdf(rho * z / math.sqrt(2)) - 0.5) ** 2  # noqa: E731
    value, _ = integrate.quad(density, -10, 10, points=[-1 / rho, 0, 1 / rho], limit=400)
    assert float(t.cluster_accuracy_variance(rho)) == pytest.approx(value, abs=1e-8)


def test_accuracy_law_has_the_accuracy_variance():
    grid = np.linspace(0, 1, 20001)
    law = np.array(t.cluster_accuracy_cdf(1.3, grid))
    law[0], law[-1] = 0, 1
    middle = (grid[1:] + grid[:-1]) / 2
    variance = np.sum((middle - 0.5) ** 2 * np.diff(law))
    assert variance == pytest.approx(float(t.cluster_accuracy_variance(1.3)), abs=1e-6)


def test_margin_moments_are_those_of_sampled_data():
    rng = np.random.default_rng(1)
    n, p, M2, draws = 6, 7, 5.0, 60_000
    cluster = rng.integers(0, 4, (draws, n))
    means = np.zeros((4, p))
    means[[0, 1], 0], means[[2, 3], 1] = (math.sqrt(M2), -math.sqrt(M2)), (
        math.sqrt(M2), -math.sqrt(M2),
    )  # fmt: skip
    x = means[cluster] + rng.standard_normal((draws, n, p))
    y = np.where(cluster < 2, 1, -1) * np.where(rng.random((draws, n)) < 0.2, -1, 1)
    v = np.einsum("dn,dnp->dp", y, x)
    margin = y[:, 0] * np.einsum("dp,dp->d", v, x[:, 0])
    mean, variance = float(t.margin_mean(p, M2)), float(t.margin_variance(n, p, M2))
    assert margin.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / draws))
    assert margin.var() == pytest.approx(variance, rel=0.05)


@FEW
@given(R=st.floats(-0.99, 0.99))
def test_activation_covariance_is_the_orthant_probability(R):
    orthant = stats.multivariate_normal([0, 0], [[1, R], [R, 1]]).cdf([0, 0])
    assert float(t.activation_covariance(R)) == pytest.approx(orthant - 0.25, abs=1e-6)


@given(N=st.integers(1, 200), share=st.floats(0, 1), P=st.floats(0.5, 1e6))
@FEW
def test_difference_variance_is_the_double_sum(N, share, P):
    first = round(share * N)
    zeta = np.repeat([1.0, -1.0], [first, N - first])
    # all points on one cluster side with clean/noisy signs: cos = zeta zeta'/(P + 1)
    cosine = np.where(np.eye(N, dtype=bool), 1.0, np.outer(zeta, zeta) / (P + 1))
    value = zeta @ (np.arcsin(cosine) / (2 * math.pi)) @ zeta
    clean_minus_noisy = N
    assert float(t.difference_variance(N, clean_minus_noisy, P)) == pytest.approx(value)


def test_uncorrelated_alignment_is_uniform():
    assert float(t.aligned_fraction_variance(0.0)) == pytest.approx(1 / 12, rel=1e-15)
    value, _ = integrate.quad(
        lambda z: stats.norm.pdf(z) * (stats.norm.cdf(z / math.sqrt(2.5)) - 0.5) ** 2, -10, 10
    )
    assert float(t.aligned_fraction_variance(1.5)) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 7, 12])
def test_difference_law_is_the_exact_convolution(n):
    law = {0: Fraction(1)}
    for _ in range(n):
        step = {1: Fraction(1, 8), -1: Fraction(1, 8), 0: Fraction(3, 4)}
        new: dict[int, Fraction] = {}
        for (d, p), (s, q) in itertools.product(law.items(), step.items()):
            new[d + s] = new.get(d + s, Fraction(0)) + p * q
        law = new
    exact = [float(law[d]) for d in range(n + 1)]
    np.testing.assert_allclose(t.difference_pmf(n), exact, atol=2e-16)
    tail = float(sum(p for d, p in law.items() if d > 1.5))
    assert float(t.aligned_probability(n, 1.5)) == pytest.approx(tail, abs=1e-15)


def test_few_neurons_are_aligned_at_the_papers_threshold():
    exact = float(t.aligned_probability(400, 20))
    assert exact == pytest.approx(0.02015, abs=1e-5)
    assert float(t.aligned_probability_gaussian(400, 0.0)) == pytest.approx(exact, rel=0.15)


def test_deviation_probability_is_that_of_the_gaussian_model():
    rng = np.random.default_rng(2)
    z, g, h = rng.standard_normal((3, 400_000))
    m = 100
    deviates = np.sqrt(1 + z**2) * np.abs(h) > np.abs(math.sqrt(m) * z + g)
    prediction = float(t.axis_deviation_probability(m))
    assert deviates.mean() == pytest.approx(prediction, abs=0.002 + prediction / m)


def test_lazy_accuracy_grows_with_time_and_falls_with_the_initial_scale():
    values = [
        [float(t.lazy_train_accuracy(200, 40_000, 1250.0, 1e-16, w, s)) for s in (1, 2, 5, 10, 20)]
        for w in (1e-15, 2e-15)
    ]
    assert values[0] == pytest.approx([0.5145, 0.5291, 0.5723, 0.6421, 0.7656], abs=2e-4)
    assert all(np.diff(values[0]) > 0)
    assert all(np.array(values[1]) < values[0])


def test_huge_time_leaves_the_linear_classifiers_misfit():
    # without initial weights the pushes' cross terms are a quarter of the linear classifier's
    late = float(t.lazy_train_accuracy(200, 40_000, 1250.0, 1e-16, 1e-60, 10))
    mean, spread = 41250.0, math.sqrt(199 * (1250**2 / 2 + 2500 + 40_000))
    assert late == pytest.approx(stats.norm.cdf(2 * mean / spread), abs=1e-12)


# --------------------------------------------------------------------------------------------
# Limit H


def _steps_active(time, own, clean, leading, b):
    """Number of times 0..time-1 at which a point is active, read off the table."""
    point = [np.bool_(x) for x in (own, clean, leading, b)]
    rows = [t.activation_table(s, *point) for s in range(1, time)]
    return int(b) + sum(int(row) for row in rows)


@pytest.mark.parametrize("time", [3, 4, 7])
@pytest.mark.parametrize("eta", [0.0, 0.1, 0.4])
def test_weight_norm_is_the_mean_square_of_active_steps(time, eta):
    mean = sum(
        ((1 - eta) if clean else eta) * _steps_active(time, own, clean, leading, b) ** 2 / 8
        for own, clean, leading, b in itertools.product((True, False), repeat=4)
    )
    assert float(t.weight_norm_squared(eta, float(time))) == pytest.approx(mean)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), sign=st.sampled_from([-1, 1]))
def test_table_and_projections_are_those_of_noiseless_gradient_descent(seed, sign):
    """One neuron, one axis with label +1, orthogonal noise: inner products p, ±M2 exactly."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers([12, 12, 1, 1], [16, 16, 5, 5])  # C_+, C_-, N_+, N_-
    side = np.repeat([1, -1, 1, -1], sizes)
    clean = np.repeat([True, True, False, False], sizes)
    y, p, M2 = np.where(clean, 1, -1), 10**7, 1
    initial = rng.random(side.size) < 0.5
    b = np.array(
        [initial[(side == s) & (clean == c)].sum() for c in (True, False) for s in (1, -1)]
    )
    D = b[0] + b[3] - b[1] - b[2]
    U, V, active, history = np.zeros(side.size), 0, initial, []
    for _ in range(7):
        pull = np.sum(side * y * active)
        U = U + sign * (p * y * active + M2 * side * pull)
        V, active = V + sign * pull, U > 0
        history.append((V, active))
    sigma = np.sign(D)
    if D == 0 or sigma * history[1][0] <= 0:
        return  # the statement is about neurons whose axis turns
    cp, cm, np_, nm = sizes if sigma > 0 else sizes[[1, 0, 3, 2]]
    bcp, bcm, bnp, bnm = b if sigma > 0 else b[[1, 0, 3, 2]]
    for time, (V, active) in enumerate(history, start=1):
        if sign > 0:
            formula = t.own_projection(time, abs(D), cp, cm, np_, nm, bcm, bnp)
        else:
            formula = t.other_projection(time, abs(D), cp, cm, np_, nm, bcp, bnp, bnm)
        assert V * sigma == formula
        row = t.activation_table(time, np.bool_(sign > 0), clean, side == sigma, initial)
        np.testing.assert_array_equal(active, np.asarray(row))


def test_neurons_whose_axis_does_not_turn_break_the_table():
    """D != 0 is not enough: what the condition sigma V(2) > 0 is for."""
    rng = np.random.default_rng(0)
    broken = unturned = 0
    while unturned < 200:
        sizes = rng.integers([10, 10, 0, 0], [16, 16, 4, 4])
        side, clean = np.repeat([1, -1, 1, -1], sizes), np.repeat([True, True, False, False], sizes)
        y, b, sign = np.where(clean, 1, -1), rng.random(side.size) < 0.5, rng.choice([-1, 1])
        D = np.sum(side * y * b)
        U, V, active, history = np.zeros(side.size), 0, b, []
        for _ in range(4):
            pull = np.sum(side * y * active)
            U = U + sign * (10**7 * y * active + side * pull)
            V, active = V + sign * pull, U > 0
            history.append((V, active))
        if D == 0 or np.sign(D) * history[1][0] > 0:
            continue
        unturned += 1
        broken += any(
            (np.asarray(t.activation_table(i, sign > 0, clean, side == np.sign(D), b)) != now).any()
            for i, (_, now) in enumerate(history, start=1)
        )
    assert broken >= 0.95 * unturned


@pytest.mark.parametrize(
    "call",
    [
        lambda: t.noisy_margin(1),
        lambda: t.noisy_sigmoid_gap(1.5),
        lambda: t.clean_margin(0.0),
        lambda: t.weight_norm_squared(0.1, 2),
        lambda: t.later_step_accuracy(0.1, 2),
        lambda: t.activation_table(0, True, True, True, True),
        lambda: t.own_projection(0, 1, 1, 1, 1, 1, 1, 1),
        lambda: t.other_projection(-1, 1, 1, 1, 1, 1, 1, 1, 1),
        lambda: t.center_outputs(50, AxisCounts(14.0, 11.0, 2.0, 1.0), (0, 1)),
        lambda: t.center_outputs(20, AxisCounts(14.0, 11.0, 2.0, 1.0), (1,)),
        lambda: t.aligned_fraction(50, AxisCounts(14.5, 11.0, 2.0, 1.0)),
        lambda: t.growth_given(50, AxisCounts(-1.0, 11.0, 2.0, 1.0)),
        lambda: t.aligned_tail(2, AxisCounts(1.0, 1.0, 1.0, 1.0), 0.0),
        lambda: t.from_scales(100, -1.0, 5.0),
    ],
)
def test_times_and_counts_that_the_formulas_do_not_speak_of_are_refused(call):
    with pytest.raises(ParameterError):
        call()


def test_traced_counts_outside_give_nan_and_leave_the_others():
    counts = AxisCounts(*(jnp.array([x, y, math.nan]) for x, y in zip(
        (14.0, 11.0, 2.0, 1.0), (40.0, 11.0, 2.0, 1.0), strict=True)))  # fmt: skip
    for form in (
        lambda c: t.center_outputs(50, c, (1, 3)),
        lambda c: t.aligned_fraction(50, c),
        lambda c: t.aligned_tail(50, c, 0.5),
        lambda c: t.growth_given(50, c),
    ):
        values = np.asarray(jax.jit(jax.vmap(form))(counts))
        assert np.isfinite(values[0]).all()
        assert np.isnan(values[1:]).all()


def test_weight_norm_approaches_its_long_run_form():
    exact = float(t.weight_norm_squared(0.1, 1e6)) * 40_000 / (4 * 200)
    assert float(t.weight_norm(200, 40_000, 0.1, 1.0, 1e6)) == pytest.approx(
        math.sqrt(exact), rel=1e-5
    )


@pytest.mark.parametrize("time", [2, 3, 7])
def test_margins_are_half_the_mean_number_of_active_steps(time):
    for clean, form in ((True, t.clean_margin), (False, t.noisy_margin)):
        steps = [_steps_active(time, clean, clean, lead, b) for lead in (0, 1) for b in (0, 1)]
        assert float(form(float(time))) == pytest.approx(sum(steps) / 8)


def test_sigmoid_gaps_are_a_quarter_of_half_the_margins():
    for time in (2.0, 5.0):
        assert float(t.clean_sigmoid_gap(time)) == pytest.approx((3 * time - 1) / 64)
        assert float(t.noisy_sigmoid_gap(time)) == pytest.approx(float(t.noisy_margin(time)) / 8)


def test_two_step_threshold_is_mpmaths_root():
    with mpmath.workdps(30):
        root = mpmath.findroot(lambda z: mpmath.npdf(z) - 2 * z * (1 - mpmath.ncdf(z)), 0.6)
        assert float(t.two_step_threshold()) == pytest.approx(float(root), rel=1e-15)
        assert float(t.two_step_accuracy()) == pytest.approx(float(mpmath.ncdf(root)), rel=1e-15)


def test_two_step_drift_is_the_truncated_gaussian_mean():
    for z in (-1.5, -0.6, 0.3, 2.0):
        value, _ = integrate.quad(lambda g, z=z: stats.norm.pdf(g) * (2 * z + g), -z, 12)
        assert float(t.two_step_drift(z)) == pytest.approx(value, abs=1e-10)


def test_finite_width_accuracy_approaches_the_wide_limit():
    gaps = [
        abs(float(t.two_step_accuracy_finite_width(2000.0, m, 0.0) - t.two_step_accuracy()))
        for m in (2e4, 2e5, 2e6)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 2e-3
    assert float(t.two_step_accuracy_finite_width(2000.0, 500.0, 0.05)) == pytest.approx(
        0.7362, abs=1e-3
    )


@pytest.mark.parametrize("n", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("m", [1.0, 1e3, 1e9])
@pytest.mark.parametrize("eta", [0.0, 0.4999])
def test_finite_width_accuracy_is_integrated_at_every_corner(n, m, eta):
    def integrand(z):
        drift = stats.norm.pdf(z) + 2 * z * stats.norm.cdf(z)
        at = math.sqrt(8 * m / n) * drift / ((1 - 2 * eta) * math.sqrt(stats.norm.cdf(z)))
        return stats.norm.pdf(z) * stats.norm.cdf(at)

    z0 = float(t.two_step_threshold())
    marks = sorted({-12.0, 12.0, *(-z0 + s * 10.0**-k for k in range(12) for s in (-1, 0, 1))})
    exact = sum(
        integrate.quad(integrand, a, b, epsabs=1e-14)[0] for a, b in itertools.pairwise(marks)
    )
    found = float(t.two_step_accuracy_finite_width(n, m, eta))
    assert found == pytest.approx(exact, abs=1e-10)


@FEW
@given(eta=st.floats(0.01, 0.45), time=st.integers(3, 50))
def test_later_accuracy_is_the_uniform_measure_of_right_clusters(eta, time):
    U = (np.arange(200_000) + 0.5) / 200_000
    right = U * ((1 - 2 * eta) + (time - 2) * (1 - eta)) > (1 - U) * eta
    assert float(t.later_step_accuracy(eta, time)) == pytest.approx(right.mean(), abs=1e-5)
    assert float(t.later_step_accuracy_as_printed(eta, time)) <= right.mean() + 1e-5


def test_accuracy_laws_have_their_slopes_at_both_ends():
    assert [float(x) for x in t.cluster_accuracy_cdf(1.0, [0.0, 0.5, 1.0])] == [0.0, 0.5, 1.0]
    slope = jax.grad(t.cluster_accuracy_cdf, 1)
    assert [float(slope(1.0, a)) for a in (0.0, 1.0)] == [0.0, 0.0]
    assert float(slope(2.0, 0.0)) == math.inf
    assert float(slope(1.0, 0.3)) == pytest.approx(
        math.sqrt(2) * stats.norm.pdf(math.sqrt(2) * stats.norm.ppf(0.3))
        / stats.norm.pdf(stats.norm.ppf(0.3))
    )  # fmt: skip
    # 1/4 - 1/(pi rho) for large rho, where the sine is 1 to rounding
    for rho in (1e9, 1e18):
        assert float(jax.grad(t.cluster_accuracy_variance)(rho)) == pytest.approx(
            1 / (math.pi * rho**2), rel=1e-9
        )
    clean = jax.grad(t.later_step_accuracy_without_noise)(1e3, 3)
    step = t.later_step_accuracy_without_noise(1001.0, 3) - t.later_step_accuracy_without_noise(
        999.0, 3
    )
    assert float(clean) == pytest.approx(float(step) / 2, rel=1e-5)


def test_accuracy_without_noise_solves_its_equation():
    for n, time in ((200.0, 3), (5000.0, 6)):
        accuracy = float(t.later_step_accuracy_without_noise(n, time))
        x = stats.norm.ppf(accuracy)
        assert stats.norm.cdf(-x) == pytest.approx(16 * x / (math.sqrt(8 * n) * (time - 1)))


@pytest.mark.parametrize("eta", [0.0, 0.25])
def test_growth_is_the_enumerated_mean_over_data_and_neurons(eta):
    n = 3
    q = Fraction(eta)
    # (chance, contribution to D, adds to growth if D > 0, if D < 0)
    kinds = [(Fraction(1, 2), 0, 0, 0)]
    for plus, clean, active in itertools.product((1, 0), repeat=3):
        chance = ((1 - q) if clean else q) / 8
        first = plus == clean  # A1 holds C_+ and N_-
        D = (1 if first else -1) * active
        up = (1 if plus else -active) * clean
        down = (-active if plus else 1) * clean
        kinds.append((chance, D, up, down))
    grown = decided = Fraction(0)
    for points in itertools.product(kinds, repeat=n):
        chance = math.prod((k[0] for k in points), start=Fraction(1))
        D = sum(k[1] for k in points)
        if D:
            decided += chance
            grown += chance * sum(k[2] if D > 0 else k[3] for k in points)
    assert float(t.feature_growth_exact(n, eta)) == pytest.approx(float(grown / decided))


def test_growth_expansion_and_median_agree_with_the_exact_mean():
    for n in (400, 4000):
        exact = float(t.feature_growth_exact(n, 0.1))
        assert float(t.feature_growth(n, 0.1)) == pytest.approx(exact, abs=0.5)
        z = np.random.default_rng(3).standard_normal(200_001)
        g = 1.5 * z * (2 * stats.norm.cdf(z) - 1) + stats.norm.pdf(z)
        sampled = 0.9 * (n / 8 + math.sqrt(n / 8) * np.median(g))
        assert float(t.feature_growth_typical(n, 0.1)) == pytest.approx(sampled, rel=2e-3)
        assert g.mean() * math.sqrt(1 / 8) == pytest.approx(math.sqrt(1 / (2 * math.pi)), rel=0.01)


def test_growth_doubles_below_the_retention_threshold():
    above, below = (float(t.growth_per_step(1e8, 0.05, P)) for P in (1e8, 1e6))
    assert below / above == pytest.approx(2, rel=1e-3)


def test_normalized_margin_is_the_growth_over_the_norm():
    n, rho, eta, p = 1e6, 50.0, 0.0, 1e12
    M2, time = rho * math.sqrt(p), 1e6
    output = M2 / (8 * n) * time * float(t.feature_growth(n, eta))
    ratio = output / float(t.weight_norm(n, p, eta, 1.0, time))
    assert float(t.normalized_margin(n, rho, eta)) == pytest.approx(ratio, rel=1e-9)
    leading = float(t.normalized_margin(1e14, rho, 0.0)) / (1e7 * rho)
    assert leading == pytest.approx(0.0510, abs=1e-4)


# --------------------------------------------------------------------------------------------
# The count model


def _enumerated_outputs(counts, time):
    """y f at +mu and -mu by enumerating all activation counts, D != 0 only."""
    cp, cm, np_, nm = counts
    totals = np.zeros(2)
    ranges = [range(size + 1) for size in counts]
    for b in itertools.product(*ranges):
        weight = math.prod(math.comb(s, k) for s, k in zip(counts, b, strict=True))
        D = b[0] + b[3] - b[1] - b[2]
        if D == 0:
            continue
        if D > 0:
            own = t.own_projection(time, D, cp, cm, np_, nm, b[1], b[2])
            other = t.other_projection(time, D, cp, cm, np_, nm, b[0], b[2], b[3])
        else:
            own = -t.own_projection(time, -D, cm, cp, nm, np_, b[0], b[3])
            other = -t.other_projection(time, -D, cm, cp, nm, np_, b[1], b[3], b[2])
        totals += weight * np.array(
            [max(own, 0) - max(other, 0), max(-own, 0) - max(-other, 0)], dtype=float
        )
    return totals / 2.0 ** sum(counts)


@pytest.mark.parametrize("counts", [(14, 11, 2, 1), (9, 13, 1, 3), (12, 12, 0, 0)])
def test_the_count_model_is_the_enumeration_of_activation_counts(counts):
    n, times = 50, (1, 2, 3, 4)
    model = np.asarray(t.center_outputs(n, AxisCounts(*map(float, counts)), times))
    exact = np.array([_enumerated_outputs(counts, time) for time in times])
    np.testing.assert_allclose(model[0], exact[0], atol=1e-12)
    # later times average a rectified hypergeometric as a Gaussian: small beside the growth n/8
    np.testing.assert_allclose(model[1:], exact[1:], atol=0.02 * n / 8)


def test_the_count_model_mirrors_with_the_axis():
    counts = AxisCounts(20.0, 15.0, 3.0, 1.0)
    there = np.asarray(t.center_outputs(80, counts, (1, 2, 3)))
    back = np.asarray(t.center_outputs(80, counts.mirrored, (1, 2, 3)))
    np.testing.assert_allclose(there, back[:, ::-1], atol=1e-12)
    total = float(t.aligned_fraction(80, counts)) + float(t.aligned_fraction(80, counts.mirrored))
    assert total == pytest.approx(1, abs=1e-12)


@FEW
@given(sizes=st.tuples(*[st.integers(0, 12)] * 4), tau=st.sampled_from([0.0, 0.5, 1.0, 2.5, 4.0]))
def test_aligned_tails_are_binomial(sizes, tau):
    counts = AxisCounts(*map(float, sizes))
    N, second = sum(sizes), sizes[1] + sizes[2]
    exact = stats.binom(N, 0.5).sf(math.floor(second + tau)) if N else 0.0
    assert float(t.aligned_tail(48, counts, jnp.asarray(tau))) == pytest.approx(exact, abs=1e-12)


def test_growth_given_counts_averages_to_the_exact_growth():
    rng = np.random.default_rng(5)
    n, eta = 40, 0.1
    rows = rng.multinomial(n, [0.225, 0.225, 0.025, 0.025, 0.5], size=4000)[:, :4]
    shares = np.array([
        stats.binom(sum(r), 0.5).pmf(r[1] + r[2]) for r in rows
    ])  # fmt: skip
    few = AxisCounts(*jnp.asarray(rows[:300].T, dtype=float))
    grow = np.asarray(jax.jit(jax.vmap(lambda counts: t.growth_given(n, counts)))(few))
    weights = (1 - shares)[:300]
    mean = np.sum(grow * weights) / weights.sum()
    spread = grow.std() / math.sqrt(300)
    assert mean == pytest.approx(float(t.feature_growth_exact(n, eta)), abs=5 * spread)


# --------------------------------------------------------------------------------------------
# Good run, Lipschitz bound, evaluators


def test_good_run_threshold_is_lambert_w():
    exact = float(mpmath.lambertw(mpmath.mpf(1) / 2) / 2)
    assert float(t.good_run_threshold(1.0)) == pytest.approx(exact, rel=1e-11)
    n = math.exp(exact / 0.1)
    assert float(t.cluster_size_spread(n, 0.1)) == pytest.approx(float(t.cluster_size_gap(n, 0.1)))


@FEW
@given(r=st.floats(0.1, 8))
def test_bayes_network_mean_is_the_folded_normals(r):
    folded = stats.foldnorm(r).mean() - stats.foldnorm(0).mean()
    assert float(t.bayes_net_mean(r**2)) == pytest.approx(folded / 2, abs=1e-12)
    assert float(t.bayes_net_bound(r**2)) >= float(t.bayes_error(r**2))


def test_aligned_sets_need_more_neurons_than_there_are():
    assert float(t.aligned_sets_share(1e6, 2e-4)) > 2 / 3


SCALAR_FORMS = {
    "bayes_error": lambda q: t.bayes_error(q.squared_norm),
    "noisy_bayes_error": lambda q: t.noisy_bayes_error(q.squared_norm, q.eta),
    "deviation": lambda q: t.axis_deviation_probability(q.m),
    "accuracy_variance": lambda q: t.cluster_accuracy_variance(q.rho),
    "misfit": lambda q: t.misfit_fraction(q.n, q.p, q.squared_norm),
    "kappa_variance": lambda q: t.aligned_fraction_variance(t.alignment_kappa(q.n, q.eta, q.P)),
    "growth": lambda q: t.feature_growth(q.n, q.eta),
    "later": lambda q: t.later_step_accuracy(q.eta, 5),
    "norm": lambda q: t.weight_norm_squared(q.eta, 7),
    "normalized_margin": lambda q: t.normalized_margin(q.n, q.rho, q.eta),
    "gap": lambda q: t.cluster_size_gap(q.n, q.epsilon),
}
NARROW = Domain.of(
    Params, n=(2, 10**4), p=(10**5, 10**12), squared_norm=(1e-2, 1e6), m=(1, 10**4), alpha=1e-12,
    omega=1e-15, steps=3, test_points=1, sampling={"limit"}, epsilon=(1e-6, 2e-4), kappa=0.0,
    step_factor=1.0,
)  # fmt: skip


@pytest.mark.parametrize("name", SCALAR_FORMS)
def test_all_evaluators_give_the_same_scalar(name):
    form = SCALAR_FORMS[name]
    for params in NARROW.points(16):
        with mpmath.workdps(50):
            exact = in_mpmath(form, params)[0]
        ball = form(lift(params, "arb"))
        ball = ball.resolve("arb") if hasattr(ball, "resolve") else ball
        assert ball.contains(exact)
        value = float(form(params))
        # conditions stay below 1e3 here: tails as deep as exp(-100)
        assert value == pytest.approx(float(exact), rel=2e-13, abs=1e-290)


@FEW
@given(params=SCALARS.strategy())
def test_closed_forms_stay_in_their_ranges(params):
    assert 0 <= float(t.bayes_error(params.squared_norm)) <= 0.5
    assert 0 <= float(t.cluster_accuracy_variance(params.rho)) <= 0.25
    assert 0 <= float(t.misfit_fraction(params.n, params.p, params.squared_norm)) <= 0.5
    kappa = t.alignment_kappa(params.n, params.eta, params.P)
    assert float(t.aligned_fraction_variance(kappa)) > 0
    assert float(t.later_step_accuracy(params.eta, 3)) <= 1
    assert float(t.feature_growth(params.n, params.eta)) > 0
