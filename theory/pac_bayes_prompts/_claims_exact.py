"""Claims on prior and coverage that no random number can change, by enumeration."""

import functools
import math
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Domain,
    Ge,
    Identity,
    Inequality,
    Le,
    Logarithmic,
    Twin,
)
from theory.pac_bayes_prompts._binary_kl import binary_kl_interior
from theory.pac_bayes_prompts._bounds import (
    mcallester,
    nonvacuous_from,
    nonvacuous_from_hoeffding,
    nonvacuous_from_mcallester,
    occam_hoeffding,
    occam_kl,
)
from theory.pac_bayes_prompts._claims_bounds import N_EPS, SMALL_SAMPLES, TABLE, kl_moment
from theory.pac_bayes_prompts._params import TEMPLATE, Params, Point
from theory.pac_bayes_prompts._prior import (
    all_prompts,
    gibbs,
    initial_law,
    log_class_size,
    log_prior,
    prior_entropy,
)
from theory.pac_bayes_prompts._smallest import smallest_of_independent
from theory.pac_bayes_prompts._template import all_template_risks
from theory.pac_bayes_prompts._validity import (
    binomial_expectation,
    ever_broken,
    log_betting_wealth,
    log_mixture_wealth,
    random_label_floor,
    violation_probabilities,
)


@jax.jit
def _mixture_moment(n, risk):
    k = jnp.minimum(jnp.arange(TABLE), n)
    return binomial_expectation(jnp.exp(log_mixture_wealth(k, n, risk)), n, risk)


# --------------------------------------------------------------------------------------------
# The prior

_PRIORS = Domain.derived(
    {
        "prior_width": Annotated[float, Ge(0.5), Le(6)],
        "start_width": Annotated[float, Ge(0.5), Le(8)],
        "decay": Annotated[float, Ge(0.3), Le(0.9)],
    },
    functools.partial(Params, n=200, delta=0.05),
)
_LOSSES_IN_NATS = np.asarray([0.5, 1.0, 2.0, 4.0])


def _uniform_minus_prior(p: Params):
    """(ln|H| - ln 1/P, bound under P - bound under the uniform prior) for every prompt."""
    nats = -log_prior(all_prompts(p), p)
    errors, confidence = 0.1 * p.n, -math.log(p.delta)
    ours = occam_hoeffding(errors, p.n, nats + confidence)
    uniform = occam_hoeffding(errors, p.n, log_class_size(p) + confidence)
    return log_class_size(p) - nats, ours - uniform


def _sign_conflict(p: Params):
    gain, difference = _uniform_minus_prior(p)
    return gain * difference


def _mass_of_losers(p: Params):
    """P-mass of the prompts that lose more than t nats against the uniform prior, for each t."""
    log_mass = log_prior(all_prompts(p), p)
    lost = -log_mass - log_class_size(p)
    return jnp.sum(jnp.where(lost > _LOSSES_IN_NATS[:, None], jnp.exp(log_mass), 0.0), axis=1)


def _entropy_by_enumeration(p: Params):
    log_mass = log_prior(all_prompts(p), p)
    return -jnp.sum(jnp.exp(log_mass) * log_mass)


PRIOR = (
    Inequality(
        name="prior_vs_uniform_crossover",
        source="the paper's comparison with uniform convergence; derived: same form, other c",
        statement="the prior's bound is under the uniform one iff ln 1/P(theta) < ln|H|",
        smaller=_sign_conflict,
        larger=lambda p: jnp.zeros(p.vocabulary**p.length),
        domain=_PRIORS,
        points=24,
        twin=Twin(
            "the language-model prior always wins",
            smaller=lambda p: _uniform_minus_prior(p)[1],
        ),
    ),
    Inequality(
        name="prior_drawn_prompts_rarely_lose",
        source="derived: at most |H| prompts of mass under e^-t/|H| each",
        statement="P{ theta : P(theta) < e^-t/|H| } <= e^-t",
        smaller=_mass_of_losers,
        larger=lambda p: jnp.exp(-_LOSSES_IN_NATS),
        domain=_PRIORS,
        points=24,
        twin=Twin(
            "none of more than half a nat ever loses",
            larger=lambda p: jnp.zeros_like(_LOSSES_IN_NATS),
        ),
    ),
    Identity(
        name="prior_entropy_chain",
        source="derived: chain rule of the entropy",
        statement="E ln 1/P = H(pi0) + sum_{t >= 2} sum_u p_{t-1}(u) H(Q[u, :])",
        lhs=_entropy_by_enumeration,
        rhs=prior_entropy,
        domain=_PRIORS,
        points=12,
        tolerance=1e-12,
        tolerance_reason="a sum of 1728 positive terms",
        twin=Twin(
            "every token has the first token's entropy",
            rhs=lambda p: -p.length * jnp.sum(initial_law(p) * jnp.log(initial_law(p))),
        ),
    ),
)


