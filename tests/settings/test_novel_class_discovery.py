"""Projections by Monte Carlo and roots, components from dense data, thresholds by search."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import linalg, optimize, stats

from sims.novel_class_discovery import freedom, reduced, top
from theory import ArgumentError, ParameterError
from theory.novel_class_discovery import (
    Params, accuracy, blind_accuracy, captured, component_signal, known_classes_needed,
    labels_needed, needed_share, spiked_root,
)  # fmt: skip

HERE = (1.5, 400.0, 800.0, 80.0)  # l, d, n, r


def test_the_share_captured_solves_the_two_trace_equations():
    for p, r, d, labels in ((10, 20, 100, 40.0), (40, 20, 100, 40.0), (20, 40, 200, 20.0)):
        x = labels / r

        def trace(k, x=x, p=p, r=r, d=d):
            return r * (1 + x) / (1 + x + k) + (d - r) / (1 + k) - p

        k = optimize.brentq(trace, 1e-12, 1e6, xtol=1e-14)
        found = float(captured(p, r, d, labels))
        assert found == pytest.approx((1 + x) / (1 + x + k), rel=1e-10)


def test_the_share_captured_by_projecting_random_directions():
    rng, (p, r, d, labels) = np.random.default_rng(0), (40, 20, 100, 40.0)
    shares = []
    for _ in range(400):
        rows = rng.normal(size=(p, d))
        rows[:, :r] += np.sqrt(labels / r) * rng.normal(size=(p, r))
        frame = np.linalg.qr(rows.T)[0]
        shares.append(np.sum(frame[:r] ** 2) / r)  # mu isotropic in the subspace
    assert np.mean(shares) == pytest.approx(float(captured(p, r, d, labels)), rel=1 / p)


def test_the_share_captured_at_its_ends():
    assert float(captured(10, 20, 100, 0.0)) == pytest.approx(0.1, rel=1e-14)
    assert float(captured(10, 20, 100, 1e18)) == pytest.approx(0.5, rel=1e-12)
    assert float(captured(30, 20, 100, 1e18)) == pytest.approx(1.0, rel=1e-12)
    assert float(captured(100, 20, 100, 7.0)) == pytest.approx(1.0, rel=1e-14)
    slope = float(jax.grad(captured, 3)(10.0, 20.0, 100.0, 0.0))
    ahead = (float(captured(10, 20, 100, 1e-4)) - 0.1) / 1e-4
    assert slope == pytest.approx(ahead, rel=1e-4)


@pytest.mark.parametrize(
    ("l", "d", "n", "r", "known"),
    [(1.5, 400, 800, 80, 53.3333), (1.21, 800, 1600, 160, 91.6418), (1.5, 400, 100, 80, 28.4444)],
)
def test_the_number_of_known_classes_by_search(l, d, n, r, known):  # noqa: E741
    def gain(p):
        def signal(x, g):
            return max(x * x - g, 0) / (x + g)

        return signal(l * p / r, p / n) - signal(l, d / n) - 1e-13

    found = float(known_classes_needed(l, d, n, r))
    assert found == pytest.approx(optimize.brentq(gain, 1, r), rel=1e-6)
    assert found == pytest.approx(known, abs=5e-5)


def test_labels_needed_at_the_checks_and_where_none_suffice():
    known = np.array([40.0, 60.0, 80.0, 120.0, 200.0])
    share = np.asarray(needed_share(*HERE[:3], known))
    assert share[1:] == pytest.approx([0.67581, 0.70204, 0.75, 0.83333], abs=5e-6)
    needed = np.asarray(labels_needed(*HERE, known))
    assert np.isinf(needed[0])
    assert needed[1:] == pytest.approx([8745.38, 2261.86, 960, 480], rel=1e-5)
    assert np.isfinite(float(jax.grad(labels_needed)(1.5, 400.0, 800.0, 80.0, 40.0)))


def test_the_least_budget_that_pays_is_ninety_four_thousand():
    known = np.arange(54.0, 400.0)
    budget = (known + 1) * np.asarray(labels_needed(*HERE, known))
    assert budget.min() == pytest.approx(94_141.7, abs=0.1)
    assert known[budget.argmin()] == 279
    # at p -> d the labels have a limit: r (1 - d f')/(f' (d - r)), f' = (1 + S)/(n l (2 l - S))
    s, (l, d, n, r) = 0.875, HERE  # noqa: E741
    slope = (1 + s) / (n * l * (2 * l - s))
    end = r * (1 - d * slope) / (slope * (d - r))
    assert float(labels_needed(*HERE, 399.0)) == pytest.approx(end, rel=5e-3)


@pytest.mark.parametrize(("n", "d"), [(8, 12), (12, 8), (3, 3), (2, 5)])
def test_the_continued_fraction_finds_the_top_eigenvector(n, d):
    rng = np.random.default_rng(n)
    m, k = min(n + 1, d), min(n, d)
    degrees = freedom(n, d)
    assert (degrees > 0).all()
    assert len(degrees) == k + m - 1
    chi, first = rng.chisquare(degrees), 3.0
    diagonal, squares = reduced(jnp.asarray(chi), first, n, d)
    on = np.sqrt(np.append(chi[0] + first**2, chi[1:k]))
    bidiagonal = np.zeros((k, m))
    bidiagonal[np.arange(k), np.arange(k)] = on
    bidiagonal[np.arange(m - 1), np.arange(1, m)] = np.sqrt(chi[k:])
    values, vectors = linalg.eigh(bidiagonal.T @ bidiagonal)
    value, cos2 = top(diagonal, squares)
    assert float(value) == pytest.approx(values[-1], rel=1e-10)
    assert float(cos2) == pytest.approx(vectors[0, -1] ** 2, rel=1e-7)


def test_the_seen_signal_of_dense_data_and_its_transition():
    rng, (l, d, n) = np.random.default_rng(1), (1.0, 60, 480)  # noqa: E741
    found = []
    for _ in range(30):
        x = rng.normal(size=(n, d))
        x[:, 0] += np.sqrt(l) * np.where(np.arange(n) % 2, 1, -1)
        values, vectors = np.linalg.eigh(x.T @ x / n)
        found.append((stats.norm.cdf(np.sqrt(l) * abs(vectors[0, -1])), np.sqrt(values[-1])))
    right, root = np.mean(found, axis=0)
    assert right == pytest.approx(float(accuracy(l, d / n)), abs=4 / n)
    assert root == pytest.approx(float(spiked_root(l, d / n)), abs=12 / n)
    assert float(component_signal(0.5, 0.25)) == 0.0 == float(jax.grad(component_signal)(0.5, 0.25))
    assert float(accuracy(0.5, 0.25)) == 0.5
    assert float(spiked_root(0.3, 0.25)) == 1.5
    assert float(blind_accuracy(0.2, 256, 512)) == pytest.approx(0.51359, abs=5e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: captured(10, 200, 100, 1.0), "is above d"),
        (lambda: captured(0.5, 20, 100, 1.0), "p = 0.5 is outside"),
        (lambda: captured(10, 20, 100, -1.0), "labels = -1 is outside"),
        (lambda: labels_needed(1.5, 400, 800, 80, 400), "is above d - 1"),
        (lambda: accuracy(0.0, 0.5), "signal = 0 is outside"),
        (lambda: blind_accuracy(1.0, 100, 200), "is not below sqrt"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"r": 500}, "is above d = 400"),
        ({"p": 400}, "is above d - 1"),
        ({"p": 30}, "leaves no known direction"),
        ({"n": 1}, "n = 1 is outside"),
        ({"budget": 0.0}, "budget = 0"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
