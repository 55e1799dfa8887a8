"""Temperature scaling: why one temperature cannot calibrate interpolators of overlapping classes.

Logits g(x) over k classes, prediction softmax(g(x)/T), and KL(g, T) = E KL(P(Y|X) || prediction) =
log loss - H(Y|X), a calibration error. *Flat* logits have a margin on one class and are equal
elsewhere. The *pair model* has k/2 pairs of classes far apart; within a pair X is uniform on
[0, 1] for class a and on [alpha, 1 + alpha] for b, so that a share w = 1 - alpha of the mass has
two equally likely classes. A nearest-neighbour interpolator is right on half of it, q = 1 - w/2,
and the best temperature spreads 1 - q over all k - 1 other classes where one of them has it:
KL = h(q) + (1 - q) log(k - 1) - w log 2. The votes of m neighbours do better, by log^2(k m)/m for
log k, as long as m/n is small. *Mixup* trains on mixtures lambda x + (1 - lambda) x',
lambda uniform, of two points of a pair; its minimiser has a KL below .138 for every k and overlap.
Beta(a, a) weights with a < 1 have a smaller one; in the plane mixtures of two points have a smaller
one too, those of three, which fill triangles, a larger one, below .168.

The body of the paper was not seen: definitions are reconstructed, its theorems are not numbered.
"No better than random" is true of the order log k only: the ratio tends to w/2. The log k law
needs logits that are nearly equal off the top; a margin alone does not give it.
"""

from theory.temperature_scaling.beta import mixup_kl_beta, mixup_share_beta
from theory.temperature_scaling.command import command
from theory.temperature_scaling.errors import mixup_error
from theory.temperature_scaling.flat import (
    best_nll, best_temperature, flat_nll, pair_kl, uniform_kl,
)  # fmt: skip
from theory.temperature_scaling.limits import crossed_nll, linear_kl, noisy_kl, overlap_bound
from theory.temperature_scaling.measured import Measured, measured
from theory.temperature_scaling.mixing import mixed_posterior
from theory.temperature_scaling.mixup import (
    mixup_crossing, mixup_kl, mixup_kl_beta2, mixup_share, mixup_share_beta2,
)  # fmt: skip
from theory.temperature_scaling.params import PAPER, Params
from theory.temperature_scaling.plane import plane_kl, plane_share
from theory.temperature_scaling.voting import neighbour_kl, neighbour_temperature

__all__ = [
    "PAPER", "Measured", "Params", "best_nll", "best_temperature", "command", "crossed_nll",
    "flat_nll", "linear_kl", "measured", "mixed_posterior", "mixup_crossing", "mixup_error",
    "mixup_kl", "mixup_kl_beta", "mixup_kl_beta2", "mixup_share", "mixup_share_beta",
    "mixup_share_beta2", "neighbour_kl", "neighbour_temperature", "noisy_kl", "overlap_bound",
    "pair_kl", "plane_kl", "plane_share", "uniform_kl",
]  # fmt: skip
