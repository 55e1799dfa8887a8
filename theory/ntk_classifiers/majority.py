"""Majority vote, A != 0: B' > 1 (t_L -> c, F(c) = c), B' = 1, and B' < 1: there with a ridge."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.core import Tracer

from theory import Claims, Ge, Le, Scalar, Static, Twin, Whole, closed_form
from theory._neural_kernels import (
    Activation, ActivationError, Similarity, checked_activation, checked_pair, deepen, layer,
    ntk_diagonal, number, polynomial, similarity_of,
)  # fmt: skip
from theory.ntk_classifiers.params import (
    Params, activation_of, each, output, relative, with_diagonal,
)  # fmt: skip
from theory.ntk_classifiers.singular import MOST_LAYERS

__all__ = [
    "FixedPoint", "fixed_point", "kappa", "majority_value", "ridge_majority_value", "sigma",
]  # fmt: skip

claim = Claims()


def _of_order_0(activation: object, growing: bool) -> Activation:
    """The activation. ActivationError unless A != 0 and B' > 1 (growing) or B' < 1."""
    activation = checked_activation(activation)
    b, wanted = activation.slope_at_one, "B' > 1" if growing else "B' < 1"
    known = not isinstance(b, Tracer)
    if activation.order or (known and not (float(b) > 1 if growing else float(b) < 1)):
        raise ActivationError(f"{activation.name} has no such limit: it needs A != 0 and {wanted}")
    return activation


class FixedPoint(NamedTuple):
    """c with F(c) = c in (0, 1), lambda = F'(c), and F''(c)."""

    c: Any
    rate: Any
    curvature: Any


def fixed_point(activation: object) -> FixedPoint:
    """The attracting fixed point for A != 0, B' > 1, by Newton's method from 0.

    F is convex, so the iterates rise to c and never pass it. Raises ActivationError for others.
    """
    f = _of_order_0(activation, growing=True)
    c = jax.lax.fori_loop(
        0, 100, lambda _, t: t - (f.dual(t) - t) / (f.dual_derivative(t) - 1), jnp.zeros(())
    )
    c = jnp.where(number(f.slope_at_one) > 1, c, jnp.nan)
    return FixedPoint(c, f.dual_derivative(c), jax.grad(lambda t: f.dual_derivative(t))(c))


def kappa(activation: object, pair: Similarity) -> Any:
    """lim (t_L - c)/lambda^L, kappa(F) = lambda kappa, kappa'(c) = 1; A != 0, B' > 1.

    Layers run until |t_L - c| < 1e-5, where the second-order term of kappa finishes: 1e-10; where
    200,000 do not get there, NaN. Infinite at coinciding inputs. Raises ActivationError for other
    classes, ArgumentError for concrete pairs outside.
    """
    activation = _of_order_0(activation, growing=True)
    c, rate, curvature = fixed_point(activation)
    pair = checked_pair(pair, "kappa")
    coincide = pair.s == 0
    pair = Similarity(jnp.where(coincide, 0.5, pair.s), jnp.where(coincide, -0.7, pair.log_t))

    def far(pair):
        return jnp.abs(1 - pair.s - c) > 1e-5

    layers, pair = jax.lax.while_loop(
        lambda state: (state[0] < MOST_LAYERS) & jnp.any(far(state[1])),
        lambda state: (state[0] + 1, layer(activation, state[1])[0]),
        (jnp.zeros((), dtype=int), pair),
    )
    x = 1 - pair.s - c
    value = (x + curvature / (2 * rate * (1 - rate)) * x**2) * jnp.exp(-layers * jnp.log(rate))
    return jnp.where(coincide, jnp.inf, jnp.where(far(pair), jnp.nan, value))


Layers = Annotated[Any, Ge(1), Le(MOST_LAYERS), Whole, Static]


@closed_form(example={"activation": polynomial([0.6, 0.4]), "pair": Similarity(0.5, -0.7)})
def sigma(activation: object, pair: Similarity, layers: Layers = MOST_LAYERS) -> Any:
    """lim (1 - t_L)/B'^L for B' < 1. Layers run until B'^L < 1e-17, at most ``layers``.

    Raises ActivationError unless A != 0 and B' < 1, ArgumentError for concrete pairs outside.
    """
    activation = _of_order_0(activation, growing=False)
    pair = checked_pair(pair, "sigma")
    log_b = number(activation.log_b)
    near = pair.s < 1e-100  # sigma = s there, to all digits
    start = Similarity(jnp.where(near, 0.5, pair.s), jnp.where(near, -0.7, pair.log_t))
    enough = jnp.minimum(layers, jnp.ceil(40.0 / -log_b).astype(int))
    scaled = jnp.exp(jnp.log(deepen(activation, start, enough).pair.s) - enough * log_b)
    return jnp.where(log_b < 0, jnp.where(near, pair.s, scaled), jnp.nan)


