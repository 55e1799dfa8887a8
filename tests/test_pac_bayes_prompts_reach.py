"""Quadratures, tables and iterations against their declared domains, by independent routes."""

import dataclasses
import functools
import math

import jax
import mpmath
import numpy as np
import pytest
from scipy import special, stats

import theory.pac_bayes_prompts as pac
from theory.__main__ import main
from theory.pac_bayes_prompts import _block

B = pac.BLOCK
SMALL = dataclasses.replace(B, base=0.05)  # class names nearly vanish: the scores' spreads differ


def _two_class_risk(embedding, params):
    """K = 2: both scores are normal, and so is their difference."""
    means = np.einsum("ykb,kb->yk", np.asarray(pac.block_means(params)), embedding)
    spread = params.sigma * math.hypot(*np.linalg.norm(embedding, axis=1))
    lead = np.array([means[0, 0] - means[0, 1], means[1, 1] - means[1, 0]])
    return special.ndtr(-lead / spread).mean()


def _risk_in_digits(embedding, params):
    """The Gaussian integral by mpmath's tanh-sinh rule between the steps of its factors."""
    means = np.einsum("ykb,kb->yk", np.asarray(pac.block_means(params)), embedding)
    size = params.sigma * np.linalg.norm(embedding, axis=1)
    total = mpmath.mpf(0)
    for y in range(params.classes):
        others = [j for j in range(params.classes) if j != y]

        def integrand(z, y=y, others=others):
            wins = mpmath.mpf(1)
            for j in others:
                wins *= mpmath.ncdf((means[y, y] + size[y] * z - means[y, j]) / size[j])
            return mpmath.npdf(z) * (1 - wins)

        steps = {-9.0, 0.0, 9.0}
        for j in others:
            for deviations in (-9, -3, 0, 3, 9):
                at = (means[y, j] - means[y, y] + deviations * size[j]) / size[y]
                steps.add(float(np.clip(at, -9, 9)))
        total += mpmath.quad(integrand, sorted(steps))
    return float(total / params.classes)


@functools.partial(jax.jit, static_argnames="params")
def _risk(embedding, params):
    return pac.risk_of_embeddings(embedding, params)


def test_the_block_risk_of_two_classes_is_a_normal_probability_at_any_ratio_of_spreads():
    p = dataclasses.replace(B, classes=2)
    rng = np.random.default_rng(0)
    for ratio in (1.0, 30.0, 1e-3, 1e6, 1e-12):
        embedding = rng.normal(size=(2, 6)) * np.array([[1.0], [ratio]])
        assert abs(float(_risk(embedding, p)) - _two_class_risk(embedding, p)) < 1e-14


@pytest.mark.parametrize("params", [B, SMALL])
def test_the_block_risk_is_right_to_1e_11_for_prompts_of_unequal_spread(params):
    rng = np.random.default_rng(1)
    for _ in range(2):
        tokens = rng.integers(0, params.vocabulary, (params.classes, params.length))
        length = rng.integers(0, params.length + 1, (params.classes, 1))
        tokens = np.where(np.arange(params.length) < length, tokens, pac.EMPTY)
        embedding = np.asarray(pac.text_embeddings(tokens, params))
        with mpmath.workdps(20):
            assert abs(float(_risk(embedding, params)) - _risk_in_digits(embedding, params)) < 1e-11


def test_the_error_bound_of_the_block_risk_is_what_its_docstring_says():
    def largest_factor(height):  # of |Phi| over the strip |Im z| <= height
        x, y = np.meshgrid(np.linspace(-8, 8, 3001), np.linspace(0, height, 9))
        w = -(x + 1j * y) / math.sqrt(2)
        right = 0.5 * np.exp(-w * w) * special.wofz(1j * np.where(w.real >= 0, w, -w))
        return np.abs(np.where(w.real >= 0, right, 1 - right)).max()

    bounds = []
    for rho in np.linspace(2.2, 3.2, 11):
        height = (rho - 1 / rho) / 2  # panels of two deviations: half-width one
        modulus = math.exp(height**2 / 2) / math.sqrt(2 * math.pi)
        modulus *= 1 + largest_factor(height) ** 63
        length = (_block._OWN[-1] - _block._OWN[0]) / 2
        bounds.append(64 / 15 * modulus * length / (rho ** (2 * _block.NODES) * (1 - rho**-2)))
    assert min(bounds) < 2.3e-12
    assert np.diff(_block._OTHERS).max() <= 2
    assert np.diff(_block._OWN).max() <= 2
    # what the constant factors leave: 63 of them, on both sides
    assert 2 * 63 * special.ndtr(_block._OTHERS[0]) + 2 * special.ndtr(_block._OWN[0]) < 1e-13


