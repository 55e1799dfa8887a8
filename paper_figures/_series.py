"""Simulated series: means, intervals and residuals from samples or from given summaries."""

import dataclasses
from typing import Any

import numpy as np
from scipy import special

CONFIDENCE = 0.95
"""The level of every confidence interval that a figure draws."""


@dataclasses.dataclass(frozen=True)
class Points:
    """A simulated series as drawn: one entry for each x.

    Attributes:
        x, y: where the point stands.
        low, high: the ends of its bar (nan: no bar).
        standard_error: of y (nan where unknown).
        residual: (y - theory)/standard error (nan without theory).
        gap: |y - theory| (nan without theory).
        tolerance: the error that the theory itself admits (nan: none given).
        bars: what the bar is: "confidence", "quantiles", "given" or "none".
        quantiles: the two quantiles, where bars are quantiles.
    """

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    standard_error: np.ndarray
    residual: np.ndarray
    gap: np.ndarray
    tolerance: np.ndarray
    bars: str
    quantiles: tuple[float, float] | None = None

    @property
    def bars_in_words(self) -> str:
        """What the bars are, as the figure's caption says it."""
        if self.bars == "confidence":
            return f" with {100 * CONFIDENCE:g} % confidence intervals"
        if self.bars == "quantiles" and self.quantiles:
            low, high = (f"{100 * q:g}" for q in self.quantiles)
            return f" with the {low} % to {high} % quantiles of the trials"
        return ""

    def row(self, i: int) -> dict[str, float]:
        """The i-th point as the columns of the figure's data."""
        names = ["x", "y", "low", "high", "standard_error", "residual"]
        if not np.isnan(self.tolerance[i]):
            names.append("tolerance")
        return {name: getattr(self, name)[i] for name in names}


def summarise(
    x: np.ndarray,
    samples: Any = None,
    mean: Any = None,
    standard_error: Any = None,
    low: Any = None,
    high: Any = None,
    quantiles: tuple[float, float] | None = None,
    theory: np.ndarray | None = None,
    tolerance: Any = None,
    where: str = "",
) -> Points:
    """The series at x from samples (trials, len(x)), or from a mean and what comes with it.

    Raises ValueError naming the series (``where``) for input that does not fit together.
    """

    def refuse(what: str) -> ValueError:
        return ValueError(f"points {where!r}: {what}")

    def vector(name: str, values: Any) -> np.ndarray:
        array = np.asarray(values, dtype=float)
        if array.ndim > 1 or (array.ndim == 1 and array.shape != x.shape):
            raise refuse(f"{name} has shape {array.shape}, x has {len(x)} entries")
        if not np.all(np.isfinite(array)):
            raise refuse(f"{name} holds numbers that are not finite")
        return np.broadcast_to(array, x.shape)

    if (samples is None) == (mean is None):
        raise refuse("give either samples or mean")
    if (low is None) != (high is None):
        raise refuse("low and high come together")
    nothing = np.full(x.shape, np.nan)
    bars = "none"
    if samples is not None:
        if standard_error is not None:
            raise refuse("samples bring their own standard error")
        drawn = np.asarray(samples, dtype=float)
        drawn = drawn[:, None] if drawn.ndim == 1 and len(x) == 1 else drawn
        if drawn.ndim != 2 or drawn.shape[1] != len(x) or len(drawn) < 2:
            raise refuse(f"samples have shape {drawn.shape}, not (at least 2 trials, {len(x)})")
        if not np.all(np.isfinite(drawn)):
            raise refuse("samples hold numbers that are not finite")
        y, error, left, right = _of_samples(drawn, theory)
        bars = "confidence"
        if quantiles is not None:
            left, right = np.quantile(drawn, quantiles, axis=0)
            bars = "quantiles"
    else:
        if quantiles is not None:
            raise refuse("quantiles need samples")
        y = vector("mean", mean)
        error, left, right = nothing, nothing, nothing
        if standard_error is not None:
            error = vector("standard_error", standard_error)
            if np.any(error < 0):
                raise refuse("a standard error is negative")
            reach = special.ndtri((1 + CONFIDENCE) / 2) * error
            left, right, bars = y - reach, y + reach, "confidence"
    if low is not None:
        left, right, bars = vector("low", low), vector("high", high), "given"
    residual, gap = nothing, nothing
    if theory is not None:
        if np.any(np.isnan(error)):
            raise refuse("residuals need samples or a standard_error")
        residual, gap = _residual(y - theory, error, y), np.abs(y - theory)
    admitted = nothing
    if tolerance is not None:
        if theory is None:
            raise refuse("a tolerance needs a theory")
        admitted = vector("tolerance", tolerance)
        if np.any(admitted < 0):
            raise refuse("a tolerance is negative")
    return Points(x, y, left, right, error, residual, gap, admitted, bars, quantiles)


def _of_samples(
    samples: np.ndarray, theory: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard error and interval of each column."""
    trials = len(samples)
    y = samples.mean(axis=0)
    if np.all((samples == 0) | (samples == 1)):
        # A proportion: its sample variance vanishes at 0 and 1, where it is most often looked
        # at. So Wilson's interval, and the standard error under the theory (the score test's).
        z2 = special.ndtri((1 + CONFIDENCE) / 2) ** 2
        centre = (y + z2 / (2 * trials)) / (1 + z2 / trials)
        reach = np.sqrt(z2 * (y * (1 - y) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
        p = y if theory is None else np.clip(theory, 0, 1)
        return y, np.sqrt(p * (1 - p) / trials), centre - reach, centre + reach
    error = samples.std(axis=0, ddof=1) / np.sqrt(trials)
    reach = special.stdtrit(trials - 1, (1 + CONFIDENCE) / 2) * error
    return y, error, y - reach, y + reach


def _residual(difference: np.ndarray, error: np.ndarray, y: np.ndarray) -> np.ndarray:
    """difference/error; observables without randomness agree (0) or do not (+-inf)."""
    rounding = 1e-12 * np.maximum(np.abs(y), 1)  # sums of 1e4 float64 terms lose this much
    agree = np.abs(difference) <= rounding
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(agree & (error <= rounding), 0.0, difference / error)
