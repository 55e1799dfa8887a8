"""Votes of neighbours by their laws and a search; Beta weights by quadratures over the weight."""

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize, special

from theory import ArgumentError
from theory.temperature_scaling import (
    mixup_kl,
    mixup_kl_beta,
    mixup_kl_beta2,
    mixup_share_beta,
    neighbour_kl,
    neighbour_temperature,
)


@pytest.mark.parametrize(("k", "alpha", "m"), [(10, 0.5, 4), (2, 0.3, 7), (1000, 0.8, 1)])
def test_votes_of_neighbours_are_a_search_over_their_laws(k, alpha, m):
    """Without edges by binomials; with them by integrals over the distance to an edge."""

    def best(parts):
        def loss(beta):
            total = 0.0
            for mass, of_b, of_a, truth in parts:
                row = np.concatenate([[beta * of_a, beta * of_b], np.zeros(k - 2)])
                gap = special.logsumexp(row) - truth * row[0] - (1 - truth) * row[1]
                total += mass * (gap - (np.log(2) if truth == 0.5 else 0))
            return total

        found: Any = optimize.minimize_scalar(loss, bounds=(0, 60 / m), method="bounded",
                                         options={"xatol": 1e-11})  # fmt: skip
        return found.fun, 1 / found.x

    pure = [(alpha, 0, m, 1.0)]
    mixed = [(1 - alpha) * special.comb(m, j) / 2**m for j in range(m + 1)]
    far = pure + [(mass, j, m - j, 0.5) for j, mass in enumerate(mixed)]
    kl, temperature = best(far)
    assert float(neighbour_kl(k, alpha, m, 1e12)) == pytest.approx(kl, abs=1e-8)
    assert float(neighbour_temperature(k, alpha, m, 1e12)) == pytest.approx(temperature, rel=1e-4)

    n, near = 1000, []
    for i in range(m):
        mass = integrate.quad(lambda t, i=i: np.exp(-n * t) * (n * t) ** i / special.gamma(i + 1),
                              0, 60 / n, epsabs=1e-14)[0]  # fmt: skip
        for b in range(m - i + 1):
            chance = mass * special.comb(m - i, b) * 2.0 ** (m - i - b) / 3 ** (m - i)
            near.append((chance, b, m - b, 1.0))
            for coin in range(i + 1):
                fair = chance * special.comb(i, coin) / 2**i
                near.append((fair, b + coin, m - b - coin, 0.5))
        near += [(-mass, 0, m, 1.0)]
        near += [(-mass * c / (1 - alpha), j, m - j, 0.5) for j, c in enumerate(mixed)]
    kl, _ = best(far + near)
    assert float(neighbour_kl(k, alpha, m, n)) == pytest.approx(kl, abs=1e-8)


@pytest.mark.parametrize(("z", "alpha", "a"), [(0.2, 0.5, 0.3), (0.7, 0.5, 0.5), (1.2, 0.25, 5.0)])
def test_mixups_share_is_an_integral_over_the_weight(z, alpha, a):
    """Given lambda = w, z = w x + (1 - w) x' with x, x' on pieces: overlaps of intervals in x."""
    cuts = [0.0, alpha, 1.0, 1 + alpha]
    pieces = list(zip(itertools.pairwise(cuts), (0.5, 1.0, 0.5), (1.0, 0.5, 0.0), strict=True))

    def given(w, of_a):
        total, w = 0.0, min(max(w, 1e-15), 1 - 1e-15)
        for ((p, q), r1, s1), ((c, d), r2, s2) in itertools.product(pieces, pieces):
            low, high = max(p, (z - (1 - w) * d) / w), min(q, (z - (1 - w) * c) / w)
            mass = r1 * r2 * max(high - low, 0) / (1 - w)
            total += mass * ((w * s1 + (1 - w) * s2) if of_a else 1)
        return total

    kinks = [(d - z) / (d - c) for c in cuts for d in cuts if c < z < d]
    angles = [float(t) for t in np.arcsin(np.sqrt(kinks))]

    def mean(of_a):
        def f(t):
            return given(np.sin(t) ** 2, of_a) * (np.sin(t) * np.cos(t)) ** (2 * a - 1)

        return integrate.quad(f, 0, np.pi / 2, points=angles, limit=400)[0]

    top, bottom = mean(of_a=True), mean(of_a=False)
    assert float(mixup_share_beta(z, alpha, a)) == pytest.approx(top / bottom, abs=1e-7)


def test_mixups_kl_near_uniform_weights_and_at_beta_2():
    near = [float(mixup_kl_beta(0.5, a)) for a in (0.98, 0.99, 1.01, 1.02)]
    assert (4 * (near[1] + near[2]) - near[0] - near[3]) / 6 == pytest.approx(
        float(mixup_kl(0.5)), abs=2e-8
    )
    assert float(mixup_kl_beta(0.7, 2.0)) == pytest.approx(float(mixup_kl_beta2(0.7)), rel=1e-8)
    with pytest.raises(ArgumentError, match="there mixup_share holds"):
        mixup_kl_beta(0.5, 1.005)
