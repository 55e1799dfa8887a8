"""Members in any number that share features in any pattern, weighted unequally: exactly.

Member m has the weight a_m. Features that the same members use are a group, of weight
u_g = sum of those a_m: in an ensemble of outputs a feature's vote counts u_g, in one of weights
u_g^2. The votes of a group are multinomial, groups are independent, and noise is normal: a finite
sum, smooth in the weights where there is noise.
"""

import functools
import itertools
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import Claims, Domain, ParameterError, Twin, normal_cdf, own_checks
from theory.spurious_features.params import Params
from theory.spurious_features.votes import LEAST, TIE, nodes_of_ties, right_share

claim = Claims("derived")
MOST = 300_000  # ways in which votes fall


class Pattern(NamedTuple):
    """Groups of features: which members use them (rows of 0 and 1), and how many there are."""

    uses: tuple[tuple[int, ...], ...]
    invariant: tuple[int, ...]
    spurious: tuple[int, ...]


THREE = Pattern(
    uses=((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1)),
    invariant=(1, 0, 1, 1, 0),
    spurious=(1, 3, 2, 1, 2),
)
"""Three members, of 2, 1, 1 invariant and 2, 6, 4 spurious features."""
WEIGHTS = (1.0, 0.2, 0.5)


@functools.cache
def falls(counts: tuple[int, ...], classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Votes of each group for each class, (ways, groups, K), and log multinomial coefficients."""
    each = []
    for n in counts:
        cuts = itertools.combinations(range(n + classes - 1), classes - 1)
        ends = np.array([(-1, *cut, n + classes - 1) for cut in cuts])
        each.append(np.diff(ends, axis=1) - 1)
    index = np.indices([len(votes) for votes in each]).reshape(len(each), -1)
    votes = np.stack([v[i] for v, i in zip(each, index, strict=True)], axis=1)
    factorial = np.array([math.lgamma(n + 1) for n in range(max(counts) + 1)])
    return votes, factorial[np.array(counts)].sum() - factorial[votes].sum(axis=(1, 2))


@functools.partial(jax.jit, static_argnames=("classes", "counts"))
def patterned(p, invariant, weights, noise, classes, counts):
    """sum over votes of their chance times P(the true class wins), of groups of any weights."""
    votes, ways = falls(counts, classes)
    right = votes[:, :, 0].sum(axis=1) * 1.0
    wrong = sum(counts) - right
    chance = jnp.exp(ways) * right_share(p, classes) ** right
    chance = chance * jnp.where(wrong > 0, p / classes, 1.0) ** wrong  # slopes at p = 0
    scores = jnp.einsum("wgk,g->wk", 1.0 * votes, weights)
    lead = invariant + scores[:, :1] - scores[:, 1:]

    def tied():
        u, mass = nodes_of_ties(classes, smooth=False)
        split = jnp.where(lead < -TIE, 0.0, u[:, None, None])
        return mass @ jnp.prod(jnp.where(lead > TIE, 1.0, split), axis=-1)

    def noisy():
        u, mass = nodes_of_ties(classes, smooth=True)
        beaten = normal_cdf(u[:, None, None] + lead / jnp.maximum(noise, LEAST))
        return mass @ jnp.prod(beaten, axis=-1)

    return chance @ jax.lax.cond(noise > LEAST, noisy, tied)


def outputs(pattern: Pattern, weights: Any, sigma: Any) -> Any:
    """N_v, the weight of a vote of each group, noise: logits sum_m a_m f_m.

    noise^2 = sigma^2 sum_mn a_m a_n |m and n|^2, |m and n| the features that both use.
    """
    uses, stable = np.array(pattern.uses, float), np.array(pattern.invariant, float)
    shared = uses.T @ ((stable + np.array(pattern.spurious))[:, None] * uses)
    a = jnp.asarray(weights, float)
    return stable @ uses @ a, uses @ a, sigma * jnp.sqrt(a @ shared**2 @ a)


def averaged(pattern: Pattern, weights: Any, sigma: Any) -> Any:
    """The same of averaged weights and features: votes u^2, noise sigma sum of all u^2."""
    stable, spurious = np.array(pattern.invariant, float), np.array(pattern.spurious)
    votes = (np.array(pattern.uses, float) @ jnp.asarray(weights, float)) ** 2
    return stable @ votes, votes, sigma * ((stable + spurious) @ votes)


def scores(pattern: Pattern, p: Any) -> tuple[Any, Any]:
    """(l, O): members' mean leads n_v + (1-p) n_s, and the spurious features that two share.

    Outputs weighted by a have x = a.l/sqrt(a.O a).
    """
    uses, spurious = np.array(pattern.uses, float), np.array(pattern.spurious, float)
    lead = (np.array(pattern.invariant, float) + (1 - p) * spurious) @ uses
    return lead, uses.T @ (spurious[:, None] * uses)


@own_checks("a pattern of tuples beside an array of weights")
def members_accuracy(
    p: Any, classes: int, pattern: Pattern, weights: Any, sigma: Any = 0.0, of: Any = outputs
) -> jax.Array:
    """P(the true class wins) of members of weights a in any pattern of shared features, exact.

    sum over votes c of prod_g multinomial(c_g) r^(right) q^(wrong) times E prod_k Phi(u + (N_v +
    sum_g w_g (c_g0 - c_gk))/s), u normal; w, s by :func:`outputs` or :func:`averaged`. Without
    noise ties are split, a step function of the weights; with noise differentiable in all.

    Raises ParameterError for rows that do not fit, numbers outside their range, too many votes.
    """
    uses = np.array(pattern.uses)
    groups, counts = uses.shape[:1], tuple(pattern.spurious)
    if uses.ndim != 2 or {(len(pattern.invariant),), (len(counts),)} != {groups}:
        raise ParameterError("members_accuracy: a row of uses for each group of features")
    if uses.shape[1:] != np.shape(weights):
        raise ParameterError(f"members_accuracy: weights {np.shape(weights)} for {uses.shape[1:]}")
    ways = math.prod(math.comb(n + classes - 1, classes - 1) for n in counts)
    if classes < 2 or ways > MOST:
        raise ParameterError(f"members_accuracy: {ways} ways of {classes} classes, most {MOST}")
    for name, x, most in (("p", p, 1.0), ("sigma", sigma, 1e3)):
        if not isinstance(x, Tracer) and (x < 0 or x > most):
            raise ParameterError(f"members_accuracy: {name} = {x} is outside [0, {most:g}]")
    lead, votes, noise = of(pattern, weights, jnp.asarray(sigma, float))
    return patterned(jnp.asarray(p, float), lead, votes, noise, classes, counts)


# --------------------------------------------------------------------------------------------

AT = (Params(), Params(sigma=0.1, p=1.0))
EXCHANGED = Twin("the first's and the third's weight exchanged", weights=(0.5, 0.2, 1.0))
three = claim.given(mode="three", at=AT, within=0.008, trials=40_000, why="exact law: the width")


@three.equals("outputs", twin=EXCHANGED, known=((AT[0], ".944118262"), (AT[1], ".87202")))
def three_members(p, *, weights=WEIGHTS):
    """Three unequal members, five groups of features: the sum over votes, outputs weighted."""
    return members_accuracy(p.p, p.classes, THREE, weights, p.sigma)


@three.equals("averaged", twin=EXCHANGED, known=((AT[0], ".949905874"), (AT[1], ".86122")))
def three_members_of_weights(p, *, weights=WEIGHTS):
    """The same of averaged weights: a shared feature's vote counts its members' sum, squared."""
    return members_accuracy(p.p, p.classes, THREE, weights, p.sigma, averaged)


claim.ordering(
    "unequal_weights_help",
    "weights 1, .2, .5 in place of equal ones are better: near the best, 1, .16, .46 at p = .5",
    "outputs",
    "even",
    mode="three",
    at=Params(),
)


def weighted(p, a):
    """x of the three members at weights a."""
    lead, shared = scores(THREE, p.p)
    return a @ lead / jnp.sqrt(a @ shared @ a)


def best_three(p):
    """a = O^(-1) l, in units of the first."""
    lead, shared = scores(THREE, p.p)
    a = jnp.linalg.solve(jnp.asarray(shared), jnp.asarray(lead))
    return a / a[0]


ANY = Domain.around(Params(), p=(0.05, 1.0), scale=(0.01, 20.0), mixing=(0.05, 20.0))


@claim.never_above(
    lambda p: weighted(p, best_three(p)),
    over=ANY,
    points=48,
    known=((Params(), "1.225652"), (Params(p=1.0), ".942809")),
)
def no_weights_beat_the_best(p):
    """x is largest at a = O^(-1) l, x^2 = l.O^(-1) l: no weights 1, a_2, a_3 do better.

    a member with little of its own may get a negative weight: the second at p = .9
    """
    return weighted(p, jnp.stack([jnp.ones(()), p.scale, p.mixing]))


@claim.identity(
    lambda p: weighted(p, best_three(p)),
    over=ANY,
    points=16,
    within=1e-11,
    twin=Twin("as if none were shared", alone=True),
    known=((Params(), "1.708476"), (Params(p=1.0), "1.518406"), (Params(p=0.5), "2.640497")),
)
def best_score_of_three(p, *, alone=False):
    """l.O^(-1) l = x^2 at the best weights; none shared: the sum of x_m^2."""
    lead, shared = scores(THREE, p.p)
    shared = np.diag(np.diag(shared)) if alone else shared
    return jnp.sqrt(lead @ jnp.linalg.solve(jnp.asarray(shared), jnp.asarray(lead)))
