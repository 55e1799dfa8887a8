"""Trials of dynamics: population steps, the linear phase, symmetries, the size of outliers."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import flow, normals, orthonormal, simulation, smat, svec
from sims.sign_rip.measure import draw, spectral_matrix, start_of
from sims.sign_rip.subgm import constant, descend, errors, geometric, gram, ideal, l2_weights, trace
from theory import normal_cdf
from theory.sign_rip import eigenvalues, error_norm, population_step, scaling_function


def commuting_path(params: Any, v: Array, truth: Array, first: Array) -> tuple[Array, Array]:
    """u/sqrt(sigma) along 60 steps with the oracle rule from a commuting start, and the largest
    entry of U that does not commute."""
    root = jnp.sqrt(eigenvalues(params))

    def step(u, _):
        u = population_step(params, u, truth, ideal(params, truth)(0, u, None))
        values = jnp.diagonal(v.T @ u) / root
        return u, (values, jnp.max(jnp.abs(u - v * (values * root))))

    _, (path, off) = jax.lax.scan(step, v * (first * root), None, length=60)
    return jnp.concatenate([first[None], path]), jnp.max(off)


@simulation(width=16)
def population_trial(key: Any, params: Any) -> dict[str, Array]:
    """A population step of a random U, its flow to tau = 1 and a commuting path, in a random basis
    and then in that of the truth: the rows of ``u`` along X* and across it."""
    d, r, k = params.d, params.rank, params.search_rank
    square, u, first = normals(key, square=(d, d), u=(d, k), first=r)
    basis, u = orthonormal(square), u / jnp.sqrt(d)
    v = basis[:, :r]
    truth = v @ jnp.diag(eigenvalues(params)) @ v.T
    size = error_norm(u, truth)
    path, off = commuting_path(params, v, truth, 0.1 + 0.5 * normal_cdf(first))
    return {
        "u": basis.T @ u,
        "new": basis.T @ population_step(params, u, truth, params.eta),
        "size": size,
        "step": params.eta * scaling_function(params, size) / size,
        "flow": gram(basis.T @ flow(lambda u: error_norm(u, truth) ** 2 / 2, u, 1.0, 2000)[-1]),
        "path": path,
        "off_path": off,
    }


@simulation(width=16)
def linear_trial(key: Any, params: Any) -> dict[str, Array]:
    """U_t against prod_s (I + 2 eta_s C) U_0 for as long as the phase is linear, relative.

    ``linear_steps`` counts the steps for which norm-inf(A(U U^T)) < min |y_i| held.
    """
    data = draw(key, params)
    start, smallest = start_of(params, data), jnp.min(jnp.abs(data.y))

    def linear(u):
        return jnp.max(jnp.abs(svec(gram(u)) @ data.rows.T), axis=-1) < smallest

    _, (path, inside) = trace(
        data.rows, data.y, start[None], geometric(params.eta, params.rho), params.iterations,
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
        "gap": worst(spectral_matrix(data)),
        "gap_with_values": worst(smat(data.y @ data.rows / params.m, params.d)),
        "linear_steps": jnp.sum(valid),
    }


@simulation(width=16)
def symmetry_trial(key: Any, params: Any) -> dict[str, Array]:
    """Gaps after a few steps between runs that a symmetry maps onto each other, relative."""
    data_key, turn_key = jax.random.split(key)
    data = draw(data_key, params)
    right, turn = normals(turn_key, right=(params.search_rank,) * 2, turn=(params.d,) * 2)
    right, turn, start = orthonormal(right), orthonormal(turn), start_of(params, data)

    def run(rows, y, u, eta=params.eta):
        return descend(rows, y, u[None], constant(eta), params.iterations)[0]

    plain, c = run(data.rows, data.y, start), 3.0
    turned_rows = svec(turn @ smat(data.rows, params.d) @ turn.T)
    scaled = [run(data.rows, c * data.y, jnp.sqrt(c) * start, params.eta / by) for by in (1, c)]
    scale = jnp.max(jnp.abs(plain))

    def gap(other, u=plain):
        return jnp.max(jnp.abs(other - u)) / scale

    gaps = (
        gap(gram(run(data.rows, data.y, start @ right)), gram(plain)) / scale,
        gap(run(turned_rows, data.y, turn @ start), turn @ plain),
        gap(scaled[0] / jnp.sqrt(c)),
    )
    return {
        "gap": jnp.max(jnp.stack(gaps)),
        "gap_with_eta_over_c": gap(scaled[1] / jnp.sqrt(c)),
        "error": errors(plain[None], data.truth)[0],
    }


@simulation(width=16)
def magnitude_trial(key: Any, params: Any) -> dict[str, Array]:
    """Largest change of U when every outlier is multiplied by 1000: l1 (0, bitwise) and l2."""
    data = draw(key, params)
    clean, start = data.y - data.noise, start_of(params, data)
    far = clean + 1000 * data.noise
    both, starts = jnp.stack([clean + data.noise, far]), jnp.stack([start, start])

    def change(rule, *weights):
        end = descend(data.rows, both, starts, rule, params.iterations, *weights)
        return jnp.max(jnp.abs(end[0] - end[1]))

    # l2 steps small enough to stay finite whatever the outliers; |y| is at most 1000 |s| + O(1)
    gentle = constant(params.eta / jnp.maximum(1.0, jnp.max(jnp.abs(far))))
    return {
        "l1_change": change(geometric(params.eta, params.rho)),
        "l2_change": change(gentle, l2_weights) / jnp.max(jnp.abs(start)),
    }
