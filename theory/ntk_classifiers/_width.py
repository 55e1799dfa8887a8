"""Two hidden layers at finite width: the mean of the empirical NTK given the first layer.

The first layer's pre-activations at the inputs x, z are w iid Gaussian pairs (a_j, b_j) of unit
variances and correlation t. Given them, each unit of the second layer is a Gaussian pair with the
covariance Q = mean phi(a)^2, Q' = mean phi(b)^2, R = mean phi(a) phi(b). The later weights
integrate out in closed form, which leaves a smooth function of means of w iid terms: its bias is
O(1/w), and is seen at far fewer draws than that of whole networks.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from theory import Single, closed_form
from theory.ntk_classifiers._activations import (
    Activation,
    ActivationError,
    checked_activation,
)
from theory.ntk_classifiers._depth import Inner
from theory.ntk_classifiers._piecewise_linear import leaky_relu


def _smooth_part(activation: Activation, means: Float[Array, "4"], t: Any) -> Any:
    """E phi(u)phi(v) + (R + t P) E phi'(u)phi'(v) at covariance (Q, Q', R); P = mean phi'phi'."""
    q, q2, r, p = means
    size = jnp.sqrt(q * q2)
    return size * activation.dual(r / size) + (r + t * p) * activation.dual_derivative(r / size)


@closed_form(
    example={"activation": leaky_relu(0.0), "a": [1.0, -0.5], "b": [0.5, 0.2], "t": 0.5},
    b=("has not the length of a", lambda b, a: b.shape == a.shape),
)
def two_layer_ntk_given_first(
    activation: object, a: Shaped[Any, " w"], b: Shaped[Any, " w"], t: Annotated[Inner, Single]
) -> tuple[Any, Any]:
    """(E[empirical NTK | first layer], the same less its first-order part in the means).

    For positively homogeneous phi (leaky ReLU), L = 2, no biases. With D = E phi'(u)phi'(v),

        sqrt(QQ') F(rho) + R D + t [P D + (2/w) mean_j phi'(a)phi'(b) (phi(a)^2 dD/dQ
            + phi(a)phi(b) dD/dR + phi(b)^2 dD/dQ')],

    rho = R/sqrt(QQ'), D = F'(rho). The last term is Stein's: the second layer's weights occur in
    the gradient of the first and in u, v, and E[W_j^2 g(W)] = E[g + d^2g/dW_j^2].
    The means (Q, Q', R, P) have the expectations (1, 1, F(t), F'(t)), at which the function is
    Theta_2: subtracting the first-order part changes nothing in the mean, and leaves O(1/w).
    F' has an infinite slope at t = +-1: there the second value's slope in t is infinite, and at
    rho = 1 the value (in floats 1e148 and more).
    """
    activation = checked_activation(activation)
    phi = activation.phi
    if phi is None or activation.name != "leaky_relu":
        raise ActivationError(
            f"ntk_classifiers: {activation.name} is not positively homogeneous, as leaky_relu is"
        )
    a, b = jnp.asarray(a, float), jnp.asarray(b, float)
    # up to the rounding of an inner product; jnp.clip would halve the slope at the ends
    t = jnp.where(t > 1, 1.0, jnp.where(t < -1, -1.0, t))
    one, two = phi(a), phi(b)

    def slope(x):
        return jax.jvp(phi, (x,), (jnp.ones_like(x),))[1]

    slopes = slope(a) * slope(b)
    means = jnp.stack([jnp.mean(v) for v in (one**2, two**2, one * two, slopes)])

    def derivative_dual(q, q2, r):
        return activation.dual_derivative(r / jnp.sqrt(q * q2))

    by_q, by_q2, by_r = jax.grad(derivative_dual, argnums=(0, 1, 2))(*means[:3])
    second_order = one**2 * by_q + one * two * by_r + two**2 * by_q2
    stein = 2 * t * jnp.mean(slopes * second_order) / a.shape[0]
    centre = jnp.stack([jnp.asarray(v, dtype=float) for v in (
        1.0, 1.0, activation.dual(t), activation.dual_derivative(t))])  # fmt: skip
    value, first_order = jax.jvp(
        lambda m: _smooth_part(activation, m, t), (centre,), (means - centre,)
    )
    given = _smooth_part(activation, means, t) + stein
    return given, given - value - first_order
