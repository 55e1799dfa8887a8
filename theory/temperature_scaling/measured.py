"""Your own logits: the best temperature, what it leaves, and whether any does better."""

from typing import Any, NamedTuple

import numpy as np

from theory import ParameterError, normal_quantile, own_checks

BINS = 15


class Error(NamedTuple):
    """The top-label calibration error: over 15 bins, and an interval that holds for all at once."""

    value: float
    low: float
    high: float


class Measured(NamedTuple):
    """What one temperature does to logits with labels, and what it cannot do. In nats.

    Attributes:
        temperature, low, high: the best one and its 95 % interval; 0 where every label is on top,
            infinite where the logits say nothing.
        accuracy: the share of labels on top.
        loss_at_1, loss: log loss at T = 1 and at the best T. No T has less: it is convex in 1/T.
        error_at_1, error: calibration errors there.
        floor, floor_error: calibration error (KL) that no temperature removes, at least, and its
            standard error.
    """

    temperature: float
    low: float
    high: float
    accuracy: float
    loss_at_1: float
    loss: float
    error_at_1: Error
    error: Error
    floor: float
    floor_error: float


def log_shares(logits: Any, beta: float) -> np.ndarray:
    """log softmax(beta logits), the logits' largest being 0."""
    scaled = beta * logits
    return scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))


def best_inverse(logits: Any, labels: Any) -> tuple[float, float]:
    """(1/T of least log loss, its standard error): Newton within a bracket; (inf, 0) if T = 0."""
    rows = np.arange(len(labels))
    own = logits[rows, labels]

    def slopes(beta):
        p = np.exp(log_shares(logits, beta))
        mean = (p * logits).sum(axis=1)
        return mean - own, ((p * logits**2).sum(axis=1) - mean**2).mean()

    if not (logits.max(axis=1) - own).any():
        return np.inf, 0.0
    if slopes(0.0)[0].mean() >= 0:
        return 0.0, 0.0
    low, high = 0.0, 1 / np.abs(logits).max()
    while slopes(high)[0].mean() < 0:
        low, high = high, 2 * high
    beta = (low + high) / 2
    for _ in range(100):
        slope, curve = slopes(beta)
        if slope.mean() < 0:
            low = beta
        else:
            high = beta
        step = beta - slope.mean() / curve if curve > 0 else low
        new = step if low < step < high else (low + high) / 2
        if abs(new - beta) <= 1e-13 * high:
            break
        beta = new
    slope, curve = slopes(beta)
    return beta, float(slope.std() / (curve * len(labels) ** 0.5))


def top_error(log_p: Any, labels: Any) -> Error:
    """The expected calibration error of the top class, and a simultaneous 95 % interval.

    sum_b (n_b/n) |mean of (right - confidence)|, each bin's mean to within
    z sd_b/sqrt(n_b), z the normal quantile at 1 - .05/(2 bins); sd_b not below that of one
    more right and one more wrong answer, so that a bin of equal answers is not sure.
    """
    confidence = np.exp(log_p.max(axis=1))
    right = log_p.argmax(axis=1) == labels
    place = np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1).astype(int)
    count = np.bincount(place, minlength=BINS)
    used = count > 0
    n = count[used]
    gap = np.bincount(place, right - confidence, BINS)[used] / n
    share = (np.bincount(place, right, BINS)[used] + 1) / (n + 2)
    half = float(normal_quantile(1 - 0.025 / used.sum())) * np.sqrt(share * (1 - share) / n)
    near, far = np.maximum(np.abs(gap) - half, 0), np.minimum(np.abs(gap) + half, 1)
    return Error(*(float(n @ x / n.sum()) for x in (np.abs(gap), near, far)))


def regrouped(log_p: Any, labels: Any, fresh: Any) -> np.ndarray:
    """Predictions for ``fresh`` rows, reweighted by what came of each top class in the others.

    p_j -> p_j (N_cj + e_j)/(M_cj + e_j), normalised: N_cj labels j under top class c, M_cj as many
    as predicted, e_j = M_cj/max(M_c, 1) + 1/k.
    """
    k = log_p.shape[1]
    top = log_p.argmax(axis=1)
    said, seen = np.zeros((k, k)), np.zeros((k, k))
    np.add.at(said, top, np.exp(log_p))
    np.add.at(seen, (top, labels), 1)
    extra = said / np.maximum(said.sum(axis=1, keepdims=True), 1) + 1 / k
    new = fresh + np.log((seen + extra) / (said + extra))[fresh.argmax(axis=1)]
    return new - np.log(np.exp(new).sum(axis=1, keepdims=True))


@own_checks("logits and labels of a user: arrays of one length")
def measured(logits, labels) -> Measured:
    """The best temperature of (N, k) logits with N labels 0 .. k - 1, and its limits.

    KL to the true posteriors is log loss - H(Y|X), and H(Y|X) is at most the log loss of *any*
    prediction. So the loss at the best T minus that of another prediction bounds from below the KL
    that every temperature leaves. The other one reweights by what came of each top class, fitted on
    one half of the rows and judged on the other, both ways (even and odd rows: shuffle sorted
    files). Raises ParameterError for shapes or labels that do not fit and for numbers that are not
    finite.
    """
    logits, given = np.asarray(logits, float), np.asarray(labels)
    if logits.ndim != 2 or logits.shape[1] < 2 or not np.isfinite(logits).all():
        raise ParameterError(f"measured: logits of shape {logits.shape} are not N x k finite ones")
    n, k = logits.shape
    if given.shape != (n,) or n < 20:
        raise ParameterError(f"measured: {n} logits and labels {given.shape}: 20 of each, or more")
    labels = given.astype(int, copy=False) if np.isfinite(given).all() else np.full(n, -1)
    if (labels != given).any() or labels.min() < 0 or labels.max() >= k:
        raise ParameterError(f"measured: labels are not whole numbers from 0 to {k - 1}")
    logits = logits - logits.max(axis=1, keepdims=True)
    rows = np.arange(n)
    beta, error = best_inverse(logits, labels)
    reach = 1.959964 * error
    used = min(beta, 1e12 / max(-logits.min(), 1e-300))
    log_p, at_1 = log_shares(logits, used), log_shares(logits, 1.0)
    loss = -log_p[rows, labels]
    other = np.empty(n)
    for half in (rows % 2 == 0, rows % 2 == 1):
        new = regrouped(log_p[~half], labels[~half], log_p[half])
        other[half] = -new[np.arange(half.sum()), labels[half]]
    gain = loss - other
    with np.errstate(divide="ignore"):
        temperature, low, high = (float(np.divide(1.0, b)) for b in (
            beta, beta + reach, max(beta - reach, 0.0)))  # fmt: skip
    return Measured(
        temperature=temperature,
        low=low,
        high=high,
        accuracy=float((log_p.argmax(axis=1) == labels).mean()),
        loss_at_1=float(-at_1[rows, labels].mean()),
        loss=float(loss.mean()),
        error_at_1=top_error(at_1, labels),
        error=top_error(log_p, labels),
        floor=float(gain.mean()),
        floor_error=float(gain.std() / n**0.5),
    )
