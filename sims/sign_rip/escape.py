"""Trials of the escape from a small start: slopes, budgets, residuals, ranks, windows."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims.sign_rip.measure import (
    draw_data,
    padded,
    smat,
    spectral_matrix,
    start_direction,
    truth_root,
)
from sims.sign_rip.subgm import (
    constant,
    crossing,
    descend,
    errors,
    geometric,
    loss,
    residuals_of,
    trace,
)
from theory.sign_rip import (
    critical_rho,
    escape_time,
    escape_times,
    noise_width,
    overfit_window,
    residual_exponent,
    spike,
)

DECADES = (0.0, 2.0, 4.0, 6.0)
"""Starts of one run: alpha, 1e-2 alpha, 1e-4 alpha, 1e-6 alpha, sharing one matrix and one B."""

_SMALL = 1e-3
"""The size of norm(U)_F^2 at which an escape is timed: still in the linear phase, nearly."""


def _slope(x: Array, y: Array) -> Array:
    """Least-squares slope of y on x."""
    x = x - jnp.mean(x)
    return jnp.sum(x * y) / jnp.sum(x * x)


def _starts(direction: Array, params: Any) -> tuple[Array, Array]:
    alphas = params.alpha * 10.0 ** -jnp.asarray(DECADES)
    return alphas, alphas[:, None, None] * direction


def shared_data(key: Any, params: Any) -> tuple[Array, Array]:
    """Measurements and responses that all trials of a run share: their products are then one
    matrix product over trials x starts. Only for statements that hold given the measurements."""
    rows, y, _ = draw_data(key, params)
    return rows, y


def slope_trial(key: Any, params: Any, data: tuple[Array, Array]) -> dict[str, Array]:
    """Slope of the escape time in log(1/alpha), against 1/log(1 + 2 eta lambda_1(C)); rank 1.

    Given the measurements; a trial draws its own B. ``with_theta`` puts theta, the signal without
    its noise, in place of lambda_1.
    """
    rows, y = data
    alphas, starts = _starts(start_direction(key, params, rows, y), params)
    _, sizes = trace(
        rows, y, starts, constant(params.eta), params.iterations,
        lambda u: jnp.sum(u**2, axis=(1, 2)),
    )  # fmt: skip
    times = crossing(sizes, _SMALL)
    slope = _slope(-jnp.log(alphas), times)
    top = jnp.linalg.eigvalsh(spectral_matrix(rows, y, params.d))[-1]
    unit = jnp.exp(-1.0)

    def ratio(value):
        return slope / escape_time(unit, value, params.eta) - 1

    return {
        "off": jnp.abs(ratio(top)),
        "with_theta": jnp.abs(ratio(spike(params)[0])),
        "times": times,
        "predicted_slope": escape_time(unit, top, params.eta),
    }


_CANDIDATES, _ROUNDS = 9, 2


def budget_trial(key: Any, params: Any) -> dict[str, Array]:
    """Critical geometric ratio of a run on data, against sum log(1 + 2 lambda_1 eta_0 rho^t).

    rank 1, sigma = 1. Candidates of 1 - rho between 0.9 and 1.11 of the prediction share the
    matrix; the smallest that fails is closed in on in two rounds. A run succeeds that ends within
    0.2 of X*: growth is geometric until u = 1, as e_t = eta_t phi/norm(Delta) grows while Delta
    shrinks, and norm(U)^2 > 1/2 alone would count log sqrt 2 too early, 2.5 % at alpha = 1e-6.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = params.alpha * start_direction(start_key, params, rows, y)
    values, vectors = jnp.linalg.eigh(spectral_matrix(rows, y, params.d))
    needed = -jnp.log(jnp.linalg.norm(vectors[:, -1] @ start))
    predicted = 1 - critical_rho(2 * values[-1] * params.eta, needed)
    with_theta = 1 - critical_rho(2 * spike(params)[0] * params.eta, needed)
    batch = jnp.broadcast_to(start, (_CANDIDATES, *start.shape))

    def narrow(_, ends):
        low, high = ends
        decay = predicted * jnp.exp(low + (high - low) * jnp.linspace(0, 1, _CANDIDATES))
        end = descend(rows, y, batch, geometric(params.eta, 1 - decay), params.iterations)
        reached = errors(end, truth) < 0.2
        last = jnp.sum(jnp.cumprod(reached)) - 1
        width = (high - low) / (_CANDIDATES - 1)
        return low + last * width, low + (last + 1) * width

    low, high = jax.lax.fori_loop(
        0, _ROUNDS, narrow, (jnp.log(jnp.float64(0.9)), -jnp.log(jnp.float64(0.9)))
    )
    measured = predicted * jnp.exp((low + high) / 2)
    return {
        "off": jnp.abs(measured / predicted - 1),
        "with_theta": jnp.abs(measured / with_theta - 1),
    }


