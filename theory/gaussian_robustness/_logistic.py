"""Adversarial logistic regression: population loss, large-sample law, failure on heavy tails.

Gaussian noise with diagonal Sigma and an l_inf attack: (2 Sigma^{-1}(mu - z), log R) minimises
E log(1 + exp(-y(w.x + b) + eps |w|_1)). On the active set {|mu_j| > eps} the loss is an ordinary,
well-specified logistic loss for the data x - y z, so the fit is asymptotically normal with the
inverse Fisher information; off it the weights are exactly 0.
"""

from collections.abc import Callable
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Ge, Le, Scalar, Single, closed_form, normal_cdf
from theory.gaussian_robustness._model import Margin, Positives, Radius, Ratio, Vector
from theory.gaussian_robustness._stable import Index, stable_pdf


@closed_form
def support_probability(
    mu_j: Scalar, sigma_j: Margin, eps: Radius, weight: Margin, square: Margin
) -> Scalar:
    """P(w_j = 0 | the rest of an adversarial l_inf logistic fit), exactly, for diagonal Sigma.

    The coordinate stays out iff |sum_i p_i y_i x_ij| <= eps sum_i p_i, p_i = sigmoid(-margin_i);
    the p_i depend on the other coordinates only, which are independent of y_i x_ij ~ N(mu_j,
    sigma_j^2). With ``weight`` = sum p_i and ``square`` = sum p_i^2:
    Phi((eps - mu_j) weight/(sigma_j sqrt(square))) - Phi(-(eps + mu_j) weight/(...)).
    """
    scale = weight / (sigma_j * square**0.5)
    return normal_cdf((eps - mu_j) * scale) - normal_cdf(-(eps + mu_j) * scale)


_GAUSS_NODES = np.linspace(-10.0, 10.0, 2001)
_GAUSS_WEIGHTS = np.exp(-(_GAUSS_NODES**2) / 2) / np.sqrt(2 * np.pi) * 0.01
WIDEST = 50.0
"""The largest spread of scores for which :func:`gaussian_mean` is good to rounding."""

_TOO_WIDE = f"gives scores a spread |w sigma|_2 above {WIDEST:g}"


@closed_form(example={"f": jax.nn.softplus})
def gaussian_mean(
    f: Callable[[Scalar], Scalar],
    centre: Annotated[Scalar, Single],
    spread: Annotated[Scalar, Ge(0), Le(WIDEST), Single],
) -> Scalar:
    """E f(centre + spread N(0, 1)) by the trapezoidal rule on [-10, 10] (2000 steps).

    For f analytic within distance pi of the real line (all logistic functions) the error is below
    e^{-2 pi^2/(0.01 spread)}: 1e-16 up to spread 50.
    """
    nodes = jnp.asarray(_GAUSS_NODES)
    return jnp.sum(jnp.asarray(_GAUSS_WEIGHTS) * f(centre + spread * nodes))


def _length(v: Scalar) -> Scalar:
    """|v|_2, with derivative 0 (not NaN) at v = 0."""
    squared = jnp.sum(v**2)
    return jnp.where(squared > 0, jnp.sqrt(jnp.where(squared > 0, squared, 1.0)), 0.0)


def _not_too_wide(shift: Scalar, mu: Scalar, sigma: Scalar) -> Scalar:
    return (((mu - shift) / sigma) ** 2).sum() <= (WIDEST / 2) ** 2


@closed_form(
    example={"w": [0.5, -0.3], "mu": [0.5, -0.3], "sigma": [1.0, 2.0], "eps": 0.1},
    w=(_TOO_WIDE, lambda w, sigma: ((w * sigma) ** 2).sum() <= WIDEST**2),
)
def logistic_loss(
    w: Vector,
    b: Annotated[Scalar, Single],
    mu: Vector,
    sigma: Positives,
    eps: Annotated[Radius, Single],
    R: Ratio,
) -> Scalar:
    """Population adversarial logistic loss E log(1 + exp(-y(w.x + b) + eps |w|_1)).

    Gaussian noise, diagonal Sigma, l_inf attack.
    """
    w, mu, sigma = (jnp.asarray(v, float) for v in (w, mu, sigma))
    centre = w @ mu - eps * jnp.sum(jnp.abs(w))
    spread = _length(w * sigma)

    def loss(u: Scalar) -> Scalar:
        return jax.nn.softplus(-u)

    majority = gaussian_mean(loss, centre + b, spread)
    return (R * majority + gaussian_mean(loss, centre - b, spread)) / (1 + R)


