"""Trials that a sequential verdict needs, against a fixed-sample test of the same error.

The fixed-sample tests are the best that a user could plan: they know the true gap, take alpha/2 a
side like ours, ask for power .95, and may look once. The sequential test knows the tolerance alone.
Three are compared. By Bernstein's inequality, for an observable on [0, 1] of *known* variance,
and by the empirical Bernstein inequality, whose variance is estimated: both errors are guaranteed,
as ours is, and only the second knows as little. The z-test's error rate is nominal unless the
observable is Bernoulli (where it is the binomial test, nearly).

The information bound holds for every test of the mean of an observable on [0, 1], sequential or
not: none of error alpha/2 a side decides in fewer than about ln(2/alpha)/KLinf trials on average,
KLinf the least divergence from the law to one on [0, 1] whose mean stands at the nearer end of the
band (Honda and Takemura 2010). For Bernoulli observables it is kl(p || end).
"""

import dataclasses
import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize, stats

import sims
from sims._observe import select
from sims._sequential import ALPHA, MeanInBand
from theory import Equals, Verdict, load
from theory._claims import at

POWER = 0.95
RUNS = 200
LEDGER = ("gaussian_robustness", "ntk_classifiers", "xor_cluster")
"""Settings whose claims on bounded means are counted from a real ledger."""


@dataclasses.dataclass(frozen=True)
class Population:
    """A law on [0, 1] with its mean and standard deviation."""

    name: str
    law: Any

    @property
    def mean(self) -> float:
        return float(self.law.mean())

    @property
    def deviation(self) -> float:
        return float(self.law.std())


POPULATIONS = (
    *(Population(f"Bernoulli({p:g})", stats.bernoulli(p)) for p in (0.02, 0.1, 0.3, 0.5)),
    Population("Beta(2, 6)", stats.beta(2, 6)),
    Population("Beta(20, 60)", stats.beta(20, 60)),
)


def z_test(
    deviation: float, gap: float, sides: int, alpha: float = ALPHA, at_end: float | None = None
) -> int:
    """Trials of a z-test that finds a mean ``gap`` away with power .95 at alpha/2 a side.

    ``sides`` = 2: both ends of a band must be excluded, and the power is shared between them.
    ``at_end`` is the deviation if the mean stood at the band's end, where that is another.
    """
    z = stats.norm.isf(alpha / 2) * (deviation if at_end is None else at_end)
    z += stats.norm.isf((1 - POWER) / sides) * deviation
    return math.ceil((z / gap) ** 2)


def bernstein_test(deviation: float, gap: float, sides: int, alpha: float = ALPHA) -> int:
    """The same by Bernstein's inequality for observations in [0, 1] of known variance.

    The mean is excluded where P(|sample mean - mean| >= x) <= 2 exp(-n x^2/(2 (s^2 + x/3))) is
    under alpha; the sample mean itself falls short by z s/sqrt(n) at power .95.
    """

    def enough(n: int) -> bool:
        x = gap - stats.norm.isf((1 - POWER) / sides) * deviation / math.sqrt(n)
        return bool(x > 0 and n * x * x / (2 * (deviation**2 + x / 3)) >= math.log(2 / alpha))

    return least(enough)


def empirical_bernstein_test(deviation: float, gap: float, sides: int, alpha: float = ALPHA) -> int:
    """The same by Maurer and Pontil's inequality (2009, theorem 4), the variance estimated.

    P(|sample mean - mean| > sqrt(2 V l/n) + 7 l/(3 (n - 1))) <= alpha, l = ln(4/alpha), V the
    sample variance, taken at its mean.
    """
    needed = math.log(4 / alpha)
    z = stats.norm.isf((1 - POWER) / sides)

    def enough(n: int) -> bool:
        short = (math.sqrt(2 * needed) + z) * deviation / math.sqrt(n)
        return bool(short + 7 * needed / (3 * (n - 1)) <= gap)

    return least(enough)


def least(enough: Callable[[int], bool]) -> int:
    """The smallest n >= 2 from which on ``enough`` is true."""
    n = 2
    while not enough(n):
        n *= 2
    low, high = n // 2, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def least_divergence(law: Any, end: float) -> float:
    """KLinf(law, end): max over 0 <= s < 1 of E log(1 - s (X - end)/(1 - end)), X below ``end`` in
    the mean; mirrored for an end below the mean."""
    if end < law.mean():
        expect, far = (lambda f: law.expect(lambda x: f(1 - x))), 1 - end
    else:
        expect, far = law.expect, end

    def lost(s: float) -> float:
        return -expect(lambda x: np.log1p(-s * (x - far) / (1 - far)))

    return -optimize.minimize_scalar(lost, bounds=(0, 1 - 1e-9), method="bounded").fun


