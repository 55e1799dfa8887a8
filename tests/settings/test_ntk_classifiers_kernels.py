"""Kernels of any depth, kernel matrices and finite widths, by many digits and plain recursions."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.ntk_classifiers import dirichlet
from theory import ntk_classifiers as ntk

RELU = ntk.leaky_relu(0.0)


def pair(s):
    return ntk.Similarity(s, jnp.log1p(-s))


# Depth


@pytest.mark.parametrize(
    ("family", "shape"),
    [(ntk.sine, 2.0), (ntk.cosine, 0.75), (ntk.centred_cosine, 2.0), (ntk.error_function, 2.0),
     (ntk.leaky_relu, 0.25), (ntk.centred_leaky_relu, -0.25)],
)  # fmt: skip
def test_the_depth_recursion_is_that_of_many_digits(family, shape):
    s = np.array([1e-13, 1e-6, 0.01, 0.3, 0.75, 1 - 2.0**-30])
    got = jax.jit(lambda s: ntk.deepen(family(shape), pair(s), 12))(s)
    with mpmath.workdps(60):
        f = family(mpmath.mpf(shape))
        for i, value in enumerate(s):
            t = theta = 1 - mpmath.mpf(float(value))
            for _ in range(12):
                t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
            # errors of t double with each degree of the lowest term: 2^12 log t for centred cosine
            scale = 1 + abs(mpmath.log(t))
            assert abs(float(got.log_nngp[i]) - mpmath.log(t)) < 1e-12 * scale
            assert abs(float(got.log_ntk[i]) - mpmath.log(theta)) < 1e-12 * scale
            if 1 - t < 0.5:
                assert abs(float(got.pair.s[i]) / (1 - t) - 1) < 1e-12


def test_class_three_runs_in_log_space_where_values_underflow():
    cubed = ntk.hermite(3)
    log_t = jax.jit(lambda: ntk.deepen(cubed, ntk.similarity(0.7), 30).log_nngp)()
    assert float(log_t) == pytest.approx(3.0**30 * math.log(0.7), rel=1e-12)
    beta = jax.jit(lambda: ntk.log_boettcher(cubed, ntk.similarity(0.7)))()
    assert float(beta) == pytest.approx(math.log(0.7), rel=1e-12)


@jax.jit
def geometric_depth(a, t, depth):
    return ntk.deepen(ntk.geometric(a), ntk.similarity(t), depth)


@settings(max_examples=20)
@given(a=st.floats(0.05, 0.95), t=st.floats(0.01, 0.99), depth=st.integers(0, 40))
def test_the_geometric_activation_is_solved_at_every_depth(a, t, depth):
    got, power = geometric_depth(a, t, depth), a**depth
    top = (depth + 1) * t * (1 - t) + t**2 * (1 - a * power) / (1 - a)
    left = 1 - (1 - power) * t
    np.testing.assert_allclose(np.exp(got.log_nngp), power * t / left, rtol=1e-10)
    np.testing.assert_allclose(np.exp(got.log_ntk), power * top / left**2, rtol=1e-10)


def relu_kernels(t, depth):
    """t_L, Theta_L and their derivatives in t, from the recursion in mpmath."""
    theta, dt, dtheta = t, mpmath.mpf(1), mpmath.mpf(1)
    for _ in range(depth):
        root, slope = mpmath.sqrt(1 - t * t), 1 - mpmath.acos(t) / mpmath.pi
        dtheta = slope * dt + dtheta * slope + theta * dt / (mpmath.pi * root)
        t, dt = root / mpmath.pi + t * slope, slope * dt
        theta = t + theta * slope
    return t, theta, dt, dtheta


def test_relu_kernels_have_their_slopes_at_right_angles():
    with mpmath.workdps(30):
        _, _, dt, dtheta = map(float, relu_kernels(mpmath.mpf(0), 3))
    assert dtheta == pytest.approx(0.9126, abs=5e-5)
    nngp, by_pairs = jax.jacfwd(
        lambda t: jnp.exp(jnp.stack(ntk.deepen(RELU, ntk.similarity(t), 3)[:2]))
    )(0.0)
    dense = jax.grad(lambda t: ntk.dense_kernels(RELU, t, 3)[1])(0.0)
    assert [float(nngp), float(by_pairs), float(dense)] == pytest.approx(
        [dt, dtheta, dtheta], rel=1e-12
    )


@pytest.mark.parametrize("f", [ntk.optimal(2), ntk.sine(2.0), ntk.theta_family(0.4, 0.5)])
def test_singular_kernels_have_their_slopes_at_right_angles(f):
    # t_L = a^L t + O(t^2), Theta_L = (L + 1) a^L t + O(t^2)
    slope = jax.jacfwd(lambda t: jnp.exp(jnp.stack(ntk.deepen(f, ntk.similarity(t), 3)[:2])))(0.0)
    a = float(f.slope_at_zero)
    np.testing.assert_allclose(slope, [a**3, 4 * a**3], rtol=1e-12)


@pytest.mark.parametrize(
    "f", [RELU, ntk.leaky_relu(-1.0), ntk.centred_leaky_relu(-0.3), ntk.sine(2.0),
          ntk.theta_family(0.4, 0.5), ntk.error_function(1.0)], ids=lambda f: f.name,
)  # fmt: skip
def test_the_nngp_falls_with_slope_b_at_coinciding_inputs(f):
    b = float(f.slope_at_one)
    fall = jax.grad(lambda s: jnp.exp(ntk.deepen(f, pair(s), 3).log_nngp))(0.0)
    assert float(fall) == pytest.approx(-(b**3), rel=1e-12)
    dense = jax.grad(lambda t: ntk.dense_kernels(f, t, 3)[0])(1.0)
    assert float(dense) == pytest.approx(b**3, rel=1e-12)


def test_the_ntk_of_a_kink_falls_without_bound_and_a_smooth_one_does_not():
    def slope(f):
        return float(jax.grad(lambda s: jnp.exp(ntk.deepen(f, pair(s), 2).log_ntk))(0.0))

    assert slope(RELU) < -1e100
    with mpmath.workdps(30):
        f = ntk.sine(mpmath.mpf(2))

        def theta(s):
            t = theta = 1 - s
            for _ in range(2):
                t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
            return theta

        want = mpmath.diff(theta, 0)
    assert slope(ntk.sine(2.0)) == pytest.approx(float(want), rel=1e-10)


# Kernel matrices


def sphere(count, coordinates, seed=0):
    x = np.abs(np.random.default_rng(seed).standard_normal((count, coordinates)))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_dense_recursion_and_table_agree_with_the_careful_route():
    f, t = ntk.optimal(2), jnp.array([1e-6, 0.02, 0.4, 0.7, 0.99, 0.9999])
    at = ntk.similarity(t)

    @jax.jit
    def all_three():
        tables = [table.at(at.s, t) for table in ntk.kernel_tables(f, 25)]
        return ntk.deepen(f, at, 25)[:2], tables, ntk.dense_kernels(f, t, 25)

    careful, tables, dense = all_three()
    np.testing.assert_allclose(careful, np.log(dense), atol=1e-11)
    np.testing.assert_allclose(tables, careful, atol=1e-9)


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
    got = [
        float(matrix(ntk.sine(2.0), 40, x)[0, 1]) for matrix in (ntk.nngp_matrix, ntk.ntk_matrix)
    ]
    with mpmath.workdps(60):
        f = ntk.sine(mpmath.mpf(2))
        s = sum((mpmath.mpf(float(p)) - mpmath.mpf(float(q))) ** 2 for p, q in zip(*x, strict=True))
        t = theta = 1 - s / 2
        for _ in range(40):
            t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
    assert got == pytest.approx([float(t), float(theta)], rel=1e-8)


def test_matrices_take_obtuse_angles():
    x = np.random.default_rng(0).standard_normal((6, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    both = [np.asarray(matrix(RELU, 3, x)) for matrix in (ntk.nngp_matrix, ntk.ntk_matrix)]
    assert (x @ x.T).min() < -0.5
    with mpmath.workdps(30):
        for i in range(6):
            for j in range(i):
                want = relu_kernels(mpmath.mpf(float(x[i] @ x[j])), 3)[:2]
                assert [k[i, j] for k in both] == pytest.approx([float(v) for v in want], rel=1e-9)
    opposite = ntk.ntk_matrix(ntk.sine(2.0), 2, [[1.0, 0.0], [-1.0, 0.0]])
    np.testing.assert_allclose(opposite[0, 1], -opposite[0, 0], rtol=1e-12)  # sine is odd


def test_rows_come_in_any_format_and_depth_as_any_whole_number():
    x = sphere(5, 40, seed=1)
    want = np.asarray(ntk.ntk_matrix(RELU, 3, x))
    for rows in (x.astype(np.float32), jnp.asarray(x, jnp.float32), x.astype(np.float16)):
        got = np.asarray(ntk.ntk_matrix(RELU, 3, rows))
        np.testing.assert_allclose(got, want, rtol=3e-3 if rows.dtype == np.float16 else 1e-6)
        np.testing.assert_array_equal(np.diag(got), 4.0)
    for depth in (3.0, np.float64(3), np.int32(3), jnp.asarray(3), jnp.asarray(3.0)):
        np.testing.assert_array_equal(ntk.ntk_matrix(RELU, depth, x), want)
    with pytest.raises(ValueError, match=r"row 1 has length 0\.5"):
        ntk.ntk_matrix(RELU, 3, np.array([[1.0, 0.0], [0.5, 0.0]], np.float32))
    assert np.isnan(ntk.ntk_matrix(RELU, 3, [[1.0, 0.0], [math.nan, 0.0]])).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ntk.ntk_matrix(RELU, -1, [[1.0, 0.0]]), "depth"),
        (lambda: ntk.ntk_matrix(RELU, 3, [[0.5, 0.5]]), "normalise"),
        (lambda: ntk.ntk_matrix(RELU, 3, np.zeros((0, 2))), "n > 0"),
        (lambda: ntk.ntk_matrix("relu", 3, [[1.0, 0.0]]), r"leaky_relu\(0.0\)"),
        (lambda: ntk.nngp_matrix(np.tanh, 3, [[1.0, 0.0]]), "activation_from"),
        (lambda: ntk.ntk_matrix(RELU, 2.5, [[1.0, 0.0]]), "whole number"),
        (lambda: ntk.ntk_matrix(ntk.optimal(1), 2000, [[1.0, 0.0]]), "beyond float64"),
        (lambda: ntk.nngp_matrix(RELU, -2, [[1.0, 0.0]]), "depth = -2"),
        (lambda: ntk.table_nodes(20), "cells = 20 is no power of 2"),
        (lambda: ntk.table_nodes(2), "cells = 2 is outside"),
    ],
)
def test_bad_input_of_a_kernel_matrix_or_table_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Solved networks


def test_a_solved_network_interpolates_its_labels():
    x, y = sphere(200, 2), np.where(np.arange(200) % 2 == 0, 1.0, -1.0)
    k = np.asarray(ntk.nngp_matrix(ntk.optimal(1), 16, x))
    table = jax.jit(lambda: ntk.kernel_tables(ntk.optimal(1), 16)[0])()
    v = dirichlet.network_coefficients(table, 0.0, jnp.asarray(x), jnp.asarray(y))
    np.testing.assert_allclose(k @ v, y, atol=1e-6)


def test_rows_in_blocks_give_the_same_coefficients(monkeypatch):
    x, y = jnp.asarray(sphere(60, 3)), jnp.where(jnp.arange(60) % 3 == 0, 1.0, -1.0)
    table = jax.jit(lambda: ntk.kernel_tables(ntk.optimal(2), 15)[0])()
    whole = dirichlet.network_coefficients(table, 0.0, x, y)
    monkeypatch.setattr(dirichlet, "BLOCK", 60 * 7)
    np.testing.assert_allclose(dirichlet.network_coefficients(table, 0.0, x, y), whole, rtol=1e-9)


# Finite widths


def test_later_layers_integrate_out_as_drawn():
    # all weights of layers 2 and 3 drawn, for one first layer of width 2, where Stein's term is
    # .14, twelve standard errors
    width, t, draws, rng = 2, 0.9, 200_000, np.random.default_rng(5)
    a, b = np.array([1.2, 1.0]), np.array([0.9, -1.1])
    w2, w3 = rng.standard_normal((draws, width, width)), rng.standard_normal((draws, width))

    def relu(x):
        return math.sqrt(2) * np.maximum(x, 0)

    def step(x):
        return math.sqrt(2) * (x > 0)

    h, k = relu(a) / math.sqrt(width), relu(b) / math.sqrt(width)
    u, v = w2 @ h, w2 @ k
    last = (relu(u) * relu(v)).mean(axis=1)
    middle = (w3**2 * step(u) * step(v)).mean(axis=1) * (h @ k)
    back_u, back_v = (np.einsum("ni,nij->nj", w3 * step(x), w2) for x in (u, v))
    first = t * (back_u * back_v) @ (step(a) * step(b)) / width**2
    sample = last + middle + first
    given, _ = ntk.two_layer_ntk_given_first(RELU, jnp.asarray(a), jnp.asarray(b), t)
    error = sample.std() / draws**0.5
    assert abs(float(given) - sample.mean()) < 4.5 * error
    assert error < 0.005 * float(given)


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_the_ntk_given_the_first_layer_is_linear_in_t_to_its_ends(end):
    def given(t):
        return ntk.two_layer_ntk_given_first(RELU, [1.0, -0.5, 0.3], [0.5, 0.2, 0.1], t)[0]

    chord = (given(1.0) - given(-1.0)) / 2
    assert jax.grad(given)(end) == pytest.approx(float(chord), rel=1e-12)
