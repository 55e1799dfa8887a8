"""One coordinate's landscape g(x) = b x - c x^3 on [-1, 1], and what attacks find there."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, binomial_mean, closed_form, maximum, minimum, normal_cdf,
    rational, sqrt, where,
)  # fmt: skip
from theory.catastrophic_overfitting.params import Params

claim = Claims("derived")
EXACT, FAR = rational(1, 3), rational(4, 3)


def turn(q):
    """u = 1/sqrt(3 q), where g' changes its sign."""
    return 1 / sqrt(3 * q)


@closed_form
def worst_value(q: Annotated[Scalar, Ge(0), Le(1e6)]):
    """min of x - q x^3 on [-1, 1]: q - 1 up to 1/3, -(2/3)/sqrt(3 q) up to 4/3, then 1 - q.

    The minimum is at the attacked corner -1, inside at -1/sqrt(3 q), at the far corner 1.
    """
    inside = -2 * turn(maximum(q, EXACT)) / 3
    return where(q <= EXACT, q - 1, where(q < FAR, inside, 1 - q))


@closed_form
def kinked_worst(r: Annotated[Scalar, Ge(0), Le(1e6)], theta: Annotated[Scalar, Ge(0), Le(1)]):
    """The same for x - r (x - theta)_+ + r (-x - theta)_+: a kink in place of a bend.

    (1 - theta) r - 1 up to r = 1, -theta up to (1 + theta)/(1 - theta), then 1 - (1 - theta) r;
    the attacked corner's loss falls from r = 1/(1 - theta) on.
    """
    bent = (1 - theta) * r
    return where(r <= 1, bent - 1, where(bent < 1 + theta, -theta, 1 - bent))


@closed_form
def descended_far(q: Annotated[Scalar, Ge(0), Le(1e6)]):
    """(1 - u)_+/2, u = 1/sqrt(3 q): a uniform start from which signed descent ends at 1.

    All other starts end in -u (-1 where u >= 1).
    """
    return (1 - turn(maximum(q, EXACT))) / 2


@closed_form
def descended_value(q: Annotated[Scalar, Ge(0), Le(1e6)]):
    """(1 - u)(1 - q)/2 - (1 + u) u/3, the mean of g/b after signed descent; q - 1 for q <= 1/3."""
    u = turn(maximum(q, EXACT))
    return where(q <= EXACT, q - 1, (1 - u) * (1 - q) / 2 - (1 + u) * u / 3)


@claim.identity(
    lambda p: jnp.min((lambda x: x - p.q * x**3)(jnp.linspace(-1.0, 1.0, 20_001))),
    over=Domain.around(Params(), c=(0.05, 8.0)),
    within=1e-6,
    why="the grid: g'' times (1e-4)^2/8",
    twin=Twin("the far corner wins from q = 1 on", far=1),
    known=((Params(c=0.5), "-.544331"), (Params(c=1.2), "-.351364"), (Params(c=1.5), "-.5")),
)
def three_thresholds(p, *, far=FAR):
    """min g/b is q - 1 for q <= 1/3, -(2/3) u for 1/3 <= q <= 4/3, 1 - q for q >= 4/3."""
    if far is FAR:
        return worst_value(p.q)
    return where(p.q < far, worst_value(minimum(p.q, far)), 1 - p.q)


def kinked(x, r, theta):
    """The odd landscape that bends by ReLUs."""
    return x - r * jnp.maximum(x - theta, 0) + r * jnp.maximum(-x - theta, 0)


@claim.identity(
    lambda p: jnp.min(kinked(jnp.linspace(-1.0, 1.0, 20_001), p.q, p.kink)),
    over=Domain.around(Params(), c=(0.05, 8.0), kink=(0.1, 0.9)),
    within=1e-3,
    why="the grid: 1e-4 times the slopes, up to 7",
    twin=Twin("the bend's thresholds", bend=True),
)
def kinked_thresholds(p, *, bend=False):
    """A ReLU kink at theta: FGSM is exact iff c <= b, far corner iff c/b > (1+theta)/(1-theta).

    derived; abnormal iff c/b > 1/(1 - theta), between the two: the order 1/3, 1, 4/3 is kept.
    """
    return worst_value(p.q) if bend else kinked_worst(p.q, p.kink)


