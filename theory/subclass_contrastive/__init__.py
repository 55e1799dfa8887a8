"""Subclass-balancing contrastive learning: when do subclasses survive a class term?

C classes of m subclasses of n points: N = Cmn free unit features (no encoder; dimension >= Cm - 1
unless said). L1 is the supervised contrastive loss (positives outside the logarithm) on subclass
labels, temperature tau1; the class term L2 has the other subclasses of the class as positives and
all points outside the own subclass in the denominator, temperature tau2; the code's version adds
the other view of the own image to both. L = L1 + beta L2. At the optimum a subclass is a point,
a is the similarity across subclasses of a class and b that across classes; A = (1 + (m-1)a)/m is
the squared length of a class mean.

LOOK, the second loss, asks for the share of the own label among the k nearest points, the point
itself left out. It is the contrast: where neighbourhoods are pure it moves nothing.

Both papers are empirical; the model, and all that is claimed of it, is ours. It says how the two
terms share one unit of length, and at which weight subclasses go. It does not model k-means and
its refreshes, an encoder, mini-batches or unequal subclasses, and no accuracy of the papers is
predicted. The dimension bound is a true restriction: below Cm - 1 the optimum is out of reach.

Second source: Feng, Jiang, Tang, Jin, Gao, "Rethinking Supervised Pre-training for Better
Downstream Transferring" (ICLR 2022, arXiv:2110.06014).
"""

from theory import Paper
from theory.subclass_contrastive.collapse import onset, weakest_temperature
from theory.subclass_contrastive.downstream import (
    across_error, class_error, look_loss, subclass_error,
)  # fmt: skip
from theory.subclass_contrastive.family import (
    across, critical_weight, critical_weight_own, optimum, optimum_own,
)  # fmt: skip
from theory.subclass_contrastive.params import Params
from theory.subclass_contrastive.views import view_margin

PAPER = Paper(
    "Subclass-balancing Contrastive Learning for Long-tailed Recognition",
    "Chengkai Hou, Jieyu Zhang, Haonan Wang, Tianyi Zhou",
    "ICCV 2023",
    "2306.15925",
    topics=("imbalance", "representations", "transfer"),
)

__all__ = [
    "PAPER", "Params", "across", "across_error", "class_error", "critical_weight",
    "critical_weight_own", "look_loss", "onset", "optimum", "optimum_own", "subclass_error",
    "view_margin", "weakest_temperature",
]  # fmt: skip
