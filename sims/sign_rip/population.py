"""Trials of exact statements on random instances: population identities, linear phase, symmetry."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims.sign_rip.measure import draw_data, draw_start, smat, spectral_matrix, svec
from sims.sign_rip.subgm import (
    constant,
    descend,
    errors,
    geometric,
    gram,
    l1_weights,
    l2_weights,
    trace,
)
from theory.sign_rip import (
    cubic_map,
    eigenvalues,
    error_norm,
    population_step,
    riccati_flow,
    scaling_function,
)

_ODE_STEPS, _ODE_TIME = 2000, 1.0
_CUBIC_STEPS = 60


def _rotation(key: Any, n: int) -> Array:
    return jnp.linalg.qr(jax.random.normal(key, (n, n)))[0]


def _flow_by_runge_kutta(start: Array, truth: Array) -> Array:
    h = _ODE_TIME / _ODE_STEPS

    def field(x):
        return 2 * (truth @ x + x @ truth) - 4 * x @ x

    def rk4(_, x):
        k1 = field(x)
        k2 = field(x + h / 2 * k1)
        k3 = field(x + h / 2 * k2)
        k4 = field(x + h * k3)
        return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    return jax.lax.fori_loop(0, _ODE_STEPS, rk4, gram(start))


def population_trial(key: Any, params: Any) -> dict[str, Array]:
    """Residuals of the signal/residual recursion, of Pythagoras, of the flow and of the cubic map,
    and of their wrong twins, on one random instance."""
    basis_key, start_key, cubic_key = jax.random.split(key, 3)
    d, r, k = params.d, params.rank, params.search_rank
    basis = _rotation(basis_key, d)
    v, complement = basis[:, :r], basis[:, r:]
    sigma = jnp.diag(eigenvalues(params))
    truth = v @ sigma @ v.T
    u = jax.random.normal(start_key, (d, k)) / jnp.sqrt(d)
    size = error_norm(u, truth)
    e = params.eta * scaling_function(params, size) / size
    new = population_step(params, u, truth, params.eta)
    s, residual = v.T @ u, complement.T @ u
    new_s = (jnp.eye(r) + 2 * e * sigma) @ s - 2 * e * s @ u.T @ u
    new_residual = residual - 2 * e * residual @ u.T @ u
    without_itself = residual - 2 * e * residual @ s.T @ s
    signal = jnp.sum((sigma - s @ s.T) ** 2)
    cross = jnp.sum((s @ residual.T) ** 2)
    rest = jnp.sum((residual @ residual.T) ** 2)
    ode = _flow_by_runge_kutta(u, truth)
    flow = riccati_flow(u, truth, jnp.float64(_ODE_TIME))
    # 2 in place of 4 before J: the flow of the start U_0/sqrt(2), scaled back by 2
    halved = 2 * riccati_flow(u / jnp.sqrt(2.0), truth, jnp.float64(_ODE_TIME))
    return {
        "recursion": jnp.maximum(
            jnp.max(jnp.abs(v.T @ new - new_s)),
            jnp.max(jnp.abs(complement.T @ new - new_residual)),
        ),
        "recursion_without_residual": jnp.max(jnp.abs(complement.T @ new - without_itself)),
        "pythagoras": jnp.abs(size**2 - signal - 2 * cross - rest) / size**2,
        "pythagoras_single_cross": jnp.abs(size**2 - signal - cross - rest) / size**2,
        "flow": jnp.max(jnp.abs(flow - ode)),
        "flow_two_for_four": jnp.max(jnp.abs(halved - ode)),
        "cubic": _cubic_gap(cubic_key, params, v, truth, 2.0),
        "cubic_without_two": _cubic_gap(cubic_key, params, v, truth, 1.0),
    }


def _cubic_gap(key: Any, params: Any, v: Array, truth: Array, factor: float) -> Array:
    """Matrix steps with the oracle rule from a commuting start, against the scalar map with
    a = factor eta sigma; the largest difference on the way."""
    sigma = eigenvalues(params)
    first = 0.1 + 0.5 * jax.random.uniform(key, sigma.shape)
    u = v * (first * jnp.sqrt(sigma))

    def both(_, state):
        u, w, gap = state
        size = error_norm(u, truth)
        safe = jnp.where(size > 0, size, 1.0)
        eta = params.eta * safe / scaling_function(params, safe)
        new, w = population_step(params, u, truth, eta), cubic_map(w, factor * params.eta * sigma)
        return new, w, jnp.maximum(gap, jnp.max(jnp.abs(new - v * (w * jnp.sqrt(sigma)))))

    return jax.lax.fori_loop(0, _CUBIC_STEPS, both, (u, first, jnp.float64(0.0)))[2]


def linear_trial(key: Any, params: Any) -> dict[str, Array]:
    """U_t against prod_s (I + 2 eta_s C) U_0 for as long as the phase is linear, relative.

    ``linear_steps`` counts the steps for which norm-inf(A(U U^T)) < min |y_i| held.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, _ = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    smallest = jnp.min(jnp.abs(y))

    def linear(u):
        return jnp.max(jnp.abs(svec(gram(u)) @ rows.T), axis=-1) < smallest

    _, (path, inside) = trace(
        rows, y, start[None], geometric(params.eta, params.rho), params.iterations,
        lambda u: (u[0], linear(u)[0]),
    )  # fmt: skip
    # the product formula needs every earlier step to be linear
    valid = jnp.concatenate([jnp.ones(1, bool), jnp.cumprod(inside)[:-1].astype(bool)])

    def worst(c):
        values, vectors = jnp.linalg.eigh(c)
        etas = params.eta * params.rho ** jnp.arange(params.iterations - 1)
        factors = jnp.cumprod(1 + 2 * etas[:, None] * values, axis=0)
        factors = jnp.concatenate([jnp.ones((1, params.d)), factors])
        product = jnp.einsum("ij,tj,kj,kl->til", vectors, factors, vectors, start)
        gap = jnp.max(jnp.abs(path - product), axis=(1, 2)) / jnp.max(jnp.abs(product), axis=(1, 2))
        return jnp.max(jnp.where(valid, gap, 0.0))

    return {
        "gap": worst(spectral_matrix(rows, y, params.d)),
        "gap_with_values": worst(smat(y @ rows / params.m, params.d)),
        "linear_steps": jnp.sum(valid),
    }


