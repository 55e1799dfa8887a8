"""Adversarial scaling: why adversarial error is a power of the attack's size, and when it is not.

Logits h_1, ..., h_C of an input have a top gap Delta, the largest minus the second, of density p.
An attack of size eps closes it at rate G: the prediction changes iff Delta < G eps (exactly, for a
linear model). So the share of predictions that an attack changes, err(eps) = P(Delta < G eps),
starts like p(0) E[G] eps for any model and data with 0 < p(0) < infinity: the exponent 1 is not a
property of networks, nor of attacks, and the prefactor holds what is. *Gaussian logits*: h_i
independent N(0, s^2), Delta/s has the law F_C of the lead of C standard normals. *Random linear
model*: h = W x, W_ij ~ N(0, s^2/n), x ~ N(0, I_n); attacks have |x' - x|_q <= eps, q = 2 or
infinity. The paper's exponents and figures for trained networks are not reproduced here.
"""

from theory.adversarial_scaling.command import command
from theory.adversarial_scaling.correlated import gap_slope_about, gap_slope_of
from theory.adversarial_scaling.curvature import curved_pareto_error
from theory.adversarial_scaling.finite import mean_ratio
from theory.adversarial_scaling.gaps import gap_density, gap_law, gap_slope, local_exponent
from theory.adversarial_scaling.linear import distances, least_likely_error, robust_error
from theory.adversarial_scaling.params import PAPER, Params
from theory.adversarial_scaling.penalty import bistable_from, flow_time
from theory.adversarial_scaling.sensitivity import Measured, measured, pareto_error

__all__ = [
    "PAPER", "Measured", "Params", "bistable_from", "command", "curved_pareto_error", "distances",
    "flow_time",    "gap_density", "gap_law", "gap_slope", "gap_slope_about", "gap_slope_of",
    "least_likely_error",
    "local_exponent", "mean_ratio", "measured", "pareto_error", "robust_error",
]  # fmt: skip
