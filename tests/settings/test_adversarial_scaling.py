"""Adversarial scaling against a linear programme, an ODE solver and gaps of known exponent."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import linprog
from scipy.stats import norm

import theory.__main__
from theory import ArgumentError, ParameterError
from theory.adversarial_scaling import (
    Params, distances, flow_time, gap_density, gap_law, gap_slope, gap_slope_about, gap_slope_of,
    least_likely_error, local_exponent, measured,
)  # fmt: skip
from theory.adversarial_scaling.gaps import density_of


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_boundary_is_a_linear_programmes(seed):
    rng = np.random.default_rng(seed)
    w, x = rng.standard_normal((4, 6)), rng.standard_normal(6)
    h = w @ x
    first = h.argmax()
    found = []
    for j in set(range(4)) - {first}:
        away = w[j] - w[first]  # least e with |d_i| <= e and away . (x + d) >= 0
        rows = np.block([[np.eye(6), -np.ones((6, 1))], [-np.eye(6), -np.ones((6, 1))]])
        rows = np.r_[rows, [np.r_[-away, 0]]]
        bounds = [(None, None)] * 6 + [(0, None)]
        right = np.r_[np.zeros(12), away @ x]
        found.append(linprog(np.r_[np.zeros(6), 1], rows, right, bounds=bounds).fun)
    assert distances(w, x[None])[0] == pytest.approx(min(found), rel=1e-9)


def test_the_gaps_law_and_exponent_are_scipys():
    """The second logit's density given the first: 10 * 9 phi(z) phi(z - t) Phi(z - t)^8."""

    def value(z, t):
        return 90 * norm.pdf(z) * norm.pdf(z - t) * norm.cdf(z - t) ** 8

    t = 0.3
    density = quad(value, -9, 10, (t,), epsabs=1e-13)[0]
    z = np.linspace(-9, 10, 1001)
    x, weights = np.polynomial.legendre.leggauss(12)
    law = (
        sum(w * np.trapezoid(value(z, t * (1 + u) / 2), z) for u, w in zip(x, weights, strict=True))
        * t
        / 2
    )
    assert gap_density(t, 10, 2) == pytest.approx(density, rel=1e-9)
    assert gap_law(t, 10) == pytest.approx(law, rel=1e-9)
    assert local_exponent(t, 10) == pytest.approx(t * density / law, rel=1e-9)
    assert gap_law(0.1, 10) == pytest.approx(0.14544, abs=1e-5)


def test_the_gap_to_the_third_integrates_to_its_law():
    """Between the first at z and the third at z - t stands any of the other eight."""

    def value(z):
        low, high = norm.cdf(z - 0.4), norm.cdf(z)
        return 10 * norm.pdf(z) * (low**9 + 9 * (high - low) * low**8)

    beyond = quad(lambda t: float(density_of(t, 10.0, 3.0)), 0, 0.4, epsabs=1e-9)[0]
    assert beyond == pytest.approx(1 - quad(value, -9, 10, epsabs=1e-13)[0], abs=1e-9)


def test_correlated_gaps_have_the_density_that_points_show():
    """Shares of 4 and 5 correlated logits within .02 of a tie, and scipy's orthant of three."""
    rng = np.random.default_rng(7)
    for c in (2, 4, 5):
        half = rng.standard_normal((c, c + 2))
        sigma = half @ half.T / c
        h = np.sort(rng.multivariate_normal(np.zeros(c), sigma, 400_000), axis=1)
        share = (h[:, -1] - h[:, -2] < 0.02).mean()
        error = 4 * (share / 400_000) ** 0.5 + 2e-4  # 2e-4: the next order, .02^2/2
        assert share == pytest.approx(0.02 * gap_slope_of(sigma), abs=error)
        assert gap_slope_of(np.eye(c)) == pytest.approx(float(gap_slope(c)), rel=1e-12)
    equal = 0.3 + 0.7 * np.eye(5)  # a common part moves no gap
    assert gap_slope_of(equal) == pytest.approx(gap_slope_of(np.eye(5)) / 0.7**0.5, rel=1e-12)
    for bad, reason in [
        (np.eye(6), "2 to 5"),
        (np.ones((3, 3)), "ties"),
        ([[1, 2], [0, 1]], "sym"),
    ]:
        with pytest.raises(ArgumentError, match=reason):
            gap_slope_of(bad)


def test_logits_of_other_means_tie_as_scipy_says():
    means = [0.3, 0.0, -0.4, 1.0]

    def value(z):
        f, below = norm.pdf(z, means, 0.5), norm.cdf(z, means, 0.5)
        return sum(
            f[i] * f[j] * np.prod([below[k] for k in range(4) if k not in (i, j)])
            for i in range(4) for j in range(4) if i != j
        )  # fmt: skip

    assert gap_slope_about(means, 0.5) == pytest.approx(quad(value, -5, 6)[0], rel=1e-9)


