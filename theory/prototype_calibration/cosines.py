"""The cosine classifier: few shots make a prototype long, so that it is seen too far away."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, normal_cdf, root, sqrt
from theory.prototype_calibration.params import (
    BLUNT, FIVE, PAIR, SAME, Cosine, Dimension, Length, Noise, Weight,
)  # fmt: skip

claim = Claims("derived")
Positive = Annotated[Scalar, Ge(0.001), Le(0.999), SAME]
Mild = Annotated[Scalar, Ge(0.1), Le(100)]
Some = Annotated[Scalar, Ge(1e-6), Le(1e6)]


@closed_form
def inflation(length: Length, noise: Noise) -> Any:
    """h = rho/sqrt(rho^2 + V): the cosine of the raw prototype and its mean, many dimensions."""
    return length / sqrt(length * length + noise)


def arguments(length, noise, weight, cosine):
    """The two numbers whose Phi are the recalls; 1 - q is divided out by hand."""
    h = inflation(length, noise)
    hr, left = h * cosine, 1 - weight
    n = sqrt(left**2 + weight**2 + 2 * weight * left * hr)
    both = n + weight + left * hr
    apart = (1 - hr) * (1 + hr)
    turned = h - cosine * (left + 2 * weight * hr) / (weight + n)
    return (
        length * turned * sqrt(both / (2 * n * apart)),
        length * left * sqrt(apart / (2 * n * both)),
    )


@closed_form
def cosine_recalls(length: Length, noise: Noise, weight: Weight, cosine: Cosine) -> Any:
    """(new, base): Phi(rho (p - r)/sqrt(2 - 2 q)), Phi(rho sqrt((1 - q)/2)), the rival the donor.

    n^2 = (1 - a)^2 + a^2 + 2 a (1 - a) h r, p = ((1 - a) h + a r)/n, q = ((1 - a) h r + a)/n. At
    a = 1 the new recall is the limit, Phi(rho h (1 - r^2)/sqrt(1 - h^2 r^2)).
    """
    new, base = arguments(length, noise, weight, cosine)
    return normal_cdf(new), normal_cdf(base)


@closed_form
def critical_cosine_shots(length: Length, d: Dimension, cosine: Cosine) -> Any:
    """d sigma^2 r^2/(rho^2 (1 - r^2)): fewer leave the raw recall below 1/2 (r > 0)."""
    return d * cosine * cosine / (length * length * (1 - cosine) * (1 + cosine))


@closed_form
def equal_recall_weight(length: Length, noise: Noise, cosine: Cosine) -> Any:
    """(1 - h^2)/((1 - h^2) + 2 h (1 - r)): both recalls are the same."""
    h = inflation(length, noise)
    spread = noise / (length * length + noise)
    return spread / (spread + 2 * h * (1 - cosine))


@closed_form(example={"length": 5.0, "noise": 20.0, "cosine": 0.6})
def best_cosine_weight(length: Mild, noise: Some, cosine: Positive) -> Array:
    """Where (new + base)/2 is largest: below :func:`equal_recall_weight`, 0 where raw is best.

    The root of phi(x) x' = -phi(y) y', in logarithms; x' > 0 > y' are the arguments' slopes in a.
    """
    length, noise, cosine = jnp.broadcast_arrays(
        *(jnp.asarray(v, float) for v in (length, noise, cosine))
    )
    most = equal_recall_weight(length, noise, cosine)

    def rise(weight):
        (x, y), (up, down) = _with_slopes(length, noise, weight, cosine)
        return jnp.log(up) - jnp.log(-down) - (x - y) * (x + y) / 2

    raw = rise(jnp.zeros_like(most)) <= 0
    return root(lambda a: jnp.where(raw, -a, rise(a)), jnp.zeros_like(most), most)


def _with_slopes(length, noise, weight, cosine):
    return jax.jvp(
        lambda a: arguments(length, noise, a, cosine), (weight,), (jnp.ones_like(weight),)
    )


# --------------------------------------------------------------------------------------------

seen = claim.given(mode="cosine", at=FIVE)
SHORT = "terms of order 1/d: at most .7/d of a recall seen at k = 5"


@seen.equals(
    "own",
    within=lambda p: 1 / p.d,
    why="h has terms of order 1/d",
    twin=Twin("h = rho^2/(rho^2 + V)", power=2),
    known=((FIVE, ".70648"),),
)
def norm_inflation(p, *, power=1):
    """cos(c, mu) -> h = rho/sqrt(rho^2 + V)."""
    return inflation(p.length, p.noise) ** power


@seen.equals(
    "nearest",
    within=lambda p: 1 / p.d,
    why="h has terms of order 1/d",
    twin=Twin("r without h", flattened=False),
)
def cosine_with_bases(p, *, flattened=True):
    """cos(c, mu_j) -> h r_j."""
    return p.cosine * (inflation(p.length, p.noise) if flattened else 1)


@seen.equals(
    "square",
    within=0.02,
    variance=lambda p: (2 * p.d / p.k**2 + 4 * p.length**2 / p.k) / (p.length**2 + p.noise) ** 2,
    why="exact: the width asked for; the variance is that of a shifted chi-square",
    twin=Twin("the mean's own square", inflated=False),
)
def squared_length(p, *, inflated=True):
    """E|c|^2/(rho^2 + V) = 1."""
    return 1.0 if inflated else p.length**2 / (p.length**2 + p.noise)


@seen.equals(
    "pair_new[1]",
    within=0.004,
    why=SHORT,
    twin=Twin("no inflation, h = 1", inflated=0),
    known=(
        (FIVE, ".94221"), (FIVE.but(weight=0.1), ".83462"), (FIVE.but(weight=0.0), ".76071"),
        (FIVE.but(k=1), ".3884"),
    ),
)  # fmt: skip
def cosine_recall(p, *, inflated=1):
    """New recall Phi(rho (p - r)/(sigma sqrt(2 - 2 q))), donor the rival."""
    return cosine_recalls(p.length, inflated * p.noise, p.weight, p.cosine)[0]


@seen.equals(
    "pair_new[0]",
    within=0.004,
    why=SHORT,
    twin=Twin("as at a = .3", moved=True),
    known=((FIVE, ".76071"),),
)
def cosine_recall_raw(p, *, moved=False):
    """a = 0: Phi(rho (h - r)/(sigma sqrt(2 - 2 h r)))."""
    return cosine_recalls(p.length, p.noise, p.weight if moved else 0, p.cosine)[0]


@seen.equals(
    "pair_base[1]",
    at=BLUNT,
    within=0.004,
    why=SHORT,
    twin=Twin("the base class untouched", touched=0),
)
def cosine_recall_base(p, *, touched=1):
    """Base recall Phi(rho sqrt((1 - q)/2)/sigma)."""
    return cosine_recalls(p.length, p.noise, touched * p.weight, p.cosine)[1]


WIDE = Domain.around(PAIR, d=(20, 4000), k=(1, 100), length=(1.0, 10.0), cosine=(0.1, 0.9))


@claim.identity(0.5, over=WIDE, within=1e-11, twin=Twin("without r^2", squared=False))
def critical_shots_of_cosines(p, *, squared=True):
    """At k = d sigma^2 r^2/(rho^2 (1 - r^2)) shots h = r, and the raw recall is 1/2."""
    shots = critical_cosine_shots(p.length, p.d, p.cosine)
    if not squared:
        shots = shots / p.cosine**2
    return cosine_recalls(p.length, p.d / shots, 0, p.cosine)[0]


@claim.identity(
    lambda p: cosine_recalls(
        p.length, p.noise, equal_recall_weight(p.length, p.noise, p.cosine), p.cosine
    )[1],
    over=WIDE,
    within=1e-9,
    twin=Twin("a = (1 - h)/((1 - h) + (1 - r))", first_order=True),
    known=((FIVE, ".98331"),),
)
def equal_recall_alpha(p, *, first_order=False):
    """Both recalls are equal at a = (1 - h^2)/((1 - h^2) + 2 h (1 - r))."""
    weight = equal_recall_weight(p.length, p.noise, p.cosine)
    if first_order:
        h = inflation(p.length, p.noise)
        weight = (1 - h) / ((1 - h) + (1 - p.cosine))
    return cosine_recalls(p.length, p.noise, weight, p.cosine)[0]


@claim.never_above(
    lambda p: equal_recall_weight(p.length, p.noise, p.cosine),
    over=WIDE,
    points=32,
    evaluators=("jax",),
    twin=Twin("a tenth above it", scale=1.1),
    known=((FIVE, ".45306"),),
)
def optimum_is_smaller(p, *, scale=1.0):
    """Balanced accuracy is largest a little below equal recalls: here the direction turns."""
    return scale * best_cosine_weight(p.length, p.noise, p.cosine)


@claim.never_above(
    lambda p: balanced(p, best_cosine_weight(p.length, p.noise, p.cosine)),
    over=Domain.around(PAIR, d=(20, 4000), k=(1, 100), weight=(0.0, 0.9)),
    points=32,
    evaluators=("jax",),
    twin=Twin("the raw prototype's accuracy", raw=True),
    known=((FIVE, ".96995"),),
)
def no_cosine_weight_is_more_accurate(p, *, raw=False):
    """At no weight is the balanced accuracy above that at the best one."""
    return cosine_recalls(p.length, p.noise, 0, p.cosine)[1] if raw else balanced(p, p.weight)


def balanced(p, weight):
    """Balanced accuracy at a weight."""
    new, base = cosine_recalls(p.length, p.noise, weight, p.cosine)
    return (new + base) / 2


@claim.nonnegative(
    over=Domain.around(
        PAIR, d=(20, 4000), k=(1, 100), length=(1.0, 10.0), cosine=(0.0, 0.9), weight=(0.0, 0.9)
    ),
    twin=Twin("the base class's rises too", sign=-1),
)
def tradeoff(p, *, sign=1):
    """With a the new class's argument of Phi rises and the base class's falls, for every k."""
    (new, base), (later, less) = (
        arguments(p.length, p.noise, a, p.cosine) for a in (p.weight, p.weight + 0.05)
    )
    rise, fall = later - new, sign * (base - less)
    return (rise + fall - sqrt((rise - fall) ** 2)) / 2


def harmonic(run, place):
    """The harmonic mean of both recalls at one of the weights 0, a, .99."""
    new, base = run["pair_new"][:, place], run["pair_base"][:, place]
    return 2 * new * base / (new + base)


seen.ordering(
    "harmonic_mean_rises",
    "the harmonic mean is higher at a = .3 than at 0",
    lambda run, p: harmonic(run, 1),
    lambda run, p: harmonic(run, 0),
    support=(-1, 1),
)
seen.ordering(
    "harmonic_mean_falls",
    "and higher than near 1: its maximum is inside",
    lambda run, p: harmonic(run, 1),
    lambda run, p: harmonic(run, 2),
    support=(-1, 1),
)
