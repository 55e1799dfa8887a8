"""Finite networks, deep kernel classifiers and singular-kernel votes, one random draw a trial.

Kernels are functions of one scalar: modes that need great depth tabulate them once for a run
(``shared``), others run the layers on the trial's own pairs.
"""

from sims.ntk_classifiers.data import DIRICHLET, dirichlet_points, orthant_points
from sims.ntk_classifiers.ladders import NNGP_STEPS, NTK_STEPS, SIZE_STEPS

__all__ = [
    "DIRICHLET", "NNGP_STEPS", "NTK_STEPS", "SIZE_STEPS", "dirichlet_points", "orthant_points",
]  # fmt: skip
