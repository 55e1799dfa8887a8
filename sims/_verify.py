"""Holds every claim of a setting, and its wrong twin, against evidence.

Simulated claims on the same mode and params share one run. Each claim is frozen at the first look
that decides it (and its twin, at the claim's first case), so its verdict depends on nothing else
that runs.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sims._deterministic import check_identity, check_inequality, describe
from sims._engine import simulations_of
from sims._group import ALONE, Group
from sims._keys import params_text
from sims._ladder import check_ladder
from sims._outcome import Outcome
from sims._run import DEFAULT_MEMORY, Progress, Run, looks
from sims._sequential import (
    ALPHA,
    LawWithin,
    MedianInBand,
    NeverAbove,
    RateAtMost,
    Sequential,
    SupportError,
    mean_above,
    mean_in_band,
    variance_in_band,
)
from theory import (
    AtLeast,
    AtMost,
    Claim,
    Equals,
    Identity,
    Inequality,
    Law,
    Ordering,
    PerTrial,
    Verdict,
    load,
)
from theory._claims import at
from theory._ladders import Ladder
from theory._observables import parse_observable
from theory._simulated import Simulated


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
    supported_by: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the row came out as expected."""
        return self.verdict == self.expected and self.twin_verdict in ("", "REFUTED")

    @property
    def undecided(self) -> bool:
        """Whether the budget ended before the claim or its twin was decided."""
        return "UNDECIDED" in (self.verdict, self.twin_verdict)


class UnknownClaimError(ValueError):
    """No claim of that name. The text lists the known ones."""


def claims_of(setting: str) -> tuple[Claim, ...]:
    """The claims of a setting. Raises ValueError for a duplicate name or a missing CLAIMS."""
    module = load("theory", setting)
    claims = getattr(module, "CLAIMS", None)
    if claims is None:
        raise ValueError(f"{setting}: theory/{setting}.py defines no CLAIMS")
    names = [c.name for c in claims]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"{setting}: two claims are named {', '.join(twice)}")
    for claim in claims:
        if claim.repaired_by is not None and claim.repaired_by not in names:
            raise ValueError(f"{setting}: {claim.name} is repaired by unknown {claim.repaired_by}")
    return tuple(claims)


def chosen_claims(setting: str, names: Sequence[str] | None, deep: bool) -> list[Claim]:
    """The named claims, or all (the deep ones only where ``deep``)."""
    claims = claims_of(setting)
    if names is None:
        return [c for c in claims if deep or not c.deep]
    known = {c.name: c for c in claims}
    unknown = [n for n in names if n not in known]
    if unknown:
        raise UnknownClaimError(
            f"{setting}: there is no claim {unknown[0]!r} (known: {', '.join(known)})"
        )
    return [known[n] for n in names]


# --------------------------------------------------------------------------------------------
# Simulated claims


@dataclasses.dataclass
class _Test:
    """One claim (or twin) at one case, fed by a run until it is decided."""

    claim: Simulated
    params: Any
    sequential: Sequential
    observe: Callable[[dict[str, np.ndarray]], np.ndarray]
    prediction: float = math.nan
    tolerance: float = math.nan
    decided: Verdict | None = None

    @property
    def open(self) -> bool:
        return self.decided is None and self.sequential.count < self.claim.budget

    def update(self, observables: dict[str, np.ndarray]) -> None:
        if not self.open:
            return
        try:
            self.sequential.update(self.observe(observables))
        except SupportError as error:
            raise SupportError(f"{self.claim.name} at {describe(self.params)}: {error}") from None
        self.decided = self.sequential.verdict()

    def outcome(self, run: Run) -> Outcome:
        detail = self.sequential.detail()
        if isinstance(self.sequential, NeverAbove) and self.sequential.failing is not None:
            words = np.asarray(_key_data(run, self.sequential.failing)).ravel()
            detail = f"{detail} (key {', '.join(map(str, words))})"
        return Outcome(
            self.decided or Verdict.UNDECIDED,
            estimate=self.sequential.estimate(),
            interval=self.sequential.interval(),
            prediction=self.prediction,
            tolerance=self.tolerance,
            trials=self.sequential.count,
            detail=detail,
            exact=self.sequential.exact,
        )


