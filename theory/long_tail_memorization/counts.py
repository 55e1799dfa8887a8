"""How often points are seen and what mass they have: tau_l, E M_l, E|X_l| for every prior."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, log_beta, log_binomial
from theory.long_tail_memorization.params import (
    FEW_LABELS, LABELS, Count, Frequencies, Labels, Numbers, Params, Samples, power_law,
    two_weights,
)  # fmt: skip

claim = Claims()
ABOVE = ("is above n", lambda seen, n: seen <= n)
EXAMPLE = {"seen": 1, "n": 5, "frequencies": [0.2, 0.3, 0.5], "numbers": [1.0, 1.0, 1.0]}


@closed_form(example={"weights": [1.0, 0.5]})
def frequencies(weights: Numbers):
    """pi_i = w_i/sum w: a list of prior weights, normalised."""
    weights = jnp.asarray(weights, float)
    return weights / jnp.sum(weights, axis=-1, keepdims=True)


def likelihoods(seen, n, frequencies, numbers):
    """(a, w, top): numbers a^l (1 - a)^(n-l) = w e^top, the largest w being 1."""
    times, n = (jnp.asarray(x, float)[..., None] for x in (seen, n))
    a, numbers = jnp.asarray(frequencies, float), jnp.asarray(numbers, float)
    size = times * jnp.log(a) + (n - times) * jnp.log1p(-a) + jnp.log(numbers)
    top = jax.lax.stop_gradient(jnp.max(size, axis=-1, keepdims=True))
    return a, jnp.exp(size - top), top[..., 0]


@closed_form(example=EXAMPLE, seen=ABOVE)
def tau(seen: Count, n: Samples, frequencies: Frequencies, numbers: Numbers = 1.0):
    """tau_l = E[a^(l+1) (1 - a)^(n-l)]/E[a^l (1 - a)^(n-l)]: the frequency of a point seen l times.

    a is each of the frequencies in proportion to the (expected) numbers of points that have it.
    """
    a, weight, _ = likelihoods(seen, n, frequencies, numbers)
    return jnp.sum(weight * a, axis=-1) / jnp.sum(weight, axis=-1)


@closed_form(example=EXAMPLE, seen=ABOVE)
def points_seen(seen: Count, n: Samples, frequencies: Frequencies, numbers: Numbers = 1.0):
    """E|X_l| = sum_i C(n, l) pi_i^l (1 - pi_i)^(n-l): how many points are seen l times.

    To 1e-14 log C(n, l).
    """
    _, weight, top = likelihoods(seen, n, frequencies, numbers)
    return jnp.sum(weight, axis=-1) * jnp.exp(log_binomial.__wrapped__(n, seen) + top)


@closed_form(example=EXAMPLE, seen=ABOVE)
def mass_seen(seen: Count, n: Samples, frequencies: Frequencies, numbers: Numbers = 1.0):
    """E M_l = sum_i pi_i C(n, l) pi_i^l (1 - pi_i)^(n-l): the mass of the points seen l times.

    To 1e-14 log C(n, l).
    """
    a, weight, top = likelihoods(seen, n, frequencies, numbers)
    return jnp.sum(weight * a, axis=-1) * jnp.exp(log_binomial.__wrapped__(n, seen) + top)


Alpha = Annotated[Scalar, Ge(1e-9), Le(1e9)]


@closed_form
def dirichlet_tau(seen: Count, n: Samples, N: Labels, alpha: Alpha):
    """tau_l = (l + alpha)/(n + N alpha), D ~ Dirichlet(alpha, ..., alpha): for every data set."""
    return (seen + alpha) / (n + N * alpha)


@closed_form(example={"seen": 1, "n": 5, "N": 3, "alpha": 0.5}, seen=ABOVE)
def dirichlet_points(seen: Count, n: Samples, N: Labels, alpha: Alpha):
    """E|X_l| = N C(n, l) B(alpha + l, (N-1) alpha + n - l)/B(alpha, (N-1) alpha), N >= 2."""
    rest = (N - 1) * alpha
    return N * jnp.exp(
        log_binomial(n, seen) + log_beta(alpha + seen, rest + n - seen) - log_beta(alpha, rest)
    )


def listed(p):
    """The fixed list i^-s."""
    return power_law(p.N, p.s)


FEW = Params(N=10, n=10)
BIG = Params(N=1000, n=4000)
counted = claim.given(at=(FEW, Params()), within=0.01)


def singles(n, a):
    """E M_1 in plain terms: sum n a^2 (1 - a)^(n-1)."""
    return jnp.sum(n * a**2 * jnp.exp((n - 1) * jnp.log1p(-a)))


@counted.equals(
    "mass[0,1]",
    twin=Twin("(1 - a)^(n-l-1) for (1 - a)^(n-l)", lost=1),
    known=((BIG, ".078308351"),),
)
def mass_of_singletons(p, *, lost=0):
    """E M_1 = tau_1 E|X_1| = sum pi_i n pi_i (1 - pi_i)^(n-1): the mass of points seen once."""
    a = listed(p)
    return mass_seen(1, p.n, a) if not lost else jnp.sum(p.n * a**2 * (1 - a) ** (p.n - 2))


@counted.equals(
    lambda run, p: run["points"][:, 0, 1] / p.n,
    twin=Twin("(1 - pi_i)^n: the missing mass", missing=1),
    known=((BIG, ".069529024"),),
)
def share_of_singletons(p, *, missing=0):
    """E|X_1|/n = sum pi_i (1 - pi_i)^(n-1): the share of samples that are singletons."""
    a = listed(p)
    return mass_seen(0, p.n, a) if missing else points_seen(1, p.n, a) / p.n


@counted.equals(
    "mass[1,1]", within=0.006, twin=Twin("the list's own frequencies, as if fixed", fixed=1)
)
def mass_of_singletons_iid(p, *, fixed=0):
    """Weights drawn from (1, ratio): the same with alpha = w/(w + R), R the other points' sum."""
    half = jnp.where(jnp.arange(p.N) < p.N // 2, 1.0, p.ratio)
    return mass_seen(1, p.n, frequencies(half)) if fixed else mass_seen(1, p.n, *two_weights(p))


@counted.equals("mass[2,1]", twin=Twin("(l + alpha)/(n + alpha)", all=0))
def mass_of_singletons_dirichlet(p, *, all=1):
    """D ~ Dirichlet(alpha): E M_1 = (1 + alpha)/(n + N alpha) E|X_1|."""
    frequency = dirichlet_tau(1, p.n, p.N, p.alpha) if all else (1 + p.alpha) / (p.n + p.alpha)
    return frequency * dirichlet_points(1, p.n, p.N, p.alpha)


@claim.identity(
    lambda p: tau(p.seen, p.n, listed(p)),
    over=Domain.around(Params(N=20, n=10), n=(9, 40), seen=(0, 8), s=(0.0, 2.0)),
    points=12,
    within=1e-11,
    why="rounding of binomial probabilities",
    twin=Twin("the textbook (l + 1)/n, both at n", shift=0),
    known=((Params(N=20, n=10), ".05591"),),
)
def good_turing_exact(p, *, shift=1):
    """tau_l(n) = (l+1)/(n+1) E_{n+1}|X_{l+1}|/E_n|X_l|."""
    a, more = listed(p), p.n + shift
    return (p.seen + 1) / more * points_seen(p.seen + 1, more, a) / points_seen(p.seen, p.n, a)


def priced(run, p, frequency):
    """The error less sum_l tau_l errn(A, l), l = 1, 2: what the theorem says is opt."""
    return run["drop"] - sum(frequency(seen, p) * run["errn"][:, seen - 1] for seen in (1, 2))


@claim.equals(
    lambda run, p: priced(run, p, lambda seen, p: tau(seen, p.n, listed(p))),
    mode="labels",
    at=(LABELS, FEW_LABELS),
    within=0.006,
    support=(-4.0, 1.0),
    twin=Twin("tau_l = l/n, the frequency in the sample",
              observable=lambda run, p: priced(run, p, lambda seen, p: seen / p.n)),
)  # fmt: skip
def cost_of_not_fitting(p):
    """err = opt + sum_l tau_l E errn(A, l), opt = (1 - 1/k) E M_0, for a learner of the counts.

    Theorem 2.3 (>=, per data set); equality in expectation derived: chances that depend on c(x)
    """
    return (1 - 1 / p.k) * mass_seen(0, p.n, listed(p))