# Values of the classifier before its sign

Size = Annotated[Scalar, Ge(0), Le(1e150)]
Count = Annotated[Scalar, Ge(1), Le(1e15)]
_VOTES = ("exceeds n in size: it is a sum of n labels", lambda votes, n: abs(votes) <= n)


@closed_form(example={"votes": 4, "n": 10}, votes=_VOTES)
def majority_value(share: Annotated[Scalar, Ge(0), Le(1)], n: Count, votes: Scalar) -> Any:
    """y^T ((1-q) I + q J)^{-1} q 1 = q S/(1 - q + n q): off-diagonal share q of the diagonal.

    q = c for the supercritical NNGP, 1 for critical NNGP, 1/4 for ReLU's NTK, 1/3 for smooth
    critical NTK.
    """
    return share * votes / (1 - share + n * share)


@closed_form(
    example={"kernel_value": 1.0, "ridge": 0.1, "votes": 4, "n": 10},
    votes=_VOTES,
    ridge=("and kernel_value are both 0", lambda ridge, kernel_value: ridge + kernel_value > 0),
)
def ridge_majority_value(kernel_value: Size, ridge: Size, n: Count, votes: Scalar) -> Any:
    """kappa S/(ridge + n kappa): subcritical with ridge; kappa = 1/(1-B') (NTK) or 1 (NNGP)."""
    return kernel_value * votes / (ridge + n * kernel_value)


# Networks, solved, against the vote; S = p.votes


def off(kernel, value):
    """The reading of the largest |f_L - value(p)|: of a kernel, or of the ``ridgeless`` NNGP."""

    def farthest(run, p):
        f = run[kernel] if kernel == "ridgeless" else output(run, kernel)
        return jnp.max(jnp.abs(f - value(p)))

    return each(farthest)


def constant_error(run, p, *, of_nngp=False):
    """Largest |f_L Theta_L(1)/constant - S| of the NTK; constant c/(1 - lambda), or c."""
    f = activation_of(p)
    c, rate, _ = fixed_point(f)
    scaled = output(run, "ntk", -jnp.log(ntk_diagonal(f, p.depth)))
    return jnp.max(jnp.abs(scaled / (c if of_nngp else c / (1 - rate)) - p.votes))


def tie_error(run, p, *, centred=True):
    """Balanced labels: the NNGP's f_L/lambda^L less the next order, over the order after that."""
    f = activation_of(p)
    c, rate, _ = fixed_point(f)
    across = kappa(f, similarity_of(run["x"], run["z"]))
    within = with_diagonal(kappa(f, similarity_of(run["x"], run["x"])), 0.0)
    share = c / (1 - c + p.n * c) if centred else 0.0
    next_order = (run["y"] @ across - share * (run["y"] @ within.sum(axis=1))) / (1 - c)
    # which is n lambda^L kappa^2; 1e-16/lambda^L is rounding in the solution
    scale, highest = rate**p.depth, jnp.maximum(across.max(), within.max())
    slack = p.n * scale * highest**2 + 1e-15 * p.n / scale
    return jnp.max(jnp.abs(output(run, "nngp") / scale - next_order)) / slack


deep = claim.given(mode="deep", trials=512)
SUPER = Params(activation="cosine", shape=2.0, d=2, n=30, tests=20, votes=4, depth=60)
wrong_constant = each(constant_error, of_nngp=True)

