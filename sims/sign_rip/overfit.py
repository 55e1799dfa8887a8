"""Trials of dense noise: when the residual spoils the fit, and how fast it grows."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import crossing, simulation, slope, smat
from sims.sign_rip.measure import Data, draw, start_of, truth_root
from sims.sign_rip.subgm import constant, descend, residuals_of
from theory.sign_rip import noise_width

_STRIDE = 10


def _two_values(data: Data, params: Any) -> tuple[Array, Array, Array]:
    """Times, the two largest singular values of U at them under constant steps, and the escape
    time: when the larger passes sqrt(1/2).

    Of U, not of its Gram matrix: there a residual below 1e-8 would drown in rounding.
    """

    def advance(u, _):
        new = descend(data.rows, data.y, u, constant(params.eta), _STRIDE)
        return new, jnp.linalg.svd(new[0], compute_uv=False)[:2]

    start = start_of(params, data)[None]
    _, top = jax.lax.scan(advance, start, None, length=params.iterations // _STRIDE)
    return _STRIDE * (1.0 + jnp.arange(len(top))), top, _passing(top[:, 0], 0.5)


def _passing(values: Array, square: Any) -> Array:
    """The step at which a singular value's square passes a level."""
    return _STRIDE * (1 + crossing(values**2, square))


@simulation(width=1)
def window_trial(key: Any, params: Any) -> dict[str, Array]:
    """Dense noise, constant steps, rank 1, r' = d: T_overfit/T_escape, timed at
    sigma_1(U)^2 = 1/2 and sigma_2(U)^2 = nu W."""
    _, top, escape = _two_values(draw(key, params), params)
    overfit = _passing(top[:, 1], params.nu * noise_width(params.d, params.m))
    return {"window": overfit / escape}


_SETTLE, _AVERAGED = 600, 400


def _plateau_edge(data: Data, params: Any) -> Array:
    """Largest eigenvalue of -Q across the fit, Q the direction averaged along a run with r' = r
    from the truth: the rate at which a residual grows on the plateau."""
    rows, y, rule = data.rows, data.y, constant(params.eta)
    u = descend(rows, y, truth_root(params)[None], rule, _SETTLE)

    def add(state, _):
        u, signs = state
        signs += jnp.sign(residuals_of(rows, y, u))[0] / _AVERAGED
        return (descend(rows, y, u, rule, 1), signs), None

    (u, signs), _ = jax.lax.scan(add, (u, jnp.zeros(params.m)), None, length=_AVERAGED)
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
    time, top, escape = _two_values(data, params)
    end = _passing(top[:, 1], 1e-3 * params.nu * noise_width(params.d, params.m))
    on = (time > (1.3 * escape + end) / 2) & (time < end)
    return {"growth": slope(time, jnp.log(top[:, 1]), on), "edge": _plateau_edge(data, params)}
