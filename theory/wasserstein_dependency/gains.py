"""What the factors that a representation lacks would still add: CPC, WDM and between."""

import jax.numpy as jnp

from theory import Claims, Domain, Twin, log
from theory.wasserstein_dependency.infonce import hit_deficit
from theory.wasserstein_dependency.lipschitz import (
    FOUR, lipschitz_deficit, wdm_euclidean, wdm_hamming,
)  # fmt: skip
from theory.wasserstein_dependency.params import Params

claim = Claims("derived")
symbols = claim.given(mode="symbols")


@symbols.equals(
    lambda run, p: log(p.K / run["half_count"]),
    at=FOUR.but(alphabet=4),
    within=0.02,
    support=(0.0, lambda p: log(p.K * 1.0)),
    twin=Twin("all factors seen", all=True),
)
def incomplete_representation(p, *, all=False):
    """A critic that sees half of the factors gets ln K - E ln(1 + Bin(K - 1, 1/M_T)).

    M_T is the product of the alphabets it sees.
    """
    seen = p.messages if all else 1.0 * p.alphabet ** (p.g // 2)
    return log(p.K * 1.0) - hit_deficit(p.K, seen)


symbols.ordering(
    "seeing_all_is_worth_more",
    "A critic that sees all factors has a larger InfoNCE than one that sees half of them",
    lambda run, p: log(p.K / run["count"]),
    lambda run, p: log(p.K / run["half_count"]),
    at=FOUR.but(alphabet=4),
    support=(lambda p: -log(p.K * 1.0), lambda p: log(p.K * 1.0)),
    source="derived: with fewer factors seen, more negatives look like y",
)


@claim.scaling(
    -1.0,
    along=tuple(Params(K=128, g=k) for k in (4, 5, 6, 7)),
    size=lambda p: p.messages,
    within=0.01,
    why="K/(4 M) of the gain: under 1 % at M = 10^4",
    twin=Twin("l^(-k/2)", exponent=-0.5),
)
def gains_fall_exponentially(p):
    """CPC: what all remaining factors add after k of them falls like l^-k, from l^k >> K on."""
    return hit_deficit(p.K, p.messages) - hit_deficit(p.K, p.messages * 1e20)


@claim.identity(
    lambda p: 1 - 1 / p.alphabet,
    over=Domain.around(Params(), alphabet=(2, 1000), g=(1, 6)),
    points=16,
    within=1e-12,
    twin=Twin("a gain that falls like 1/k", shrinking=True),
)
def hamming_gains_are_constant(p, *, shrinking=False):
    """Hamming: the k-th factor adds 1 - 1/l to W, whatever is captured already."""
    sizes = jnp.full(p.g + 1, 1.0 * p.alphabet)
    gain = wdm_hamming(sizes) - wdm_hamming(sizes[:-1])
    return gain / (p.g + 1) if shrinking else gain


@claim.scaling(
    -0.5,
    along=tuple(Params(g=g) for g in (7, 15, 31, 63)),
    size=lambda p: p.g + 0.5,
    within=0.02,
    why="the next order, 1/g^2 about the middle",
    twin=Twin("a constant gain", exponent=0.0),
)
def euclidean_gains_fall_like_the_root(p):
    """Euclidean: the k-th factor adds about sqrt((1 - 1/l)/(2 k)) to W: a power law."""
    return wdm_euclidean(p.alphabet, p.g + 1) - wdm_euclidean(p.alphabet, p.g)


@claim.never_above(
    0.02,
    over=Domain.around(FOUR.but(kappa=5.0), kappa=(4.9, 20.0), g=(4, 12)),
    points=32,
    twin=Twin("nor at a smaller scale", domain=Domain.around(FOUR, kappa=(0.1, 0.5), g=(4, 12))),
)
def lipschitz_alone_is_no_cure(p):
    """kappa = 5, K = 128, l = 10: after four factors all others add at most .02 to J_K(kappa)."""
    return lipschitz_deficit(p.kappa, p.K, p.alphabet, p.g)
