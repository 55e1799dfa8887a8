"""Small networks trained on the weights themselves: identities that hold in every trial."""

import dataclasses

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array

from sims.xor_cluster.data import Problem, centers, direct_points, draw_labels, draw_signs
from sims.xor_cluster.descent import (
    dense_descent,
    outputs,
    probe_preactivations,
    relu,
    residual,
    trajectory,
)
from theory.xor_cluster import Params

FLAT = 1e-12
"""Multiplies alpha and omega where the sigmoid must be flat: g = 1/2 to 1e-12."""

SHRINK = 1e-3
"""The factor of the scale invariance."""


def relative(a: Array, b: Array) -> Array:
    """max|a - b| / max|b|."""
    return jnp.max(jnp.abs(a - b)) / jnp.max(jnp.abs(b))


def output(W: Array, a: Array, x: Array) -> Array:
    """f(x; W) = sum_j a_j relu(<w_j, x>)."""
    return relu(x @ W.T) @ a


def clean_error(f: Array, label: Array) -> Array:
    """Fraction with label * f <= 0."""
    return jnp.mean(label * f <= 0)


def even_part(W: Array, a: Array, x: Array, label: Array) -> dict[str, Array]:
    """linear_plus_even_decomposition: f = <v, x>/2 + E(x)/2 and its test error on pairs {x, -x}."""
    U, linear = x @ W.T, x @ (a @ W)
    even = jnp.abs(U) @ a
    f, f_mirror = output(W, a, x), output(W, a, -x)
    size = jnp.max(jnp.abs(linear) + jnp.abs(even))
    apart = jnp.maximum(
        jnp.max(jnp.abs(f - (linear + even) / 2)), jnp.max(jnp.abs(f_mirror - (even - linear) / 2))
    )
    error = (clean_error(f, label) + clean_error(f_mirror, label)) / 2
    decided = label * jnp.sign(even) * (jnp.abs(even) > jnp.abs(linear))
    return {
        "decomposition_residual": apart / size + jnp.abs(error - (1 - jnp.mean(decided)) / 2),
        "error_minus_half": jnp.abs(error - 0.5),
    }


def one_step(X, y, W0, signs, alpha, x, label) -> dict[str, Array]:
    """one_step_form and one_step_mean_error_half, with the initial weights dropped."""
    n, m = X.shape[0], signs.size
    a = signs / jnp.sqrt(m)

    def displacement(W0, a, alpha):
        return dense_descent(X, y, W0, a, alpha, 1)[1] - W0

    g = residual(output(W0, a, X), y)
    h = (x @ X.T) @ ((g * y)[:, None] * (X @ W0.T > 0))  # (test, m)
    form = alpha / (2 * n * m) * jnp.sum(h + signs * jnp.abs(h), axis=1)
    exact = relative(output(displacement(W0, a, alpha), a, x), form)
    # signs and initial weights both reversed: the four runs average to the linear classifier
    flat_W0, flat = FLAT * W0, FLAT * alpha
    runs = {(s, w): displacement(w * flat_W0, s * a, flat) for s in (1, -1) for w in (1, -1)}
    mean = sum(output(W, s * a, x) for (s, _), W in runs.items()) / 4
    linear = flat / (8 * n) * (x @ (y @ X))
    errors = [
        (clean_error(output(runs[s, 1], s * a, x), label)
         + clean_error(output(runs[s, 1], s * a, -x), label)) / 2
        for s in (1, -1)
    ]  # fmt: skip
    return {
        "one_step_residual": jnp.maximum(exact, relative(mean, linear)),
        "one_step_residual_quarter": relative(mean, 2 * linear),
        "reversed_error_sum": jnp.abs(errors[0] + errors[1] - 1),
        "one_step_error_minus_half": jnp.abs(errors[0] - 0.5),
    }


