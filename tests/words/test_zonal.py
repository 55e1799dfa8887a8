"""Harmonics on the sphere: their numbers, their polynomials, and kernels put together from them."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import eval_gegenbauer

import theory
from theory import ArgumentError, neural_kernels


def test_harmonics_and_those_below_are_the_polynomials_on_the_sphere():
    for d in (2, 3, 4, 11):
        for top in range(6):  # homogeneous polynomials of degree top and top - 1
            whole = math.comb(top + d - 1, d - 1) + math.comb(top + d - 2, d - 1)
            assert sum(theory.harmonics(d, degree) for degree in range(top + 1)) == whole
    assert theory.harmonics(3, 7) == 15
    assert theory.harmonics(10**6, 60) < math.inf


@pytest.mark.parametrize("d", [3, 4, 10])
def test_zonal_polynomials_are_gegenbauers(d):
    t = np.linspace(-1, 1, 9)
    for degree, found in enumerate(theory.zonal_polynomials(t, d, 6)):
        half = d / 2 - 1
        want = eval_gegenbauer(degree, half, t) / eval_gegenbauer(degree, half, 1.0)
        np.testing.assert_allclose(found, want, atol=1e-13)
    assert len(theory.zonal_polynomials(t, d, 0)) == 1


@pytest.mark.parametrize("d", [3, 5, 64])
def test_a_kernel_is_the_sum_of_its_harmonics(d):
    values = theory.zonal_eigenvalues(lambda angle: (1 + jnp.cos(angle)) ** 3, d, 6)
    np.testing.assert_allclose(values[4:], 0.0, atol=1e-14)
    t = np.array([-0.7, 0.2, 1.0])
    bands = theory.zonal_polynomials(t, d, 3)
    found = sum(lam * theory.harmonics(d, k) * bands[k] for k, lam in enumerate(values[:4]))
    # N(64, 3) = 45,696 eigenvalues of 1e-17 absolute
    np.testing.assert_allclose(found, (1 + t) ** 3, rtol=1e-10)


def test_the_eigenvalues_of_relu_in_three_dimensions():
    relu = neural_kernels.leaky_relu(0.0)
    found = theory.zonal_eigenvalues(lambda angle: relu.dual(jnp.cos(angle)), 3, 5)
    # K(t) - K(-t) = t: 1/(2 d) at degree 1, nothing at odd degrees from 3 on
    np.testing.assert_allclose(found[jnp.array([1, 3, 5])], [1 / 6, 0.0, 0.0], atol=1e-15)
    t, w = np.polynomial.legendre.leggauss(400)
    kernel = (np.sqrt(1 - t**2) + t * (np.pi - np.arccos(t))) / np.pi
    for degree, band in enumerate(theory.zonal_polynomials(t, 3, 4)):
        assert float(found[degree]) == pytest.approx((w * kernel * band).sum() / 2, abs=1e-10)


def test_dimensions_may_be_an_array_and_slopes_exist():
    def of(d):
        return theory.zonal_eigenvalues(lambda angle: jnp.exp(jnp.cos(angle)), d, 2)

    both = of(jnp.array([3.0, 7.0]))
    np.testing.assert_allclose(both, [of(3.0), of(7.0)], rtol=1e-14)
    slope = jax.jacfwd(of)(5.0)
    np.testing.assert_allclose(slope, (of(5.0 + 1e-5) - of(5.0 - 1e-5)) / 2e-5, rtol=1e-7)


def test_what_is_outside_is_refused():
    for call, message in (
        (lambda: theory.harmonics(1, 2), "harmonics: d = 1 is outside"),
        (lambda: theory.harmonics(3, 1.5), "degree = 1.5 is not a whole number"),
        (lambda: theory.zonal_eigenvalues(jnp.cos, 2, 3), "zonal_eigenvalues: d = 2"),
    ):
        with pytest.raises(ArgumentError, match=message):
            call()
    assert math.isnan(theory.harmonics(math.nan, 2))
    assert np.isnan(theory.zonal_eigenvalues(jnp.cos, math.nan, 2)).all()
