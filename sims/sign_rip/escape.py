"""Trials of the way from a small start: slopes, budgets, residuals, search ranks, paths; and, under
dense noise, when the residual spoils the fit."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from sims import crossing, simulation, slope, smat
from sims.sign_rip.measure import (
    Data, direction, draw, padded, spectral_matrix, start_of, truth_root,
)  # fmt: skip
from sims.sign_rip.subgm import (
    constant, descend, errors, geometric, loss, residuals_of, trace,
)  # fmt: skip
from theory.sign_rip import critical_rho, escape_times, noise_width

SIZES = 10.0 ** -np.arange(0.0, 8.0, 2.0)
"""Starts of one run, which share one matrix and one B, as shares of alpha."""


@simulation(width=8, shared=draw)
def slope_trial(key: Any, params: Any, data: Data) -> dict[str, Array]:
    """Slope of the escape time in log(1/alpha), and lambda_1(C); rank 1.

    All trials share their measurements, so that their products are one over trials x starts; each
    draws its own B. An escape is timed at norm(U)_F^2 = 1e-3, still in the linear phase, nearly.
    """
    start = start_of(params, data._replace(z=jax.random.normal(key, data.z.shape)))
    _, sizes = trace(
        data.rows, data.y, start * SIZES[:, None, None], constant(params.eta), params.iterations,
        lambda u: jnp.sum(u**2, axis=(1, 2)),
    )  # fmt: skip
    times = crossing(sizes, 1e-3)
    return {
        "times": times,
        "slope": slope(-jnp.log(params.alpha * SIZES), times),
        "top": jnp.linalg.eigvalsh(spectral_matrix(data))[-1],
    }


@simulation(width=1)
def budget_trial(key: Any, params: Any) -> dict[str, Array]:
    """1 - rho at the critical geometric ratio of a run on data, as sum log(1 + 2 lambda_1 eta_0
    rho^t) predicts it and as it is; rank 1, sigma = 1.

    Candidates of 1 - rho between 0.9 and 1.11 of the prediction share the matrix; the smallest that
    fails is closed in on in two rounds. A run succeeds that ends within 0.2 of X*: growth is
    geometric until u = 1, as e_t = eta_t phi/norm(Delta) grows while Delta shrinks, and
    norm(U)^2 > 1/2 alone would count log sqrt 2 too early, 2.5 % at alpha = 1e-6.
    """
    data = draw(key, params)
    start = start_of(params, data)
    values, vectors = jnp.linalg.eigh(spectral_matrix(data))
    needed = -jnp.log(jnp.linalg.norm(vectors[:, -1] @ start))
    predicted = 1 - critical_rho(2 * values[-1] * params.eta, needed)
    batch = jnp.broadcast_to(start, (9, *start.shape))

    def narrow(_, ends):
        low, high = ends
        decay = predicted * jnp.exp(low + (high - low) * jnp.linspace(0, 1, len(batch)))
        rule = geometric(params.eta, 1 - decay)
        reached = errors(descend(data.rows, data.y, batch, rule, params.iterations), data.truth)
        last = jnp.sum(jnp.cumprod(reached < 0.2)) - 1
        width = (high - low) / (len(batch) - 1)
        return low + last * width, low + (last + 1) * width

    edge = jnp.log(jnp.float64(0.9))
    low, high = jax.lax.fori_loop(0, 2, narrow, (edge, -edge))
    decay = predicted * jnp.exp((low + high) / 2)
    return {"decay": decay, "predicted": predicted, "needed": needed}


@simulation(width=1)
def residual_trial(key: Any, params: Any) -> dict[str, Array]:
    """Exponents in alpha of norm(E) and of the error after a noiseless run with steps eta f(U), and
    what predicts them: C's two largest eigenvalues and f(0); r' = d, rank 1."""
    data = draw(key, params)
    starts, logs = start_of(params, data) * SIZES[:, None, None], jnp.log(params.alpha * SIZES)
    end = descend(data.rows, data.y, starts, loss(params.eta), params.iterations)
    residual = jnp.linalg.norm(end[:, params.rank :], 2, axis=(1, 2))
    found = errors(end, data.truth)
    return {
        "errors": found,
        "exponent": slope(logs, jnp.log(residual)),
        "error_exponent": slope(logs, jnp.log(found)),
        "top_two": jnp.linalg.eigvalsh(spectral_matrix(data))[-2:],
        "loss": jnp.mean(jnp.abs(data.y)),
    }


def search_ranks(params: Any) -> list[int]:
    """Search ranks of one run: r, 2r, 5r (cut at d) and d."""
    return [min(c * params.rank, params.d) for c in (1, 2, 5)] + [params.d]


def starts_of_ranks(params: Any, data: Data) -> Array:
    """Columns of one U_0, padded with zeros."""
    start = params.alpha * direction(params, data.z, lambda: spectral_matrix(data))
    return jnp.stack([padded(start[:, :k], params.d) for k in search_ranks(params)])


@simulation(width=1)
def ranks_trial(key: Any, params: Any) -> dict[str, Array]:
    """log10 error and escape time for search ranks r, 2r, 5r, d on one data set.

    Constant steps until 1.8 times the escape time that the population predicts, then geometric.
    """
    data = draw(key, params)
    wait = jnp.floor(1.8 * escape_times(params, params.alpha**2)[-1])
    end, sizes = trace(
        data.rows, data.y, starts_of_ranks(params, data), geometric(params.eta, params.rho, wait),
        params.iterations, lambda u: errors(u, data.truth),
    )  # fmt: skip
    return {
        "log_error": jnp.log10(errors(end, data.truth)),
        "time": jnp.argmax(sizes < 0.5 * sizes[0], axis=0).astype(float),
    }


# Paths, thinned to 80 times: what the figures draw

SAMPLES = 80


def sample_times(params: Any) -> Any:
    """The steps at which a trajectory is kept."""
    return (params.iterations // SAMPLES) * (1 + jnp.arange(SAMPLES))


def waiting_time(params: Any) -> Array:
    """1.25 escape times, as the population predicts them: enough for every component, and below the
    window (theta/W + W/theta)/2 in which the residual is small."""
    return jnp.floor(1.25 * escape_times(params, params.alpha**2)[-1])


@simulation(width=1)
def trajectory_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta) at 80 times for search ranks r, 2r, 5r, d on one data set; shape (80, 4).

    Steps are constant until 1.25 escape times, then geometric; ever constant for ``constant``.
    """
    data, stride = draw(key, params), params.iterations // SAMPLES
    rule = constant(params.eta)
    if params.steps != "constant":
        rule = geometric(params.eta, params.rho, waiting_time(params))

    def leg(u, first):
        u = descend(data.rows, data.y, u, lambda t, *at: rule(first + t, *at), stride)
        return u, errors(u, data.truth)

    firsts = stride * jnp.arange(SAMPLES)
    return {"error": jax.lax.scan(leg, starts_of_ranks(params, data), firsts)[1]}


