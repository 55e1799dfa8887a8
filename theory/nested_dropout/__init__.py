"""Nested dropout: ordered features, and what their number does to noisy labels.

Features z in R^D before a linear map. Dropout keeps each with chance p and divides by it. Nested
dropout draws one K with chances pi_k ~ exp(-(k/sigma)^2) and keeps features 1 .. K as they are;
feature j survives with chance q_j = P(K >= j), and at test time the first k are kept. Exact models:
least squares under masks and its gradient flow, linear autoencoders and products of two factors
trained with masks, the Gaussian information bottleneck, and least squares on the first k of
orthonormal features (P_k) when labels y = +-1 are flipped with chance eta. E_k = |P_k y|^2. In
Co-teaching a network trains on the samples whose losses are small in a peer's eyes, here that of a
least-squares fit to flips that are shared with chance c.

What this explains: why nested dropout orders features and dropout makes them equal; that it does
not shrink, so that all compression comes from truncation and from stopping, whose effective
dimension is sum_j (1 - exp(-q_j l_j t))^2; why few features do better under label noise, and
how few; and that a peer's losses gain just what compression gains. What it does not: deep features
are learned together with their order, real peers share labels and data, and the paper's
propositions were not to be had: these are models of the three statements of its abstract (a
bias-variance decomposition for one network and for two, and an information bottleneck).
"""

from theory import Paper
from theory.nested_dropout.information import (
    bottleneck_information, critical_price, sign_information,
)  # fmt: skip
from theory.nested_dropout.labels import (
    class_noise_error, class_noise_gap, loss_gap, noisy_error, rescaled_error, worth_keeping,
    worth_keeping_rescaled,
)  # fmt: skip
from theory.nested_dropout.masks import (
    cut_chances, dropout_share, dropout_weights, mean_kept, nested_share, nested_weights, survival,
    survival_smooth,
)  # fmt: skip
from theory.nested_dropout.params import Params
from theory.nested_dropout.selection import kept_noise, prefix_right
from theory.nested_dropout.speed import dropout_risk, effective_dimension, filtered_error
from theory.nested_dropout.units import (
    equal_threshold, equal_value, ordered_value, unit_strength, unit_time,
)  # fmt: skip

PAPER = Paper(
    "Compressing Features for Learning with Noisy Labels",
    "Yingyi Chen, Shell Xu Hu, Xi Shen, Chunrong Ai, Johan A. K. Suykens",
    "IEEE Transactions on Neural Networks and Learning Systems, 2022",
    "2206.13140",
    topics=("noise", "regularisation", "representations"),
)

__all__ = [
    "PAPER", "Params", "bottleneck_information", "class_noise_error", "class_noise_gap",
    "critical_price", "cut_chances", "dropout_risk", "dropout_share", "dropout_weights",
    "effective_dimension", "equal_threshold", "equal_value", "filtered_error", "kept_noise",
    "loss_gap", "mean_kept", "nested_share", "nested_weights", "noisy_error", "ordered_value",
    "prefix_right", "rescaled_error", "sign_information", "survival", "survival_smooth",
    "unit_strength", "unit_time", "worth_keeping", "worth_keeping_rescaled",
]  # fmt: skip