@closed_form(example={"mu": [0.5, -0.3], "sigma": [1.0, 2.0], "shift": [0.1, -0.1]}, 
    shift=(f"is mu, or {_TOO_WIDE}", lambda shift, mu, sigma: (
        (shift != mu).any() & _not_too_wide(shift, mu, sigma)))
)  # fmt: skip
def fisher_information(
    mu: Vector,
    sigma: Positives,
    shift: Vector,
    R: Annotated[Ratio, Single],
    rho: Annotated[Scalar, Ge(1e-100), Le(1e100), Single] = 1.0,
) -> tuple[Scalar, Scalar]:
    """(H, J) of logistic regression on x - y shift, parameters (w, b), minority weight rho.

    H = E[weight p(1-p) x x'], J = E[(weight p)^2 x x'], x = (x - y shift, 1), at the population
    minimiser w = 2 Sigma^{-1}(mu - shift), b = log(R/rho); the coordinates given are all active.
    sqrt(n)(fit - minimiser) -> N(0, H^{-1} J H^{-1}), which is H^{-1} at rho = 1. Given the margin
    u = w.x + b, x is normal with a mean linear in u, so both are one-dimensional integrals.
    """
    mu, sigma, shift = (jnp.asarray(v, float) for v in (mu, sigma, shift))
    r = mu - shift
    w, b = 2 * r / sigma**2, jnp.log(R / rho)
    spread = jnp.sqrt(jnp.sum((w * sigma) ** 2))
    slope = sigma**2 * w / spread  # E[x | u] = y r + slope (u - E u)/spread
    residual = jnp.diag(sigma**2) - jnp.outer(slope, slope)

    def of_class(y: float, share: Scalar, weight: Scalar) -> tuple[Scalar, Scalar]:
        centre = w @ r + y * b  # mean of y (w.x + b)
        start = jnp.append(y * r, 1.0)
        direction = jnp.append(y * slope, 0.0)
        flat = jnp.zeros((mu.shape[0] + 1,) * 2).at[:-1, :-1].set(residual)

        def second_moment(g: Callable[[Scalar], Scalar]) -> Scalar:
            nodes = jnp.asarray(_GAUSS_NODES)
            mass = jnp.asarray(_GAUSS_WEIGHTS) * g(centre + spread * nodes)
            vectors = start + nodes[:, None] * direction
            return share * ((vectors.T * mass) @ vectors + jnp.sum(mass) * flat)

        def curvature(u: Scalar) -> Scalar:
            return weight * jax.nn.sigmoid(u) * jax.nn.sigmoid(-u)

        return second_moment(curvature), second_moment(lambda u: (weight * jax.nn.sigmoid(-u)) ** 2)

    H_major, J_major = of_class(1.0, R / (1 + R), 1.0)
    H_minor, J_minor = of_class(-1.0, 1 / (1 + R), rho)
    return H_major + H_minor, J_major + J_minor


@closed_form(
    example={"mu": [0.5, -0.3], "sigma": [1.0, 2.0], "shift": [0.1, -0.1]},
    shift=(_TOO_WIDE, _not_too_wide),
)
def weight_ratio(
    mu: Vector, sigma: Positives, shift: Vector, R: Annotated[Ratio, Single]
) -> Scalar:
    """E[p]/sqrt(E[p^2]) at the population minimiser, p = sigmoid(-margin).

    The exclusion probability of a coordinate with |mu_j| < eps tends to 1 like
    exp(-n (eps - |mu_j|)^2 (E p)^2/(2 sigma_j^2 E p^2)).
    """
    mu, sigma, shift = (jnp.asarray(v, float) for v in (mu, sigma, shift))
    r = mu - shift
    w = 2 * r / sigma**2
    spread = _length(w * sigma)
    b = jnp.log(R)

    def moment(power_: int) -> Scalar:
        major = gaussian_mean(lambda u: jax.nn.sigmoid(-u) ** power_, w @ r + b, spread)
        minor = gaussian_mean(lambda u: jax.nn.sigmoid(-u) ** power_, w @ r - b, spread)
        return (R * major + minor) / (1 + R)

    return moment(1) / jnp.sqrt(moment(2))


# --------------------------------------------------------------------------------------------
# Heavy tails, one dimension: x = y m + S

_OCTAVES = np.concatenate([np.zeros(1), np.exp2(np.arange(-40.0, 1.0))])
_LEGENDRE = np.polynomial.legendre.leggauss(24)


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
    # x = sinh(v), since the density decays like a power; Gauss-Legendre on octaves of v, since
    # the loss turns within 1/scale of 0; softplus(u) + softplus(-u) for the two signs of S
    x, weight = (jnp.asarray(q) for q in _LEGENDRE)
    edges = jnp.asarray(_OCTAVES)
    half = jnp.diff(edges)[:, None] / 2
    reach = jnp.arcsinh(jnp.asarray(cut, float))
    v = reach * (edges[:-1, None] + half * (1 + x))
    s = jnp.sinh(v)
    both = jax.nn.softplus(-scale * s) + jax.nn.softplus(scale * s)
    return reach * jnp.sum(weight * half * both * stable_pdf(s, alpha) * jnp.cosh(v))
