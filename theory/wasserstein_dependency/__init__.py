"""Contrastive bounds and the Wasserstein dependency measure: what each can measure.

P is a law of pairs (x, y), Q the product of its marginals, r = P/Q, I = E_P ln r in nats, and
chi^2 = E_Q r^2 - 1. InfoNCE with K candidates, one of them y's own, is J_K(f) = E[f(x, y_1) -
ln((1/K) sum_j exp f(x, y_j))]; J*_K is its largest value, J_K(kappa) that over kappa-Lipschitz
critics, and W = W1(P, Q) the Wasserstein dependency. Two models have all of them in closed form:
G, d pairs of standard normals of correlation rho, with the Euclidean metric; and S, g symbols of
alphabets l_i with y the image of x under fixed permutations (M = prod l_i, I = ln M), with the
Hamming metric or the Euclidean one of one-hot codes, sqrt(2 Hamming).

This says from where InfoNCE saturates (ln K), what a Lipschitz critic changes, and that growth
"like the information" is a property of the metric. It does not say what a network finds: critics
are optimal in their class, negatives fresh, and the symbols have no image noise.
"""

from theory import Paper
from theory.wasserstein_dependency.infonce import chi_square, hit_deficit, information
from theory.wasserstein_dependency.limits import gaussian_gap, mixture_kl, unseen_chance
from theory.wasserstein_dependency.lipschitz import (
    lipschitz_deficit, unequal_deficit, wdm_euclidean, wdm_hamming,
)  # fmt: skip
from theory.wasserstein_dependency.params import Params
from theory.wasserstein_dependency.transport import (
    penalised_slope, penalised_value, w1_lower, w1_upper, w2_distance,
)  # fmt: skip

PAPER = Paper(
    "Wasserstein Dependency Measure for Representation Learning",
    "Sherjil Ozair, Corey Lynch, Yoshua Bengio, Aaron van den Oord, Sergey Levine, Pierre Sermanet",
    "NeurIPS, 2019",
    "1903.11780",
    topics=("representations", "bounds"),
)

__all__ = [
    "PAPER", "Params", "chi_square", "gaussian_gap", "hit_deficit", "information",
    "lipschitz_deficit", "mixture_kl", "penalised_slope", "penalised_value", "unequal_deficit",
    "unseen_chance", "w1_lower", "w1_upper", "w2_distance", "wdm_euclidean", "wdm_hamming",
]  # fmt: skip
