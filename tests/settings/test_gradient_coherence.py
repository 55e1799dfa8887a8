"""Coherence by enumeration and quadrature, bounds by recursion, spectra from matrices."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from sims.gradient_coherence import network_score, population, seen
from theory import ArgumentError, ParameterError
from theory.gradient_coherence import (
    Params, aligned_coherence, coherence_estimate, convex_gap_bound, difference_bound,
    first_order_gap, gap_bound, m3_variance, mean_estimation_gap, median_survival,
    minibatch_coherence, mixture_coherence, private_power, regression_coherence,
    robust_test_residual, sample_coherence, spectral_coherence, tanh_smoothness, toy_coherence,
    toy_test_residual, toy_train_loss, train_coherence,
)  # fmt: skip


def coherence(rows):
    """|mean|^2 over the mean square."""
    return np.sum(rows.mean(axis=0) ** 2) / np.mean(np.sum(rows**2, axis=1))


def test_words_of_the_metric_at_small_numbers():
    assert float(minibatch_coherence(0.1, 5)) == pytest.approx(5 / 14, rel=1e-14)
    assert float(minibatch_coherence(0.0, 5)) == 0.0
    assert float(minibatch_coherence(1.0, 5)) == 1.0
    # two orthogonal constant vectors, of lengths 1 and 2, a quarter of the first: |.25, 1.5|^2/3.25
    found = float(mixture_coherence(0.25, 1.0, 1.0, 1.0, 4.0))
    assert found == pytest.approx((0.0625 + 2.25) / 3.25, rel=1e-14)
    assert float(mixture_coherence(0.5, 1.0, 1.0, 1.0, 1.0)) == 0.5
    assert float(difference_bound(0.5, 9.0)) == pytest.approx(3.0, rel=1e-14)
    assert float(sample_coherence(0.25, 9)) == 3.0
    assert float(coherence_estimate(1 / 9, 9)) == pytest.approx(0.0, abs=1e-15)
    assert float(coherence_estimate(0.0, 9)) == -0.125


def test_gradients_may_cancel_and_scale():
    rows = np.array([[1.0, 2.0], [-1.0, -2.0]])
    assert coherence(rows) == 0.0
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(7, 3)) + 1
    assert coherence(rows) == pytest.approx(coherence(-3 * rows), rel=1e-14)
    assert coherence(np.ones((5, 2))) == pytest.approx(1.0, rel=1e-14)


def test_the_bounds_are_their_recursion_with_any_constants():
    rng = np.random.default_rng(1)
    spread, rate, beta, m, L = rng.random(7), 0.3, 0.8, 6.0, 1.7
    far = near = 0.0
    for s in spread:
        far += far * rate * beta * (1 + 1 / m) + rate * L * s / m
        near += near * rate * 2 * beta / m + rate * L * s / m
    assert float(gap_bound(spread, rate, beta, m, L)) == pytest.approx(L * far, rel=1e-13)
    assert float(convex_gap_bound(spread, rate, beta, m, L)) == pytest.approx(L * near, rel=1e-13)
    assert float(first_order_gap(0.5, 0.25, 2.0, 3.0)) == pytest.approx(0.25, rel=1e-14)


def test_the_network_is_as_smooth_and_as_steep_as_said():
    """The largest gradient and curvature of one loss, by search over weights and z of norm 1."""
    hidden, d = 4, 2

    def loss(w, z):
        return jax.nn.softplus(-network_score(w.reshape(hidden, d), z))

    def norms(x):
        w, z = x[: hidden * d], x[hidden * d :]
        z = z / jnp.linalg.norm(z)
        slope = jax.grad(loss)(w, z)
        return jnp.linalg.norm(slope), jnp.linalg.norm(jax.hessian(loss)(w, z), ord=2)

    steep = jax.jit(jax.vmap(norms))
    points = np.random.default_rng(2).normal(size=(4096, hidden * d + d)) * 1.5
    slopes, bends = (np.asarray(x) for x in steep(points))
    assert slopes.max() < 1.0
    bound = float(tanh_smoothness(hidden))
    assert 0.4 * bound < bends.max() < bound
    t = np.linspace(0, 3, 100_001)
    second = np.abs(2 * np.tanh(t) / np.cosh(t) ** 2).max()
    assert bound == pytest.approx(0.25 + second / np.sqrt(hidden), rel=1e-8)


def test_mean_estimation_by_its_own_iteration():
    m, rate, steps = 5, 0.3, 6
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=m)))  # every sample of one axis
    w = np.zeros(len(signs))
    for _ in range(steps):
        w -= rate * (w - signs.mean(axis=1))
    gaps = (w**2 + 1) / 2 - np.mean((w[:, None] - signs) ** 2, axis=1) / 2
    found = float(mean_estimation_gap(rate, steps, 1.0, m))
    assert gaps.mean() == pytest.approx(found, rel=1e-12)
    assert float(mean_estimation_gap(0.1, 60, 5.0, 20)) == pytest.approx(0.249551, abs=1e-6)


def test_replacing_an_example_gives_the_gap_exactly():
    """Mean estimation, every sample and every fresh example: both sides enumerated, m = 3."""
    m, rate, steps = 3, 0.4, 3
    pull = 1 - (1 - rate) ** steps
    values, chances = np.array([-1.0, 0.5, 2.0]), np.array([0.2, 0.5, 0.3])
    gap = stability = 0.0
    for picks in itertools.product(range(3), repeat=m + 1):
        chance = np.prod(chances[list(picks)])
        z, fresh = values[list(picks[:m])], values[picks[m]]
        w = pull * z.mean()
        gap += chance * ((w - fresh) ** 2 - np.mean((w - z) ** 2)) / 2
        replaced = w + pull * (fresh - z) / m
        stability += chance * np.mean((replaced - z) ** 2 - (w - z) ** 2) / 2
    variance = chances @ values**2 - (chances @ values) ** 2
    assert stability == pytest.approx(gap, rel=1e-12)
    assert gap == pytest.approx(float(mean_estimation_gap(rate, steps, variance, m)), rel=1e-12)


def test_regression_by_gaussian_quadrature():
    """E g and E|g|^2 over x in three dimensions and the noise, by Gauss and Hermite's rule."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    weights = weights / weights.sum()
    scales, u, noise = np.array([1.0, 0.5, 2.0]), np.array([0.3, -0.7, 0.4]), 0.6
    for flat in (True, False):
        mean, power = np.zeros(3), 0.0
        for picks in itertools.product(range(4), repeat=4):
            z, chance = nodes[list(picks)], np.prod(weights[list(picks)])
            x = z[:3] * (1 if flat else np.sqrt(scales))
            g = (x @ u - np.sqrt(noise) * z[3]) * x
            mean, power = mean + chance * g, power + chance * g @ g
        alpha = mean @ mean / power
        found = (
            regression_coherence(u @ u, noise, 3)
            if flat
            else spectral_coherence(u**2, scales, noise)
        )
        assert alpha == pytest.approx(float(found), rel=1e-12)
        if flat:
            private = float(private_power(u @ u, noise, 3))
            assert (1 - alpha) * power == pytest.approx(private, rel=1e-12)


