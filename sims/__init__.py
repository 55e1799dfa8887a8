"""What happens: simulations of every setting, and verdicts on the claims."""

from sims._engine import simulate, simulations_of
from sims._products import product
from sims._run import NonFiniteObservable, Run
from sims._sequential import ALPHA, SupportError
from sims._simulation import Simulation, fitting
from sims._verify import Plan, Row, claims_of, decisions, plan, verify

__all__ = [
    "ALPHA",
    "NonFiniteObservable",
    "Plan",
    "Row",
    "Run",
    "Simulation",
    "SupportError",
    "claims_of",
    "decisions",
    "fitting",
    "plan",
    "product",
    "simulate",
    "simulations_of",
    "verify",
]
