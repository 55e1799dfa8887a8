"""Memorization and what limits on it cost: mem and the gap, limited learners, label privacy."""

from typing import Annotated

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Row, Scalar, Twin, closed_form, exp, expm1, where
from theory.long_tail_memorization.counts import listed, mass_seen, singles
from theory.long_tail_memorization.params import LABELS, Count, Labels, Params, Share

claim = Claims()
Eps = Annotated[Scalar, Ge(0), Le(700)]


@closed_form(example={"masses": [0.2, 0.1], "gamma": 0.2, "k": 10})
def limited_cost(gamma: Share, k: Labels, masses: Annotated[Scalar, Ge(0), Row]):
    """sum_l E M_l (1 - 1/k - l gamma)_+, ``masses`` E M_1, E M_2, ...: the least excess error.

    Of learners with mem <= gamma for every sample. At a kink the slope of larger gamma.
    """
    seen = jnp.arange(1.0, jnp.shape(masses)[-1] + 1)
    lost = 1 - 1 / jnp.asarray(k, float)[..., None] - seen * jnp.asarray(gamma, float)[..., None]
    return jnp.sum(jnp.where(lost > 0, lost, 0.0) * masses, axis=-1)


@closed_form
def private_accuracy(eps: Eps, delta: Share, k: Labels):
    """A = (e^eps + (k - 1) delta)/(e^eps + k - 1): the most on a uniform label seen once.

    Of (eps, delta)-label-private predictions; k-ary randomised response reaches it.
    """
    return (1 + (k - 1) * delta * exp(-eps)) / (1 + (k - 1) * exp(-eps))


@closed_form
def private_cost(eps: Eps, delta: Share, k: Labels, singles: Share):
    """(1 - A) E M_1, ``singles`` E M_1: the least excess error of label-private learners."""
    stays = exp(-eps)
    return singles * (1 - delta) * (k - 1) * stays / (1 + (k - 1) * stays)


@closed_form
def private_cost_printed(eps: Eps, delta: Share, k: Labels, singles: Share):
    """E M_1 (1 - e^eps/k - delta), the paper's bound: vacuous where it is not above 0."""
    return singles * (1 - exp(eps) / k - delta)


@closed_form(
    example={"seen": 2, "eps": 1.0, "delta": 0.1},
    eps=("times l is above 700", lambda eps, seen: eps * seen <= 700),
)
def group_delta(seen: Count, eps: Eps, delta: Share):
    """delta (e^(l eps) - 1)/(e^eps - 1): that of l copies, which are (l eps, .)-private.

    At most l e^((l-1) eps) delta (the paper: l e^(l-1) delta, a misprint); l delta at eps = 0.
    """
    small = eps < 1e-4
    safe = where(small, 1.0, eps)

    def growth(m, x):
        """expm1(m x)/x for small x."""
        y = m * x
        return m * (1 + y / 2 * (1 + y / 3 * (1 + y / 4 * (1 + y / 5))))

    near = growth(seen, where(small, eps, 0.0)) / growth(1.0, where(small, eps, 0.0))
    tiny = small & (seen * eps < 1e-2)  # else expm1 loses nothing
    safe = where(tiny, safe, where(small, eps, safe))
    return delta * where(tiny, near, expm1(seen * safe) / expm1(safe))


SMALL = (Params(N=10, n=5, k=2, s=0.0), Params(N=10, n=5, k=2, kappa=0.8))
left_out = claim.given(mode="memory", at=SMALL)


@left_out.equals(
    lambda run, p: run["mem"] - (run["error_less"] - run["empirical"]),
    within=0.006,
    support=(-3.0, 3.0),
    twin=Twin("a fresh sample of size n", observable=lambda run, p: (
        run["mem"] - (run["error"] - run["empirical"]))),
)  # fmt: skip
def memorization_equals_gap(p):
    """(1/n) E sum_i mem_i = E err(A, S') - E empirical err(A, S), S' of size n - 1.

    Lemma 4.2, printed with the opposite sign; errors against labels as observed
    """
    return 0.0


left_out.every_trial(
    lambda run, p: abs(run["errn"] - (run["errn_without"] - run["mem_singles"])),
    within=1e-12,
    name="fitting_requires_memorization",
    says="errn(A, 1) = sum over singletons of P(h(x_i) != y_i without i) - mem_i",
    source="Lemma 4.3",
    twin=Twin("all singletons, as if nothing were known without i: count - mem",
              observable=lambda run, p: abs(run["errn"] - (run["singles"] - run["mem_singles"]))),
)  # fmt: skip


