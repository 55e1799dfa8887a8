"""Exact coverage on fixture T: how often a bound is broken at one prompt, at some, at some n."""

import functools
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Static, Twin, Whole, closed_form, log_binomial_cdf, planned,
)  # fmt: skip
from theory.pac_bayes_prompts.bounds import CATALOGUE, occam_hoeffding, summary_formula
from theory.pac_bayes_prompts.fixtures import all_template_risks, noisy_risk, template_risk
from theory.pac_bayes_prompts.params import TEMPLATE, Nats, Params, Point, Risk, TailSize
from theory.pac_bayes_prompts.prior import all_prompts, log_prior

__all__ = ["critical_counts", "ever_broken", "violation_probabilities"]

claim = Claims()

_FUNCTIONS = {key: bound.function for key, bound in CATALOGUE.items()}
_FUNCTIONS["summary_formula"] = summary_formula
KNOWN = f"is not among {', '.join(_FUNCTIONS)}", lambda key: key in _FUNCTIONS


@closed_form(example={"key": "occam_kl"}, key=KNOWN)
def critical_counts(key: str, risk: Risk, complexity: Nats, n: TailSize) -> jax.Array:
    """k*, the largest error count whose bound lies under the risk (-1 if none does).

    ``key`` names a bound of the catalogue (or ``"summary_formula"``); the others broadcast. By
    halving 0..n until nothing is left between the ends: a bound grows with k as long as it is
    below 1.
    """
    bound = _FUNCTIONS[key].__wrapped__
    risk, nats, n = jnp.broadcast_arrays(*(jnp.asarray(a, float) for a in (risk, complexity, n)))

    def halve(ends):
        low, high = ends  # broken at low, not at high; -1 and n + 1 stand outside
        middle = jnp.floor((low + high) / 2)
        broken = bound(jnp.maximum(middle, 0), n, nats) < risk
        return jnp.where(broken, middle, low), jnp.where(broken, high, middle)

    ends = jnp.full(n.shape, -1.0), n + 1
    return jax.lax.while_loop(lambda e: jnp.any(e[1] - e[0] > 1), halve, ends)[0]


@closed_form(example={"key": "occam_kl"}, key=KNOWN)
def violation_probabilities(key: str, risk: Risk, complexity: Nats, n: TailSize) -> jax.Array:
    """v = P(Bin(n, R) <= k*): the exact probability that the bound fails at each prompt."""
    counts = critical_counts.__wrapped__(key, risk, complexity, n)
    return jnp.exp(log_binomial_cdf.__wrapped__(counts, n, risk))


def laws(params: Params) -> tuple[Any, Any]:
    """(ln P, R on noisy labels) of all prompts of fixture T."""
    risk = noisy_risk.__wrapped__(all_template_risks(params), params.label_noise, params.classes)
    return log_prior(all_prompts(params), params), risk


@functools.cache
def laws_of_prompts(params: Params) -> tuple[np.ndarray, np.ndarray]:
    """The same, kept as arrays of numpy."""
    with jax.ensure_compile_time_eval():  # what is kept is of no program in the making
        return jax.device_get(jax.jit(laws)(params))


def complexities(params: Params, prior: bool = True) -> jax.Array:
    """c = ln(1/P) + ln(1/delta) of every prompt; without ``prior`` the first term is left out."""
    return params.confidence - laws_of_prompts(params)[0] * prior


@functools.cache
def thresholds(params: Params, key: str, prior: bool = True) -> np.ndarray:
    """k* of every prompt of fixture T, shape (V^L,)."""
    _, risk = laws_of_prompts(params)
    counts = critical_counts(key, risk, complexities(params, prior), params.n)
    return np.asarray(counts, np.int32)


@claim.never_above(
    lambda p: jnp.ones(TEMPLATE.vocabulary**TEMPLATE.length),
    over=Domain.around(Point(), n=(2, 3000), complexity=(0.7, 12)), points=6,
    rounding=1e-9,  # e^{tail} at tails of 20 nats, and a bound that meets the risk to 1e-15
    twin=Twin("half a nat is saved", saved=0.5),
)  # fmt: skip
def occam_binomial_budget(p, *, saved=0.0):
    """P(Bin(n, R) <= k*) <= delta P(theta) for each of the 1728 prompts.

    derived: definition of the Clopper-Pearson bound
    """
    log_mass, risk = laws_of_prompts(TEMPLATE)
    v = violation_probabilities("occam_binomial", risk, p.complexity - saved - log_mass, p.n)
    return v * jnp.exp(p.complexity - log_mass)


