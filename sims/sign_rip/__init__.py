"""Sub-gradient descent on (1/m) sum |y_i - <A_i, U U^T>|, in svec coordinates.

Every run stores its measurements as m rows of N = d(d+1)/2 standard normals (exact for iid
Gaussian A_i), and iterates a batch of runs that share them through two matrix products. For your
own measurements: :func:`recover`, or :func:`descend` and :func:`descend_mixed` on svec rows.
"""

from sims import Simulation
from sims.sign_rip.ends import (
    contaminated_trial,
    default_trial,
    floor_trial,
    optimum_trial,
    recovery_trial,
    small_start_trial,
    tracking_trial,
)
from sims.sign_rip.escape import (
    budget_trial,
    plateau_trial,
    rank_trial,
    residual_trial,
    shared_data,
    slope_trial,
    window_trial,
)
from sims.sign_rip.fixed import (
    adversarial_trial,
    implication_trial,
    matrix_trial,
    pointwise_trial,
    scalar_trial,
    spectral_trial,
    supremum_trial,
)
from sims.sign_rip.measure import smat, svec
from sims.sign_rip.mixed import descend_mixed
from sims.sign_rip.own_data import recover
from sims.sign_rip.pictures import ranks_path_trial, trajectory_trial
from sims.sign_rip.population import (
    linear_trial,
    magnitude_trial,
    population_trial,
    symmetry_trial,
)
from sims.sign_rip.subgm import constant, descend, geometric, trace

__all__ = [
    "SIMULATIONS", "constant", "descend", "descend_mixed", "geometric", "recover", "smat", "svec",
    "trace",
]  # fmt: skip

# Trials with a matrix of their own run one at a time: unbatched matrix-vector products are up to
# five times as fast as XLA's batched ones, and the matrix stays in cache.
SIMULATIONS = {
    "default": Simulation(default_trial, width=1, doc="one run of the method as the params say"),
    "scalar": Simulation(scalar_trial, width=32, doc="<Q(X*), Xhat> from scalars"),
    "matrix": Simulation(matrix_trial, width=64, doc="Q(X*) from m measurements"),
    "pointwise": Simulation(pointwise_trial, width=4, doc="delta_r(X*) from the law of Q"),
    "spectral": Simulation(spectral_trial, width=2, doc="l1 and l2 spectral matrices"),
    "supremum": Simulation(supremum_trial, width=1, doc="largest norm(A(X))_1/m over low rank"),
    "adversarial": Simulation(adversarial_trial, width=1, doc="largest delta_r(X) found"),
    "implication": Simulation(implication_trial, width=1, doc="eps and delta over all X, d = 2"),
    "population": Simulation(population_trial, width=16, doc="identities of the population steps"),
    "linear": Simulation(linear_trial, width=16, doc="the linear phase against its product"),
    "symmetry": Simulation(symmetry_trial, width=16, doc="runs that a symmetry maps to each other"),
    "magnitude": Simulation(magnitude_trial, width=16, doc="outliers 1000 times as large"),
    "slope": Simulation(
        slope_trial, width=8, doc="escape time against log(1/alpha)", shared=shared_data
    ),
    "budget": Simulation(budget_trial, width=1, doc="critical ratio of geometric steps on data"),
    "residual": Simulation(residual_trial, width=1, doc="exponent of the residual in alpha"),
    "ranks": Simulation(rank_trial, width=1, doc="search ranks r, 2r, 5r, d on one data set"),
    "window": Simulation(window_trial, width=1, doc="overfitting under dense noise"),
    "plateau": Simulation(plateau_trial, width=1, doc="growth of the residual on the plateau"),
    "tracking": Simulation(tracking_trial, width=1, doc="error over step size, geometric steps"),
    "floor": Simulation(floor_trial, width=1, doc="final l1 and l2 error under dense noise"),
    "contaminated": Simulation(contaminated_trial, width=1, doc="l1 and l2 under outliers"),
    "recovery": Simulation(recovery_trial, width=1, doc="exact recovery from near the truth"),
    "optimum": Simulation(optimum_trial, width=1, doc="is the truth the global minimiser?"),
    "trajectory": Simulation(trajectory_trial, width=1, doc="error and residual at 80 times"),
    "ranks_path": Simulation(ranks_path_trial, width=1, doc="error at 80 times, four search ranks"),
    "small_start": Simulation(small_start_trial, width=1, doc="small against large starts"),
}
