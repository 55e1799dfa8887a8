"""Any covariance, any Gram matrix, two new classes, a weight that is seen: in all dimensions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from theory.prototype_calibration import (
    anisotropic_recalls, competing_recalls, effective_dimension, equal_recall_weight, gram_recalls,
    inflation, seen_weight,
)  # fmt: skip
from theory.prototype_calibration.params import FIVE

Phi = stats.norm.cdf
LENGTH, NOISE, COSINE = FIVE.length, FIVE.noise, FIVE.cosine


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_recalls_of_a_full_covariance():
    """In all dimensions, S turned at random: the gap along no axis of it."""
    rng, (d, k, a) = np.random.default_rng(6), (600, 40, 0.3)
    turned = np.linalg.qr(rng.normal(size=(d, d)))[0]
    s = turned * np.geomspace(0.1, 3.0, d) @ turned.T
    gap = 3.0 * np.eye(d)[0]
    root = turned * np.sqrt(np.geomspace(0.1, 3.0, d) / k)
    seen = []
    for _ in range(400):
        moved = (1 - a) * root @ rng.normal(size=d) - a * gap
        w = moved + gap
        v = np.sqrt(w @ s @ w)
        seen.append([Phi((gap @ gap - moved @ moved) / (2 * v)), Phi(w @ w / (2 * v))])
    given = s[0, 0], np.trace(s) / k, np.trace(s @ s) / k, a
    found = np.array(anisotropic_recalls(3.0, *given))
    assert np.mean(seen, axis=0) == pytest.approx(found, abs=4e-3)
    assert float(effective_dimension(np.trace(s), np.trace(s @ s))) == pytest.approx(
        np.sum(np.diag(s)) ** 2 / np.sum(s * s)
    )


def test_recalls_of_bases_with_any_cosines():
    """At the limit's own prototype: h of the new direction, the rest across, all by vectors."""
    rng, (length, noise, a, tau) = np.random.default_rng(7), (7.0, 30.0, 0.35, 6.0)
    rows = unit(rng.normal(size=(5, 8)) + np.eye(8)[0])
    own, bases = rows[0], rows[1:]
    h = length / np.sqrt(length**2 + noise)
    c = np.append(h * own, np.sqrt(1 - h * h))
    bases = np.pad(bases, ((0, 0), (0, 1)))
    weights = special.softmax(tau * bases @ c)
    moved = unit((1 - a) * c + a * unit(weights @ bases))
    w = moved - bases
    size = np.linalg.norm(w, axis=1)
    new = Phi(length * (w @ np.append(own, 0)) / size)
    base = Phi(-length * np.sum(w * bases, axis=1) / size)
    found = gram_recalls(length, noise, a, tau, bases[:, :8] @ own, bases @ bases.T)
    for ours, by_vectors in zip(found, (new, base), strict=True):
        assert np.asarray(ours) == pytest.approx(by_vectors, rel=1e-10)
    slope = jax.grad(lambda r: gram_recalls(7.0, 30.0, 0.3, 6.0, [0.5, 0.2], r)[0][0])
    near = slope(jnp.asarray([[1.0, 0.3], [0.3, 1.0]]))
    assert np.all(np.isfinite(near))
    assert np.all(np.isnan(gram_recalls(7.0, np.nan, 0.3, 6.0, [0.5, 0.2], np.eye(2))[0]))


def test_two_new_classes_by_test_points():
    rng, (d, a) = np.random.default_rng(8), (300, 0.4)
    means = np.zeros((2, d))
    means[:, 0] = 1.5, -1.5
    noises, middle = (d / 10, d / 30), np.eye(d)[0] * 0.7
    seen = []
    for _ in range(3000):
        noise = rng.normal(size=(2, d)) / np.sqrt([[10], [30]])
        one, two = (1 - a) * (means + noise) + a * middle
        x = means + rng.normal(size=(2, d))
        nearer = ((x - one) ** 2).sum(axis=1) < ((x - two) ** 2).sum(axis=1)
        seen.append([nearer[0], not nearer[1]])
    found = np.array(competing_recalls(3.0, *noises, a, 0.7))
    assert np.mean(seen, axis=0) == pytest.approx(found, abs=0.03)  # 3.3 standard errors


def test_the_weight_that_is_seen():
    h, r = float(inflation(LENGTH, NOISE)), COSINE
    square = LENGTH**2 + NOISE
    found = seen_weight(square, NOISE, h * r)
    assert float(found) == pytest.approx(float(equal_recall_weight(LENGTH, NOISE, r)), rel=1e-12)
    assert float(seen_weight(2.0, 3.0, 0.1)) == 1.0
    assert float(seen_weight(2.0, 1.0, 0.9)) == 1.0
