"""The semicircle's tail and a spike in Wigner noise, against quadrature, 40 digits and a draw."""

import math

import jax
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from theory import semicircle_angle, semicircle_energy, spiked_eigenvalue, spiked_overlap


@pytest.mark.parametrize("share", [0.02, 0.3, 0.77])
def test_angle_and_energy_are_the_semicircles_tail(share):
    cut = 2 * math.cos(float(semicircle_angle(share)))
    density = lambda x: math.sqrt(max(4 - x * x, 0.0)) / (2 * math.pi)  # noqa: E731
    mass = 2 * integrate.quad(density, cut, 2)[0]
    energy = 2 * integrate.quad(lambda x: x * x * density(x), cut, 2)[0]
    assert mass == pytest.approx(share, abs=1e-7)
    assert float(semicircle_energy(share)) == pytest.approx(energy, abs=1e-7)


@pytest.mark.parametrize("share", [1e-30, 1e-6, 0.02, 0.77, 1.0])
def test_the_tail_and_its_slopes_are_exact_up_to_both_ends(share):
    with mpmath.workdps(40):
        guess, u = mpmath.mpf(float(semicircle_angle(share))), mpmath.mpf(share)
        theta = mpmath.findroot(lambda x: 2 * x - mpmath.sin(2 * x) - u * mpmath.pi, guess)
        energy = (2 * theta - mpmath.sin(4 * theta) / 2) / mpmath.pi
        slopes = mpmath.pi / 4 / mpmath.sin(theta) ** 2, 4 * mpmath.cos(theta) ** 2
    assert float(semicircle_angle(share)) == pytest.approx(float(theta), rel=1e-13)
    assert float(semicircle_energy(share)) == pytest.approx(float(energy), rel=1e-13)
    assert float(jax.grad(semicircle_angle)(share)) == pytest.approx(float(slopes[0]), rel=1e-12)
    assert float(jax.grad(semicircle_energy)(share)) == pytest.approx(float(slopes[1]), abs=1e-12)
    assert [float(f(0.0)) for f in (semicircle_energy, jax.grad(semicircle_energy))] == [0, 4]


@given(st.floats(1e-3, 10), st.floats(1e-3, 10))
def test_a_spike_is_seen_from_its_threshold_on_and_never_nan(theta, width):
    value, overlap = float(spiked_eigenvalue(theta, width)), float(spiked_overlap(theta, width))
    assert value >= 2 * width * (1 - 1e-12)
    assert 0 <= overlap < 1
    assert float(spiked_eigenvalue(width, width)) == pytest.approx(2 * width)
    if theta < width:
        assert (value, overlap) == (2 * width, 0.0)


def test_a_drawn_matrix_shows_the_spike():
    rng = np.random.default_rng(3)
    d, width = 400, 0.3
    g, v = rng.normal(size=(d, d)), np.ones(d) / math.sqrt(d)
    noise = (g + g.T) / math.sqrt(2) * width / math.sqrt(d)
    values, vectors = np.linalg.eigh(0.5 * np.outer(v, v) + noise)
    assert values[-1] == pytest.approx(float(spiked_eigenvalue(0.5, width)), rel=0.02)
    assert (vectors[:, -1] @ v) ** 2 == pytest.approx(float(spiked_overlap(0.5, width)), abs=0.05)
