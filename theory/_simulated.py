"""Claims about random experiments, checked by the sequential tests of ``sims`` at named cases."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from theory._claims import TINY, Claim, Number, a_count, a_range, in_range, planned
from theory._observables import Observable, check_observable
from theory._params import fields_of, setting_of

__all__ = ["AtLeast", "AtMost", "Equals", "Law", "Ordering", "PerTrial"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Simulated(Claim):
    """What every simulated claim has.

    Attributes:
        observable: name (and entry) of what a trial returns, or a reading.
        cases: the Params at which it is tested; each case is a row of the ledger. The twin is
            tested at the first case only.
        mode: which of the setting's simulations runs.
        planned_trials: expected trials to a decision, about 2 ln(2/alpha) Var / tolerance^2; by
            default the kind's own guess.
        max_trials: the budget; past it the verdict is UNDECIDED. Default 8 x planned.
    """

    observable: Observable
    cases: tuple[Any, ...]
    mode: str = "default"
    planned_trials: int | None = None
    max_trials: int | None = None

    stated: ClassVar = ("observable", "cases", "mode")
    measured: ClassVar = (*Claim.measured, "planned_trials", "max_trials")

    def check(self) -> None:
        check_observable(self.observable)
        self._check_cases()
        if self.planned_trials is None:
            object.__setattr__(self, "planned_trials", self.usual_trials())
        super().check()
        a_count(self, "planned_trials", self.planned_trials)
        if self.max_trials is not None:
            a_count(self, "max_trials", self.max_trials)

    def _check_cases(self) -> None:
        if not isinstance(self.cases, (tuple, list)) or not self.cases:
            raise ValueError(f"claim {self.name}: cases is a tuple of at least one Params")
        for i, params in enumerate(self.cases):
            if not hasattr(type(params), "__setting__"):
                raise ValueError(f"claim {self.name}: case {params!r} is no Params")
            if setting_of(params) != setting_of(self.cases[0]):
                raise ValueError(
                    f"claim {self.name}: cases of two settings, {setting_of(self.cases[0])} and"
                    f" {setting_of(params)}"
                )
            if any(_equal_params(params, other) for other in self.cases[:i]):
                raise ValueError(f"claim {self.name}: case {params!r} stands twice")

    def usual_trials(self) -> int:
        """A guess of the trials to a decision."""
        return 2**14

    @property
    def budget(self) -> int:
        """The most trials that a decision may use."""
        assert self.planned_trials is not None
        return self.max_trials or 8 * self.planned_trials


@dataclasses.dataclass(frozen=True, kw_only=True)
class PerTrial(Simulated):
    """observable <= bound in every single trial (to rounding x condition, part of the bound).

    Use a residual as the observable for an identity per trial. REFUTED by one trial, which the
    ledger names by its index and key; HOLDS when none of ``planned_trials`` fails.
    """

    bound: Number

    stated: ClassVar = (*Simulated.stated, "bound")

    def check(self) -> None:
        super().check()
        in_range(self, "bound", self.bound)

    def usual_trials(self) -> int:
        """64: one failing trial refutes."""
        return 64


@dataclasses.dataclass(frozen=True, kw_only=True)
class Equals(Simulated):
    """E[observable] lies within ``tolerance`` of the prediction.

    The tolerance is the error that the theory itself admits, never Monte-Carlo slack. Give what is
    known of the observable, one of ``support`` (its range: betting, exact), ``variance`` (a
    *derived* bound on it: Catoni's bets, exact) or ``skewness`` (a derived bound on its absolute
    value, with E|X - E X|^3 <= (skewness + 3) sd^3: asymptotic confidence sequence, nominal alpha).
    ``statistic="variance"`` speaks of the variance and needs ``support`` or ``fourth_moment`` (a
    bound on E(X - E X)^4); both exact. ``statistic="median"`` needs nothing.
    """

    stated: ClassVar = (*Simulated.stated, "prediction", "tolerance", "statistic")
    measured: ClassVar = (
        *Simulated.measured, "support", "variance", "skewness", "fourth_moment", "tolerance_reason",
    )  # fmt: skip

    prediction: Number
    tolerance: Number
    tolerance_reason: str
    support: tuple[Number, Number] | None = None
    skewness: Number | None = None
    statistic: str = "mean"
    variance: Number | None = None
    fourth_moment: Number | None = None

    def check(self) -> None:
        super().check()
        if self.statistic not in _KNOWN_OF:
            raise ValueError(f"claim {self.name}: unknown statistic {self.statistic!r}")
        _check_known(self, f"a {self.statistic}", _KNOWN_OF[self.statistic])
        if not self.tolerance_reason:
            raise ValueError(f"claim {self.name}: its tolerance needs a reason")
        in_range(self, "prediction", self.prediction)
        in_range(self, "tolerance", self.tolerance, TINY)

    def usual_trials(self) -> int:
        """From the support and the tolerance where these are numbers, at most 16384; more where a
        variance asks for it, at most 131072."""
        ends = self.support or (0.0, 1.0)
        if callable(self.tolerance) or callable(ends[0]) or callable(ends[1]):
            return super().usual_trials()
        width = ends[1] - ends[0]
        if not (0 < width < math.inf and self.tolerance > 0):  # refused later, by name
            return super().usual_trials()
        usual = min(2**14, planned(width**2 / 4, self.tolerance))
        if self.variance is None or callable(self.variance) or not self.variance > 0:
            return usual
        return max(usual, min(2**17, planned(self.variance, self.tolerance)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class AtMost(Simulated):
    """With probability at least 1 - delta, observable <= bound."""

    bound: Number
    delta: Number

    stated: ClassVar = (*Simulated.stated, "bound", "delta")

    def check(self) -> None:
        super().check()
        in_range(self, "bound", self.bound)
        in_range(self, "delta", self.delta, TINY, 1 - 1e-9)

    def usual_trials(self) -> int:
        """2048: about as many as show a rate under 1 % where none fails."""
        return 2048


@dataclasses.dataclass(frozen=True, kw_only=True)
class AtLeast(Simulated):
    """With probability at least 1 - delta, observable >= bound."""

    bound: Number
    delta: Number

    stated: ClassVar = (*Simulated.stated, "bound", "delta")

    def check(self) -> None:
        super().check()
        in_range(self, "bound", self.bound)
        in_range(self, "delta", self.delta, TINY, 1 - 1e-9)

    def usual_trials(self) -> int:
        """2048: about as many as show a rate under 1 % where none fails."""
        return 2048


@dataclasses.dataclass(frozen=True, kw_only=True)
class Law(Simulated):
    """sup_x |P(observable <= x) - cdf(params, x)| <= width, by a sequential DKW band.

    ``cdf`` takes (params, array of x), for every real x; the law may have atoms.
    """

    cdf: Callable[[Any, Any], Any]
    width: float
    width_reason: str

    stated: ClassVar = (*Simulated.stated, "cdf", "width")
    measured: ClassVar = (*Simulated.measured, "width_reason")

    def usual_trials(self) -> int:
        """A DKW band of the width."""
        return round(16 / self.width**2) if 0 < self.width < 1 else 2**14

    def check(self) -> None:
        super().check()
        if not 0 < self.width < 1 or not self.width_reason:
            raise ValueError(f"law {self.name}: needs a width in (0, 1) and its reason")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ordering(Simulated):
    """E[observable] > E[below], both from the same trial (common random numbers).

    One of ``support``, ``variance`` and ``skewness`` bounds the difference observable - below, as
    in :class:`Equals`.
    """

    below: Observable
    support: tuple[Number, Number] | None = None
    variance: Number | None = None
    skewness: Number | None = None

    stated: ClassVar = (*Simulated.stated, "below")
    measured: ClassVar = (*Simulated.measured, "support", "variance", "skewness")

    def check(self) -> None:
        super().check()
        check_observable(self.below)
        if self.below == self.observable:
            raise ValueError(f"claim {self.name}: an ordering of {self.below!r} with itself")
        _check_known(self, "an ordering", _KNOWN_OF["mean"])


_KNOWN_OF = {
    "mean": ("support", "variance", "skewness"),
    "variance": ("support", "fourth_moment"),
    "median": (),
}
"""What a test of the statistic may rest on."""


def _check_known(claim: Equals | Ordering, what: str, ways: tuple[str, ...]) -> None:
    """Refuses a claim that does not say exactly one thing that is known of its observable."""
    bounds = ("support", "variance", "skewness", "fourth_moment")
    given = [name for name in bounds if getattr(claim, name, None) is not None]
    if len(given) != bool(ways) or not set(given) <= set(ways):
        needs = f"one of {', '.join(ways)}" if ways else "no bound"
        raise ValueError(
            f"claim {claim.name}: {what} needs {needs}, not {', '.join(given) or 'none'}"
        )
    if claim.support is not None:
        a_range(claim, claim.support)
    for name, least in (("variance", TINY), ("skewness", 0.0), ("fourth_moment", TINY)):
        in_range(claim, name, getattr(claim, name, None), least)


def _equal_params(a: Any, b: Any) -> bool:
    return type(a) is type(b) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in fields_of(a)
    )