deep.every_trial(
    each(constant_error), name="majority_vote_supercritical", at=SUPER,
    says="A != 0, B' > 1: f_L Theta_L(1) -> S c/(1 - lambda), c = F(c), lambda = F'(c)",
    source="Theorem on majority vote (A != 0), NTK at B' > 1",
    within=0.05,  # L lambda^L kappa: kappa ~ s^-1.52 of the closest pair, s down to 1e-8
    twin=Twin("S c, the NNGP's constant", observable=wrong_constant),
)  # fmt: skip
deep.every_trial(
    off("nngp", lambda p: majority_value(fixed_point(activation_of(p)).c, p.n, p.votes)),
    name="majority_vote_supercritical_nngp", at=SUPER,
    says="A != 0, B' > 1: f_L -> c S/(1 - c + n c) for the NNGP",
    source="Theorem on majority vote (A != 0), NNGP at B' > 1",
    within=1e-4,  # as above, without the factor L
    twin=Twin("the NTK's limit", observable=wrong_constant),
)  # fmt: skip
deep.every_trial(
    each(tie_error), name="balanced_tie_break", at=SUPER.but(n=8, votes=0, depth=20), trials=256,
    says="S = 0, B' > 1: f_L/lambda^L -> centred singular vote with kernel kappa",
    source="derived: see kappa",
    # relative to n lambda^L kappa^2 of the closest pair, with the constants 1/(1-c)^2 = 2.2 of
    # the inverse and F''(c)/(2 lambda (1-lambda)) = 2.8 of t_L's own second order
    within=20.0,
    twin=Twin("without the centring term", observable=each(tie_error, centred=False)),
)  # fmt: skip
deep.every_trial(
    off("ntk", lambda p: majority_value(1 / 3, p.n, p.votes)),
    name="majority_vote_smooth_critical", trials=32,
    at=Params(activation="exponential", shape=1.0, d=8, n=5, tests=4, votes=1, depth=4000),
    says="exp(x) (B' = 1, F''(1) finite): Theta_L/(L+1) -> 1/3, f_L -> S/(n+2)",
    source="derived: see majority_value",
    # 1 - t_L ~ 2/(F''(1) L); shares differ from 1/3 by (ln L + 3 rho)/(3 L) < 1e-3 for pairs with
    # s > 1e-2; n = 5
    within=0.01,
    twin=Twin("share 1/4, as for ReLU",
              observable=off("ntk", lambda p: majority_value(1 / 4, p.n, p.votes))),
)  # fmt: skip

# B' < 1: with a ridge, and the ridgeless solution


def flat_error(run, p):
    """The ridgeless f_L less the interpolant c + q^T sigma(X, x), sum q = 0, relative."""
    f, one = activation_of(p), jnp.ones((p.n, 1))
    within = with_diagonal(sigma(f, similarity_of(run["x"], run["x"])), 0.0)
    bordered = jnp.block([[within, one], [one.T, jnp.zeros((1, 1))]])
    solution = jnp.linalg.solve(bordered, jnp.append(run["y"], 0.0))
    flat = solution[-1] + solution[:-1] @ sigma(f, similarity_of(run["x"], run["z"]))
    return relative(run["ridgeless"] - flat, flat)


no_majority = off("ridgeless", lambda p: p.votes / p.n)
subcritical = claim.given(
    mode="subcritical", trials=256,
    at=Params(activation="cosine", shape=0.8, d=4, n=6, tests=10, votes=2, depth=60, ridge=0.5),
)  # fmt: skip
subcritical.every_trial(
    off("ntk", lambda p: ridge_majority_value(
        1 / (1 - number(activation_of(p).slope_at_one)), p.ridge, p.n, p.votes)),
    name="majority_vote_subcritical",
    says="f_L -> kappa S/(ridge + n kappa), kappa = 1/(1 - B') for the NTK",
    source="Theorem on majority vote (A != 0), B' < 1 with a fixed ridge",
    within=1e-10,  # B'^60 = 4e-17, times L; the rest is rounding
    twin=Twin("majority vote without ridge too", observable=no_majority),
)  # fmt: skip
subcritical.every_trial(
    no_majority, name="majority_vote_without_ridge", within=0.1,
    says="f_L -> S/n without ridge at B' < 1 (false)",
    source="Theorem on majority vote (A != 0), read without ridge at B' < 1",
    repaired_by="flat_limit_without_ridge",
)  # fmt: skip
subcritical.every_trial(
    each(flat_error), name="flat_limit_without_ridge", source="derived: see sigma",
    says="A != 0, B' < 1, no ridge: f_L -> interpolant with kernel -sigma and a constant",
    within=1e-6,  # B'^60 and rounding, times the condition of sigma(X, X) (1e4 to 1e9 here)
    twin=Twin("majority vote", observable=no_majority),
)  # fmt: skip
