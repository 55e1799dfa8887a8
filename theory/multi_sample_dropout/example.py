"""One example under masks, and a batch of them: means, covariances, and what M does to each."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory import Claims, Draws, Scalar, Twin, closed_form, masks, normal_cdf, total
from theory.multi_sample_dropout.params import (
    Batch, Keep, Masks, OneCount, OneKeep, OneLabel, Params, Signed, Square, Vector,
)  # fmt: skip

claim = Claims("derived")
ONE = {"h": [1.0, -0.5, 2.0], "w": [0.3, 0.8, -0.2], "y": 0.7}
DATA = {"gram": [[2.0, 1.0], [1.0, 3.0]], "moment": [1.0, 2.0]}


def spread(keep):
    """c = p/q, the variance of a mask's entry."""
    return (1 - keep) / keep


@closed_form
def expected_loss(residual: Signed, proxy: Square, keep: Keep) -> Scalar:
    """r^2/2 + c Q/2: the mean over masks of the averaged losses, for every M.

    r = y - w.h without dropout, Q = sum_j w_j^2 h_j^2.
    """
    return (residual * residual + spread(keep) * proxy) / 2


@closed_form
def ensemble_loss(residual: Signed, proxy: Square, keep: Keep, masks: Masks) -> Scalar:
    """r^2/2 + c Q/(2M): the mean loss of the M predictions' average, another objective."""
    return (residual * residual + spread(keep) * proxy / masks) / 2


@closed_form(example=ONE)
def mean_gradient(h: Vector, w: Vector, y: Signed, keep: Keep) -> Any:
    """-r h + c h o h o w: the mean over masks of one copy's gradient, least squares."""
    h, w = jnp.asarray(h, float), jnp.asarray(w, float)
    r = jnp.asarray(y, float) - total(w * h)
    c = spread(jnp.asarray(keep, float))
    return -r[..., None] * h + c[..., None] * h * h * w


@closed_form(example=ONE)
def gradient_second_moment(h: Vector, w: Vector, y: Signed, keep: Keep) -> Any:
    """E|g|^2 = (1/q) sum_j h_j^2 ((r - c w_j h_j)^2 + c (Q - w_j^2 h_j^2)), over masks."""
    h, w = jnp.asarray(h, float), jnp.asarray(w, float)
    parts, keep = w * h, jnp.asarray(keep, float)
    c, r, proxy = spread(keep), jnp.asarray(y, float) - total(parts), total(parts**2)
    own = (r[..., None] - c[..., None] * parts) ** 2
    rest = c[..., None] * (proxy[..., None] - parts**2)
    return total(h**2 * (own + rest)) / keep


@closed_form(example=ONE)
def mask_covariance(
    h: Float[Array, " d"], w: Float[Array, " d"], y: OneLabel, keep: OneKeep
) -> Float[Array, "d d"]:
    """Cov of one copy's gradient over masks; its trace is E|g|^2 - |E g|^2.

    E g_j g_k = h_j h_k ((r - c a_j - c a_k)^2 + c (Q - a_j^2 - a_k^2)), j != k, a = w o h.
    """
    a, c = w * h, spread(keep)
    r, proxy = y - jnp.sum(a), jnp.sum(a**2)
    both = (r - c * (a[:, None] + a)) ** 2 + c * (proxy - a[:, None] ** 2 - a**2)
    own = ((r - c * a) ** 2 + c * (proxy - a**2)) / keep
    inside = jnp.where(jnp.eye(len(a), dtype=bool), own, both)
    mean = -h * (r - c * a)
    return jnp.outer(h, h) * inside - jnp.outer(mean, mean)


@closed_form
def gradient_noise(data: Square, mask: Square, batch: Batch, masks: Masks) -> Scalar:
    """(V_data + V_mask/M)/B: the minibatch gradient's variance; V_data/B is left at M = inf."""
    return (data + mask / masks) / batch


@closed_form(example=DATA)
def marginal_weights(gram: Float[Array, "d d"], moment: Float[Array, " d"], keep: OneKeep) -> Any:
    """(G + c diag G)^-1 b, G = X'X, b = X'y: the minimiser of the expected loss, for every M."""
    own = jnp.diag(jnp.diagonal(gram))
    return jnp.linalg.solve(gram + spread(keep) * own, moment)


@closed_form(example=DATA)
def ensemble_weights(
    gram: Float[Array, "d d"], moment: Float[Array, " d"], keep: OneKeep, masks: OneCount
) -> Any:
    """(G + (c/M) diag G)^-1 b: the minimiser where predictions are averaged, not losses."""
    own = jnp.diag(jnp.diagonal(gram))
    return jnp.linalg.solve(gram + spread(keep) / masks * own, moment)


