"""A tiny autoregressive language model as the prior over prompts; everything in nats.

First token: pi0[v] proportional to e^{-v/s0}. Then Q[u, v] proportional to e^{-dist/s}, where
dist = min(q, V - q) and q = (v - u - 1) mod V: the next token on a circle is the likeliest.
"""

import jax
import jax.numpy as jnp
import numpy as np

from theory import ParameterError, Scalar
from theory.pac_bayes_prompts._params import SETTING, Params

EMPTY = -1
"""What stands in a token array after the end of a prompt."""


def initial_law(params: Params) -> jax.Array:
    """pi0, shape (V,)."""
    return jax.nn.softmax(-jnp.arange(params.vocabulary) / params.start_width)


def transitions(params: Params) -> jax.Array:
    """Q, shape (V, V); rows sum to 1."""
    v = jnp.arange(params.vocabulary)
    ahead = (v[None, :] - v[:, None] - 1) % params.vocabulary
    distance = jnp.minimum(ahead, params.vocabulary - ahead)
    return jax.nn.softmax(-distance / params.prior_width, axis=1)


def check_prior(initial: Scalar, transition: Scalar) -> None:
    """Raises ParameterError unless both are laws: no negative entry, sums 1 to 1e-9."""
    for name, rows in (("pi0", np.atleast_2d(initial)), ("Q", np.asarray(transition))):
        if rows.ndim != 2 or (rows < 0).any() or not np.isfinite(rows).all():
            raise ParameterError(f"{SETTING}: {name} has entries that are not probabilities")
        worst = float(abs(rows.sum(axis=1) - 1).max())
        if worst > 1e-9:
            raise ParameterError(
                f"{SETTING}: a row of {name} sums to 1 only within {worst:.3g}, not 1e-9;"
                " divide each row by its sum"
            )


def all_prompts(params: Params) -> np.ndarray:
    """All V^L prompts of full length, shape (V^L, L), the last token running fastest."""
    axes = [np.arange(params.vocabulary)] * params.length
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, params.length)


def log_prior(tokens: Scalar, params: Params) -> jax.Array:
    """ln P of prompts of fixed length: ln pi0[t1] + sum ln Q[t_{i-1}, t_i].

    ``tokens``: ints of shape (..., l); the result has shape (...).
    """
    tokens = jnp.asarray(tokens)
    first = jnp.log(initial_law(params))[tokens[..., 0]]
    steps = jnp.log(transitions(params))[tokens[..., :-1], tokens[..., 1:]]
    return first + steps.sum(axis=-1)


def log_prior_stopping(tokens: Scalar, params: Params) -> jax.Array:
    """ln P of prompts of any length 0..L, padded with :data:`EMPTY`; shape (..., L) -> (...).

    Each token costs ln(1 - e), an end before length L costs ln e (at L the prompt ends by force).
    """
    tokens = jnp.asarray(tokens)
    used = tokens >= 0
    safe = jnp.maximum(tokens, 0)
    first = jnp.where(used[..., 0], jnp.log(initial_law(params))[safe[..., 0]], 0.0)
    steps = jnp.log(transitions(params))[safe[..., :-1], safe[..., 1:]]
    steps = jnp.where(used[..., 1:], steps, 0.0).sum(axis=-1)
    length = used.sum(axis=-1)
    ended = jnp.where(length < tokens.shape[-1], jnp.log(params.stop), 0.0)
    return first + steps + length * jnp.log1p(-params.stop) + ended


def prior_entropy(params: Params) -> jax.Array:
    """H(P) for fixed length: H(pi0) + sum_{t >= 2} sum_u p_{t-1}(u) H(Q[u, :])."""

    def entropy(law):
        return -jnp.sum(law * jnp.log(law), axis=-1)

    law, transition = initial_law(params), transitions(params)
    total = entropy(law)
    for _ in range(params.length - 1):
        total = total + law @ entropy(transition)
        law = law @ transition
    return total


def log_class_size(params: Params) -> float:
    """ln |H| = L ln V: the code length of a template under the uniform prior."""
    return params.length * float(np.log(params.vocabulary))


def tilted_log_prior(log_prior: Scalar, errors: Scalar, tilt: Scalar) -> jax.Array:
    """ln P0, P0(theta) proportional to P(theta) e^{-g k0(theta)}, k0 errors on the first points.

    Axis -1 runs over all prompts; a tilt of 0 gives the prior back.
    """
    raw = log_prior - tilt * errors
    return raw - jax.scipy.special.logsumexp(raw, axis=-1, keepdims=True)


def gibbs(log_prior: Scalar, losses: Scalar) -> jax.Array:
    """ln Q, Q(theta) proportional to P(theta) e^{-losses(theta)}: minimiser of E_Q losses + KL."""
    return tilted_log_prior(log_prior, losses, 1.0)
