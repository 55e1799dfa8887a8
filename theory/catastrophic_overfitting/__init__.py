"""Catastrophic overfitting: what a single-step attack can be fooled by, in the smallest model.

A sample has the margin M + sum_j g(x_j), g(x) = b x - c x^3 with b > 0, c >= 0: n nuisance
coordinates perturbed by x_j in [-1, 1], in units of the ball's radius. Everything hangs on the
distortion q = c/b. FGSM goes to x = -1, b's sign; with start noise U[-k, k] the step is -sign(g').
Training descends a decreasing loss of the margin at the attacked point; c moves kappa times as fast
as b. An example is abnormal (AAE) if its loss, at the noisy start, falls by the step; AAER weighs
such examples by 1 - lambda1 lambda2.

The paper is empirical. The model and all statements but the definitions are ours, in the lowest
order that bends: all coordinates share (b, c); the statements on noise and AAER hold for a linear
loss. It explains why FGSM's accuracy rises while the worst case falls, why abnormal examples come
first, why wide unprojected noise helps and narrow or projected noise does not, and what AAER's
weights do. It says nothing of depth, of what makes c learn (kappa is given), nor of
AAER's third term (the logits' change); and with noise the share of AAEs does not rise monotonely.
"""

from theory import Paper
from theory.catastrophic_overfitting.landscape import (
    descended_far, descended_value, kinked_worst, worst_value,
)  # fmt: skip
from theory.catastrophic_overfitting.locks import (
    arrest, locked_ratio, noise_width, regularised_push,
)  # fmt: skip
from theory.catastrophic_overfitting.noise import (
    abnormal_change, abnormal_onset, abnormal_share, mean_change, noise_push, projected_push,
)  # fmt: skip
from theory.catastrophic_overfitting.params import Params
from theory.catastrophic_overfitting.training import (
    clock_time, critical_radius, effective_time, recovery_time,
)  # fmt: skip

PAPER = Paper(
    "Eliminating Catastrophic Overfitting Via Abnormal Adversarial Examples Regularization",
    "Runqi Lin, Chaojian Yu, Tongliang Liu",
    "NeurIPS 2023",
    "2404.08154",
    topics=("robustness", "overfitting"),
)

__all__ = [
    "PAPER", "Params", "abnormal_change", "abnormal_onset", "abnormal_share", "arrest",
    "clock_time", "critical_radius", "descended_far", "descended_value", "effective_time",
    "kinked_worst", "locked_ratio", "mean_change", "noise_push", "noise_width", "projected_push",
    "recovery_time", "regularised_push", "worst_value",
]  # fmt: skip
