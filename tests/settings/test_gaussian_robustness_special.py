"""Laws and averages beside the model: scipy, quadrature, a series of hypergeometric functions."""

import mpmath
import numpy as np
import pytest
from scipy import integrate, special, stats

import theory.gaussian_robustness as gr


def test_special_cases_by_scipy_and_by_the_general_law():
    x = np.array([1e-3, 0.4, 3.0, 1e4])
    np.testing.assert_allclose(gr.levy_cdf(x), stats.levy.cdf(x), rtol=1e-13)
    x = np.array([0.0, 0.3, 2.0, 6.0])
    with mpmath.workdps(30):
        series = [float(gr.holtsmark_pdf(at)) for at in x]
    np.testing.assert_allclose(gr.stable_pdf(x, 1.5), series, rtol=1e-12)

    def loss(u):  # of both signs of a Cauchy variable
        return (np.logaddexp(0, 0.7 * u) + np.logaddexp(0, -0.7 * u)) / (np.pi * (1 + u**2))

    cut = integrate.quad(loss, 0, 40, epsabs=1e-12)[0]
    assert float(gr.truncated_logistic_loss(0.7, 1.0, 40.0)) == pytest.approx(cut, rel=1e-9)
    far = [float(gr.truncated_logistic_loss(0.7, 1.0, 10.0**k)) for k in (7, 8)]
    assert np.diff(far) == pytest.approx(0.7 / np.pi * np.log(10), rel=1e-4)  # no limit


def test_the_weights_ratio_by_both_of_its_moments():
    mu, shift, sigma, R = np.array([0.9, -0.4]), np.array([0.2, -0.1]), np.array([1.0, 2.0]), 3.0
    s2 = np.sum(((mu - shift) / sigma) ** 2)

    def moment(k):
        def at(z):
            p = [special.expit(-(2 * s2 + c + 2 * np.sqrt(s2) * z)) for c in np.log([R, 1 / R])]
            return (R * p[0] ** k + p[1] ** k) / (1 + R) * stats.norm.pdf(z)

        return integrate.quad(at, -12, 12, epsabs=1e-13)[0]

    found = float(gr.weight_ratio(mu, sigma, shift, R))
    assert found == pytest.approx(moment(1) / np.sqrt(moment(2)), rel=1e-9)
    none = float(gr.weight_ratio(mu, sigma, mu, R))  # nothing to learn: p is the other's share
    assert none == pytest.approx(2 * np.sqrt(R) / (1 + R))
