"""Means of unbounded observables: asymptotic, and exact with a bound on the variance."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sims._sequential import (
    MeanAboveAsymptotic, MeanAboveCatoni, MeanInBandAsymptotic, MeanInBandCatoni, Paired,
    SupportError, Undecidable, mean_above, mean_in_band, variance_in_band,
)  # fmt: skip
from sims._sequential.catoni import MomentCapital, influence
from tests.test_sequential import LEVEL, run
from theory import Verdict


def spiked(size, p):
    return lambda rng, n: 0.1 * rng.standard_normal(n) + size * (rng.random(n) < p)


def spiked_skewness(size, p):
    variance = 0.01 + size**2 * p * (1 - p)
    return size**3 * p * (1 - p) * (1 - 2 * p) / variance**1.5


LAWS = {
    "normal": (lambda rng, n: rng.standard_normal(n), 0.0, 1.0, 0.0),
    "uniform": (lambda rng, n: rng.random(n), 0.5, 1 / 12, 0.0),
    "exponential": (lambda rng, n: rng.exponential(1.0, n), 1.0, 1.0, 2.0),
    "lognormal": (lambda rng, n: rng.lognormal(0.0, 1.0, n), math.exp(0.5), math.e**2 - math.e,
                  (math.e + 2) * math.sqrt(math.e - 1)),
    "t5": (lambda rng, n: rng.standard_t(5, n), 0.0, 5 / 3, 0.0),
    "t3": (lambda rng, n: rng.standard_t(3, n), 0.0, 3.0, None),
    "pareto(2.5)": (lambda rng, n: rng.pareto(2.5, n), 2 / 3, 2.5 / (1.5**2 * 0.5), None),
    "spiked": (spiked(10, 0.01), 0.1, 0.01 + 100 * 0.0099, spiked_skewness(10, 0.01)),
}  # fmt: skip
# name: (observations, mean, variance, |skewness|; None where it is infinite)
FINITE_SKEWNESS = [name for name, law in LAWS.items() if law[3] is not None]


def test_skewness_delays_the_asymptotic_decision_and_zero_variance_never_decides():
    assert MeanInBandAsymptotic(0, 1, 0.0, 1000).first == 256
    assert MeanInBandAsymptotic(0, 1, 2.0, 1000).first > 10_000
    for test in (MeanInBandAsymptotic(0, 1, 0.0, 1000), MeanAboveAsymptotic(-1, 0.0, 1000)):
        test.update(np.zeros(5000))
        assert test.verdict() is None
        assert not test.exact


# -- the sample against the skewness bound ----------------------------------------------------


def contradicted(sample, bound, rng, most, alpha=1e-6):
    test = MeanInBandAsymptotic(0, 1e-9, bound, 1000, alpha)
    try:
        while test.count < most:  # to the end, whatever the mean is
            test.update(sample(rng, max(64, test.count // 2)))
    except SupportError:
        return test.count
    return None


def test_a_rare_large_value_contradicts_a_bound_that_forbids_it():
    # any one spike is ten thousand standard deviations from what came before
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert contradicted(spiked(1000, 0.001), 0.0, rng, 20_000)
    test = MeanInBandAsymptotic(0, 1, 0.0, 1000)
    test.update(rng.standard_normal(1000))
    with pytest.raises(SupportError, match="contradicts the skewness bound 0: observation 1000 is"):
        test.update(np.array([30_000.0]))


def test_a_skewed_sample_contradicts_a_smaller_bound():
    rng = np.random.default_rng(1)
    assert contradicted(lambda rng, n: rng.exponential(1.0, n), 0.5, rng, 20_000)
    assert contradicted(lambda rng, n: -rng.exponential(1.0, n), 0.5, rng, 20_000)


@pytest.mark.parametrize("name", FINITE_SKEWNESS)
def test_a_true_bound_is_not_contradicted(name):
    rng = np.random.default_rng(2)
    assert not any(contradicted(LAWS[name][0], LAWS[name][3], rng, 4000) for _ in range(10))


@pytest.mark.deep
@pytest.mark.parametrize("name", FINITE_SKEWNESS)
def test_a_true_bound_is_rarely_contradicted_at_depth(name):
    rng, runs = np.random.default_rng(3), 1000
    wrong = sum(
        contradicted(LAWS[name][0], LAWS[name][3], rng, 20_000, alpha=0.05) is not None
        for _ in range(runs)
    )
    print(f"\nskewness bound, {name}, alpha .05, 20000 trials: contradicted {wrong / runs:.3f}")
    assert stats.binomtest(wrong, runs, 0.075, alternative="greater").pvalue > LEVEL


@pytest.mark.deep
@pytest.mark.parametrize("tolerance", [0.04, 0.02, 0.01])
def test_what_a_wrong_skewness_bound_costs(tolerance):
    # mean .05, claimed 0: before the first spike the sample is that of the claimed law
    rng, runs, counts = np.random.default_rng(4), 500, {}
    for _ in range(runs):
        test = MeanInBandAsymptotic(0, tolerance, 0.0, 1000)
        try:
            found = run(test, spiked(100, 0.0005), rng, 100_000, first=64)
        except SupportError:
            found = "contradicted"
        counts[found] = counts.get(found, 0) + 1
    print(f"\nwrong bound, tolerance {tolerance}:", {str(k): v / runs for k, v in counts.items()})
    # no test can do better than see a spike before the claimed law's own decision
    sooner = MeanInBandAsymptotic(0, tolerance, 0.0, 1000)
    run(sooner, lambda rng, n: 0.1 * rng.standard_normal(n), rng, 100_000, first=64)
    blind = (1 - 0.0005) ** sooner.count
    assert counts.get(Verdict.HOLDS, 0) <= runs * blind + 5 * math.sqrt(runs * blind + 1)


# -- a bound on the variance ------------------------------------------------------------------


def test_the_influence_function_rises_and_stays_below_the_parabola():
    y = np.linspace(-50, 50, 20_001)
    assert (np.diff(influence(y)) >= 0).all()
    assert (np.exp(influence(y)) <= (1 + y + y * y / 2) * (1 + 1e-12)).all()
    catoni = np.sign(y) * np.log1p(abs(y) + y * y / 2)  # his own choice, at both ends
    assert (influence(y) >= catoni - 1e-12).all()
    assert np.isfinite(influence(np.array([1e300, -1e300]))).all()


@pytest.mark.parametrize("law", [stats.norm(), stats.expon(), stats.t(3), stats.lognorm(1.0)])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
def test_one_step_of_the_capital_is_a_supermartingale(law, side, shift):
    # E K_1 <= 1 at every mean <= m, by quadrature
    mean, variance = law.stats("mv")
    m = side * mean + shift * math.sqrt(variance)

    def growth(x):
        # log capital of stake 1/2, 1/4, ..., averaged, as the class starts with them
        capital = MomentCapital(m, variance, gap=0.3)
        weights = np.exp(capital._logs)
        return weights @ np.exp(influence(capital._stakes * (x - m)) - capital._cost)

    low, high = law.ppf([1e-13, 1 - 1e-13])
    points = np.linspace(*law.ppf([1e-3, 1 - 1e-3]), 20)
    total = sum(
        integrate.quad(lambda x: growth(side * x) * law.pdf(x), a, b, limit=200)[0]
        for a, b in zip([low, *points], [*points, high], strict=True)
    )
    assert total <= 1.0


def test_capital_in_pieces_is_capital_at_once():
    x = np.random.default_rng(5).standard_t(3, 40_000)
    whole, pieces = MomentCapital(-0.05, 3.0, 0.1), MomentCapital(-0.05, 3.0, 0.1)
    whole.bet(x)
    for part in np.split(x, [1, 77, 20_000]):
        pieces.bet(part)
    assert pieces.peak == pytest.approx(whole.peak, rel=1e-12)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("off", "wanted"), [(0.0, Verdict.HOLDS), (2.0, Verdict.REFUTED)])
def test_means_are_placed_with_nothing_but_a_variance_bound(name, off, wanted):
    sample, mean, variance, _ = LAWS[name]
    rng, tolerance = np.random.default_rng(6), 0.15 * math.sqrt(variance)
    test = MeanInBandCatoni(mean + off * tolerance, tolerance, variance)
    assert run(test, sample, rng, 20_000) is wanted
    low, high = test.interval()
    assert low <= mean <= high
    if wanted is Verdict.HOLDS:
        assert high - low < 2.0001 * tolerance


@pytest.mark.parametrize("name", ["exponential", "t3", "pareto(2.5)"])
def test_orderings_of_unbounded_observables_come_out(name):
    sample, mean, variance, _ = LAWS[name]
    for threshold, wanted in ((-0.3, Verdict.HOLDS), (0.3, Verdict.REFUTED)):
        q = mean + threshold * math.sqrt(variance)
        test = MeanAboveCatoni(q, variance)
        assert run(test, sample, np.random.default_rng(7), 20_000) is wanted
        assert (test.interval()[0] > q) is (wanted is Verdict.HOLDS)
    normal = MeanAboveAsymptotic(-0.2, 0.0, 1000)
    assert run(normal, LAWS["normal"][0], np.random.default_rng(8), 20_000) is Verdict.HOLDS


def test_the_interval_holds_the_band_that_it_decides():
    test, rng = MeanInBandCatoni(0.0, 0.1, 1.0), np.random.default_rng(9)
    while test.verdict() is None:
        test.update(rng.standard_normal(100))
    low, high = test.interval()
    assert -0.1 - 1e-6 <= low < high <= 0.1 + 1e-6


@pytest.mark.parametrize("name", ["normal", "uniform"])
@pytest.mark.parametrize("known", ["fourth_moment", "support"])
def test_variances_are_placed(name, known):
    rng, law = np.random.default_rng(10), LAWS[name][0]
    x = law(rng, 200_000)
    variance, fourth = float(x.var()), float(((x - x.mean()) ** 4).mean())
    bound = {"fourth_moment": fourth} if known == "fourth_moment" else {"support": (-6.0, 6.0)}
    for off, wanted in ((1.0, Verdict.HOLDS), (1.3, Verdict.REFUTED), (0.7, Verdict.REFUTED)):
        test = variance_in_band(off * variance, 0.12 * variance, **bound)
        assert run(test, law, rng, 400_000, first=65) is wanted
        assert test.exact
        assert test.interval()[0] <= variance <= test.interval()[1]


def test_pairs_do_not_depend_on_how_the_sample_is_cut():
    x = np.random.default_rng(11).random(1001)
    whole, pieces = (variance_in_band(1 / 12, 0.01, support=(0, 1)) for _ in range(2))
    whole.update(x)
    for part in np.split(x, [1, 2, 9, 500]):
        pieces.update(part)
    assert isinstance(pieces, Paired)
    assert pieces.count == 1001
    assert pieces.estimate() == pytest.approx(((x[:-1:2] - x[1::2]) ** 2 / 2).mean(), rel=1e-12)
    assert whole.interval() == pytest.approx(pieces.interval())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nothing_that_is_no_number_gets_in(bad):
    for make in (
        lambda: MeanInBandCatoni(bad, 1, 1), lambda: MeanInBandCatoni(0, bad, 1),
        lambda: MeanInBandCatoni(0, 1, bad), lambda: MeanAboveCatoni(bad, 1),
        lambda: MeanAboveCatoni(0, bad), lambda: MeanInBandAsymptotic(bad, 1, 0, 99),
        lambda: MeanInBandAsymptotic(0, bad, 0, 99), lambda: MeanInBandAsymptotic(0, 1, bad, 99),
        lambda: MeanAboveAsymptotic(bad, 0, 99), lambda: MeanAboveAsymptotic(0, bad, 99),
        lambda: variance_in_band(bad, 1, fourth_moment=1.0),
        lambda: variance_in_band(0, 1, fourth_moment=bad),
        lambda: variance_in_band(0, 1, support=(0.0, bad)),
    ):  # fmt: skip
        with pytest.raises(Undecidable):
            make()
    for test in (MeanInBandCatoni(0, 1, 1), MeanAboveAsymptotic(0, 0, 99),
                 variance_in_band(0.5, 1, fourth_moment=1.0)):  # fmt: skip
        with pytest.raises(SupportError, match="observation 1 is"):
            test.update(np.array([0.0, bad]))


@pytest.mark.parametrize("known", [{}, {"support": (0, 1), "variance": 1.0}])
def test_exactly_one_thing_is_known_of_an_observable(known):
    for choose in (lambda **k: mean_in_band(0.5, 0.1, **k), lambda **k: mean_above(0.5, **k)):
        with pytest.raises(Undecidable, match="exactly one of support, variance, skewness"):
            choose(**known)


# -- false alarms and power -------------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["exact", "asymptotic"])
@pytest.mark.parametrize("name", LAWS)
def test_unbounded_means_rarely_mislead_at_depth(name, kind):
    sample, mean, variance, skewness = LAWS[name]
    if kind == "asymptotic" and skewness is None:
        pytest.skip("no bound on the skewness")
    runs, tolerance, counts = 1000, 0.1 * math.sqrt(variance), {1: 0, -1: 0}
    stopped = 0
    for side, wrong in ((1, Verdict.HOLDS), (-1, Verdict.REFUTED)):
        rng = np.random.default_rng(20261129)
        for _ in range(runs):
            q = mean + tolerance * (1.0 + side * 1e-9)
            known = {"variance": variance} if kind == "exact" else {"skewness": skewness}
            test = mean_in_band(q, tolerance, tightest=1000, alpha=0.05, **known)
            try:
                counts[side] += run(test, sample, rng, 10_000, first=64) is wrong
            except SupportError:
                stopped += 1
    print(f"\n{kind}, {name}, alpha .05: false HOLDS {counts[1] / runs:.3f}, false REFUTED"
          f" {counts[-1] / runs:.3f}, bound contradicted {stopped / (2 * runs):.4f}")  # fmt: skip
    for count in counts.values():
        level = 0.05 if kind == "exact" else 0.075
        assert stats.binomtest(count, runs, level, alternative="greater").pvalue > LEVEL


@pytest.mark.deep
@pytest.mark.parametrize("name", LAWS)
def test_trials_of_the_exact_and_the_asymptotic_kind(name):
    sample, mean, variance, skewness = LAWS[name]
    tolerance = 0.1 * math.sqrt(variance)
    planned = math.ceil(2 * math.log(2e6) * variance / tolerance**2)
    shown = []
    for kind, known in (("exact", {"variance": variance}), ("asymptotic", {"skewness": skewness})):
        if None in known.values():
            continue
        for off, wanted in ((0.0, Verdict.HOLDS), (2.0, Verdict.REFUTED)):
            rng, counts, right = np.random.default_rng(12), [], 0
            for _ in range(100):
                test = mean_in_band(mean + off * tolerance, tolerance, tightest=planned, **known)
                most = 8 * max(planned, getattr(test, "first", 0))
                right += run(test, sample, rng, most, first=64) is wanted
                counts.append(test.count)
            shown.append(f"{kind} {wanted} {right}/100, median {np.median(counts):.0f} trials")
            assert right >= 95
    print(f"\n{name}, alpha 1e-6, tolerance .1 sd (planned {planned}):", "; ".join(shown))