def test_the_flow_against_an_integral_of_the_density():
    gamma, t, signal, noise = 0.5, 1.3, 0.4, 0.7
    low, high = (1 - np.sqrt(gamma)) ** 2, (1 + np.sqrt(gamma)) ** 2

    def mean(f, gamma=gamma, low=low, high=high):
        weight = lambda x: np.sqrt((x - low) * (high - x)) / (2 * np.pi * gamma * x)  # noqa: E731
        return integrate.quad(lambda x: weight(x) * f(x), low, high, epsabs=1e-13)[0]

    s = lambda x: signal * x + noise  # noqa: E731
    above = mean(lambda x: x * s(x) * np.exp(-2 * x * t))
    below = mean(lambda x: s(x) * np.exp(-2 * x * t))
    assert float(train_coherence(t, gamma, signal, noise)) == pytest.approx(above / below, rel=1e-9)
    assert float(train_coherence(0.0, 3.0, 1.0, 0.0)) == pytest.approx(4.0, rel=1e-12)
    assert float(train_coherence(0.0, 3.0, 0.0, 1.0)) == pytest.approx(1.0, rel=1e-12)
    known = [1, 0.627, 0.446, 0.300, 0.188]  # found elsewhere, as the next line
    for time, value in zip((0, 0.5, 1, 2, 5), known, strict=True):
        assert float(train_coherence(time, 0.5, 0.0, 1.0)) == pytest.approx(value, abs=6e-4)
    for time, value in zip((0, 0.5, 1, 2, 5), [1.5, 1.037, 0.724, 0.440, 0.2329], strict=True):
        assert float(train_coherence(time, 0.5, 1.0, 0.0)) == pytest.approx(value, abs=6e-4)


