"""Scalars quantised, weights corrected and rounded on calibration inputs, bits spent on layers."""

import jax
import jax.numpy as jnp

from sims import normals, simulation
from theory import log_normal_cdf
from theory.post_training_quantization import greedy_losses, hull_losses, integer_losses
from theory.post_training_quantization.allocation import SIZES


def quantised(x, p):
    """2^b levels -alpha + D (k + 1/2), saturating."""
    step, half = 2 * p.clip / p.levels, p.levels / 2
    return step * (jnp.clip(jnp.floor(x / step), -half, half - 1) + 0.5)


@simulation(width=64)
def trial(key, p):
    """n normal and n Laplace scalars through the quantiser; n outputs and their noisy copies."""
    x, z = normals(key, x=(p.n,), z=(p.n,))
    heavy = -jnp.sign(x) * (jnp.log(2.0) + log_normal_cdf(-jnp.abs(x)))
    q = quantised(x, p)
    noisy = p.rho * x + jnp.sqrt(1 - p.rho**2) * z
    return {
        "gaussian": jnp.mean((x - q) ** 2),
        "laplace": jnp.mean((heavy - quantised(heavy, p)) ** 2),
        "along": jnp.mean(x * q),
        "square": jnp.mean(q**2),
        "matched": jnp.mean((x - noisy) ** 2),
        "shrunk": jnp.mean((x - p.rho * noisy) ** 2),
        "shifted": jnp.mean((x - noisy - p.shift) ** 2),
    }


@simulation(width=256)
def batch_trial(key, p):
    """What B outputs tell for re-estimation: mean and deviation, and the mean difference."""
    y, e = normals(key, y=(p.rows,), e=(p.rows,))
    used = 1.0 * (jnp.arange(p.rows) < p.samples)
    after = p.rho * y + jnp.sqrt(1 - p.rho**2) * e + p.shift
    mean = used @ after / p.samples
    return {
        "mean": mean,
        "deviation": jnp.sqrt(used @ (after - mean) ** 2 / (p.samples - 1)),
        "offset": used @ (after - y) / p.samples,
    }


def corrected(rows, target, w, used, penalty=None):
    """w + v, v of least |target - rows (w + v)|^2 over the rows used; shortest, or with a penalty.

    Directions of less than 1e-9 of the largest eigenvalue are not seen in the rows.
    """
    seen = rows * used[:, None]
    values, axes = jnp.linalg.eigh(seen.T @ seen)
    along = axes.T @ (seen.T @ (target - rows @ w))
    unseen = values <= 1e-9 * values[-1]
    inverse = jnp.where(unseen, 0.0, 1 / jnp.where(unseen, 1.0, values))
    fits = [inverse] if penalty is None else [inverse, 1 / (jnp.maximum(values, 0.0) + penalty)]
    return [w + axes @ (way * along) for way in fits]


def risk(w, u, noise):
    """E (w.x - u.xt)^2 on new inputs, xt = x + e."""
    return (w - u) @ (w - u) + noise * (u @ u)


@simulation(width=128)
def calibration_trial(key, p):
    """One neuron, w ~ N(0, I/K): no correction, least squares, ridge; and inputs quantised.

    The penalty is lambda* of features of variance 1. Of the quantised inputs' fit the products
    w.u and |u|^2, for w of length 1 spread over all inputs.
    """
    k = p.unknowns
    w, x, e = normals(key, w=(k,), x=(p.rows, k), e=(p.rows, k))
    w = w / jnp.sqrt(k)
    used = 1.0 * (jnp.arange(p.rows) < p.samples)
    inputs = x + jnp.sqrt(p.noise) * e
    fitted, ridge = corrected(inputs, x @ w, w, used, (1 + p.noise) * k / p.noise)
    spread = jnp.full(k, 1 / jnp.sqrt(k))
    (u,) = corrected(quantised(x, p), x @ spread, spread, used)
    return {
        "size": w @ w,
        "plain": risk(w, w, p.noise),
        "fitted": risk(w, fitted, p.noise),
        "ridge": risk(w, ridge, p.noise),
        "quantised_along": spread @ u,
        "quantised_square": u @ u,
    }


