"""Parities with noisy labels: y = <w, x> + a coin of chance eta, answered by maximum likelihood.

Not in the papers. Given the design, the answer is right where the noise e is the chosen leader of
its coset of the column space C; C has q^(D-k) coefficients for each vector, k the rank. A space of
codimension n - k has 2^(n-k) cosets: one has the leader 0, the others a leader of weight 1 at best.
"""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form
from theory.generalization_measures.params import Count, Params, linear
from theory.generalization_measures.ranks import ranks, subspace_accuracy

claim = Claims("derived; not in the papers")
sampled = claim.given(mode="noisy")
Noise = Annotated[Scalar, Ge(0), Le(0.5)]


@closed_form
@jax.jit
def noisy_accuracy_limit(n: Count, D: Count, noise: Noise):
    """E 2^(k-D) [(1-eta)^n + (2^(n-k) - 1) eta (1-eta)^(n-1)] >= P(L = 0), q = 2, k the rank.

    Equality for k >= n - 1, and at eta = 0 and 1/2.
    """
    chance, missing = ranks(2.0, n, D)
    others = jnp.asarray(n - D, float)[..., None] + missing  # n - k
    none = jnp.asarray((1.0 - noise) ** n)[..., None]
    one = jnp.asarray(noise * (1.0 - noise) ** (n - 1.0))[..., None]
    each = jnp.exp2(-missing) * (none - one) + jnp.exp2(others - missing) * one
    return jnp.sum(chance * jnp.minimum(each, 1.0), axis=-1)


def confidence(run, p):
    """The posterior of the answer: candidates by their errors, the odds eta/(1 - eta) each."""
    odds = p.noise / (1 - p.noise)
    least = run["least"][:, None]
    more = np.maximum(np.arange(run["candidates"].shape[1]) - least, 0)
    return 1 / np.sum(run["candidates"] * odds**more, axis=1)


def noisy_fails(run, p):
    """The best estimator: 0 where the posterior of the answer is above 1/2, else 1/2."""
    return (confidence(run, p) > 0.5) != (run["right"] > 0)


def excess(run, p):
    """Failures above what the posterior says of them."""
    sure = confidence(run, p)
    return noisy_fails(run, p) - np.minimum(sure, 1 - sure)


WIDE = (linear(2, 4, 5, noise=0.1), linear(2, 6, 7, noise=0.02))


@sampled.equals(
    noisy_fails,
    at=WIDE,
    within=0.02,
    why="1 % asked for; ranks below n - 1 have chance under .016, and their answers under 1/8",
    twin=Twin("noise ignored", noise=0.0),
)
def noisy_labels(p, *, noise=None):
    """D > n: delta* = P(L = 0), for no answer is more likely than not; noise lowers both alike.

    (1-eta)^n E 2^(k-D) and a little: what noise takes from learning it gives to estimating.
    """
    return noisy_accuracy_limit(p.n, p.D, p.noise if noise is None else noise)


@sampled.equals(
    excess,
    at=(linear(2, 8, 5, noise=0.1), linear(2, 6, 6, noise=0.05)),
    within=0.02,
    support=(-1.0, 1.0),
    twin=Twin(
        "labels taken for clean ones", observable=lambda run, p: excess(run, p.but(noise=1e-3))
    ),
)
def noisy_labels_posterior(p):
    """At every n: delta* = E min(c, 1 - c), c the posterior of the answer."""
    return 0.0 * p.noise


@claim.never_above(
    lambda p: subspace_accuracy(2, p.n, p.D),
    over=Domain.around(Params(D=20, s=1), n=(1, 9), D=(10, 20), noise=(0.0, 0.5)),
    points=32,
)
def noisy_labels_between(p):
    """n < D: noise lowers learning and failure alike, from E 2^(k-D) at eta = 0 to 2^-D at 1/2."""
    return noisy_accuracy_limit(p.n, p.D, p.noise)
