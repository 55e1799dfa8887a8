"""Points in a plane; LDA of drawn classes; hinge and logistic rules, with their mirrored means."""

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve

from sims import (
    autoregressive, gaussian_classes, hinge_fit, max_margin, newton_logistic, normals, simulation,
)  # fmt: skip
from theory import normal_cdf
from theory.boundary_tilting.geometry import (
    cosine, ridge_direction, signed_distance, strength, tangent, unit,
)  # fmt: skip

POINTS = 64
FACTORS = (1.05, 0.95, 0.525, 1.9)  # of the hinge's threshold


def exact_error(w, w0, i, j, covariance):
    """The error on N(i, covariance), N(j, covariance) of a given rule."""
    spread = jnp.sqrt(w @ covariance @ w)
    return (normal_cdf((w @ i + w0) / spread) + normal_cdf(-(w @ j + w0) / spread)) / 2


@simulation(width=256)
def trial(key, p):
    """64 points of J in the plane (b, u), by symmetry I's too, and a tilted rule."""
    first, second = normals(key, first=(POINTS,), second=(POINTS,))
    along = p.distance / 2 + jnp.sqrt(p.bb) * first
    off = p.bu / jnp.sqrt(p.bb) * first + jnp.sqrt(p.uu - p.bu**2 / p.bb) * second
    d = (along + p.tilt * off) / jnp.sqrt(1 + p.tilt**2)
    return {
        "error": jnp.mean(d < 0, dtype=float),
        "error_distance": jnp.mean(jnp.maximum(-d, 0.0)),
        "strength_by_points": p.distance / (2 * jnp.mean(jnp.abs(d))),
    }


def ridge_lda(S, v, ridge, nu):
    """(S + lambda I)^-1 v; at lambda = 0 in more than nu dimensions, v on S's null space."""
    if len(v) <= nu:
        return cho_solve(cho_factor(S + ridge * jnp.eye(len(v))), v)
    a, V = jnp.linalg.eigh(S)
    empty = jnp.arange(len(v)) < len(v) - nu  # ascending: the null space comes first
    a = jnp.where(empty, 0.0, a)
    shrunk = jnp.where(ridge > 0, 1 / (a + jnp.where(ridge > 0, ridge, 1.0)), empty)
    return V @ (shrunk * (V.T @ v))


