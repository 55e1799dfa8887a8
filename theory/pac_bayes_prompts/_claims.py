"""Claims that no random number can change: identities, orderings, limits and exact coverage."""

import functools
import math
from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Domain,
    Ge,
    Identity,
    Inequality,
    Le,
    Limit,
    Logarithmic,
    Lt,
    Scaling,
    Twin,
    rational,
)
from theory.pac_bayes_prompts._binary_kl import binary_kl, binary_kl_interior, kl_inverse
from theory.pac_bayes_prompts._bounds import (
    all_bounds,
    catoni,
    catoni_minimiser,
    fast_rate_expansion,
    least_catoni,
    mcallester,
    nonvacuous_from,
    nonvacuous_from_hoeffding,
    nonvacuous_from_mcallester,
    occam_hoeffding,
    occam_kl,
    zero_error_bound,
)
from theory.pac_bayes_prompts._constants import log_xi
from theory.pac_bayes_prompts._params import TEMPLATE, Certificate, Params, Point
from theory.pac_bayes_prompts._prior import (
    all_prompts,
    gibbs,
    initial_law,
    log_class_size,
    log_prior,
    prior_entropy,
)
from theory.pac_bayes_prompts._template import all_template_risks
from theory.pac_bayes_prompts._validity import (
    binomial_expectation,
    ever_broken,
    log_betting_wealth,
    log_mixture_wealth,
    random_label_floor,
    smallest_of_independent,
    violation_probabilities,
)

_TABLE = 512  # counts 0..511: one compiled shape for every n of the exact expectations


def _certificate(n: int, share: float, complexity: float) -> Certificate:
    """A certificate with k = floor(share n) < n errors and c = ``complexity``."""
    confidence = min(complexity, 3.0)
    return Certificate(
        errors=min(int(share * n), n - 1), n=n, nats=complexity - confidence,
        delta=math.exp(-confidence),
    )  # fmt: skip


CERTIFICATES = Domain.derived(
    {
        "n": Annotated[int, Ge(2), Le(10**6), Logarithmic],
        "share": Annotated[float, Ge(0), Lt(1)],
        "complexity": Annotated[float, Ge(0.01), Le(1e4), Logarithmic],
    },
    _certificate,
)
"""All certificates with n in 2..1e6, fewer errors than points, and c in 0.01..1e4 nats."""


def _some(keys: str):
    """The bounds of these keys at a certificate, as a vector."""

    def values(p: Certificate) -> jax.Array:
        bounds = all_bounds(float(p.errors), float(p.n), float(p.complexity))
        return jnp.stack([bounds[key] for key in keys.split()])

    return values


@jax.jit
def _kl_moment(n, risk):
    """E exp(n kl(k/n||R)), k ~ Bin(n, R), summed term by term."""
    k = jnp.minimum(jnp.arange(_TABLE), n)
    return binomial_expectation(jnp.exp(n * binary_kl(k / n, risk)), n, risk)


@jax.jit
def _mixture_moment(n, risk):
    k = jnp.minimum(jnp.arange(_TABLE), n)
    return binomial_expectation(jnp.exp(log_mixture_wealth(k, n, risk)), n, risk)


_SMALL_SAMPLES = Domain.derived(
    {
        "n": Annotated[int, Ge(1), Le(500), Logarithmic],
        "risk": Annotated[float, Ge(0.01), Le(0.99)],
    },
    Point,
)
_N_EPS = "rounding of exponents of size n <= 500: a few hundred eps"

XI = (
    Identity(
        name="xi_identity",
        source="derived: the factor R^k (1-R)^(n-k) cancels; Maurer 2004 bounds it by 2 sqrt n",
        statement="E exp(n kl(k/n||R)) = xi(n) = e^n n^-n Gamma(n+1, n) for every R",
        lhs=lambda p: _kl_moment(p.n, p.risk),
        rhs=lambda p: jnp.exp(log_xi(p.n)),
        domain=_SMALL_SAMPLES,
        tolerance=1e-12,
        tolerance_reason=_N_EPS,
        supported_by=("kl_moment_is_free_of_the_risk", "xi_is_ramanujans"),
        twin=Twin("sqrt(pi n/2), without the 2/3", rhs=lambda p: jnp.sqrt(jnp.pi * p.n / 2)),
    ),
    Inequality(
        name="xi_between_roots",
        source="Maurer 2004, Theorem 1",
        statement="sqrt n <= xi(n) <= 2 sqrt n, with equality above at n = 1",
        smaller=lambda p: jnp.stack([jnp.log(p.n) / 2, log_xi(p.n)]),
        larger=lambda p: jnp.stack([log_xi(p.n), jnp.log(2 * jnp.sqrt(p.n))]),
        domain=Domain.derived({"n": Annotated[int, Ge(1), Le(10**6), Logarithmic]}, Point),
        supported_by=("xi_under_two_roots",),
        twin=Twin(
            "xi(n) <= sqrt(pi n/2)", smaller=lambda p: log_xi(p.n),
            larger=lambda p: jnp.log(jnp.pi * p.n / 2) / 2,
        ),
    ),
)  # fmt: skip

