"""Which of the three classes an activation belongs to, and for which dimension it is optimal."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from theory._neural_kernels import Activation, ActivationError, expand
from theory._neural_kernels.activations import LINEAR
from theory._neural_kernels.expansion import ZERO
from theory.ntk_classifiers.exponents import check_exponent

__all__ = ["Taxonomy", "taxonomy"]

_CRITICAL = 1e-9  # |B' - 1| under this counts as 1
_OPTIMAL = 1e-6  # |alpha - d| under this counts as optimal for d


@dataclasses.dataclass(frozen=True)
class Taxonomy:
    """What infinite width and depth make of an activation.

    Attributes:
        mean, mean_slope, mean_square_slope: A, A', B' of the normalised activation.
        second_moment: E phi(Z)^2 before normalisation.
        kind: ``"one_nearest_neighbour"`` (A = A' = 0), ``"singular_kernel"`` (A = 0 != A') or
            ``"majority_vote"`` (A != 0).
        branch: for majority vote, ``"supercritical"``, ``"critical"`` or ``"subcritical"`` (B' >,
            =, < 1); without ridge the subcritical branch is no majority vote, but interpolates.
        alpha: the singular exponent -4 log|A'|/log B', or None outside class "singular_kernel".
        optimal_dimension: the d with alpha = d, or None.
    """

    mean: float
    mean_slope: float
    mean_square_slope: float
    second_moment: float
    kind: str
    branch: str | None
    alpha: float | None
    optimal_dimension: int | None

    def exponent(self) -> float:
        """alpha, or an ActivationError that says why there is none."""
        order = {"majority_vote": 0, "singular_kernel": 1, "one_nearest_neighbour": 2}[self.kind]
        check_exponent(order, self.mean_square_slope)
        assert self.alpha is not None
        return self.alpha

    def verdict_in(self, d: int) -> str:
        """What the infinitely deep network does in intrinsic dimension d as n grows."""
        if d < 1 or d != int(d):
            raise ValueError(f"ntk_classifiers: d = {d!r} is not a whole number >= 1")
        if self.kind == "one_nearest_neighbour":
            return "1-nearest-neighbour rule (risk up to twice the Bayes risk)"
        if self.kind == "majority_vote":
            if self.branch == "subcritical":
                return "majority vote with a ridge; a flat-limit interpolant without"
            return "majority vote (ignores the input)"
        if self.alpha is None:
            return "singular exponent 0: no consistent limit"
        if abs(self.alpha - d) <= _OPTIMAL:
            return "optimal: alpha = d, consistent (Hilbert kernel estimate)"
        if self.alpha > d:
            return f"alpha > d: between 1-NN and Bayes (r = d/alpha = {d / self.alpha:.4f})"
        return "alpha < d: a fixed smoothing, inconsistent in general"


def _classify(mean: float, slope: float, square: float, second: float, zero: float) -> Taxonomy:
    kind, branch, alpha, best = "one_nearest_neighbour", None, None, None
    if abs(mean) > zero:
        kind, branch = "majority_vote", "supercritical" if square > 1 else "subcritical"
        if abs(square - 1) <= _CRITICAL:
            branch = "critical"
    elif abs(slope) > zero:
        kind = "singular_kernel"
        if math.isfinite(square):
            alpha = -4 * math.log(abs(slope)) / math.log(square)
            nearest = round(alpha)
            best = nearest if nearest >= 1 and abs(alpha - nearest) <= _OPTIMAL else None
    return Taxonomy(mean, slope, square, second, kind, branch, alpha, best)


def taxonomy(activation: Activation | Callable[[Any], Any]) -> Taxonomy:
    """The taxonomy of an Activation (from its closed form) or of any function of a real number.

    Raises ActivationError for functions that are no activation (see :func:`expand`).
    """
    if not callable(activation) and not isinstance(activation, Activation):
        raise ActivationError(
            f"{activation!r} is neither an Activation nor a function of a number"
            " (from text: activation_named)"
        )
    if isinstance(activation, Activation):
        mean = math.sqrt(float(activation.dual(0.0))) if activation.order == 0 else 0.0
        slope = math.sqrt(float(activation.slope_at_zero))
        square = float(activation.slope_at_one)
        if slope == 1.0:
            raise ActivationError(LINEAR)
        return _classify(mean, slope, square, 1.0, 0.0)
    e = expand(activation)
    return _classify(e.mean, e.mean_slope, e.mean_square_slope, e.second_moment, ZERO)
