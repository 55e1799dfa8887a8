"""Which test a statement about a mean or a variance gets, by what is known of the observable."""

from sims._sequential.asymptotic import MeanAboveAsymptotic, MeanInBandAsymptotic
from sims._sequential.base import ALPHA, Sequential, Undecidable
from sims._sequential.bounded import MeanAbove, MeanInBand
from sims._sequential.catoni import MeanAboveCatoni, MeanInBandCatoni
from sims._sequential.paired import Paired

Support = tuple[float, float]


def _one_of(**bounds: object) -> None:
    given = [name for name, value in bounds.items() if value is not None]
    if len(given) != 1:
        raise Undecidable(
            f"exactly one of {', '.join(bounds)} must be known, not {', '.join(given) or 'none'}"
        )


def mean_in_band(
    prediction: float,
    tolerance: float,
    *,
    support: Support | None = None,
    variance: float | None = None,
    skewness: float | None = None,
    tightest: int = 1,
    alpha: float = ALPHA,
) -> Sequential:
    """|E X - prediction| < tolerance, for X in ``support``, or Var X <= ``variance`` (both exact),
    or |skewness of X| <= ``skewness`` (nominal alpha; tightest at ``tightest`` trials).
    """
    _one_of(support=support, variance=variance, skewness=skewness)
    if support is not None:
        return MeanInBand(prediction, tolerance, support, alpha)
    if variance is not None:
        return MeanInBandCatoni(prediction, tolerance, variance, alpha)
    assert skewness is not None
    return MeanInBandAsymptotic(prediction, tolerance, skewness, tightest, alpha)


def mean_above(
    threshold: float,
    *,
    support: Support | None = None,
    variance: float | None = None,
    skewness: float | None = None,
    tightest: int = 1,
    alpha: float = ALPHA,
) -> Sequential:
    """E X > threshold, with what is known of X as in :func:`mean_in_band`."""
    _one_of(support=support, variance=variance, skewness=skewness)
    if support is not None:
        return MeanAbove(threshold, support, alpha)
    if variance is not None:
        return MeanAboveCatoni(threshold, variance, alpha)
    assert skewness is not None
    return MeanAboveAsymptotic(threshold, skewness, tightest, alpha)


def variance_in_band(
    prediction: float,
    tolerance: float,
    *,
    support: Support | None = None,
    fourth_moment: float | None = None,
    alpha: float = ALPHA,
) -> Sequential:
    """|Var X - prediction| < tolerance, for X in ``support`` or with E(X - E X)^4 <=
    ``fourth_moment``; exact.
    """
    _one_of(support=support, fourth_moment=fourth_moment)
    if support is not None:
        widest = (support[1] - support[0]) ** 2 / 2
        return Paired(MeanInBand(prediction, tolerance, (0.0, widest), alpha))
    assert fourth_moment is not None
    return Paired(MeanInBandCatoni(prediction, tolerance, fourth_moment, alpha))
