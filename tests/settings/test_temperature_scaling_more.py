"""Votes by their laws and a search; Beta weights by quadratures; mixtures of squares by rays."""

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize, special

from theory import ArgumentError
from theory.temperature_scaling import (
    mixup_error, mixup_kl, mixup_kl_beta, mixup_kl_beta2, mixup_share, mixup_share_beta,
    neighbour_kl, neighbour_temperature, plane_kl, plane_share,
)  # fmt: skip
from theory.temperature_scaling.plane import sums_density


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


def pieces(z, way, alpha):
    """Pieces of a ray within the squares: (from, to, density, share of a)."""
    ends = [0.0]
    for at, cuts in ((0, (0.0, alpha, 1.0, 1 + alpha)), (1, (0.0, 1.0))):
        if way[at]:
            ends += [(c - z[at]) / way[at] for c in cuts]
    ends = sorted(r for r in ends if r >= 0)
    for low, high in itertools.pairwise(ends):
        x, y = (z[i] + way[i] * (low + high) / 2 for i in (0, 1))
        a, b = int(0 < x < 1), int(alpha < x < 1 + alpha)
        if high > low and 0 < y < 1 and (a or b):
            yield low, high, (a + b) / 2, a / (a + b)


@pytest.mark.parametrize(("z", "alpha"), [((0.2, 0.1), 0.5), ((0.7, 0.3), 0.5), ((0.6, 0.5), 0.9)])
def test_mixtures_of_two_points_of_squares_by_the_rays_through_a_place(z, alpha):
    """x = z - u e, x' = z + v e: the density of (u, v) and of e's angle is that of x times x'."""
    x, w = np.polynomial.legendre.leggauss(24)
    top = bottom = 0.0
    for angle in np.pi * (np.arange(4000) + 0.5) / 4000:
        way = np.array([np.cos(angle), np.sin(angle)])
        for (a, b, r1, s1), (c, d, r2, s2) in itertools.product(
            pieces(z, -way, alpha), pieces(z, way, alpha)
        ):
            u, v = (a + b + (b - a) * x[:, None]) / 2, (c + d + (d - c) * x) / 2
            area = (b - a) * (d - c)
            back = area * (w @ (v / (u + v)) @ w) / 4
            top += r1 * r2 * (back * s1 + (area - back) * s2)
            bottom += r1 * r2 * area
    assert float(plane_share(*z, alpha, 2)) == pytest.approx(top / bottom, abs=5e-6)


@pytest.mark.parametrize(("z", "alpha"), [((0.2, 0.1), 0.5), ((0.7, 0.3), 0.5), ((0.6, 0.5), 0.9)])
def test_mixtures_of_three_points_of_squares_over_a_grid_of_weights(z, alpha):
    """The density of two uniform numbers' sum, a trapezoid, is averaged over the third's box."""
    m = 250
    cells = [((np.arange(m) + c) / m) for c in (1 / 3, 2 / 3)]
    by = np.concatenate([np.stack(np.meshgrid(c, c), axis=-1).reshape(-1, 2) for c in cells])
    by = np.column_stack([by, 1 - by.sum(axis=1)])
    by = by[by[:, 2] > 1e-9]
    low, middle, high = np.sort(by, axis=1).T

    def below(t):
        ramps = [np.maximum(t - a, 0) ** 2 for a in (0, low, middle, low + middle)]
        return (ramps[0] - ramps[1] - ramps[2] + ramps[3]) / (2 * low * middle)

    def density(t):
        return (below(t) - below(t - high)) / high

    across, top, bottom = density(z[1]), 0.0, 0.0
    for of_b in itertools.product((0, 1), repeat=3):
        share = by @ np.array(of_b)
        mass = density(z[0] - alpha * share) * across
        top += mass @ (1 - share)
        bottom += mass.sum()
    assert float(plane_share(*z, alpha)) == pytest.approx(top / bottom, abs=1e-4)


@pytest.mark.parametrize(("mixed", "alpha"), [(2, 0.5), (3, 0.3), (3, 1.0)])
def test_kl_in_the_plane_is_a_sum_over_its_places(mixed, alpha):
    x, w = np.polynomial.legendre.leggauss(40)
    x, w = (1 + x) / 2, w / 2
    t, dt = x**2 * (3 - 2 * x), 6 * x * (1 - x) * w
    z2 = np.maximum(x**2 / 2, 0.001)

    def mean(f, low, high):
        z1 = np.maximum(low + (high - low) * t, 0.001)
        shares = np.asarray(plane_share(*np.meshgrid(z1, z2, indexing="ij"), alpha, mixed))
        return (high - low) * dt @ f(shares) @ (2 * x * w)

    middle = (1 + alpha) / 2
    known = mean(lambda p: -np.log(p), 0.0, alpha)
    if alpha < 1:
        known += mean(lambda p: -np.log(4 * p * (1 - p)), alpha, middle)
    # places nearer to the edge than .001 are taken there: 1.5e-5 at alpha = 1
    assert float(plane_kl(alpha, mixed)) == pytest.approx(known, abs=2e-5)


def test_calibration_errors_of_mixup_are_a_sum_over_its_places():
    for alpha in (0.0, 0.25, 0.5, 1.0):
        z = np.linspace(0, (1 + alpha) / 2, 400_001)[1:] - 1e-7
        truth = np.where(z < alpha, 1.0, 0.5)
        density = np.where(z < alpha, 0.5, 1.0)
        gap = abs(np.asarray(mixup_share(z, alpha)) - truth)
        known = 2 * np.mean(gap * density) * (1 + alpha) / 2
        assert float(mixup_error(alpha)) == pytest.approx(known, abs=2e-5)


def test_a_place_beyond_the_hull_of_squares_is_refused():
    with pytest.raises(ArgumentError, match="too near to the edge"):
        plane_share(1.5, 0.5, 0.5)


def test_sums_of_uniform_numbers_have_a_density():
    for by in (np.array([[0.6, 0.4]]), np.array([[0.5, 0.3, 0.2]])):
        t = (np.arange(100_000) + 0.5) / 100_000
        law = np.asarray(sums_density(t[:, None], by))[:, 0]
        assert law.mean() == pytest.approx(1.0, abs=1e-8)
        assert t @ law / len(t) == pytest.approx(0.5, abs=1e-8)
