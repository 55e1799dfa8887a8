"""Simulations of the XOR cluster model, from counts alone to trained networks."""

from sims import Simulation, fitting
from sims.xor_cluster.bayes import bayes
from sims.xor_cluster.counting import count_curve, count_model, neurons
from sims.xor_cluster.network import network
from sims.xor_cluster.patterns import patterns
from sims.xor_cluster.sampling import reduction
from sims.xor_cluster.table import (
    growth_sweep,
    increments,
    limit_against_full,
    retention,
    table,
)
from sims.xor_cluster.training import portrait, train
from theory.xor_cluster import Params


def _numbers(params: Params) -> int:
    """How large the largest array of a training run is."""
    return params.n * max(params.m, params.p if params.sampling == "direct" else 0)


# Training blocks are narrow: a trial holds several n x m float64 arrays, and wider batches of
# products are no faster. Blocks of small problems are wide, for fewer dispatches.
SIMULATIONS: dict[str, Simulation] = {
    "default": Simulation(
        train, width=fitting(_numbers, most=4), doc="trains one network; params.sampling sets how"
    ),
    "table": Simulation(table, width=4, doc="limit H beside its table, projections and counts"),
    "limit": Simulation(limit_against_full, width=4, doc="the full dynamics beside limit H"),
    "increments": Simulation(increments, width=4, doc="steps against (A.28), (A.29), Cor. A.5"),
    "retention": Simulation(retention, width=4, doc="growth above and below P = n(1-eta)/8"),
    "sweep": Simulation(growth_sweep, width=4, doc="growth against P over n(1-eta)/8"),
    "portrait": Simulation(
        portrait, width=fitting(_numbers, most=2), doc="what the paper's figures show of one run"
    ),
    "patterns": Simulation(patterns, width=8, doc="data and initial activations, no training"),
    "neurons": Simulation(neurons, width=32, doc="limit H with m neurons, from activation counts"),
    "counts": Simulation(count_model, width=16, doc="the count model (m = inf) at t = steps"),
    "curve": Simulation(count_curve, width=16, doc="the count model at t = 1..steps"),
    "network": Simulation(network, width=8, doc="small dense networks: identities per trial"),
    "reduction": Simulation(reduction, width=32, doc="reduced beside direct sampling"),
    "bayes": Simulation(bayes, width=32, doc="the Bayes classifier on fresh points"),
}
"""``verify`` and ``simulate`` choose one by its name, a claim's ``mode``."""
