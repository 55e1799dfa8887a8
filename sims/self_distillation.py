"""Rounds that are run: ridge fits one after another, mixed ones, fine-tuning, and a collapse."""

import jax
import jax.numpy as jnp

from sims import flow, normals, orthonormal, sign_patterns, simulation
from theory import normal_cdf

LAST = 40  # mixed rounds with a constant weight
STEPS = 256  # of fine-tuning
HALVINGS = 60
MOST = 36  # constrained rounds


def solver(X, ridge):
    """A function from (targets, w_init) to the ridge fit with its penalty around w_init."""
    root = jax.scipy.linalg.cho_factor(X.T @ X + ridge * jnp.eye(X.shape[1]))
    return lambda target, w: jax.scipy.linalg.cho_solve(root, X.T @ target + ridge * w)


def distilled(X, y, w_init, ridge, weights):
    """(weights after each round, targets of each), xi the teacher's weight in each round."""
    fit = solver(X, ridge)
    first = fit(y, w_init)

    def step(w, xi):
        target = (1 - xi) * y + xi * (X @ w)
        new = fit(target, w_init)
        return new, (new, target)

    path, targets = jax.lax.scan(step, first, weights)[1]
    return jnp.concatenate([first[None], path]), jnp.concatenate([y[None], targets])


def problem(left, right, start, z, p):
    """(X, U, V, y, w*) of the singular values, coefficients and noise at hand."""
    U, V = orthonormal(left), orthonormal(right)
    X = (U * jnp.sqrt(p.squares)) @ V.T
    best = start + V @ jnp.sqrt(p.signals)
    return X, U, V, X @ best + p.sigma * z, best


def shapes(p):
    """What a problem is drawn from."""
    return {"left": (p.n, p.rank), "right": (p.d, p.rank), "start": (p.d,), "z": (p.n,)}


@simulation(width=256)
def trial(key, p):
    """Pure rounds, mixed ones, and rounds with a constant weight of the labels."""
    left, right, start, z = normals(key, **shapes(p))
    X, U, V, y, best = problem(left, right, start, z, p)
    xi = jnp.stack([jnp.asarray(x, float) for x in (p.xi1, p.xi2, p.xi3)])
    path, targets = distilled(X, y, start, p.ridge, jnp.ones(p.rounds))
    constant = distilled(X, y, start, p.ridge, jnp.full(LAST, 1.0 - p.truth))[0][-1]
    once = jax.vmap(lambda x: distilled(X, y, start, p.ridge, x[None])[0][-1])
    mixed = once(jnp.array([-1.0, 0.0, 1.0]))
    chained = distilled(X, y, start, p.ridge, xi)[0][-1]
    moved = path - start

    def risk(weights):
        return jnp.sum(((weights - best) @ X.T) ** 2, axis=1) / p.n

    return {
        "a": U.T @ (y - X @ start),
        "residual": jnp.linalg.norm(y - X @ start),
        "along": moved @ V,
        "outside": jnp.max(jnp.abs(moved - moved @ V @ V.T)),
        "missed": (targets - path @ X.T) @ U,
        "distance": jnp.linalg.norm(moved, axis=1),
        "loss": risk(path),
        "mixed": risk(mixed),
        "chained": (chained - start) @ V,
        "settled": (constant - start) @ V,
    }


@simulation(width=16)
def tuned_trial(key, p):
    """Fine-tuning after each round, on the same data and on eight other rows."""
    left, right, start, z, X2, y2 = normals(key, **shapes(p), X2=(8, p.d), y2=(8,))
    X, U, _, y, _ = problem(left, right, start, z, p)
    path, _ = distilled(X, y, start, p.ridge, jnp.ones(p.rounds))
    X2 = X2 / 2
    left2, s2, right2 = jnp.linalg.svd(X2, full_matrices=False)
    taken = -jnp.expm1(-p.tau * s2**2) / s2 * (left2.T @ y2)  # fine-tuning takes w_init so far
    y2 = y2 + X2 @ start

    def loss(w):
        here, there = w[0] @ X.T - y, w[1] @ X2.T - y2
        return (jnp.sum(here**2) + jnp.sum(there**2)) / 2

    end = flow(loss, jnp.stack([path, path]), p.tau, STEPS)[-1]
    far = jnp.linalg.norm(end - start, axis=-1)
    return {
        "a": U.T @ (y - X @ start),
        "residual": jnp.linalg.norm(y - X @ start),
        "distance": jnp.linalg.norm(path - start, axis=1),
        "tuned": far[0],
        "elsewhere": far[1],
        "way": jnp.linalg.norm(right2.T @ taken),
    }


