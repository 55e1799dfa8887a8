"""The XOR cluster model by other routes: quadrature, enumeration, convolution, gradient descent."""

import functools
import itertools
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from theory import ParameterError
from theory import xor_cluster as t
from theory.xor_cluster import REF_P, REF_T, AxisCounts, Params

approx = pytest.approx
AXIS = AxisCounts(8, 11, 2, 1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Params(p=100, n=99), "needs p >= n\\+2; use sampling='direct'"),
        (lambda: t.from_scales(100, -1.0, 5.0), "rho = -1.0 is outside"),
        (lambda: t.mean_accuracy(6000, 0.45, 3), r"is below 64/\(1 - 2 eta\)"),
        (lambda: t.own_projection(1, AXIS, AxisCounts(9, 1, 1, 1)), "from 0 up to the counts"),
        (lambda: t.other_projection(2, AXIS, AxisCounts(0.5, 1, 1, 1)), "no whole numbers"),
        (lambda: t.activation_table(1, 1.0, True, True, True), "own = 1.0 is not true or false"),
        (lambda: t.center_outputs(50, AXIS, (0, 1)), "from 1 on"),
        (lambda: t.center_outputs(20, AXIS, (1,)), "sum at most n"),
        (lambda: t.aligned_tail(50, AxisCounts(14.5, 11, 2, 1), 0.0), "not whole numbers"),
        (lambda: t.growth_given(50, AxisCounts(-1, 11, 2, 1)), "not whole numbers >= 0"),
    ],
)
def test_what_the_model_does_not_speak_of_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()


def test_what_the_theorem_does_not_speak_of_is_warned_of():
    with pytest.warns(UserWarning, match="epsilon = 0.01 is outside"):
        Params(epsilon=0.01)
    late = REF_T.but(alpha=1e-14, steps=20)
    assert t.window_end(late) == approx(8)
    with pytest.warns(UserWarning, match="window, which ends at .* = 8$"):
        t.assumption_constants(late)


def test_what_the_reference_configurations_assume():
    constants = t.assumption_constants(REF_T)
    assert all(constants[name] >= 2 for name in ("A1", "A2", "A3", "A4", "A6"))
    assert constants["A5"] >= 1
    left, right = map(t.assumption_constants, (REF_P, REF_P.but(alpha=1e-16)))
    assert (left["A1"], left["A2"]) == approx((0.42, 8e-4), rel=0.01)
    assert (1 / left["A5"], 1 / right["A5"]) == approx((2e5, 2e9), rel=0.03)


@pytest.mark.parametrize("r", [0.05, 1.7, 6.0])
def test_bayes_error_and_the_bayes_network_by_quadrature(r):
    wrong = lambda u: stats.norm.pdf(u, r) * 2 * stats.norm.sf(abs(u))  # noqa: E731
    value, _ = integrate.quad(wrong, -12, 20, points=[0.0, r], limit=200, epsabs=1e-13)
    assert float(t.noisy_bayes_error(r**2, 0.2)) == approx(0.8 * value + 0.2 * (1 - value))
    folded = stats.foldnorm(r).mean() - stats.foldnorm(0).mean()
    assert float(t.bayes_net_mean(r**2)) == approx(folded / 2, abs=1e-12)


def share_variance(slope):
    """Var Phi(slope z), z ~ N(0, 1); a kink as narrow as 1/slope needs its scale."""
    density = lambda z: stats.norm.pdf(z) * (stats.norm.cdf(slope * z) - 0.5) ** 2  # noqa: E731
    return integrate.quad(density, -10, 10, points=[-1 / slope, 0, 1 / slope], limit=400)[0]


@pytest.mark.parametrize("rho", [0.01, 1.0, 6.25, 50.0])
def test_variances_of_shares_by_quadrature(rho):
    accuracy = share_variance(rho / math.sqrt(2))
    assert float(t.cluster_accuracy_variance(rho)) == approx(accuracy, abs=1e-8)
    kappa = 1 / rho**2
    aligned = share_variance(1 / math.sqrt(1 + kappa))
    assert float(t.aligned_fraction_variance(kappa)) == approx(aligned, abs=1e-8)


