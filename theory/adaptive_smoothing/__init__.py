"""Adaptive smoothing: an accurate and a robust classifier mixed, and what can be certified.

g is accurate and not robust, h robust; both give probabilities over c classes. The mixture is
f_i(x) = log((1 - alpha) g_i(x) + alpha h_i(x)), alpha = sigmoid(gamma) in [0, 1]; y is h's label,
y' its runner-up. Nothing is assumed of g: a certificate holds whatever g answers on the ball.
h is Lipschitz, or smoothed, h(x) = E hbar(x + xi), xi ~ N(0, sigma^2 I), hbar in [0, 1].

The Gaussian model has labels y = +-1 and two coordinates, z_h ~ N(y m_h, s_h^2) and
z_g ~ N(y m_g, s_g^2), independent given y; g is hard, 1{z_g > 0}, h logistic, sigmoid(beta z_h),
or the smoothed half-space Phi(z_h/sigma); attacks move (z_h, z_g) by at most eps in l_2. It is a
model of the trade, and ours: g robust nowhere and h unsure where it errs are put in by hand.

The paper's theorem numbers are not cited. Its two radii are valid; the smoothed one is not tight
for alpha < 1, and its Lipschitz constant sqrt(2/pi)/sigma is twice the largest slope.
"""

from theory import Paper
from theory.adaptive_smoothing.accuracy import (
    certified_by_slope, certified_by_smoothing, certified_tightly, clean_accuracy, robust_accuracy,
)  # fmt: skip
from theory.adaptive_smoothing.band import adaptive_radius, band, logistic_radius, smoothed_band
from theory.adaptive_smoothing.certificates import (
    halfspace_radius, lipschitz_radius, smoothing_radius, tight_radius,
)  # fmt: skip
from theory.adaptive_smoothing.params import Params

PAPER = Paper(
    "Improving the Accuracy-Robustness Trade-Off of Classifiers via Adaptive Smoothing",
    "Yatong Bai, Brendon G. Anderson, Aerin Kim, Somayeh Sojoudi",
    "SIAM Journal on Mathematics of Data Science 6(3), 2024",
    "2301.12554",
    topics=("robustness", "classification"),
)

__all__ = [
    "PAPER", "Params", "adaptive_radius", "band", "certified_by_slope", "certified_by_smoothing",
    "certified_tightly", "clean_accuracy", "halfspace_radius", "lipschitz_radius",
    "logistic_radius", "robust_accuracy", "smoothed_band", "smoothing_radius", "tight_radius",
]  # fmt: skip
