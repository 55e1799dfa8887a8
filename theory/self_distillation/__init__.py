"""Self-distillation of a linear model: rounds in which it learns its own teacher's answers.

Round 0 minimises |Xw - y|^2/2 + lambda |w - w_init|^2/2; round t does so with its teacher's
predictions X w_{t-1} for y, from w_init again. With X = U diag(s) V' and g_i = s_i^2/(s_i^2 +
lambda), w_t - w_init = sum_i v_i g_i^(t+1) (u_i.(y - X w_init))/s_i: rounds are powers of one
filter, and stay in a ball of radius zeta(t)/sqrt(lambda) that knows no labels. Targets may mix
labels and teacher; then t rounds are a polynomial in g of degree t + 1. Fine-tuning is gradient
flow. In Mobahi's form the error is fixed, the penalty c_t follows, and all collapses after T.

What this explains: why distance to the start falls with rounds, what each removes, when that
helps (too small a penalty) and when not, what mixing gains, how soon nothing is left. What it does
not: a transformer's features move, the paper's loss compares them and not predictions, and its
bound was recalled, not read: the one here is our own, with constants. One claim is a reading of
the theorem without a condition that it needs.
"""

from theory import Paper
from theory.self_distillation.bound import generalisation_gap
from theory.self_distillation.constrained import multiplier, ratio_bound, rounds_before_collapse
from theory.self_distillation.design import (
    bayes_risk, design_risk, design_risk_term, mixed_design_risk,
)  # fmt: skip
from theory.self_distillation.mixing import (
    best_mixed_risk, best_shrinkage_risk, mixed_filter, teacher_weights,
)  # fmt: skip
from theory.self_distillation.params import Params
from theory.self_distillation.risk import best_round, optimal_mixing, round_risk
from theory.self_distillation.rounds import distance_bound, removed, round_filter, zeta
from theory.self_distillation.tuning import tuned_coefficient, tuned_filter

PAPER = Paper(
    "Self-Distillation for Further Pre-training of Transformers",
    "Seanie Lee, Minki Kang, Juho Lee, Sung Ju Hwang, Kenji Kawaguchi",
    "ICLR 2023",
    "2210.02871",
    topics=("distillation", "regularisation", "transfer"),
)

__all__ = [
    "PAPER", "Params", "bayes_risk", "best_mixed_risk", "best_round", "best_shrinkage_risk",
    "design_risk", "design_risk_term", "distance_bound", "generalisation_gap", "mixed_design_risk",
    "mixed_filter", "multiplier", "optimal_mixing", "ratio_bound", "removed", "round_filter",
    "round_risk", "rounds_before_collapse", "teacher_weights", "tuned_coefficient", "tuned_filter",
    "zeta",
]  # fmt: skip
