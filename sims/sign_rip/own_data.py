"""The method on a user's own measurements."""

import functools
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from sims import smat, svec
from sims.sign_rip.measure import direction
from sims.sign_rip.subgm import descend_mixed, gram, residuals_of, rule_of
from theory import ParameterError
from theory.sign_rip import Params, advice


def recover(measurements: Any, y: Any, params: Any, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Fits U U^T to y_i = <A_i, X> + noise by the sub-gradient method with a small start.

    Measured in other units, the data give the same result in other units: the method runs on A/a
    and y/(a s), where a is the root mean square of all entries of the symmetric parts (as N(0, 1)
    entries would have them) and s = median|y/a|/.6745 (the median of |N(0, 1)|), about norm(X)_F
    while outliers are fewer than half. ``params.scale`` is not read; alpha is relative to sqrt(s).

    Args:
        measurements: shape (m, d, d); only their symmetric parts matter.
        y: shape (m,), or (B, m) for B responses to the same measurements, which then share their
            two products an iteration: far cheaper than B calls.
        params: search_rank, alpha, start (not ``near``), steps (not ``ideal``: it needs the
            truth), eta, rho and iterations are used; d and m must be the data's. The defaults
            (alpha = 1e-12, steps .5 x .99^t) recover well-conditioned truths of small rank: with
            d = 16, r = 2 or 3, condition 1 or 3, m = 900, 20 % outliers to 2e-7 of norm(X)_F.
        seed: of a random start.

    Returns {"X": U U^T, "U": U, "loss": f(U)}, with B in front for y of shape (B, m); found by
    :func:`descend_mixed`. Warns of what :func:`theory.sign_rip.advice` says against the params.
    Raises ParameterError for shapes that do not fit and for numbers that are not finite. Nothing is
    promised for noise that depends on the measurements.
    """
    a, values = np.asarray(measurements, dtype=np.float64), np.asarray(y, dtype=np.float64)
    check(a, values, params)
    params = params.but(scale=1.0)
    for note in advice(params):
        warnings.warn(f"sign_rip: {note}", UserWarning, stacklevel=2)
    rows = np.asarray(jax.jit(svec)((a + a.transpose(0, 2, 1)) / 2))
    largest = positive(np.abs(rows).max())
    unit = largest * positive(np.sqrt(np.mean((rows / largest) ** 2)))
    rows = jnp.asarray(rows / unit)
    responses = np.atleast_2d(values) / unit
    sizes = np.array([positive(np.median(np.abs(v)) / 0.6744897501960817, v) for v in responses])
    responses = jnp.asarray(responses / sizes[:, None])
    product, u, value = fitted(rows, responses, seed, params)
    scale = sizes[:, None, None]
    found = {"X": product * scale, "U": u * np.sqrt(scale), "loss": value * sizes * unit}
    return {k: np.asarray(v if values.ndim == 2 else v[0]) for k, v in found.items()}


@functools.partial(jax.jit, static_argnums=3)
def fitted(rows: Any, responses: Any, seed: Any, params: Params) -> tuple[Any, Any, Any]:
    """U U^T, U and f(U), from the start on: one program, for compiling many is what takes time."""
    z = jax.random.normal(jax.random.key(seed), (params.d, params.search_rank))
    signs = (smat(jnp.sign(v) @ rows / params.m, params.d) for v in responses)
    start = params.alpha * jnp.stack([direction(params, z, lambda c=c: c) for c in signs])
    u = descend_mixed(rows, responses, start, rule_of(params), params.iterations)
    return gram(u), u, jnp.mean(jnp.abs(residuals_of(rows, responses, u)), axis=-1)


def positive(size: float, values: np.ndarray | None = None) -> float:
    """The size; where it is 0 the largest |value| (or 1) in its place."""
    if size > 0:
        return float(size)
    return positive(float(np.abs(values).max())) if values is not None else 1.0


def check(a: np.ndarray, y: np.ndarray, params: Params) -> None:
    """Refuses data that do not fit."""
    if not isinstance(params, Params):
        raise ParameterError(f"sign_rip: {params!r} is not the Params of sign_rip")
    shape = a.shape
    for wrong, what in (
        (a.ndim != 3 or shape[1] != shape[2], f"measurements have shape {shape}, not (m, d, d)"),
        (y.ndim not in (1, 2) or y.shape[-1:] != shape[:1],
         f"y has shape {y.shape}, not (m,) or (B, m) with (m, d, d) = {shape}"),
        (not (np.isfinite(a).all() and np.isfinite(y).all()),
         "measurements and y must be finite numbers (found NaN)"),
        ((params.m, params.d) != shape[:2],
         f"params say m = {params.m}, d = {params.d}; the data have (m, d, d) = {shape}"),
        (params.start == "near" or params.steps == "ideal",
         "start = 'near' and steps = 'ideal' need the truth, which data do not give"),
    ):  # fmt: skip
        if wrong:
            raise ParameterError(f"sign_rip: {what}")
