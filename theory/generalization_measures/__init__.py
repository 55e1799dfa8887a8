"""Measures of generalization: how well the loss of a learning rule can be told from its sample.

A rule A answers h = A(S) to n samples of a law D; L is the loss of h. An estimator E (a "measure",
a bound) sees sample and answer, and may know the rule and the set of possible laws. It fails where
|E - L| >= eps. delta*(eps) is the least chance of failure over all E, on average over the laws:
no bound, norm or validation trick of the training sample can be right more often.

Four worlds, in all of which delta* is known exactly. (1) d points shattered, uniform inputs and
targets; U points are unseen. (2) Linear functions over F_q, an n x D uniform design: the target is
uniform on the t = q^(D - rank) consistent functions, and the loss of a wrong one is 1 - 1/q. Two
groups w = (c, u), c in {0, 1}, D = n + 1, and a rule that prefers c = 0. A rule that answers in the
first s coordinates with chance b. Parities with noisy labels: exactly for n <= 6 or for one sample,
else by a bound that is nearly attained for n < D. (3) Nearly orthogonal or random functions. (4)
Examples of rules whose loss is easily told. Inputs are uniform, targets realizable, sets finite;
the printed constants of the first paper were not seen: its theorems stand here in forms of our own.
"""

from theory import Paper
from theory.generalization_measures import report_card, threshold
from theory.generalization_measures.blind import (
    blind_failure, loss_variance, mean_loss, overparam_profile, window,
)  # fmt: skip
from theory.generalization_measures.examples import random_rule_failure, support_size_failure
from theory.generalization_measures.groups import (
    group_distance, other_accuracy, preferred_accuracy, stubborn_failure, two_group_failure,
)  # fmt: skip
from theory.generalization_measures.measures import BestMeasure, optimal_failure, score_measure
from theory.generalization_measures.noise import noisy_accuracy_limit
from theory.generalization_measures.params import Params
from theory.generalization_measures.ranks import (
    rank_probability, subspace_accuracy, subspace_failure, subspace_variance, theta,
)  # fmt: skip
from theory.generalization_measures.rivals import (
    inputs_for_orthogonality, random_class_failure, random_class_limit, two_or_three,
)  # fmt: skip
from theory.generalization_measures.tradeoff import (
    flags_failure, mixed_accuracy, mixed_failure, seen_points_failure,
)  # fmt: skip
from theory.generalization_measures.walsh import noisy_accuracy, noisy_failure, parity_posterior

PAPER = Paper(
    "Fantastic Generalization Measures are Nowhere to be Found",
    "Michael Gastpar, Ido Nachum, Jonathan Shafer, Thomas Weinberger",
    "ICLR 2024",
    "2309.13658",
    topics=("bounds",),
)
__all__ = [
    "PAPER", "BestMeasure", "Params", "blind_failure", "flags_failure", "group_distance",
    "inputs_for_orthogonality", "loss_variance", "mean_loss", "mixed_accuracy", "mixed_failure",
    "noisy_accuracy", "noisy_accuracy_limit", "noisy_failure", "optimal_failure",
    "other_accuracy", "overparam_profile", "parity_posterior", "preferred_accuracy",
    "random_class_failure", "random_class_limit", "random_rule_failure", "rank_probability",
    "report_card", "score_measure", "seen_points_failure", "stubborn_failure",
    "subspace_accuracy", "subspace_failure", "subspace_variance", "support_size_failure",
    "theta", "threshold", "two_group_failure", "two_or_three", "window",
]  # fmt: skip
