"""Trials of where runs end: tracking, floors, exact recovery, global minimisers."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from sims import simulation, slope
from sims.sign_rip.measure import Data, draw, spectral_matrix, start_of
from sims.sign_rip.subgm import (
    constant, descend, errors, geometric, l2_weights, residuals_of, rule_of, trace,
)  # fmt: skip
from theory.sign_rip import escape_time


def losses(data: Data, u: Array) -> tuple[Array, Array]:
    """f(U) of every run, and f(X*)."""
    residuals = residuals_of(data.rows, data.y, u)
    return jnp.mean(jnp.abs(residuals), axis=-1), jnp.mean(jnp.abs(data.noise))


def end_of(data: Data, params: Any) -> Array:
    """U after the steps that the params say."""
    rule = rule_of(params, data.truth)
    return descend(data.rows, data.y, start_of(params, data)[None], rule, params.iterations)


def end_error(data: Data, params: Any) -> Array:
    """norm(Delta)_F after them."""
    return errors(end_of(data, params), data.truth)[0]


def l2_error(data: Data, y: Array, params: Any) -> Array:
    """norm(Delta)_F of the l2 loss after 200 constant steps."""
    rule, start = constant(0.2 / params.scale), start_of(params, data)[None]
    return errors(descend(data.rows, y, start, rule, 200, l2_weights), data.truth)[0]


@simulation(width=1)
def default_trial(key: Any, params: Any) -> dict[str, Array]:
    """One run of the method as the params say: final error, f(U), f(X*)."""
    data = draw(key, params)
    end = end_of(data, params)
    loss, at_truth = losses(data, end)
    return {"error": errors(end, data.truth)[0], "loss": loss[0], "loss_at_truth": at_truth}


@simulation(width=1)
def tracking_trial(key: Any, params: Any) -> dict[str, Array]:
    """Mean and largest norm(Delta_t)_F/eta_t over the last two thirds of geometric steps, and the
    slope of the log error."""
    data, t = draw(key, params), jnp.arange(params.iterations)
    _, sizes = trace(
        data.rows, data.y, start_of(params, data)[None], geometric(params.eta, params.rho),
        params.iterations, lambda u: errors(u, data.truth)[0],
    )  # fmt: skip
    late = slice(params.iterations // 3, None)
    ratio = (sizes / (params.eta * params.rho**t))[late]
    decay = slope(1.0 * t[late], jnp.log(sizes[late]))
    return {"mean": jnp.mean(ratio), "largest": jnp.max(ratio), "slope": decay}


@simulation(width=1)
def floor_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta)_F^2/nu^2 at the end of an l1 run, and of an l2 run on the data less outliers."""
    data = draw(key, params)
    dense = data.y - data.noise + data.inlier
    return {
        "l1": (end_error(data, params) / params.nu) ** 2,
        "l2": (l2_error(data, dense, params) / params.nu) ** 2,
    }


@simulation(width=1)
def contaminated_trial(key: Any, params: Any) -> dict[str, Array]:
    """Final errors of l1 and l2 on the same outliers, and the mean s^2 that was drawn."""
    data = draw(key, params)
    return {
        "l1": end_error(data, params),
        "l2": l2_error(data, data.y, params),
        "square": jnp.mean(data.noise**2),
    }


@simulation(width=1)
def recovery_trial(key: Any, params: Any) -> dict[str, Array]:
    """The error, in units of sigma_1, of r' = r from near the truth.

    The sharpness of f at X* tends to 0 at the threshold, so steps must fall slowly near it or the
    run freezes first: at d = 100, p = 0.1 and m = 1.14 m_c, rho = 0.98 and 0.9975 recover 0 % (of
    16 runs) and 79 % (of 316), where a linear program over the tangent space says that X* is a
    strict local minimiser in 90 % (50 % at m = m_c).
    """
    return {"error": jnp.minimum(end_error(draw(key, params), params) / params.scale, 1e6)}


@simulation(width=1)
def optimum_trial(key: Any, params: Any) -> dict[str, Array]:
    """How far below f(X*) a large start with r' = d ends, relative.

    The transition is at the threshold at every d, and as wide as the draw of the outliers makes it:
    their share has standard deviation sqrt(p(1-p)/m), worth 16 % of kappa_c at d = 10, p = 0.2 and
    6 % at d = 30. Of 40 runs at d = 10, 15, 20, 30 a share of 0.40, 0.35, 0.48, 0.40 beat X* at
    m = m_c, and 0.08, 0, 0 at 1.3 m_c (d = 10, 15, 20).
    """
    data = draw(key, params)
    loss, at_truth = losses(data, end_of(data, params))
    return {"gain": 1 - loss[0] / at_truth}


@simulation(width=1)
def small_start_trial(key: Any, params: Any) -> dict[str, Array]:
    """A small start (alpha) and a large one (1/2) on the same data, r' = d: log10 of both errors,
    and how far f(U) of the large start lies below f(X*), relative.

    Steps fall geometrically after 1.1 escape times of the small start, read off the data as
    log(1/norm(v_r^T U_0))/log(1 + 2 eta lambda_r(C)): no oracle. More would spend the window in
    which the residual is still small, (theta/W + W/theta)/2 escape times. (Waiting 1.8 of them, or
    a start of 1e-12, let the residual catch up at d = 15: 0 of 10 runs at p = 0.25, m = 90 then end
    within 1e-3 of X*, against 9 of 10.) The large start has to shed its residual, slowly: steps
    three times as slow, after 300 iterations.
    """
    data = draw(key, params)
    small = start_of(params, data)
    values, vectors = jnp.linalg.eigh(spectral_matrix(data))
    overlap = jnp.linalg.norm(vectors[:, -params.rank] @ small)
    escape = escape_time(overlap, values[-params.rank], params.eta)
    wait = jnp.stack([1.1 * escape, jnp.float64(300)])
    rule = geometric(params.eta, jnp.asarray(params.rho) ** jnp.array([1.0, 1 / 3]), wait)
    starts = jnp.stack([small, small * (0.5 / params.alpha)])
    end = descend(data.rows, data.y, starts, rule, params.iterations)
    loss, at_truth = losses(data, end)
    return {
        "log_error": jnp.clip(jnp.log10(errors(end, data.truth)), -20.0, 20.0),
        "gain": jnp.maximum(1 - loss[1] / at_truth, -1e6),
    }
