"""What each kind of claim brings: its test, and how the ledger words it."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sims._deterministic import check_identity, check_inequality
from sims._evaluate import evaluate, evaluate_law, reals
from sims._keys import describe
from sims._ladder import check_ladder
from sims._observe import Apart, observe
from sims._outcome import Outcome
from sims._sequential import (
    LawWithin, MedianInBand, NeverAbove, RateAtMost, Sequential, mean_above, mean_in_band,
    variance_in_band,
)  # fmt: skip
from theory import (
    AtLeast, AtMost, Claim, Equals, Identity, Inequality, Law, Limit, Ordering, PerTrial, Scaling,
)  # fmt: skip
from theory._command_line import one_line
from theory._simulated import Simulated

Run = dict[str, np.ndarray]
Measure = Callable[[Any], float | np.ndarray]


class NotFinite(ValueError):
    """A number of the claim is no finite real number at a case: nothing can be decided there."""


@dataclasses.dataclass(frozen=True)
class Planned:
    """A sequential test of a claim at one case, before it has seen a trial."""

    sequential: Sequential
    observe: Callable[[Run], np.ndarray]
    prediction: float = math.nan
    tolerance: float = math.nan


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a kind of claim is tested and worded.

    Attributes:
        test: for simulated kinds, the sequential test at one case.
        check: for the others, the check itself; ``measure`` gives a ladder's value at a rung.
        sign, of: what the claim says of its estimate: ``sign`` the row's ``of``.
        unit: what the estimate counts (of an identity: roundings, or tolerances where it is 1).
        band: where the claim holds, in units of its tolerance or bound around the prediction.
    """

    test: Callable[[Any, Any], Planned] | None = None
    check: Callable[[Any, Measure], Outcome] | None = None
    sign: str = "±"
    of: str = "prediction"
    unit: str = ""
    band: tuple[float, float] = (-1.0, 1.0)


def number_at(claim: Claim, name: str, value: Any, params: Any) -> float:
    """A number of the claim at a case. Raises NotFinite, with the point, for anything else."""
    given = evaluate(value, params)
    found = reals(given)
    if found.ndim or not math.isfinite(found):
        said = f"of shape {found.shape}" if found.ndim else one_line(given)
        raise NotFinite(f"{name} is {said} at {describe(params)}")
    return float(found)


def _seen(claim: Simulated, params: Any, observable: Any = None) -> Callable[[Run], np.ndarray]:
    seen = claim.observable if observable is None else observable
    what = f"claim {claim.name}"
    apart = Apart(seen, params, what)

    def look(run: Run) -> np.ndarray:
        values = observe(run, seen, params, what)
        apart.check(run, values)
        return values

    return look


def _known(claim: Equals | Ordering, params: Any) -> dict[str, Any]:
    """What the claim knows of its observable at the params: support, variance, ..."""
    known: dict[str, Any] = {
        name: number_at(claim, name, value, params)
        for name in ("variance", "skewness", "fourth_moment")
        if (value := getattr(claim, name, None)) is not None
    }
    if claim.support is not None:
        known["support"] = tuple(number_at(claim, "support", e, params) for e in claim.support)
    return known


def _equals(claim: Equals, params: Any) -> Planned:
    q = number_at(claim, "prediction", claim.prediction, params)
    tolerance = number_at(claim, "tolerance", claim.tolerance, params)
    known = _known(claim, params)
    if claim.statistic == "median":
        sequential: Sequential = MedianInBand(q, tolerance)
    elif claim.statistic == "variance":
        sequential = variance_in_band(q, tolerance, **known)
    else:
        sequential = mean_in_band(q, tolerance, tightest=claim.planned_trials or 1, **known)
    return Planned(sequential, _seen(claim, params), q, tolerance)


def _bound(claim: AtMost | AtLeast, params: Any) -> Planned:
    bound = number_at(claim, "bound", claim.bound, params)
    delta = number_at(claim, "delta", claim.delta, params)
    side = 1.0 if isinstance(claim, AtMost) else -1.0
    seen = _seen(claim, params)
    return Planned(RateAtMost(delta), lambda run: side * (seen(run) - bound), 0.0, delta)


def _law(claim: Law, params: Any) -> Planned:
    law = LawWithin(lambda x: evaluate_law(claim.cdf, params, x), claim.width)
    return Planned(law, _seen(claim, params), 0.0, claim.width)


def _ordering(claim: Ordering, params: Any) -> Planned:
    above, below = _seen(claim, params), _seen(claim, params, claim.below)
    sequential = mean_above(0.0, tightest=claim.planned_trials or 1, **_known(claim, params))
    return Planned(sequential, lambda run: above(run) - below(run), 0.0)


def _per_trial(claim: PerTrial, params: Any) -> Planned:
    bound = number_at(claim, "bound", claim.bound, params)
    assert claim.planned_trials is not None
    return Planned(NeverAbove(bound, claim.planned_trials), _seen(claim, params), bound, bound)


_RATE = Kind(test=_bound, sign="<=", of="tolerance", unit="rate of violations", band=(0.0, 1.0))

KINDS: dict[type[Claim], Kind] = {
    Equals: Kind(test=_equals),
    AtMost: _RATE,
    AtLeast: _RATE,
    Law: Kind(test=_law, sign="<=", of="tolerance", unit="distance of laws", band=(0.0, 1.0)),
    Ordering: Kind(test=_ordering, sign=">", unit="difference"),
    PerTrial: Kind(test=_per_trial, sign="<=", unit="in every trial", band=(-math.inf, 1.0)),
    Identity: Kind(
        check=lambda claim, _: check_identity(claim),
        sign="<=",
        of="tolerance",
        unit="roundings",
        band=(0.0, 1.0),
    ),
    Inequality: Kind(
        check=lambda claim, _: check_inequality(claim), sign=">=", of="", unit="slack"
    ),
    Scaling: Kind(check=check_ladder, unit="exponent"),
    Limit: Kind(check=check_ladder, unit="exponent of the gap"),
}

_BY_NAME = {kind.__name__: brings for kind, brings in KINDS.items()}


def kind_named(name: str | None) -> Kind:
    """What the kind of that name brings; a stored ledger may name one that is no more."""
    return _BY_NAME.get(name or "", Kind())


def kind_of(claim: Claim) -> Kind:
    """What the claim's kind brings. Raises TypeError for a kind that is not registered."""
    for kind in type(claim).__mro__:
        if kind in KINDS:
            return KINDS[kind]
    raise TypeError(f"no test for a claim of kind {claim.kind}")


def unit_of(kind: str | None, tolerance: float | None) -> str:
    """What a row's estimate counts."""
    return "of the tolerance" if kind == "Identity" and tolerance == 1 else kind_named(kind).unit


def promise(kind: str, prediction: float | None, tolerance: float | None) -> tuple[str, str, str]:
    """(sign, number, unit) of what a kind says: ``("<=", ".1", "rate of violations")``.

    For the sign ± the number is the prediction and the tolerance stands in the unit's place.
    """
    brings = kind_named(kind)
    given = {"prediction": prediction, "tolerance": tolerance, "": 0.0}

    def text(value: float | None) -> str:
        return "" if value is None or math.isnan(value) else f"{value:.5g}"

    unit = unit_of(kind, tolerance)
    if brings.sign == "±":
        unit = f"± {tolerance:.2g}" if text(tolerance) else ""
    return brings.sign, text(given[brings.of]), unit
