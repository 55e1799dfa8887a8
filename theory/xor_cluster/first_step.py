"""Closed forms of the data model and of the first gradient step.

Everything here is derived for this package except where a source is given. M2 = ‖mu‖^2,
rho = M2/sqrt(p), P = p/M2. Scalars on every evaluator unless a docstring says JAX.
"""

from typing import Annotated

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

from theory import (
    Ge,
    Gt,
    Le,
    Lt,
    Scalar,
    Static,
    Whole,
    absolute,
    arcsin,
    arctan,
    closed_form,
    erf,
    normal_cdf,
    normal_pdf,
    pi,
    sqrt,
    where,
)
from theory.xor_cluster.params import Noise, Ratio, Signal, Size

Real = Annotated[Scalar, Ge(-1e50), Le(1e50)]
Amount = Annotated[Scalar, Ge(0), Le(1e50)]
Count = Annotated[Scalar, Ge(0), Le(1e6), Whole, Static]


@closed_form
def bayes_error(M2: Signal) -> Scalar:
    """Least clean error, 2 q (1 - q) with q = Phi(-sqrt(M2/2)).

    Attained by sgn(|<mu1, x>| - |<mu2, x>|), four ReLU neurons with weights ±mu1, ±mu2:
    the error occurs when exactly one of two independent Gaussian signs flips. M2 > 0.
    """
    q = normal_cdf(-sqrt(M2 / 2))
    return 2 * q * (1 - q)


@closed_form
def bayes_error_by_erf(M2: Signal) -> Scalar:
    """The same error as (1 - erf(‖mu‖/2)^2)/2."""
    return (1 - erf(sqrt(M2) / 2) ** 2) / 2


@closed_form
def noisy_bayes_error(M2: Signal, eta: Noise) -> Scalar:
    """Least error against noisy labels, eta + (1 - 2 eta) :func:`bayes_error`."""
    return eta + (1 - 2 * eta) * bayes_error(M2)


@closed_form
def axis_deviation_probability(m: Size) -> Scalar:
    """P(|sum_j s_j |D_j|| > |sum_j D_j|) -> (2/pi) arctan(1/sqrt(m)), at one axis after one step.

    The event that the pair of clusters has a mean error other than 1/2; n -> inf, up to a relative
    O(1/m). With D = sd(z + g), z ~ N(0, 1) over data and g ~ N(0, 1) over neurons, the event needs
    z = O(m^-1/2), where the left sum is sd sqrt(m) N(0, 1) and the right one sd m z: a quotient of
    independent Gaussians.
    """
    return 2 * arctan(1 / sqrt(m)) / pi


@closed_form
def cluster_accuracy_variance(rho: Ratio) -> Scalar:
    """Variance over training sets of the one-step accuracy on a cluster, m = inf, n, p -> inf.

    The accuracy is Phi(rho z/sqrt(2)), z ~ N(0, 1), so its variance is
    arcsin(rho^2/(2 + rho^2))/(2 pi) (Sheppard's orthant formula); written on the arctangent, which
    keeps its digits where the sine is near 1.
    """
    return arctan(rho**2 / (2 * sqrt(1 + rho**2))) / (2 * pi)


@jax.custom_jvp
def _accuracy_cdf(rho: jax.Array, accuracy: jax.Array) -> jax.Array:
    return normal_cdf(jnp.sqrt(2.0) * ndtri(accuracy) / rho)


def _slope_in_rho(rho: jax.Array, accuracy: jax.Array) -> jax.Array:
    q = ndtri(accuracy)
    q = jnp.where(jnp.isinf(q), 0.0, q)
    return -jnp.sqrt(2.0) * q / rho**2 * normal_pdf(jnp.sqrt(2.0) * q / rho)