def residual_trial(key: Any, params: Any) -> dict[str, Array]:
    """Exponent g of norm(E) ~ alpha^g after a noiseless run with steps eta f(U); r' = d, rank 1.

    ``off`` compares with 1 - log(1 + 2 eta lambda_2)/log(1 + 2 eta lambda_1), ``off_flow`` with
    1 - lambda_2/lambda_1. ``error_over_2g``: the final error's exponent over 2g as predicted.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    alphas, starts = _starts(start_direction(start_key, params, rows, y), params)
    end = descend(rows, y, starts, loss(params.eta), params.iterations)
    residual = jnp.linalg.norm(end[:, params.rank :], 2, axis=(1, 2))
    g = _slope(jnp.log(alphas), jnp.log(residual))
    values = jnp.linalg.eigvalsh(spectral_matrix(rows, y, params.d))
    eta = params.eta * jnp.mean(jnp.abs(y))
    error_exponent = _slope(jnp.log(alphas), jnp.log(errors(end, truth)))
    predicted = residual_exponent(eta, values[-1], values[-2])
    return {
        "exponent": g,
        "errors": errors(end, truth),
        "predicted": predicted,
        "off": g - predicted,
        "off_flow": g - (1 - values[-2] / values[-1]),
        "error_over_2g": error_exponent / (2 * predicted),
        "error_over_2": error_exponent / 2,
    }


SEARCH_RANKS = (1, 2, 5)
"""Search ranks of one run, in multiples of the true rank, then d itself."""


def search_ranks(params: Any) -> list[int]:
    """r, 2r, 5r (cut at d) and d."""
    return [min(c * params.rank, params.d) for c in SEARCH_RANKS] + [params.d]


def rank_trial(key: Any, params: Any) -> dict[str, Array]:
    """Error and escape time for r' = r, 2r, 5r, d: columns of one U_0, padded with zeros.

    Constant steps until 1.8 times the escape time that the population predicts for the smallest
    start, then geometric ones.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    direction = start_direction(start_key, params, rows, y)
    starts = jnp.stack([padded(direction[:, :k], params.d) for k in search_ranks(params)])
    starts = params.alpha * starts
    wait = jnp.floor(1.8 * escape_times(params, params.alpha**2)[-1])
    end, sizes = trace(
        rows, y, starts, geometric(params.eta, params.rho, wait), params.iterations,
        lambda u: errors(u, truth),
    )  # fmt: skip
    before = sizes < 0.5 * sizes[0]
    times = jnp.argmax(before, axis=0).astype(jnp.float64)
    log_errors = jnp.log10(errors(end, truth))
    growth = times[-1] / times[0]
    return {
        "log_error": log_errors,
        "log_ratio": log_errors[-1] - log_errors[0],
        "minus_log_ratio": log_errors[0] - log_errors[-1],
        "time_change": jnp.abs(growth - 1),
        "time_change_if_linear": jnp.abs(growth * params.rank / params.d - 1),
    }


_STRIDE = 10


