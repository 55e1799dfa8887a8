"""Tables of counts against true and annotated labels, pairs of classifiers, and scored items."""

import jax.numpy as jnp

from sims import (
    accuracy, average_precision, balanced_accuracy, cohen_kappa, f1_scores, geometric_mean,
    matthews, midranks, multinomial, normals, precisions, recalls, simulation, uniforms, wins,
)  # fmt: skip
from theory import normal_cdf


def shares(pi, first, second, alpha, beta):
    """P(Y, Yt, first's Yh, second's Yh): labels and predictions are independent given Y."""
    given = []
    for prior, told, calls in (
        (1 - pi, beta, (first[1], second[1])),
        (pi, 1 - alpha, (first[0], second[0])),
    ):
        coins = [jnp.stack([1 - x, x]) for x in (told, *calls)]
        given.append(prior * jnp.einsum("i,j,k->ijk", *coins, precision="highest"))
    return jnp.stack(given)


def tables(joint):
    """[classifier, clean or annotated, label, prediction] from counts of (Y, Yt, Yh, Yh)."""
    sums = [[joint.sum((1, 3)), joint.sum((0, 3))], [joint.sum((1, 2)), joint.sum((0, 2))]]
    return jnp.stack([jnp.stack(row) for row in sums])


def metrics_of(table):
    """Every metric; 0 where it is undefined, which ``undefined`` counts."""
    found = {
        "precision": precisions(table)[..., 1],
        "npv": precisions(table)[..., 0],
        "recall": recalls(table)[..., 1],
        "f1": f1_scores(table)[..., 1],
        "g_mean": geometric_mean(table),
        "j": 2 * balanced_accuracy(table) - 1,
        "mcc": matthews(table),
        "kappa": cohen_kappa(table),
        "accuracy": accuracy(table),
    }
    undefined = 1.0 * jnp.isnan(found["recall"])
    return {k: jnp.where(jnp.isfinite(v), v, 0.0) for k, v in found.items()} | {
        "undefined": undefined
    }


@simulation(width=512)
def trial(key, p):
    """N items, two classifiers: their tables, clean and annotated, and the metrics of these."""
    (u,) = uniforms(key, u=(15,))
    joint = shares(p.pi, (p.t, p.f), (p.t2, p.f2), p.alpha, p.beta)
    table = tables(multinomial(u, p.n, joint.reshape(16)).reshape(2, 2, 2, 2))
    return {"shares": table / p.n} | metrics_of(table)


@simulation(width=512)
def pairs_trial(key, p):
    """Two random classifiers at a random prevalence: metrics of the whole population."""
    (u,) = uniforms(key, u=(5,))
    rates = 0.2 + 0.8 * u[:2], 10 ** (-4 + 3 * u[2:4])
    first, second = ((rates[0][i], rates[1][i]) for i in (0, 1))
    joint = shares(10 ** (-3 + 2 * u[4]), first, second, p.alpha, p.beta)
    return metrics_of(tables(joint))


def area(ranks, label):
    """The AUC from midranks."""
    ones = label.sum()
    return (jnp.sum(label * ranks) - ones * (ones + 1) / 2) / (ones * (len(label) - ones))


@simulation(width=1024)
def scores_trial(key, p):
    """Scored items: AUC, also of rounded scores, and average precision, clean and annotated.

    ``gained`` is average precision times the number of positives, a sum over positives.
    """
    z, chance = normals(key, z=(p.items,), chance=(2, p.items))
    u = normal_cdf(chance)
    positive = u[0] < p.pi
    scores = jnp.where(positive, p.mu + p.s * z, z)
    told = jnp.where(positive, u[1] >= p.alpha, u[1] < p.beta)
    labels = [1.0 * positive, 1.0 * told]
    ranks, tied = (midranks(x).astype(float) for x in (scores, jnp.round(scores)))
    return {
        "auc": jnp.stack([area(ranks, x) for x in labels]),
        "tied": jnp.stack([area(tied, x) for x in labels]),
        "gained": jnp.stack([average_precision(scores, x) * x.sum() for x in labels]),
    }


@simulation(width=1024)
def ranks_trial(key, p):
    """AUC of fixed numbers of positives and negatives."""
    above, below = normals(key, above=(p.positives,), below=(p.negatives,))
    return {"auc": wins(p.mu + p.s * above, below)}
