"""Small networks trained on the weights themselves; reduced sampling beside direct sampling."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import descend, normals, orthonormal, simulation
from sims.xor_cluster.descent import (
    CENTER_LABELS, Problem, centers, draw_problem, in_units, labelled, outputs, place,
    probe_preactivations, residual, trained,
)  # fmt: skip
from sims.xor_cluster.training import group_mean
from theory import normal_cdf, relu_mean

FLAT = 1e-12
"""Multiplies alpha and omega where the sigmoid must be flat: g = 1/2 to 1e-12."""
SHRINK = 1e-3
"""The factor of the scale invariance."""


def relative(a: Array, b: Array) -> Array:
    """max|a - b| / max|b|."""
    return jnp.max(jnp.abs(a - b)) / jnp.max(jnp.abs(b))


def output(W: Array, a: Array, x: Array) -> Array:
    """f(x; W) = sum_j a_j relu(<w_j, x>), with relu'(0) = 0."""
    return jax.nn.relu(x @ W.T) @ a


def even_part(W: Array, a: Array, x: Array, label: Array) -> dict[str, Array]:
    """f against <v, x>/2 + E(x)/2, and the test error on pairs {x, -x} beside the even part's.
    Ties, |E| = |<v, x>| to rounding (no active neuron on one side), are left out."""
    linear, even = x @ (a @ W), jnp.abs(x @ W.T) @ a
    f, mirror = output(W, a, x), output(W, a, -x)
    size = jnp.max(jnp.abs(linear) + jnp.abs(even))
    split = jnp.stack([f - (linear + even) / 2, mirror - (even - linear) / 2])
    untied = jnp.abs(jnp.abs(even) - jnp.abs(linear)) > 1e-12 * size
    wrong = ((label * f <= 0).astype(jnp.float64) + (label * mirror <= 0)) / 2
    decided = label * jnp.sign(even) * (jnp.abs(even) > jnp.abs(linear))
    return {
        "split_gap": jnp.max(jnp.abs(split)) / size,
        "error": group_mean(wrong, untied),
        "even_error": (1 - group_mean(decided, untied)) / 2,
    }


