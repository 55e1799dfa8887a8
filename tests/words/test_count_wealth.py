"""Wealth of bets on counts against digits, sums of bets and the verdicts' own mixture."""

import math

import jax
import mpmath
import numpy as np
import pytest
from scipy import special

from sims._sequential import log_mixture
from theory import (
    ArgumentError, log_betting_wealth, log_mixture_wealth, mixture_redundancy, mixture_regret,
)  # fmt: skip

approx = pytest.approx


def test_redundancy_lies_between_zero_and_the_regret_and_meets_it_at_the_ends():
    for n in (1, 2, 17, 500):
        k = np.arange(n + 1)
        redundancy = np.asarray(mixture_redundancy(k, n))
        with mpmath.workdps(30):
            exact = [
                mpmath.log(mpmath.pi) - mpmath.log(mpmath.beta(j + 0.5, n - j + 0.5))
                + (j * mpmath.log(mpmath.mpf(j) / n) if j else 0)
                + ((n - j) * mpmath.log(mpmath.mpf(n - j) / n) if n - j else 0)
                for j in map(int, k)
            ]  # fmt: skip
        np.testing.assert_allclose(redundancy, np.array(exact, float), rtol=1e-13, atol=1e-14)
        assert redundancy.min() >= 0
        assert redundancy.max() == approx(float(mixture_regret(n)), rel=1e-14)


def test_the_mixture_wealth_is_that_of_the_verdicts_and_has_slopes_at_its_ends():
    k, n, p = np.array([0.0, 3, 40]), np.array([5.0, 9, 40]), np.array([0.2, 0.9, 0.5])
    exact = [log_mixture(int(k), int(n), float(p)) for k, n, p in zip(k, n, p, strict=True)]
    np.testing.assert_allclose(log_mixture_wealth(k, n, p), exact, rtol=1e-12)
    slope = jax.jvp(lambda k: log_mixture_wealth(k, n, p), (k,), (np.ones(3),))[1]
    exact = special.digamma(k + 0.5) - special.digamma(n - k + 0.5) - special.logit(p)
    np.testing.assert_allclose(slope, exact, rtol=1e-12)


def test_a_bettors_wealth_is_the_product_of_its_bets():
    x = np.array([1, 0, 0, 1, 0])
    product = np.log1p(1.5 * (x - 0.3)).sum()
    assert float(log_betting_wealth(2, 5, 0.3, 1.5)) == approx(product, rel=1e-14)
    assert float(log_betting_wealth(mpmath.mpf(2), 5, mpmath.mpf(0.3), 1.5)) == approx(product)


@pytest.mark.parametrize(
    ("function", "at", "message"),
    [
        (log_betting_wealth, (2, 5, 0.3, 4.0), "ruins the bettor"),
        (log_mixture_wealth, (6, 5, 0.3), "k = 6 is above n"),
        (log_mixture_wealth, (2, 5, 1.0), "p = 1 is outside"),
        (mixture_redundancy, (-1, 5), "k = -1 is outside"),
        (mixture_regret, (0,), "n = 0 is outside"),
    ],
)
def test_what_is_no_bet_is_refused_and_nan_stays(function, at, message):
    with pytest.raises(ArgumentError, match=message):
        function(*at)
    assert math.isnan(function(math.nan, *(5, 0.3, 0.5)[: len(at) - 1]))