_INTERIOR = Domain.derived(
    {
        "n": Annotated[int, Ge(20), Le(10**5), Logarithmic],
        "rate": Annotated[float, Ge(0.001), Le(0.95)],
        "complexity": Annotated[float, Ge(0.1), Le(60), Logarithmic],
    },
    Point,
)

DUALITY = (
    Identity(
        name="catoni_kl_duality",
        source="Germain et al. 2009; derived: sup over C of the Catoni functional is kl",
        statement="inf_C catoni(C) = kl^-1(r, c/n)",
        lhs=lambda p: least_catoni(p.rate, float(p.n), p.complexity),
        rhs=lambda p: kl_inverse(p.rate, p.complexity / p.n),
        domain=_INTERIOR,
        tolerance=1e-13,
        tolerance_reason="a minimum found to 1e-8 in ln C, where the value is flat to 1e-16",
        supported_by=("catoni_supremum_is_kl",),
        twin=Twin(
            "C is searched in [1, 100] only",
            lhs=lambda p: least_catoni(p.rate, float(p.n), p.complexity, least=1.0, most=100.0),
        ),
    ),
    Identity(
        name="catoni_minimiser_is_closed",
        source="derived: stationary point of catoni(C)",
        statement="catoni at C = ln[B (1-r)/(r (1-B))] is B = kl^-1(r, c/n)",
        lhs=lambda p: catoni(
            p.rate * p.n, p.n, p.complexity,
            catoni_minimiser(p.rate, kl_inverse(p.rate, p.complexity / p.n)),
        ),
        rhs=lambda p: kl_inverse(p.rate, p.complexity / p.n),
        domain=_INTERIOR,
        tolerance=1e-13,
        tolerance_reason="C is good to 1e-11 where B - r is 1e-4, and enters to second order",
        supported_by=("catoni_supremum_is_kl",),
        twin=Twin(
            "C = 4 (B - r), which is right for Gaussians",
            lhs=lambda p: catoni(
                p.rate * p.n, p.n, p.complexity,
                4 * (kl_inverse(p.rate, p.complexity / p.n) - p.rate),
            ),
        ),
    ),
)  # fmt: skip

ORDERINGS = (
    Inequality(
        name="bound_ordering",
        source="derived: exact tail <= Chernoff; 1 <= xi(n) <= 2 sqrt n <= n + 1",
        statement="occam_binomial <= occam_kl <= exact_xi_kl <= maurer_kl <= seeger_langford",
        smaller=_some("occam_binomial occam_kl exact_xi_kl maurer_kl"),
        larger=_some("occam_kl exact_xi_kl maurer_kl seeger_langford"),
        domain=CERTIFICATES,
        supported_by=("chernoff_tail", "xi_under_two_roots"),
        twin=Twin(
            "seeger_langford <= maurer_sqrt", smaller=_some("seeger_langford"),
            larger=_some("maurer_sqrt"),
        ),
    ),
    Inequality(
        name="bound_ordering_square_roots",
        source="derived: Pinsker, kl >= 2 (p - q)^2",
        statement="maurer_kl <= maurer_sqrt <= mcallester; seeger_langford <= mcallester;"
        " occam_kl <= occam_hoeffding <= maurer_sqrt",
        smaller=_some("maurer_kl maurer_sqrt seeger_langford occam_kl occam_hoeffding"),
        larger=_some("maurer_sqrt mcallester mcallester occam_hoeffding maurer_sqrt"),
        domain=CERTIFICATES,
        supported_by=("pinsker", "mcallester_is_weaker_than_occam"),
        twin=Twin(
            "quadratic <= occam_hoeffding", smaller=_some("quadratic"),
            larger=_some("occam_hoeffding"),
        ),
    ),
    Inequality(
        name="bound_ordering_fast_rates",
        source="derived: kl >= (p - q)^2/(2 p), and minima over C and lambda",
        statement="occam_kl <= quadratic <= relaxed; quadratic <= thiemann; occam_kl <= catoni",
        smaller=_some("occam_kl quadratic quadratic occam_kl"),
        larger=_some("quadratic relaxed thiemann catoni"),
        domain=CERTIFICATES,
        supported_by=("refined_pinsker", "catoni_supremum_is_kl"),
        twin=Twin(
            "empirical_bernstein <= occam_hoeffding", smaller=_some("empirical_bernstein"),
            larger=_some("occam_hoeffding"),
        ),
    ),
    Inequality(
        name="bound_ordering_all_times",
        source="derived: 0 <= redundancy of the Beta mixture <= ln reg_n",
        statement="occam_kl <= beta_mixture_evalue <= coin_betting",
        smaller=_some("occam_kl beta_mixture_evalue"),
        larger=_some("beta_mixture_evalue coin_betting"),
        domain=CERTIFICATES,
        twin=Twin(
            "beta_mixture_evalue <= exact_xi_kl", smaller=_some("beta_mixture_evalue"),
            larger=_some("exact_xi_kl"),
        ),
    ),
    Inequality(
        name="bernstein_above_chernoff",
        source="observed on this domain; no proof is known to us",
        statement="occam_kl <= empirical_bernstein",
        smaller=_some("occam_kl"),
        larger=_some("empirical_bernstein"),
        domain=CERTIFICATES,
        twin=Twin(
            "with Bernstein's l/(3 n) for a known variance in place of 7 l/(3 (n-1))",
            larger=lambda p: _some("empirical_bernstein")(p)
            - (p.complexity + math.log(2)) * (7 / (3 * (p.n - 1)) - 1 / (3 * p.n)),
        ),
    ),
)  # fmt: skip


