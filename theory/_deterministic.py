"""Claims that no random number can change: identities and inequalities on a domain."""

import dataclasses
import math
from typing import ClassVar

from theory._claims import TINY, Claim, Number, a_count, in_range
from theory._domain import Domain, Draws

__all__ = ["Identity", "Inequality"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity(Claim):
    """Two formulas agree on the whole domain.

    With the evaluator mpmath: equal at 50 digits, and each side's float64 value within
    10 eps (|f| + sum_i |x_i df/dx_i|) of it, the rounding that the inputs' own condition allows.
    JAX only (roots, quadratures, array code): within ``tolerance`` relative to ``scale``.

    Attributes:
        lhs, rhs: functions of Params, or numbers.
        domain: where it is stated; :class:`Draws` for identities between arrays.
        points: how many points are checked (the centre, then corners and random points in turn).
        tolerance, tolerance_reason: for JAX-only sides; the reason is part of the claim.
        scale: what the tolerance is relative to; default max(|lhs|, |rhs|).
    """

    lhs: Number
    rhs: Number
    domain: Domain | Draws
    points: int = 64
    tolerance: float | None = None
    tolerance_reason: str = ""
    scale: Number | None = None

    stated: ClassVar = ("lhs", "rhs", "domain")
    measured: ClassVar = (*Claim.measured, "tolerance", "tolerance_reason", "scale", "points")

    def check(self) -> None:
        super().check()
        for side in ("lhs", "rhs"):
            in_range(self, side, getattr(self, side))
        _check_domain(self, self.domain)
        # of the larger side: at 1 any two numbers of one sign would be equal
        in_range(self, "tolerance", self.tolerance, TINY, math.inf if self.scale else _ALL)
        in_range(self, "scale", self.scale, TINY)
        if "mpmath" not in self.evaluators and self.tolerance is None:
            raise ValueError(f"identity {self.name}: a JAX-only identity needs a tolerance")
        if self.tolerance is not None and not self.tolerance_reason:
            raise ValueError(f"identity {self.name}: its tolerance needs a reason")
        a_count(self, "points", self.points)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inequality(Claim):
    """smaller <= larger on the whole domain (deterministic).

    A counterexample must stand in mpmath (where that is an evaluator) or exceed ``rounding`` times
    max(|smaller|, |larger|, 1) in float64. HOLDS says: no counterexample among ``points``; the
    proof items that support it prove it.
    """

    smaller: Number
    larger: Number
    domain: Domain | Draws
    points: int = 256
    rounding: float = 1e-13

    stated: ClassVar = ("smaller", "larger", "domain")
    measured: ClassVar = (*Claim.measured, "points", "rounding")

    def check(self) -> None:
        super().check()
        for side in ("smaller", "larger"):
            in_range(self, side, getattr(self, side))
        _check_domain(self, self.domain)
        a_count(self, "points", self.points)
        in_range(self, "rounding", self.rounding, 0, _MOST_ROUNDING)


_ALL = math.nextafter(1.0, 0.0)
_MOST_ROUNDING = 1e-6  # ten digits of float64 lost: more is no rounding


def _check_domain(claim: Identity | Inequality, domain: object) -> None:
    if not isinstance(domain, (Domain, Draws)):
        raise ValueError(f"claim {claim.name}: domain = {domain!r} is no Domain and no Draws")
