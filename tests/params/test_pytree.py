"""Params are a pytree: what keys the compilation, what is traced, and lifted numbers."""

import dataclasses
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

from tests.params.demo import Demo, Spectral
from theory import lift


def test_static_fields_and_choices_key_the_compilation_and_numbers_do_not():
    traces = []

    @jax.jit
    def f(params):
        traces.append(params)
        return params.eta * params.k * params.n

    f(Demo(k=2, eta=0.1))
    f(Demo(k=3, eta=0.2, scale=7.0))
    assert len(traces) == 1
    assert f(Demo(k=3, eta=0.25, n=40)) == 30
    assert len(traces) == 2
    f(Demo(attack="l1"))
    f(Demo(order=2))
    assert len(traces) == 4


def test_gradients_have_the_form_of_params_and_are_not_validated():
    gradient = jax.grad(lambda p: -7 * p.eta**2 - p.scale, allow_int=True)(Demo(eta=0.25))
    assert type(gradient) is Demo
    assert (float(gradient.eta), float(gradient.scale)) == (-3.5, -1.0)
    assert (gradient.n, gradient.attack) == (20, "l2")
    spectral = jax.grad(lambda p: -(p.eigenvalues**2).sum() * p.ridge)(Spectral())
    np.testing.assert_array_equal(spectral.eigenvalues, [-2.0, -2.0, -2.0])


def test_params_map_stack_and_vmap():
    stacked = jax.tree.map(lambda *xs: jnp.stack(xs), Demo(eta=0.1), Demo(eta=0.2, k=4))
    assert stacked.n == 20
    np.testing.assert_allclose(jax.vmap(lambda p: p.eta * p.k)(stacked), [0.3, 0.8])
    batch = Demo(eta=jnp.asarray([0.1, 0.2]))
    axes = jax.tree.map(lambda leaf: 0 if jnp.ndim(leaf) else None, batch)
    np.testing.assert_allclose(jax.vmap(lambda p: p.eta * p.k, (axes,))(batch), [0.3, 0.6])
    assert jax.eval_shape(lambda p: p, Demo()).eta.dtype == jnp.float64
    names = [str(path[0]) for path, _ in jax.tree_util.tree_leaves_with_path(Demo())]
    assert names == [".k", ".eta", ".scale"]
    assert jax.tree.structure(Demo()) == jax.tree.structure(Demo(eta=0.3))
    assert jax.tree.structure(Demo()) != jax.tree.structure(Demo(n=21))


def test_params_go_through_scan_and_cond():
    def step(params, _):
        return dataclasses.replace(params, eta=params.eta / 2), params.eta

    last, etas = jax.lax.scan(step, jax.tree.map(jnp.asarray, Demo(eta=0.4)), None, length=3)
    np.testing.assert_allclose(etas, [0.4, 0.2, 0.1])
    assert float(last.eta) == pytest.approx(0.05)


def test_lifted_params_are_the_same_numbers_exactly():
    demo = Demo(eta=0.1, k=jnp.asarray(4))
    tenth = Fraction(0.1)
    assert lift(demo, "jax") is demo
    assert lift(demo, "arb").eta.contains(tenth)
    assert lift(demo, "arb").eta.arb.is_exact()
    assert lift(demo, "mpmath").eta == mpmath.mpf(0.1)
    assert lift(demo, "sympy").eta == sympy.Rational(tenth.numerator, tenth.denominator)
    for evaluator in ("arb", "mpmath", "sympy"):
        lifted = lift(demo, evaluator)
        assert (lifted.n, lifted.attack, lifted.k) == (20, "l2", 4)
        assert type(lifted.k) is int
        arrays = lift(Spectral(eigenvalues=[0.5, 2.0]), evaluator)
        assert arrays.eigenvalues.dtype == object
        assert arrays.eigenvalues.shape == (2,)
    with pytest.raises(ValueError, match="jax, mpmath, arb, sympy"):
        lift(demo, "numpy")
