"""Marchenko-Pastur averages against the law's moments, its density, and drawn matrices."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

import theory
from theory import ArgumentError, Ball
from theory._formula import ball_precision

GAMMA = np.array([1e-3, 0.2, 0.5, 0.97, 1.0, 1.03, 2.0, 9.0, 300.0])


def test_moments_are_narayana_polynomials_on_both_sides_of_one():
    powers = jax.jit(lambda g: theory.mp_mean(lambda s: jnp.stack([s**0, s, s**2, s**3, s**4]), g))
    moments = [1 + 0 * GAMMA, 1 + 0 * GAMMA, 1 + GAMMA, 1 + 3 * GAMMA + GAMMA**2,
               1 + 6 * GAMMA + 6 * GAMMA**2 + GAMMA**3]  # fmt: skip
    np.testing.assert_allclose(powers(GAMMA), moments, rtol=1e-13)


def test_the_average_of_a_resolvent_is_the_stieltjes_transform():
    ridge = np.array([0.01, 0.3, 5.0])[:, None]
    mean = jax.jit(lambda g: theory.mp_mean(lambda s: 1 / (s + ridge[..., None]), g))(GAMMA)
    np.testing.assert_allclose(mean, theory.mp_stieltjes(ridge, GAMMA), rtol=1e-11)


def test_slopes_of_averages_are_right():
    def average(gamma, ridge):
        return theory.mp_mean(lambda s: 1 / (s + ridge), gamma)

    gamma, ridge = jnp.array([0.2, 1.0, 3.0]), jnp.full(3, 0.4)
    found = jax.jit(jax.vmap(jax.grad(average, (0, 1))))(gamma, ridge)
    expected = jax.vmap(jax.grad(lambda g, r: theory.mp_stieltjes(r, g), (0, 1)))(gamma, ridge)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_functions_that_are_infinite_at_zero_need_gamma_below_one():
    inverse = theory.mp_mean(lambda s: jnp.stack([1 / s, jnp.log(s)]), jnp.array([0.2, 0.6, 1.5]))
    g = np.array([0.2, 0.6])
    np.testing.assert_allclose(inverse[0, :2], 1 / (1 - g), rtol=1e-12)
    np.testing.assert_allclose(inverse[1, :2], -1 - (1 - g) / g * np.log(1 - g), rtol=1e-11)
    assert jnp.isnan(inverse[:, 2]).all()
    # too close to the singularity for the nodes: NaN, not a wrong number
    assert jnp.isnan(theory.mp_mean(lambda s: 1 / (s + 1e-6), 1.0))
    assert jnp.isnan(theory.mp_mean(lambda s: 1 / s, 0.999))


def test_the_bulk_is_the_density_between_its_edges():
    for gamma in (0.3, 4.0):
        low, high = theory.mp_edges(gamma)

        def density(s, g=gamma, low=low, high=high):
            return jnp.sqrt((high - s) * (s - low)) / (2 * jnp.pi * g * s)

        # s = middle + half sin(u): no square root is left at the ends
        middle, half = (low + high) / 2, (high - low) / 2
        bulk = theory.integral(
            lambda u: density(middle + half * jnp.sin(u))  # noqa: B023
            * jnp.exp(-(middle + half * jnp.sin(u))) * half * jnp.cos(u),  # noqa: B023
            -jnp.pi / 2, jnp.pi / 2,
        )  # fmt: skip
        whole = float(bulk) + max(0.0, 1 - 1 / gamma)
        value = theory.mp_mean(lambda s: jnp.exp(-s), gamma)
        assert float(value) == pytest.approx(whole, rel=1e-10)


@pytest.mark.parametrize("gamma", [0.4, 2.5])
def test_large_drawn_matrices_have_these_averages(gamma):
    n = int(240 / min(gamma, 1))  # 240 eigenvalues that are not 0
    x = np.random.default_rng(1).normal(size=(n, int(gamma * n)))
    values = np.linalg.eigvalsh(x.T @ x / n)
    # the sum over the spectrum is off by .26 +- .38 (60 draws), the mean by .0011 +- .0016
    for f in (lambda s: 1 / (s + 0.5), lambda s: s / (s + 1) ** 2):
        assert float(theory.mp_mean(f, gamma)) == pytest.approx(np.mean(f(values)), abs=5e-3)


def test_the_stieltjes_transform_on_every_evaluator_and_at_the_ends():
    points = [
        (1e-12, 0.5),
        (0.3, 0.9),
        (0.3, 1.0),
        (2.0, 4.0),
        (1e-9, 4.0),
        (1e6, 0.1),
        (1e-14, 1.0),
    ]
    ridge, gamma = (jnp.array(v) for v in zip(*points, strict=True))
    values = theory.mp_stieltjes(ridge, gamma)
    with mpmath.workdps(60), ball_precision(200):
        for value, (r, g) in zip(values, points, strict=True):
            m = theory.mp_stieltjes(mpmath.mpf(r), mpmath.mpf(g))
            assert abs(mpmath.mpf(g) * r * m**2 + (1 - mpmath.mpf(g) + r) * m - 1) < 1e-40
            assert float(value) == pytest.approx(float(m), rel=1e-13)
            assert theory.mp_stieltjes(Ball(r), Ball(g)).contains(m)
    assert float(theory.mp_stieltjes(0.0, 0.25)) == pytest.approx(4 / 3, rel=1e-15)
    assert float(theory.mp_stieltjes(0.0, 2.0)) == np.inf
    assert float(jax.grad(theory.mp_stieltjes)(0.0, 0.5)) == pytest.approx(-8, rel=1e-12)
    with pytest.raises(ArgumentError, match="mp_mean: gamma = 0 is outside"):
        theory.mp_mean(lambda s: s, 0.0)


def test_a_filters_risk_is_its_expectation_and_mixing_its_least():
    rng = np.random.default_rng(2)
    signal, noise, h = rng.random(4), rng.random(4), rng.random(4)
    bias, variance = theory.filter_risk(h, signal, noise)
    data = np.sqrt(signal) + rng.normal(size=(200_000, 4)) * np.sqrt(noise)
    errors = ((h * data - np.sqrt(signal)) ** 2).sum(-1)
    assert float(bias + variance) == pytest.approx(errors.mean(), abs=4 * errors.std() / 447)
    best = signal / (signal + noise)
    least = sum(theory.filter_risk(best, signal, noise))
    np.testing.assert_allclose(least, np.sum(theory.mixing(signal, noise)), rtol=1e-13)
    p, f, w = sympy.symbols("p f w", positive=True)
    of_weight = w**2 * p + (1 - w) ** 2 * f
    at_best = of_weight.subs(w, f / (p + f))
    assert sympy.simplify(at_best - theory.mixing(p, f)) == 0
    assert sympy.simplify(sympy.diff(of_weight, w).subs(w, f / (p + f))) == 0
