"""What a predictor, a bottleneck and noisy labels tell: Kullback-Leibler, Gaussian, binary."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Draws, Ge, Gt, Le, Lt, Row, Scalar, Twin, closed_form, kl, log1p, where, xlogx,
)  # fmt: skip
from theory.nested_dropout.params import Params
from theory.nested_dropout.units import OTHER, TRAINED

claim = Claims("derived")
Unknown = Annotated[Scalar, Gt(0), Lt(1)]
Price = Annotated[Scalar, Gt(1), Le(1e12)]
Lambdas = Annotated[Any, Ge(1e-12), Le(1), Row]


@closed_form
def critical_price(unknown: Unknown) -> Any:
    """beta_i = 1/(1 - lam_i): where component i enters, lam_i = 1 - rho_i^2 of Y left unknown."""
    return 1 / (1 - unknown)


@closed_form(example={"unknown": [0.2, 0.5, 0.9], "beta": 3.0})
def bottleneck_information(unknown: Lambdas, beta: Price) -> Any:
    """(I(X; T), I(T; Y)) in nats at the minimum of I(X; T) - beta I(T; Y).

    Half the sums, over lam_i < 1 - 1/beta, of log((beta - 1)(1 - lam_i)/lam_i), and of it less
    log(beta (1 - lam_i)).
    """
    lam, price = jnp.asarray(unknown, float), jnp.asarray(beta, float)[..., None]
    active = price * (1 - lam) > 1
    safe = jnp.where(active, lam, 0.5)
    price = jnp.where(active, price, 2.0)
    told = jnp.log(price - 1) + jnp.log1p(-safe) - jnp.log(safe)
    lost = jnp.log(price) + jnp.log1p(-safe)
    about_x = jnp.sum(jnp.where(active, told, 0.0), -1) / 2
    return about_x, about_x - jnp.sum(jnp.where(active, lost, 0.0), -1) / 2


@closed_form
def sign_information(u: Annotated[Scalar, Ge(0), Le(1)]) -> Any:
    """D(u) = log 2 - h((1 + u)/2), in nats: what a value T = t with E[Y | t] = u tells of Y = +-1.

    sum_m u^2m/(2m (2m - 1)); the slope at u = 1 is infinite, JAX's the one at the next float.
    """
    small = 2 * u < 1
    v, w = where(small, u, 0 * u), where(small, 0 * u, u)
    near = v * (log1p(v) - log1p(-v)) + log1p(-v * v)
    far = (1 + w) * log1p(w) + xlogx(1 - w)
    return where(small, near, far) / 2


# --------------------------------------------------------------------------------------------
# The target, the mean predictor and its spread

PREDICTED = Draws(target=(3,), predictors=(5, 3), weights=(5,))


def softmax(x):
    """Chances from logits, on the last axis."""
    return jnp.exp(x) / jnp.sum(jnp.exp(x), -1, keepdims=True)


@claim.algebra(
    lambda z: softmax(z.weights) @ kl(softmax(z.target)[None], softmax(z.predictors)),
    over=PREDICTED,
    twin=Twin("the arithmetic mean of the predictors", geometric=False),
)
def kl_bias_variance(z, *, geometric=True):
    """E KL(p || p_hat) = KL(p || p_bar) + E KL(p_bar || p_hat), p_bar ~ exp(E log p_hat).

    Heskes (1998)
    """
    p, each, weights = softmax(z.target), softmax(z.predictors), softmax(z.weights)
    middle = softmax(weights @ jnp.log(each)) if geometric else weights @ each
    return kl(p, middle) + weights @ kl(middle[None], each)


@claim.algebra(
    lambda z: (
        softmax(z.weights)
        @ kl(
            softmax(softmax(z.weights) @ jnp.log(softmax(z.predictors)))[None],
            softmax(z.predictors),
        )
    ),
    over=PREDICTED,
    twin=Twin("a logarithm of the arithmetic mean", geometric=False),
)
def kl_variance(z, *, geometric=True):
    """The variance part is -log sum_c exp(E log p_hat_c), whatever the target: never negative."""
    each, weights = softmax(z.predictors), softmax(z.weights)
    logs = weights @ jnp.log(each) if geometric else jnp.log(weights @ each)
    return -jnp.log(jnp.sum(jnp.exp(logs)))


# --------------------------------------------------------------------------------------------
# The Gaussian bottleneck

coded = claim.given(mode="units", at=(TRAINED, OTHER), trials=128)


def bottleneck_gap(critical):
    """A reading: what a trained code tells of Y above what the formula says its price buys."""

    def read(run, p):
        x, y = told(p, critical)
        return np.abs(run["about_x"] - float(x)) + np.abs(run["about_y"] - float(y))

    return read


def told(p, critical=True):
    """The formula at Params; the twin's components enter at 1/lam."""
    lam = 1 - p.canonical
    if critical:
        return bottleneck_information(lam, p.beta)
    active = p.beta * lam > 1
    x = jnp.sum(jnp.where(active, jnp.log((p.beta - 1) * (1 - lam) / lam), 0)) / 2
    return x, x - jnp.sum(jnp.where(active, jnp.log(p.beta * (1 - lam)), 0)) / 2