# --------------------------------------------------------------------------------------------
# Exact coverage


@functools.cache
def _template() -> tuple[jax.Array, jax.Array]:
    """(ln P, R) of all prompts of fixture T."""
    return log_prior(all_prompts(TEMPLATE), TEMPLATE), all_template_risks(TEMPLATE)


def _budget_used(nats: float):
    """v_theta - delta P(theta) under occam_binomial with c lowered by ``nats``; a vector."""

    def used(p: Point):
        log_mass, risk = _template()
        v = violation_probabilities("occam_binomial", risk, p.complexity - nats - log_mass, p.n)
        return v * jnp.exp(p.complexity - log_mass)

    return used


COVERAGE = (
    Inequality(
        name="occam_binomial_budget",
        source="derived: definition of the Clopper-Pearson bound",
        statement="P(Bin(n, R) <= k*) <= delta P(theta) for each of the 1728 prompts",
        smaller=_budget_used(0.0),
        larger=lambda p: jnp.ones(len(_template()[1])),
        domain=Domain.derived(
            {
                "n": Annotated[int, Ge(2), Le(3000), Logarithmic],
                "complexity": Annotated[float, Ge(0.7), Le(12), Logarithmic],
            },
            Point,
        ),
        points=6,
        rounding=1e-9,  # e^{tail} at tails of 20 nats, and a bound that meets the risk to 1e-15
        twin=Twin("half a nat is saved", smaller=_budget_used(0.5)),
    ),
    Inequality(
        name="random_label_floor",
        source="derived: E min r >= -(1/lam) ln sum_theta E e^{-lam r}, supremum over lam",
        statement="E[min of |H| independent Bin(n, p)]/n >= inf{q : kl(q||p) <= ln|H|/n}",
        smaller=lambda p: random_label_floor(p.n, p.risk, p.complexity),
        larger=lambda p: smallest_of_independent(p.n, p.risk, jnp.exp(p.complexity)),
        domain=Domain.derived(
            {
                "n": Annotated[int, Ge(10), Le(1000), Logarithmic],
                "risk": Annotated[float, Ge(0.3), Le(0.95)],
                "complexity": Annotated[float, Ge(1), Le(20)],
            },
            Point,
        ),
        points=48,
        twin=Twin(
            "ln|H|/(2 n) in place of ln|H|/n",
            smaller=lambda p: random_label_floor(2 * p.n, p.risk, p.complexity),
        ),
    ),
    Inequality(
        name="anytime_evalue",
        source="Ville's inequality for the Beta mixture and coin betting; exact dynamic programme",
        statement="P(exists n <= 1000: R > bound at n) <= e^-c, for beta_mixture and coin_betting",
        smaller=lambda p: jnp.stack(
            [
                ever_broken(key, p.risk, p.complexity, 1000)
                for key in ("beta_mixture_evalue", "coin_betting")
            ]
        ),
        larger=lambda p: jnp.full(2, math.exp(-p.complexity)),
        domain=Domain.derived(
            {
                "risk": Annotated[float, Ge(0.02), Le(0.98)],
                "complexity": Annotated[float, Ge(0.5), Le(7), Logarithmic],
            },
            Point,
        ),
        points=12,
        twin=Twin(
            "Clopper-Pearson recomputed at every n is valid too",
            smaller=lambda p: jnp.full(
                2, ever_broken("occam_binomial", p.risk, p.complexity, 1000)
            ),
        ),
    ),
    Identity(
        name="mixture_martingale",
        source="derived: the Beta integral",
        statement="E[B(k+1/2, n-k+1/2)/(pi R^k (1-R)^(n-k))] = 1 for all n, R",
        lhs=lambda p: _mixture_moment(p.n, p.risk),
        rhs=lambda p: 1.0,
        domain=SMALL_SAMPLES,
        tolerance=1e-12,
        tolerance_reason=N_EPS,
        twin=Twin(
            "wealth of the best bet in hindsight, e^{n kl}", lhs=lambda p: kl_moment(p.n, p.risk)
        ),
    ),
    Identity(
        name="best_bet_earns_kl",
        source="derived: maximum over beta of the log wealth",
        statement="sum ln(1 + beta (X_i - m)) = n kl(r||m) at beta = (r - m)/(m (1 - m))",
        lhs=lambda p: log_betting_wealth(
            p.rate * p.n, p.n, p.risk, (p.rate - p.risk) / (p.risk * (1 - p.risk))
        ),
        rhs=lambda p: p.n * binary_kl_interior(p.rate, p.risk),
        domain=Domain.derived(
            {
                "n": Annotated[int, Ge(1), Le(10**5), Logarithmic],
                "rate": Annotated[float, Ge(0.02), Le(0.98)],
                "risk": Annotated[float, Ge(0.02), Le(0.98)],
            },
            Point,
        ),
        evaluators=("jax", "mpmath"),
        twin=Twin(
            "beta = 4 (r - m), Hoeffding's bet",
            lhs=lambda p: log_betting_wealth(p.rate * p.n, p.n, p.risk, 4 * (p.rate - p.risk)),
        ),
    ),
)


