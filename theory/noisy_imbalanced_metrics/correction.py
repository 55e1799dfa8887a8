"""From an annotated table and known noise back to the clean metrics, with their intervals."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Ge, Le, ParameterError, Scalar, Twin, closed_form, normal_quantile, own_checks,
)  # fmt: skip
from theory.noisy_imbalanced_metrics.metrics import Metrics, annotated, metrics, variances
from theory.noisy_imbalanced_metrics.noise import TABLES, noisy
from theory.noisy_imbalanced_metrics.params import (
    EXAMPLE, NO_INFORMATION, Noise, Params, Rate, Share,
)  # fmt: skip

claim = Claims("derived")
BELOW = "is not above beta: below the annotation's own false alarms; the noise is not this"
ABOVE = "is not below 1 - alpha: more than all positives; the noise is not this"


def inverse(pit, tt, ft, alpha, beta):
    """(pi, t, f), possibly outside the rates' range."""
    lam, q = 1 - alpha - beta, pit * tt + (1 - pit) * ft
    hit, pi = (pit * tt - beta * q) / lam, (pit - beta) / lam
    return pi, hit / pi, (q - hit) / (1 - pi)


@closed_form(
    example=EXAMPLE | {"pit": 0.3, "tt": 0.5, "ft": 0.1},
    alpha=(NO_INFORMATION, lambda alpha, beta: alpha + beta < 1),
    pit=(f"{BELOW}, or {ABOVE}", lambda pit, alpha, beta: (pit > beta) & (pit < 1 - alpha)),
)
def corrected_table(pit: Share, tt: Rate, ft: Rate, alpha: Noise, beta: Noise):
    """(pi, t, f) from the annotated table: pi = (pit - beta)/(1 - alpha - beta),
    TP = (TPt - beta q)/(1 - alpha - beta), the rest by subtraction.

    Of a sample t and f may leave [0, 1]: they are unbiased in the cells, and not clipped.
    """
    return inverse(pit, tt, ft, alpha, beta)


def estimates(pit, tt, ft, alpha, beta):
    """All clean metrics."""
    return metrics(*inverse(pit, tt, ft, alpha, beta))


def error_squares(table, noise, n, noise_errors=(0.0, 0.0)):
    """Variances of the clean metrics' estimates, to order 1/n, the noise rates' own included."""
    pit, tt, ft = table
    own = (
        pit * (1 - pit) / n, tt * (1 - tt) / (n * pit), ft * (1 - ft) / (n * (1 - pit)),
        *(e**2 for e in noise_errors),
    )  # fmt: skip
    slopes = jax.jacfwd(estimates, tuple(range(5)))(*table, *noise)
    return Metrics(*(sum(s**2 * v for s, v in zip(row, own, strict=True)) for row in slopes))


@claim.identity(
    lambda p: jnp.stack(corrected_table(*annotated(*p.clean, *p.noise), *p.noise)),
    over=TABLES,
    within=1e-11,
    why="pit - beta at pi = 1e-3",
    twin=Twin("divided by 1 - alpha", noise=lambda p: (p.alpha, 0.0)),
)
def noise_correction(p, *, noise=None):
    """The clean table: pi = (pit - beta)/lam, TP = (TPt - beta q)/lam, lam = 1 - alpha - beta."""
    if noise is not None:
        return jnp.stack(inverse(*annotated(*p.clean, *p.noise), *noise(p)))
    return jnp.stack(p.clean)


COUNTED = Params(pi=0.1, n=2000)


def corrected_hits(run, p):
    """A reading: (TPt - beta q)/(1 - alpha - beta) of the counts."""
    shares = run["shares"][:, 0, 1]
    return (shares[:, 1, 1] - p.beta * shares[:, :, 1].sum(1)) / p.lam


@claim.equals(
    corrected_hits,
    at=(COUNTED, Params()),
    variance=lambda p: p.q / (p.n * p.lam**2),  # Var (1{Yt=1} - beta) 1{Yh=1} <= E of the last
    within=5e-4,
    why="unbiased; the width asked for",
    twin=Twin("what is seen without correction", corrected=0),
    known=((Params(), ".024"),),
)
def noise_correction_unbiased(p, *, corrected=1):
    """E (TPt - beta q)/(1 - alpha - beta) = pi t, over data sets; negative ones count too."""
    return p.pi * p.t if corrected else p.pi * (1 - p.alpha) * p.t + (1 - p.pi) * p.beta * p.f


def widened_variance(p, by=2):
    """Var prect/lam^2."""
    return variances(*annotated(*p.clean, *p.noise), p.n).precision / p.lam**by


@claim.equals(
    lambda run, p: (noisy("precision")(run, p) - p.beta) / p.lam,
    statistic="variance",
    at=COUNTED,
    trials=40_000,
    fourth_moment=lambda p: 4 * widened_variance(p) ** 2,
    within=lambda p: 0.05 * widened_variance(p),
    why="the next order, 1/(n q) = .8 %",
    twin=Twin("Var prect", widened=0),
)
def noise_correction_variance(p, *, widened=2):
    """The corrected precision has the variance Var prect/(1 - alpha - beta)^2."""
    return widened_variance(p, widened)


