"""Trials on fixture T: all prompts on one sample."""

import jax
import jax.numpy as jnp

from sims.pac_bayes_prompts._data import template_sample
from sims.pac_bayes_prompts._search import (
    beam_search,
    error_rate,
    smallest_certificate,
    template_errors,
    template_mistakes,
)
from theory.pac_bayes_prompts import (
    Params,
    all_prompts,
    all_template_risks,
    classifiers,
    critical_counts,
    exact_xi_kl,
    gibbs,
    log_class_size,
    log_prior,
    noisy_risk,
    occam_kl,
    random_label_floor,
    summary_formula,
    tilted_log_prior,
)

COUNTED = ("occam_binomial", "occam_kl", "exact_xi_kl", "maurer_kl", "mcallester",
           "occam_hoeffding", "summary_formula")  # fmt: skip
REWARDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
TEMPERATURES = (0.1, 0.3, 0.5, 1.0, 2.0, 4.0)


def prompts_and_risks(key, params: Params):
    """What all trials of a run share: classifiers, risks under noisy labels, ln P."""
    risk = noisy_risk(all_template_risks(params), params.label_noise, params.classes)
    tokens = all_prompts(params)
    return {
        "weights": classifiers(tokens, params).astype(jnp.float32),
        "risk": risk,
        "log_prior": log_prior(tokens, params),
    }


def coverage_tables(key, params: Params):
    """:func:`prompts_and_risks` with the critical counts k* of every counted bound."""
    shared = prompts_and_risks(key, params)
    complexity = -shared["log_prior"] - jnp.log(params.delta)
    shared["critical"] = {
        name: critical_counts(name, shared["risk"], complexity, params.n).astype(jnp.int32)
        for name in COUNTED
    }
    shared["critical"]["without_prior"] = critical_counts(
        "occam_binomial", shared["risk"], -jnp.log(params.delta), params.n
    ).astype(jnp.int32)
    return shared


def coverage_trial(key, params: Params, shared):
    """How many prompts break each bound on one sample (a count), what search and SRM return."""
    x, y = template_sample(key, params)
    errors = template_errors(x, y, shared["weights"])
    risk, nats = shared["risk"], -shared["log_prior"]
    broken = {
        f"prompts_breaking_{name}": (errors <= critical).sum().astype(float)
        for name, critical in shared["critical"].items()
    }
    rate = error_rate(errors, params.n)
    add_on = jnp.sqrt((nats - jnp.log(params.delta)) / (2 * params.n))
    chosen = jnp.argmin(rate + add_on)
    best = jnp.argmin(rate)
    code = log_class_size(params) / params.n
    c = jnp.sqrt(8 * code)  # fixed in advance: Hoeffding's choice
    functional = -jnp.log1p(risk[best] * jnp.expm1(-c)) - c * rate[best]
    return broken | {
        "srm_excess": risk[chosen] - jnp.min(risk + 2 * add_on),
        "srm_excess_tenth": risk[chosen] - jnp.min(risk + 0.1 * add_on),
        "code_length": code,
        "half_code_length": code / 2,
        "root_code_length": jnp.sqrt(code / 2),
        "kl_functional": functional,
        "generalisation_gap": risk[best] - rate[best],
        "smallest_training_error": rate[best],
        "random_label_floor": random_label_floor(params.n, 0.5, log_class_size(params)),
        "too_high_floor": 0.5 - jnp.sqrt(log_class_size(params) / (16 * params.n)),
        "srm_risk": risk[chosen],
        "erm_risk": risk[best],
    }


def lagrangian_trial(key, params: Params, shared):
    """How far out of order (errors, nats) come as the reward grows: exhaustive, greedy, beam of 4.

    Positive where a larger reward gave fewer errors or more nats.
    """
    x, y = template_sample(key, params)
    errors = template_errors(x, y, shared["weights"])
    nats = -shared["log_prior"]

    def disorder(errors, nats):
        return jnp.maximum(-jnp.diff(errors).min(), jnp.diff(nats).max())

    rewards = jnp.asarray(REWARDS)
    best = jax.vmap(lambda b: jnp.argmin(error_rate(errors, params.n) + b * nats))(rewards)
    observables = {"exhaustive_disorder": disorder(errors[best].astype(float), nats[best])}
    for name, width in (("greedy", 1), ("beam", 4)):
        found = jax.vmap(lambda b, width=width: beam_search(x, y, params, width, b))(rewards)
        observables[f"{name}_disorder"] = disorder(found.errors.astype(float), found.nats)
    return observables


