"""Coherence of per-example gradients, and the gap of generalisation that it bounds.

alpha(w) = |E g|^2/E|g|^2 of per-example gradients g; on a sample alpha_m, and m alpha_m, the number
of examples that a step along one example's gradient helps on average (m-coherence, 1 for
orthogonal ones). With S of m examples, gap = E[risk - training loss]. Losses L-Lipschitz and
beta-smooth: |gap| <= (L^2/m) sum_t prod_{k>t} (1 + eta_k beta (1 + 1/m)) eta_t E sqrt(2 (1 -
alpha(w_{t-1}))). The factor 1 + 1/m and the expectation repair the statement as read: w_{t-1} was
trained on the very example whose gradients are compared. To first order a step adds exactly
(eta/m)(1 - alpha) E|g|^2. Models in which all is seen: losses linear in w, mean estimation, linear
regression (population and Marchenko-Pastur flow), logistic regression and a tanh network on a
population of 2^d atoms, a toy of private and shared coordinates, medians of mini-batches.

It says how far coherence bounds and orders gaps, clean labels against random ones, and where the
rise of m-coherence at random labels comes from, which the paper sees in deep networks: in models
linear in w it falls from 1; two linear layers from a small start align and reach 2/(1 + 1/m + 1/d).
It does not say that real networks' layers align so, nor anything of their L and beta.
"""

from theory import Paper
from theory.gradient_coherence.depth import aligned_coherence
from theory.gradient_coherence.linear import (
    private_power, regression_coherence, spectral_coherence, train_coherence,
)  # fmt: skip
from theory.gradient_coherence.metric import (
    coherence_estimate, difference_bound, minibatch_coherence, mixture_coherence, sample_coherence,
)  # fmt: skip
from theory.gradient_coherence.params import Params
from theory.gradient_coherence.robust import m3_variance, median_survival
from theory.gradient_coherence.stability import (
    convex_gap_bound, first_order_gap, gap_bound, mean_estimation_gap, tanh_smoothness,
)  # fmt: skip
from theory.gradient_coherence.toy import (
    robust_test_residual, toy_coherence, toy_test_residual, toy_train_loss,
)  # fmt: skip

PAPER = Paper(
    "On the Generalization Mystery in Deep Learning",
    "Satrajit Chatterjee, Piotr Zielinski",
    "arXiv, 2022",
    "2203.10036",
    topics=("bounds", "optimisation", "memorisation", "noise"),
)

__all__ = [
    "PAPER", "Params", "aligned_coherence", "coherence_estimate", "convex_gap_bound",
    "difference_bound", "first_order_gap", "gap_bound", "m3_variance", "mean_estimation_gap",
    "median_survival", "minibatch_coherence", "mixture_coherence", "private_power",
    "regression_coherence", "robust_test_residual", "sample_coherence", "spectral_coherence",
    "tanh_smoothness", "toy_coherence", "toy_test_residual", "toy_train_loss",
    "train_coherence",
]  # fmt: skip
