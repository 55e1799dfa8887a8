"""One epoch is all you need: one pass over fresh data against many over few, at equal compute.

(A) One pass: x ~ N(0, diag(j^-a)) (only its first four moments matter), y = beta'x + noise of
variance s2, lam_j beta_j^2 = j^-s. Constant-step SGD trains the first N of d coordinates from 0 on
fresh batches of B: w -= (eta/B) sum (w'x - y) x. R_t is the mean excess risk, untrained
coordinates included; compute is C = N t. (B) Repeated data: x ~ N(0, I_d), n samples, g = d/n,
gradient flow on their squared loss for tau = eta n E/B, E epochs, as n and d grow; fresh data are
the flow on the population, r2 e^(-2 tau).

What this explains: train curve = test curve in one epoch, power laws in time and where SGD's own
noise sets their slope, the best size for a budget, that reuse costs the second order in tau, how
much compute fresh data save, that reuse overfits iff there is noise, that decay on fresh data only
slows. What it does not: features are fixed, (B) has no spectrum and no minibatch noise, dropout
enters as weight decay alone, and wall-clock times are not compute. The paper is empirical; its
body was not seen, only its abstract and summaries: every claim here is derived.
"""

from theory import Paper
from theory.one_epoch.decay import decayed_error
from theory.one_epoch.one_pass import critical_step, kernel_mass, one_pass_risk, stationary_risk
from theory.one_epoch.params import Params
from theory.one_epoch.power_laws import curve_exponent, curve_kernel, source_term
from theory.one_epoch.repeated import fresh_risk, repeated_limit, repeated_risk, repeated_train
from theory.one_epoch.split import (
    adjustment_penalty, adjustment_speedup, best_size, crossing_compute,
)  # fmt: skip
from theory.one_epoch.stopping import best_stop, epoch_speedup, mode_stop

PAPER = Paper(
    "One Epoch Is All You Need",
    "Aran Komatsuzaki",
    "arXiv 2019",
    "1906.06669",
    topics=("optimisation", "scaling", "overfitting"),
)

__all__ = [
    "PAPER", "Params", "adjustment_penalty", "adjustment_speedup", "best_size", "best_stop",
    "critical_step", "crossing_compute", "curve_exponent", "curve_kernel",
    "decayed_error", "epoch_speedup", "fresh_risk", "kernel_mass", "mode_stop", "one_pass_risk",
    "repeated_limit", "repeated_risk", "repeated_train", "source_term", "stationary_risk",
]  # fmt: skip
