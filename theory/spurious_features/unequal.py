"""How unequal members should be weighted, with exact weights and with those of N samples.

Outputs f + lambda^2 f': the leads' mean over their spread is x = (l + t l')/sqrt(n_s + t^2 m_s +
2 t o_s), t = lambda^2, l = n_v + (1-p) n_s and l' of the second. It is largest at the solution of
two linear equations: members weigh as mean over variance. Class means of N samples carry noise of
their own, which ensembles of independent samples average; it counts as n^2, so that fewer samples
shrink the larger member.
"""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, sqrt
from theory.spurious_features.ensembles import MIXED, better, outputs_x
from theory.spurious_features.members import Pattern, members_accuracy, outputs, patterned
from theory.spurious_features.params import EXAMPLE, IN_BOTH, Count, Params, Shift, Used, pair
from theory.spurious_features.votes import vote_accuracy

claim = Claims("derived")
TWO = {"n_v": 3, "n_s": 4, "m_v": 1, "m_s": 16}
APART = (
    f"{IN_BOTH} (nor may both use the same features)",
    lambda o_s, n_s, m_s: (o_s <= n_s) & (o_s <= m_s) & (o_s**2 < n_s * m_s),
)
SOME = "leaves the first member no weight: it has the least mean for its spread"
Noise = Annotated[Scalar, Ge(0), Le(10)]
Samples = Annotated[Scalar, Ge(1), Le(1e12)]


def lead(p, n_v, n_s):
    """The mean lead of a member's votes over one wrong class."""
    return n_v + (1 - p) * n_s


def ahead(p, n_v, n_s, m_v, m_s, o_s):
    """Whether the first member's best weight is positive."""
    return m_s * lead(p, n_v, n_s) > o_s * lead(p, m_v, m_s)


@closed_form(
    example=TWO | {"o_s": 1},
    o_s=APART,
    n_v=(SOME, lambda n_v, p, n_s, m_v, m_s, o_s: ahead(p, n_v, n_s, m_v, m_s, o_s)),
)
def best_scale(p: Shift, n_v: Count, n_s: Used, m_v: Count, m_s: Used, o_s: Count) -> Any:
    """t = (n_s l' - o_s l)/(m_s l - o_s l'): the best weight of the second output, the first's 1.

    l = n_v + (1-p) n_s, l' = m_v + (1-p) m_s; below 0 where its votes should be taken off.
    """
    one, two = lead(p, n_v, n_s), lead(p, m_v, m_s)
    return (n_s * two - o_s * one) / (m_s * one - o_s * two)


@closed_form(example=TWO | {"o_s": 1}, o_s=APART)
def best_score(p: Shift, n_v: Count, n_s: Used, m_v: Count, m_s: Used, o_s: Count) -> Any:
    """x there: sqrt((m_s l^2 - 2 o_s l l' + n_s l'^2)/(n_s m_s - o_s^2)).

    None shared: x^2 = x_1^2 + x_2^2, so that weighted members never hurt.
    """
    one, two = lead(p, n_v, n_s), lead(p, m_v, m_s)
    square = m_s * one**2 - 2 * o_s * one * two + n_s * two**2
    return sqrt(square / (n_s * m_s - o_s**2))


def spread(p, n_v, n_s, m_v, m_s, sigma, samples):
    """Variances of both members' leads, K = 2: votes, noise, and noise of the weights."""
    n, m = n_v + n_s, m_v + m_s
    noise = 2 * sigma**2 * (1 + (1 + 2 * sigma**2 * (n + m)) / samples)
    return p * (2 - p) * n_s + noise * n**2, p * (2 - p) * m_s + noise * m**2


@closed_form(example=TWO | {"sigma": 0.2, "samples": 4.0})
def sampled_scale(
    p: Annotated[Scalar, Ge(0.01), Le(1)],
    n_v: Annotated[Scalar, Ge(1), Le(1e6)],
    n_s: Used,
    m_v: Count,
    m_s: Used,
    sigma: Noise,
    samples: Samples,
) -> Any:
    """The best weight of the second output, two classes, none shared, weights of N samples.

    (l'/V')/(l/V), V = p (2 - p) n_s + 2 sigma^2 n^2 (1 + (1 + sigma^2 d)/N), n = n_v + n_s; d =
    2 (n + m) coordinates. Many samples, no noise: :func:`best_scale`.
    """
    one, two = spread(p, n_v, n_s, m_v, m_s, sigma, samples)
    return lead(p, m_v, m_s) * one / (lead(p, n_v, n_s) * two)


