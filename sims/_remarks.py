"""What is odd about the randomness that a claim speaks of, for the ledger."""

import dataclasses
import math

import numpy as np

from sims._run import Run
from theory import Equals, Law, Ordering, PerTrial
from theory._observables import parse_observable
from theory._simulated import Simulated

_ROUNDING = 1e-9


@dataclasses.dataclass
class Range:
    """The least and the largest of what a test has seen, and how much it was."""

    least: float = math.inf
    largest: float = -math.inf
    count: int = 0

    def update(self, x: np.ndarray) -> None:
        """Takes further observations."""
        self.least = min(self.least, float(x.min(initial=math.inf)))
        self.largest = max(self.largest, float(x.max(initial=-math.inf)))
        self.count += len(x)

    def is_constant(self) -> bool:
        """Whether there were several, equal to rounding."""
        size = max(abs(self.least), abs(self.largest))
        return self.count > 1 and self.largest - self.least <= _ROUNDING * size

    def is_at(self, value: float) -> bool:
        """Whether the least of them is this value, to rounding."""
        return abs(self.least - value) <= _ROUNDING * max(1.0, abs(value))


def remark(claim: Simulated, seen: Range, prediction: float, run: Run) -> str:
    """Empty where nothing is odd; else that the observable is one number, or that trials depend.

    A constant may be what is claimed: nothing is said of a mean that is the prediction in every
    trial, nor of events that never (or always) came, whose observable is at its support's end.
    """
    said = []
    observables = [claim.observable, claim.below] if isinstance(claim, Ordering) else [
        claim.observable
    ]  # fmt: skip
    names = [parse_observable(o)[0] if isinstance(o, str) else None for o in observables]
    if isinstance(claim, PerTrial):
        pass  # it may well be an identity
    elif run.fixed.issuperset(names):
        said.append(f"{' and '.join(map(str, names))} does not depend on a trial's key")
    elif seen.is_constant() and not _may_be_constant(claim, seen, prediction):
        said.append(f"all {seen.count} trials gave {seen.least:.6g}")
    if run.shares_a_draw:
        said.append("given one draw of what all trials share")
    return "; ".join(said)


def _may_be_constant(claim: Simulated, seen: Range, prediction: float) -> bool:
    if isinstance(claim, Law) or (isinstance(claim, Equals) and claim.statistic == "variance"):
        return False
    if not isinstance(claim, (Equals, Ordering)):
        return True  # a bound that may never be violated
    ends = [end for end in claim.support or () if not callable(end)]
    return any(map(seen.is_at, ends)) or (isinstance(claim, Equals) and seen.is_at(prediction))
