"""Noise of finite size, shifts of every size, and features that flip together."""

from theory import Claims, Domain, Twin, normal_cdf, sqrt
from theory.spurious_features.params import EXAMPLE, LARGE, pair
from theory.spurious_features.votes import flip_bound, id_accuracy, right_share, vote_accuracy

claim = Claims("derived")
counted = claim.given(why="exact law: the width asked for")


# --------------------------------------------------------------------------------------------
# Noise

NOISY = (EXAMPLE.but(sigma=0.2), pair(2, 4, o_v=1, o_s=2, sigma=0.15))
full = claim.given(mode="vectors", at=NOISY, within=0.015, why="exact law: the width asked for")


def with_noise(p, which, *, wide=1.0):
    """Exact accuracy of members and ensembles of equal size at finite noise."""
    n, shared = p.n_v + p.n_s, p.o_v + p.o_s
    if which == "first":
        return vote_accuracy(p.p, p.classes, p.n_v, p.n_s, noise=wide * p.sigma * n)
    alone, times = 2 * (p.n_s - p.o_s), 2 if which == "ose" else 4
    lead = 2 * p.n_v if which == "ose" else 2 * p.n_v + 2 * p.o_v
    s = sqrt(2 * n**2 + 2 * shared**2) if which == "ose" else 2 * n + 2 * shared
    return vote_accuracy(p.p, p.classes, lead, alone, p.o_s, times, noise=wide * p.sigma * s)


@full.equals(
    "first",
    twin=Twin("noise sqrt(n) sigma", wide=5**-0.5),
    known=((NOISY[0], ".78146"), (NOISY[1], ".782")),
)
def noisy_member(p, *, wide=1.0):
    """One model's votes carry noise sigma (n_v + n_s): n columns on each of n attributes."""
    return with_noise(p, "first", wide=wide)


@full.equals(
    "ose",
    twin=Twin("one member's noise", wide=0.5**0.5),
    known=((NOISY[0], ".90267"), (NOISY[1], ".843")),
)
def noisy_outputs(p, *, wide=1.0):
    """The output ensemble's carry sigma sqrt(n^2 + m^2 + 2 o^2), o features shared."""
    return with_noise(p, "ose", wide=wide)


@full.equals(
    "wse",
    twin=Twin("no cross terms", wide=0.5**0.5),
    known=((NOISY[0], ".84045"), (NOISY[1], ".775")),
)
def noisy_weights(p, *, wide=1.0):
    """The weight ensemble's carry sigma (n + m + 2 o): weights meet the other model's noise."""
    return with_noise(p, "wse", wide=wide)


@claim.equals(
    "first",
    mode="vectors",
    at=(EXAMPLE.but(p=0.0, sigma=0.5), EXAMPLE.but(p=0.0, sigma=1.0)),
    within=0.01,
    why="exact law: the width asked for",
    twin=Twin("no common noise", common=False),
    known=((EXAMPLE.but(p=0.0, sigma=0.5), ".8657672"),),
)
def id_accuracy_one(p, *, common=True):
    """In distribution A = E Phi(u + 1/sigma)^(K-1) whatever the size; 1 without noise."""
    if common:
        return id_accuracy(p.sigma, p.classes)
    return normal_cdf(1 / p.sigma) ** (p.classes - 1)


def moved(p):
    """|A_s - A_0| of one model."""
    hard, soft = (vote_accuracy(p.p, p.classes, 2, 3, noise=s) for s in (0.0, p.sigma))
    return abs(soft - hard)


@claim.never_above(
    lambda p: flip_bound(p.sigma, p.classes),
    over=Domain.around(EXAMPLE.but(classes=2), p=(0.0, 1.0), sigma=(0.05, 1.5)),
    points=48,
    twin=Twin("sqrt 2 lost", larger=lambda p: flip_bound(p.sigma / sqrt(2), p.classes)),
)
def noise_bound(p):
    """|A_s - A_0| <= (K-1) Phi(-1/(sqrt 2 s)), s the noise of a vote count; weights are 1."""
    return moved(p)


# --------------------------------------------------------------------------------------------
# Shifts


@claim.never_below(
    lambda p: vote_accuracy((1 + p.p) / 2, 3, p.n_v, 6, 2, 4.0),
    over=Domain.around(LARGE, p=(0.0, 1.0), n_v=(0, 6)),
    points=48,
    twin=Twin("the reverse", smaller=lambda p: vote_accuracy(p.p / 2, 3, p.n_v, 6, 2, 4.0)),
)
def ood_accuracy_decreasing_in_p(p):
    """A falls in p, for all weights: A(p) >= A((1 + p)/2)."""
    return vote_accuracy(p.p, 3, p.n_v, 6, 2, 4.0)


GROUPS = LARGE.but(patch=4)


@counted.equals(
    "first",
    at=GROUPS,
    within=0.01,
    twin=Twin("every feature flips alone", together=False),
    known=((GROUPS, ".76024"),),
)
def flips_in_groups(p, *, together=True):
    """g features that share a flip are one of weight g: A(n_v/g, n_s/g), towards one of all."""
    g = p.patch if together else 1
    return vote_accuracy(p.p, p.classes, p.n_v / g, p.n_s // g)


@counted.equals(
    "first",
    at=pair(0, 20, patch=20),
    within=0.01,
    twin=Twin("flips go to wrong classes", back=0),
    known=((pair(0, 20, patch=20), ".4"),),
)
def one_flip_alone(p, *, back=1):
    """All patches share one flip, nothing is invariant: A = 1 - p + p/K."""
    return right_share(p.p, p.classes) if back else 1 - p.p
