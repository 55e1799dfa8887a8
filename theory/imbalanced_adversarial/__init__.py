"""Imbalanced adversarial training: what weighting a rare class buys, and what it costs.

Points x ~ N(y mu, I), y = +1 the minority, y = -1 the majority, K majority points to one of the
minority. Linear rules are trained on the risk (or its robust form under attacks of l_p size eps)
in which a minority error weighs rho; t = log(K/rho) is the imbalance that the weight leaves. With z
the point of the eps-ball nearest to mu, a rule is known by three numbers: s = |mu|, s_r = |mu - z|
and kappa = mu.(mu - z)/s_r. Standard training errs Phi(-s + t/2s) on the minority and
Phi(-s - t/2s) on the majority; adversarial training has s_r for s in robust errors, and
Phi(-kappa +- t/2s_r) in natural ones.

Separation-aware training is modelled by what it is for: features whose classes stand ``gain``
times as far apart under the same attack. On given features its loss has nothing to add, because
adversarial training already finds the direction of largest robust separability
(``separation_loss_idle``).

Statements that fail as they are usually read stand as REFUTED: that the cost of every weight falls
with separability (it does for K <= rho <= K^(1 + alpha), ``weight_limit``), that adversarial
training worsens the natural exchange of errors, that every weight costs it more, and that
separation helps both classes at every weight. The convergence of claim ``weighted_logistic_rate``
is stated where every coordinate is active, |mu_j| > eps.
"""

from theory import Paper, plugin_errors
from theory.imbalanced_adversarial.adversary import natural_exchange
from theory.imbalanced_adversarial.border import separable_below
from theory.imbalanced_adversarial.costs import cost_peak, weight_limit
from theory.imbalanced_adversarial.exchange import average_exchange, weight_window
from theory.imbalanced_adversarial.model import Params, class_errors, nearest_attack, separabilities
from theory.imbalanced_adversarial.samples import (
    equalising_weight, equalising_weight_under_attack, logistic_trace,
    plugin_errors_in_high_dimension, useful_imbalance,
)  # fmt: skip

PAPER = Paper(
    "Imbalanced Adversarial Training with Reweighting",
    "Wentao Wang, Han Xu, Xiaorui Liu, Yaxin Li, Bhavani Thuraisingham, Jiliang Tang",
    "arXiv 2021",
    "2107.13639",
    topics=("imbalance", "robustness", "classification"),
)

__all__ = [
    "PAPER", "Params", "average_exchange", "class_errors", "cost_peak", "equalising_weight",
    "equalising_weight_under_attack", "logistic_trace", "natural_exchange", "nearest_attack",
    "plugin_errors_in_high_dimension", "separabilities", "separable_below",
    "useful_imbalance", "weight_limit", "weight_window",
]  # fmt: skip
