"""A claim is an object, and a check can fail.

A claim states one result of a paper in a form that a computer can hold against evidence: where it
is from, what it predicts, which observable it speaks of, where it is valid, and a *wrong twin*, a
plausible wrong statement that the same check must refute. Nine kinds (see each class):

* deterministic, checked at points of a :class:`~theory._params.Domain`: :class:`Identity`,
  :class:`Inequality`;
* simulated, checked by the sequential tests of ``sims`` at named ``cases`` (Params):
  :class:`PerTrial`, :class:`Equals`, :class:`AtMost`, :class:`AtLeast`, :class:`Law`,
  :class:`Ordering`;
* along a ladder of sizes: :class:`Limit`, :class:`Scaling`.

Observables are named by text: ``"risk"`` is the scalar of that name that a trial returns,
``"accuracy[2]"`` an entry of a vector, ``"table[1,0]"`` of a matrix.
"""

import dataclasses
import enum
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from theory._domain import Domain

__all__ = [
    "AtLeast", "AtMost", "Claim", "Equals", "Identity", "Inequality", "Law", "Limit", "Ordering",
    "PerTrial", "Scaling", "Twin", "Verdict", "planned",
]  # fmt: skip

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

    ``Twin("offset not halved", prediction=wrong)`` is the same claim with another prediction. The
    same check that accepts the claim must refute it, at its first case or at one domain point.
    """

    def __init__(self, mistake: str, **changes: Any):
        if not changes:
            raise TypeError("a twin replaces at least one field of its claim")
        self.mistake = mistake
        self.changes: Mapping[str, Any] = changes

    def __repr__(self) -> str:
        return f"Twin({self.mistake!r}, {', '.join(self.changes)})"


def at(number: Number, params: Any) -> Any:
    """The number itself, or its value at the params."""
    return number(params) if callable(number) else number


_NOT_THE_TWINS = {"name", "statement", "twin", "expected"}
"""Fields that as_twin sets itself."""


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
        supported_by: names of items in ``proofs_check`` that prove it.
        evaluators: those that the prediction is written for.
        deep: True if it honestly needs more than the default budget (``verify --deep``).
    """

    name: str
    source: str
    statement: str
    twin: Twin | None
    expected: Verdict = Verdict.HOLDS
    repaired_by: str | None = None
    supported_by: tuple[str, ...] = ()
    evaluators: tuple[str, ...] = ("jax",)
    deep: bool = False

    def __post_init__(self) -> None:
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
        if isinstance(self.supported_by, str) or isinstance(self.evaluators, str):
            raise TypeError(f"claim {self.name}: supported_by and evaluators are tuples of texts")
        if not self.evaluators:
            raise ValueError(f"claim {self.name}: no evaluator, so nothing could be checked")
        unknown = set(self.evaluators) - set(EVALUATORS)
        if unknown:
            raise ValueError(f"claim {self.name}: unknown evaluators {sorted(unknown)}")
        if self.twin is not None:
            names = {f.name for f in dataclasses.fields(self)}
            wrong = set(self.twin.changes) - (names - _NOT_THE_TWINS)
            if wrong:
                raise ValueError(f"claim {self.name}: its twin cannot replace {sorted(wrong)}")

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
            **self.twin.changes,
        )


