"""Claims along a ladder of sizes: exponents and limits."""

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

from theory._claims import TINY, Claim, Number, a_count, a_range, in_range
from theory._observables import Observable, check_observable, is_reading

__all__ = ["Limit", "Scaling"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ladder(Claim):
    """What the two ladder kinds have.

    Attributes:
        value: a function of Params (deterministic), or the name of an observable (or a reading),
            whose mean over ``trials_per_rung`` trials (with its interval) is used.
        rungs: at least 4 Params over a factor of at least 8 in ``size``.
        size: the size as a function of Params (n, 1/eps, ...).
        exponent, tolerance: value (or gap) ~ size^exponent, to this tolerance on the exponent.
        support: the observable's range; the verdict's alpha is exact with it, nominal without.
    """

    value: Callable[[Any], Any] | Observable
    rungs: tuple[Any, ...]
    size: Callable[[Any], float]
    exponent: float
    tolerance: float
    tolerance_reason: str
    mode: str = "default"
    trials_per_rung: int = 0
    support: tuple[Number, Number] | None = None

    stated: ClassVar = ("value", "rungs", "size", "exponent", "mode", "tolerance")
    measured: ClassVar = (
        *Claim.measured,
        "trials_per_rung",
        "tolerance_reason",
        "last_gap",
        "support",
    )

    def check(self) -> None:
        super().check()
        in_range(self, "exponent", self.exponent)
        in_range(self, "tolerance", self.tolerance, TINY)
        for params in self.rungs:
            if not hasattr(type(params), "__setting__"):
                raise ValueError(f"ladder {self.name}: rung {params!r} is no Params")
        sizes = sorted(float(self.size(p)) for p in self.rungs)
        if len(set(sizes)) < 4 or not 0 < sizes[0] <= sizes[-1] / 8 * (1 + 1e-9):
            raise ValueError(f"ladder {self.name}: needs 4 rungs over a factor of 8, has {sizes}")
        if self.simulated:
            check_observable(self.value)
            a_count(self, "trials_per_rung", self.trials_per_rung, 2)
        if self.support is not None:
            a_range(self, self.support)
        if not self.tolerance > 0 or not self.tolerance_reason:
            raise ValueError(f"ladder {self.name}: needs a tolerance and its reason")

    @property
    def simulated(self) -> bool:
        """Whether the value is an observable, not a formula."""
        return isinstance(self.value, str) or is_reading(self.value)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scaling(Ladder):
    """value ~ size^exponent along the ladder."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limit(Ladder):
    """value -> limit, the gap |value - limit| ~ size^exponent, last gap <= last_gap.

    The last gap is the one at the largest size.
    """

    limit: Number
    last_gap: float

    stated: ClassVar = (*Ladder.stated, "limit", "last_gap")

    def check(self) -> None:
        super().check()
        in_range(self, "limit", self.limit)
        in_range(self, "last_gap", self.last_gap, TINY)
