"""Holds every claim of a setting, and its wrong twin, against evidence.

Simulated claims on the same mode and params share one run. Each claim is frozen at the first look
that decides it, and so is its twin (at the claim's first case, or at its own): a verdict depends
on nothing else that runs.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sims._engine import simulations_of
from sims._evaluate import evaluate
from sims._group import ALONE, Group
from sims._kept_checks import kept_check
from sims._keys import describe, params_text
from sims._kinds import kind_of
from sims._observe import Apart, observe
from sims._outcome import Outcome
from sims._row import Row, row_of
from sims._run import DEFAULT_MEMORY, Progress, Run, looks
from sims._tested import Tested
from theory import Claim, claims_of
from theory._faults import code_of
from theory._ladders import Ladder
from theory._simulated import Simulated

Start = Callable[[str, Any], Run]
"""Starts the run of a mode at params."""


class UnknownClaimError(ValueError):
    """No claim of that name. The text lists the known ones."""


def chosen_claims(setting: str, names: Sequence[str] | None, deep: bool) -> list[Claim]:
    """The named claims, or all (the deep ones only where ``deep``)."""
    claims = claims_of(setting)
    if names is None:
        chosen = [c for c in claims if deep or not c.deep]
        if not chosen:
            raise ValueError(f"{setting}: all its claims are deep, so none is looked at (--deep)")
        return chosen
    known = {c.name: c for c in claims}
    unknown = [n for n in names if n not in known]
    if unknown:
        raise UnknownClaimError(
            f"{setting}: there is no claim {unknown[0]!r} (known: {', '.join(known)})"
        )
    return [known[n] for n in dict.fromkeys(names)]


class Trials:
    """The tests that share one run: those of one mode at one Params."""

    def __init__(self, mode: str, params: Any):
        self.mode, self.params = mode, params
        self.tests: list[Tested] = []
        self.run: Run | None = None

    def settle(self, start: Start) -> None:
        """Runs until every test is decided or has used its budget."""
        if not any(test.open for test in self.tests):
            return
        run = self.run = start(self.mode, self.params)
        for trials in looks(run.width, max(test.claim.budget for test in self.tests)):
            before = run.seconds + run.compile_seconds
            new = run.extend(trials)
            waiting = [test for test in self.tests if test.open]
            spent = (run.seconds + run.compile_seconds - before) / max(1, len(waiting))
            for test in waiting:
                test.update(new)
                test.seconds += spent
            if not any(test.open for test in self.tests):
                break


class Pair:
    """A claim at one case, and its twin where this is the first case."""

    def __init__(self, claim: Simulated, case: int):
        self.claim, self.case = claim, case
        self.test = Tested.of(claim, claim.cases[case])
        self.twin: Tested | None = None
        if case == 0 and claim.twin is not None:
            wrong = claim.as_twin()
            assert isinstance(wrong, Simulated)
            self.twin = Tested.of(wrong, wrong.cases[0])

    @property
    def tests(self) -> list[Tested]:
        """The claim's test, then the twin's."""
        return [self.test] if self.twin is None else [self.test, self.twin]


def pairs_of(claims: Iterable[Claim]) -> list[Pair]:
    """Every simulated claim at every case."""
    return [
        Pair(claim, case)
        for claim in claims
        if isinstance(claim, Simulated)
        for case in range(len(claim.cases))
    ]


def shared_trials(pairs: Iterable[Pair]) -> dict[tuple[str, str], Trials]:
    """The pairs' tests by (mode, params): each group shares one run."""
    groups: dict[tuple[str, str], Trials] = {}
    for pair in pairs:
        for test in pair.tests:
            key = test.claim.mode, params_text(test.params)
            groups.setdefault(key, Trials(test.claim.mode, test.params)).tests.append(test)
    return groups


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
    """The ledger of a setting: a row for each claim and case, in the order of its claims.

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
    simulate = any(isinstance(c, Simulated) or _simulates(c) for c in chosen)
    simulations = simulations_of(setting) if simulate else {}

    def start(mode: str, params: Any) -> Run:
        if mode not in simulations:
            known = ", ".join(simulations)
            raise ValueError(f"{setting}: a claim names mode {mode!r} (known: {known})")
        return Run(
            simulations[mode], params, setting=setting, mode=mode, seed=seed, devices=devices,
            memory=memory, chunk_blocks=chunk_blocks, progress=progress, store=store, group=group,
        )  # fmt: skip

    keep = store if group.first else None
    rows = dict(settled(chosen, setting, seed, start, keep, progress=progress))
    return in_order(rows, chosen)


def in_order(rows: Mapping[tuple[str, int], Row], chosen: Sequence[Claim]) -> list[Row]:
    """The rows in the order of their claims and cases."""
    order = {c.name: i for i, c in enumerate(chosen)}
    return [rows[key] for key in sorted(rows, key=lambda k: (order[k[0]], k[1]))]


def settled(
    chosen: Sequence[Claim],
    setting: str,
    seed: int,
    start: Start,
    keep: Path | None,
    progress: Progress | None = None,
) -> Iterator[tuple[tuple[str, int], Row]]:
    """((claim, case), row) for each claim and case, as soon as it is known.

    After Ctrl-C those whose trials have begun come as they stand, then KeyboardInterrupt.
    """
    for claim in chosen:
        if not isinstance(claim, Simulated):
            kept = None if _simulates(claim) else keep
            yield (claim.name, 0), _checked_row(claim, setting, seed, start, kept)
            if progress is not None:
                progress(f"{setting}/{claim.name}", 1, 1)
    pairs = pairs_of(chosen)
    groups = shared_trials(pairs)
    stopped = False
    try:
        for trials in groups.values():
            trials.settle(start)
    except KeyboardInterrupt:
        stopped = True
    for pair in pairs:
        run = groups[pair.claim.mode, params_text(pair.test.params)].run
        planned = pair.test.planned
        if stopped and planned is not None and planned.sequential.count == 0:
            continue
        twin = pair.twin.outcome() if pair.twin is not None else None
        yield (pair.claim.name, pair.case), row_of(
            pair.claim, setting, seed, describe(pair.test.params), pair.test.outcome(run), twin,
            sum(test.seconds for test in pair.tests),
        )  # fmt: skip
    if stopped:
        raise KeyboardInterrupt


def _simulates(claim: Claim) -> bool:
    return isinstance(claim, Ladder) and claim.simulated


def _checked_row(claim: Claim, setting: str, seed: int, start: Start, store: Path | None) -> Row:
    began = time.perf_counter()
    outcome = kept_check(claim, setting, store, lambda: check(claim, start))
    twin = None
    if claim.twin is not None:
        wrong = claim.as_twin()
        twin = kept_check(wrong, setting, store, lambda: check(wrong, start))
    where = "ladder" if isinstance(claim, Ladder) else "domain"
    return row_of(claim, setting, seed, where, outcome, twin, time.perf_counter() - began)


def check(claim: Claim, start: Start | None = None) -> Outcome:
    """The check of a claim of a domain or along a ladder; ``start`` runs a ladder's trials."""

    def measure(params: Any) -> float | np.ndarray:
        assert isinstance(claim, Ladder)
        if not claim.simulated:
            return evaluate(claim.value, params)
        assert start is not None
        new = start(claim.mode, params).extend(claim.trials_per_rung)
        seen: Any = claim.value
        values = observe(new, seen, params, f"claim {claim.name}")
        Apart(seen, params, f"claim {claim.name}").check(new, values)
        return values[: claim.trials_per_rung]

    brings = kind_of(claim).check
    assert brings is not None
    with code_of(f"claim {claim.name}"):
        return brings(claim, measure)