def test_the_accuracy_law_and_its_slopes():
    law = stats.norm.cdf(math.sqrt(2) * stats.norm.ppf([0.1, 0.7]) / 1.3)
    assert np.asarray(t.cluster_accuracy_cdf(1.3, [0.1, 0.7])) == approx(law)
    slope = jax.vmap(jax.grad(t.cluster_accuracy_cdf, 1))
    rhos, at = jnp.array([1.0, 1.0, 2.0, 1.0]), jnp.array([0.0, 1.0, 0.0, 0.3])
    q = stats.norm.ppf(0.3)
    inside = math.sqrt(2) * stats.norm.pdf(math.sqrt(2) * q) / stats.norm.pdf(q)
    assert slope(rhos, at).tolist() == approx([0.0, 0.0, math.inf, inside])


def test_the_variance_of_the_difference_by_double_sums():
    # all points in one cluster, clean and noisy: cos = zeta zeta'/(P + 1)
    for N, first, P in ((7, 3, 0.5), (40, 40, 8.0), (150, 10, 1e6)):
        zeta = np.repeat([1.0, -1.0], [first, N - first])
        cosine = np.where(np.eye(N, dtype=bool), 1.0, np.outer(zeta, zeta) / (P + 1))
        value = zeta @ (np.arcsin(cosine) / (2 * math.pi)) @ zeta
        assert float(t.difference_variance(N, N, P)) == approx(value)
    # over data E N = n/2 and E (c - nu)^2 = n/2 + n (n - 1)/4 (1 - 2 eta)^2
    n, eta = 1e6, 0.2
    clean = math.sqrt(n / 2 + n * (n - 1) / 4 * (1 - 2 * eta) ** 2)
    mean = float(t.difference_variance(n / 2, clean, 300.0))
    assert mean == approx(n / 8 * (1 + float(t.alignment_kappa(n, eta, 300.0))), rel=1e-5)


@pytest.mark.parametrize("n", [1, 2, 12])
def test_the_law_of_the_difference_by_convolution(n):
    # d = -n..n; in eighths, so that float64 holds it exactly
    law = functools.reduce(np.convolve, [np.array([1.0, 6.0, 1.0]) / 8] * n)
    np.testing.assert_allclose(t.difference_pmf(n), law[n:], atol=2e-16)
    assert float(t.aligned_probability(n, 1.5)) == approx(law[n + 2 :].sum(), abs=1e-15)


def descent(rng, sizes, sign, steps):
    """One neuron, one axis with label +1, orthogonal noise: inner products p, ±M2 exactly."""
    side, clean = np.repeat([1, -1, 1, -1], sizes), np.repeat([True, True, False, False], sizes)
    y, initial = np.where(clean, 1, -1), rng.random(side.size) < 0.5
    U, V, active = np.zeros(side.size), [0], [initial]
    for _ in range(steps):
        pull = np.sum(side * y * active[-1])
        U = U + sign * (10**7 * y * active[-1] + side * pull)
        V, active = [*V, V[-1] + sign * pull], [*active, U > 0]
    D = np.sum(side * y * initial)
    point = (np.full(side.size, sign > 0), clean, side == np.sign(D), initial)
    b = [np.sum(initial[(side == s) & (clean == c)]) for c in (True, False) for s in (1, -1)]
    return D, b, V, np.array(active), np.array(point)


KINDS = np.array(list(itertools.product((False, True), repeat=4))).T
"""Own axis, clean, in the cluster sigma, active at time 0."""


def activations(steps):
    """The table's, (time, kind), from time 0 on."""
    later = [t.activation_table(k, *KINDS) for k in range(1, steps + 1)]
    return np.array([KINDS[3], *later])


def test_table_and_projections_by_noiseless_gradient_descent():
    rng, checked, broken, table = np.random.default_rng(0), [0, 0], [], activations(7)
    while min(*checked, len(broken)) < 30:
        sign, sizes = rng.choice([-1, 1]), rng.integers([12, 12, 1, 1], [16, 16, 5, 5])
        D, b, V, active, point = descent(rng, sizes, sign, 7)
        right = (table[:, [8, 4, 2, 1] @ point] == active).all()
        if D * V[2] > 0:
            checked[int(sign > 0)] += 1
            assert right
            for k in range(1, 8):
                found = t.projection(k, AxisCounts(*sizes), AxisCounts(*b), int(sign > 0))
                assert found == V[k]
        elif D:  # D != 0 is not enough: the axis does not turn
            broken.append(not right)
    assert np.mean(broken) >= 0.95


@pytest.mark.parametrize("time", [3, 7])
def test_norms_and_margins_by_counting_active_steps(time):
    (own, clean, *_), steps = KINDS, activations(time - 1).sum(axis=0)
    for eta in (0.0, 0.4):
        mean = np.where(clean, 1 - eta, eta) @ steps**2 / 8
        assert float(t.weight_norm_squared(eta, float(time))) == approx(mean)
    for label, form in ((True, t.clean_margin), (False, t.noisy_margin)):
        active = steps[(own == label) & (clean == label)]
        assert float(form(float(time))) == approx(active.sum() / 8)