@simulation(width=64, small_lapack=True)
def tilt_trial(key, p):
    """Ridge-LDA of 2n points; variances s_bb and s_uu on half of the axes each, b half-way."""
    (z,) = normals(key, z=(2, p.n, p.p))
    j = jnp.zeros(p.p).at[jnp.asarray([0, p.p - 1])].set(p.distance / jnp.sqrt(8.0))
    variances = jnp.where(jnp.arange(p.p) < p.p // 2, p.bb, p.uu)
    x = gaussian_classes(z, jnp.stack([-j, j]), variances)
    means = jnp.mean(x, axis=1)
    rows = (x - means[:, None]).reshape(-1, p.p)
    v = means[1] - means[0]
    w = ridge_lda(rows.T @ rows / p.nu, v, p.ridge, p.nu)
    w0 = -(w @ (means[0] + means[1])) / 2
    return {
        "cosine": cosine(w, v),
        "strength": strength(w, w0, *means),
        "error": exact_error(w, w0, -j, j, jnp.diag(variances)),
    }


@simulation(width=16, small_lapack=True)
def fitted_trial(key, p):
    """SVMs at the ridge and beside the hinge's threshold, logistic regression at the ridge."""
    (z,) = normals(key, z=(2, p.n, p.p))
    j = jnp.zeros(p.p).at[0].set(p.distance / 2)
    covariance = autoregressive(p.p)
    first, second = gaussian_classes(z, jnp.stack([-j, j]), covariance)
    means = jnp.mean(first, 0), jnp.mean(second, 0)
    v = (means[1] - means[0]) / 2
    X = jnp.concatenate([first, second])
    y = jnp.repeat(jnp.asarray([-1.0, 1.0]), p.n)
    rows = jnp.concatenate([X, jnp.ones((2 * p.n, 1))], axis=1)
    free = jnp.ones(p.p + 1).at[p.p].set(0.0)  # the bias is not penalised
    threshold = (jnp.max(second @ v) - jnp.min(first @ v)) / 4
    ridges = jnp.append(p.ridge, threshold * jnp.asarray(FACTORS))
    # lambda |w|^2 and a mean loss, in the words' convention ridge |w|^2/2
    hinge = jax.vmap(lambda r: hinge_fit(rows, y, 1 / len(X), 2 * r * free).theta)(ridges)
    logistic = newton_logistic(rows, y, 1 / len(X), 2 * p.ridge * free).theta
    rules = jnp.stack([hinge[0], logistic])
    d = jax.vmap(lambda r: signed_distance(r[:-1], r[-1], X))(rules)
    sides = jax.vmap(lambda r: signed_distance(r[:-1], r[-1], jnp.stack(means)))(rules)
    C, vh = jnp.cov(X.T, bias=True), unit(v)
    leading = jnp.linalg.norm(C @ vh - (vh @ C @ vh) * vh) / (8 * p.ridge)
    tangents = jax.vmap(lambda r: tangent(r[:-1], v))(jnp.concatenate([hinge, logistic[None]]))
    return {
        "hinge_tangent": tangents[:-1],
        "tangent": tangents[jnp.asarray([0, -1])],
        "strength": jax.vmap(lambda r: strength(r[:-1], r[-1], *means))(rules),
        "separates": (sides[:, 0] < 0) & (sides[:, 1] > 0),
        "train_error": jnp.mean(y * d < 0, axis=1, dtype=float),
        "error": jax.vmap(lambda r: exact_error(r[:-1], r[-1], -j, j, covariance))(rules),
        "logistic_ratio": tangents[-1] / leading,
        "ridge_form": tangent(ridge_direction(C, v, 8 * p.ridge), v),
        "threshold": threshold,
    }


@simulation(width=16, small_lapack=True)
def margin_trial(key, p):
    """The rule of largest margin through the middle of N(-+j, I): its angle to j, its margin."""
    (z,) = normals(key, z=(2 * p.n, p.p))
    y = jnp.repeat(jnp.asarray([-1.0, 1.0]), p.n)
    found = max_margin(z.at[:, 0].add(y * p.distance / 2), y)
    return {"alignment": found.theta[0] / jnp.linalg.norm(found.theta), "margin": found.margin}


@simulation(width=4, small_lapack=True)
def plane_trial(key, p):
    """A sample seen in the tilting plane of its logistic regression: b and, across it, the rule."""
    (z,) = normals(key, z=(2, p.n, p.p))
    j = jnp.zeros(p.p).at[0].set(p.distance / 2)
    points = gaussian_classes(z, jnp.stack([-j, j]), autoregressive(p.p))
    means = jnp.mean(points, axis=1)
    X, y = points.reshape(-1, p.p), jnp.repeat(jnp.asarray([-1.0, 1.0]), p.n)
    rows = jnp.concatenate([X, jnp.ones((2 * p.n, 1))], axis=1)
    free = jnp.ones(p.p + 1).at[p.p].set(0.0)  # the bias is not penalised
    theta = newton_logistic(rows, y, 1 / len(X), 2 * p.ridge * free).theta
    b = unit(means[1] - means[0])
    c = unit(theta[:-1])
    across = unit(c - (c @ b) * b)
    centred = X - jnp.mean(means, axis=0)
    return {
        "along": centred @ b,
        "across": centred @ across,
        "tangent": tangent(c, b),
        "middle": signed_distance(theta[:-1], theta[-1], jnp.mean(means, axis=0)),
        "distance": signed_distance(theta[:-1], theta[-1], X),
    }
