"""Rules fitted to finitely many Gaussian points: exact laws and high-dimensional limits.

Sigma = I (linear discriminant) or sigma^2 I known; class means estimated from n_1 majority and
n_2 minority points, w from the half difference of the sample means, the midpoint of the sample
means as origin, and a fixed offset t.
"""

from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import Ge, Le, Scalar, Single, closed_form, normal_cdf, normal_pdf, quadratic_form_tail
from theory.gaussian_robustness._model import Margin, Radius, Vector

Separation = Annotated[Scalar, Ge(0), Le(1e4)]
Dimension = Annotated[Scalar, Ge(1), Le(1e9)]
Count = Annotated[Scalar, Ge(1), Le(1e15)]
Offset = Annotated[Scalar, Ge(-1e15), Le(1e15)]


@jax.jit
@jnp.vectorize
def _lda_accuracy(separation: Scalar, d: Scalar, n_1: Scalar, n_2: Scalar, t: Scalar) -> Scalar:
    a, c = 1 / n_1 + 1 / n_2, -(1 / n_1 - 1 / n_2) / 2
    covariance = jnp.array([[a, c], [c, 1 + a / 4]])
    values, vectors = jnp.linalg.eigh(covariance)
    root = (vectors * jnp.sqrt(values)) @ vectors.T
    lam, turn = jnp.linalg.eigh(root @ jnp.array([[0.0, 0.5], [0.5, 0.0]]) @ root)
    nu = separation**2 * (turn.T @ jnp.linalg.solve(root, jnp.array([1.0, 0.5]))) ** 2
    return quadratic_form_tail(-t, lam, d, nu)


@closed_form(example={"separation": 2.0, "d": 5, "n_1": 30, "n_2": 10, "t": 0.5})
def lda_exact_accuracy(
    separation: Separation, d: Dimension, n_1: Count, n_2: Count, t: Offset
) -> Scalar:
    """E over training sets of the accuracy on class 1 of sign(w.(x - midpoint) + t), exactly.

    w = xbar_1 - xbar_2, Sigma = I, separation = |mu_1 - mu_2|. The discriminant of a class-1 point
    is u.v + t with independent coordinate pairs of covariance C = [[a, c], [c, 1 + a/4]],
    a = 1/n_1 + 1/n_2, c = -(1/n_1 - 1/n_2)/2, so u.v = l_+ Q_+ + l_- Q_-, with
    l_pm = (c pm sqrt(a(1 + a/4)))/2 and noncentral chi^2_d variables: a tail of a quadratic form of
    normals. Class 2: swap n_1 and n_2 and change the sign of t. Shapes broadcast.
    JAX.
    """
    return _lda_accuracy(*(jnp.asarray(x, float) for x in (separation, d, n_1, n_2, t)))


@closed_form
def lda_high_dimension(
    separation: Separation, d: Dimension, n_1: Count, n_2: Count, t: Offset
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


@closed_form
def soft_threshold_moments(mu: Scalar, eps: Radius, tau: Margin) -> SoftMoments:
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


@closed_form(example={"mu": [0.5, -0.3, 1.0], "eps": 0.1, "n_1": 30, "n_2": 10})
def plugin_accuracies(
    mu: Vector, eps: Annotated[Radius, Single], n_1: Count, n_2: Count, t: Offset
) -> PluginAccuracies:
    """Limits (d -> infinity, error O(1/d)) for the plug-in robust rule, Sigma = I, l_inf attack.

    w = 2 soft(muhat, eps), muhat = (xbar_1 - xbar_2)/2, offset -w.midpoint + t. With
    tau^2 = (1/n_1 + 1/n_2)/4, beta = (n_2 - n_1)/(n_1 + n_2) and per-coordinate moments,

        class 1: Phi((2 sum(mu E soft - beta tau^2 P(soft != 0)) + t)/(2 sqrt(sum E soft^2)));

    class 2 has +beta and -t, and the robust accuracies lose 2 eps sum E|soft| in the numerator.
    The beta term is Stein's lemma for the correlation of muhat with the midpoint. Where every
    coordinate is thresholded away (to float64), the rule is the constant sign(t).
    """
    mu = jnp.asarray(mu, float)
    tau_squared = (1 / n_1 + 1 / n_2) / 4
    beta = (n_2 - n_1) / (n_1 + n_2)
    moments = soft_threshold_moments(mu, eps, jnp.sqrt(tau_squared))
    reach = 2 * jnp.sum(mu * moments.mean)
    bias = 2 * beta * tau_squared * jnp.sum(moments.active)
    cost = 2 * eps * jnp.sum(moments.size)
    square = jnp.sum(moments.square)
    constant = square == 0
    scale = 2 * jnp.sqrt(jnp.where(constant, 0.25, square))
    upper, lower = reach - bias + t, reach + bias - t
    reached = jnp.stack([upper, lower, upper - cost, lower - cost])
    values = normal_cdf(reached / scale)
    return PluginAccuracies(*jnp.where(constant, (1 + jnp.sign(reached)) / 2, values))
