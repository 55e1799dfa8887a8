"""One call for a user's own numbers: every bound of the catalogue."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import ParameterError, Scalar, closed_form, log, own_checks
from theory.pac_bayes_prompts.bounds import CATALOGUE, CATONI_PARAMETER, bounds_at, catoni
from theory.pac_bayes_prompts.params import (
    COUNT,
    DELTA,
    NATS,
    SETTING,
    SIZE,
    WITHIN,
    Amount,
    Delta,
    Errors,
    Size,
)

__all__ = ["certificates", "hidden_nats", "recovered_nats", "upgraded_certificates"]

_every_bound = jax.jit(bounds_at)


def _refuse_unless(allowed: Scalar, what: str) -> None:
    if not isinstance(allowed, Tracer) and not np.all(np.asarray(allowed)):
        raise ParameterError(f"{SETTING}: {what}")


def _check(errors, n, nats, delta) -> None:
    concrete = [np.asarray(v) for v in (errors, n, nats, delta)]
    if any(v.dtype == object or not np.issubdtype(v.dtype, np.number) for v in concrete):
        raise ParameterError(f"{SETTING}: errors, n, nats and delta must be numbers")
    k, size, c, d = concrete
    _refuse_unless((d > 0) & (d < 1), f"delta = {delta}: {DELTA.text}")
    _refuse_unless((size >= 1) & (size == np.floor(size)), f"n = {n}: {SIZE.text}")
    _refuse_unless(
        (k >= 0) & (k <= size) & (k == np.floor(k)),
        f"errors = {errors}: {COUNT.text}",
    )
    _refuse_unless(c >= 0, f"nats = {nats}: {NATS.text}")


@own_checks("a user's numbers, on the host: refused in one line each")
def certificates(
    errors,
    n,
    nats,
    delta=0.05,
    *,
    uniform_nats=None,
    catoni_parameter: float = CATONI_PARAMETER,
    held_out: tuple[int, int] | None = None,
    half_sample: tuple[int, int, float] | None = None,
) -> dict[str, np.ndarray]:
    """The bounds on a prompt's true error from its training errors: {key: bound}.

    Args:
        errors: error counts k, integers in [0, n] (a number or an array; all arrays broadcast).
        n: training points.
        nats: ln 1/P(prompt) under a prior fixed before the data; infinity is allowed.
        delta: each bound fails with probability at most delta. The best of B bounds is a bound at
            level B delta.
        uniform_nats: ln|H|, for ``uniform_convergence``; without it that bound is left out.
        catoni_parameter: C > 0, fixed in advance.
        held_out: (errors, n) on fresh points, for ``held_out``.
        half_sample: (errors on the rest, size of the rest, nats under the prior fitted on the
            first part), for ``half_sample_prior``.

    Returns the catalogue's bounds in its order. Values above 1 are vacuous. ``empirical_bernstein``
    is left out at n = 1, where it divides by zero. Raises ParameterError for bad input.
    """
    _check(errors, n, nats, delta)
    if not (catoni_parameter > 0 and math.isfinite(catoni_parameter)):
        raise ParameterError(f"{SETTING}: catoni_parameter = {catoni_parameter} is not above 0")
    if half_sample is not None and not np.all(np.asarray(half_sample[1]) >= 1):
        raise ParameterError(f"{SETTING}: the prior is fitted on n0 >= n points: none is left")
    k, size, kl, d = jnp.broadcast_arrays(
        *(jnp.asarray(v, float) for v in (errors, n, nats, delta))
    )
    confidence = -jnp.log(d)
    values = dict(_every_bound(k, size, kl + confidence))
    values["catoni"] = catoni(k, size, kl + confidence, catoni_parameter)
    if np.any(np.asarray(size) < 2):
        del values["empirical_bernstein"]
    for key, own in (
        ("uniform_convergence", None if uniform_nats is None else (errors, n, uniform_nats)),
        ("held_out", None if held_out is None else (*held_out, 0.0)),
        ("half_sample_prior", half_sample),
    ):
        del values[key]
        if own is not None:
            _check(*own, delta)
            values[key] = CATALOGUE[key].function(*own[:2], jnp.asarray(own[2]) + confidence)
    return {key: np.asarray(values[key]) for key in CATALOGUE if key in values}


@closed_form(
    errors=WITHIN,
    bound=("is below the training error", lambda bound, errors, n: bound >= errors / n),
)
def hidden_nats(bound: Amount, errors: Errors, n: Size, delta: Delta) -> Scalar:
    """The KL term behind a published McAllester bound, in nats.

    (bound - r)^2 (2 n - 1) - ln n - 2 - ln(1/delta). Negative if no prior gives that bound.
    """
    return (bound - errors / n) ** 2 * (2 * n - 1) - log(n) - 2 + log(delta)


@own_checks("a user's numbers, on the host: refused in one line each")
def upgraded_certificates(mcallester, errors, n, delta=0.05, **options) -> dict[str, np.ndarray]:
    """Every certificate with the information of a published McAllester bound: {key: bound}.

    The bound is inverted to the KL term behind it (:func:`hidden_nats`), and
    :func:`certificates` is called with that. ``occam_binomial`` and ``occam_kl`` then hold for the
    published prompt at the same delta, ``beta_mixture_evalue`` and ``coin_betting`` at all n at
    once. A published number has few digits: round it up, since a smaller one hides fewer nats.

    Args:
        mcallester: r + sqrt((KL + ln(1/delta) + ln n + 2)/(2 n - 1)) as published.
        errors, n, delta: as for :func:`certificates`, which also takes the ``options``.

    Raises ParameterError for bad input, and where no prior gives a bound so small.
    """
    nats = recovered_nats(mcallester, errors, n, delta)
    return certificates(errors, n, nats, delta, **options)


@own_checks("a user's numbers, on the host: refused in one line each")
def recovered_nats(mcallester, errors, n, delta=0.05) -> np.ndarray:
    """ln 1/P behind a published McAllester bound; raises as :func:`upgraded_certificates`."""
    _check(errors, n, 0.0, delta)
    bound, k, size = (np.asarray(v, float) for v in (mcallester, errors, n))
    nats = np.asarray(hidden_nats.__wrapped__(bound, k, size, np.asarray(delta, float)))
    # rounding of a bound that a certain prompt (KL = 0) gives; 1e-9 of what is subtracted
    nats = np.where((nats < 0) & (nats > -1e-9 * (2 + np.log(size))), 0.0, nats)
    _refuse_unless(
        (bound >= k / size) & (nats >= 0),
        f"a McAllester bound of {mcallester} is smaller than any prior gives here: at r ="
        f" {k / size}, n = {n} and delta = {delta} it is at least"
        f" {np.round(k / size + np.sqrt((2 + np.log(size) - np.log(delta)) / (2 * size - 1)), 6)}"
        " (prior probability above 1)",
    )
    return nats