def test_aligned_layers_by_per_example_gradients():
    """L balanced layers of rank one along the mean of y x, many examples: gradients by jax."""
    rng = np.random.default_rng(5)
    for layers, m, d in ((1, 300, 150), (2, 150, 300), (3, 200, 200)):
        X, y = rng.normal(size=(m, d)), rng.choice([-1.0, 1.0], size=m)
        v = y @ X
        first = np.outer([1, 0], v / np.linalg.norm(v))
        rest = [np.diag([1.0, 0.0])] * max(layers - 2, 0) + [np.array([[1.0, 0.0]])]
        weights = [first, *rest] if layers > 1 else [first[:1]]

        def output(weights, x):
            for w in weights:
                x = w @ x
            return x[0]

        slopes = jax.vmap(jax.grad(output), (None, 0))([jnp.asarray(w) for w in weights], X)
        rows = np.concatenate([np.asarray(g).reshape(m, -1) for g in slopes], axis=1) * y[:, None]
        found = float(aligned_coherence(m, d, layers))
        assert m * coherence(rows) == pytest.approx(found, rel=0.12)
    assert float(aligned_coherence(10, 5, 3)) == pytest.approx(3 / 1.6, rel=1e-14)


@pytest.mark.parametrize(("m", "c", "rate", "flips"), [(10, 0.8, 0.4, 3), (4, 1.0, 0.02, 0)])
def test_the_toy_by_its_own_iteration(m, c, rate, flips):
    labels = np.where(np.arange(m) < flips, -1.0, 1.0)
    X = np.concatenate([np.eye(m), np.full((m, 1), c)], axis=1)
    w, mean = np.zeros(m + 1), labels.mean()
    for t in range(40):
        left = labels - X @ w
        g = left[:, None] * X
        at = (t, m, c, rate, mean)
        assert float(toy_test_residual(*at)) == pytest.approx(1 - c * w[-1], abs=1e-13)
        assert float(toy_train_loss(*at)) == pytest.approx(np.mean(left**2), rel=1e-11)
        assert float(toy_coherence(*at)) == pytest.approx(m * coherence(g), rel=1e-11)
        w += rate * g.mean(axis=0)


def test_the_toy_late_and_without_a_shared_coordinate():
    assert float(toy_test_residual(1e9, 4, 1.0, 0.02, 1.0)) ** 2 == pytest.approx(1 / 25, rel=1e-12)
    assert float(toy_test_residual(500, 4, 0.0, 0.02, 1.0)) == 1.0
    assert float(toy_coherence(1e9, 10, 0.8, 0.4, 0.4)) == pytest.approx(1 / 1.64, rel=1e-12)
    assert float(toy_coherence(1e9, 10, 0.8, 0.4, 1.0)) == pytest.approx(7.4 / 1.64, rel=1e-12)
    assert float(toy_coherence(0, 10, 0.8, 0.4, 0.4)) == pytest.approx(2.024 / 1.64, rel=1e-12)
    assert float(robust_test_residual(3, 0.5, 1.0, 1.0)) == pytest.approx(0.75**3, rel=1e-13)


