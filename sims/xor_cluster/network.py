"""Small networks trained on the weights themselves: identities that hold in every trial."""

import dataclasses

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array

from sims.xor_cluster.data import Problem, centers, draw_labels, draw_signs, place
from sims.xor_cluster.descent import (
    dense_descent,
    outputs,
    probe_preactivations,
    relu,
    residual,
    trajectory,
)
from sims.xor_cluster.training import group_mean
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
    """Fraction with label * f < 0, plus half of the ties."""
    return jnp.mean((1 - jnp.sign(label * f)) / 2)


def even_part(W: Array, a: Array, x: Array, label: Array) -> dict[str, Array]:
    """linear_plus_even_decomposition: f = <v, x>/2 + E(x)/2 and its test error on pairs {x, -x}.

    Points where |E| = |<v, x>| to rounding (no active neuron on one side) are ties, left out.
    """
    linear, even = x @ (a @ W), jnp.abs(x @ W.T) @ a
    f, f_mirror = output(W, a, x), output(W, a, -x)
    size = jnp.max(jnp.abs(linear) + jnp.abs(even))
    apart = jnp.maximum(
        jnp.max(jnp.abs(f - (linear + even) / 2)), jnp.max(jnp.abs(f_mirror - (even - linear) / 2))
    )
    untied = jnp.abs(jnp.abs(even) - jnp.abs(linear)) > 1e-12 * size
    wrong = ((label * f <= 0).astype(jnp.float64) + (label * f_mirror <= 0)) / 2
    decided = label * jnp.sign(even) * (jnp.abs(even) > jnp.abs(linear))
    formula = (1 - group_mean(decided, untied)) / 2
    return {
        "decomposition_residual": apart / size + jnp.abs(group_mean(wrong, untied) - formula),
        "error_minus_half": jnp.abs(group_mean(wrong, untied) - 0.5),
    }


