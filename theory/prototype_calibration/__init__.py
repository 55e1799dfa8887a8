"""Prototype calibration: moving the prototype of a class of few shots toward old classes.

Features of class c are N(mu_c, sigma^2 I_d). A new class's prototype c is the mean of k shots, at
squared error V = d sigma^2/k; m = sum_j w_j mu_j mixes B base prototypes, and (1 - a) c + a m is
put in its place, without training. Two classifiers: nearest prototype, and largest cosine with
weights softmax_j(tau cos(c, mu_j)), all means of length rho. Lengths are in units of sigma below.
In many dimensions, for a rival at distance D that is itself the donor, E = D^2 + V: new recall
Phi((D^2 - (1 - a) E/2)/sqrt E), base recall Phi((1 - a) sqrt(E)/2). The raw prototype (a = 0) is so
long that its points are called the rival's; a* = V/(V + D^2) makes both recalls Phi(D^2/(2 sqrt E))
and is the weight of least squared error too. By cosine, h = rho/sqrt(rho^2 + V) is what is left of
the prototype's direction; it loses to a base at cosine r once h < r.

The paper is empirical and states no theorem; the model makes its observations exact: new classes
are misread as similar base classes, and moving TOWARD these repairs it, at the base classes' cost.
For one rival it corrects a threshold: the ranking of the two classes does not change. With base
prototypes that are estimated too, the best weight is below that of least error, and 0 at equal
sample sizes. Two new classes of as many shots are told apart as well after as before. Features of
unequal spread, covariance S: V is tr S/k, and the spread of scores has tr S^2/k in its place. Not
said: what features networks learn.
"""

from theory import Paper
from theory.prototype_calibration.anisotropic import anisotropic_recalls, effective_dimension
from theory.prototype_calibration.cosines import (
    best_cosine_weight, cosine_recalls, critical_cosine_shots, equal_recall_weight, inflation,
)  # fmt: skip
from theory.prototype_calibration.estimated import (
    balanced_weight, competing_recalls, estimated_recalls, seen_weight,
)  # fmt: skip
from theory.prototype_calibration.mixtures import (
    attenuated_weights, donor_weights, gram_recalls, mixture_recalls,
)  # fmt: skip
from theory.prototype_calibration.params import Params
from theory.prototype_calibration.rivals import (
    balanced_recall, calibration_gain, critical_shots, donor_recalls, exact_recalls, pair_auc,
    rival_recalls,
)  # fmt: skip
from theory.prototype_calibration.shrinkage import (
    best_weight, calibrated_mse, james_stein_bound, james_stein_risk,
)  # fmt: skip

PAPER = Paper(
    "Few-Shot Class-Incremental Learning via Training-Free Prototype Calibration",
    "Qi-Wei Wang, Da-Wei Zhou, Yi-Kai Zhang, De-Chuan Zhan, Han-Jia Ye",
    "NeurIPS 2023",
    "2312.05229",
    topics=("classification", "transfer"),
)

__all__ = [
    "PAPER", "Params", "anisotropic_recalls", "attenuated_weights", "balanced_recall",
    "balanced_weight", "best_cosine_weight", "best_weight", "calibrated_mse", "calibration_gain",
    "competing_recalls", "cosine_recalls", "critical_cosine_shots", "critical_shots",
    "donor_recalls", "donor_weights", "effective_dimension", "equal_recall_weight",
    "estimated_recalls", "exact_recalls", "gram_recalls", "inflation", "james_stein_bound",
    "james_stein_risk", "mixture_recalls", "pair_auc", "rival_recalls", "seen_weight",
]  # fmt: skip
