"""What a proof item is, and what a check of it reports."""

import dataclasses
import enum
import re
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from proofs_check._statements import Statement


class Status(enum.StrEnum):
    """The outcome of a check. Only PROVED is a proof."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    NUMERIC = "NUMERIC"
    """Agrees to many digits at random points; nothing is proved."""
    UNDECIDED = "UNDECIDED"


# worst first: a conjunction is refuted by one refuted part, whatever the others say
WORST_FIRST = (Status.REFUTED, Status.UNDECIDED, Status.NUMERIC, Status.PROVED)


@dataclasses.dataclass(frozen=True)
class Result:
    """The outcome of a check.

    Attributes:
        status: PROVED, REFUTED, NUMERIC or UNDECIDED.
        method: which engine decided, and how hard it was ("Arb branch and bound, 312 boxes").
        counterexample: for REFUTED, a point that anyone can evaluate: exact numbers as text.
        unresolved: for UNDECIDED inequalities, the box that stayed undecided.
        detail: anything else that a reader needs.
        seconds: time spent.
        kernel: what an independent kernel said of it; empty if it was not asked.
        formulas: what was asked, as LaTeX, where it has a form of its own.
        statements: what was asked, for another checker (:mod:`proofs_check._rocq`).
    """

    status: Status
    method: str
    counterexample: Mapping[str, str] | None = None
    unresolved: Mapping[str, tuple[str, str]] | None = None
    detail: str = ""
    seconds: float = 0.0
    kernel: str = ""
    formulas: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = dataclasses.field(default=(), repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        # formulas and Z3's terms stay in the process that asked
        return {**self.__dict__, "statements": ()}

    def __bool__(self) -> bool:
        raise TypeError("a Result has no truth value; compare its status")


@dataclasses.dataclass(frozen=True)
class Proof:
    """One step of a paper's argument, with the check that decides it.

    Attributes:
        name: snake_case, unique within the setting.
        source: "Lemma A.6", "equation (3)", "derived: see the docstring of error_rate".
        statement: one line with the formula.
        check: runs the engines; called with nothing, returns a Result.
        supports: names of the claims that rest on it.
        expected: REFUTED for a printed statement that is known to be false.
        repaired_by: the item, or the claim, that states what holds in its place.
    """

    name: str
    source: str
    statement: str
    check: Callable[[], Result]
    supports: tuple[str, ...] = ()
    expected: Status = Status.PROVED
    repaired_by: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"proof name {self.name!r} is not snake_case")
        if isinstance(self.supports, str):
            raise TypeError(f"proof {self.name}: supports is a tuple of claim names, not a text")
        if self.repaired_by is not None and self.expected is not Status.REFUTED:
            raise ValueError(f"proof {self.name}: repaired_by is for items that are REFUTED")

    def run(self) -> Result:
        """The check's Result with the seconds it took; UNDECIDED if it ends in an error or exit."""
        start = time.perf_counter()
        try:
            result = self.check()
            if not isinstance(result, Result):
                raise TypeError(f"the check returned {type(result).__name__}, not a Result")
        except (Exception, SystemExit) as error:  # one broken item must not hide the others
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            detail = f"{type(error).__name__} at {where}: {error}"
            result = Result(Status.UNDECIDED, "error", detail=detail)
        return dataclasses.replace(result, seconds=time.perf_counter() - start)


def all_of(*parts: Result | Callable[[], Result]) -> Result:
    """Several results as one: PROVED only if all are, else the worst status wins.

    Parts may be callables, which are run in order. The counterexample and the unresolved box are
    those of the worst part; ``detail`` names it.
    """
    if not parts:
        raise TypeError("all_of needs at least one part")
    start = time.perf_counter()
    results = [part if isinstance(part, Result) else part() for part in parts]
    given = sum(part.seconds for part in parts if isinstance(part, Result))
    index = min(range(len(results)), key=lambda i: WORST_FIRST.index(results[i].status))
    worst = results[index]
    detail = worst.detail
    if worst.status is not Status.PROVED:
        detail = f"part {index + 1} of {len(results)}" + (f": {detail}" if detail else "")
    return Result(
        worst.status,
        "; ".join(_counted([result.method for result in results])),
        worst.counterexample,
        worst.unresolved,
        detail,
        given + time.perf_counter() - start,
        statements=tuple(s for result in results for s in result.statements),
    )


def _counted(methods: list[str]) -> list[str]:
    """Equal methods once, with their number."""
    counts = {method: methods.count(method) for method in methods}
    return [method if n == 1 else f"{n} x {method}" for method, n in counts.items()]
