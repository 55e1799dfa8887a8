"""Thresholds, ranking and resampling by densities, samples and peers: no claim's own route."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from scipy import integrate, optimize, stats
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, roc_auc_score

from sims.class_imbalance import classes_trial, priors
from theory import ArgumentError, ParameterError
from theory.class_imbalance import (
    Params, area_under_curve, balanced_recall, best_offset, best_partial_ratio, class_recalls,
    corrected_recall, critical_ratio, crossover_of_easy_tasks, crossover_of_hard_tasks,
    debiased_recalls, estimated_recalls, finite_auc, linear_size, partial_recalls, plugin_auc,
    plugin_recalls, recalls, step_recalls, step_size, step_total, undersampled_total,
    undersampling_crossover,
)  # fmt: skip

Phi = stats.norm.cdf


def points(rng, a, classes, each):
    """Labels and points N(a e_i, I), as many of each class."""
    y = np.repeat(np.arange(classes), each)
    return y, rng.normal(size=(len(y), classes)) + a * np.eye(classes)[y]


def posterior(x, a, priors):
    scores = np.log(priors) + a * x
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def shares_right(y, scores):
    """Recall by class, a peer's."""
    return confusion_matrix(y, scores.argmax(axis=1), normalize="true").diagonal()


@pytest.mark.parametrize(
    ("priors", "a", "raw", "renormalised"),
    [
        (np.array([1.0, 10, 100]), 1.5, 0.8886, 0.9135),
        (np.repeat([1.0, 100], 5), 2.5, 0.9701, 0.9814),
    ],
)
def test_one_v_rest_auc_of_a_peer_raw_divided_and_renormalised(priors, a, raw, renormalised):
    y, x = points(np.random.default_rng(0), a, len(priors), 60_000 // len(priors))
    p = posterior(x, a, priors / priors.sum())
    even = posterior(x, a, np.ones(len(priors)))

    def area(scores):
        binary = y[:, None] == np.arange(len(priors))
        return np.mean([roc_auc_score(b, s) for b, s in zip(binary.T, scores.T, strict=True)])

    assert roc_auc_score(y, p, multi_class="ovr") == pytest.approx(area(p), abs=1e-12)
    assert area(p / priors) == pytest.approx(area(p), abs=1e-12)
    # an AUC of n and more points has variance below AUC (1 - AUC)/n, n those of one class
    near = 5 * np.sqrt(raw * (1 - raw) * len(priors) / 60_000)
    assert area(p) == pytest.approx(raw, abs=near)
    divided = (p / priors) / (p / priors).sum(axis=1, keepdims=True)
    assert roc_auc_score(y, divided, multi_class="ovr") == pytest.approx(area(even), abs=1e-9)
    assert area(even) == pytest.approx(renormalised, abs=near)
    assert area(even) > area(p)
    assert area(x) == pytest.approx(float(area_under_curve(a)), abs=near)


def test_the_trial_ranks_and_calls_as_a_peer_does():
    p = Params(classes=3, minority=1, rho=100.0, a=1.5, points=32)
    key = jax.random.key(3)
    run = jax.jit(classes_trial.trial)(key, p)
    z = np.asarray(jax.random.normal(key, (3 * 32 * 3,))).reshape(3, 32, 3)
    x = (z + 1.5 * np.eye(3)[:, None]).reshape(-1, 3)
    y = np.repeat(np.arange(3), 32)
    assert np.asarray(priors(p)) == pytest.approx(
        np.array([[0.01, 1, 1], [0.01, 0.505, 1], [0.01, 0.1, 1]])
    )
    for row, name in enumerate(("step", "linear", "geometric")):
        scores = posterior(x, 1.5, np.asarray(priors(p))[row])
        found = shares_right(y, scores)
        assert np.asarray(run[name]) == pytest.approx(found)
        peer = roc_auc_score(y, scores, multi_class="ovr")
        assert float(run["auc_raw"][row].mean()) == pytest.approx(peer, abs=1e-12)
    even = roc_auc_score(y, posterior(x, 1.5, np.ones(3)), multi_class="ovr")
    assert float(run["auc"].mean()) == pytest.approx(even, abs=1e-12)


@pytest.mark.parametrize("a", [0.7, 2.5])
def test_recalls_of_many_classes_by_integrals_and_samples(a):
    weights = np.array([1.0, 3.0, 3.0, 20.0])

    def of(i):
        others = [j for j in range(4) if j != i]
        shifts = a + np.log(weights[i] / weights[others]) / a
        return integrate.quad(lambda t: stats.norm.pdf(t) * Phi(t + shifts).prod(), -12, 12)[0]

    found = np.asarray(class_recalls(a, weights))
    assert found == pytest.approx([of(i) for i in range(4)], rel=1e-9)
    y, x = points(np.random.default_rng(1), a, 4, 20_000)
    seen = shares_right(y, posterior(x, a, weights))
    assert seen == pytest.approx(found, abs=5 * 0.5 / np.sqrt(20_000))
    step = np.repeat(np.asarray(step_recalls(a, 9.0, 8, 3)), (3, 5))
    assert np.asarray(class_recalls(a, np.repeat([1.0, 9.0], (3, 5)))) == pytest.approx(step)
    assert float(balanced_recall(a, 4)) == pytest.approx(
        np.asarray(class_recalls(a, np.ones(4)))[0]
    )


def test_small_recalls_keep_their_digits_and_slopes():
    low, high = step_recalls(0.05, 1e6, 3, 1)  # a rare class behind two frequent ones
    gone = 0.05 - np.log(1e6) / 0.05
    assert 0 <= float(low) < 1e-300
    assert float(high) == pytest.approx(float(balanced_recall(0.05, 2)), rel=1e-12)
    one = float(step_recalls(0.5, 1e6, 2, 1)[0])
    assert one == pytest.approx(float(Phi((0.5 - np.log(1e6) / 0.5) / np.sqrt(2))), rel=1e-11)
    assert gone < -200
    slope = jax.grad(lambda a: step_recalls(a, 100.0, 10, 5)[0])(2.5)
    ahead = [float(step_recalls(2.5 + h, 100.0, 10, 5)[0]) for h in (1e-5, -1e-5)]
    assert float(slope) == pytest.approx((ahead[0] - ahead[1]) / 2e-5, rel=1e-8)


@pytest.mark.parametrize(("gap", "odds"), [(2.0, 10.0), (0.5, 3.0), (4.0, 1e-3)])
def test_two_recalls_by_where_the_densities_cross(gap, odds):
    def lead(x):
        return stats.norm.logpdf(x, gap) - stats.norm.logpdf(x) - np.log(odds)

    cut = optimize.brentq(lead, -50, 50)
    found = [float(v) for v in recalls(gap, odds)]
    assert found == pytest.approx([stats.norm.sf(cut - gap), Phi(cut)], rel=1e-10)
    area = integrate.quad(lambda x: stats.norm.pdf(x, gap) * Phi(x), -10, gap + 10)[0]
    assert float(area_under_curve(gap)) == pytest.approx(area, rel=1e-9)


def test_the_imbalance_that_a_task_bears_by_search():
    for gap, q in ((2.0, 0.5), (3.0, 0.9), (0.7, 0.1)):
        found = optimize.brentq(lambda x, g=gap, q=q: float(Phi(g / 2 - x / g)) - q, -60, 60)
        assert np.log(float(critical_ratio(gap, q))) == pytest.approx(found, abs=1e-9)


def test_sizes_against_what_a_peer_resamples():
    y = np.repeat(np.arange(10), [int(step_size(i, 4, 8.0, 80.0)) for i in range(10)])
    assert len(y) == float(step_total(10, 4, 8.0, 80.0)) == 4 * 10 + 6 * 80
    X = np.arange(len(y))[:, None]
    fewer = RandomUnderSampler(random_state=0).fit_resample(X, y)[1]
    more = RandomOverSampler(random_state=0).fit_resample(X, y)[1]
    assert len(fewer) == float(undersampled_total(10, 8.0, 80.0))
    assert len(more) == 10 * 80
    sizes = np.asarray(linear_size(np.arange(10), 10, 8.0, 80.0))
    assert np.ptp(np.diff(sizes)) < 1e-12
    assert (sizes[0], sizes[-1]) == (10, 80)


def test_resampled_rules_on_points_in_forty_dimensions():
    """Class means of a peer's samples, exact recalls given them, against the formulas."""
    rng, (gap, d, few, rho) = np.random.default_rng(2), (2.0, 40, 10, 8)
    y = np.repeat([1, 0], [few, rho * few])
    seen = []
    for trial in range(300):
        X = rng.normal(size=(len(y), d))
        X[:few, 0] += gap
        row = []
        for peer in (RandomOverSampler, RandomUnderSampler):
            kept, labels = peer(random_state=trial).fit_resample(X, y)[:2]
            m1, m0 = kept[labels == 1].mean(axis=0), kept[labels == 0].mean(axis=0)
            w, middle = m1 - m0, (m1 - m0) @ (m1 + m0) / 2
            size = np.linalg.norm(w)
            row += [Phi((gap * w[0] - middle) / size), Phi(middle / size)]
        seen.append(row)
    seen = np.array(seen)
    # copies drawn at random weigh points unevenly: 1/n_1 + (n_0 - n_1)(1 - 1/n_1)/n_0^2 in squares
    minor, major = d / few, d / (rho * few)
    copied = minor * (1 + (few - 1) / (rho * few) * (rho - 1) / rho)
    even = [float(v) for v in plugin_recalls(gap, minor, minor)]
    se = seen.std(axis=0) / np.sqrt(300)
    assert seen[:, 2:].mean(axis=0) == pytest.approx(even, abs=5 * se.max() + 1 / d)
    over = [float(v) for v in plugin_recalls(gap, copied, major)]
    assert seen[:, :2].mean(axis=0) == pytest.approx(over, abs=5 * se.max() + 1 / d)


def test_thresholds_and_auc_of_estimated_means():
    minor, major, gap = 4.0, 0.1, 2.0

    def error(t):
        return -sum(float(v) for v in plugin_recalls(gap, minor, major, t))

    best = optimize.fminbound(error, -8, 8, xtol=1e-9)
    assert float(best_offset(minor, major)) == pytest.approx(best, abs=1e-4)
    assert float(corrected_recall(gap, minor, major)) == pytest.approx(-error(best) / 2, rel=1e-10)
    v = np.sqrt(gap**2 + minor + major)
    assert float(plugin_auc(gap, minor, major)) == pytest.approx(Phi(gap**2 / v / np.sqrt(2)))


@pytest.mark.parametrize(
    ("gap", "d", "few", "many"), [(2.0, 5, 3, 40), (1.5, 200, 50, 1000), (0.3, 9, 1, 1)]
)
def test_finite_auc_by_sampled_directions(gap, d, few, many):
    rng = np.random.default_rng(4)
    w = rng.normal(size=(40_000, d)) * np.sqrt(1 / few + 1 / many)
    w[:, 0] += gap
    seen = Phi(gap * w[:, 0] / np.linalg.norm(w, axis=1) / np.sqrt(2))
    se = seen.std() / np.sqrt(len(seen))
    assert float(finite_auc(gap, d, few, many)) == pytest.approx(seen.mean(), abs=5 * se)


def accuracies(gap, minor, rho):
    """Balanced accuracy of oversampling and of full undersampling, written out."""
    b, v = minor * (1 - 1 / rho), np.sqrt(gap**2 + minor * (1 + 1 / rho))
    over = (Phi((gap**2 - b) / 2 / v) + Phi((gap**2 + b) / 2 / v)) / 2
    return over, Phi(gap**2 / 2 / np.sqrt(gap**2 + 2 * minor))


def test_the_crossover_by_search_and_its_two_ends():
    for gap, rho in ((1.0, 1e9), (3.0, 5.0), (6.0, 2.0), (10.0, 40.0), (2.0, 1.01)):
        lead = lambda x, g=gap, r=rho: np.subtract(*accuracies(g, x, r))  # noqa: E731
        found = optimize.brentq(lead, 1.0, 5 / (1 - 1 / rho) + 1, xtol=1e-13)
        assert float(undersampling_crossover(gap, rho)) == pytest.approx(found, rel=1e-7)
    small = float(undersampling_crossover(1e-3, 5.0))
    assert small == pytest.approx(float(crossover_of_hard_tasks(5.0)), rel=1e-5)
    # far out both errors are tails: compared by their logarithms
    gap, rho = 400.0, 5.0

    def tails(x):
        b, v = x * (1 - 1 / rho), np.sqrt(gap**2 + x * (1 + 1 / rho))
        over = np.logaddexp(*(stats.norm.logcdf((s * b - gap**2) / 2 / v) for s in (1, -1)))
        return over - np.log(2) - stats.norm.logcdf(-(gap**2) / 2 / np.sqrt(gap**2 + 2 * x))

    far = optimize.brentq(tails, 1.0, 20.0)
    assert float(crossover_of_easy_tasks(rho)) == pytest.approx(far, rel=1e-3)
    slope = jax.grad(undersampling_crossover)(2.0, 5.0)
    ends = [float(undersampling_crossover(2.0 + h, 5.0)) for h in (1e-5, -1e-5)]
    assert float(slope) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6)


