"""Linear regression under random masks: what dropout and nested dropout minimise, and how fast."""

from typing import Annotated, Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from theory import (
    Because, Claims, Domain, Draws, Ge, Gt, Le, Row, Scalar, Single, Static, Twin, closed_form,
    erfc, expm1, masks, normal_cdf, pi, sqrt,
)  # fmt: skip
from theory.nested_dropout.params import Keep, Params, Positive, Shares

claim = Claims("derived")
SUMS = ("do not sum to 1", lambda chances: jnp.all(jnp.abs(jnp.sum(chances, -1) - 1) < 1e-6))
CUT = Because("without a cut the order inside a block of features is free")
Chances = Annotated[Any, Gt(0), Le(1), CUT, Row]
Width = Annotated[Scalar, Ge(0.1), Le(1e6)]
Units = Annotated[int, Ge(1), Le(10**6), Static]
Survival = Annotated[Scalar, Ge(0), Le(1)]
Time = Annotated[Scalar, Ge(0), Le(1e24)]


@closed_form(example={"units": 4})
def cut_chances(sigma: Width, units: Units) -> Any:
    """pi_k = P(K = k) ~ exp(-(k/sigma)^2), k = 1 .. D: no 1/2 in the exponent."""
    k = jnp.arange(1, units + 1)
    w = jnp.exp(-(k**2 - 1) / jnp.asarray(sigma, float)[..., None] ** 2)
    return w / jnp.sum(w, -1, keepdims=True)


@closed_form(example={"chances": [0.4, 0.3, 0.2, 0.1]}, chances=SUMS)
def survival(chances: Shares) -> Any:
    """q_j = P(K >= j): 1, then falling."""
    return jnp.minimum(jnp.cumsum(jnp.asarray(chances, float)[..., ::-1], -1)[..., ::-1], 1.0)


@closed_form(j=("is above D", lambda j, units: j <= units))
def survival_smooth(
    j: Annotated[Scalar, Ge(1), Le(1e6)],
    sigma: Annotated[Scalar, Ge(1), Le(1e6)],
    units: Annotated[Scalar, Ge(1), Le(1e6)],
) -> Any:
    """The same as an integral: erfc between (j - 1/2)/sigma and (D + 1/2)/sigma, over its j = 1.

    The midpoint rule: to sqrt(2/e)/(12 sqrt(pi) sigma^2) = .0403/sigma^2, absolute.
    """
    lost = erfc((2 * units + 1) / (2 * sigma))
    return (erfc((2 * j - 1) / (2 * sigma)) - lost) / (erfc(1 / (2 * sigma)) - lost)


@closed_form
def mean_kept(sigma: Annotated[Scalar, Ge(1), Le(1e12)]) -> Any:
    """E[K] = (s^2 - 1/6 - 1/(60 s^2))/(s sqrt(pi) - 1), D >> s: 1/pi above s/sqrt(pi).

    By Euler and Maclaurin: sum exp(-(k/s)^2) = (s sqrt(pi) - 1)/2 but for exp(-(pi s)^2), and
    sum k exp(-(k/s)^2) = s^2/2 - 1/12 - 1/(120 s^2) - O(s^-4).
    """
    return (sigma**2 - 1 / (6 * sigma**0) - 1 / (60 * sigma**2)) / (sigma * sqrt(pi) - 1)


@closed_form(example={"gram": [[2.0, 1.0], [1.0, 3.0]], "moment": [1.0, 2.0]})
def dropout_weights(
    gram: Float[Array, "d d"], moment: Float[Array, " d"], keep: Annotated[Keep, Single]
) -> Any:
    """(G + (1 - p)/p diag G)^-1 b, G = X'X, b = X'y: ridge adapted to the features' lengths."""
    own = jnp.diag(jnp.diagonal(gram))
    return jnp.linalg.solve(keep * gram + (1 - keep) * own, keep * moment)


@closed_form(example={"gram": [[2.0, 1.0], [1.0, 3.0]], "moment": [1.0, 2.0],
                      "chances": [0.7, 0.3]}, chances=SUMS)  # fmt: skip
