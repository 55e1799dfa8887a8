"""Searches over prompts: exhaustive, beam and greedy."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims import product
from theory.pac_bayes_prompts import (
    EMPTY,
    Params,
    class_names,
    classifiers,
    embeddings,
    log_initial_law,
    log_prior,
    log_prior_stopping,
    log_transitions,
    token_weights,
)

__all__ = [
    "Found", "beam_search", "greedy_class_prompts", "right_answers", "template_errors",
    "template_mistakes",
]  # fmt: skip


def template_mistakes(x, y, weights):
    """Which of the points each classifier gets wrong: (n, d), (n,), (H, d) -> (n, H) bools."""
    return (product(x, weights.T.astype(x.dtype)) > 0) != (y == 1)[:, None]


def error_rate(errors, n):
    """errors/n in float64: JAX divides int32 counts in float32."""
    return errors.astype(float) / n


_FEW = 2**16  # scores that a vmapped batch of samples may keep in the cache


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
    count = _signed_errors
    if len(x) * len(weights) > _FEW:
        count = jax.custom_batching.sequential_vmap(_signed_errors)
    return count(signed, weights.astype(x.dtype)).astype(jnp.int32)


class Found(NamedTuple):
    """Prompts that a search visited: tokens, training errors, and ln 1/P in nats."""

    tokens: jax.Array
    errors: jax.Array
    nats: jax.Array


def beam_search(x, y, params: Params, width: int, reward) -> Found:
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
        errors = template_errors(x, y, classifiers(grown, params))
        score = 1 - error_rate(errors, params.n) + reward * log_prior(grown, params)
        score, best = jax.lax.top_k(score, min(width, len(grown)))
        beams, errors = grown[best], errors[best]
    return Found(beams[0], errors[0], -log_prior(beams[0], params))


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


def greedy_class_prompts(x, y, params: Params, reward) -> Found:
    """Fixture B: greedy search, one token for one class at a time; all K L prefixes it visits.

    For t = 1..L and k = 0..K-1, the token v is appended to prompt k that maximises training
    accuracy + reward ln Q(v | last), ties to the lowest v. Nothing is rescored: appending v moves
    only the score of class k, by <x_k, a_t E_v>, and a step costs O(n V) comparisons.

    Returns tokens (K L, K, L) padded with EMPTY, error counts and nats (with length terms).
    """
    K, L = params.classes, params.length
    vectors, weights = embeddings(params), token_weights(params)
    log_first, log_next = log_initial_law(params), log_transitions(params)

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

    start = jnp.einsum("nkb,kb->nk", x, class_names(params))
    empty = jnp.full((K, L), EMPTY)
    _, (tokens, errors) = jax.lax.scan(step, (start, empty), jnp.arange(K * L))
    return Found(tokens, errors, -log_prior_stopping(tokens, params).sum(axis=-1))
