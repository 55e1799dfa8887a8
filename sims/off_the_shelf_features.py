"""A head's exact error given its direction, for features and raw inputs; retrieval on vectors."""

import jax.numpy as jnp

from sims import normals, simulation
from theory import normal_cdf


def error_of(head, signal, n):
    """Phi(-sqrt(S) cos), the error of a head whose noise is ``head``, mu along the first axis."""
    along = jnp.sqrt(n * signal) + head[0]
    return normal_cdf(-jnp.sqrt(signal) * along / jnp.sqrt(along**2 + jnp.sum(head[1:] ** 2)))


@simulation(width=256)
def trial(key, p):
    """One head of each kind; one query against sixteen pairs of points."""
    head, raw, query, pairs = normals(key, head=p.d, raw=p.raw, query=p.d, pairs=(2, 16, p.d))
    mu = jnp.zeros(p.d).at[0].set(jnp.sqrt(p.signal))
    near, far = (jnp.sum((query + mu - x) ** 2, -1) for x in (pairs[0] + mu, pairs[1] - mu))
    return {
        "head_error": error_of(head, p.signal, p.n),
        "raw_error": error_of(raw, p.m2, p.n),
        "nearer": jnp.mean(near < far, dtype=float),
    }
