"""Ladders: exponents and limits, from formulas and from simulated means, on known truth."""

import dataclasses
import math
from typing import Annotated

import numpy as np
import pytest
from scipy import optimize, stats

from sims._ladder import check_ladder, fit_exponent, is_power_law, student_interval
from theory import Ge, Le, Limit, Scaling, Twin, Verdict, parameters

LEVEL = 1e-4  # of the binomial test that compares a measured error rate with alpha


@parameters("known_truth")
class Params:
    """A size."""

    width: Annotated[float, Ge(0.1), Le(1e4)] = 1.0


RUNGS = tuple(Params(width=w) for w in (0.25, 0.5, 1.0, 2.0, 4.0))
LADDER = {"source": "known", "statement": "known", "rungs": RUNGS, "size": lambda p: p.width,
          "tolerance_reason": "asked for"}  # fmt: skip
SCALING = Scaling(name="s", value=lambda p: 3 * p.width**1.5, exponent=1.5, tolerance=0.01,
                  twin=Twin("linear", exponent=1.0), **LADDER)  # fmt: skip
LIMIT = Limit(name="l", value=lambda p: 2 + 0.1 / p.width, limit=2.0, exponent=-1.0,
              tolerance=0.01, last_gap=0.03, twin=Twin("limit 2.1", limit=2.1),
              **LADDER)  # fmt: skip


def exactly(claim):
    return check_ladder(claim, claim.value)


def test_exponents_and_limits_are_told_from_their_twins():
    for claim in (SCALING, LIMIT):
        assert exactly(claim).verdict is Verdict.HOLDS
        assert exactly(claim).exact
        assert exactly(claim.as_twin()).verdict is Verdict.REFUTED


def test_the_last_gap_is_the_one_at_the_largest_size_and_its_limit_is_named():
    close = dataclasses.replace(LIMIT, last_gap=0.01, rungs=RUNGS[::-1])
    outcome = exactly(close)
    assert outcome.verdict is Verdict.REFUTED
    assert outcome.detail == "|value - 2| = 0.025 at the largest size 4, above last_gap = 0.01"


@pytest.mark.parametrize(
    "value",
    [
        lambda p: math.exp(abs(math.log(p.width))),  # a V: exponent 0 on the whole, 1 on each side
        lambda p: 2.0 + math.cos(3 * math.log(p.width)),
    ],
)
def test_a_formula_that_is_no_power_law_lacks_fit(value):
    flat = dataclasses.replace(SCALING, value=value, exponent=0.0, tolerance=0.2, rungs=tuple(
        Params(width=w) for w in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)))  # fmt: skip
    outcome = exactly(flat)
    assert outcome.verdict is Verdict.UNDECIDED
    assert "lack of fit" in outcome.detail


@pytest.mark.parametrize("seed", range(20))
def test_curves_with_local_exponents_in_the_band_are_power_laws_to_the_tolerance(seed):
    # the constant 1/4 is the best: every curve in the band passes, and a V of twice it fails
    rng, tolerance = np.random.default_rng(seed), 0.1
    x = np.sort(rng.uniform(0, 5, 6))
    y = np.concatenate([[0.0], np.cumsum(np.diff(x) * (0.7 + tolerance * rng.choice([-1, 1], 5)))])
    assert is_power_law(np.exp(x), np.exp(y), np.exp(y), tolerance)
    bent = abs(x - x.mean()) * 2.1 * tolerance
    ends = np.exp(np.where(x == x[0], 0, bent))
    distance = chebyshev(x, np.log(ends))
    slack = tolerance * (x[-1] - x[0]) / 4
    assert is_power_law(np.exp(x), ends, ends, tolerance) == (distance <= slack)


def chebyshev(x, y):
    """The distance of y from the nearest line, by linear programming."""
    above = np.c_[x, np.ones_like(x), -np.ones_like(x)]
    below = np.c_[-x, -np.ones_like(x), -np.ones_like(x)]
    bounds = [(None, None), (None, None), (0, None)]
    return optimize.linprog([0, 0, 1], np.r_[above, below], np.r_[y, -y], bounds=bounds).fun


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_at_a_rung_are_undecided_and_name_it(bad):
    value = dataclasses.replace(SCALING, value=lambda p: bad if p.width == 2.0 else p.width**1.5)
    limit = dataclasses.replace(LIMIT, limit=lambda p: bad if p.width == 2.0 else 2.0)
    for claim in (value, limit):
        for size in (RUNGS, RUNGS[::-1]):
            outcome = exactly(dataclasses.replace(claim, rungs=size))
            assert outcome.verdict is Verdict.UNDECIDED
            assert f"is {bad} at size 2" in outcome.detail


