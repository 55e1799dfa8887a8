"""Descent, stochastic descent and flow against loops in numpy and scipy's integrator."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import integrate

from sims import descend, flow, gradient_path, stochastic_descend

RNG = np.random.default_rng(9)
X, Y = RNG.normal(size=(8, 3)), RNG.normal(size=8)


def loss(w, batch=(X, Y)):
    x, y = batch
    return jnp.sum((x @ w - y) ** 2) / 2


def slope(w, rows=slice(None)):
    return X[rows].T @ (X[rows] @ w - Y[rows])


def test_descent_is_the_loop():
    w, seen = np.ones(3), [np.ones(3)]
    for _ in range(6):
        w = w - 0.02 * slope(w)
        seen.append(w)
    np.testing.assert_allclose(descend(loss, jnp.ones(3), 6, 0.02), seen, atol=1e-13)
    losses = descend(loss, jnp.ones(3), 6, 0.02, observe=loss)
    np.testing.assert_allclose(losses, [float(loss(w)) for w in seen], rtol=1e-13)


def test_adam_is_kingma_and_bas():
    w, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    for t in range(1, 6):
        g = slope(w)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.05 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    got = descend(loss, jnp.ones(3), 5, optax.adam(0.05))[-1]
    np.testing.assert_allclose(got, w, atol=1e-9)


@pytest.mark.parametrize("rule", [0.01, optax.sgd(0.01)])
def test_stochastic_descent_follows_the_given_order(rule):
    order = np.array([[3, 1], [0, 0], [7, 2], [5, 6]])
    w, seen = np.ones(3), [np.ones(3)]
    for rows in order:
        w = w - 0.01 * slope(w, rows)
        seen.append(w)
    data = jnp.asarray(X), jnp.asarray(Y)
    got = stochastic_descend(loss, jnp.ones(3), data, jnp.asarray(order), rule)
    np.testing.assert_allclose(got, seen, atol=1e-13)


def test_an_order_is_steps_by_batch():
    with pytest.raises(Exception, match="order"):
        stochastic_descend(loss, jnp.ones(3), (X, Y), jnp.arange(8), 0.1)


def test_flow_of_a_linear_model_is_its_closed_form():
    got = flow(loss, jnp.zeros(3), 0.3, 60)[-1]
    closed = gradient_path(jnp.asarray(X), jnp.asarray(Y), jnp.array([0.3]))[0]
    np.testing.assert_allclose(got, closed, atol=1e-7)


def network_loss(weights):
    hidden = jnp.tanh(X @ weights["in"])
    return jnp.mean((hidden @ weights["out"] - Y) ** 2)


START = {"in": RNG.normal(size=(3, 4)), "out": RNG.normal(size=4)}


def test_flow_of_a_two_layer_network_is_scipys():
    gradient = jax.jit(jax.grad(network_loss))

    def field(_, flat):
        g = gradient({"in": flat[:12].reshape(3, 4), "out": flat[12:]})
        return -np.concatenate([np.ravel(g["in"]), g["out"]])

    flat = np.concatenate([START["in"].ravel(), START["out"]])
    expected = integrate.solve_ivp(field, (0, 2), flat, rtol=1e-11, atol=1e-13).y[:, -1]
    path = jax.jit(lambda start: flow(network_loss, start, 2.0, 800))(START)
    assert path["in"].shape == (801, 3, 4)
    np.testing.assert_allclose(path["out"][-1], expected[12:], atol=1e-8)
    np.testing.assert_allclose(np.ravel(path["in"][-1]), expected[:12], atol=1e-8)


def test_the_flows_error_falls_with_the_fourth_power_of_the_step():
    exact = gradient_path(jnp.asarray(X), jnp.asarray(Y), jnp.array([0.3]))[0]
    errors = [np.linalg.norm(flow(loss, jnp.zeros(3), 0.3, n)[-1] - exact) for n in (20, 40)]
    assert 14 < errors[0] / errors[1] < 20


def test_gradients_pass_through_a_path():
    @jax.jit
    def end(rate):
        return descend(loss, jnp.ones(3), 4, rate, observe=loss)[-1]

    h = 1e-5
    central = (end(0.02 + h) - end(0.02 - h)) / (2 * h)
    np.testing.assert_allclose(jax.jit(jax.grad(end))(0.02), central, rtol=1e-6)