# --------------------------------------------------------------------------------------------
# Exact weights

UNEQUAL = Params(**TWO, scale=0.19)
SHARING = Domain.around(UNEQUAL, p=(0.1, 1.0), n_v=(3, 9), n_s=(6, 20), m_v=(0, 4), m_s=(8, 30),
                        o_s=(0, 5), scale=(0.01, 20.0))  # fmt: skip


def scaled_x(p, t):
    """x of outputs f + t f'."""
    top = lead(p.p, p.n_v, p.n_s) + t * lead(p.p, p.m_v, p.m_s)
    return top / sqrt(p.n_s + t**2 * p.m_s + 2 * t * p.o_s)


@claim.identity(
    lambda p: best_score(p.p, *p.members, p.o_s),
    over=SHARING,
    points=48,
    within=1e-11,
    twin=Twin("weights as x, not mean over variance", root=0.5),
    known=((UNEQUAL, "1.820027"),),
)
def best_scale_attains_the_best_score(p, *, root=1):
    """x at t = (n_s l' - o_s l)/(m_s l - o_s l') is the best score."""
    t = best_scale(p.p, *p.members, p.o_s)
    return scaled_x(p, t if root == 1 else sqrt(p.n_s / p.m_s) * t)


@claim.never_above(lambda p: best_score(p.p, *p.members, p.o_s), over=SHARING, points=64)
def no_scale_beats_it(p):
    """x <= best_score for every weight of the second member: Cauchy and Schwarz."""
    return scaled_x(p, p.scale)


@claim.never_below(
    lambda p: better(p)[0], over=MIXED, points=128, twin=Twin("of equal weights", even=True)
)
def weighted_members_never_hurt(p, *, even=False):
    """None shared: the best weights have x^2 = x_1^2 + x_2^2, at least that of the better."""
    return outputs_x(p) if even else best_score(p.p, *p.members, 0)


claim.ordering(
    "best_scale_helps",
    "members (3, 4), (1, 16), p = .9: at t = .19 the ensemble beats the better one; 1.82 > 1.70",
    "ose",
    "first",
    at=UNEQUAL,
)


def two(p):
    """The pattern of the two models."""
    stable = (p.n_v - p.o_v, p.m_v - p.o_v, p.o_v)
    return Pattern(((1, 0), (0, 1), (1, 1)), stable, (p.n_s - p.o_s, p.m_s - p.o_s, p.o_s))


@claim.equals(
    "ose",
    at=(UNEQUAL, Params(n_v=2, n_s=4, m_v=1, m_s=8, o_v=1, o_s=2, scale=0.6, sigma=0.1)),
    within=0.006,
    trials=40_000,
    why="exact law: the width asked for",
    twin=Twin("equal weights", scale=1.0),
    known=((UNEQUAL, ".971"),),
)
def unequal_outputs(p, *, scale=None):
    """Outputs f + t f' of two unequal members, sharing or not, exactly: sums over votes."""
    t = p.scale if scale is None else scale
    return members_accuracy(p.p, p.classes, two(p), jnp.stack([1.0, t]), p.sigma)


# --------------------------------------------------------------------------------------------
# The Bayes rule

ALIKE = pair(0, 8, o_s=4, p=0.7)


@claim.never_above(
    lambda p: vote_accuracy(p.p, 3, 0.0, 6, 3, 1.0),
    over=Domain.around(EXAMPLE, p=(0.1, 1.0), scale=(0.1, 10.0)),
    points=32,
    twin=Twin("beside an invariant feature", invariant=1.0),
)
def equal_votes_are_best(p, *, invariant=0.0):
    """Spurious votes alone: none beats equal weights; each is log(r/q) to the Bayes rule.

    an invariant feature, without noise, has infinite weight there: it is always right
    """
    return vote_accuracy(p.p, 3, invariant, 6, 3, p.scale)


