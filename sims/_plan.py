"""What a verification will cost, said before anything is compiled."""

import dataclasses
from collections.abc import Sequence

from sims._engine import simulations_of
from sims._keys import describe, params_text
from sims._verify import chosen_claims
from theory._simulated import Simulated


@dataclasses.dataclass(frozen=True)
class Plan:
    """The trials that a group of claims shares: one mode at one Params.

    Attributes:
        trials: those that the claims plan with; ``most_trials`` their budget.
        width: trials in a block.
    """

    setting: str
    mode: str
    at: str
    claims: tuple[str, ...]
    trials: int
    most_trials: int
    width: int


def plan(setting: str, claims: Sequence[str] | None = None, *, deep: bool = False) -> list[Plan]:
    """The planned trials of each run; nothing is traced, compiled or evaluated."""
    groups: dict[tuple[str, str], list[tuple[Simulated, object]]] = {}
    for claim in chosen_claims(setting, claims, deep):
        if isinstance(claim, Simulated):
            for params in claim.cases:
                groups.setdefault((claim.mode, params_text(params)), []).append((claim, params))
    if not groups:
        return []
    simulations = simulations_of(setting)
    plans = []
    for (mode, _), members in groups.items():
        if mode not in simulations:
            known = ", ".join(simulations)
            raise ValueError(f"{setting}: a claim names mode {mode!r} (known: {known})")
        params = members[0][1]
        plans.append(Plan(
            setting, mode, describe(params), tuple(claim.name for claim, _ in members),
            max(claim.planned_trials or 0 for claim, _ in members),
            max(claim.budget for claim, _ in members), simulations[mode].width_at(params),
        ))  # fmt: skip
    return plans
