"""Laws by mpmath, Imhof's integral and scipy's fits; the authors' code by its formula."""

import math

import jax
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from theory import ArgumentError, ParameterError
from theory.inductive_bias import (
    Params, bahadur_rao, boolean_bias, chernoff_bias, estimates, fallback_limit, gaussian_bias,
    kernel_task, linear_bias, matched_chi2, nngp_eigenvalue, ntk_eigenvalue, price,
    published_fallback, rate, saddlepoint_bias, scale_fit_error, shape_fit_error, small_error_bias,
    sphere_task, tilt,
)  # fmt: skip
from theory.inductive_bias.boolean import at_numbers as boolean
from theory.inductive_bias.fallback import pipeline
from theory.inductive_bias.linear import at_numbers

law, saddlepoint, chernoff, small, fallback, by_shape = map(jax.jit, (
    gaussian_bias, saddlepoint_bias, chernoff_bias, small_error_bias, published_fallback,
    shape_fit_error,
))  # fmt: skip
SIX = np.array([1, 0.6, 0.3, 0.1, 0.05, 0.02])
SIX_B = np.array([0.4, -0.2, 0.5, 0.1, 0.9, -1.2]) ** 2
FOUR, FOUR_B = np.array([1, 0.5, 0.2, 0.05]), np.array([0.5, -0.3, 0.2, 1]) ** 2


def mixture(x, k, nc):
    """-log of the Poisson mixture of incomplete gammas, at 40 digits."""
    with mpmath.workdps(40):
        x, k, nc = mpmath.mpf(x), mpmath.mpf(k), mpmath.mpf(nc)
        terms = (
            (nc / 2) ** j / mpmath.factorial(j)
            * mpmath.gammainc(k / 2 + j, 0, x / 2, regularized=True)
            for j in range(int(nc) * 2 + 60)
        )  # fmt: skip
        return float(nc / 2 - mpmath.log(sum(terms)))


def imhof(x, lam, b2):
    """P(sum lam (z + b)^2 <= x) by Imhof's oscillating integral."""

    def f(u):
        scaled = (lam * u) ** 2
        angle = np.sum(np.arctan(lam * u) + b2 * lam * u / (1 + scaled)) / 2 - x * u / 2
        size = np.prod((1 + scaled) ** 0.25) * np.exp(np.sum(b2 * scaled / (1 + scaled)) / 2)
        return np.sin(angle) / (u * size)

    pieces = [integrate.quad(f, a, a + 40, limit=400, epsabs=1e-12)[0] for a in range(0, 1600, 40)]
    return 0.5 - sum(pieces) / np.pi


@pytest.mark.parametrize(
    ("x", "k", "nc", "known"),
    [(1e-3, 100, 50, 553.523), (1e-5, 100, 50, 783.781), (2.0, 7, 6.6, None), (0.5, 20, 20, None)],
)
def test_linear_bias_at_any_depth(x, k, nc, known):
    found = float(at_numbers(x, k + 3, 3, 1.0, nc))
    assert found == pytest.approx(mixture(x, k, nc), rel=1e-12)
    assert known is None or found == pytest.approx(known, abs=1e-3)
    assert float(law(x, np.ones(k), nc / k)) == pytest.approx(found, rel=1e-11)


def test_gaussian_bias_by_imhof():
    for lam, b2, x in ((SIX, SIX_B, 0.3), (SIX, SIX_B, 2.0), (FOUR, FOUR_B, 0.5)):
        found = math.exp(-float(law(x, lam, b2)))
        assert found == pytest.approx(imhof(x, lam, b2), abs=2e-7)
    assert float(law(0.1, SIX, SIX_B)) == pytest.approx(6.746, abs=0.01)


