"""Rules fitted to finitely many Gaussian points: exact laws and high-dimensional limits.

Sigma = I (linear discriminant) or sigma^2 I known; class means estimated from n_1 majority and
n_2 minority points, w from the half difference of the sample means, the midpoint of the sample
means as origin, and a fixed offset t.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory import Scalar, normal_cdf, normal_pdf

_LEGENDRE = np.polynomial.legendre.leggauss(24)
_PANELS = 120


def _chi_square_form(u: Scalar, lam: Scalar, nu: Scalar, d: Scalar) -> Scalar:
    """log of E exp(iu sum_a lam_a Q_a), Q_a independent noncentral chi^2_d(nu_a)."""
    one = 1 - 2j * lam * u[..., None]
    return jnp.sum(-d / 2 * jnp.log(one) + 1j * nu * lam * u[..., None] / one, axis=-1)


def lda_exact_accuracy(
    separation: Scalar, d: Scalar, n_1: Scalar, n_2: Scalar, t: Scalar
) -> Float[Array, ""]:
    """E over training sets of the accuracy on class 1 of sign(w.(x - midpoint) + t), exactly.

    w = xbar_1 - xbar_2, Sigma = I, separation = |mu_1 - mu_2|. The discriminant of a class-1 point
    is u.v + t with independent coordinate pairs of covariance C = [[a, c], [c, 1 + a/4]],
    a = 1/n_1 + 1/n_2, c = -(1/n_1 - 1/n_2)/2, so u.v = l_+ Q_+ + l_- Q_-, with
    l_pm = (c pm sqrt(a(1 + a/4)))/2 and noncentral chi^2_d variables; inverted by
    1/2 + (1/pi) int_0^inf Im[chf(u) e^{iut}]/u du (Gil-Pelaez), to about 1e-12. Class 2: swap n_1
    and n_2 and change the sign of t.
    """
    a = 1 / jnp.asarray(n_1, float) + 1 / jnp.asarray(n_2, float)
    c = -(1 / jnp.asarray(n_1, float) - 1 / jnp.asarray(n_2, float)) / 2
    covariance = jnp.array([[a, c], [c, 1 + a / 4]])
    values, vectors = jnp.linalg.eigh(covariance)
    root = (vectors * jnp.sqrt(values)) @ vectors.T
    lam, turn = jnp.linalg.eigh(root @ jnp.array([[0.0, 0.5], [0.5, 0.0]]) @ root)
    nu = separation**2 * (turn.T @ jnp.linalg.solve(root, jnp.array([1.0, 0.5]))) ** 2
    # The modulus of chf falls like exp(-(variance u^2)/2) first and u^-d at last: panels that grow
    # geometrically from a scale far below 1/sd reach both.
    spread = jnp.sqrt(jnp.sum(2 * d * lam**2 + 4 * nu * lam**2))
    edges = jnp.concatenate([jnp.zeros(1), jnp.geomspace(1e-3, 4e3, _PANELS)]) / spread
    x, weight = (jnp.asarray(v) for v in _LEGENDRE)
    half = jnp.diff(edges)[:, None] / 2
    u = edges[:-1, None] + half * (1 + x)
    integrand = jnp.exp(_chi_square_form(u, lam, nu, d) + 1j * u * t).imag / u
    return 0.5 + jnp.sum(integrand * weight * half) / jnp.pi


def lda_high_dimension(
    separation: Scalar, d: Scalar, n_1: Scalar, n_2: Scalar, t: Scalar
) -> Scalar:
    """Phi((D^2/2 - (d/2)(1/n_1 - 1/n_2) + t)/sqrt(D^2 + d/n_1 + d/n_2)), D the separation.

    The normal approximation of :func:`lda_exact_accuracy`, error O(1/sqrt(d)) and about 1e-3 at
    d = 20: finitely many points alone shift the discriminant towards the larger class.
    """
    centre = separation**2 / 2 - d * (1 / n_1 - 1 / n_2) / 2 + t
    return normal_cdf(centre / (separation**2 + d / n_1 + d / n_2) ** 0.5)


class SoftMoments(NamedTuple):
    """Moments of soft(M, eps), M ~ N(mu, tau^2), per coordinate."""

    mean: Array  # E soft
    square: Array  # E soft^2
    size: Array  # E |soft|
    active: Array  # P(|M| > eps)


def soft_threshold_moments(mu: Scalar, eps: Scalar, tau: Scalar) -> SoftMoments:
    """E soft, E soft^2, E|soft| and P(soft != 0) in closed form; tau > 0."""
    up, down = (mu - eps) / tau, -(mu + eps) / tau
    above, below = normal_cdf(up), normal_cdf(down)
    bump_up, bump_down = tau * normal_pdf(up), tau * normal_pdf(down)
    first = (mu - eps) * above + bump_up
    second = -(mu + eps) * below + bump_down  # E soft^- >= 0
    square = ((mu - eps) ** 2 + tau**2) * above + (mu - eps) * bump_up
    square = square + ((mu + eps) ** 2 + tau**2) * below - (mu + eps) * bump_down
    return SoftMoments(first - second, square, first + second, above + below)


class PluginAccuracies(NamedTuple):
    """Natural and robust accuracies of a plug-in rule, class by class."""

    majority: Array
    minority: Array
    robust_majority: Array
    robust_minority: Array


def plugin_accuracies(
    mu: Float[Array, " d"], eps: Scalar, n_1: Scalar, n_2: Scalar, t: Scalar
) -> PluginAccuracies:
    """Limits (d -> infinity, error O(1/d)) for the plug-in robust rule, Sigma = I, l_inf attack.

    w = 2 soft(muhat, eps), muhat = (xbar_1 - xbar_2)/2, offset -w.midpoint + t. With
    tau^2 = (1/n_1 + 1/n_2)/4, beta = (n_2 - n_1)/(n_1 + n_2) and per-coordinate moments,

        class 1: Phi((2 sum(mu E soft - beta tau^2 P(soft != 0)) + t)/(2 sqrt(sum E soft^2)));

    class 2 has +beta and -t, and the robust accuracies lose 2 eps sum E|soft| in the numerator.
    The beta term is Stein's lemma for the correlation of muhat with the midpoint.
    """
    tau_squared = (1 / n_1 + 1 / n_2) / 4
    beta = (n_2 - n_1) / (n_1 + n_2)
    moments = soft_threshold_moments(mu, eps, jnp.sqrt(tau_squared))
    reach = 2 * jnp.sum(mu * moments.mean)
    bias = 2 * beta * tau_squared * jnp.sum(moments.active)
    cost = 2 * eps * jnp.sum(moments.size)
    scale = 2 * jnp.sqrt(jnp.sum(moments.square))
    upper, lower = reach - bias + t, reach + bias - t
    values = normal_cdf(jnp.stack([upper, lower, upper - cost, lower - cost]) / scale)
    return PluginAccuracies(*values)
