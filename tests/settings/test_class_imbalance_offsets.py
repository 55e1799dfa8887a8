"""The best thresholds by scipy's search: two classes of unequal spread, N of unequal noise."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from theory import ArgumentError
from theory.class_imbalance import (
    best_offsets, best_unequal_offset, offset_recalls, plugin_recalls, unequal_recalls,
)  # fmt: skip


@pytest.mark.parametrize(
    ("gap", "wide", "minor", "major"),
    [(2.0, 2.0, 4.0, 0.1), (2.0, 0.5, 4.0, 0.1), (0.4, 1.3, 0.2, 3.0), (5.0, 0.1, 9.0, 0.0)],
)
def test_the_best_threshold_of_unequal_classes_by_search(gap, wide, minor, major):
    square = gap**2 + wide**2 * minor + major
    bias = wide**2 * minor - major

    def accuracy(t):
        u, v = bias + 2 * t, np.sqrt(square)
        rare, other = (gap**2 - u) / (2 * wide * v), (gap**2 + u) / (2 * v)
        return special.ndtr([rare, other])

    found = float(best_unequal_offset(gap, wide, minor, major))
    grid = np.linspace(-50, 50, 2001)
    top = grid[np.argmax(np.mean(accuracy(grid), axis=0))]
    least = optimize.minimize_scalar(lambda t: -accuracy(t).mean(), method="bounded",
                                     bounds=(top - 0.1, top + 0.1))  # fmt: skip
    assert found == pytest.approx(least.x, abs=2e-5)
    ours = [float(x) for x in unequal_recalls(gap, wide, minor, major, found)]
    assert ours == pytest.approx(accuracy(found), rel=1e-12)


def test_equal_spreads_are_the_known_case():
    both = [float(x) for x in unequal_recalls(2.0, 1.0, 4.0, 0.1, 0.7)]
    assert both == pytest.approx([float(x) for x in plugin_recalls(2.0, 4.0, 0.1, 0.7)], rel=1e-14)
    assert float(best_unequal_offset(2.0, 1.0, 4.0, 0.1)) == pytest.approx(-1.95, rel=1e-14)


def recalls(a, noise, offsets, spreads):
    """By the trapezoidal rule, class by class."""
    v, z = np.sqrt(a * a + np.array(noise)), np.linspace(-9, 9, 721)
    found = []
    for k in range(len(v)):
        beaten = stats.norm.pdf(z) * (z[1] - z[0])
        for j in set(range(len(v))) - {k}:
            own = spreads[k] * v[k] * z + a * a + offsets[k] - offsets[j]
            beaten = beaten * special.ndtr(own / (spreads[k] * v[j]))
        found.append(beaten.sum())
    return np.array(found)


@pytest.mark.parametrize(
    ("noise", "spreads"), [((8.0, 2.0, 0.1), (1.0, 1.0, 1.0)), ((5.0, 0.5, 0.2), (1.4, 0.8, 1.0))]
)
def test_best_offsets_by_search(noise, spreads):
    a = 1.5

    def loss(free):
        return -recalls(a, noise, np.append(free, 0.0), spreads).mean()

    least = optimize.minimize(loss, [0.0, 0.0], method="Nelder-Mead",
                              options={"xatol": 1e-5, "fatol": 1e-13})  # fmt: skip
    found = np.asarray(best_offsets(a, noise, spreads))
    assert found.sum() == pytest.approx(0, abs=1e-12)
    assert found[:2] - found[2] == pytest.approx(least.x, abs=2e-4)
    ours = np.asarray(offset_recalls(a, noise, found, spreads))
    assert ours == pytest.approx(recalls(a, noise, found, spreads), abs=1e-9)
    assert -ours.mean() == pytest.approx(least.fun, abs=1e-9)


def test_two_classes_are_the_closed_form():
    a, minor, major, wide = 1.5, 3.0, 0.2, 1.6
    first, other = np.asarray(best_offsets(a, [wide**2 * minor, major], [wide, 1.0]))
    gap = a * 2**0.5  # of a e_1 and a e_2; the bias is corrected, u = -2 (o_1 - o_2)
    t = float(best_unequal_offset(gap, wide, minor, major))
    u = wide**2 * minor - major + 2 * t
    assert first - other == pytest.approx(-u / 2, rel=1e-7)


def test_bad_numbers_are_refused():
    with pytest.raises(ArgumentError, match="wide = 11 is outside"):
        best_unequal_offset(2.0, 11.0, 1.0, 1.0)
    with pytest.raises(ArgumentError, match="noise"):
        best_offsets(2.0, [1.0, -1.0], [1.0, 1.0])