def invariances(key, X, y, W0, a, alpha, steps, x, W_last) -> dict[str, Array]:
    """The symmetries (a), (b), (c), (e) of the whole trajectory's end."""
    n, m, p = X.shape[0], a.size, X.shape[1]
    rotation_key, sample_key, neuron_key = jax.random.split(key, 3)
    f = output(W_last, a, x)

    def end(X, y, W0, a, alpha=alpha):
        return dense_descent(X, y, W0, a, alpha, steps)[-1]

    Q = jnp.linalg.qr(jax.random.normal(rotation_key, (p, p)))[0]
    rotated = relative(output(end(X @ Q, y, W0 @ Q, a), a, x @ Q), f)
    reversed_ = relative(output(end(X, -y, W0, -a), -a, x), -f)
    i, j = jax.random.permutation(sample_key, n), jax.random.permutation(neuron_key, m)
    permuted = relative(output(end(X[i], y[i], W0[j], a[j]), a[j], x), f)
    flat_f = output(end(X, y, FLAT * W0, a, FLAT * alpha), a, x)
    scaled = output(end(X, y, SHRINK * FLAT * W0, a, SHRINK * FLAT * alpha), a, x)
    omega_fixed = output(end(X, y, FLAT * W0, a, SHRINK * FLAT * alpha), a, x)
    worst = jnp.max(jnp.stack([rotated, reversed_, permuted, relative(scaled / SHRINK, flat_f)]))
    return {
        "invariance_residual": worst,
        "invariance_residual_omega_fixed": relative(omega_fixed / SHRINK, flat_f),
    }


def concentration(W: Array, a: Array, middle: Array, f: Array, label: Array) -> dict[str, Array]:
    """lipschitz_concentration: y f <= 0 on a cluster against exp(-(E f)^2/(2 ‖W‖_op^2)).

    E f over N(nu, I) is exact (rectified Gaussians); f holds the outputs of the cluster's test
    points. Returns the largest excess of the error over the bound among clusters with
    y E f > 0, and among all of them (the bound as printed).
    """
    location, spread = middle @ W.T, jnp.linalg.norm(W, axis=1)
    z = location / spread
    mean = label * ((location * norm.cdf(z) + spread * norm.pdf(z)) @ a)
    bound = jnp.exp(-(mean**2) / (2 * jnp.linalg.norm(W, 2) ** 2))
    excess = jnp.mean(label[:, None] * f <= 0, axis=1) - bound
    return {
        "concentration_excess": jnp.max(jnp.where(mean > 0, excess, -1.0)),
        "concentration_excess_as_printed": jnp.max(excess),
    }


def network(key: Array, params: Params) -> dict[str, Array]:
    """All per-trial identities on one small network; ``params.sampling`` must be "direct".

    span_residual: the Gram-matrix iteration against the dense one, on test outputs at the end;
    span_residual_stale: the same if residuals g were frozen at 1/2. The others are documented
    where they are made.
    """
    n, m, p, T = params.n, params.m, params.p, params.test_points
    keys = jax.random.split(key, 6)
    labels, signs = draw_labels(keys[0], n, params.eta), draw_signs(keys[1], m)
    X = direct_points(keys[2], labels, params)
    standard = jax.random.normal(keys[3], (m, p))
    W0, a = params.omega * standard, signs / jnp.sqrt(m)
    middle = centers(jnp.sqrt(params.squared_norm), p)
    x = (middle[:, None] + jax.random.normal(keys[4], (4, T, p))).reshape(4 * T, p)
    center_label = jnp.array([1.0, 1.0, -1.0, -1.0])
    label = jnp.repeat(center_label, T)
    W = dense_descent(X, labels.y, W0, a, params.rate, params.steps)[-1]
    f = output(W, a, x)

    problem = Problem(labels, signs, X @ X.T, x @ X.T, X @ standard.T, x @ standard.T)
    slope = params.rate / (n * m)

    def span(problem_params: Params) -> Array:
        _, last = trajectory(problem, problem_params, lambda s: s.U[0, 0], (params.steps,))
        return outputs(probe_preactivations(problem, params, last), signs, slope)

    flat = dataclasses.replace(params, alpha=params.alpha * FLAT, omega=params.omega * FLAT)
    return {
        "span_residual": relative(span(params), f),
        "span_residual_stale": relative(span(flat), f),
        **even_part(W, a, x, label),
        **one_step(X, labels.y, W0, signs, params.rate, x, label),
        **invariances(keys[5], X, labels.y, W0, a, params.rate, params.steps, x, W),
        **concentration(W, a, middle, f.reshape(4, T), center_label),
    }