@simulation(width=64)
def patches_trial(key, p):
    """Least squares on B images of P patches; any two patches of an image correlate by r."""
    k = p.unknowns
    w, own, common = normals(key, w=(k,), own=(2, p.rows, p.patches, k), common=(2, p.rows, 1, k))
    both = jnp.sqrt(1 - p.alike) * own + jnp.sqrt(p.alike) * common
    x, e = both.reshape(2, -1, k)
    used = jnp.repeat(1.0 * (jnp.arange(p.rows) < p.samples), p.patches)
    (fitted,) = corrected(x + jnp.sqrt(p.noise) * e, x @ w, w, used)
    return {"size": w @ w, "fitted": risk(w, fitted, p.noise)}


def rounded(weights, root, step):
    """q - w, q on the grid: last to first, each rounded to what those after it leave to mend."""
    k = len(weights)

    def one(d, j):
        wanted = weights[j] - (root[j] @ d) / root[j, j]  # d_j, ... are still 0 up to j
        return d.at[j].set(step * jnp.round(wanted / step) - weights[j]), None

    return jax.lax.scan(one, jnp.zeros(k), jnp.arange(k - 1, -1, -1))[0]


@simulation(width=128)
def rounding_trial(key, p):
    """Weights uniform on the grid's cells, rounded to the nearest or against S or B samples' S.

    Errors d'Sd on new inputs, and of the last on the samples.
    """
    k = p.unknowns
    u, z = normals(key, u=(k,), z=(p.rows, k))
    weights = p.step * jax.scipy.special.ndtr(u)
    s = p.covariance
    root = jnp.linalg.cholesky(s).T
    x = z @ root * (1.0 * (jnp.arange(p.rows) < p.samples))[:, None]
    gram = x.T @ x / p.samples
    nearest = p.step * jnp.round(weights / p.step) - weights
    known = rounded(weights, root, p.step)
    seen = rounded(weights, jnp.linalg.cholesky(gram).T, p.step)
    return {
        "nearest": nearest @ s @ nearest,
        "sequential": known @ s @ known,
        "calibrated": seen @ s @ seen,
        "seen": seen @ gram @ seen,
    }


@simulation(width=128)
def joint_trial(key, p):
    """The correction by least squares, then weights on a grid of random offset, on B samples.

    Risks of the nearest rounding, and of the sequential one against the same samples.
    """
    k = p.unknowns
    u, x, e = normals(key, u=(k,), x=(p.rows, k), e=(p.rows, k))
    w = jnp.full(k, 1 / jnp.sqrt(k))
    used = 1.0 * (jnp.arange(p.rows) < p.samples)
    inputs = x + jnp.sqrt(p.noise) * e
    (fitted,) = corrected(inputs, x @ w, w, used)
    seen = inputs * used[:, None]
    offset = p.step * jax.scipy.special.ndtr(u)
    off = fitted - offset
    mended = fitted + rounded(off, jnp.linalg.cholesky(seen.T @ seen).T, p.step)
    nearest = offset + p.step * jnp.round(off / p.step)
    return {"sequential": risk(w, mended, p.noise), "nearest": risk(w, nearest, p.noise)}


@simulation(width=32)
def allocation_trial(key, p):
    """Losses at every budget: the integer programme, greedy steps, the linear programme.

    Sensitivities exp(2z) with sizes 3, 1, 5, 2, 4, 1; and equal sizes with tables of falling gains
    |z|, and of gains in any order.
    """
    shape = (p.layers, p.most)
    c, z = normals(key, c=(p.layers,), z=shape)
    c, gains = jnp.exp(2 * c), jnp.abs(z)
    sizes, even = SIZES[: p.layers], (1,) * p.layers

    def table(steps):
        """Losses that fall by the steps, to .1."""
        return 0.1 + jnp.pad(jnp.cumsum(steps[:, ::-1], 1)[:, ::-1], ((0, 0), (0, 1)))

    model = c[:, None] * 4.0 ** -jnp.arange(p.most + 1.0)
    convex, bent = table(-jnp.sort(-gains, 1)), table(gains)
    hull, critical = hull_losses(model, sizes)
    return {
        "sensitivity": c,
        "optimum": integer_losses(model, sizes),
        "greedy": greedy_losses(model, sizes),
        "hull": hull,
        "critical": critical,
        "even_optimum": integer_losses(convex, even),
        "even_greedy": greedy_losses(convex, even),
        "bent_optimum": integer_losses(bent, even),
        "bent_greedy": greedy_losses(bent, even),
    }
