"""Trials of where runs end: tracking, floors, exact recovery, global minimisers."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims.sign_rip.measure import draw_data, draw_start, spectral_matrix, svec
from sims.sign_rip.subgm import (
    constant,
    descend,
    errors,
    geometric,
    l2_weights,
    residuals_of,
    rule_of,
    trace,
)
from theory.sign_rip import (
    degrees_of_freedom,
    escape_time,
    geometric_tracking,
    optimality_threshold,
    recovery_threshold,
    svec_length,
)


def default_trial(key: Any, params: Any) -> dict[str, Array]:
    """One run as the params say: final error, f(U), f(X*)."""
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    end = descend(rows, y, start[None], rule_of(params, truth), params.iterations)
    return {
        "error": errors(end, truth)[0],
        "loss": jnp.mean(jnp.abs(residuals_of(rows, y, end))),
        "loss_at_truth": jnp.mean(jnp.abs(rows @ svec(truth) - y)),
    }


def tracking_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta_t)_F/eta_t under geometric steps, over the last two thirds of the run.

    ``mean`` and ``largest`` relative to 2 phi(0+) sigma_1, and ``slope`` of log error per step
    relative to log rho.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    rule = geometric(params.eta, params.rho)
    _, sizes = trace(
        rows, y, start[None], rule, params.iterations, lambda u: errors(u, truth)[0]
    )  # fmt: skip
    t = jnp.arange(params.iterations)
    skip = params.iterations // 3
    ratio = (sizes / (params.eta * params.rho**t))[skip:] / geometric_tracking(params)
    x = t[skip:] - jnp.mean(t[skip:])
    slope = jnp.sum(x * jnp.log(sizes[skip:])) / jnp.sum(x**2)
    return {
        "mean": jnp.mean(ratio),
        "largest": jnp.max(ratio) * params.rho / 2,
        "slope": slope / jnp.log(params.rho),
    }


def _fit(rows: Array, y: Array, start: Array, params: Any) -> Array:
    rule = geometric(params.eta, params.rho)
    return descend(rows, y, start[None], rule, params.iterations)


_L2_ITERATIONS, _L2_STEP = 200, 0.2


def floor_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta)_F^2/nu^2 at the end of an l1 run, and of an l2 run on the data less outliers."""
    data_key, noise_key, start_key = jax.random.split(key, 3)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    end = _fit(rows, y, start, params)
    dense = rows @ svec(truth) + params.nu * jax.random.normal(noise_key, (params.m,))
    gentle = constant(_L2_STEP / params.scale)
    l2_end = descend(rows, dense, start[None], gentle, _L2_ITERATIONS, l2_weights)
    return {
        "l1": errors(end, truth)[0] ** 2 / params.nu**2,
        "l2": errors(l2_end, truth)[0] ** 2 / params.nu**2,
    }


def contaminated_trial(key: Any, params: Any) -> dict[str, Array]:
    """Final errors of l1 and l2 on the same outliers, r' = r, from near the truth.

    ``l2_share``: the squared l2 error over dof/(m - dof - 1) times the mean of s^2 that was drawn,
    which has mean 1 given the noise (least squares over the tangent space).
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    gentle = constant(_L2_STEP / params.scale)
    l2_end = descend(rows, y, start[None], gentle, _L2_ITERATIONS, l2_weights)
    l2_error = errors(l2_end, truth)[0]
    dof = degrees_of_freedom(params.d, params.rank)
    drawn = jnp.mean((y - rows @ svec(truth)) ** 2)
    return {
        "l1": errors(_fit(rows, y, start, params), truth)[0],
        "l2": l2_error,
        "l2_share": l2_error**2 * (params.m - dof - 1) / (dof * drawn),
    }


RECOVERED = 1e-5
"""An error (sigma_1 = 1) that counts as exact recovery, far above eta_T and below any failure."""


def recovery_trial(key: Any, params: Any) -> dict[str, Array]:
    """Does r' = r from near the truth recover it exactly, as dof/m < kappa_c(p) says?

    ``misjudged`` is 1 where the threshold is wrong about this run; ``misjudged_half`` the same for
    kappa = 1 - 2p, below which p >= 1/2 is hopeless, ``misjudged_dense`` for (2/pi)(1-p)^2, the
    limit of kappa_c as p -> 1, taken as if it held at every p.

    The sharpness of f at X* tends to 0 at the threshold, so steps must fall slowly near it or the
    run freezes first: at d = 100, p = 0.1 and m = 1.14 m_c, rho = 0.98 and 0.9975 recover 0 % (of
    16 runs) and 79 % (of 316), where a linear program over the tangent space says that X* is a
    strict local minimiser in 90 % (50 % at m = m_c).
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    error = errors(_fit(rows, y, start, params), truth)[0] / params.scale
    recovered = error < RECOVERED
    share = degrees_of_freedom(params.d, params.rank) / params.m
    return {
        "recovered": 1.0 * recovered,
        "misjudged": 1.0 * (recovered != (params.m > recovery_threshold(params))),
        "misjudged_half": 1.0 * (recovered != (share < 1 - 2 * params.p)),
        "misjudged_dense": 1.0 * (recovered != (share < 2 / jnp.pi * (1 - params.p) ** 2)),
        "log_error": jnp.log10(jnp.minimum(error, 1e6) + 1e-20),
    }


