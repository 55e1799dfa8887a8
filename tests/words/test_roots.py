"""Roots, maxima and fixed points, against equations whose solutions are known."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from theory import argmax_on, fixed_point, maximum_on, root


def test_a_root_is_right_to_two_roundings_and_so_is_its_derivative():
    p = jnp.linspace(-3.0, 3.0, 25)

    def solution(p):
        return root(lambda x: jnp.tanh(3 * x) + x**3 - p, -5.0, 5.0)

    def all_of_it(p):
        return solution(p), jax.grad(solution)(p), jax.grad(jax.grad(solution))(p)

    for q, x, first, second in zip(p, *jax.jit(jax.vmap(all_of_it))(p), strict=True):

        def exact(q):
            return mpmath.findroot(lambda x: mpmath.tanh(3 * x) + x**3 - q, float(x))  # noqa: B023

        with mpmath.workdps(40):
            q = mpmath.mpf(float(q))
            assert float(x) == pytest.approx(float(exact(q)), rel=1e-15, abs=1e-18)
            assert float(first) == pytest.approx(float(mpmath.diff(exact, q)), rel=1e-13)
            expected = float(mpmath.diff(exact, q, 2))
            assert float(second) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_a_root_takes_the_shape_of_the_functions_values():
    p = jnp.array([[0.1, 1.0], [2.0, 5.0]])
    x = root(lambda x: x**3 - p, 0, 2.0)
    np.testing.assert_allclose(x, p ** (1 / 3), rtol=1e-15)
    falling = root(lambda x: jnp.cos(x), jnp.zeros(2), jnp.array([3.0, 2.0]))
    np.testing.assert_allclose(falling, np.pi / 2, rtol=1e-15)


def test_a_root_at_an_end_is_found():
    assert root(lambda x: x, 0, 1) == 0
    assert root(lambda x: x - 1, 0, 1) == 1


@pytest.mark.parametrize(
    "f",
    [lambda x: x + 1, lambda x: x * jnp.nan, lambda x: jnp.where(x == 0.5, jnp.nan, x - 0.6)],
    ids=["no sign change", "nan", "nan on the way"],
)
def test_where_there_is_no_root_the_answer_is_nan(f):
    assert jnp.isnan(root(f, 0.0, 1.0))


def test_the_place_of_a_maximum_has_full_accuracy():
    # x e^(-a x^2): largest at 1/sqrt(2 a); a golden section would stop at 1e-8
    a = jnp.geomspace(0.02, 50.0, 25)

    def place(a):
        return argmax_on(lambda x: x * jnp.exp(-a * x**2), 0.0, 20.0)

    def height(a):
        return maximum_on(lambda x: x * jnp.exp(-a * x**2), 0.0, 20.0)

    def all_of_it(a):
        return place(a), jax.grad(place)(a), height(a), jax.grad(height)(a)

    x, slope, top, top_slope = jax.jit(jax.vmap(all_of_it))(a)
    np.testing.assert_allclose(x, (2 * a) ** -0.5, rtol=1e-14)
    np.testing.assert_allclose(slope, -((2 * a) ** -1.5), rtol=1e-13)
    np.testing.assert_allclose(top, (2 * a * np.e) ** -0.5, rtol=1e-14)
    np.testing.assert_allclose(top_slope, -((2 * a) ** -1.5) * np.e**-0.5, rtol=1e-13)


def test_a_maximum_at_an_end_is_the_end_and_moves_with_it():
    def place(c, low, high):
        return argmax_on(lambda x: -((x - c) ** 2), low, high)

    def height(c, low, high):
        return maximum_on(lambda x: -((x - c) ** 2), low, high)

    slopes = jax.jit(jax.grad(place, (0, 1, 2)))
    assert place(-1.0, 0.0, 1.0) == 0
    assert [float(s) for s in slopes(-1.0, 0.0, 1.0)] == [0, 1, 0]
    assert place(2.0, 0.0, 1.0) == 1
    assert [float(s) for s in slopes(2.0, 0.0, 1.0)] == [0, 0, 1]
    assert float(jax.grad(height)(2.0, 0.0, 1.0)) == -2
    assert [float(s) for s in slopes(0.3, 0.0, 1.0)] == [1, 0, 0]


def test_the_higher_of_two_peaks_is_taken_and_nan_is_not_hidden():
    def two(x):
        return jnp.exp(-200 * (x - 0.2) ** 2) + 1.1 * jnp.exp(-200 * (x - 0.8) ** 2)

    assert float(argmax_on(two, 0.0, 1.0)) == pytest.approx(0.8, abs=1e-12)
    assert jnp.isnan(maximum_on(lambda x: x * jnp.nan, 0.0, 1.0))


def test_a_top_that_is_flat_to_rounding_has_its_place():
    """All values are 1 or its neighbour: the slope alone says where the top is."""
    top = argmax_on(lambda x: 1.0 - 1e-16 * (x - 0.3712) ** 2, 0.0, 1.0)
    assert float(top) == pytest.approx(0.3712, abs=1e-12)


def test_a_peak_between_two_points_that_rises_again_is_nan_not_the_next_best():
    def hidden(x):  # its slope is positive on both sides of the peak
        return jnp.exp(-((x - 0.5) ** 2) * 64e4) + 0.1 * x

    assert jnp.isnan(argmax_on(hidden, 0.0, 1.0))


def test_a_maximum_at_a_flat_end_is_found_whatever_the_sign_of_its_slope():
    """The slope at the end is 0, and by rounding above it in one program and below in another."""
    below = iter([False] + [True] * 9)

    @jax.custom_jvp
    def hill(x):
        return -(x**2)

    @hill.defjvp
    def _(primals, tangents):
        (x,), (dx,) = primals, tangents
        sign = -1.0 if next(below) else 1.0  # by how often it was traced
        return hill(x), jnp.where(x == 0.0, sign * 1e-17, -2 * x) * dx

    assert abs(float(argmax_on(hill, 0.0, 1.0))) < 1e-18


def test_a_fixed_point_is_exact_however_slowly_it_is_approached():
    # the magnetisation m = tanh(b m); just above b = 1 a step gains 2 (b - 1) of the way
    b = jnp.array([1.001, 1.1, 1.5, 3.0])

    def solution(b):
        return fixed_point(lambda m: jnp.tanh(b * m), 1.0)

    for q, m, slope in zip(b, *jax.jit(jax.vmap(jax.value_and_grad(solution)))(b), strict=True):
        above = float(q) - 1

        def exact(q):
            return mpmath.findroot(lambda m: mpmath.tanh(q * m) - m, float(m))  # noqa: B023

        with mpmath.workdps(30):
            q = mpmath.mpf(float(q))
            assert float(m) == pytest.approx(float(exact(q)), rel=1e-13 / above)
            expected = float(mpmath.diff(exact, q))
            assert float(slope) == pytest.approx(expected, rel=1e-12 / above**2)


def test_a_fixed_point_may_be_a_vector_and_must_exist():
    x = fixed_point(lambda x: jnp.stack([jnp.cos(x[1]), x[0] / 2 + 0.1]), jnp.zeros(2))
    np.testing.assert_allclose(x, [np.cos(x[1]), x[0] / 2 + 0.1], rtol=1e-15)
    assert jnp.isnan(fixed_point(lambda x: 2 * x + 1, 0.0))  # runs away
    assert jnp.isnan(fixed_point(lambda x: -x + 1, 0.0))  # 0, 1, 0, 1, ...


def test_searches_run_without_jit_too():
    with jax.disable_jit():
        assert float(root(lambda x: x**2 - 2, 0.0, 2.0)) == pytest.approx(2**0.5, rel=1e-15)
        assert float(argmax_on(lambda x: -((x - 0.3) ** 2), 0.0, 1.0)) == pytest.approx(0.3)
