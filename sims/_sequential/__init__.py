"""Sequential tests: decide as soon as the evidence allows, at a guaranteed error rate.

Each class takes observations in order by ``update(x)`` and answers ``verdict()``: HOLDS, REFUTED
or None (go on). ``alpha`` bounds the probability of a wrong decision, however often one looks:

* :class:`MeanInBand`, :class:`MeanAbove`: betting capital for bounded observables (Ville's
  inequality; exact);
* :class:`RateAtMost`: Beta(1/2, 1/2) mixture for violation counts (exact);
* :class:`MedianInBand`: the same mixture for the counts below both ends of the band (exact);
* :class:`LawWithin`: Dvoretzky-Kiefer-Wolfowitz band with a union over looks (exact);
* :class:`MeanInBandAsymptotic`: for unbounded observables with a *derived* skewness bound; its
  alpha is nominal.
"""

from sims._sequential.asymptotic import MeanInBandAsymptotic
from sims._sequential.base import ALPHA, Sequential, SupportError
from sims._sequential.betting import betting_interval
from sims._sequential.bounded import MeanAbove, MeanInBand
from sims._sequential.counts import MedianInBand, RateAtMost, log_mixture, rate_interval
from sims._sequential.laws import LawWithin, spent
from sims._sequential.per_trial import NeverAbove

__all__ = [
    "ALPHA", "LawWithin", "MeanAbove", "MeanInBand", "MeanInBandAsymptotic", "MedianInBand",
    "NeverAbove", "RateAtMost", "Sequential", "SupportError", "betting_interval", "log_mixture",
    "rate_interval", "spent",
]  # fmt: skip
