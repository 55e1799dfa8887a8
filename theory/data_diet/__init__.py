"""Data diet: examples found early by gradient or error norms, and when hard ones teach more.

For an example (x, y), y one-hot, and p = softmax f(x): GraNd is the mean norm of the gradient of
-log p_y over all weights, over networks; EL2N is E |p - y|. Those of largest score are kept.

- any network: GraNd^2 = (p - y)' Theta (p - y), Theta its tangent kernel; f = W x: |p - y| |x|;
- noisy mixture: x = y mu + N(0, I_d), the label turned round with chance rho, linear logistic
  model; a score's AUC is its chance to rank a flipped label above a clean one;
- teacher perceptron: x ~ N(0, I_d), label sign(T.x); of n = alpha_tot d examples the share f of
  smallest |T.x| (hard), of largest (easy), or any window of the ranking, is kept; the student is
  the direction of largest margin, its error eps = arccos(R)/pi.

Before training the scores do not know the label: AUC 1/2, and GraNd of two classes is |x|/sqrt(2),
the input's norm (the paper's GraNd at initialisation did not reproduce, arXiv:2303.14753). After
one step the AUC is Phi(sqrt(2) SNR cos(w, mu)); along the flow of least squares it only falls.
Hard examples pay from alpha_tot = 5.05 at f = 1/2 on, easy ones before. Below two kept examples a
dimension the hardest of all teach nothing. With flipped labels the best window is an interior one.

The paper is empirical but for one lemma, the removal bound; its networks and images are not here.
The perceptron's equations are those of arXiv:2206.14486, derived again.
"""

from theory import Paper
from theory.data_diet import networks as networks
from theory.data_diet.flow import flow_auc
from theory.data_diet.limits import hardest_few, many_examples
from theory.data_diet.mixture import (
    auc_of_error, averaged_cosine, flagged_precision, noise_auc, one_step_cosine,
)  # fmt: skip
from theory.data_diet.params import Params
from theory.data_diet.perceptron import (
    hard_beats_easy, hard_beats_random, kept_for_error, pruned_error,
)  # fmt: skip
from theory.data_diet.probe import probe_overlaps
from theory.data_diet.scores import blind_square, el2n, el2n_range
from theory.data_diet.windows import window_error

PAPER = Paper(
    "Deep Learning on a Data Diet: Finding Important Examples Early in Training",
    "Mansheej Paul, Surya Ganguli, Gintare Karolina Dziugaite",
    "NeurIPS 2021",
    "2107.07075",
    topics=("sampling", "noise", "memorisation"),
)

__all__ = [
    "PAPER", "Params", "auc_of_error", "averaged_cosine", "blind_square", "el2n", "el2n_range",
    "flagged_precision", "flow_auc", "hard_beats_easy", "hard_beats_random", "hardest_few",
    "kept_for_error", "many_examples", "noise_auc", "one_step_cosine", "probe_overlaps",
    "pruned_error", "window_error",
]  # fmt: skip