def test_the_block_risk_differentiates_through_its_panels():
    embedding = np.asarray(pac.text_embeddings(np.array(pac.FIXED_PROMPTS), B))
    slope = jax.grad(_risk)(embedding, B)
    moved = np.zeros_like(embedding)
    moved[1, 2] = 1e-5
    measured = (_risk(embedding + moved, B) - _risk(embedding - moved, B)) / 2e-5
    assert float(slope[1, 2]) == pytest.approx(float(measured), rel=1e-8)


# --------------------------------------------------------------------------------------------
# Counts


@pytest.mark.parametrize(
    ("n", "p", "hypotheses"),
    [(2000, 0.9, 100.0), (1, 0.3, 5.0), (1025, 0.2, 1.0), (100_000, 0.4, 1e9), (300, 1e-4, 2.0)],
)
def test_the_smallest_of_independent_is_the_sum_over_all_counts_at_any_n(n, p, hypotheses):
    tail = stats.binom.logsf(np.arange(n), n, p)
    exact = np.exp(hypotheses * tail).sum() / n
    value = float(pac.smallest_of_independent(n, p, hypotheses))
    assert value == pytest.approx(exact, rel=1e-11)


def test_the_smallest_of_independent_is_differentiable_and_broadcasts():
    slope = jax.grad(pac.smallest_of_independent, argnums=(1, 2))(2000, 0.4, 50.0)
    for argnum, (got, step) in enumerate(zip(slope, (1e-6, 1e-3), strict=True)):
        moved = [np.array([0.4, 50.0]) + s * step * (np.arange(2) == argnum) for s in (1, -1)]
        high, low = (float(pac.smallest_of_independent(2000, *m)) for m in moved)
        assert float(got) == pytest.approx((high - low) / (2 * step), rel=1e-6)
    many = pac.smallest_of_independent(np.array([10, 2000]), 0.9, np.array([[2.0], [100.0]]))
    assert many.shape == (2, 2)
    assert float(many[1, 1]) == pytest.approx(0.8828247312, rel=1e-10)


@pytest.mark.parametrize("n", [1, 1000, 5e6, 1e7, 1e9])
def test_critical_counts_have_settled_at_every_n(n):
    for key in ("occam_kl", "mcallester"):
        k = float(pac.critical_counts(key, 0.9, 0.3, n))
        bound = pac.CATALOGUE[key].function
        assert k < 0 or float(bound(k, n, 0.3)) < 0.9, key
        assert k >= n or float(bound(k + 1, n, 0.3)) >= 0.9, key


def _log_cdf(k, n, p):
    """ln P(Bin(n, p) <= k): its largest term, and the terms below it, in 40 digits."""
    p = mpmath.mpf(p)
    term = total = mpmath.mpf(1)
    j = k
    while j > 0 and term > total * mpmath.mpf(10) ** -25:
        term *= mpmath.mpf(j) / (n - j + 1) * (1 - p) / p
        total, j = total + term, j - 1
    top = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
    return top + k * mpmath.log(p) + (n - k) * mpmath.log1p(-p) + mpmath.log(total)


