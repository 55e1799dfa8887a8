"""Scores by hand and on digits, margins by a peer, saddle points by search, spectra by sampling."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import integrate, optimize, stats
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score
from sklearn.svm import SVC

from sims import max_margin, stochastic_descend
from theory import ArgumentError, ParameterError
from theory.data_diet import (
    Params, auc_of_error, averaged_cosine, blind_square, el2n, el2n_range, flagged_precision,
    flow_auc, hardest_few, kept_for_error, many_examples, noise_auc, one_step_cosine,
    probe_overlaps, pruned_error, window_error,
)  # fmt: skip
from theory.data_diet.flow import label_mean, point_mean
from theory.data_diet.perceptron import easy_crossover, random_crossover
from theory.data_diet.perceptron import errors as error

Phi, phi = stats.norm.cdf, stats.norm.pdf
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
needed, probed = jax.jit(kept_for_error), jax.jit(probe_overlaps)


def ramp(x):
    """E(x + Z)_+^2."""
    return (1 + x * x) * Phi(x) + x * phi(x)


def test_scores_by_hand():
    chances = np.array([[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]])
    label = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert np.asarray(el2n(chances, label)) == pytest.approx([0.38**0.5, 2**0.5], rel=1e-12)
    low, high = el2n_range(0.5, 3)
    assert float(low) == pytest.approx(0.375**0.5)
    assert float(high) == pytest.approx(0.5**0.5)
    assert np.isfinite(jax.grad(el2n)(jnp.array([1.0, 0.0]), jnp.array([1.0, 0.0]))).all()


@pytest.mark.parametrize("spread", [0.3, 2.0, 10.0])
def test_two_blind_classes_by_scipy(spread):
    def square(z):
        return 2 / (1 + np.exp(-(2**0.5) * spread * z)) ** 2 * phi(z)

    found = integrate.quad(square, -12, 12, points=[0.0])[0]
    assert float(blind_square(2, spread)) == pytest.approx(found, rel=1e-8)


@pytest.mark.parametrize(("classes", "spread"), [(10, 1.0), (64, 4.0), (4, 10.0)])
def test_many_blind_classes_by_draws(classes, spread):
    z = spread * np.random.default_rng(0).normal(size=(40_000, classes))
    p = np.exp(z - z.max(1, keepdims=True))
    square = 1 - 2 / classes + classes * np.mean((p / p.sum(1, keepdims=True)) ** 2, 1)
    near = 5 * square.std() / 200
    assert float(blind_square(classes, spread)) == pytest.approx(square.mean(), abs=near)
    assert float(blind_square(classes, 0.0)) == pytest.approx(1 - 1 / classes, rel=1e-12)


def test_grand_at_initialisation_is_the_input_norm_on_digits():
    """Two classes, linear: |p - y| |x| over random weights tends to |x|/sqrt(2), label or not."""
    x, y = load_digits(n_class=2, return_X_y=True)
    x = x[:80] / 16
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(4000, 2, 64)) @ x.T
    wrong = 1 / (1 + np.exp(np.where(y[:80] == 1, 1, -1) * (logits[:, 1] - logits[:, 0])))
    norm = np.linalg.norm(x, axis=1)
    grand = np.mean(np.sqrt(2) * wrong * norm, 0)
    assert grand == pytest.approx(norm / 2**0.5, rel=5 * 0.5 / np.sqrt(4000) * 2)


def test_a_network_on_digits_is_blind_first_and_telling_soon():
    """A tenth of the labels flipped: EL2N of three networks, before and after 60 steps."""
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(2)
    x, y = jnp.asarray(x[:600] / 16), y[:600]
    flipped = rng.random(600) < 0.1
    given = np.where(flipped, (y + rng.integers(1, 10, 600)) % 10, y)
    labels = jax.nn.one_hot(given, 10, dtype=float)
    start = {"in": jnp.asarray(rng.normal(size=(3, 64, 32)) / 8),
             "out": jnp.asarray(rng.normal(size=(3, 32, 10)) / 32**0.5)}  # fmt: skip
    order = jnp.asarray(rng.integers(0, 600, (60, 100)))

    def logits(w, x):
        return jnp.tanh(x @ w["in"]) @ w["out"]

    def loss(w, batch):
        return jnp.mean(optax.softmax_cross_entropy(logits(w, batch[0]), batch[1]))

    @jax.jit
    def chances(start):
        path = jax.vmap(
            lambda w: stochastic_descend(loss, w, (x, labels), order, optax.adam(0.02),
                                         observe=lambda w: jax.nn.softmax(logits(w, x)))
        )(start)  # fmt: skip
        return path[:, [0, -1]]

    score = np.mean([np.asarray(el2n(c, labels)) for c in np.asarray(chances(start))], 0)
    before, after = (roc_auc_score(flipped, s) for s in score)
    # pairs of 60 and 540 labels: the spread of an AUC without signal is .04
    assert before == pytest.approx(0.5, abs=5 * 0.04)
    assert after > 0.9


def test_mixture_forms_at_their_checks():
    assert float(noise_auc(1.5, 0.7)) == pytest.approx(Phi(2**0.5 * 1.05), rel=1e-12)
    assert float(auc_of_error(Phi(-1.05))) == pytest.approx(Phi(2**0.5 * 1.05), rel=1e-10)
    one = float(one_step_cosine(1.5, 200, 400, 0.2))
    assert Phi(2**0.5 * 1.5 * one) == pytest.approx(0.9521, abs=6e-5)
    low = float(one_step_cosine(1.0, 400, 400, 0.1))
    assert Phi(2**0.5 * low) == pytest.approx(0.8114, abs=6e-5)
    assert float(averaged_cosine(1.5, 300, 600, 0.2, 0.2, 0.3, 4)) == pytest.approx(
        0.4922, abs=6e-5
    )
    many = float(averaged_cosine(1.5, 300, 600, 0.2, 0.2, 0.3, 16))
    assert many == pytest.approx(0.667, abs=6e-4)


def test_precision_of_flags_by_counting():
    rng, (rho, snr, cosine, threshold) = np.random.default_rng(3), (0.2, 1.5, 0.6, 0.5)
    flipped = rng.random(400_000) < rho
    margin = np.where(flipped, -1, 1) * snr * cosine + rng.normal(size=400_000)
    hit = flipped[margin < -threshold]
    found = float(flagged_precision(rho, snr, cosine, threshold))
    assert found == pytest.approx(hit.mean(), abs=5 * 0.5 / np.sqrt(len(hit)))


@pytest.mark.parametrize(("snr", "aspect"), [(1.5, 0.5), (0.5, 2.0), (1.0, 1.0), (0.3, 0.04)])
def test_the_spectrum_seen_from_the_labels_has_its_moments(snr, aspect):
    a = snr**2 + aspect
    for f, moment in ((lambda x: 1 + 0 * x, 1.0), (lambda x: x, a), (lambda x: x * x, a * a + a)):
        assert float(label_mean(f, snr, aspect)) == pytest.approx(moment, rel=1e-10)
    assert float(point_mean(lambda x: x, aspect)) == pytest.approx(aspect, rel=1e-10)


@jax.jit
def along_the_flow(time, snr, aspect, rho):
    """y'h y/n and the AUC."""
    learned = label_mean(lambda v: -jnp.expm1(-time * v), snr, aspect)
    return learned, flow_auc(time, snr, aspect, rho)