# Dense noise

STRIDE = 10


def two_values(data: Data, params: Any) -> tuple[Array, Array, Array]:
    """Times, the two largest singular values of U at them under constant steps, and the escape
    time: when the larger passes sqrt(1/2).

    Of U, not of its Gram matrix: there a residual below 1e-8 would drown in rounding.
    """

    def advance(u, _):
        new = descend(data.rows, data.y, u, constant(params.eta), STRIDE)
        return new, jnp.linalg.svd(new[0], compute_uv=False)[:2]

    start = start_of(params, data)[None]
    _, top = jax.lax.scan(advance, start, None, length=params.iterations // STRIDE)
    return STRIDE * (1.0 + jnp.arange(len(top))), top, passing(top[:, 0], 0.5)


def passing(values: Array, square: Any) -> Array:
    """The step at which a singular value's square passes a level."""
    return STRIDE * (1 + crossing(values**2, square))


@simulation(width=1)
def window_trial(key: Any, params: Any) -> dict[str, Array]:
    """Dense noise, constant steps, rank 1, r' = d: T_overfit/T_escape, timed at
    sigma_1(U)^2 = 1/2 and sigma_2(U)^2 = nu W."""
    _, top, escape = two_values(draw(key, params), params)
    overfit = passing(top[:, 1], params.nu * noise_width(params.d, params.m))
    return {"window": overfit / escape}


def plateau_edge(data: Data, params: Any) -> Array:
    """Largest eigenvalue of -Q across the fit, Q the direction averaged over steps 600 to 1000 of a
    run with r' = r from the truth: the rate at which a residual grows on the plateau."""
    rows, y, rule = data.rows, data.y, constant(params.eta)
    settled = descend(rows, y, truth_root(params)[None], rule, 600)
    u, signs = trace(rows, y, settled, rule, 400, lambda u: jnp.sign(residuals_of(rows, y, u))[0])
    signs = jnp.mean(signs, axis=0)
    fitted = jnp.linalg.qr(u[0])[0]
    across = jnp.eye(params.d) - fitted @ fitted.T
    return jnp.linalg.eigvalsh(across @ smat(-signs @ rows / params.m, params.d) @ across)[-1]


@simulation(width=1)
def plateau_trial(key: Any, params: Any) -> dict[str, Array]:
    """Log-growth per step of sigma_2(U) on the plateau's second half, and the largest eigenvalue of
    -Q across the fit, with the fit's own signs.

    It stays below 2W itself for three reasons, at d = 20, m = 400: a finite matrix ends before its
    bulk edge (0.92 at d = 20), and it is one dimension smaller (0.95); the fit sets some signs to
    averages (mean square 0.96); and until the first half of the plateau has passed the residual
    still points where the noise of sign(y) sent it, not where that of the fit's signs does.
    """
    data = draw(key, params)
    time, top, escape = two_values(data, params)
    end = passing(top[:, 1], 1e-3 * params.nu * noise_width(params.d, params.m))
    on = (time > (1.3 * escape + end) / 2) & (time < end)
    return {"growth": slope(time, jnp.log(top[:, 1]), on), "edge": plateau_edge(data, params)}
