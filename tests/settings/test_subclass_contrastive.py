"""Optima by convex programming, part by part; known numbers; the views; what is refused."""

import jax
import numpy as np
import pytest
from scipy import optimize

from theory import ArgumentError, ParameterError
from theory.subclass_contrastive import (
    Params, across, class_error, critical_weight, critical_weight_own, look_loss, onset, optimum,
    optimum_own, view_margin, weakest_temperature,
)  # fmt: skip
from theory.subclass_contrastive.collapse import CRITICAL
from theory.subclass_contrastive.family import AUTHORS
from theory.subclass_contrastive.long_tail import tailed

HERE = (3, 3, 2, 0.5, 0.5)


def blocks(C, H, m, big, n, own):
    """Pairs of a head and of a tail point by similarity: (counts, positives) of both terms."""
    T = C - H
    head = {"one": big - 1, "a": big * (m - 1), "hh": big * m * (H - 1), "ht": n * T}
    tail = {"one": n - 1, "tt": n * (T - 1), "ht": big * m * H}
    far = [dict(side, one=own) for side in (head, tail)]
    return head, tail, far, [{"one": own, "a": big * (m - 1)}, {"one": own}]


def programme(H, m, T, n, tau, beta, own, big=None):
    """(a, hh, ht, tt) by SLSQP over Gram matrices of four numbers; H heads, T tails."""
    big = big or n
    head, tail, far, near = blocks(H + T, H, m, big, n, own)
    names = ("a", "hh", "ht", "tt")

    def spread(counts, s):
        return np.log(sum(k * np.exp((s[name] - 1) / tau) for name, k in counts.items() if k))

    def value(z):
        s, out = dict(zip(names, z, strict=True), one=1.0), 0.0
        for side, weight in ((0, H * m * big), (1, T * n)):
            term = spread((head, tail)[side], s)
            drawn = near[side]
            if (count := sum(drawn.values())) > 0:
                mean = sum(k * (1 - s[name]) for name, k in drawn.items()) / count
                term += beta * (mean / tau + spread(far[side], s))
            out += weight * term
        return out / (H * m * big + T * n)

    def rows(z):
        a, hh, _, tt = z
        return 1 + (m - 1) * a + (H - 1) * m * hh, 1 + (T - 1) * tt

    limits = [
        lambda z: rows(z)[0] * rows(z)[1] - H * m * T * z[2] ** 2,
        lambda z: min(rows(z)), lambda z: 1 - z[0], lambda z: 1 - z[3],
        lambda z: 1 + (m - 1) * z[0] - m * z[1],
    ]  # fmt: skip
    start = np.full(4, -1 / (H * m + T - 1) + 0.01)
    return optimize.minimize(
        value, start, method="SLSQP", options={"ftol": 1e-15, "maxiter": 2000},
        constraints=[{"type": "ineq", "fun": limit} for limit in limits],
    ).x  # fmt: skip


@pytest.mark.parametrize(("own", "beta"), [(0.0, 0.1), (0.0, 1.0), (1.0, 0.2)])
def test_the_long_tail_is_the_optimum_of_a_convex_programme(own, beta):
    found = programme(2, 3, 3, 2, 0.5, beta, own)
    assert np.asarray(tailed(Params(beta=beta), own)) == pytest.approx(found, abs=2e-6)


def test_the_long_tail_has_its_known_values():
    """Convex programmes and descents made elsewhere."""
    plain = {0.05: -0.10275, 0.1: -0.085, 0.2: -0.05771, 1.0: 0.04187, 3.0: 0.12780}
    solve = jax.jit(lambda p: tailed(p)[3])
    for beta, tt in plain.items():
        assert float(solve(Params(beta=beta))) == pytest.approx(tt, abs=1e-5)
    own = tailed(Params(images=2, beta=3.0), 1.0)  # of four points
    assert float(own[3]) == pytest.approx(-0.09543, abs=1e-5)
    sizes = jax.jit(lambda p: tailed(p, collapsed=True)[1:])
    for tau, known in (
        (0.5, (-0.38867, -0.28888, -0.09048)),
        (0.1, (-0.25852, -0.26576, -0.21424)),
    ):
        assert np.asarray(sizes(Params(tau1=tau, beta=0.0))) == pytest.approx(known, abs=2e-5)


def test_who_crowds_depends_on_the_counts():
    """Ten heads of 100 points and 90 tails of 20, tau = .1: the heads; mild at beta = .175."""
    case = Params(classes=10, parts=5, images=10, tau1=0.1, tau2=0.1, beta=0.0)
    _, hh, ht, tt = tailed(case, collapsed=True, heads=10, tails=90)
    assert [float(x) for x in (hh, ht, tt)] == pytest.approx((0.0089, -0.0281, -0.0039), abs=6e-5)
    found = tailed(case.but(beta=0.175), 1.0, heads=10, tails=90)
    assert np.asarray(found) == pytest.approx((0.6018, -0.0229, -0.0179, -0.0044), abs=6e-5)