def test_the_best_ratio_to_keep_by_search():
    def error(r, gap=2.0, minor=1.0):
        o, v = minor * (1 - 1 / r) + 2 * np.log(r), np.sqrt(gap**2 + minor * (1 + 1 / r))
        return -(Phi((gap**2 - o) / 2 / v) + Phi((gap**2 + o) / 2 / v)) / 2

    best = optimize.fminbound(error, 1, 3, xtol=1e-9)
    assert float(best_partial_ratio(2.0, 1.0, 40.0)) == pytest.approx(best, abs=1e-5)
    assert float(best_partial_ratio(2.0, 1.0, 1.1)) == pytest.approx(1.1, rel=1e-12)
    assert sum(float(v) for v in partial_recalls(2.0, 1.0, 1.7)) == pytest.approx(-2 * error(1.7))


def test_many_estimated_classes_by_full_dimensional_points():
    rng, (a, d), counts = np.random.default_rng(5), (2.0, 60), np.array([20, 60, 120])
    seen = np.zeros((2, 3))
    for _ in range(400):
        means = a * np.eye(3, d)
        m = means + rng.normal(size=(3, d)) / np.sqrt(counts)[:, None]
        x = means[:, None] + rng.normal(size=(3, 30, d))
        plain = x @ m.T - (m**2).sum(axis=1) / 2
        for row, scores in enumerate((plain, plain + d / counts / 2)):
            seen[row] += (scores.argmax(axis=2) == np.arange(3)[:, None]).mean(axis=1) / 400
    near = 5 * 0.5 / np.sqrt(400 * 30) + 1 / d
    assert seen[0] == pytest.approx(np.asarray(estimated_recalls(a, d / counts)), abs=near)
    assert seen[1] == pytest.approx(np.asarray(debiased_recalls(a, d / counts)), abs=near)


