"""Input gradients against searches, a linear programme and enumeration."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from theory import ParameterError
from theory.input_gradients import Params, certificate, diffroar, leak_threshold, max_margin


def climb(value, start, steps=500):
    """Random ascent on the unit sphere from each row; the rows it ends at."""
    rng = np.random.default_rng(0)
    x = start / np.linalg.norm(start, axis=1, keepdims=True)
    for step in range(steps):
        y = x + 0.3 * 0.985**step * rng.standard_normal(x.shape)
        y /= np.linalg.norm(y, axis=1, keepdims=True)
        x = np.where((value(y) > value(x))[:, None], y, x)
    return x


@pytest.mark.parametrize(("k", "eps"), [(2, 0.4), (3, 0.2), (3, 0.33), (5, 0.155), (5, 0.3)])
def test_no_searched_neuron_beats_the_certificate_and_some_reach_it(k, eps):
    def value(wb):
        z, b = wb[:, :k] - eps * wb[:, :k].sum(1, keepdims=True), wb[:, k:]
        return (np.maximum(z + b, 0) - np.maximum(b - z, 0)).mean(1) / 4

    found = value(climb(value, np.random.default_rng(1).standard_normal((300, k + 1)))).max()
    assert certificate(k, eps) * (1 - 1e-3) < found <= certificate(k, eps) + 1e-12


def optimum(k, attacks, rounds=8):
    """max over nets of min y f over the attacks: a linear programme with priced neurons."""
    centres = np.concatenate([np.eye(k), -np.eye(k)])
    y = np.repeat([1.0, -1.0], k * len(attacks))
    one = np.ones(len(y))
    x = np.c_[(centres[:, None] + attacks).reshape(-1, k), one]
    neurons = climb(lambda w: w.sum(1), np.random.default_rng(2).standard_normal((60, k + 1)), 0)
    for seed in range(rounds):
        outputs = y[:, None] * np.maximum(x @ neurons.T, 0) / 2
        table, mass = np.c_[-outputs, outputs, one], np.ones(2 * len(neurons))
        ranges = [(0, None)] * len(mass) + [(None, None)]
        best = linprog(np.r_[0 * mass, -1], table, 0 * one, np.r_[mass, 0][None], [1.0], ranges)
        prices = best.ineqlin.marginals * y

        def price(w, prices=prices):
            return abs(np.maximum(w @ x.T, 0) @ prices)

        start = np.r_[neurons, np.random.default_rng(seed).standard_normal((60, k + 1))]
        found = climb(price, start, 250)
        neurons = np.r_[neurons, found[np.argsort(-price(found))[:20]]]
    return -best.fun


def sphere(norm):
    """Attacks of length 1 on three coordinates, -(1, 1, 1) among them."""
    grid = np.array([row for row in itertools.product([-1.0, 0.0, 1.0], repeat=3) if any(row)])
    more = np.r_[grid, np.random.default_rng(0).standard_normal((20, 3))]
    return grid if norm == np.inf else more / np.linalg.norm(more, axis=1, keepdims=True)


@pytest.mark.parametrize("norm", [np.inf, 2])
def test_the_robust_optimum_leaves_the_leaky_net_at_the_threshold_in_either_norm(norm):
    threshold = float(leak_threshold(3))
    for share in (0.97, 1.05):
        eps = share * threshold
        leaky = (1 - 3 * eps) / 2 / np.sqrt(3 + (1 - 3 * eps) ** 2)
        best = optimum(3, eps * 3 ** (1 / norm) * sphere(norm))
        if share < 1:
            assert 0.95 * leaky < best <= leaky + 1e-9
        else:
            assert best > 1.1 * leaky


def test_two_blocks_leak_for_every_budget():
    assert float(leak_threshold(2)) == 0.5
    for eps in (0.0, 0.3, 0.499):
        assert certificate(2, eps) == pytest.approx(float(max_margin(2, eps)), rel=1e-9)


def test_the_papers_condition_is_far_inside_the_threshold():
    for k in range(2, 500):
        assert float(leak_threshold(k)) > 1.29 / (2 * k)  # the paper: .1/d, d = 2k


@pytest.mark.parametrize(("k", "d"), [(3, 6), (4, 4), (2, 5)])
def test_diffroar_is_what_every_order_gives_on_average(k, d):
    """Coordinate 0 is the signal's, 1 to k - 1 are informative, the rest are dead."""
    ranks = {"robust": [0] + [1] * (d - 1), "leaky": [0] * k + [1] * (d - k)}
    ranks["inverted"] = [1] + [0] * (k - 1) + [2] * (d - k)
    places = {"robust": (1, 1), "leaky": (1, k), "inverted": (k, k)}
    for name, rank in ranks.items():
        rows = list(itertools.permutations(range(d)))
        rows = [row for row in rows if [rank[i] for i in row] == sorted(rank)]
        for shown in range(1, d + 1):
            gains = [(0 in row[:shown]) - (0 in row[d - shown :]) for row in rows]
            mean = Fraction(sum(gains), 2 * len(rows))
            assert float(diffroar(d, *places[name], shown)) == pytest.approx(float(mean), abs=1e-15)


def test_an_order_keeps_to_its_coordinates():
    for given, name in (((2, 2, 1, 1), "last"), ((2, 1, 3, 1), "last"), ((2, 1, 1, 3), "shown")):
        with pytest.raises(ParameterError, match=f"diffroar: {name}"):
            diffroar(*given)


def test_bad_input_is_refused_with_its_reason():
    for given, reason in [
        ({"eps": 0.5}, "no net is robust"),
        ({"k": 11}, "k = 11 is above d = 10"),
        ({"shown": 11}, "shown = 11 is above d = 10"),
        ({"subset": 6}, "subset = 6 is above k = 5"),
        ({"width": 9}, "below 2 k = 10"),
    ]:
        with pytest.raises(ParameterError, match=reason):
            Params(**given)
    with pytest.raises(ParameterError, match="above leak_threshold"):
        max_margin(5, 0.16)