@pytest.mark.parametrize(("n", "d", "snr"), [(400, 200, 1.5), (300, 600, 0.7)])
def test_the_flow_in_all_dimensions(n, d, snr):
    rng, rho = np.random.default_rng(4), 0.2
    y = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    x = rng.normal(size=(n, d))
    x[:, 0] += snr * y
    values, vectors = np.linalg.eigh(x @ x.T / n)
    flipped = rng.random(n) < rho
    labels, seen = np.where(flipped, -y, y), vectors.T @ y
    for time in (0.1, 1.0, 6.0):
        h = -np.expm1(-time * np.maximum(values, 0))
        found, said = map(float, along_the_flow(time, snr, d / n, rho))
        # a mean over n points' labels of a bounded function
        assert found == pytest.approx(h @ seen**2 / n, abs=5 / np.sqrt(n) / 2)
        residual = np.abs(vectors @ (h * (vectors.T @ labels)) - labels)
        counted = roc_auc_score(flipped, residual)
        spread = np.sqrt(0.25 / (n * rho)) + snr / np.sqrt(n)
        assert said == pytest.approx(counted, abs=3 * spread)


@pytest.mark.parametrize(
    ("total", "share", "start", "known"),
    [
        (1, 0.5, 0.0, 0.4057), (1, 0.5, 0.5, 0.2502), (4, 0.5, 0.0, 0.1361), (2, 1.0, 0.0, 0.1885),
        (4, 0.5, 0.5, 0.1173), (180, 0.01, 0.0, 0.4702), (220, 0.01, 0.0, 0.00373),
        (20, 0.5, 0.0, 0.024913), (20, 0.5, 0.5, 0.029705),
    ],
)  # fmt: skip
def test_pruned_errors_at_the_known_rows(total, share, start, known):
    digits = len(str(known)) - 2
    assert float(error(total, share, start)) == pytest.approx(known, abs=0.51 * 10**-digits)