BEATEN = 5e-4
"""f(U) below (1 - this) f(X*) counts as beating the truth."""


def optimum_trial(key: Any, params: Any) -> dict[str, Array]:
    """Does a large start with r' = d end below f(X*), as psd_dimension/m > kappa_c(p) says?

    The transition is at the threshold at every d, and as wide as the draw of the outliers makes it:
    their share has standard deviation sqrt(p(1-p)/m), worth 16 % of kappa_c at d = 10, p = 0.2 and
    6 % at d = 30. Of 40 runs at d = 10, 15, 20, 30 a share of 0.40, 0.35, 0.48, 0.40 beat X* at
    m = m_c, and 0.08, 0, 0 at 1.3 m_c (d = 10, 15, 20).
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)
    end = _fit(rows, y, start, params)
    at_truth = jnp.mean(jnp.abs(rows @ svec(truth) - y))
    value = jnp.mean(jnp.abs(residuals_of(rows, y, end)))
    beaten = value < (1 - BEATEN) * at_truth
    everything = svec_length(params.d) / (degrees_of_freedom(params.d, params.rank))
    naive = everything * recovery_threshold(params)
    return {
        "beaten": 1.0 * beaten,
        "misjudged": 1.0 * (beaten != (params.m < optimality_threshold(params))),
        "misjudged_everything": 1.0 * (beaten != (params.m < naive)),
        "gain": 1 - value / at_truth,
        "error": jnp.minimum(errors(end, truth)[0], 1e6),
    }


MISSED = -3.0
"""A log10 error above this counts as a miss."""
LOG_ERRORS = (-5.0, 1.0)
"""log10 of errors is cut to this range, so that a comparison of them is bounded."""


_MARGIN = 1.1
"""Escape times that a small start waits with constant steps: more would spend the window in which
the residual is still small, (theta/W + W/theta)/2 escape times."""
_LARGE_WAIT, _SLOWER = 300, 3.0


def small_start_trial(key: Any, params: Any) -> dict[str, Array]:
    """A small start (alpha) and a large one (1/2) on the same data, r' = d: log10 of both errors,
    how far f(U) of the large start lies below f(X*), and whether each missed.

    Steps fall geometrically after 1.1 escape times of the small start, read off the data as
    log(1/norm(v_r^T U_0))/log(1 + 2 eta lambda_r(C)): no oracle. (Waiting 1.8 of them, or a start
    of 1e-12, let the residual catch up at d = 15: 0 of 10 runs at p = 0.25, m = 90 then end within
    1e-3 of X*, against 9 of 10.) The large start has to shed its residual, slowly: steps three
    times as slow, after 300 iterations.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    small = draw_start(start_key, params, rows, y)
    values, vectors = jnp.linalg.eigh(spectral_matrix(rows, y, params.d))
    overlap = jnp.linalg.norm(vectors[:, -params.rank] @ small)
    escape = escape_time(overlap, values[-params.rank], params.eta)
    wait = jnp.stack([_MARGIN * escape, jnp.float64(_LARGE_WAIT)])
    rho = jnp.asarray(params.rho) ** jnp.array([1.0, 1 / _SLOWER])
    starts = jnp.stack([small, small * (0.5 / params.alpha)])
    end = descend(rows, y, starts, geometric(params.eta, rho, wait), params.iterations)
    at_truth = jnp.mean(jnp.abs(rows @ svec(truth) - y))
    values = jnp.mean(jnp.abs(residuals_of(rows, y, end)), axis=-1)
    sizes = jnp.log10(errors(end, truth))
    missed = 1.0 * (sizes > MISSED)
    return {
        "small_error": jnp.clip(sizes[0], *LOG_ERRORS),
        "large_error": jnp.clip(sizes[1], *LOG_ERRORS),
        "small_missed": missed[0],
        "large_missed": missed[1],
        "large_gain": 1 - values[1] / at_truth,
        "large_beats_truth": 1.0 * (values[1] < (1 - BEATEN) * at_truth),
    }
