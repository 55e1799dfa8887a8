"""Base prototypes that are estimated too: the best weight is no longer that of least error."""

from typing import Any

from theory import Claims, Domain, Twin, closed_form, normal_cdf, sqrt
from theory.prototype_calibration.params import ESTIMATED, Gap, Noise, Weight
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
