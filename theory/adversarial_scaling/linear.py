"""Random linear models: exact distances, four attacks, random noise; a trained linear rule."""

from typing import Annotated

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Ge, Gt, ParameterError, Scalar, Twin, Whole, arctan, closed_form, log_normal_cdf,
    normal_cdf, normal_pdf, own_checks,
)  # fmt: skip
from theory.adversarial_scaling.gaps import gap_law, lead, mean_about
from theory.adversarial_scaling.params import Params

claim = Claims()
LINEAR = Params()
TWO = Params(classes=2, n=20)
Size = Annotated[Scalar, Ge(0)]


@own_checks("a user's model, on the host: refused in one line each")
def distances(weights, inputs, norm: str = "linf") -> np.ndarray:
    """How far each input of a linear model W x is from another prediction: min_j Delta_1j/|.|_*.

    ``weights`` (C, n), ``inputs`` (N, n); the dual norm is l_1 for attacks in "linf", l_2 for "l2".
    err(eps) is the share of distances up to eps. Raises ParameterError for other norms, shapes that
    do not fit, numbers that are not finite, and two classes of the same weights.
    """
    w, x = np.asarray(weights, float), np.asarray(inputs, float)
    if norm not in ("linf", "l2"):
        raise ParameterError(f"distances: norm {norm!r} is not 'linf' or 'l2'")
    if w.ndim != 2 or x.ndim != 2 or w.shape[1] != x.shape[1] or len(w) < 2:
        raise ParameterError(f"distances: weights {w.shape} and inputs {x.shape} are not (C, n)"
                             " and (N, n) with C >= 2")  # fmt: skip
    if not (np.isfinite(w).all() and np.isfinite(x).all()):
        raise ParameterError("distances: weights or inputs are not finite")
    away = w[:, None] - w
    lengths = np.abs(away).sum(-1) if norm == "linf" else np.sqrt((away**2).sum(-1))
    same = np.argwhere(np.triu(lengths == 0, 1))
    if len(same):
        i, j = same[0]
        raise ParameterError(f"distances: classes {i} and {j} have the same weights: the boundary"
                             " between them is undefined")  # fmt: skip
    np.fill_diagonal(lengths, 1)
    h = x @ w.T
    first = h.argmax(axis=1)
    steps = (h[np.arange(len(x)), first, None] - h) / lengths[first]
    steps[np.arange(len(x)), first] = np.inf
    return steps.min(axis=1)


def shift(p, eps):
    """delta = 2 eps sqrt(n/pi): by how much an l_inf attack closes a gap, in units of s."""
    return 2 * eps * jnp.sqrt(p.n / jnp.pi)


claim.every_trial(
    lambda run, p: 1 - run["flips"].min(axis=1),
    within=0.0,
    name="linear_exact_distance",
    says="the prediction flips within eps iff min_j Delta_1j/|w_1 - w_j|_* <= eps, dual norm",
    source="derived: distance to a half-space, and the nearest of several; both norms",
    at=(LINEAR, TWO),
    mode="exact",
    trials=256,
    twin=Twin("the attack's own norm", observable=lambda run, p: 1 - run["flips_primal"]),
)


@claim.law(
    "l2",
    at=(LINEAR, TWO),
    why="terms of order 1/n for C > 2; exact for C = 2",
    twin=Twin("the rows taken as orthonormal to each other: F_C(x)", factor=1.0),
)
def random_linear_l2(p, x, *, factor=2**0.5):
    """err(eps) = F_C(sqrt 2 eps) for l_2 attacks whatever n, as n grows; erf(eps/sqrt 2) for C = 2.

    derived: |w_i - w_j| -> s sqrt 2
    """
    return lead(factor * x, p.classes)


@claim.law(
    "linf",
    at=(LINEAR,),
    why="terms of order 1/n",
    twin=Twin("eps sqrt(2n): |w_i - w_j|_1 <= sqrt n |.|_2", factor=(jnp.pi / 2) ** 0.5),
)
def random_linear_linf(p, x, *, factor=1.0):
    """err(eps) = F_C(2 eps sqrt(n/pi)) for l_inf attacks: only eps sqrt n matters, not s.

    derived: E|w_i - w_j|_1 = n s (2/sqrt pi)/sqrt n
    """
    return lead(factor * shift(p, x), p.classes)


@claim.law(
    lambda run, p: shift(p, run["linf"]),
    at=Params(n=64, s=5.0),
    why="terms of order 1/n",
    twin=Twin("that of twice the classes", more=2),
)
def data_collapse(p, t, *, more=1):
    """Errors of all n, s and eps fall on F_C when drawn against delta/s = 2 eps sqrt(n/pi)."""
    return lead(t, more * p.classes)


@claim.law(
    "runner_up",
    at=LINEAR,
    why="terms of order 1/n",
    twin=Twin("half of it, as the step to the least likely class", half=2),
)
def attack_prefactor(p, x, *, half=1):
    """Prefactor 1: along sign(w_2 - w_1), which is FGSM for confident softmax, F_C(delta)."""
    return lead(shift(p, x) / half, p.classes)


@claim.law("uniform", at=LINEAR, why="terms of order 1/n", twin=Twin("prefactor 1", equal=1))
def attack_prefactor_uniform(p, x, *, equal=0):
    """Prefactor sqrt(C/(2(C-1))): FGSM for near-uniform softmax, F_C(delta sqrt(C/(2(C-1)))).

    derived: the correlation of w_j - w_1 with sum_k (w_k - w_1)
    """
    factor = 1.0 if equal else jnp.sqrt(p.classes / (2 * (p.classes - 1)))
    return lead(factor * shift(p, x), p.classes)