def test_the_least_likely_step_is_half_as_strong_near_zero():
    for c in (3, 10):
        ratio = least_likely_error(1e-3, c) / gap_law(0.5e-3, c)
        assert ratio == pytest.approx(1, abs=0.02)
    assert least_likely_error(1e-3, 2) == pytest.approx(float(gap_law(1e-3, 2)), rel=1e-9)


@pytest.mark.parametrize("penalty", [0.0, 1.0, 5.0])
def test_the_flows_time_is_an_ode_solvers(penalty):
    def speed(_, d):
        p = 1 / (1 + np.exp(-d))
        return (1 - p) * (1 + penalty * d * p)

    path = solve_ivp(speed, (0, 50), [0.5], rtol=1e-10, atol=1e-12)
    assert flow_time(0.5, path.y[0, -1], penalty) == pytest.approx(50, rel=1e-7)


@pytest.mark.parametrize(("exponent", "classes"), [(1, 10), (2, None)])
def test_a_users_gaps_show_their_exponent(exponent, classes):
    rng = np.random.default_rng(5)
    if classes:
        found = measured(rng.standard_normal((200_000, classes)), smallest=0.005)
    else:
        found = measured(rng.chisquare(2, 200_000) ** 0.5, rng.lognormal(0, 0.3, 200_000),
                         smallest=0.005)  # fmt: skip
    assert abs(found.exponent - exponent) < 4 * found.standard_error
    law = found.amplitude * 0.01**found.exponent
    assert found.share[0] == pytest.approx(law, rel=0.15)


def test_the_command_reads_gaps_and_says_their_law(tmp_path, capsys):
    np.save(tmp_path / "gaps.npy", abs(np.random.default_rng(6).standard_normal(20_000)))
    assert theory.__main__.main(["adversarial_scaling", str(tmp_path / "gaps.npy")]) == 0
    assert "exponent 1" in capsys.readouterr().out
    np.save(tmp_path / "bad.npy", np.array([1.0, np.nan] * 50))
    assert theory.__main__.main(["adversarial_scaling", str(tmp_path / "bad.npy")]) == 2


def test_bad_numbers_are_refused_with_their_reason():
    for gaps, more, reason in [
        (np.ones(500), {"rates": np.zeros(500)}, "above 0"),
        (np.ones(5), {}, "leaves under 10"),
        (np.zeros(500), {}, "a gap is 0"),
        (np.full(500, np.nan), {}, "finite"),
    ]:
        with pytest.raises(ParameterError, match=reason):
            measured(gaps, **more)
    two, x = np.eye(2), np.ones((3, 2))
    assert distances(two, [[3.0, 1.0]], "l2") == pytest.approx(2**0.5)  # 2 over |(1, -1)|_2
    for weights, inputs, attack, reason in [
        (two, x, "l1", "norm"),
        (two[:1], x, "l2", "C >= 2"),
        (two, np.ones((3, 3)), "l2", "are not"),
        (np.ones((2, 2)), x, "l2", "classes 0 and 1 have the same weights"),
        (two, np.full((1, 2), np.nan), "l2", "finite"),
    ]:
        with pytest.raises(ParameterError, match=reason):
            distances(weights, inputs, attack)
    with pytest.raises(ParameterError, match="classes"):
        Params(classes=1)
    with pytest.raises(ParameterError, match="eps"):
        Params(eps=-1.0)


@pytest.mark.parametrize(
    ("function", "at", "value", "slopes"),  # by mpmath's quadratures and central differences
    [
        (flow_time, (0.0, 12.31710086585452, 999.9999919877715),
         19.9782003565466, (-2, 18.14299885, -0.0199724115)),
        (flow_time, (0.0, 1.5, 1e8), 7.37678996972539e-7, (-2, 4.46987945e-8, -6.97679003e-15)),
        (flow_time, (1.0, 1.5, 2.0), 0.766692339834295, (-1.510196953, 1.587642099, -0.252248561)),
        (least_likely_error, (9.0, 100), 0.999999999093428, (3.76762588e-9,)),
        (least_likely_error, (3.0, 5), 0.940873577879612, (0.0903640902,)),
        (least_likely_error, (19.44664187266917, 20), 1, (1.9095e-41,)),
        (least_likely_error, (1e300, 4), 1, (0,)),
    ],
)  # fmt: skip
def test_quadratures_hold_to_the_ends_of_their_ranges(function, at, value, slopes):
    found, by = jax.value_and_grad(function, tuple(range(len(slopes))))(*at)
    assert float(found) == pytest.approx(value, rel=1e-12)
    assert [float(x) for x in by] == pytest.approx(slopes, rel=1e-4, abs=1e-60)


def test_the_density_of_a_gap_holds_however_far_out():
    """phi(t/sqrt 2) sqrt 2 for two classes."""
    at = np.array([0.0, 3.0, 24.0, 30.0, 60.0])
    np.testing.assert_allclose(gap_density(at, 2, 2), 2**0.5 * norm.pdf(at / 2**0.5), rtol=1e-12)
