"""GraNd and EL2N: their exact relations, and why they say nothing before training."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from theory import Claims, Domain, Twin, closed_form, sqrt
from theory.data_diet.params import Chances, Classes, Params, Spread, Unit, floats, plainly

claim = Claims("derived")
Z = np.linspace(-12.0, 12.0, 641)
NODES = 640
ONE_HOT = (
    "is not one-hot, which EL2N assumes",
    lambda label: jnp.all((label == 0) | (label == 1)) & jnp.all(jnp.sum(label, -1) == 1),
)
CHANCES = (
    "are no chances of the label's classes: they do not sum to 1, or are not as many",
    lambda chances, label: (
        jnp.shape(chances)[-1] == jnp.shape(label)[-1]
        and jnp.all(jnp.abs(jnp.sum(jnp.asarray(chances), -1) - 1) <= 1e-9)
    ),
)
SOME = {"chances": [0.5, 0.3, 0.2], "label": [1.0, 0.0, 0.0]}


@closed_form(chances=CHANCES, label=ONE_HOT, example=SOME)
def el2n(chances: Chances, label: Chances) -> Array:
    """|p - y|_2, y one-hot; its slope at p = y, where it has none, is 0."""
    square = jnp.sum((jnp.asarray(chances) - jnp.asarray(label)) ** 2, -1)
    right = square == 0
    return jnp.where(right, 0.0, jnp.sqrt(jnp.where(right, 1.0, square)))


@closed_form
def el2n_range(error: Unit, classes: Classes) -> tuple[Any, Any]:
    """e sqrt(K/(K - 1)) <= |p - y| <= e sqrt(2), e = 1 - p_y: wrong classes alike, or one alone."""
    return error * sqrt(classes / (classes - 1)), error * sqrt(2 + 0 * classes)


@closed_form
def blind_square(classes: Classes, spread: Spread) -> Array:
    """E EL2N^2 = 1 - 2/K + K E p_1^2 for logits i.i.d. N(0, s^2), whatever the label.

    E p_1^2 = int u L''(u) L(u)^(K-1) du, L(u) = E exp(-u e^(s Z)): 1/S^2 = int u exp(-u S) du for
    the sum S of the e^(s z_j). From 1 - 1/K at s = 0, (1 - 1/K)(1 + s^2/K) + O(s^4), to 2 - 2/K.
    """
    return _square(*floats(classes, spread))


@jax.jit
def _square(k, s):
    k, s = jnp.broadcast_arrays(k, s)
    low, high = -jnp.log(k) - 10 * s - 20, 10 * s + 5  # of log u
    step = (high - low) / NODES
    v = low[..., None] + step[..., None] * jnp.arange(NODES + 1)
    x = jnp.exp(v[..., None] + s[..., None, None] * Z)
    weights = jnp.asarray(np.exp(-(Z**2) / 2) / np.sqrt(2 * np.pi) * (Z[1] - Z[0]))
    second = jnp.sum(weights * x**2 * jnp.exp(-x), -1)
    below = jnp.sum(weights * jnp.expm1(-x), -1)
    square = step * jnp.sum(second * jnp.exp((k[..., None] - 1) * jnp.log1p(below)), -1)
    return 1 - 2 / k + k * square


# --------------------------------------------------------------------------------------------
# In every trial, for every weight

HERE = Params()
TEN = HERE.but(classes=10)
SCORED = claim.given(mode="scores", at=TEN, trials=64)


def relative(found, expected):
    """A reading: the largest relative gap of two readings, in a trial."""

    def read(run, p):
        a, b = found(run, p), expected(run, p)
        return np.max(np.abs(a - b) / np.abs(b), axis=-1)

    return read


def seen(name):
    """A reading: an observable as it is."""
    return lambda run, p: run[name]


def largest(gap):
    """A reading: the largest entry, in a trial."""
    return lambda run, p: np.max(gap(run, p), axis=-1)


SCORED.every_trial(
    relative(seen("linear_grand"), lambda run, p: run["linear_el2n"] * run["norm"]),
    within=1e-11,
    name="grand_softmax_identity",
    says="f = W x: GraNd of one network is |p - y| |x|, the gradient's norm by differentiation",
    twin=Twin("|p - y| |x|^2", observable=relative(
        seen("linear_grand"), lambda run, p: run["linear_el2n"] * run["norm"] ** 2)),
)  # fmt: skip
SCORED.every_trial(
    relative(seen("bias_grand"), lambda run, p: run["linear_el2n"] * np.sqrt(1 + run["norm"] ** 2)),
    within=1e-11,
    name="grand_softmax_identity_with_bias",
    says="f = W x + b: GraNd of one network is |p - y| sqrt(1 + |x|^2)",
    twin=Twin("the bias forgotten", observable=relative(
        seen("bias_grand"), lambda run, p: run["linear_el2n"] * run["norm"])),
)  # fmt: skip
SCORED.every_trial(
    relative(seen("grand"), seen("kernel_grand")),
    within=1e-9,
    name="grand_by_the_kernel",
    says="Any network: GraNd^2 = (p - y)' Theta (p - y), Theta the tangent kernel of x with itself",
    twin=Twin("EL2N is GraNd: orthonormal logit gradients", observable=relative(
        seen("grand"), seen("el2n"))),
)  # fmt: skip
SCORED.every_trial(
    largest(lambda run, p: np.maximum(
        run["least"] * run["el2n"] ** 2 - run["grand"] ** 2,
        run["grand"] ** 2 - run["most"] * run["el2n"] ** 2)),
    within=1e-9,
    name="grand_between_eigenvalues",
    says="Any network: GraNd^2/EL2N^2 lies between the least and the largest eigenvalue of Theta",
    twin=Twin("the least eigenvalue above it too", observable=largest(
        lambda run, p: run["grand"] ** 2 - run["least"] * run["el2n"] ** 2)),
)  # fmt: skip


def beyond(rate):
    """A reading: how far the removal's effect is above its bound, in a trial."""

    def read(run, p):
        return run["removal"] - rate(p) * run["star"] * run["grand"][:, 0]

    return read