@simulation(width=256)
def design_trial(key, p):
    """Rounds of the map from labels to weights on random rows: the expected error given X."""
    (X,) = normals(key, X=(p.n, p.d))
    first = solver(X, p.n * p.ridge)(jnp.eye(p.n), jnp.zeros((p.d, p.n)))
    again = first @ X  # a fit to the labels that weights give

    def step(learnt, _):
        new = again @ learnt
        return new, new

    path = jax.lax.scan(step, first, length=p.rounds)[1]

    def error(maps):
        left = jnp.eye(p.d) - maps @ X
        bias = p.signal / p.d * jnp.sum(left**2, axis=(1, 2))
        return bias + p.sigma**2 * jnp.sum(maps**2, axis=(1, 2))

    mixed = [first + xi * (again @ first - first) for xi in (-1.0, 0.0, 1.0)]
    return {"error": error(jnp.concatenate([first[None], path])), "mixed": error(jnp.stack(mixed))}


@simulation(width=256)
def sampled_trial(key, p):
    """Inputs and labels drawn from a finite population: its loss less theirs; signs tried out."""
    start, which, coin = normals(key, start=(p.d,), which=(p.n, p.d), coin=(p.n,))
    corners = sign_patterns(p.d) / jnp.sqrt(p.d)
    best = start + jnp.sqrt(p.signal / p.d)
    X = jnp.where(which > 0, 1.0, -1.0) / jnp.sqrt(p.d)
    y = X @ best + p.sigma * jnp.where(coin > 0, 1.0, -1.0)
    path, _ = distilled(X, y, start, p.n * p.ridge, jnp.ones(p.rounds))
    both = (corners @ best)[:, None] + p.sigma * jnp.array([-1.0, 1.0])

    def loss(w):
        here = jnp.mean(jnp.minimum(jnp.abs(X @ w - y), 1.0))
        return jnp.mean(jnp.minimum(jnp.abs((corners @ w)[:, None] - both), 1.0)) - here

    few = X[:8]
    return {
        "gap": jax.vmap(loss)(path),
        "distance": jnp.linalg.norm(path - start, axis=1),
        "complexity": jnp.mean(jnp.linalg.norm(sign_patterns(8) @ few, axis=1))
        / jnp.linalg.norm(few),
    }


@simulation(width=64)
def constrained_trial(key, p):
    """Rounds at a fixed error on a random spectrum, until nothing is left."""
    spectrum, z = normals(key, spectrum=(p.modes,), z=(p.modes,))
    place = normal_cdf(spectrum).at[0].set(0.0).at[1].set(1.0)
    D = jnp.exp(-place * jnp.log(p.kappa))
    root_eps = jnp.linalg.norm(z) / p.rho

    def step(z, _):
        size = jnp.linalg.norm(z) / root_eps
        going = size > 1
        scaled = jnp.where(going, 1.0, 2 / size) * z / root_eps

        def halve(_, ends):
            middle = (ends[0] + ends[1]) / 2
            enough = jnp.sum((scaled / (1 + D * jnp.exp(-middle))) ** 2) > 1
            return jnp.where(enough, ends[0], middle), jnp.where(enough, middle, ends[1])

        log_c = jax.lax.fori_loop(0, HALVINGS, halve, (jnp.array(-60.0), jnp.array(60.0)))[1]
        log_filter = jnp.where(going, -jnp.log1p(jnp.exp(log_c) / D), 0.0)
        new = z * jnp.exp(log_filter)
        return new, (going, jnp.maximum(size, 1 + 1e-12), log_c, log_filter)

    going, sizes, log_c, log_filter = jax.lax.scan(step, z, length=MOST)[1]
    return {
        "eigenvalues": D,
        "targets": z,
        "rounds": jnp.sum(going),
        "solved": going,
        "sizes": sizes,
        "log_c": log_c,
        "log_filters": jnp.cumsum(log_filter, axis=0),
    }
