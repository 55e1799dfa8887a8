"""Exact inductive bias: how many nats single out a hypothesis that generalises.

Hypotheses h that fit the training set have a law p_h, and e(h) is a test error. The inductive bias
that a task requires is I(eps) = -log P(e(h) <= eps) nats: what must be known beyond the data to
reach eps. Three spaces of hypotheses, where I is exact:

- linear: f(x) = theta . x, theta ~ N(0, tau^2 I_d), inputs N(0, I_d), n < d noiseless examples of
  a teacher theta*; e = |theta - theta*|^2. P projects off the span of the training inputs;
- Gaussian: residuals on the test points are N(b_0, C), of a kernel (a process given its data), say,
  or of a deep ReLU network's kernel on the sphere, as a function of its depth;
- finite: all functions from N points to k classes, n points known; e is a share of N - n points.

The paper samples S hypotheses, fits a scaled noncentral chi-square to their errors and reads I off
the fit, with a normal approximation where the probability is 0 in float64. Its networks and data
sets are not here: they have no closed form. Its theorems are not cited by number.
"""

from theory import Paper
from theory.inductive_bias.boolean import boolean_bias
from theory.inductive_bias.depth import nngp_eigenvalue, ntk_eigenvalue, sphere_task
from theory.inductive_bias.fallback import fallback_limit, published_bias, published_fallback
from theory.inductive_bias.fits import estimates, scale_fit_error, shape_fit_error
from theory.inductive_bias.gaussian import (
    chernoff_bias, gaussian_bias, matched_chi2, saddlepoint_bias, small_error_bias, tilt,
)  # fmt: skip
from theory.inductive_bias.kernel import Task, kernel_task
from theory.inductive_bias.linear import bahadur_rao, linear_bias, price, rate, saddle
from theory.inductive_bias.params import Params

PAPER = Paper(
    "Towards Exact Computation of Inductive Bias",
    "Akhilan Boopathy, William Yue, Jaedong Hwang, Abhiram Iyer, Ila Fiete",
    "IJCAI 2024",
    "2406.15941",
    topics=("bounds", "kernels", "sampling"),
)

__all__ = [
    "PAPER", "Params", "Task", "bahadur_rao", "boolean_bias", "chernoff_bias", "estimates",
    "fallback_limit", "gaussian_bias", "kernel_task", "linear_bias", "matched_chi2",
    "nngp_eigenvalue", "ntk_eigenvalue", "price", "published_bias", "published_fallback",
    "rate", "saddle", "saddlepoint_bias", "scale_fit_error", "shape_fit_error",
    "small_error_bias", "sphere_task", "tilt",
]  # fmt: skip