# --------------------------------------------------------------------------------------------
# Deterministic kinds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity(Claim):
    """Two formulas agree on the whole domain.

    With the evaluator mpmath: equal at 50 digits, and each side's float64 value within
    10 eps (|f| + sum_i |x_i df/dx_i|) of it, the rounding that the inputs' own condition allows.
    JAX only (roots, quadratures, array code): within ``tolerance`` relative to ``scale``.

    Attributes:
        lhs, rhs: functions of Params.
        domain: where it is stated.
        points: how many points are checked (corners first).
        tolerance, tolerance_reason: for JAX-only sides; the reason is part of the claim.
        scale: what the tolerance is relative to; default max(|lhs|, |rhs|).
    """

    lhs: Callable[[Any], Any]
    rhs: Callable[[Any], Any]
    domain: Domain
    points: int = 64
    tolerance: float | None = None
    tolerance_reason: str = ""
    scale: Number | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if "mpmath" not in self.evaluators and (self.tolerance is None or self.tolerance <= 0):
            raise ValueError(f"identity {self.name}: a JAX-only identity needs a tolerance")
        if self.tolerance is not None and not self.tolerance_reason:
            raise ValueError(f"identity {self.name}: its tolerance needs a reason")
        _in_range(self, "points", self.points, 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inequality(Claim):
    """smaller <= larger on the whole domain (deterministic).

    A counterexample must stand in mpmath (where that is an evaluator) or exceed ``rounding`` times
    max(|smaller|, |larger|, 1) in float64. HOLDS says: no counterexample among ``points``; the
    items in ``supported_by`` prove it.
    """

    smaller: Callable[[Any], Any]
    larger: Callable[[Any], Any]
    domain: Domain
    points: int = 256
    rounding: float = 1e-13

    def __post_init__(self) -> None:
        super().__post_init__()
        _in_range(self, "points", self.points, 1)
        _in_range(self, "rounding", self.rounding, 0)


# --------------------------------------------------------------------------------------------
# Simulated kinds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Simulated(Claim):
    """What every simulated claim has.

    Attributes:
        observable: name (and entry) of what a trial returns.
        cases: the Params at which it is tested; each case is a row of the ledger. The twin is
            tested at the first case only.
        mode: which of the setting's simulations runs (``sims/<setting>.py``: SIMULATIONS).
        planned_trials: expected trials to a decision, about 2 ln(2/alpha) Var / tolerance^2.
        max_trials: the budget; past it the verdict is UNDECIDED. Default 8 x planned.
    """

    observable: str
    cases: tuple[Any, ...]
    mode: str = "default"
    planned_trials: int
    max_trials: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_observable(self.observable)
        if not isinstance(self.cases, (tuple, list)) or not self.cases:
            raise ValueError(f"claim {self.name}: cases is a tuple of at least one Params")
        _in_range(self, "planned_trials", self.planned_trials, 1)
        if self.max_trials is not None:
            _in_range(self, "max_trials", self.max_trials, 1)

    @property
    def budget(self) -> int:
        """The most trials that a decision may use."""
        return self.max_trials or 8 * self.planned_trials


@dataclasses.dataclass(frozen=True, kw_only=True)
class PerTrial(Simulated):
    """observable <= bound in every single trial (to rounding x condition, part of the bound).

    Use a residual as the observable for an identity per trial. REFUTED by one trial, which the
    ledger names by its index and key; HOLDS when none of ``planned_trials`` fails.
    """

    bound: Number


@dataclasses.dataclass(frozen=True, kw_only=True)
class Equals(Simulated):
    """E[observable] lies within ``tolerance`` of the prediction.

    The tolerance is the error that the theory itself admits, never Monte-Carlo slack. Give either
    ``support`` (the observable's range: exact betting test) or ``skewness`` (a *derived* bound on
    the observable's absolute skewness: asymptotic confidence sequence, nominal alpha).
    ``statistic="median"`` speaks of the median instead and needs neither.
    """

    prediction: Number
    tolerance: Number
    tolerance_reason: str
    support: tuple[Number, Number] | None = None
    skewness: Number | None = None
    statistic: str = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.statistic not in ("mean", "median"):
            raise ValueError(f"claim {self.name}: unknown statistic {self.statistic!r}")
        ways = (self.support is not None) + (self.skewness is not None)
        if ways != (1 if self.statistic == "mean" else 0):
            raise ValueError(
                f"claim {self.name}: a mean needs either support or a derived skewness bound;"
                " a median needs neither"
            )
        if not self.tolerance_reason:
            raise ValueError(f"claim {self.name}: its tolerance needs a reason")
        _in_range(self, "tolerance", self.tolerance, _TINY)
        if self.support is not None:
            _a_range(self, self.support)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AtMost(Simulated):
    """With probability at least 1 - delta, observable <= bound."""

    bound: Number
    delta: Number

    def __post_init__(self) -> None:
        super().__post_init__()
        _in_range(self, "delta", self.delta, _TINY, 1 - 1e-9)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AtLeast(Simulated):
    """With probability at least 1 - delta, observable >= bound."""

    bound: Number
    delta: Number

    def __post_init__(self) -> None:
        super().__post_init__()
        _in_range(self, "delta", self.delta, _TINY, 1 - 1e-9)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Law(Simulated):
    """sup_x |P(observable <= x) - cdf(params, x)| <= width, by a sequential DKW band.

    ``cdf`` takes (params, array of x). The law must be continuous where the width matters.
    """

    cdf: Callable[[Any, Any], Any]
    width: float
    width_reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.width < 1 or not self.width_reason:
            raise ValueError(f"law {self.name}: needs a width in (0, 1) and its reason")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ordering(Simulated):
    """E[observable] > E[below], both from the same trial (common random numbers).

    ``support`` encloses the difference observable - below.
    """

    below: str
    support: tuple[Number, Number]

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_observable(self.below)
        _a_range(self, self.support)


# --------------------------------------------------------------------------------------------
# Ladders


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ladder(Claim):
    """What the two ladder kinds have.

    Attributes:
        value: a function of Params (deterministic), or the name of an observable, whose mean over
            ``trials_per_rung`` trials (with its standard error) is used.
        rungs: at least 4 Params over a factor of at least 8 in ``size``.
        size: the size as a function of Params (n, 1/eps, ...).
        exponent, tolerance: value (or gap) ~ size^exponent, to this tolerance on the exponent.
    """

    value: Callable[[Any], Any] | str
    rungs: tuple[Any, ...]
    size: Callable[[Any], float]
    exponent: float
    tolerance: float
    tolerance_reason: str
    mode: str = "default"
    trials_per_rung: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = sorted(float(self.size(p)) for p in self.rungs)
        if len(set(sizes)) < 4 or not 0 < sizes[0] <= sizes[-1] / 8 * (1 + 1e-9):
            raise ValueError(f"ladder {self.name}: needs 4 rungs over a factor of 8, has {sizes}")
        if isinstance(self.value, str) and self.trials_per_rung < 2:
            raise ValueError(f"ladder {self.name}: an observable needs trials_per_rung")
        if not self.tolerance > 0 or not self.tolerance_reason:
            raise ValueError(f"ladder {self.name}: needs a tolerance and its reason")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scaling(Ladder):
    """value ~ size^exponent along the ladder."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limit(Ladder):
    """value -> limit, the gap |value - limit| ~ size^exponent, last gap <= last_gap."""

    limit: Number
    last_gap: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _in_range(self, "last_gap", self.last_gap, _TINY)


_TINY = 1e-300  # stands for "above 0"


def _in_range(claim: Claim, name: str, value: Number, low: float, high: float = math.inf) -> None:
    """Refuses a number outside the range; functions of Params are seen when they are called."""
    if not callable(value) and not low <= value <= high:
        raise ValueError(f"claim {claim.name}: {name} = {value} would decide nothing")


def _a_range(claim: Claim, support: tuple[Number, Number]) -> None:
    low, high = support
    if not callable(low) and not callable(high) and not low < high:
        raise ValueError(f"claim {claim.name}: support = {support} is empty")


def parse_observable(text: str) -> tuple[str, tuple[int, ...]]:
    """``"accuracy[2]"`` -> ``("accuracy", (2,))``. Raises ValueError for other text."""
    match = re.fullmatch(r"([A-Za-z_]\w*)(?:\[(\d+(?:,\d+)*)\])?", text)
    if not match:
        raise ValueError(f"observable {text!r} is not a name or name[i] or name[i,j]")
    name, index = match.groups()
    return name, tuple(int(i) for i in index.split(",")) if index else ()


def planned(variance: float, tolerance: float, alpha: float = 1e-6) -> int:
    """Trials that place a mean in a band: 2 ln(2/alpha) variance/tolerance^2, at least 64."""
    return max(64, math.ceil(2 * math.log(2 / alpha) * variance / tolerance**2))
