"""The three margins s_r <= k <= s of the Gaussian model, and the duality that certifies s_r."""

import functools
from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from theory import (
    ArrayOf, Claims, Doc, Domain, Ge, Gt, Le, Logarithmic, Lt, Scalar, Twin, absolute, closed_form,
    lp_norm, maximum, parameters, sign, sqrt, total,
)  # fmt: skip
from theory.gaussian_robustness.attacks import (
    MU, SIGMA, attack_of, nearest_attack, robust_margin_bounds, soft_threshold_attack,
)  # fmt: skip
from theory.gaussian_robustness.gaussian import BOTH
from theory.gaussian_robustness.params import (
    ANY_MEAN, SETTING, Imbalance, Margin, Model, OneRadius, P, Params, Positives, Radius, Vector,
    ar1, mean, precision_times, scales,
)  # fmt: skip

__all__ = ["GaussianMargins", "Probe", "gaussian_margins", "isotropic_l2_margins", "linf_margins"]

claim = Claims()


class GaussianMargins(NamedTuple):
    """(s, k, s_r) of the Gaussian model; k = s_r = 0 when the attack reaches the mean."""

    s: Array
    k: Array
    s_r: Array


def gaussian_margins(params: Any) -> GaussianMargins:
    """The three margins of the model with shape Sigma (Gaussian or elliptical noise)."""
    mu = mean(params)
    r = mu - attack_of(params)
    w = precision_times(params, r)
    squared = r @ w
    positive = squared > 0
    s_r = jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1.0)), 0.0)
    k = jnp.where(positive, (mu @ w) / jnp.where(positive, s_r, 1.0), 0.0)
    return GaussianMargins(jnp.sqrt(mu @ precision_times(params, mu)), k, s_r)


@closed_form(
    example={"mu": MU, "sigma": SIGMA, "eps": 0.1},
    eps=("is not below |mu|_inf", lambda eps, mu: (abs(mu) > eps).any()),
)
def linf_margins(mu: Vector, sigma: Positives, eps: OneRadius) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r) for diagonal Sigma and an l_inf attack, on every evaluator; eps < |mu|_inf."""
    r = (mu - soft_threshold_attack(mu, eps)) / sigma
    standard = mu / sigma
    s_r = sqrt(total(r * r))
    return sqrt(total(standard * standard)), total(standard * r) / s_r, s_r


@closed_form(
    example={"mu": MU, "sigma": 1.0, "eps": 0.1},
    eps=("is not below |mu|_2", lambda eps, mu: (mu**2).sum() > eps**2),
)
def isotropic_l2_margins(mu: Vector, sigma: Margin, eps: Radius) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r) for Sigma = sigma^2 I and an l_2 attack: s_r = s - eps/sigma and k = s."""
    s = sqrt(total(mu * mu)) / sigma
    return s, s, s - eps / sigma


ANY_SCALES = ArrayOf(lambda rng: np.exp(0.4 * rng.normal(size=6)))
ANY_DIRECTION = ArrayOf(lambda rng: rng.normal(size=6))


@parameters(SETTING)
class Probe:
    """Any mean and any direction: what a bound on margins speaks of.

    eps = reach |mu|_p. ``w`` is a direction to try, ``scale`` how far a perturbation goes.
    """

    mu: Annotated[np.ndarray, ANY_MEAN, Ge(-100), Le(100), Doc("mu")]
    sigma: Annotated[np.ndarray, ANY_SCALES, Gt(0), Le(1e3), Doc("scales")]
    w: Annotated[np.ndarray, ANY_DIRECTION, Ge(-1e6), Le(1e6), Doc("a direction")]
    correlation: Annotated[float, Ge(-0.9), Le(0.9), Doc("neighbours' correlation")] = 0.0
    reach: Annotated[float, Ge(0), Lt(1), Doc("eps/|mu|_p")] = 0.3
    R: Imbalance = 3.0
    scale: Annotated[float, Ge(0), Le(10), Doc("length of a perturbation")] = 0.1
    p: P = "linf"
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.5

    @property
    def eps(self) -> Scalar:
        """The attack radius reach |mu|_p."""
        return self.reach * lp_norm(jnp.asarray(self.mu), self.p)

    @property
    def Sigma(self) -> Scalar:
        """Sigma_ij = sigma_i sigma_j correlation^|i-j|."""
        return ar1(jnp.asarray(self.sigma), self.correlation)

    @property
    def stable(self) -> Model:
        """The model with independent stable coordinates."""
        variances, noise = jnp.asarray(self.sigma) ** 2, "independent"
        return Model(self.mu, variances, p=self.p, eps=self.eps, noise=noise, alpha=self.alpha)


GAUSSIAN_PROBES = Domain.of(
    Probe, sigma=np.ones(6), correlation=(-0.8, 0.8), reach=(0.05, 0.9), R=(1, 30),
    scale=(1e-3, 1), alpha=1.5,
)  # fmt: skip
probed = claim.given(over=GAUSSIAN_PROBES)
CONJUGATE = {"l1": "linf", "l2": "l2", "linf": "l1"}


def bounds(q, w, z, **changes):
    """(margin of w, distance of z) at a probe."""
    return robust_margin_bounds(w, z, q.mu, q.Sigma, **({"eps": q.eps, "p": q.p} | changes))


def best(q, shortened=None, **changes):
    """The bounds at the nearest attack, or another mu - z, and its direction."""
    mu = jnp.asarray(q.mu)
    r = mu - nearest_attack(mu, q.Sigma, q.eps, q.p).z if shortened is None else shortened
    return bounds(q, jnp.linalg.solve(q.Sigma, r), mu - r, **changes)