def test_long_runs():
    n, rho, p, time = 1e6, 50.0, 1e12, 1e9
    output = rho * math.sqrt(p) / (8 * n) * time * float(t.feature_growth(n, 0.0))
    norm = float(t.weight_norm(n, p, 0.0, 1.0, time))
    assert norm == approx(math.sqrt(float(t.weight_norm_squared(0.0, time)) * p / (4 * n)))
    assert float(t.normalized_margin(n, rho, 0.0)) == approx(output / norm, rel=1e-8)
    leading = float(t.normalized_margin(1e14, rho, 0.0)) / (1e7 * rho)
    assert leading == approx(0.0510, abs=1e-4)
    above, below = (float(t.growth_per_step(1e8, 0.05, P)) for P in (1e8, 1e6))
    assert below / above == approx(2, rel=1e-3)


@pytest.mark.parametrize(("n", "eta"), [(1, 0.25), (3, 0.0), (3, 0.25)])
def test_growth_by_enumeration_of_data_and_neurons(n, eta):
    q = Fraction(eta)
    # (chance, contribution to D, adds to growth if D > 0, if D < 0)
    kinds = [(Fraction(1, 2), 0, 0, 0)]
    for plus, clean, active in itertools.product((1, 0), repeat=3):
        D = (1 if plus == clean else -1) * active  # A1 holds C_+ and N_-
        up, down = (1, -active) if plus else (-active, 1)
        kinds.append(((1 - q if clean else q) / 8, D, up * clean, down * clean))
    grown = decided = Fraction(0)
    for points in itertools.product(kinds, repeat=n):
        chance = math.prod((k[0] for k in points), start=Fraction(1))
        if D := sum(k[1] for k in points):
            decided += chance
            grown += chance * sum(k[2] if D > 0 else k[3] for k in points)
    assert float(t.feature_growth_exact(n, eta)) == approx(float(grown / decided))


CORNERS = np.array(list(itertools.product([1.0, 1e6], [1.0, 1e3, 1e9], [0.0, 0.4999]))).T


def test_finite_width_accuracy_by_quadrature_at_every_corner():
    z0 = float(t.two_step_threshold())
    marks = sorted({-12.0, 12.0, *(-z0 + s * 10.0**-k for k in range(12) for s in (-1, 0, 1))})
    found = np.asarray(t.two_step_accuracy_finite_width(*CORNERS))
    for n, m, eta, accuracy in zip(*CORNERS, found, strict=True):
        slope = math.sqrt(8 * m / n) / (1 - 2 * eta)

        def integrand(z, slope=slope):
            Phi, phi = stats.norm.cdf(z), stats.norm.pdf(z)
            return phi * stats.norm.cdf(slope * (phi + 2 * z * Phi) / math.sqrt(Phi))

        pieces = [integrate.quad(integrand, a, b, epsabs=1e-14)[0]
                  for a, b in itertools.pairwise(marks)]  # fmt: skip
        assert accuracy == approx(sum(pieces), abs=1e-10)


def test_the_accuracy_curve_joins_its_pieces():
    curve = [float(t.mean_accuracy(1e12, 0.2, time)) for time in range(5)]
    later = [float(t.later_step_accuracy(0.2, time)) for time in (3, 4)]
    assert curve == approx([0.5, 0.5, float(t.two_step_accuracy()), *later], abs=1e-5)
    # at large n also the first order beside the limit is the linear one
    linear = t.later_step_accuracy(0.2, 4) + t.later_step_correction(1e9, 0.2, 4)
    assert float(t.mean_accuracy(1e9, 0.2, 4)) == approx(float(linear), abs=1e-6)
    slope = 16 / (math.sqrt(8e9) * 2)
    x = optimize.brentq(lambda x: stats.norm.cdf(-x) - slope * x, 0, 40)
    assert float(t.later_step_accuracy_without_noise(1e9, 3)) == approx(stats.norm.cdf(x))
    assert float(t.mean_accuracy(1e9, 0.0, 3)) == approx(stats.norm.cdf(x), abs=1e-4)
    slope = jax.grad(t.mean_accuracy, 1)(500.0, 0.15, 3)
    low, high = np.asarray(t.mean_accuracy(500.0, np.array([0.1499, 0.1501]), 3))
    assert float(slope) == approx((high - low) / 2e-4, rel=1e-6)
