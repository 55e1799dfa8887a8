"""Arrays cut from one draw, gammas and Dirichlet points: their laws by scipy."""

import inspect

import jax
import numpy as np
import pytest
from scipy import stats

from sims import GAMMA_ROWS, dirichlet, log_gammas, normals, uniforms

LEVEL = 1e-6  # of every test of a law in this folder, at a fixed seed
KEY = jax.random.key(20)


def test_pieces_are_disjoint_cuts_of_one_draw():
    z, w, one = normals(KEY, z=(2, 3), w=4, one=())
    assert (z.shape, w.shape, one.shape) == ((2, 3), (4,), ())
    flat = np.concatenate([np.ravel(z), w, [one]])
    np.testing.assert_array_equal(flat, jax.random.normal(KEY, (11,)))


def test_normals_and_uniforms_have_their_laws():
    (z,) = normals(KEY, z=(5000,))
    u, v = uniforms(KEY, u=(2500,), v=(2500,))
    assert stats.kstest(z, "norm").pvalue > LEVEL
    assert stats.kstest(np.concatenate([u, v]), "uniform").pvalue > LEVEL
    assert abs(np.corrcoef(u, v)[0, 1]) < 4.9 / 50


@pytest.mark.parametrize("shape", [-1, (2, -3), (2.0,), "ab"])
def test_what_is_no_shape_is_refused_by_name(shape):
    # unwrapped: the checker of annotations that tests run under would speak first
    with pytest.raises(ValueError, match=r"normals: z = .* is not a shape"):
        inspect.unwrap(normals)(KEY, z=shape)


GAMMAS = jax.jit(log_gammas)


def test_gammas_have_their_law_from_tiny_to_large_shapes():
    a = np.array([0.01, 0.3, 1.0, 2.5, 300.0])
    (z,) = normals(KEY, z=(GAMMA_ROWS, 5, 4000))
    drawn = GAMMAS(z, a[:, None])
    for shape, values in zip(a, np.asarray(drawn), strict=True):
        assert stats.kstest(values, stats.loggamma(shape).cdf).pvalue > LEVEL, shape


def test_a_shape_of_gammas_outside_its_domain_gives_nan():
    (z,) = normals(KEY, z=(GAMMA_ROWS, 5, 4000))
    got = GAMMAS(z, np.array([-1.0, 0.0, np.nan, 1.0, 2.0])[:, None])
    np.testing.assert_array_equal(np.isnan(got[:, 0]), [True, True, True, False, False])
    with pytest.raises(ValueError, match="log_gammas: z has 3 rows, not GAMMA_ROWS = 26"):
        log_gammas(z[:3], 1.0)


def test_dirichlet_coordinates_are_betas():
    a = np.array([0.2, 1.0, 3.0])
    (z,) = normals(KEY, z=(GAMMA_ROWS, 4000, 3))
    points = np.asarray(jax.jit(dirichlet)(z, a))
    np.testing.assert_allclose(points.sum(1), 1, rtol=1e-14)
    for i in range(3):
        law = stats.beta(a[i], a.sum() - a[i])
        assert stats.kstest(points[:, i], law.cdf).pvalue > LEVEL
