"""The count model of the XOR clusters: enumeration, sampled data, its expansion."""

import itertools
import math

import jax
import numpy as np
import pytest
from scipy import stats

from theory import xor_cluster as t
from theory.xor_cluster import AxisCounts
from theory.xor_cluster.accuracy import drift

approx = pytest.approx


MODEL = np.array([  # n, eta, means at t = 2, 3, ..., 6 of 12,000 draws of the count model
    (64, 0.0, 0.7643, 0.7431, 0.7837, 0.7989, 0.8219),
    (100, 0.1, 0.7490, 0.7312, 0.7629, 0.7846, 0.7991),
    (500, 0.15, 0.7465, 0.7794, 0.8173, 0.8382, 0.8517),
    (2000, 0.1, 0.7387, 0.8591, 0.8872, 0.9040, 0.9155),
    (20_000, 0.02, 0.7285, 0.9521, 0.9648, 0.9720, 0.9770),
]).T  # fmt: skip


@pytest.mark.parametrize("time", [2, 3, 6])
def test_the_accuracy_curve_is_that_of_the_count_model(time):
    n, eta = MODEL[:2]
    reach = np.where(n * (1 - 2 * eta) ** 2 >= 240, 0.01, 0.02)
    assert (np.abs(t.mean_accuracy(n, eta, time) - MODEL[time]) < reach).all()


def enumerated(counts):
    """y f at +mu and -mu at all times, and the growth of own-axis neurons, D != 0 only, by
    enumerating all activation counts."""
    b = AxisCounts(*np.array(list(itertools.product(*(range(size + 1) for size in counts)))).T)
    weight = math.prod(stats.binom.pmf(k, size, 0.5) for size, k in zip(counts, b, strict=True))
    V = [[t.projection(time, AxisCounts(*counts), b, side) for side in (1, 0)] for time in TIMES]
    relu = np.maximum(np.stack([V, np.negative(V)], 2), 0) @ weight  # (time, axis, side)
    sigma = np.sign(b.difference)
    growth = (sigma * (V[2][0] - V[1][0])) @ weight / (sigma**2 @ weight)
    return relu[:, 0] - relu[:, 1], growth


TIMES = (1, 2, 3, 4)
of_three = jax.jit(lambda counts: t.center_outputs(50, counts, TIMES))  # arrays of three axes


def test_the_count_model_by_enumeration_of_activation_counts():
    n = 50
    every = np.array([(14, 11, 2, 1), (5, 6, 7, 6), (12, 12, 0, 0)])
    columns = AxisCounts(*(1.0 * every.T))
    model = np.asarray(of_three(columns))
    exact, growth = map(np.array, zip(*map(enumerated, every.tolist()), strict=True))
    assert np.asarray(jax.jit(lambda c: t.growth_given(n, c))(columns)) == approx(growth)
    np.testing.assert_allclose(model[:, 0], exact[:, 0], atol=1e-12)
    # later times average a rectified hypergeometric as a Gaussian: small beside the growth n/8
    np.testing.assert_allclose(model, exact, atol=1e-3 * n / 8)
    back = np.asarray(of_three(columns.mirrored))
    np.testing.assert_allclose(model, back[..., ::-1], atol=1e-12)
    share = jax.jit(lambda counts: t.aligned_fraction(n, counts))
    assert np.asarray(share(columns) + share(columns.mirrored)) == approx(1, abs=1e-12)
    tails = jax.jit(lambda tau: t.aligned_tail(n, columns, tau))
    law, second = stats.binom(every.sum(1), 0.5), every[:, 1] + every[:, 2]
    for tau in (0.0, 2.5):
        tail = np.asarray(tails(tau))
        assert tail == approx(law.sf(np.floor(second + tau)), abs=1e-12)


def test_growth_over_data_and_given_the_imbalance():
    n, eta, draws, rng = 1000, 0.1, 6000, np.random.default_rng(5)
    rows = rng.multinomial(n, [0.225, 0.225, 0.025, 0.025, 0.5], size=draws)[:, :4]
    decided = 1 - stats.binom.pmf(rows[:, 1] + rows[:, 2], rows.sum(1), 0.5)
    grown = np.asarray(jax.jit(lambda c: t.growth_given(n, c))(AxisCounts(*(1.0 * rows.T))))
    exact, error = float(t.feature_growth_exact(n, eta)), 5 * grown.std() / math.sqrt(draws)
    assert grown @ decided / decided.sum() == approx(exact, abs=error)
    assert float(t.feature_growth(n, eta)) == approx(exact, abs=0.5)
    z = np.abs(rows @ [1, -1, -1, 1]) / 2 / math.sqrt(n / 8)
    near = grown[np.abs(z - stats.norm.ppf(0.75)) < 0.1]
    error = 5 * near.std() / math.sqrt(len(near))
    assert near.mean() == approx(float(t.feature_growth_typical(n, eta)), abs=error + 0.5)


def test_the_expansion_is_the_count_model_at_the_mean_counts_of_an_imbalance():
    n, eta, e = 40_000, 0.2, np.array([-150.0, -50.0, 0.0, 50.0, 100.0])
    counts = AxisCounts((1 - eta) * (n / 4 + e), (1 - eta) * (n / 4 - e), eta * (n / 4 - e),
                        eta * (n / 4 + e))  # fmt: skip
    model = np.asarray(t.center_outputs(n, counts, (3, 6)))[:, :, 0] / (n / 8)
    for found, time in zip(model.T, (3, 6), strict=True):
        exact = np.asarray(drift(e / math.sqrt(n / 8), n, eta, time)[0])
        assert found == approx(exact, abs=12 / n)  # the order beyond sqrt(n)


def test_traced_counts_outside_give_nan_and_leave_the_others():
    rows = [(14.0, 11.0, 2.0, 1.0), (40.0, 11.0, 2.0, 1.0), (math.nan, 1.0, 1.0, 1.0)]
    counts = AxisCounts(*np.array(rows).T)
    values = np.asarray(of_three(counts))
    assert np.isfinite(values[0]).all()
    assert np.isnan(values[1:]).all()
