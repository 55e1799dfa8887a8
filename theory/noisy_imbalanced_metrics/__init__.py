"""Classifier metrics on imbalanced data whose labels err: what each expects, and which orders last.

Y is the true label, positive with prevalence pi; an annotator writes 0 for a positive with
probability alpha and 1 for a negative with probability beta, whatever the score. A classifier has
the rates t = P(Yh = 1 | Y = 1) and f = P(Yh = 1 | Y = 0); q = pi t + (1 - pi) f. Against annotated
labels its table is again such a triple, (pit, tt, ft). Counts of n items are multinomial. Scores
are N(0, 1) for negatives, N(mu, s^2) for positives; Yh = 1 at a score >= c.

The paper simulates a classifier on data of a credit-card set's shape and recommends F1, then the
g-mean; its numbers are not reproduced here. Noise leaves the order of classifiers by precision,
NPV, J, MCC and AUC as it is; by F1, g-mean, recall, kappa and accuracy it can turn it around.
Labels that err near the decision boundary are outside the model.
"""

from theory.noisy_imbalanced_metrics import limits, noise, ranking, sampling
from theory.noisy_imbalanced_metrics.command import command
from theory.noisy_imbalanced_metrics.correction import Corrected, corrected, corrected_table
from theory.noisy_imbalanced_metrics.metrics import (
    Metrics, accuracy, annotated, contraction, f1, g_mean, kappa, mcc, npv, precision, variances,
)  # fmt: skip
from theory.noisy_imbalanced_metrics.orders import size_to_rank
from theory.noisy_imbalanced_metrics.params import PAPER, Params
from theory.noisy_imbalanced_metrics.ranking import (
    binormal_auc, binormal_auc_variance, binormal_average_precision,
)  # fmt: skip

__all__ = [
    "PAPER", "Corrected", "Metrics", "Params", "accuracy", "annotated", "binormal_auc",
    "binormal_auc_variance", "binormal_average_precision", "command", "contraction", "corrected",
    "corrected_table", "f1", "g_mean", "kappa", "limits", "mcc", "noise", "npv", "precision",
    "ranking", "sampling", "size_to_rank", "variances",
]  # fmt: skip
