"""Trajectory matching: a synthetic set on which a student goes where experts went.

Linear regression on infinite data: loss (theta - theta*)' H (theta - theta*)/2, H = diag(h). An
expert starts at theta* + u, E u = 0, Cov u = diag(S), and M steps of rate eta move it by -B u,
B_i = 1 - (1 - eta h_i)^M, 0 < eta h_i <= 1. A student makes N steps of rate eta_s on n_s synthetic
rows (X_s, y_s), loss half the sum of squares: it moves by -(K (theta - theta*) + c), K = I -
(I - eta_s X_s'X_s)^N of rank <= n_s, c in its range. The matching loss is the mean square of the
difference of the two; R is its least value over that of the expert's way.

What this explains: how many points match how many experts, how little a loss of 0 says of the next
start, that long trajectories need more points, that noisy ones have a floor. What it does not: a
quadratic has no features to learn and its sets no images, its experts differ in their start alone,
and the paper's forms of clipping loss and gradient penalty were not seen. The paper is empirical
and states no theorem: every claim here is derived.
"""

from theory import Paper
from theory.trajectory_matching.floor import (
    motion, progress, ratio_weights, residual, step_noise, unmatched,
)  # fmt: skip
from theory.trajectory_matching.fresh import fresh_loss
from theory.trajectory_matching.params import Params
from theory.trajectory_matching.segments import pulled, row_size, shrunk

PAPER = Paper(
    "AST: Effective Dataset Distillation through Alignment with Smooth and High-quality Expert"
    " Trajectories",
    "Jiyuan Shen, Wenzhuo Yang, Kwok-Yan Lam",
    "arXiv 2023",
    "2310.10541",
    topics=("distillation", "optimisation"),
)

__all__ = [
    "PAPER", "Params", "fresh_loss", "motion", "progress", "pulled", "ratio_weights", "residual",
    "row_size", "shrunk", "step_noise", "unmatched",
]  # fmt: skip
