"""Where the claims on the Gaussian model are stated."""

import dataclasses
import functools
from typing import Annotated, Any

import numpy as np

from theory import (
    Doc,
    Domain,
    Ge,
    Le,
    Logarithmic,
)
from theory.gaussian_robustness._model import Margins, Norm, Params, mean
from theory.gaussian_robustness._norms import lp_norm
from theory.gaussian_robustness._probes import LinearRule, Probe, UnequalVariances

# --------------------------------------------------------------------------------------------
# Domains


def _margins(s: float, inherent: float, shrink: float, R: float) -> Margins:
    return Margins(s=s, k=s * inherent, s_r=s * inherent * shrink, R=R)


def _margin_domain(R_low: float) -> Domain:
    return Domain.derived(
        {
            "s": Annotated[float, Ge(0.3), Le(5), Doc("standard margin")],
            "inherent": Annotated[float, Ge(0.3), Le(0.999), Doc("k/s")],
            "shrink": Annotated[float, Ge(0.05), Le(0.999), Doc("s_r/k")],
            "R": Annotated[float, Ge(R_low), Le(100), Logarithmic, Doc("imbalance ratio")],
        },
        _margins,
    )


MARGINS = _margin_domain(1.0)
IMBALANCED = _margin_domain(1.01)


def _model(reach: float, R: float, d: int = 6, **fields: Any) -> Params:
    norm = lp_norm(mean(Params(d=d, **fields)), fields.get("p", "linf"))
    return Params(d=d, eps=reach * float(norm), R=R, **fields)


MODELS = Domain.derived(
    {
        "mu_low": Annotated[float, Ge(-0.3), Le(0.3)],
        "mu_high": Annotated[float, Ge(0.4), Le(1.2)],
        "sigma_low": Annotated[float, Ge(0.5), Le(2), Logarithmic],
        "sigma_high": Annotated[float, Ge(0.5), Le(2), Logarithmic],
        "correlation": Annotated[float, Ge(-0.8), Le(0.8)],
        "reach": Annotated[float, Ge(0.02), Le(0.9), Doc("eps/|mu|_p")],
        "R": Annotated[float, Ge(1), Le(50), Logarithmic],
        "p": Norm,
    },
    functools.partial(_model, covariance="ar1"),
)
"""Six dimensions, correlated coordinates, every norm: the array code against the scalar theory."""


def _ramp_model(reach: float, mu_low: float, mu_high: float, **fields: Any) -> Params:
    return Params(d=5, eps=reach * mu_high, mu_low=mu_low, mu_high=mu_high, **fields)


_RAMP = {
    "mu_high": Annotated[float, Ge(0.7), Le(1.2)],
    "sigma_low": Annotated[float, Ge(0.5), Le(1)],
    "sigma_high": Annotated[float, Ge(1), Le(2)],
    "reach": Annotated[float, Ge(0.05), Le(0.9), Doc("eps/|mu|_inf")],
}
SPREAD_MEANS = Domain.derived({"mu_low": Annotated[float, Ge(0.05), Le(0.6)], **_RAMP}, _ramp_model)
"""Diagonal Sigma, l_inf, unequal |mu_j|: evaluated in JAX and in mpmath."""


def _constant_mean(level: float, sigma: float, reach: float) -> Params:
    return Params(
        d=5, mu_low=level, mu_high=level, sigma_low=sigma, sigma_high=sigma, eps=reach * level
    )


_CONSTANT = {
    "level": Annotated[float, Ge(0.1), Le(2), Doc("every mu_j")],
    "sigma": Annotated[float, Ge(0.2), Le(4), Doc("every sigma_j")],
    "reach": Annotated[float, Ge(0.05), Le(0.95), Doc("eps/level")],
}
EQUAL_MEANS = Domain.derived(_CONSTANT, _constant_mean)


def _mildly_spread(level: float, sigma: float, reach: float) -> Params:
    return dataclasses.replace(_constant_mean(level, sigma, reach), mu_low=level / 2)


UNEQUAL_MEANS = Domain.derived(_CONSTANT, _mildly_spread)
"""The same with mu_1 halved: there the inherent part does not vanish."""


def _isotropic(p: Norm, mu_low: float, mu_high: float, sigma: float, reach: float) -> Params:
    return _model(
        reach, 1.0, mu_low=mu_low, mu_high=mu_high, sigma_low=sigma, sigma_high=sigma, p=p
    )


_ISOTROPIC = {
    "mu_low": Annotated[float, Ge(-0.5), Le(0.3)],
    "mu_high": Annotated[float, Ge(0.5), Le(1.2)],
    "sigma": Annotated[float, Ge(0.3), Le(3), Logarithmic],
    "reach": Annotated[float, Ge(0.05), Le(0.9), Doc("eps/|mu|_p")],
}
ISOTROPIC_L2 = Domain.derived(_ISOTROPIC, functools.partial(_isotropic, "l2"))
ISOTROPIC_LINF = Domain.derived(_ISOTROPIC, functools.partial(_isotropic, "linf"))

SMALL_ATTACKS = Domain.derived(
    {
        "mu_low": Annotated[float, Ge(0.3), Le(0.6)],
        "mu_high": Annotated[float, Ge(0.7), Le(1.2)],
        "eps": Annotated[float, Ge(1e-3), Le(0.29), Doc("below every |mu_j|")],
    },
    functools.partial(Params, d=5),
)

PROBES = Domain.of(Probe, correlation=(-0.8, 0.8), reach=(0.05, 0.9), R=(1, 30), scale=(1e-3, 1))

# The first case tells the twins apart best: s = 2.47, k = 2.32, s_r = 1.23
GAUSSIAN_CASES = (
    Params(eps=0.15, R=10, points=50),
    Params(
        d=20, mu_low=0.1, mu_high=0.5, sigma_low=0.8, sigma_high=1.3, p="l2", eps=0.5, points=50
    ),
    Params(
        d=10, mu_low=-0.3, mu_high=0.9, covariance="ar1", correlation=0.4, p="l1", eps=0.8, R=3,
        points=50,
    ),
)  # fmt: skip


EPS_LADDER = tuple(Params(eps=0.016 / 2**i) for i in range(5))


LOGISTIC_PROBES = Domain.of(
    Probe, correlation=0.0, p="linf", reach=(0.05, 0.9), R=(1.2, 30), scale=(1e-3, 1)
)


UNEQUAL = Domain.derived(
    {
        "a": Annotated[float, Ge(0.2), Le(4), Doc("margin")],
        "K": Annotated[float, Ge(1.1), Le(5), Doc("sd ratio")],
        "share": Annotated[float, Ge(0.1), Le(1), Doc("odds/K: below 1 the densities cross")],
        "c": Annotated[float, Ge(-5), Le(5), Doc("an offset to try")],
    },
    lambda a, K, share, c: UnequalVariances(a=a, K=K, odds=share * K, c=c),
)

RULES = Domain.derived(
    {
        "s": Annotated[float, Ge(0.3), Le(5), Doc("best margin")],
        "loss": Annotated[float, Ge(0), Le(1), Doc("m = s (1 - 2 loss^6)")],
        "shift": Annotated[float, Ge(-1), Le(1), Doc("h = log(R)/(2s) + 5 shift^3")],
        "R": Annotated[float, Ge(1), Le(100), Logarithmic],
    },
    lambda s, loss, shift, R: LinearRule(
        s=s, m=s * (1 - 2 * loss**6), h=float(np.log(R)) / (2 * s) + 5 * shift**3, R=R
    ),
)
"""All margins from -s to s and offsets about the best one, dense where the error is least."""
