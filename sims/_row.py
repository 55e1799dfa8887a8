"""One line of the ledger."""

import dataclasses
import math
from collections.abc import Iterable

from sims._outcome import Outcome
from theory import Claim
from theory._observables import observable_text


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the ledger: one claim at one case.

    ``ok`` is True when the verdict is the expected one and the twin (if tested here) is REFUTED.
    ``interval`` is at level 1 - 1e-6. ``exact`` is False where alpha is only nominal.
    """

    claim: str
    setting: str
    kind: str
    source: str
    statement: str
    at: str
    verdict: str
    expected: str
    twin_verdict: str
    twin_mistake: str
    estimate: float
    interval: tuple[float, float]
    prediction: float
    tolerance: float
    trials: int
    twin_trials: int
    seconds: float
    detail: str
    observable: str
    mode: str
    seed: int
    exact: bool
    repaired_by: str | None
    remark: str = ""
    twin_estimate: float = math.nan
    twin_prediction: float = math.nan

    @property
    def ok(self) -> bool:
        """Whether the row came out as expected."""
        return self.verdict == self.expected and self.twin_verdict in ("", "REFUTED")

    @property
    def undecided(self) -> bool:
        """Whether the budget ended before the claim or its twin was decided."""
        return "UNDECIDED" in (self.verdict, self.twin_verdict)


def row_of(
    claim: Claim,
    setting: str,
    seed: int,
    where: str,
    outcome: Outcome,
    twin: Outcome | None,
    seconds: float,
) -> Row:
    """The row of a claim at one case, from what was found for it and for its twin."""
    detail = outcome.detail
    if twin is not None and twin.detail:
        detail = f"{detail}; twin: {twin.detail}" if detail else f"twin: {twin.detail}"
    return Row(
        claim=claim.name, setting=setting, kind=claim.kind, source=claim.source,
        statement=claim.statement, at=where, verdict=str(outcome.verdict),
        expected=str(claim.expected), twin_verdict=str(twin.verdict) if twin else "",
        twin_mistake=claim.twin.mistake if twin and claim.twin else "",
        estimate=outcome.estimate, interval=outcome.interval, prediction=outcome.prediction,
        tolerance=outcome.tolerance, trials=outcome.trials,
        twin_trials=twin.trials if twin else 0, seconds=round(seconds, 3), detail=detail,
        observable=observable_text(getattr(claim, "observable", "")),
        mode=getattr(claim, "mode", ""), seed=seed,
        exact=outcome.exact and (twin is None or twin.exact),
        repaired_by=claim.repaired_by, remark=outcome.remark,
        twin_estimate=twin.estimate if twin else math.nan,
        twin_prediction=twin.prediction if twin else math.nan,
    )  # fmt: skip


def decisions(rows: Iterable[Row]) -> int:
    """How many statistical decisions the rows hold; each may err with probability ALPHA."""
    return sum((1 + bool(r.twin_verdict)) for r in rows if r.mode)
