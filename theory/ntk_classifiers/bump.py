"""alpha < d: a fixed smoothing. The example: a bump of eta on the quarter circle, d = 1."""

import math
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Ge, Lt, Scalar, Twin, closed_form
from theory.ntk_classifiers.params import Params

__all__ = ["BUMP_CENTRE", "BUMP_HALF_WIDTH", "BUMP_INSIDE", "BUMP_OUTSIDE", "bump_moments"]

claim = Claims()

BUMP_CENTRE, BUMP_HALF_WIDTH = math.pi / 4, math.pi / 20
BUMP_INSIDE, BUMP_OUTSIDE = 0.85, 0.3


@closed_form
def bump_moments(alpha: Annotated[Scalar, Ge(0), Lt(1 / 3)]) -> tuple[Any, Any]:
    """(mean, skewness bound) of y W: W = chord^-alpha at the bump's centre, angles uniform.

    mean = int (2 eta - 1) g W; the skewness is that of one summand (third absolute moment about 0
    over the standard deviation cubed, plus the mean's shift). alpha < 1/3, where the third moment
    is finite.
    """
    return _bump_moments(jnp.asarray(alpha, float))


@jnp.vectorize
def _bump_moments(alpha: Any) -> tuple[Any, Any]:
    def moment(power: float, inside: float, outside: float) -> Any:
        near = _chord_moment(alpha * power, BUMP_HALF_WIDTH)
        far = _chord_moment(alpha * power, BUMP_CENTRE) - near
        return (inside * near + outside * far) * 4 / math.pi

    mean = moment(1, 2 * BUMP_INSIDE - 1, 2 * BUMP_OUTSIDE - 1)
    variance = moment(2, 1, 1) - mean**2
    third = moment(3, 1, 1) + 3 * jnp.abs(mean) * moment(2, 1, 1) + 3 * mean**2 * moment(1, 1, 1)
    return mean, (third + jnp.abs(mean) ** 3) / variance**1.5


def gauss(count: int) -> tuple[Any, Any]:
    """Nodes and weights of Gauss's rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return jnp.asarray((nodes + 1) / 2), jnp.asarray(weights / 2)


def _chord_moment(q: Any, reach: float) -> Any:
    """int_0^reach (2 sin(x/2))^-q dx, q < 1: the power x^-q in closed form, the rest by Gauss."""
    u, weight = gauss(40)
    x = reach * u**3  # flat at 0, where the rest is of order x^{2 - q}
    rest = x**-q * jnp.expm1(-q * jnp.log(2 * jnp.sin(x / 2) / x))
    return reach ** (1 - q) / (1 - q) + jnp.sum(weight * 3 * reach * u**2 * rest)


bump = claim.given(
    mode="bump_vote", at=Params(alpha=0.3, n=3000), source="derived: see bump_moments"
)
bump.at_most(
    "vote", name="inconsistency_when_alpha_below_d", formula=0.0, delta=0.05, trials=1500,
    says="alpha = .3 < d = 1: the vote's sign is wrong with probability > .95, n = 3000",
    twin=Twin("every singular kernel is consistent", observable=lambda run, p: -run["vote"]),
)  # fmt: skip
bump.equals(
    "vote", name="smoothing_when_alpha_below_d", formula=lambda p: bump_moments(p.alpha)[0],
    says="alpha < d: f_n/n -> int (2 eta(z) - 1) g(z) G(x.z) dz", within=0.004, trials=2000,
    skewness=lambda p: bump_moments(p.alpha)[1] / p.n**0.5,
    why="exact mean at every n; 6 % asked for",
    twin=Twin("the limit is Bayes' 2 eta - 1", prediction=0.7),
)  # fmt: skip