@left_out.equals(
    lambda run, p: (run["errn"] + run["mem_singles"]) / p.n,
    within=0.008,
    twin=Twin("without 1 - max rho: count - mem", chance=0),
)
def unseen_labels_are_guessed(p, *, chance=1):
    """E errn(A, 1) + E mem = (1 - max rho) E|X_1|, max rho = 1/k for uniform labels.

    Lemma 4.4 (>=); equality for a uniform posterior derived
    """
    a = listed(p)
    return (1 - chance / p.k) * jnp.sum(a * (1 - a) ** (p.n - 1))


left_out.every_trial(
    lambda run, p: run["mem_limited"] - p.gamma,
    within=1e-12,
    name="limited_learner",
    says="P(right) = min(1, 1/k + l gamma) on a point seen l times: mem <= gamma in every sample",
    at=(SMALL[0], SMALL[0].but(gamma=0.1)),
    twin=Twin("drop singletons only: mem = 1 - 1/k - gamma at l = 2",
              observable=lambda run, p: run["mem_drop"] - p.gamma),
)  # fmt: skip


def masses(p, most=8):
    """E M_1, ..., E M_most of the fixed list."""
    return mass_seen(jnp.arange(1.0, min(most, p.n) + 1), p.n, listed(p))


def excess(name):
    """A reading: the error of a learner less the Bayes learner's, in the same trial."""
    return lambda run, p: run[name] - run["bayes"]


singled = claim.given(mode="labels", at=LABELS, within=0.006, support=(-1.0, 1.0))


@singled.equals(excess("limited"), twin=Twin("singletons only, as printed", most=1))
def limited_memorization_cost_sharp(p, *, most=8):
    """The learner with P(right) = min(1, 1/k + l gamma): excess sum_l E M_l (1 - 1/k - l gamma)_+.

    derived: least for mem <= gamma, by removing copies one by one, labels uniform
    """
    return limited_cost(p.gamma, p.k, masses(p, most))


@claim.never_below(
    lambda p: (1 - 1 / p.k - p.gamma) * singles(p.n, listed(p)),
    over=Domain.around(LABELS, gamma=(0.0, 1.0), s=(0.0, 2.0), n=(20, 200)),
    points=24,
    twin=Twin("without 1/k", smaller=lambda p: (1 - p.gamma) * singles(p.n, listed(p))),
)
def limited_memorization_cost(p):
    """mem <= gamma: excess >= (1 - 1/k - gamma) E M_1, noiseless uniform labels.

    Corollary 4.6, below the sharp cost
    """
    return limited_cost(p.gamma, p.k, masses(p))


@singled.equals(
    lambda run, p: run["private_singles"],
    at=LABELS.but(delta=0.2),
    twin=Twin("1 - e^eps/k - delta, the paper's bound taken as reached", sharp=0),
)
def dp_cost_sharp(p, *, sharp=1):
    """Randomised response on labels: error (1 - A) E M_1 on singletons, A = private_accuracy.

    derived: a_y' + e^-eps sum_y (a_y - delta) <= 1, averaged over y'
    """
    value = private_cost if sharp else private_cost_printed
    return value(p.eps, p.delta, p.k, singles(p.n, listed(p)))


PRIVATE = Domain.around(Params(), eps=(0.0, 4.0), delta=(0.0, 0.9), k=(2, 1000))


@claim.never_above(
    lambda p: exp(p.eps) / p.k + p.delta,
    over=PRIVATE,
    twin=Twin("1 + eps for e^eps", larger=lambda p: (1 + p.eps) / p.k + p.delta),
)
def dp_cost(p):
    """Label privacy: P(h(x) = y) <= e^eps/k + delta on a singleton; A is below it.

    Theorem 4.8
    """
    return private_accuracy(p.eps, p.delta, p.k)


@claim.never_above(
    lambda p: p.seen * exp((p.seen - 1) * p.eps) * p.delta,
    over=Domain.around(Params(n=30), seen=(1, 30), eps=(0.0, 5.0)),
    twin=Twin("e^(l-1) for e^((l-1) eps), as printed",
              larger=lambda p: p.seen * exp(p.seen - 1.0) * p.delta),
)  # fmt: skip
def copies_lose_privacy(p):
    """l copies: delta (e^(l eps) - 1)/(e^eps - 1) <= l e^((l-1) eps) delta."""
    return group_delta(p.seen * 1.0, p.eps, p.delta)