def _slope_in_accuracy(rho: jax.Array, accuracy: jax.Array) -> jax.Array:
    """sqrt(2)/rho exp(q^2/2 - q^2/rho^2), q = Phi^-1(a): 0 at both ends for rho < sqrt 2, infinite
    for larger rho."""
    q, growth = ndtri(accuracy), 1 - 2 / rho**2
    inside = jnp.exp(jnp.where(jnp.isinf(q), 0.0, q) ** 2 / 2 * growth)
    at_end = jnp.where(growth > 0, jnp.inf, jnp.where(growth < 0, 0.0, 1.0))
    return jnp.sqrt(2.0) / rho * jnp.where(jnp.isinf(q), at_end, inside)


_accuracy_cdf.defjvps(
    lambda change, _, rho, accuracy: _slope_in_rho(rho, accuracy) * change,
    lambda change, _, rho, accuracy: _slope_in_accuracy(rho, accuracy) * change,
)


@closed_form
def cluster_accuracy_cdf(
    rho: Annotated[Scalar, Ge(1e-50), Le(1e24)], accuracy: Annotated[Scalar, Ge(0), Le(1)]
) -> Scalar:
    """P(one-step cluster accuracy <= a) = Phi(sqrt(2) Phi^-1(a)/rho), the limit law (JAX).

    For rho > sqrt(2) the density is infinite at both ends.
    """
    return _accuracy_cdf(
        *jnp.broadcast_arrays(jnp.asarray(rho, dtype=float), jnp.asarray(accuracy, dtype=float))
    )


@closed_form(
    example={"M2": 4.0},
    rest=("leaves v = 0", lambda A, other, rest: (rest > 0) | (A != 0) | (other != 0)),
)
def cluster_accuracy_given(M2: Signal, A: Real, other: Real, rest: Amount) -> Scalar:
    """Accuracy on +mu_k of the linear classifier v = sum_i y_i x_i, exact.

    Args: A = <v, mu_k>/‖mu‖ times the cluster's label, ``other`` the same of the other axis, and
    ``rest`` the squared norm of v off both axes: Phi(‖mu‖ A/sqrt(A^2 + other^2 + rest)).
    """
    # only the direction counts: at norms below 1e-150 the squares would vanish
    small = (absolute(A) < 1e-100) & (absolute(other) < 1e-100) & (rest < 1e-200)
    scale = where(small, 1e200, 1)
    A, other, rest = scale * A, scale * other, scale * (scale * rest)
    return normal_cdf(sqrt(M2) * A / sqrt(A**2 + other**2 + rest))


@closed_form
def margin_mean(p: Size, M2: Signal) -> Scalar:
    """E[y_k <v, x_k>] = p + M2 for v = sum_i y_i x_i: a point's own squared norm."""
    return p + M2


@closed_form
def margin_variance(n: Size, p: Size, M2: Signal) -> Scalar:
    """Var(y_k <v, x_k>) = 2 p + 4 M2 + (n - 1)(M2^2/2 + 2 M2 + p), whatever eta.

    The first two terms are Var ‖x_k‖^2; each other point adds E<x_i, x_k>^2, where the means'
    inner product is ±M2 on half of the pairs.
    """
    return 2 * p + 4 * M2 + (n - 1) * (M2**2 / 2 + 2 * M2 + p)


@closed_form
def misfit_fraction(n: Size, p: Size, M2: Signal) -> Scalar:
    """Fraction of training labels missed by sgn<v, x>, Gaussian limit: Phi(-(p + M2)/S)."""
    return normal_cdf(-margin_mean(p, M2) / sqrt(margin_variance(n, p, M2)))


@closed_form
def lazy_train_accuracy(
    n: Size,
    p: Size,
    M2: Signal,
    alpha: Annotated[Scalar, Ge(1e-60), Le(1)],
    omega: Annotated[Scalar, Ge(1e-60), Le(1e6)],
    t: Annotated[Scalar, Ge(0), Le(1e18)],
) -> Scalar:
    """Training accuracy while few activations have changed (q0 >> 1).

    y f(x_k) ~ N(alpha t (p + M2)/(4 n), omega^2 p/2 + (alpha t/(8 n))^2 (n-1)(M2^2/2 + 2 M2 + p)).
    A point's own sample moves a quarter of the neurons' worth (active and of the right sign on
    both ends: E b = 1/2 against E b b = 1/4 for other points); half of omega^2 p since
    E relu(N(0, 1))^2 = 1/2.
    """
    push = alpha * t * (p + M2) / (4 * n)
    cross = (alpha * t / (8 * n)) ** 2 * (n - 1) * (M2**2 / 2 + 2 * M2 + p)
    return normal_cdf(push / sqrt(omega**2 * p / 2 + cross))


