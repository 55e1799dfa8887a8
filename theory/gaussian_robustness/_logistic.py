"""Adversarial logistic regression: population loss, large-sample law, failure on heavy tails.

Gaussian noise with diagonal Sigma and an l_inf attack: (2 Sigma^{-1}(mu - z), log R) minimises
E log(1 + exp(-y(w.x + b) + eps |w|_1)). On the active set {|mu_j| > eps} the loss is an ordinary,
well-specified logistic loss for the data x - y z, so the fit is asymptotically normal with the
inverse Fisher information; off it the weights are exactly 0.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory import ParameterError, Scalar, normal_cdf
from theory.gaussian_robustness._model import SETTING
from theory.gaussian_robustness._stable import stable_pdf, stable_tail_constant


def support_probability(
    mu_j: Scalar, sigma_j: Scalar, eps: Scalar, weight: Scalar, square: Scalar
) -> Scalar:
    """P(w_j = 0 | the rest of an adversarial l_inf logistic fit), exactly, for diagonal Sigma.

    The coordinate stays out iff |sum_i p_i y_i x_ij| <= eps sum_i p_i, p_i = sigmoid(-margin_i);
    the p_i depend on the other coordinates only, which are independent of y_i x_ij ~ N(mu_j,
    sigma_j^2). With ``weight`` = sum p_i and ``square`` = sum p_i^2:
    Phi((eps - mu_j) weight/(sigma_j sqrt(square))) - Phi(-(eps + mu_j) weight/(...)).
    """
    scale = weight / (sigma_j * square**0.5)
    return normal_cdf((eps - mu_j) * scale) - normal_cdf(-(eps + mu_j) * scale)


_GAUSS_NODES = np.linspace(-10.0, 10.0, 401)
_GAUSS_WEIGHTS = np.exp(-(_GAUSS_NODES**2) / 2) / np.sqrt(2 * np.pi) * 0.05


def gaussian_mean(f: Callable[[Scalar], Scalar], centre: Scalar, spread: Scalar) -> Scalar:
    """E f(centre + spread N(0, 1)) by the trapezoidal rule on [-10, 10] (400 steps).

    For f analytic within distance pi of the real line (all logistic functions) the error is below
    e^{-2 pi^2/(0.05 spread)}: 1e-16 up to spread 10.
    """
    nodes = jnp.asarray(_GAUSS_NODES)
    return jnp.sum(jnp.asarray(_GAUSS_WEIGHTS) * f(centre + spread * nodes))


def logistic_loss(
    w: Scalar, b: Scalar, mu: Scalar, sigma: Scalar, eps: Scalar, R: Scalar
) -> Scalar:
    """Population adversarial logistic loss E log(1 + exp(-y(w.x + b) + eps |w|_1)).

    Gaussian noise, diagonal Sigma, l_inf attack.
    """
    centre = w @ mu - eps * jnp.sum(jnp.abs(w))
    spread = jnp.sqrt(jnp.sum((w * sigma) ** 2))

    def loss(u: Scalar) -> Scalar:
        return jax.nn.softplus(-u)

    majority = gaussian_mean(loss, centre + b, spread)
    return (R * majority + gaussian_mean(loss, centre - b, spread)) / (1 + R)


def fisher_information(
    mu: Float[Array, " d"],
    sigma: Float[Array, " d"],
    shift: Float[Array, " d"],
    R: Scalar,
    rho: Scalar = 1.0,
) -> tuple[Float[Array, "d1 d1"], Float[Array, "d1 d1"]]:
    """(H, J) of logistic regression on x - y shift, parameters (w, b), minority weight rho.

    H = E[weight p(1-p) x x'], J = E[(weight p)^2 x x'], x = (x - y shift, 1), at the population
    minimiser w = 2 Sigma^{-1}(mu - shift), b = log(R/rho); the coordinates given are all active.
    sqrt(n)(fit - minimiser) -> N(0, H^{-1} J H^{-1}), which is H^{-1} at rho = 1. Given the margin
    u = w.x + b, x is normal with a mean linear in u, so both are one-dimensional integrals.
    """
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


def weight_ratio(mu: Scalar, sigma: Scalar, shift: Scalar, R: Scalar) -> Scalar:
    """E[p]/sqrt(E[p^2]) at the population minimiser, p = sigmoid(-margin).

    The exclusion probability of a coordinate with |mu_j| < eps tends to 1 like
    exp(-n (eps - |mu_j|)^2 (E p)^2/(2 sigma_j^2 E p^2)).
    """
    r = mu - shift
    w = 2 * r / sigma**2
    spread = jnp.sqrt(jnp.sum((w * sigma) ** 2))
    b = jnp.log(R)

    def moment(power_: int) -> Scalar:
        major = gaussian_mean(lambda u: jax.nn.sigmoid(-u) ** power_, w @ r + b, spread)
        minor = gaussian_mean(lambda u: jax.nn.sigmoid(-u) ** power_, w @ r - b, spread)
        return (R * major + minor) / (1 + R)

    return moment(1) / jnp.sqrt(moment(2))


# --------------------------------------------------------------------------------------------
# Heavy tails, one dimension: x = y m + S

_HALF_LINE = np.linspace(-16.0, 16.0, 1201)


def truncated_logistic_loss(scale: Scalar, alpha: Scalar, cut: Scalar) -> Scalar:
    """E[softplus(-scale S); |S| <= cut] for standard stable S.

    As cut -> infinity it converges for alpha > 1 and grows like cut^{1 - alpha} (log cut at
    alpha = 1) otherwise: the population logistic loss is infinite for alpha <= 1.
    """
    # x = sinh(v), trapezoidal: the density decays like a power, so v carries every scale
    v = jnp.linspace(-1.0, 1.0, 4001) * jnp.arcsinh(cut)
    x = jnp.sinh(v)
    f = jax.nn.softplus(-scale * x) * stable_pdf(x, alpha) * jnp.cosh(v)
    return (jnp.sum(f) - (f[0] + f[-1]) / 2) * (v[1] - v[0])


def stable_logistic_minimiser(m: float, R: float, alpha: float) -> tuple[Scalar, Scalar]:
    """(w, b) of the population logistic loss for x = y m + S in one dimension, 1 < alpha < 2.

    Newton's method on a quadrature of the gradient. Its offset b/w is far from the best 0-1 offset
    (:func:`stationary_offset`): logistic training over-predicts the majority. Raises ParameterError
    for alpha <= 1, where the population loss is infinite.
    """
    if not 1 < alpha < 2:
        raise ParameterError(
            f"{SETTING}: alpha = {alpha!r} is outside (1, 2): the population logistic loss is"
            " infinite for alpha <= 1, so a logistic fit has no target"
        )
    theta = _stable_minimiser(m, R, alpha)
    return theta[0], theta[1]


@jax.jit
def _stable_minimiser(m: Scalar, R: Scalar, alpha: Scalar) -> Scalar:
    v = jnp.asarray(_HALF_LINE)
    x = jnp.sinh(v)
    mass = stable_pdf(x, alpha) * jnp.cosh(v) * (v[1] - v[0])
    # Beyond the last node X the loss is -w x up to a factor 1 + O(m/X), and f = alpha C
    # |x|^{-alpha-1}: dropping it would cost X^{1-alpha}, 5e-4 at alpha = 3/2
    far = alpha * stable_tail_constant(alpha) * x[-1] ** (1 - alpha) / (alpha - 1)

    def loss(theta: Scalar) -> Scalar:
        w, b = theta
        major = jnp.sum(mass * jax.nn.softplus(-(w * (m + x) + b)))
        minor = jnp.sum(mass * jax.nn.softplus(-(w * (m + x) - b)))
        return (R * major + minor) / (1 + R) + far * w

    gradient, hessian = jax.grad(loss), jax.hessian(loss)

    def step(_: Scalar, theta: Scalar) -> Scalar:
        move = jnp.linalg.solve(hessian(theta), gradient(theta))
        return theta - move / jnp.maximum(1.0, jnp.max(jnp.abs(move)) * 2)

    return jax.lax.fori_loop(0, 60, step, jnp.stack([jnp.ones(()), jnp.log(R) / 2]))
