"""Members of any weights by every vote, best weights by searches, weights of samples by draws."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, special, stats

from theory import ArgumentError, ParameterError
from theory.spurious_features import (
    Pattern, best_scale, best_score, member_score, members_accuracy, output_score, sampled_scale,
    vote_accuracy,
)  # fmt: skip
from theory.spurious_features.members import THREE, averaged, best_three, outputs, weighted
from theory.spurious_features.params import EXAMPLE, Params
from theory.spurious_features.unequal import sampled_member

PAIR = Pattern(((1, 0), (0, 1), (1, 1)), (1, 0, 1), (2, 3, 1))


def every_vote(p, classes, pattern, weights, sigma, square):
    """All votes of all features; the weight of column c on attribute f from the members' own."""
    rows = np.repeat(np.array(pattern.uses), np.add(pattern.invariant, pattern.spurious), axis=0)
    spurious = np.concatenate(
        [[0] * v + [1] * s for v, s in zip(pattern.invariant, pattern.spurious, strict=True)]
    ).astype(bool)
    mean = rows @ weights
    cross = np.outer(mean, mean) if square else (rows * weights) @ rows.T
    own, total = np.diag(cross), 0.0
    for vote in itertools.product(range(classes), repeat=int(spurious.sum())):
        scores = np.bincount(vote, weights=own[spurious], minlength=classes)
        scores[0] += own[~spurious].sum()
        wrong = np.count_nonzero(vote)
        chance = (p / classes) ** wrong * (1 - p + p / classes) ** (len(vote) - wrong)
        if sigma:
            u, s = np.linspace(-8, 8, 801), sigma * np.sqrt((cross**2).sum())
            below = special.ndtr(u + ((scores[0] - scores[1:]) / s)[:, None]).prod(axis=0)
            total += chance * np.trapezoid(stats.norm.pdf(u) * below, u)
        else:
            best = scores >= scores.max() - 1e-9
            total += chance * best[0] / best.sum()
    return total


@pytest.mark.parametrize(("sigma", "classes"), [(0.0, 3), (0.2, 3), (0.3, 2)])
@pytest.mark.parametrize(("of", "square"), [(outputs, False), (averaged, True)])
def test_members_of_any_weights_are_every_vote_counted(sigma, classes, of, square):
    weights = np.array([1.0, 0.7])
    found = members_accuracy(0.8, classes, PAIR, weights, sigma, of)
    known = every_vote(0.8, classes, PAIR, weights, sigma, square)
    assert float(found) == pytest.approx(known, abs=1e-9)


def test_equal_members_are_the_sum_over_two_groups():
    both = Pattern(((1, 0), (0, 1), (1, 1)), (1, 1, 1), (3, 3, 2))
    for of, lead, times, s in ((outputs, 4, 2.0, 116**0.5), (averaged, 6, 4.0, 20)):
        # n = 7, o = 3: n^2 + m^2 + 2 o^2 = 116, n + m + 2 o = 20
        for sigma in (0.0, 0.15):
            found = float(members_accuracy(0.9, 3, both, (1.0, 1.0), sigma, of))
            known = float(vote_accuracy(0.9, 3, lead, 6, 2, times, noise=sigma * s))
            assert found == pytest.approx(known, abs=1e-11)


def test_slopes_in_the_members_weights_are_differences():
    def at(p, a, sigma):
        return members_accuracy(p, 3, PAIR, a, sigma)

    a, step = jnp.array([1.0, 0.7]), 1e-5
    slopes = jax.grad(at, (0, 1, 2))(0.8, a, 0.2)
    for i in range(2):
        apart = at(0.8, a.at[i].add(step), 0.2) - at(0.8, a.at[i].add(-step), 0.2)
        assert float(slopes[1][i]) == pytest.approx(float(apart) / (2 * step), rel=1e-6)
    assert np.isfinite([float(jax.grad(at)(p, a, 0.2)) for p in (0.0, 1.0)]).all()
    assert float(jnp.vdot(slopes[1], a)) == pytest.approx(0.0, abs=1e-12)  # their scale is nothing


def test_the_best_weight_of_the_second_member_is_a_searchs():
    p, n_v, n_s, m_v, m_s, o_s = 0.8, 4, 9, 2, 14, 3

    def score(t):
        lead = n_v + (1 - p) * n_s + t * (m_v + (1 - p) * m_s)
        return lead / np.sqrt(n_s - o_s + t**2 * (m_s - o_s) + (1 + t) ** 2 * o_s)

    found = optimize.minimize_scalar(lambda t: -score(t), bounds=(0, 5), method="bounded",
                                     options={"xatol": 1e-10})  # fmt: skip
    assert float(best_scale(p, n_v, n_s, m_v, m_s, o_s)) == pytest.approx(found.x, abs=1e-7)
    assert float(best_score(p, n_v, n_s, m_v, m_s, o_s)) == pytest.approx(score(found.x), rel=1e-13)
    assert score(1.0) == pytest.approx(float(output_score(p, n_v, n_s, m_v, m_s, o_s)))
    one, two = (float(member_score(p, *member)) for member in ((n_v, n_s), (m_v, m_s)))
    assert float(best_score(p, n_v, n_s, m_v, m_s, 0)) == pytest.approx(np.hypot(one, two))


