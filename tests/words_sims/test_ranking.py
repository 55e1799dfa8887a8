"""Rankings, confusion tables and calibration, against scikit-learn and by enumeration."""

import inspect
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

import sims
from sims import (
    auc, average_precision, calibration_error, confusion, midranks, roc_curve,
    squared_calibration_error, wins,
)  # fmt: skip

RNG = np.random.default_rng(8)
TRUTH = RNG.uniform(size=90) < 0.3
SCORES = RNG.normal(size=90) + TRUTH
TIED = np.round(SCORES)


@jax.jit
def everything(scores, positive):
    return (
        auc(scores, positive),
        average_precision(scores, positive),
        midranks(scores),
        roc_curve(scores, positive),
    )


WINS = jax.jit(wins)


@pytest.mark.parametrize("scores", [SCORES, TIED, np.zeros(90)])
def test_areas_and_precision_are_scikit_learns(scores):
    area, precision, ranks, curve = everything(scores, TRUTH)
    expected = metrics.roc_auc_score(TRUTH, scores)
    assert abs(area - expected) < 1e-14
    assert abs(WINS(scores[TRUTH], scores[~TRUTH]) - expected) < 1e-14
    assert abs(precision - metrics.average_precision_score(TRUTH, scores)) < 1e-14
    np.testing.assert_array_equal(ranks, stats.rankdata(scores))
    false, true, _ = metrics.roc_curve(TRUTH, scores, drop_intermediate=False)
    points = np.unique(np.stack(curve[:2], 1), axis=0)
    np.testing.assert_allclose(points, np.unique(np.stack([false, true], 1), axis=0), atol=1e-15)
    assert abs(np.trapezoid(curve.true_positives, curve.false_positives) - area) < 1e-14
    for false, true, threshold in np.stack(curve, 1):
        assert abs(np.mean(scores[~TRUTH] >= threshold) - false) < 1e-15
        assert abs(np.mean(scores[TRUTH] >= threshold) - true) < 1e-15


def test_large_sets_are_counted_as_small_ones():
    above, below = np.round(RNG.normal(size=100), 1), np.round(RNG.normal(size=80), 1)
    pairs = np.mean((np.sign(above[:, None] - below) + 1) / 2)
    assert above.size * below.size > sims._ranking._PAIRS
    assert abs(WINS(above, below) - pairs) < 1e-15


def test_a_nan_among_the_scores_shows():
    bad = np.where(np.arange(90) == 3, np.nan, SCORES)
    area, precision, ranks, curve = everything(bad, TRUTH)
    assert np.isnan([area, precision]).all()
    assert np.isnan(ranks).all()
    assert np.isnan(curve.true_positives).all()
    many = np.where(np.arange(100) == 3, np.nan, 0.0)  # compared pair by pair, and sorted
    for given in ((bad[TRUTH], bad[~TRUTH]), (many, np.zeros(80)), (np.zeros(100), many[:80])):
        assert np.isnan(WINS(*given))


def test_an_absent_class_has_no_ranking():
    none = np.zeros(90, bool)
    for truth in (none, ~none):
        assert np.isnan(everything(SCORES, truth)[0])
    assert np.isnan(everything(SCORES, none)[1])


LABELS, CALLED = RNG.integers(0, 3, 50), RNG.integers(0, 3, 50)


@pytest.mark.parametrize(("labels", "called"), [(LABELS, CALLED), (LABELS > 0, CALLED > 1)])
def test_what_a_table_tells_is_scikit_learns(labels, called):
    classes = int(labels.max()) + 1
    table = confusion(labels, called, classes)
    np.testing.assert_array_equal(table, metrics.confusion_matrix(labels, called))
    given = labels, called
    each = {"average": None, "zero_division": np.nan}
    expected = {
        "accuracy": metrics.accuracy_score(*given),
        "balanced_accuracy": metrics.balanced_accuracy_score(*given),
        "recalls": metrics.recall_score(*given, **each),
        "precisions": metrics.precision_score(*given, **each),
        "f1_scores": metrics.f1_score(*given, **each),
        "cohen_kappa": metrics.cohen_kappa_score(*given),
        "matthews": metrics.matthews_corrcoef(*given),
        "geometric_mean": stats.gmean(metrics.recall_score(*given, **each)),
    }
    for name, value in expected.items():
        for scaled in (table, table / 50):  # shares say what counts say
            np.testing.assert_allclose(getattr(sims, name)(scaled), value, rtol=1e-13)


