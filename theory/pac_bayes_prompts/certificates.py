"""One call for a user's own numbers: every bound of the catalogue."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from theory import ParameterError, Scalar, closed_form, log, maximum, own_checks
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

__all__ = ["certificates", "hidden_nats"]

_every_bound = jax.jit(bounds_at)


@closed_form(errors=(f"is above n: {COUNT.text}", WITHIN[1]))
def complexity(errors: Count, n: Size, nats: Nats, delta: Delta) -> Scalar:
    """ln 1/P + ln(1/delta), of the numbers of a certificate."""
    return nats - log(delta)


def _complexity(errors, n, nats, delta) -> np.ndarray:
    """The same; NaN is refused too."""
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
            k, size, kl = own
            values[key] = CATALOGUE[key].function(k, size, _complexity(k, size, kl, delta))
    return {key: np.asarray(values[key]) for key in CATALOGUE if key in values}


def _kl_term(bound: Scalar, errors: Scalar, n: Scalar, delta: Scalar) -> Scalar:
    return (bound - errors / n) ** 2 * (2 * n - 1) - log(n) - 2 + log(delta)


def _has_a_prior(bound: Scalar, errors: Scalar, n: Scalar, delta: Scalar) -> Any:
    # the bound that a certain prompt (KL = 0) gives may be rounded: 1e-9 of what is subtracted
    some = _kl_term(bound, errors, n, delta) > -1e-9 * (2 + log(n))
    return (bound >= errors / n) & some


@closed_form(
    errors=WITHIN,
    bound=("is smaller than any prior gives here (prior probability above 1)", _has_a_prior),
    example={"bound": 0.5, "errors": 10, "n": 100, "delta": 0.05},
)
def hidden_nats(bound: Amount, errors: Errors, n: Size, delta: Delta = 0.05) -> Scalar:
    """The KL term (ln 1/P of one prompt) behind a published McAllester bound, in nats.

    max(0, (bound - r)^2 (2 n - 1) - ln n - 2 - ln(1/delta)). :func:`certificates` of it are an
    upgrade of the published bound: ``occam_binomial`` and ``occam_kl`` then hold for the published
    prompt at the same delta, ``beta_mixture_evalue`` and ``coin_betting`` at all n at once. A
    published number has few digits: round it up, since a smaller one hides fewer nats.
    """
    return maximum(0, _kl_term(bound, errors, n, delta))
