"""Counts from uniform numbers. On a grid of uniforms an outcome's share is its probability."""

import inspect
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from sims import binomials, categories, counts, multinomial

N = 2**14
GRID = (jnp.arange(N) + 0.5) / N
CASES = ((1, 0.3), (10, 0.5), (7, 0.99), (1000, 0.03), (284_807, 0.00172), (40, 0.0), (40, 1.0))


BINOMIALS, MULTINOMIALS = jax.jit(binomials), jax.jit(multinomial)


def test_each_count_takes_its_probability_of_the_unit_interval():
    n, p = (np.array(x, float) for x in zip(*CASES, strict=True))
    drawn = np.asarray(BINOMIALS(GRID[:, None], n, p)).astype(int)
    for column, (trials, share) in zip(drawn.T, CASES, strict=True):
        seen = np.bincount(column)
        # an interval of length q holds N q grid points, give or take one
        assert np.abs(seen - N * stats.binom(trials, share).pmf(np.arange(len(seen)))).max() <= 1
        assert seen.sum() == N


def test_binomials_outside_their_domain_are_nan():
    bad = [(2.5, 0.5), (-1, 0.5), (3, -0.1), (3, 1.1), (3, np.nan), (np.nan, 0.5), (-2, 2)]
    n, p = (np.array(x, float) for x in zip(*bad, strict=True))
    assert np.isnan(BINOMIALS(GRID[:, None], n, p)).all()
    n, p = np.full(7, 3.0), np.full(7, 0.5)
    for outside in (np.nan, -0.1, 1.0):
        assert np.isnan(BINOMIALS(jnp.full((N, 1), outside), n, p)).all()


def test_a_multinomial_fills_the_unit_square_by_its_probabilities():
    p, n, side = np.array([0.2, 0.5, 0.3]), 3, 256
    grid = (np.arange(side) + 0.5) / side
    u = jnp.asarray(np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2))
    drawn = np.asarray(MULTINOMIALS(u, jnp.full(len(u), n), jnp.asarray(p)))
    assert (drawn.sum(1) == n).all()
    for outcome in itertools.product(range(n + 1), repeat=3):
        if sum(outcome) == n:
            seen = (drawn == outcome).all(1).sum()
            # a rectangle of sides a, b holds side^2 a b points, give or take side (a + b) + 1
            assert abs(seen - side**2 * stats.multinomial(n, p).pmf(outcome)) <= 2 * side + 1


def test_a_multinomial_gives_nothing_to_classes_of_probability_zero():
    size = 256**2  # as above: one program
    u = jnp.asarray(np.random.default_rng(0).uniform(size=(size, 2)))
    n = np.arange(size) % 200
    for p, none in (([0.0, 1.0, 0.0], [0, 2]), ([0.3, 0.0, 0.7], [1]), ([0.0, 0.2, 0.8], [0])):
        drawn = np.asarray(MULTINOMIALS(u, jnp.asarray(n), jnp.asarray(p)))
        assert (drawn[:, none] == 0).all()
        assert (drawn.sum(1) == n).all()


def test_categories_take_their_shares_and_counts_are_their_tally():
    p = np.array([0.0, 2.0, 0.0, 1.0, 5.0])
    drawn = np.asarray(categories(GRID, jnp.asarray(p)))
    assert np.abs(np.bincount(drawn, minlength=5) - N * p / 8).max() <= 1
    np.testing.assert_array_equal(counts(GRID, jnp.asarray(p)), np.bincount(drawn, minlength=5))


def test_wrong_shapes_are_refused_by_name():
    with pytest.raises(ValueError, match="multinomial: u has 3 numbers a draw; 3 classes need"):
        inspect.unwrap(multinomial)(jnp.ones(3) / 4, 5, jnp.ones(3) / 3)
    with pytest.raises(ValueError, match=r"counts: u has shape \(2, 2\), not \(n\)"):
        inspect.unwrap(counts)(jnp.ones((2, 2)) / 4, jnp.ones(3) / 3)
