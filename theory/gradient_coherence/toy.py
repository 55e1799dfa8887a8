"""The toy of private and shared coordinates, solved; robust averages on it."""

from typing import Annotated, Any

import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, closed_form, exp, log, maximum, minimum, rational,
)  # fmt: skip
from theory.gradient_coherence.params import Count, Params, Rate

claim = Claims("the paper's example; derived")
Time = Annotated[Scalar, Ge(0), Le(1e9), Whole]
Shared = Annotated[Scalar, Ge(0), Le(1e6)]
Label = Annotated[Scalar, Ge(-1), Le(1)]
TINY = rational(1, 2**900)
INSIDE = {"time": 3, "m": 8.0, "c": 0.5, "rate": 0.25, "label": 0.5}
STABLE = (
    "is not below 2/(c^2 + 1/m): the toy diverges",
    lambda rate, c, m: rate * (c * c + 1 / m) < 2,
)
ALONE = ("is not below 2/c^2: it diverges", lambda rate, c: rate * c * c < 2)


@closed_form(example=INSIDE, rate=STABLE)
def toy_test_residual(time: Time, m: Count, c: Shared, rate: Rate, label: Label) -> Any:
    """1 - s m c^2 (1 - rho^t)/(m c^2 + 1), rho = 1 - eta (c^2 + 1/m), s the mean label.

    Clean labels (s = 1): to 1/(m c^2 + 1). Without a shared coordinate (c = 0) it stays at 1.
    """
    rho = 1 - rate * (c * c + 1 / m)
    return 1 - label * m * c * c * (1 - rho**time) / (m * c * c + 1)


@closed_form(example=INSIDE, rate=STABLE)
def toy_train_loss(time: Time, m: Count, c: Shared, rate: Rate, label: Label) -> Any:
    """The mean of r_i^2: s^2 rho^(2t) + (1 - s^2) q^(2t), q = 1 - eta/m; s the mean label."""
    rho, q = 1 - rate * (c * c + 1 / m), 1 - rate / m
    return label * label * rho ** (2 * time) + (1 - label * label) * q ** (2 * time)


@closed_form(example=INSIDE, rate=STABLE)
def toy_coherence(time: Time, m: Count, c: Shared, rate: Rate, label: Label) -> Any:
    """m-coherence (1 + c^2 m w)/(1 + c^2), w = s^2 rho^(2t)/(s^2 rho^(2t) + (1 - s^2) q^(2t)).

    Clean labels: (1 + m c^2)/(1 + c^2) all along; with flips down to 1/(1 + c^2) < 1.
    """
    rho, q = (maximum(x * x, TINY) for x in (1 - rate * (c * c + 1 / m), 1 - rate / m))
    odds = exp(minimum(time * (log(q) - log(rho)), 600))  # of q over rho: no 0/0 late
    weight = label * label / (label * label + (1 - label * label) * odds)
    return (1 + c * c * m * weight) / (1 + c * c)


@closed_form(example=INSIDE, rate=ALONE)
def robust_test_residual(time: Time, c: Shared, rate: Rate, label: Label) -> Any:
    """1 - s (1 - (1 - eta c^2)^t): gradients averaged by medians, s the median label.

    The median of all examples: s = 1 for flips < m/2. Of three groups' means (M3): the median s.
    """
    return 1 - label * (1 - (1 - rate * c * c) ** time)


# --------------------------------------------------------------------------------------------
# The iteration itself

TOY = Params(m=9, steps=60, flips=2)
CASES = (TOY, TOY.but(c=1.1, flips=4, rate=0.3))
toy = claim.given(mode="toy")


def times(p):
    """0 .. T."""
    return np.arange(p.steps + 1)


def mean_residual(p, *, one=1):
    """Of a clean test example."""
    shared = p.m * p.c**2
    fallen = 1 - toy_test_residual(times(p), p.m, p.c, p.rate, p.mean_label)
    return 1 - fallen * (shared + 1) / (shared + one)


def fit(p, *, same=False):
    """The training loss."""
    return toy_train_loss(times(p), p.m, 0.0 if same else p.c, p.rate, p.mean_label)


def of_sample(p, *, constant=False):
    """The sample's m-coherence."""
    return toy_coherence(times(p) * (not constant), p.m, p.c, p.rate, p.mean_label)


