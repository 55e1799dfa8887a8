"""The metrics of a table given as (pi, t, f): prevalence, true and false positive rate.

The table against annotated labels is such a triple too, :func:`annotated`; so a metric's value
under noise is the same formula there.
"""

from typing import Any, NamedTuple

from theory import closed_form, sqrt
from theory.noisy_imbalanced_metrics.params import (
    BOTH_CALLED, EXAMPLE, INFORMED, SOME_CALLED, SOME_PASSED, Noise, Rate, Share, Size,
)  # fmt: skip


class Metrics(NamedTuple):
    """A number for each metric."""

    precision: Any
    npv: Any
    recall: Any
    f1: Any
    g_mean: Any
    j: Any
    mcc: Any
    kappa: Any
    accuracy: Any


KEPT = ("precision", "npv", "j", "mcc")
"""Metrics by which label noise never reorders two classifiers."""


def called(pi, t, f):
    """(q, 1 - q): shares of predicted positives and negatives, without cancellation."""
    return pi * t + (1 - pi) * f, pi * (1 - t) + (1 - pi) * (1 - f)


@closed_form(example=EXAMPLE, f=SOME_CALLED)
def precision(pi: Share, t: Rate, f: Rate):
    """pi t/(pi t + (1 - pi) f)."""
    return pi * t / called(pi, t, f)[0]


@closed_form(example=EXAMPLE, f=SOME_PASSED)
def npv(pi: Share, t: Rate, f: Rate):
    """(1 - pi)(1 - f)/(1 - q), q = pi t + (1 - pi) f: the negatives' precision."""
    return (1 - pi) * (1 - f) / called(pi, t, f)[1]


@closed_form(example=EXAMPLE)
def f1(pi: Share, t: Rate, f: Rate):
    """2 TP/(2 TP + FP + FN) = 2 pi t/(pi + q)."""
    return 2 * pi * t / (pi + called(pi, t, f)[0])


@closed_form(example=EXAMPLE)
def g_mean(t: Rate, f: Rate):
    """sqrt(t (1 - f)); its slopes are infinite at t = 0 and f = 1."""
    return sqrt(t) * sqrt(1 - f)


@closed_form(example=EXAMPLE, f=BOTH_CALLED)
def mcc(pi: Share, t: Rate, f: Rate):
    """Matthews' correlation (phi): (t - f) sqrt(pi (1 - pi)/(q (1 - q)))."""
    q, rest = called(pi, t, f)
    return (t - f) * sqrt(pi * (1 - pi) / (q * rest))


@closed_form(example=EXAMPLE)
def kappa(pi: Share, t: Rate, f: Rate):
    """Cohen's 2 pi (1 - pi)(t - f)/(pi (1 - q) + q (1 - pi))."""
    q, rest = called(pi, t, f)
    return 2 * pi * (1 - pi) * (t - f) / (pi * rest + q * (1 - pi))


@closed_form(example=EXAMPLE)
def accuracy(pi: Share, t: Rate, f: Rate):
    """pi t + (1 - pi)(1 - f)."""
    return pi * t + (1 - pi) * (1 - f)


def metrics(pi, t, f):
    """All metrics at once; of estimates too, which may lie outside the rates' range."""
    return Metrics(
        precision.__wrapped__(pi, t, f),
        npv.__wrapped__(pi, t, f),
        t,
        f1.__wrapped__(pi, t, f),
        sqrt(t * (1 - f)),
        t - f,
        mcc.__wrapped__(pi, t, f),
        kappa.__wrapped__(pi, t, f),
        accuracy.__wrapped__(pi, t, f),
    )


@closed_form(example=EXAMPLE, alpha=INFORMED)
def annotated(pi: Share, t: Rate, f: Rate, alpha: Noise, beta: Noise):
    """(pit, tt, ft), the table against annotated labels, where labels err whatever the score.

    pit = pi (1 - alpha) + (1 - pi) beta; tt = eta t + (1 - eta) f and ft = om t + (1 - om) f, with
    eta = P(Y = 1 | annotated 1) = pi (1 - alpha)/pit, om = P(Y = 1 | annotated 0).
    """
    pit, rest = pi * (1 - alpha) + (1 - pi) * beta, pi * alpha + (1 - pi) * (1 - beta)
    tt = (pi * (1 - alpha) * t + (1 - pi) * beta * f) / pit
    ft = (pi * alpha * t + (1 - pi) * (1 - beta) * f) / rest
    return pit, tt, ft


@closed_form(example=EXAMPLE, alpha=INFORMED)
def contraction(pi: Share, alpha: Noise, beta: Noise):
    """eta - om = (1 - alpha - beta) pi (1 - pi)/(pit (1 - pit)): what J and AUC - 1/2 shrink by."""
    pit, rest = pi * (1 - alpha) + (1 - pi) * beta, pi * alpha + (1 - pi) * (1 - beta)
    return (1 - alpha - beta) * pi * (1 - pi) / (pit * rest)


@closed_form(example=EXAMPLE, f=BOTH_CALLED)
def variances(pi: Share, t: Rate, f: Rate, n: Size):
    """Of the metrics of n items, to order 1/n (delta method): (m_pi^2 pi (1 - pi) +
    m_t^2 t (1 - t)/pi + m_f^2 f (1 - f)/(1 - pi))/n, for a clean or an annotated table (pi, t, f).
    """
    q, rest = called(pi, t, f)
    p, v = pi * t / q, (1 - pi) * (1 - f) / rest
    score = 2 * pi * t / (pi + q)
    r = (t - f) * sqrt(pi * (1 - pi) / (q * rest))
    skew = (2 * pi - 1) * (2 * q - 1) / sqrt(pi * (1 - pi) * q * rest)
    both = (2 * pi - 1) ** 2 / (pi * (1 - pi)) + (2 * q - 1) ** 2 / (q * rest)
    of_t, of_f = t * (1 - t) / pi, f * (1 - f) / (1 - pi)
    right = pi * t + (1 - pi) * (1 - f)
    return Metrics(
        p * (1 - p) / (n * q),
        v * (1 - v) / (n * rest),
        of_t / n,
        score * (1 - score) * (2 - score) ** 2 / (2 * n * (pi + (1 - pi) * f)),
        ((1 - f) * (1 - t) / pi + t * f / (1 - pi)) / (4 * n),
        (of_t + of_f) / n,
        (1 - r**2 + r * (1 + r**2 / 2) * skew - 3 * r**2 * both / 4) / n,
        _kappa_variance(pi, t, f) / n,
        right * (1 - right) / n,
    )


def _kappa_variance(pi, t, f):
    q, rest = called(pi, t, f)
    chance, j, turn = pi * rest + q * (1 - pi), t - f, 1 - 2 * pi
    k = 2 * pi * (1 - pi) * j / chance
    by_t = pi * (2 * (1 - pi) - k * turn) / chance
    by_f = -(1 - pi) * (2 * pi + k * turn) / chance
    by_pi = (2 * turn * j - k * (1 - 2 * q + j * turn)) / chance
    return by_t**2 * t * (1 - t) / pi + by_f**2 * f * (1 - f) / (1 - pi) + by_pi**2 * pi * (1 - pi)
