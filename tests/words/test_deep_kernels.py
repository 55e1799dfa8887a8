"""Kernels of any depth, kernel matrices and finite widths, by many digits and plain recursions."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import neural_kernels as nk

RELU = nk.leaky_relu(0.0)


def pair(s):
    return nk.Similarity(s, jnp.log1p(-s))


# Depth


@pytest.mark.parametrize(
    ("family", "shape"),
    [(nk.sine, 2.0), (nk.cosine, 0.75), (nk.centred_cosine, 2.0), (nk.error_function, 2.0),
     (nk.leaky_relu, 0.25), (nk.centred_leaky_relu, -0.25)],
)  # fmt: skip
def test_the_depth_recursion_is_that_of_many_digits(family, shape):
    s = np.array([1e-13, 1e-6, 0.01, 0.3, 0.75, 1 - 2.0**-30])
    got = jax.jit(lambda s: nk.deepen(family(shape), pair(s), 12))(s)
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
    cubed = nk.hermite(3)
    log_t = jax.jit(lambda: nk.deepen(cubed, nk.similarity(0.7), 30).log_nngp)()
    assert float(log_t) == pytest.approx(3.0**30 * math.log(0.7), rel=1e-12)


@jax.jit
def geometric_depth(a, t, depth):
    return nk.deepen(nk.geometric(a), nk.similarity(t), depth)


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
        lambda t: jnp.exp(jnp.stack(nk.deepen(RELU, nk.similarity(t), 3)[:2]))
    )(0.0)
    dense = jax.grad(lambda t: nk.dense_kernels(RELU, t, 3)[1])(0.0)
    assert [float(nngp), float(by_pairs), float(dense)] == pytest.approx(
        [dt, dtheta, dtheta], rel=1e-12
    )


@pytest.mark.parametrize("f", [nk.optimal(2), nk.sine(2.0), nk.theta_family(0.4, 0.5)])
def test_singular_kernels_have_their_slopes_at_right_angles(f):
    # t_L = a^L t + O(t^2), Theta_L = (L + 1) a^L t + O(t^2)
    slope = jax.jacfwd(lambda t: jnp.exp(jnp.stack(nk.deepen(f, nk.similarity(t), 3)[:2])))(0.0)
    a = float(f.slope_at_zero)
    np.testing.assert_allclose(slope, [a**3, 4 * a**3], rtol=1e-12)


@pytest.mark.parametrize(
    "f", [RELU, nk.leaky_relu(-1.0), nk.centred_leaky_relu(-0.3), nk.sine(2.0),
          nk.theta_family(0.4, 0.5), nk.error_function(1.0)], ids=lambda f: f.name,
)  # fmt: skip
def test_the_nngp_falls_with_slope_b_at_coinciding_inputs(f):
    b = float(f.slope_at_one)
    fall = jax.grad(lambda s: jnp.exp(nk.deepen(f, pair(s), 3).log_nngp))(0.0)
    assert float(fall) == pytest.approx(-(b**3), rel=1e-12)
    dense = jax.grad(lambda t: nk.dense_kernels(f, t, 3)[0])(1.0)
    assert float(dense) == pytest.approx(b**3, rel=1e-12)


def test_the_ntk_of_a_kink_falls_without_bound_and_a_smooth_one_does_not():
    def slope(f):
        return float(jax.grad(lambda s: jnp.exp(nk.deepen(f, pair(s), 2).log_ntk))(0.0))

    assert slope(RELU) < -1e100
    with mpmath.workdps(30):
        f = nk.sine(mpmath.mpf(2))

        def theta(s):
            t = theta = 1 - s
            for _ in range(2):
                t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
            return theta

        want = mpmath.diff(theta, 0)
    assert slope(nk.sine(2.0)) == pytest.approx(float(want), rel=1e-10)


# Kernel matrices


def sphere(count, coordinates, seed=0):
    x = np.abs(np.random.default_rng(seed).standard_normal((count, coordinates)))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_dense_recursion_and_table_agree_with_the_careful_route():
    f, t = nk.optimal(2), jnp.array([1e-6, 0.02, 0.4, 0.7, 0.99, 0.9999])
    at = nk.similarity(t)

    @jax.jit
    def all_three():
        tables = [table.at(at.s, t) for table in nk.kernel_tables(f, 25)]
        return nk.deepen(f, at, 25)[:2], tables, nk.dense_kernels(f, t, 25)

    careful, tables, dense = all_three()
    np.testing.assert_allclose(careful, np.log(dense), atol=1e-11)
    np.testing.assert_allclose(tables, careful, atol=1e-9)


@pytest.mark.parametrize("coordinates", [2, 40])
def test_ntk_matrix_is_the_dense_recursion(coordinates):
    x, z = sphere(30, coordinates), sphere(20, coordinates, seed=1)
    _, dense = nk.dense_kernels(RELU, jnp.asarray(x @ z.T), 12)
    np.testing.assert_allclose(nk.ntk_matrix(RELU, 12, x, z), dense, rtol=1e-8)
    own = np.asarray(nk.ntk_matrix(RELU, 12, x))
    np.testing.assert_array_equal(np.diag(own), 13.0)
    np.testing.assert_allclose(own, own.T, rtol=1e-12)


@pytest.mark.parametrize("coordinates", [2, 40])
def test_inputs_that_nearly_coincide_keep_their_digits(coordinates):
    x = sphere(2, coordinates)
    x[1] = x[0] + 1e-6 * np.roll(x[0], 1)
    x[1] /= np.linalg.norm(x[1])
    got = [float(matrix(nk.sine(2.0), 40, x)[0, 1]) for matrix in (nk.nngp_matrix, nk.ntk_matrix)]
    with mpmath.workdps(60):
        f = nk.sine(mpmath.mpf(2))
        s = sum((mpmath.mpf(float(p)) - mpmath.mpf(float(q))) ** 2 for p, q in zip(*x, strict=True))
        t = theta = 1 - s / 2
        for _ in range(40):
            t, theta = f.dual(t), f.dual(t) + theta * f.dual_derivative(t)
    assert got == pytest.approx([float(t), float(theta)], rel=1e-8)


def test_matrices_take_obtuse_angles():
    x = np.random.default_rng(0).standard_normal((6, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    both = [np.asarray(matrix(RELU, 3, x)) for matrix in (nk.nngp_matrix, nk.ntk_matrix)]
    assert (x @ x.T).min() < -0.5
    with mpmath.workdps(30):
        for i in range(6):
            for j in range(i):
                want = relu_kernels(mpmath.mpf(float(x[i] @ x[j])), 3)[:2]
                assert [k[i, j] for k in both] == pytest.approx([float(v) for v in want], rel=1e-9)
    opposite = nk.ntk_matrix(nk.sine(2.0), 2, [[1.0, 0.0], [-1.0, 0.0]])
    np.testing.assert_allclose(opposite[0, 1], -opposite[0, 0], rtol=1e-12)  # sine is odd


def test_rows_come_in_any_format_and_depth_as_any_whole_number():
    x = sphere(5, 40, seed=1)
    want = np.asarray(nk.ntk_matrix(RELU, 3, x))
    for rows in (x.astype(np.float32), jnp.asarray(x, jnp.float32), x.astype(np.float16)):
        got = np.asarray(nk.ntk_matrix(RELU, 3, rows))
        np.testing.assert_allclose(got, want, rtol=3e-3 if rows.dtype == np.float16 else 1e-6)
        np.testing.assert_array_equal(np.diag(got), 4.0)
    for depth in (3.0, np.float64(3), np.int32(3), jnp.asarray(3), jnp.asarray(3.0)):
        np.testing.assert_array_equal(nk.ntk_matrix(RELU, depth, x), want)
    with pytest.raises(ValueError, match=r"row 1 has length 0\.5"):
        nk.ntk_matrix(RELU, 3, np.array([[1.0, 0.0], [0.5, 0.0]], np.float32))
    assert np.isnan(nk.ntk_matrix(RELU, 3, [[1.0, 0.0], [math.nan, 0.0]])).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nk.optimal(1.5), "d = 1.5 has no explicit activation"),
        (lambda: nk.polynomial([0.5, 0.6]), "sum to 1.1"),
        (lambda: nk.polynomial([-0.5, 1.5]), "negative"),
        (lambda: nk.similarity(-0.2), "dense_kernels and ntk_matrix"),
        (lambda: nk.similarity_of([[3.0, 4.0]], [[1.0, 0.0]]), "length 5"),
        (lambda: nk.deepen(nk.hermite(2), nk.similarity(0.5), 2.5), "depth"),
        (lambda: nk.ntk_matrix(RELU, -1, [[1.0, 0.0]]), "depth"),
        (lambda: nk.ntk_matrix(RELU, 3, [[0.5, 0.5]]), "normalise"),
        (lambda: nk.ntk_matrix(RELU, 3, np.zeros((0, 2))), "n > 0"),
        (lambda: nk.ntk_matrix("relu", 3, [[1.0, 0.0]]), r"leaky_relu\(0.0\)"),
        (lambda: nk.nngp_matrix(np.tanh, 3, [[1.0, 0.0]]), "activation_from"),
        (lambda: nk.ntk_matrix(RELU, 2.5, [[1.0, 0.0]]), "whole number"),
        (lambda: nk.ntk_matrix(nk.optimal(1), 2000, [[1.0, 0.0]]), "beyond float64"),
        (lambda: nk.nngp_matrix(RELU, -2, [[1.0, 0.0]]), "depth = -2"),
        (lambda: nk.table_nodes(20), "cells = 20 is no power of 2"),
        (lambda: nk.table_nodes(2), "cells = 2 is outside"),
    ],
)
def test_what_is_outside_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