# --------------------------------------------------------------------------------------------
# One example, by all masks

SINGLE = Draws(h=(6,), w=(6,), y=(), s=())


def some_keep(z):
    """q in (.1, .95)."""
    return 0.1 + 0.85 * normal_cdf(z.s)


def enumerated(z):
    """(chances, gradients of all masks)."""
    q, patterns = some_keep(z), jnp.asarray(masks(6))
    ones, b = jnp.sum(patterns, 1), patterns / some_keep(z)
    g = -(z.y - (b * z.h) @ z.w)[:, None] * b * z.h
    return q**ones * (1 - q) ** (6 - ones), g


exact = claim.given(over=SINGLE, scale=100.0, within=1e-11, why="sums over 64 masks")


@exact.algebra(
    lambda z: enumerated(z)[0] @ enumerated(z)[1], twin=Twin("p for c = p/q", odds=False)
)
def mean_gradient_linear(z, *, odds=True):
    """E_b g = -r h + c (h o h) o w."""
    if odds:
        return mean_gradient(z.h, z.w, z.y, some_keep(z))
    return -(z.y - z.w @ z.h) * z.h + (1 - some_keep(z)) * z.h**2 * z.w


@exact.algebra(
    lambda z: enumerated(z)[0] @ jnp.sum(enumerated(z)[1] ** 2, 1),
    twin=Twin("the residual independent of its own mask", own=0),
)
def second_moment_linear(z, *, own=1):
    """E_b |g|^2 = (1/q) sum_j h_j^2 ((r - c w_j h_j)^2 + c (Q - w_j^2 h_j^2))."""
    q = some_keep(z)
    if own:
        return gradient_second_moment(z.h, z.w, z.y, q)
    a, c = z.w * z.h, spread(q)
    r = z.y - jnp.sum(a)
    return jnp.sum(z.h**2 * (r**2 + c * (jnp.sum(a**2) - a**2))) / q


@exact.algebra(
    lambda z: (
        jnp.einsum("m,mi,mj->ij", enumerated(z)[0], enumerated(z)[1], enumerated(z)[1])
        - jnp.outer(enumerated(z)[0] @ enumerated(z)[1], enumerated(z)[0] @ enumerated(z)[1])
    ),
    twin=Twin("diagonal, as if units' gradients were uncorrelated", full=False),
)
def mask_covariance_linear(z, *, full=True):
    """Cov_b(g), the whole matrix."""
    found = mask_covariance(z.h, z.w, z.y, some_keep(z))
    return found if full else jnp.diag(jnp.diagonal(found))


# --------------------------------------------------------------------------------------------
# Fixed design, by all pairs of masks

DESIGN = Draws(x=(7, 3), y=(7,), s=())


def by_pairs(z, together):
    """The minimiser of the expected loss of M = 2 masks an example, over all 64 pairs."""
    q, patterns = some_keep(z), jnp.asarray(masks(3))
    ones = jnp.sum(patterns, 1)
    chance = q**ones * (1 - q) ** (3 - ones)
    first, second = patterns[:, None] / q, patterns[None] / q
    if together:  # the loss of the mean prediction
        middle = (first + second) / 2
        moment = jnp.einsum("a,b,abi,abj->ij", chance, chance, middle, middle)
    else:
        one = jnp.einsum("a,b,aci,acj->ij", chance, chance, first, first)
        moment = (one + jnp.einsum("a,b,cbi,cbj->ij", chance, chance, second, second)) / 2
    return jnp.linalg.solve(moment * (z.x.T @ z.x), z.x.T @ z.y)


paired = claim.given(over=DESIGN, within=1e-9, why="conditions of random 3 x 3 systems")


@paired.algebra(lambda z: by_pairs(z, together=False), twin=Twin("c n I, plain ridge", own=False))
def fixed_design_ridge(z, *, own=True):
    """Least squares on all data: w = (X'X + c diag(X'X))^-1 X'y minimises, for every M."""
    gram = z.x.T @ z.x
    if own:
        return marginal_weights(gram, z.x.T @ z.y, some_keep(z))
    return jnp.linalg.solve(gram + 7 * spread(some_keep(z)) * jnp.eye(3), z.x.T @ z.y)


@paired.algebra(
    lambda z: by_pairs(z, together=True), twin=Twin("c, as where losses are averaged", copies=1)
)
def averaged_predictions_ridge(z, *, copies=2):
    """Averaging M predictions instead, c/M stands for c: no regularisation left at M = inf."""
    return ensemble_weights(z.x.T @ z.x, z.x.T @ z.y, some_keep(z), copies)