def one_step(X, y, W0, signs, alpha, displacement, flat_runs, x, label) -> dict[str, Array]:
    """one_step_form and one_step_mean_error_half, with the initial weights dropped.

    ``displacement`` is W(1) - W(0); ``flat_runs[s, w]`` the same in the flat regime with signs
    multiplied by s and initial weights by w.
    """
    n, m = X.shape[0], signs.size
    a = signs / jnp.sqrt(m)
    g = residual(output(W0, a, X), y)
    h = (x @ X.T) @ ((g * y)[:, None] * (X @ W0.T > 0))  # (test, m)
    form = alpha / (2 * n * m) * jnp.sum(h + signs * jnp.abs(h), axis=1)
    exact = relative(output(displacement, a, x), form)
    # signs and initial weights both reversed: the four runs average to the linear classifier
    outs = jnp.stack([output(W, s * a, x) for (s, _), W in flat_runs.items()])
    mean = jnp.mean(outs, axis=0)
    linear = FLAT * alpha / (8 * n) * (x @ (y @ X))
    errors = [
        (clean_error(output(flat_runs[s, 1], s * a, x), label)
         + clean_error(output(flat_runs[s, 1], s * a, -x), label)) / 2
        for s in (1, -1)
    ]  # fmt: skip
    return {
        "one_step_residual": jnp.maximum(exact, relative(mean, linear)),
        "one_step_residual_quarter": relative(mean, 2 * linear),
        "reversed_error_sum": jnp.abs(errors[0] + errors[1] - 1),
        "one_step_error_minus_half": jnp.abs(errors[0] - 0.5),
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
    excess = jnp.mean(label[:, None] * f <= 0, axis=1, dtype=float) - bound
    return {
        "concentration_excess": jnp.max(jnp.where(mean > 0, excess, -1.0)),
        "concentration_excess_as_printed": jnp.max(excess),
    }


def network(key: Array, params: Params) -> dict[str, Array]:
    """All per-trial identities on one small network; ``params.sampling`` must be "direct".

    span_residual: the Gram-matrix iteration against the dense one, on test outputs at the end;
    span_residual_stale: the same if g were frozen at 1/2. invariance_residual: the largest of the
    symmetries (a) rotation, (b) reversed labels and signs, (c) permutations, (e) common rescaling
    of alpha and omega in the flat regime; invariance_residual_omega_fixed: (e) with omega kept.
    The others are documented where they are made.
    """
    n, m, p, T = params.n, params.m, params.p, params.test_points
    label_key, sign_key, draw_key, turn_key, shuffle_key = jax.random.split(key, 5)
    labels, signs = draw_labels(label_key, n, params.eta), draw_signs(sign_key, m)
    y, a, alpha = labels.y, signs / jnp.sqrt(m), params.rate
    normals = jax.random.normal(draw_key, (n + m + 4 * T, p))
    X = normals[:n] + place(labels, jnp.sqrt(params.squared_norm), p)
    standard = normals[n : n + m]
    W0 = params.omega * standard
    middle = centers(jnp.sqrt(params.squared_norm), p)
    x = normals[n + m :] + jnp.repeat(middle, T, axis=0)
    center_label = jnp.array([1.0, 1.0, -1.0, -1.0])
    label = jnp.repeat(center_label, T)

    Q = jnp.linalg.qr(jax.random.normal(turn_key, (p, p)))[0]
    i = jax.random.permutation(shuffle_key, n)
    j = jax.random.permutation(jax.random.fold_in(shuffle_key, 1), m)
    tiny, tinier = FLAT * alpha, SHRINK * FLAT * alpha
    # all variants in one batch: one trajectory to compile
    variants = {
        "base": (X, y, W0, a, alpha),
        "rotated": (X @ Q, y, W0 @ Q, a, alpha),
        "reversed": (X, -y, W0, -a, alpha),
        "permuted": (X[i], y[i], W0[j], a[j], alpha),
        "shrunk": (X, y, SHRINK * FLAT * W0, a, tinier),
        "omega_fixed": (X, y, FLAT * W0, a, tinier),
        **{(s, w): (X, y, w * FLAT * W0, s * a, tiny) for s in (1, -1) for w in (1, -1)},
    }
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *variants.values())
    every = jax.vmap(lambda variant: dense_descent(*variant, steps=params.steps))(stacked)
    runs = dict(zip(variants, every, strict=True))
    f = output(runs["base"][-1], a, x)
    flat_f = output(runs[1, 1][-1], a, x)
    symmetries = jnp.stack([
        relative(output(runs["rotated"][-1], a, x @ Q), f),
        relative(output(runs["reversed"][-1], -a, x), -f),
        relative(output(runs["permuted"][-1], a[j], x), f),
        relative(output(runs["shrunk"][-1], a, x) / SHRINK, flat_f),
    ])  # fmt: skip

    problem = Problem(labels, signs, X @ X.T, x @ X.T, X @ standard.T, x @ standard.T)

    def span(chosen: Params) -> Array:
        _, last = trajectory(problem, chosen, lambda s: s.U[0, 0], (params.steps,))
        return outputs(probe_preactivations(problem, params, last), signs, alpha / (n * m))

    flat = dataclasses.replace(params, alpha=params.alpha * FLAT, omega=params.omega * FLAT)
    flat_runs = {k: run[1] - run[0] for k, run in runs.items() if isinstance(k, tuple)}
    displacement = runs["base"][1] - runs["base"][0]
    W = runs["base"][-1]
    return {
        "span_residual": relative(span(params), f),
        "span_residual_stale": relative(span(flat), f),
        "invariance_residual": jnp.max(symmetries),
        "invariance_residual_omega_fixed": relative(
            output(runs["omega_fixed"][-1], a, x) / SHRINK, flat_f
        ),
        **even_part(W, a, x, label),
        **one_step(X, y, W0, signs, alpha, displacement, flat_runs, x, label),
        **concentration(W, a, middle, f.reshape(4, T), center_label),
    }