# -- simulated means --------------------------------------------------------------------------

SIZES = np.array([16.0, 32.0, 64.0, 128.0])
RUNGS_N = tuple(Params(width=float(n)) for n in SIZES)


def simulated(kind=Scaling, **changes):
    fields = LADDER | {"rungs": RUNGS_N, "value": "u", "exponent": -0.5, "tolerance": 0.05,
                       "trials_per_rung": 100, "twin": Twin("t", exponent=2.0)}  # fmt: skip
    return kind(name="s", **fields | changes)


def uniforms(rng, n, exponent=-0.5):
    """Observations in [0, 1] of mean .4 (size/16)^exponent."""
    return lambda p: 0.8 * (p.width / 16) ** exponent * rng.random(n)


def test_the_weighted_fit_is_the_textbooks():
    rng = np.random.default_rng(0)
    sizes = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    sigma = np.array([0.02, 0.01, 0.03, 0.01, 0.02])
    values = sizes**0.5 * np.exp(sigma * rng.standard_normal(5))
    z = 3.0
    low, high = values * np.exp(-z * sigma), values * np.exp(z * sigma)
    fit, covariance = np.polyfit(np.log(sizes), np.log(values), 1, w=1 / sigma, cov="unscaled")
    slope, lowest, highest = fit_exponent(sizes, values, low, high, independent=True)
    assert slope == pytest.approx(fit[0], rel=1e-12)
    assert highest - slope == pytest.approx(z * covariance[0, 0] ** 0.5, rel=1e-9)
    assert slope - lowest == pytest.approx(highest - slope, rel=1e-9)
    together = fit_exponent(sizes, values, low, high, independent=False)
    assert together[1] < lowest < highest < together[2]


def test_students_interval_is_scipys():
    x = np.random.default_rng(1).standard_normal(12)
    wanted = stats.ttest_1samp(x, 0.0).confidence_interval(0.99)
    assert student_interval(x, 0.01) == pytest.approx(tuple(wanted), rel=1e-12)


@pytest.mark.parametrize("support", [(0.0, 1.0), None])
def test_simulated_exponents_are_told_from_their_twins(support):
    rng = np.random.default_rng(2)
    claim = simulated(support=support, tolerance=0.1, trials_per_rung=20_000)
    measure = uniforms(rng, 20_000)
    outcome = check_ladder(claim, measure)
    assert outcome.verdict is Verdict.HOLDS
    assert outcome.exact is (support is not None)
    assert check_ladder(claim.as_twin(), measure).verdict is Verdict.REFUTED


def test_two_trials_a_rung_decide_nothing_and_the_reason_is_said():
    outcome = check_ladder(simulated(), uniforms(np.random.default_rng(3), 2))
    assert outcome.verdict is Verdict.UNDECIDED
    assert "2 trials a rung: without a support" in outcome.detail


def test_a_rung_without_variance_is_not_exact():
    # Bernoulli(.01 n^-1/2 ..): the rung without a single success says little about its mean
    def measure(p):
        return np.full(100, 0.5) if p.width == 64 else np.linspace(0, 8 / p.width, 100)

    outcome = check_ladder(simulated(), measure)
    assert outcome.verdict is Verdict.UNDECIDED
    assert "all 100 trials at size 64 gave 0.5" in outcome.detail
    assert check_ladder(simulated(support=(0.0, 1.0)), measure).verdict is Verdict.UNDECIDED


def test_simulated_ladders_that_bend_lack_fit():
    def measure(p):
        x = np.random.default_rng(int(p.width)).random(20_000)
        return (0.4 + 0.1 * math.log2(p.width / 45) ** 2) * x

    claim = simulated(exponent=0.0, tolerance=0.02, support=(0.0, 1.0))
    for support in (claim.support, None):
        outcome = check_ladder(dataclasses.replace(claim, support=support), measure)
        assert outcome.verdict is Verdict.UNDECIDED
        assert "lack of fit" in outcome.detail


