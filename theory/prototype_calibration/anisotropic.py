"""Features of unequal spread: shots are counted by tr S, scores spread by tr S^2."""

from typing import Annotated, Any

from theory import Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, normal_cdf, sqrt
from theory.prototype_calibration.params import UNEVEN, Gap, Noise, Weight
from theory.prototype_calibration.rivals import balanced_recall, rival_recalls
from theory.prototype_calibration.shrinkage import best_weight

claim = Claims("derived; not in the paper")
Spread = Annotated[Scalar, Gt(0), Le(1e6)]
Trace = Annotated[Scalar, Ge(1e-9), Le(1e9)]


@closed_form
def anisotropic_recalls(
    gap: Gap, along: Spread, noise: Noise, second: Noise, weight: Weight
) -> Any:
    """(new, base): Phi((2 D^2 - (1 - a)(D^2 + V))/(2 v)), Phi((1 - a)(D^2 + V)/(2 v)).

    Features N(mu, S): V = tr S/k, v^2 = D^2 u' S u + tr S^2/k; ``along`` is u' S u, u the direction
    of the gap, and ``second`` tr S^2/k. The rival base is the donor. In the limit of a large
    effective dimension; S = I gives :func:`rival_recalls`.
    """
    v = sqrt(gap * gap * along + second)
    kept = (1 - weight) * (gap * gap + noise)
    return normal_cdf((2 * gap * gap - kept) / (2 * v)), normal_cdf(kept / (2 * v))


@closed_form(square=("is above trace^2", lambda trace, square: square <= trace * trace))
def effective_dimension(trace: Trace, square: Trace) -> Any:
    """(tr S)^2/tr S^2: d of equal spreads, fewer else; ``square`` is tr S^2."""
    return trace * trace / square


# --------------------------------------------------------------------------------------------

near = claim.given(
    mode="anisotropic",
    at=UNEVEN,
    within=lambda p: 3 / p.effective,
    why="terms of order one over the effective dimension: .25 of it seen",
)


def both(p, weight, *, second=None):
    """Recalls at the setting's two spreads."""
    square = p.squares / p.k if second is None else second
    return anisotropic_recalls(p.gap, 1.0, p.traces / p.k, square, weight)


@near.equals("moved[0]", twin=Twin("tr S for tr S^2", square=False), known=((UNEVEN, ".563727"),))
def uneven_features(p, *, square=True):
    """New recall Phi((2 D^2 - (1 - a)(D^2 + tr S/k))/(2 v)), v^2 = D^2 u'Su + tr S^2/k."""
    return both(p, p.weight, second=None if square else p.traces / p.k)[0]


@near.equals(
    "moved[1]", twin=Twin("d features of spread 1", even=True), known=((UNEVEN, ".828996"),)
)
def uneven_features_base(p, *, even=False):
    """Base recall Phi((1 - a)(D^2 + tr S/k)/(2 v))."""
    return rival_recalls(p.gap, p.noise, p.weight)[1] if even else both(p, p.weight)[1]


WIDE = Domain.around(UNEVEN, gap=(0.5, 10.0), stretch=(0.2, 3.0), k=(1, 1000))


@claim.identity(
    0.5, over=WIDE, within=1e-12, twin=Twin("effective dimension over D^2 shots", counted=True)
)
def shots_counted_by_the_trace(p, *, counted=False):
    """At k = tr S/D^2 the raw recall is 1/2: the effective dimension does not count shots."""
    size = p.effective if counted else p.traces
    shots = size / p.gap**2
    return anisotropic_recalls(p.gap, 1.0, p.traces / shots, p.squares / shots, 0)[0]


@claim.identity(
    lambda p: normal_cdf(p.gap**2 / (2 * sqrt(p.gap**2 + p.squares / p.k))),
    over=WIDE,
    within=1e-11,
    twin=Twin("as of equal spreads", even=True),
)
def uneven_optimum(p, *, even=False):
    """At a* = V/(V + D^2), of least squared error for any S, both recalls are Phi(D^2/(2 v))."""
    if even:
        return balanced_recall(p.gap, p.traces / p.k)
    return both(p, best_weight(p.traces / p.k, p.gap**2))[0]