def nested_weights(gram: Float[Array, "d d"], moment: Float[Array, " d"], chances: Chances) -> Any:
    """w with A w = c, A_ij = q_max(i,j) G_ij, c_i = q_i b_i."""
    q = survival(chances)
    return jnp.linalg.solve(jnp.minimum(q[:, None], q) * gram, q * moment)


@closed_form
def nested_share(survival: Survival, length: Positive, time: Time) -> Any:
    """1 - exp(-q l t): the share of least squares that gradient flow has learned of a feature."""
    return -expm1(-survival * length * time)


@closed_form
def dropout_share(keep: Keep, length: Positive, time: Time) -> Any:
    """p (1 - exp(-l t/p)): dropout's share, which ends at p for every feature."""
    return -keep * expm1(-length * time / keep)


# --------------------------------------------------------------------------------------------
# What is minimised, by enumeration of all masks

DATA = Draws(x=(7, 4), y=(7,), w=(4,), s=(), law=(4,))


def some_keep(z):
    """p, any number in (0, 1)."""
    return normal_cdf(z.s)


def some_chances(z):
    """pi, any law on 1 .. 4."""
    return jnp.exp(z.law) / jnp.sum(jnp.exp(z.law))


def dropout_law(z):
    """(masks, their chances)."""
    p, patterns = some_keep(z), jnp.asarray(masks(4))
    ones = jnp.sum(patterns, 1)
    return patterns, p**ones * (1 - p) ** (4 - ones)


def enumerated(x, z, patterns, chances):
    """(expected loss at w, its minimiser), the expectation over masks by a sum."""
    columns = x * patterns[:, None, :]
    loss = chances @ jnp.sum((z.y - columns @ z.w) ** 2, 1)
    gram = jnp.einsum("m,mni,mnj->ij", chances, columns, columns)
    moment = jnp.einsum("m,mni,n->i", chances, columns, z.y)
    return jnp.concatenate([loss[None], jnp.linalg.solve(gram, moment)])


def by_dropout(x, z, scaled=True):
    """The same for dropout, kept features divided by p where scaled."""
    patterns, chances = dropout_law(z)
    return enumerated(x, z, patterns / some_keep(z) if scaled else patterns, chances)


def by_nesting(x, z):
    """The same for prefixes."""
    return enumerated(x, z, jnp.tril(jnp.ones((4, 4))), some_chances(z))


def square(z):
    """Orthogonal columns of different lengths, and least squares on them."""
    x = jnp.linalg.qr(z.x)[0] * jnp.array([2.0, 1.5, 1.0, 0.5])
    return x, x.T @ z.y / jnp.sum(x**2, 0)


exact = claim.given(over=DATA, within=1e-9, why="conditions of random 4 x 4 systems")


@exact.algebra(
    lambda z: by_dropout(z.x, z),
    twin=Twin("plain ridge: the mean of the diagonal for each entry", own=False),
)
def dropout_is_adaptive_ridge(z, *, own=True):
    """E|y - X(m w)/p|^2 = |y - X w|^2 + (1 - p)/p sum_j (X'X)_jj w_j^2, and its minimiser.

    Wager, Wang & Liang (2013), least squares
    """
    p, gram = some_keep(z), z.x.T @ z.x
    diagonal = jnp.diagonal(gram) if own else jnp.full(4, jnp.trace(gram) / 4)
    loss = jnp.sum((z.y - z.x @ z.w) ** 2) + (1 - p) / p * diagonal @ z.w**2
    return jnp.concatenate([loss[None], dropout_weights(gram, z.x.T @ z.y, p)])


@exact.algebra(
    lambda z: by_dropout(z.x, z, scaled=False)[0],
    scale=100.0,
    twin=Twin("the penalty of scaled masks", scaled=True),
)
def dropout_without_scaling(z, *, scaled=False):
    """E|y - X(m w)|^2 = |y - p X w|^2 + p (1 - p) sum_j (X'X)_jj w_j^2."""
    p = some_keep(z)
    penalty = (1 - p) / p if scaled else p * (1 - p)
    return jnp.sum((z.y - p * z.x @ z.w) ** 2) + penalty * jnp.sum(z.x**2, 0) @ z.w**2


