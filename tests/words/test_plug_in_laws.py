"""Errors of rules with estimated means, by scipy's chi-squares and by drawn means."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from theory import ArgumentError, plugin_errors

program = jax.jit(jax.vmap(plugin_errors))


def by_chi_squares(delta, d, n_1, n_2, t):
    """The accuracy as P(l_+ Q_+ + l_- Q_- > -t), one chi-square integrated out by scipy."""
    a, c = 1 / n_1 + 1 / n_2, -(1 / n_1 - 1 / n_2) / 2
    values, vectors = np.linalg.eigh([[a, c], [c, 1 + a / 4]])
    root = (vectors * np.sqrt(values)) @ vectors.T
    lam, turn = np.linalg.eigh(root @ [[0, 0.5], [0.5, 0]] @ root)
    nu = delta**2 * (turn.T @ np.linalg.solve(root, [1, 0.5])) ** 2
    low, high = (stats.ncx2(d, v) if v > 0 else stats.chi2(d) for v in nu)

    def density(r):  # of the root of Q_-, which is bounded at 0
        return 2 * r * low.pdf(r * r) * high.sf((-t - lam[0] * r * r) / lam[1])

    edges = np.union1d(np.linspace(0, np.sqrt(low.ppf(1 - 1e-15)), 9), [max(0, -t / lam[0]) ** 0.5])
    return sum(
        integrate.quad(density, *ends, epsabs=1e-14, limit=300)[0]
        for ends in itertools.pairwise(edges)
    )


def test_the_exact_law_holds_in_few_dimensions_and_at_few_points():
    cases = [
        (delta, d, *rest)
        for d in (1, 2, 3) for delta in (0.0, 0.5, 3.0)
        for rest in ((1, 1, 0.5), (2, 1, -3.0), (1e5, 10, -3.0))
    ] + [(2.0, 10, 15, 15, 0.0), (2.5, 20, 4e7, 1e7, -np.log(4.0))]  # fmt: skip
    delta, d, n_1, n_2, t = np.array(cases, float).T
    # class 1 as the minority, whose errors t lowers; and as the majority
    first, second = program(delta / 2, d, n_1, n_2, -t)[0], program(delta / 2, d, n_2, n_1, t)[1]
    np.testing.assert_allclose(first, second, rtol=1e-12)
    found = 1 - np.asarray(first)
    np.testing.assert_allclose(
        found[:-1], [by_chi_squares(*case) for case in cases[:-1]], atol=2e-10
    )
    assert found[-2] == pytest.approx(0.80429698, abs=1e-8)
    assert found[-1] == pytest.approx(stats.norm.cdf(1.25 - np.log(4) / 2.5), abs=1e-5)


def test_plug_in_errors_are_those_of_drawn_means():
    rng, s, d, counts, t = np.random.default_rng(0), 1.0, 6, (5, 40), 0.7
    mu = np.eye(d)[0] * s
    means = [y * mu + rng.standard_normal((200_000, d)) / n**0.5
             for y, n in zip((1, -1), counts, strict=True)]  # fmt: skip
    w, c = means[0] - means[1], ((means[0] ** 2).sum(1) - (means[1] ** 2).sum(1)) / 2
    for y, exact in zip((1, -1), plugin_errors(s, d, *counts, t), strict=True):
        seen = stats.norm.cdf(-y * (w @ (y * mu) - c - t) / np.linalg.norm(w, axis=1))
        assert abs(seen.mean() - exact) < 5 * seen.std() / len(seen) ** 0.5


def test_a_mean_of_a_1e_20th_point_has_the_leading_term_of_its_errors():
    minority, majority = plugin_errors(1.0, 10.0, 1e-20, 1.0, 0.0)
    assert float(minority) == 1
    # P(chi'^2_10 1e20 < X) = E[X^5]/(1e100 2^5 5!), X = |x - m_-|^2 ~ 2 chi^2_10
    moment = 32 * 10 * 12 * 14 * 16 * 18
    assert float(majority) == pytest.approx(moment / 3840 * 1e-100, rel=1e-9)


def test_the_domain_has_values_and_slopes_at_its_ends_and_is_kept():
    good = {"s": 1.0, "d": 10.0, "minority": 50.0, "majority": 500.0, "t": 0.5}
    ends = {"s": (0, 1e4), "d": (1, 1e9), "minority": (1e-100, 1e15), "majority": (1e-100, 1e15)}
    points = [good | {name: float(end)} for name, pair in ends.items() for end in pair]
    points += [good | {"t": t} for t in (-35.0, 1e4)] + [good | {name: np.nan} for name in good]
    args = [jnp.array([p[name] for p in points]) for name in good]

    def total(*at):
        return sum(plugin_errors(*at))

    value, slopes = jax.jit(jax.vmap(jax.value_and_grad(total, tuple(range(5)))))(*args)
    assert np.isfinite(value[:10]).all()
    assert np.isfinite(np.array(slopes)[:, :10]).all()
    assert np.isnan(value[10:]).all()
    for name, pair in ends.items():
        for end, way in zip(pair, (-np.inf, np.inf), strict=True):
            with pytest.raises(ArgumentError, match=f"plugin_errors: {name}"):
                plugin_errors(**good | {name: float(np.nextafter(end, way))})