def test_small_errors_and_the_saddlepoint():
    eps = np.array([0.01, 0.03, 0.1])
    asymptote = np.exp(-np.asarray(small(eps, FOUR, FOUR_B)))
    assert asymptote == pytest.approx([8.867e-5, 7.98e-4, 8.87e-3], rel=5e-4)
    exact = np.asarray(law(eps, FOUR, FOUR_B))
    assert np.exp(-exact)[0] == pytest.approx(8.821e-5, rel=3e-3)
    harmonic = 1 / np.arange(1, 9.0)
    for x in (1e-8, 1e-3, 0.1):
        exact = float(law(x, harmonic, 0.25))
        near = float(saddlepoint(x, harmonic, 0.25, 1.0))
        assert near == pytest.approx(exact, rel=2e-3)
        assert float(chernoff(x, harmonic, 0.25, 1.0)) < exact
    t = float(tilt(0.1, SIX, SIX_B, 1.0))
    mean = np.sum(SIX / (1 + 2 * t * SIX) + SIX_B * SIX / (1 + 2 * t * SIX) ** 2)
    assert mean == pytest.approx(0.1, rel=1e-12)


def test_rate_and_price():
    for a, nu, scaled in ((0.1, 1, 1.203839), (0.5, 1, 0.433447)):
        assert float(bahadur_rao(50, a, nu)) / 50 == pytest.approx(scaled, abs=2e-6)
        step = [kk * float(rate(a * 1000 / kk, nu)) for kk in (1000.5, 999.5)]
        assert float(price(a, nu)) == pytest.approx(step[0] - step[1], rel=1e-6)
    assert float(rate(0.3, 0.0)) == pytest.approx((0.3 - 1 - math.log(0.3)) / 2, rel=1e-14)
    assert float(rate(2.0, 1.0)) == float(price(3.0, 1.0)) == 0.0


def test_boolean_bias_by_binomials():
    for eps, m, k in ((0.25, 12, 2), (0.6, 20, 4), (0.3, 10, 2), (0.0, 5, 3)):
        wrong = math.floor(eps * m + 1e-9)
        exact = stats.binom.logcdf(wrong, m, 1 - 1 / k)
        assert float(boolean(eps, m, k)) == pytest.approx(-exact, rel=1e-12)
    assert float(boolean(1.0, 7, 3)) == 0.0
    assert float(boolean(0.0, 1e4, 2)) == pytest.approx(1e4 * math.log(2), rel=1e-12)


def test_the_fallback():
    def code(eps, df, nc, s):
        h = 1 - 2 / 3 * (df + nc) * (df + 3 * nc) / (df + 2 * nc) ** 2
        p, m = (df + 2 * nc) / (df + nc) ** 2, (h - 1) * (1 - 3 * h)
        top = (eps / s / (df + nc)) ** h - (1 + h * p * (h - 1 - 0.5 * (2 - h) * m * p))
        return (top / (h * np.sqrt(2 * p) * (1 + 0.5 * m * p))) ** 2 / 2

    for numbers in ((1e-5, 100, 50, 1.0), (1.0, 400, 100, 1.0), (3.0, 5, 0.7, 2.0)):
        assert float(fallback(*numbers)) == pytest.approx(code(*numbers), rel=1e-12)
    assert float(pipeline(1e-5, 100, 50, 1.0)) == pytest.approx(198.2, abs=0.05)
    assert float(pipeline(1e-3, 100, 50, 1.0)) == pytest.approx(553.523, abs=1e-3)
    assert float(fallback_limit(100, 50)) == pytest.approx(code(1e-300, 100, 50, 1.0), rel=1e-12)


