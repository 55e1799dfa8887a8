"""Votes enumerated one by one, limits by quadrature and draws of normals, members by draws."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from sims.spurious_features import images, used, votes
from theory import ArgumentError, ParameterError
from theory.spurious_features import (
    Params, crossover, example_ensemble, example_member, example_overconfident, flip_bound,
    id_accuracy, limit_accuracy, limit_correction, member_score, mixup_margin, output_score,
    outputs_correct, smoothed_margin, subset_accuracy, vote_accuracy, weight_score, weighted_score,
    weights_correct, weights_spoil,
)  # fmt: skip
from theory.spurious_features.confidence import staircase


def enumerated(p, classes, invariant, weights):
    """Every vote of every feature; ties split."""
    q, total = p / classes, 0.0
    for vote in itertools.product(range(classes), repeat=len(weights)):
        scores = np.bincount(vote, weights=weights, minlength=classes)
        scores[0] += invariant
        wrong = np.count_nonzero(vote)
        chance = q**wrong * (1 - p + q) ** (len(vote) - wrong)
        best = scores >= scores.max() - 1e-9
        total += chance * best[0] / best.sum()
    return total


@pytest.mark.parametrize(
    ("p", "classes", "invariant", "once", "often", "weight"),
    [
        (0.9, 3, 2.0, 5, 0, 1.0),
        (1.0, 3, 1.0, 4, 2, 2.0),
        (0.7, 4, 1.0, 3, 2, 4.0),
        (0.8, 2, 0.5, 4, 3, 1.5),
        (0.6, 5, 0.0, 6, 0, 1.0),
        (0.3, 3, 0.0, 0, 5, 4.0),
        (0.0, 3, 0.0, 4, 0, 1.0),
    ],
)
def test_the_sum_over_lattices_is_every_vote_counted(p, classes, invariant, once, often, weight):
    found = float(vote_accuracy(p, classes, invariant, once, often, weight))
    weights = [1.0] * once + [weight] * often
    assert found == pytest.approx(enumerated(p, classes, invariant, weights), abs=1e-13)


def test_one_group_split_in_two_is_one_group():
    whole = float(vote_accuracy(0.8, 5, 3.0, 20))
    assert float(vote_accuracy(0.8, 5, 3.0, 15, 5, 1.0)) == pytest.approx(whole, abs=1e-13)
    known = [float(vote_accuracy(p, 10, 0.0, 8)) for p in (0.7, 0.8, 0.9)]
    assert known == pytest.approx([0.7036, 0.5124, 0.2945], abs=5e-5)


def test_two_classes_are_a_binomial_tail():
    n, lead, p = 300, 4, 0.9
    right = np.arange(n + 1)
    margin = 2 * right - n + lead
    law = stats.binom.pmf(right, n, 1 - p / 2)
    known = law @ ((margin > 0) + (margin == 0) / 2)
    assert float(vote_accuracy(p, 2, lead, n)) == pytest.approx(known, abs=1e-12)


def test_many_features_where_rows_are_made_one_by_one():
    rng, n = np.random.default_rng(0), 600  # beyond the room of one array
    counts = rng.multinomial(n, [0.1] * 10, size=200_000) + 1e-6 * rng.normal(size=(200_000, 10))
    counts[:, 0] += 10
    seen = np.mean(counts.argmax(axis=1) == 0)
    assert float(vote_accuracy(1.0, 10, 10.0, n)) == pytest.approx(seen, abs=4 / 894)


@pytest.mark.parametrize("noise", [0.3, 2.0])
def test_noise_by_quadrature_over_every_vote(noise):
    p, classes, invariant, n = 0.9, 3, 1.5, 4
    q, known = p / classes, 0.0
    for vote in itertools.product(range(classes), repeat=n):
        scores = np.bincount(vote, minlength=classes) + invariant * np.eye(classes)[0]
        chance = q ** np.count_nonzero(vote) * (1 - p + q) ** (n - np.count_nonzero(vote))
        leads = (scores[0] - scores[1:]) / noise

        def beaten(u, leads=leads):
            return stats.norm.pdf(u) * np.prod(special.ndtr(u + leads))

        known += chance * integrate.quad(beaten, -9, 9, epsabs=1e-11)[0]
    assert float(vote_accuracy(p, classes, invariant, n, noise=noise)) == pytest.approx(
        known, abs=1e-9
    )


def test_slopes_of_the_exact_accuracy():
    at = jax.grad(lambda p: vote_accuracy(p, 3, 2.0, 3))
    for p in (0.0, 0.4, 1.0):
        assert float(at(p)) == pytest.approx(-5 * p**2 / 9, abs=1e-12)
    noisy = lambda s: vote_accuracy(0.9, 3, 2.0, 3, noise=s)  # noqa: E731
    ahead = (float(noisy(1.001)) - float(noisy(0.999))) / 0.002
    assert float(jax.grad(noisy)(1.0)) == pytest.approx(ahead, rel=1e-5)
    assert float(noisy(jnp.asarray([0.0, 1e-5]))[0]) == pytest.approx(0.865, abs=1e-12)


def test_the_examples_polynomials_and_the_staircase():
    for p in (0.0, 0.35, 0.9, 1.0):
        member = float(example_member(p))
        assert member == pytest.approx(enumerated(p, 3, 2, [1.0] * 3), abs=1e-14)
        for scale, form in ((1.0, example_ensemble), (5.1, example_overconfident)):
            known = enumerated(p, 3, 2 + 2 * scale, [1.0] * 3 + [scale] * 3)
            assert float(form(p)) == pytest.approx(known, abs=1e-13)
    steps = [729 * (1 - float(staircase(s, 1.0))) for s in (1.5, 2.5, 3.5, 4.5, 5.5)]
    assert steps == pytest.approx([35, 49, 61, 67, 69], abs=1e-9)


def test_corrections_by_draws_of_tie_noise():
    rng, n = np.random.default_rng(1), 2_000_000
    u, v = rng.normal(size=(2, n, 3))
    w = np.sqrt(2) * rng.normal(size=(n, 3))
    # a strict error towards 1 and a tie of 0 and 2, lost; then two ties of 0 and 1, lost
    one_lost = v[:, 0] < v[:, 2]
    both_lost = (u[:, 0] < u[:, 1]) & (v[:, 0] < v[:, 1])

    def turned(more, lost):
        total = u + v + more
        return np.mean(lost & (total[:, 0] > total[:, 1]))

    for form, more in ((outputs_correct, 0 * w), (weights_correct, w)):
        known = 2 + 12 * turned(more, one_lost) + 18 * turned(more, both_lost) + 18 / 4
        assert 729 * float(form(1.0)) == pytest.approx(known, abs=0.03)
    assert 729 * float(weights_spoil(1.0)) == pytest.approx(18 * turned(w, both_lost), abs=0.02)


def test_the_limit_by_draws_of_correlated_normals_and_its_ends():
    rng, K, p, x = np.random.default_rng(2), 4, 0.6, 0.7
    covariance = np.full((K - 1, K - 1), p * (K + 1 - p * K) / K)
    np.fill_diagonal(covariance, p * (K + 2 - p * K) / K)
    z = rng.multivariate_normal(np.zeros(K - 1), covariance, size=400_000)
    seen = np.mean((z > -x).all(axis=1))
    assert float(limit_accuracy(x, p, K)) == pytest.approx(seen, abs=4 / 1265)
    known = [float(limit_accuracy(1.0, 1.0, k)) for k in (2, 3, 10)]
    assert known == pytest.approx([0.841345, 0.816583, 0.923877], abs=1e-6)
    for k in (2, 3, 20):
        assert float(limit_accuracy(0.0, 1.0, k)) == pytest.approx(1 / k, abs=1e-12)
        ends = [float(limit_accuracy(x, 0.0, k)) for x in (2.0, -2.0)]
        assert ends == pytest.approx([1.0, 0.0], abs=1e-10)
        assert 0 <= float(limit_accuracy(-40.0, 0.5, k)) < 1e-10
        assert np.isfinite(jax.grad(limit_accuracy, (0, 1))(1.0, 0.0, float(k))).all()


@pytest.mark.parametrize(("p", "classes"), [(0.9, 3), (0.8, 4), (0.9, 2)])
def test_the_correction_takes_the_leading_error_away(p, classes):
    n = 100
    x = float(member_score(p, 2, n))
    exact = float(vote_accuracy(p, classes, 2.0, n))
    term = float(limit_correction(x, p, classes, n**-0.5))
    assert abs(float(limit_accuracy(x, p, classes)) + term - exact) < 0.4 / n


def test_edgeworth_against_the_expansion_of_a_sum():
    # K = 2: F + (skew/6)(1 - x^2/v) phi(x/sqrt v) k3/v^(3/2), the textbook's first term
    p, x, skew = 0.6, 0.8, 0.05
    q = p / 2
    values, chances = np.array([1.0, -1.0]), np.array([1 - p + q, q])
    mean = values @ chances
    v, k3 = (values - mean) ** 2 @ chances, (values - mean) ** 3 @ chances
    t = -x / np.sqrt(v)
    known = skew * k3 / v**1.5 / 6 * (t**2 - 1) * stats.norm.pdf(t)
    assert float(limit_correction(x, p, 2, skew)) == pytest.approx(known, rel=1e-9)


def test_scores_are_means_over_standard_deviations_of_weighted_votes():
    p, n_v, n_s, m_v, m_s, o_v, o_s = 0.7, 3, 9, 2, 12, 1, 4
    for times, found in (
        (2, output_score(p, n_v, n_s, m_v, m_s, o_s)),
        (4, weight_score(p, n_v, n_s, m_v, m_s, o_v, o_s)),
    ):
        weights = np.array([1.0] * (n_s + m_s - 2 * o_s) + [times] * o_s)
        lead = n_v + m_v + (times - 2) * o_v + (1 - p) * weights.sum()
        assert float(found) == pytest.approx(lead / np.sqrt(weights @ weights), rel=1e-14)


def test_the_crossover_by_search():
    p, n_v, n_s = 0.9, 5, 20
    known = []
    for o_s in (0, 1, 2, 5):

        def gain(o_v, o_s=o_s):
            weights = (2 * n_v + 2 * o_v + (1 - p) * 2 * (n_s + o_s)) / np.sqrt(40 + 14 * o_s)
            return weights - (2 * n_v + (1 - p) * 2 * n_s) / np.sqrt(40 + 2 * o_s)

        known.append(optimize.brentq(gain, -1, 40))
    found = [float(crossover(p, n_v, n_s, o)) for o in (0, 1, 2, 5)]
    assert found == pytest.approx(known, abs=1e-9)
    assert found == pytest.approx([0, 0.84, 1.50, 2.88], abs=0.005)


def test_models_apart_gain_the_root_of_their_number():
    one = float(member_score(0.9, 5, 20))
    assert float(member_score(0.9, 4 * 5, 4 * 20)) == pytest.approx(2 * one)
    assert float(output_score(0.9, 5, 20, 5, 20, 0)) == pytest.approx(2**0.5 * one)


def test_random_subsets_by_draws():
    rng, p, picked, pool, K = np.random.default_rng(3), 0.9, 3, 8, 3
    n, right = 100_000, 0
    one, two = (rng.random((n, pool)).argsort(axis=1) < picked for _ in range(2))
    vote = np.where(rng.random((n, pool)) < p, rng.integers(K, size=(n, pool)), 0)
    weight = 1.0 * one + two
    scores = np.stack([(weight * (vote == k)).sum(axis=1) for k in range(K)], axis=1)
    scores[:, 0] += 2
    right = np.mean((scores + 1e-6 * rng.normal(size=scores.shape)).argmax(axis=1) == 0)
    found = float(subset_accuracy(p, K, 2.0, picked, pool))
    assert found == pytest.approx(right, abs=4 * np.sqrt(0.25 / n))
    same = float(vote_accuracy(p, K, 1.0, picked))
    assert float(subset_accuracy(p, K, 2.0, picked, picked)) == pytest.approx(same, abs=1e-13)


def test_accuracy_in_distribution_and_the_bound():
    rng = np.random.default_rng(4)
    z = rng.normal(size=(400_000, 4)) * 0.7
    z[:, 0] += 1
    seen = np.mean(z.argmax(axis=1) == 0)
    assert float(id_accuracy(0.7, 4)) == pytest.approx(seen, abs=4 / 1265)
    assert float(id_accuracy(0.0, 4)) == pytest.approx(1, abs=1e-13)
    assert float(id_accuracy(0.7, 2)) == pytest.approx(stats.norm.cdf(1 / (0.7 * 2**0.5)))
    assert float(flip_bound(0.5, 4)) == pytest.approx(3 * stats.norm.sf(2**0.5), rel=1e-12)
    assert float(flip_bound(0.0, 4)) == 0.0


def test_the_margin_of_smoothed_labels_is_where_the_loss_is_least():
    margins = np.linspace(1, 6, 50_001)
    for e, K in ((0.1, 3), (0.3, 10)):
        logits = np.outer(margins, np.eye(K)[0])
        target = (1 - e) * np.eye(K)[0] + e / K
        losses = special.logsumexp(logits, axis=1) - logits @ target
        best = margins[np.argmin(losses)]
        assert float(smoothed_margin(e, K)) == pytest.approx(best, abs=2e-4)


@pytest.mark.parametrize(("e", "K", "a"), [(0.1, 3, 1.0), (0.0, 2, 0.4), (0.3, 10, 7.0)])
def test_the_margin_of_mixup_is_where_the_loss_is_least(e, K, a):
    """The slope of the cross-entropy over Beta(alpha, alpha), by adaptive quadrature and Brent."""

    def slope(g):
        def mixed(share):
            both = np.array([share, 1 - share, *[0.0] * (K - 2)])
            target = (1 - e) * both + e / K
            gain = (special.softmax(g * both) - target) @ both
            return gain * stats.beta.pdf(share, a, a)

        same = np.eye(K)[0]
        alike = (special.softmax(g * same) - (1 - e) * same - e / K)[0]
        apart = 2 * integrate.quad(mixed, 0, 0.5, epsabs=1e-11, limit=200)[0]
        return alike / K + (1 - 1 / K) * apart

    best = optimize.brentq(slope, 0.1, 20, xtol=1e-12)
    assert float(mixup_margin(e, K, a)) == pytest.approx(best, rel=1e-7)
    near = [mixup_margin(e + step, K, a) for step in (0.0, 1e-6)]
    turn = jax.grad(lambda e: mixup_margin(e, float(K), a))(e)
    assert float(turn) == pytest.approx(float(near[1] - near[0]) * 1e6, rel=1e-3)


def test_scores_of_any_weights():
    """The first uses features 0 .. 19, the second 15 .. 34; two and four votes of the shared."""
    uses = np.zeros((2, 35))
    uses[0, :20] = uses[1, 15:] = 1
    outputs = weighted_score(0.9, 10.0, uses.sum(axis=0))
    averaged = weighted_score(0.9, 10.0 + 2 * 3, uses.sum(axis=0) ** 2)
    assert float(outputs) == pytest.approx(float(output_score(0.9, 5, 20, 5, 20, 5)), rel=1e-13)
    form = float(weight_score(0.9, 5, 20, 5, 20, 3, 5))
    assert float(averaged) == pytest.approx(form, rel=1e-13)
    with pytest.raises(ArgumentError, match="no spurious feature votes"):
        weighted_score(0.9, 5.0, [0.0, 0.0])


def test_votes_have_their_chances():
    p = Params(p=0.6, classes=4)
    u = (np.arange(40_000) + 0.5) / 40_000
    share = np.bincount(np.asarray(votes(stats.norm.ppf(u), p)), minlength=4) / len(u)
    assert share == pytest.approx([0.55, 0.15, 0.15, 0.15], abs=1e-4)
    assert np.asarray(votes(jnp.asarray([-9.0, 9.0]), p.but(p=0.0))).tolist() == [0, 0]


def test_an_image_shows_its_patches_colours():
    p = Params(classes=3, n_v=0, m_v=0, n_s=2, m_s=2, digit=0.5)
    palette, masks = jnp.array([[2, 0, 1], [1, 2, 0]]), jnp.arange(48.0).reshape(3, 16)
    labels, vote = jnp.array([1]), jnp.array([[1, 2]])
    image = np.asarray(images(labels, vote, palette, masks, jnp.zeros((1, 16)), p))[0]
    assert image[:16] == pytest.approx(0.5 * np.asarray(masks)[1])
    assert image[16:].tolist() == [1, 0, 0, 1, 0, 0]  # red is 0 in both palettes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vote_accuracy(1.1, 3, 2.0, 3), "p = 1.1 is outside"),
        (lambda: vote_accuracy(0.5, 1, 2.0, 3), "classes = 1 is outside"),
        (lambda: vote_accuracy(0.5, 3, 2.0, 3, noise=-1.0), "noise = -1 is outside"),
        (lambda: member_score(0.5, 2, 2.5), "not a whole number"),
        (lambda: member_score(0.5, 2, 0), "without spurious features has no such limit"),
        (lambda: output_score(0.5, 5, 20, 5, 10, 11), "overlap cannot"),
        (lambda: weight_score(0.5, 5, 20, 3, 20, 4, 0), "overlap cannot"),
        (lambda: subset_accuracy(0.5, 3, 2.0, 5, 4), "is above the pool"),
        (lambda: limit_correction(1.0, 0.0, 3, 0.1), "p = 0 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"p": 1.5}, "p = 1.5 is outside"),
        ({"classes": 1}, "classes = 1 is outside"),
        ({"o_v": 3}, "exceeds the smaller model"),
        ({"o_s": 4}, "exceeds the smaller model"),
        ({"sigma": -1.0}, "sigma = -1.0 is outside"),
        ({"scale": 0.0}, "scale = 0.0 is outside"),
        ({"patch": 2}, "does not divide"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)


def test_the_members_of_a_trial_use_as_many_features_as_they_have():
    p = Params(n_v=5, m_v=4, o_v=2, n_s=7, m_s=6, o_s=3)
    first, second, spurious = used(p)
    assert [(x.sum(), (x & spurious).sum()) for x in (first, second)] == [(12, 7), (10, 6)]
    assert (first & second).sum() == 5
