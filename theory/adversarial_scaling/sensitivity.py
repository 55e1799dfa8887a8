"""Sensitivities that vary: which exponent the error has, and what it is on a user's own numbers."""

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Gt, Le, ParameterError, Scalar, Twin, closed_form, expm1, integral, log,
    normal_mean, where,
)  # fmt: skip
from theory.adversarial_scaling.params import Params

claim = Claims()
STEPS = (0.03, 0.01, 0.003, 0.001)


@claim.limit(
    1.0,
    along=[Params(eps=e) for e in STEPS],
    size=lambda p: 1 / p.eps,
    rate=-2.0,
    within=0.1,
    last_gap=1e-4,
    why="the next term of 1 - exp(-G^2 eps^2/2)",
    twin=Twin("only the mean sensitivity matters: (E G)^2", mean=1),
)
def gap_exponent_transfer(p, *, mean=0):
    """err/((A/beta) E[G^beta] eps^beta) -> 1 where p(x) ~ A x^(beta-1); chi_2 gap, beta = 2, A = 1.

    derived: G lognormal(0, spread), independent of the gap
    """
    second = jnp.exp(p.spread**2 if mean else 2 * p.spread**2)
    return lognormal_error(p) / (second * p.eps**2 / 2)


def lognormal_error(p):
    """E[1 - exp(-G^2 eps^2/2)]."""
    return normal_mean(lambda z: -jnp.expm1(-((p.eps * jnp.exp(p.spread * z)) ** 2) / 2))


@claim.law(
    "chi2_ratio", at=Params(), mode="toy", twin=Twin("one sensitivity for all inputs", varies=0)
)
def chi2_gap_error(p, x, *, varies=1):
    """P(Delta < G eps) = E[1 - exp(-G^2 eps^2/2)] for a chi_2 gap, the law of Delta/G."""
    x = jnp.maximum(x, 0)[..., None]
    return normal_mean(lambda z: -jnp.expm1(-((x * jnp.exp(varies * p.spread * z)) ** 2) / 2))


@closed_form
def pareto_error(eps: Annotated[Scalar, Gt(0), Le(1)], alpha: Annotated[Scalar, Gt(0)]):
    """(eps^alpha - alpha eps)/(1 - alpha), eps (1 + ln 1/eps) at alpha = 1: E min(1, G eps).

    Delta uniform on (0, 1), P(G > g) = g^-alpha for g >= 1.
    """
    u = -(1 - alpha) * log(eps)
    safe = where(u == 0, 1, u)
    return eps * (1 - log(eps) * where(u == 0, 1, expm1(safe) / safe))


@claim.identity(
    lambda p: p.eps + integral(lambda x: (x / p.eps) ** -p.alpha, p.eps, 1.0),
    over=Domain.around(Params(), alpha=(0.1, 3.0), eps=(0.02, 0.9)),
    points=24,
    within=1e-9,
    why="a quadrature",
    twin=Twin("the exponent 1 whatever the tail", tail=0),
    known=((Params(eps=1e-3), ".03812"), (Params(eps=0.01), ".14274"), (Params(eps=0.1), ".47797"),
           (Params(eps=0.01, alpha=1.0), ".05605")),
)  # fmt: skip
def heavy_tail_takes_over(p, *, tail=1):
    """Pareto sensitivities: (eps^alpha - alpha eps)/(1 - alpha), of exponent min(1, alpha)."""
    return pareto_error(p.eps, p.alpha) if tail else p.eps


@claim.scaling(
    0.6,
    along=[Params(eps=e) for e in (1e-5, 1e-6, 1e-7, 1e-8)],
    size=lambda p: p.eps,
    within=0.01,
    why="eps^0.6 against eps: 1.5 eps^0.4",
    twin=Twin("1", exponent=1.0),
)
def heavy_tail_exponent(p):
    """Its exponent is alpha where alpha < 1: one in the paper's range needs no new mechanism."""
    return pareto_error(p.eps, p.alpha)


claim.law(
    "pareto_ratio",
    formula=lambda p, x: where(x <= 0, 0, pareto_error(jnp.clip(x, 1e-300, 1), p.alpha)),
    name="pareto_gap_error",
    says="it is the law of Delta/G, Delta uniform and G Pareto(alpha)",
    at=Params(),
    mode="toy",
    twin=Twin("tail exponent 1", cdf=lambda p, x: where(
        x <= 0, 0, pareto_error(jnp.clip(x, 1e-300, 1), 1.0))),
)  # fmt: skip


# ------------------------------------------------------------------------------ your own gaps


class Measured(NamedTuple):
    """What gaps near zero say: p(x) ~ amplitude x^(exponent - 1), err(eps) = ... eps^exponent."""

    exponent: float
    standard_error: float
    amplitude: float
    scale: float
    used: int
    share: Any


def measured(gaps, rates=None, *, smallest: float = 0.05, eps=(0.01, 0.03, 0.1)) -> Measured:
    """The exponent and prefactor of err(eps) from N top gaps, and the error at each eps.

    Args:
        gaps: (N,) top gaps, margins (their size is taken), or (N, C) logits.
        rates: (N,) rates G at which an attack closes them; 1 by default.
        smallest: the share of smallest ratios gap/rate that the exponent is read from.
        eps: sizes at which the share gap < rate eps is returned.

    err(eps) ~ (r/x^b) eps^b over the smallest r N ratios, x the largest of them: the exponent b is
    the maximum-likelihood (Hill) estimate, with standard error b/sqrt(r N); ``amplitude`` is
    r/x^b and ``scale`` is x, up to which the law was fitted. Raises ParameterError for NaN, for
    negative rates, for fewer than 10 ratios left, and where ratios of 0 leave no exponent.
    """
    gaps = np.asarray(gaps, float)
    if gaps.ndim == 2 and gaps.shape[1] >= 2:
        top = np.partition(gaps, -2, axis=1)
        gaps = top[:, -1] - top[:, -2]
    if gaps.ndim != 1 or not np.isfinite(gaps).all():
        raise ParameterError(f"measured: gaps of shape {gaps.shape} are not N finite numbers")
    rates = np.ones_like(gaps) if rates is None else np.asarray(rates, float)
    if rates.shape != gaps.shape or not (np.isfinite(rates) & (rates > 0)).all():
        raise ParameterError(f"measured: rates are not {len(gaps)} finite numbers above 0")
    ratios = np.sort(np.abs(gaps) / rates)
    used = int(smallest * len(ratios))
    if used < 10 or not smallest < 1:
        raise ParameterError(f"measured: smallest = {smallest:g} of {len(gaps)} leaves under 10")
    if ratios[0] == 0:
        raise ParameterError("measured: a gap is 0: ties have no exponent; remove or break them")
    largest = ratios[used]
    exponent = used / np.log(largest / ratios[:used]).sum()
    share = np.searchsorted(ratios, np.asarray(eps, float)) / len(ratios)
    amplitude = used / len(ratios) / largest**exponent
    return Measured(exponent, exponent / used**0.5, amplitude, largest, used, share)
