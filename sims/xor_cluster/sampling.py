"""The exact-in-law reduction beside direct sampling in all p coordinates."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims.xor_cluster.data import bartlett_factor, draw_problem
from sims.xor_cluster.descent import outputs, probe_preactivations, trajectory
from sims.xor_cluster.training import CENTER_LABELS
from theory.xor_cluster import Params


def reduction(key: Array, params: Params) -> dict[str, Array]:
    """Independent draws both ways; how often the reduced statistic is the larger (ties half).

    Equal laws make every entry 1/2 on average. determinant_order: log-determinant of the noise's
    Gram matrix off the plane of the means; determinant_order_twin: with the two coordinates of the
    plane counted twice (degrees p - i). trained_order: smallest training margin after ``steps``
    steps; accuracy_order: test margin summed over test points. ``params.sampling`` is "reduced".
    """
    keys = jax.random.split(key, 4)
    n, p = params.n, params.p
    noise = jax.random.normal(keys[0], (n, p - 2))
    direct_det = jnp.linalg.slogdet(noise @ noise.T)[1]

    def reduced_det(degrees: Array) -> Array:
        # the determinant needs the diagonal only; the factor is what the simulation uses
        factor = bartlett_factor(jnp.zeros((n, n)), jax.random.chisquare(keys[1], degrees))
        return 2 * jnp.sum(jnp.log(jnp.diag(factor)))

    def trained(key: Array, sampling: str) -> tuple[Array, Array]:
        chosen = dataclasses.replace(params, sampling=sampling)
        problem = draw_problem(key, chosen)
        _, last = trajectory(problem, chosen, lambda state: state.U[0, 0], (params.steps,))
        margins = problem.labels.y * outputs(last.U, problem.signs, 1.0)
        tested = outputs(probe_preactivations(problem, chosen, last)[4:], problem.signs, 1.0)
        truth = jnp.repeat(jnp.array(CENTER_LABELS), params.test_points)
        return jnp.min(margins), jnp.sum(truth * tested)

    def order(reduced: Array, direct: Array) -> Array:
        return (1 + jnp.sign(reduced - direct)) / 2

    reduced, direct = trained(keys[2], "reduced"), trained(keys[3], "direct")
    degrees = p - 2.0 - jnp.arange(n)
    return {
        "determinant_order": order(reduced_det(degrees), direct_det),
        "determinant_order_twin": order(reduced_det(degrees + 2), direct_det),
        "trained_order": order(reduced[0], direct[0]),
        "accuracy_order": order(reduced[1], direct[1]),
    }
