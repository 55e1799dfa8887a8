"""Laws of several normals against exact orthants, mpmath's quadrature and known constants."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.stats as st

import theory
from theory import ArgumentError, Ball
from theory._formula import ball_precision


def columns(points) -> list[jax.Array]:
    return [jnp.array(column, float) for column in zip(*points, strict=True)]


PAIRS = [
    (h, k, rho)
    for rho in (0.3, -0.6, 0.9999, -0.9999)
    for h, k in ((0.3, -0.2), (1.0, 1.0), (-3.0, -2.5), (2.0, -1.9), (-9.0, 8.0))
]


def exact_pair(h, k, rho):
    """int phi(x) Phi((k - rho x)/r) over x < h, cut where the integrand bends."""
    h, k, rho = (mpmath.mpf(float(v)) for v in (min(h, k), max(h, k), rho))
    r = mpmath.sqrt((1 - rho) * (1 + rho))
    widths = 1 / (1 + abs(h)), r, r**2 / (1 + abs(k - rho * h))
    cuts = {q * w for w in widths for q in (0.1, 0.3, 1, 2, 4, 8, 16, 32)}
    if rho != 0:
        cuts |= {h - k / rho + j * r for j in (-9, -3, -1, 0, 1, 3, 9)}
    cuts = sorted(c for c in cuts if 0 < c < 40)

    def density(s):
        return mpmath.npdf(h - s) * mpmath.ncdf((k - rho * (h - s)) / r)

    size = density(0)  # mpmath stops at an absolute error
    return size * mpmath.quad(lambda s: density(s) / size, [0, *cuts, 40])


def test_two_correlated_normals():
    value = jax.jit(theory.bivariate_normal_cdf)(*columns(PAIRS))
    with mpmath.workdps(20):
        for (h, k, rho), found in zip(PAIRS, value, strict=True):
            truth = exact_pair(h, k, rho)
            good = rho >= 0 or h + k <= 0
            allowed = 1e-12 * truth if good else 1e-14 * mpmath.ncdf(min(h, k))
            assert abs(mpmath.mpf(float(found)) - truth) <= allowed + 1e-300, (h, k, rho)


def test_a_quadrant_is_sheppards_formula_up_to_perfect_correlation():
    rho = np.array([-1.0, -1 + 1e-12, -0.999, -0.4, 0.0, 0.2, 0.9, 1 - 1e-6, 1 - 1e-12, 1.0])
    value = theory.bivariate_normal_cdf(0.0, 0.0, rho)
    np.testing.assert_allclose(value, 0.25 + np.arcsin(rho) / (2 * np.pi), rtol=1e-12, atol=1e-15)


def test_two_normals_at_the_ends_of_every_argument():
    inf = jnp.inf
    points = [(1.0, 2.0, 1.0, st.norm.cdf(1)), (-1.0, 0.5, -1.0, 0.0), (inf, -inf, 0.1, 0.0),
              (1.0, 0.5, -1.0, st.norm.cdf(1) + st.norm.cdf(0.5) - 1), (inf, inf, -0.9, 1.0),
              (inf, 0.3, 0.3, st.norm.cdf(0.3)), (-50.0, 0.3, 0.3, 0.0),
              (-8.0, inf, 0.9, st.norm.cdf(-8))]  # fmt: skip
    h, k, rho, truth = columns(points)
    np.testing.assert_allclose(theory.bivariate_normal_cdf(h, k, rho), truth, rtol=1e-13)


def test_slopes_of_two_normals_are_conditional_probabilities_and_the_density():
    h, k, rho = 0.3, -0.7, 0.8
    slopes = jax.jit(jax.grad(theory.bivariate_normal_cdf, (0, 1, 2)))
    with mpmath.workdps(18):
        for i, found in enumerate(slopes(h, k, rho)):
            order = tuple(int(i == j) for j in range(3))
            truth = mpmath.diff(exact_pair, (h, k, rho), order, h=mpmath.mpf(10) ** -5)
            assert float(found) == pytest.approx(float(truth), rel=1e-8)
    by_h, by_k, by_rho = slopes(0.5, jnp.inf, 0.3)
    assert (float(by_k), float(by_rho)) == (0, 0)
    assert float(by_h) == pytest.approx(st.norm.pdf(0.5), rel=1e-14)
    assert float(slopes(0.5, 0.2, 1.0)[0]) == 0  # X <= 0.2 decides


def test_the_best_of_many_by_symmetry_and_by_two_dimensions():
    best = jax.jit(theory.best_of_normals)
    # all alike: 1/(K + 1) each; two rivals: a bivariate quadrant
    none, one = jnp.zeros((3, 2)), jnp.array([[1.0, 0], [9, 0], [1e6, 0]])
    np.testing.assert_allclose(best(none, one, 1.0), [1 / 2, 1 / 10, 1 / (1e6 + 1)], rtol=1e-12)
    shifts = jnp.array([[0.4, -1.0], [3.0, 2.0], [-2.0, 0.0]])
    pairs = theory.bivariate_normal_cdf(shifts[:, 0] / 2**0.5, shifts[:, 1] / 2**0.5, 0.5)
    np.testing.assert_allclose(best(shifts, jnp.ones((3, 2)), 1.0), pairs, rtol=1e-12)
    # a still first one: a product; Z_1 - s Z ~ N(0, 1 + s^2) against one rival
    spread = jnp.array([0.0, 4.0, 60.0])
    found = best(
        jnp.array([[0.3, -0.2], [0.7, 0], [0.7, 0]]), jnp.array([[2.0, 1], [1, 0], [1, 0]]), spread
    )
    still = st.norm.cdf(0.3) ** 2 * st.norm.cdf(-0.2)
    np.testing.assert_allclose(found, [still, st.norm.cdf(0.7 / 17**0.5), np.nan], rtol=1e-12)


def test_orthants_of_equally_correlated_normals():
    n = np.array([1.0, 2, 3, 10, 1e4])
    np.testing.assert_allclose(theory.orthant(n, 0.5), 1 / (n + 1), rtol=1e-12)
    np.testing.assert_allclose(theory.orthant(n[:4], 0.0), 0.5 ** n[:4], rtol=1e-12)
    np.testing.assert_allclose(theory.orthant(n, 1.0), 0.5, rtol=1e-12)
    rho = np.array([0.1, 0.5, 0.500001, 0.9, 0.99999])
    quadrant = 0.25 + np.arcsin(rho) / (2 * np.pi)
    np.testing.assert_allclose(theory.orthant(2.0, rho), quadrant, rtol=1e-12)
    # three, by inclusion and exclusion from the quadrants
    three = 0.125 + 3 * np.arcsin(rho) / (4 * np.pi)
    np.testing.assert_allclose(theory.orthant(3.0, rho), three, rtol=1e-12)


def test_expected_maxima_and_order_statistics():
    n = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    a = np.arcsin(1 / 3)
    known = [0, np.pi**-0.5, 1.5 * np.pi**-0.5, 3 * np.pi**-0.5 * (0.5 + a / np.pi),
             5 * np.pi**-0.5 * (0.25 + 1.5 * a / np.pi)]  # fmt: skip
    np.testing.assert_allclose(theory.expected_maximum(n), known, atol=1e-13)
    with mpmath.workdps(20):
        for count in (1e3, 1e12):
            density = lambda z, c=count: z * c * mpmath.ncdf(z) ** (c - 1) * mpmath.npdf(z)  # noqa: E731
            truth = mpmath.quad(density, [-5, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12])
            assert float(theory.expected_maximum(count)) == pytest.approx(float(truth), rel=1e-10)
    # E of all order statistics sums to 0, of the second of three is 0
    assert float(theory.expected_order_statistic(2, 3)) == pytest.approx(0, abs=1e-14)
    total = jnp.sum(theory.expected_order_statistic(jnp.arange(1, 8), 7))
    assert float(total) == pytest.approx(0, abs=1e-13)
    with pytest.raises(ArgumentError, match="is above n"):
        theory.expected_order_statistic(4, 3)


def test_the_lead_of_the_largest():
    t = jnp.array([0.0, 0.1, 1.0, 5.0])
    np.testing.assert_allclose(  # of two: |N(0, 2)|
        theory.top_gap_tail(t, 2), 2 * st.norm.sf(t / 2**0.5), rtol=1e-12
    )
    np.testing.assert_allclose(
        theory.top_gap_cdf(t, 2), 2 * st.norm.cdf(t / 2**0.5) - 1, atol=1e-14
    )
    # E gap = E max - E second
    for n in (3, 50):
        mean = theory.integral(lambda t: theory.top_gap_tail(t, n), 0.0, 9.0)  # noqa: B023
        top = theory.expected_order_statistic(n, n) - theory.expected_order_statistic(n - 1, n)
        assert float(mean) == pytest.approx(float(top), rel=1e-10)


# --------------------------------------------------------------------------------------------
# Moments, on four evaluators

ONE = ("normal_hazard", "folded_mean", "folded_variance", "relu_mean", "relu_square")
LOSS = {
    "relu_mean": 2,
    "relu_square": 4,
    "folded_variance": 2,
    "normal_hazard": 0,
    "folded_mean": 0,
}
MU = (-6.0, -1.5, -1e-3, 0.0, 0.7, 2.0, 9.0)


def by_quadrature(name: str, mu: mpmath.mpf) -> mpmath.mpf:
    def mean(f):
        cuts = sorted({-mu, -40 - abs(mu), *range(-12, 13), 40 + abs(mu)})
        return mpmath.quad(lambda z: f(z + mu) * mpmath.npdf(z), cuts)

    if name == "normal_hazard":
        return 1 / mpmath.quad(lambda s: mpmath.exp(-(s**2) / 2 - mu * s), [0, 1, 4, 12, 40])
    if name.startswith("folded"):
        first = mean(abs)
        return first if name == "folded_mean" else 1 + mu**2 - first**2
    return mean(lambda x: max(x, 0) ** (2 if name == "relu_square" else 1))


@pytest.mark.parametrize("name", ONE)
def test_a_moment_is_its_integral_on_every_evaluator(name):
    word = getattr(theory, name)
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(word)))(jnp.array(MU))
    with mpmath.workdps(30), ball_precision(100):
        for mu, value, slope in zip(MU, values, slopes, strict=True):
            truth = by_quadrature(name, mpmath.mpf(mu))
            loss = 1e-14 * (1 + abs(mu)) ** LOSS[name]
            assert float(word(mpmath.mpf(mu))) == pytest.approx(float(truth), rel=1e-15)
            assert float(value) == pytest.approx(float(truth), rel=loss)
            assert word(Ball(mu)).contains(word(mpmath.mpf(mu)))
            exact = float(mpmath.diff(word, mpmath.mpf(mu)))
            assert float(slope) == pytest.approx(exact, rel=10 * loss, abs=1e-14)


def test_a_range_cuts_a_normal():
    ranges = [
        (-1.0, 2.0),
        (-2.0, 1.0),
        (3.0, 3.5),
        (-3.5, -3.0),
        (0.0, 12.0),
        (7.0, 9.0),
        (-0.5, 0.5),
    ]
    low, high = columns(ranges)
    mean, variance = jax.jit(theory.truncated_mean)(low, high), theory.truncated_variance(low, high)
    with mpmath.workdps(30), ball_precision(100):
        for (a, b), first, second in zip(ranges, mean, variance, strict=True):
            cuts = [a, (a + b) / 2, b]
            moments = [mpmath.quad(lambda z, k=k: z**k * mpmath.npdf(z), cuts) for k in range(3)]
            m = moments[1] / moments[0]
            v = moments[2] / moments[0] - m**2
            assert float(first) == pytest.approx(float(m), rel=1e-12, abs=1e-14)
            assert float(second) == pytest.approx(float(v), rel=1e-11)
            ball = theory.truncated_mean(Ball(a), Ball(b))
            assert ball.contains(theory.truncated_mean(mpmath.mpf(a), mpmath.mpf(b)))


@pytest.mark.parametrize("q", [1e-20, 1e-3, 0.014, 0.7, 5.0, 40.0])
def test_a_clipped_share_keeps_its_digits(q):
    with mpmath.workdps(60):
        exact = theory.clipped_share(mpmath.mpf(q))
        if q == 0.7:
            mean = mpmath.quad(lambda z: z**2 * mpmath.npdf(z), [-q, q])
            assert exact == pytest.approx(
                mean / mpmath.mpf(q) ** 2 + 2 * mpmath.ncdf(-q), rel=1e-30
            )
    assert float(theory.clipped_share(q)) == pytest.approx(float(exact), rel=1e-13)
    assert float(theory.clipped_share(0.0)) == 1.0


def test_slopes_are_whole_where_two_branches_of_a_word_meet():
    """At -1 log Phi changes branch, and t = .5 puts a node of the gap's average there."""
    slope = jax.grad(theory.log_normal_cdf)(-1.0)
    assert slope == pytest.approx(st.norm.pdf(-1) / st.norm.cdf(-1), rel=1e-13)
    slope = jax.grad(lambda t: theory.top_gap_cdf(t, 2))(0.5)
    assert slope == pytest.approx(np.exp(-0.0625) / np.pi**0.5, rel=1e-12)