@claim.equals(
    "once",
    at=ALIKE,
    within=0.008,
    why="exact law: the width asked for",
    twin=Twin("shared votes twice, as in the ensemble", twice=2.0),
    known=((ALIKE, ".821278"),),
)
def each_feature_once(p, *, twice=1.0):
    """The Bayes rule of two models' spurious features: each counts once, whoever uses it."""
    apart = p.n_s + p.m_s - 2 * p.o_s
    return vote_accuracy(p.p, p.classes, 0.0, apart, p.o_s, twice)


claim.ordering(
    "counting_twice_costs", "shared features counted twice, as outputs do, are a loss", "once",
    "ose", at=ALIKE,
)  # fmt: skip

# --------------------------------------------------------------------------------------------
# Weights of N samples

FEW = (EXAMPLE.but(sigma=0.2, samples=2.0), pair(2, 4, o_v=1, o_s=2, sigma=0.15, samples=1.0))
sampled = claim.given(
    mode="sampled",
    at=FEW,
    within=0.015,
    why="|x Phi|^2 for its mean: of relative spread sqrt(2 d) sigma^2/(1 + sigma^2 d) < .15",
)


def coordinates(p):
    """d = K times the features of both models."""
    return p.classes * (p.n_v + p.n_s + p.m_v + p.m_s - p.o_v - p.o_s)


def own_noise(p):
    """(1 + sigma^2 d)/N: noise of a member's weights beside the features', both in n^2 sigma^2."""
    return (1 + p.sigma**2 * coordinates(p)) / p.samples


@sampled.equals("first", twin=Twin("infinite data", noise=0))
def sampled_member(p, *, noise=1):
    """Class means of N samples: noise sigma n sqrt(1 + (1 + sigma^2 d)/N) of a vote count."""
    s = p.sigma * (p.n_v + p.n_s) * sqrt(1 + noise * own_noise(p))
    return vote_accuracy(p.p, p.classes, p.n_v, p.n_s, noise=s)


@sampled.equals("outputs", twin=Twin("the same noise in both members", both=1))
def sampled_outputs(p, *, both=0):
    """Independent samples: members' noises add in square, shared features or not."""
    invariant, votes, s = outputs(two(p), jnp.stack([1.0, p.scale]), p.sigma)
    n, m = p.n_v + p.n_s, p.scale * (p.m_v + p.m_s)
    s = sqrt(s**2 + p.sigma**2 * own_noise(p) * (n**2 + m**2 + 6 * both * n * m))
    return patterned(p.p, invariant, votes, s, p.classes, two(p).spurious)


NOISY = Params(**TWO, classes=2, sigma=0.1, samples=2.0)
SIZES = Domain.around(NOISY, p=(0.1, 1.0), n_v=(1, 9), n_s=(1, 20), m_v=(0, 8), m_s=(1, 30),
                      sigma=(0.0, 1.0), samples=(1.0, 1000.0), scale=(0.01, 20.0))  # fmt: skip


def sampled_score(p, t):
    """Mean over standard deviation of the lead of f + t f', K = 2."""
    one, other = spread(p.p, *p.members, sigma=p.sigma, samples=p.samples)
    return (lead(p.p, p.n_v, p.n_s) + t * lead(p.p, p.m_v, p.m_s)) / sqrt(one + t**2 * other)


@claim.never_above(
    lambda p: sampled_score(p, sampled_scale(p.p, *p.members, p.sigma, p.samples)),
    over=SIZES,
    points=64,
    known=((NOISY, "1.06799"),),
)
def no_scale_beats_the_sampled_one(p):
    """K = 2: no other weight of the second member has a larger mean lead over its spread."""
    return sampled_score(p, p.scale)


@claim.nonnegative(
    over=Domain.around(NOISY, p=(0.1, 1.0), sigma=(0.02, 1.0), samples=(1.0, 1000.0)),
    points=32,
    twin=Twin("the smaller one's, too", members=(1, 16, 3, 4)),
)
def fewer_samples_shrink_the_larger(p, *, members=(3, 4, 1, 16)):
    """The best weight rises with N where m^2/m_s > n^2/n_s: here 289/16 > 49/4."""
    some, more = (sampled_scale(p.p, *members, p.sigma, n * p.samples) for n in (1, 2))
    return more - some


SHRUNK = NOISY.but(scale=0.15)
claim.ordering(
    "shrinking_helps",
    "two classes, two samples a class, sigma = .1: t = .15 for the larger member beats 1",
    "outputs",
    "even",
    mode="sampled",
    at=SHRUNK,
)
