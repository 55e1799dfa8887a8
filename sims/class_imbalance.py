"""Exact posteriors on points of two and N classes; rules from estimated means, without points."""

import jax
import jax.numpy as jnp

from sims import autoregressive, normals, reduced_means, simulation, wins
from theory import log_posterior, normal_cdf
from theory.class_imbalance.params import Params

PRIORS = 3
"""Rows of the priors below."""


def priors(p):
    """Step (rare classes first), linear and geometric priors, the largest 1."""
    place = jnp.arange(p.classes) / (p.classes - 1)
    return jnp.stack(
        [
            jnp.where(jnp.arange(p.classes) < p.minority, 1 / p.rho, 1.0),
            1 / p.rho + (1 - 1 / p.rho) * place,
            p.rho ** (place - 1),
        ]
    )


@simulation(width=256)
def trial(key, p: Params):
    """Rules from sample means of n_1 and rho n_1 points: exact recalls and AUC given the rule.

    The majority comes in three lots, n_1, (r - 1) n_1 and the rest: undersampling keeps the first.
    The AUC is that of equal spreads.
    """
    noise = reduced_means(key, jnp.zeros((4, 1)), 1.0, p.d)
    axis = jnp.zeros(noise.shape[1]).at[0].set(1.0)
    minority = p.gap * axis + p.wide * noise[0] / jnp.sqrt(p.few)
    lots = p.few * jnp.stack([jnp.ones_like(p.r), p.r - 1, p.rho - p.r])

    def rule(kept):
        counts = lots[:kept]
        majority = jnp.sqrt(counts) @ noise[1 : 1 + kept] / jnp.sum(counts)
        w = minority - majority
        return w, w @ (minority + majority) / 2

    def recalls(kept, offset):
        w, middle = rule(kept)
        places = jnp.stack([(w[0] * p.gap - middle - offset) / p.wide, middle + offset])
        return normal_cdf(places / jnp.linalg.norm(w))

    def ranks(kept):
        w, _ = rule(kept)
        return normal_cdf(w[0] * p.gap / (jnp.sqrt(2.0) * jnp.linalg.norm(w)))

    excess = p.wide**2 * p.d / p.few - p.d / (p.rho * p.few)
    return {
        "baseline": recalls(3, jnp.log(p.rho)),
        "oversampled": recalls(3, 0.0),
        "corrected": recalls(3, -excess / 2),
        "shifted": recalls(3, p.shift),
        "undersampled": recalls(1, 0.0),
        "partial": recalls(2, jnp.log(p.r)),
        "auc": jnp.stack([ranks(3), ranks(1)]),
    }


@simulation(width=64)
def gaussian_trial(key, p: Params):
    """The exact posterior of two correlated Gaussian classes, the minority first.

    Methods in rows: as it is, divided by the priors, trained at balance and divided by them.
    """
    d = 3
    covariance = autoregressive(d)
    root = jnp.linalg.cholesky(covariance)
    (z,) = normals(key, z=(2, p.points, d))
    means = jnp.stack([p.gap * root[:, 0], jnp.zeros(d)])
    x = means[:, None] + z @ root.T
    logs = jnp.log(
        jnp.array([1.0, 0.0]) / (1 + p.rho) + jnp.array([0.0, 1.0]) * p.rho / (1 + p.rho)
    )
    trained = log_posterior(x, means, covariance, logs)
    balanced = log_posterior(x, means, covariance)

    def divided(posterior, power):
        left = jnp.exp(posterior) / jnp.exp(power * logs)
        return left / jnp.sum(left, axis=-1, keepdims=True)

    once = divided(trained, 1.0)
    outputs = jnp.stack([jnp.exp(trained), once, divided(balanced, 1.0)])
    right = jnp.argmax(outputs, axis=-1) == jnp.arange(2)[:, None]
    scores = jnp.stack([trained[..., 0] - logs[0], trained[..., 0] - trained[..., 1],
                        balanced[..., 0] - balanced[..., 1]])  # fmt: skip
    auc = jax.vmap(lambda s: wins(s[0], s[1]))(scores)
    recall = jnp.mean(1.0 * right, axis=-1)
    return {
        "recall": recall,
        "recall_moved": jnp.max(jnp.abs(recall - recall[0])),
        "unlike": jnp.max(jnp.abs(once - jnp.exp(balanced))),
        "unlike_by_roots": jnp.max(jnp.abs(divided(trained, 0.5) - jnp.exp(balanced))),
        "auc": auc[0],
        "auc_moved": jnp.max(jnp.abs(auc - auc[0])),
    }


STEPS, ACROSS = 10, 4
"""Newton's steps, from zero; features that say nothing."""