@jax.jit
def inside(shares, tt, j, p, rates):
    """Whether the clean F1 lies in the 95 % interval about its corrected estimate, 0 or 1."""

    def one(shares, tt, j):
        table = jnp.sum(shares[1]), tt, tt - j
        error = jnp.sqrt(error_squares(table, rates, p.n).f1)
        gap = estimates(*table, *rates).f1 - metrics(*p.clean).f1
        return 1.0 * (jnp.abs(gap) <= 1.959964 * error)

    return jax.vmap(one)(shares, tt, j)


def covered(noise=None):
    """A reading of that, with the model's noise or another."""
    return lambda run, p: inside(
        run["shares"][:, 0, 1], run["recall"][:, 0, 1], run["j"][:, 0, 1], p, noise or p.noise
    )


@claim.equals(
    covered(),
    at=(COUNTED, Params(pi=0.03, n=20_000)),
    within=0.02,
    why="skewness, of order 1/sqrt(n pit): under .01 seen",
    twin=Twin("the interval about what is seen", observable=covered((0.0, 0.0))),
)
def corrected_intervals_cover(p):
    """The 95 % interval of the corrected F1 covers the clean F1 in 95 % of data sets."""
    return 0.95


# --------------------------------------------------------------------------------------------
# Your own table


class Corrected(NamedTuple):
    """What annotated counts say of the clean metrics.

    Attributes:
        annotated: the metrics as counted.
        clean, error: estimates without the annotation's noise, and their standard errors. Of few
            counts an estimate may leave its range (a negative recall); it is not clipped.
        low, high: ends of the intervals, estimate -+ z error.
        prevalence: the clean one.
        purity: of the annotated positives, the share that are positive.
    """

    annotated: Metrics
    clean: Metrics
    error: Metrics
    low: Metrics
    high: Metrics
    prevalence: float
    purity: float


Level = Annotated[Scalar, Ge(0), Le(1)]


@own_checks("counts and rates are refused by name, with what they contradict")
def corrected(
    counts: Any,
    alpha: float,
    beta: float,
    *,
    errors: tuple[float, float] = (0.0, 0.0),
    level: float = 0.95,
) -> Corrected:
    """Clean metrics from (TP, FN, FP, TN) against labels of known annotation noise.

    Args:
        counts: four numbers, or [[TN, FP], [FN, TP]] (rows the annotated class 0, 1).
        alpha, beta: P(annotated 0 | positive), P(annotated 1 | negative).
        errors: their standard errors, where they were measured (on re-annotated items).
        level: of the intervals, by the delta method: trust them where all counts exceed 10.

    Raises ParameterError, by name, for counts that the noise contradicts.
    """
    tp, fn, fp, tn = _four(counts)
    n, (alpha, beta) = tp + fn + fp + tn, (_rate("alpha", alpha), _rate("beta", beta))
    if alpha + beta >= 1:
        raise ParameterError(f"alpha = {alpha:g} with beta = {beta:g} {NO_INFORMATION}")
    if not 0 < level < 1:
        raise ParameterError(f"level = {level!r} is outside (0, 1)")
    if not all(np.isfinite(e) and e >= 0 for e in errors):
        raise ParameterError(f"errors = {errors!r}: two standard errors >= 0")
    for name, total, what in (
        ("TP + FN", tp + fn, "annotated positive"), ("FP + TN", fp + tn, "annotated negative"),
        ("TP + FP", tp + fp, "predicted positive"), ("FN + TN", fn + tn, "predicted negative"),
    ):  # fmt: skip
        if total == 0:
            raise ParameterError(f"{name} = 0: no {what}, and metrics are undefined")
    table = ((tp + fn) / n, tp / (tp + fn), fp / (fp + tn))
    if not beta < table[0] < 1 - alpha:
        wrong = BELOW if table[0] <= beta else ABOVE
        raise ParameterError(f"annotated prevalence {table[0]:.6g} {wrong}")
    found = estimates(*table, alpha, beta)
    error = [np.sqrt(v) for v in error_squares(table, (alpha, beta), n, errors)]
    z = float(normal_quantile((1 + level) / 2))
    pi = inverse(*table, alpha, beta)[0]
    return Corrected(
        _floats(metrics(*table)),
        _floats(found),
        _floats(error),
        _floats([m - z * e for m, e in zip(found, error, strict=True)]),
        _floats([m + z * e for m, e in zip(found, error, strict=True)]),
        pi,
        pi * (1 - alpha) / table[0],
    )


def _four(counts):
    given = np.asarray(counts, dtype=float)
    if given.shape == (2, 2):
        given = given.ravel()[[3, 2, 1, 0]]
    if given.shape != (4,):
        raise ParameterError(
            f"counts of shape {given.shape}: wanted TP, FN, FP, TN or [[TN, FP], [FN, TP]]"
        )
    if not (np.isfinite(given).all() and (given >= 0).all() and (given == np.round(given)).all()):
        raise ParameterError(f"counts {given.tolist()}: wanted whole numbers >= 0")
    return map(float, given)


def _rate(name, value):
    if not 0 <= value < 1:
        raise ParameterError(f"{name} = {value!r} is outside [0, 1)")
    return float(value)


def _floats(values):
    return Metrics(*(float(v) for v in values))