def views(C, m, n, tau, beta):
    """(1 - similarity of two views, a) at the least loss of the code's term, both free."""
    K = 1 + n * (m - 1)

    def value(z):
        lost, a = z
        b = -((1 - lost / 2) + (m - 1) * a) / (m * (C - 1))
        e = lambda s: np.exp((s - 1) / tau)  # noqa: E731
        others = n * (m - 1) * e(a) + n * m * (C - 1) * e(b)
        first = n / 2 * lost / (n - 1) / tau
        first += np.log(e(1 - lost) + (n - 2) * e(1 - lost / 2) + others)
        return first + beta * (
            (lost + n * (m - 1) * (1 - a)) / (K * tau) + np.log(e(1 - lost) + others)
        )

    inside = {"type": "ineq", "fun": lambda z: 1 - z[0] / 2 - z[1]}
    return optimize.minimize(
        value, [0.1, 0.5], bounds=[(0, 1), (-1 / (C * m - 1), 1)], constraints=[inside],
        method="SLSQP", options={"ftol": 1e-16, "maxiter": 1000},
    ).x  # fmt: skip


@pytest.mark.parametrize(
    ("case", "parts"),
    [((3, 3, 4, 0.5, 2.0), False), ((100, 5, 20, 0.1, 0.175), True), ((3, 3, 4, 0.15, 0.2), True)],
)
def test_views_part_where_their_margin_is_negative(case, parts):
    C, m, n, tau, beta = case
    lost, a = views(*case)
    assert (lost > 1e-4) == parts == (float(view_margin(C, m, n, tau, tau, beta)) < 0)
    held = float(optimum_own(C, m, n, tau, tau, beta))
    assert (abs(a - held) > 1e-4) == parts
    if C == 100:
        assert (lost, a) == pytest.approx((0.00765, 0.60813), abs=1e-4)


def test_collapse_is_exact_and_its_slope_one_sided():
    beta = np.array([0.0, 0.9, 0.999999, 1.0, 1.5, 1e9]) * CRITICAL
    a = np.asarray(optimum(*HERE, beta))
    assert a[0] == pytest.approx(-1 / 8, abs=1e-12)
    assert a[3:] == pytest.approx(1, abs=1e-12)
    assert a[2] < 1
    slope = jax.grad(lambda b: optimum(*HERE, b))(CRITICAL * (1 - 1e-7))
    assert float(slope) == pytest.approx(float(onset(*HERE)), rel=1e-5)
    assert float(onset(*HERE)) == pytest.approx(0.082265, abs=5e-7)


def test_the_valley_and_its_floor():
    tau = float(weakest_temperature(100, 5))
    assert tau == pytest.approx(0.2664, abs=5e-5)
    sizes = (AUTHORS.classes, AUTHORS.parts, AUTHORS.n, 0.1)
    assert float(critical_weight(*sizes, tau)) == pytest.approx(2.8885, abs=5e-5)
    beside = np.asarray(critical_weight(*sizes, np.array([0.99 * tau, 1.01 * tau])))
    assert (beside > float(critical_weight(*sizes, tau))).all()
    assert float(critical_weight(*sizes, 0.05)) == pytest.approx(1.9e6, rel=0.02)
    tau2 = np.linspace(0.15, 0.2, 101)
    a = np.asarray(optimum(*sizes, tau2, 0.25))
    assert (tau2[np.argmax(a)], a.max()) == pytest.approx((0.1725, 0.6470), abs=6e-4)


def test_margins_of_class_means_gain_at_most_m_times():
    """Squared margins, from Phi^-1 of the errors, at C = 3, m = 3: 8/2."""
    from scipy import stats

    ends = [stats.norm.ppf(float(class_error(a, 3, 3, 1.0))) for a in (0.0, 1.0)]
    assert (ends[1] / ends[0]) ** 2 == pytest.approx(3, rel=1e-12)  # A from 1/3 to 1
    assert float(across(-1 / 8, 3, 3)) == pytest.approx(-1 / 8, rel=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimum(1, 3, 2, 0.5, 0.5, 1.0), "classes = 1 is outside"),
        (lambda: optimum(3, 1, 2, 0.5, 0.5, 1.0), "parts = 1 is outside"),
        (lambda: critical_weight(3, 3, 1, 0.5, 0.5), "n = 1 is outside .*needs a positive"),
        (lambda: critical_weight_own(3, 3, 2, 0.0, 0.5), "tau1 = 0 is outside"),
        (lambda: optimum_own(3, 3, 2, 0.5, 0.5, -1.0), "beta = -1 is outside"),
        (lambda: look_loss(0.4, 3, 3, 2, 0.5, 5), "under nm: neighbours are pure"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="above N - 1 = 17"):
        Params(k=18)
    with pytest.raises(ParameterError, match=r"a = -0\.3"):
        Params(a=-0.3)
