"""Trials on fixture B: greedy search of one prompt per class, and label noise."""

import jax
import jax.numpy as jnp

from sims.pac_bayes_prompts._data import block_sample, noisy_labels
from sims.pac_bayes_prompts._search import greedy_class_prompts
from theory.pac_bayes_prompts import (
    FIXED_PROMPTS,
    Params,
    block_risk,
    exact_xi_kl,
    mcallester,
    occam_binomial,
    occam_hoeffding,
    occam_kl,
    text_embeddings,
)

NOISE_LEVELS = tuple(i / 10 for i in range(11))


def greedy_trial(key, params: Params):
    """One greedy search with reward beta: what it found, and the certificates of it."""
    data_key, flip_key = jax.random.split(key)
    x, clean = block_sample(data_key, params)
    path = greedy_class_prompts(x, noisy_labels(flip_key, clean, params), params, params.reward)
    confidence = -jnp.log(params.delta)
    errors, nats = path.errors[-1].astype(float), path.nats[-1]
    uniform = params.classes * params.length * jnp.log(params.vocabulary)
    along = occam_kl(path.errors, params.n, path.nats + confidence)
    chosen = jnp.argmin(along)
    return {
        "training_error": errors / params.n,
        "risk": block_risk(path.tokens[-1], params),
        "nats": nats,
        "occam_binomial": occam_binomial(errors, params.n, nats + confidence),
        "occam_kl": occam_kl(errors, params.n, nats + confidence),
        "exact_xi_kl": exact_xi_kl(errors, params.n, nats + confidence),
        "mcallester": mcallester(errors, params.n, nats + confidence),
        "uniform_convergence": occam_hoeffding(errors, params.n, uniform + confidence),
        "srm_bound": along[chosen],
        "srm_risk": block_risk(path.tokens[chosen], params),
    }


def noise_trial(key, params: Params):
    """Greedy searches on one sample under eleven levels of label noise (common random numbers)."""
    data_key, flip_key = jax.random.split(key)
    x, clean = block_sample(data_key, params)

    def at_noise(eta):
        y = noisy_labels(flip_key, clean, params, eta)
        found = greedy_class_prompts(x, y, params, params.reward)
        return found.errors[-1] / params.n, block_risk(found.tokens[-1], params)

    training_error, clean_risk = jax.vmap(at_noise)(jnp.asarray(NOISE_LEVELS))
    return {"training_error": training_error, "clean_risk": clean_risk, "memorising_level": 0.2}


def fixed_prompt_trial(key, params: Params):
    """The error of fixed class prompts on n points with noisy labels (needs V >= 16, K = L = 4)."""
    data_key, flip_key = jax.random.split(key)
    x, clean = block_sample(data_key, params)
    scores = jnp.einsum("nkb,kb->nk", x, text_embeddings(jnp.asarray(FIXED_PROMPTS), params))
    y = noisy_labels(flip_key, clean, params)
    return {"noisy_error": jnp.mean(jnp.argmax(scores, axis=1) != y, dtype=jnp.float64)}