@closed_form
def activation_covariance(R: Annotated[Scalar, Ge(-1), Le(1)]) -> Scalar:
    """Cov(1{<w,x> > 0}, 1{<w,x'> > 0}) = arcsin(cos(x, x'))/(2 pi), w isotropic Gaussian.

    Its slope is infinite at R = +-1.
    """
    return arcsin(R) / (2 * pi)


@closed_form(
    imbalance=("is above N in modulus", lambda N, imbalance: (imbalance <= N) & (-imbalance <= N))
)
def difference_variance(
    N: Amount, imbalance: Real, P: Annotated[Scalar, Gt(0), Le(1e18)]
) -> Scalar:
    """Var(D | data) with every same-axis cosine at ±1/(P+1).

    N/4 + ((c - nu)^2 - N) arcsin(1/(P+1))/(2 pi), where N points lie on the axis and
    ``imbalance`` = c - nu is their number of clean minus noisy ones. As
    [N arctan(r) + (c - nu)^2 arctan(1/r)]/(2 pi), r = sqrt(P (P + 2)), in which nothing cancels.
    """
    r = sqrt(P) * sqrt(P + 2)
    return (N * arctan(r) + imbalance**2 * arctan(1 / r)) / (2 * pi)


@closed_form
def alignment_kappa(n: Size, eta: Noise, P: Ratio) -> Scalar:
    """kappa = n (1 - 2 eta)^2/(pi (P + 1)): what correlated activations add to Var(D | data).

    It vanishes under (A2). Relative to the n/8 of independent activations.
    """
    return n * (1 - 2 * eta) ** 2 / (pi * (P + 1))


@closed_form
def aligned_fraction_variance(kappa: Ratio) -> Scalar:
    """Variance over data of F = P(D > 0 | data) = Phi(z/sqrt(1+kappa)): arcsin(1/(2+kappa))/(2 pi).

    1/12 at kappa = 0, where F is uniform on (0, 1).
    """
    return arcsin(1 / (2 + kappa)) / (2 * pi)


@closed_form
def difference_pmf(n: Count):
    """P(D = d), d = 0..n: D is a sum of n values +1, -1, 0 with chances 1/8, 1/8, 3/4 (JAX).

    Independent of eta: on an axis a point is in A1 or A2 with chance 1/4 each, and active with
    chance 1/2. From the characteristic function ((3 + cos theta)/4)^n at 2n + 1 angles, which is
    exact for a law on -n..n; absolute error about 1e-16.
    """
    n = int(n) if n == n else 0
    angles = 2 * jnp.pi * jnp.arange(n + 1) / (2 * n + 1)
    values = ((3 + jnp.cos(angles)) / 4) ** n
    return jnp.fft.irfft(values, 2 * n + 1)[: n + 1]


@closed_form
def aligned_probability(n: Count, tau: Annotated[Scalar, Ge(0)]) -> Scalar:
    """P(D > tau) over data and initial weights, exact for orthogonal points; tau >= 0 (JAX)."""
    pmf = difference_pmf(n)
    beyond = jnp.arange(len(pmf)) > jnp.asarray(tau)[..., None]
    return jnp.sum(jnp.where(beyond, pmf, 0.0), axis=-1)


@closed_form
def aligned_probability_gaussian(n: Size, kappa: Annotated[Scalar, Ge(0), Lt(0.5)]) -> Scalar:
    """P(D > n^(1/2-kappa)) ~ Phi(-2 n^-kappa): D has variance n/4."""
    return normal_cdf(-2 * n**-kappa)