def symmetry_trial(key: Any, params: Any) -> dict[str, Array]:
    """Gaps after a few steps between runs that a symmetry maps onto each other, relative."""
    data_key, start_key, right_key, left_key = jax.random.split(key, 4)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    rule = constant(params.eta)

    def run(rows, y, u, rule=rule):
        return descend(rows, y, u[None], rule, params.iterations)[0]

    plain = run(rows, y, start)
    right = run(rows, y, start @ _rotation(right_key, params.search_rank))
    turn = _rotation(left_key, params.d)
    turned_rows = svec(turn @ smat(rows, params.d) @ turn.T)
    left = run(turned_rows, y, turn @ start)
    factor = 3.0
    scaled = run(rows, factor * y, jnp.sqrt(factor) * start)
    shrunk = run(rows, factor * y, jnp.sqrt(factor) * start, constant(params.eta / factor))
    scale = jnp.max(jnp.abs(plain))
    gaps = jnp.stack([
        jnp.max(jnp.abs(gram(right) - gram(plain))) / scale**2,
        jnp.max(jnp.abs(left - turn @ plain)) / scale,
        jnp.max(jnp.abs(scaled / jnp.sqrt(factor) - plain)) / scale,
    ])  # fmt: skip
    return {
        "gap": jnp.max(gaps),
        "gap_with_eta_over_c": jnp.max(jnp.abs(shrunk / jnp.sqrt(factor) - plain)) / scale,
        "error": errors(plain[None], truth)[0],
    }


def magnitude_trial(key: Any, params: Any) -> dict[str, Array]:
    """Largest change of U when every outlier is multiplied by 1000: l1 (0, bitwise) and l2."""
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    clean = rows @ svec(truth)
    outlier = y - clean
    far = clean + 1000 * outlier
    both = jnp.stack([y, far])
    starts = jnp.stack([start, start])
    rule = geometric(params.eta, params.rho)

    def change(weights, rule, ys):
        end = descend(rows, ys, starts, rule, params.iterations, weights)
        return jnp.max(jnp.abs(end[0] - end[1]))

    # l2 steps small enough to stay finite whatever the outliers; |y| is at most 1000 |s| + O(1)
    gentle = constant(params.eta / jnp.maximum(1.0, jnp.max(jnp.abs(far))))
    return {
        "l1_change": change(l1_weights, rule, both),
        "l2_change": change(l2_weights, gentle, both) / jnp.max(jnp.abs(start)),
    }
