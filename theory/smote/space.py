"""Many features: how far synthetic points go, and the covariance of those of a normal minority."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Ge, Le, Scalar, Whole, closed_form, exp, integral, log, loggamma, maximum, minimum, normal_cdf,
    normal_pdf, pi, sqrt,
)  # fmt: skip
from theory.smote.pairs import PAIR, weights
from theory.smote.params import ENOUGH, Nearest, Points

LINE, REST, ORDERS = 128, 256, 512
_FACTORIALS = np.array([math.lgamma(j + 1) for j in range(ORDERS)])
LOOSE = 1e9
"""Inner integrals are not checked: far out they are rounding. The outer one is."""
Dimension = Annotated[Scalar, Ge(1), Le(100)]
AT = {"n": 10.0, "k": 3.0}


@closed_form(example=PAIR, k=ENOUGH)
def torus_gap(
    d: Annotated[Scalar, Ge(1), Le(1e3)],
    n: Annotated[Scalar, Ge(2), Le(1e5), Whole],
    k: Annotated[Scalar, Ge(1), Le(1e5), Whole],
) -> Any:
    """E|Z - X|^2 of a uniform minority: V^(-2/d) G(K + 1 + a) G(N)/(3 (1 + a) G(K + 1) G(N + a)).

    a = 2/d, V the volume of the unit ball in d dimensions, G the gamma function: on the torus of
    volume 1, but for neighbours beyond its half, where balls meet themselves.
    """
    a = 2 / d
    volume = d / 2 * log(pi) - loggamma(d / 2 + 1)
    ratio = loggamma(k + 1 + a) + loggamma(n) - loggamma(k + 1) - loggamma(n + a)
    return exp(ratio - a * volume) / (3 * (1 + a))


def _shrinkage(d: Any, n: Any, k: Any) -> Any:
    """Over the centre's length r and the distance t; Poisson mixtures of chi-squares, one product.

    With g_j = x^(a_j) e^-x/G(a_j + 1), x = t^2/2, a_j = d/2 + j: the share nearer than t is
    sum_j P_j sum_{i >= j} g_i, P Poisson of mean r^2/2.
    """
    weight = weights(n, k)
    order = jnp.arange(ORDERS)
    a = d / 2 + order
    factorials = loggamma(a + 1)
    far = 8 + 5 / sqrt(d)
    low, high = maximum(sqrt(2 * d) - far, 0.0), sqrt(2 * d) + far

    def of_lengths(r):
        mean = r * r / 2
        poisson = exp(order * log(mean)[..., None] - mean[..., None] - _FACTORIALS)
        chi = exp((d - 1) * log(r) - mean - (d / 2 - 1) * log(2.0) - factorials[0] + log(d / 2))

        def of_distances(s):
            t = low + (high - low) * s[0] ** 2  # the same for every centre
            x = t * t / 2
            terms = exp(a[:, None] * log(x) - x - factorials[:, None])
            below = jnp.cumsum(terms[::-1], axis=0)[::-1]
            chance = weight(minimum(poisson @ below, 1.0))
            speed = 2 * t * (high - low) * 2 * s[0]
            toward = r[..., None] ** 2 / 2 * (poisson @ terms)
            square = poisson @ (a[:, None] * terms)
            return chance * speed * jnp.stack([toward, square])

        return chi * integral(of_distances, 0 * r, 1 + 0 * r, REST, LOOSE)

    reach = 5.5 + 2.5 / sqrt(d)
    near, far = maximum(sqrt(d) - reach, 0.0), sqrt(d) + reach
    toward, gap = integral(of_lengths, near, far, LINE, 1e-4) / d
    return 1 - toward + gap / 3


_vectorised = jax.jit(jnp.vectorize(_shrinkage))


@closed_form(example=AT, k=ENOUGH)
def gaussian_shrinkage(d: Dimension, n: Points, k: Nearest) -> Any:
    """v: Cov Z = v Sigma of a normal minority (neighbours by Mahalanobis distance); mean mu.

    1 - E[(F/D) w(D)] + E[t^2 w]/(3 d), in two integrals: t^2 is chi'^2_d of noncentrality r^2 given
    the centre's length r, and E[X (Y - X)'] that of d + 2 degrees. 2/3 at K = N - 1.
    """
    return _vectorised(*(jnp.asarray(value, float) for value in (d, n, k)))


def _normal_density(z: Any, n: Any, k: Any) -> Any:
    weight, reach = weights(n, k), abs(z) + 14

    def both(u):
        sides = jnp.stack([z, -z])[:, None, None]

        def joint(s):
            t = reach * s * s
            x = sides - u[..., None] * t
            q = normal_cdf(x + t) - normal_cdf(x - t)
            return normal_pdf(x) * normal_pdf(x + t) * weight(q) * 2 * reach * s

        ends = jnp.zeros((2, *u.shape)), jnp.ones((2, *u.shape))
        return jnp.sum(integral(joint, *ends, LINE, LOOSE), axis=0)

    return integral(both, 0.0, 1.0, LINE // 2)


_densities = jax.jit(jnp.vectorize(_normal_density))


@closed_form(example=AT, k=ENOUGH)
def normal_density(z: Annotated[Scalar, Ge(-6), Le(6)], n: Points, k: Nearest) -> Any:
    """Density of Z at z, of a standard normal minority with one feature; to 1e-9 absolute."""
    return _densities(*(jnp.asarray(value, float) for value in (z, n, k)))


@closed_form
def mixture_cdf(x: Scalar) -> Any:
    """int_0^1 Phi(x/sqrt(u^2 + (1 - u)^2)) du: a normal minority's Z for K = N - 1, one feature."""
    x = jnp.asarray(x, float)
    ends = jnp.zeros_like(x), jnp.full_like(x, 0.5)
    return 2 * integral(lambda u: normal_cdf(x[..., None] / sqrt(u * u + (1 - u) ** 2)), *ends, 256)
