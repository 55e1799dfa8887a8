"""A claim is an object, and a check can fail.

A claim states one result of a paper in a form that a computer can hold against evidence: where it
is from, what it predicts, which observable it speaks of, where it is valid, and a *wrong twin*, a
plausible wrong statement that the same check must refute. The kinds stand in
``theory._deterministic``, ``theory._simulated`` and ``theory._ladders``; ``theory._collect`` has
the decorators that make claims where their formula stands.
"""

import dataclasses
import enum
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

__all__ = ["Claim", "Twin", "Verdict", "planned"]

Number = float | Callable[[Any], Any]
"""A number, or a function of Params that gives one."""

EVALUATORS = ("jax", "mpmath", "arb", "sympy")


class Verdict(enum.StrEnum):
    """What the evidence says of a statement."""

    HOLDS = "HOLDS"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"


class Twin:
    """A plausible wrong statement: what is wrong in words, and the claim's fields it replaces.

    ``Twin("offset not halved", prediction=wrong)`` is the same claim with another prediction. In
    the decorated form a twin may also name keyword arguments of the formula
    (``Twin("1/2 lost", half=1)``). The same check that accepts the claim must refute the twin, at
    its first case or at one domain point; a twin with cases of its own is tested at the first of
    these.
    """

    def __init__(self, mistake: str, **changes: Any):
        if not changes:
            raise ValueError("a twin replaces at least one field of its claim")
        self.mistake = mistake
        self.changes: Mapping[str, Any] = changes

    def __repr__(self) -> str:
        return f"Twin({self.mistake!r}, {', '.join(self.changes)})"


def at(number: Number, params: Any) -> Any:
    """The number itself, or its value at the params."""
    return number(params) if callable(number) else number


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """What every claim has.

    Attributes:
        name: snake_case, unique within the setting.
        source: ``"Theorem 3.2"``, or ``"derived: see <function>"``.
        statement: one line, with the formula, as the ledger and the report print it.
        twin: the wrong twin. None only for a claim with ``expected = REFUTED``.
        expected: REFUTED for a paper's statement that is known to fail as written.
        repaired_by: the name of the claim that replaces a REFUTED statement.
        evaluators: those that the prediction is written for.
        deep: True if it honestly needs more than the default budget (``verify --deep``).
        formula: the closed form that the claim is about, where it has one of its own.
        known: values found elsewhere, as (params, digits): ``((Params(), ".43987"),)``.
        remarks: what else a reader should know.
        quick: why the claim is not decided at the size of the tests, where that is so.
    """

    name: str
    source: str
    statement: str
    twin: Twin | None
    expected: Verdict = Verdict.HOLDS
    repaired_by: str | None = None
    evaluators: tuple[str, ...] = ("jax",)
    deep: bool = False
    formula: Callable[..., Any] | None = None
    known: tuple[tuple[Any, str], ...] = ()
    remarks: str = ""
    quick: str = ""

    stated: ClassVar[tuple[str, ...]] = ()
    """Fields that say what is true: a twin differs in at least one."""
    measured: ClassVar[tuple[str, ...]] = ("evaluators",)
    """Fields that a twin may replace along with these."""

    def __post_init__(self) -> None:
        self.check()
        if self.twin is not None:
            self._check_twin(self.twin)

    def check(self) -> None:
        """Raises ValueError for a claim that could decide nothing; kinds extend it."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"claim name {self.name!r} is not snake_case")
        if not self.source or not self.statement:
            raise ValueError(f"claim {self.name}: a claim needs a source and a statement")
        if self.expected is not Verdict.HOLDS and self.expected is not Verdict.REFUTED:
            raise ValueError(f"claim {self.name}: a claim is expected to be HOLDS or REFUTED")
        if self.twin is None and self.expected is not Verdict.REFUTED:
            raise ValueError(f"claim {self.name}: a claim needs a wrong twin")
        if self.repaired_by is not None and self.expected is not Verdict.REFUTED:
            raise ValueError(f"claim {self.name}: repaired_by is for claims that are REFUTED")
        if isinstance(self.evaluators, str):
            raise ValueError(f"claim {self.name}: evaluators is a tuple of texts")
        if not self.evaluators:
            raise ValueError(f"claim {self.name}: no evaluator, so nothing could be checked")
        unknown = set(self.evaluators) - set(EVALUATORS)
        if unknown:
            raise ValueError(f"claim {self.name}: unknown evaluators {sorted(unknown)}")
        for entry in self.known:
            if len(entry) != 2 or not re.fullmatch(r"-?\d*\.?\d+(e[+-]?\d+)?", str(entry[1])):
                raise ValueError(f"claim {self.name}: known = {entry} is not (params, digits)")

    def _check_twin(self, twin: Twin) -> None:
        """Every field that a twin names is honoured, and one of them makes another statement."""
        wrong = set(twin.changes) - set(self.stated + self.measured)
        if wrong:
            may = ", ".join(self.stated)
            raise ValueError(
                f"claim {self.name}: its twin cannot replace {sorted(wrong)} (it may: {may})"
            )
        says = [name for name in twin.changes if name in self.stated]
        if all(_same(twin.changes[name], getattr(self, name)) for name in says):
            raise ValueError(f"claim {self.name}: its twin says the same as the claim")
        self.as_twin()  # its fields are checked as the claim's own are

    @property
    def kind(self) -> str:
        """The kind's name, as the ledger prints it."""
        return type(self).__name__

    def as_twin(self) -> "Claim":
        """The wrong twin as a claim of its own, expected to be REFUTED."""
        if self.twin is None:
            raise ValueError(f"claim {self.name} has no twin")
        return dataclasses.replace(
            self,
            name=f"{self.name}_twin",
            statement=self.twin.mistake,
            twin=None,
            expected=Verdict.REFUTED,
            repaired_by=None,
            known=(),
            **self.twin.changes,
        )


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if callable(a) or callable(b):
        return False
    return type(a) is type(b) and bool(np.all(np.asarray(a == b)))


TINY = 1e-300  # stands for "above 0"


def in_range(
    claim: Claim, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> None:
    """Refuses what is not one finite real number in the range, by the claim's name.

    Functions of Params are seen when they are called.
    """
    if value is None or callable(value):
        return
    if not low <= _real(value) <= high or not math.isfinite(_real(value)):
        raise ValueError(f"claim {claim.name}: {name} = {value!r} would decide nothing")


def _real(value: Any) -> float:
    """The one real number that a constant is; NaN for text, complex numbers and arrays."""
    if isinstance(value, (str, bytes)) or np.iscomplexobj(value) or np.ndim(value):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def a_count(claim: Claim, name: str, value: Any, least: int = 1) -> None:
    """Refuses what is no whole number from ``least`` on, by the claim's name."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"claim {claim.name}: {name} = {value!r} would decide nothing: it is a whole number"
            f" from {least} on"
        )


def a_range(claim: Claim, support: tuple[Number, Number]) -> None:
    """Refuses a support that is no interval."""
    low, high = support
    for end in support:
        in_range(claim, "support", end)
    if not callable(low) and not callable(high) and not low < high:
        raise ValueError(f"claim {claim.name}: support = {support} is empty")


def planned(variance: float, tolerance: float, alpha: float = 1e-6) -> int:
    """Trials that place a mean in a band: 2 ln(2/alpha) variance/tolerance^2, at least 64."""
    return max(64, math.ceil(2 * math.log(2 / alpha) * variance / tolerance**2))