def test_limits_of_simulated_means_need_their_last_gap_resolved():
    rng = np.random.default_rng(4)

    def measure(p):
        return 0.25 + 4 / p.width * rng.random(20_000)

    limit = simulated(Limit, support=(0.0, 0.5), limit=0.25, exponent=-1.0, last_gap=0.02,
                      tolerance=0.2)  # fmt: skip
    assert check_ladder(limit, measure).verdict is Verdict.HOLDS
    for gap, verdict in ((0.0156, Verdict.UNDECIDED), (0.01, Verdict.REFUTED)):
        outcome = check_ladder(dataclasses.replace(limit, last_gap=gap), measure)
        assert outcome.verdict is verdict
        assert "at the largest size 128" in outcome.detail


# -- false alarms and power -------------------------------------------------------------------

LAWS = {
    "uniform": (lambda rng, n: 2 * rng.random(n), 2.0),
    "bernoulli .1": (lambda rng, n: 10.0 * (rng.random(n) < 0.1), 10.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), None),
    "lognormal": (lambda rng, n: rng.lognormal(-0.5, 1.0, n), None),
    "normal": (lambda rng, n: 1 + 0.5 * rng.standard_normal(n), None),
}  # name: (observations of mean 1, their largest value)


def alarms(name, n, exact, off, runs, alpha=0.05, tolerance=0.1, kind=Scaling):
    """Verdicts of ladders whose true exponent is ``off`` away from the claimed one."""
    sample, most = LAWS[name]
    rng = np.random.default_rng(20261129)
    support = (0.0, lambda p: most * (p.width / 16) ** (-0.5 + off)) if exact else None
    claim = simulated(support=support, tolerance=tolerance, trials_per_rung=n)
    counts = dict.fromkeys(Verdict, 0)
    for _ in range(runs):
        measure = lambda p: (p.width / 16) ** (-0.5 + off) * sample(rng, n)  # noqa: E731
        counts[check_ladder(claim, measure, alpha).verdict] += 1
    return counts


@pytest.mark.parametrize(("name", "exact"), [("uniform", True), ("normal", False)])
def test_ladders_rarely_mislead_at_the_edge_of_the_band(name, exact):
    inside = alarms(name, 100, exact, off=0.1 - 1e-9, runs=30)[Verdict.REFUTED]
    outside = alarms(name, 100, exact, off=0.1 + 1e-9, runs=30)[Verdict.HOLDS]
    for count in (inside, outside):
        assert stats.binomtest(count, 30, 0.05, alternative="greater").pvalue > LEVEL


@pytest.mark.deep
@pytest.mark.parametrize("n", [30, 200])
@pytest.mark.parametrize(
    ("name", "exact"), [(name, exact) for name, law in LAWS.items() for exact in (True, False)
                        if law[1] or not exact]
)  # fmt: skip
def test_ladders_rarely_mislead_at_depth(name, exact, n):
    runs = 1000
    inside = alarms(name, n, exact, off=0.1 - 1e-9, runs=runs)[Verdict.REFUTED]
    outside = alarms(name, n, exact, off=0.1 + 1e-9, runs=runs)[Verdict.HOLDS]
    print(f"\nladder, {name}, {'exact' if exact else 'nominal'}, {n} trials a rung, alpha .05:"
          f" false REFUTED {inside / runs:.3f}, false HOLDS {outside / runs:.3f}")  # fmt: skip
    level = 0.05 if exact else 0.075
    for count in (inside, outside):
        assert stats.binomtest(count, runs, level, alternative="greater").pvalue > LEVEL


@pytest.mark.deep
@pytest.mark.parametrize(("name", "exact"), [("uniform", True), ("uniform", False)])
def test_ladders_have_power_at_depth(name, exact):
    runs, n = 100, 16_000
    wrong = alarms(name, n, exact, off=0.2, runs=runs, alpha=1e-6)[Verdict.REFUTED]
    right = alarms(name, n, exact, off=0.0, runs=runs, alpha=1e-6)[Verdict.HOLDS]
    print(f"\nladder, {name}, {'exact' if exact else 'nominal'}, {n} trials a rung, alpha 1e-6:"
          f" twice the tolerance refuted {wrong}/{runs}, truth held {right}/{runs}")  # fmt: skip
    assert wrong >= 95
    assert right >= 95
