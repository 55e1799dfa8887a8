"""Samples of both fixtures, and trials: errors of all prompts, along a sample, and of searches."""

import jax
import jax.numpy as jnp

from sims import simulation
from sims.pac_bayes_prompts.search import (
    beam_search,
    error_rate,
    greedy_class_prompts,
    template_errors,
    template_mistakes,
)
from theory.pac_bayes_prompts import (
    FIXED_PROMPTS,
    Params,
    all_prompts,
    block_means,
    block_risk,
    class_mean,
    classifiers,
    log_prior,
    smallest_certificate,
    text_embeddings,
    tilted_log_prior,
)
from theory.pac_bayes_prompts.anytime import first_prompt_risk, largest_broken

__all__ = ["NOISE_LEVELS", "REWARDS", "block_sample", "noisy_labels", "template_sample"]

REWARDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
NOISE_LEVELS = tuple(i / 10 for i in range(11))


def noisy_labels(key, labels, params: Params, label_noise=None):
    """Each label is replaced, with probability eta, by a uniform draw from all K labels."""
    flip_key, draw_key = jax.random.split(key)
    eta = params.label_noise if label_noise is None else label_noise
    redrawn = jax.random.randint(draw_key, labels.shape, 0, params.classes)
    return jnp.where(jax.random.uniform(flip_key, labels.shape) < eta, redrawn, labels)


def template_sample(key, params: Params):
    """(x, y) of fixture T: x of shape (n, d) in float32, labels y in {0, 1}.

    float32 turns a sign in about one of 1e7 margins, far under what any claim can see.
    """
    label_key, noise_key, flip_key = jax.random.split(key, 3)
    y = jax.random.bernoulli(label_key, 0.5, (params.n,)).astype(jnp.int32)
    noise = jax.random.normal(noise_key, (params.n, params.dimension), jnp.float32)
    mean = jnp.where(y[:, None] == 1, 1.0, -1.0) * class_mean(params) + params.bias
    x = mean.astype(jnp.float32) + jnp.asarray(params.sigma, jnp.float32) * noise
    return x, noisy_labels(flip_key, y, params)


def block_sample(key, params: Params):
    """(x, y) of fixture B: x of shape (n, K, b), clean labels y in 0..K-1."""
    label_key, noise_key = jax.random.split(key)
    y = jax.random.randint(label_key, (params.n,), 0, params.classes)
    shape = (params.n, params.classes, params.dimension)
    return block_means(params)[y] + params.sigma * jax.random.normal(noise_key, shape), y


# Fixture T


def weights_of_prompts(key, params: Params):
    """The classifiers of all prompts, (V^L, d) in float32."""
    return classifiers(all_prompts(params), params).astype(jnp.float32)


def weights_and_prior(key, params: Params):
    """These, and ln P."""
    return weights_of_prompts(key, params), log_prior(all_prompts(params), params)


@simulation(width=64, shared=weights_of_prompts)
def trial(key, params: Params, weights):
    """Training errors of each of the V^L prompts on one sample (long vectors)."""
    return {"errors": template_errors(*template_sample(key, params), weights)}


@simulation(width=16, shared=weights_and_prior)
def lagrangian_trial(key, params: Params, shared):
    """Exhaustive, greedy and beam search (of 4) as the reward grows: errors and nats of each."""
    weights, log_p = shared
    x, y = template_sample(key, params)
    errors = template_errors(x, y, weights)
    rewards = jnp.asarray(REWARDS)
    best = jax.vmap(lambda b: jnp.argmin(error_rate(errors, params.n) - b * log_p))(rewards)
    seen = {"exhaustive_errors": errors[best], "exhaustive_nats": -log_p[best]}
    for name, width in (("greedy", 1), ("beam", 4)):
        found = jax.vmap(lambda b, width=width: beam_search(x, y, params, width, b))(rewards)
        seen |= {f"{name}_errors": found.errors, f"{name}_nats": found.nats}
    return seen


@simulation(width=16, shared=weights_and_prior)
def half_sample_trial(key, params: Params, shared):
    """The smallest certificate when n0 = 0, ``first`` or n - ``first`` points tilt the prior.

    Bounds are cut at 0.3: nothing so large is worth telling apart, and a short range is decided in
    fewer trials.
    """
    weights, log_p = shared
    x, y = template_sample(key, params)
    mistakes = template_mistakes(x, y, weights)
    total, bounds = mistakes.sum(axis=0, dtype=jnp.int32), []
    for first in (0, params.first, params.n - params.first):
        head = mistakes[:first].sum(axis=0, dtype=jnp.int32)
        c = params.confidence - tilted_log_prior(log_p, head, params.tilt)
        bounds.append(smallest_certificate(total - head, params.n - first, c))
    return {"bounds": jnp.minimum(jnp.stack(bounds), 0.3)}


@simulation(width=16)
def independent_trial(key, params: Params):
    """The smallest of V^L independent training errors under random labels, p = (K-1)/K."""
    shape = (params.n, params.vocabulary**params.length)
    chance = (params.classes - 1) / params.classes
    errors = jax.random.bernoulli(key, chance, shape).sum(axis=0, dtype=jnp.int32)
    return {"smallest_training_error": error_rate(errors.min(), params.n)}


@simulation(width=64)
def anytime_trial(key, params: Params):
    """Errors of one prompt, (0, ..., 0), among the first 1..N = n points."""
    mistakes = jax.random.bernoulli(key, first_prompt_risk(params), (params.n,))
    return {"errors": jnp.cumsum(mistakes, dtype=jnp.int32)}


def thresholds_of_prompts(key, params: Params):
    """The classifiers, and k*_n(theta) of the Beta mixture with and without the prior."""
    ends = [largest_broken(params, prior).astype(jnp.int16) for prior in (True, False)]
    return weights_of_prompts(key, params), ends


@simulation(width=8, shared=thresholds_of_prompts)
def anytime_all_trial(key, params: Params, shared):
    """Whether the Beta-mixture bound ever fails, at any n <= N and for any prompt (0 or 1)."""
    weights, ends = shared
    mistakes = template_mistakes(*template_sample(key, params), weights)
    errors = jnp.cumsum(mistakes, axis=0, dtype=jnp.int16)
    ever = [jnp.any(errors <= largest).astype(float) for largest in ends]
    return {"ever_with_prior": ever[0], "ever_without_prior": ever[1]}


# Fixture B


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
