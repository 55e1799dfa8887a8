"""Laws and averages beside the model: Levy's law, Holtsmark's density, what heavy tails do."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from theory import Ge, Le, Scalar, Single, closed_form, erfc, sqrt
from theory.gaussian_robustness.logistic import TOO_WIDE, WIDEST, moment
from theory.gaussian_robustness.params import Positives, Ratio, Vector
from theory.gaussian_robustness.stable import Index, stable_pdf

__all__ = ["holtsmark_pdf", "levy_cdf", "truncated_logistic_loss", "weight_ratio"]


@closed_form
def levy_cdf(x: Annotated[Scalar, Ge(1e-70)]) -> Scalar:
    """erfc(sqrt(1/(2x))), x > 0: the one-sided Levy law (alpha = 1/2, beta = 1) of 1/N(0,1)^2.

    It lies outside the symmetric model; it is the mixing law of the elliptical Cauchy noise.
    """
    return erfc(sqrt(1 / (2 * x)))


@closed_form
def holtsmark_pdf(x: Annotated[Scalar, Ge(-20), Le(20), Single]) -> Any:
    """The density at alpha = 3/2 by hypergeometric functions of z = -4x^6/729 (mpmath only).

    f = Gamma(5/3)/pi 2F3(5/12, 11/12; 1/3, 1/2, 5/6) - x^2/(3 pi) 3F4(3/4, 1, 5/4; 2/3, 5/6, 7/6,
    4/3) + 7 x^4 Gamma(4/3)/(81 pi) 2F3(13/12, 19/12; 7/6, 3/2, 5/3).
    """
    x = mpmath.mpf(x)
    if mpmath.isnan(x):
        return x

    def series(above: Any, below: Any) -> Any:  # in twelfths
        top, bottom = ([mpmath.mpf(q) / 12 for q in side] for side in (above, below))
        return mpmath.hyper(top, bottom, -4 * x**6 / 729)

    return (
        mpmath.gamma(mpmath.mpf(5) / 3) * series((5, 11), (4, 6, 10))
        - x**2 / 3 * series((9, 12, 15), (8, 10, 14, 16))
        + 7 * x**4 / 81 * mpmath.gamma(mpmath.mpf(4) / 3) * series((13, 19), (14, 18, 20))
    ) / mpmath.pi


@closed_form(
    example={"mu": [0.5, -0.3], "sigma": [1.0, 2.0], "shift": [0.1, -0.1]},
    shift=(
        TOO_WIDE,
        lambda shift, mu, sigma: (((mu - shift) / sigma) ** 2).sum() <= (WIDEST / 2) ** 2,
    ),
)
def weight_ratio(
    mu: Vector, sigma: Positives, shift: Vector, R: Annotated[Ratio, Single]
) -> Scalar:
    """E[p]/sqrt(E[p^2]) at the population minimiser, p = sigmoid(-margin).

    E[p^2] = E[p]/2, since the minimiser is the true law of y given x. The exclusion probability of
    a coordinate with |mu_j| < eps tends to 1 like
    exp(-n (eps - |mu_j|)^2 (E p)^2/(2 sigma_j^2 E p^2)).
    """
    mu, sigma, shift = (jnp.asarray(v, float) for v in (mu, sigma, shift))
    square = jnp.sum(((mu - shift) / sigma) ** 2)  # of the margin s of this shift
    some = square > 0
    s = jnp.sqrt(jnp.where(some, square, 1.0))
    centre, spread = 2 * square, jnp.where(some, 2 * s, 0.0)
    majority, minority = (
        moment(lambda u: jax.nn.sigmoid(-u), centre + b, spread) for b in (jnp.log(R), -jnp.log(R))
    )
    return jnp.sqrt(2 * (R * majority + minority) / (1 + R))


# From 0 to 1 in octaves, since the loss turns within 1/scale of 0
OCTAVES = np.concatenate([np.zeros(1), np.exp2(np.arange(-40.0, 1.0))])
LEGENDRE = np.polynomial.legendre.leggauss(24)


@closed_form
def truncated_logistic_loss(
    scale: Annotated[Scalar, Ge(-1e6), Le(1e6), Single],
    alpha: Annotated[Index, Single],
    cut: Annotated[Scalar, Ge(0), Le(1e9), Single],
) -> Scalar:
    """E[softplus(-scale S); |S| <= cut] for standard stable S.

    As cut -> infinity it converges for alpha > 1 and grows like cut^{1 - alpha} (log cut at
    alpha = 1) otherwise: the population logistic loss is infinite for alpha <= 1.
    """
    x, weights = (jnp.asarray(q) for q in LEGENDRE)
    half = jnp.asarray(np.diff(OCTAVES)[:, None] / 2)
    reach = jnp.arcsinh(jnp.asarray(cut, float))
    v = reach * (OCTAVES[:-1, None] + half * (1 + x))  # s = sinh(v): powers fall like exponentials
    s = jnp.sinh(v)
    both = jax.nn.softplus(-scale * s) + jax.nn.softplus(scale * s)
    return reach * jnp.sum(weights * half * both * stable_pdf(s, alpha) * jnp.cosh(v))
