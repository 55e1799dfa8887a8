"""Spurious features in number: why ensembles are right where both of their members are wrong.

Each feature, invariant or spurious, is a column of x: the attribute of a class, orthonormal over
features and classes, and noise N(0, sigma^2 I). Invariant ones show the class; spurious ones do
in training, but out of distribution each votes, with chance p, for a class drawn anew from all
K. A model sums its features and has the class means of that sum as weights. Small noise leaves a
count of votes: [k true] N_v + sum_j omega_j [c_j = k], the largest wins, ties split at random.
An ensemble of outputs counts a shared feature twice, one of weights four times. Many features
give F_p(x), an orthant of normals with x = (N_v + (1-p) sum omega)/sqrt(sum omega^2). Equal weights
may lose; members weighted by mean over variance never do.

All accuracies here are exact, at every size, or limits with their rate. The weights are those of
infinite data, or of N samples where it is said; that a network is such a count of votes is an
analogy, which the networks trained here on coloured images follow in kind, not in number. Averaged
weights have a meaning only for linear models or from a shared start. The paper's text was not to be
had: statements marked recalled are from memory, and derived again.
"""

from theory import Paper
from theory.spurious_features.confidence import example_overconfident, smoothed_margin
from theory.spurious_features.examples import (
    both_wrong, example_ensemble, example_member, outputs_correct, weights_correct, weights_spoil,
)  # fmt: skip
from theory.spurious_features.gaussian import (
    crossover, limit_accuracy, limit_correction, member_score, output_score, weight_score,
    weighted_score,
)  # fmt: skip
from theory.spurious_features.members import Pattern, members_accuracy
from theory.spurious_features.mixup import mixup_margin
from theory.spurious_features.params import Params
from theory.spurious_features.unequal import best_scale, best_score, sampled_scale
from theory.spurious_features.votes import flip_bound, id_accuracy, subset_accuracy, vote_accuracy

PAPER = Paper(
    "Spurious Feature Diversification Improves Out-of-distribution Generalization",
    "Yong Lin, Lu Tan, Yifan Hao, Honam Wong, Hanze Dong, Weizhong Zhang, Yujiu Yang, Tong Zhang",
    "ICLR 2024",
    "2309.17230",
    topics=("robustness", "classification", "representations"),
)

__all__ = [
    "PAPER", "Params", "Pattern", "best_scale", "best_score", "both_wrong", "crossover",
    "example_ensemble", "example_member", "example_overconfident", "flip_bound", "id_accuracy",
    "limit_accuracy", "limit_correction", "member_score", "members_accuracy", "mixup_margin",
    "output_score", "outputs_correct", "sampled_scale", "smoothed_margin", "subset_accuracy",
    "vote_accuracy", "weight_score", "weighted_score", "weights_correct", "weights_spoil",
]  # fmt: skip
