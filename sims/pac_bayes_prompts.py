"""Samples of both fixtures, searches over prompts (exhaustive, beam, greedy), and trials."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

import theory.pac_bayes_prompts as pac
from sims import product, simulation
from theory.pac_bayes_prompts.coverage import first_prompt_risk, largest_broken

REWARDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
NOISE_LEVELS = tuple(i / 10 for i in range(11))


def noisy_labels(key, labels, params: pac.Params):
    """Each label is replaced, with probability eta, by a uniform draw from all K labels."""
    flip_key, draw_key = jax.random.split(key)
    flipped = jax.random.uniform(flip_key, labels.shape) < params.label_noise
    redrawn = jax.random.randint(draw_key, labels.shape, 0, params.classes)
    return jnp.where(flipped, redrawn, labels)


def template_sample(key, params: pac.Params):
    """(x, y) of fixture T: x of shape (n, d) in float32, labels y in {0, 1}.

    float32 turns a sign in about one of 1e7 margins, far under what any claim can see.
    """
    label_key, noise_key, flip_key = jax.random.split(key, 3)
    y = jax.random.bernoulli(label_key, 0.5, (params.n,)).astype(jnp.int32)
    noise = jax.random.normal(noise_key, (params.n, params.dimension), jnp.float32)
    mean = jnp.where(y[:, None] == 1, 1.0, -1.0) * pac.class_mean(params) + params.bias
    x = mean.astype(jnp.float32) + jnp.asarray(params.sigma, jnp.float32) * noise
    return x, noisy_labels(flip_key, y, params)


def block_sample(key, params: pac.Params):
    """(x, y) of fixture B: x of shape (n, K, b), labels y in 0..K-1."""
    data_key, flip_key = jax.random.split(key)
    label_key, noise_key = jax.random.split(data_key)
    y = jax.random.randint(label_key, (params.n,), 0, params.classes)
    noise = jax.random.normal(noise_key, (params.n, params.classes, params.dimension))
    return pac.block_means(params)[y] + params.sigma * noise, noisy_labels(flip_key, y, params)


def template_mistakes(x, y, weights):
    """Which of the points each classifier gets wrong: (n, d), (n,), (H, d) -> (n, H) bools."""
    return (product(x, weights.T.astype(x.dtype)) > 0) != (y == 1)[:, None]


def _signed_errors(signed, weights):
    """How many rows of ``signed`` have no positive product with each of the weights."""
    wrong = (product(signed, weights.T) <= 0).astype(signed.dtype)
    ones = jnp.ones(len(signed), signed.dtype)  # counts under 2^24 are exact in float32
    return product(ones, wrong)


def template_errors(x, y, weights):
    """Error counts of all classifiers, shape (H,), in int32; a score of exactly 0 is an error.

    The labels' signs go into the points, so that an error is one comparison, and the count is a
    product with ones. Under ``vmap`` large samples are taken one after the other: the (n, H) scores
    of one stay in the cache, where those of all would not, which costs six times as much.
    """
    signed = jnp.where(y[:, None] == 1, x, -x)
    many = len(x) * len(weights) > 2**16  # more scores than a batch of samples keeps in the cache
    count = jax.custom_batching.sequential_vmap(_signed_errors) if many else _signed_errors
    return count(signed, weights.astype(x.dtype)).astype(jnp.int32)


class Found(NamedTuple):
    """Prompts that a search visited: tokens, training errors, and ln 1/P in nats."""

    tokens: jax.Array
    errors: jax.Array
    nats: jax.Array


def beam_search(x, y, params: pac.Params, width: int, reward) -> Found:
    """Fixture T: the best of the last beam under J = training accuracy + reward ln P.

    Every beam is extended by every token and the ``width`` best extensions are kept; ties go to
    the lower index. Width 1 is the greedy search, whose step adds reward ln Q(token | last).
    """
    v = params.vocabulary
    beams = jnp.zeros((1, 0), int)
    score = errors = jnp.zeros(1)
    for _ in range(params.length):
        # the token runs fastest, so that equal scores go to the lowest token of the best beam
        grown = jnp.concatenate(
            [jnp.repeat(beams, v, axis=0), jnp.tile(jnp.arange(v), len(beams))[:, None]], axis=1
        )
        errors = template_errors(x, y, pac.classifiers(grown, params))
        # JAX would divide int32 counts in float32
        score = 1 - errors.astype(float) / params.n + reward * pac.log_prior(grown, params)
        score, best = jax.lax.top_k(score, min(width, len(grown)))
        beams, errors = grown[best], errors[best]
    return Found(beams[0], errors[0], -pac.log_prior(beams[0], params))


def right_answers(scores, labels, k, new):
    """Which points are right, (n, V), when class k's score of (n, K) becomes ``new[:, v]``.

    A point of class k is right if the new score beats all others; a point of another class, if it
    beat all others but k already and the new score stays under its own.
    """
    own = jnp.take_along_axis(scores, labels[:, None], axis=1)
    column = jnp.arange(scores.shape[1])
    rival = (column != k) & (column != labels[:, None])
    rivals = jnp.where(rival, scores, -jnp.inf).max(axis=1, keepdims=True)
    return jnp.where((labels == k)[:, None], new > rivals, (own > rivals) & (new < own))


def greedy_class_prompts(x, y, params: pac.Params, reward) -> Found:
    """Fixture B: greedy search, one token for one class at a time; all K L prefixes it visits.

    For t = 1..L and k = 0..K-1, the token v is appended to prompt k that maximises training
    accuracy + reward ln Q(v | last), ties to the lowest v. Nothing is rescored: appending v moves
    only the score of class k, by <x_k, a_t E_v>, and a step costs O(n V) comparisons.

    Returns tokens (K L, K, L) padded with pac.EMPTY, error counts and nats (with length terms).
    """
    K, L = params.classes, params.length
    vectors, weights = pac.embeddings(params), pac.token_weights(params)
    log_first, log_next = pac.log_initial_law(params), pac.log_transitions(params)

    def step(state, place):
        scores, tokens = state
        t, k = place // K, place % K
        grown = scores[:, k, None] + (x[:, k] @ vectors.T) * weights[t]  # (n, V)
        correct = right_answers(scores, y, k, grown).sum(axis=0)
        last = tokens[k, jnp.maximum(t - 1, 0)]
        log_token = jnp.where(t == 0, log_first, log_next[jnp.maximum(last, 0)])
        v = jnp.argmax(correct / params.n + reward * log_token)
        scores = scores.at[:, k].set(grown[:, v])
        tokens = tokens.at[k, t].set(v)
        return (scores, tokens), (tokens, params.n - correct[v])

    start = jnp.einsum("nkb,kb->nk", x, pac.class_names(params))
    empty = jnp.full((K, L), pac.EMPTY)
    _, (tokens, errors) = jax.lax.scan(step, (start, empty), jnp.arange(K * L))
    return Found(tokens, errors, -pac.log_prior_stopping(tokens, params).sum(axis=-1))


def prompts(key, params: pac.Params):
    """The classifiers of all prompts, (V^L, d) in float32, and ln P."""
    tokens = pac.all_prompts(params)
    return pac.classifiers(tokens, params).astype(jnp.float32), pac.log_prior(tokens, params)


@simulation(width=64, shared=prompts)
def trial(key, params: pac.Params, shared):
    """Training errors of each of the V^L prompts on one sample (long vectors)."""
    return {"errors": template_errors(*template_sample(key, params), shared[0])}


@simulation(width=16, shared=prompts)
def lagrangian_trial(key, params: pac.Params, shared):
    """Exhaustive, greedy and beam search (of 4) as the reward grows: errors and nats of each."""
    weights, log_p = shared
    x, y = template_sample(key, params)
    errors, rewards = template_errors(x, y, weights), jnp.asarray(REWARDS)
    rate = errors.astype(float) / params.n
    best = jax.vmap(lambda b: jnp.argmin(rate - b * log_p))(rewards)
    seen = {"exhaustive_errors": errors[best], "exhaustive_nats": -log_p[best]}
    for name, width in (("greedy", 1), ("beam", 4)):
        found = jax.vmap(lambda b, width=width: beam_search(x, y, params, width, b))(rewards)
        seen |= {f"{name}_errors": found.errors, f"{name}_nats": found.nats}
    return seen


@simulation(width=16, shared=prompts)
def half_sample_trial(key, params: pac.Params, shared):
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
        c = params.confidence - pac.tilted_log_prior(log_p, head, params.tilt)
        bounds.append(pac.smallest_certificate(total - head, params.n - first, c))
    return {"bounds": jnp.minimum(jnp.stack(bounds), 0.3)}


@simulation(width=16)
def independent_trial(key, params: pac.Params):
    """The smallest of V^L independent training errors under random labels, p = (K-1)/K."""
    shape = (params.n, params.vocabulary**params.length)
    chance = (params.classes - 1) / params.classes
    errors = jax.random.bernoulli(key, chance, shape).sum(axis=0, dtype=jnp.int32)
    return {"smallest_training_error": errors.min().astype(float) / params.n}


@simulation(width=64)
def anytime_trial(key, params: pac.Params):
    """Errors of one prompt, (0, ..., 0), among the first 1..N = n points."""
    mistakes = jax.random.bernoulli(key, first_prompt_risk(params), (params.n,))
    return {"errors": jnp.cumsum(mistakes, dtype=jnp.int32)}


def thresholds_of_prompts(key, params: pac.Params):
    """The classifiers, and k*_n(theta) of the Beta mixture with and without the prior."""
    ends = [largest_broken(params, prior).astype(jnp.int16) for prior in (True, False)]
    return prompts(key, params)[0], ends


@simulation(width=8, shared=thresholds_of_prompts)
def anytime_all_trial(key, params: pac.Params, shared):
    """Whether the Beta-mixture bound ever fails, at any n <= N and for any prompt (0 or 1)."""
    weights, ends = shared
    mistakes = template_mistakes(*template_sample(key, params), weights)
    errors = jnp.cumsum(mistakes, axis=0, dtype=jnp.int16)
    ever = [jnp.any(errors <= largest).astype(float) for largest in ends]
    return {"ever_with_prior": ever[0], "ever_without_prior": ever[1]}


@simulation(width=8)
def block_trial(key, params: pac.Params):
    """Greedy search with reward beta: errors and nats of every prefix, and the last one's risk."""
    path = greedy_class_prompts(*block_sample(key, params), params, params.reward)
    risk = pac.block_risk(path.tokens[-1], params)
    return {"errors": path.errors, "nats": path.nats, "risk": risk}


@simulation(width=4)
def noise_trial(key, params: pac.Params):
    """Greedy searches on one sample under eleven levels of label noise (common random numbers)."""
    levels = jnp.asarray(NOISE_LEVELS)
    found = jax.vmap(lambda eta: block_trial(key, params.but(label_noise=eta)))(levels)
    return {"training_error": found["errors"][:, -1] / params.n, "clean_risk": found["risk"]}


@simulation(width=32)
def fixed_prompt_trial(key, params: pac.Params):
    """The error of fixed class prompts on n points with noisy labels (needs V >= 16, K = L = 4)."""
    x, y = block_sample(key, params)
    embedding = pac.text_embeddings(jnp.asarray(pac.FIXED_PROMPTS), params)
    scores = jnp.einsum("nkb,kb->nk", x, embedding)
    return {"noisy_error": jnp.mean(jnp.argmax(scores, axis=1) != y, dtype=jnp.float64)}
