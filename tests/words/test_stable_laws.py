"""Laws of heavy tails: mpmath's series and integrals, scipy, and the ends of the range."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import stats

import theory
from theory import ArgumentError

NEAREST_TWO = float(np.nextafter(2.0, 0.0))
SIZE = 96
programs = {
    "values": jax.jit(theory.stable_law),
    "slopes": jax.jit(jax.vmap(jax.jacrev(lambda at: jnp.stack(theory.stable_law(*at))))),
}


def law(x, alpha):
    """F and f: all calls share one program of 96 points."""
    points = np.broadcast_arrays(np.asarray(x, float), alpha)
    found = programs["values"](*(np.resize(p, SIZE) for p in points))
    return [np.asarray(v)[: points[0].size] for v in found]


def zolotarev(x: float, alpha: float) -> float:
    """1 - F(x), x > 0, alpha != 1, by the Zolotarev-Nolan integral in 25 digits."""
    with mpmath.workdps(25):
        x, alpha = mpmath.mpf(x), mpmath.mpf(alpha)
        power = alpha / (alpha - 1)

        def exponent(u):
            # cos may round to a negative number at the end of the interval
            cos = abs(mpmath.cos(u))
            ratio = (cos / mpmath.sin(alpha * u)) ** power
            return x**power * ratio * mpmath.cos((alpha - 1) * u) / cos

        def integrand(u):
            value = exponent(u)
            return mpmath.exp(-value) if alpha > 1 else -mpmath.expm1(-value)

        # split where the exponent is 1: the integrand is a step as alpha -> 1
        half = mpmath.pi / 2
        low, high = mpmath.mpf(10) ** -20, half - mpmath.mpf(10) ** -20
        rising = exponent(low) < exponent(high)
        for _ in range(70):
            middle = (low + high) / 2
            below = (exponent(middle) < 1) == rising
            low, high = (middle, high) if below else (low, middle)
        near = [low * f for f in (0.5, 0.9, 0.99, 1)]
        far = [low + (half - low) * f for f in (0.01, 0.1, 0.5, 1)]
        return float(mpmath.quad(integrand, [0, *near, *far]) / mpmath.pi)


def test_the_tail_agrees_with_zolotarevs_integral_to_twelve_digits():
    x, alpha = np.meshgrid([1e-3, 0.5, 3.0, 1e3], [0.5, 0.95, 1.05, 1.5, 1.9])
    want = [zolotarev(*point) for point in zip(x.ravel(), alpha.ravel(), strict=True)]
    np.testing.assert_allclose(law(-x.ravel(), alpha.ravel())[0], want, rtol=1e-12)


def test_the_cauchy_law_is_reproduced_out_to_the_far_tail():
    x = np.concatenate([-np.logspace(-6, 9, 40), [0.0], np.logspace(-6, 9, 40)])
    cdf, pdf = law(x, 1.0)
    np.testing.assert_allclose(cdf, stats.cauchy.cdf(x), rtol=1e-13)
    np.testing.assert_allclose(pdf, stats.cauchy.pdf(x), rtol=1e-12)
    np.testing.assert_allclose(theory.cauchy_cdf(jnp.asarray(x)), stats.cauchy.cdf(x), rtol=1e-13)
    np.testing.assert_allclose(theory.cauchy_pdf(x), stats.cauchy.pdf(x), rtol=1e-14)
    assert jax.grad(theory.cauchy_cdf)(0.0) == pytest.approx(1 / np.pi)


@functools.cache
def series(x: float, alpha: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """1 - F(x) and f(x) from the power series about 0, which converges for alpha > 1."""
    with mpmath.workdps(int(60 + x**2)):  # terms grow like e^{x^2/4} before they fall
        x, alpha = mpmath.mpf(x), mpmath.mpf(alpha)
        # f = sum (-1)^k Gamma((2k+1)/alpha)/(pi alpha (2k)!) x^{2k}
        density = tail = mpmath.mpf(0)
        k, term = 0, mpmath.mpf(1)
        while k < x**2 or abs(term) > mpmath.mpf(10) ** -int(50 + x**2 / 4):
            term = mpmath.gamma((2 * k + 1) / alpha) / (mpmath.pi * alpha * mpmath.factorial(2 * k))
            term *= (-1) ** k * x ** (2 * k)
            density, tail = density + term, tail + term * x / (2 * k + 1)
            k += 1
        return mpmath.mpf(1) / 2 - tail, density


def test_tails_keep_their_relative_accuracy_up_to_the_normal_law():
    x, alpha = np.meshgrid(
        [1e-4, 0.9, 1.1, 4.0, 9.0], [1.79, 1.81, 1.99, 2 - 1e-9, NEAREST_TWO, 2.0]
    )
    exact = [series(*map(float, point)) for point in zip(x.ravel(), alpha.ravel(), strict=True)]
    tail, density = np.array(exact, float).T
    np.testing.assert_allclose(law(-x.ravel(), alpha.ravel())[0], tail, rtol=2e-13)
    np.testing.assert_allclose(law(x.ravel(), alpha.ravel())[1], density, rtol=5e-13)


def test_far_tails_at_two_and_just_below():
    x = np.array([20.0, 50.0, 53.0])
    normal = [float(mpmath.erfc(mpmath.mpf(v) / 2) / 2) for v in x]
    np.testing.assert_allclose(law(-x, 2.0)[0], normal, rtol=2e-15 * 53**2 / 4)
    assert law(-1e3, 2.0) == [0, 0]
    assert theory.stable_tail_constant(2.0) == 0
    # C_alpha = Gamma(alpha) sin(pi eps/2)/pi, eps = 2 - alpha; the next term is of order x^-4
    x = np.array([30.0, 1e4, 1e9])
    want = (2 - NEAREST_TWO) / 2 * x**-NEAREST_TWO
    np.testing.assert_array_less(abs(law(-x, NEAREST_TWO)[0] / want - 1), 1e-12 + 12 / x**2)
    constant = float(theory.stable_tail_constant(0.7))
    assert law(-1e12, 0.7)[0] == pytest.approx(constant * 1e12**-0.7, rel=1e-8)
    assert law([np.inf, -np.inf], 1.2)[0].tolist() == [1, 0]
    assert law(np.inf, 1.2)[1] == 0


def test_derivatives_of_the_law_are_those_of_its_series_and_finite_at_the_ends():
    at = [(2.0, 0.5), (2.0, 4.0), (1.5, 1.0), (1.5, 0.0)]
    ends = [(0.3, 0.0), (0.3, 1e4), (0.3, -20.0), (2.0, 1e4), (2.0, -35.0), (2.0, 1.0)]
    points = np.array([(-x, alpha) for alpha, x in [*at, *ends, (2.0, 100.0)]])
    slopes = np.asarray(programs["slopes"](points))
    assert np.isfinite(slopes).all()
    for (alpha, x), ((by_x, by_alpha), (slope, _)) in zip(at, slopes, strict=False):
        assert by_x == pytest.approx(float(series(x, alpha)[1]), rel=1e-12)
        with mpmath.workdps(80):  # one-sided at the end of the range
            h = mpmath.mpf(10) ** -15
            ahead = [series(x, alpha - k * h)[0] for k in range(3)]
            want = (3 * ahead[0] - 4 * ahead[1] + ahead[2]) / (2 * h)
        assert by_alpha == pytest.approx(float(want), rel=1e-9, abs=1e-14)
        with mpmath.workdps(40):
            want = -mpmath.diff(lambda v, a=alpha: series(v, a)[1], x, h=mpmath.mpf(10) ** -12)
        assert slope == pytest.approx(float(want), rel=1e-9, abs=1e-14)
    # dC/dalpha = -1/2 at 2, where C is 0
    assert slopes[-1, 0, 1] == pytest.approx(-0.5e-4, rel=2e-3)


def test_words_of_one_number_are_those_of_the_law_and_keep_to_their_domains():
    cdf, pdf = law(0.7, 1.3)
    assert float(theory.stable_cdf(0.7, 1.3)) == pytest.approx(cdf[0], rel=1e-14)
    assert float(theory.stable_pdf(0.7, 1.3)) == pytest.approx(pdf[0], rel=1e-14)
    for x, alpha in ((np.nan, 1.3), (0.7, np.nan), (0.7, 0.29), (0.7, 2.01)):
        assert np.isnan(law(x, alpha)).all()  # traced
    for word in (theory.stable_law, theory.stable_cdf, theory.stable_pdf):
        for alpha in (np.nextafter(0.3, 0), np.nextafter(2.0, 3)):
            with pytest.raises(ArgumentError, match=f"{word.__name__}: alpha"):
                word(0.7, float(alpha))
    for word, bad, name in (
        (theory.stable_tail_constant, 2.1, "alpha"), (theory.cauchy_pdf, 1e71, "x"),
        (theory.levy_cdf, 0.0, "x"), (theory.holtsmark_pdf, 21.0, "x"),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match=f"{word.__name__}: {name}"):
            word(bad)
        assert np.isnan(float(word(np.nan)))


def test_levys_and_holtsmarks_laws_by_scipy_and_by_the_general_law():
    x = np.array([1e-3, 0.4, 3.0, 1e4])
    np.testing.assert_allclose(theory.levy_cdf(x), stats.levy.cdf(x), rtol=1e-13)
    x = np.array([0.0, 0.3, 2.0, 6.0])
    with mpmath.workdps(30):
        want = [float(theory.holtsmark_pdf(at)) for at in x]
    np.testing.assert_allclose(law(x, 1.5)[1], want, rtol=1e-12)
