"""Finite networks, deep kernel classifiers and singular-kernel votes, one random draw a trial.

Kernels are functions of one scalar: modes that need great depth tabulate them once for a run
(``shared``), others run the layers on the trial's own pairs.
"""

from sims.ntk_classifiers.dirichlet import (
    DIRICHLET, NNGP_STEPS, NTK_STEPS, SIZE_STEPS, dirichlet_points,
)  # fmt: skip
from sims.ntk_classifiers.networks import orthant_points

__all__ = [
    "DIRICHLET", "NNGP_STEPS", "NTK_STEPS", "SIZE_STEPS", "dirichlet_points", "orthant_points",
]  # fmt: skip
