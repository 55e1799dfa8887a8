"""Trials on fixture B: greedy search of one prompt per class, and label noise."""

import jax
import jax.numpy as jnp

from sims import simulation
from sims.pac_bayes_prompts.data import block_sample, noisy_labels
from sims.pac_bayes_prompts.search import greedy_class_prompts
from theory.pac_bayes_prompts import FIXED_PROMPTS, Params, block_risk, text_embeddings

__all__ = ["NOISE_LEVELS"]

NOISE_LEVELS = tuple(i / 10 for i in range(11))


@simulation(width=8)
def block_trial(key, params: Params):
    """Greedy search with reward beta: errors and nats of every prefix, and the last one's risk."""
    data_key, flip_key = jax.random.split(key)
    x, clean = block_sample(data_key, params)
    path = greedy_class_prompts(x, noisy_labels(flip_key, clean, params), params, params.reward)
    risk = block_risk(path.tokens[-1], params)
    return {"errors": path.errors, "nats": path.nats, "risk": risk}


@simulation(width=4)
def noise_trial(key, params: Params):
    """Greedy searches on one sample under eleven levels of label noise (common random numbers)."""
    data_key, flip_key = jax.random.split(key)
    x, clean = block_sample(data_key, params)

    def at_noise(eta):
        y = noisy_labels(flip_key, clean, params, eta)
        found = greedy_class_prompts(x, y, params, params.reward)
        return found.errors[-1] / params.n, block_risk(found.tokens[-1], params)

    training_error, clean_risk = jax.vmap(at_noise)(jnp.asarray(NOISE_LEVELS))
    return {"training_error": training_error, "clean_risk": clean_risk}


@simulation(width=32)
def fixed_prompt_trial(key, params: Params):
    """The error of fixed class prompts on n points with noisy labels (needs V >= 16, K = L = 4)."""
    data_key, flip_key = jax.random.split(key)
    x, clean = block_sample(data_key, params)
    scores = jnp.einsum("nkb,kb->nk", x, text_embeddings(jnp.asarray(FIXED_PROMPTS), params))
    y = noisy_labels(flip_key, clean, params)
    return {"noisy_error": jnp.mean(jnp.argmax(scores, axis=1) != y, dtype=jnp.float64)}
