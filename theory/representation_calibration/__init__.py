"""Representation calibration: Gaussian classes seen through noisy, long-tailed labels.

Class k has prior pi_k = n_k/n and representations N(mu_k, Sigma), learnt without labels. With
probability eta a label is drawn anew from the prior. Points labelled k then have the mean
(1 - eta) mu_k + eta mubar, mubar = sum_k pi_k mu_k, the covariance Sigma + eta Sigma_B + eta
(1 - eta) (mu_k - mubar)(mu_k - mubar)', and are of class k with probability 1 - eta (1 - pi_k). The
calibration
removes outliers, estimates both moments, and mixes those of tail classes with the donors', the
nearest heads: mu'_k = (1 - beta) mu^_k + beta sum_j w_j mu^_j; then it samples from N(mu', Sigma').

Said here: the pollution and its exact inverse, and the number of tail points from which undoing
bias is worth its variance; what noise does to nearest centroids (the tail gains) and to the
discriminant with priors (it loses); the best weight beta, and the safest against donors off by
delta; recalls after transfer, in high dimension and exactly in any, and with the calibrated
covariance in place of Sigma; that sampling adds noise only. One Sigma for all classes; eta known,
but for the joint weights of correction and transfer, which need its mean and variance. Not said:
how representations are learnt, mixup and the penalty, local outlier factors (idealised as median or
trimming), several donors but through their one weighted mean.
"""

from theory import Paper
from theory.representation_calibration.covariance import calibrated_resolvent
from theory.representation_calibration.joint import joint_calibration
from theory.representation_calibration.outliers import median_bias, median_limit, trimmed_bias
from theory.representation_calibration.params import Params
from theory.representation_calibration.pollution import (
    benchmark_priors, benchmark_purity, long_tail, polluted_moments, purity, unpolluted_moments,
)  # fmt: skip
from theory.representation_calibration.recall import exact_recall, nearest_recall
from theory.representation_calibration.rules import (
    centroid_recalls, discriminant_recalls, inflation,
)  # fmt: skip
from theory.representation_calibration.sampling import covariance_error, resampled_error
from theory.representation_calibration.transfer import (
    best_weight, corrected_error, naive_error, pays_from, transfer_error,
)  # fmt: skip
from theory.representation_calibration.worst_case import (
    borrows_below, cautious_weight, worst_recall,
)  # fmt: skip

PAPER = Paper(
    "When Noisy Labels Meet Long Tail Dilemmas: A Representation Calibration Method",
    "Manyi Zhang, Xuyang Zhao, Jun Yao, Chun Yuan, Weiran Huang",
    "ICCV 2023",
    "2211.10955",
    topics=("noise", "imbalance", "representations"),
)

__all__ = [
    "PAPER", "Params", "benchmark_priors", "benchmark_purity", "best_weight", "borrows_below",
    "calibrated_resolvent", "cautious_weight", "centroid_recalls", "corrected_error",
    "covariance_error", "discriminant_recalls", "exact_recall", "inflation", "joint_calibration",
    "long_tail", "median_bias", "median_limit", "naive_error", "nearest_recall", "pays_from",
    "polluted_moments", "purity", "resampled_error", "transfer_error", "trimmed_bias",
    "unpolluted_moments", "worst_recall",
]  # fmt: skip
