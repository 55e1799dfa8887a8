"""Sums along a geometric sequence, against their terms."""

import itertools
import math

import jax
import mpmath
import pytest

from theory import log_pochhammer


@pytest.mark.parametrize(("b", "rho"), [(0.3, 0.98), (5.0, 0.5), (1e6, 0.3)])
def test_the_sum_and_its_slopes_are_those_of_its_terms(b, rho):
    with mpmath.workdps(30):
        r, terms = mpmath.mpf(rho), range(math.ceil((60 + math.log1p(b)) / -math.log(rho)))
        powers = list(itertools.accumulate(terms, lambda x, _: x * r, initial=mpmath.mpf(1)))
        value = mpmath.fsum(mpmath.log1p(b * x) for x in powers)
        in_b = mpmath.fsum(x / (1 + b * x) for x in powers)
        in_rho = mpmath.fsum(k * b * x / r / (1 + b * x) for k, x in enumerate(powers))
    assert float(log_pochhammer(b, rho)) == pytest.approx(float(value), rel=1e-12)
    found = jax.grad(log_pochhammer, (0, 1))(b, rho)
    assert [float(x) for x in found] == pytest.approx([float(in_b), float(in_rho)], rel=1e-11)


@pytest.mark.parametrize("rho", [0.99, 1 - 1e-6, 1 - 1e-12])
def test_a_small_first_term_keeps_its_digits(rho):
    b, lam = 1e-10, -math.log(rho)
    exact = b / -math.expm1(-lam) - b**2 / (2 * -math.expm1(-2 * lam))
    assert float(log_pochhammer(b, rho)) == pytest.approx(exact, rel=1e-13)
