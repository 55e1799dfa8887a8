"""The best achievable measure of any finite world, and what a proposed one loses against it."""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from theory import ParameterError, own_checks

__all__ = ["BestMeasure", "optimal_failure", "score_measure"]


class BestMeasure(NamedTuple):
    """The least chance of failure, and estimates that attain it."""

    failure: Any
    """delta*(eps) = 1 - sum_s max_eta P(S = s, |L - eta| < eps)."""
    estimates: np.ndarray
    """The centre of a best interval for each sample."""


def _world(joint: Any, losses: Any, eps: Any) -> tuple[np.ndarray, np.ndarray]:
    joint, losses = np.asarray(joint), np.asarray(losses)
    if joint.ndim != 2 or losses.shape != joint.shape[1:] or not joint.size:
        raise ParameterError(
            f"joint {joint.shape} must be samples x losses, losses {losses.shape} one a column"
        )
    if not (joint >= 0).all() or abs(float(joint.sum()) - 1) > 1e-9:
        raise ParameterError("joint must be chances >= 0 of sum 1")
    if not (losses == losses).all() or not eps > 0:
        raise ParameterError(f"eps = {eps} must be positive, and losses numbers")
    order = np.argsort(losses, kind="stable")
    return joint[:, order], losses[order]


@own_checks("a user's table, on the host: refused in one line each")
def optimal_failure(joint: Any, losses: Any, eps: Any, *, strict: bool = True) -> BestMeasure:
    """delta*(eps) of any finite world, exact in Fractions, with the estimator that attains it.

    Args:
        joint: P(S = s, L = losses[l]), samples x losses; all that a measure may see of rule and
            sample distinguishes the rows.
        losses: the values of L; ``Fraction``\\ s where differences may equal 2 eps.
        eps: the precision, > 0.
        strict: success is |E - L| < eps; False: |E - L| <= eps.
    """
    joint, losses = _world(joint, losses, eps)
    best, centre = joint[:, 0] * 0 - 1, np.full(len(joint), losses[0])
    last = 0
    for first in range(len(losses)):
        while last < len(losses) and (
            losses[last] - losses[first] < 2 * eps
            or (not strict and losses[last] - losses[first] == 2 * eps)
        ):
            last += 1
        mass = joint[:, first:last].sum(axis=1)
        better = mass > best
        middle = (losses[first] + losses[last - 1]) * (
            Fraction(1, 2) if isinstance(losses[first], Fraction) else 0.5
        )
        centre = np.where(better, middle, centre)
        best = np.where(better, mass, best)
    return BestMeasure(1 - best.sum(), centre)


@own_checks("as optimal_failure")
def score_measure(
    joint: Any, losses: Any, estimates: Any, eps: Any, *, strict: bool = True
) -> tuple[Any, Any]:
    """(failure of the measure, its regret: how far above delta*); one estimate a sample."""
    found, best = np.asarray(estimates), optimal_failure(joint, losses, eps, strict=strict)
    joint, losses = _world(joint, losses, eps)
    if found.shape != joint.shape[:1] or not (found == found).all():
        raise ParameterError(f"estimates {found.shape} must be numbers, one a sample")
    away = abs(found[:, None] - losses)
    failure = joint[(away >= eps) if strict else (away > eps)].sum()
    return failure, failure - best.failure
