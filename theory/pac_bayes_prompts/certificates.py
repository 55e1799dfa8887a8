"""One call for a user's own numbers: every bound of the catalogue."""

import math
from collections.abc import Sequence

import jax
import numpy as np

from theory import ParameterError, Scalar, closed_form, log, own_checks
from theory.pac_bayes_prompts.bounds import CATALOGUE, bounds_at, catoni
from theory.pac_bayes_prompts.params import (
    COUNT,
    SETTING,
    WITHIN,
    Amount,
    Count,
    Delta,
    Errors,
    Nats,
    Size,
)

__all__ = ["certificates", "hidden_nats", "recovered_nats", "upgraded_certificates"]

_every_bound = jax.jit(bounds_at)


@closed_form(errors=(f"is above n: {COUNT.text}", WITHIN[1]))
def complexity(errors: Count, n: Size, nats: Nats, delta: Delta) -> Scalar:
    """ln 1/P + ln(1/delta), of the numbers of a certificate."""
    return nats - log(delta) + 0 * (errors + n)


def _complexity(errors, n, nats, delta) -> np.ndarray:
    """The same in the shape of all four; NaN is refused too."""
    c = np.asarray(complexity(errors, n, nats, delta))
    if np.isnan(c).any():
        raise ParameterError(f"{SETTING}: NaN among the errors, n, nats or delta of a certificate")
    return c


@own_checks("a user's numbers, on the host: refused in one line each")
def certificates(
    errors,
    n,
    nats,
    delta=0.05,
    *,
    uniform_nats=None,
    catoni_parameter: float = 1,
    held_out: Sequence[float] | None = None,
    half_sample: Sequence[float] | None = None,
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
    if not (catoni_parameter > 0 and math.isfinite(catoni_parameter)):
        raise ParameterError(f"{SETTING}: catoni_parameter = {catoni_parameter} is not above 0")
    c = _complexity(errors, n, nats, delta)
    values = dict(_every_bound(errors, n, c))
    values["catoni"] = catoni(errors, n, c, catoni_parameter)
    if np.any(np.asarray(n) < 2):
        del values["empirical_bernstein"]
    for key, own in (
        ("uniform_convergence", None if uniform_nats is None else (errors, n, uniform_nats)),
        ("held_out", None if held_out is None else (*held_out, 0.0)),
        ("half_sample_prior", half_sample),
    ):
        del values[key]
        if own is not None:
            values[key] = CATALOGUE[key].function(*own[:2], _complexity(*own, delta))
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
    _complexity(errors, n, 0.0, delta)
    bound, k, size = (np.asarray(v, float) for v in (mcallester, errors, n))
    nats = hidden_nats.__wrapped__(bound, k, size, np.asarray(delta, float))
    # rounding of a bound that a certain prompt (KL = 0) gives; 1e-9 of what is subtracted
    nats = np.where((nats < 0) & (nats > -1e-9 * (2 + np.log(size))), 0.0, nats)
    if not np.all((bound >= k / size) & (nats >= 0)):
        least = k / size + np.sqrt((2 + np.log(size) - np.log(delta)) / (2 * size - 1))
        raise ParameterError(
            f"{SETTING}: a McAllester bound of {mcallester} is smaller than any prior gives here:"
            f" at r = {k / size}, n = {n} and delta = {delta} it is at least {np.round(least, 6)}"
            " (prior probability above 1)"
        )
    return nats