def test_estimated_classes_two_and_without_noise():
    """Two classes a sqrt 2 apart are the plug-in rule; without noise the exact posterior."""
    minor, major = 2.0, 0.5
    two = np.asarray(estimated_recalls(1.5, np.array([minor, major])))
    assert two == pytest.approx([float(v) for v in plugin_recalls(1.5 * 2**0.5, minor, major)])
    even = np.asarray(debiased_recalls(1.5, np.array([minor, major])))
    assert even == pytest.approx(float(corrected_recall(1.5 * 2**0.5, minor, major)), rel=1e-9)
    none = np.asarray(estimated_recalls(1.5, np.zeros(4)))
    assert none == pytest.approx(float(balanced_recall(1.5, 4)), rel=1e-10)
    three = np.asarray(estimated_recalls(1.5, jnp.array([3.0, 1.0, 0.0])))

    n = np.array([3.0, 1.0, 0.0])
    v = np.sqrt(1.5**2 + n)

    def of(k):
        def inside(z):
            rivals = [Phi((v[k] * z + 2.25 + (n[j] - n[k]) / 2) / v[j]) for j in range(3) if j != k]
            return stats.norm.pdf(z) * np.prod(rivals)

        return integrate.quad(inside, -12, 12)[0]

    assert three == pytest.approx([of(k) for k in range(3)], rel=1e-8)


