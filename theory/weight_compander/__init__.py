"""Weights trained through a compander: w = a arctan(v/b), its implicit bias, and what it costs.

Every weight is a function psi(v) = a arctan(v/b) of a trainable variable; |w| < a pi/2. Gradient
flow on v moves w by -h(w) dL/dw, h = psi'^2 = (a/b)^2 cos^4(w/a): mirror descent, whose potential
phi has phi'' = 1/h. So among the w with X w = y it ends at the least sum of phi(w_j), from v = 0
on: near the solution of least norm for a large, near that of least maximum for a pi/2 small, and
where the truth is a vector of signs it is found from n > d/2 equations. Weight decay on v is a
different penalty, tan^2(w/a). Large weights are flat and slow; targets beyond a pi/2 are
approached like t^(-1/3). With a and b learned too, |v|^2 + b^2 stays, and one weight reaches
beyond a pi/2.

The paper proposes the reparametrisation for deep networks and reports accuracies; the form of psi
is taken as it is commonly given, and the statements are ours: flows and descent on linear models,
one dimension, Gaussian variables. That weights are pushed away from zero is true of Gaussian
variables only above a threshold of their spread. Nothing is said of deep networks, nor of noise
in the gradients.
"""

from theory import Paper
from theory.weight_compander.density import mode_weight, weight_cdf, weight_density
from theory.weight_compander.learning import (
    compander, crossing_weight, fixed_variable, gain, largest_step, variable_of,
)  # fmt: skip
from theory.weight_compander.mirror import (
    decay_penalty, mirror_map, mirrored, potential, potential_of_variable,
)  # fmt: skip
from theory.weight_compander.params import Params
from theory.weight_compander.recovery import recovery_error, unique_share
from theory.weight_compander.time import learned_reach, reaching_time

PAPER = Paper(
    "Weight Compander: A Simple Weight Reparameterization for Regularization",
    "Rinor Cakaj, Jens Mehnert, Bin Yang",
    "IJCNN, 2023",
    "2306.16993",
    topics=("regularisation", "optimisation", "recovery"),
)

__all__ = [
    "PAPER", "Params", "compander", "crossing_weight", "decay_penalty", "fixed_variable", "gain",
    "largest_step", "learned_reach", "mirror_map", "mirrored", "mode_weight", "potential",
    "potential_of_variable", "reaching_time", "recovery_error", "unique_share", "variable_of",
    "weight_cdf", "weight_density",
]  # fmt: skip