@simulation(width=8)
def network_trial(key: Any, params: Any) -> dict[str, Array]:
    """Small dense networks; ``params.sampling`` must be "direct".

    one_step_gap: f(x; W1 - W0) against alpha/(2nm) sum_j h_j + s_j |h_j|; averaged, linear: at a
    few test points, the mean of f(x; W1 - W0) over reversed signs and initial weights, and
    <sum_i y_i x_i, x>, with alpha and omega times FLAT (taken out again). first_errors: of the
    signs and of the reversed ones after one step, initial weights dropped, on pairs {x, -x}.
    symmetries: relative distance under rotation, reversed labels and signs, permutations, common
    rescaling of alpha and omega; omega_fixed: the last with omega kept. span_gap: the Gram-matrix
    iteration against the dense one; flat_span_gap: with g frozen at 1/2. By cluster: center_mean,
    y E f over N(nu, I), exact (rectified Gaussians); wrong, the share of y f <= 0.
    """
    n, m, p, T = params.n, params.m, params.p, params.test_points
    u, s, X, standard, x, turn, i, j = normals(
        key, u=(2, n), s=m, X=(n, p), standard=(m, p), x=(4 * T, p), turn=(p, p), i=n, j=m
    )
    labels, signs = labelled(normal_cdf(u), params.eta), jnp.sign(s)
    y, a, alpha, size = labels.y, signs / jnp.sqrt(m), params.rate, jnp.sqrt(params.squared_norm)
    middle, W0 = centers(size, p), params.omega * standard
    X, x = X + place(labels, size, p), x + jnp.repeat(middle, T, axis=0)
    label = jnp.repeat(CENTER_LABELS, T)
    Q, i, j = orthonormal(turn), jnp.argsort(i), jnp.argsort(j)
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

    def descent(X, y, W0, a, rate):  # on (1/n) sum_i log(1 + exp(-y_i f(x_i)))
        loss = lambda W: jnp.mean(jax.nn.softplus(-y * output(W, a, X)))  # noqa: E731
        return descend(loss, W0, params.steps, rate)

    every = jax.vmap(descent)(*map(jnp.stack, zip(*variants.values(), strict=True)))
    runs = dict(zip(variants, every, strict=True))
    W, first = runs["base"][-1], runs["base"][1] - runs["base"][0]
    f, flat_f = output(W, a, x), output(runs[1, 1][-1], a, x)
    g = residual(output(W0, a, X), y)
    h = (x @ X.T) @ ((g * y)[:, None] * (X @ W0.T > 0))  # (test, m)
    form = alpha / (2 * n * m) * jnp.sum(h + signs * jnp.abs(h), axis=1)
    flat_steps = {k: run[1] - run[0] for k, run in runs.items() if isinstance(k, tuple)}
    few = x[:: max(T // 4, 1)]
    averaged = [output(V, s * a, few) for (s, _), V in flat_steps.items()]

    def pair_error(s: int) -> Array:
        """Of the step with signs s a: fraction with label * f < 0, plus half of the ties."""
        pair = jnp.stack([output(flat_steps[s, 1], s * a, side * x) for side in (1, -1)])
        return jnp.mean((1 - jnp.sign(label * pair)) / 2)

    problem = Problem(labels, signs, X @ X.T, x @ X.T, X @ standard.T, x @ standard.T)
    of_params = in_units(problem, params)

    def span_gap(chosen: Any) -> Array:
        probes = probe_preactivations(of_params, trained(in_units(problem, chosen), params.steps))
        return relative(outputs(probes, signs, alpha / (n * m)), f)

    spread = jnp.linalg.norm(W, axis=1)
    return {
        "one_step_gap": relative(output(first, a, x), form),
        "averaged": jnp.mean(jnp.stack(averaged), axis=0) / FLAT,
        "linear": few @ (y @ X),
        "first_errors": jnp.stack([pair_error(1), pair_error(-1)]),
        "symmetries": jnp.stack([
            relative(output(runs["rotated"][-1], a, x @ Q), f),
            relative(output(runs["reversed"][-1], -a, x), -f),
            relative(output(runs["permuted"][-1], a[j], x), f),
            relative(output(runs["shrunk"][-1], a, x) / SHRINK, flat_f),
        ]),
        "omega_fixed": relative(output(runs["omega_fixed"][-1], a, x) / SHRINK, flat_f),
        "span_gap": span_gap(params),
        "flat_span_gap": span_gap(params.but(alpha=params.alpha * FLAT,
                                             omega=params.omega * FLAT)),
        **even_part(W, a, x, label),
        "center_mean": CENTER_LABELS * (spread * relu_mean(middle @ W.T / spread) @ a),
        "operator_norm": jnp.linalg.norm(W, 2),
        "wrong": jnp.mean((label * f <= 0).reshape(4, T), axis=1, dtype=float),
    }  # fmt: skip


@simulation(width=32)
def reduction_trial(key: Any, params: Any) -> dict[str, Array]:
    """Independent draws both ways, reduced and direct: each entry has the two.

    log_determinant: of the noise's Gram matrix off the plane of the means; worst_margin: smallest
    training margin after ``steps`` steps.
    """
    seen = []
    for fold, sampling in enumerate(("reduced", "direct")):
        problem = draw_problem(jax.random.fold_in(key, fold), params.but(sampling=sampling))
        margins = problem.labels.y * trained(problem, params.steps).raw
        along = problem.cross[:4:2] / jnp.sqrt(params.squared_norm)
        determinant = jnp.linalg.slogdet(problem.gram - along.T @ along)[1]
        seen.append({"log_determinant": determinant, "worst_margin": jnp.min(margins)})
    return jax.tree.map(lambda *both: jnp.stack(both), *seen)
