"""One claim, or one twin, at one case: fed by a run until it is decided."""

import dataclasses
import time
from typing import Any

import numpy as np

from sims._keys import describe
from sims._kinds import NotFinite, Planned, kind_of
from sims._outcome import Outcome
from sims._remarks import Range, remark
from sims._run import Run
from sims._sequential import NeverAbove, SupportError, Undecidable
from theory import Verdict
from theory._faults import code_of
from theory._simulated import Simulated


@dataclasses.dataclass
class Tested:
    """A claim at one case with what it has seen so far.

    Attributes:
        trouble: why nothing can be decided, where that is so.
        decided: the verdict; None while it is open, and when the budget has ended.
        seconds: time spent on it, its share of the run's included.
        seen: the range of its observations.
    """

    claim: Simulated
    params: Any
    planned: Planned | None = None
    trouble: str = ""
    decided: Verdict | None = None
    seconds: float = 0.0
    seen: Range = dataclasses.field(default_factory=Range)

    @classmethod
    def of(cls, claim: Simulated, params: Any) -> "Tested":
        """The test of the claim at these params; UNDECIDED where no evidence could decide it."""
        test = kind_of(claim).test
        assert test is not None
        try:
            with code_of(f"claim {claim.name}"):
                return cls(claim, params, test(claim, params))
        except NotFinite as error:
            return cls(claim, params, trouble=str(error))
        except Undecidable as error:
            return cls(claim, params, trouble=f"{error}, at {describe(params)}")

    @property
    def open(self) -> bool:
        """Whether it wants further trials."""
        if self.planned is None or self.decided is not None:
            return False
        return self.planned.sequential.count < self.claim.budget

    @property
    def verdict(self) -> Verdict:
        """The verdict so far."""
        return self.decided or Verdict.UNDECIDED

    def update(self, new: dict[str, np.ndarray]) -> None:
        """Takes the run's new trials."""
        if not self.open or self.planned is None:
            return
        began = time.perf_counter()
        try:
            with code_of(f"claim {self.claim.name}"):
                x = self.planned.observe(new)
            self.planned.sequential.update(x)
            self.seen.update(x)
        except (SupportError, Undecidable) as error:
            raise type(error)(f"{self.claim.name} at {describe(self.params)}: {error}") from None
        self.decided = self.planned.sequential.verdict()
        self.seconds += time.perf_counter() - began

    def outcome(self, run: Run | None = None) -> Outcome:
        """What the ledger prints; ``run`` knows the key of a failing trial, and what is odd."""
        if self.planned is None:
            return Outcome(Verdict.UNDECIDED, detail=self.trouble)
        test = self.planned.sequential
        detail = test.detail()
        if isinstance(test, NeverAbove) and test.failing is not None and run is not None:
            detail = f"{detail} (key {_key_words(run, test.failing)})"
        return Outcome(
            self.verdict,
            estimate=test.estimate(),
            interval=test.interval(),
            prediction=self.planned.prediction,
            tolerance=self.planned.tolerance,
            trials=test.count,
            detail=detail,
            exact=test.exact,
            remark=remark(self.claim, self.seen, self.planned.prediction, run) if run else "",
        )


def _key_words(run: Run, index: int) -> str:
    import jax

    words = np.asarray(jax.random.key_data(run.trial_key(index))).ravel()
    return ", ".join(map(str, words))
