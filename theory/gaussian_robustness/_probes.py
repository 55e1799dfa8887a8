"""Parameters of single statements: any mean, any direction, any rule."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import ArrayOf, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, parameters
from theory.gaussian_robustness._model import R_RANGE, SETTING, Norm
from theory.gaussian_robustness._norms import lp_norm


def _directions(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=6)


def _means(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=6) + 0.1


@parameters(SETTING)
class Probe:
    """Any mean, any direction, an AR(1) Sigma with unit variances: what a margin bound speaks of.

    eps = reach |mu|_p. ``w`` is a direction to try; ``scale`` how far a perturbation goes.
    """

    mu: Annotated[np.ndarray, ArrayOf(_means), Ge(-100), Le(100), Doc("mu")]
    w: Annotated[np.ndarray, ArrayOf(_directions), Ge(-1e6), Le(1e6), Doc("a direction")]
    correlation: Annotated[float, Ge(-0.9), Le(0.9), Doc("neighbours' correlation")] = 0.0
    reach: Annotated[float, Ge(0), Lt(1), Doc("eps/|mu|_p")] = 0.3
    R: Annotated[float, Ge(1), Le(1e6), Logarithmic, R_RANGE, Doc("imbalance ratio")] = 3.0
    scale: Annotated[float, Ge(0), Le(10), Doc("length of a perturbation")] = 0.1
    p: Annotated[Norm, Doc("norm of the attack")] = "linf"

    @property
    def eps(self) -> Scalar:
        """The attack radius reach |mu|_p."""
        return self.reach * lp_norm(jnp.asarray(self.mu), self.p)

    @property
    def covariance(self) -> Scalar:
        """Sigma_ij = correlation^|i-j|."""
        index = jnp.arange(np.shape(self.mu)[0])
        return jnp.asarray(self.correlation) ** jnp.abs(index[:, None] - index[None, :])


def _positive(rng: np.random.Generator) -> np.ndarray:
    return np.exp(0.4 * rng.normal(size=6))


@parameters(SETTING)
class StableProbe:
    """Any mean and scales, any direction, independent stable coordinates, an l_inf attack."""

    mu: Annotated[np.ndarray, ArrayOf(_means), Ge(-100), Le(100), Doc("mu")]
    sigma: Annotated[np.ndarray, ArrayOf(_positive), Gt(0), Le(1e3), Doc("scales")]
    w: Annotated[np.ndarray, ArrayOf(_directions), Ge(-1e6), Le(1e6), Doc("a direction")]
    reach: Annotated[float, Ge(0), Lt(1), Doc("eps/|mu|_inf")] = 0.3
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.5

    @property
    def eps(self) -> Scalar:
        """The attack radius reach |mu|_inf."""
        return self.reach * jnp.max(jnp.abs(jnp.asarray(self.mu)))


@parameters(SETTING)
class LinearRule:
    """A margin, an offset and the ratio R: any linear rule, as its errors see it."""

    s: Annotated[float, Gt(0), Le(50), Doc("the best margin")]
    m: Annotated[float, Ge(-50), Le(50), Doc("the rule's margin, at most s")]
    h: Annotated[float, Ge(-50), Le(50), Doc("the rule's offset")]
    R: Annotated[float, Ge(1), Le(1e12), Logarithmic, R_RANGE, Doc("imbalance ratio")]
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.0

    def check(self: Any) -> None:
        """No rule has a margin above the best."""
        if abs(self.m) > self.s:
            raise self.refuse("m", f"is outside [-s, s], s = {self.s!r}")


@parameters(SETTING)
class UnequalVariances:
    """Along one axis: class + at +a with sd K, class - at -a with sd 1, P(+)/P(-) = odds."""

    a: Annotated[float, Gt(0), Le(50), Doc("margin in units of the smaller sd")]
    K: Annotated[float, Gt(1), Le(100), Doc("ratio of the class standard deviations")]
    odds: Annotated[float, Ge(1e-6), Le(1e6), Logarithmic, Doc("P(+)/P(-)")] = 1.0
    c: Annotated[float, Ge(-100), Le(100), Doc("an offset to try")] = 0.0

    def check(self: Any) -> None:
        """The two densities must cross."""
        B, q = 2 * self.a / (self.K**2 - 1), 2 * np.log(self.K / self.odds) / (self.K**2 - 1)
        if not B**2 + q >= 0:
            raise self.refuse(
                "odds",
                f"lets the majority win everywhere: B^2 + q = {B**2 + q:g} is outside [0, inf)",
            )
