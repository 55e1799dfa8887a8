"""What a whole sample says of a frequency: the per-data-set theorem, and where tau_l is not it."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Gt, Le, Row, Scalar, Twin, closed_form
from theory.long_tail_memorization.counts import tau
from theory.long_tail_memorization.params import Params, two_weights

claim = Claims()


@jax.jit
def posterior_mean(count, others, ratio):
    """E[D(x) | S] by the law of the number of light points among the others, in logarithms."""
    others = jnp.moveaxis(others, -1, 0)
    size = jnp.broadcast_shapes(others.shape[1:], count.shape, ratio.shape)
    m, n = len(others), count + jnp.sum(others, axis=0)
    tilt, never = jnp.log(ratio), -1e300
    start = jnp.full((m + 1, *size), never).at[0].set(0.0)

    def add(logs, c):
        """One more point: heavy, or light with weight ratio^c."""
        light = jnp.concatenate([jnp.full((1, *size), never), logs[:-1] + c * tilt])
        return jnp.logaddexp(logs, light), None

    logs = jax.lax.scan(add, start, others)[0]
    light = jnp.arange(m + 1.0).reshape(-1, *(1 for _ in size))
    rest = m - light + light * ratio
    heavy_sum, light_sum = jnp.log(rest + 1), jnp.log(rest + ratio)
    both = jnp.stack([logs - n * heavy_sum, logs - n * light_sum + count * tilt])
    weight = jnp.exp(both - jax.lax.stop_gradient(jnp.max(both, axis=(0, 1))))
    own = jnp.stack([jnp.exp(-heavy_sum), jnp.exp(tilt - light_sum)])
    return jnp.sum(weight * own, axis=(0, 1)) / jnp.sum(weight, axis=(0, 1))


@closed_form(example={"count": 1, "others": [0.0, 2.0], "ratio": 0.1})
def frequency_given_sample(
    count: Annotated[Scalar, Ge(0), Le(10**6)],
    others: Annotated[Scalar, Ge(0), Le(10**6), Row],
    ratio: Annotated[Scalar, Gt(0), Le(1)],
):
    """E[D(x) | S] where x came ``count`` times and the others as often as ``others`` says.

    Each weight 1 or ``ratio`` by a fair coin, D = w/sum w, so P(S | w) ~ prod w^c/(sum w)^n: a mean
    over the number of light points, a sum of coins of chances ratio^c/(1 + ratio^c).
    """
    return posterior_mean(*(jnp.asarray(x, float) for x in (count, others, ratio)))


FEW = Params(N=3, n=3, ratio=0.05)
SMALL = Domain.around(FEW, ratio=(1e-3, 0.5))


def tau_iid(p):
    """tau_1 of two weights."""
    return tau(1, p.n, *two_weights(p))


@claim.identity(
    lambda p: jnp.asarray(1 / p.N),
    over=SMALL,
    within=1e-11,
    points=8,
    repaired_by="frequency_of_the_whole_sample",
)
def tau_given_every_sample(p):
    """E[D(x) | S] = tau_1 whatever the rest of S is: with all of n = N points distinct, 1/N.

    recalled as the key lemma of Theorem 2.3; false for weights drawn independently, N >= 3
    """
    return tau_iid(p)


@claim.identity(
    lambda p: frequency_given_sample(1.0, jnp.ones(p.N - 1), p.ratio),
    over=SMALL,
    within=1e-11,
    points=8,
    twin=Twin("tau_1", tau=1),
)
def distinct_points_are_alike(p, *, tau=0):
    """n = N distinct points: E[D(x) | S] = 1/N, by symmetry."""
    return tau_iid(p) if tau else jnp.asarray(1 / p.N)


def uneven(run):
    """Whether the sample is four copies of one point and one of another; and the other's D."""
    counts = run["counts"]
    once = counts == 1
    return (counts.max(axis=1) == 4) * 1.0, (run["D"] * once).sum(axis=1)


@claim.equals(
    lambda run, p: uneven(run)[0] * (uneven(run)[1] - frequency_given_sample(
        1.0, jnp.array([4.0, 0.0, 0.0, 0.0]), p.ratio)),
    mode="iid",
    at=Params(N=5, n=5, ratio=0.001),
    within=0.005,
    support=(-1.0, 1.0),
    trials=2**15,
    twin=Twin("tau_1 = .3033 for .4262",
              observable=lambda run, p: uneven(run)[0] * (uneven(run)[1] - tau_iid(p))),
)  # fmt: skip
def frequency_of_the_whole_sample(p):
    """E[(D(x) - E[D(x) | S]) 1{S has 4 copies and x}] = 0, a posterior mean over all weights.

    derived: it is what a correct bound per data set has in the place of tau_l
    """
    return 0.0
