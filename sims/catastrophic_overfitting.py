"""Attacks on one landscape, and training against attacks of one step."""

import jax
import jax.numpy as jnp

from sims import simulation, uniforms
from theory import normal_quantile

DESCENT = 512  # steps of length 2/DESCENT


def g(x, b, c):
    """A nuisance coordinate's part of the margin."""
    return b * x - c * x**3


def downhill(x, b, c):
    """The direction in which the margin falls."""
    return jnp.where(b - 3 * c * x**2 > 0, -1.0, 1.0)


@simulation(width=512)
def trial(key, p):
    """A sample: FGSM, signed descent, the worst case on a grid; single steps from noisy starts.

    Means over the n coordinates of what a step changes."""
    (u,) = uniforms(key, u=(2 * p.n + 1,))
    margin = p.margin + p.spread * normal_quantile(u[-1])
    grid = jnp.linspace(-1.0, 1.0, 2049)
    values = g(grid, p.b, p.c)
    fgsm, worst = g(-1.0, p.b, p.c), jnp.min(values)

    def descend(_, x):
        return jnp.clip(x + 2 / DESCENT * downhill(x, p.b, p.c), -1.0, 1.0)

    found = jax.lax.fori_loop(0, DESCENT, descend, 2 * u[: p.n] - 1)
    start = p.k * (2 * u[p.n : -1] - 1)
    after = start + downhill(start, p.b, p.c)
    kept = jnp.clip(after, -1.0, 1.0)
    change = g(after, p.b, p.c) - g(start, p.b, p.c)
    later = g(start + downhill(start, p.b, p.late), p.b, p.late) - g(start, p.b, p.late)
    return {
        "margin": margin,
        "fgsm_value": fgsm,
        "worst_value": worst,
        "worst_place": grid[jnp.argmin(values)],
        "fgsm_margin": margin + p.n * fgsm,
        "worst_margin": margin + p.n * worst,
        "fgsm_right": 1.0 * (margin + p.n * fgsm > 0),
        "worst_right": 1.0 * (margin + p.n * worst > 0),
        "descended_far": 1.0 * (found[0] > 0.99),
        "descended_value": g(found[0], p.b, p.c) / p.b,
        "descended_right": 1.0 * (margin + jnp.sum(g(found, p.b, p.c)) > 0),
        "change": jnp.mean(change),
        "abnormal": 1.0 * (change[0] > 0),
        "abnormal_late": 1.0 * (later[0] > 0),
        "abnormal_change": jnp.mean(jnp.maximum(change, 0)),
        "abnormal_together": 1.0 * (jnp.sum(change) > 0),
        "push_b": jnp.mean(after),
        "push_c": -jnp.mean(after**3),
        "projected_b": jnp.mean(kept),
        "projected_c": -jnp.mean(kept**3),
    }


def margins(w, x, features, p):
    """The margins at the perturbation x of every coordinate."""
    b, c, robust = w
    return features + p.a * robust + p.n * g(x, b, c)


def losses(w, batch, p):
    """(loss after the step, loss before it, whether the example is abnormal) of each sample."""
    start, features = batch
    b, c, _ = jax.lax.stop_gradient(w)
    after = margins(w, start + downhill(start, b, c), features, p)
    before = jax.lax.stop_gradient(margins(w, start, features, p))
    loss = (lambda m: -m) if p.loss == "linear" else (lambda m: jax.nn.softplus(-m))
    return loss(after), loss(before), jax.lax.stop_gradient(1.0 * (after > before))


def objective(w, batch, p):
    """The loss after the step, and AAER's penalty on abnormal examples."""
    after, before, abnormal = losses(w, batch, p)
    return jnp.mean(after + p.lam * abnormal * (before - after))


def share_of(w, batch, p, which):
    """The abnormal (1) or normal (0) examples' part of the mean loss after the step."""
    after, _, abnormal = losses(w, batch, p)
    return jnp.mean(after * (abnormal == which))


@simulation(width=4)
def training_trial(key, p):
    """Descent on the loss after one signed step from equally spaced noise with a random offset.

    Step sizes are random too. Paths of b, c, the robust features' shift and time, and the parts of
    the first gradient in (b, c).
    """
    (u,) = uniforms(key, u=(p.steps, 2 + (p.batch if p.batch < 100 else 0)))
    places = jnp.arange(p.batch) / p.batch
    spread = p.spread * normal_quantile(u[:, 2:]) if u.shape[1] > 2 else 0.0 * u[:, :1]
    speed = jnp.array([1.0, p.kappa, 1.0])

    def batch(row, deviation):
        start = p.k * (2 * jnp.mod(places + row[0], 1.0) - 1)
        return start, p.margin + deviation + jnp.zeros(p.batch)

    def step(w, drawn):
        row, deviation = drawn
        size = 2 * p.rate * row[1]
        size = size * w[0] if p.schedule == "proportional" else size
        w = w - size * speed * jax.grad(objective)(w, batch(row, deviation), p)
        return w, (w, size)

    first = jnp.array([p.b, p.c, 0.0])
    _, (path, sizes) = jax.lax.scan(step, first, (u, spread))
    path = jnp.concatenate([first[None], path])
    begin = batch(u[0], spread[0])
    return {
        "b": path[:, 0],
        "c": path[:, 1],
        "shift": p.a * path[:, 2],
        "time": jnp.concatenate([jnp.zeros(1), jnp.cumsum(sizes)]),
        "share": jnp.mean(losses(first, begin, p)[2]),
        "penalised": jax.grad(objective)(first, begin, p)[:2],
        "abnormal": jax.grad(share_of)(first, begin, p, 1)[:2],
        "normal": jax.grad(share_of)(first, begin, p, 0)[:2],
    }
