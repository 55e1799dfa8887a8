"""What happens: simulations of every setting, and verdicts on the claims."""

from sims._simulation import Simulation

__all__ = ["Simulation"]
