"""Finite networks, deep kernel classifiers and singular-kernel votes, one random draw a trial.

Kernels are functions of one scalar: modes that need great depth tabulate them once for a run
(``shared``), others run the layers on the trial's own pairs.
"""

from sims._simulation import Simulation
from sims.ntk_classifiers._dirichlet import (
    deep_vote_tables,
    deep_votes,
    dirichlet,
    dirichlet_tables,
)
from sims.ntk_classifiers._ladders import (
    NNGP_STEPS,
    NTK_STEPS,
    SIZE_STEPS,
    depth_ladder,
    depth_tables,
    size_ladder,
    size_tables,
)
from sims.ntk_classifiers._limits import (
    critical,
    critical_tables,
    nearest_neighbour,
    singular_kernel,
    smooth_critical,
    subcritical,
    supercritical,
)
from sims.ntk_classifiers._networks import one_layer, two_layers, two_layers_bias
from sims.ntk_classifiers._problems import DIRICHLET, dirichlet_points, orthant_points
from sims.ntk_classifiers._risk import bump_vote, circle_vote, sphere_vote

SIMULATIONS: dict[str, Simulation] = {
    "default": Simulation(
        dirichlet, width=16, shared=dirichlet_tables,
        doc="deep NNGP and NTK, their limit, 1-NN, majority and Bayes on a Dirichlet problem",
    ),
    "large": Simulation(
        dirichlet, width=1, shared=dirichlet_tables,
        doc="the default mode one data set at a time: n = 1000 and more",
    ),
    "one_layer": Simulation(one_layer, width=64, doc="empirical NTK, one hidden layer"),
    "two_layers": Simulation(two_layers, width=64, doc="empirical NTK, two hidden layers"),
    "two_layers_bias": Simulation(
        two_layers_bias, width=64, doc="bias of that kernel, given the first layer"
    ),
    "nearest_neighbour": Simulation(
        nearest_neighbour, width=16, doc="deep kernels with A = A' = 0 against 1-NN"
    ),
    "singular_kernel": Simulation(
        singular_kernel, width=16, doc="deep kernels with A = 0 != A' against the singular vote"
    ),
    "supercritical": Simulation(
        supercritical, width=16, doc="deep kernels with A != 0, B' > 1 against majority vote"
    ),
    "critical": Simulation(
        critical, width=16, shared=critical_tables, doc="deep ReLU networks against majority vote"
    ),
    "smooth_critical": Simulation(
        smooth_critical, width=16, doc="deep networks with exp(x) against majority vote"
    ),
    "subcritical": Simulation(
        subcritical, width=16, doc="B' < 1: majority vote with ridge, interpolation without"
    ),
    "deep_votes": Simulation(
        deep_votes, width=16, shared=deep_vote_tables,
        doc="votes of very deep NNGP and NTK on a Dirichlet problem",
    ),
    "size_ladder": Simulation(
        size_ladder, width=1, shared=size_tables,
        doc="solved NNGPs of phi_d and a sine, 1-NN, majority, Hilbert at n/10, n/sqrt(10) and n",
    ),
    "depth_ladder": Simulation(
        depth_ladder, width=1, shared=depth_tables,
        doc="NNGP and NTK on a Dirichlet problem over a ladder of depths",
    ),
    "circle_vote": Simulation(circle_vote, width=256, doc="power-kernel votes on the circle"),
    "sphere_vote": Simulation(sphere_vote, width=256, doc="power-kernel votes on the sphere S^2"),
    "bump_vote": Simulation(bump_vote, width=64, doc="power-kernel votes at a bump of eta"),
}  # fmt: skip

__all__ = [
    "DIRICHLET", "NNGP_STEPS", "NTK_STEPS", "SIMULATIONS", "SIZE_STEPS", "dirichlet_points",
    "orthant_points",
]  # fmt: skip
