"""Ordered features in time: who is learned first, and the effective dimension of stopping."""

import math
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory import Claims, Ge, Le, Scalar, Twin, closed_form, log, sqrt, total
from theory.nested_dropout.masks import dropout_share, dropout_weights, nested_share, survival
from theory.nested_dropout.params import Flip, Keep, Params, Positive, Shares, Size, Spectrum

claim = Claims("derived")
Strength = Annotated[Scalar, Ge(0), Le(1e6)]
SOME = {"energies": [3.0, 1.0], "shares": [0.9, 0.4], "n": 4.0}


@closed_form(example=SOME)
def effective_dimension(shares: Shares) -> Any:
    """sum_j g_j^2, g_j the share of least squares that a fit has learned: the noise let in.

    k for the first k features, p^2 D for dropout, sum_j (1 - exp(-q_j l_j t))^2 for nested dropout
    that is stopped.
    """
    return total(shares**2)


@closed_form(
    example=SOME, energies=("are above n in sum", lambda energies, n: jnp.all(
        jnp.sum(jnp.asarray(energies), -1) <= n * (1 + 1e-9)))
)  # fmt: skip
def filtered_error(energies: Spectrum, shares: Shares, n: Size, eta: Flip) -> Any:
    """Mean square error on clean labels: 1 - sum_j e_j/n + bias^2 and variance of shares g_j.

    bias^2 sum_j (1 - (1 - 2 eta) g_j)^2 e_j/n, variance 4 eta (1 - eta) sum_j g_j^2/n; y = +-1,
    e_j = (u_j . y)^2.
    """
    left = 1 - (1 - 2 * eta)[..., None] * shares if jnp.ndim(eta) else 1 - (1 - 2 * eta) * shares
    outside = n - total(energies)
    noise = 4 * eta * (1 - eta) * effective_dimension(shares)
    return (outside + total(left**2 * energies) + noise) / n


@closed_form(example={"gram": [[2.0, 1.0], [1.0, 3.0]], "weights": [1.0, 2.0]})
def dropout_risk(
    gram: Float[Array, "d d"], weights: Float[Array, " d"], keep: Keep, noise: Positive, n: Size
) -> Any:
    """(|(I - H) X w|^2 + s^2 tr(H H'))/n, H = X (X'X + c diag(X'X))^-1 X', c = (1 - p)/p.

    The mean of |X (w_hat - w)|^2/n at y = X w + s z.
    """
    missed = weights - dropout_weights(gram, gram @ weights, keep)
    own = jnp.diag(jnp.diagonal(gram))
    hat = jnp.linalg.solve(keep * gram + (1 - keep) * own, keep * gram)
    return (missed @ gram @ missed + noise**2 * jnp.trace(hat @ hat)) / n


# --------------------------------------------------------------------------------------------
# Speed

FLOWING = Params(n=16, d=6, kept=3, steps=64)
EARLY = FLOWING.but(time=0.5, keep=0.4, sigma=1.5)


def gap_to(shares):
    """A reading: the largest distance of nested and dropout weights from the shares, in a trial."""

    def read(run, p):
        seen = [run["nested"] - shares(p)[0] * run["least_squares"],
                run["dropout"] - shares(p)[1] * run["least_squares"]]  # fmt: skip
        return np.max(np.abs(np.concatenate(seen, -1)), -1)

    return read


def ordered_shares(p):
    """(nested, dropout) at time t."""
    return (
        nested_share(survival(p.chances), p.lengths, p.time),
        dropout_share(p.keep, p.lengths, p.time),
    )


def alike(p):
    """The same, every feature learned at the pace l_j."""
    share = nested_share(1.0, p.lengths, p.time)
    return share, p.keep * share


claim.every_trial(
    gap_to(ordered_shares),
    within=1e-6,
    name="ordered_learning_speed",
    says="Gradient flow on half the expected loss, orthogonal columns: nested w_j(t) is"
    " (1 - exp(-q_j l_j t)) times least squares, dropout's p (1 - exp(-l_j t/p)) times it",
    at=(FLOWING, EARLY),
    trials=256,
    twin=Twin("exp(-l_j t) for both", observable=gap_to(alike)),
    remarks="So stopping after nested dropout is a spectral filter in the order of q_j l_j, where"
    " dropout's stays in that of l_j.",
)  # fmt: skip