def _gibbs_objective(temperature: float):
    """lam E_Q r + KL(Q||P) at the Gibbs posterior of temperature * lam, lam = p.complexity."""

    def objective(p: Point):
        log_mass, risk = _template()
        log_q = gibbs(log_mass, temperature * p.complexity * risk)
        q = jnp.exp(log_q)
        return jnp.sum(q * (p.complexity * risk + log_q - log_mass))

    return objective


def _log_partition(p: Point):
    log_mass, risk = _template()
    return -jax.scipy.special.logsumexp(log_mass - p.complexity * risk)


def _thresholds(p: Point, low: tuple[float, ...]):
    """Bounds at r = 0 on both sides of their thresholds: (should be small, should be large)."""
    level = 1 - 1 / p.classes
    small, large = [], []
    functions = (occam_kl, occam_hoeffding, mcallester)
    for function, threshold in zip(functions, low, strict=True):
        above, below = math.floor(threshold) + 1, max(1, math.floor(threshold))
        small.append(function(0.0, float(above), p.complexity))
        large.append(function(0.0, float(below), p.complexity))
    return small, large, level


def _true_thresholds(p: Point) -> tuple[float, ...]:
    return (
        float(nonvacuous_from(p.complexity, p.classes)),
        float(nonvacuous_from_hoeffding(p.complexity, p.classes)),
        nonvacuous_from_mcallester(p.complexity, p.classes) - 1,
    )


def _threshold_side(side: str, low):
    def values(p: Point):
        small, large, level = _thresholds(p, low(p))
        levels = [level] * len(small)
        chosen = levels + large if side == "large" else small + levels
        return jnp.stack([jnp.asarray(v) for v in chosen])

    return values


CLOSED = (
    Identity(
        name="gibbs_variational",
        source="Donsker and Varadhan",
        statement="min_Q {lam E_Q r + KL(Q||P)} = -ln sum P e^{-lam r}, at Q prop. to P e^{-lam r}",
        lhs=_gibbs_objective(1.0),
        rhs=_log_partition,
        domain=Domain.derived(
            {"complexity": Annotated[float, Ge(1), Le(2000), Logarithmic]}, Point
        ),
        points=16,
        tolerance=1e-12,
        tolerance_reason="sums of 1728 terms of one sign",
        twin=Twin("the posterior of half the temperature", lhs=_gibbs_objective(0.5)),
    ),
    Inequality(
        name="nonvacuous_threshold",
        source="derived: solve bound(r = 0) = 1 - 1/K for n",
        statement="at r = 0 occam_kl < 1 - 1/K iff n > c/ln K; occam_hoeffding iff"
        " n > c/(2 (1-1/K)^2); mcallester from the smallest root on",
        smaller=_threshold_side("small", _true_thresholds),
        larger=_threshold_side("large", _true_thresholds),
        domain=Domain.derived(
            {
                "classes": Annotated[int, Ge(2), Le(1000), Logarithmic],
                "complexity": Annotated[float, Ge(14), Le(1e4), Logarithmic],
            },
            Point,
        ),
        points=48,
        twin=Twin(
            "occam_kl is non-vacuous from n > c/K on",
            smaller=_threshold_side(
                "small",
                lambda p: (p.complexity / p.classes, *_true_thresholds(p)[1:]),
            ),
        ),
    ),
)

EXACT = (*PRIOR, *COVERAGE, *CLOSED)
