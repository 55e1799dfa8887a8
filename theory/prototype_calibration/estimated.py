"""Base prototypes that are estimated too, two new classes, and a weight from the prototype."""

from typing import Annotated, Any

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, maximum, normal_cdf, sqrt, where,
)  # fmt: skip
from theory.prototype_calibration.cosines import cosine_recalls, equal_recall_weight
from theory.prototype_calibration.params import (
    ESTIMATED, FIVE, UNEQUAL, Cosine, Gap, Noise, Part, Weight,
)  # fmt: skip
from theory.prototype_calibration.shrinkage import best_weight

claim = Claims("derived; not in the paper")


@closed_form
def estimated_recalls(gap: Gap, noise: Noise, base_noise: Noise, weight: Weight) -> Any:
    """(new, base): Phi((2 (D^2 + W) - (1 - a) F)/(2 sqrt F)), Phi(((1 - a) F - 2 W)/(2 sqrt F)).

    F = D^2 + V + W; W = d/n is the noise of the rival's prototype, from n points, and the donor.
    """
    square = gap * gap + noise + base_noise
    kept, v = (1 - weight) * square, sqrt(square)
    new = normal_cdf((2 * (gap * gap + base_noise) - kept) / (2 * v))
    return new, normal_cdf((kept - 2 * base_noise) / (2 * v))


@closed_form
def balanced_weight(gap: Gap, noise: Noise, base_noise: Noise) -> Any:
    """(V - W)/(D^2 + V + W): equal recalls and the best balanced accuracy; below 0 where W > V."""
    return (noise - base_noise) / (gap * gap + noise + base_noise)


@closed_form
def competing_recalls(gap: Gap, noise: Noise, other: Noise, weight: Weight, along: Part) -> Any:
    """(first, second): Phi((D^2 -+ 2 a D b -+ (1 - a)(V_1 - V_2))/(2 sqrt(D^2 + V_1 + V_2))).

    Two new classes, both moved by a toward one mixture, whose place along the line of their means,
    from the middle toward the first, is b (``along``). Lengths in units of sigma, many dimensions.
    """
    v = 2 * sqrt(gap * gap + noise + other)
    shift = 2 * weight * gap * along + (1 - weight) * (noise - other)
    return normal_cdf((gap * gap - shift) / v), normal_cdf((gap * gap + shift) / v)


@closed_form
def seen_weight(square: Annotated[Scalar, Ge(1e-12), Le(1e12)], noise: Noise, seen: Cosine) -> Any:
    """:func:`equal_recall_weight` from a prototype c alone: |c|^2, V = d sigma^2/k, cos(c, m_j).

    h^2 = 1 - V/|c|^2, r = cos/h: a = (1 - h^2)/(1 - h^2 + 2 (h - cos)), and at most 1. 1 where c is
    no longer than its noise, or looks more like the base than its own length allows.
    """
    left = noise / square
    longer = left < 1
    apart = sqrt(where(longer, 1 - left, 1.0)) - seen
    return where(longer & (apart > 0), left / (left + 2 * maximum(apart, 0.0)), 1.0 + 0 * apart)


# --------------------------------------------------------------------------------------------

near = claim.given(
    at=ESTIMATED,
    within=lambda p: 2 / p.d,
    why="terms of order 1/d; .73/d is the exact form's at W = 0",
)


@near.equals("moved[0]", twin=Twin("an exact base prototype", noisy=0))
def estimated_rival(p, *, noisy=1):
    """Both prototypes estimated: new recall Phi((2 (D^2 + W) - (1 - a) F)/(2 sqrt F))."""
    return estimated_recalls(p.gap, p.noise, noisy * p.base_noise, p.weight)[0]


@near.equals("moved[1]", twin=Twin("an exact base prototype", noisy=0))
def estimated_rival_base(p, *, noisy=1):
    """Base recall Phi(((1 - a) F - 2 W)/(2 sqrt F)): the base class pays for its own noise."""
    return estimated_recalls(p.gap, p.noise, noisy * p.base_noise, p.weight)[1]