@pytest.mark.parametrize(("total", "share", "start"), [(4.0, 0.5, 0.2), (1.0, 0.5, 0.5)])
def test_the_largest_margin_by_search(total, share, start):
    """G(R, k) = alpha E S2(k - R z, s)/s^2 - 1: the largest k with min_R G <= 0."""
    low, high = stats.norm.ppf((1 + start) / 2), stats.norm.ppf((1 + start + share - 1e-15) / 2)
    z = (low + high) / 2 + (high - low) / 2 * NODES
    weights = WEIGHTS * (high - low) * phi(z) / share

    def lowest(k):
        """Where, and how low, the gap is over angles."""

        def gap(angle):
            s = np.sin(angle)
            return share * total * weights @ ramp((k - np.cos(angle) * z) / s) - 1

        best = float(np.asarray(optimize.fminbound(gap, 0.02, np.pi / 2, xtol=1e-10)))
        return best, gap(best)

    k = optimize.brentq(lambda k: lowest(k)[1], 0.01, 6)
    assert float(error(total, share, start)) == pytest.approx(lowest(k)[0] / np.pi, abs=1e-6)


def test_examples_for_an_error_and_where_hard_ones_pay():
    assert float(needed(error(6.0, 0.3, 0.1), 0.3, 0.1)) == pytest.approx(1.8, rel=1e-9)
    assert float(easy_crossover(0.5)) == pytest.approx(5.048, abs=6e-4)
    assert float(random_crossover(0.5)) == pytest.approx(2.907, abs=6e-4)
    gap = [float(error(t, 0.5, 0.0) - error(t, 0.5, 0.5)) for t in (5.0, 5.1)]
    assert gap[0] > 0 > gap[1]


def test_ends_of_the_curves():
    hardest = jax.jit(hardest_few)
    assert float(hardest(2.2)) == pytest.approx(float(error(2200, 0.001, 0)) / 1e-3, rel=1e-5)
    assert float(hardest(50.0)) == pytest.approx(0.500489 / 50, rel=1e-6)
    slow = [float(hardest(2 + gap)) * gap**0.5 for gap in (0.001, 0.002)]
    assert slow[0] == pytest.approx(slow[1], rel=0.02)  # infinite at 2 like (alpha - 2)^-1/2
    assert float(many_examples(0.0)) == pytest.approx(1e5 * float(error(1e5, 0.3, 0.0)), rel=1e-6)
    assert float(many_examples(0.5)) == pytest.approx(1e5 * float(error(1e5, 0.3, 0.5)), rel=1e-4)
    kappa = optimize.brentq(lambda k: k**3 * Phi(k) - (1 - k * k) * phi(k), 0.1, 1)
    found = 1 / (np.sqrt(2 * np.pi) * (phi(kappa) + kappa * Phi(kappa)))
    assert float(many_examples(0.0)) == pytest.approx(found, rel=1e-10)


def test_slopes_of_the_pruned_error():
    at, along, h = np.array([4.0, 0.5, 0.2]), np.array([1.0, 0.2, -0.3]), 1e-5
    slope = jax.jit(lambda at, along: jax.jvp(pruned_error, tuple(at), tuple(along))[1])(at, along)
    ahead = float(error(*(at + h * along)) - error(*(at - h * along))) / (2 * h)
    assert float(slope) == pytest.approx(ahead, rel=1e-6)