probed.identity(
    lambda q: best(q)[1], name="robust_margin_duality", formula=lambda q: best(q)[0],
    says="max_w m(w) = min over |z|_p <= eps of |mu - z| in Sigma^{-1}", within=1e-11,
    source="derived: minimax",
    why="the certificate's relative gap is driven below 1e-12, plus rounding",
    twin=Twin("|w|_p in place of the dual norm |w|_q",
              lhs=lambda q: best(q, p=CONJUGATE[q.p])[0]),
)  # fmt: skip
tried = probed.given(formula=lambda q: bounds(q, q.w, q.mu)[0], points=96)
tried.never_above(
    lambda q: best(q)[0], name="gaussian_optimal_robust_best",
    says="no direction w has a robust margin above s_r (l_1, l_2, l_inf; full Sigma)",
    source="derived: weak duality", rounding=1e-11,
    twin=Twin("z = eps mu/|mu|_2 whatever the norm", smaller=lambda q: best(q)[0],
              larger=lambda q: best(q, q.mu * (1 - q.eps / lp_norm(q.mu, 2.0)))[0]),
)  # fmt: skip
tried.never_above(
    lambda q: bounds(q, q.w, q.eps * jnp.asarray(q.w) / lp_norm(q.w, q.p))[1],
    name="robust_margin_certificate", source="derived: Hoelder and Cauchy-Schwarz",
    says="m(w) <= |mu - z| in Sigma^{-1} for every w and every feasible z",
    twin=Twin("the bound holds without paying eps |w|_q",
              smaller=lambda q: bounds(q, q.mu, q.mu, eps=0.0)[0]),
)  # fmt: skip


def reached(reach: float, R: float = 1.0, d: int = 6, **fields: Any) -> Params:
    """Params whose attack has the radius reach |mu|_p."""
    norm = lp_norm(mean(Params(d=d, **fields)), fields.get("p", "linf"))
    return Params(d=d, eps=reach * float(norm), R=R, **fields)


# unequal |mu_j|, evaluated in JAX and in mpmath
SPREAD = Domain.derived(
    functools.partial(reached, d=5), mu_low=(0.05, 0.6), mu_high=(0.7, 1.2),
    sigma_low=(0.5, 1), sigma_high=(1, 2), reach=(0.05, 0.9, "eps/|mu|_inf"),
)  # fmt: skip


def diagonal_margins(p):
    """(s, k, s_r) of a case with diagonal Sigma."""
    return linf_margins(mean(p), scales(p), p.eps)


@claim.identity(
    lambda p: diagonal_margins(p)[2], over=SPREAD,
    twin=Twin("hard threshold mu_j 1{|mu_j| > eps}", hard=True),
)  # fmt: skip
def gaussian_optimal_robust_soft_threshold(p, *, hard=False):
    """l_inf, diagonal Sigma: the soft-thresholded direction attains s_r.

    derived: separable projection
    """
    mu, sigma = mean(p), scales(p)
    kept = mu - soft_threshold_attack(mu, p.eps)
    if hard:
        kept = mu * (1 + sign(absolute(mu) - p.eps)) / 2
    w = kept / (sigma * sigma)
    reach = total(w * mu) - p.eps * total(absolute(w))
    return reach / sqrt(total((w * sigma) * (w * sigma)))


@claim.never_above(
    0.0, over=SPREAD, evaluators=BOTH,
    twin=Twin("k <= s_r: natural and robust margin agree",
              smaller=lambda p: diagonal_margins(p)[1], larger=lambda p: diagonal_margins(p)[2]),
)  # fmt: skip
def robust_margin_order(p):
    """s_r <= k <= s.

    derived: Cauchy-Schwarz and eps |w|_q >= 0
    """
    s, k, s_r = diagonal_margins(p)
    return maximum(s_r - k, k - s)


def level_domain(share: float) -> Domain:
    """All mu_j equal but for the first, which is that share of the others."""
    return Domain.derived(
        lambda level, sigma, reach: reached(
            reach, d=5, mu_low=share * level, mu_high=level, sigma_low=sigma, sigma_high=sigma
        ),
        level=(0.1, 2, "every mu_j"), sigma=(0.2, 4, "every sigma_j"),
        reach=(0.05, 0.95, "eps/level"),
    )  # fmt: skip


claim.identity(
    lambda p: diagonal_margins(p)[0], name="inherent_effect_vanishes",
    says="k = s for l_inf with Sigma = sigma^2 I and equal |mu_j|", over=level_domain(1.0),
    formula=lambda p: diagonal_margins(p)[1],
    twin=Twin("k = s for unequal |mu_j| too", domain=level_domain(0.5)),
)  # fmt: skip


def isotropic_domain(p: str) -> Domain:
    """Sigma = sigma^2 I and an attack in that norm."""
    return Domain.derived(
        lambda sigma, **fields: reached(sigma_low=sigma, sigma_high=sigma, p=p, **fields),
        mu_low=(-0.5, 0.3), mu_high=(0.5, 1.2), sigma=(0.3, 3, Logarithmic),
        reach=(0.05, 0.9, "eps/|mu|_p"),
    )  # fmt: skip


claim.identity(
    lambda p: jnp.stack(isotropic_l2_margins(mean(p), p.sigma_low, p.eps)[1:]),
    name="inherent_effect_vanishes_l2",
    says="Sigma = sigma^2 I and l_2: (k, s_r) = (s, s - eps/sigma)",
    formula=lambda p: jnp.stack(gaussian_margins(p)[1:]), over=isotropic_domain("l2"),
    within=1e-12, why="one bisected root and sums of six terms in float64",
    twin=Twin("an l_inf attack of the same radius gives the same",
              domain=isotropic_domain("linf")),
)  # fmt: skip
