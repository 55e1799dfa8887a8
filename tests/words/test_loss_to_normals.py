"""The chance to lose against normals of any spreads: quadrature in digits, two normals, slopes."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import special

from theory import ArgumentError, best_of_normals, loss_to_normals
from theory import _normal_laws as laws


def in_digits(shifts, spreads):
    """The Gaussian integral by mpmath's tanh-sinh rule between the steps of its factors."""
    pairs = list(zip(shifts, spreads, strict=True))
    ends = [(d - m) / s for m, s in pairs for d in (-9, -3, 0, 3, 9)]
    ends = sorted({-9.0, 0.0, 9.0, *np.clip(ends, -9, 9).tolist()})
    wins = lambda z: mpmath.fprod(mpmath.ncdf(s * z + m) for m, s in pairs)  # noqa: E731
    return float(mpmath.quad(lambda z: mpmath.npdf(z) * (1 - wins(z)), ends))


@pytest.mark.parametrize("steep", [0.3, 4.0])  # of the spreads' logarithms
def test_against_rivals_of_unequal_spread_it_is_right_to_1e_11(steep):
    rng = np.random.default_rng(1)
    shifts, spreads = rng.normal(size=(2, 3)), np.exp(steep * rng.normal(size=(2, 3)))
    found = loss_to_normals(shifts, spreads)
    with mpmath.workdps(20):
        exact = [in_digits(*row) for row in zip(shifts, spreads, strict=True)]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("shift", "turn"), [(0.4, 0.0), (0.0, -1.2)])  # its step at -turn
def test_one_rival_makes_a_normal_probability_at_any_ratio_of_spreads(shift, turn):
    spreads = 10.0 ** np.array([0, 1.5, -3, 6, -12])[:, None]
    shifts = shift + turn * spreads
    exact = special.ndtr(-shifts[:, 0] / np.hypot(1, spreads[:, 0]))
    np.testing.assert_allclose(loss_to_normals(shifts, spreads), exact, rtol=0, atol=1e-14)


def test_rivals_of_one_spread_are_those_of_the_best_of_normals():
    shifts = np.linspace(-1, 3, 40)
    won = float(best_of_normals(shifts, spread=1.7))
    assert float(loss_to_normals(shifts, 1.7)) == pytest.approx(1 - won, abs=1e-13)


def test_the_error_bound_is_what_the_docstring_says():
    def largest_factor(height):  # of |Phi| over the strip |Im z| <= height
        x, y = np.meshgrid(np.linspace(-8, 8, 3001), np.linspace(0, height, 9))
        w = -(x + 1j * y) / math.sqrt(2)
        right = 0.5 * np.exp(-w * w) * special.wofz(1j * np.where(w.real >= 0, w, -w))
        return np.abs(np.where(w.real >= 0, right, 1 - right)).max()

    own, others, nodes, bounds = laws._OWN, laws._RIVAL, len(laws._PANEL[0]), []
    for rho in np.linspace(2.2, 3.2, 11):
        height = (rho - 1 / rho) / 2  # panels of two deviations: half-width one
        modulus = math.exp(height**2 / 2) / math.sqrt(2 * math.pi)
        modulus *= 1 + largest_factor(height) ** 63
        length = (own[-1] - own[0]) / 2
        bounds.append(64 / 15 * modulus * length / (rho ** (2 * nodes) * (1 - rho**-2)))
    assert min(bounds) < 2.3e-12
    assert max(np.diff(others).max(), np.diff(own).max()) <= 2
    # what the constant factors leave: 63 of them, on both sides
    assert 2 * 63 * special.ndtr(others[0]) + 2 * special.ndtr(own[0]) < 1e-13


def test_it_differentiates_through_its_panels_and_refuses_no_spread():
    at = jnp.array([[0.3, -0.5], [0.2, 3.0]])
    loss = jax.jit(lambda at: loss_to_normals(at[0], at[1]))
    step = 1e-5 * np.eye(4).reshape(4, 2, 2)
    measured = [(loss(at + move) - loss(at - move)) / 2e-5 for move in step]
    np.testing.assert_allclose(jax.grad(loss)(at).ravel(), measured, rtol=1e-8)
    assert jnp.isnan(loss_to_normals(jnp.array([math.nan, 0.0]), 1.0))
    with pytest.raises(ArgumentError, match=r"spreads\[1\] = 0 is outside"):
        loss_to_normals([0.1, 0.2], [1.0, 0.0])
