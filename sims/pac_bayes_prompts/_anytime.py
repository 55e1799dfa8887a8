"""Bounds recomputed after every point: does one ever fail?"""

import jax
import jax.numpy as jnp

from sims.pac_bayes_prompts._data import template_sample
from sims.pac_bayes_prompts._search import template_mistakes
from sims.pac_bayes_prompts._template import prompts_and_risks
from theory.pac_bayes_prompts import (
    Params,
    critical_counts,
    log_mixture_wealth,
    template_risk,
)

ONE_PROMPT_KEYS = ("beta_mixture_evalue", "coin_betting", "exact_xi_kl", "occam_binomial")


def first_prompt_risk(params: Params):
    """R of the prompt (0, ..., 0): the coin that :func:`one_prompt_trial` throws."""
    return template_risk(jnp.zeros(params.length, int), params)


def one_prompt_tables(key, params: Params):
    """k*_n at n = 1..N of one prompt for each bound, with c = ln(1/delta)."""
    n = jnp.arange(1.0, params.n + 1)
    risk = jnp.full(params.n, first_prompt_risk(params))
    c = -jnp.log(params.delta)
    return {name: critical_counts(name, risk, c, n) for name in ONE_PROMPT_KEYS}


def one_prompt_trial(key, params: Params, critical):
    """Whether each bound ever fails along N = n points of one prompt (0 or 1)."""
    mistakes = jax.random.bernoulli(key, first_prompt_risk(params), (params.n,))
    errors = jnp.cumsum(mistakes)
    return {f"ever_{name}": jnp.any(errors <= k).astype(float) for name, k in critical.items()}


def all_prompts_tables(key, params: Params):
    """k*_n(theta) of the Beta-mixture bound at n = 1..N for every prompt, with and without P.

    The bound fails at (k, n) where k/n < R and the mixture's log wealth against R is above c; the
    wealth falls with k there, so k* follows by bisection.
    """
    shared = prompts_and_risks(key, params)
    n = jnp.arange(1.0, params.n + 1)[:, None]
    risk = shared["risk"]

    def largest_broken(complexity):
        def step(_, ends):
            low, high = ends
            middle = jnp.floor((low + high) / 2)
            k = jnp.clip(middle, 0, n)
            broken = (k < risk * n) & (log_mixture_wealth(k, n, risk) > complexity)
            done = high - low <= 1
            return jnp.where(done | ~broken, low, middle), jnp.where(done | broken, high, middle)

        ends = jnp.full((params.n, risk.shape[0]), -1.0), n + 1 + 0 * risk
        return jax.lax.fori_loop(0, int(params.n).bit_length() + 1, step, ends)[0]

    confidence = -jnp.log(params.delta)
    return {
        "weights": shared["weights"],
        "with_prior": largest_broken(confidence - shared["log_prior"]).astype(jnp.int16),
        "without_prior": largest_broken(confidence).astype(jnp.int16),
    }


def all_prompts_trial(key, params: Params, shared):
    """Whether the Beta-mixture bound ever fails, at any n <= N and for any prompt (0 or 1)."""
    x, y = template_sample(key, params)
    mistakes = template_mistakes(x, y, shared["weights"])
    errors = jnp.cumsum(mistakes, axis=0, dtype=jnp.int16)
    return {
        f"ever_{name}": jnp.any(errors <= shared[name]).astype(float)
        for name in ("with_prior", "without_prior")
    }
