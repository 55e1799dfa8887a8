"""Multi-sample dropout: the losses of M masks an example averaged, in linear models, exactly.

Features h in R^d before a linear layer w; a mask b has entries 1/q with chance q = 1 - p, else 0,
so that E b = 1, Var b_j = c = p/q. Each of B examples gets M masks, and the loss is the mean of
l(y, w.(b o h)) over examples and masks: losses are averaged, not predictions. r = y - w.h and
Q = sum_j w_j^2 h_j^2 are the residual and the proxy of an example without dropout. On the stream,
y = w0.x + eps with Var eps = s2, |w0|^2 = n0, every step has fresh x with E x_j^2 = 1,
E x_j^4 = k (3: normals), and SGD of step eta starts at w = 0. V_data and V_mask are the parts of
the gradient's variance over examples and over masks; phi is the share of an iteration's time that
the layers after dropout take, K the coefficient of |w|^2 in the gradient's mean square.

What this explains: that M masks train faster without changing the objective, how much faster, why
gains flatten near M = 8 and end at 1/q^2, and how many masks pay. They divide V_mask alone, so N(M)
examples, the noise scale, replace N(1); SGD at its best step then forgets at log(1 + B/N) a step.
Beyond the paper: masks of one example drawn together, any kurtosis, features of unequal variance,
and the best M, B and step in time at once. Not said: deep layers before dropout, whose weights
move too, other losses beyond their expansion, momentum; the paper is empirical and its body was
not to be had. The bound 1/q^2 fails for features like signs (k < 1 + q), and more than one mask
pays where (1 - phi) V_mask > 2 phi V_data: without the 2, as for real M, whole M do not yet help.
"""

from theory import Paper
from theory.multi_sample_dropout.cost import (
    best_batch, best_masks, best_whole_masks, least_cost, least_time, relative_cost, time_to_forget,
)  # fmt: skip
from theory.multi_sample_dropout.coupling import best_coupling, copy_covariance
from theory.multi_sample_dropout.example import (
    ensemble_loss, ensemble_weights, expected_loss, gradient_noise, gradient_second_moment,
    marginal_weights, mask_covariance, mean_gradient,
)  # fmt: skip
from theory.multi_sample_dropout.glm import mask_cumulants, penalty_terms, rare_penalty
from theory.multi_sample_dropout.params import Params
from theory.multi_sample_dropout.spectrum import (
    floor_by_direction, spectral_largest_step, spectrum_step,
)  # fmt: skip
from theory.multi_sample_dropout.speed import (
    best_rate, best_step, gain_share, largest_step, least_coupling, noise_scale, speed, speedup,
)  # fmt: skip
from theory.multi_sample_dropout.stream import (
    floor_slope, mean_along, noise_parts, stationary_distance, stream_distance, stream_step,
)  # fmt: skip

PAPER = Paper(
    "Multi-Sample Dropout for Accelerated Training and Better Generalization",
    "Hiroshi Inoue",
    "arXiv, 2019",
    "1905.09788",
    topics=("regularisation", "optimisation"),
)

__all__ = [
    "PAPER", "Params", "best_batch", "best_coupling", "best_masks", "best_rate", "best_step",
    "best_whole_masks", "copy_covariance", "ensemble_loss", "ensemble_weights", "expected_loss",
    "floor_by_direction", "floor_slope", "gain_share", "gradient_noise", "gradient_second_moment",
    "largest_step", "least_cost", "least_coupling", "least_time", "marginal_weights",
    "mask_covariance", "mask_cumulants", "mean_along", "mean_gradient", "noise_parts",
    "noise_scale", "penalty_terms", "rare_penalty", "relative_cost", "spectral_largest_step",
    "spectrum_step", "speed", "speedup", "stationary_distance", "stream_distance", "stream_step",
    "time_to_forget",
]  # fmt: skip