def test_the_best_weights_of_three_members_are_a_searchs():
    rows = np.repeat(np.array(THREE.uses), THREE.spurious, axis=0)
    stable = np.repeat(np.array(THREE.uses), THREE.invariant, axis=0)
    for p in (0.3, 0.9):

        def score(a, p=p):
            votes = rows @ np.array([1.0, *a])
            lead = (stable @ np.array([1.0, *a])).sum() + (1 - p) * votes.sum()
            return lead / np.linalg.norm(votes)

        found = optimize.minimize(lambda a: -score(a), [0.5, 0.5], method="BFGS", tol=1e-12)
        assert np.asarray(best_three(Params(p=p)))[1:] == pytest.approx(found.x, abs=1e-5)
        a = jnp.array([1.0, 0.3, 0.8])
        assert float(weighted(Params(p=p), a)) == pytest.approx(score(a[1:]), rel=1e-12)


def test_many_features_want_that_weight_exactly():
    """Among weights of the exact accuracy too: (3, 4) and (1, 16) at p = .9, where it is 13/68."""
    two = Pattern(((1, 0), (0, 1)), (3, 1), (4, 16))
    t = float(best_scale(0.9, 3, 4, 1, 16, 0))
    assert t == pytest.approx(13 / 68)
    at = {s: float(members_accuracy(0.9, 3, two, (1.0, s))) for s in (0.0, 0.08, t, 0.4, 1.0)}
    assert max(at, key=lambda s: at[s]) == t
    assert at[1.0] < at[0.0] < at[t] - 0.005


def test_weights_of_few_samples_by_draws():
    p, rng, n = EXAMPLE.but(sigma=0.2, samples=2.0, classes=3), np.random.default_rng(0), 20_000
    K, used, features = 3, 5, 10
    vote = np.where(rng.random((n, used)) < p.p, rng.integers(K, size=(n, used)), 0)
    vote[:, :2] = 0
    seen = p.sigma * used**0.5 * rng.normal(size=(n, features, K))  # the sum of five columns
    for j in range(used):
        seen[np.arange(n), j, vote[:, j]] += 1
    logits = np.empty((n, K))
    for k in range(K):
        mean = p.sigma * (used / 2) ** 0.5 * rng.normal(size=(n, features, K))
        mean[:, :used, k] += 1
        logits[:, k] = np.einsum("nfk,nfk->n", mean, seen)
    right = np.mean(logits.argmax(axis=1) == 0)
    assert float(sampled_member(p)) == pytest.approx(right, abs=0.004 + 4 * 0.5 / n**0.5)


def test_the_best_weight_with_samples_is_a_searchs():
    p, members, sigma, N = 0.7, (3, 4, 1, 16), 0.15, 3.0

    def score(t):
        square = 0.0
        for weight, (v, s) in ((1.0, members[:2]), (t, members[2:])):
            noise = (v + s) ** 2 * (1 + (1 + sigma**2 * 2 * sum(members)) / N)
            square += weight**2 * (p * (2 - p) * s + 2 * sigma**2 * noise)
        return (3 + 0.3 * 4 + t * (1 + 0.3 * 16)) / np.sqrt(square)

    found = optimize.minimize_scalar(lambda t: -score(t), bounds=(0, 5), method="bounded",
                                     options={"xatol": 1e-10})  # fmt: skip
    assert float(sampled_scale(p, *members, sigma, N)) == pytest.approx(found.x, abs=1e-7)
    calm = float(sampled_scale(p, *members, 0.0, N))
    assert calm == pytest.approx(float(best_scale(p, *members, 0)), rel=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: members_accuracy(1.2, 3, PAIR, (1.0, 1.0)), "p = 1.2 is outside"),
        (lambda: members_accuracy(0.5, 3, PAIR, (1.0, 1.0, 1.0)), "weights"),
        (lambda: members_accuracy(0.5, 3, PAIR._replace(spurious=(1, 2)), (1.0, 1.0)), "a row of"),
        (lambda: members_accuracy(0.5, 3, PAIR._replace(spurious=(40,) * 3), (1.0, 1.0)), "ways"),
        (lambda: members_accuracy(0.5, 3, PAIR, (1.0, 1.0), -0.1), "sigma = -0.1 is outside"),
    ],
)
def test_bad_patterns_are_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_members_that_have_no_best_weight_are_refused():
    with pytest.raises(ArgumentError, match="leaves the first member no weight"):
        best_scale(1.0, 0, 4, 1, 16, 0)
    with pytest.raises(ArgumentError, match="use the same features"):
        best_score(0.9, 3, 4, 3, 4, 4)
