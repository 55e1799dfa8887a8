"""Long tails: what it costs not to memorise labels of points that were seen once.

X has N points, each a subpopulation of frequency D(x), drawn by an exchangeable prior: a list
pi_1, ..., pi_N in random order (Zipf: pi_i ~ 1/i), weights drawn independently and normalised, or
Dirichlet(alpha). Labels f(x) are uniform among k and independent of D. A learner A sees n pairs
(x, f(x)), c(x) copies of x; X_l = {x: c(x) = l} has mass M_l, and errn(A, l) counts the points of
X_l that A gets wrong. Then err(A) = opt + sum_l tau_l E errn(A, l) for learners of the counts,

    tau_l = E[a^(l+1) (1 - a)^(n-l)]/E[a^l (1 - a)^(n-l)],  a = D(x),  opt = (1 - 1/k) E M_0,

so that the price of not fitting singletons is (1 - 1/k) E M_1. Memorization is mem_i =
P(h(x_i) = y_i) less the same without i. Frequencies are model: that real data have such tails, and
that subpopulations do not help each other, is the paper's premise, not shown here. The body of the
paper was read in a digest: numbers of theorems are the digest's.
"""

from theory.long_tail_memorization.bounds import tail_end, tau_ceiling, tau_floor, weight_between
from theory.long_tail_memorization.command import command
from theory.long_tail_memorization.counts import (
    dirichlet_points, dirichlet_tau, frequencies, mass_seen, points_seen, tau,
)  # fmt: skip
from theory.long_tail_memorization.groups import group_singletons
from theory.long_tail_memorization.memory import (
    group_delta, limited_cost, private_accuracy, private_cost, private_cost_printed,
)  # fmt: skip
from theory.long_tail_memorization.noise import binary_error, singleton_margin
from theory.long_tail_memorization.params import PAPER, Params
from theory.long_tail_memorization.posterior import frequency_given_sample
from theory.long_tail_memorization.price import Price, price
from theory.long_tail_memorization.zipf import log_upper_gamma, power_law_mass, power_law_tau

__all__ = [
    "PAPER", "Params", "Price", "binary_error", "command", "dirichlet_points", "dirichlet_tau",
    "frequencies", "frequency_given_sample", "group_delta", "group_singletons", "limited_cost",
    "log_upper_gamma", "mass_seen", "points_seen", "power_law_mass", "power_law_tau", "price",
    "private_accuracy", "private_cost", "private_cost_printed", "singleton_margin", "tail_end",
    "tau", "tau_ceiling", "tau_floor", "weight_between",
]  # fmt: skip
