"""Prototypes in all d dimensions, recalls by test points, weights by search, a peer's rule."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn.neighbors import NearestCentroid

from sims import simulate
from theory import ArgumentError, ParameterError
from theory.prototype_calibration import (
    Params, attenuated_weights, balanced_recall, balanced_weight, best_cosine_weight, best_weight,
    calibrated_mse, calibration_gain, cosine_recalls, critical_cosine_shots, critical_shots,
    donor_recalls, donor_weights, effective_dimension, equal_recall_weight, estimated_recalls,
    exact_recalls, gram_recalls, inflation, james_stein_bound, james_stein_risk, mixture_recalls,
    pair_auc, rival_recalls,
)  # fmt: skip
from theory.prototype_calibration.cosines import arguments
from theory.prototype_calibration.mixtures import all_bases, flattened
from theory.prototype_calibration.params import EVEN, SHARP

Phi = stats.norm.cdf
LENGTH, NOISE, COSINE = 5 / 0.7, 51.2, 0.6


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def frame(cosines, between):
    """Unit vectors in rows: the new class's, then the bases'."""
    count = len(cosines)
    gram = np.full((count + 1, count + 1), between)
    gram[0, 1:] = gram[1:, 0] = cosines
    np.fill_diagonal(gram, 1)
    return np.linalg.cholesky(gram)


def test_recalls_of_the_moved_prototype_by_a_peer_on_points():
    rng, (d, k, a, gap) = np.random.default_rng(0), (60, 5, 0.4, 3.0)
    rival = np.zeros(d)
    rival[0] = -gap
    seen = np.zeros(2)
    for _ in range(80):
        raw = rng.normal(size=(k, d)).mean(axis=0)
        prototypes = np.stack([(1 - a) * raw + a * rival, rival])
        spread = rng.normal(size=(1, d))  # the peer wants some spread within its classes
        train = np.concatenate([prototypes - spread, prototypes + spread])
        peer = NearestCentroid().fit(train, [0, 1, 0, 1])
        for row, mean in enumerate((np.zeros(d), rival)):
            seen[row] += np.mean(peer.predict(mean + rng.normal(size=(100, d))) == row) / 80
    found = [float(x) for x in exact_recalls(gap, d, k, a)[:2]]
    spread_of_recalls = np.sqrt(0.1**2 / 80 + 0.25 / 8000)
    assert seen == pytest.approx(found, abs=5 * spread_of_recalls)


@pytest.mark.parametrize(("d", "shots", "weight"), [(100, 5.0, 0.0), (12, 2.0, 0.5)])
def test_exact_recalls_by_gauss_rules(d, shots, weight):
    gap = 3.0

    z, normal = special.roots_hermitenorm(60)
    x, gamma = special.roots_genlaguerre(60, (d - 1) / 2 - 1)
    weights = np.outer(normal / normal.sum(), gamma / gamma.sum())
    g = (gap + z / shots**0.5)[:, None]
    length, kept = np.sqrt(g * g + 2 * x / shots), 1 - weight
    places = (gap * g / length - kept * length / 2, kept * length / 2, gap * g / length / 2**0.5)
    found = [np.sum(weights * Phi(place)) for place in places]
    assert [float(v) for v in exact_recalls(gap, d, shots, weight)] == pytest.approx(
        found, abs=1e-6
    )


def test_limit_forms_at_the_checks():
    assert [float(x) for x in rival_recalls(3, 20, 0)] == pytest.approx(
        [0.15355, 0.99645], abs=5e-6
    )
    assert [float(x) for x in rival_recalls(3, 20, 0.4)] == pytest.approx(
        [0.52221, 0.94690], abs=5e-6
    )
    assert [float(x) for x in donor_recalls(3.5, 40, 0.6, 2.08, -0.8)] == pytest.approx(
        [0.73790, 0.97738], abs=5e-6
    )
    assert float(critical_shots(3.0, 400)) == pytest.approx(400 / 9)
    assert float(critical_cosine_shots(LENGTH, 256, 0.6)) == pytest.approx(2.8224)
    assert float(pair_auc(3, 20)) == pytest.approx(Phi(9 / np.sqrt(58)), rel=1e-12)
    assert float(inflation(3.0, 16.0)) == pytest.approx(0.6, rel=1e-12)
    assert float(calibrated_mse(40, 2.08, 0.6)) == pytest.approx(0.16 * 40 + 0.36 * 2.08)


def test_the_best_weight_by_search_is_that_of_least_error():
    def lost(a):
        return -np.mean([float(x) for x in rival_recalls(3.0, 20.0, a)])

    found = optimize.fminbound(lost, 0, 1, xtol=1e-8)
    assert float(best_weight(20.0, 9.0)) == pytest.approx(found, abs=1e-5)
    assert float(balanced_recall(3.0, 20.0)) == pytest.approx(-lost(found), rel=1e-9)
    assert float(calibration_gain(3.0, 20.0)) == pytest.approx(lost(0) - lost(found), rel=1e-9)


def test_estimated_base_prototypes_by_points_and_search():
    rng, (d, k, n, a, gap) = np.random.default_rng(1), (400, 20, 40, 0.3, 3.0)
    noise = rng.normal(size=(2, 4000, d)) / np.sqrt([[[k]], [[n]]])
    rival = np.zeros(d)
    rival[0] = -gap
    base = rival + noise[1]
    moved = (1 - a) * noise[0] + a * base
    length = np.linalg.norm(moved - base, axis=1)
    new = ((base**2).sum(axis=1) - (moved**2).sum(axis=1)) / (2 * length)
    own = (((moved - rival) ** 2).sum(axis=1) - ((base - rival) ** 2).sum(axis=1)) / (2 * length)
    found = [float(x) for x in estimated_recalls(gap, d / k, d / n, a)]
    assert [Phi(new).mean(), Phi(own).mean()] == pytest.approx(found, abs=2 / d + 0.003)

    def lost(a):
        return -np.mean([float(x) for x in estimated_recalls(gap, 20.0, 10.0, a)])

    best = optimize.fminbound(lost, 0, 1, xtol=1e-8)
    assert float(balanced_weight(gap, 20.0, 10.0)) == pytest.approx(best, abs=1e-5)
    assert float(balanced_weight(gap, 20.0, 20.0)) == 0.0


def test_james_stein_by_simulation_and_its_digits():
    assert float(james_stein_risk(16, 0.4, 2.0)) == pytest.approx(2.162613, abs=5e-7)
    assert float(james_stein_bound(16, 0.4, 2.0)) == pytest.approx(2.273684, abs=5e-7)
    rng = np.random.default_rng(2)
    e = rng.normal(size=(40_000, 16)) * 0.4**0.5
    b = np.sqrt(2.0 / 16)
    weight = 14 * 0.4 / ((e - b) ** 2).sum(axis=1, keepdims=True)
    loss = (((1 - weight) * e + weight * b) ** 2).sum(axis=1)
    near = 5 * loss.std() / np.sqrt(len(loss))
    assert loss.mean() == pytest.approx(2.162613, abs=near)
    slope = jax.grad(james_stein_risk, 2)(16.0, 0.4, 0.0)
    ahead = (james_stein_risk(16, 0.4, 1e-4) - james_stein_risk(16, 0.4, 0.0)) / 1e-4
    assert float(slope) == pytest.approx(float(ahead), rel=1e-4)


@pytest.mark.parametrize("weight", [0.0, 0.1, 0.3, 0.9])
def test_cosine_recalls_are_those_of_unit_vectors(weight):
    """Three vectors with the limit's cosines: c, the rival, the new class's own direction."""
    h = LENGTH / np.sqrt(LENGTH**2 + NOISE)
    own, rival = frame([COSINE], 0.0)
    own, rival = np.append(own, 0), np.append(rival, 0)
    c = h * own + np.sqrt(1 - h * h) * np.eye(3)[2]
    moved = unit((1 - weight) * c + weight * rival)
    w = moved - rival
    by_hand = LENGTH * np.array([w @ own, -w @ rival]) / np.linalg.norm(w)
    found = [float(x) for x in arguments(LENGTH, NOISE, weight, COSINE)]
    assert found == pytest.approx(list(by_hand), rel=1e-9)
    recalls = [float(x) for x in cosine_recalls(LENGTH, NOISE, weight, COSINE)]
    assert recalls == pytest.approx(list(Phi(by_hand)), rel=1e-12)
    m = (np.linalg.norm((1 - weight) * c + weight * rival) - weight) / (1 - weight)
    form = (h - COSINE * m) / np.sqrt(1 + m * m - 2 * h * COSINE * m)
    assert found[0] == pytest.approx(LENGTH * form, rel=1e-9)


def test_the_cosine_recalls_best_and_equal_weights():
    known = {0.0: (0.76071, 0.99994), 0.1: (0.83462, 0.99980), 0.3: (0.94221, 0.99769)}
    for weight, pair in known.items():
        found = [float(x) for x in cosine_recalls(LENGTH, NOISE, weight, COSINE)]
        assert found == pytest.approx(pair, abs=6e-6)

    def lost(a):
        return -np.mean([float(x) for x in cosine_recalls(LENGTH, NOISE, a, COSINE)])

    best = optimize.fminbound(lost, 0, 1, xtol=1e-9)
    assert float(best_cosine_weight(LENGTH, NOISE, COSINE)) == pytest.approx(best, abs=1e-4)
    assert float(best_cosine_weight(LENGTH, NOISE, COSINE)) == pytest.approx(0.45306, abs=6e-6)
    assert float(equal_recall_weight(LENGTH, NOISE, COSINE)) == pytest.approx(0.46984, abs=6e-6)
    assert float(best_cosine_weight(1.0, 20.0, 0.1)) == 0.0  # raw is best
    line = [np.mean([float(x) for x in cosine_recalls(1.0, 20.0, a, 0.1)]) for a in (0, 0.1, 0.5)]
    assert line == sorted(line, reverse=True)


def test_mixtures_are_those_of_unit_vectors():
    cosines, between, weight, tau = np.array([0.5, 0.3, -0.1]), 0.2, 0.4, 6.0
    h = LENGTH / np.sqrt(LENGTH**2 + NOISE)
    rows = np.pad(frame(cosines, between), ((0, 0), (0, 1)))
    own, bases = rows[0], rows[1:]
    c = h * own + np.sqrt(1 - h * h) * np.eye(5)[4]
    shares = np.exp(tau * bases @ c) / np.exp(tau * bases @ c).sum()
    assert np.asarray(attenuated_weights(LENGTH, NOISE, tau, cosines)) == pytest.approx(
        shares, rel=1e-10
    )
    moved = unit((1 - weight) * c + weight * unit(shares @ bases))
    w = moved - bases
    length = np.linalg.norm(w, axis=1)
    new, base = mixture_recalls(LENGTH, NOISE, weight, tau, cosines, between)
    assert np.asarray(new) == pytest.approx(Phi(LENGTH * (w @ own) / length), rel=1e-9)
    assert np.asarray(base) == pytest.approx(Phi(LENGTH * length / 2), rel=1e-9)


def test_softmax_weights_are_flatter_by_their_spread():
    rng, p = np.random.default_rng(3), SHARP
    w = np.asarray(attenuated_weights(p.length, p.noise, p.sharpness, p.cosines))
    scale = p.sharpness / np.sqrt(p.k * (p.length**2 + p.noise))
    logits = np.log(w) + scale * np.sqrt(1 - p.between) * rng.normal(size=(50_000, p.bases))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert shares.mean(axis=0) == pytest.approx(np.asarray(flattened(p)), abs=1.5e-3)
    order = np.array([2, 0, 1])
    cosines = np.array([0.5, 0.1, 0.3])
    permuted = np.asarray(donor_weights(4.0, cosines[order]))
    assert permuted == pytest.approx(np.asarray(donor_weights(4.0, cosines))[order], rel=1e-12)
    assert float(jnp.sum(donor_weights(1000.0, cosines))) == pytest.approx(1, rel=1e-12)


def test_recall_among_all_bases_by_the_orthant():
    p = EVEN
    h = float(inflation(p.length, p.noise))
    rows = np.pad(frame([p.cosine] * p.bases, p.between), ((0, 0), (0, 1)))
    c = h * rows[0] + np.sqrt(1 - h * h) * np.eye(p.bases + 2)[-1]
    moved = unit((1 - p.weight) * c + p.weight * unit(rows[1:].sum(axis=0)))
    rivals = moved - rows[1:]
    low = stats.multivariate_normal(np.zeros(p.bases), rivals @ rivals.T, seed=0)
    assert float(all_bases(p)) == pytest.approx(low.cdf(p.length * rivals @ rows[0]), abs=1e-4)


def test_the_cosine_trial_is_the_full_dimensional_rule():
    p = Params(d=30, k=3, weight=0.3, length=4.0, cosine=0.5, step=0.1, sharpness=5.0, points=4)
    run = simulate("prototype_calibration", p, mode="cosine", trials=2048)
    rng = np.random.default_rng(4)
    rows = np.pad(frame(np.asarray(p.cosines), p.between), ((0, 0), (0, p.d - 5)))
    seen = []
    for _ in range(2048):
        c = unit(p.length * rows[0] + rng.normal(size=p.d) / np.sqrt(p.k))
        weights = np.exp(p.sharpness * rows[1:] @ c)
        weights /= weights.sum()
        moved = unit(0.7 * c + 0.3 * unit(weights @ rows[1:]))
        w = moved - rows[1]
        x = p.length * rows[0] + rng.normal(size=p.d)
        new = Phi(p.length * (w @ rows[0]) / np.linalg.norm(w))
        seen.append([c @ rows[0], weights[0], new, float(x @ moved > (rows[1:] @ x).max())])
    mean, near = np.mean(seen, axis=0), 5 * np.std(seen, axis=0) * np.sqrt(2 / 2048)
    found = [run["own"], run["weights"][:, 0], run["new"][:, 0], run["many"]]
    for value, other, error in zip(mean, found, near, strict=True):
        assert value == pytest.approx(other.mean(), abs=error)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rival_recalls(3.0, 20.0, 1.1), "weight = 1.1 is outside"),
        (lambda: rival_recalls(0.0, 20.0, 0.1), "gap = 0 is outside"),
        (lambda: donor_recalls(3.0, 20.0, 0.1, 1.0, 2.0), "is larger than b itself"),
        (lambda: donor_weights(0.0, [0.1, 0.2]), "sharpness = 0 is outside"),
        (lambda: cosine_recalls(5.0, 20.0, 0.1, 1.0), "cosine = 1 is outside"),
        (lambda: james_stein_risk(2, 0.4, 1.0), "d = 2 is outside"),
        (lambda: james_stein_risk(16, 0.01, 5.0), "is above 400 variances"),
        (lambda: mixture_recalls(5.0, 20.0, 0.1, 4.0, [0.9, 0.9], 0.0), "cosines are inconsistent"),
        (lambda: mixture_recalls(5.0, 20.0, 1.0, 4.0, [0.5, 0.1], 0.0), "weight = 1 is outside"),
        (lambda: gram_recalls(5.0, 9.0, 0.1, 4.0, [0.9, 0.9], [[1, 0], [0, 1]]), "inconsistent"),
        (lambda: gram_recalls(5.0, 9.0, 0.1, 4.0, [0.1, 0.1], [[1, 1], [1, 1]]), "inconsistent"),
        (lambda: effective_dimension(2.0, 5.0), "is above trace"),
        (lambda: exact_recalls(3.0, 100, 0.5, 0.0), "shots = 0.5 is outside"),
        (lambda: inflation(0.0, 1.0), "length = 0 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"k": 0}, "k = 0"),
        ({"weight": 1.5}, "weight = 1.5"),
        ({"cosine": 0.9, "step": 0.0}, "cosines are inconsistent"),
        ({"sharpness": 0.0}, "sharpness = 0"),
        ({"length": 0.0}, "length = 0"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