CORNERS = [
    (0, 1, 0.5), (0, 10**9, 1e-12), (0, 10**6, 1 - 1e-16), (5, 10**6, 1e-5), (40, 41, 1 - 1e-12),
    (10**6 - 1, 10**6, 1 - 1e-16), (10**9 - 1, 10**9, 1 - 1e-16), (10**6 - 5, 10**6, 1 - 2e-6),
    (497_000, 10**6, 0.5), (10**9 // 100 - 10**4, 10**9, 0.01), (10**6 - 2, 10**6, 0.999_999),
]  # fmt: skip


@pytest.mark.parametrize(("k", "n", "p"), CORNERS)
def test_binomial_tails_keep_their_error_at_the_corners_of_their_domain(k, n, p):
    with mpmath.workdps(40):
        exact = _log_cdf(k, n, p)
        error = abs(mpmath.mpf(float(pac.log_binomial_cdf(k, n, p))) - exact)
    nats = abs(float(exact))
    assert error < 1e-13 + 1e-15 * nats + 1e-16 * math.sqrt(n * (1 + 2 * nats))


@pytest.mark.parametrize("n", [1, 2, 41, 10**6, 10**9])
def test_the_binomial_bound_meets_its_tail_at_the_ends_of_its_domain(n):
    for k in sorted({0, min(7, n - 1), n // 3, n - 1}):
        for c in (0.7, 3.0, 200.0, 1e4):
            bound = float(pac.binomial_upper(k, n, c))
            if bound > 1 - 1e-15 or k > 1e8:
                continue
            with mpmath.workdps(40):
                here = _log_cdf(k, n, bound)
                # d ln tail/dp, by one step of 1e-9 of the room on both sides
                step = mpmath.mpf(1e-9) * min(bound, 1 - bound)
                slope = (_log_cdf(k, n, bound + step) - _log_cdf(k, n, bound - step)) / (2 * step)
                assert abs((here + c) / slope) < 1e-14, (k, n, c)


# --------------------------------------------------------------------------------------------
# A published rate


def _table(capsys, *arguments):
    assert main(["pac_bayes_prompts", *arguments]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_a_published_rate_takes_the_counts_that_round_to_it_and_the_safe_one_of_each(capsys):
    shown = _table(capsys, "--training-error", ".45", "--n", "101", "--mcallester", ".75")
    assert "k = 45, n = 101" in shown  # 46/101 rounds to .46
    assert "becomes 0.662875 (exact tail) or 0.682379 (kl)" in shown
    shown = _table(capsys, "--training-error", "0.45", "--n", "1000", "--mcallester", "0.75")
    assert "k = 445 to 455" in shown
    nats = float(pac.hidden_nats(0.75, 445, 1000, 0.05))
    assert f"becomes {float(pac.certificates(455, 1000, nats)['occam_binomial']):.6g} " in shown
    assert "k = 0, n = 101" in _table(capsys, "--training-error", "0", "--n", "101", "--nats", "3")
    for text, message in (("0.452", "no k/n with n = 101 rounds to it"),
                          ("nan", "outside [0, 1]"), ("half", "outside [0, 1]"),
                          ("1e-999999999", "30 decimal places")):  # fmt: skip
        rest = ["--n", "101", "--nats", "3"]
        assert main(["pac_bayes_prompts", "--training-error", text, *rest]) == 2
        assert message in capsys.readouterr().err


def test_the_command_says_which_flags_bring_the_other_bounds(capsys):
    shown = _table(capsys, "--errors", "3", "--n", "100", "--nats", "4")
    assert "15 of 18 bounds" in shown
    for flag in ("--uniform-nats", "--held-out", "--half-sample"):
        assert f"with {flag}" in shown
    rest = ("--uniform-nats", "5", "--held-out", "1", "9", "--half-sample", "1", "50", "2")
    assert "of 18 bounds" not in _table(capsys, "--errors", "3", "--n", "100", "--nats", "4", *rest)


@pytest.mark.parametrize(
    ("bound", "rate", "nats", "slopes"),
    [  # with neither errors nor nats each slope is that of the other's line
        (pac.quadratic, 0.0, 0.0, (1, 2)),
        (pac.quadratic, 0.0, 0.03, (2, 2)),
        (pac.quadratic, 0.07, 0.0, (1, math.inf)),
        (pac.relaxed, 0.0, 0.0, (1, 2)),
        (pac.relaxed, 0.0, 0.03, (math.inf, 2)),
        (pac.fast_rate_expansion, 0.0, 0.0, (1, 2 / 3)),
        (pac.occam_kl, 0.0, 0.0, (1, 1)),
        (pac.occam_kl, 0.0, 0.03, (math.inf, math.exp(-0.03))),
        (pac.maurer_kl, 0.0, 0.03, (math.inf, 1.0)),
    ],
)
def test_bounds_without_errors_or_nats_have_the_slopes_of_their_lines(bound, rate, nats, slopes):
    n = 100.0
    first = rate if bound is pac.fast_rate_expansion else rate * n
    by_first, by_nats = jax.grad(bound, (0, 2))(first, n, nats * n)
    unit = 1 if bound is pac.fast_rate_expansion else n
    if bound is pac.maurer_kl:  # d(1 - e^-B)/dB
        slopes = (math.inf, math.exp(-nats - math.log(2 * math.sqrt(n)) / n))
    assert [float(by_first) * unit, float(by_nats) * n] == pytest.approx(slopes, rel=1e-12)
