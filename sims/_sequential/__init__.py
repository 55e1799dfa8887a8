"""Sequential tests: decide as soon as the evidence allows, at a guaranteed error rate.

Each class takes observations in order by ``update(x)`` and answers ``verdict()``: HOLDS, REFUTED
or None (go on). ``alpha`` bounds the probability of a wrong decision, however often one looks:

* :class:`MeanInBand`, :class:`MeanAbove`: betting capital for bounded observables (Ville's
  inequality; exact);
* :class:`MeanInBandCatoni`, :class:`MeanAboveCatoni`: for unbounded observables with a *derived*
  bound on their variance (exact);
* :class:`MeanInBandAsymptotic`, :class:`MeanAboveAsymptotic`: with a derived bound on their
  skewness, which the sample may contradict; alpha is nominal;
* :class:`Paired`: a variance, as a mean over pairs;
* :class:`RateAtMost`: Beta(1/2, 1/2) mixture for violation counts (exact);
* :class:`MedianInBand`: the same mixture for the counts below both ends of the band (exact);
* :class:`LawWithin`: Dvoretzky-Kiefer-Wolfowitz band with a union over looks (exact).

:func:`mean_in_band`, :func:`mean_above` and :func:`variance_in_band` choose among them by what is
known. NaN and infinity never decide: as a number of the test they raise :class:`Undecidable`, as an
observation :class:`SupportError`.
"""

from sims._sequential.asymptotic import MeanAboveAsymptotic, MeanInBandAsymptotic
from sims._sequential.base import ALPHA, Sequential, SupportError, Undecidable
from sims._sequential.betting import betting_interval
from sims._sequential.bounded import MeanAbove, MeanInBand
from sims._sequential.catoni import MeanAboveCatoni, MeanInBandCatoni
from sims._sequential.choose import mean_above, mean_in_band, variance_in_band
from sims._sequential.counts import MedianInBand, RateAtMost, log_mixture, rate_interval
from sims._sequential.laws import LawWithin, spent
from sims._sequential.paired import Paired
from sims._sequential.per_trial import NeverAbove

__all__ = [
    "ALPHA", "LawWithin", "MeanAbove", "MeanAboveAsymptotic", "MeanAboveCatoni", "MeanInBand",
    "MeanInBandAsymptotic", "MeanInBandCatoni", "MedianInBand", "NeverAbove", "Paired",
    "RateAtMost", "Sequential", "SupportError", "Undecidable", "betting_interval", "log_mixture",
    "mean_above", "mean_in_band", "rate_interval", "spent", "variance_in_band",
]  # fmt: skip