@closed_form
def least_likely_error(delta: Size, classes: Annotated[Scalar, Ge(2), Whole]):
    """P(Delta_12 <= delta/2 or Delta_1C <= delta) of standard normal logits.

    1 - C int phi(z) [Phi(z - delta/2)^(C-1) - (Phi(z - delta/2) - Phi(z - delta))^(C-1)]: the
    step towards the least likely class closes its own gap at rate 1, all other gaps at rate 1/2.
    """
    c, delta = (jnp.asarray(v, float)[..., None] for v in (classes, delta))

    def unmoved(z):
        log_near, log_far = log_normal_cdf(z - delta / 2), log_normal_cdf(z - delta)
        near = jnp.exp((c - 1) * log_near)
        between = normal_cdf(z - delta / 2) - normal_cdf(z - delta)
        # Phi(z - delta) may be below the last digit of the other, and yet all that counts
        share = jnp.exp(log_far - log_near)
        small = share < 0.5
        lost = -jnp.expm1((c - 1) * jnp.log1p(-jnp.where(small, share, 0.0)))
        return c * jnp.where(small, near * lost, near - between ** (c - 1))

    return 1 - mean_about(unmoved, delta / 2)


@claim.law(
    "least_likely",
    at=LINEAR,
    why="terms of order 1/n",
    twin=Twin("all gaps at rate 1/sqrt 2", root=1),
)
def attack_prefactor_least_likely(p, x, *, root=0):
    """Prefactor 1/2: the step to the least likely class, confident softmax, F_C(delta/2) near 0."""
    delta = jnp.maximum(shift(p, x), 0)
    if root:
        return lead(shift(p, x) / 2**0.5, p.classes)
    return jnp.where(x < 0, 0, least_likely_error(delta, p.classes))


FAR = 1e6  # where an input stands whose prediction a direction never changes


@claim.law("noise", at=TWO, twin=Twin("arctan(eps)/(2 pi): one side only", sides=1))
def random_noise_is_linear_too(p, x, *, sides=2):
    """C = 2: Gaussian noise of variance eps^2 a coordinate flips with probability arctan(eps)/pi.

    derived: signs of two normals of correlation 1/sqrt(1 + eps^2); linear in eps, as attacks are
    """
    inside = jnp.arctan(jnp.maximum(x, 0)) * sides / (2 * jnp.pi)
    return jnp.where(x < 0, 0, jnp.where(x < FAR, inside, 1))


@claim.limit(
    lambda p: 2 * p.n**0.5,
    along=[TWO.but(eps=e, n=100) for e in (0.02, 0.01, 0.005, 0.0025)],
    size=lambda p: 1 / p.eps,
    rate=-2.0,
    within=0.1,
    last_gap=0.01,
    why="both are odd in eps",
    twin=Twin("sqrt n", limit=lambda p: p.n**0.5),
)
def adversarial_over_random(p):
    """Small l_inf attacks flip 2 sqrt n times as many predictions as noise of that size, C = 2."""
    return gap_law(shift(p, p.eps), 2) * jnp.pi / arctan(p.eps)


claim.every_trial(
    "rescaled",
    within=1e-9,
    name="scale_invariance",
    says="logits times 30: no distance changes, though the mean entropy falls",
    source="derived; so confidence alone buys no robustness",
    at=LINEAR,
    mode="exact",
    trials=256,
    twin=Twin("nor for FGSM at unit temperature", observable="rescaled_fgsm"),
)


# ------------------------------------------------------------------------------ trained rule


@closed_form
def robust_error(eps: Size, margin: Annotated[Scalar, Ge(0)], ratio: Annotated[Scalar, Gt(0)]):
    """Phi(eps |w|_*/|w|_2 - M): error under attack of sign(w . x) for x ~ N(y mu, I).

    M = w . mu/|w|_2 is the margin, ratio = |w|_*/|w|_2; noise of sd tau divides eps by tau.
    """
    return normal_cdf(eps * ratio - margin)


def weights(n):
    """w_i = 1/i, so that its norms differ."""
    return 1 / jnp.arange(1.0, n + 1)


def ratio_of(n):
    """|w|_1/|w|_2 of these."""
    return jnp.sum(weights(n)) / jnp.linalg.norm(weights(n))


@claim.equals(
    "robust_error",
    at=(FITTED := Params(n=20, eps=0.2),),
    mode="trained",
    within=0.01,
    twin=Twin("the l_2 norm", dual=0),
)
def robust_error_trained_linear(p, *, dual=1):
    """l_inf attacks on a rule with margin M and labels: err = Phi(eps |w|_1/|w|_2 - M)."""
    return robust_error(p.eps, p.margin, ratio_of(p.n) if dual else 1.0)


@claim.limit(
    lambda p: ratio_of(p.n) * normal_pdf(p.margin),
    along=[FITTED.but(eps=e) for e in (0.1, 0.05, 0.02, 0.01, 0.005)],
    size=lambda p: 1 / p.eps,
    rate=-1.0,
    within=0.1,
    last_gap=0.02,
    why="the next term of the series",
    twin=Twin("the error itself, with the clean part", clean=0),
)
def error_rate(p, *, clean=1):
    """(err(eps) - err(0))/eps -> phi(M) |w|_1/|w|_2: the excess is a power law, not the error."""
    error = robust_error(p.eps, p.margin, ratio_of(p.n))
    return (error - clean * robust_error(0.0, p.margin, 1.0)) / p.eps
