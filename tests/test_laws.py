"""Tests of whole laws: continuous and with atoms, right and wrong, and what is no cdf."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy import stats as jax_stats
from scipy import stats

from sims._sequential import LawWithin, SupportError, Undecidable, spent
from tests.test_sequential import run
from theory import Verdict


@pytest.mark.parametrize(("shift", "wanted"), [(0.0, "HOLDS"), (0.02, "HOLDS"), (0.4, "REFUTED")])
def test_laws_are_held_within_their_width(shift, wanted):
    rng = np.random.default_rng(10)
    test = LawWithin(lambda x: stats.norm.cdf(x - shift), 0.05)
    assert run(test, lambda rng, n: rng.standard_normal(n), rng, 50_000, first=256) == wanted


DISCRETE = {
    "bernoulli(.5)": (lambda rng, n: rng.integers(0, 2, n), stats.bernoulli(0.5).cdf),
    "poisson(3)": (lambda rng, n: rng.poisson(3, n), stats.poisson(3).cdf),
    "binomial(20, .1)": (lambda rng, n: rng.binomial(20, 0.1, n), stats.binom(20, 0.1).cdf),
    "half an atom at 0": (
        lambda rng, n: np.maximum(rng.standard_normal(n), 0),
        lambda x: np.where(x < 0, 0.0, stats.norm.cdf(x)),
    ),
    # XLA takes the smallest numbers for 0: the limit from the left of 0 must be further away
    "bernoulli(.5), in XLA": (
        lambda rng, n: rng.integers(0, 2, n),
        lambda x: jnp.where(jnp.asarray(x) < 0, 0.0, jnp.where(jnp.asarray(x) < 1, 0.5, 1.0)),
    ),
    "poisson(3), in XLA": (
        lambda rng, n: rng.poisson(3, n), lambda x: jax_stats.poisson.cdf(jnp.floor(x), 3.0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DISCRETE)
def test_laws_with_atoms_hold(name):
    sample, cdf = DISCRETE[name]
    test = LawWithin(cdf, 0.05)
    assert run(test, sample, np.random.default_rng(1), 50_000, first=256) is Verdict.HOLDS


@pytest.mark.parametrize("name", DISCRETE)
def test_the_distance_to_a_law_with_atoms_is_the_largest_at_any_argument(name):
    sample, cdf = DISCRETE[name]
    x = np.asarray(sample(np.random.default_rng(2), 97), dtype=float)
    test = LawWithin(cdf, 0.05)
    test.update(x[:40])
    test.update(x[40:])
    # brute force: both functions on a grid that is fine, and holds the points and just below them
    grid = np.r_[np.linspace(-1, 25, 2603), x, x - 1e-6]
    ours = (x[:, None] <= grid).mean(axis=0)
    assert test.estimate() == pytest.approx(abs(ours - np.asarray(cdf(grid))).max(), abs=2e-3)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("bernoulli(.5)", stats.bernoulli(0.6).cdf), ("poisson(3)", stats.poisson(3.5).cdf),
     ("bernoulli(.5)", lambda x: np.clip(x, 0, 1)), ("poisson(3)", stats.norm(3, 3**0.5).cdf),
     ("half an atom at 0", stats.norm.cdf)],
)  # fmt: skip
def test_wrong_laws_with_atoms_are_refuted(name, wrong):
    sample = DISCRETE[name][0]
    test = LawWithin(wrong, 0.05)
    assert run(test, sample, np.random.default_rng(3), 50_000, first=256) is Verdict.REFUTED


def test_a_missing_atom_is_named():
    test = LawWithin(lambda x: np.clip(x, 0, 1), 0.05)
    test.update(np.r_[np.zeros(300), np.ones(500)])
    assert test.detail() == "1 has frequency 0.625, in the predicted law 0"
    right = LawWithin(stats.bernoulli(0.5).cdf, 0.2)
    right.update(np.r_[np.zeros(300), np.ones(500)])
    assert right.detail() == ""


def other_order(x):
    return (np.arange(len(x)) + 0.5) / len(x)


def own_sample(x):
    return np.searchsorted(np.sort(x), x, side="right") / len(x)


class Stateful:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return np.clip(x + 0.01 * self.calls, 0, 1)


@pytest.mark.parametrize("cdf", [other_order, own_sample, Stateful()])
@pytest.mark.parametrize("n", [50, 1024, 5000])
def test_what_is_no_function_of_its_argument_is_refused(cdf, n):
    test = LawWithin(cdf, 0.1)
    with pytest.raises(Undecidable, match="no function of its argument"):
        test.update(np.random.default_rng(4).random(n))


@pytest.mark.parametrize(
    ("cdf", "words"),
    [(lambda x: 2 * x, "not a distribution function: outside"),
     (lambda x: np.full_like(x, np.nan), "not a distribution function: outside"),
     (lambda x: 1 - x, "decreases"), (lambda x: 4 * x * (1 - x), "decreases"),
     (lambda x: x[:1], "gives float64"), (lambda x: 0.5, "gives float64"),
     (lambda x: x + 0j, "gives complex128")],
)  # fmt: skip
def test_what_is_no_distribution_function_is_refused(cdf, words):
    with pytest.raises(Undecidable, match=words):
        LawWithin(cdf, 0.1).update(np.random.default_rng(5).random(100))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_observations_that_are_no_numbers_are_named(bad):
    test = LawWithin(stats.norm.cdf, 0.1)
    test.update(np.zeros(3))
    with pytest.raises(SupportError, match="observation 4 is"):
        test.update(np.array([0.0, bad]))


@pytest.mark.parametrize("width", [0.0, 1.0, -1.0, np.nan, np.inf])
def test_a_law_needs_a_width(width):
    with pytest.raises(Undecidable, match="width"):
        LawWithin(stats.norm.cdf, width)


def test_the_distance_to_a_law_is_kolmogorovs():
    x = np.random.default_rng(12).standard_normal(777)
    test = LawWithin(stats.norm.cdf, 0.1)
    test.update(x)
    assert test.estimate() == pytest.approx(stats.kstest(x, "norm").statistic, rel=1e-12)


def test_the_cdf_meets_each_observation_once_in_one_shape():
    seen = []

    def cdf(x):
        seen.append(x)
        return stats.norm.cdf(x)

    test, rng = LawWithin(cdf, 0.1), np.random.default_rng(13)
    for n in (100, 1024, 3000):
        test.update(rng.standard_normal(n))
    assert {x.shape for x in seen} == {(1024,)}
    # at and to the left of each batch, once more for the check of the first
    assert len(seen) == 2 * (1 + 1 + 3) + 1


def test_spent_alpha_sums_to_alpha():
    assert sum(spent(0.05, j) for j in range(100_000)) == pytest.approx(0.05, rel=1e-4)


@pytest.mark.deep
@pytest.mark.parametrize("name", DISCRETE)
def test_laws_with_atoms_rarely_mislead_at_depth(name):
    sample, cdf = DISCRETE[name]
    if "XLA" in name:
        pytest.skip("the same laws")
    rng, runs, wrong = np.random.default_rng(6), 1000, 0
    for _ in range(runs):
        test = LawWithin(cdf, 1e-3, alpha=0.05)  # too narrow to be held: any decision is REFUTED
        wrong += run(test, sample, rng, 5000, first=64) is not None
    print(f"\nlaw, {name}, alpha .05: false REFUTED {wrong / runs:.3f}")
    assert stats.binomtest(wrong, runs, 0.05, alternative="greater").pvalue > 1e-4