def _ratio(p: Point):
    n, c = float(p.n), p.complexity
    return (occam_kl(p.rate * n, n, c) - p.rate) / (occam_hoeffding(p.rate * n, n, c) - p.rate)


def _second_order_rest(leading):
    def rest(p: Point):
        expansion = fast_rate_expansion(p.rate, p.n, p.complexity)
        wrong = (leading - 2 / 3) * (1 - 2 * p.rate) * p.complexity / p.n
        return abs(occam_kl(p.rate * p.n, float(p.n), p.complexity) - expansion - wrong)

    return rest


_RUNGS = tuple(Point(n=n, rate=0.2, complexity=5.0) for n in (10**3, 10**4, 10**5, 10**6))

FAST_RATES = (
    Limit(
        name="fast_rate_ratio",
        source="derived: expansion of kl^-1 in c/n",
        statement="(occam_kl - r)/(occam_hoeffding - r) -> 2 sqrt(r (1 - r)) at rate n^-1/2",
        value=_ratio,
        limit=lambda p: 2 * math.sqrt(p.rate * (1 - p.rate)),
        last_gap=2e-3,
        rungs=_RUNGS,
        size=lambda p: p.n,
        exponent=-0.5,
        tolerance=0.02,
        tolerance_reason="the next term of the gap, (const) n^-1, tilts the fit by 0.01",
        supported_by=("second_order_of_the_inverse",),
        twin=Twin("the limit is sqrt(2 r)", limit=lambda p: math.sqrt(2 * p.rate)),
    ),
    Scaling(
        name="fast_rate_second_order",
        source="derived: series inversion, see fast_rate_expansion",
        statement="occam_kl = r + sqrt(2 r (1-r) c/n) + (2/3)(1-2r) c/n + O(n^-3/2)",
        value=_second_order_rest(2 / 3),
        rungs=_RUNGS,
        size=lambda p: p.n,
        exponent=-1.5,
        tolerance=0.03,
        tolerance_reason="the next term, O(n^-2), tilts the fit by 0.01",
        supported_by=("second_order_of_the_inverse",),
        twin=Twin("the second coefficient is 1/3", value=_second_order_rest(1 / 3)),
    ),
    Identity(
        name="zero_error_fast_rate",
        source="derived: kl(0||p) = -ln(1 - p)",
        statement="n kl(0||B) = c at B = 1 - e^{-c/n}: rate 1/n where Hoeffding has 1/sqrt n",
        lhs=lambda p: p.n * binary_kl(0, zero_error_bound(p.n, p.complexity)),
        rhs=lambda p: p.complexity * rational(1),
        domain=Domain.derived(
            {
                "n": Annotated[int, Ge(60), Le(10**6), Logarithmic],
                "complexity": Annotated[float, Ge(0.01), Le(60), Logarithmic],
            },
            Point,
        ),
        evaluators=("jax", "mpmath"),
        twin=Twin("B = c/n", lhs=lambda p: p.n * binary_kl(0, p.complexity / p.n)),
    ),
)


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
_LOSSES_IN_NATS = jnp.asarray([0.5, 1.0, 2.0, 4.0])


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
        supported_by=("beta_mixture_one_step",),
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
        domain=_SMALL_SAMPLES,
        tolerance=1e-12,
        tolerance_reason=_N_EPS,
        supported_by=("beta_mixture_one_step",),
        twin=Twin(
            "wealth of the best bet in hindsight, e^{n kl}", lhs=lambda p: _kl_moment(p.n, p.risk)
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

DETERMINISTIC = (*XI, *DUALITY, *ORDERINGS, *FAST_RATES, *PRIOR, *COVERAGE, *CLOSED)