# --------------------------------------------------------------------------------------------
# Batches of a finite sample

HERE = Params(d=4, masks=3, scale=1.0)
drawn = claim.given(mode="gradient", trials=60_000)


def parts(p):
    """(E G, tr V_data, tr V_mask) at the fixed rows and weights."""
    each = mean_gradient(p.rows, p.weights, p.labels, p.keep)
    mean = jnp.mean(each, 0)
    second = gradient_second_moment(p.rows, p.weights, p.labels, p.keep)
    data = jnp.mean(jnp.sum((each - mean) ** 2, 1))
    return mean, data, jnp.mean(second - jnp.sum(each**2, 1))


def of_all(p):
    """(gradients, losses) of every row under every mask."""
    b = jnp.asarray(masks(p.d))[:, None] / p.keep
    e = p.labels - jnp.sum(b * p.rows * p.weights, -1)
    return -e[..., None] * b * p.rows, e**2 / 2


def farthest(p):
    """The range of |G - E G|^2: a batch's is below the largest of one row and mask (convexity)."""
    return float(jnp.max(jnp.sum((of_all(p)[0] - parts(p)[0]) ** 2, -1)))


def off_mean(name):
    """A reading: |G - E G|^2."""
    return lambda run, p: np.sum((run[name] - np.asarray(parts(p)[0])) ** 2, -1)


@drawn.equals(
    off_mean("gradient"),
    at=(HERE, HERE.but(keep=0.8)),
    support=(0.0, farthest),
    relative=0.03,
    twin=Twin("a batch of B M: (V_data + V_mask)/(B M)", copied=True),
)
def gradient_covariance_split(p, *, copied=False):
    """tr Cov(G) = (V_data + V_mask/M)/B: MSD is not a bigger batch, V_data/B remains."""
    _, data, mask = parts(p)
    return gradient_noise(data / (p.masks if copied else 1), mask, p.batch, p.masks)


@drawn.equals(
    off_mean("without"),
    at=HERE.but(batch=4),
    support=(0.0, farthest),
    relative=0.03,
    twin=Twin("as with replacement", replaced=True),
)
def split_without_replacement(p, *, replaced=False):
    """Batches without replacement: the data's part times (n - B)/(n - 1), the masks' as it was."""
    _, data, mask = parts(p)
    left = 1.0 if replaced else (p.n - p.batch) / (p.n - 1)
    return gradient_noise(left * data, mask, p.batch, p.masks)


def losses(p):
    """(mean r^2, mean Q) over the rows."""
    a = p.rows * p.weights
    return (p.labels - jnp.sum(a, 1)) ** 2, jnp.sum(a**2, 1)


@drawn.equals(
    "loss",
    at=(HERE, HERE.but(masks=1)),
    support=(0.0, lambda p: float(jnp.max(of_all(p)[1]))),
    relative=0.02,
    twin=Twin("c/(2M) Q, the loss of averaged predictions", averaged=True),
)
def objective_independent_of_m(p, *, averaged=False):
    """The mean over masks of MSD's loss is r^2/2 + c Q/2 for every M."""
    square, proxy = losses(p)
    root = jnp.sqrt(square)
    return jnp.mean(ensemble_loss(root, proxy, p.keep, p.masks if averaged else 1))


@drawn.equals(
    "ensemble",
    at=HERE,
    support=(0.0, lambda p: float(jnp.max(of_all(p)[1]))),
    relative=0.02,
    twin=Twin("c/2 Q, the objective of MSD", copies=False),
)
def averaged_predictions_lose_the_penalty(p, *, copies=True):
    """The loss of the M predictions' average: r^2/2 + c Q/(2M), another objective."""
    square, proxy = losses(p)
    root = jnp.sqrt(square)
    return jnp.mean(ensemble_loss(root, proxy, p.keep, p.masks) if copies
                    else expected_loss(root, proxy, p.keep))  # fmt: skip


drawn.every_trial(
    lambda run, p: np.maximum(run["ensemble"] - run["loss"],
                               run["logistic_ensemble"] - run["logistic"]),
    within=1e-12,
    name="averaged_losses_are_above",
    says="The loss of the averaged prediction is at most the averaged loss, squared and logistic",
    source="Jensen's inequality",
    at=HERE,
    trials=64,
    twin=Twin("the reverse", observable=lambda run, p: run["loss"] - run["ensemble"]),
)  # fmt: skip
