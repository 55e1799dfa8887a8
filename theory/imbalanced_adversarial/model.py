"""Two Gaussian classes, an attack, a weight: parameters, separabilities, class errors."""

from typing import Annotated, Any, Literal

import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from theory import (
    Because, Doc, Ge, Le, Logarithmic, Lt, Scalar, Single, Static, ball_projection, closed_form,
    log, lp_norm, maximum, normal_cdf, parameters, sqrt,
)  # fmt: skip

SETTING = "imbalanced_adversarial"
MAJORITY = Because("K is majority over minority; swap the classes")
POSITIVE = Because("a weight is positive")
FLOATS = Because("slopes there are like its inverse square, which leaves the floats")
REACHED = Because("the attack reaches the class mean; only the constant rule is optimal")


@parameters(SETTING)
class Params:
    """The mixture, the weight, the attack and the sample."""

    s: Annotated[float, Ge(0.02), Le(8), Doc("separability |mu|, sigma = 1")] = 1.0
    K: Annotated[float, Ge(1), Le(1e12), Logarithmic, MAJORITY, Doc("majority : minority")] = 10.0
    rho: Annotated[
        float, Ge(1e-6), Le(1e80), Logarithmic, POSITIVE, Doc("weight of a minority error")
    ] = 1.0
    attack: Annotated[float, Ge(0), Lt(1), REACHED, Doc("eps as a share of |mu|_p")] = 0.3
    spread: Annotated[
        float, Ge(0), Lt(1), Doc("h: half of the |mu_j| are 1 + h, half 1 - h, up to scale")
    ] = 0.0
    gain: Annotated[float, Ge(1), Le(4), Doc("factor by which the classes are moved apart")] = 1.0
    norm: Annotated[Literal["l2", "linf"], Doc("norm of the attack")] = "linf"
    d: Annotated[int, Ge(2), Le(1000), Static, Doc("dimension, even")] = 20
    n: Annotated[int, Ge(2), Le(100_000), Static, Doc("training points of both classes")] = 550
    ridge: Annotated[float, Ge(1e-35), Le(10), Logarithmic, Doc("ridge of a fit")] = 1e-3

    def check(self: Any):
        """d is even."""
        if self.d % 2:
            raise self.refuse("d", "is odd: half of the coordinates are large, half small")

    @property
    def t(self):
        """log(K/rho), the imbalance that the weight leaves."""
        return log(self.K / self.rho)

    @property
    def t_1(self):
        """log K: t without a weight."""
        return log(self.K)

    @property
    def kept(self):
        """What the attack leaves of the large and of the small coordinates, each as one number."""
        unit = self.s / sqrt(2 * (1 + self.spread**2))
        large, small = 1 + self.spread, 1 - self.spread
        if self.norm == "l2":
            left = self.gain - self.attack
            return unit * large * left, unit * small * left
        reach = self.attack * large
        return unit * (self.gain * large - reach), unit * maximum(0, self.gain * small - reach)

    @property
    def s_r(self):
        """|mu - z|, the robust separability."""
        large, small = self.kept
        return sqrt(large**2 + small**2)

    @property
    def kappa(self):
        """mu.(mu - z)/|mu - z|, the natural separability of the robust direction."""
        large, small = self.kept
        unit = self.gain * self.s / sqrt(2 * (1 + self.spread**2))
        return unit * ((1 + self.spread) * large + (1 - self.spread) * small) / self.s_r

    @property
    def mean(self) -> Float[Array, " d"]:
        """mu, on given features: the gain is not in it."""
        signs = jnp.where(jnp.arange(self.d) < self.d // 2, 1.0, -1.0)
        return self.s / jnp.sqrt(self.d * (1 + self.spread**2)) * (1 + self.spread * signs)

    @property
    def eps(self):
        """The radius of the attack."""
        size = jnp.max(self.mean) if self.norm == "linf" else self.s
        return self.attack * size

    @property
    def class_sizes(self):
        """(minority, majority) points n/(1 + K), n K/(1 + K); not rounded: they are variances."""
        return self.n / (1 + self.K), self.n * self.K / (1 + self.K)


Separability = Annotated[Scalar, Ge(1e-100), Le(1e4), FLOATS]
Imbalance = Annotated[Scalar, Ge(1), MAJORITY]
Weight = Annotated[Scalar, Ge(1e-100), FLOATS]
Norm = str
Vector = Shaped[Any, " d"]
Radius = Annotated[Scalar, Ge(0)]
OneRadius = Annotated[Radius, Single]


@closed_form
def class_errors(margin: Separability, t: Scalar, separability: Scalar = None):
    """(minority, majority): Phi(-margin + t/2s), Phi(-margin - t/2s), s = margin by default.

    ``margin`` is s, s_r or kappa; ``separability``, where it differs, is the s_r of t/2s.
    """
    shift = t / (2 * (margin if separability is None else separability))
    return normal_cdf(-margin + shift), normal_cdf(-margin - shift)


ATTACKED = {"mu": [1.0, 0.6, -0.8], "eps": 0.2, "norm": "linf"}


@closed_form(example=ATTACKED)
def nearest_attack(mu: Vector, eps: OneRadius, norm: Norm) -> Float[Array, " d"]:
    """z, the point of the l_p ball of radius eps nearest to mu."""
    return ball_projection(mu, eps, norm)


@closed_form(
    example=ATTACKED,
    eps=(f"is too large: {REACHED.text}", lambda mu, eps, norm: eps < lp_norm(mu, norm)),
)
def separabilities(mu: Vector, eps: OneRadius, norm: Norm):
    """(s, s_r, kappa) = |mu|, |mu - z|, mu.(mu - z)/|mu - z|, in units of sigma.

    Raises ArgumentError where the attack reaches mu; NaN there for traced values.
    """
    mu = jnp.asarray(mu, float)
    left = mu - nearest_attack(mu, eps, norm)
    s_r = lp_norm(left, "l2")
    return lp_norm(mu, "l2"), s_r, mu @ left / s_r