SCORED.every_trial(
    beyond(lambda p: p.eta),
    within=1e-12,
    source="the paper's lemma, its constant made explicit",
    name="grand_removal_bound",
    says="Leaving j out of a step of the summed loss changes the change of the loss at x* by at"
    " most eta |g*| |g_j|, to first order",
    twin=Twin("eta/n with a summed loss", observable=beyond(lambda p: p.eta / p.n)),
    remarks="Without the residual of x* in g* the constant is not the gradient of the loss.",
)  # fmt: skip
SCORED.every_trial(
    lambda run, p: np.abs(run["own_removal"] / (p.eta * run["grand"][:, 0] ** 2) - 1),
    within=1e-9,
    name="removal_bound_is_attained",
    says="At x* = x_j the effect of leaving j out is eta |g_j|^2: the bound is sharp",
    twin=Twin("half of it", observable=lambda run, p: np.abs(
        2 * run["own_removal"] / (p.eta * run["grand"][:, 0] ** 2) - 1)),
)  # fmt: skip
SCORED.every_trial(
    largest(lambda run, p: np.maximum(
        run["wrong"] * np.sqrt(p.classes / (p.classes - 1)) - run["linear_el2n"],
        run["linear_el2n"] - np.sqrt(2) * run["wrong"])),
    within=1e-13,
    name="el2n_range",
    says="e sqrt(K/(K - 1)) <= EL2N <= e sqrt(2), e = 1 - p_y",
    twin=Twin("upper constant 1", observable=largest(
        lambda run, p: run["linear_el2n"] - run["wrong"])),
)  # fmt: skip
SCORED.every_trial(
    largest(lambda run, p: np.abs(run["absolute"] - 2 * run["wrong"])),
    within=1e-13,
    name="absolute_score",
    says="|p - y|_1 = 2 (1 - p_y)",
    twin=Twin("1 - p_y", observable=largest(
        lambda run, p: np.abs(run["absolute"] - run["wrong"]))),
)  # fmt: skip
SCORED.every_trial(
    largest(lambda run, p: np.abs(run["summed"] - 1 + p.classes * (1 - run["wrong"]))),
    within=1e-13,
    name="summed_margin",
    says="sum_k!=y (p_k - p_y) = 1 - K p_y",
    twin=Twin("1 - (K - 1) p_y", observable=largest(
        lambda run, p: np.abs(run["summed"] - 1 + (p.classes - 1) * (1 - run["wrong"])))),
)  # fmt: skip

# --------------------------------------------------------------------------------------------
# Before training

squares = plainly(blind_square)
TWO = HERE.but(classes=2, spread=2.0)


@claim.equals(
    "blind_square",
    mode="scores",
    at=(TEN, TWO),
    support=(0.0, 2.0),
    within=0.02,
    twin=Twin("1 - 1/K for every spread", blind=False),
    known=((TEN, ".99469"),),
)
def el2n_square_at_init(p, *, blind=True):
    """E EL2N^2 = 1 - 2/K + K E p_1^2 before training, one-dimensional integrals for any spread."""
    return squares(p.classes, p.spread) if blind else 1 - 1 / p.classes


@claim.equals(
    "blind",
    mode="scores",
    at=(TWO, TWO.but(spread=0.3)),
    support=(0.0, 1.5),
    within=0.02,
    twin=Twin("the root of the mean square", root=True),
)
def el2n_blind_at_init(p, *, root=False):
    """K = 2: E EL2N = 1/sqrt(2) for every spread and input, so that E GraNd is |x|/sqrt(2)."""
    return squares(2.0, p.spread) ** 0.5 if root else 2**-0.5


SPREADS = Domain.around(TEN, classes=(2, 64), spread=(0.01, 4.0))


@claim.never_above(lambda p: 2 - 2 / p.classes, over=SPREADS, points=16)
def blind_square_from_above(p):
    """E EL2N^2 <= 2 - 2/K, the guess of a coin that is sure of itself."""
    return squares(p.classes, p.spread)


@claim.identity(
    lambda p: squares(p.classes, p.spread),
    over=Domain.around(TEN, classes=(2, 64), spread=(0.01, 0.05)),
    within=7e-6,
    why="terms of order s^4, -s^4/2 at K = 2",
    points=16,
    twin=Twin("s^2 for s^2/K", lost=True),
)
def blind_square_of_small_logits(p, *, lost=False):
    """E EL2N^2 = (1 - 1/K)(1 + s^2/K) + O(s^4)."""
    k = 1 if lost else p.classes
    return (1 - 1 / p.classes) * (1 + p.spread**2 / k)