def _two_values(rows: Array, y: Array, start: Array, params: Any) -> tuple[Array, Array]:
    """Times, and the two largest singular values of U at them, under constant steps.

    Of U, not of its Gram matrix: there a residual below 1e-8 would drown in rounding.
    """

    def advance(u, _):
        new = descend(rows, y, u, constant(params.eta), _STRIDE)
        return new, jnp.linalg.svd(new[0], compute_uv=False)[:2]

    _, top = jax.lax.scan(advance, start[None], None, length=params.iterations // _STRIDE)
    return _STRIDE * (1.0 + jnp.arange(len(top))), top


def window_trial(key: Any, params: Any) -> dict[str, Array]:
    """Dense noise, constant steps, rank 1, r' = d: when the residual spoils the fit.

    ``window``: T_overfit/T_escape, timed at sigma_1(U)^2 = 1/2 and sigma_2(U)^2 = nu W;
    ``shortfall``: the predicted lower bound minus it.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, _ = draw_data(data_key, params)
    start = params.alpha * start_direction(start_key, params, rows, y)
    _, top = _two_values(rows, y, start, params)
    width = noise_width(params.d, params.m)
    escape = _STRIDE * (1 + crossing(top[:, 0] ** 2, 0.5))
    overfit = _STRIDE * (1 + crossing(top[:, 1] ** 2, params.nu * width))
    window = overfit / escape
    return {
        "window": window,
        "shortfall": overfit_window(spike(params)[0], width) - window,
    }


_SETTLE, _AVERAGED = 600, 400


def _plateau_edge(rows: Array, y: Array, params: Any) -> Array:
    """Largest eigenvalue of -Q across the fit, Q the direction averaged along a run with r' = r
    from the truth: the rate at which a residual grows on the plateau."""
    u = descend(rows, y, truth_root(params)[None], constant(params.eta), _SETTLE)

    def add(state, _):
        u, signs = state
        signs += jnp.sign(residuals_of(rows, y, u))[0] / _AVERAGED
        return (descend(rows, y, u, constant(params.eta), 1), signs), None

    (u, signs), _ = jax.lax.scan(add, (u, jnp.zeros(params.m)), None, length=_AVERAGED)
    fitted = jnp.linalg.qr(u[0])[0]
    across = jnp.eye(params.d) - fitted @ fitted.T
    return jnp.linalg.eigvalsh(across @ smat(-signs @ rows / params.m, params.d) @ across)[-1]


def plateau_trial(key: Any, params: Any) -> dict[str, Array]:
    """As :func:`window_trial`: log-growth per step of sigma_2(U) on the plateau's second half.

    ``rate``: relative to log(1 + 2 eta lambda'), lambda' the largest eigenvalue of -Q across the
    fit, with the fit's own signs (``edge``: lambda' over 2W). ``rate_of_2w``: relative to 2W
    itself, which it stays below for three reasons, at d = 20, m = 400: a finite matrix ends before
    its bulk edge (0.92 at d = 20), and it is one dimension smaller (0.95); the fit sets some signs
    to averages (mean square 0.96); and until the first half of the plateau has passed the residual
    still points where the noise of sign(y) sent it, not where that of the fit's signs does.
    """
    data_key, start_key = jax.random.split(key)
    rows, y, _ = draw_data(data_key, params)
    start = params.alpha * start_direction(start_key, params, rows, y)
    time, top = _two_values(rows, y, start, params)
    width = noise_width(params.d, params.m)
    begin = 1.3 * _STRIDE * (1 + crossing(top[:, 0] ** 2, 0.5))
    end = _STRIDE * (1 + crossing(top[:, 1] ** 2, 1e-3 * params.nu * width))
    on = 1.0 * ((time > (begin + end) / 2) & (time < end))
    centre = on * (time - jnp.sum(on * time) / jnp.maximum(jnp.sum(on), 1.0))
    slope = jnp.sum(centre * jnp.log(top[:, 1])) / jnp.maximum(jnp.sum(centre**2), 1.0)
    edge = _plateau_edge(rows, y, params)
    return {
        "rate": slope / jnp.log1p(2 * params.eta * edge),
        "rate_of_2w": slope / jnp.log1p(4 * params.eta * width),
        "edge": edge / (2 * width),
    }
