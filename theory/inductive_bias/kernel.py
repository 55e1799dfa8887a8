"""A kernel's hypotheses: a Gaussian process that fits its training set exactly."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from theory import Claims, ParameterError, Twin, own_checks, quadratic_form_cdf
from theory.inductive_bias.gaussian import exact
from theory.inductive_bias.params import Params

claim = Claims("derived")
FLOOR = 1e-12  # of the largest eigenvalue: below it is rounding


class Task(NamedTuple):
    """What :func:`gaussian_bias` takes: lam, b^2, degrees and the offset."""

    spectrum: Any
    shifts: Any
    degrees: Any
    offset: Any


def rbf(a, b, length):
    """exp(-|a - b|^2/(2 length^2))."""
    gaps = a[:, None] - b[None]
    return jnp.exp(-jnp.sum(gaps**2, axis=-1) / (2 * length**2))


def residual_law(train, labels, test, targets, length):
    """Mean (test x outputs) and covariance of f - y on the test points, given the fit."""
    cross = rbf(train, test, length)
    weights = jnp.linalg.solve(rbf(train, train, length), cross)
    return weights.T @ labels - targets, rbf(test, test, length) - cross.T @ weights


def task_of(mean, covariance) -> Task:
    """The spectrum of mean squared errors; an eigenvalue below FLOOR goes into the offset."""
    mean = mean.reshape(len(covariance), -1)
    values, vectors = jnp.linalg.eigh(covariance)
    along = jnp.sum((vectors.T @ mean) ** 2, axis=1)
    alive = values > FLOOR * values[-1]
    spectrum = jnp.where(alive, values, 1.0)
    degrees = jnp.full(len(values), 1.0 * mean.shape[1])
    return Task(
        jnp.where(alive, spectrum / mean.size, 0.0),
        jnp.where(alive, along / spectrum, 0.0),
        jnp.where(alive, degrees, 0.0),
        jnp.sum(jnp.where(alive, 0.0, along)) / mean.size,
    )


@own_checks("arrays of one's own, checked together")
def kernel_task(train, labels, test, targets, length: float = 1.0) -> Task:
    """The task of one's own data for an RBF kernel: ``gaussian_bias(eps, *kernel_task(...))``.

    Args:
        train, test: inputs, one a row.
        labels, targets: their labels, a number or a row (one-hot, say) each.
        length: the kernel's length scale.

    Raises ParameterError for shapes that do not fit, numbers that are not finite, training inputs
    that stand twice or are too near for float64, and test points that the data determine.
    """
    given = {"train": train, "labels": labels, "test": test, "targets": targets}
    x, y, at, wanted = (_rows(name, value) for name, value in given.items())
    if not 1e-150 < length < 1e150:
        raise ParameterError(f"kernel_task: length = {length} is not positive")
    if len(x) != len(y) or len(at) != len(wanted):
        raise ParameterError("kernel_task: as many labels as inputs are needed")
    if x.shape[1] != at.shape[1] or y.shape[1] != wanted.shape[1]:
        raise ParameterError("kernel_task: training and test rows differ in length")
    least = float(np.linalg.eigvalsh(np.asarray(rbf(x, x, length)))[0])
    if least < FLOOR:
        raise ParameterError(
            f"kernel_task: the kernel's least eigenvalue is {least:.1g}: training inputs stand"
            " twice, or nearer than float64 can tell; leave some out or shorten the length scale"
        )
    task = task_of(*residual_law(x, y, at, wanted, length))
    alive = np.asarray(task.spectrum) > 0
    if not alive.any() or float(np.max(task.spectrum)) * wanted.size < FLOOR:
        raise ParameterError("kernel_task: the data determine every test value: the error is known")
    spectrum, shifts, degrees = (np.asarray(part)[alive] for part in task[:3])
    return Task(spectrum, shifts, degrees, float(task.offset))


def _rows(name: str, value) -> np.ndarray:
    """Numbers, one row an input."""
    rows = np.asarray(value, float)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise ParameterError(f"kernel_task: {name} is not a table of finite numbers")
    return rows


# --------------------------------------------------------------------------------------------
# Points of the plane: six to learn from, six to be judged on

STEPS = np.array([0.7548776662466927, 0.5698402909980532])  # of the golden ratio's plane cousin
PLACES = 3 * (np.arange(1, 13)[:, None] * STEPS % 1)
LEARNT, JUDGED = PLACES[:6], PLACES[6:]


def wave(x):
    """The teacher: sin x_1 + cos(2 x_2)/2."""
    return np.sin(x[:, 0]) + np.cos(2 * x[:, 1]) / 2


def here(p, *, learnt=True) -> Task:
    """The task on these points; without its data, the prior's."""
    if not learnt:
        return task_of(-wave(JUDGED), rbf(JUDGED, JUDGED, p.length))
    return task_of(*residual_law(LEARNT, wave(LEARNT), JUDGED, wave(JUDGED), p.length))


CASES = (Params(eps=0.1), Params(eps=0.1, length=0.6))


@claim.law(
    "error",
    at=CASES,
    mode="kernel",
    width=0.04,
    source="the kernel space of the authors' code; its law derived",
    twin=Twin("the prior's: the training set forgotten", learnt=False),
)
def kernel_exact(p, x, *, learnt=True):
    """e = sum_j lam_j (z_j + b_j)^2, lam of the Schur complement of the kernel matrix."""
    task = here(p, learnt=learnt)
    return quadratic_form_cdf(x - task.offset, task.spectrum, task.degrees, task.shifts)


@claim.equals(
    lambda run, p: run["error"] <= p.eps,
    at=(CASES[0], CASES[0].but(eps=0.02)),
    mode="kernel",
    within=0.01,
    twin=Twin("the mean's error left out", biased=0.0),
)
def kernel_bias(p, *, biased=1.0):
    """exp(-I(eps)), I of the generalised chi-square: what S sampled hypotheses count."""
    task = here(p)
    return jnp.exp(-exact(p.eps, task[0], biased * task[1], *task[2:]))