def broken(key: str, prior: bool = True):
    """The reading of every prompt's errors: how many have a risk above this bound."""

    def prompts_breaking(run, p):
        return (run["errors"] <= thresholds(p, key, prior)).sum(axis=1)

    return prompts_breaking


NO_PRIOR = Twin("the prior term is left out", observable=broken("occam_binomial", prior=False))
CASE = TEMPLATE.but(n=200, delta=0.1)

valid = claim.given(at=CASE, formula=0.0, delta=lambda p: p.delta, trials=320)

valid.at_most(
    broken("occam_binomial"), name="occam_union_validity", twin=NO_PRIOR,
    says="P(some prompt has R > occam_binomial) <= sum_theta v_theta <= delta",
    source="derived: weighted union of exact tails",
)  # fmt: skip
valid.at_most(
    broken("occam_kl"), name="occam_kl_validity", twin=NO_PRIOR,
    says="P(some prompt has R > occam_kl) <= delta",
    source="derived: weighted union of Chernoff's bound",
)  # fmt: skip
valid.at_most(
    broken("exact_xi_kl"), name="exact_xi_kl_validity", twin=NO_PRIOR,
    says="P(some prompt has R > exact_xi_kl) <= delta", source="Seeger 2002, Maurer 2004",
)  # fmt: skip
valid.at_most(
    broken("mcallester"), name="mcallester_validity",
    says="P(some prompt has R > mcallester) <= delta",
    source="the paper's bound (McAllester's form)",
    twin=Twin("r + (c + 2)/(2 n - 1), without the square root and ln n",
              observable=broken("summary_formula")),
)  # fmt: skip
valid.at_most(
    broken("summary_formula"), name="summary_formula_validity",
    says="P(some prompt has R > r + (c + 2)/(2 n - 1)) <= delta",
    source="a public summary of the paper, as printed", repaired_by="mcallester_validity",
)  # fmt: skip


@claim.equals(
    broken("occam_binomial", prior=False), at=CASE, relative=0.1, trials=4096,
    why="exact law; 10 % is a third of what one count more or less does",
    support=(0.0, lambda p: float(p.vocabulary**p.length)), known=((CASE, "145.676"),),
    twin=Twin("every threshold is one error higher", shift=1),
)  # fmt: skip
def violation_count_expectation(p, *, shift=0):
    """E #{prompts that break} = sum_theta P(Bin(n, R) <= k*): occam_binomial without its prior,
    where the count is large.

    derived: linearity, and k ~ Bin(n, R) for each prompt
    """
    counts = thresholds(p, "occam_binomial", prior=False) + shift
    return float(jnp.exp(log_binomial_cdf(counts, p.n, laws_of_prompts(p)[1])).sum())


def srm_excess(factor: float):
    """R of the smallest occam_hoeffding over min_theta [R + factor (its add-on)]."""

    def excess(run, p):
        _, risk = laws_of_prompts(p)
        add_on = np.asarray(occam_hoeffding(0.0, p.n, complexities(p)))
        chosen = (run["errors"] / p.n + add_on).argmin(axis=1)
        return risk[chosen] - (risk + factor * add_on).min()

    return excess


valid.at_most(
    srm_excess(2.0), name="srm_oracle", delta=lambda p: 2 * p.delta, trials=160,
    says="w.p. 1 - 2 delta: R(SRM) <= min_theta [R + 2 sqrt(c/(2 n))]",
    source="derived: two-sided Hoeffding and a union over prompts",
    twin=Twin("factor 0.1 in place of 2", observable=srm_excess(0.1)),
)  # fmt: skip


# At all n at once


