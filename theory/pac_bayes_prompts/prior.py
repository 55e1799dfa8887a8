"""A tiny autoregressive language model as the prior over prompts; everything in nats.

First token: pi0[v] proportional to e^{-v/s0}. Then Q[u, v] proportional to e^{-dist/s}, where
dist = min(q, V - q) and q = (v - u - 1) mod V: the next token on a circle is the likeliest.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Claims, Domain, Le, ParameterError, Row, Scalar, Twin, closed_form, entropy, own_checks,
)  # fmt: skip
from theory.pac_bayes_prompts.bounds import occam_hoeffding
from theory.pac_bayes_prompts.params import SETTING, TEMPLATE, Amount, Params

__all__ = [
    "EMPTY", "all_prompts", "log_class_size", "log_initial_law", "log_prior",
    "log_prior_stopping", "log_transitions", "prior_entropy", "tilted_log_prior",
]  # fmt: skip

claim = Claims()

LogPrior = Annotated[Any, Row, Le(1e-9)]  # ln P, up to rounding at P = 1; -inf where impossible


EMPTY = -1
"""What stands in a token array after the end of a prompt."""


def log_initial_law(params: Params) -> jax.Array:
    """ln pi0, shape (V,)."""
    return jax.nn.log_softmax(-jnp.arange(params.vocabulary) / params.start_width)


def log_transitions(params: Params) -> jax.Array:
    """ln Q, shape (V, V)."""
    v = jnp.arange(params.vocabulary)
    ahead = (v[None, :] - v[:, None] - 1) % params.vocabulary
    distance = jnp.minimum(ahead, params.vocabulary - ahead)
    return jax.nn.log_softmax(-distance / params.prior_width, axis=1)


def all_prompts(params: Params) -> np.ndarray:
    """All V^L prompts of full length, shape (V^L, L), the last token running fastest."""
    v, length = params.vocabulary, params.length
    if v**length > 10**7:
        raise ParameterError(f"{SETTING}: {v}^{length} prompts are too many to list: at most 10^7")
    return np.indices((v,) * length).reshape(length, -1).T


def checked_tokens(tokens: Scalar, params: Params, least: int) -> tuple[jax.Array, jax.Array]:
    """(tokens, which prompts are words of the vocabulary); least is 0, or EMPTY for padded ones.

    Raises ParameterError for concrete tokens that are none: JAX would take its nearest index.
    """
    tokens = jnp.asarray(tokens)
    if not jnp.issubdtype(tokens.dtype, jnp.integer):
        raise ParameterError(f"{SETTING}: tokens of dtype {tokens.dtype} are no whole numbers")
    if tokens.ndim == 0 or not 1 <= tokens.shape[-1] <= params.length:
        raise ParameterError(
            f"{SETTING}: tokens of shape {tokens.shape}: the last axis has 1 to {params.length}"
        )
    known = (tokens >= least) & (tokens < params.vocabulary)
    late = (tokens[..., 1:] >= 0) & (tokens[..., :-1] < 0)
    good = known.all(axis=-1) & ~late.any(axis=-1)
    if not isinstance(good, Tracer) and not good.all():
        raise ParameterError(
            f"{SETTING}: a token is outside [{least}, {params.vocabulary - 1}], or stands after"
            " the end of its prompt"
        )
    return tokens, good


def _along(tokens: Scalar, params: Params, least: int) -> tuple[jax.Array, jax.Array]:
    """(ln pi0[t1] + sum ln Q[t_{i-1}, t_i] up to the end of each prompt, its length)."""
    tokens, good = checked_tokens(tokens, params, least)
    used, safe = tokens >= 0, jnp.maximum(tokens, 0)
    steps = log_transitions(params)[safe[..., :-1], safe[..., 1:]]
    first = log_initial_law(params)[safe[..., :1]]
    total = jnp.sum(jnp.where(used, jnp.concatenate([first, steps], axis=-1), 0.0), axis=-1)
    return jnp.where(good, total, jnp.nan), used.sum(axis=-1)


@own_checks("prompts are judged one by one")
def log_prior(tokens: Scalar, params: Params) -> jax.Array:
    """ln P of prompts of fixed length: ln pi0[t1] + sum ln Q[t_{i-1}, t_i].

    ``tokens``: ints in [0, V) of shape (..., l), 1 <= l <= L; the result has shape (...). Raises
    ParameterError for others; traced ones give NaN.
    """
    return _along(tokens, params, 0)[0]


@own_checks("prompts are judged one by one")
def log_prior_stopping(tokens: Scalar, params: Params) -> jax.Array:
    """ln P of prompts of any length 0..L, padded with :data:`EMPTY`; shape (..., L) -> (...).

    Each token costs ln(1 - e), an end before length L costs ln e (at L the prompt ends by force).
    """
    total, length = _along(tokens, params, EMPTY)
    ended = jnp.where(length < jnp.shape(tokens)[-1], jnp.log(params.stop), 0.0)
    return total + length * jnp.log1p(-params.stop) + ended


def log_class_size(params: Params) -> float:
    """ln |H| = L ln V: the code length of a template under the uniform prior."""
    return params.length * float(np.log(params.vocabulary))


@closed_form(example={"log_prior": np.log([0.5, 0.5])})
def tilted_log_prior(log_prior: LogPrior, errors: Amount, tilt: Amount) -> jax.Array:
    """ln P0, P0(theta) proportional to P(theta) e^{-g k0(theta)}, k0 errors on the first points.

    Axis -1 runs over all prompts; a tilt of 0 gives the prior back. It is the Gibbs posterior:
    E_Q g k0 + KL(Q||P) is smallest there.
    """
    return jax.nn.log_softmax(jnp.asarray(log_prior) - tilt * errors, axis=-1)


PRIORS = Domain.around(
    TEMPLATE.but(delta=0.05), decay=(0.3, 0.9), prior_width=(0.5, 6), start_width=(0.5, 8)
)
LOST_NATS = np.asarray([0.5, 1.0, 2.0, 4.0])


def _bounds_apart(p: Params) -> tuple[Any, Any]:
    """(ln|H| - ln 1/P, bound under P - bound under the uniform prior) for every prompt."""
    nats, code = -log_prior(all_prompts(p), p), log_class_size(p)
    ours, uniform = (occam_hoeffding(0.1 * p.n, p.n, c + p.confidence) for c in (nats, code))
    return code - nats, ours - uniform


@claim.never_above(
    lambda p: jnp.zeros(p.vocabulary**p.length), over=PRIORS, points=24,
    twin=Twin("the language-model prior always wins", smaller=lambda p: _bounds_apart(p)[1]),
)  # fmt: skip
def prior_vs_uniform_crossover(p):
    """the prior's bound is under the uniform one iff ln 1/P(theta) < ln|H|.

    the paper's comparison with uniform convergence; derived: same form, other c
    """
    gain, difference = _bounds_apart(p)
    return gain * difference


@claim.never_above(
    lambda p: jnp.exp(-LOST_NATS), over=PRIORS, points=24, name="prior_drawn_prompts_rarely_lose",
    twin=Twin("none of more than half a nat ever loses", larger=lambda p: 0 * LOST_NATS),
)  # fmt: skip
def mass_of_losers(p):
    """P{ theta : P(theta) < e^-t/|H| } <= e^-t.

    derived: at most |H| prompts of mass under e^-t/|H| each
    """
    log_mass = log_prior(all_prompts(p), p)
    lost = -log_mass - log_class_size(p)
    return jnp.sum(jnp.where(lost > LOST_NATS[:, None], jnp.exp(log_mass), 0.0), axis=1)


@claim.identity(
    lambda p: entropy(jnp.exp(log_prior(all_prompts(p), p))), over=PRIORS, points=12,
    within=1e-12, why="a sum of 1728 positive terms", name="prior_entropy_chain",
    known=((TEMPLATE, "6.4968186331"),),
    twin=Twin("every token has the first token's entropy",
              lhs=lambda p: p.length * entropy(jnp.exp(log_initial_law(p)))),
)  # fmt: skip
def prior_entropy(params):
    """E ln 1/P = H(pi0) + sum_{t >= 2} sum_u p_{t-1}(u) H(Q[u, :]).

    derived: chain rule of the entropy
    """
    law, transition = jnp.exp(log_initial_law(params)), jnp.exp(log_transitions(params))
    total = entropy(law)
    for _ in range(params.length - 1):
        total = total + law @ entropy(transition)
        law = law @ transition
    return total
