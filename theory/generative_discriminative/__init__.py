"""Naive Bayes against logistic regression: log n or n samples, and two regimes between.

Classes y = 0 .. K - 1 in equal parts, x | y ~ N(mu_y, Sigma) in R^n, m samples in all, kappa = n/m.
D = diag Sigma, C = D^-1/2 Sigma D^-1/2, d = mu_1 - mu_0, Delta^2 = d' Sigma^-1 d. Naive Bayes (NB)
takes the class whose mean is nearest in the metric D^-1, estimated or known; the variances are
shared by the classes. Logistic regression (LR) minimises the sum of log(1 + exp(-y w.x)), with
ridge rho = 1/C or without; LDA estimates all of Sigma. Errors are exact given the fitted rule.

The paper's O(log n) for NB and O(n) for LR are upper bounds. What NB needs is decided by how
Delta^2 grows with n: n samples at a fixed Delta, ever fewer where every feature tells something
(there the log n of the paper's simulation is its grid's step); log n is needed for all parameters
at once, or for unsmoothed frequencies. LR needs n because the simulation's variances are unequal.
The two regimes, NB for few samples and LR for many, come from correlated features: NB has less
variance and the worse asymptote, with three classes on a line too. Nothing is said of networks'
features, and the H-consistency bound is stated without minimisability gaps, for scores free at
every x or bounded.
"""

from theory import Paper
from theory.generative_discriminative.collinear import (
    collinear_lr_errors, collinear_nb_errors, collinear_overtaking, three_class_samples,
)  # fmt: skip
from theory.generative_discriminative.consistency import (
    bounded_consistency, consistency, least_regret,
)  # fmt: skip
from theory.generative_discriminative.logistic import (
    excess_slopes, lda_error, lr_efficiency, lr_error, lr_state, lr_threshold, max_margin_error,
    ridge_lr_state,
)  # fmt: skip
from theory.generative_discriminative.multiclass import nb_multiclass
from theory.generative_discriminative.naive import (
    kantorovich_error, nb_class_error, nb_error, nb_estimated, nb_few, nb_limit,
)  # fmt: skip
from theory.generative_discriminative.params import Params
from theory.generative_discriminative.regimes import crossover
from theory.generative_discriminative.ridge import lr_samples
from theory.generative_discriminative.samples import (
    deviation_chance, deviation_samples, margin_bound, margin_chance, nb_samples, samples_to_see,
    unseen_chance,
)  # fmt: skip
from theory.generative_discriminative.spectrum import nb_spectrum_samples

PAPER = Paper(
    "Revisiting Discriminative vs. Generative Classifiers: Theory and Implications",
    "Chenyu Zheng, Guoqiang Wu, Fan Bao, Yue Cao, Chongxuan Li, Jun Zhu",
    "ICML 2023",
    "2302.02334",
    topics=("classification", "bounds", "scaling"),
)

__all__ = [
    "PAPER", "Params", "bounded_consistency", "collinear_lr_errors", "collinear_nb_errors",
    "collinear_overtaking", "consistency", "crossover", "deviation_chance", "deviation_samples",
    "excess_slopes", "kantorovich_error", "lda_error", "least_regret", "lr_efficiency", "lr_error",
    "lr_samples", "lr_state", "lr_threshold", "margin_bound", "margin_chance", "max_margin_error",
    "nb_class_error", "nb_error", "nb_estimated", "nb_few", "nb_limit", "nb_multiclass",
    "nb_samples", "nb_spectrum_samples", "ridge_lr_state", "samples_to_see", "three_class_samples",
    "unseen_chance",
]  # fmt: skip