def seen_otherwise(run, p, far=4 / 3) -> Any:
    """Whether one of the three events is not where its threshold says."""
    return jnp.stack(
        [
            (run["fgsm_value"] - run["worst_value"] < 1e-3) != (p.q <= 1 / 3),
            (run["fgsm_value"] > 0) != (p.q > 1),
            (run["worst_place"] > 0.99) != (p.q > far),
        ]
    ).any(axis=0)


claim.every_trial(
    seen_otherwise,
    within=0.0,
    name="three_thresholds_seen",
    says="FGSM is exact iff q <= 1/3, abnormal iff q > 1; the far corner is worst iff q > 4/3",
    at=[Params(c=c) for c in (1.2, 0.3, 0.4, 0.95, 1.3, 1.4)],
    trials=8,
    twin=Twin("the far corner at q = 1 too", observable=lambda run, p: seen_otherwise(run, p, 1)),
)

OVERFITTED = Params(b=0.3, c=0.45, margin=1.0, spread=0.8)
claim.every_trial(
    lambda run, p: abs(run["worst_margin"] + run["fgsm_margin"] - 2 * run["margin"]),
    within=1e-12,
    name="mirror",
    says="where the far corner is worst, the worst margin is 2 M - the FGSM margin",
    at=(OVERFITTED, Params(b=1.0, c=1.4, spread=1.0)),
    trials=64,
    twin=Twin("M - FGSM margin", observable=lambda run, p: (
        abs(run["worst_margin"] + run["fgsm_margin"] - run["margin"]))),
)  # fmt: skip
shown = claim.given(at=OVERFITTED, within=0.01)


@shown.equals(
    "fgsm_right", twin=Twin("two coordinates for four", n=2), known=((OVERFITTED, ".97725"),)
)
def fgsm_accuracy(p, *, n=None):
    """P(right under FGSM) = Phi((M - n (b - c))/s): far above 1/2 in the overfitted landscape."""
    return normal_cdf((p.margin - (n or p.n) * (p.b - p.c)) / p.spread)


@shown.equals(
    "worst_right", twin=Twin("the FGSM accuracy", far=False), known=((OVERFITTED, ".69146"),)
)
def worst_accuracy(p, *, far=True):
    """P(right in the worst case) = Phi((M + n b min g/b)/s), with min g/b = 1 - q from 4/3 on."""
    lowest = worst_value(p.q) if far else -(1 - p.q)
    return normal_cdf((p.margin + p.n * p.b * lowest) / p.spread)


DESCENT = (Params(c=2.0), Params(c=4 / 3), Params(c=5.0))


@claim.equals(
    "descended_far",
    at=DESCENT,
    within=0.01,
    twin=Twin("from the clean point, which never gets there", far=0.0),
    known=((DESCENT[0], ".29588"), (DESCENT[1], ".25"), (DESCENT[2], ".37090")),
)
def pgd_basin(p, *, far=None):
    """Signed descent from a uniform start ends in the far corner with chance (1 - u)/2."""
    return descended_far(p.q) if far is None else far


@claim.equals(
    "descended_value",
    at=DESCENT,
    relative=0.05,
    variance=lambda p: (p.q - 1 - 2 * turn(p.q) / 3) ** 2 / 4,  # two values
    twin=Twin("the worst case found always", found=False),
)
def pgd_value(p, *, found=True):
    """The mean of g/b after it: (1 - u)(1 - q)/2 - (1 + u) u/3."""
    return descended_value(p.q) if found else worst_value(p.q)


@shown.equals(
    "descended_right",
    why="512 steps of length 1/256 end within 1/256 of -u; exact otherwise",
    twin=Twin("the worst-case accuracy", found=False),
    known=((OVERFITTED, ".75917"),),
)
def pgd_overrates(p: Any, *, found=True):
    """PGD's accuracy with one start is E Phi(./s) over Binomial(n, (1 - u)/2) far coordinates.

    Above the worst-case accuracy: of an overfitted net PGD with one start says too much.
    """
    if not found:
        return worst_accuracy(p)
    near = where(p.q <= EXACT, 1 - p.q, 2 * turn(maximum(p.q, EXACT)) / 3)
    lost = lambda far: far * (1 - p.q) - (p.n - far) * near  # noqa: E731
    right = lambda far: normal_cdf((p.margin + p.b * lost(far)) / p.spread)  # noqa: E731
    return binomial_mean(right, p.n, descended_far(p.q))