coded.every_trial(
    bottleneck_gap(True),
    within=1e-5,
    name="gaussian_bottleneck_order",
    says="The code T = A X + N(0, I) that minimises I(X; T) - beta I(T; Y) has the components with"
    " beta > 1/(1 - lam_i), in the order of lam_i, each telling log((beta - 1)(1 - lam_i)/lam_i)/2",
    source="Chechik, Globerson, Tishby & Weiss (2005)",
    twin=Twin("component i enters at 1/lam_i", observable=bottleneck_gap(False)),
    remarks="As prefixes of nested dropout do, components enter one by one. 1e-5: what 3000 steps"
    " leave.",
)


@claim.identity(
    lambda p: 1 / p.beta,
    over=Domain.around(TRAINED, beta=(4.0, 50.0)),
    within=1e-6,
    why="a central difference of relative step 1e-4",
    twin=Twin("1/(beta - 1)", shift=1),
)
def slope_of_the_information_curve(p, *, shift=0):
    """dI(T;Y)/dI(X;T) = 1/beta between the prices at which components enter."""
    lam = 1 - p.canonical
    (x1, y1), (x2, y2) = (bottleneck_information(lam, p.beta * (1 + h)) for h in (1e-4, -1e-4))
    slope = (y1 - y2) / (x1 - x2)
    return 1 / (1 / slope - shift)


# --------------------------------------------------------------------------------------------
# Noisy labels

EVERY = Domain.derived(lambda u, eta: Params(eta=eta, margin=u), u=(1e-3, 1), eta=(0, 0.499))


@claim.never_above(
    lambda p: (1 - 2 * p.eta) ** 2 * sign_information(p.margin),
    over=EVERY,
    points=128,
    rounding=1e-15,
    twin=Twin("(1 - 2 eta)^4", larger=lambda p: (1 - 2 * p.eta) ** 4 * sign_information(p.margin)),
)
def noise_contracts_information(p):
    """Symmetric flips: I(Y_noisy; T) <= (1 - 2 eta)^2 I(Y; T); here of every value of T.

    a strong data processing inequality; derived termwise from D(u) = sum_m u^2m/(2m (2m - 1))

    D((1 - 2 eta) u) <= (1 - 2 eta)^2 D(u), u = E[Y | T = t], Y = +-1 balanced.
    """
    return sign_information((1 - 2 * p.eta) * p.margin)


@claim.limit(
    1.0,
    along=tuple(Params(eta=0.2, margin=u) for u in (0.8, 0.4, 0.2, 0.1, 0.05)),
    size=lambda p: 1 / p.margin,
    rate=-2,
    within=0.15,
    why="terms of order u^4 in the gap",
    last_gap=5e-4,
    twin=Twin("a better constant: a limit below 1", limit=0.99),
)
def contraction_constant_is_sharp(p):
    """D((1 - 2 eta) u)/((1 - 2 eta)^2 D(u)) tends to 1 as u -> 0: no better constant."""
    kept = 1 - 2 * p.eta
    return sign_information(kept * p.margin) / (kept**2 * sign_information(p.margin))