def trials_to_decide(
    population: Population, prediction: float, tolerance: float, rng: np.random.Generator
) -> tuple[Verdict | None, int]:
    """The verdict and the trials it took, looking at 16, 18, 20, ... trials."""
    test = MeanInBand(prediction, tolerance, (0.0, 1.0))
    while test.verdict() is None and test.count < 10**7:
        more = max(2, test.count // 8) if test.count else 16
        test.update(population.law.rvs(more, random_state=rng).astype(float))
    return test.verdict(), test.count


def _of_population(population: Population) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    tolerance = 0.2 * population.mean
    records = []
    for what, offset, wanted in (
        ("true claim", 0.0, Verdict.HOLDS),
        ("twin, two tolerances off", 2.0, Verdict.REFUTED),
    ):
        prediction = population.mean + offset * tolerance
        runs = [trials_to_decide(population, prediction, tolerance, rng) for _ in range(RUNS)]
        sides = 2 if offset == 0 else 1
        nominal = z_test(population.deviation, tolerance, sides)
        fixed = bernstein_test(population.deviation, tolerance, sides)
        trials = statistics.median(count for _, count in runs)
        unknown = empirical_bernstein_test(population.deviation, tolerance, sides)
        p = population.mean
        ends = (p + tolerance, p - tolerance) if offset == 0 else (p + tolerance,)
        bound = max(math.log(2 / ALPHA) / least_divergence(population.law, end) for end in ends)
        if population.law.dist.name == "bernoulli":
            end = p + tolerance
            at_end = math.sqrt(end * (1 - end))
            fixed = nominal = z_test(population.deviation, tolerance, sides, at_end=at_end)
        records.append({
            "name": f"{population.name}, {what}", "trials": trials, "fixed": fixed,
            "unknown": unknown, "nominal": nominal, "ratio": fixed / trials, "bound": bound,
            "runs": RUNS,
            "wrong": sum(verdict is not wanted for verdict, _ in runs),
        })  # fmt: skip
    return records


def _of_ledger(setting: str) -> list[dict[str, Any]]:
    """Each claim on a bounded mean, and its twin: trials used, and a fixed-sample test's."""
    module: Any = load("theory", setting)
    claims = [
        c for c in module.CLAIMS
        if isinstance(c, Equals) and c.support is not None and not c.deep
    ]  # fmt: skip
    rows: dict[str, sims.Row] = {}
    for row in sims.verify(setting, claims=[c.name for c in claims]):
        rows.setdefault(row.claim, row)  # the first case, where the twin is tested too
    records = []
    for claim in claims:
        row, case = rows[claim.name], claim.cases[0]
        seen = sims.simulate(setting, case, mode=claim.mode, trials=2048)
        stated: list[tuple[str, Any, int]] = [("claim", claim, row.trials)]
        if claim.twin is not None:
            stated.append(("twin", claim.as_twin(), row.twin_trials))
        for what, statement, trials in stated:
            values = select(seen, statement.observable, claim.name)
            low, high = (float(at(end, case)) for end in statement.support)
            tolerance = float(at(statement.tolerance, case))
            away = abs(float(at(statement.prediction, case)) - float(values.mean()))
            gap = tolerance - away if what == "claim" else away - tolerance
            if trials == 0 or gap <= 0:  # no twin, or 2048 trials do not show the gap
                continue
            sides = 2 if what == "claim" else 1
            planned = (float(values.std()) / (high - low), gap / (high - low), sides)
            records.append({
                "what": what, "trials": trials, "fixed": bernstein_test(*planned),
                "unknown": empirical_bernstein_test(*planned), "nominal": z_test(*planned),
                "wrong": row.verdict != row.expected if what == "claim"
                else row.twin_verdict != Verdict.REFUTED,
            })  # fmt: skip
    return records


def measure() -> list[dict[str, Any]]:
    """Records for every population, and the medians over the ledgers' claims and twins."""
    records = [record for population in POPULATIONS for record in _of_population(population)]
    ledger = [record for setting in LEDGER for record in _of_ledger(setting)]
    for what in ("claim", "twin"):
        chosen = [r for r in ledger if r["what"] == what]
        records.append({
            "name": f"ledger of {len(LEDGER)} settings, {len(chosen)} {what}s (medians)",
            "trials": statistics.median(r["trials"] for r in chosen),
            "fixed": statistics.median(r["fixed"] for r in chosen),
            "unknown": statistics.median(r["unknown"] for r in chosen),
            "nominal": statistics.median(r["nominal"] for r in chosen),
            "ratio": statistics.median(r["fixed"] / r["trials"] for r in chosen),
            "bound": None, "runs": len(chosen),
            "wrong": sum(r["wrong"] for r in chosen),
        })  # fmt: skip
    return records