def alone(run, p, *, label=None):
    """The test residual of robust averages, whose median label the trial has seen."""
    label = run["middle"] if label is None else np.full(len(run["middle"]), label)
    return robust_test_residual(times(p), p.c, p.rate, label[:, None])


def path_claim(name, says, seen, formula, mistake, **wrong):
    """Claims that a path of the trial is the formula at every step."""

    def off(**words):
        return lambda run, p: np.max(np.abs(run[seen] - np.asarray(formula(p, **words))), axis=-1)

    twin = Twin(mistake, observable=off(**wrong))
    toy.every_trial(off(), name=name, says=says, within=1e-11, at=CASES, twin=twin)


path_claim(
    "toy_dynamics",
    "the test residual is 1 - s m c^2 (1 - rho^t)/(m c^2 + 1), rho = 1 - eta (c^2 + 1/m)",
    "test",
    mean_residual,
    "the limit 1/(m c^2)",
    one=0,
)
path_claim(
    "toy_fit",
    "the training loss is s^2 rho^(2t) + (1 - s^2) q^(2t), q = 1 - eta/m",
    "loss",
    fit,
    "one rate for both parts",
    same=True,
)
path_claim(
    "toy_coherence_path",
    "m-coherence is (1 + c^2 m w)/(1 + c^2), w the shared part of the training loss",
    "coherence",
    of_sample,
    "as at the start",
    constant=True,
)


@claim.limit(
    1 - TOY.mean_label * 5.76 / 6.76,
    along=tuple(TOY.but(steps=t) for t in (4, 8, 16, 24, 32)),
    size=lambda p: (1 - p.rate * (p.c**2 + 1 / p.m)) ** -p.steps,
    rate=-1,
    within=1e-6,
    why="exact powers of rho",
    last_gap=1e-6,
    twin=Twin("1/(m c^2)", limit=1 - TOY.mean_label),
)
def toy_limit(p):
    """The test residual tends to 1 - s m c^2/(m c^2 + 1), m c^2 = 5.76; 1/(m c^2 + 1) if clean."""
    return toy_test_residual(p.steps, p.m, p.c, p.rate, p.mean_label)


toy.ordering(
    "strong_first",
    "clean examples come below half of their first residual before flipped ones do",
    "flipped_time",
    "clean_time",
    at=TOY,
)


@claim.identity(
    lambda p: p.m * p.c**2 + 1,
    over=Domain.around(TOY, c=(0.1, 2.0), rate=(1e-3, 0.1)),
    within=1e-12,
    twin=Twin("the same rate", own=1),
)
def rates_of_learning(p, *, own=0):
    """The shared direction relaxes at c^2 + 1/m, private ones at 1/m: m c^2 + 1 times as fast."""
    shared = (1 - toy_rate(p, p.c)) / p.rate
    return shared / ((1 - toy_rate(p, 0.0 if not own else p.c)) / p.rate)


def toy_rate(p, c):
    """The factor of one step on the mean residual."""
    return toy_train_loss(1, p.m, c, p.rate, 1.0) ** 0.5


# --------------------------------------------------------------------------------------------
# Medians in place of the mean


def robust_claim(name, says, seen, **label):
    """Claims that medians leave private weights at 0, the test residual as of one coordinate."""

    def off(run, p):
        gap = np.max(np.abs(run[seen] - np.asarray(alone(run, p, **label))), axis=-1)
        return gap + run[f"{seen}_private"]

    def off_mean(run, p):
        return np.max(np.abs(run[seen] - np.asarray(mean_residual(p))), axis=-1)

    twin = Twin("as the mean does", observable=off_mean)
    toy.every_trial(off, name=name, says=says, within=1e-11, at=CASES, twin=twin)


robust_claim(
    "robust_average_kills_private",
    "the coordinatewise median of all examples, flips < m/2: private weights stay 0, and the test"
    " residual is (1 - eta c^2)^t",
    "median",
    label=1.0,
)
robust_claim(
    "m3_kills_private",
    "the median of three groups' means (M3): private weights stay 0, and the test residual is"
    " 1 - s (1 - (1 - eta c^2)^t), s the groups' median label",
    "m3",
)