def test_the_probe_by_another_iteration():
    """a, b = E(u m, v m)/(1/alpha - E Phi), slowly, over draws' places from a product rule."""
    total, share, angle = 4.0, 0.5, np.pi / 9
    low, c, s = stats.norm.ppf(0.75), np.cos(angle), np.sin(angle)
    z = (low + 9) / 2 + (9 - low) / 2 * NODES
    parts = []
    for side in (1, -1):
        top = np.clip(side * z * c / s, -9, 9)[:, None]
        o = (top - 9) / 2 + (top + 9) / 2 * NODES
        weights = (WEIGHTS * (9 - low) * phi(z) / share)[:, None] * WEIGHTS * (top + 9) / 2 * phi(o)
        parts.append([side * c * z[:, None] - s * o, side * s * z[:, None] + c * o, weights])
    u, v, w = (np.concatenate([p[i].ravel() for p in parts]) for i in range(3))
    now = np.array([1.0, 1.0, 0.0])
    for _ in range(250):
        mu = now[0] - now[1] * u - now[2] * v
        m = w * (phi(mu) + mu * Phi(mu))
        left = 1 / (share * total) - w @ Phi(mu)
        a, b = u @ m / left, v @ m / left
        now += 0.1 * (np.array([(1 + a * a + b * b) * left / m.sum(), a, b]) - now)
    overlaps = now[1:] / np.sqrt(1 + now[1] ** 2 + now[2] ** 2)
    found = [float(x) for x in probed(total, share, 1 - share, angle)]
    assert found == pytest.approx(list(overlaps), abs=1e-6)
    assert found == pytest.approx([0.8677, 0.2625], abs=6e-5)


def test_largest_margins_are_above_a_peers():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 12))
    y = np.sign(x[:, 0])
    found = jax.jit(max_margin)(x, y)
    # a mirrored set leaves the peer no use for its intercept
    peer = SVC(kernel="linear", C=1e6).fit(np.concatenate([x, -x]), np.concatenate([y, -y]))
    w = peer.coef_[0] / np.linalg.norm(peer.coef_)
    assert np.min(y * (x @ w)) <= float(found.margin + found.gap) + 1e-12
    assert float(found.gap) < 1e-8


@pytest.mark.parametrize(("start", "rho"), [(0.0, 0.1), (0.05, 0.1), (0.3, 0.2), (0.6, 0.0)])
def test_window_errors_by_sampling_margins(start, rho):
    total, share = 10.0, 0.4
    u = (np.arange(200_000) + 0.5) / 200_000
    size = stats.norm.ppf((1 + u) / 2)
    m = np.concatenate([-size, size])
    order = np.argsort(m)
    mass = np.cumsum(np.where(m < 0, rho, 1 - rho)[order]) / len(u)
    inside = (mass > start) & (mass <= start + share)
    weights = np.where(m < 0, rho, 1 - rho)[order][inside] / len(u) / share
    first, second = weights @ m[order][inside], weights @ m[order][inside] ** 2
    t = first * np.sqrt((share * total - 1) / (second * (second - first**2)))
    assert float(window_error(total, share, start, rho)) == pytest.approx(
        0.5 - np.arctan(t) / np.pi, abs=1e-4
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pruned_error(4.0, 0.0, 0.0), "share = 0 is outside"),
        (lambda: pruned_error(0.0, 0.5, 0.0), "total = 0 is outside"),
        (lambda: pruned_error(4.0, 0.5, 0.6), "start \\+ share is above 1"),
        (lambda: probe_overlaps(4.0, 0.5, 0.0, 2.0), "angle = 2 is outside"),
        (lambda: probe_overlaps(4.0, 0.5, 0.0, -0.1), "angle = -0.1 is outside"),
        (lambda: window_error(2.0, 0.5, 0.0, 0.1), "no more examples than dimensions"),
        (lambda: window_error(8.0, 0.5, 0.0, 0.5), "rho = 0.5 is outside"),
        (lambda: one_step_cosine(1.0, 10, 10, 0.6), "rho = 0.6 is outside"),
        (lambda: blind_square(1, 1.0), "classes = 1 is outside"),
        (lambda: averaged_cosine(1.0, 10, 10, 0.1, 0.1, 0.3, 0), "runs = 0 is outside"),
        (lambda: hardest_few(2.0), "load = 2 is outside"),
        (lambda: el2n([0.5, 0.5], [0.5, 0.5]), "is not one-hot"),
        (lambda: el2n([0.5, 0.4], [1.0, 0.0]), "do not sum to 1"),
        (lambda: el2n([0.5, 0.5], [1.0, 0.0, 0.0]), "not as many"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"kept": 0}, "kept = 0"),
        ({"kept": 90}, "is above n = 80"),
        ({"first": 50}, "is above n = 80"),
        ({"rho": 0.5}, "rho = 0.5"),
        ({"classes": 1}, "classes = 1"),
        ({"runs": 0}, "runs = 0"),
        ({"angle": 2.0}, "angle = 2"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