@closed_form(example={"key": "occam_binomial", "steps": 9}, key=KNOWN)
def ever_broken(
    key: str, risk: Risk, complexity: Nats, steps: Annotated[int, Ge(1), Le(10**5), Whole, Static]
) -> jax.Array:
    """P(some n <= steps has a bound under the risk) for one prompt, by exact dynamic programme.

    ``key`` as in :func:`critical_counts`; occam_binomial is Clopper-Pearson recomputed at every n,
    which is not valid at all n at once. The law of the error count among the samples that have not
    failed yet is carried from n to n + 1. Elementwise; cost steps^2.
    """
    k = jnp.arange(steps + 1.0)

    def of_one(risk: jax.Array, complexity: jax.Array) -> jax.Array:
        worst = critical_counts.__wrapped__(key, risk, complexity, k[1:])

        def step(alive, worst):  # one more point: an error with probability R
            alive = alive * (1 - risk) + jnp.concatenate([jnp.zeros(1), alive[:-1]]) * risk
            broken = k <= worst
            return jnp.where(broken, 0.0, alive), jnp.sum(jnp.where(broken, alive, 0.0))

        return jnp.sum(jax.lax.scan(step, jnp.where(k == 0, 1.0, 0.0), worst)[1])

    return jnp.vectorize(of_one)(jnp.asarray(risk, float), jnp.asarray(complexity, float))


CLOPPER_PEARSON = "Clopper-Pearson recomputed at every n is valid too"


@claim.never_above(
    lambda p: jnp.exp(-p.complexity) * jnp.ones(2),
    over=Domain.around(Point(), risk=(0.02, 0.98), complexity=(0.5, 7)), points=12,
    twin=Twin(CLOPPER_PEARSON, keys=("occam_binomial", "occam_binomial")),
)  # fmt: skip
def anytime_evalue(p, *, keys=("beta_mixture_evalue", "coin_betting")):
    """P(exists n <= 1000: R > bound at n) <= e^-c, for beta_mixture and coin_betting.

    Ville's inequality for the Beta mixture and coin betting; exact dynamic programme
    """
    return jnp.stack([ever_broken(key, p.risk, p.complexity, 1000) for key in keys])


def first_prompt_risk(params: Params) -> jax.Array:
    """R of the prompt (0, ..., 0), whose errors at n = 1..N the mode ``anytime`` counts."""
    return template_risk(jnp.zeros(params.length, int), params)


@functools.cache
def thresholds_along(params: Params, key: str) -> np.ndarray:
    """k*_n of that prompt at n = 1..N, with c = ln(1/delta)."""
    n = jnp.arange(1.0, params.n + 1)
    return np.asarray(critical_counts(key, first_prompt_risk(params), params.confidence, n))


def ever_fails(key: str):
    """The reading: whether a bound lies under the risk at any n <= N."""

    def ever(run, p):
        return (run["errors"] <= thresholds_along(p, key)).any(axis=1)

    return ever


along = claim.given(mode="anytime", at=TEMPLATE.but(n=1000, delta=0.05))

along.at_most(
    ever_fails("beta_mixture_evalue"), name="anytime_evalue_simulated",
    says="P(exists n <= 1000: R > beta_mixture bound at n) <= delta, one prompt",
    source="Ville's inequality for the Beta mixture", trials=1024, formula=0.0,
    delta=lambda p: p.delta, twin=Twin(CLOPPER_PEARSON, observable=ever_fails("occam_binomial")),
)  # fmt: skip


@along.equals(
    ever_fails("occam_binomial"), within=0.05, trials=planned(0.22, 0.05),
    why="exact; 0.05 is a fifth of the distance to delta",
    twin=Twin("it fails with probability delta", prediction=lambda p: p.delta),
)  # fmt: skip
def anytime_dynamic_programme(p):
    """P(Clopper-Pearson recomputed at each n <= 1000 ever fails) = exact programme.

    derived: see ever_broken
    """
    return ever_broken("occam_binomial", first_prompt_risk(p), p.confidence, p.n)


def largest_broken(params: Params, prior: bool = True) -> jax.Array:
    """k*_n(theta) of the Beta-mixture bound at n = 1..N for every prompt, shape (N, V^L)."""
    log_mass, risk = laws(params)
    c, n = params.confidence - log_mass * prior, jnp.arange(1.0, params.n + 1)[:, None]
    return critical_counts("beta_mixture_evalue", risk, c, n)


claim.at_most(
    "ever_with_prior", name="anytime_evalue_all_prompts", mode="anytime_all",
    says="P(exists n <= 100 and a prompt: R > beta_mixture bound at n) <= delta",
    source="Ville's inequality and a weighted union", at=TEMPLATE.but(n=100, delta=0.1),
    formula=0.0, delta=lambda p: p.delta, trials=320,
    twin=Twin("the prior term is left out", observable="ever_without_prior"),
)  # fmt: skip
