"""Diversification: which second hypothesis a diversity loss selects, and when it is the right one.

s, t in {-1, 1} are the semantic cue (the label) and a spurious one; x1 = s|g1|, x2 = t|g2|, g
normal. Training has s = t only. h_theta = sign(cos(theta) x1 + sin(theta) x2), theta in [0, pi/2],
are the odd linear rules that fit it; delta = 1 - 2 theta/pi is h_theta's accuracy on s != t: 1 is
semantic, 0 spurious. Unlabelled data are n points, P(s = t) = r, with their negatives (exactly
balanced marginals). D-BAT wants most disagreement with the first head, DivDis least mutual
information; among optima the one nearest to the first head is taken. On s != t a point is a
u ~ U(0, 1), on which h_delta and the spurious first head differ iff u <= delta: with m such points
DivDis selects the order statistic u_(min(n/2, m)), D-BAT u_(m).

Why each method has its own best mix, and why learner and data depend on each other, can be seen
here exactly. It is a model of the mechanism, and ours: the paper's experiments train networks on
images, which have no closed form; its 2-D proposition was not read. That training ends at an
optimum, and at the one nearest to the first head, is put in by hand.
"""

from theory import Paper
from theory.ood_diversification.heads import (
    best_of_diverse, better_of_pair, better_of_unrelated, even_odds, semantic_chance,
    undecided_chance,
)  # fmt: skip
from theory.ood_diversification.learner import (
    learner_accuracy, learner_spurious_chance, sweet_spot_start,
)  # fmt: skip
from theory.ood_diversification.params import Params
from theory.ood_diversification.second import (
    conflict_accuracy, dbat_cdf, dbat_mean, divdis_cdf, divdis_mean, divdis_population,
    information_gap,
)  # fmt: skip
from theory.ood_diversification.soft import (
    dbat_confidence, divdis_confidence, given_up_chance, information_ceiling,
)  # fmt: skip
from theory.ood_diversification.sweet import sweet_spot, sweet_spot_leading

PAPER = Paper(
    "Unraveling the Key Components of OOD Generalization via Diversification",
    "Harold Benoit, Liangze Jiang, Andrei Atanov, Oguzhan Fatih Kar, Mattia Rigotti, Amir Zamir",
    "ICLR 2024",
    "2312.16313",
    topics=("robustness", "classification", "sampling"),
)

__all__ = [
    "PAPER", "Params", "best_of_diverse", "better_of_pair", "better_of_unrelated",
    "conflict_accuracy", "dbat_cdf", "dbat_confidence", "dbat_mean", "divdis_cdf",
    "divdis_confidence", "divdis_mean", "divdis_population", "even_odds", "given_up_chance",
    "information_ceiling", "information_gap", "learner_accuracy", "learner_spurious_chance",
    "semantic_chance", "sweet_spot", "sweet_spot_leading", "sweet_spot_start", "undecided_chance",
]  # fmt: skip
