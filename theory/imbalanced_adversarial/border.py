"""How many points no weight can use: where a sample of both classes is linearly separable."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Ge, Le, Scalar, Twin, closed_form, log, maximum_on, relu_mean, relu_square, root,
)  # fmt: skip
from theory.imbalanced_adversarial.model import Params

claim = Claims()
BORDER = Params(s=1.6, K=3.0, d=16, n=72)
CLOSE = BORDER.but(s=0.1)


@closed_form
def separable_below(s: Annotated[Scalar, Ge(0), Le(6)], K: Annotated[Scalar, Ge(1), Le(1e6)]):
    """The n/d below which a sample is separable, as n and d grow: then no weight has an effect.

    1/min_{a,b} E[(a y + b (s + G) - Z)_+^2], P(y = 1) = 1/(1 + K), G and Z standard normal. With b
    = -sinh(v), a = c cosh(v) the mean is cosh(v)^2 [R(c - s tanh v) + K R(-c - s tanh v)]/(1 + K),
    R = relu_square, and c balances the classes' shares. The searches reach as far as the ranges.
    """
    return _separable_below(jnp.asarray(s, float), jnp.asarray(K, float))


@jax.jit
@jnp.vectorize
def _separable_below(s, K):
    log_k = log(K)

    def balance(c, m):
        return log(relu_mean(c - m)) - log(relu_mean(-c - m)) - log_k

    def log_points(v):
        m = s * jnp.tanh(v)
        c = root(lambda c: balance(c, m), 0.0, 20.0)
        mean = (relu_square(c - m) + K * relu_square(-c - m)) / (1 + K)
        return -2 * jnp.log(jnp.cosh(v)) - jnp.log(mean)

    return jnp.exp(maximum_on(log_points, 0.0, 5.0))


@claim.equals(
    "separable",
    mode="border",
    at=(BORDER, CLOSE),
    within=0.1,
    why="n/d is .41 and 1.9 times the threshold; the transition has width 1/sqrt n",
    twin=Twin("Cover's two points a dimension, whatever s and K", fixed=2.0),
)
def sample_is_separable(p, *, fixed=None):
    """A sample separates, so that no weight counts, iff n/d is below a threshold in s and K.

    derived: a random subspace meets the cone of t_0 y + t_1 y x_1 + (positive vectors), whose
    share of dimensions is one minus that minimum
    """
    return jnp.where(p.n / p.d < (fixed or separable_below(p.s, p.K)), 1.0, 0.0)
