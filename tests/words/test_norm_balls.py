"""Norms, their duals and their balls, against numpy, feasible points and finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory
from theory import ArgumentError, ParameterError

V = np.array([0.9, -0.4, 0.3, 0.0])
DUAL = {1: np.inf, 1.5: 3, 2: 2, 3.0: 1.5, np.inf: 1}


@pytest.mark.parametrize("p", DUAL)
def test_norms_are_numpys_and_the_worst_attack_attains_the_dual_norm(p):
    assert theory.lp_norm(V, p) == pytest.approx(np.linalg.norm(V, p), rel=1e-15)
    assert theory.dual_norm(V, p) == pytest.approx(np.linalg.norm(V, DUAL[p]), rel=1e-15)
    z = np.asarray(theory.worst_attack(V, 0.2, p))
    assert np.linalg.norm(z, p) == pytest.approx(0.2, rel=1e-14)
    assert V @ z == pytest.approx(0.2 * np.linalg.norm(V, DUAL[p]), rel=1e-14)
    assert z[3] == 0
    assert not np.any(theory.worst_attack(np.zeros(2), 0.2, p))
    assert theory.lp_norm(1e69 * V, p) == pytest.approx(1e69 * np.linalg.norm(V, p))
    assert np.isfinite(jax.grad(lambda v: theory.lp_norm(v, p))(np.zeros(2))).all()


@pytest.mark.parametrize("p", [1, 2, np.inf])
def test_the_projection_is_the_nearest_feasible_point(p):
    found = np.asarray(theory.ball_projection(V, 0.6, p))
    assert np.linalg.norm(found, p) == pytest.approx(0.6)
    near = found + 0.05 * np.random.default_rng(1).normal(size=(2000, 4))
    feasible = near * np.minimum(1, 0.6 / np.linalg.norm(near, p, axis=1))[:, None]
    assert np.linalg.norm(V - feasible, axis=1).min() >= np.linalg.norm(V - found) - 1e-12
    np.testing.assert_array_equal(theory.ball_projection(V, 3.0, p), V)
    name = {1: "l1", 2: "l2", np.inf: "linf"}[p]
    np.testing.assert_array_equal(theory.ball_projection(V, 0.6, name), found)
    slope = jax.jacfwd(lambda eps: theory.ball_projection(V, eps, p))
    for eps in (0.0, 0.6):  # one-sided at no radius: along the sign of V, its largest entry or V
        ahead = (
            theory.ball_projection(V, eps + 1e-6, p) - theory.ball_projection(V, eps, p)
        ) / 1e-6
        if p != np.inf or eps:
            np.testing.assert_allclose(slope(eps), ahead, atol=1e-5)


def test_what_is_no_norm_or_no_radius_is_refused():
    for p, words in ((0.5, "not a norm"), (True, "not a norm"), ("l3", "not one of")):
        with pytest.raises(ParameterError, match=words):
            theory.lp_norm(V, p)
    with pytest.raises(ParameterError, match=r"not one of \{1, 2, inf\}"):
        theory.ball_projection(V, 0.1, 1.5)
    for word in (theory.ball_projection, theory.worst_attack):
        with pytest.raises(ArgumentError, match=f"{word.__name__}: eps"):
            word(V, -0.1, 2)
        assert np.isnan(word(V, np.nan, 2)).all()
        assert np.isnan(word(jnp.array([1.0, np.nan]), 0.1, 2)).all()
    with pytest.raises(ArgumentError, match="dual_norm: w"):
        theory.dual_norm([1e71, 0.0], 2)