def _key_data(run: Run, index: int) -> Any:
    import jax

    return jax.random.key_data(run.trial_key(index))


def select(observables: dict[str, np.ndarray], text: str, what: str) -> np.ndarray:
    """The values of an observable named ``"risk"`` or ``"accuracy[2]"``; axis 0 is trials."""
    name, index = parse_observable(text)
    if name not in observables:
        known = ", ".join(sorted(observables))
        raise ValueError(f"{what}: a trial returns no observable {name!r} (it returns {known})")
    values = observables[name]
    if values.ndim - 1 != len(index):
        raise ValueError(
            f"{what}: observable {name!r} has shape {values.shape[1:]} in a trial;"
            f" {text!r} does not name one number"
        )
    try:
        return np.asarray(values[(slice(None), *index)], dtype=np.float64)
    except IndexError:
        raise ValueError(f"{what}: {text!r} is outside shape {values.shape[1:]}") from None


def _number(value: Any) -> float:
    return float(np.asarray(value))


def _known(claim: Equals | Ordering, params: Any) -> dict[str, Any]:
    """What the claim knows of its observable at the params: support, variance, ..."""
    known: dict[str, Any] = {}
    for name in ("variance", "skewness", "fourth_moment"):
        if getattr(claim, name, None) is not None:
            known[name] = _number(at(getattr(claim, name), params))
    if claim.support is not None:
        known["support"] = tuple(_number(at(end, params)) for end in claim.support)
    return known


def _test(claim: Simulated, params: Any) -> _Test:
    """The sequential test of a simulated claim at one case."""
    what = f"claim {claim.name}"

    def plain(observables: dict[str, np.ndarray]) -> np.ndarray:
        return select(observables, claim.observable, what)

    match claim:
        case Equals():
            q = _number(at(claim.prediction, params))
            tolerance = _number(at(claim.tolerance, params))
            known = _known(claim, params)
            if claim.statistic == "median":
                sequential: Sequential = MedianInBand(q, tolerance)
            elif claim.statistic == "variance":
                sequential = variance_in_band(q, tolerance, **known)
            else:
                planned = claim.planned_trials or 1
                sequential = mean_in_band(q, tolerance, tightest=planned, **known)
            return _Test(claim, params, sequential, plain, q, tolerance)
        case AtMost() | AtLeast():
            bound, delta = _number(at(claim.bound, params)), _number(at(claim.delta, params))
            side = 1.0 if isinstance(claim, AtMost) else -1.0

            def violation(observables: dict[str, np.ndarray]) -> np.ndarray:
                return side * (plain(observables) - bound)

            return _Test(claim, params, RateAtMost(delta), violation, 0.0, delta)
        case Law():
            law = claim

            def cdf(x: np.ndarray) -> np.ndarray:
                return np.asarray(law.cdf(params, x))

            return _Test(claim, params, LawWithin(cdf, law.width), plain, 0.0, law.width)
        case Ordering():
            below = claim.below

            def difference(observables: dict[str, np.ndarray]) -> np.ndarray:
                return plain(observables) - select(observables, below, what)

            sequential = mean_above(
                0.0, tightest=claim.planned_trials or 1, **_known(claim, params)
            )
            return _Test(claim, params, sequential, difference, 0.0)
        case PerTrial():
            bound = _number(at(claim.bound, params))
            return _Test(
                claim, params, NeverAbove(bound, claim.planned_trials), plain, bound, bound
            )
    raise TypeError(f"no sequential test for a claim of kind {claim.kind}")


