"""Symmetric matrices and series in time, against numpy."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sims import crossing, low_rank, slope, smat, svec, top_eigenpair

FEW = settings(max_examples=8)
SEED = st.integers(0, 10**6)


def symmetric(seed, d):
    g = np.random.default_rng(seed).normal(size=(d, d))
    return jnp.asarray(g + g.T)


@FEW
@given(SEED, st.integers(1, 9))
def test_svec_keeps_inner_products_and_smat_undoes_it(seed, d):
    x, z = symmetric(seed, d), symmetric(seed + 1, d)
    assert float(svec(x) @ svec(z)) == pytest.approx(float(jnp.sum(x * z)))
    np.testing.assert_allclose(smat(svec(x), d), x, rtol=1e-15)


def test_gaussian_matrices_act_as_rows_of_standard_normals():
    a, x = np.random.default_rng(0).normal(size=(4000, 3, 3)), np.asarray(symmetric(1, 3))
    rows = np.asarray(svec(jnp.asarray((a + a.transpose(0, 2, 1)) / 2)))
    assert np.cov(rows.T) == pytest.approx(np.eye(6), abs=0.12)
    np.testing.assert_allclose(rows @ np.asarray(svec(jnp.asarray(x))), (a * x).sum((1, 2)))


@FEW
@given(SEED)
def test_repeated_squaring_finds_the_top_eigenpair(seed):
    c = symmetric(seed, 30).at[0, 0].add(12.0)
    values, vectors = np.linalg.eigh(np.asarray(c))
    value, vector = top_eigenpair(c)
    assert float(value) == pytest.approx(values[-1], rel=1e-9)
    assert abs(float(vector @ vectors[:, -1])) == pytest.approx(1, abs=1e-9)


@FEW
@given(SEED, st.integers(1, 5))
def test_the_low_rank_part_is_the_nearest_matrix_of_its_rank(seed, k):
    x = np.asarray(symmetric(seed, 6))
    kept, values = np.asarray(low_rank(jnp.asarray(x), k)), np.sort(abs(np.linalg.eigvalsh(x)))
    assert np.linalg.matrix_rank(kept, tol=1e-9) == k
    assert np.linalg.norm(x - kept) == pytest.approx(np.linalg.norm(values[: 6 - k]), abs=1e-9)


def test_a_crossing_is_interpolated_and_says_when_it_never_happens():
    t = jnp.arange(10.0)
    values = jnp.stack([jnp.exp(t), 1e-3 * jnp.exp(0.1 * t)], axis=1)
    assert np.asarray(crossing(values, jnp.exp(4.5))) == pytest.approx([4.5, 10.0])


def test_a_slope_is_that_of_least_squares_over_the_points_to_keep():
    rng = np.random.default_rng(0)
    x, y, keep = rng.normal(size=20), rng.normal(size=20), rng.random(20) < 0.6
    found = [float(slope(jnp.asarray(x), jnp.asarray(y), k)) for k in (True, keep, x > 100)]
    some = np.polyfit(x[keep], y[keep], 1)[0]
    assert found == pytest.approx([np.polyfit(x, y, 1)[0], some, 0.0])
