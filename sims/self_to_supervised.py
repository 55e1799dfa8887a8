"""Training targets, one step on many prompts, and the online loop, for a tabular policy."""

import jax
import jax.numpy as jnp

from sims import categories, simulation, uniforms

TRIES, ROUNDS = 64, 300  # what Params admit


@simulation(width=2048)
def trial(key, p):
    """One training target: answers until the judge accepts one, gold (0) after k tries."""
    (u,) = uniforms(key, u=(2, TRIES))
    said = categories(u[0], p.policy)
    taken = jnp.where(said < p.valid, u[1] >= p.rejects, u[1] < p.accepts)
    taken &= jnp.arange(TRIES) < p.tries
    return {"answer": jnp.where(jnp.any(taken), said[jnp.argmax(taken)], 0)}


@simulation(width=2048)
def probe_trial(key, p):
    """N prompts with answers and overlaps mu +- sigma: squared change of the probe's logits.

    ``own`` trains on own answers corrected to gold, ``gold`` on gold, ``soft`` on what own answers
    are in mean.
    """
    (u,) = uniforms(key, u=(2, p.prompts))
    said = categories(u[0], p.policy)
    overlap = p.mu + p.sigma * jnp.where(u[1] < 0.5, 1.0, -1.0)
    policy, total = jnp.asarray(p.policy), jnp.sum(overlap)
    right = jnp.arange(len(policy)) < p.valid
    soft = jnp.where(right, policy, 0.0).at[0].add(jnp.sum(jnp.where(right, 0.0, policy)))

    def square(weights):
        return jnp.sum(((weights - total * policy) / p.prompts) ** 2)

    zero = jnp.zeros_like(policy)
    return {
        "own": square(zero.at[jnp.where(said < p.valid, said, 0)].add(overlap)),
        "gold": square(zero.at[0].add(total)),
        "soft": square(total * soft),
    }


@simulation(width=2048)
def online_trial(key, p):
    """Policies after R rounds on their own answers, wrong ones corrected to gold.

    ``policy`` moves by mixture, ``logits`` by gradient steps of the same size on softmax logits.
    """
    (u,) = uniforms(key, u=(ROUNDS,))

    def answered(t, policy):
        said = categories(u[t], policy)
        return (jnp.arange(len(policy)) == jnp.where(said < p.valid, said, 0)) - policy

    def one(t, state):
        policy, logits = state
        now = jax.nn.softmax(logits)
        return policy + p.eta * answered(t, policy), logits + p.eta * answered(t, now)

    start = jnp.asarray(p.policy)
    policy, logits = jax.lax.fori_loop(0, p.rounds, one, (start, jnp.log(start + 1e-300)))
    return {"policy": policy, "logits": logits}