@exact.algebra(lambda z: by_dropout(square(z)[0], z)[1:], twin=Twin("1/(1 + p)", wrong=True))
def dropout_shrinks_uniformly(z, *, wrong=False):
    """Orthogonal columns: dropout's minimiser is p times least squares, for every feature alike."""
    return square(z)[1] * (1 / (1 + some_keep(z)) if wrong else some_keep(z))


@exact.algebra(
    lambda z: by_nesting(z.x, z)[1:],
    within=1e-8,
    twin=Twin("independent masks: A_ij = q_i q_j G_ij", nested=False),
)
def nested_normal_equations(z, *, nested=True):
    """Nested dropout's minimiser solves A w = c, A_ij = q_max(i,j) (X'X)_ij, c_i = q_i (X'y)_i."""
    gram, moment, q = z.x.T @ z.x, z.x.T @ z.y, survival(some_chances(z))
    if nested:
        return nested_weights(gram, moment, some_chances(z))
    joint = jnp.outer(q, q).at[jnp.diag_indices(4)].set(q)
    return jnp.linalg.solve(joint * gram, q * moment)


@exact.algebra(
    lambda z: by_nesting(square(z)[0], z)[1:],
    twin=Twin("each feature shrunk by its survival", shrunk=True),
)
def nested_does_not_shrink(z, *, shrunk=False):
    """Orthogonal columns: nested dropout's minimiser is least squares itself, whatever pi."""
    return square(z)[1] * (survival(some_chances(z)) if shrunk else 1)


# --------------------------------------------------------------------------------------------
# How many features are kept

HERE = Params()


@claim.identity(
    lambda p: survival_smooth(jnp.arange(1.0, p.d + 1), p.sigma, p.d),
    over=Domain.around(Params(d=512, n=512), sigma=(16.0, 200.0)),
    within=0.042,
    scale=lambda p: 1 / p.sigma**2,
    why="midpoint rule: f' of at most sqrt(2/e)/sigma, over 24 and over sigma sqrt(pi)/2: .0403",
    points=32,
    twin=Twin("a 1/2 in the exponent: exp(-(k/sigma)^2/2)", half=True),
)
def survival_is_erfc(p, *, half=False):
    """q_j of pi_k ~ exp(-(k/sigma)^2) is a difference of erfc at (j - 1/2)/sigma, (D + 1/2)/sigma.

    To .0403/sigma^2, for all of 512 features.
    """
    return survival(cut_chances(p.sigma * (2**0.5 if half else 1), p.d))


@claim.identity(
    lambda p: mean_kept(p.sigma),
    over=Domain.around(Params(d=512, n=512), sigma=(4.0, 80.0)),
    within=1.1e-6,
    why="the next term of Euler and Maclaurin, relative 1/(252 s^6)",
    points=32,
    twin=Twin("s/sqrt(pi)", rest=0),
    known=((Params(d=512, n=512, sigma=100.0), "56.7381"),),
)
def mean_number_kept(p, *, rest=1):
    """E[K] = sum_j q_j = s/sqrt(pi) + 1/pi + O(1/s) for s << D: some .56 s features."""
    exact_sum = jnp.sum(survival(cut_chances(p.sigma, p.d)))
    return exact_sum if rest else p.sigma / sqrt(pi)


@claim.limit(
    lambda p: 1 / pi,
    along=tuple(Params(d=512, n=512, sigma=s) for s in (8.0, 16.0, 32.0, 64.0)),
    size=lambda p: p.sigma,
    rate=-1,
    within=0.05,
    why="terms of order 1/s^2 in the gap",
    last_gap=0.003,
    twin=Twin("1/2, as if K began at 1/2", limit=0.5),
)
def kept_beyond_the_width(p):
    """E[K] - s/sqrt(pi) tends to 1/pi like 1/s."""
    return jnp.sum(survival(cut_chances(p.sigma, p.d))) - p.sigma / sqrt(pi)
