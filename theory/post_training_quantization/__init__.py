"""Post-training quantisation: calibration on few samples, bits for layers, statistics again.

A trained network is quantised without its labels. One scalar x ~ N(0, 1) (or Laplace) meets a
saturating uniform quantiser of N levels. One neuron has weights w in R^K, |w| = 1; its B
calibration inputs x ~ N(0, I) come quantised, xt = x + e with e ~ N(0, t2 I) (or xt = Q(x)), and
a correction v minimises |X w - Xt (w + v)|^2. risk = E (w.x - (w + v).xt)^2 on new inputs: t2 at
v = 0, s2 = t2/(1 + t2) at best. Weights are rounded to a grid of step D against the inputs' second
moment S. Layer l of n_l parameters loses c_l 4^-b_l at b_l bits, and losses add. Outputs y before
and yt after quantisation correlate by rho, and yt is brought to y's mean and variance.

What this explains: how large the error of any range and number of levels is, why noise plus
clipping underestimates it, and that at the best range nothing is left to rescale; when calibration
on few samples overfits (B < K + 1 + K/t2), that ridge never does, what alike patches of images
count for, and that rounding weights one by one against B samples overfits in the same way; what
whole bits cost, and when greedy steps find them; what statistics estimated again can and cannot
mend. What it does not: layers are calibrated one at a time, networks are not linear, and the body
of the paper was not to be had: these are models of the three parts that its abstract names.
Mid-rise (even N, 2^b levels) unless N is odd, which has a level at 0.
"""

from theory import Paper
from theory.post_training_quantization.allocation import (
    greedy_losses, hull_losses, integer_bits, integer_losses, relaxed_bits, relaxed_level,
    relaxed_loss,
)  # fmt: skip
from theory.post_training_quantization.calibration import (
    best_few, calibration_risk, calibration_threshold, few_samples_threshold, interpolation_risk,
    least_squares_risk, noise_floor, removable, risk_cdf,
)  # fmt: skip
from theory.post_training_quantization.params import Params
from theory.post_training_quantization.patches import effective_samples, image_risk, patch_samples
from theory.post_training_quantization.quantiser import (
    best_clip, best_clip_laplace, cell_sum, gaussian_moments, gaussian_mse, laplace_mse,
)  # fmt: skip
from theory.post_training_quantization.resolution import (
    corrected_mse, split_clip, split_clip_laplace, split_mse, split_mse_laplace,
)  # fmt: skip
from theory.post_training_quantization.ridge import best_penalty, best_ridge_risk, ridge_risk
from theory.post_training_quantization.rounding import (
    ball_constant, calibrated_rounding_error, seen_rounding_error, sequential_error,
)  # fmt: skip
from theory.post_training_quantization.statistics import (
    affine_error, bias_threshold, bias_tuned_error, matching_error, reestimated_error,
)  # fmt: skip

PAPER = Paper(
    "Accurate Post Training Quantization With Small Calibration Sets",
    "Itay Hubara, Yury Nahshan, Yair Hanani, Ron Banner, Daniel Soudry",
    "ICML 2021",
    "2006.10518",
    topics=("compression", "overfitting", "regularisation"),
)

__all__ = [
    "PAPER", "Params", "affine_error", "ball_constant", "best_clip", "best_clip_laplace",
    "best_few", "best_penalty", "best_ridge_risk", "bias_threshold", "bias_tuned_error",
    "calibrated_rounding_error", "calibration_risk", "calibration_threshold", "cell_sum",
    "corrected_mse", "effective_samples", "few_samples_threshold", "gaussian_moments",
    "gaussian_mse", "greedy_losses", "hull_losses", "image_risk", "integer_bits",
    "integer_losses", "interpolation_risk", "laplace_mse", "least_squares_risk",
    "matching_error", "noise_floor", "patch_samples", "reestimated_error", "relaxed_bits",
    "relaxed_level", "relaxed_loss", "removable", "ridge_risk", "risk_cdf",
    "seen_rounding_error", "sequential_error", "split_clip", "split_clip_laplace", "split_mse",
    "split_mse_laplace",
]  # fmt: skip