@dataclasses.dataclass
class _Pair:
    """A claim at one case, with its twin where this is the first case."""

    claim: Simulated
    params: Any
    test: _Test
    twin: _Test | None
    seconds: float = 0.0

    @property
    def open(self) -> bool:
        return self.test.open or (self.twin is not None and self.twin.open)

    @property
    def budget(self) -> int:
        return self.claim.budget


def _groups(claims: Iterable[Claim]) -> dict[tuple[str, str], list[tuple[Simulated, Any, bool]]]:
    """Simulated (claim, case, first case?) by (mode, params): each group shares one run."""
    groups: dict[tuple[str, str], list[tuple[Simulated, Any, bool]]] = {}
    for claim in claims:
        if isinstance(claim, Simulated):
            for i, params in enumerate(claim.cases):
                key = (claim.mode, params_text(params))
                groups.setdefault(key, []).append((claim, params, i == 0))
    return groups


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a group of claims will cost: printed by ``verify --plan`` before anything runs."""

    setting: str
    mode: str
    at: str
    claims: tuple[str, ...]
    trials: int
    most_trials: int
    seconds_per_block: float
    compile_seconds: float
    width: int

    @property
    def seconds(self) -> float:
        """The expected running time, compilation apart."""
        return self.trials / self.width * self.seconds_per_block


def plan(
    setting: str,
    claims: Sequence[str] | None = None,
    *,
    deep: bool = False,
    memory: int = DEFAULT_MEMORY,
) -> list[Plan]:
    """The planned cost of each run, from its claims' planned trials and one timed block."""
    simulations: dict[str, Any] = {}
    plans = []
    for (mode, _), members in _groups(chosen_claims(setting, claims, deep)).items():
        simulations = simulations or simulations_of(setting)
        params = members[0][1]
        run = Run(_simulation(simulations, setting, mode), params, setting=setting, mode=mode,
                  memory=memory)  # fmt: skip
        run.extend(1)  # warms up; the second block is timed
        run.seconds = 0.0
        run.extend(run.trials + 1)
        plans.append(
            Plan(
                setting, mode, describe(params), tuple(m[0].name for m in members),
                max(m[0].planned_trials for m in members), max(m[0].budget for m in members),
                run.seconds, run.compile_seconds, run.width,
            )
        )  # fmt: skip
    return plans


def _simulation(simulations: dict[str, Any], setting: str, mode: str) -> Any:
    if mode not in simulations:
        raise ValueError(
            f"{setting}: a claim names mode {mode!r} (known: {', '.join(simulations)})"
        )
    return simulations[mode]


def verify(
    setting: str,
    claims: Sequence[str] | None = None,
    *,
    deep: bool = False,
    seed: int = 0,
    devices: Sequence[Any] | None = None,
    memory: int = DEFAULT_MEMORY,
    chunk_blocks: int | None = None,
    progress: Progress | None = None,
    store: Path | None = None,
    group: Group = ALONE,
) -> list[Row]:
    """The ledger of a setting: a row for each claim and case, in the order of its CLAIMS.

    Args:
        setting: the setting's name.
        claims: names of the claims to verify; default all.
        deep: also those that need more than the default budget.
        seed: the root key.
        devices, memory, chunk_blocks, progress, store, group: see ``sims.Run``; they change no
            number.

    Raises UnknownSettingError, UnknownClaimError; SupportError if an observable leaves its
    declared support; NonFiniteObservable.
    """
    chosen = chosen_claims(setting, claims, deep)
    rows: dict[tuple[str, int], Row] = {}
    groups = _groups(chosen)
    simulations = simulations_of(setting) if groups or _ladders_simulate(chosen) else {}

    def start(mode: str, params: Any) -> Run:
        return Run(
            _simulation(simulations, setting, mode), params, setting=setting, mode=mode, seed=seed,
            devices=devices, memory=memory, chunk_blocks=chunk_blocks, progress=progress,
            store=store, group=group,
        )  # fmt: skip

    for claim in chosen:
        if not isinstance(claim, Simulated):
            rows[claim.name, 0] = _deterministic_row(claim, setting, seed, start)
            if progress is not None:
                progress(f"{setting}/{claim.name}", 1, 1)
    for (mode, _), members in groups.items():
        params = members[0][1]
        run = start(mode, params)
        for pair in _verify_group(run, members):
            case = [params_text(p) for p in pair.claim.cases].index(params_text(pair.params))
            rows[pair.claim.name, case] = _simulated_row(pair, setting, seed, run)
    order = {c.name: i for i, c in enumerate(chosen)}
    return [rows[key] for key in sorted(rows, key=lambda k: (order[k[0]], k[1]))]