def gibbs_trial(key, params: Params, shared):
    """Gibbs posteriors at six temperatures against the best single prompt."""
    x, y = template_sample(key, params)
    rate = error_rate(template_errors(x, y, shared["weights"]), params.n)
    risk, log_p = shared["risk"], shared["log_prior"]
    confidence = -jnp.log(params.delta)

    def at_temperature(share):
        log_q = gibbs(log_p, share * params.n * rate)
        q = jnp.exp(log_q)
        mean_rate, complexity = q @ rate, q @ (log_q - log_p) + confidence
        bound = exact_xi_kl(mean_rate * params.n, params.n, complexity)
        printed = summary_formula(mean_rate * params.n, params.n, complexity)
        return bound, q @ risk - bound, q @ risk - printed

    bounds, excess, printed = jax.vmap(at_temperature)(jnp.asarray(TEMPERATURES))
    errors = rate * params.n
    single, _ = smallest_certificate(jnp.round(errors), params.n, confidence - log_p)
    return {
        "gibbs_excess": excess.max(),
        "gibbs_excess_of_printed_formula": printed.max(),
        "best_gibbs_bound": jnp.minimum(bounds.min(), 0.5),
        "best_point_mass_bound": jnp.minimum(single, 0.5),
    }


def half_sample_trial(key, params: Params, shared):
    """The smallest certificate when n0 = 0, ``first`` or n - ``first`` points tilt the prior.

    Bounds are cut at 0.3: nothing so large is worth telling apart, and a short range is decided in
    fewer trials.
    """
    x, y = template_sample(key, params)
    mistakes = template_mistakes(x, y, shared["weights"])
    total, bounds = mistakes.sum(axis=0, dtype=jnp.int32), []
    for first in (0, params.first, params.n - params.first):
        head = mistakes[:first].sum(axis=0, dtype=jnp.int32)
        log_p = tilted_log_prior(shared["log_prior"], head, params.tilt)
        rest = (total - head).astype(float)
        bound, _ = smallest_certificate(rest, params.n - first, -log_p - jnp.log(params.delta))
        bounds.append(jnp.minimum(bound, 0.3))
    return {"bounds": jnp.stack(bounds)}


def kendall_tau(a, b):
    """Kendall's tau-b of two vectors, in O(n^2)."""
    signs = [jnp.sign(v[:, None] - v[None, :]).astype(jnp.float32) for v in (a, b)]
    # counts of pairs, exact in float32; their quotient is float64
    pairs = jnp.sum(signs[0] * signs[1]).astype(float)
    untied = [jnp.sum(s * s).astype(float) for s in signs]
    return pairs / jnp.sqrt(untied[0] * untied[1])


def selection_trial(key, params: Params, shared):
    """Rank correlation with the true risk of the bound and of the training error.

    Over every third prompt: the tau of a third of the prompts has the same mean.
    """
    x, y = template_sample(key, params)
    few = {name: values[::3] for name, values in shared.items()}
    errors = template_errors(x, y, few["weights"])
    bound = occam_kl(errors, params.n, -few["log_prior"] - jnp.log(params.delta))
    return {
        "tau_of_bound": kendall_tau(bound, few["risk"]),
        "tau_of_training_error": kendall_tau(errors.astype(float), few["risk"]),
        "one_half": 0.5,
        "nine_tenths": 0.9,
    }


def every_prompt_trial(key, params: Params, shared):
    """Errors, true risk and nats of each of the V^L prompts on one sample (long vectors)."""
    x, y = template_sample(key, params)
    errors = template_errors(x, y, shared["weights"])
    return {"errors": errors, "risk": shared["risk"], "nats": -shared["log_prior"]}


def independent_trial(key, params: Params):
    """The smallest of V^L independent training errors under random labels, p = (K-1)/K."""
    shape = (params.n, params.vocabulary**params.length)
    chance = (params.classes - 1) / params.classes
    errors = jax.random.bernoulli(key, chance, shape).sum(axis=0, dtype=jnp.int32)
    return {"smallest_training_error": error_rate(errors.min(), params.n)}