def test_the_fit_of_three_parameters_says_too_little():
    """scipy's law, fitted by maximum likelihood: 5.2 to 5.5 nats where 6.75 are needed."""
    rng = np.random.default_rng(0)
    errors = (rng.standard_normal((1000, 6)) + np.sqrt(SIX_B)) ** 2 @ SIX

    def loss(v):
        df, nc, s = np.exp(v)
        return -np.sum(stats.ncx2.logpdf(errors / s, df, nc) - np.log(s))

    start = np.log([3.0, 1.0, errors.mean() / 4])
    best = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 300})
    df, nc, s = np.exp(best.x)
    fitted = -stats.ncx2.logcdf(0.1 / s, df, nc)
    assert 3.2 < df < 4.3
    assert 4.8 < fitted < 5.9 < float(law(0.1, SIX, SIX_B))
    two, counted = estimates(errors, [0.1, 1.0])
    assert 4.5 < two[0] < float(law(0.1, SIX, SIX_B))
    assert counted[1] == pytest.approx(float(law(1.0, SIX, SIX_B)), abs=0.2)
    for bad in ([1.0, 2.0], [1.0] * 5, [1.0, 2.0, -1.0]):
        with pytest.raises(ParameterError, match="errors"):
            estimates(bad, 0.1)
    scale, degrees = matched_chi2(SIX)
    assert float(scale * degrees) == pytest.approx(SIX.sum(), rel=1e-14)
    assert float(scale**2 * degrees) == pytest.approx(np.sum(SIX**2), rel=1e-14)


def test_errors_of_fits():
    k, eps, h = 6, 0.8, 1e-5
    slope = eps * stats.chi2.pdf(eps, k) / stats.chi2.cdf(eps, k)
    found = float(scale_fit_error(eps, k, 500))
    assert found == pytest.approx(slope * np.sqrt(2 / (k * 500)), rel=1e-11)
    up, down = (math.log(special.gammainc(k / 2 + d, eps / 2)) for d in (h, -h))
    g = np.array([-(up - down) / (2 * h), slope])
    fisher = np.array([[special.polygamma(1, k / 2), 1], [1, k / 2]])
    sd = np.sqrt(g @ np.linalg.solve(fisher, g) / 500)
    assert float(by_shape(eps, k, 500)) == pytest.approx(sd, rel=1e-8)


def test_a_kernel_task_against_its_hypotheses():
    rng = np.random.default_rng(3)
    train, test = rng.uniform(0, 4, (7, 2)), rng.uniform(0, 4, (5, 2))
    labels, targets = rng.standard_normal((7, 3)), rng.standard_normal((5, 3))
    kernel = lambda a, b: np.exp(-((a[:, None] - b) ** 2).sum(-1) / (2 * 0.8**2))  # noqa: E731
    weights = np.linalg.solve(kernel(train, train), kernel(train, test))
    covariance = kernel(test, test) - kernel(train, test).T @ weights
    draws = np.linalg.cholesky(covariance) @ rng.standard_normal((100_000, 5, 3))
    errors = ((weights.T @ labels - targets + draws) ** 2).mean(axis=(1, 2))
    eps = np.quantile(errors, [0.01, 0.2, 0.7])
    task = kernel_task(train, labels, test, targets, 0.8)
    found = np.exp(-np.asarray(law(eps, *task)))
    assert found == pytest.approx([0.01, 0.2, 0.7], abs=0.008)


def test_a_test_point_that_was_learnt_is_an_offset():
    x = np.array([0.0, 1.0, 2.5])
    at = np.append(x[:1], 4.0)
    task = kernel_task(x, np.sin(x), at, np.sin(at) + 1)
    assert task.offset == pytest.approx(0.5, abs=1e-12)
    assert len(task.spectrum) == 1
    assert float(law(0.5, *task)) == math.inf
    assert float(law(0.6, *task)) < math.inf
    with pytest.raises(ParameterError, match="the error is known"):
        kernel_task(x, np.sin(x), x[:2], np.sin(x[:2]))
    with pytest.raises(ParameterError, match="twice"):
        kernel_task([0.0, 0.0], [1.0, 2.0], at, at)
    with pytest.raises(ParameterError, match="as many labels"):
        kernel_task(x, [1.0], at, at)
    with pytest.raises(ParameterError, match="finite"):
        kernel_task([0.0, math.nan], [1.0, 2.0], at, at)


