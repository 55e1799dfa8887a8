"""Validity at all sample sizes at once: wealths, martingales, whether a bound ever fails."""

import functools
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Because, Claims, Domain, Ge, Le, Scalar, Static, Twin, Whole, binary_kl, closed_form, gamma,
    log_betting_wealth, log_mixture_wealth, pi, planned, power, rational,
)  # fmt: skip
from theory.pac_bayes_prompts import coverage, xi
from theory.pac_bayes_prompts.fixtures import template_risk
from theory.pac_bayes_prompts.params import K_WITHIN, TEMPLATE, Errors, Nats, Params, Point, Risk

__all__ = ["beta_mixture_wealth", "ever_broken"]

claim = Claims()

Steps = Annotated[int, Ge(1), Le(10**5), Whole, Static]


@closed_form(k=K_WITHIN)
def beta_mixture_wealth(
    k: Errors, n: Annotated[Scalar, Ge(1), Le(169), Whole, Because("Gamma overflows")], p: Risk
) -> Scalar:
    """B(k + 1/2, n - k + 1/2)/(pi p^k (1 - p)^(n-k)) on every evaluator, for n <= 169.

    A martingale in n along Bernoulli(p) points, infinite where it leaves the floats. Its logarithm
    at any n is :func:`theory.log_mixture_wealth`.
    """
    half = rational(1, 2)
    mixture = gamma(k + half) * gamma(n - k + half) / (pi * gamma(n + 1))
    return mixture * power(p, -k) * power(1 - p, k - n)


claim.identity(
    1.0, formula=xi.moment_of(log_mixture_wealth.__wrapped__), name="mixture_martingale",
    says="E[B(k+1/2, n-k+1/2)/(pi R^k (1-R)^(n-k))] = 1 for all n, R",
    source="derived: the Beta integral", over=xi.SMALL_SAMPLES, within=1e-12, why=xi.N_EPS,
    twin=Twin("wealth of the best bet in hindsight, e^{n kl}", lhs=xi.kl_moment),
)  # fmt: skip


@claim.identity(
    lambda p: p.n * binary_kl(p.rate, p.risk),
    over=Domain.around(Point(), n=(1, 10**5), rate=(0.02, 0.98), risk=(0.02, 0.98)),
)
def best_bet_earns_kl(p):
    """sum ln(1 + beta (X_i - m)) = n kl(r||m) at beta = (r - m)/(m (1 - m)).

    derived: maximum over beta of the log wealth
    """
    best = (p.rate - p.risk) / (p.risk * (1 - p.risk))
    return log_betting_wealth(p.rate * p.n, p.n, p.risk, best)


@best_bet_earns_kl.wrong("beta = 4 (r - m), Hoeffding's bet")
def hoeffdings_bet(p):
    return log_betting_wealth(p.rate * p.n, p.n, p.risk, 4 * (p.rate - p.risk))


@closed_form(example={"key": "occam_binomial", "steps": 9}, key=coverage.KNOWN)
def ever_broken(key: str, risk: Risk, complexity: Nats, steps: Steps) -> jax.Array:
    """P(some n <= steps has a bound under the risk) for one prompt, by exact dynamic programme.

    ``key`` as in :func:`critical_counts`; occam_binomial is Clopper-Pearson recomputed at every n,
    which is not valid at all n at once. The law of the error count among the samples that have not
    failed yet is carried from n to n + 1. Elementwise; cost steps^2.
    """
    k = jnp.arange(steps + 1.0)

    def of_one(risk: jax.Array, complexity: jax.Array) -> jax.Array:
        worst = coverage.critical_counts.__wrapped__(key, risk, complexity, k[1:])

        def step(alive, worst):  # one more point: an error with probability R
            alive = alive * (1 - risk) + jnp.concatenate([jnp.zeros(1), alive[:-1]]) * risk
            broken = k <= worst
            return jnp.where(broken, 0.0, alive), jnp.sum(jnp.where(broken, alive, 0.0))

        return jnp.sum(jax.lax.scan(step, jnp.where(k == 0, 1.0, 0.0), worst)[1])

    return jnp.vectorize(of_one)(jnp.asarray(risk, float), jnp.asarray(complexity, float))


def _ever(p: Point, key: str) -> jax.Array:
    return ever_broken(key, p.risk, p.complexity, 1000)


@claim.never_above(
    lambda p: jnp.exp(-p.complexity) * jnp.ones(2),
    over=Domain.around(Point(), risk=(0.02, 0.98), complexity=(0.5, 7)), points=12,
    twin=Twin("Clopper-Pearson recomputed at every n is valid too",
              smaller=lambda p: jnp.full(2, _ever(p, "occam_binomial"))),
)  # fmt: skip
def anytime_evalue(p):
    """P(exists n <= 1000: R > bound at n) <= e^-c, for beta_mixture and coin_betting.

    Ville's inequality for the Beta mixture and coin betting; exact dynamic programme
    """
    return jnp.stack([_ever(p, "beta_mixture_evalue"), _ever(p, "coin_betting")])


# One prompt along a sample: a trial returns its error counts at n = 1..N


def first_prompt_risk(params: Params) -> jax.Array:
    """R of the prompt (0, ..., 0), whose errors the trials of the mode ``anytime`` count."""
    return template_risk(jnp.zeros(params.length, int), params)


@functools.cache
def thresholds_along(params: Params, key: str) -> np.ndarray:
    """k*_n of that prompt at n = 1..N, with c = ln(1/delta)."""
    n = jnp.arange(1.0, params.n + 1)
    return np.asarray(
        coverage.critical_counts(key, first_prompt_risk(params), params.confidence, n)
    )


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
    delta=lambda p: p.delta,
    twin=Twin("Clopper-Pearson recomputed at every n is valid too",
              observable=ever_fails("occam_binomial")),
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
    log_mass, risk = coverage.laws(params)
    c, n = params.confidence - log_mass * prior, jnp.arange(1.0, params.n + 1)[:, None]
    return coverage.critical_counts("beta_mixture_evalue", risk, c, n)


claim.at_most(
    "ever_with_prior", name="anytime_evalue_all_prompts", mode="anytime_all",
    says="P(exists n <= 100 and a prompt: R > beta_mixture bound at n) <= delta",
    source="Ville's inequality and a weighted union", at=TEMPLATE.but(n=100, delta=0.1),
    formula=0.0, delta=lambda p: p.delta, trials=320,
    twin=Twin("the prior term is left out", observable="ever_without_prior"),
)  # fmt: skip