def test_balanced_accuracy_of_a_peer_is_what_is_meant():
    y, x = points(np.random.default_rng(6), 2.0, 2, 4000)
    called = posterior(x, 2.0, np.array([1.0, 10.0])).argmax(axis=1)
    found = np.mean([float(v) for v in recalls(2.0 * 2**0.5, 10.0)])
    assert balanced_accuracy_score(y, called) == pytest.approx(found, abs=5 * 0.5 / np.sqrt(8000))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: class_recalls(1.0, [1.0, 2.0, 3.0, 0.0]),
            r"priors\[3\] = 0 .* without a training",
        ),
        (lambda: recalls(0.0, 2.0), "gap = 0 is outside"),
        (lambda: step_recalls(1.0, 0.5, 10, 5), "rho = 0.5 is outside"),
        (lambda: step_recalls(1.0, 2.0, 10, 10), "is not below the number of classes"),
        (lambda: step_recalls(1.0, 2.0, 10, 2.5), "minority = 2.5 is not a whole number"),
        (lambda: step_total(10, 0, 2.0, 100.0), "minority = 0 is outside"),
        (lambda: undersampled_total(10, 200.0, 100.0), "fewer than one example"),
        (lambda: partial_recalls(1.0, 1.0, 0.9), "r = 0.9 is outside"),
        (lambda: best_partial_ratio(1.0, 1.0, 1.0), "rho = 1 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"rho": 0.5}, "rho = 0.5 is outside"),
        ({"minority": 10}, "leaves no majority of 10 classes"),
        ({"minority": 0}, "minority = 0"),
        ({"minority": 2.5}, "minority"),
        ({"r": 11.0}, "is above rho = 10"),
        ({"r": 0.9}, "r = 0.9"),
        ({"gap": 0.0}, "gap = 0"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
