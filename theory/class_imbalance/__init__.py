"""Class imbalance: what over- and undersampling and thresholding do, in exact models.

N classes with C_i training examples, rho = max C_i/min C_i, and a balanced test set. A step has M =
mu N classes of n_max/rho examples among those of n_max; linear imbalance has equal steps. Three
models. The exact posterior of two Gaussian classes at distance Delta has minority and majority
recall Phi(Delta/2 -+ ln(rho)/Delta), and Phi(Delta/2) once its outputs are divided by the priors.
That of N classes N(a e_i, I) has recalls E prod_j Phi(t + a + ln(pi_i/pi_j)/a). Two classes whose
means are estimated in d dimensions, from n_1 and n_0 = rho n_1 examples, have recalls
Phi((Delta^2 -+ (b + 2 t))/(2 v)) at threshold t, b = d/n_1 - d/n_0, v^2 = Delta^2 + d/n_1 + d/n_0:
oversampling to balance and thresholding are t = 0, undersampling takes n_1 for n_0.

The paper is empirical and states no theorem; these models make its mechanisms exact. Thresholding
is all that a calibrated network lacks, and its multi-class AUC rises only if outputs are also
renormalised. With estimated means balance is not enough: the noise of the minority's mean counts
against it, and undersampling pays from about three dimensions an example on. The best threshold
goes beyond unbiased scores where classes are unequally wide, or more than two. In fitted logistic
regression copies (or class weights) waste examples, all but 4 E s(v) s(-v) of them at most. Not
said: what networks learn from copies (they are not calibrated then), two-phase training, or
features that differ by class.
"""

from theory import Paper
from theory.class_imbalance.estimated import (
    best_offset, corrected_recall, finite_auc, plugin_auc, plugin_recalls,
)  # fmt: skip
from theory.class_imbalance.many_classes import balanced_recall, class_recalls, step_recalls
from theory.class_imbalance.offsets import (
    best_offsets, best_unequal_offset, offset_recalls, unequal_recalls,
)  # fmt: skip
from theory.class_imbalance.params import Params
from theory.class_imbalance.samples import debiased_recalls, estimated_recalls
from theory.class_imbalance.sizes import linear_size, step_size, step_total, undersampled_total
from theory.class_imbalance.two_classes import area_under_curve, critical_ratio, recalls
from theory.class_imbalance.undersampling import (
    best_partial_ratio, crossover_of_easy_tasks, crossover_of_hard_tasks, partial_recalls,
    undersampling_crossover,
)  # fmt: skip
from theory.class_imbalance.weighting import oversampling_efficiency, slope_variances

PAPER = Paper(
    "A systematic study of the class imbalance problem in convolutional neural networks",
    "Mateusz Buda, Atsuto Maki, Maciej A. Mazurowski",
    "Neural Networks 106, 2018",
    "1710.05381",
    topics=("imbalance", "classification"),
)

__all__ = [
    "PAPER", "Params", "area_under_curve", "balanced_recall", "best_offset", "best_offsets",
    "best_partial_ratio", "best_unequal_offset", "class_recalls", "corrected_recall",
    "critical_ratio", "crossover_of_easy_tasks", "crossover_of_hard_tasks", "debiased_recalls",
    "estimated_recalls", "finite_auc", "linear_size", "offset_recalls", "oversampling_efficiency",
    "partial_recalls", "plugin_auc", "plugin_recalls", "recalls", "slope_variances", "step_recalls",
    "step_size", "step_total", "undersampled_total", "undersampling_crossover", "unequal_recalls",
]  # fmt: skip
