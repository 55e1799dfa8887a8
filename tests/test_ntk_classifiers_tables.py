"""Kernel matrices, finite widths and the data they are used on, against independent routes."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import stats

from sims.ntk_classifiers import _dirichlet as dirichlet
from sims.ntk_classifiers._problems import gamma_variates, log_space_votes
from theory import ntk_classifiers as ntk

RELU = ntk.leaky_relu(0.0)


def sphere(count, coordinates, seed=0):
    x = np.abs(np.random.default_rng(seed).standard_normal((count, coordinates)))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize("coordinates", [2, 40])
def test_ntk_matrix_is_the_dense_recursion(coordinates):
    x, z = sphere(30, coordinates), sphere(20, coordinates, seed=1)
    _, dense = ntk.dense_kernels(RELU, jnp.asarray(x @ z.T), 12)
    np.testing.assert_allclose(ntk.ntk_matrix(RELU, 12, x, z), dense, rtol=1e-8)
    own = np.asarray(ntk.ntk_matrix(RELU, 12, x))
    np.testing.assert_array_equal(np.diag(own), 13.0)
    np.testing.assert_allclose(own, own.T, rtol=1e-12)


@pytest.mark.parametrize("coordinates", [2, 40])
def test_inputs_that_nearly_coincide_keep_their_digits(coordinates):
    x = sphere(2, coordinates)
    x[1] = x[0] + 1e-6 * np.roll(x[0], 1)
    x[1] /= np.linalg.norm(x[1])
    got = float(ntk.ntk_matrix(ntk.sine(2.0), 40, x)[0, 1])
    nngp = float(ntk.nngp_matrix(ntk.sine(2.0), 40, x)[0, 1])
    with mpmath.workdps(60):
        f = ntk.sine(mpmath.mpf(2))
        s = sum((mpmath.mpf(float(p)) - mpmath.mpf(float(q))) ** 2 for p, q in zip(*x, strict=True))
        t = theta = 1 - s / 2
        for _ in range(40):
            t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
    assert got == pytest.approx(float(theta), rel=1e-8)
    assert nngp == pytest.approx(float(t), rel=1e-8)


def test_rows_in_blocks_give_the_same_coefficients(monkeypatch):
    x = jnp.asarray(sphere(60, 3))
    y = jnp.where(jnp.arange(60) % 3 == 0, 1.0, -1.0)
    table = jax.jit(lambda: ntk.kernel_tables(ntk.optimal(2), 15)[0])()
    whole = dirichlet.network_coefficients(table, 0.0, x, y)
    monkeypatch.setattr(dirichlet, "BLOCK", 60 * 7)
    np.testing.assert_allclose(dirichlet.network_coefficients(table, 0.0, x, y), whole, rtol=1e-9)


def test_solved_network_interpolates_its_labels():
    x = sphere(200, 2)
    y = np.where(np.arange(200) % 2 == 0, 1.0, -1.0)
    k = np.asarray(ntk.nngp_matrix(ntk.optimal(1), 16, x))
    table = jax.jit(lambda: ntk.kernel_tables(ntk.optimal(1), 16)[0])()
    v = dirichlet.network_coefficients(table, 0.0, jnp.asarray(x), jnp.asarray(y))
    np.testing.assert_allclose(k @ v, y, atol=1e-6)


def test_votes_scaled_by_the_nearest_pair_are_the_same_votes():
    log_kernel = jnp.asarray(np.random.default_rng(2).uniform(-900, -700, (9, 4)))
    c = jnp.asarray(np.random.default_rng(3).standard_normal(9))
    top = log_kernel.max(axis=0)
    np.testing.assert_allclose(log_space_votes(c, log_kernel, top), log_space_votes(c, log_kernel))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ntk.ntk_matrix(RELU, -1, [[1.0, 0.0]]), "depth"),
        (lambda: ntk.ntk_matrix(RELU, 3, [[0.5, 0.5]]), "normalise"),
        (lambda: ntk.ntk_matrix("relu", 3, [[1.0, 0.0]]), r"leaky_relu\(0.0\)"),
        (lambda: ntk.ntk_matrix(lambda x: x, 3, [[1.0, 0.0]]), "activation_from"),
        (lambda: ntk.nngp_matrix(np.tanh, 3, [[1.0, 0.0]]), "activation_from"),
        (lambda: ntk.ntk_matrix(RELU, 2.5, [[1.0, 0.0]]), "whole number"),
        (lambda: ntk.ntk_matrix(ntk.optimal(1), 2000, [[1.0, 0.0]]), "beyond float64"),
        (lambda: ntk.nngp_matrix(RELU, -2, [[1.0, 0.0]]), "depth = -2"),
    ],
)
def test_bad_input_of_a_kernel_matrix_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_gamma_variates_have_their_law():
    shapes = (0.1, 0.5, 2.5, 3.0)
    g = np.asarray(jax.jit(lambda k: gamma_variates(k, shapes, 20_000))(jax.random.key(1)))
    for column, c in zip(g.T, shapes, strict=True):
        assert stats.kstest(column, stats.gamma(c).cdf).pvalue > 1e-3, c
    # columns do not share their exponentials
    assert np.abs(np.corrcoef(g.T) - np.eye(4)).max() < 0.03


def test_the_hilbert_estimates_accuracy_is_near_the_deep_networks():
    deep, hilbert = ntk.deep_accuracy(100), ntk.hilbert_accuracy(100)
    assert 0 < deep - hilbert < 0.002
    assert hilbert < ntk.bayes_accuracy()


def test_limit_depth_is_logarithmic_in_n():
    assert ntk.limit_depth(1, 1024) == 18
    assert ntk.limit_depth(4, 1024) == 13
    assert ntk.limit_depth(2, 2 * 1024) - ntk.limit_depth(2, 1024) == 1
    assert math.isclose(float(ntk.optimal(4).slope_at_zero), 1 / 4)


def test_later_layers_integrate_out_as_drawn():
    # all weights of layers 2 and 3 drawn, for one first layer of width 4
    width, t, draws = 4, 0.5, 100_000
    rng = np.random.default_rng(5)
    a, b = np.array([1.2, -0.4, 0.6, 1.0]), np.array([0.5, 0.9, 1.1, -0.3])
    w2, w3 = rng.standard_normal((draws, width, width)), rng.standard_normal((draws, width))

    def relu(x):
        return math.sqrt(2) * np.maximum(x, 0)

    def step(x):
        return math.sqrt(2) * (x > 0)

    h, k = relu(a) / 2, relu(b) / 2
    u, v = w2 @ h, w2 @ k
    last = (relu(u) * relu(v)).mean(axis=1)
    middle = (w3**2 * step(u) * step(v)).mean(axis=1) * (h @ k)
    back_u, back_v = (np.einsum("ni,nij->nj", w3 * step(x), w2) for x in (u, v))
    first = t * (back_u * back_v) @ (step(a) * step(b)) / width**2
    sample = last + middle + first
    given, _ = ntk.two_layer_ntk_given_first(RELU, jnp.asarray(a), jnp.asarray(b), t)
    error = sample.std() / draws**0.5
    assert abs(float(given) - sample.mean()) < 4.5 * error
    assert error < 0.02 * float(given)


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_the_ntk_given_the_first_layer_is_linear_in_t_to_its_ends(end):
    def given(t):
        return ntk.two_layer_ntk_given_first(RELU, [1.0, -0.5, 0.3], [0.5, 0.2, 0.1], t)[0]

    chord = (given(1.0) - given(-1.0)) / 2
    assert jax.grad(given)(end) == pytest.approx(float(chord), rel=1e-12)


@pytest.mark.parametrize(
    ("kappa", "n", "c0", "value", "by_mass"),  # by mpmath's quadrature of the integral in v
    [
        (1e-100, 4.905631233871705, 999.9999996573528, 0.00128536727417664, -1.65429717567e-6),
        (0.3, 100.0, 1.4, 0.152260941708752, -0.0280522942966),
        (1.0, 1.0, 7.6, 0.101929015885453, -0.0116762887653),
    ],
)
def test_squared_weights_at_dimension_at_every_mass(kappa, n, c0, value, by_mass):
    found, slopes = jax.value_and_grad(ntk.squared_weights_at_dimension, (0, 1, 2))(kappa, n, c0)
    assert float(found) == pytest.approx(value, rel=1e-12)
    assert np.asarray(slopes) * [kappa, n, 1] == pytest.approx(by_mass, rel=1e-10)
