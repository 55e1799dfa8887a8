"""Points against the optimal rules, explicit attacks, and rules fitted to a training set."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import theory.gaussian_robustness as gr
from sims import (
    fitting, newton_logistic, normals, positive_stable, simulation, symmetric_stable, uniforms,
)  # fmt: skip
from theory import normal_cdf, worst_attack


def shaped(z: Array, params: Any) -> Array:
    """Rows of covariance (or shape) Sigma from standard normal rows."""
    if params.covariance == "diagonal":
        return z * gr.scales(params)
    return z @ jnp.linalg.cholesky(gr.covariance_matrix(params)).T


def noise(key: Array, count: int, params: Any) -> Float[Array, "count d"]:
    """Draws of xi: normal, independent stable coordinates, or elliptical stable (one mixing
    variable A a row: sqrt(2A) L g has E exp(iu.xi) = exp(-(u' Sigma u)^{alpha/2}))."""
    shape = (count, params.d)
    if params.noise == "independent":
        (u,) = uniforms(key, u=(2, *shape))
        return gr.scales(params) * symmetric_stable(u, params.alpha)
    key_g, key_a = jax.random.split(key)
    # 24 random bits suffice for a normal coordinate, and cost a third of a float64 normal
    normal = shaped(jax.random.normal(key_g, shape, jnp.float32).astype(jnp.float64), params)
    if params.noise == "gaussian":
        return normal
    (u,) = uniforms(key_a, u=(2, count, 1))
    return jnp.sqrt(2 * positive_stable(u, params.alpha / 2)) * normal


CLASSES = np.array([1.0, -1.0])  # labels of the majority and the minority
Attacked = tuple[gr.Rule, Array]
"""A rule, and the shift that the worst attack on it applies to a point of class +1."""


def attacks_and_rules(key: Array, params: Any) -> list[Attacked]:
    """Of the standard and of the robust rule: what trials have in common, nothing random."""
    del key
    rules = gr.best_rules(params, False, True)
    return [(rule, worst_attack(rule.w, params.eps, params.p)) for rule in rules]


@simulation(width=fitting(lambda p: 2 * p.points * p.d, most=128), shared=attacks_and_rules)
def trial(key: Array, params: Any, shared: list[Attacked]) -> dict[str, Array]:
    """Fresh points of each class against both rules, clean and under the explicit worst attack.

    Returns (majority, minority) fractions correct of ``points`` points each: ``standard`` and
    ``robust`` on clean points, ``standard_attacked`` and ``attacked`` (the robust rule) on points
    moved to x - y z.
    """
    y = CLASSES[:, None, None]
    drawn = jax.vmap(lambda k: noise(k, params.points, params))(jax.random.split(key))
    x = y * gr.mean(params) + drawn
    seen = {}
    names = ("standard", "standard_attacked"), ("robust", "attacked")
    for (clean, attacked), (rule, shift) in zip(names, shared, strict=True):
        for name, points in ((clean, x), (attacked, x - y * shift)):
            right = CLASSES[:, None] * (points @ rule.w + rule.b) > 0
            seen[name] = jnp.mean(right, axis=1, dtype=float)  # of booleans it would be float32
    return seen


@simulation(width=512, shared=attacks_and_rules)
def projection_trial(key: Array, params: Any, shared: list[Attacked]) -> dict[str, Array]:
    """w.xi of one draw, w the robust direction."""
    return {"projection": noise(key, 1, params)[0] @ shared[1][0].w}


@simulation(width=512)
def band_trial(key: Array, params: Any) -> dict[str, Array]:
    """The scores w.x of majority points, w the standard direction."""
    x = gr.mean(params) + noise(key, params.points, params)
    return {"scores": x @ gr.standard_rule(params).w}


@simulation(width=32)
def heavy_loss_trial(key: Array, params: Any) -> dict[str, Array]:
    """Mean logistic loss of n heavy-tailed majority points at w = mu, b = 0."""
    x = gr.mean(params) + noise(key, params.n, params)
    return {"loss": jnp.mean(jax.nn.softplus(-(x @ gr.mean(params))))}


# Rules fitted to a training set; accuracies are exact given the fit


def sample_means(key: Array, params: Any) -> tuple[Array, Array]:
    """The two class means of a Gaussian training set: exact in law, no points drawn."""
    (z,) = normals(key, means=(2, params.d))
    g, mu = shaped(z, params), gr.mean(params)
    return mu + g[0] / params.n_majority**0.5, -mu + g[1] / params.n_minority**0.5


@simulation(width=512)
def plugin_lda_trial(key: Array, params: Any) -> dict[str, Array]:
    """A fitted linear discriminant, Sigma known: exact class accuracies given the fit.

    sign(w.(x - midpoint) + log R), w = Sigma^{-1}(xbar_1 - xbar_2).
    """
    first, second = sample_means(key, params)
    w = gr.precision_times(params, first - second)
    b = jnp.log(params.R) - w @ (first + second) / 2
    return {"lda": jnp.stack(gr.accuracies(w, b, params)[:2])}


@simulation(width=64)
def plugin_robust_trial(key: Array, params: Any) -> dict[str, Array]:
    """A fitted soft threshold, diagonal Sigma, l_inf: four exact accuracies given the fit.

    w = 2 Sigma^{-1} soft(muhat, eps), offset log R - w.midpoint.
    """
    first, second = sample_means(key, params)
    estimate = (first - second) / 2
    w = 2 * gr.precision_times(params, estimate - gr.soft_threshold_attack(estimate, params.eps))
    b = jnp.log(params.R) - w @ (first + second) / 2
    return {"plugin": jnp.stack(gr.accuracies(w, b, params))}


def training_set(key: Array, params: Any) -> tuple[Array, Array, Array]:
    """(y x, y, weights) of n points with P(y = 1) = R/(1+R); y x ~ N(mu, Sigma) whatever y."""
    labels, g = normals(key, labels=params.n, points=(params.n, params.d))
    major = normal_cdf(labels) * (1 + params.R) < params.R
    y, weight = jnp.where(major, 1.0, -1.0), jnp.where(major, 1.0, params.rho)
    return gr.mean(params) + gr.scales(params) * g, y, weight


def newton_fit(yx: Array, y: Array, weight: Array, params: Any) -> Float[Array, " d1"]:
    """(w, b) of adversarial logistic regression restricted to the coordinates |mu_j| > eps.

    There, and as long as w_j has mu_j's sign, the adversarial loss is the logistic loss of the
    shifted points y x - eps sgn(mu), so Newton's method from the population minimiser converges in
    a few steps; the other weights are held at 0.
    """
    mu = gr.mean(params)
    z = gr.soft_threshold_attack(mu, params.eps)
    active = jnp.append(jnp.where(jnp.abs(mu) > params.eps, 1.0, 0.0), 1.0)
    rows = jnp.concatenate([yx - z, y[:, None]], axis=1) * active
    start = jnp.append(2 * (mu - z) / gr.scales(params) ** 2, jnp.log(params.R / params.rho))
    # a ridge holds the inactive weights, whose rows are 0, at 0
    return newton_logistic(
        rows, jnp.ones_like(y), weight, 1 - active, start=start * active, steps=9
    ).theta


@simulation(width=32)
def logistic_trial(key: Array, params: Any) -> dict[str, Array]:
    """An adversarial logistic fit ``theta`` = (w, b), diagonal Sigma, l_inf."""
    return {"theta": newton_fit(*training_set(key, params), params)}


@simulation(width=32)
def support_trial(key: Array, params: Any) -> dict[str, Array]:
    """Is the last coordinate (|mu_d| < eps) exactly 0 in the fit?

    ``excess``: |mean p_i y_i x_id| - eps mean p_i, p the weighted sigmoid(-margin); w_d = 0 is
    optimal iff it is not above 0 (a nonzero weight has it as its driving gradient).
    ``descent_weight``: |w_d| after plain (sub)gradient descent, which hovers about 0 without
    reaching it.
    """
    yx, y, weight = training_set(key, params)
    theta = newton_fit(yx, y, weight, params)

    def pull(w: Array, b: Array) -> Array:
        margin = yx @ w + y * b - params.eps * jnp.sum(jnp.abs(w))
        return weight * jax.nn.sigmoid(-margin)

    def descend(_: Array | int, state: tuple[Array, Array]) -> tuple[Array, Array]:
        w, b = state
        q = pull(w, b)
        slope_w = -(q @ yx) / params.n + params.eps * jnp.mean(q) * jnp.sign(w)
        return w - 0.5 * slope_w, b + 0.5 * jnp.mean(q * y)

    p = pull(theta[:-1], theta[-1])
    start = jnp.full(params.d, 0.1), jnp.zeros(())
    w, _ = jax.lax.fori_loop(0, 60, descend, start)
    return {
        "excess": jnp.abs(jnp.mean(p * yx[:, -1])) - params.eps * jnp.mean(p),
        "descent_weight": jnp.abs(w[-1]),
    }