def _ladders_simulate(claims: Iterable[Claim]) -> bool:
    return any(isinstance(c, Ladder) and isinstance(c.value, str) for c in claims)


def _verify_group(run: Run, members: list[tuple[Simulated, Any, bool]]) -> list[_Pair]:
    """Runs one simulation until every claim of the group, and every twin, is decided."""
    pairs = []
    for claim, params, first in members:
        twin = None
        if claim.twin is not None and first:
            wrong = claim.as_twin()
            assert isinstance(wrong, Simulated)
            twin = _test(wrong, params)
        pairs.append(_Pair(claim, params, _test(claim, params), twin))
    most = max(p.budget for p in pairs)
    for trials in looks(run.width, most):
        before = run.seconds + run.compile_seconds
        new = run.extend(trials)
        waiting = [p for p in pairs if p.open]
        spent = (run.seconds + run.compile_seconds - before) / max(1, len(waiting))
        for pair in waiting:
            began = time.perf_counter()
            pair.test.update(new)
            if pair.twin is not None:
                pair.twin.update(new)
            pair.seconds += spent + time.perf_counter() - began
        if not any(p.open for p in pairs):
            break
    return pairs


def _simulated_row(pair: _Pair, setting: str, seed: int, run: Run) -> Row:
    outcome = pair.test.outcome(run)
    twin = pair.twin.outcome(run) if pair.twin is not None else None
    return _row(pair.claim, setting, seed, describe(pair.params), outcome, twin, pair.seconds)


def _deterministic_row(
    claim: Claim, setting: str, seed: int, start: Callable[[str, Any], Run]
) -> Row:
    began = time.perf_counter()
    outcome = _deterministic(claim, start)
    twin = _deterministic(claim.as_twin(), start) if claim.twin is not None else None
    where = "ladder" if isinstance(claim, Ladder) else "domain"
    return _row(claim, setting, seed, where, outcome, twin, time.perf_counter() - began)


def _deterministic(claim: Claim, start: Callable[[str, Any], Run]) -> Outcome:
    match claim:
        case Identity():
            return check_identity(claim)
        case Inequality():
            return check_inequality(claim)
        case Ladder():
            ladder = claim

            def measure(params: Any) -> float | np.ndarray:
                if not isinstance(ladder.value, str):
                    return _number(ladder.value(params))
                run = start(ladder.mode, params)
                new = run.extend(ladder.trials_per_rung)
                return select(new, ladder.value, f"claim {ladder.name}")[: ladder.trials_per_rung]

            return check_ladder(ladder, measure)  # type: ignore[arg-type]  # Scaling or Limit
    raise TypeError(f"no check for a claim of kind {claim.kind}")


def _row(
    claim: Claim,
    setting: str,
    seed: int,
    where: str,
    outcome: Outcome,
    twin: Outcome | None,
    seconds: float,
) -> Row:
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
        observable=getattr(claim, "observable", ""), mode=getattr(claim, "mode", ""), seed=seed,
        exact=outcome.exact,
        repaired_by=claim.repaired_by, supported_by=claim.supported_by,
    )  # fmt: skip


def decisions(rows: Iterable[Row]) -> int:
    """How many statistical decisions the rows hold; each may err with probability ALPHA."""
    return sum((1 + bool(r.twin_verdict)) for r in rows if r.mode)


__all__ = ["ALPHA", "Plan", "Row", "claims_of", "decisions", "plan", "verify"]
