"""Robust matrix recovery: the simulation against slow and obvious code, and its invariances."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from sims import normals, svec
from sims.sign_rip import recover, subgm
from sims.sign_rip.measure import direction, draw, noise_of, padded, spectral_matrix, start_of
from sims.sign_rip.subgm import constant, descend, descend_mixed, errors, geometric, step, trace
from tests.settings.test_sign_rip import LAWS, noisy
from theory import ParameterError
from theory.sign_rip import Params, eigenvalues

TINY = Params(d=4, rank=2, search_rank=3, m=30, p=0.2, law="gaussian", alpha=0.1)
ESCAPED = Params(d=6, rank=1, search_rank=6, m=150, p=0.2, law="gaussian", alpha=1e-14)


def data(params=TINY, seed=0):
    """A data set and its start."""
    drawn = draw(jax.random.key(seed), params)
    return drawn, start_of(params, drawn)


# Data


def draw_noise(params, seed, count=20_000):
    key = jax.random.key(seed)
    return np.asarray(noise_of(key, params, *normals(key, which=count, z=count)))


@pytest.mark.parametrize("law", LAWS)
def test_noise_has_its_share_of_outliers_of_their_law(law):
    s = draw_noise(noisy(law).but(p=0.6, nu=0.0), 1)
    assert (s != 0).mean() == pytest.approx(0.6, abs=0.02)
    assert stats.kstest(s[s != 0], LAWS[law].cdf).pvalue > 1e-4


@pytest.mark.parametrize(("law", "size"), [("infinite", 1e100), ("constant", 2.0)])
def test_outliers_of_one_size_have_both_signs_and_inliers_their_spread(law, size):
    s = draw_noise(Params(p=0.3, law=law, outlier_size=2.0, nu=0.1), 0)
    assert [(s == x).mean() for x in (size, -size)] == pytest.approx([0.15, 0.15], abs=0.02)
    assert stats.kstest(s[abs(s) < 1], stats.norm(0, 0.1).cdf).pvalue > 1e-4


def test_starts_are_what_their_names_say():
    drawn, _ = data(TINY.but(search_rank=4))
    values, vectors = np.linalg.eigh(np.asarray(spectral_matrix(drawn)))
    b = direction(TINY.but(start="spectral"), drawn.z, lambda: spectral_matrix(drawn))
    np.testing.assert_allclose(b @ b.T, (vectors * np.maximum(values, 0)) @ vectors.T, atol=1e-12)
    assert (direction(TINY.but(start="identity"), drawn.z, None) == jnp.eye(4)).all()
    assert (start_of(TINY, drawn) == 0.1 * drawn.z / 2).all()
    near = start_of(TINY.but(start="near", alpha=1e-9), drawn)
    np.testing.assert_allclose(near @ near.T, drawn.truth, atol=1e-8)


# The method


def test_a_step_is_the_definition_written_with_loops():
    rng = np.random.default_rng(3)
    a, u, y = rng.normal(size=(20, 4, 4)), rng.normal(size=(4, 2)), rng.normal(size=20)
    q = np.zeros((4, 4))
    for ai, yi in zip(a, y, strict=True):
        q += np.sign((ai * (u @ u.T)).sum() - yi) * (ai + ai.T) / 2
    rows = svec(jnp.asarray((a + a.transpose(0, 2, 1)) / 2))
    new = step(rows, jnp.asarray(y), constant(0.1), jnp.sign, 0, jnp.asarray(u)[None])[0]
    np.testing.assert_allclose(new, u - 2 * 0.1 * q / len(y) @ u, rtol=1e-12)
    # a residual of exactly zero pulls nowhere
    one, rows = jnp.eye(2), jnp.eye(3)
    assert (step(rows, rows @ svec(one), constant(0.5), jnp.sign, 0, one[None])[0] == one).all()


def test_runs_in_a_batch_do_not_see_each_other_however_wide_and_zero_columns_stay_zero():
    drawn, u = data()  # 16 runs use the transposed copy of the measurements, one does not
    starts = jnp.stack([u * (1 + 0.1 * i) for i in range(16)])
    wide = descend(drawn.rows, drawn.y, starts, constant(0.05), 5)
    for i in (0, 7):
        alone = descend(drawn.rows, drawn.y, starts[i : i + 1], constant(0.05), 5)
        np.testing.assert_allclose(wide[i], alone[0], atol=1e-12)
    more = descend(drawn.rows, drawn.y, padded(u, 4)[None], constant(0.05), 5)[0]
    np.testing.assert_allclose(more[:, :3], wide[0], atol=1e-12)
    assert (more[:, 3] == 0).all()


@pytest.mark.parametrize("runs", [2, 16])
def test_mixed_products_take_the_first_steps_to_single_precision(runs):
    drawn, u = data()
    starts = jnp.stack([u * (1 + 0.1 * i) for i in range(runs)])
    mixed = descend_mixed(drawn.rows, drawn.y, starts, constant(0.05), 5, refresh=2)
    double = descend(drawn.rows, drawn.y, starts, constant(0.05), 5)
    assert 0 < float(jnp.max(jnp.abs(mixed - double)) / jnp.max(jnp.abs(double))) < 1e-5


def test_mixed_products_reach_the_accuracy_of_float64_where_float32_stalls():
    drawn, u = data(ESCAPED, seed=2)
    given, rule = (drawn.rows, drawn.y, jnp.stack([u, 2 * u])), geometric(0.1, 0.95, 400)
    for method in (descend, descend_mixed):
        assert float(jnp.max(errors(method(*given, rule, 1000), drawn.truth))) < 1e-13
    low = [v.astype(jnp.float32) for v in given]
    with pytest.warns(UserWarning, match="in float32 errors stall"):
        end = descend(*low, lambda t, v, r: rule(t, v, r).astype(jnp.float32), 1000)
    assert float(jnp.min(errors(end, drawn.truth))) > 1e-9


def test_step_rules_give_the_steps_they_name():
    drawn, u = data(TINY.but(p=0.0))
    batch, res = u[None], jnp.array([[1.0, -3.0]])
    assert float(geometric(0.1, 0.5)(3, batch, res)) == pytest.approx(0.0125)
    assert float(geometric(0.1, 0.5, wait=3)(3, batch, res)) == pytest.approx(0.1)
    assert float(subgm.loss(0.1)(0, batch, res)[0]) == pytest.approx(0.2)
    ideal = subgm.rule_of(TINY.but(p=0.0, steps="ideal", eta=0.1), drawn.truth)
    size = float(errors(batch, drawn.truth)[0])
    assert float(ideal(0, batch, res)[0]) == pytest.approx(0.1 * size / np.sqrt(2 / np.pi))
    root = jnp.eye(4, 2) * jnp.sqrt(eigenvalues(TINY))
    assert float(ideal(0, root[None], res)[0]) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize(("steps", "eta"), [("loss", 0.2), ("ideal", 0.1)])
def test_ideal_and_loss_steps_recover_a_noiseless_truth_linearly(steps, eta):
    params = Params(d=6, rank=2, search_rank=2, m=120, alpha=1e-3, steps=steps, eta=eta)
    drawn, u = data(params, seed=4)
    rule = subgm.rule_of(params, drawn.truth)
    _, path = trace(drawn.rows, drawn.y, u[None], rule, 600, lambda v: errors(v, drawn.truth)[0])
    assert float(path[-1]) < 1e-7
    assert (np.diff(np.asarray(path)[np.asarray(path) > 1e-12][-40:]) < 0).all()


def test_l2_descent_solves_least_squares_where_there_are_no_outliers():
    drawn, u = data(Params(d=5, rank=1, search_rank=1, m=100, start="near", alpha=0.1))
    end = descend(drawn.rows, drawn.y, u[None], constant(0.2), 300, subgm.l2_weights)
    assert float(errors(end, drawn.truth)[0]) < 1e-10


# A user's own data


def own_data(params):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(params.m, params.d, params.d))
    truth = np.diag(np.r_[eigenvalues(params), np.zeros(params.d - params.rank)])
    y, hit = (a * truth).sum((1, 2)), rng.random(params.m) < params.p
    return a, np.where(hit, 50 * rng.normal(size=params.m), y), truth


def test_recover_finds_a_matrix_through_gross_outliers_in_any_units():
    params = Params(d=16, rank=2, search_rank=4, m=900, p=0.2)  # the defaults, else
    a, y, truth = own_data(params)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = recover(a, y, params)
    assert np.linalg.norm(found["X"] - truth) < 1e-6 * np.linalg.norm(truth)
    np.testing.assert_allclose(found["U"] @ found["U"].T, found["X"], atol=1e-12)
    for of_a, of_y in ((1 / 30, 1 / 30), (1e-90, 1e60)):
        scaled = recover(of_a * a, of_y * y, params)
        np.testing.assert_allclose(scaled["X"] * of_a / of_y, found["X"], atol=1e-9)
        assert scaled["loss"] / of_y == pytest.approx(found["loss"], rel=1e-9)
        assert float(np.abs(scaled["U"] @ scaled["U"].T / scaled["X"] - 1).max()) < 1e-6


def test_recover_takes_several_responses_to_the_same_measurements_and_zeros():
    params = TINY.but(search_rank=2, p=0.0, m=80, steps="loss", eta=0.2, iterations=400)
    a, y, truth = own_data(params)
    both = recover(a, np.stack([y, 2 * y]), params)["X"]
    assert np.abs(both - np.stack([truth, 2 * truth])).max() < 1e-6
    assert np.abs(recover(a, 0 * y, params.but(alpha=1e-9))["X"]).max() < 1e-9


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a, y: (a[:, :2], y, TINY), "not \\(m, d, d\\)"),
        (lambda a, y: (a, y[:-1], TINY), "y has shape"),
        (lambda a, y: (a, y[None, None], TINY), "y has shape"),
        (lambda a, y: (a, np.where(np.arange(len(y)) == 3, np.nan, y), TINY), "finite"),
        (lambda a, y: (a[:-1], y[:-1], TINY), "params say m = 30"),
        (lambda a, y: (a, y, TINY.but(start="near")), "need the truth"),
        (lambda a, y: (a, y, TINY.but(steps="ideal")), "need the truth"),
    ],
)
def test_recover_refuses_data_that_do_not_fit_and_what_needs_the_truth(spoil, message):
    a, y, _ = own_data(TINY)
    with pytest.raises(ParameterError, match=message):
        recover(*spoil(a, y))


def test_recover_warns_of_frozen_schedules():
    a, y, _ = own_data(TINY)
    with pytest.warns(UserWarning, match="freeze near 0"):
        recover(a, y, TINY.but(alpha=1e-6, steps="geometric", rho=0.8, iterations=3))