def fitted(x, y, weights):
    """Weighted logistic regression without penalty."""

    def step(w, _):
        share = jax.nn.sigmoid(x @ w)
        slope = x.T @ (weights * (y - share))
        bend = (x.T * (weights * share * (1 - share))) @ x
        return w + jnp.linalg.solve(bend, slope), None

    return jax.lax.scan(step, jnp.zeros(x.shape[1]), None, STEPS)[0]


@simulation(width=32)
def logistic_trial(key, p: Params):
    """n_1 |slopes across the means|^2: of likelihood, copies, a kept share of the majority.

    n_1 = ``points``, n_0 = ``times`` n_1, fitted with an intercept.
    """
    count = p.points * (1 + p.times)
    (z,) = normals(key, z=(count, 1 + ACROSS))
    y = 1.0 * (jnp.arange(count) < p.points)
    ends = jnp.stack([jnp.ones(count), z[:, 0] + p.gap * (y - 0.5)], axis=1)
    x = jnp.concatenate([ends, z[:, 1:]], axis=1)
    copies = jnp.where(y > 0, 1.0 * p.times, 1.0)
    kept = slice(0, 2 * p.points)
    fits = {
        "likelihood": fitted(x, y, jnp.ones(count)),
        "oversampled": fitted(x, y, copies),
        "undersampled": fitted(x[kept], y[kept], jnp.ones(2 * p.points)),
    }
    return {name: p.points * jnp.sum(w[2:] ** 2) for name, w in fits.items()}


@simulation(width=64)
def classes_trial(key, p: Params):
    """The exact posterior of N classes N(a e_i, I): recalls and one-v-rest AUC, three priors."""
    n = p.classes
    (z,) = normals(key, z=(n, p.points, n))
    x = z + p.a * jnp.eye(n)[:, None]
    logs = jnp.log(priors(p))
    logs -= jax.nn.logsumexp(logs, axis=1, keepdims=True)
    posterior = jax.nn.log_softmax(logs[:, None, None] + p.a * x, axis=-1)

    def called(scores):
        return jnp.argmax(scores, axis=-1)

    truth = jnp.arange(n)[:, None]
    recall = jnp.mean(1.0 * (called(posterior) == truth), axis=-1)
    divided, by_roots = (posterior - k * logs[:, None, None] for k in (1.0, 0.5))
    others = jnp.array([[j for j in range(n) if j != i] for i in range(n)])

    def one_v_rest(scores):  # (class of the point, point, score)
        return jnp.stack(
            [wins(scores[i, :, i], scores[others[i], :, i].reshape(-1)) for i in range(n)]
        )

    def against_rest(scores):
        rest = jnp.where(jnp.eye(n, dtype=bool), -jnp.inf, scores[..., None, :])
        return scores - jax.nn.logsumexp(rest, axis=-1)

    chance = jnp.exp(posterior)
    share = chance / jnp.exp(logs[:, None, None])
    ranked = jnp.concatenate([chance, share, (p.a * x)[None], against_rest(p.a * x)[None]])
    auc = jax.vmap(one_v_rest)(ranked)
    return {
        "step": recall[0],
        "linear": recall[1],
        "geometric": recall[2],
        "balanced": jnp.mean(1.0 * (called(x) == truth), axis=-1),
        "called_otherwise": jnp.mean(1.0 * (called(divided) != called(x))),
        "called_otherwise_by_roots": jnp.mean(1.0 * (called(by_roots) != called(x))),
        "auc_raw": auc[:PRIORS],
        "auc_unnormalised": auc[PRIORS : 2 * PRIORS],
        "auc_likelihood": auc[2 * PRIORS],
        "auc": auc[2 * PRIORS + 1],
    }


@simulation(width=64)
def estimated_trial(key, p: Params):
    """N classes N(a e_i, I_d) from sample means, a step: recalls on points, plain and debiased."""
    n = p.classes
    counts = p.few * jnp.where(jnp.arange(n) < p.minority, 1.0, p.rho)
    here, there = jax.random.split(key)
    m = reduced_means(here, p.a * jnp.eye(n), counts, p.d)
    (z,) = normals(there, z=(n, p.points, m.shape[1]))
    x = z.at[..., :n].add(p.a * jnp.eye(n)[:, None])
    plain = x @ m.T - jnp.sum(m**2, axis=1) / 2
    truth = jnp.arange(n)[:, None]

    def recall(scores):
        return jnp.mean(1.0 * (jnp.argmax(scores, axis=-1) == truth), axis=-1)

    debiased = plain + p.d / (2 * counts)
    shift = jnp.where(jnp.arange(n) < p.minority, p.shift, 0.0)
    return {
        "plain": recall(plain),
        "debiased": recall(debiased),
        "shifted": recall(debiased + shift),
    }
