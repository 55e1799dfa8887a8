"""Entropies and divergences against mpmath's sums, at shares of 0 and near equality."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

import theory
from theory import ArgumentError, Ball
from theory._formula import ball_precision

BINARY = [(0.0, 0.3), (1e-12, 2e-12), (0.3, 0.3), (0.3, 0.3 + 1e-9), (0.999999, 0.5), (1.0, 0.9),
          (0.5, 1e-300), (0.7, 0.1), (1 - 2.0**-53, 0.5), (0.2, 0.2000001)]  # fmt: skip


def by_hand(name: str, p, q=None):
    """The definition, term by term."""

    def kl(p, q):
        return mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True) if a)

    if name.startswith("binary"):
        name = {"entropy": "entropy", "kl": "kl", "js": "js_divergence"}[name.split("_")[1]]
        p, q = [p, 1 - p], None if q is None else [q, 1 - q]
    if name == "entropy":
        return -mpmath.fsum(a * mpmath.log(a) for a in p if a)
    if name == "kl":
        return kl(p, q)
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return (kl(p, m) + kl(q, m)) / 2


@pytest.mark.parametrize("name", ["binary_entropy", "binary_kl", "binary_js"])
def test_two_outcomes_on_three_evaluators(name):
    word = getattr(theory, name)
    one = name == "binary_entropy"
    values = jax.jit(word)(
        *(jnp.array(v) for v in list(zip(*BINARY, strict=True))[: 1 if one else 2])
    )
    with mpmath.workdps(60), ball_precision(150):
        for value, point in zip(values, BINARY, strict=True):
            at = [mpmath.mpf(v) for v in point[: 1 if one else 2]]
            truth = by_hand(name, *at)
            # of 1 - p and 1 - q below 1/2, by 2^-54 each, times log((1 - p)/(1 - q))
            rounding = 0.0 if one else 2.0**-52 * abs(at[1] - at[0])
            assert abs(float(value) - truth) <= 1e-14 * truth + rounding, point
            assert abs(word(*at) - truth) <= mpmath.mpf(10) ** -50
            assert word(*map(Ball, point[: len(at)])).contains(word(*at))


def test_many_outcomes_with_zeros_and_near_equality():
    p = np.array([[0.0, 0.25, 0.75, 0.0], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])
    q = np.array([[0.1, 0.2, 0.7, 0.0], [0.1, 0.2, 0.3 - 1e-9, 0.4 + 1e-9], [0.0, 0.5, 0.25, 0.25]])
    found = jax.jit(lambda p, q: (theory.entropy(p), theory.kl(p, q), theory.js_divergence(p, q)))(
        p, q
    )
    assert float(found[1][2]) == np.inf  # p > 0 = q
    with mpmath.workdps(40):
        for name, row in zip(("entropy", "kl", "js_divergence"), found, strict=True):
            for i, value in enumerate(row):
                a, b = ([mpmath.mpf(v) for v in side[i]] for side in (p, q))
                if not (name == "kl" and i == 2):
                    truth = float(by_hand(name, a, b))
                    # as floats the shares sum to 1 up to a rounding, which shows at 1e-18
                    assert float(value) == pytest.approx(truth, rel=1e-13, abs=2e-16)
    assert float(theory.kl(p[1], q[1])) == pytest.approx(1e-18 * (1 / 0.6 + 1 / 0.8), rel=1e-6)


def test_vectors_of_balls_and_symbols():
    thirds = [sympy.Rational(1, 3)] * 3
    law = np.array([sympy.Rational(1, 2), sympy.Rational(1, 2), sympy.Integer(0)], dtype=object)
    divergence = theory.kl(law, np.array(thirds, dtype=object))
    assert sympy.simplify(divergence - sympy.log(sympy.Rational(3, 2))) == 0
    balls = np.array([Ball("0.5"), Ball("0.5"), Ball(0)], dtype=object)
    third = np.array([Ball(1) / 3] * 3, dtype=object)
    assert theory.kl(balls, third).contains(mpmath.log(1.5))
    assert theory.entropy(balls).contains(mpmath.log(2))
    assert (theory.js_divergence(balls, third) <= theory.log(Ball(2))).truth


def test_slopes_are_the_derivatives_and_a_constant_zero_is_harmless():
    def of_share(t):
        p = jnp.stack([t, 1 - t, 0.0])
        q = jnp.stack([0.5 * t, 1 - 0.5 * t, 0.0])
        return theory.entropy(p), theory.kl(p, q), theory.js_divergence(p, q)

    slopes = jax.jacfwd(of_share)(0.3)
    backward = jax.jacrev(of_share)(0.3)
    with mpmath.workdps(30):
        for i, name in enumerate(("binary_entropy", "binary_kl", "binary_js")):
            f = lambda t, n=name: by_hand(n, t, t / 2) if n != "binary_entropy" else by_hand(n, t)  # noqa: E731
            truth = float(mpmath.diff(f, mpmath.mpf(0.3)))
            assert float(slopes[i]) == pytest.approx(truth, rel=1e-12)
            assert float(backward[i]) == pytest.approx(truth, rel=1e-12)


def test_shares_outside_are_refused():
    with pytest.raises(ArgumentError, match=r"binary_kl: q = 1.2 is outside"):
        theory.binary_kl(0.5, 1.2)
    with pytest.raises(ArgumentError, match=r"entropy: p\[1\] = -0.1 is outside"):
        theory.entropy(jnp.array([1.0, -0.1]))
    assert jnp.isnan(theory.kl(jnp.array([jnp.nan, 1.0]), jnp.array([0.5, 0.5])))
