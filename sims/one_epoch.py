"""SGD that is run: on fresh batches, on a few batches again and again; flows on repeated data."""

import jax
import jax.numpy as jnp

from sims import normals, simulation, uniforms


def signs(u):
    """-sqrt 3, 0, sqrt 3 with chances 1/6, 2/3, 1/6: the moments of N(0, 1) up to the fifth."""
    return jnp.sqrt(3.0) * ((u > 5 / 6) * 1.0 - (u < 1 / 6))


def path(rows, labels, truth, lam, p):
    """w before each of the T steps, and after them."""
    trained = jnp.arange(p.d) < p.N

    def step(w, batch):
        x, y = batch
        slope = x.T @ (x @ w - y) / p.B
        return w - p.eta * jnp.where(trained, slope, 0.0), w

    end, seen = jax.lax.scan(step, jnp.zeros(p.d), (rows, labels))
    return jnp.concatenate([seen, end[None]])


@simulation(width=2048)
def trial(key, p):
    """T steps of SGD on fresh batches, and on the first T/epochs of them in turn.

    Coordinates and label noise have a normal's first five moments and a bounded range.
    """
    (u,) = uniforms(key, u=(p.T, p.B, p.d + 1))
    z = signs(u)
    rows = z[..., :-1] * jnp.sqrt(p.lam)
    truth = jnp.sqrt(p.energy / p.lam)
    labels = rows @ truth + jnp.sqrt(p.s2) * z[..., -1]
    again = jnp.arange(p.T) % (p.T // p.epochs)
    fresh = path(rows, labels, truth, p.lam, p)
    reused = path(rows[again], labels[again], truth, p.lam, p)
    risk = lambda w: jnp.sum(p.lam * (w - truth) ** 2)  # noqa: E731
    return {
        "risk": risk(fresh[-1]),
        "before": risk(fresh[-2]),
        "online": jnp.mean((rows[-1] @ fresh[-2] - labels[-1]) ** 2),
        "reused": risk(reused[-1]),
    }


@simulation(width=64)
def repeated_trial(key, p):
    """Gradient flow for time tau, and long, on n isotropic samples; labels with noise +-sqrt s2."""
    rows, truth, flip = normals(key, rows=(p.n, p.dim), truth=(p.dim,), flip=(p.n,))
    truth = jnp.sqrt(p.r2) * truth / jnp.linalg.norm(truth)
    labels = rows @ truth + jnp.sqrt(p.s2) * jnp.where(flip > 0, 1.0, -1.0)
    moment, aim = rows.T @ rows / p.n, rows.T @ labels / p.n
    size, frame = jnp.linalg.eigh(moment)
    size = jnp.maximum(size, 1e-12)
    w = frame @ (-jnp.expm1(-p.tau * size) / size * (frame.T @ aim))
    return {"test": jnp.sum((w - truth) ** 2), "train": jnp.mean((rows @ w - labels) ** 2)}
