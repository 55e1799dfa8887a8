"""Symbols under a Lipschitz critic: the dependency W, InfoNCE between W and its cap, and gains."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Twin, binomial_pmf, closed_form, exp, log, log1p, minimum, sqrt, total,
)  # fmt: skip
from theory.wasserstein_dependency.infonce import LOG_T, hit_deficit, mean_log_count
from theory.wasserstein_dependency.params import (
    METRICS, Alphabet, Alphabets, Candidates, Factors, Params, Slope,
)  # fmt: skip

claim = Claims("derived")
SOME = {"sizes": [3.0, 5.0, 2.0], "K": 8, "alphabet": 10, "g": 4}
MOST = 64


def distances(metric, most=MOST):
    """From a pair with 0, 1, .. mismatched factors to the nearest consistent one."""
    if metric not in METRICS:
        raise ValueError(f"metric = {metric!r} is not one of {METRICS}")
    n = np.arange(most + 1.0)
    return n if metric == "hamming" else np.sqrt(2 * n)


def _deficit(kappa: Any, K: Any, weights: Any, far: Any) -> Any:
    """E ln(1 + sum_{j >= 2} exp(-kappa D_j)), D_j = far with these weights."""
    kappa, K = (jnp.asarray(v, float)[..., None] for v in (kappa, K))
    shrunk = jnp.exp(-kappa * far)[..., None, :]
    lost = -jnp.expm1(-np.exp(LOG_T)[:, None] * shrunk)
    mean = jnp.sum(weights[..., None, :] * lost, -1)
    some = mean < 1  # rounding
    left = (K - 1) * log1p(-jnp.where(some, mean, 0.5))
    return mean_log_count(jnp.where(some, -jnp.expm1(left), 1.0))


@closed_form(example=SOME)
def lipschitz_deficit(
    kappa: Slope, K: Candidates, alphabet: Alphabet, g: Factors, metric: str = "hamming"
) -> Any:
    """ln K - J_K(kappa) of g factors of l symbols: E ln(1 + sum_{j >= 2} exp(-kappa D_j)).

    The best critic is -kappa times the distance D to the support of P: n mismatched factors, or
    sqrt(2 n). ln K at kappa = 0.
    """
    alphabet, g = (jnp.asarray(v, float)[..., None] for v in (alphabet, g))
    weights = binomial_pmf(np.arange(MOST + 1.0), g, 1 - 1 / alphabet)
    return _deficit(kappa, K, weights, distances(metric))


def mismatches(sizes: Any) -> Any:
    """The law of the number of mismatched factors, for alphabets of any sizes (last axis)."""
    sizes = jnp.asarray(sizes, float)
    weights = jnp.ones((*sizes.shape[:-1], 1))
    for i in range(sizes.shape[-1]):
        hit = 1 / sizes[..., i : i + 1]
        zero = jnp.zeros_like(hit)
        weights = jnp.concatenate([weights, zero], -1) * hit + jnp.concatenate(
            [zero, weights], -1
        ) * (1 - hit)
    return weights


@closed_form(example=SOME)
def unequal_deficit(kappa: Slope, K: Candidates, sizes: Alphabets, metric: str = "hamming") -> Any:
    """The same for alphabets of unequal sizes."""
    weights = mismatches(sizes)
    return _deficit(kappa, K, weights, distances(metric, weights.shape[-1] - 1))


@closed_form(example=SOME)
def wdm_hamming(sizes: Alphabets) -> Any:
    """W of S under the Hamming metric: sum_i (1 - 1/l_i)."""
    return total(1 - 1 / jnp.asarray(sizes, float))


@closed_form(example=SOME)
def wdm_euclidean(alphabet: Alphabet, g: Factors) -> Any:
    """W of S under the Euclidean metric of one-hot codes: E sqrt(2 N), N ~ Bin(g, 1 - 1/l)."""
    alphabet, g = (jnp.asarray(v, float)[..., None] for v in (alphabet, g))
    far = distances("euclidean")
    return jnp.sum(far * binomial_pmf(np.arange(MOST + 1.0), g, 1 - 1 / alphabet), -1)


# --------------------------------------------------------------------------------------------
# The dependency

symbols = claim.given(mode="symbols")
SMALL = Params(alphabet=3, g=2, K=3)
FOUR = Params(g=4, K=128)


def hamming(p):
    """W under Hamming."""
    return p.g * (1 - 1 / p.alphabet)


@symbols.equals(
    "plan",
    at=(SMALL, FOUR),
    within=0.03,
    support=(0.0, lambda p: p.g),
    twin=Twin("both symbols moved: 2 sum (1 - 1/l)", times=2),
    known=((SMALL, "1.3333"),),
)
def wdm_deterministic_code(p, *, times=1):
    """S, Hamming: W = sum_i (1 - 1/l_i), by the plan (x, y) -> (x, pi(x)).

    derived: the critic -dist(z, supp P) has the same value, so both are best
    """
    return times * wdm_hamming(jnp.full(p.g, 1.0 * p.alphabet))


@symbols.equals(
    lambda run, p: np.sqrt(2 * run["plan"]),
    at=(SMALL, FOUR),
    within=0.03,
    support=(0.0, lambda p: sqrt(2.0 * p.g)),
    twin=Twin("additive over factors", additive=True),
    known=((SMALL, "1.517428"),),
)
def wdm_of_one_hot_codes(p, *, additive=False):
    """S, Euclidean: W = E sqrt(2 N), N the number of mismatched factors."""
    if additive:
        return p.g * wdm_euclidean(p.alphabet, 1)
    return wdm_euclidean(p.alphabet, p.g)


claim.every_trial(
    lambda run, p: np.abs(run["plan"] - run["distance"]),
    mode="code",
    name="plan_meets_critic",
    says="The plan's way is the distance to the nearest of all consistent pairs: no gap is left",
    source="derived: weak duality",
    within=1e-12,
    at=SMALL,
    trials=512,
    twin=Twin("twice the way", observable=lambda run, p: 2 * run["plan"] - run["distance"]),
)


@claim.limit(
    1.0,
    along=tuple(Params(g=g) for g in (8, 16, 32, 64)),
    size=lambda p: p.g,
    rate=-1,
    within=0.05,
    why="the next order: c/(g (l - 1)) of the gap, under 3 % at g = 8",
    last_gap=0.003,
    twin=Twin("1 - 1/(4 g (l - 1))", limit=1.002),
)
def euclidean_dependency_grows_like_the_root(p):
    """S, Euclidean: W = sqrt(2 g (1 - 1/l)) (1 - 1/(8 g (l - 1)) + ...)."""
    return wdm_euclidean(p.alphabet, p.g) / sqrt(2 * hamming(p))


FACTORS = Domain.around(Params(), alphabet=(2, 1000), g=(1, 64))


@claim.never_above(lambda p: p.g * wdm_euclidean(p.alphabet, 1), over=FACTORS, points=24)
def wdm_tensorisation(p):
    """Euclidean: max_k W_k <= W <= sum_k W_k; only an additive metric makes W additive."""
    return wdm_euclidean(p.alphabet, p.g)


@claim.never_below(lambda p: wdm_euclidean(p.alphabet, 1), over=FACTORS, points=24)
def wdm_at_least_each_factor(p):
    """Euclidean: W is at least the W of every factor."""
    return wdm_euclidean(p.alphabet, p.g)


@claim.scaling(
    1.0,
    along=tuple(Params(g=g) for g in (8, 16, 32, 64)),
    size=lambda p: p.g,
    within=0.05,
    why="MI grows with exponent 1",
    repaired_by="wdm_tensorisation",
)
def wdm_grows_like_information(p):
    """W grows in proportion to the information, whatever the metric.

    a reading of the paper's thesis, without the condition on the metric
    """
    return wdm_euclidean(p.alphabet, p.g)


# --------------------------------------------------------------------------------------------
# InfoNCE with a Lipschitz critic

CRITICS = Domain.around(Params(), K=(2, 10_000), alphabet=(2, 1000), g=(1, 12), kappa=(0.0, 20.0))


def value(p, metric="hamming"):
    """J_K(kappa)."""
    return log(p.K * 1.0) - lipschitz_deficit(p.kappa, p.K, p.alphabet, p.g, metric)


def caps(p, w):
    """min(ln K, I, (1 - 1/K) kappa W)."""
    return minimum(minimum(log(p.K * 1.0), log(p.messages)), (1 - 1 / p.K) * p.kappa * w)


@claim.never_above(lambda p: caps(p, hamming(p)), over=CRITICS, points=24)
def wpc_sandwich(p):
    """J_K(kappa) <= min(ln K, I, (1 - 1/K) kappa W), Hamming."""
    return value(p)


@claim.never_above(lambda p: caps(p, wdm_euclidean(p.alphabet, p.g)), over=CRITICS, points=24)
def wpc_sandwich_euclidean(p):
    """J_K(kappa) <= min(ln K, I, (1 - 1/K) kappa W), Euclidean."""
    return value(p, "euclidean")


@claim.limit(
    lambda p: (1 - 1 / p.K) * hamming(p),
    along=tuple(FOUR.but(K=3, kappa=k) for k in (0.16, 0.08, 0.04, 0.02)),
    size=lambda p: 1 / p.kappa,
    rate=-1,
    within=0.1,
    why="the next order in kappa g",
    last_gap=0.05,
    twin=Twin("W without 1 - 1/K", limit=3.6),
)
def weak_critic_measures_the_wdm(p):
    """J_K(kappa)/kappa -> (1 - 1/K) W as kappa -> 0: InfoNCE with a weak critic is the WDM."""
    return value(p) / p.kappa


@claim.limit(
    0.0,
    along=tuple(FOUR.but(kappa=k) for k in (8.0, 9.0, 10.0, 11.0)),
    size=lambda p: np.exp(p.kappa),
    rate=-1,
    within=0.02,
    why="the next order, K e^(-kappa) g",
    last_gap=0.01,
    twin=Twin("e^(-kappa/2)", exponent=-0.5),
)
def strong_critic_is_infonce(p):
    """J_K(kappa) rises to J*_K, the gap falling like e^(-kappa): a Lipschitz bound that is too
    wide cures nothing."""
    free = hit_deficit(p.K, p.messages)
    return lipschitz_deficit(p.kappa, p.K, p.alphabet, p.g) - free


@symbols.equals(
    "lipschitz",
    at=(FOUR, SMALL),
    within=0.02,
    support=(0.0, lambda p: log(p.K * 1.0)),
    twin=Twin("no grading by distance: 1[n > 0]", graded=False),
    known=(
        (FOUR, "1.713"), (FOUR.but(g=1), ".433"), (FOUR.but(g=8), "3.275"),
        (FOUR.but(g=12), "4.340"), (FOUR.but(kappa=0.05), ".178"),
        (FOUR.but(kappa=5.0), "4.840"), (FOUR.but(kappa=5.0, g=1), "2.208"),
    ),
)  # fmt: skip
def wpc_discrete_exact(p, *, graded=True):
    """S, Hamming: J_K(kappa) = ln K - E ln(1 + sum_j exp(-kappa n_j)), j >= 2.

    derived: J_K is concave, so a symmetric critic is best; it falls in f off the support of P

    n_j ~ Bin(g, 1 - 1/l), the mismatched factors of a negative.
    """
    if not graded:
        return log(p.K * 1.0) - lipschitz_deficit(p.kappa, p.K, p.messages, 1)
    return value(p)


@claim.never_below(
    lambda p: log(p.K * 1.0) - log1p(
        (p.K - 1) * (1 / p.alphabet + (1 - 1 / p.alphabet) * exp(-p.kappa)) ** p.g
    ),
    over=CRITICS,
    points=24,
)  # fmt: skip
def wpc_from_below(p):
    """J_K(kappa) >= ln K - ln(1 + (K - 1) m), m = (1/l + (1 - 1/l) exp(-kappa))^g."""
    return value(p)