@pytest.mark.parametrize(
    ("d", "degree", "depth"),
    [(10, 2, 3), (3, 3, 2), (5, 4, 6), (7, 6, 20), (4, 16, 256), (9, 0, 1)],
)
def test_eigenvalues_of_deep_kernels_by_mpmath(d, degree, depth):
    def kernels(t):
        plain = tangent = t
        for _ in range(depth):
            angle = mpmath.acos(plain)
            plain = (mpmath.sqrt(1 - plain**2) + plain * (mpmath.pi - angle)) / mpmath.pi
            tangent = tangent * (1 - angle / mpmath.pi) + plain
        return plain, tangent / (depth + 1)

    half = mpmath.mpf(d - 2) / 2

    def mean(f):
        weight = lambda t: (1 - t * t) ** (half - 0.5)  # noqa: E731
        return mpmath.quad(lambda t: f(t) * weight(t), [-1, 0, 1]) / mpmath.quad(weight, [-1, 0, 1])

    def band(t):
        return mpmath.gegenbauer(degree, half, t) / mpmath.gegenbauer(degree, half, 1)

    with mpmath.workdps(20 if depth < 100 else 18):
        for form, which in ((nngp_eigenvalue, 0), (ntk_eigenvalue, 1)):
            exact = mean(lambda t, which=which: kernels(t)[which] * band(t))
            assert float(form(degree, d, depth)) == pytest.approx(float(exact), abs=2e-15)


def test_the_task_of_a_sphere():
    """The icosahedron is a 5-design: its mean of K is lam_0, but for degrees from 6 on."""
    task = sphere_task([0.1, 0.5, 0.4, 0.3], 3, 1)
    assert task.offset == pytest.approx(0.3)  # one layer has nothing of degree 3
    assert task.degrees == pytest.approx([1, 3, 5])
    assert task.shifts * task.spectrum == pytest.approx([0.1, 0.5, 0.4])
    assert float(law(0.3, *task)) == math.inf
    corner = np.array([1.0, 5**-0.5, -(5**-0.5), -1.0])
    plain = (np.sqrt(1 - corner**2) + corner * (np.pi - np.arccos(corner))) / np.pi
    assert (plain @ [1, 5, 5, 1]) / 12 == pytest.approx(task.spectrum[0], abs=2e-3)
    for bad in ([], [-1.0], [math.nan], np.ones(40)):
        with pytest.raises(ParameterError, match="energies"):
            sphere_task(bad, 3, 1)
    with pytest.raises(ParameterError, match="none of nngp, ntk"):
        sphere_task([1.0], 3, 1, "rbf")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nngp_eigenvalue(2.5, 3, 1), "not a whole number"),
        (lambda: ntk_eigenvalue(2, 2, 1), "d = 2 is outside"),
        (lambda: linear_bias(-1.0, 12, 5, 0.6, 1.0), "eps = -1 is outside"),
        (lambda: linear_bias(1.0, 12, 12, 0.6, 1.0), "is not below d: the error is known"),
        (lambda: linear_bias(1.0, 12, 5, 0.0, 1.0), "tau = 0 is outside"),
        (lambda: boolean_bias(0.5, 4, 1), "classes = 1 is outside"),
        (lambda: boolean_bias(0.5, 4.5, 2), "not a whole number"),
        (lambda: gaussian_bias(0.5, [1.0, -0.1]), "spectrum.* is outside"),
        (lambda: saddlepoint_bias(9.0, [1.0, 2.0], 0.0, 1.0), "is not between 0 and the mean"),
        (lambda: scale_fit_error(0.5, 6, 0), "draws = 0 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="the error is known"):
        Params(d=5, n=5)
    with pytest.raises(ParameterError, match="the error is 0"):
        Params(inputs=10, known=10)
    assert float(linear_bias(0.0, 12, 5, 0.6, 1.0)) == math.inf