@claim.equals(
    lambda run, p: run["single"] / run["least_squares"][:, 2],
    at=FLOWING,
    within=0.01,
    twin=Twin("the last feature's pace", feature=-1),
)
def one_mask_per_step(p, *, feature=2):
    """One K per step: the mean of w_j after T steps of rate h is 1 - (1 - h q_j l_j)^T of OLS.

    derived: given the past a step's mean is that of the expected loss, which is linear in w

    In any trial w_j/OLS_j = 1 - (1 - h l_j)^N, N the steps with K >= j: between 0 and 1.
    """
    q, steps = survival(p.chances)[feature], p.steps
    return 1 - (1 - q * p.lengths[feature] * p.time / steps) ** steps


# --------------------------------------------------------------------------------------------
# The effective dimension

NOISY = FLOWING.but(eta=0.3)


@claim.equals(
    "nested_error",
    at=(NOISY, NOISY.but(eta=0.1, time=8.0)),
    support=(0.0, 4.0),
    within=0.015,
    twin=Twin("the noise of all features: sum_j g_j^2 = D", stopped=False),
)
def stopped_nested_error(p, *, stopped=True):
    """Stopped at t, nested dropout's mean square error has the effective dimension sum_j g_j^2.

    g_j = 1 - exp(-q_j l_j t): bias^2 sum_j (1 - (1 - 2 eta) g_j)^2 e_j/n and variance
    4 eta (1 - eta)/n times it.
    """
    shares = ordered_shares(p)[0]
    error = filtered_error(p.energies, shares, p.n, p.eta)
    lost = 0.0 if stopped else p.d - effective_dimension(shares)
    return error + 4 * p.eta * (1 - p.eta) * lost / p.n


@claim.equals(
    "dropout_error",
    at=NOISY.but(time=8.0),
    support=(0.0, 4.0),
    within=0.015,
    twin=Twin("p D: kept features counted once", power=1),
)
def dropout_effective_dimension(p, *, power=2):
    """Dropout lets in p^2 D features' noise in the end, and (1 - (1 - 2 eta) p)^2 of the labels."""
    shares = ordered_shares(p)[1]
    right = filtered_error(p.energies, shares, p.n, p.eta)
    more = total(shares**power) - total(shares**2)
    return right + 4 * p.eta * (1 - p.eta) * more / p.n


@claim.limit(
    1.0,
    along=tuple(Params(n=2048, d=1024, sigma=30.0, slope=0.0, time=t)
                for t in (1e2, 1e3, 1e6, 1e20)),
    size=lambda p: math.log(p.time),
    rate=-1.0,
    within=0.3,
    why="log log t in the next term",
    last_gap=0.05,
    twin=Twin("half of it", limit=0.5),
)  # fmt: skip
def dimension_grows_like_the_root_of_log_time(p):
    """l_j = 1: the effective dimension of stopping at t is sigma sqrt(log t) to leading order.

    derived: q_j t is 1 where exp(-(j/sigma)^2) is about 1/t

    A fit of equal features, whose dimension would jump to D after t = 1, grows with the root of
    the logarithm of time.
    """
    shares = nested_share(survival(p.chances), p.lengths, p.time)
    return effective_dimension(shares) / (p.sigma * sqrt(log(p.time)))


# --------------------------------------------------------------------------------------------
# Dropout's risk

RIDGE = FLOWING.but(keep=0.5)


def true_weights(p):
    """w*_j = 1/j, on correlated features."""
    return 1 / jnp.arange(1.0, p.d + 1)


def risk_spread(p):
    """Var |b + H s z|^2/n^2 = (4 s^2 |H'b|^2 + 2 s^4 tr((H'H)^2))/n^2."""
    X, w = p.design, true_weights(p)
    gram = X.T @ X
    own = jnp.diag(jnp.diagonal(gram))
    H = X @ jnp.linalg.solve(gram + (1 - p.keep) / p.keep * own, X.T)
    b = X @ w - H @ (X @ w)
    return (
        4 * p.noise**2 * jnp.sum((H.T @ b) ** 2) + 2 * p.noise**4 * jnp.trace(H @ H @ H @ H)
    ) / p.n**2


@claim.equals(
    "risk",
    at=(RIDGE, RIDGE.but(keep=0.8)),
    relative=0.03,
    variance=risk_spread,
    twin=Twin("s^2 tr(H)", trace=True),
)
def dropout_risk_under_noise(p, *, trace=False):
    """y = X w + s z: dropout's mean square in the sample is (|(I - H)Xw|^2 + s^2 tr(HH'))/n."""
    gram = p.design.T @ p.design
    risk = dropout_risk(gram, true_weights(p), p.keep, p.noise, p.n)
    if trace:
        own = jnp.diag(jnp.diagonal(gram))
        hat = jnp.linalg.solve(gram + (1 - p.keep) / p.keep * own, gram)
        risk += p.noise**2 * (jnp.trace(hat) - jnp.trace(hat @ hat)) / p.n
    return risk