def test_medians_by_counting_and_by_quadrature():
    p = np.linspace(0, 1, 11)
    for batches in (1, 3, 7, 31):
        counted = stats.binom.sf(batches // 2, batches, p)
        assert np.asarray(median_survival(p, batches)) == pytest.approx(counted, abs=1e-13)

    def density(x):
        return 6 * x**2 * stats.norm.pdf(x) * stats.norm.cdf(x) * stats.norm.sf(x)

    variance = integrate.quad(density, -12, 12)[0]
    assert float(m3_variance(2.0)) == pytest.approx(2 * variance, rel=1e-9)


def test_what_is_seen_of_a_network_is_the_loss_differentiated_numerically():
    z, positive = population(3)
    rng = np.random.default_rng(4)
    w, weights = rng.normal(size=(4, 3)), np.where(positive, 0.25, 0.0)
    found = seen(network_score, jnp.asarray(z), jnp.asarray(w), weights, np.full(8, 1 / 8))

    def losses(w):
        signs = np.array([1, -1, 1, -1]) / 2
        return np.log1p(np.exp(-np.tanh(z @ w.reshape(4, 3).T) @ signs))

    slopes = np.asarray(optimize.approx_fprime(w.ravel(), losses, 1e-7))
    assert float(found["risk"]) == pytest.approx(weights @ losses(w), rel=1e-12)
    assert float(found["fit"]) == pytest.approx(losses(w).mean(), rel=1e-12)
    assert float(found["alpha"]) == pytest.approx(coherence(slopes[positive]), rel=1e-5)
    assert float(found["sample_alpha"]) == pytest.approx(coherence(slopes), rel=1e-4)
    assert float(found["power"]) == pytest.approx(np.sum(slopes[positive] ** 2) / 4, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regression_coherence(0.0, 0.0, 5), "all gradients are zero"),
        (lambda: train_coherence(1.0, 0.5, 0.0, 0.0), "all gradients are zero"),
        (lambda: train_coherence(1.0, 0.0, 1.0, 0.0), "gamma = 0 is outside"),
        (lambda: minibatch_coherence(0.5, 0.5), "k = 0.5 is outside"),
        (lambda: sample_coherence(0.5, 1), "m = 1 is outside"),
        (lambda: mixture_coherence(1.5, 0.5, 1.0, 0.5, 1.0), "p = 1.5 is outside"),
        (lambda: median_survival(-0.1, 3), "p = -0.1 is outside"),
        (lambda: median_survival(0.1, 4), "is even"),
        (lambda: toy_coherence(1, 4, -1.0, 0.1, 1.0), "c = -1 is outside"),
        (lambda: toy_coherence(1, 4, 1.0, 1.6, 1.0), "the toy diverges"),
        (lambda: robust_test_residual(1, 1.0, 2.0, 1.0), "it diverges"),
        (lambda: gap_bound([1.0], 0.0, 1.0, 8), "rate = 0 is outside"),
        (lambda: gap_bound([1.0], 0.1, -1.0, 8), "smoothness = -1 is outside"),
        (lambda: gap_bound([1.0], 0.1, 1.0, 8, -1.0), "lipschitz = -1 is outside"),
        (lambda: convex_gap_bound([1.0], 3.0, 1.0, 8), "is above 2/beta"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"flips": 9}, "is above m = 8"),
        ({"batch": 9}, "is above m = 8"),
        ({"rate": 3.0}, "the toy diverges"),
        ({"m": 1}, "m = 1 is outside"),
        ({"share": 1.5}, "share = 1.5 is outside"),
        ({"c": -0.5}, "c = -0.5 is outside"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
