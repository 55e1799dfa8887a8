"""What a check found, before it becomes a row of the ledger."""

import dataclasses
import math

from theory import Verdict


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A verdict with its evidence.

    Attributes:
        verdict: HOLDS, REFUTED or UNDECIDED.
        estimate, interval: what was measured, on the prediction's scale.
        prediction, tolerance: what the claim says (NaN where it has none).
        trials: random trials, or points of the domain, that were used.
        detail: one line: the counterexample, the worst case, the margin.
        exact: whether the error rate is guaranteed; False where it is nominal.
        remark: what the reader of any verdict should know: where randomness is claimed, that an
            observable has none, or that all trials share a draw.
    """

    verdict: Verdict
    estimate: float = math.nan
    interval: tuple[float, float] = (math.nan, math.nan)
    prediction: float = math.nan
    tolerance: float = math.nan
    trials: int = 0
    detail: str = ""
    exact: bool = True
    remark: str = ""