WIDE = Domain.around(ESTIMATED, gap=(0.5, 10.0), k=(1, 100), base_shots=(200, 10_000))


@claim.identity(
    lambda p: normal_cdf(p.gap**2 / (2 * sqrt(p.gap**2 + p.noise + p.base_noise))),
    over=WIDE,
    within=1e-11,
    twin=Twin("the weight of least squared error", least=True),
)
def balanced_weight_of_estimates(p, *, least=False):
    """Both recalls are Phi(D^2/(2 sqrt F)) at a = (V - W)/F, 0 at equal sample sizes."""
    weight = balanced_weight(p.gap, p.noise, p.base_noise)
    if least:
        weight = best_weight(p.noise, p.gap**2 + p.base_noise)
    return estimated_recalls(p.gap, p.noise, p.base_noise, weight)[0]


@claim.never_above(
    lambda p: best_weight(p.noise, p.gap**2 + p.base_noise),
    over=WIDE,
    twin=Twin("the weight of least error is below it", larger=-1),
)
def least_error_moves_too_far(p, *, larger=1):
    """The best weight for accuracy is below V/F, that of least squared error."""
    least = best_weight(p.noise, p.gap**2 + p.base_noise)
    return least + larger * (balanced_weight(p.gap, p.noise, p.base_noise) - least)


# --------------------------------------------------------------------------------------------
# Two new classes

both_new = claim.given(
    mode="competing", at=UNEQUAL, within=lambda p: 2 / p.d, why="terms of order 1/d"
)


@both_new.equals("first", twin=Twin("neither is moved", moved=0), known=((UNEQUAL, ".670159"),))
def new_classes_compete(p, *, moved=1):
    """New v new: Phi((D^2 - 2 a D b - (1 - a)(V_1 - V_2))/(2 sqrt(D^2 + V_1 + V_2)))."""
    weight = moved * p.weight
    return competing_recalls(p.gap, p.noise, p.base_noise, weight, p.along)[0]


@both_new.equals(
    "second", twin=Twin("the shots exchanged", exchanged=True), known=((UNEQUAL, ".841538"),)
)
def new_classes_compete_second(p, *, exchanged=False):
    """The other's: the class of fewer shots loses to that of more, until both are moved."""
    noises = (p.base_noise, p.noise) if exchanged else (p.noise, p.base_noise)
    return competing_recalls(p.gap, *noises, p.weight, p.along)[1]


@claim.identity(
    lambda p: competing_recalls(p.gap, p.noise, p.noise, 0, 0)[0],
    over=WIDE,
    within=1e-12,
    twin=Twin("a mixture nearer to the first", along=0.5),
)
def equal_shots_are_not_parted(p, *, along=0.0):
    """As many shots, a mixture equally far: recalls of new v new are the same at every weight."""
    return competing_recalls(p.gap, p.noise, p.noise, p.weight, along)[0]


# --------------------------------------------------------------------------------------------
# The weight from the prototype's own length and cosine

seen = claim.given(
    mode="cosine", at=FIVE, within=lambda p: 2 / p.d, why="terms of order 1/d: 1.3/d seen"
)


def at_equality(p, weight=None):
    """Recalls at the weight that makes them equal, in the limit."""
    weight = equal_recall_weight(p.length, p.noise, p.cosine) if weight is None else weight
    return cosine_recalls(p.length, p.noise, weight, p.cosine)


@seen.equals("driven[0]", twin=Twin("the raw prototype", weight=0.0))
def cosine_weight_from_the_data(p, *, weight=None):
    """a from |c|^2 and cos(c, m_j) alone: new recall as at the weight of equal recalls, to 1/d."""
    return at_equality(p, weight)[0]


@seen.equals("driven[1]", twin=Twin("the raw prototype", weight=0.0))
def cosine_weight_from_the_data_base(p, *, weight=None):
    """And the base class's."""
    return at_equality(p, weight)[1]