def test_ratios_without_points_are_nan():
    table = jnp.array([[3.0, 0, 0], [2, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(np.isnan(sims.recalls(table)), [False, False, True])
    np.testing.assert_array_equal(np.isnan(sims.precisions(table)), [False, True, True])
    np.testing.assert_array_equal(np.isnan(sims.f1_scores(table)), [False, False, True])
    one_class, one_call = jnp.array([[3.0, 7], [0, 0]]), jnp.array([[1 / 3, 0], [2 / 3, 0]])
    for degenerate in (one_class, one_call, one_class / 10, table):
        assert np.isnan(sims.matthews(degenerate))
    assert np.isnan(sims.cohen_kappa(jnp.array([[5.0, 0], [0, 0]])))
    assert abs(float(sims.cohen_kappa(one_class))) < 1e-15


def test_ranks_and_pairs_are_counted_in_float64():
    many = jnp.arange(40_000.0)  # 1.6e9 pairs, whose doubled wins pass 2^31
    assert sims.midranks(many).dtype == sims.wins(many, many).dtype == np.float64
    assert float(sims.wins(many, many)) == 0.5
    assert float(sims.wins(many + 0.5, many)) == pytest.approx(0.5 + 0.5 / 40_000, rel=1e-15)


CONFIDENCE = RNG.uniform(size=200)
RIGHT = RNG.uniform(size=200) < CONFIDENCE**2
SQUARED = jax.jit(squared_calibration_error, static_argnums=2)


@pytest.mark.parametrize("bins", [1, 7])
def test_calibration_errors_are_sums_over_bins(bins):
    edges = np.linspace(0, 1, bins + 1)
    plain = debiased = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (low < CONFIDENCE) & (high >= CONFIDENCE)
        n = inside.sum()
        if n:
            gap = RIGHT[inside].mean() - CONFIDENCE[inside].mean()
            plain += n / 200 * abs(gap)
            if n > 1:
                debiased += n / 200 * (gap**2 - RIGHT[inside].var(ddof=0) / (n - 1))
    assert (
        abs(jax.jit(calibration_error, static_argnums=2)(CONFIDENCE, RIGHT, bins) - plain) < 1e-14
    )
    assert abs(SQUARED(CONFIDENCE, RIGHT, bins) - debiased) < 1e-14


def test_the_debiased_error_is_unbiased_by_enumeration():
    # two bins, points in one bin alike: E = sum_b share_b (q_b - confidence_b)^2 exactly
    sure, q = np.repeat([0.3, 0.8], 3), np.repeat([0.5, 0.8], 3)
    mean = 0.0
    for outcome in itertools.product((0, 1), repeat=6):
        right = np.array(outcome)
        chance = np.prod(np.where(right, q, 1 - q))
        mean += chance * float(SQUARED(sure, right, 2))
    assert abs(mean - 0.5 * 0.2**2) < 1e-14


def test_confidences_outside_their_domain_and_bad_bins():
    assert np.isnan(calibration_error(jnp.array([0.5, 1.2]), np.array([1, 0])))
    assert calibration_error(jnp.array([0.0, 1.0]), np.array([0, 1])) == 0
    with pytest.raises(ValueError, match="calibration_error: bins = 0 is outside"):
        calibration_error(jnp.array([0.5]), np.array([1]), 0)


@pytest.mark.parametrize("word", [auc, roc_curve, average_precision])
def test_wrong_shapes_are_refused_by_name(word):
    with pytest.raises(ValueError, match=rf"{word.__name__}: positive has shape \(3,\)"):
        inspect.unwrap(word)(jnp.ones(4), np.ones(3))
